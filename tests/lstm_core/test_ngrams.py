"""n-gram models: against a textbook implementation with dictionaries, written without looking at the fast one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.baselines import ngram_lines, ngram_losses
from lstm_core.config import TrainConfig
from lstm_core.corpus import Ragged, Source, prepare

SYMBOLS = 5
tokens = st.integers(0, SYMBOLS - 1)
piece = st.lists(tokens, min_size=1, max_size=12)
pieces = st.lists(piece, min_size=1, max_size=6)
orders = st.integers(1, 5)


class Textbook:
    """p(w | h) = (c(h w) + N(h) p(w | h')) / (c(h) + N(h)), as it stands in the paper."""

    def __init__(self, sequences, order, skip=0):
        self.order = order
        self.followers = defaultdict(Counter)
        for sequence in sequences:
            for t in range(skip, len(sequence)):
                for context in self.contexts(sequence[:t]):
                    self.followers[context][sequence[t]] += 1

    def contexts(self, before):
        return [tuple(before[len(before) - n :]) for n in range(min(self.order - 1, len(before)) + 1)]

    def probability(self, token, before):
        return self.smoothed(token, self.contexts(before)[-1])

    def smoothed(self, token, context):
        lower = self.smoothed(token, context[1:]) if context else 1 / SYMBOLS
        counts = self.followers[context]
        if not counts:
            return lower
        return (counts[token] + len(counts) * lower) / (counts.total() + len(counts))

    def losses(self, sequences, skip=0):
        return [-math.log(self.probability(s[t], s[:t])) for s in sequences for t in range(skip, len(s))]


def as_ragged(sequences):
    """Sentences that begin with token 0, as a language model gets them."""
    ids = [token for s in sequences for token in [0, *s[:-1]]]
    targets = [token for s in sequences for token in s]
    offsets = np.cumsum([0, *map(len, sequences)])
    return Ragged(np.array(ids), offsets, np.array(targets), by_token=True)


@given(piece, pieces, orders)
def test_a_stream_has_the_losses_of_the_textbook(train, held_out, order):
    starts = np.cumsum([0, *map(len, held_out)])[:-1]
    found = ngram_losses(train, np.concatenate(held_out), order, SYMBOLS, starts)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, Textbook([train], order).losses(held_out), rtol=1e-12)


@given(pieces, pieces, orders)
def test_sentences_have_the_losses_of_the_textbook(train, held_out, order):
    found = ngram_losses(as_ragged(train), as_ragged(held_out), order, SYMBOLS)
    book = Textbook([[0, *s] for s in train], order, skip=1)
    np.testing.assert_allclose(found, book.losses([[0, *s] for s in held_out], skip=1), rtol=1e-12)


@given(piece, st.lists(tokens, max_size=6), orders)
def test_probabilities_after_any_context_sum_to_one(train, context, order):
    continued = np.array([[*context, token] for token in range(SYMBOLS)])
    starts = np.arange(SYMBOLS) * (len(context) + 1)
    losses = ngram_losses(train, continued.ravel(), order, SYMBOLS, starts).reshape(continued.shape)
    assert np.exp(-losses[:, -1]).sum() == pytest.approx(1, abs=1e-12)


def test_a_piece_does_not_see_the_one_before():
    train = [1, 2, 3, 1, 2, 3, 1, 4]
    apart = ngram_losses(train, [1, 2, 3, 4], 3, SYMBOLS, starts=[2])
    np.testing.assert_array_equal(apart[2:], ngram_losses(train, [3, 4], 3, SYMBOLS))
    assert apart[2] != ngram_losses(train, [1, 2, 3, 4], 3, SYMBOLS)[2]


def test_the_held_out_part_teaches_nothing():
    train, held_out = [0, 1, 2, 0, 1, 3], [2, 3, 4, 4, 4, 4]
    together = ngram_losses(train, held_out, 3, SYMBOLS)
    one_by_one = [ngram_losses(train, held_out[: k + 1], 3, SYMBOLS)[-1] for k in range(len(held_out))]
    np.testing.assert_array_equal(together, one_by_one)


def test_numbers_worked_out_by_hand():
    # c(1) = 3, c(2) = 2, two kinds of 5: p(1) = (3 + 2/4) / 7, p(2) = (2 + 2/4) / 7; 1 is followed by 2 alone, twice.
    losses = ngram_losses([1, 2, 1, 2, 1], [1, 2, 3], order=2, symbols=4)
    np.testing.assert_allclose(np.exp(-losses), [0.5, (2 + 2.5 / 7) / 3, (0 + 0.5 / 7) / 3], rtol=1e-12)


def test_arguments_stay_as_they_are():
    train, held_out = np.array([1, 2, 1, 3]), np.array([1, 1, 2])
    ngram_losses(train, held_out, 3, SYMBOLS)
    np.testing.assert_array_equal(train, [1, 2, 1, 3])
    np.testing.assert_array_equal(held_out, [1, 1, 2])


def test_the_lines_are_the_means_of_the_losses():
    rng = np.random.default_rng(3)
    train, held_out = rng.integers(0, SYMBOLS, 300), rng.integers(0, SYMBOLS, 40)
    lines = ngram_lines(train, held_out, SYMBOLS, orders=(5, 1, 2))
    assert list(lines) == ["uniform", "unigram", "bigram", "5-gram"]
    assert lines["uniform"] == math.log(SYMBOLS)
    for name, order in {"unigram": 1, "bigram": 2, "5-gram": 5}.items():
        assert lines[name] == ngram_losses(train, held_out, order, SYMBOLS).mean()
    some = ngram_lines(train, held_out, SYMBOLS, orders=[3], positions=[7, 2])
    assert some["trigram"] == ngram_losses(train, held_out, 3, SYMBOLS)[[7, 2]].mean()


def test_a_longer_context_helps_where_the_text_needs_it():
    train = np.tile([1, 1, 2, 1, 1, 3], 50)  # only three tokens back tell 2 from 3
    lines = ngram_lines(train, train[:60], SYMBOLS, orders=(1, 2, 3, 4))
    assert list(lines.values()) == sorted(lines.values(), reverse=True)
    assert lines["4-gram"] < 0.1 < 0.2 < lines["trigram"]


@pytest.mark.parametrize("sentences", [False, True])
def test_the_parts_that_training_uses_fit(sentences):
    source = Source("text", "sheep", text="".join(f"Sheep {k} says baa.\n\n" for k in range(200)))
    data = prepare(source, TrainConfig(sentences=sentences, window=8, batch=2))
    lines = ngram_lines(data.train, data.validation, len(data.vocabulary))
    assert 0 < lines["5-gram"] < lines["bigram"] < lines["uniform"]


BAD = {
    "nothing": ({"train_ids": []}, r"train_ids: expected integers of shape \(tokens,\), got float64 .*; give"),
    "floats": ({"ids": [0.5]}, r"ids: expected integers .* got float64 of shape \(1,\); give"),
    "two axes": ({"ids": [[1]]}, r"ids: expected integers of shape \(tokens,\), got int64 of shape \(1, 1\); give"),
    "an id too high": ({"ids": [1, 5]}, r"ids: expected ids from 0 to 4, got 5; use ids of this vocabulary"),
    "a negative id": ({"train_ids": [1, -1]}, r"train_ids: expected ids from 0 to 4, got -1; use"),
    "order 0": ({"order": 0}, r"order: expected an integer of at least 1, got 0"),
    "no symbols": ({"symbols": 0}, r"symbols: expected an integer of at least 1, got 0"),
    "a start behind the end": ({"starts": [2]}, r"starts: expected integers from 0 to 1, got others; give"),
    "a negative start": ({"starts": [-1]}, r"starts: expected integers from 0 to 1, got others; give"),
    "labels": (
        {"ids": Ragged(np.array([1, 2]), np.array([0, 2]), np.array([1]))},
        r"ids: expected a next token for each token, got a label for each text; give sentences",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ngram_losses(**({"train_ids": [1, 2], "ids": [1, 2], "order": 2, "symbols": SYMBOLS} | wrong))
