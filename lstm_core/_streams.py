"""Texts and series that are read as one long stream."""

from __future__ import annotations

import numpy as np

from lstm_core import splits
from lstm_core._data import Data, Scale
from lstm_core._vocabularies import learn
from lstm_core.arrays import Array
from lstm_core.config import TrainConfig
from lstm_core.sources import Source
from lstm_core.tokens import code

MOST_CHANNELS = 64
_FEWEST_TOKENS, _FEWEST_STEPS = 50, 20
_LARGEST_VALUE = 1e15


def language(text: str, config: TrainConfig, digest: str) -> Data:
    """A text in three streams of ids."""
    pieces = splits.blocks(text)
    parts = splits.part_blocks([len(piece) for piece in pieces], config.seed)
    raw = [tuple(piece for piece, part in zip(pieces, parts, strict=True) if part == k) for k in range(3)]
    coded = code(["".join(part) for part in raw], config.unit)
    total = len(coded.ids)
    if total < _FEWEST_TOKENS or coded.lengths.min() < 2:
        raise ValueError(
            f"text: expected at least {_FEWEST_TOKENS} {config.unit}, with some in each part, got {total}; "
            "give more text"
        )
    learned = learn(coded, np.arange(total) < coded.lengths[0], config.most_symbols, config.unit)
    train, validation, test = np.split(learned.ids, np.cumsum(coded.lengths)[:-1])
    check_stream("text", len(train), config)
    return Data(
        task="language",
        vocabulary=learned.vocabulary,
        labels=(),
        train=train,
        validation=validation,
        test=test,
        digest=digest,
        notes=learned.notes,
        counts=learned.counts,
        raw_validation=raw[splits.VALIDATION],
        raw_test=raw[splits.TEST],
    )


def regressor(source: Source, config: TrainConfig, digest: str) -> Data:
    """Series in three contiguous parts, standardised by the first."""
    values = check_values(source)
    steps = len(values)
    first, second = (round(share * steps) for share in (splits.ITEM_SHARES[0], sum(splits.ITEM_SHARES[:2])))
    check_stream("values", first, config)
    mean, std = values[:first].mean(axis=0), values[:first].std(axis=0)
    still = std <= 1e-12 * np.maximum(np.abs(mean), 1e-300)  # rounding alone
    notes = tuple(f"channel {k + 1} never changes in the training part" for k in np.flatnonzero(still))
    scale = Scale(mean, np.where(still, 1.0, std))
    scaled = (values - scale.mean) / scale.std
    return Data(
        task="regressor",
        vocabulary=None,
        labels=(),
        train=scaled[:first],
        validation=scaled[first:second],
        test=scaled[second:],
        digest=digest,
        notes=notes,
        scale=scale,
    )


def check_values(source: Source) -> Array:
    """The numbers of a series in float64, finite and not too few."""
    values = np.asarray(source.values, np.float64)
    steps, channels = values.shape
    if steps < _FEWEST_STEPS or not 1 <= channels <= MOST_CHANNELS:
        raise ValueError(
            f"values: expected at least {_FEWEST_STEPS} steps of 1 to {MOST_CHANNELS} channels, "
            f"got {steps} of {channels}; give a longer series, or fewer columns"
        )
    wrong = ~(np.abs(values) <= _LARGEST_VALUE)
    if wrong.any():
        step, channel = (int(k) for k in np.argwhere(wrong)[0])
        raise ValueError(
            f"values: expected numbers from -1e15 to 1e15, got {values[step, channel]} at step {step + 1} "
            f"of channel {channel + 1}; replace it, or leave the row out"
        )
    return values


def check_stream(name: str, tokens: int, config: TrainConfig) -> None:
    """Refuse a window or a batch that a stream of so many tokens or steps cannot fill."""
    longest = tokens - 1  # the last token is a target only
    if config.window > longest:
        raise ValueError(
            f"window: expected at most {longest:,} steps, as {tokens:,} are there to train on, got {config.window:,}; "
            f"lower the sequence length to at most {longest:,} or give a longer {_WHAT[name]}"
        )
    widest = longest // config.window
    if config.batch > widest:
        raise ValueError(
            f"batch: expected at most {widest:,} streams of {config.window:,} steps, as {tokens:,} are "
            f"there to train on, got {config.batch:,}; lower the batch size to at most {widest:,}, "
            f"lower the sequence length, or give a longer {_WHAT[name]}"
        )


_WHAT = {"text": "text", "values": "series"}
