"""Validation: what is read, and that it is said which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.batches import validation
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Ragged, Source, prepare
from tests.corpora import CLASSIFIER, LABELLED, PROSE, SENTENCES, SERIES, STREAM, TAGGED, TAGGER, VALUES, text


def stream(length: int) -> Data:
    """A stream whose tokens say where they stand."""
    ids = np.arange(length)
    return Data("language", None, (), ids[:2], ids, ids[: length // 2], digest="")


@given(st.integers(2, 40_000), st.integers(1, 30_000))
def test_a_stream_is_read_in_pieces_that_do_not_overlap(length: int, most: int) -> None:
    found = validation(stream(length), TrainConfig(validation_tokens=most))
    targets = np.concatenate([batch.targets.T.ravel() for batch in found.batches])
    assert found.positions is not None and found.items is None
    np.testing.assert_array_equal(np.sort(targets), found.positions)  # each token says where it stands
    assert (np.diff(found.positions) > 0).all()
    read = min(length - 1, most)
    assert read - 16 < len(targets) == sum(found.weights) <= read
    assert found.weights == tuple(batch.x.size for batch in found.batches)
    assert found.fresh == (True,) + (False,) * (len(found.batches) - 1)
    assert all(batch.x.shape[0] <= 64 and batch.x.shape[1] <= 16 for batch in found.batches)
    for before, after in zip(found.batches, found.batches[1:], strict=False):
        np.testing.assert_array_equal(after.x[0], before.targets[-1])


def test_the_pieces_are_spread_over_the_part() -> None:
    found = validation(stream(100_001), TrainConfig(validation_tokens=4_096))
    assert found.positions[0] == 1
    assert found.positions[-1] == 100_000
    assert np.diff(found.positions).max() < 10_000
    assert len(found.batches) == 4


def test_any_part_can_be_read() -> None:
    data, config = prepare(text(PROSE), STREAM), STREAM
    for part in ("train", "validation", "test"):
        found = validation(data, config, part)
        ids = data.part(part)
        assert sum(found.weights) == len(found.positions)
        assert sorted(np.concatenate([b.targets.ravel() for b in found.batches])) == sorted(ids[found.positions])
    with pytest.raises(ValueError, match="part: expected 'train'"):
        validation(data, config, "dev")


@pytest.mark.parametrize(
    ("source", "config"),
    [(text(PROSE), SENTENCES), (LABELLED, CLASSIFIER), (TAGGED, TAGGER)],
    ids=["sentences", "labelled", "tagged"],
)
def test_items_are_read_in_the_order_that_is_said(source: Source, config: TrainConfig) -> None:
    data = prepare(source, config)
    found = validation(data, config, "train")
    items = data.train
    assert isinstance(items, Ragged) and found.items is not None and found.positions is None
    assert sorted(found.items.tolist()) == list(range(len(items)))
    assert all(found.fresh)
    k = 0
    for batch, weight in zip(found.batches, found.weights, strict=True):
        assert batch.x.shape[1] <= 32
        assert weight == (batch.lengths.sum() if items.by_token else batch.x.shape[1])
        for column, length in enumerate(batch.lengths.tolist()):
            np.testing.assert_array_equal(batch.x[:length, column], items.item(found.items[k]))
            if items.by_token:
                first = items.offsets[found.items[k]]
                np.testing.assert_array_equal(batch.targets[:length, column], items.targets[first : first + length])
            else:
                assert batch.targets[column] == items.targets[found.items[k]]
            k += 1
    assert k == len(items)


def test_a_seeded_choice_of_items_stays_below_the_limit() -> None:
    data = prepare(LABELLED, CLASSIFIER)  # seven tokens each
    choices = {
        tuple(validation(data, replace(CLASSIFIER, seed=seed, validation_tokens=100), "train").items.tolist())
        for seed in range(6)
    }
    assert len(choices) == 6
    assert {len(choice) for choice in choices} == {14}
    one = validation(data, replace(CLASSIFIER, validation_tokens=1))
    assert len(one.items) == 1


def test_series_are_read_at_every_step_or_at_the_end_of_windows() -> None:
    data = prepare(Source("series", "s", values=VALUES), SERIES)
    found = validation(data, SERIES)
    np.testing.assert_array_equal(found.positions, np.arange(1, 30))
    np.testing.assert_array_equal(found.batches[0].targets[:, 0], data.validation[1:30].astype(np.float32))
    end = validation(data, replace(SERIES, every_step=False))
    np.testing.assert_array_equal(end.positions, [8, 16, 24, 29])
    assert end.weights == (1, 1, 1, 1)
    targets = np.concatenate([batch.targets for batch in end.batches])
    np.testing.assert_array_equal(targets, data.validation[end.positions].astype(np.float32))
