"""What the pictures of a sweep are made of: from rows and curves to bands, dots and upright lines; no widgets."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_core import tasks
from lstm_plots.bands import Band, over
from lstm_plots.sweep_figures import Dimension, Dots
from lstm_runs.grids import VARIANTS, Between, Sweep, Value
from lstm_runs.sweeps import Curve, Row
from lstm_ui.experiments.fields import NAMES, in_words, label, said

SEED, NOBODY = "seed", ""  # the second: no setting
MOST_NAMES = 8  # groups that a picture tells apart
_FEW = 12  # numbers that a band goes through; of more, with a run each, dots are drawn
_WIDE = 10.0  # times the least: from there on an axis is logarithmic
_MEASURES = {
    "score": "Share right at the end",
    "best_score": "Share right at best",
    "loss": "Loss at the end",
    "best_loss": "Loss at best",
    "seconds": "Seconds of training",
}


class Results(NamedTuple):
    """A sweep with what came out of it by now; `here`: its runs are in the store of this server."""

    ident: str
    title: str
    sweep: Sweep
    rows: Sequence[Row]
    curves: Mapping[int, Curve]
    here: bool = True


def settings(rows: Sequence[Row]) -> list[str]:
    """What differs between the runs, besides the seed; not what some have and others cannot have."""
    names = rows[0].settings if rows else ()
    return [name for name in names if name != SEED and len({*distinct(rows, name)} - {None}) > 1]


def distinct(rows: Sequence[Row], name: str) -> list[Value | None]:
    """The values of a setting: numbers by size, others in the order in which they come, None first."""
    found = list(dict.fromkeys(row.settings[name] for row in rows))
    if is_numeric(rows, name):
        return sorted(found, key=lambda value: (value is not None, value or 0))
    return found


def is_numeric(rows: Sequence[Row], name: str) -> bool:
    """Whether all values of a setting are numbers, or nothing."""
    values = [row.settings[name] for row in rows]
    return all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values)


def usual(results: Results) -> tuple[str, str]:
    """What a picture begins with: the setting along the axis, and the one that has a colour for each value."""
    rows, known = results.rows, settings(results.rows)
    numeric = [name for name in known if is_numeric(rows, name)]
    wanted = [name for name in ("lag", "rate") if name in numeric] + numeric + known
    x = wanted[0] if wanted else SEED
    if "lag" in numeric and len(numeric) > 1 and len(distinct(rows, "lag")) < 3:
        x = next(name for name in numeric if name != "lag")
    rest = [name for name in known if name != x and len(distinct(rows, name)) <= MOST_NAMES]
    wanted = [name for name in ("cell", "variant") if name in rest] + rest or [NOBODY]
    return x, next((name for name in wanted if not mixed(results, x, name)), wanted[0])


def measures(results: Results) -> dict[str, str]:
    """What can be looked at, the usual one first, with what it is called."""
    problem = _problem(results)
    scored = problem is None or problem.measure == "score"
    found = {name: words for name, words in _MEASURES.items() if scored or "score" not in name}
    if problem is not None and problem.measure == "loss":
        found |= {"loss": "Squared error at the end", "best_loss": "Squared error at best"}
    if problem is None and results.sweep.data.endswith(".txt"):  # a language model is told by its loss
        found = {"loss": found["loss"], "best_loss": found["best_loss"], **found}
    if not results.here and all(row.seconds is None for row in results.rows):
        del found["seconds"]
    return found


def failed(rows: Sequence[Row]) -> str:
    """How many runs came to nothing, for what shows only the others.

    Examples
    --------
    >>> failed([Row(1, "", {}, "failed", "", 3, 9), Row(2, "", {}, "finished", "", 9, 9)]), failed([])
    ('1 of the 2 runs failed and is not in it.', '')
    """
    count = sum(row.status == "failed" for row in rows)
    return f"{count:,} of the {len(rows):,} runs failed and {'is' if count == 1 else 'are'} not in it." if count else ""


def nothing(results: Results, measure: str, *, curves: bool) -> str:
    """Why there is nothing to draw; empty where there is something."""
    rows = results.rows
    drawn = (row.number in results.curves if curves else value(row, measure) is not None for row in rows)
    if any(drawn):
        return ""
    if not rows:
        return "No run fits the filter, so there is nothing to draw."
    if all(row.status in ("failed", "deleted") for row in rows):
        return "None of these runs has finished, so there is nothing to draw."
    if all(row.status == "finished" for row in rows):
        return "None of these runs has this measure, so there is nothing to draw."
    return "The picture comes with the first run that has finished."


def value(row: Row, measure: str) -> float | None:
    """What came out of a run; None where it has none, or is not at its end yet."""
    found = getattr(row, measure)
    return None if found is None or row.status != "finished" else float(found)


def references(results: Results, measure: str, lags: Sequence[float]) -> dict[str, list[float]]:
    """The heights of simple answers at each lag, where the data are a task: of chance, and without any memory."""
    problem = _problem(results)
    if problem is None or measure == "seconds" or not lags:
        return {}
    whole = [int(lag) for lag in lags]
    if problem.measure == "loss" or "score" in measure:
        chance = [problem.chance(lag) for lag in whole]
        memoryless = [problem.memoryless(lag) for lag in whole]
        if np.allclose(chance, memoryless):
            return {"chance": chance}
        return {"chance": chance, "without memory": memoryless}
    return {"without memory": [problem.memoryless_loss(lag) for lag in whole]}


def lags(results: Results) -> list[float]:
    """The lags of a sweep's runs, as far as they are known; [0] for a task without one."""
    if "lag" in results.sweep.over:
        return sorted({float(v) for row in results.rows if isinstance(v := row.settings.get("lag"), int)})
    problem = _problem(results)
    usual_lag = problem.lags.usual if problem is not None and problem.lags else 0
    return [float(results.sweep.lag or usual_lag)]


def bands(results: Results, x: str, by: str, measure: str) -> dict[str, Band]:
    """The measure along a number, a band for each value of another setting."""
    found = {}
    for name, rows in named(results.rows, by).items():
        pairs = [(row.settings[x], value(row, measure)) for row in rows]
        groups: dict[float, list[float]] = {}
        for at, out in pairs:
            if isinstance(at, int | float) and out is not None:
                groups.setdefault(float(at), []).append(out)
        if groups:
            found[name] = _band(groups)
    return found


def is_scattered(results: Results, x: str, measure: str) -> bool:
    """Whether dots say more than bands: numbers that were drawn, or many with hardly a run each."""
    if isinstance(results.sweep.over.get(x), Between):
        return True
    there = [row.settings[x] for row in results.rows if value(row, measure) is not None]
    return len(set(there)) > max(_FEW, len(there) / 2)


def dots(results: Results, x: str, by: str, measure: str) -> tuple[dict[str, Dots], list[str]]:
    """Every run a dot; the names below the axis where the setting has names, else none."""
    places = [] if is_numeric(results.rows, x) else [said(found) for found in distinct(results.rows, x)]
    found = {}
    for name, rows in named(results.rows, by).items():
        told = [(row, value(row, measure)) for row in rows if places or row.settings[x] is not None]
        there = [(row, out) for row, out in told if out is not None]
        at: list[Any] = [places.index(said(row.settings[x])) if places else row.settings[x] for row, _ in there]
        words = [f"Run {row.number}: {run_words(row)}" for row, _ in there]
        if there:
            found[name] = Dots(at, [out for _, out in there], words)
    return found, places


def curves(results: Results, by: str, measure: str) -> dict[str, Band]:
    """The validations of the runs over their updates, a band for each value of a setting."""
    found = {}
    for name, rows in named(results.rows, by).items():
        there = [results.curves[row.number] for row in rows if row.number in results.curves]
        lines = [(curve.step, curve.score if "score" in measure else curve.loss) for curve in there]
        drawn = [_finite(step, values) for step, values in lines]
        drawn = [(step, values) for step, values in drawn if len(step)]
        if drawn:
            steps = np.unique(np.concatenate([step for step, _ in drawn]))
            runs = [np.interp(steps, step, values, left=np.nan, right=np.nan) for step, values in drawn]
            found[name] = over(steps, runs)
    return found


def upright(results: Results, measure: str) -> tuple[list[Dimension], list[float]]:
    """The dimensions of parallel coordinates and the result of each run that has one, which is the last dimension."""
    there = [(row, out) for row in results.rows if (out := value(row, measure)) is not None]
    rows = [row for row, _ in there]
    outs = [out for _, out in there]
    found = []
    for name in settings(rows):
        values = [row.settings[name] for row in rows]
        shown = values if is_numeric(rows, name) else [said(value) for value in values]
        found.append(Dimension(label(name), shown, is_wide(values)))
    return [*found, Dimension(measures(results).get(measure, measure), outs, is_wide(outs, 30.0))], outs


def named(rows: Sequence[Row], by: str) -> dict[str, list[Row]]:
    """The runs by what a setting is called in a picture; all of them together where there is none."""
    if by == NOBODY:
        return {"All runs": list(rows)}
    order: dict[str, list[Row]] = {_in_picture(by, found): [] for found in distinct(rows, by)}
    for row in rows:
        order[_in_picture(by, row.settings[by])].append(row)
    return order


def mixed(results: Results, *used: str) -> list[str]:
    """Settings, besides the seed, that differ between runs which a picture takes for the same."""
    there = [name for name in used if name != NOBODY]
    found = []
    for name in settings(results.rows):
        values: dict[tuple[Value | None, ...], Value | None] = {}
        alike = (tuple(row.settings[other] for other in there) for row in results.rows)
        if any(
            values.setdefault(key, row.settings[name]) != row.settings[name]
            for key, row in zip(alike, results.rows, strict=True)
        ):
            found.append(name)
    return found


def most_alike(results: Results, *used: str) -> int:
    """How many runs that have finished a picture takes for the same at most."""
    there = [name for name in used if name != NOBODY]
    ended = [row for row in results.rows if row.status == "finished"]
    counts = Counter(tuple(row.settings[name] for name in there) for row in ended)
    return max(counts.values(), default=0)


def is_wide(values: Sequence[Any], times: float = _WIDE) -> bool:
    """Whether numbers want a logarithmic axis.

    Examples
    --------
    >>> is_wide([5, 10, 80]), is_wide([1, 2, None]), is_wide([0, 100]), is_wide(["a"])
    (True, False, False, False)
    """
    found = [v for v in values if v is not None]
    if not found or any(isinstance(v, str | bool) for v in found):
        return False
    return min(found) > 0 and max(found) / min(found) >= times


def run_words(row: Row) -> str:
    """The settings of a run in a line."""
    return ", ".join(f"{in_words(name)} {said(found)}" for name, found in row.settings.items() if found is not None)


def _in_picture(name: str, found: Value | None) -> str:
    """A value beside a curve, with its setting's name where the value alone says too little; "–": the cell has none."""
    return said(found) if name == "data" or found in NAMES or found in VARIANTS else f"{in_words(name)} {said(found)}"


def _problem(results: Results) -> Any:
    return None if "data" in results.sweep.over else tasks.PROBLEMS.get(results.sweep.data)


def _band(groups: Mapping[float, list[float]]) -> Band:
    x = sorted(groups)
    runs = np.full((max(map(len, groups.values())), len(x)), np.nan)
    for column, at in enumerate(x):
        runs[: len(groups[at]), column] = groups[at]
    return over(x, runs)


def _finite(step: Sequence[int], values: Sequence[float | None]) -> tuple[list[int], list[float]]:
    pairs = [(at, out) for at, out in zip(step, values, strict=True) if out is not None and math.isfinite(out)]
    return [at for at, _ in pairs], [out for _, out in pairs]
