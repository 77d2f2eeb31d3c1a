"""The page of many trainings at once: a form, a sweep that runs, what came out of it."""

from __future__ import annotations

import streamlit as st

from lstm_ui import address, frame, runs
from lstm_ui.experiments import elsewhere, files, form, outcome, progress
from lstm_ui.learned_widgets import check_ident
from lstm_ui.setting import Setting, choice

PAGE = outcome.PAGE
VIEWS = {"sweep": "Sweep", "published": "Published results"}
SETTINGS: tuple[Setting, ...] = (
    choice("view", tuple(VIEWS)),
    *progress.SETTINGS,
    Setting("stored", "", check_ident),
    *outcome.SETTINGS,
    *form.SETTINGS,
)


def page() -> None:
    """Everything below the title."""
    try:
        runs.service()  # first, because it also sets how this process computes
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return
    for problem in address.restore(PAGE, SETTINGS):
        st.info(frame.plain(problem))
    with st.container(horizontal=True, vertical_alignment="center", key="experiments_view"):
        view = st.segmented_control(
            "View", list(VIEWS), format_func=VIEWS.get, key="view", required=True, label_visibility="collapsed"
        )
        address.drawn("view")
        if view == "sweep":
            progress.recent()
            elsewhere.choose()
            files.opener()
    if view == "published":
        _published()
    else:
        _sweep()
    too_long = address.publish(PAGE, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")


def _published() -> None:
    from lstm_ui.experiments import published

    published.show()


def _sweep() -> None:
    state = st.session_state
    if state["stored"]:
        elsewhere.show(state["stored"])
        return
    found = progress.view(state["sweep"])
    if found is not None:
        progress.steer(found)
        live = found.status in progress.LIVE
        every = outcome.SELDOM if live else None
        st.fragment(outcome.fragment, run_every=every)(found.id, found.title, live)
        return
    with st.container(border=True, key="begin_sweep"):
        progress.start(form.form())
    runs.say_refusal()
    elsewhere.example()
