"""How much of the gradient is left, step by step back from the answer: of the racers' own nets, on held-out trials."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from lstm_core import batches, models, objectives, spectra
from lstm_core.arrays import Array
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.models import Batch, Model
from lstm_core.objectives import Objective
from lstm_plots.bands import Band, over

TRIALS = 16  # held-out sequences that a profile is taken from
PLACES = 160  # numbers of steps back that are drawn at most
BUDGET = 0.1  # of a processor that all profiles of nets that train may cost together
_WATCHED = 30.0  # seconds after which a run that nobody has looked at counts no more
_KEPT = 1_024  # profiles of a server: some kilobytes each
_READ = TRIALS * 64  # tokens of the batch, where it is cut from a file
# Steps at the end that come behind the one answer that needs memory.
BEHIND = {"reber": 1, "continual": 2}
STREAM, COLUMNS = 12, 8  # batches of a stream that is carried on and on, and how many such streams


class Profile(NamedTuple):
    """|dL/dh_k| by steps back t - k, over trials, L the loss on the answer of step t.

    `norm`: as it is; `left`: divided by |dL/dh_t|, trial by trial. `state`: how long the cell
    state of an LSTM has grown in a stream that goes on and on, or None: see `grown`.
    """

    norm: Band
    left: Band
    state: float | None = None


def held_out(data: Data, config: TrainConfig) -> Batch:
    """The trials that all racers are held against: the first of the test part.

    Parameters
    ----------
    data : Data
    config : TrainConfig
        Its seed decides which they are; racers have one and the same.
    """
    batch = batches.validation(data, replace(config, validation_tokens=_READ), "test").batches[0]
    few = slice(0, TRIALS)
    lengths = None if batch.lengths is None else batch.lengths[few]
    targets = (
        batch.targets[few] if len(batch.targets) == batch.x.shape[1] and _at_end(config) else batch.targets[:, few]
    )
    return Batch(batch.x[:, few], targets, lengths)


def gradient(model: Model, batch: Batch, behind: int = 0) -> Array:
    """|dL/dh_k| of every trial, (steps back, trials), in float64; NaN where a trial has no such step.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    batch : Batch
    behind : int
        How many steps before its end each trial is asked; what comes later is left out.

    Returns
    -------
    ndarray of float64, shape (time, batch)
        L is one trial's own loss at its last step alone: cross-entropy in nats, or the squared error.
    """
    wide = models.with_arrays(model, {name: array.astype(np.float64) for name, array in models.arrays(model).items()})
    T, B = batch.x.shape[:2]
    lengths = np.full(B, T) if batch.lengths is None else np.asarray(batch.lengths)
    lengths = lengths - behind
    T = int(lengths.max())
    said = models.predict(wide, batch.x[:T], lengths=None if (lengths == T).all() else lengths)
    ends, columns = lengths - 1, np.arange(B)
    by_step = said.logits.ndim == 3
    logits = said.logits[ends, columns] if by_step else said.logits
    targets = np.asarray(batch.targets)[ends, columns] if by_step else np.asarray(batch.targets)
    if isinstance(model, models.Regressor):
        drows = 2 / logits.shape[1] * (logits - targets)
    else:
        drows = models.probabilities(logits)
        drows[columns, targets] -= 1
    dh = np.zeros(said.trace.h.shape)
    W_out = models.arrays(wide)["W_out"]
    dh[ends, columns] = drows @ W_out.T
    top = len(said.trace.layers) - 1
    back = objectives.backward(said.trace, Objective(0.0, dh, top, "each trial's loss on its answer"))
    return spectra.profile(said.trace.traces[top].forward, back.flow(top)).dh


def profile(model: Model, batch: Batch, behind: int = 0, exact: int | None = None) -> Profile:
    """The middle and the spread of `gradient` over the trials, at no more places than a picture shows.

    `exact`: how many steps back there is a place in any case.
    """
    found = gradient(model, batch, behind)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(found[0] > 0, found / found[0], np.nan)
    there = np.isfinite(found).mean(axis=1) >= 0.5  # beyond that only the longest trials are left
    lags = np.flatnonzero(there)
    shown = np.linspace(0, len(lags) - 1, min(PLACES, len(lags))).round().astype(int)
    lags = lags[np.union1d(shown, [exact] if exact is not None and exact < len(lags) else shown)]
    return Profile(over(lags, found[lags].T), over(lags, left[lags].T))


def grown(model: Model, data: Data) -> float | None:
    """Mean length of an LSTM's cell state at the end of `STREAM` held-out batches that follow one another."""
    if model.layers[-1].cell != "lstm":
        return None
    made, carried = data.test, None
    for number in range(STREAM):
        drawn = made.draw(number, COLUMNS)  # type: ignore[union-attr]  # what is carried is generated
        carried = models.predict(model, drawn.x, carried, lengths=drawn.lengths).trace.final
    return float(np.linalg.norm(carried[-1].forward.c, axis=1).mean())  # type: ignore[index]


def streamed(data: Data) -> int:
    """Steps of one column of that stream, in the mean."""
    drawn = (data.test.draw(number, COLUMNS) for number in range(STREAM))  # type: ignore[union-attr]
    return round(float(sum(len(one.x) if one.lengths is None else one.lengths.mean() for one in drawn)))


def _at_end(config: TrainConfig) -> bool:
    return config.task == "classifier" or (config.task == "regressor" and not config.every_step)


@dataclass(slots=True)
class Shelf:
    """Profiles that have been computed, one shelf a server: all who watch a race see the same ones."""

    found: OrderedDict[tuple[str, int], Profile] = field(default_factory=OrderedDict)
    newest: dict[str, tuple[int, float]] = field(
        default_factory=dict
    )  # of a run: the step, until when it is new enough
    batch: OrderedDict[tuple[Any, ...], Batch] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def fresh(self, run: str) -> int | None:
        """The step of a run's profile that is still new enough to be shown while it trains."""
        with self.lock:
            step, until = self.newest.get(run, (-1, 0.0))
            return step if time.monotonic() < until and (run, step) in self.found else None

    def get(self, run: str, step: int) -> Profile | None:
        """A profile that is there."""
        with self.lock:
            if (found := self.found.get((run, step))) is not None:
                self.found.move_to_end((run, step))
            return found

    def put(self, run: str, step: int, made: Profile, cost: float, newest: bool) -> None:
        """Keep a profile, and how long it may stand for the newest."""
        with self.lock:
            self.found[run, step] = made
            while len(self.found) > _KEPT:
                (gone, _), _ = self.found.popitem(last=False)
                if not any(name == gone for name, _ in self.found):
                    self.newest.pop(gone, None)
            if newest:
                now = time.monotonic()
                watched = sum(until > now - _WATCHED for _, until in self.newest.values()) + (run not in self.newest)
                self.newest[run] = step, now + cost * watched / BUDGET

    def trials(self, key: tuple[Any, ...], make: Any) -> Batch:
        """The held-out trials of a race."""
        with self.lock:
            found = self.batch.get(key)
        if found is None:
            found = make()
            with self.lock:
                self.batch[key] = found
                while len(self.batch) > 64:
                    self.batch.popitem(last=False)
        return found
