"""What the page of gate heatmaps shows, as tidy tables: one number a row, named by what it belongs to.

Steps, tokens and units are counted from 1, as on the screen. `lstm_plots.tables.to_csv` writes a table so that no
spreadsheet takes a token for a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstm_core.memory import Ledger
from lstm_core.units import Saturation


def signals_table(
    signals: Mapping[str, NDArray[Any]],
    tokens: Sequence[str],
    units: Sequence[int],
    other: Mapping[str, NDArray[Any]] | None = None,
) -> pd.DataFrame:
    """Every number of the heatmaps in long form.

    Parameters
    ----------
    signals : mapping of str to ndarray, shape (time, units)
    tokens : sequence of str
        One a step.
    units : sequence of int
        The numbers of the columns in their layer, from 0.
    other : mapping of str to ndarray, shape (time, units), or None
        The run that is compared with.

    Returns
    -------
    DataFrame
        Columns step, token, unit, signal, value, and with another run other and difference (other - value).

    Raises
    ------
    ValueError
        If shapes do not fit together, or the other run has other signals.

    Examples
    --------
    >>> signals_table({"f": np.array([[0.5], [0.25]])}, ["a", "b"], [3]).to_dict("list")
    {'step': [1, 2], 'token': ['a', 'b'], 'unit': [4, 4], 'signal': ['f', 'f'], 'value': [0.5, 0.25]}
    """
    steps, columns = len(tokens), len(units)
    for name, values in [*signals.items(), *(other or {}).items()]:
        if np.shape(values) != (steps, columns):
            raise ValueError(
                f"{name}: expected shape (time={steps}, units={columns}), got {np.shape(values)}; cut all alike"
            )
    if other is not None and set(other) != set(signals):
        raise ValueError(f"other: expected signals {', '.join(signals)}, got {', '.join(other)}; take one kind of cell")
    count = len(signals)
    table = pd.DataFrame(
        {
            "step": np.tile(np.repeat(np.arange(1, steps + 1), columns), count),
            "token": _repeated(tokens, np.tile(np.repeat(np.arange(steps), columns), count)),
            "unit": np.tile(np.asarray(units, np.int64) + 1, steps * count),
            "signal": _repeated(list(signals), np.repeat(np.arange(count), steps * columns)),
            "value": _flat(list(signals.values())),
        }
    )
    if other is None:
        return table
    return table.assign(other=_flat([other[name] for name in signals])).assign(
        difference=lambda t: t["other"] - t["value"]
    )


def ledger_table(found: Ledger, tokens: Sequence[str], units: Sequence[int]) -> pd.DataFrame:
    """The bars of a ledger, a row a unit and token read; in step 0, what is left of the initial state.

    Parameters
    ----------
    found : lstm_core.memory.Ledger
        Of a whole layer.
    tokens : sequence of str
        One a step.
    units : sequence of int
        The units that are wanted, by their numbers in the layer, from 0.

    Returns
    -------
    DataFrame
        Columns unit, step, token, bar, held. The bars of a unit add up to its state.

    Examples
    --------
    >>> bars = np.array([[0.5], [0.25]])
    >>> found = Ledger(bars, np.array([1.0]), np.array([1.75]), bars > 9, np.arange(2))
    >>> ledger_table(found, ["a", "b"], [0])["bar"].tolist()
    [1.0, 0.5, 0.25]
    """
    if len(tokens) != len(found.bars):
        raise ValueError(f"tokens: expected one for each of {len(found.bars)} steps, got {len(tokens)}; take its text")
    chosen, read = np.asarray(units, np.int64), np.sort(found.order)
    rows = len(read) + 1
    bars = np.vstack((found.initial[None], found.bars[read]))[:, chosen]  # (1 + read steps, units)
    is_held = np.vstack((np.zeros((1, len(chosen)), bool), found.is_held[read][:, chosen]))
    return pd.DataFrame(
        {
            "unit": np.repeat(chosen + 1, rows),
            "step": np.tile(np.concatenate(([0], read + 1)), len(chosen)),
            "token": _repeated(["", *tokens], np.tile(np.concatenate(([0], read + 1)), len(chosen))),
            "bar": bars.T.ravel(),
            "held": is_held.T.ravel(),
        }
    )


def saturation_table(found: Mapping[str, Saturation], dead: NDArray[np.bool_]) -> pd.DataFrame:
    """How much of the time the gates of each unit are at their ends.

    Parameters
    ----------
    found : mapping of str to Saturation
        From `lstm_core.units.saturation`.
    dead : ndarray of bool, shape (units,)
        From `lstm_core.units.dead`.

    Returns
    -------
    DataFrame
        Columns unit, gate, shut, open, dead; of a cell without gates unit and dead alone.

    Examples
    --------
    >>> saturation_table({"f": Saturation(np.array([0.25]), np.array([0.5]))}, np.array([True])).to_dict("records")
    [{'unit': 1, 'gate': 'f', 'shut': 0.25, 'open': 0.5, 'dead': True}]
    """
    numbers = np.arange(1, len(dead) + 1)
    parts = [
        pd.DataFrame({"unit": numbers, "gate": gate, "shut": shares.shut, "open": shares.open, "dead": dead})
        for gate, shares in found.items()
    ]
    empty = pd.DataFrame({"unit": numbers, "dead": dead})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _flat(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.asarray(array).ravel() for array in arrays])


def _repeated(texts: Sequence[str], which: NDArray[np.int64]) -> pd.Categorical:
    """Texts by their numbers: each is kept, and looked at by `to_csv`, once, however often it occurs."""
    kinds = list(dict.fromkeys(texts))
    numbers = {text: k for k, text in enumerate(kinds)}
    codes = np.array([numbers[text] for text in texts], np.int64)
    return pd.Categorical.from_codes(codes[which], categories=pd.Index(kinds, dtype=object))
