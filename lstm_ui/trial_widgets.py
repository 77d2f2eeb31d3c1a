"""The widget that chooses which trial of its task a trained net reads."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import streamlit as st

from lstm_core.sources import Source
from lstm_ui import address, frame, task_trials


class Drawn(NamedTuple):
    """The trial that is chosen, of which data and which seed, and out of how many."""

    text: str
    answer: str
    source: Source
    seed: int
    most: int


def drawn(source: Source, seed: int) -> Drawn | None:
    """The trial that the settings name; None where a net has read a reader's own data."""
    most = task_trials.count(source)
    if not most:
        return None
    text, answer = task_trials.trial(source, seed, int(st.session_state["trial"] or 1))
    return Drawn(text, answer, source, seed, most)


def choose(found: Drawn) -> None:
    """The number of the trial, and what is right in it; the text itself is in the field below."""
    state = st.session_state
    if not 1 <= (state["trial"] or 0) <= found.most:
        address.put(trial=1)
    with st.container(horizontal=True, vertical_alignment="center", key="trial_row"):
        st.number_input(
            "Trial", 1, found.most, key="trial", width=130, label_visibility="collapsed",
            help="Which of the held-out sequences is read", on_change=partial(_turn, found),
        )  # fmt: skip
        address.drawn("trial")
        words = "a sequence of your own."
        if state["text"] == found.text:
            words = f"held-out trial {state['trial']}." + f" Right answer: {found.answer}." * bool(found.answer)
        st.caption(frame.plain(f"{found.source.name}: {words}"), width="content")


def _turn(found: Drawn) -> None:
    """Another trial takes the place of what stands in the field."""
    text = task_trials.trial(found.source, found.seed, int(st.session_state["trial"] or 1)).text
    st.session_state["trial text"] = text
    address.put(text=text)
