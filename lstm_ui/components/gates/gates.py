"""The heatmaps in a page: mounts them and gives back where their reader has come to rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from lstm_ui.components.gates.position import Position, read_open, read_position, start
from lstm_ui.components.shared.assets import DRAWING, Assets, nothing

ASSETS = Assets(
    "gatescope_gates",
    "gates/gates.html",
    ("shared/shared.css", "tokens/text.css", "gates/gates.css", "gates/unit.css"),
    (
        *DRAWING,
        "shared/axis.js",
        "tokens/text.js",
        "gates/model.js",
        "gates/legends.js",
        "gates/place.js",
        "gates/drag.js",
        "gates/pointer.js",
        "gates/ruler.js",
        "gates/panel.js",
        "gates/reading.js",
        "gates/lines.js",
        "gates/unit.js",
        "gates/keys.js",
        "gates/gates.js",
    ),
)


def gates(
    payload: dict[str, Any],
    *,
    key: str,
    on_move: Callable[[], None] | None = None,
    on_open: Callable[[int, int], None] | None = None,
) -> Position:
    """Mount the heatmaps and return where their reader has come to rest.

    The reader's place is kept in the browser while the page reruns. What changes in the payload's position, and is not
    just what the reader did, moves the reader there: such as after a click on a place found elsewhere.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.gates.payload.gates_payload`.
    key : str
        Identity of the component on the page; always needed.
    on_move : callable or None
        Called before the script reruns because the reader moved (0.4 s after the last change).
    on_open : callable or None
        Called with step and unit (number in the layer) before the script reruns because of "Step through this moment".

    Returns
    -------
    Position
        The payload's own until the reader has moved.
    """
    payload = {**payload, **start(payload, key, st.session_state)}

    def opened() -> None:
        pressed = read_open(st.session_state[key].get("open"), payload)
        if pressed and on_open:
            on_open(*pressed)

    result = ASSETS.component()(key=key, data=payload, on_position_change=on_move or nothing, on_open_change=opened)
    return read_position(result.get("position"), payload)
