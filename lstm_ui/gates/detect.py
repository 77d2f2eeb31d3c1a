"""The unit detective on a page: which units follow something that has a name, against a line that luck cannot pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from lstm_core import detective, features
from lstm_ui import frame, heat
from lstm_ui.gates import corpora, find
from lstm_ui.gates.corpus_runs import Read
from lstm_ui.heat import Look
from lstm_ui.kept import kept

HALF = 0.5  # of a unit's variance


def show(look: Look) -> None:
    """The section: what is known of the tokens, the units that follow it, and how many follow nothing."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        signal = find.signal_choice(look)
        read = corpora.choose(look, signal, fewest=detective.FEWEST)
    if look.given.enter is None:
        st.info("The detective names what units see in a text; this net reads numbers. Choose a net that reads text.")
        return
    if read.tokens <= detective.FEWEST:
        st.info(
            f"{read.tokens} tokens are too few: on fewer than {detective.FEWEST} luck cannot be told from knowledge. "
            "Choose a longer text beside “Signal”, or type one."
        )
        return
    found = kept("findings", _key(read), lambda: investigate(read))
    _say(found, signal)
    if found.matches:
        _table(look, found)


def investigate(read: Read) -> detective.Findings:
    """Every unit against every feature over all pieces; the shifts are drawn from a fixed seed."""
    named = [features.features(piece) for piece in read.pieces]
    labels = {name: np.concatenate([each[name] for each in named]) for name in named[0]}
    return detective.investigate(np.concatenate(read.values), labels, np.random.default_rng(0))


def _key(read: Read) -> object:
    return read.source


def _say(found: Any, signal: str) -> None:
    units, certain = len(found.r), len(found.matches)
    clear = sum(match.r**2 > HALF for match in found.matches)
    what = f"a name explains more than half of what their {signal} does."
    st.markdown(f"**{clear} of {units} units can be read:** {what}")
    line = f"more than luck would have it, with |r| beyond **{found.baseline:.2f}**"
    st.markdown(f"{certain} follow something that has a name {line}; {found.nameless} found nothing.")
    st.caption(
        "The line is what luck reaches once in twenty texts: the largest correlation of any unit with any feature when "
        "the features are moved along the text, in a circle (up to 1,000 places) or three quarters straight on; "
        "of each the 95 % quantile, and the higher one counts. So being slow is not enough. On a long text luck "
        "is usually small, and a correlation can be certain and small as well: on real nets most units cannot be read, "
        "because each carries parts of many things."
    )


def _table(look: Look, found: Any) -> None:
    rows = [{"unit": m.unit + 1, "follows": m.feature, "r": m.r, "explains": m.r**2} for m in found.matches]
    share = st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")
    shown = {"r": st.column_config.NumberColumn(format="%.3f"), "explains": share}
    key = f"findings {hash(found.matches)}"
    with st.container(horizontal=True):
        chosen = st.dataframe(
            rows, column_config=shown, hide_index=True, key=key, on_select="rerun", selection_mode="single-row",
            width=480,
        )  # fmt: skip
        if picked := chosen["selection"]["rows"]:
            match = found.matches[min(picked[0], len(found.matches) - 1)]
            with st.container():
                name = frame.plain(match.feature)
                st.markdown(f"Unit {match.unit + 1} and {name}: r = {match.r:.3f}.")
                st.button("Look at this unit", key="look_at_unit", on_click=heat.turn, kwargs={"u": match.unit + 1})
