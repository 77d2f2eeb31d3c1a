"""The settings of the section Gradients, their widgets, and the buttons that set several at once."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_core import gru, lstm, tasks
from lstm_ui import address
from lstm_ui.setting import Setting, choice, number, switch, whole
from lstm_ui.vanishing.values import (
    LABELS,
    LEAST_STEPS,
    LONGEST,
    MOST_NETS,
    MOST_RADIUS,
    MOST_STEPS,
    MOST_UNITS,
    TASKS,
    Choice,
)

TEXT = "When I was young, my father kept a clock that nobody was allowed to touch; it stopped the day he left, and it "
TEXT += "has told the same hour ever since. Which hour was it that the clock told?"
MOST_SIZE, LEAST_SIZE = 10.0, 0.01
BIASES = {"0": "0", "1": "1", "3": "3", "chrono": "Chrono"}
WEIGHTS = {"uniform": "Uniform", "normal": "Normal", "orthogonal": "Orthogonal", "identity": "Identity"}
RADII = {"drawn": "As drawn", "all": "One for all", "each": "By cell and gate"}
STATES = {"c": "LSTM's c, others' h", "h": "h of all", "both": "Both"}
SCALES = {"relative": "Relative to the end", "raw": "As it is"}
LOSSES = {"readout": "w·h", "norm": "|h|²/2"}
DATA = {"numbers": "Random numbers", "text": "Your text", **{name: tasks.PROBLEMS[name].title for name in TASKS}}
_START = Choice()


def _text(typed: str) -> str:
    if len(typed) > LONGEST:
        raise ValueError(f"at most {LONGEST:,} characters")
    return typed


SETTINGS: tuple[Setting, ...] = (
    choice("vdata", tuple(DATA)),
    Setting("vtext", TEXT, _text),
    number("vsize", _START.size, LEAST_SIZE, MOST_SIZE),
    whole("vsteps", _START.steps, LEAST_STEPS, MOST_STEPS),
    whole("vunits", _START.units, 2, MOST_UNITS),
    choice("vmatch", ("units", "parameters")),
    whole("vnets", _START.nets, 1, MOST_NETS),
    whole("seed", 0, 0, 2**31 - 1),
    choice("vweights", tuple(WEIGHTS)),
    choice("vradius", tuple(RADII)),
    *(number(key, 1.0, 0.0, MOST_RADIUS) for key in ("vrho", "vrho_rnn", "vrho_gru", "vrho_lstm")),
    choice("vgate_gru", ("all", *gru.GATES)),
    choice("vgate_lstm", ("all", *lstm.GATES)),
    choice("vbias", tuple(BIASES), _START.bias),
    switch("vupdate"),
    choice("vact", ("tanh", "relu")),
    choice("vloss", tuple(LOSSES)),
    choice("vstate", tuple(STATES)),
    choice("vscale", tuple(SCALES)),
    choice("vpart", ("table", "one", "clip")),
    number("vclip", 1.0, 0.01, 1000.0),
    whole("vnet", 0, 0, MOST_NETS - 1),
)
# What makes the nets and the size of their inputs: a preset sets all of it, so that nothing of the one before is left.
_NETS = ("vweights", "vradius", "vrho", "vgate_gru", "vgate_lstm", "vbias", "vupdate", "vact", "vsize", "vmatch")
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "usual": ("Usual start", {}),
    "bias0": ("Forget bias 0", {"vbias": "0"}),
    "bias3": ("Forget bias 3", {"vbias": "3"}),
    "chrono": ("Chrono", {"vbias": "chrono", "vupdate": True}),
    "vanishing": ("Radius 0.5", {"vradius": "all", "vrho": 0.5}),
    "explosion": ("Explosion", {"vradius": "all", "vrho": 4.0}),
    "orthogonal": ("Orthogonal", {"vweights": "orthogonal", "vsize": 0.1}),
    "identity": ("Identity and relu", {"vweights": "identity", "vact": "relu", "vsize": 0.1}),
}


def controls() -> None:
    """A row of buttons, the one whose settings are on the screen marked; everything else is behind two of them."""
    defaults = {setting.key: setting.default for setting in SETTINGS}
    state = st.session_state
    with st.container(horizontal=True, gap="xsmall", key="vpresets"):
        for name, (label, changes) in PRESETS.items():
            values = {key: changes.get(key, defaults[key]) for key in _NETS}
            shown = all(state[key] == value for key, value in values.items())
            kind = "primary" if shown else "secondary"
            st.button(label, key=f"vpreset_{name}", type=kind, on_click=address.put, kwargs=values)
        with st.popover("Nets", key="vform_nets", on_change=address.put) as form:
            if form.open:
                _nets(state)
        with st.popover("Data and loss", key="vform_data", on_change=address.put) as form:
            if form.open:
                _data(state)


def _nets(state: Any) -> None:
    left, right = st.columns(2)
    left.number_input("Units", 2, MOST_UNITS, key="vunits")
    right.number_input("Nets of each kind", 1, MOST_NETS, key="vnets")
    left.segmented_control(
        "The cells have the same", ["units", "parameters"], format_func=str.capitalize, key="vmatch", required=True
    )
    right.number_input("First seed", 0, 2**31 - 1, key="seed")
    st.segmented_control("Weights", list(WEIGHTS), format_func=WEIGHTS.get, key="vweights", required=True)
    chosen = st.segmented_control("Spectral radius", list(RADII), format_func=RADII.get, key="vradius", required=True)
    address.drawn("vunits", "vnets", "vmatch", "seed", "vweights", "vradius", "vbias", "vact", "vupdate")
    if chosen == "all":
        st.slider("Radius of every gate's block of W_h", 0.0, MOST_RADIUS, step=0.05, key="vrho")
        address.drawn("vrho")
    if chosen == "each":
        _each()
    st.segmented_control("LSTM's forget bias", list(BIASES), format_func=BIASES.get, key="vbias", required=True)
    st.toggle("The GRU's update gate begins as the LSTM's forget gate", key="vupdate")
    st.segmented_control("Activation of the RNN", ["tanh", "relu"], key="vact", required=True)


def _each() -> None:
    for cell, column in zip(LABELS, st.columns(3), strict=True):
        column.number_input(f"Radius, {LABELS[cell]}", 0.0, MOST_RADIUS, step=0.1, key=f"vrho_{cell}")
        address.drawn(f"vrho_{cell}")
        if cell != "rnn":
            gates = ["all", *(gru.GATES if cell == "gru" else lstm.GATES)]
            column.selectbox("of gate", gates, key=f"vgate_{cell}")
            address.drawn(f"vgate_{cell}")


def _data(state: Any) -> None:
    st.selectbox("Data", list(DATA), format_func=DATA.get, key="vdata")
    address.drawn("vdata", "vsteps", "vloss", "vstate", "vscale")
    if state["vdata"] == "text":
        st.text_area("Your text", key="vtext", max_chars=LONGEST)
        address.drawn("vtext")
    if state["vdata"] == "numbers":
        st.number_input("Size of the numbers", LEAST_SIZE, MOST_SIZE, step=0.1, key="vsize", help="Standard deviation")
        address.drawn("vsize")
    st.slider("Steps", LEAST_STEPS, MOST_STEPS, step=10, key="vsteps")
    st.segmented_control("Loss, on the last step", list(LOSSES), format_func=LOSSES.get, key="vloss", required=True)
    st.segmented_control("Gradient at", list(STATES), format_func=STATES.get, key="vstate", required=True)
    st.segmented_control("Size of the gradient", list(SCALES), format_func=SCALES.get, key="vscale", required=True)
