"""The knife in a page: mounts it and gives back where its reader has left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lstm_ui.components.shared.assets import DRAWING, Assets, nothing, whole

ASSETS = Assets(
    "gatescope_knife",
    "knife/knife.html",
    ("shared/shared.css", "knife/knife.css"),
    (
        *DRAWING,
        "shared/axis.js",
        "shared/hatch.js",
        "backward/doubles.js",
        "knife/cuts.js",
        "knife/strip.js",
        "knife/blocks.js",
        "knife/knife.js",
    ),
)


def knife(payload: dict[str, Any], *, key: str, on_cut: Callable[[], None] | None = None) -> int:
    """Mount the knife and return the cut: how many steps the gradient may go back.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.knife.payload.knife_payload`.
    key : str
        Identity of the component on the page; always needed.
    on_cut : callable or None
        Called before the script reruns because the reader moved the knife (half a second after the last change); the
        picture itself follows at once.
    """
    memory = f"{key}_start"
    if key not in st.session_state or st.session_state.get(memory, {}).get("id") != payload["id"]:
        st.session_state[memory] = {"id": payload["id"], "cut": payload["cut"]}
    # The knife follows its reader itself: unchanged data are not sent again.
    data = {**payload, "cut": st.session_state[memory]["cut"]}
    result = ASSETS.component()(key=key, data=data, on_cut_change=on_cut or nothing)
    return read_cut(result.get("cut"), payload)


def read_cut(value: object, payload: Mapping[str, Any]) -> int:
    """A cut as the browser sent it, checked; the payload's own where it is none, or of other data.

    Examples
    --------
    >>> payload = {"id": "a", "cut": 2, "cuts": 5}
    >>> read_cut({"id": "a", "cut": 99.0}, payload), read_cut({"id": "b", "cut": 1}, payload), read_cut(None, payload)
    (4, 2, 2)
    """
    given = value if isinstance(value, dict) and value.get("id") == payload["id"] else {}
    number = whole(given.get("cut"))
    return min(max(payload["cut"] if number is None else number, 0), payload["cuts"] - 1)
