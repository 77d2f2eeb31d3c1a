"""From the saturation of a layer's gates to the data of its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_core.units import Saturation
from lstm_ui.components.shared.assets import plain_text
from lstm_ui.components.transport import check_json, pack

MOST_UNITS = 1_024


def saturation_payload(
    found: Mapping[str, Saturation],
    dead: NDArray[np.bool_],
    *,
    ident: str,
    units: Sequence[int],
    chosen: int | None,
    about: str,
    few: bool = False,
) -> dict[str, Any]:
    """The data of a saturation map.

    Parameters
    ----------
    found : mapping of str to Saturation, each part of shape (hidden,)
        From `lstm_core.units.saturation`, of the whole layer.
    dead : ndarray of bool, shape (hidden,)
        From `lstm_core.units.dead`.
    ident : str
        Of the net and layer: as long as it stays the same, new data move the same picture.
    units : sequence of int
        The units that are shown, by their numbers in the layer, in the order "as stored".
    chosen : int or None
        The unit that is marked.
    about : str
        What the shares were taken over, a sentence for the reader.
    few : bool
        There were too few steps to call a unit dead.

    Returns
    -------
    dict
        Plain JSON values.

    Raises
    ------
    ValueError
        If shapes differ, a unit does not exist, there are more than 1,024, or a share is not between 0 and 1.
    """
    hidden, shown = len(dead), [int(unit) for unit in units]
    if len(shown) > MOST_UNITS:
        raise ValueError(f"units: expected at most {MOST_UNITS:,}, got {len(shown):,}; show the most active ones")
    if len(set(shown)) != len(shown) or not all(0 <= unit < hidden for unit in shown):
        raise ValueError(f"units: expected different numbers from 0 to {hidden - 1}, got {shown[:8]}; choose others")
    for gate, shares in found.items():
        for part in shares:
            _check(gate, np.asarray(part), hidden)
    gates = [
        {
            "name": str(gate),
            "shut": pack(gate, np.asarray(shares.shut, np.float64)[shown]),
            "open": pack(gate, np.asarray(shares.open, np.float64)[shown]),
        }
        for gate, shares in found.items()
    ]
    data = {
        "id": ident,
        "units": shown,
        "hidden": hidden,
        "gates": gates,
        "dead": [unit for unit in shown if dead[unit] and not few],
        "few": few,
        "chosen": int(chosen) if chosen in shown else None,
        "about": plain_text(about, 200),
    }
    check_json(data)
    return data


def _check(gate: str, shares: NDArray[Any], hidden: int) -> None:
    if shares.shape != (hidden,):
        raise ValueError(f"{gate}: expected shape ({hidden},), got {shares.shape}; take it from the same layer as dead")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"{gate}: expected shares of time between 0 and 1, got {shares.min()} to {shares.max()}")
