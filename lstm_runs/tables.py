"""The runs of a sweep as tables: grouped by settings, as CSV, as JSON and back."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lstm_runs._exported import Exported, from_json
from lstm_runs._sweep_rows import MEASURES, Curve, Row
from lstm_runs._sweep_values import Value

__all__ = ["Exported", "Group", "aligned", "figure", "from_json", "group", "plain", "to_csv", "to_json"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Group(NamedTuple):
    """Runs that have the same values of some settings.

    `runs` of them have a value; `spread` is their standard deviation with n - 1, None of a single one.
    """

    settings: dict[str, Value | None]
    runs: int
    mean: float
    spread: float | None
    median: float
    least: float
    most: float


def group(rows: Sequence[Row], by: Sequence[str], measure: str = "loss") -> list[Group]:
    """Means over everything that the groups do not tell apart: over the seeds, if `by` names all other settings.

    Parameters
    ----------
    rows : sequence of Row
        Those that have finished count, the others have no last value yet.
    by : sequence of str
        Settings of the sweep.
    measure : str
        One of MEASURES.

    Returns
    -------
    list of Group
        In the order in which they come first.

    Raises
    ------
    ValueError
        A setting that the sweep does not vary, an unknown measure.

    Examples
    --------
    >>> rows = [Row(k, "", {"lag": lag, "seed": k}, "finished", "", 9, 9, loss=lag / 10 + k)
    ...         for k, lag in enumerate((10, 10, 50))]
    >>> [(found.settings, found.runs, found.mean) for found in group(rows, ["lag"])]
    [({'lag': 10}, 2, 1.5), ({'lag': 50}, 1, 7.0)]
    """
    if measure not in MEASURES:
        raise ValueError(f"measure: expected one of {', '.join(MEASURES)}, got {measure[:40]!r}; choose one of them")
    known = list(rows[0].settings) if rows else list(by)
    if strange := next((name for name in by if name not in known), None):
        raise ValueError(f"by: expected settings that vary ({', '.join(known)}), got {strange[:40]!r}; choose of them")
    found: dict[tuple[Value | None, ...], list[float]] = {}
    for row in rows:
        value = getattr(row, measure)
        if row.status == "finished" and value is not None:
            found.setdefault(tuple(row.settings[name] for name in by), []).append(float(value))
    return [_group(dict(zip(by, key, strict=True)), values) for key, values in found.items()]


def to_csv(rows: Sequence[Row]) -> str:
    """A line for each run; no text is one that a spreadsheet takes for a formula.

    Examples
    --------
    >>> print(to_csv([Row(1, "", {"cell": "rnn", "seed": 0}, "planned", "", 0, 10)]))
    number,cell,seed,status,step,steps,loss,best_loss,score,best_score,seconds,run,reason
    1,rnn,0,planned,0,10,,,,,,,
    <BLANKLINE>
    """
    names = list(rows[0].settings) if rows else []
    told = ("status", "step", "steps", "loss", "best_loss", "score", "best_score", "seconds", "run", "reason")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["number", *names, *told])
    for row in rows:
        values = [row.number, *(row.settings[name] for name in names), *(getattr(row, name) for name in told)]
        writer.writerow([_safe(value) for value in values])
    return written.getvalue()


def to_json(
    rows: Sequence[Row],
    sweep: Mapping[str, Any],
    curves: Mapping[int, Curve] | None = None,
    made: Mapping[str, str | float] | None = None,
) -> str:
    """The sweep itself, all its runs, and the curves of those that have ended; `from_json` reads it.

    Parameters
    ----------
    rows : sequence of Row
    sweep : mapping
        `json.loads(sweep.to_bytes())`.
    curves : dict of int to Curve, optional
    made : mapping, optional
        When, where and how, in words and numbers.
    """
    plain = []
    for row in rows:
        found = row._asdict()
        if curves is not None and row.number in curves:
            found["curve"] = curves[row.number]._asdict()
        plain.append(found)
    whole = {"sweep": dict(sweep), **({} if made is None else {"made": dict(made)}), "runs": plain}
    return json.dumps(whole, indent=1, allow_nan=False, ensure_ascii=False)


def aligned(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Columns under each other, for a terminal.

    Examples
    --------
    >>> print(aligned(["cell", "loss"], [["lstm", "0.5"], ["rnn", "1.25"]]))
    cell  loss
    lstm  0.5
    rnn   1.25
    """
    columns = zip(header, *lines, strict=True)
    widths = [max(map(len, column)) for column in columns]
    padded = (zip(line, widths, strict=True) for line in (header, *lines))
    return "\n".join("  ".join(text.ljust(width) for text, width in line).rstrip() for line in padded)


def plain(value: float) -> float | None:
    """A number that JSON has; None for infinite ones and NaN."""
    return value if math.isfinite(value) else None


def figure(value: float | None) -> str:
    """A number as a reader sees it; a dash where there is none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.4g}"


def _group(settings: dict[str, Value | None], values: list[float]) -> Group:
    spread = statistics.stdev(values) if len(values) > 1 else None
    mean, median = statistics.fmean(values), statistics.median(values)
    return Group(settings, len(values), mean, spread, median, min(values), max(values))


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
