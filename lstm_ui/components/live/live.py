"""The live chart in a page: a picture that is mounted once, and a feed that brings it what is new.

A message of a component carries the component's whole script. So the picture, whose script is long, gets data that
never change, and Streamlit sends it once; the feed, whose script is a few lines, passes each update on to it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from lstm_ui.components.live.payload import Sent, live_payload
from lstm_ui.components.shared.assets import DRAWING, Assets

PICTURE = Assets(
    "gatescope_live",
    "live/live.html",
    ("shared/shared.css", "live/live.css"),
    (
        *DRAWING,
        "live/rows.js",
        "live/curves.js",
        "live/status.js",
        "live/live.js",
    ),
)
FEED = Assets("gatescope_live_feed", "live/feed.html", (), ("live/feed.js",))


def live(
    view: Any,
    *,
    key: str,
    baselines: Sequence[tuple[str, float]] = (),
    loss: str = "loss",
    score: str = "",
    score_baselines: Sequence[tuple[str, float]] = (),
    weight: float | None = None,
) -> None:
    """Mount the live chart of a run, or bring it up to date: call it in a fragment that runs about twice a second.

    Parameters
    ----------
    view : lstm_runs.service.View
    key : str
        Identity of the chart on the page; always needed.
    baselines, loss, score, score_baselines, weight
        As for `live_payload`.
    """
    with st.container(key=f"{key}_box", gap=None):
        picture(key=key)
        feed(
            view,
            key=key,
            baselines=baselines,
            loss=loss,
            score=score,
            score_baselines=score_baselines,
            weight=weight,
        )


def picture(*, key: str) -> None:
    """The chart alone, still empty. Outside of the fragment it costs nothing while the feed runs inside."""
    PICTURE.component()(key=key, data={"chart": key}, on_need_change=partial(_recover, key))


def feed(
    view: Any,
    *,
    key: str,
    baselines: Sequence[tuple[str, float]] = (),
    loss: str = "loss",
    score: str = "",
    score_baselines: Sequence[tuple[str, float]] = (),
    weight: float | None = None,
) -> None:
    """Bring the picture with this key up to date; everything as for `live`."""
    memory = f"{key}_sent"
    payload, st.session_state[memory] = live_payload(
        view,
        st.session_state.get(memory),
        chart=key,
        baselines=baselines,
        loss=loss,
        score=score,
        score_baselines=score_baselines,
        weight=weight,
    )
    # As bytes, which Streamlit passes on as they are: in a dict it looks at every value whether it is a table.
    FEED.component()(key=f"{key}_feed", data=json.dumps(payload, separators=(",", ":"), allow_nan=False).encode())


def _recover(key: str) -> None:
    """The browser lacks rows (a message was lost, or the page was built anew): remember what it has."""
    need = st.session_state[key].get("need")
    sent = st.session_state.get(f"{key}_sent")
    if isinstance(need, dict) and isinstance(sent, Sent):
        st.session_state[f"{key}_sent"] = sent.back_to(need)
