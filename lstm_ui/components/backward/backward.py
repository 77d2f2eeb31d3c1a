"""The stepper of the way back in a page: mounts it and gives back where its reader is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import streamlit as st

from lstm_ui.components.shared.assets import CELL_DIAGRAMS, Assets, nothing, whole

ASSETS = Assets(
    "gatescope_backward",
    "backward/backward.html",
    ("player/player.css", "backward/backward.css"),
    (
        "player/format.js",
        "player/svg.js",
        "player/tokens.js",
        "player/keyboard.js",
        "player/words.js",
        "shared/bytes.js",
        "shared/theme.js",
        "shared/scale.js",
        "backward/doubles.js",
        *CELL_DIAGRAMS,
        "backward/walk.js",
        "backward/ways.js",
        "backward/diagram.js",
        "backward/curve.js",
        "backward/bars.js",
        "backward/equation.js",
        "backward/list.js",
        "shared/clock.js",
        "backward/backward.js",
    ),
)


class Position(NamedTuple):
    """Where the reader is: step and unit from 0, sub-step from 1."""

    step: int
    sub: int
    unit: int


def backward(payload: dict[str, Any], *, key: str, on_move: Callable[[], None] | None = None) -> Position:
    """Mount the stepper and return the position where its reader has come to rest.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.backward.payload.backward_payload`; its unit is the one that `asked_unit` gives.
    key : str
        Identity of the component on the page; always needed.
    on_move : callable or None
        Called before the script reruns because the reader moved (half a second after the last change) or chose
        another unit, whose numbers the page then has to send.

    Returns
    -------
    Position
        The position of the payload until the reader has moved.
    """
    memory = f"{key}_start"
    if key not in st.session_state or st.session_state.get(memory, {}).get("id") != payload["id"]:
        st.session_state[memory] = {"id": payload["id"], "position": payload["position"]}
    # The stepper follows its reader itself: unchanged data are not sent again.
    start = {**st.session_state[memory]["position"], "unit": payload["unit"]}
    result = ASSETS.component()(key=key, data={**payload, "position": start}, on_position_change=on_move or nothing)
    return read_position(result.get("position"), payload)


def asked_unit(key: str, ident: str, hidden: int, default: int = 0) -> int:
    """The unit that the reader of a mounted stepper has chosen; `default` before, and for another `ident`.

    Call it before `paths.walk_back`: what the browser said is known before the component is drawn.
    """
    given = _said((st.session_state.get(key) or {}).get("position"), ident)
    return _inside(given.get("unit"), default, 0, hidden - 1)


def read_position(value: object, payload: Mapping[str, Any]) -> Position:
    """A position as the browser sent it, checked: what is missing, of other data or no whole number is taken from the
    payload, and what lies outside is clipped.

    Examples
    --------
    >>> start = {"id": "a", "position": {"step": 0, "sub": 1, "unit": 2}, "steps": 5, "subs": [0] * 5, "hidden": 3}
    >>> read_position({"id": "a", "step": 99, "sub": 2.0, "unit": "x"}, start)
    Position(step=4, sub=2, unit=2)
    >>> read_position({"id": "b", "step": 3}, start).step
    0
    """
    given, start = _said(value, payload["id"]), payload["position"]
    return Position(
        _inside(given.get("step"), start["step"], 0, payload["steps"] - 1),
        _inside(given.get("sub"), start["sub"], 1, len(payload["subs"])),
        _inside(given.get("unit"), start["unit"], 0, payload["hidden"] - 1),
    )


def _said(value: object, ident: str) -> dict[str, Any]:
    return value if isinstance(value, dict) and value.get("id") == ident else {}


def _inside(value: object, default: int, low: int, high: int) -> int:
    number = whole(value)
    return min(max(default if number is None else number, low), high)
