"""A unit that both the page and the reader of a component may choose: the last word counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from lstm_ui.components.shared.assets import Assets, nothing


class Memo(NamedTuple):
    """What is remembered between reruns: which unit the page asked for and which is shown, and who spoke last.

    `start`: the unit that the browser was told; it stays while the reader chooses, so that unchanged data are not sent
    again. `turn`: how often the page has changed the unit. `pick`: the reader's last one, as it came.
    """

    ident: str
    asked: int | None
    start: int | None
    shown: int | None
    turn: int
    pick: Any


def mount(assets: Assets, payload: dict[str, Any], key: str, on_pick: Callable[[], None] | None) -> int | None:
    """Mount a component that shows one unit, and return the unit: its number in the layer, or None for all together.

    Parameters
    ----------
    assets : Assets
    payload : dict
        With `id`, `units` and `unit`: another `unit` in it shows that one.
    key : str
        Identity of the component on the page.
    on_pick : callable or None
        Called before the script reruns because the reader chose another unit.
    """
    memory = f"{key}_memo"
    # What the browser said is known before the component is drawn; its data depend on it.
    said = (st.session_state.get(key) or {}).get("pick")
    memo = st.session_state[memory] = follow(st.session_state.get(memory), payload, said)
    data = {**payload, "unit": memo.start, "turn": memo.turn}
    assets.component()(key=key, data=data, on_pick_change=on_pick or nothing)
    return memo.shown


def follow(memo: Memo | None, payload: dict[str, Any], said: object) -> Memo:
    """Which unit to show: the last word counts, be it the page's or the reader's.

    Examples
    --------
    >>> page = {"id": "a", "unit": None, "units": [3, 4]}
    >>> first = follow(None, page, None)
    >>> picked = follow(first, page, {"id": "a", "unit": 4, "at": 1})
    >>> first.shown, picked.shown, follow(picked, {**page, "unit": 3}, picked.pick).shown
    (None, 4, 3)
    """
    asked = payload["unit"]
    if memo is None or memo.ident != payload["id"]:
        return Memo(payload["id"], asked, asked, asked, 0 if memo is None else memo.turn + 1, said)
    if said is None and memo.pick is not None:  # drawn anew, after another page: it begins with what was shown last
        memo = memo._replace(start=memo.shown, turn=memo.turn + 1, pick=None)
    if said != memo.pick and _is_pick(said, payload):
        return memo._replace(asked=asked, shown=_whole(said), pick=said)
    if asked != memo.asked and asked != memo.shown:
        return memo._replace(asked=asked, start=asked, shown=asked, turn=memo.turn + 1)
    return memo._replace(asked=asked)


def _is_pick(said: object, payload: dict[str, Any]) -> bool:
    """A unit of this very payload, as the browser sends it."""
    if not isinstance(said, dict) or said.get("id") != payload["id"] or "unit" not in said:
        return False
    unit = said["unit"]
    return unit is None or (type(unit) in (int, float) and unit in payload["units"])


def _whole(said: Any) -> int | None:
    return None if said["unit"] is None else int(said["unit"])
