"""The player in a page: mounts the component and gives back where its reader is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from lstm_ui.components.shared.assets import CELL_DIAGRAMS, Assets, nothing

# One idea a file; there is no bundler, so what a file uses must stand before it.
ASSETS = Assets(
    "gatescope_player",
    "player/player.html",
    ("player/player.css", "player/head.css"),
    (
        "player/format.js",
        "player/model.js",
        "player/head.js",
        "player/svg.js",
        "player/strips.js",
        *CELL_DIAGRAMS,
        "player/parts.js",
        "player/formulas.js",
        "player/bars.js",
        "player/head_block.js",
        "player/panel.js",
        "player/tokens.js",
        "player/keyboard.js",
        "player/words.js",
        "shared/clock.js",
        "player/player.js",
    ),
)


class Position(NamedTuple):
    """Where the reader is: step and unit from 0, sub-step from 1."""

    step: int
    sub: int
    unit: int


def player(payload: dict[str, Any], *, key: str, on_move: Callable[[], None] | None = None) -> Position:
    """Mount the player and return the position where its reader has come to rest.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.player.payload.payload`.
    key : str
        Identity of the component on the page; always needed, or Streamlit builds it anew at every change.
    on_move : callable or None
        Called before the script reruns because the reader moved (half a second after the last change).

    Returns
    -------
    Position
        The position of the payload until the reader has moved.
    """
    data = {**payload, "position": _start(payload, key)}
    result = ASSETS.component()(key=key, data=data, on_position_change=on_move or nothing)
    return read_position(result.get("position"), payload)


def _start(payload: dict[str, Any], key: str) -> dict[str, int]:
    """Where the mounted player began: it follows its reader itself, and unchanged data are not sent again."""
    memory = f"{key}_start"
    if key not in st.session_state or st.session_state.get(memory, {}).get("id") != payload["id"]:
        st.session_state[memory] = {"id": payload["id"], "position": payload["position"]}
    return dict(st.session_state[memory]["position"])


def read_position(value: object, payload: dict[str, Any]) -> Position:
    """A position as the browser sent it, checked: what is missing or no whole number is taken from the payload, and
    what lies outside is clipped.

    Examples
    --------
    >>> start = {"position": {"step": 0, "sub": 1, "unit": 2}, "steps": 5, "subs": [0] * 5, "hidden": 3}
    >>> read_position({"step": 99, "sub": 2, "unit": "x"}, start)
    Position(step=4, sub=2, unit=2)
    """
    given = value if isinstance(value, dict) else {}
    bounds = {"step": (0, payload["steps"] - 1), "sub": (1, len(payload["subs"])), "unit": (0, payload["hidden"] - 1)}
    found = {}
    for name, (low, high) in bounds.items():
        number = given.get(name)
        if type(number) is float and number.is_integer():
            number = int(number)
        if type(number) is not int:
            number = payload["position"][name]
        found[name] = min(max(number, low), high)
    return Position(**found)
