"""What a net reads at each step: everything once an epoch, and never depending on what was asked before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.batches import feed, validation
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Ragged, Source, prepare
from lstm_core.models import Batch
from tests.corpora import CLASSIFIER, LABELLED, PROSE, SENTENCES, SERIES, SOURCES, STREAM, TAGGED, TAGGER, VALUES, text

RAGGED = {"sentences": (text(PROSE), SENTENCES), "labelled": (LABELLED, CLASSIFIER), "tagged": (TAGGED, TAGGER)}


def stream(length: int) -> Data:
    """A stream in which every token says where it stands."""
    ids = np.arange(length)
    return Data("language", None, (), ids, ids[:30], ids[:30], digest="")


def lines(length_of_item: list[int], by_token: bool = False) -> Data:
    """Ragged data in which every token and target says where it stands."""
    offsets = np.concatenate([[0], np.cumsum(length_of_item)]).astype(np.int64)
    ids = np.arange(offsets[-1]) + 1
    items = Ragged(ids, offsets, ids + 1_000 if by_token else np.arange(len(length_of_item)), by_token)
    return Data("classifier", None, (), items, items, items, digest="")


def same(one: Batch, other: Batch) -> bool:
    pairs = ((one.x, other.x), (one.targets, other.targets), (one.lengths, other.lengths))
    return all(np.array_equal(a, b) if a is not None else b is None for a, b in pairs)


# Streams


@given(st.integers(2, 300), st.integers(1, 40), st.integers(1, 20))
def test_every_token_is_predicted_once_an_epoch(length: int, window: int, batch: int) -> None:
    if (length - 1) // batch < window:
        return  # refused by prepare
    batches = feed(stream(length), TrainConfig(window=window, batch=batch))
    epoch = [batches.batch(step) for step in range(batches.epoch_steps)]
    targets = np.concatenate([each.targets.ravel() for each in epoch])
    assert len(set(targets.tolist())) == len(targets)
    assert len(targets) > length - 1 - batch
    assert targets.min() == 1
    assert all(len(each.x) == window for each in epoch[:-1])
    for each in epoch:
        np.testing.assert_array_equal(each.targets, each.x + 1)


def test_each_stream_goes_on_where_it_was_left() -> None:
    batches = feed(stream(200), TrainConfig(window=8, batch=4))
    assert batches.epoch_steps == 7  # 49 tokens a stream
    for step in range(1, 7):
        np.testing.assert_array_equal(batches.batch(step).x[0], batches.batch(step - 1).x[-1] + 1)
    np.testing.assert_array_equal(batches.batch(0).x[0], [0, 49, 98, 147])
    assert len(batches.batch(6).x) == 1
    assert batches.batch(0).x.dtype == np.int64
    assert batches.batch(0).lengths is None


def test_the_state_starts_afresh_at_an_epoch_or_always() -> None:
    batches = feed(stream(200), TrainConfig(window=8, batch=4))
    assert [step for step in range(21) if batches.fresh(step)] == [0, 7, 14]
    batches = feed(stream(200), TrainConfig(window=8, batch=4, reset_state=True))
    assert all(batches.fresh(step) for step in range(21))


def test_series_predict_the_next_step_or_the_one_after_the_window() -> None:
    data = prepare(Source("series", "s", values=VALUES), SERIES)
    batch = feed(data, SERIES).batch(1)
    assert batch.x.shape == batch.targets.shape == (8, 4, 2)
    assert batch.x.dtype == batch.targets.dtype == np.float32
    np.testing.assert_allclose(batch.targets[:, 1], data.train[34 + 9 : 34 + 17], rtol=1e-6)
    end = feed(data, replace(SERIES, every_step=False, dtype="float64")).batch(1)
    assert end.x.dtype == np.float64
    np.testing.assert_array_equal(end.targets, data.train[[16, 34 + 16, 68 + 16, 102 + 16]])


# Ragged


@given(st.lists(st.integers(1, 30), min_size=1, max_size=90), st.integers(1, 8), st.integers(0, 9))
def test_every_item_is_read_once_an_epoch(length_of_item: list[int], size: int, seed: int) -> None:
    data = lines(length_of_item)
    batches = feed(data, replace(CLASSIFIER, batch=size, seed=seed))
    for epoch in range(2):
        found: list[int] = []
        for step in range(batches.epoch_steps):
            batch = batches.batch(epoch * batches.epoch_steps + step)
            assert batch.x.shape == (batch.lengths.max(), len(batch.lengths))
            for k, item in enumerate(batch.targets):
                length = batch.lengths[k]
                np.testing.assert_array_equal(batch.x[:length, k], data.train.item(item))
                assert (batch.x[length:, k] == 0).all()
            found += batch.targets.tolist()
        assert sorted(found) == list(range(len(length_of_item)))
    assert batches.epoch_steps == -(-len(length_of_item) // size)
    assert batches.fresh(0) and batches.fresh(1)


def test_a_batch_holds_items_of_nearly_equal_length() -> None:
    rng = np.random.default_rng(3)
    data = lines(rng.integers(1, 200, 2_000).tolist())
    batches = feed(data, replace(CLASSIFIER, batch=16))
    epoch = [batches.batch(step) for step in range(batches.epoch_steps)]
    padded, tokens = sum(batch.x.size for batch in epoch), sum(batch.tokens for batch in epoch)
    assert padded < 1.1 * tokens  # about twice as many without sorting
    first_lengths = [int(batch.lengths[0]) for batch in epoch[:16]]
    assert first_lengths != sorted(first_lengths)  # the batches themselves come in any order


@given(st.lists(st.integers(1, 30), min_size=1, max_size=90), st.integers(1, 8))
def test_targets_of_tokens_are_padded_like_the_tokens(length_of_item: list[int], size: int) -> None:
    batches = feed(lines(length_of_item, by_token=True), replace(TAGGER, batch=size))
    for step in range(batches.epoch_steps):
        batch = batches.batch(step)
        np.testing.assert_array_equal(batch.targets, np.where(batch.x > 0, batch.x + 1_000, 0))
        np.testing.assert_array_equal((batch.x > 0).sum(axis=0), batch.lengths)


def test_epochs_and_seeds_differ_in_their_order() -> None:
    data = lines([5] * 64)
    orders = {
        tuple(feed(data, replace(CLASSIFIER, seed=seed)).batch(16 * epoch).targets.tolist())
        for seed in range(3)
        for epoch in range(3)
    }
    assert len(orders) == 9


@pytest.mark.parametrize(("source", "config"), RAGGED.values(), ids=RAGGED)
def test_targets_lie_under_their_tokens(source: Source, config: TrainConfig) -> None:
    data = prepare(source, config)
    batches = feed(replace(data, counts=None), config)
    items = data.train
    pool = [items.item(k).tolist() for k in range(len(items))]
    for step in range(batches.epoch_steps):
        batch = batches.batch(step)
        for k, length in enumerate(batch.lengths.tolist()):
            item = pool.index(batch.x[:length, k].tolist())
            first = items.offsets[item]
            if items.by_token:
                np.testing.assert_array_equal(batch.targets[:length, k], items.targets[first : first + length])
                assert (batch.targets[length:, k] == 0).all()
            else:
                assert batch.targets[k] == items.targets[item]


# Rare tokens


def rare(data: Data) -> set[int]:
    return set(np.flatnonzero(data.counts == 1).tolist()) - {0}


@pytest.mark.parametrize(
    ("source", "config"), [*RAGGED.values(), (text(PROSE), replace(STREAM, unit="words"))], ids=[*RAGGED, "words"]
)
def test_half_of_the_rare_tokens_are_unknown_and_others_each_epoch(source: Source, config: TrainConfig) -> None:
    data = prepare(source, config)
    assert data.counts is not None and len(rare(data)) >= 25
    clean, batches = feed(replace(data, counts=None), config), feed(data, config)
    seen = np.zeros(len(data.vocabulary), np.int64)
    epochs = 20
    for step in range(epochs * batches.epoch_steps):
        x, before = batches.batch(step).x, clean.batch(step).x
        changed = x != before
        assert set(before[changed].tolist()) <= rare(data)
        assert (x[changed] == 0).all()
        seen += np.bincount(x.ravel(), minlength=len(seen))
    kept = seen[sorted(rare(data))] / epochs
    assert 0.4 < kept.mean() < 0.6
    assert (kept < 1).all()
    assert kept.max() - kept.min() > 0.1  # thrown for each one by itself


def test_a_target_is_unknown_exactly_where_the_next_input_is() -> None:
    for unit, sentences in (("words", False), ("words", True)):
        config = replace(SENTENCES, unit=unit, sentences=sentences, window=8)
        data = prepare(text(PROSE), config)
        batches, clean = feed(data, config), feed(replace(data, counts=None), config)
        for step in range(2 * batches.epoch_steps):
            batch, before = batches.batch(step), clean.batch(step)
            inside = before.x[1:] != 0  # padding, and what the vocabulary lacks
            np.testing.assert_array_equal(batch.x[1:][inside], batch.targets[:-1][inside])
            if not sentences and not batches.fresh(step):
                # Over the edge of a window too: the last target before is the first input after it.
                np.testing.assert_array_equal(batch.x[0], batches.batch(step - 1).targets[-1])


def test_characters_of_a_language_model_are_never_dropped() -> None:
    letters = "\n".join(line + "αβγδεζηθικλμ"[k % 12] * (k < 12) for k, line in enumerate(PROSE.split("\n")))
    data = prepare(text(letters), STREAM)
    assert len(rare(data)) > 5
    batches, clean = feed(data, STREAM), feed(replace(data, counts=None), STREAM)
    assert all(same(batches.batch(step), clean.batch(step)) for step in range(3 * batches.epoch_steps))


def test_validation_keeps_rare_tokens() -> None:
    data = prepare(LABELLED, CLASSIFIER)
    found = validation(data, CLASSIFIER, "train")
    assert sum((batch.x == token).any() for batch in found.batches for token in rare(data)) == len(rare(data)) > 0


# Any


@pytest.mark.parametrize(("source", "config"), SOURCES.values(), ids=SOURCES)
def test_a_batch_does_not_depend_on_what_was_asked_before(source: Source, config: TrainConfig) -> None:
    data = prepare(source, config)
    steps = 3 * feed(data, config).epoch_steps
    in_order = feed(data, config)
    batches = [in_order.batch(step) for step in range(steps)]
    at_random = feed(data, config)
    for step in np.random.default_rng(1).permutation(steps).tolist():
        assert same(at_random.batch(step), batches[step])
        assert same(at_random.batch(step), feed(data, config).batch(step))


@pytest.mark.parametrize(("source", "config"), SOURCES.values(), ids=SOURCES)
def test_a_batch_shares_no_memory_with_the_data(source: Source, config: TrainConfig) -> None:
    data = prepare(source, config)
    arrays = [data.train.ids, data.train.targets] if isinstance(data.train, Ragged) else [data.train]
    batch = feed(data, config).batch(0)
    assert not any(np.shares_memory(mine, array) for mine in (batch.x, batch.targets) for array in arrays)
