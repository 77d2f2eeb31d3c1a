"""The buttons of a run: start, pause, step, stop, and what is rarer. Whoever lacks its key sees why they are grey."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from lstm_core.config import TrainConfig
from lstm_ui import address, estimate, frame, runs
from lstm_ui.training import configure
from lstm_ui.training.data_choice import Given
from lstm_ui.training.lab import Lab

HELD = ("paused", "stopped")
_WATCHING = "You are watching: the link of whoever started this run steers it. Start a run of your own below."


def start(lab: Lab, given: Given | None, config: TrainConfig) -> None:
    """The button that starts a new run with the data and the form of the page."""
    clicked = st.button("Start", type="primary", key="start", disabled=given is None, on_click=address.put)
    if clicked and given is not None:
        options = {"title": given.source.name, "page": lab.page, "owner": runs.owner()}
        ticket = runs.attempt(runs.service().start, given.source, config, **options)
        if ticket is not None:
            runs.follow(*ticket)
        st.rerun()


def steer(view: Any) -> None:
    """The buttons of the run that is shown."""
    mine = runs.mine(view.id)
    note = None if mine else _WATCHING
    live = view.status in runs.LIVE
    with st.container(horizontal=True, vertical_alignment="center", key="steer"):
        if view.status in HELD:
            _button("Resume", "resume", view, mine, note, type="primary")
        else:
            _button("Pause", "pause", view, mine and live, note, type="primary" if live else "secondary")
        _button("Step", "step", view, mine and view.status in HELD, note or "One update, while the run is paused")
        _button("Stop", "stop", view, mine and (live or view.status == "paused"), note)
        with st.popover("Extend or delete", key="rarer", on_change=address.put) as rarer:
            if rarer.open:
                _rarer(view, mine)
        with st.popover("Link to watch", key="share", on_change=address.put) as share:
            if share.open:
                _share(view)
        st.button("New run", key="leave_run", on_click=runs.follow, args=("", ""))
        if not mine:
            st.caption(_WATCHING)


def _button(label: str, action: str, view: Any, enabled: bool, note: str | None, **look: Any) -> None:
    # A callback, so that one run of the page is enough to answer.
    done = partial(runs.attempt, getattr(runs.service(), action), view.id, st.session_state["key"])
    st.button(label, key=action, disabled=not enabled, help=note, on_click=done, **look)


def _rarer(view: Any, mine: bool) -> None:
    """Extend, delete."""
    service, key = runs.service(), st.session_state["key"]
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    more = left.number_input("More updates", 1, 1_000_000, 500, step=100, key="more_steps")
    if right.button("Extend", key="extend", disabled=not mine, on_click=address.put):
        runs.attempt(service.extend, view.id, key, int(more))
        st.rerun()
    sure = st.checkbox("Delete this run for everybody", key="sure", disabled=not mine)
    if st.button("Delete", key="delete", disabled=not (mine and sure), on_click=address.put):
        runs.attempt(service.delete, view.id, key)
        if not st.session_state["refused"]:
            runs.follow("", "")
        st.rerun()


def fork(view: Any, config: TrainConfig) -> None:
    """The button that goes on from the moment shown, as a run of its own, with the settings of the form."""
    step = moment(view)
    words = "Fork" if step is None else f"Fork from update {step:,}"
    note = "A run of its own from that moment on, on the same data. The net keeps its shape; how it learns may change."
    if st.button(words, key="fork", disabled=step is None, help=note, on_click=address.put) and step is not None:
        # Another seed would shuffle the data again; a form whose updates are over already means so many more.
        steps = config.steps if config.steps > step else step + config.steps
        same = replace(config, seed=view.config.seed, steps=steps)
        ticket = runs.attempt(_fork, view, step, same)
        if ticket is not None:
            runs.follow(*ticket)
        st.rerun()


def _fork(view: Any, step: int, config: TrainConfig) -> Any:
    fitted, _ = estimate.fitted(config, runs.data(view))
    return runs.service().fork(view.id, step, fitted, owner=runs.owner())


def moment(view: Any) -> int | None:
    """The training step that the page looks at: the chosen checkpoint, or the newest; None before the first."""
    steps = [mark.step for mark in view.checkpoints]
    chosen = st.session_state["at"]
    if not steps:
        return None
    return steps[-1] if chosen == runs.NEWEST else min(steps, key=lambda step: abs(step - chosen))


def title(view: Any) -> str:
    """A run's name for a reader: its data, and with which settings it learns."""
    return f"{view.title} · {configure.summary(view.config)}"


def _share(view: Any) -> None:
    """A link that shows the run and steers nothing."""
    st.caption("Whoever has this link sees the run, still going, and steers nothing.")
    st.code(watch_link(st.context.url, view.id), language=None, wrap_lines=True)
    st.caption("The link in your own address bar steers it: keep it to yourself.")


def watch_link(here: str | None, ident: str) -> str:
    """The address of this page with the run and nothing else.

    Examples
    --------
    >>> watch_link("http://localhost:8501/Language_model?run=a&key=secret", "abc")
    'http://localhost:8501/Language_model?run=abc'
    """
    return f"{(here or '').partition('?')[0]}?run={ident}"


def say_limits() -> None:
    """How long runs are kept."""
    limits = runs.service().limits()
    st.caption(frame.plain(keeping(limits)))


def keeping(limits: Any) -> str:
    """How long runs are kept, in words."""
    return (
        f"Runs are kept on this server for {limits.keep_days:g} days after somebody last looked at them; the oldest go "
        f"sooner when all together exceed {limits.keep_mb:g} MB. Download what you want to keep."
    )
