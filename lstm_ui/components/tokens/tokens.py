"""The coloured text in a page: mounts it and gives back the token that was clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstm_ui.components.shared.assets import DRAWING, Assets, nothing, whole

ASSETS = Assets(
    "gatescope_tokens",
    "tokens/tokens.html",
    ("shared/shared.css", "tokens/text.css", "tokens/tokens.css"),
    (
        *DRAWING,
        "tokens/text.js",
        "tokens/curves.js",
        "tokens/tokens.js",
    ),
)


def tokens(payload: dict[str, Any], *, key: str, on_pick: Callable[[], None] | None = None) -> int | None:
    """Mount the coloured text and return the index of the token its reader has picked.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.tokens.payload.tokens_payload`.
    key : str
        Identity of the component on the page; always needed.
    on_pick : callable or None
        Called before the script reruns because a token was clicked.

    Returns
    -------
    int or None
        What the payload says (`chosen`) until the reader has picked one.
    """
    result = ASSETS.component()(key=key, data=payload, on_pick_change=on_pick or nothing)
    return read_pick(result.get("pick"), payload)


def read_pick(value: object, payload: dict[str, Any]) -> int | None:
    """An index as the browser sent it for this very text; anything else is taken from the payload.

    Examples
    --------
    >>> text = {"id": "a", "tokens": [{}, {}], "chosen": None}
    >>> read_pick({"id": "a", "index": 1}, text), read_pick({"id": "b", "index": 1}, text), read_pick("x", text)
    (1, None, None)
    """
    given = value if isinstance(value, dict) and value.get("id") == payload["id"] else {}
    index = whole(given.get("index"))
    if index is not None and 0 <= index < len(payload["tokens"]):
        return index
    chosen: int | None = payload["chosen"]
    return chosen
