"""From a memory ledger to the data of its picture: all bars of all units, so that choosing a unit needs no rerun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstm_core import memory
from lstm_ui.components.shared.assets import plain_number, tokens_json
from lstm_ui.components.transport import check_json, pack

MOST_STEPS, MOST_UNITS = 512, 260


def ledger_payload(
    found: memory.Ledger,
    *,
    ident: str,
    tokens: Sequence[tuple[str, str]],
    step: int,
    unit: int | None,
    units: Sequence[int],
    signal: Literal["c", "h"],
    half_lives: NDArray[Any],
    reach: NDArray[Any],
    words: bool = False,
    writes: NDArray[Any] | None = None,
) -> dict[str, Any]:
    """The data of the picture of a ledger.

    Parameters
    ----------
    found : memory.Ledger
        Of the whole layer, whichever of its units are shown.
    ident : str
        As long as it stays the same, new data keeps the chosen unit.
    tokens : sequence of (shown, name)
        One a step, with signs already put in for invisible characters.
    step : int
        The step whose state the ledger explains; its last one read.
    unit : int or None
        The unit shown at first, by its number in the layer; None: all units together, by projection.
    units : sequence of int
        The units that can be chosen, by their numbers in the layer.
    signal : {"c", "h"}
        What the state is called.
    half_lives, reach : ndarray, shape (hidden,)
        From `memory.half_lives` and `memory.reach`, of the whole layer.
    words : bool
        The tokens are words: there is a gap between them.
    writes : ndarray, shape (time, hidden), or None
        What each step wrote, before anything of it was forgotten: i * g of an LSTM, (1 - z) * n of a GRU.

    Returns
    -------
    dict
        Plain JSON values.

    Raises
    ------
    ValueError
        If shapes do not fit together, a unit does not exist, there are more than 512 steps or 260 units to choose
        from, or a number is not finite.
    """
    _check(found, tokens, step, unit, units, {"half_lives": half_lives, "reach": reach})
    if writes is not None and writes.shape != found.bars.shape:
        raise ValueError(f"writes: expected shape {found.bars.shape}, got {writes.shape}; take them from the same run")
    if signal not in ("c", "h"):
        raise ValueError(f"signal: expected c or h, got {signal!r}; c is the memory of an LSTM, h that of a GRU")
    chosen = [int(number) for number in units]
    every = _together(found)
    bars = np.vstack((every.bars.T, found.bars.T[chosen]))  # (1 + units, time): first all units together
    initial = np.concatenate((every.initial, found.initial[chosen]))
    is_held = found.is_held & np.isin(np.arange(len(found.bars)), found.order)[:, None]
    data = {
        "id": ident,
        "tokens": tokens_json(tokens),
        "words": bool(words),
        "signal": signal,
        "reverse": bool(found.order[0] != 0),  # read from the end
        "step": int(step),
        "read": len(found.order),
        "units": chosen,
        "hidden": int(found.bars.shape[1]),
        "halfLives": [plain_number(value) for value in half_lives[chosen]],
        "reach": [int(memory.reach(every)[0]), *(int(value) for value in reach[chosen])],
        "bars": pack("bars", bars),
        "initial": initial.tolist(),
        "sums": (bars.sum(axis=1) + initial).tolist(),
        "totals": [float(every.total[0]), *(float(value) for value in found.total[chosen])],
        "held": pack("held", is_held.T[chosen]) if is_held.any() else None,
        "heldUnits": is_held.sum(axis=1).tolist(),
        "writes": None if writes is None else pack("writes", np.asarray(writes, np.float64).T[chosen]),
        "unit": None if unit is None else int(unit),
        "turn": 0,
    }
    check_json(data)
    return data


def _together(found: memory.Ledger) -> memory.Ledger:
    """All units as one column: their projection on the state, whose total is the length of the state."""
    bars, initial = memory.projected(found)
    total = np.array([np.linalg.norm(found.total)])
    return memory.Ledger(bars[:, None], np.array([initial]), total, found.is_held.any(axis=1)[:, None], found.order)


def _check(
    found: memory.Ledger,
    tokens: Sequence[tuple[str, str]],
    step: int,
    unit: int | None,
    units: Sequence[int],
    columns: dict[str, NDArray[Any]],
) -> None:
    steps, hidden = found.bars.shape
    if len(tokens) != steps:
        raise ValueError(f"tokens: expected one for each of {steps} steps, got {len(tokens)}; take those of the text")
    if steps > MOST_STEPS or len(units) > MOST_UNITS:
        raise ValueError(
            f"found: expected at most {MOST_STEPS} steps and {MOST_UNITS} units, got {steps} and {len(units)}; "
            "show a part of the text, or fewer units"
        )
    if step != found.order[-1]:
        raise ValueError(f"step: expected {found.order[-1]}, the last one that the ledger read, got {step}; pass that")
    if len(set(units)) != len(units) or not all(0 <= number < hidden for number in units):
        raise ValueError(
            f"units: expected different numbers from 0 to {hidden - 1}, got {list(units)[:8]}; choose others"
        )
    if unit is not None and unit not in units:
        raise ValueError(f"unit: expected None or one of the units that are shown, got {unit!r}; choose another")
    for name, values in columns.items():
        if np.shape(values) != (hidden,):
            raise ValueError(f"{name}: expected shape ({hidden},), got {np.shape(values)}; take it from the same layer")
