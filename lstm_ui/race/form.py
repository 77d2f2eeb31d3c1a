"""What a race can be set to: task and lag in sight, the rest behind a popover; all in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_core.tasks import PROBLEMS
from lstm_ui import address, estimate, runs
from lstm_ui.race import lineup, task_choice
from lstm_ui.race.lineup import MOST_UNITS, MOST_UPDATES, NAMES, PARAMETERS, UNITS, Setup
from lstm_ui.setting import Setting, choice, number, whole

PREFIX = "race_"
_MATCHES = {UNITS: "As many units", PARAMETERS: "As many parameters"}
USUAL = "usual"  # what a task begins with
_NONE = "none"


def _cells(text: str) -> str:
    if text not in (USUAL, _NONE) and not set(text.split("-")) <= set(NAMES):
        raise ValueError(f"some of {', '.join(NAMES)}, joined by -")
    return text


# A number that no task can have stands for what the task begins with.
SETTINGS: tuple[Setting, ...] = (
    *task_choice.settings(PREFIX, tuple(PROBLEMS), task="order"),
    Setting("race_cells", USUAL, _cells, "the usual choice for the task"),
    choice("race_match", tuple(_MATCHES)),
    whole("race_units", 0, 0, MOST_UNITS, "the usual number for the task"),
    whole("race_steps", 0, 0, MOST_UPDATES, "the usual number for the task"),
    number("race_rate", 0.0, 0.0, 1.0, "the usual rate for the task"),
    number("race_clip", -1.0, -1.0, 1_000.0, "the usual norm for the task"),
    whole("race_seed", 0, 0, 2**31 - 1),
)
_OF_TASK = SETTINGS[2:3] + SETTINGS[4:8]  # begin anew with another task


def choose() -> Setup:
    """Widgets for a race, and the race."""
    state: Any = st.session_state
    name, lag = task_choice.choose(PREFIX)
    _begin_with(name)
    usual = lineup.usual(name)
    with st.popover("Settings", key="race_settings", on_change="rerun") as form:
        if form.open:
            _form(usual)
    return Setup(
        name,
        lag,
        _chosen(state["race_cells"], usual),
        state["race_match"],
        state["race_units"] or usual["units"],
        state["race_steps"] or usual["steps"],
        float(state["race_rate"] or usual["rate"]),
        float(usual["clip"] if state["race_clip"] < 0 else state["race_clip"]),
        state["race_seed"],
    )


def take(setup: Setup) -> None:
    """Put a race into the form; call before it is drawn."""
    usual = lineup.usual(setup.task)
    values = {
        "race_task": setup.task,
        "race_lag": setup.lag,
        "race_cells": USUAL if setup.cells == usual["cells"] else "-".join(setup.cells),
        "race_match": setup.match,
        "race_units": 0 if setup.units == usual["units"] else setup.units,
        "race_steps": 0 if setup.steps == usual["steps"] else setup.steps,
        "race_rate": 0.0 if setup.rate == usual["rate"] else setup.rate,
        "race_clip": -1.0 if setup.clip == usual["clip"] else setup.clip,
        "race_seed": setup.seed,
    }
    address.put(**{setting.key: setting.default for setting in SETTINGS})
    address.take(SETTINGS, values)  # what another page has started may lie beyond what this form offers
    st.session_state["race form of"] = address.beginnings(), setup.task


def _begin_with(name: str) -> None:
    """Another task begins with settings of its own; what a link says stays."""
    state: Any = st.session_state
    here = address.beginnings(), name
    before, state["race form of"] = state.get("race form of"), here
    if before is not None and before[0] == here[0] and before[1] != name:
        address.put(**{setting.key: setting.default for setting in _OF_TASK})


def _chosen(text: str, usual: dict[str, Any]) -> tuple[str, ...]:
    if text == USUAL:
        return tuple(usual["cells"])
    return tuple(cell for cell in NAMES if cell in text.split("-"))


def _form(usual: dict[str, Any]) -> None:
    state: Any = st.session_state
    chosen = list(_chosen(state["race_cells"], usual))
    state["race_who"] = chosen
    st.pills(
        "Who runs",
        list(NAMES),
        selection_mode="multi",
        format_func=lambda cell: NAMES[cell],
        key="race_who",
        on_change=_take,
    )
    st.segmented_control(
        "What is equal", list(_MATCHES), format_func=lambda way: _MATCHES[way], key="race_match", required=True
    )
    steps, rate = usual["steps"], float(usual["rate"])
    _fill("race_units", usual["units"], 0)
    _fill("race_steps", steps, 0)
    _fill("race_rate", rate, 0.0)
    _fill("race_clip", float(usual["clip"]), -1.0)
    left, right = st.columns(2)
    units = "Units of each" if state["race_match"] == UNITS else "Units of the LSTM"
    left.number_input(units, 1, MOST_UNITS, key="race_units")
    right.number_input("Updates", 1, MOST_UPDATES, step=100, key="race_steps")
    left.number_input("Learning rate", 0.00001, 1.0, step=0.001, format="%g", key="race_rate")
    right.number_input(
        "Largest gradient norm", 0.0, 1_000.0, step=0.5, format="%g", key="race_clip", help="0: as it is"
    )
    left.number_input("Seed", 0, 2**31 - 1, key="race_seed")
    address.drawn("race_match", "race_units", "race_steps", "race_rate", "race_clip", "race_seed")


def _fill(key: str, value: Any, empty: Any) -> None:
    """Show what the task begins with where nothing was chosen."""
    if st.session_state[key] == empty:
        address.put(**{key: value})


def _take() -> None:
    chosen = st.session_state["race_who"]
    address.put(race_cells="-".join(cell for cell in NAMES if cell in chosen) or _NONE)


def told(setup: Setup) -> str:
    """What would be started: how long, what is equal in all racers, and what is not."""
    took = f"{setup.steps:,} updates each, about {estimate.duration(seconds(setup))} where nobody else trains."
    return " ".join(part for part in (took, words(setup), beginnings(setup)) if part)


def words(setup: Setup) -> str:
    """What is equal in the racers and what is not, with the numbers.

    Examples
    --------
    >>> words(Setup("order", 50, ("rnn", "lstm"), "units", 8, 100, 0.01, 1.0, 0))
    'Equal: data, seed, 8 units, rate 0.01, clip 1. Parameters: RNN 236, LSTM 644.'
    >>> words(Setup("order", 50, ("rnn", "lstm"), "parameters", 8, 100, 0.01, 1.0, 0))
    'Equal: data, seed, rate 0.01, clip 1. Parameters, as near as units allow: RNN 626 (18 units), LSTM 644 (8 units).'
    """
    counts, configs = lineup.parameters(setup), lineup.configs(setup)
    clip = f"clip {setup.clip:g}" if setup.clip else "no clipping"
    if setup.match == UNITS:
        listed = ", ".join(f"{NAMES[cell]} {count:,}" for cell, count in counts.items())
        return f"Equal: data, seed, {_units(setup.units)}, rate {setup.rate:g}, {clip}. Parameters: {listed}."
    listed = ", ".join(f"{NAMES[cell]} {count:,} ({_units(configs[cell].hidden)})" for cell, count in counts.items())
    return f"Equal: data, seed, rate {setup.rate:g}, {clip}. Parameters, as near as units allow: {listed}."


def _units(number: int) -> str:
    return f"{number} unit{'s' * (number != 1)}"


def beginnings(setup: Setup) -> str:
    """How the gates of an LSTM begin, where a task wants that: no other cell has the like.

    Examples
    --------
    >>> beginnings(Setup("order", 50, ("rnn", "lstm"), "units", 8, 100, 0.01, 1.0, 0))
    'The LSTM begins with forget bias 3.'
    """
    config = lineup.configs(setup)
    found = next((config[cell] for cell in ("lstm", "noforget") if cell in config), None)
    if found is None:
        return ""
    gates = [("forget", found.forget_bias, 1.0)] if "lstm" in config else []
    gates += [("input", found.input_bias, 0.0), ("output", found.output_bias, 0.0)]
    told = [f"{name} bias {value:g}" for name, value, plain_one in gates if value != plain_one]
    return f"The LSTM begins with {', '.join(told)}.".replace("-", "\N{MINUS SIGN}") if told else ""


@st.cache_data(max_entries=128, show_spinner=False)
def seconds(setup: Setup) -> float:
    """About how long a race takes here, told once a server for the same one."""
    return lineup.seconds(setup, runs.service().limits().workers)
