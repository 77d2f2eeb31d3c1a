"""The chooser of a task and its lag, which two pages share; both stand in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lstm_core.tasks import PROBLEMS, Problem
from lstm_ui import address, frame
from lstm_ui.setting import Setting, choice, whole

USUAL = 0  # in the place of a lag: the usual one of the task
MOST = max(problem.lags.most for problem in PROBLEMS.values() if problem.lags)
_STOPS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1_000)


def settings(
    prefix: str = "", tasks: Sequence[str] = tuple(PROBLEMS), *, task: str | None = None, lag: int = USUAL
) -> tuple[Setting, Setting]:
    """What stands in the address: `<prefix>task` and `<prefix>lag`; give the same `prefix` and `tasks` to `choose`.

    Parameters
    ----------
    prefix : str
        So that two pages, or two sections of one, keep values of their own.
    tasks : sequence of str
        Names of `PROBLEMS`, or of others that the page knows.
    task : str, optional
        Where the page begins; None: the first.
    lag : int
        The lag there; 0: the usual one of whichever task is chosen.
    """
    usual = "the usual lag for the task" if lag == USUAL else ""
    return choice(f"{prefix}task", tuple(tasks), task), whole(f"{prefix}lag", lag, USUAL, MOST, usual)


def choose(
    prefix: str = "", tasks: Sequence[str] = tuple(PROBLEMS), *, others: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """Widgets for the task and the lag, and both; a lag that the task cannot have is replaced, which is said.

    Parameters
    ----------
    prefix, tasks
        As for `settings`.
    others : mapping of str to str, optional
        Titles of names that are no `PROBLEMS`.

    Returns
    -------
    (str, int)
        The name, and the lag; 0 where there is none to choose.
    """
    key, titles = f"{prefix}task", {name: problem.title for name, problem in PROBLEMS.items()} | dict(others or {})
    st.selectbox(
        "Task", list(tasks), format_func=lambda name: titles.get(name, name), key=key, width=260,
        on_change=_usual_again, args=(prefix,),
    )  # fmt: skip
    address.drawn(key)
    name = st.session_state[key]
    problem = PROBLEMS.get(name)
    if problem is None or problem.lags is None:
        return name, 0
    return name, _lag(prefix, problem)


def read_lag(problem: Problem, wanted: int) -> tuple[int, str]:
    """The lag that a task takes for one that was asked for, and what to say where it is another.

    Examples
    --------
    >>> read_lag(PROBLEMS["order"], 0), read_lag(PROBLEMS["reber"], 70)
    ((50, ''), (0, ''))
    >>> read_lag(PROBLEMS["counting"], 800)
    (500, 'lag: expected 1 to 500 for a^n b^n, got 800; 500 is used instead.')
    """
    if problem.lags is None:
        return 0, ""
    least, most, usual, _ = problem.lags
    if wanted == USUAL:
        return usual, ""
    used = min(max(wanted, least), most)
    if used == wanted:
        return wanted, ""
    return used, (f"lag: expected {least} to {most:,} for {problem.title}, got {wanted:,}; {used:,} is used instead.")


def stops(problem: Problem, lag: int) -> tuple[int, ...]:
    """Where the slider stops: even steps to the eye, and the lag that a link asked for.

    Examples
    --------
    >>> stops(PROBLEMS["order"], 37)[:5]
    (20, 30, 37, 40, 50)
    """
    if problem.lags is None:
        return ()
    least, most, usual, _ = problem.lags
    return tuple(sorted({least, usual, most, lag, *(stop for stop in _STOPS if least <= stop <= most)}))


def about(problem: Problem, lag: int) -> str:
    """A task in a line: its title and its lag.

    Examples
    --------
    >>> about(PROBLEMS["order"], 50), about(PROBLEMS["reber"], 0)
    ('Temporal order, lag 50', 'Embedded Reber grammar')
    """
    return f"{problem.title}, lag {lag:,}" if lag else problem.title


def _lag(prefix: str, problem: Problem) -> int:
    state: Any = st.session_state
    key, before = f"{prefix}lag", f"{prefix}lag stops"
    lag, words = read_lag(problem, int(state[key] or USUAL))
    known = state.get(before)
    # What a link asked for stays a stop as long as the task does: with other stops Streamlit makes another slider.
    options = known[1] if known and known[0] == problem.name and lag in known[1] else stops(problem, lag)
    if state[key] != lag or known != (problem.name, options):
        address.put(**{key: lag})
    state[before] = problem.name, options
    assert problem.lags is not None  # the caller has looked
    st.select_slider("Lag", options, key=key, help=f"In {problem.lags.meaning}", width=260)
    address.drawn(key)
    if words:
        st.info(frame.plain(words))
    return int(state[key])


def _usual_again(prefix: str) -> None:
    """Another task begins with a lag of its own."""
    address.put(**{f"{prefix}lag": USUAL})
