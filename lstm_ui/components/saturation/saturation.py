"""The saturation map in a page: a picture that is mounted once, and a feed that brings it new numbers.

As with the live chart: a message of a component carries the component's whole script, so what changes every two
seconds goes through a feed whose script is a few lines. It is the same feed; pictures know their own by the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from lstm_ui.components.live.live import FEED
from lstm_ui.components.shared.assets import DRAWING, Assets, nothing, whole

PICTURE = Assets(
    "gatescope_saturation",
    "saturation/saturation.html",
    ("shared/shared.css", "saturation/saturation.css"),
    (
        *DRAWING,
        "shared/hatch.js",
        "saturation/shares.js",
        "saturation/stacks.js",
        "saturation/scatter.js",
        "saturation/saturation.js",
    ),
)


def saturation(payload: dict[str, Any], *, key: str, on_pick: Callable[[], None] | None = None) -> int | None:
    """Mount the map, or bring it up to date, and return the unit that was clicked just now.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.saturation.payload.saturation_payload`.
    key : str
        Identity of the component on the page; always needed.
    on_pick : callable or None
        Called before the script reruns because a unit was clicked.

    Returns
    -------
    int or None
        Its number in the layer, in the rerun that the click caused; None in all others.
    """
    with st.container(key=f"{key}_box", gap=None):
        picked = picture(key=key, on_pick=on_pick)
        feed(payload, key=key)
    return picked if picked in payload["units"] else None


def picture(*, key: str, on_pick: Callable[[], None] | None = None) -> int | None:
    """The map alone, still empty. Outside of a fragment it costs nothing while the feed runs inside.

    Returns
    -------
    int or None
        The number that was clicked just now, not yet compared with the units that there are.
    """
    result = PICTURE.component()(key=key, data={"chart": key}, on_pick_change=on_pick or nothing)
    return read_pick(result.get("pick"))


def feed(payload: dict[str, Any], *, key: str) -> None:
    """Bring the map with this key up to date."""
    # As bytes, which Streamlit passes on as they are: in a dict it looks at every value whether it is a table.
    data = json.dumps({**payload, "chart": key}, separators=(",", ":"), allow_nan=False).encode()
    FEED.component()(key=f"{key}_feed", data=data)


def read_pick(value: object) -> int | None:
    """A unit as the browser sent it.

    Examples
    --------
    >>> read_pick({"unit": 3}), read_pick({"unit": 3.5}), read_pick({"unit": True}), read_pick("3")
    (3, None, None, None)
    """
    unit = whole(value.get("unit")) if isinstance(value, dict) else None
    return unit if unit is not None and unit >= 0 else None
