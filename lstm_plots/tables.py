"""Traces as tables that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def history_table(history: Any, name: str) -> pd.DataFrame:
    """The history as a table: a row for each bundle of updates, or for each validation.

    Parameters
    ----------
    history : lstm_core.history.History
    name : {"rows", "validations"}
    """
    rows = ("step", "loss", "stability", "norm", "saturated", "tokens", "seconds")
    columns = rows if name == "rows" else ("validated_step", "validated_loss", "validated_score")
    return pd.DataFrame({column: getattr(history, column) for column in columns})


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


def confusion_table(counts: Any, labels: Sequence[str]) -> Any:
    """How often each class was taken for each, shaded by the share of its row.

    Parameters
    ----------
    counts : ndarray of int, shape (classes, classes)
        Rows: the true class; columns: what was said.
    labels : sequence of str

    Returns
    -------
    pandas Styler
        A column "truth", then one a class; the ground is translucent, so that it suits light and dark pages.
    """
    names = _different([f"said {label}" for label in labels])
    table = pd.DataFrame(counts, columns=names)
    shares = table.div(table.sum(axis=1).clip(lower=1), axis=0)
    css = shares.map(lambda share: f"background-color: rgba(15, 138, 150, {0.75 * share:.2f})")
    css.insert(0, "truth", "")
    table.insert(0, "truth", list(labels))
    return table.style.apply(lambda _: css, axis=None)


def scores_table(rows: Mapping[str, Any]) -> pd.DataFrame:
    """Precision, recall and F1 in per cent, a row for each name.

    Parameters
    ----------
    rows : mapping of str to lstm_core.metrics.Score

    Examples
    --------
    >>> from lstm_core.metrics import Score
    >>> scores_table({"PER": Score(3, 4, 6)}).to_dict("records")
    [{'': 'PER', 'precision': 75.0, 'recall': 50.0, 'F1': 60.0, 'in the text': 6}]
    """
    found = [
        {
            "": name,
            "precision": round(100 * score.precision, 1),
            "recall": round(100 * score.recall, 1),
            "F1": round(100 * score.f1, 1),
            "in the text": score.true,
        }
        for name, score in rows.items()
    ]
    return pd.DataFrame(found)


def _different(names: Sequence[str]) -> list[str]:
    """Names cut to a column's width, made different again where that made them equal."""
    short = [name if len(name) <= 30 else name[:29] + "…" for name in names]
    return [name if short.count(name) == 1 else f"{name} {k + 1}" for k, name in enumerate(short)]
