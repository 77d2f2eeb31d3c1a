"""Metrics: counts by hand, and what happens where nothing can be counted. Neighbours among word vectors."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.encoding import Vocabulary
from lstm_core.metrics import (
    Entity,
    Score,
    accuracy,
    bits_per_character,
    class_scores,
    confusion,
    entities,
    entity_scores,
    macro_f1,
    perplexity,
)
from lstm_core.neighbours import neighbours

TRUE = [0, 0, 0, 1, 1, 3]
GUESS = [0, 1, 1, 1, 0, 1]


def test_the_confusion_matrix_has_the_truth_in_its_rows():
    found = confusion(TRUE, GUESS, classes=4)
    assert found.tolist() == [[1, 2, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert accuracy(TRUE, GUESS) == found.trace() / found.sum() == 2 / 6


def test_classes_without_truth_or_predictions_score_zero_and_those_without_both_are_left_out():
    table = confusion(TRUE, GUESS, classes=4)
    first, second, third, fourth = class_scores(table)
    assert (first.precision, first.recall, first.f1) == (1 / 2, 1 / 3, 2 / 5)
    assert (second.precision, second.recall, second.f1) == (1 / 4, 1 / 2, 1 / 3)
    assert third == Score(0, 0, 0) and (third.precision, third.recall, third.f1) == (0, 0, 0)
    assert fourth == Score(0, 0, 1) and (fourth.precision, fourth.recall, fourth.f1) == (0, 0, 0)
    assert macro_f1(table) == pytest.approx((2 / 5 + 1 / 3 + 0) / 3)
    assert macro_f1(np.array([[1, 1], [0, 0]])) == pytest.approx((2 / 3 + 0) / 2)  # predicted, but never true
    assert macro_f1(np.zeros((3, 3), int)) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(pairs):
    true, guess = zip(*pairs, strict=True)
    for score in class_scores(confusion(true, guess, 4)):
        both = score.precision + score.recall
        assert score.f1 == pytest.approx(2 * score.precision * score.recall / both if both else 0)


SPANS = {
    "nothing": ([], []),
    "no entity": (["O", "O"], []),
    "one word": (["O", "B-PER", "O"], [("PER", 1, 2)]),
    "up to the end": (["O", "B-PER", "I-PER"], [("PER", 1, 3)]),
    "two of a kind side by side": (["B-PER", "B-PER", "I-PER"], [("PER", 0, 1), ("PER", 1, 3)]),
    "two kinds side by side": (["B-PER", "B-LOC"], [("PER", 0, 1), ("LOC", 1, 2)]),
    "I- at the beginning": (["I-PER", "I-PER"], [("PER", 0, 2)]),
    "I- after O": (["O", "I-LOC"], [("LOC", 1, 2)]),
    "I- of another kind": (["B-PER", "I-LOC", "I-LOC"], [("PER", 0, 1), ("LOC", 1, 3)]),
    "a kind with a hyphen": (["B-x-y", "I-x-y", "I-x"], [("x-y", 0, 2), ("x", 2, 3)]),
}


@pytest.mark.parametrize(("tags", "expected"), SPANS.values(), ids=SPANS)
def test_entities_are_found_as_leniently_as_by_conlleval(tags, expected):
    assert entities(tags) == [Entity(*span) for span in expected]


@given(st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])))
def test_every_tagged_word_is_in_exactly_one_entity(tags):
    covered = [k for span in entities(tags) for k in range(span.start, span.stop)]
    assert covered == [k for k, tag in enumerate(tags) if tag != "O"]
    for span in entities(tags):
        assert {tag[2:] for tag in tags[span.start : span.stop]} == {span.kind}
        assert "B" not in {tag[0] for tag in tags[span.start + 1 : span.stop]}


def test_an_entity_is_right_only_as_a_whole():
    true = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC", "O"], ["B-ORG"]]
    guess = [["B-PER", "O", "O", "B-LOC"], ["B-PER", "O"], ["O"]]
    found = entity_scores(true, guess)
    assert found.overall == Score(correct=1, predicted=3, true=4)
    assert found.kinds == {"LOC": Score(1, 1, 2), "ORG": Score(0, 0, 1), "PER": Score(0, 2, 1)}
    assert found.token_accuracy == 4 / 7


def test_the_same_span_in_another_sentence_is_another_entity():
    assert entity_scores([["B-X"], ["O"]], [["O"], ["B-X"]]).overall.correct == 0


def test_all_o_has_a_high_accuracy_and_finds_nothing():
    true = [["O"] * 9 + ["B-PER"]] * 3
    found = entity_scores(true, [["O"] * 10] * 3)
    assert (found.token_accuracy, found.overall.f1, found.kinds["PER"].recall) == (0.9, 0, 0)


def test_losses_become_perplexity_and_bits():
    nats = np.log([2, 4, 8, 1])
    assert perplexity(nats) == pytest.approx(2 ** (6 / 4)) and perplexity(np.log(7)) == pytest.approx(7)
    assert bits_per_character(nats) == pytest.approx(6 / 4)
    assert bits_per_character(nats, characters=12) == pytest.approx(0.5)


VOCABULARY = Vocabulary(("<unk>", "<s>", "</s>", "a", "b", "c", "d", "e"))


def test_neighbours_are_ordered_by_the_angle_and_not_by_the_length():
    rows = np.array([[1, 0], [1, 0], [1, 0], [2, 0], [0.1, 0.01], [90, 80], [-1, 0], [0, 0]], np.float32)
    found = neighbours(rows, 3, VOCABULARY)
    assert [word for word, _ in found] == ["b", "c", "e", "d"]
    np.testing.assert_allclose([c for _, c in found], [np.cos(np.arctan(0.1)), 90 / np.hypot(90, 80), 0, -1], rtol=1e-6)
    assert neighbours(rows, 3, VOCABULARY, count=2) == found[:2]
    assert [word for word, _ in neighbours(rows, 0, VOCABULARY, count=1)] == ["a"]  # of a mark too


def test_equal_vectors_are_neighbours_in_the_order_of_the_vocabulary_and_huge_ones_do_not_overflow():
    found = neighbours(np.full((8, 3), 1e200), 4, VOCABULARY)
    assert [word for word, _ in found] == ["a", "c", "d", "e"]
    np.testing.assert_allclose([cosine for _, cosine in found], 1)
    assert all(np.isfinite(cosine) for _, cosine in neighbours(np.full((8, 3), 1e-300), 4, VOCABULARY))


@given(st.integers(0, 2**32 - 1))
def test_neighbours_agree_with_the_definition(seed):
    rows = np.random.default_rng(seed).normal(size=(8, 3))
    cosine = {j: float(rows[5] @ rows[j] / np.linalg.norm(rows[5]) / np.linalg.norm(rows[j])) for j in (3, 4, 6, 7)}
    expected = sorted(cosine, key=cosine.__getitem__, reverse=True)
    found = neighbours(rows, 5, VOCABULARY)
    assert [word for word, _ in found] == [VOCABULARY.tokens[j] for j in expected]
    np.testing.assert_allclose([c for _, c in found], [cosine[j] for j in expected], rtol=1e-9, atol=1e-12)


ROWS = np.ones((8, 2))
BAD = {
    "nothing": (accuracy, ([], []), r"predicted: expected one for each .* got \(0,\); give both"),
    "fewer predictions": (accuracy, ([1, 2], [1]), r"predicted: expected .* shape \(2,\), got \(1,\); give"),
    "a class too high": (confusion, ([0, 2], [0, 1], 2), r"classes: expected integers from 0 to 1, got others; give"),
    "a negative class": (confusion, ([0, -1], [0, 1], 2), r"classes: expected integers from 0 to 1, got others; give"),
    "classes in words": (confusion, (["a"], ["a"], 2), r"classes: expected integers from 0 to 1, got others; give"),
    "another number of tags": (entity_scores, ([["O"]], [["O", "O"]]), "predicted: expected a tag for each .*; give"),
    "another number of sentences": (entity_scores, ([["O"]], []), "predicted: expected a tag for each .*; give"),
    "no sentences": (entity_scores, ([], []), "predicted: expected one for each"),
    "no losses": (perplexity, ([],), "nats: expected at least one loss, got none; give"),
    "no characters": (bits_per_character, ([1.0], 0), "characters: expected an integer of at least 1, got 0"),
    "other vectors": (neighbours, (ROWS[1:], 3, VOCABULARY), r"embedding: expected shape \(symbols=8, .*; give"),
    "no such word": (neighbours, (ROWS, 8, VOCABULARY), r"k: expected an id from 0 to 7, got '8'; choose"),
    "no neighbours": (neighbours, (ROWS, 3, VOCABULARY, 0), r"count: expected an integer of at least 1, got 0"),
}


@pytest.mark.parametrize(("function", "arguments", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_predictions_are_compared_in_order():
    assert {accuracy([0, 1, 2], guess) for guess in itertools.permutations(range(3))} == {0, 1 / 3, 1}
