"""How long runs take, told before they begin: arithmetic for their ratios, a few updates for the scale."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from lstm_core import corpus, training
from lstm_core.config import TrainConfig
from lstm_core.sources import Source
from lstm_runs.executors import one_blas_thread

_STEP = 20_000.0  # products that take as long as what one step costs whatever its size
_EACH, _MOST = 0.06, 4  # seconds that a measured run is given, and how many are measured at most
_BIRTH = 0.05  # seconds until a run has begun and is written down
_GUESS = 4e-10  # seconds a product, where nothing can be measured


class Planned(Protocol):
    """What is read of a plan; `grids.Plan` has it."""

    @property
    def lag(self) -> int: ...
    @property
    def data(self) -> str: ...
    @property
    def config(self) -> TrainConfig: ...


P = TypeVar("P", bound=Planned)


def cost(plan: Planned) -> float:
    """What a whole run costs, in products of two numbers; good for ratios between runs.

    Examples
    --------
    >>> from lstm_runs.grids import Sweep, expand
    >>> short, long = expand(Sweep("adding", over={"lag": (20, 200)}))
    >>> 5 < cost(long) / cost(short) < 15
    True
    """
    return _of_an_update(plan) * (plan.config.steps + _validating(plan))


def seconds(plans: Sequence[P], source: Callable[[P], Source] | None = None, workers: int = 1) -> float:
    """About how long all these runs take, one behind the other in each of the workers.

    Parameters
    ----------
    plans : sequence of Plan
    source : callable, optional
        From a plan to its data; with it a few updates of some runs are made here and measured.
    workers : int

    Returns
    -------
    float
        Seconds; half or twice of it is no surprise.
    """
    costs = [cost(plan) for plan in plans]
    if not plans:
        return 0.0
    scales = [_GUESS]
    if source is not None:
        order = sorted(range(len(plans)), key=costs.__getitem__)
        picked = {order[k * (len(order) - 1) // max(1, _MOST - 1)] for k in range(_MOST)}
        scales = [_measured(plans[k], source(plans[k])) / _of_an_update(plans[k]) for k in sorted(picked)]
    scale = math.exp(sum(map(math.log, scales)) / len(scales))
    busy = min(workers, len(plans))
    return max(scale * sum(costs) / busy, scale * max(costs)) + _BIRTH * len(plans)


def _measured(plan: Planned, source: Source) -> float:
    """Seconds of an update, the first one left out."""
    with one_blas_thread():
        config = replace(plan.config, validation_tokens=1)  # updates are measured, and not the first validation
        data = corpus.prepare(source, config)
        state = training.advance(training.start(config, data), 1, data)
        began, before = time.perf_counter(), state.step
        state = training.advance(state, config.steps, data, seconds=_EACH)
        return max(1e-6, time.perf_counter() - began) / max(1, state.step - before)


def _of_an_update(plan: Planned) -> float:
    config = plan.config
    H, gates = config.hidden, {"lstm": 4, "gru": 3, "rnn": 1}[config.cell]
    ways = 2 if config.bidirectional else 1
    one = _STEP + config.batch * gates * H * (H + config.features)
    return _steps(plan) * config.layers * ways * one


def _steps(plan: Planned) -> int:
    """Steps of a sequence, about."""
    if plan.lag:
        return plan.lag + 20 if plan.data == "copy" else plan.lag
    return 64 if plan.data == "digits" else min(plan.config.window, 64)


def _validating(plan: Planned) -> float:
    """What all validations of a run come to, in updates: they go forward only."""
    config = plan.config
    times = config.steps / config.validate_every + 1
    return times * config.validation_tokens / (_steps(plan) * config.batch) / 3
