"""The section Race: RNN, GRU and LSTM train side by side, and one sees what becomes of their gradients meanwhile."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lstm_ui import address, frame, runs
from lstm_ui.race import before, example, form, lineup, runners, watch, wording
from lstm_ui.race.lineup import Setup
from lstm_ui.race.runners import AT, KEYS, RACE, Race
from lstm_ui.setting import Setting

SETTINGS: tuple[Setting, ...] = (*form.SETTINGS, RACE, KEYS, AT)
_WATCHING = "You are watching: the link of whoever started this race steers it. Start one of your own above."


def show() -> None:
    """The whole section."""
    runs.service()  # first, because it also sets how this process computes
    race, problem = runners.found()
    if runners.is_new() and race is not None:
        form.take(race.setup)
    with st.container(horizontal=True, vertical_alignment="bottom", key="race_form"):
        setup = form.choose()
        with st.popover("About this task", key="race_about", on_change=address.put) as about:
            if about.open:
                st.markdown("\n\n".join(map(frame.plain, wording.about(setup.problem))))
    _explain(setup)
    _begin(setup, race)
    if problem:
        st.error(frame.plain(problem))
        st.button("Leave this race", key="race_leave", on_click=runners.leave)
    runs.say_refusal()
    if race is not None:
        watch.show(race)
    elif not problem and setup.cells:
        before.show(setup)


def _explain(setup: Setup) -> None:
    """What the task is, with an example."""
    st.markdown(frame.plain(setup.problem.about))
    try:
        example.show(setup.problem, lineup.data(setup))
    except (ValueError, OSError) as error:
        st.error(frame.plain(str(error)))
    if setup.problem.draw is None:
        st.caption(frame.plain(wording.DIGITS))


def _begin(setup: Setup, race: Race | None) -> None:
    """What would be started, how long it takes, and the buttons that steer all racers."""
    try:
        configs, words = lineup.configs(setup), form.told(setup)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        configs, words = {}, ""
    look = "primary" if race is None or not race.live else "secondary"
    with st.container(horizontal=True, vertical_alignment="center", key="race_buttons"):
        begin = partial(_start, setup)
        st.button("Start", key="race_start", type=look, disabled=not configs, on_click=begin)  # type: ignore[arg-type]
        if race is not None:
            _steer(race)
    if race is not None and configs and not race.is_of(setup):
        words = f"The settings count for the next start. {words}"
    st.caption(frame.plain(words))


def _start(setup: Setup) -> None:
    configs = lineup.configs(setup)
    runs.attempt(runners.start, list(configs.values()), lineup.source(setup.task, setup.lag))


def _steer(race: Race) -> None:
    """One button each for all racers."""
    mine = runners.mine()
    note, held = None if mine else _WATCHING, any(status in ("paused", "stopped") for status in race.statuses)
    act = partial(partial, runs.attempt)
    if held and not race.live:
        st.button("Resume", key="race_resume", disabled=not mine, help=note, on_click=act(runners.resume))
    else:
        able = mine and race.live
        st.button("Pause", key="race_pause", disabled=not able, help=note, on_click=act(runners.pause))
    able = mine and (race.live or "paused" in race.statuses)
    st.button("Stop", key="race_stop", disabled=not able, help=note, on_click=act(runners.stop))
    st.button("Restart", key="race_again", help="The same race, from the beginning", on_click=act(runners.again, race))
    with st.popover("Link to watch", key="race_share", on_change=address.put) as share:
        if share.open:
            st.caption("Whoever has this link sees the race, still going, and steers nothing.")
            here = (st.context.url or "").partition("?")[0]
            st.code(f"{here}?show=race&race={st.session_state[RACE.key]}", language=None, wrap_lines=True)
    if not mine:
        st.caption(_WATCHING)
