"""Who runs in a race: the same data, seed and settings for all racers but for the cell; no widgets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from lstm_core import batches, corpus, models, tasks, training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.sources import Source
from lstm_core.tasks import PROBLEMS, Problem
from lstm_runs import grids
from lstm_runs.grids import Plan
from lstm_runs.schedule import first_stride
from lstm_ui import frame

NAMES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM", "noforget": "LSTM without a forget gate"}
UNITS, PARAMETERS = "units", "parameters"
MOST_UNITS, MOST_UPDATES = 128, 20_000
CHECKPOINTS = 60  # that a run keeps where nothing else is said
_VALIDATED, _MOST_VALIDATED = 2_000, 10_000  # tokens of a validation
_TRIALS = 128  # that it has in any case: of 32 a net that guesses often gets a third right instead of a quarter
_MEASURED = 0.1  # seconds in which updates are measured
_CHANGES: Mapping[str, dict[str, Any]] = {
    "rnn": {"cell": "rnn"},
    "gru": {"cell": "gru"},
    "lstm": {"cell": "lstm", "forget": "learned"},
    "noforget": {"cell": "lstm", "forget": "none"},
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What a race is: see `NAMES` for `cells`; `match` says what is equal in all racers."""

    task: str
    lag: int
    cells: tuple[str, ...]
    match: str
    units: int
    steps: int
    rate: float
    clip: float
    seed: int

    @property
    def problem(self) -> Problem:
        """The task."""
        return PROBLEMS[self.task]


def usual(task: str) -> dict[str, Any]:
    """The settings that a task begins with: those that solve it in less than a minute."""
    config = tasks.config(task)
    found = {"units": config.hidden, "steps": config.steps, "rate": config.rate, "clip": config.clip}
    return {**found, "cells": usual_cells(task)}


def usual_cells(task: str) -> tuple[str, ...]:
    """Who takes part in a task at first; the fourth racer where it is the point."""
    return ("rnn", "gru", "lstm", "noforget") if task in ("reber", "continual") else ("rnn", "gru", "lstm")


def source(task: str, lag: int) -> Source:
    """The data of a race."""
    return _digits() if task == "digits" else tasks.source(task, lag or None)


@lru_cache(maxsize=16)
def _prepared(task: str, lag: int) -> Data:
    return corpus.prepare(source(task, lag), tasks.config(task))


def data(setup: Setup) -> Data:
    """The data of a race, to show some of it."""
    return _prepared(setup.task, setup.lag)


@lru_cache(maxsize=1)
def _digits() -> Source:
    return tasks.digits((frame.HOME / "sample_data" / "digits" / "digits.csv").read_text(encoding="utf-8"))


def configs(setup: Setup) -> dict[str, TrainConfig]:
    """The configuration of every racer that takes part, in the order of `NAMES`.

    Raises
    ------
    ValueError
        Nobody takes part.

    Examples
    --------
    >>> setup = Setup("order", 50, ("rnn", "lstm"), "parameters", 8, 100, 0.01, 1.0, 0)
    >>> {name: config.hidden for name, config in configs(setup).items()}
    {'rnn': 18, 'lstm': 8}
    """
    chosen = [cell for cell in NAMES if cell in setup.cells]
    if not chosen:
        raise ValueError("cells: expected at least one that takes part, got none; choose RNN, GRU or LSTM")
    return dict(zip(chosen, _configs(setup, tuple(chosen)), strict=True))


@lru_cache(maxsize=256)
def _configs(setup: Setup, cells: tuple[str, ...]) -> list[TrainConfig]:
    same: dict[str, Any] = {
        "hidden": setup.units,
        "steps": setup.steps,
        "rate": setup.rate,
        "clip": setup.clip,
        "seed": setup.seed,
    }
    # Loss and right answers are known at every checkpoint; where these are close together, from fewer trials.
    every = first_stride(setup.steps, CHECKPOINTS)
    tokens = max(min(_MOST_VALIDATED, max(_VALIDATED, 1_000 * every)), _least_validated(setup.task, setup.lag))
    same |= {"validate_every": every, "validation_tokens": tokens}
    found = [tasks.config(setup.task, **{**same, **_CHANGES[cell]}) for cell in cells]
    if setup.match == UNITS:
        return found
    data = _prepared(setup.task, 0)
    wanted = count(tasks.config(setup.task, **{**same, **_CHANGES["lstm"]}), data)
    return [replace(config, hidden=fitting(config, data, wanted)) for config in found]


def _least_validated(task: str, lag: int) -> int:
    """Tokens of enough trials to tell memory from luck, where trials are drawn one by one."""
    if PROBLEMS[task].draw is None or PROBLEMS[task].carried:
        return 0
    return _TRIALS * len(_prepared(task, lag).validation.draw(0, 32).x)  # type: ignore[union-attr]  # the longest of some


def count(config: TrainConfig, data: Data) -> int:
    """Numbers that such a net learns."""
    return models.count(training.start(config, data).model)


def fitting(config: TrainConfig, data: Data, wanted: int) -> int:
    """How many units bring a net closest to so many parameters."""
    low, high = 1, 4 * MOST_UNITS
    while low < high:  # the smallest that has at least as many
        middle = (low + high) // 2
        low, high = (low, middle) if count(replace(config, hidden=middle), data) >= wanted else (middle + 1, high)
    near = [units for units in (low - 1, low) if units >= 1]
    return min(near, key=lambda units: abs(count(replace(config, hidden=units), data) - wanted))


def parameters(setup: Setup) -> dict[str, int]:
    """Learned parameters of every racer."""
    return {cell: count(config, _prepared(setup.task, 0)) for cell, config in configs(setup).items()}


def seconds(setup: Setup, workers: int) -> float:
    """About how long a race takes where nobody else trains: a few updates and a validation are made and measured."""
    found = configs(setup)
    costs = {
        cell: grids.cost(Plan(1, cell, {}, setup.task, setup.lag, _quiet(config))) for cell, config in found.items()
    }
    dearest = max(costs, key=costs.__getitem__)
    took = _measured(found[dearest], data(setup))
    each = [took * cost / costs[dearest] for cost in costs.values()]
    return max(max(each), sum(each) / workers)


def _quiet(config: TrainConfig) -> TrainConfig:
    return replace(config, validate_every=1_000_000, validation_tokens=1)


def _measured(config: TrainConfig, data: Data) -> float:
    """Seconds of a run, of the processor alone: a page is often drawn on a busy machine."""
    state = training.advance(training.start(_quiet(config), data), 1, data)  # the first one also makes buffers
    before, began = state.step, time.thread_time()
    state = training.advance(state, config.steps, data, seconds=_MEASURED)
    update = (time.thread_time() - began) / max(1, state.step - before)
    whole = batches.validation(data, config)
    began = time.thread_time()
    models.predict(state.model, whole.batches[0].x, lengths=whole.batches[0].lengths)
    validation = (time.thread_time() - began) * len(whole.batches)
    return update * config.steps + validation * (1 + config.steps / config.validate_every)


def cell_of(config: TrainConfig) -> str:
    """Which racer a configuration is of."""
    return "noforget" if config.cell == "lstm" and config.forget == "none" else config.cell


def setup_of(found: Mapping[str, TrainConfig], read: Source) -> Setup:
    """The race that runs were started as: what their configurations and their data say.

    Raises
    ------
    ValueError
        Data that are no task, or racers that differ in more than their cells.
    """
    task = read.task if read.kind == "task" else "digits"
    if read.kind != "task" and read.digest() != _digits().digest():
        raise ValueError("race: expected runs of a task, got a run on other data; open it on the page that trains it")
    one = next(iter(found.values()))
    shared = {(config.steps, config.rate, config.clip, config.seed) for config in found.values()}
    if len(shared) > 1:
        raise ValueError("race: expected runs that differ in their cells alone, got others; open them one by one")
    same = len({config.hidden for config in found.values()}) == 1
    units = found["lstm"].hidden if "lstm" in found else one.hidden
    match = UNITS if same else PARAMETERS
    return Setup(task, read.lag, tuple(found), match, units, one.steps, one.rate, one.clip, one.seed)
