"""Numbers that a reader typed, as an array."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from lstm_core.arrays import check_size

_LARGEST = 1e6  # far above anything a gate can tell apart
_SHOWN = 20  # characters of a bad entry that are quoted


def series(text: str, limit: int | None = None) -> NDArray[np.float64]:
    """Numbers that a reader typed, as a sequence.

    Numbers are separated by spaces, commas or semicolons; a decimal point is a point. One line, or one number a line:
    one feature. Several lines of several numbers: a line is a step, and its columns are the features. Empty lines and
    a separator at the end of a line do not count.

    Parameters
    ----------
    text : str
    limit : int, optional
        Most steps allowed.

    Returns
    -------
    ndarray of float64, shape (steps, features)

    Raises
    ------
    ValueError
        Nothing there, an entry that is no number (which, and where), NaN, infinity, a magnitude above 1e6, lines of
        different length, more steps than `limit`.

    Examples
    --------
    >>> series("1, -2.5, 3e2").T
    array([[  1. ,  -2.5, 300. ]])
    >>> series("0 1; 2\\n3 4 5").shape
    (2, 3)
    """
    if not isinstance(text, str):
        raise ValueError(f"series: expected a str, got {type(text).__name__}; decode bytes with .decode('utf-8') first")
    rows: dict[int, list[str]] = {}  # by line number
    for line, content in enumerate(text.splitlines(), start=1):
        if content.strip():
            rows[line] = re.split(r"\s*[,;]\s*|\s+", re.sub(r"[,;]\s*$", "", content).strip())
    if not rows:
        raise ValueError("series: expected at least one number, got nothing; type numbers such as 0.5 -1 2")
    columns = {line: len(entries) for line, entries in rows.items()}
    first = min(columns)
    steps = len(rows) if len(rows) > 1 else columns[first]
    if limit is not None and steps > check_size("limit", limit):
        raise ValueError(f"series: expected at most {limit} steps, got {steps}; shorten the series")
    numbers = _numbers(rows)
    odd = next((line for line, count in columns.items() if count != columns[first]), None)
    if odd is not None:
        raise ValueError(
            f"series: expected {columns[first]} numbers on every line, as on line {first}, "
            f"got {columns[odd]} on line {odd}; write one step a line with equal columns, or everything on one line"
        )
    return np.array(numbers, dtype=np.float64).reshape(steps, -1)


def _numbers(rows: dict[int, list[str]]) -> list[float]:
    numbers: list[float] = []
    for line, entries in rows.items():
        for entry in entries:
            where = f"at entry {len(numbers) + 1} (line {line})"
            remedy = "write numbers such as 0.5, -2 or 1e-3"
            try:
                number = float(entry.replace("\u2212", "-"))  # a minus sign copied from print
            except ValueError:
                number = math.nan
            if "_" in entry or math.isnan(number) or entry.lstrip("+-\u2212")[:1] in ("i", "I"):
                raise ValueError(f"series: expected a finite number {where}, got {short(entry)}; {remedy}")
            if abs(number) > _LARGEST:
                raise ValueError(
                    f"series: expected numbers from -1e6 to 1e6, got {short(entry)} {where}; scale the series down"
                )
            numbers.append(number)
    return numbers


def short(entry: str) -> str:
    """A bad entry as it is quoted in an error: 20 characters at most."""
    return repr(entry if len(entry) <= _SHOWN else entry[: _SHOWN - 1] + "…")
