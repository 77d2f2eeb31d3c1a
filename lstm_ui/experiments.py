"""The page of many trainings at once: a form, a sweep that runs, what came out of it."""

from __future__ import annotations

import streamlit as st

from lstm_ui import (
    address,
    experiments_file,
    experiments_form,
    experiments_results,
    experiments_run,
    experiments_stored,
    frame,
    runs,
)
from lstm_ui.address import Setting, choice
from lstm_ui.learned_widgets import check_ident

PAGE = experiments_results.PAGE
VIEWS = {"sweep": "Sweep", "published": "Published results"}
SETTINGS: tuple[Setting, ...] = (
    choice("view", tuple(VIEWS)),
    *experiments_run.SETTINGS,
    Setting("stored", "", check_ident),
    *experiments_results.SETTINGS,
    *experiments_form.SETTINGS,
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
            experiments_run.recent()
            experiments_stored.choose()
            experiments_file.opener()
    if view == "published":
        _published()
    else:
        _sweep()
    too_long = address.publish(PAGE, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")


def _published() -> None:
    from lstm_ui import published  # here: most visits do not look at it

    published.show()


def _sweep() -> None:
    state = st.session_state
    if state["stored"]:
        experiments_stored.show(state["stored"])
        return
    found = experiments_run.view(state["sweep"])
    if found is not None:
        experiments_run.steer(found)
        live = found.status in experiments_run.LIVE
        every = experiments_results.SELDOM if live else None
        st.fragment(experiments_results.fragment, run_every=every)(found.id, found.title, live)
        return
    with st.container(border=True, key="begin_sweep"):
        experiments_run.start(experiments_form.form())
    runs.say_refusal()
    experiments_stored.example()
