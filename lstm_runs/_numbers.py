"""Series of numbers from files: bare numbers, or a table with a header and a column for each channel."""

from __future__ import annotations

import math
import re

import numpy as np

from lstm_core.arrays import Array
from lstm_core.series import series, short
from lstm_runs._decoding import decode, title
from lstm_runs._labelled import Reading
from lstm_runs._tables import MOST_COLUMNS, Table, read_table

MOST_STEPS = 50_000
LARGEST_NUMBER = 1e6  # as in `lstm_core.series`


def read_series(data: bytes | str, name: str = "series") -> Reading:
    r"""A series from a file of numbers.

    If its first line holds a number, every line is a step (see `lstm_core.series`). Else that line is the header of a
    table, whose columns without a single number, such as dates, are left out with a note. Where semicolons or TABs
    separate, 1,5 is a number.

    Parameters
    ----------
    data : bytes or str
    name : str
        What to call it in a message.

    Returns
    -------
    Reading
        Of kind "series".

    Raises
    ------
    ValueError
        Anything `decode`, `read_table` or `lstm_core.series` refuses: no numbers, missing or infinite ones, a magnitude
        above 1e6, lines of different length, more than 50,000 steps or 64 channels. The message names the line.

    Examples
    --------
    >>> read_series("day;high;low\nMonday;1,5;-2\nTuesday;2,5;-1").values
    array([[ 1.5, -2. ],
           [ 2.5, -1. ]])
    """
    called, decoded = title(name), decode(data, name)
    first = next(line for line in decoded.text.split("\n") if line.strip())[:1000]
    if all(_number(entry, ",") is None for entry in re.split(r"[\s,;]+", first)):
        table = read_table(data, name)
        values, notes = _channels(called, table)
        return Reading("series", called, values=values, notes=table.notes + notes)
    lines = sum(1 for line in decoded.text.split("\n") if line.strip())
    if lines > MOST_STEPS:  # `series` would find out as well, but not before it has split every line
        raise ValueError(f"{called}: expected at most {MOST_STEPS:,} steps, got {lines:,}; shorten the series")
    values = series(decoded.text, limit=MOST_STEPS)
    if values.shape[1] > MOST_COLUMNS:
        raise ValueError(
            f"{called}: expected at most {MOST_COLUMNS} numbers a line, got {values.shape[1]:,}; write one step a line"
        )
    return Reading("series", called, values=values, notes=decoded.notes)


def _channels(called: str, table: Table) -> tuple[Array, tuple[str, ...]]:
    """The numbers of a table, (time, channels), and a note on the columns without numbers."""
    columns = {name: [_number(field, table.delimiter) for field in table.column(name)] for name in table.columns}
    kept = {name: column for name, column in columns.items() if any(number is not None for number in column)}
    if not kept:
        raise ValueError(f"{called}: expected a column of numbers, got none; write numbers such as 0.5, -2 or 1e-3")
    for name, column in kept.items():
        for number, line, field in zip(column, table.lines, table.column(name), strict=True):
            if number is None or math.isnan(number) or abs(number) > LARGEST_NUMBER:
                raise ValueError(
                    f"{called}: expected a number from -1e6 to 1e6 for {short(name)} in line {line}, "
                    f"got {short(field)}; correct the row, or leave it out"
                )
    left_out = ", ".join(name for name in columns if name not in kept)
    notes = (f"Columns without numbers are left out: {left_out}.",) if left_out else ()
    return np.array(list(kept.values()), np.float64).T, notes


def _number(field: str, delimiter: str) -> float | None:
    """The number, NaN and infinity included; None for anything else."""
    text = field.strip().replace("\u2212", "-")  # a minus sign copied from print
    if delimiter in (";", "\t") and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if "_" in text:  # Python's own spelling
        return None
    try:
        return float(text)
    except ValueError:
        return None
