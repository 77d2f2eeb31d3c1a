"""Classifiers and taggers that only count."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.baselines import classifier_lines, frequent_tags, majority, naive_bayes, tagger_line
from lstm_core.config import TrainConfig
from lstm_core.corpus import Ragged, Source, prepare

SYMBOLS, CLASSES = 7, 3
texts = st.lists(st.lists(st.integers(0, SYMBOLS - 1), min_size=1, max_size=9), min_size=1, max_size=8)


def ragged(items, targets, by_token=False):
    offsets = np.cumsum([0, *map(len, items)])
    return Ragged(np.array([k for item in items for k in item], int), offsets, np.array(targets, int), by_token)


def textbook(train, labels, item):
    """Log-probabilities of the classes, with logarithms of products of counts."""
    scores = []
    for label in range(CLASSES):
        words = Counter(word for text, own in zip(train, labels, strict=True) if own == label for word in text)
        share = labels.count(label) / len(labels)
        score = math.log(share) if share else -math.inf
        for word in item:
            score += math.log((words[word] + 1) / (words.total() + SYMBOLS))
        scores.append(score)
    highest = max(scores)
    return [score - highest - math.log(sum(math.exp(other - highest) for other in scores)) for score in scores]


@given(texts, texts, st.randoms())
def test_naive_bayes_agrees_with_the_textbook(train, held_out, random):
    labels = [random.randrange(CLASSES) for _ in train]
    found = naive_bayes(ragged(train, labels), ragged(held_out, [0] * len(held_out)), SYMBOLS, CLASSES)
    np.testing.assert_allclose(found, [textbook(train, labels, item) for item in held_out], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, rtol=1e-12)


def test_naive_bayes_does_not_care_for_the_order_of_words():
    train = ragged([[1, 2, 2], [3, 4], [4, 4, 5]], [0, 1, 2])
    one, two = (naive_bayes(train, ragged([item], [0]), SYMBOLS, CLASSES) for item in ([1, 4, 2], [4, 2, 1]))
    np.testing.assert_allclose(one, two, rtol=1e-13)


def test_a_long_text_does_not_underflow():
    train = ragged([[1, 2], [3, 4]], [0, 1])
    found = naive_bayes(train, ragged([[1] * 100_000, [3] * 100_000], [0, 0]), SYMBOLS, 2)
    assert np.isfinite(found).all() and found.argmax(axis=1).tolist() == [0, 1]


def test_the_majority_is_the_most_frequent_label_and_of_equals_the_first():
    assert majority(ragged([[1]] * 5, [2, 0, 2, 1, 2]), CLASSES) == 2
    assert majority(ragged([[1]] * 4, [2, 1, 1, 2]), CLASSES) == 1


def test_every_word_gets_its_own_most_frequent_tag_and_unseen_ones_the_most_frequent_of_all():
    train = ragged([[1, 2, 1], [3, 1, 2, 2, 5]], [2, 0, 1, 0, 2, 1, 0, 0], by_token=True)
    found = frequent_tags(train, SYMBOLS, CLASSES)
    assert found.tolist() == [0, 2, 0, 0, 0, 0, 0]
    tagged = ragged([[4, 6]], [1, 1], by_token=True)
    assert frequent_tags(tagged, SYMBOLS, CLASSES).tolist() == [1] * SYMBOLS  # unseen: not always the first tag


REVIEWS = [
    (f"{word} film number {k}", label)
    for k in range(30)
    for word, label in (("good", "+"), ("bad", "-"), ("fine", "+"))
]


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_lines_of_a_classifier_are_measured_on_the_part(part):
    items, labels = zip(*REVIEWS, strict=True)
    config = TrainConfig(task="classifier", unit="words", batch=4)
    data = prepare(Source("labelled", "reviews", items=items, labels=labels), config)
    lines = classifier_lines(data, part)
    share = float((data.part(part).targets == 0).mean())
    assert list(lines) == ["majority", "naive Bayes"]
    assert data.labels == ("+", "-") and lines["majority"].accuracy == share
    assert lines["majority"].macro_f1 == pytest.approx(2 * share / (1 + share) / 2)
    assert lines["naive Bayes"] == (1.0, 1.0)


def test_the_line_of_a_tagger_counts_entities():
    sentences, tags = [], []
    for k in range(40):
        sentences += [("Anna", "saw", f"w{k}"), ("Oslo", f"x{k}", "Anna")]
        tags += [("B-PER", "O", "O"), ("B-LOC", "O", "B-PER")]
    data = prepare(
        Source("tagged", "x", sentences=tuple(sentences), tags=tuple(tags)), TrainConfig(task="tagger", batch=4)
    )
    found = tagger_line(data)
    assert found.overall.f1 == found.token_accuracy == 1 and set(found.kinds) == {"PER", "LOC"}
    assert found.overall.true == sum(tag != "O" for item in data.test.targets for tag in [data.labels[item]])


ONE = ragged([[1, 2]], [1])
TAGGED = ragged([[1, 2]], [1, 1], by_token=True)
BAD = {
    "tags for naive Bayes": (naive_bayes, (TAGGED, ONE, SYMBOLS, CLASSES), "train: expected texts with a label each"),
    "a word too high": (naive_bayes, (ONE, ragged([[7]], [0]), SYMBOLS, CLASSES), "ids: expected 0 to 6, got 7; give"),
    "a training word too high": (naive_bayes, (ONE, ONE, 2, CLASSES), "ids: expected 0 to 1, got 2; give"),
    "a label too high": (naive_bayes, (ONE, ONE, SYMBOLS, 1), "targets: expected 0 to 0, got 1; give"),
    "no classes": (majority, (ONE, 0), "classes: expected an integer of at least 1, got 0"),
    "a label too high for the majority": (majority, (ONE, 1), "targets: expected 0 to 0, got 1; give"),
    "labels for a tagger": (frequent_tags, (ONE, SYMBOLS, CLASSES), "train: expected a tag for each token, .*; give"),
    "a tag too high": (frequent_tags, (TAGGED, SYMBOLS, 1), "targets: expected 0 to 0, got 1; give"),
    "a negative word": (frequent_tags, (ragged([[-1]], [0], True), SYMBOLS, CLASSES), "ids: expected 0 to 6, got -1"),
}


@pytest.mark.parametrize(("function", "arguments", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


@pytest.mark.parametrize("lines", [classifier_lines, tagger_line])
def test_the_lines_need_texts_or_sentences(lines):
    data = prepare(Source("text", "sheep", text="baa " * 100), TrainConfig(window=8, batch=2))
    with pytest.raises(ValueError, match=r"data: expected texts or sentences, got a stream; give"):
        lines(data)
