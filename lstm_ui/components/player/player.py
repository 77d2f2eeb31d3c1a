"""The player in a page: mounts the component and gives back where its reader is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from lstm_plots import theme

# One idea a file; there is no bundler, so what a file uses must stand before it.
SCRIPTS: tuple[str, ...] = (
    "format.js",
    "model.js",
    "head.js",
    "svg.js",
    "strips.js",
    "parts.js",
    "diagram_lstm.js",
    "diagram_gru.js",
    "diagram_rnn.js",
    "formulas.js",
    "bars.js",
    "head_block.js",
    "panel.js",
    "tokens.js",
    "keyboard.js",
    "words.js",
    "player.js",
)
STYLES = ("player.css", "head.css")
_HERE = Path(__file__).parent


class Position(NamedTuple):
    """Where the reader is: step and unit from 0, sub-step from 1."""

    step: int
    sub: int
    unit: int


@cache
def script() -> str:
    """The component's JavaScript, all files in their order."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


@cache
def _component() -> Callable[..., Any]:
    style = theme.css_rules(".gs") + "".join((_HERE / name).read_text(encoding="utf-8") for name in STYLES)
    markup = (_HERE / "player.html").read_text(encoding="utf-8")
    return st.components.v2.component("gatescope_player", html=markup, css=style, js=script())


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
    result = _component()(key=key, data=data, on_position_change=on_move or _nothing)
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


def _nothing() -> None:
    """The component reports a state only when it has a callback."""
