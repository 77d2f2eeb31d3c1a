"""Where the reader of the heatmaps is, checked: a link or a browser can say anything."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

from lstm_ui.components.shared.assets import whole

SHOWS = ("this", "other", "difference")


class Position(NamedTuple):
    """What is chosen and how it is shown: steps from 0, `unit` a number in the layer or None, spans [start, stop)."""

    step: int
    unit: int | None
    span: tuple[int, int] | None
    zoom: tuple[int, int] | None
    order: str
    show: str


def fit_position(wanted: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """A position as plain JSON values that fit the data.

    Parameters
    ----------
    wanted : mapping
        Any of `step`, `unit`, `span`, `zoom`, `order`, `show`, with any values.
    data : mapping
        The rest of the payload: `tokens`, `units`, `orders` and `compared` are read.

    Returns
    -------
    dict
        A step outside is clipped and a span cut; a unit that is not drawn, and a span that is none, become None; an
        unknown order becomes "stored", and what cannot be shown "this". A zoom to everything is None.

    Examples
    --------
    >>> data = {"tokens": [{}] * 5, "units": [4, 7], "orders": [{"id": "stored"}], "compared": False}
    >>> fit_position({"step": 9, "unit": 7, "span": (3, 99), "zoom": (0, 5), "order": "?", "show": "other"}, data)
    {'step': 4, 'unit': 7, 'span': [3, 5], 'zoom': None, 'order': 'stored', 'show': 'this'}
    """
    steps = len(data["tokens"])
    step, unit = whole(wanted.get("step")), whole(wanted.get("unit"))
    zoom = _span(wanted.get("zoom"), steps)
    orders = [each["id"] for each in data["orders"]]
    show = wanted.get("show")
    return {
        "step": min(max(step or 0, 0), steps - 1),
        "unit": unit if unit in data["units"] else None,
        "span": _span(wanted.get("span"), steps),
        "zoom": None if zoom == [0, steps] else zoom,
        "order": wanted["order"] if wanted.get("order") in orders else "stored",
        "show": show if data["compared"] and show in SHOWS else "this",
    }


def read_position(value: object, payload: Mapping[str, Any]) -> Position:
    """A position as the browser sent it for this very payload; anything else is taken from the payload.

    Examples
    --------
    >>> start = {"step": 1, "unit": None, "span": None, "zoom": None, "order": "stored", "show": "this"}
    >>> payload = {"id": "a", "turn": 0, "tokens": [{}] * 5, "units": [4, 7], "orders": [{"id": "stored"}]}
    >>> payload |= {"compared": False, "position": start}
    >>> read_position({**start, "id": "a", "turn": 0, "unit": 4, "span": [0, 2]}, payload)
    Position(step=1, unit=4, span=(0, 2), zoom=None, order='stored', show='this')
    >>> read_position({**start, "id": "b", "turn": 0, "unit": 4}, payload).unit is None
    True
    """
    current = isinstance(value, dict) and all(value.get(key) == payload.get(key, 0) for key in ("id", "turn"))
    found = fit_position({**payload["position"], **value} if current else payload["position"], payload)  # type: ignore[dict-item]
    spans = {key: None if found[key] is None else tuple(found[key]) for key in ("span", "zoom")}
    return Position(**{**found, **spans})


def start(payload: Mapping[str, Any], key: str, session: MutableMapping[Any, Any]) -> dict[str, Any]:
    """Where the mounted heatmaps began, and how often the page has sent their reader elsewhere since.

    The reader's place is kept in the browser, and data that are the same are not sent again: so the position stays
    what it was at first, while the page repeats itself or says what its reader did (now, or in the run before). What
    else changes in the page's position is a wish of the page: a new turn, with everything else as the reader has it.

    Parameters
    ----------
    payload : mapping
        With `id` and `position`.
    key : str
        Of the component; its state and a note of ours are kept in `session` under it.
    session : mutable mapping
        `st.session_state`.

    Returns
    -------
    dict
        `turn` and `position`.
    """
    memory, wanted = f"{key}_start", payload["position"]
    past = session.get(memory)
    if key not in session or past is None or past["id"] != payload["id"]:
        past = {"id": payload["id"], "turn": 0, "position": wanted, "at": wanted}
    else:
        at = _plain(read_position((session[key] or {}).get("position"), {**payload, **past}))
        before = past["at"]
        echo = {name: (at[name], before[name] if at[name] != before[name] else at[name]) for name in at}
        wish = {name: part for name, part in wanted.items() if part != past["wanted"][name] and part not in echo[name]}
        past = {**past, "at": {**at, **wish}}
        if wish:
            past |= {"turn": past["turn"] + 1, "position": past["at"]}
    session[memory] = {**past, "wanted": wanted}
    return {"turn": past["turn"], "position": dict(past["position"])}


def _plain(at: Position) -> dict[str, Any]:
    """With spans as lists, as JSON has them."""
    return {name: list(part) if isinstance(part, tuple) else part for name, part in at._asdict().items()}


def read_open(value: object, payload: Mapping[str, Any]) -> tuple[int, int] | None:
    """Step and unit of a pressed "Step through this moment"; None if they are not of this payload.

    Examples
    --------
    >>> payload = {"id": "a", "tokens": [{}] * 5, "units": [4, 7]}
    >>> read_open({"id": "a", "step": 3, "unit": 7}, payload), read_open({"id": "a", "step": 3, "unit": 5}, payload)
    ((3, 7), None)
    """
    given = value if isinstance(value, dict) and value.get("id") == payload["id"] else {}
    step, unit = whole(given.get("step")), whole(given.get("unit"))
    if step is None or unit is None or not 0 <= step < len(payload["tokens"]) or unit not in payload["units"]:
        return None
    return step, unit


def _span(value: object, steps: int) -> list[int] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    start, stop = whole(value[0]), whole(value[1])
    if start is None or stop is None:
        return None
    start, stop = max(0, start), min(stop, steps)
    return [start, stop] if start < stop else None
