"""Traces as tables that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lstm_core import analysis
from lstm_core.stack import CELLS

SIGNALS = {"lstm": ("i", "f", "o", "g", "c", "tanh_c", "h"), "gru": ("r", "z", "n", "q", "h"), "rnn": ("h",)}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def trace_table(trace: Any, cell: str, tokens: Sequence[str], step: int | None = None) -> pd.DataFrame:
    """Every number of one sequence, a row for each step and unit.

    Parameters
    ----------
    trace : Trace
        Of a cell; its first sequence is taken.
    cell : {"lstm", "gru", "rnn"}
    tokens : sequence of str
        One a step.
    step : int, optional
        Only this step, from 0.

    Returns
    -------
    DataFrame
        Columns step and unit (from 1), token, the states before, the parts of each pre-activation such as a_f.x, the
        pre-activation a_f, and the signals.
    """
    columns = {f"{name}_prev": analysis.previous(trace, name) for name in ("c", "h") if hasattr(trace, name)}
    for gate, parts in analysis.terms(trace).items():
        columns |= {f"a_{gate}" if part == "a" else f"a_{gate}.{part}": values for part, values in parts.items()}
    columns |= {name: getattr(trace, name) for name in SIGNALS[cell]}
    steps, _, hidden = trace.h.shape
    chosen = range(steps) if step is None else [step]
    rows = [(t + 1, tokens[t], unit + 1) for t in chosen for unit in range(hidden)]
    table = pd.DataFrame(rows, columns=["step", "token", "unit"])
    window = slice(None) if step is None else slice(step, step + 1)
    return table.assign(**{name: values[window, 0].ravel() for name, values in columns.items()})


def runs_csv(traces: Sequence[Any], cell: str, tokens: Sequence[str], step: int | None = None) -> str:
    """One run as CSV; or the free and the held one below each other, told apart by the first column.

    Parameters
    ----------
    traces : sequence of Trace
        One, or the free run and the held one.
    cell, tokens, step
        As in `trace_table`.

    Returns
    -------
    str
    """
    found = [trace_table(trace, cell, tokens, step) for trace in traces]
    if len(found) > 1:
        for name, table in zip(("free", "held"), found, strict=True):
            table.insert(0, "run", name)
    return to_csv(pd.concat(found, ignore_index=True))


def weights_table(params: Any, cell: str, name: str, inputs: Sequence[str] = ()) -> pd.DataFrame:
    """One array of a small cell as a table: a column a gate and unit, a row an input or a unit.

    Parameters
    ----------
    params : Params
    cell : {"lstm", "gru", "rnn"}
    name : {"W_x", "W_h", "b", "p"}
    inputs : sequence of str
        Names of the features, if they have any.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> from lstm_core import examples
    >>> weights_table(examples.counter().params, "lstm", "W_x", "ab-").loc["a", "i 1"]
    np.float32(20.0)
    """
    units = [str(unit + 1) for unit in range(params.hidden)]
    columns = units if name == "p" else [f"{gate} {unit}" for gate in CELLS[cell].GATES for unit in units]
    values = getattr(params, name).reshape(-1, len(columns))
    named = {"W_x": inputs, "W_h": units, "p": ("i", "f", "o")}.get(name) or ()
    rows = list(named) if len(set(named)) == len(values) else [str(row + 1) for row in range(len(values))]
    return pd.DataFrame(values, index=rows, columns=columns)


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV that no spreadsheet mistakes for formulas: such a text gets an apostrophe in front.

    Examples
    --------
    >>> print(to_csv(pd.DataFrame({"token": ["=1+1", "a"], "h": [0.5, -1.0]})))
    token,h
    '=1+1,0.5
    a,-1.0
    <BLANKLINE>
    """
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = [f"'{text}" if str(text).startswith(_FORMULA_STARTS) else text for text in safe[name]]
    return safe.to_csv(index=False, lineterminator="\n")
