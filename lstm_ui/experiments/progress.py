"""A sweep while it runs: how far it is, how long it still takes, and the buttons that stop, continue and delete it."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import streamlit as st

from lstm_runs.grids import Sweep
from lstm_runs.sweeps import NoSuchSweep, SweepView
from lstm_ui import address, estimate, frame, runs
from lstm_ui.experiments import datasets, files, form
from lstm_ui.experiments.fields import in_words
from lstm_ui.experiments.parsing import changing
from lstm_ui.learned_widgets import check_ident
from lstm_ui.setting import Setting
from lstm_ui.training import controls

LIVE = ("running", "stopping", "deleting")
OFTEN = 2.0  # seconds between two looks
SETTINGS = (Setting("sweep", "", check_ident), Setting("key", "", check_ident))
FRESH = {"number": 1, "x": "", "by": "", "measure": ""}  # what belongs to the sweep that was open before
_KEYS = "keys of sweeps"  # in the session: of those that this reader has started or steered
_WATCHING = "You are watching: the link of whoever started this sweep steers it."
_STATES = {"running": "running", "stopping": "stopping", "stopped": "stopped", "finished": "finished"}
_MOST_RECENT = 15


def view(ident: str) -> SweepView | None:
    """The sweep with this id, or None and a message."""
    if not ident:
        return None
    try:
        return runs.service().sweeps.view(ident)
    except (NoSuchSweep, ValueError) as error:
        st.error(frame.plain(str(error)))
        return None


def follow(ident: str, key: str | None = None, *, stored: str = "") -> None:
    """Turn the page to another sweep, a stored one, or none; a key that this reader has had is found again."""
    known = st.session_state.setdefault(_KEYS, {})
    if ident and key:
        known[ident] = key
    address.put(**{"sweep": ident, "key": key or known.get(ident, ""), **FRESH, "stored": stored})


def start(begun: Any) -> None:
    """The button that starts the sweep of the form, and what it comes to."""
    with st.container(horizontal=True, vertical_alignment="center", key="sweep_start"):
        clicked = st.button(
            "Start", type="primary", key="sweep_go", disabled=begun is None, on_click=address.put
        )  # fmt: skip
        if begun is None:
            return
        chosen, sweep, told = begun
        st.caption(frame.plain(form.words(told)), width="content")
        files.download(sweep)
    if clicked:
        title = sweep.title or f"{chosen.title}: {_name(sweep)}"
        with st.spinner("Starting …"):
            ticket = attempt(
                runs.service().sweeps.start, sweep, chosen.sources, title=title, estimate=told.seconds
            )  # fmt: skip
        if ticket is not None:
            follow(*ticket)
        st.rerun()


def _name(sweep: Any) -> str:
    return ", ".join(map(in_words, changing(sweep))) or "seeds"


def attempt(action: Any, *args: Any, **options: Any) -> Any:
    """As `runs.attempt`, for sweeps."""

    def do() -> Any:
        try:
            return action(*args, **options)
        except NoSuchSweep as error:
            raise ValueError(str(error)) from None

    return runs.attempt(do)


def steer(found: SweepView) -> None:
    """Title, progress and buttons of the sweep that is open."""
    state = st.session_state
    state["sweep drawn for"] = found.status
    mine = runs.service().sweeps.may_steer(found.id, state["key"])
    if mine:
        state.setdefault(_KEYS, {})[found.id] = state["key"]
    st.markdown(f"**{frame.plain(found.title or 'A sweep')}**")
    st.fragment(_progress, run_every=OFTEN if found.status in LIVE else None)(found.id)
    _buttons(found, mine)
    runs.say_refusal()


def _progress(ident: str) -> None:
    """The bar; another status changes the whole page."""
    found = view(ident)
    if found is None or found.status != st.session_state["sweep drawn for"]:
        address.put()
        st.rerun()
    if found.status == "finished":
        st.caption(frame.plain(progress_words(found)))
    else:
        st.progress(min(1.0, max(0.0, found.share)), text=frame.plain(progress_words(found)))


def progress_words(found: SweepView) -> str:
    """How far a sweep is.

    Examples
    --------
    >>> progress_words(SweepView("", "", "running", 45, 12, 1, 4, 0.31, 20.0, 30.0, 0.0))
    '12 of 45 runs have ended, 1 of them failed · 4 train · 31 % of the work · about 20 s left'
    >>> progress_words(SweepView("", "", "finished", 4, 4, 0, 0, 1.0, None, 30.0, 0.0))
    'Finished: 4 runs.'
    """
    failed = f", {found.failed:,} of them failed" if found.failed else ""
    if found.status == "finished":
        return f"Finished: {found.runs:,} runs{failed}."
    words = [f"{found.ended:,} of {found.runs:,} runs have ended{failed}"]
    if found.status == "running":
        words += [f"{found.active:,} train"] if found.active else []
        words += [f"{found.share:.0%} of the work".replace("%", " %")]
        words += [f"about {estimate.duration(found.seconds_left)} left"] if found.seconds_left is not None else []
    return " · ".join([*words, *([found.status] if found.status != "running" else [])])


def _buttons(found: SweepView, mine: bool) -> None:
    sweeps, key = runs.service().sweeps, st.session_state["key"]
    note = None if mine else _WATCHING
    with st.container(horizontal=True, vertical_alignment="center", key="sweep_steer"):
        if found.status == "running":
            st.button(
                "Stop", key="sweep_stop", disabled=not mine, help=note,
                on_click=partial(attempt, sweeps.stop, found.id, key),
            )  # fmt: skip
        elif found.status in ("stopped", "stopping"):
            st.button(
                "Continue", key="sweep_continue", type="primary", disabled=not mine, help=note,
                on_click=partial(attempt, sweeps.resume, found.id, key),
            )  # fmt: skip
        st.button("New sweep", key="sweep_leave", on_click=follow, args=("",))
        st.button("Change and run again", key="sweep_change", on_click=_change, args=(found.id,))
        with st.popover("Link to watch", key="sweep_share", on_change=address.put) as share:
            if share.open:
                st.caption("Whoever has this link sees the sweep, still going, and steers nothing.")
                here = (st.context.url or "").partition("?")[0]
                st.code(f"{here}?sweep={found.id}", language=None, wrap_lines=True)
                st.caption("The link in your own address bar steers it: keep it to yourself.")
        with st.popover("Delete", key="sweep_delete", on_change=address.put) as delete:
            if delete.open:
                _delete(found, mine, note)
        if not mine:
            st.caption(_WATCHING)


def _delete(found: SweepView, mine: bool, note: str | None) -> None:
    st.caption(f"The sweep goes for everybody, with all its {found.runs:,} runs.")
    sure = st.checkbox("Delete this sweep for everybody", key="sweep_sure", disabled=not mine, help=note)
    if st.button("Delete it", key="sweep_gone", disabled=not (mine and sure), on_click=address.put):
        attempt(runs.service().sweeps.delete, found.id, st.session_state["key"])
        if not st.session_state["refused"]:
            follow("")
        st.rerun()


def _change(ident: str) -> None:
    sweep = attempt(runs.service().sweeps.sweep, ident)
    if sweep is not None:
        change(sweep)


def change(sweep: Sweep) -> None:
    """The settings of a sweep into the form."""
    try:
        what, name, _ = datasets.of_sweep(sweep)
        form.take(sweep, what, name)
    except ValueError as error:
        st.session_state["refused"] = str(error)
        return
    follow("")


def recent() -> None:
    """A list of sweeps to open, the newest first."""
    with st.popover("Recent sweeps", key="sweep_recent", on_change=address.put) as opened:
        if not opened.open:
            return
        try:
            found = runs.service().sweeps.recent(_MOST_RECENT)
        except ValueError as error:
            st.error(frame.plain(str(error)))
            return
        for record in found:
            if record.status == "deleting":
                continue
            st.button(
                frame.plain(f"{_when(record.created)} · {record.title or 'A sweep'}"),
                key=f"open {record.id}", on_click=follow, args=(record.id,), type="tertiary",
            )  # fmt: skip
            st.caption(f"{record.runs:,} runs, {record.status}")
        if not found:
            st.caption("None yet.")
        st.caption(frame.plain(controls.keeping(runs.service().limits())))


def _when(created: float) -> str:
    """How long ago, for a list."""
    return f"{estimate.duration(max(0.0, time.time() - created))} ago"
