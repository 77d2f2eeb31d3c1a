"""A training at one moment, as a value; its parameters as one vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_core import models
from lstm_core._model_values import M
from lstm_core.arrays import Array
from lstm_core.config import TrainConfig
from lstm_core.history import History
from lstm_core.models import Model
from lstm_core.stack import Directions, StackTrace

WATCHED = 4  # every fourth step is looked at for saturation: to look at all would take 5 % of an update
SHUT, OPEN = 0.1, 0.9  # Karpathy et al. (2015), "Visualizing and understanding recurrent networks"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a training cannot go on, and after how many updates."""

    step: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A validation under way: batches done, sums over them, and the state a stream is read with."""

    done: int = 0
    loss: float = 0.0
    right: int = 0
    rows: int = 0
    carried: tuple[Directions, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrainState:
    """Everything that a training is at one moment.

    Parameters
    ----------
    config : TrainConfig
    model : LanguageModel, Classifier, Tagger or Regressor
    step : int
        Updates made.
    moments : dict of str to ndarray, shape (parameters,)
        Of the optimiser.
    carried : tuple of Directions of State, or None
        What the next window of a stream starts from.
    anchor : ndarray, shape (parameters,)
        The parameters at the start of the stability window.
    drift : float
        Sum of |theta_j - theta_0|^2 / P in this window.
    history : History
    pending : Pending or None
    since : int
        Updates that had been made when the moments began.
    failure : Failure or None
        Then the parameters are those before the update that failed.
    """

    config: TrainConfig
    model: Model
    step: int
    moments: dict[str, Array]
    carried: tuple[Directions, ...] | None
    anchor: Array
    drift: float
    history: History
    pending: Pending | None = None
    since: int = 0
    failure: Failure | None = None

    @property
    def done(self) -> bool:
        """Nothing is left to do: all updates and validations made, or failed."""
        return self.failure is not None or (self.step >= self.config.steps and self.pending is None)


def saturated(trace: StackTrace) -> float:
    """Share of gate values below 0.1 or above 0.9, in all layers, at every fourth step.

    A plain RNN has no gate; there it is the share of |h| above 0.9.
    """
    beyond = total = 0
    for layer, pair in zip(trace.layers, trace.traces, strict=True):
        for run in filter(None, pair):
            T = len(run.x)
            steps = slice(min(WATCHED, T) - 1, None, WATCHED)
            for name in {"lstm": "ifo", "gru": "rz", "rnn": "h"}[layer.cell]:
                values = getattr(run, name)[steps]
                if run.lengths is None:
                    values = values.transpose(0, 2, 1)  # as it lies in memory
                else:
                    values = values[np.arange(T)[steps, None] < run.lengths]
                beyond += int(np.count_nonzero(values < (SHUT if layer.cell != "rnn" else -OPEN)))
                beyond += int(np.count_nonzero(values > OPEN))
                total += values.size
    return beyond / total if total else 0.0


def flat(model: Model) -> Array:
    """All parameters of a model one behind the other, in the order of `models.arrays`; a new vector."""
    return np.concatenate([array.reshape(-1) for array in models.arrays(model).values()])


def unflat(model: M, values: Array) -> M:
    """The model whose arrays are views of `values`, the inverse of `flat`."""
    found, place = {}, 0
    for name, array in models.arrays(model).items():
        found[name] = values[place : place + array.size].reshape(array.shape)
        place += array.size
    return models.with_arrays(model, found)
