"""One slice of training, as a plain function that any executor can run.

A slice is sent the complete state of a run and returns the next one. It never carries the data: whoever computes keeps
the data sets that were used last, prepared, and asks for one that it does not have.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from lstm_core import models, training
from lstm_core.batches import feed
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Source, data_digest, prepare
from lstm_core.models import LanguageModel
from lstm_core.sampling import sample
from lstm_core.training import TrainState
from lstm_runs.executors import one_blas_thread

TEMPERATURE, SAMPLE_TOKENS = 0.8, 200
_FEWEST_TOKENS, _LARGEST_SAMPLE = (
    20,
    64_000_000,
)  # tokens times parameters: half a second, nobody waits longer for Pause

_MOST_KEPT = 64  # data sets, another seed makes another: with fewer than runs, each slice would prepare its own anew
_MOST_BYTES = 32 * 2**20  # of their sources, all together; prepared they are up to ten times as large


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What is to be computed.

    Parameters
    ----------
    state : TrainState
    steps : int or None
        At most; 0 to finish a validation, None to leave the state as it is.
    seconds : float or None
        Stop at the end of the first step after so long.
    source : str
        Digest of the data.
    mark : int
        Make a sample when this step is reached and validated.
    content : bytes or None
        The data themselves, once the worker has asked for them.
    """

    state: TrainState
    steps: int | None
    seconds: float | None
    source: str
    mark: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """The next state; at a checkpoint of a language model also what it writes. `seconds`: spent on it.

    `sound` is False where training failed and the net that is left answers nothing that is finite.
    """

    state: TrainState
    sample: str
    seconds: float
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Missing:
    """The worker does not have the data with this digest: send the order again, with its content."""

    source: str


class Shelf:
    """Prepared data sets, the ones used last; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Data, int]] = OrderedDict()

    def find(self, source: str, config: TrainConfig) -> Data | None:
        """The data of this digest as this configuration reads them, if they are here."""
        with self._lock:
            key = data_digest(source, config)
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def prepared(self, content: bytes, config: TrainConfig) -> Data:
        """The same from the bytes of a source; kept from now on."""
        return self.put(prepare(Source.from_bytes(content), config), len(content))

    def put(self, data: Data, size: int) -> Data:
        """Keep data that were prepared already from a source of so many bytes; the oldest make room."""
        with self._lock:
            self._kept[data.digest] = data, size
            while len(self._kept) > 1 and (len(self._kept) > _MOST_KEPT or self._size() > _MOST_BYTES):
                self._kept.popitem(last=False)
        return data

    def _size(self) -> int:
        return sum(size for _, size in self._kept.values())


SHELF = Shelf()  # of this process


def work(order: Order) -> Done | Missing:
    """Compute a slice.

    Parameters
    ----------
    order : Order

    Returns
    -------
    Done or Missing
        The same bits whatever computes it and however training is cut into slices.
    """
    began = time.perf_counter()
    with one_blas_thread():
        state, written, sound = order.state, "", True
        if order.steps is not None:
            data = SHELF.find(order.source, state.config)
            if data is None and order.content is None:
                return Missing(order.source)
            if data is None:
                data = SHELF.prepared(order.content or b"", state.config)
                began = time.perf_counter()  # only what a run can be blamed for
            state = training.advance(state, order.steps, data, seconds=order.seconds)
            sound = state.failure is None or _is_sound(state, data)
        if is_marked(state, order):
            written = write_sample(state)
    return Done(state, written, time.perf_counter() - began, sound)


def is_marked(state: TrainState, order: Order) -> bool:
    """Whether the state that an order led to becomes a checkpoint."""
    reached = state.step == order.mark and (state.pending is None or order.steps is None)
    return reached and state.failure is None


def write_sample(state: TrainState) -> str:
    """What the model of a state writes by itself; the same each time. Empty for all but language models."""
    try:
        return _written(state)
    except ValueError:  # it has diverged: the next update says so
        return ""


def _written(state: TrainState) -> str:
    if not isinstance(state.model, LanguageModel):
        return ""
    rng = np.random.default_rng([state.config.seed, state.step])
    length = min(SAMPLE_TOKENS, max(_FEWEST_TOKENS, _LARGEST_SAMPLE // models.count(state.model)))
    return sample(state.model, rng, length=length, temperature=TEMPERATURE)


def _is_sound(state: TrainState, data: Data) -> bool:
    """Whether a net whose training failed still answers: its parameters are finite, what it says may be beyond that."""
    try:
        with np.errstate(all="ignore"):
            value = models.loss(state.model, feed(data, state.config).batch(state.step))
        _written(state)
    except (models.Diverged, ValueError):
        return False
    return math.isfinite(value)
