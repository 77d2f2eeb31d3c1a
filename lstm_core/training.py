"""Training as a pure function: from a complete state to the next one, the same bits however it is cut.

    start(config, data) -> TrainState
    advance(state, steps, data) -> TrainState

Whatever is random is drawn from (seed, step), and nothing is kept outside the state; so 3 + 4 steps give the bits of 7,
in any thread or process of one machine, as long as BLAS uses one thread (it adds in another order with two).

The loss has two parts. The forward part is the mean error. The backward part says how much the parameters move:
training is cut into windows of K updates, theta_0 are the P parameters at a window's start, and after m updates of it

    S = (1 / m) * sum over j <= m of |theta_j - theta_0|^2 / P.

Earlier terms are constants, so the gradient is 2 (theta_m - theta_0) / (m P), times its weight (docs/notation.md).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from lstm_core import models
from lstm_core._training_values import Failure, Pending, TrainState, flat, saturated, unflat
from lstm_core._updates import Running, optimizer
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.history import History

__all__ = [
    "Failure",
    "History",
    "Pending",
    "TrainConfig",
    "TrainState",
    "advance",
    "flat",
    "fork",
    "saturated",
    "start",
    "tokens_per_second",
    "unflat",
]

INIT = 1  # in the seed of what a new model draws


def start(config: TrainConfig, data: Data) -> TrainState:
    """A training before its first update; its first validation is still to come.

    Parameters
    ----------
    config : TrainConfig
    data : Data
        From `corpus.prepare(source, config)`.

    Returns
    -------
    TrainState
    """
    model = models.build(config, data, np.random.default_rng([config.seed, INIT]))
    theta = flat(model)
    moments = optimizer(config).begin(theta)
    return TrainState(config, model, 0, moments, None, theta, 0.0, History(), Pending())


def advance(state: TrainState, steps: int, data: Data, *, seconds: float | None = None) -> TrainState:
    """The training some updates further, with the validations that fall due; at most up to `config.steps` in all.

    Parameters
    ----------
    state : TrainState
        Stays as it is.
    steps : int
        Updates to make. 0: only finish a validation.
    data : Data
    seconds : float, optional
        Stop behind the update or validation batch during which so much time has passed.

    Returns
    -------
    TrainState
        `failure` says at which step and why a loss or a parameter was no longer finite.

    Examples
    --------
    >>> from lstm_core.corpus import Source, prepare
    >>> config = TrainConfig(hidden=8, window=8, batch=2, steps=10, rate=0.03)
    >>> data = prepare(Source("text", "example", text="to be or not to be. " * 20), config)
    >>> state = advance(start(config, data), 10, data)
    >>> state.step, state.done, bool(state.history.loss[-1] < state.history.loss[0])
    (10, True, True)
    """
    if steps < 0:
        raise ValueError(f"steps: expected 0 or more, got {steps}; choose a larger number")
    until = None if seconds is None else time.perf_counter() + seconds
    run = Running(state, data)
    last = min(state.step + steps, state.config.steps)
    with np.errstate(all="ignore"):  # what overflows is found by looking at the results
        while run.failure is None and (run.pending is not None or run.step < last):
            if run.pending is not None:
                run.validate()
            else:
                run.update()
            if until is not None and time.perf_counter() >= until:
                break
    return run.state()


def fork(state: TrainState, config: TrainConfig) -> TrainState:
    """The same moment of a training, to go on with other settings.

    What the settings do not touch goes on exactly. Moments start anew with another optimiser, the carried state with
    another batch size or window. Another stability window may begin in the middle: then it starts from the parameters
    here, as if they had not moved in it before.

    Raises
    ------
    ValueError
        A setting that makes another net.
    """
    shape = ("task", "unit", "sentences", "cell", "hidden", "layers", "bidirectional", "features", "forget", "input")
    for name in (*shape, "output", "peephole", "reset_after", "activation", "tied", "pooling", "every_step", "dtype"):
        old, new = getattr(state.config, name), getattr(config, name)
        if old != new:
            raise ValueError(f"{name}: expected {old!r}, as the checkpoint has it, got {new!r}; start a new run for it")
    moments, carried, since = state.moments, state.carried, state.since
    if config.optimizer != state.config.optimizer:
        moments, since = optimizer(config).begin(state.anchor), state.step
    if config.batch != state.config.batch or config.window != state.config.window:
        carried = None
    anchor, drift = state.anchor, state.drift
    if config.stability_window != state.config.stability_window:
        anchor, drift = flat(state.model), 0.0
    return replace(
        state,
        config=config,
        model=replace(state.model, dropout=config.dropout),
        moments=moments,
        carried=carried,
        anchor=anchor,
        drift=drift,
        since=since,
        failure=None,
    )


def tokens_per_second(state: TrainState, rows: int = 20) -> float:
    """How fast the latest rows of the history went; 0 before the first."""
    seconds = float(state.history.seconds[-rows:].sum())
    return float(state.history.tokens[-rows:].sum()) / seconds if seconds > 0 else 0.0
