"""A sweep, and the runs that it comes to: how many, which, and how long they take.

sweep = read_toml(data)                    or Sweep("adding", over={"cell": ("lstm", "rnn"), "lag": (10, 50)}, ...)
plans = expand(sweep)                      a stable order: the same sweep, the same runs, the same names
seconds(plans, workers=2)                  told before anything is started
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lstm_core import corpus, tasks
from lstm_core.config import TrainConfig
from lstm_core.sources import Kind, Source
from lstm_runs._sweep_cost import cost, seconds
from lstm_runs._sweep_toml import read_toml
from lstm_runs._sweep_values import MOST_RUNS, SETTINGS, VARIANTS, Between, Sweep, Value, shown

__all__ = [
    "MOST_RUNS",
    "SETTINGS",
    "VARIANTS",
    "Between",
    "Plan",
    "Sweep",
    "Value",
    "cost",
    "expand",
    "read_toml",
    "seconds",
    "source",
]

_TASKS: dict[Kind, str] = {"text": "language", "labelled": "classifier", "tagged": "tagger", "series": "regressor"}
_OF_AN_LSTM = ("variant", "forget", "input", "output", "peephole", "forget_bias", "input_bias", "output_bias")


class Plan(NamedTuple):
    """One run of a sweep.

    `number` counts from 1; `settings` are the values that the sweep varies, with the seed: None where a setting means
    nothing for this run, as a forget bias for a GRU.
    """

    number: int
    name: str
    settings: dict[str, Value | None]
    data: str
    lag: int
    config: TrainConfig


def expand(sweep: Sweep, sources: Mapping[str, Source] | None = None) -> tuple[Plan, ...]:
    """All runs of a sweep; of several that come to the same only the first.

    Parameters
    ----------
    sweep : Sweep
    sources : dict of str to Source, optional
        Data that the sweep names and that are no synthetic task.

    Returns
    -------
    tuple of Plan
        The last setting changes fastest, and the seed faster still.

    Raises
    ------
    ValueError
        Unknown data, a value that is refused, a combination that cannot be; the message says in which run.

    Examples
    --------
    >>> sweep = Sweep("adding", over={"cell": ("lstm", "rnn"), "forget_bias": (0.0, 1.0)}, base={"steps": 10})
    >>> [plan.name for plan in expand(sweep)]
    ['cell=lstm, forget_bias=0.0, seed=0', 'cell=lstm, forget_bias=1.0, seed=0', 'cell=rnn, seed=0']
    """
    given = sources or {}
    found: list[Plan] = []
    seen: set[tuple[str, int, TrainConfig]] = set()
    for number, (chosen, seed) in enumerate(itertools.product(_combinations(sweep), sweep.seeds), start=1):
        try:
            plan = _plan(sweep, chosen, seed, given)
        except ValueError as error:
            told = _name({**chosen, "seed": seed})
            raise ValueError(f"{error} (run {number:,} of the sweep: {told})") from None
        same = plan.data, plan.lag, plan.config
        if same not in seen:
            seen.add(same)
            found.append(plan._replace(number=len(found) + 1))
    return tuple(found)


def source(plan: Plan, sources: Mapping[str, Source] | None = None) -> Source:
    """The data of a run."""
    return _source(plan.data, plan.lag or None, sources or {})


def _source(data: str, lag: int | None, sources: Mapping[str, Source]) -> Source:
    if data in sources:
        if lag is not None:
            raise ValueError(f"lag: expected none for {data!r}, which is no synthetic task, got {lag!r}; leave it out")
        return sources[data]
    names = [name for name, problem in tasks.PROBLEMS.items() if problem.draw is not None]
    if data not in names:
        known = ", ".join([*names, *sources])
        raise ValueError(f"data: expected one of {known}, got {shown(data)}; choose one of them or give it along")
    return tasks.source(data, lag)


def _plan(sweep: Sweep, chosen: dict[str, Value], seed: int, sources: Mapping[str, Source]) -> Plan:
    settings: dict[str, Value | None] = {**chosen, "seed": seed}
    values: dict[str, Any] = {**sweep.base, **chosen}
    data, lag = values.pop("data", sweep.data), values.pop("lag", sweep.lag)
    if not isinstance(data, str):
        raise ValueError(f"data: expected a name, got {shown(data)}; write it in quotes")
    if lag is not None and (isinstance(lag, bool) or not isinstance(lag, int)):
        raise ValueError(f"lag: expected a whole number, got {shown(lag)}; correct it")
    read = _source(data, lag, sources)
    variant = _variant(values.pop("variant", "standard"))
    config = _config(data, read, {**variant, **values, "seed": seed})
    if meaningless := [name for name in settings if not _means(name, config)]:
        settings |= dict.fromkeys(meaningless)
        usual = _config(data, read, {"cell": config.cell})
        reset = {"forget", "input", "output", "peephole"} if "variant" in meaningless else set()
        config = replace(config, **{name: getattr(usual, name) for name in {*meaningless, *reset} - {"variant"}})
    return Plan(0, _name(settings), settings, data, read.lag, config)


def _config(data: str, read: Source, values: dict[str, Any]) -> TrainConfig:
    if read.kind == "task":
        config = tasks.config(read.task, **values)
        corpus.describe(read, config)  # refuses a net that cannot do it
        return config
    if data == "digits":
        return tasks.config(data, **values)
    wanted = _TASKS[read.kind]
    if values.get("task", wanted) != wanted:
        raise ValueError(f"task: expected {wanted!r} for {data!r}, got {shown(values['task'])}; leave it out")
    unit = "characters" if read.kind == "text" else "words"
    return TrainConfig(**{"task": wanted, "unit": unit, **values})


def _variant(name: object) -> dict[str, Value]:
    if not isinstance(name, str) or name not in VARIANTS:
        options = ", ".join(map(repr, VARIANTS))
        raise ValueError(f"variant: expected one of {options}, got {shown(name)}; choose one of them")
    return VARIANTS[name]


def _means(name: str, config: TrainConfig) -> bool:
    """Whether a setting makes a difference to such a training."""
    if name in _OF_AN_LSTM:
        return config.cell == "lstm"
    if name == "momentum":
        return config.optimizer == "momentum"
    if name == "halve_every":
        return config.schedule == "halving"
    cells = {"chrono": ("lstm", "gru"), "reset_after": ("gru",), "activation": ("rnn",)}
    return name not in cells or config.cell in cells[name]


def _combinations(sweep: Sweep) -> Iterator[dict[str, Value]]:
    if sweep.mode == "random":
        yield from _drawn(sweep)
        return
    lists = [values for values in sweep.over.values() if not isinstance(values, Between)]
    for values in itertools.product(*lists):
        yield dict(zip(sweep.over, values, strict=True))


def _drawn(sweep: Sweep) -> Iterator[dict[str, Value]]:
    """One after the other, so that a sweep with a larger count begins with the same."""
    rng = np.random.default_rng(sweep.draw)
    for _ in range(sweep.count):
        yield {name: _one(rng, name, values) for name, values in sweep.over.items()}


def _one(rng: np.random.Generator, name: str, values: tuple[Value, ...] | Between) -> Value:
    if not isinstance(values, Between):
        return values[int(rng.integers(len(values)))]
    whole = name == "lag" or isinstance(getattr(TrainConfig(), name), int)
    if values.scale == "log":
        drawn = float(np.exp(rng.uniform(np.log(values.least), np.log(values.most))))
    elif whole:
        return int(rng.integers(round(values.least), round(values.most) + 1))
    else:
        drawn = float(rng.uniform(values.least, values.most))
    return round(drawn) if whole else float(f"{drawn:.4g}")  # nobody reads more digits, and a name shows them


def _name(settings: Mapping[str, Value | None]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items() if value is not None)
