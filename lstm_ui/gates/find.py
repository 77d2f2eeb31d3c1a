"""Choose a span: which units are on in it, and where else the same units are on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lstm_core import signs, spans
from lstm_plots.notation import MINUS
from lstm_ui import address, frame, heat
from lstm_ui.gates import corpora
from lstm_ui.gates.corpus_runs import Read
from lstm_ui.heat import Look
from lstm_ui.setting import Setting, choice, number, switch

SIGNALS = ("h", "c", "g", "n")  # what has a sign, so that a unit can be on and off
SETTINGS: tuple[Setting, ...] = (choice("signal", SIGNALS), number("threshold", 0.3, 0.0, 100.0), switch("only"))
_CONTEXT = {"words": 6}  # tokens on either side
_LETTERS = 16
_MOST_UNITS = 24  # that are named


def show(look: Look) -> None:
    """The section: pattern, and places."""
    if look.span is None:
        st.info("Mark a span first: drag along the tokens above the heatmaps, or over the coloured text.")
        return
    start, stop = look.span
    st.markdown(f"**Steps {start + 1} to {stop}:** {frame.plain(_joined(look, look.seen.raw[start:stop]))}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        signal = signal_choice(look)
        address.drawn("threshold", "only")
        threshold = st.number_input("On above", 0.0, 100.0, step=0.05, key="threshold", width=130)
        st.toggle("Only units that change at its ends", key="only")
        values = getattr(look.seen.trace, signal)[:, 0]
        read = corpora.choose(look, signal)
    wanted = spans.pattern(values, start, stop, threshold, only_there=st.session_state["only"])
    below = f"{MINUS * (threshold > 0)}{threshold:g}"
    st.caption(f"On throughout: {named(wanted.on)}. Off (below {below}) throughout: {named(wanted.off)}.")
    if not len(wanted.on) + len(wanted.off):
        st.info("No unit is on, or off, at all of these steps: lower the threshold, or choose a shorter span.")
        return
    here = read.pieces == (look.seen.raw,)
    places = spans.elsewhere(read.values, wanted, threshold, but=(0, start, stop) if here else None)
    if not places:
        st.info("Nowhere else is any of these units in the same state.")
        return
    _table(look, read, places, here)


def marked(look: Look) -> list[int]:
    """The units that the section names for its span, to be marked in the heatmaps; none beside other sections.

    Parameters
    ----------
    look : Look
        As `show` gets it: of the run that is shown, as if it were alone.
    """
    state, seen = st.session_state, look.seen
    start, stop = look.span or (0, 0)
    stop = min(stop, len(seen.tokens))
    if state["section"] != "span" or not start < stop:
        return []
    values = getattr(seen.trace, state["signal"] if state["signal"] in seen.names else "h")[:, 0]
    found = spans.pattern(values, start, stop, state["threshold"], only_there=state["only"])
    return [*found.on.tolist(), *found.off.tolist()]


def signal_choice(look: Look) -> str:
    """Which signal; one that this cell has."""
    options = [name for name in SIGNALS if name in look.seen.names]
    if st.session_state["signal"] not in options:
        st.session_state["signal"] = "h"
    address.drawn("signal")
    return st.segmented_control("Signal", options, key="signal", required=True)


def named(units: Any) -> str:
    """Units in words, by their numbers from 1.

    Examples
    --------
    >>> named([0, 4]), named([])
    ('units 1, 5', 'none')
    """
    if not len(units):
        return "none"
    some = ", ".join(str(unit + 1) for unit in units[:_MOST_UNITS])
    more = f" and {len(units) - _MOST_UNITS} more" if len(units) > _MOST_UNITS else ""
    return f"unit{'s' * (len(units) > 1)} {some}{more}"


def _table(look: Look, read: Read, places: Sequence[spans.Place], here: bool) -> None:
    rows = [_row(look, read, place, here) for place in places]
    share = st.column_config.ProgressColumn("agrees", min_value=0, max_value=1, format="percent", width="small")
    chosen = st.dataframe(
        rows,
        column_config={"agrees": share},
        hide_index=True,
        key=f"places {hash((tuple(places), here))}",
        on_select="rerun" if here and look.is_here else "ignore",
        selection_mode="single-row",
    )
    words = f"The {len(rows)} best, of places that do not overlap. "
    st.caption(words + "100 %: every one of these units is in the same state at every step.")
    if here and look.is_here and (picked := chosen["selection"]["rows"]):
        place = places[picked[0]]
        where = {"t": place.start + 1, "begin": place.start + 1, "end": place.stop}
        if not st.session_state["zoom"] <= place.start + 1 < place.stop <= st.session_state["zoomed"]:
            where |= {"zoom": 0, "zoomed": 0}
        st.button(f"Go to step {place.start + 1}", key="go_to_place", on_click=heat.turn, kwargs=where)


def _row(look: Look, read: Read, place: spans.Place, here: bool) -> dict[str, Any]:
    tokens = read.pieces[place.sequence]
    around = _CONTEXT.get(look.given.unit, _LETTERS)
    where = f"step {place.start + 1}" if here else f"piece {place.sequence + 1}, step {place.start + 1}"
    return {
        "agrees": place.share,
        "before": _joined(look, tokens[max(0, place.start - around) : place.start]),
        "the same units": _joined(look, tokens[place.start : place.stop]),
        "after": _joined(look, tokens[place.stop : place.stop + around]),
        "where": where,
    }


def _joined(look: Look, tokens: Sequence[str]) -> str:
    """Tokens as text that can be seen: signs for what is invisible."""
    shown = [token if token == " " else signs.sign(token) for token in tokens]
    for end in {0, len(shown) - 1} if shown else ():
        shown[end] = signs.sign(tokens[end])  # a blank at an end would not be seen
    return (" " if look.given.is_apart else "").join(shown)
