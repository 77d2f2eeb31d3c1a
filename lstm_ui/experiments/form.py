"""The form of a sweep: each setting one value or several, how many runs that makes, and how long they take."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import randbelow
from typing import Any, NamedTuple

import streamlit as st

from lstm_core import tasks
from lstm_core.config import TrainConfig
from lstm_core.sources import Source
from lstm_runs import grids
from lstm_runs.grids import Sweep
from lstm_ui import address, estimate, frame, runs
from lstm_ui.experiments import datasets
from lstm_ui.experiments.datasets import OTHERS, Chosen
from lstm_ui.experiments.fields import FIELDS, SEEDS, applies, said
from lstm_ui.experiments.parsing import LONGEST, MODES, explained, form_of, sweep_of, varied
from lstm_ui.experiments.presets import FIRST, PRESETS
from lstm_ui.setting import Setting, choice, several, whole

_KEPT = 600.0  # seconds that an estimate is kept: it may have been measured in a busy moment
_DRAWS = 10_000  # seeds of a drawing that a new one is taken from: short enough to read aloud
_SHORT = ("cell", "lag", "hidden", "rate", "forget_bias", "steps")  # what every reader sees
_MORE = {
    "Cell": (
        "variant", "layers", "bidirectional", "activation", "reset_after", "peephole", "forget", "input", "output",
        "chrono", "input_bias", "output_bias", "dropout", "features", "vectors", "pooling",
    ),
    "Learning": ("optimizer", "clip", "batch", "momentum", "schedule", "halve_every"),
    "Reading": ("unit", "sentences", "window", "reset_state", "tied", "most_symbols"),
    "Measuring": ("validate_every", "validation_tokens", "stability_weight", "stability_window", "dtype"),
}  # fmt: skip
_NOTES = {
    "forget_bias": "Bias of the forget gate when the training begins: the larger, the more it keeps at first",
    "clip": "A larger gradient is shortened to this norm; 0: as it is",
    "variant": "What an LSTM can be without",
    "chrono": "In steps; 0: off",
    SEEDS: "How many, or which: 3, or 0 to 4, or 1, 7",
}


class Told(NamedTuple):
    """What a sweep comes to: its runs, those that equal others and are left out, about how many seconds."""

    runs: int
    equal: int
    seconds: float


def _key(name: str) -> str:
    return f"s_{name}"


def _settings() -> tuple[Setting, ...]:
    start = form_of(PRESETS[FIRST].sweep)
    found: list[Setting] = [
        several(_key(name), field.options, start[name]) if field.options else Setting(_key(name), start[name], _short)
        for name, field in FIELDS.items()
    ]
    found += [Setting(_key(SEEDS), start[SEEDS], _short), choice("s_mode", tuple(MODES))]
    found += [whole("s_count", 30, 1, 1_000_000), whole("s_draw", 0, 0, 2**31 - 1), Setting("s_title", "", _short)]
    return tuple(found)


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters")
    return text


SETTINGS = (*datasets.settings(), *_settings())


def take(sweep: Sweep, what: str = "", name: str = "") -> None:
    """Put a sweep into the form; from a callback, or before the form is drawn.

    Parameters
    ----------
    sweep : Sweep
    what, name : str
        As `datasets.of_sweep` gives them; by default those of a task.
    """
    values = {_key(field): value for field, value in form_of(sweep).items()}
    ready = {"data": name, "from": "ready"} if name else {}
    address.put(s_data=what or sweep.data, s_title=sweep.title, **values, **ready)


def form() -> tuple[Chosen, Sweep, Told] | None:
    """The widgets, and the sweep that they describe; None, and a message, where they describe none."""
    _presets()
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep_form"):
        what = datasets.select()
        for name in _SHORT:
            if applies(name, what):
                _field(name, what)
        _text(SEEDS, "Seeds", "0", 110)
        with st.popover("More settings", key="s_more", on_change="rerun") as more:
            if more.open:
                _more(what)
    _mode()
    chosen = datasets.choose(what)
    if chosen is None:
        return None
    try:
        sweep = _sweep(chosen)
        told = planned(sweep, chosen)
    except ValueError as error:
        st.error(frame.plain(explained(str(error))))
        return None
    st.caption(frame.plain(varied(sweep)))
    return chosen, sweep, told


def planned(sweep: Sweep, chosen: Chosen) -> Told:
    """How many runs a sweep comes to and how long they take; measured anew after a while.

    Raises
    ------
    ValueError
        A run that cannot be, with its number.
    """
    found = _planned(sweep.to_bytes(), chosen.digest, runs.service().limits().workers, sweep, dict(chosen.sources))
    if isinstance(found, str):
        raise ValueError(found)
    return found


@st.cache_resource(max_entries=64, ttl=_KEPT, show_spinner="Counting the runs …")
def _planned(key: bytes, digest: str, workers: int, _sweep: Sweep, _sources: Mapping[str, Source]) -> Told | str:
    try:
        plans = grids.expand(_sweep, _sources)
        seconds = grids.seconds(plans, lambda plan: grids.source(plan, _sources), workers)
    except ValueError as error:
        return str(error)
    return Told(len(plans), _sweep.size - len(plans), seconds)


def words(told: Told) -> str:
    """What a sweep comes to, as a reader would say it.

    Examples
    --------
    >>> words(Told(45, 3, 22.4)), words(Told(1, 0, 0.5))
    ('45 runs, about 22 s (3 that would equal others are left out)', '1 run, about 0.5 s')
    """
    left_out = f" ({told.equal:,} that would equal others are left out)" if told.equal else ""
    runs_of = "1 run" if told.runs == 1 else f"{told.runs:,} runs"
    return f"{runs_of}, about {estimate.duration(told.seconds)}{left_out}"


def _sweep(chosen: Chosen) -> Sweep:
    state = st.session_state
    values = {name: state[_key(name)] for name in (*FIELDS, SEEDS, "mode", "count", "draw")}
    return sweep_of(chosen.name, values, " ".join((state["s_title"] or "").split()))


def _presets() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="presets"):
        st.caption("Begin with", width="content")
        for name, preset in PRESETS.items():
            st.button(
                preset.label, key=f"preset {name}", help=preset.about, on_click=take, args=(preset.sweep,),
            )  # fmt: skip


def _mode() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep_mode"):
        st.segmented_control(
            "Runs", list(MODES), format_func=MODES.get, key="s_mode", required=True, label_visibility="collapsed"
        )
        address.drawn("s_mode")
        if st.session_state["s_mode"] == "random":
            st.number_input("How many", 1, 1_000_000, key="s_count", width=116)
            st.number_input("Seed of the drawing", 0, 2**31 - 1, key="s_draw", width=130)
            address.drawn("s_count", "s_draw")
            st.button("New drawing", key="new_drawing", on_click=_new_drawing)
            st.caption("A range such as 0.001 to 0.1 is drawn from; end it with log or linear to say how.")


def _new_drawing() -> None:
    address.put(s_draw=randbelow(_DRAWS))


def _more(what: str) -> None:
    st.caption("One value or several in each field; an empty one: what suits the data.")
    data = what if what not in OTHERS else ""
    for tab, names in zip(st.tabs(list(_MORE)), _MORE.values(), strict=True):
        with tab:
            there = [name for name in names if applies(name, data)]
            for name in there:
                _field(name, what, "stretch")
            if not there:
                st.caption("These data leave nothing to choose here.")
    st.text_input("Title", key="s_title", max_chars=200, placeholder="So that you find it again")
    address.drawn("s_title")


def _field(name: str, what: str, width: Any = 150) -> None:
    field, key, note = FIELDS[name], _key(name), _NOTES.get(name)
    usual = said(_usual(name, what))
    if not field.options:
        _text(name, field.label, usual, width, note)
        return
    if name == "cell":
        st.pills(field.label, field.options, selection_mode="multi", format_func=said, key=key)
    else:
        st.multiselect(field.label, field.options, format_func=said, key=key, placeholder=usual, help=note, width=width)
    address.drawn(key)


def _text(name: str, label: str, usual: str, width: Any, note: str | None = None) -> None:
    key = _key(name)
    st.text_input(label, key=key, placeholder=usual, help=note or _NOTES.get(name), max_chars=LONGEST, width=width)
    address.drawn(key)


def _usual(name: str, what: str) -> Any:
    """What a field that is left empty comes to."""
    if name == "variant":
        return "standard"
    problem = tasks.PROBLEMS.get(what)
    if name == "lag":
        return problem.lags.usual if problem and problem.lags else None
    return getattr(_start(what), name)


@st.cache_resource(show_spinner=False)
def _start(what: str) -> TrainConfig:
    if what in tasks.PROBLEMS:
        return tasks.config(what)
    return TrainConfig(unit="characters" if what == "text" else "words")
