"""The scrubber in a page: mounts it and gives back the checkpoint its reader has come to rest at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from lstm_ui.components.scrubber.payload import LIMIT
from lstm_ui.components.shared.assets import DRAWING, Assets, nothing

ASSETS = Assets(
    "gatescope_scrubber",
    "scrubber/scrubber.html",
    ("shared/shared.css", "scrubber/scrubber.css"),
    (
        *DRAWING,
        "shared/axis.js",
        "scrubber/run.js",
        "scrubber/heatmap.js",
        "scrubber/says.js",
        "scrubber/slot.js",
        "scrubber/loss_curve.js",
        "scrubber/scrubber.js",
    ),
)


class Moment(NamedTuple):
    """Training steps of the checkpoints the reader has chosen; `other` only while two are compared."""

    step: int
    other: int | None


def scrubber(
    payload: dict[str, Any],
    other: dict[str, Any] | None = None,
    *,
    key: str,
    on_checkpoint: Callable[[], None] | None = None,
) -> Moment:
    """Mount the scrubber and return the moment its reader has come to rest at.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.scrubber.payload.scrubber_payload`.
    other : dict or None
        A second run on the same probe, for slot B; None: B is another moment of the same run.
    key : str
        Identity of the component on the page; always needed.
    on_checkpoint : callable or None
        Called before the script reruns because the reader chose another checkpoint (half a second after the last move).

    Returns
    -------
    Moment
        The payload's own checkpoint until the reader has moved.

    Raises
    ------
    ValueError
        If the two together are larger than 3 MB, or are about different tokens.
    """
    if other is not None:
        _check_pair(payload, other)
    payload = {**payload, "chosen": _start(payload, key)}
    data = {"a": payload, "b": other}
    result = ASSETS.component()(key=key, data=data, on_checkpoint_change=on_checkpoint or nothing)
    return read_moment(result.get("checkpoint"), payload, other)


def _start(payload: dict[str, Any], key: str) -> int:
    """Where the mounted scrubber began: it follows its reader itself, and unchanged data are not sent again."""
    steps = [mark["step"] for mark in payload["marks"]]
    memory = f"{key}_start"
    if st.session_state.get(memory, {}).get("id") != payload["id"]:
        st.session_state[memory] = {"id": payload["id"], "step": steps[payload["chosen"]]}
    return steps.index(min(steps, key=lambda step: abs(step - st.session_state[memory]["step"])))


def read_moment(value: object, payload: dict[str, Any], other: dict[str, Any] | None = None) -> Moment:
    """A moment as the browser sent it, checked: steps that are no checkpoint's are taken from the payload.

    Examples
    --------
    >>> run = {"id": "a", "marks": [{"step": 10}, {"step": 20}], "chosen": 1}
    >>> read_moment({"id": "a", "a": 10, "b": None}, run), read_moment({"id": "a", "a": 11, "b": 10}, run)
    (Moment(step=10, other=None), Moment(step=20, other=10))
    """
    given = value if isinstance(value, dict) and value.get("id") == payload["id"] else {}
    step, second = _step(given.get("a"), payload), _step(given.get("b"), other or payload)
    return Moment(payload["marks"][payload["chosen"]]["step"] if step is None else step, second)


def _step(value: object, payload: dict[str, Any]) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return next((mark["step"] for mark in payload["marks"] if mark["step"] == value), None)


def _check_pair(payload: dict[str, Any], other: dict[str, Any]) -> None:
    size = len(payload["data"]) + len(other["data"])
    if size > LIMIT:
        raise ValueError(f"other: expected at most {LIMIT:,} bytes in two runs, got {size:,}; give each half the limit")
    shown = [token["shown"] for token in payload["tokens"]]
    theirs = [token["shown"] for token in other["tokens"]]
    most = min(len(shown), len(theirs))
    if shown[:most] != theirs[:most]:
        raise ValueError("other: expected a run on the same probe text, got other tokens; run both on one text")
