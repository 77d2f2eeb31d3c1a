"""How far back nets look: which stored sweeps are shown how, curves over lags, and where a cell falls to chance.

No widgets; `how_far` draws what is made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_core import tasks
from lstm_core.tasks import Problem
from lstm_plots import bands
from lstm_plots.bands import Band
from lstm_ui import stored_sweeps
from lstm_ui.stored_sweeps import Stored

CHANCE = 0.1  # of the way from no memory to solved: who comes less far is at chance
CELLS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


class View(NamedTuple):
    """A picture: its label, the stored sweeps that it shows, how a series is called, and of which there are which.

    `names` goes from a series to what its runs have in common: the sweep, and values of its settings.
    """

    label: str
    names: Mapping[str, tuple[str, Mapping[str, Any]]]

    @property
    def sweeps(self) -> tuple[str, ...]:
        """Names of the stored sweeps, each once; the first one is the picture's own."""
        return tuple(dict.fromkeys(sweep for sweep, _ in self.names.values()))


def _cells(sweep: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    return {title: (sweep, {"cell": cell}) for cell, title in CELLS.items()}


VIEWS: dict[str, View] = {
    "first": View("Remember the first symbol", _cells("first-lag")),
    "bias": View(
        "The same: LSTM by forget bias",
        {
            **{f"Forget bias {k}": ("forget-bias", {"cell": "lstm", "forget_bias": float(k)}) for k in (0, 1, 3)},
            "Chrono": ("first-lag", {"cell": "lstm"}),
            "GRU": ("forget-bias", {"cell": "gru"}),
            "RNN": ("first-lag", {"cell": "rnn"}),
        },
    ),
    "order": View("Temporal order", _cells("order-lag")),
    "adding": View("Adding", _cells("adding-lag")),
    "copy": View("Copy memory", _cells("copy-lag")),
    "counting": View("Counting: a^n b^n", _cells("counting-lag")),
    "agreement": View("Number agreement", _cells("agreement-lag")),
    "continual": View(
        "Strings without an end",
        {
            "With forget gate": ("continual-forget", {"forget": "learned"}),
            "Without forget gate": ("continual-forget", {"forget": "none"}),
        },
    ),
    "reber": View(
        "Embedded Reber strings",
        {
            "RNN": ("reber-cells", {"cell": "rnn"}),
            "GRU": ("reber-cells", {"cell": "gru"}),
            "LSTM": ("reber-cells", {"cell": "lstm", "forget": "learned"}),
            "LSTM, no forget gate": ("reber-cells", {"cell": "lstm", "forget": "none"}),
        },
    ),
    "digits": View("Handwritten digits", _cells("digits-cells")),
}


class Fall(NamedTuple):
    """Where a series falls to chance: the first lag at which it has, and the one before; None where it never does."""

    lag: int | None
    before: int | None
    last: int


class Picture(NamedTuple):
    """What is drawn: bands by name, reference lines, axes, and the task with the sweeps behind it.

    `by_lag`: along the axis are lags; else updates of a training.
    """

    view: View
    problem: Problem
    stored: tuple[Stored, ...]
    bands: dict[str, Band]
    runs: int
    references: dict[str, tuple[list[float], list[float]]]
    by_lag: bool

    @property
    def loss(self) -> bool:
        """Whether less is better."""
        return self.problem.measure == "loss"


def picture(name: str) -> Picture:
    """A view with its numbers.

    Raises
    ------
    ValueError
        There is none of this name, or a file is missing.
    """
    if name not in VIEWS:
        raise ValueError(f"far: expected one of {', '.join(VIEWS)}, got {name[:40]!r}; choose one of them")
    view = VIEWS[name]
    stored = tuple(map(stored_sweeps.open, view.sweeps))
    by_name = {found.name: found for found in stored}
    problem, by_lag = tasks.PROBLEMS[stored[0].sweep.data], "lag" in stored[0].sweep.over
    found = {
        title: band(by_name[sweep], fixed, problem.measure, by_lag) for title, (sweep, fixed) in view.names.items()
    }
    places = sorted({float(x) for each in found.values() for x in each.x})
    lines = references(problem, places, by_lag)
    return Picture(view, problem, stored, found, len(stored[0].sweep.seeds), lines, by_lag)


def band(stored: Stored, fixed: Mapping[str, Any], measure: str, by_lag: bool) -> Band:
    """The runs of a sweep that have these settings, over the lags or over the updates.

    `measure`: "score" or "loss", that of the last validation over lags, and of all of them over updates.
    """
    rows = [row for row in stored.rows if all(row.settings.get(name) == value for name, value in fixed.items())]
    seeds = stored.sweep.seeds
    if not rows:
        raise ValueError(f"{stored.name}: expected runs with {dict(fixed)}, got none; make the file anew")
    if by_lag:
        lags = sorted({int(row.settings["lag"] or 0) for row in rows})
        values = np.full((len(seeds), len(lags)), np.nan)
        for row in rows:
            value = getattr(row, measure)
            place = seeds.index(int(row.settings["seed"] or 0)), lags.index(int(row.settings["lag"] or 0))
            values[place] = np.nan if value is None else value
        return bands.over(lags, values)
    curves = [stored.curves[row.number] for row in rows]
    return bands.over(curves[0].step, [[np.nan if v is None else v for v in getattr(c, measure)] for c in curves])


def references(problem: Problem, places: Sequence[float], by_lag: bool) -> dict[str, tuple[list[float], list[float]]]:
    """Lines to draw in: a guess, who remembers nothing, and where the task counts as solved."""
    lags = [int(x) if by_lag else 0 for x in places]
    chance, blind = [problem.chance(lag) for lag in lags], [problem.memoryless(lag) for lag in lags]
    x = [float(place) for place in places]
    lines = {"A guess": (x, chance)} if chance != blind else {}
    title = "Without memory" if lines else "A guess, without memory"
    return {**lines, title: (x, blind), "Solved": (x, [problem.solved] * len(x))}


def fall(found: Band, problem: Problem) -> Fall:
    """The first lag at which the median over the seeds is at chance: see `way`.

    Examples
    --------
    >>> scores = bands.over([5, 10, 20], [[1.0, 0.9, 0.3], [1.0, 0.8, 0.2]])
    >>> fall(scores, tasks.PROBLEMS["first"])
    Fall(lag=20, before=10, last=20)
    """
    before = None
    for lag, value in zip(found.x.astype(int).tolist(), found.middle.tolist(), strict=True):
        if not way(value, problem, lag) >= CHANCE:
            return Fall(lag, before, int(found.x[-1]))
        before = lag
    return Fall(None, before, int(found.x[-1]))


def way(value: float, problem: Problem, lag: int) -> float:
    """How far a measure has come from the line without memory, 0, to where the task counts as solved, 1.

    Examples
    --------
    >>> way(0.25, tasks.PROBLEMS["first"], 5), way(0.99, tasks.PROBLEMS["first"], 5)
    (0.0, 1.0)
    """
    blind = problem.memoryless(lag)
    return (value - blind) / (problem.solved - blind)


def table(found: Picture) -> list[dict[str, Any]]:
    """A line for each series and place: median, least and most over the seeds."""
    place = "lag" if found.by_lag else "updates"
    return [
        {
            "series": title,
            place: int(x),
            "median": _rounded(middle),
            "low": _rounded(low),
            "high": _rounded(high),
            "seeds": found.runs,
        }
        for title, each in found.bands.items()
        for x, middle, low, high in zip(*each, strict=True)
    ]


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None
