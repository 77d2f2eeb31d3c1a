"""The upper half of the page Gate heatmaps: which units, the heatmaps themselves, and the way to Step through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from lstm_core.arrays import Ints
from lstm_core.clamps import Clamp
from lstm_core.stack import Layer
from lstm_ui import address, frame, heat, learned_widgets, nets, widgets
from lstm_ui.components.gates import gates, gates_payload
from lstm_ui.components.gates.payload import ORDERS
from lstm_ui.gates import compare, corpora, find, sections
from lstm_ui.gates.compare import Wish
from lstm_ui.given import Given
from lstm_ui.heat import Look, Seen
from lstm_ui.kept import kept
from lstm_ui.setting import Setting, choice, whole

_DRAWN = "position drawn"  # in the session: the place that the heatmaps were last sent
_OPEN = "open in Step through"  # in the session: the moment that was asked for
_ELSEWHERE = ("edits", "notation")  # settings of Step through that mean nothing here
LAST = nets.MOST_STEPS

# Where the reader is; all count from 1, and 0 is none.
MOVES: tuple[Setting, ...] = (
    whole("t", LAST, 1, LAST, "the last step"),
    whole("u", 0, 0, nets.MOST_FOLLOWED),
    whole("begin", 0, 0, LAST),
    whole("end", 0, 0, LAST),
    whole("zoom", 0, 0, LAST),
    whole("zoomed", 0, 0, LAST),
    choice("order", ("auto", *ORDERS), stands_for="the usual one"),
    choice("show", ("auto", "this", "other", "difference")),
    whole("part", 1, 1, nets.MOST_FOLLOWED),
)


def settings() -> tuple[Setting, ...]:
    """All that stands in the address: those of Step through, where the reader is, what is compared and looked for."""
    first = choice("from", (*widgets.SOURCES, *learned_widgets.TRAINED, widgets.OWN), "model")
    shared = [setting for setting in widgets.SETTINGS if setting.key not in (*_ELSEWHERE, "from")]
    return (first, *shared, *MOVES, *compare.SETTINGS, *find.SETTINGS, corpora.SETTING, sections.SETTING)


def see(
    given: Given, layers: tuple[Layer, ...], place: tuple[int, str], clamp: Clamp | None, wish: Wish | None
) -> Seen:
    """The runs of one cell, and which of its units are drawn.

    Where only a held run is wanted beside the free one, the free one comes first; with any other comparison what is
    held is held in both.

    Raises
    ------
    ValueError
        A state that is no number.
    """
    layer, direction = place
    is_free = clamp is None or (wish is not None and wish.is_held)
    found = heat.run("this", layers, given.input.x, [] if is_free else [clamp])  # type: ignore[list-item]
    trace = getattr(found.traces[layer], direction)
    other = None if wish is None else compare.other(wish, layer, direction)
    shown = _shown(trace, heat.names(trace, layers[layer].cell))
    source = given.trained.ident if given.trained else st.session_state["from"]
    ident = f"{source} {layers[layer].cell} {layer} {direction} {hash(given.input.raw)} {len(shown)} {shown[0]}"
    ident += f" {address.beginnings()}"
    return Seen(trace, layers[layer].cell, layer, direction, given.input.tokens, given.input.raw, shown, ident, other)


def _shown(trace: Any, names: Sequence[str]) -> Ints:
    """The units on the screen; where the layer has more than fit, a field for which, the most active first."""
    state, hidden = st.session_state, int(trace.h.shape[-1])
    most = heat.most_columns(len(trace.h), len(names))
    if hidden <= most:
        return np.arange(hidden)
    parts = -(-hidden // most)
    address.correct("part", min(state["part"], parts))
    if state.pop(heat.FIND, False):
        state["part"] = heat.part_of(trace, len(names), state["u"] - 1) + 1
    first = [most * k + 1 for k in range(parts)]
    named = {k + 1: f"{first[k]:,} to {min(first[k] + most - 1, hidden):,} of {hidden:,}" for k in range(parts)}
    with st.container(horizontal=True, vertical_alignment="center", key="parts"):
        st.selectbox("Units", list(named), format_func=named.get, key="part", width=200, label_visibility="collapsed")
        st.caption("Units, the most active on this text first.", width="content")
    address.drawn("part")
    return heat.columns(trace, len(names), state["part"] - 1)


def heatmaps(given: Given, layers: tuple[Layer, ...], seen: Seen) -> Look:
    """The heatmaps, and where their reader looks.

    Raises
    ------
    ValueError
        What cannot be drawn.
    """
    orders = heat.orders(seen)
    facts = kept("facts", (seen.ident, seen.trace), lambda: heat.facts(seen))
    wanted = _wanted(seen, orders)
    look = Look(seen, given, layers, wanted["step"], wanted["unit"], wanted["span"], show=wanted["show"])
    payload = gates_payload(
        seen.signals(),
        ident=seen.ident,
        tokens=seen.tokens,
        units=seen.shown,
        total=seen.hidden,
        orders=orders,
        limit=seen.limit(),
        other=seen.others(),
        name="this run",
        other_name=seen.other.name if seen.other else "",
        other_tokens=_others_tokens(seen),
        facts=facts,
        marked_units=find.marked(heat.looked_at(look)),  # of the run that the section names units of
        words=given.is_apart,
        **wanted,
    )
    st.session_state[_DRAWN] = payload["position"]
    found = gates(payload, key="gates", on_move=_moved, on_open=_asked)
    unit = payload["position"]["unit"] if found.unit is None else found.unit
    return Look(seen, given, layers, found.step, unit, found.span, found.order, found.show)


def _wanted(seen: Seen, orders: Mapping[str, Ints]) -> dict[str, Any]:
    """The position that the settings name. Without a unit one that is worth a look, and without a step the last."""
    state = st.session_state
    unit = state["u"] - 1 if state["u"] - 1 in seen.shown else int(seen.shown[_first(seen, orders)])
    spans = {"span": (state["begin"] - 1, state["end"]), "zoom": (state["zoom"] - 1, state["zoomed"])}
    return {
        "step": min(state["t"], len(seen.tokens)) - 1,
        "unit": unit,
        "order": _order(seen),
        "show": _show(seen),
        **{name: pair if 0 <= pair[0] < pair[1] else None for name, pair in spans.items()},
    }


def _order(seen: Seen) -> str:
    """As the reader chose, else as stored; of a layer that does not fit on one picture the most active first."""
    if st.session_state["order"] != "auto":
        return str(st.session_state["order"])
    return "stored" if len(seen.shown) == seen.hidden else "active"


def _show(seen: Seen) -> str:
    """As the reader chose; else what a comparison was made for."""
    if seen.other is None or st.session_state["show"] != "auto":
        return str(st.session_state["show"])
    return "other" if seen.other.is_held else "difference"


def _others_tokens(seen: Seen) -> tuple[tuple[str, str], ...] | None:
    """What the second run reads, where it reads something else."""
    if seen.other is None:
        return None
    found = seen.other.tokens()
    return found if found != seen.tokens else None


def _first(seen: Seen, orders: Mapping[str, Ints]) -> int:
    """The column that a newcomer meets: of those that hold much the one that remembers longest."""
    if "half-life" not in orders:
        return int(orders["active"][0])
    held = np.abs(getattr(seen.trace, heat.state(seen.trace))[:, 0][:, seen.shown]).mean(axis=0)
    much = held >= np.median(held)
    return int(next(column for column in orders["half-life"] if much[column]))


def _moved() -> None:
    """The reader has come to rest somewhere else: into the settings, and so into the address."""
    found = st.session_state["gates"].get("position") or {}
    spans = {"span": ("begin", "end"), "zoom": ("zoom", "zoomed")}
    given: dict[str, Any] = {"t": _whole(found.get("step")) + 1, "u": _whole(found.get("unit"), -1) + 1}
    for name, (first, last) in spans.items():
        pair = found.get(name) or (-1, 0)
        given |= {first: _whole(pair[0], -1) + 1, last: _whole(pair[1])}
    # What the page has chosen by itself may be another thing for another net.
    was = st.session_state.get(_DRAWN, {})
    given |= {name: found[name] for name in ("order", "show") if found.get(name) not in (None, was.get(name))}
    address.take(MOVES, given)


def _whole(value: object, instead: int = 0) -> int:
    return int(value) if isinstance(value, int | float) and value == value and abs(value) < 1e9 else instead


def _asked(step: int, unit: int) -> None:
    st.session_state[_OPEN] = step, unit


def leave_for_steps(page: str) -> None:
    """Go to Step through where its moment has been asked for, with the same net, text and hold."""
    asked = st.session_state.pop(_OPEN, None)
    if asked is None:
        return
    there = {setting.key for setting in widgets.SETTINGS}
    settings_ = {key: value for key, value in address.last_address(page).items() if key in there}
    if "from" not in settings_:
        settings_["from"] = st.session_state["from"]  # there the default is another one
    settings_ |= {"t": str(asked[0] + 1), "u": str(asked[1] + 1), "sub": "4"}
    st.switch_page(frame.LESSONS["Step through"], query_params=settings_)
