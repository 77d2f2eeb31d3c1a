"""What a net reads at each step of its training, and what it is validated on.

    feed(data, config) -> Feed: batch(step), fresh(step), epoch_steps
    validation(data, config, part) -> Validation

A batch is a function of (data, configuration, step) and of nothing else: it does not matter which steps were asked for
before, so a training may be cut into slices and moved anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lstm_core._data import Data, Generated, Ragged
from lstm_core._made import MadeFeed, held_out, starts_anew
from lstm_core.arrays import Array, Bools, Ints
from lstm_core.config import TrainConfig
from lstm_core.models import Batch
from lstm_core.sources import Part

_SORTED_BATCHES = 16  # batches within which items are sorted by length
_STREAMS, _STEPS, _ITEMS = 16, 64, 32  # of a validation batch: streams, steps, items
_SHORTEST_STREAM = 256  # tokens of a validation stream, where there are enough
_DROPPED_SHARE = 0.5  # of the occurrences of a token that occurs once


class Feed(Protocol):
    """The batches of a training."""

    @property
    def epoch_steps(self) -> int:
        """Batches after which everything was read once."""

    def batch(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""

    def fresh(self, step: int) -> bool:
        """Whether the state starts from zeros at this step."""


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """A part of the data in small batches.

    Parameters
    ----------
    batches : tuple of Batch
    fresh : tuple of bool
        Whether the state starts from zeros at this batch; else it goes on from the batch before.
    weights : tuple of int
        How many targets each holds: tokens, items of a classifier, or steps times series.
    positions : ndarray of int64, or None
        For streams: where in the part the targets stand, in increasing order.
    items : ndarray of int64, or None
        For ragged data: the items, in the order of the batches.
    """

    batches: tuple[Batch, ...]
    fresh: tuple[bool, ...]
    weights: tuple[int, ...]
    positions: Ints | None = None
    items: Ints | None = None


def feed(data: Data, config: TrainConfig) -> Feed:
    """The batches of a training.

    Streams are read as in char-rnn: the training part is cut into `batch` contiguous streams, batch k of an epoch is
    window k of all streams, and the state goes on from window to window. The last window of an epoch may be shorter;
    fewer than `batch` tokens at the very end are left out. Ragged data come in bunches of nearly equal length, in
    another order each epoch; the last, smaller batch is kept. What is generated is new at every step.

    Half of the occurrences of tokens that occur once in the training part are replaced by the unknown token, other ones
    each epoch (not in a language model of characters): without that it would stand for nothing when an unseen
    word comes.

    Parameters
    ----------
    data : Data
    config : TrainConfig

    Returns
    -------
    Feed

    Examples
    --------
    >>> from lstm_core.corpus import Source, prepare
    >>> config = TrainConfig(window=8, batch=2)
    >>> batches = feed(prepare(Source("text", "sheep", text="baa " * 100), config), config)
    >>> batches.batch(0).x.shape, batches.epoch_steps, [batches.fresh(k) for k in (0, 1, 20)]
    ((8, 2), 20, [True, False, True])
    """
    if isinstance(data.train, Generated):
        return MadeFeed(data.train, config)
    if isinstance(data.train, Ragged):
        return _RaggedFeed(data.train, config, _once(data, config))
    return _StreamFeed(data.train, config, _once(data, config))


def validation(data: Data, config: TrainConfig, part: Part = "validation") -> Validation:
    """A part, or as much of it as `config.validation_tokens` allows, in small batches.

    Of a stream at most 16 contiguous pieces spread evenly over the part are read, in windows of 64 steps between which
    the state goes on; of ragged data a seeded choice of items, 32 at a time, sorted by length. What is generated is
    drawn 32 at a time, or in 8 long streams where the state is carried.

    Parameters
    ----------
    data : Data
    config : TrainConfig
    part : {"validation", "test", "train"}

    Returns
    -------
    Validation

    Raises
    ------
    ValueError
        An unknown part.
    """
    chosen = data.part(part)
    if isinstance(chosen, Generated):
        return _validate_made(chosen, config)
    if isinstance(chosen, Ragged):
        return _validate_items(chosen, config)
    return _validate_stream(chosen, config)


class _StreamFeed:
    """Windows of contiguous streams."""

    def __init__(self, stream: Ints | Array, config: TrainConfig, once: Bools | None) -> None:
        self._config = config
        self._stream = stream
        self._once = once
        self._length = (len(stream) - 1) // config.batch  # predicted tokens of one stream
        self._starts = np.arange(config.batch) * self._length
        self.epoch_steps = -(-self._length // config.window)

    def batch(self, step: int) -> Batch:
        epoch, k = divmod(step, self.epoch_steps)
        first = k * self._config.window
        last = min(first + self._config.window, self._length)
        positions = np.arange(first, last + 1)[:, None] + self._starts  # (time + 1, batch)
        window = self._stream[positions]
        if self._once is not None:
            _forget(window, positions, self._once, self._config.seed, epoch)
        return _next(window, self._config)

    def fresh(self, step: int) -> bool:
        return self._config.reset_state or step % self.epoch_steps == 0


class _RaggedFeed:
    """Items of nearly equal length."""

    def __init__(self, items: Ragged, config: TrainConfig, once: Bools | None) -> None:
        self._config = config
        self._items = items
        self._lengths = items.lengths
        self._once = once
        self.epoch_steps = -(-len(items) // config.batch)
        self._order: tuple[int, tuple[Ints, ...]] = (-1, ())  # of the epoch that was asked for last

    def batch(self, step: int) -> Batch:
        epoch, k = divmod(step, self.epoch_steps)
        if self._order[0] != epoch:
            self._order = (epoch, self._shuffle(epoch))
        x, targets, lengths, positions = self._items.padded(self._order[1][k])
        if self._once is not None:
            _forget(x, positions, self._once, self._config.seed, epoch)
            if self._config.task == "language":
                # The target at one place is the input at the next, and must be known or unknown like that.
                _forget(targets, positions + 1, self._once, self._config.seed, epoch)
        return Batch(x, targets, lengths)

    def fresh(self, step: int) -> bool:
        return True

    def _shuffle(self, epoch: int) -> tuple[Ints, ...]:
        rng = np.random.default_rng([self._config.seed, 3, epoch])
        order, size = rng.permutation(len(self._items)), self._config.batch
        bunch = _SORTED_BATCHES * size
        for start in range(0, len(order), bunch):
            some = order[start : start + bunch]
            order[start : start + bunch] = some[np.argsort(self._lengths[some], kind="stable")]
        batches = np.split(order, range(size, len(order), size))
        return tuple(batches[k] for k in rng.permutation(len(batches)))


def _once(data: Data, config: TrainConfig) -> Bools | None:
    """Which tokens occur once in the training part; None where none is to be replaced."""
    by_character = config.task == "language" and config.unit == "characters"
    if data.counts is None or by_character:
        return None
    once = data.counts == 1
    return once if once.any() else None


def _forget(ids: Ints, positions: Ints, once: Bools, seed: int, epoch: int) -> None:
    """Make some rare tokens unknown, in place."""
    where = np.nonzero(once[ids])
    ids[where] *= _coins(positions[where], seed, epoch)


def _coins(positions: Ints, seed: int, epoch: int) -> Bools:
    """True or False for each position, as if thrown; the same for the same (position, seed, epoch).

    A hash and not a generator, because a token that stands in two batches must get the same answer in both.

    References
    ----------
    Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators": the mixing function.
    """
    key = np.random.SeedSequence([seed, 4, epoch]).generate_state(1, np.uint64)[0]
    z = positions.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    below: Bools = (z ^ (z >> np.uint64(31))) < np.uint64(_DROPPED_SHARE * 2**64)
    return below


def _next(window: Ints | Array, config: TrainConfig) -> Batch:
    """Inputs, and as targets what follows them."""
    if config.task != "regressor":
        return Batch(window[:-1], window[1:])
    window = window.astype(config.dtype)
    return Batch(window[:-1], window[1:] if config.every_step else window[-1])


def _validate_stream(stream: Ints | Array, config: TrainConfig) -> Validation:
    total = len(stream) - 1
    most = min(total, config.validation_tokens)
    count = max(1, min(_STREAMS, most // _SHORTEST_STREAM))
    length = most // count
    # The first starts at the beginning and the last ends at the end; in between, what is left out is spread evenly.
    starts = np.linspace(0, total - length, count).astype(np.int64)
    positions = np.arange(length + 1)[:, None] + starts  # (time + 1, streams)
    at_end_only = config.task == "regressor" and not config.every_step
    steps = config.window if at_end_only else _STEPS
    batches = [
        _next(stream[positions[first : min(first + steps, length) + 1]], config) for first in range(0, length, steps)
    ]
    predicted = positions[1:]
    if at_end_only:
        predicted = predicted[[min(first + steps, length) - 1 for first in range(0, length, steps)]]
    weights = tuple(count * (1 if at_end_only else len(batch.x)) for batch in batches)
    fresh = tuple(k == 0 for k in range(len(batches)))
    return Validation(tuple(batches), fresh, weights, positions=predicted.T.ravel())


def _validate_made(made: Generated, config: TrainConfig) -> Validation:
    batches = held_out(made, config)
    fresh = tuple(starts_anew(made, config, k) for k in range(len(batches)))
    by_token = config.task in ("language", "tagger")
    return Validation(batches, fresh, tuple(batch.tokens if by_token else batch.x.shape[1] for batch in batches))


def _validate_items(items: Ragged, config: TrainConfig) -> Validation:
    order = np.random.default_rng([config.seed, 5]).permutation(len(items))
    lengths = items.lengths
    count = max(1, int((np.cumsum(lengths[order]) <= config.validation_tokens).sum()))
    chosen = np.sort(order[:count])
    chosen = chosen[np.argsort(lengths[chosen], kind="stable")]
    groups = np.split(chosen, range(_ITEMS, count, _ITEMS))
    batches = []
    for group in groups:
        x, targets, sizes, _ = items.padded(group)
        batches.append(Batch(x, targets, sizes))
    weights = tuple(int(lengths[group].sum()) if items.by_token else len(group) for group in groups)
    return Validation(tuple(batches), (True,) * len(batches), weights, items=chosen)
