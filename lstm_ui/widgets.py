"""Widgets that read a sequence and a net. Their keys are those of `SETTINGS`, so all of them are in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from secrets import randbelow
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_core import examples
from lstm_core.stack import CELLS, Layer
from lstm_plots import tables
from lstm_plots.notation import NOTATIONS, TITLES
from lstm_ui import address, frame, learned, learned_widgets, nets
from lstm_ui.given import Given
from lstm_ui.nets import MOST_FOLLOWED, MOST_LAYERS, MOST_STEPS, MOST_UNITS, Edit, NetChoice
from lstm_ui.setting import Setting, choice, number, switch, whole

SOURCES = {"latch": "Latch", "counter": "Counter", "overwriter": "Overwriter", "text": "Your text", "series": "Numbers"}
CELL_LABELS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}
OWN = "own"  # a net of the reader's own
FREE = "none"
_VARIANTS = ("forget", "input", "output", "peephole", "reset", "activation", "fbias")
MOST_BIAS = 10.0  # of the forget gate, on either side of 0
DRAWS = 10_000  # seeds a new one is drawn from: short enough to read aloud

TEXT = "The cat sat on the mat."
SERIES = "0 0.5 1 0.5 0 -0.5 -1 -0.5 0 0.5 1"


FALLBACK = Given(nets.read_text(TEXT, "characters", 0), unit="characters", enter=partial(nets.vectors, seed=0))

SETTINGS: tuple[Setting, ...] = (
    choice("from", (*SOURCES, *learned_widgets.TRAINED, OWN)),
    *learned_widgets.SETTINGS,
    *(Setting(name, make().text) for name, make in examples.EXAMPLES.items()),
    Setting("text", TEXT),
    choice("tokens", ("characters", "words")),
    Setting("series", SERIES),
    choice("cell", tuple(CELLS), "lstm"),
    whole("hidden", 8, 1, MOST_UNITS),
    whole("layers", 1, 1, MOST_LAYERS),
    switch("both"),
    whole("seed", 0, 0, 2**31 - 1),
    choice("forget", ("learned", "none", "coupled")),
    choice("input", ("learned", "none")),
    choice("output", ("learned", "none")),
    switch("peephole"),
    choice("reset", ("after", "before")),
    choice("activation", ("tanh", "relu")),
    number("fbias", nets.USUAL_BIAS, -MOST_BIAS, MOST_BIAS),
    whole("layer", 1, 1, MOST_LAYERS),
    choice("direction", ("forward", "backward")),
    choice("hold", (FREE, *dict.fromkeys(signal for module in CELLS.values() for signal in module.SIGNALS))),
    number("at", 1.0, -10.0, 10.0),
    whole("hunit", 0, 0, MOST_FOLLOWED),
    whole("hlayer", 0, 0, MOST_LAYERS),
    whole("hfrom", 1, 1, MOST_STEPS),
    whole("hto", MOST_STEPS, 1, MOST_STEPS),
    choice("notation", NOTATIONS),
    Setting("edits", "", lambda written: nets.write_edits(nets.read_edits(written))),
)


def sequence(header: DeltaGenerator, numbers: int = learned.NUMBERS) -> Given:
    """Where the sequence comes from, and the sequence; with the net that goes with it, if one does.

    What is chosen goes into the row of the title, what is typed below it. `numbers`: steps times units that the page
    takes of a trained net.

    Raises
    ------
    ValueError
        What was typed cannot be read, or there is no such trained net; the message says why.
    """
    hidden = "collapsed"  # the placeholder says it, and the room belongs to the diagram
    options = {**SOURCES, **learned_widgets.sources(), OWN: "Your net"}
    source = header.segmented_control(
        "Sequence", list(options), format_func=options.get, key="from", required=True, label_visibility=hidden
    )
    fields = {"text": ["text", "tokens"], "model": [], "run": [], OWN: []}.get(source, [source])
    address.drawn("from", *fields)
    if source in examples.EXAMPLES:
        example = examples.EXAMPLES[source]()
        label = f"A text of {' '.join(example.vocabulary.tokens)}"
        typed = st.text_input(label, key=source, placeholder=label, label_visibility=hidden)
        return Given(nets.read_example(example, typed), example, enter=example.encode)
    if source == "series":
        label = "Numbers, separated by spaces; several lines: one line a step"
        typed = st.text_area(label, key="series", placeholder=label, height=68, label_visibility=hidden)
        return Given(nets.read_series(typed))
    label = "Your text, in any language"
    if source in learned_widgets.TRAINED:
        return learned_widgets.sequence(source, label, TEXT, numbers)
    if source == OWN:
        from lstm_ui import own_widgets  # here: most visits open none

        return own_widgets.sequence(label, numbers) or instead()
    units = ["characters", "words"]
    unit = header.segmented_control("Tokens", units, key="tokens", required=True, label_visibility=hidden)
    typed = st.text_area(label, key="text", placeholder=label, height=68, label_visibility=hidden)
    seed = st.session_state["seed"]
    return Given(nets.read_text(typed, unit, seed), unit=unit, enter=partial(nets.vectors, seed=seed))


def instead() -> Given:
    """What stays on the page where a sequence or its net cannot be read: what was there before."""
    found = st.session_state.get("last_sequence", FALLBACK)
    source = st.session_state["from"]
    if source == OWN or (source in learned_widgets.TRAINED and not learned_widgets.is_wanted(found)):
        st.caption("What is shown below is another net.")
        found = replace(found, input=replace(found.input, notes=()))  # they would be taken for this one's
    return found


def net(given: Given) -> tuple[tuple[Layer, ...], list[str]]:
    """The layers that a sequence goes through, with the widgets that choose them; and notes."""
    notes = learned_widgets.choose() if st.session_state["from"] in learned_widgets.TRAINED else []
    if given.trained:
        run = [learned_widgets.short(given.trained.title)] * (st.session_state["from"] == "run")
        st.caption(frame.plain(" · ".join([*run, learned.about(given.trained.model)])), width="content")
        return given.trained.model.layers, notes
    if given.own:
        st.caption(frame.plain(learned.about_layers(given.own.layers)), width="content")
        return given.own.layers, notes
    if given.example:
        return nets.example_layers(given.example), notes
    return _random_net(given.input.x.shape[1]), notes


def _random_net(features: int) -> tuple[Layer, ...]:
    """A form for a randomly initialised net, and the net."""
    state = st.session_state
    with st.popover("Net", key="net", on_change="rerun") as form:  # another label would be another popover, and shut
        if form.open:  # what nobody looks at is not sent: it would be half the cost of a rerun
            _net_form()
    st.caption(net_summary(), width="content")
    st.button("New seed", key="new_seed", on_click=_new_seed)
    options = nets.variant_options(state["cell"], *(state[name] for name in _VARIANTS))
    sizes = (state["hidden"], state["layers"], state["both"], state["seed"])
    return nets.build(NetChoice(state["cell"], *sizes, options), features)


def _net_form() -> None:
    state = st.session_state
    shown = {"lstm": ("forget", "input", "output", "peephole"), "gru": ("reset",), "rnn": ("activation",)}
    cell = st.segmented_control("Cell", list(CELLS), format_func=CELL_LABELS.get, key="cell", required=True)
    address.drawn("cell", "hidden", "layers", "both", "seed", *shown[cell])
    left, right = st.columns(2)
    left.number_input("Units", 1, MOST_UNITS, key="hidden")
    right.number_input("Layers", 1, MOST_LAYERS, key="layers")
    st.toggle("Read in both directions", key="both")
    if cell == "lstm":
        st.segmented_control("Forget gate", ["learned", "none", "coupled"], key="forget", required=True)
        if state["forget"] == "learned":
            _forget_bias()
        coupled = state["forget"] == "coupled"
        left, right = st.columns(2)
        left.segmented_control("Input gate", ["learned", "none"], key="input", required=True, disabled=coupled)
        right.segmented_control("Output gate", ["learned", "none"], key="output", required=True)
        st.toggle("Peepholes: gates see the cell state", key="peephole")
    if cell == "gru":
        st.segmented_control("Reset gate acts", ["after", "before"], key="reset", required=True)
    if cell == "rnn":
        st.segmented_control("Activation", ["tanh", "relu"], key="activation", required=True)
    st.number_input("Seed", 0, 2**31 - 1, key="seed")


def _forget_bias() -> None:
    """What the forget gate begins with: any number, and the usual three at once."""
    address.drawn("fbias")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        help = "0: the gate begins half open, 1: at 0.73, 3: at 0.95"
        st.number_input("Forget bias", -MOST_BIAS, MOST_BIAS, step=0.5, key="fbias", help=help, width=150)
        for value in (0.0, 1.0, 3.0):
            st.button(f"{value:g}", key=f"fbias_{value:g}", on_click=address.put, kwargs={"fbias": value})


def place(layers: Sequence[Layer]) -> tuple[int, str]:
    """Which layer and direction to look at; asked only where there is more than one."""
    state, both = st.session_state, layers[0].backward is not None
    if len(layers) > 1:
        address.correct("layer", min(state["layer"], len(layers)))
    address.drawn(*(["layer"] if len(layers) > 1 else []), *(["direction"] if both else []))
    if len(layers) > 1:
        options = range(1, len(layers) + 1)
        named = "Layer {}".format
        st.segmented_control(
            "Layer", options, format_func=named, key="layer", required=True, label_visibility="collapsed"
        )
    if both:
        st.segmented_control(
            "Direction", ["forward", "backward"], key="direction", required=True, label_visibility="collapsed"
        )
    return min(state["layer"], len(layers)) - 1, state["direction"] if both else "forward"


def reset(settings: Sequence[Setting]) -> None:
    """The button that sets everything on a page back."""
    note = "Everything back to the beginning; the seed stays"
    st.button("Reset", key="start_over", on_click=address.reset, args=(settings,), help=note)


def notation() -> str:
    """Whose letters the formulas use."""
    address.drawn("notation")
    return st.selectbox(
        "Notation", NOTATIONS, format_func=TITLES.get, key="notation", label_visibility="collapsed", width=190
    )


def weights(layers: Sequence[Layer], layer: int, direction: str, rows: Sequence[str]) -> tuple[tuple[Layer, ...], str]:
    """The net with the reader's own weights in it, and a table to type them, for at most 4 units; and a note."""
    note = _forget_edits_of_another_net()
    edits = nets.read_edits(st.session_state["edits"])
    fitting = tuple(edit for edit in edits if nets.fits(layers, edit))
    if len(fitting) < len(edits):
        note = f"{len(edits) - len(fitting)} of the weights in the link fit nowhere in this net and are left out."
        address.put(edits=nets.write_edits(fitting))
    changed = nets.edited(layers, fitting)
    params = getattr(changed[layer], direction)
    if params.hidden <= 4:
        with st.popover("Weights", key="weights", on_change="rerun") as form:
            if form.open:
                _weights_form(params, (layer, direction), layers[layer].cell, rows if layer == 0 else ())
    if fitting:
        st.caption(f"{len(fitting)} set by hand", width="content")
        st.button("Undo all", key="undo", on_click=address.put, kwargs={"edits": ""})
    return changed, note


def _weights_form(params: Any, where: tuple[int, str], cell: str, inputs: Sequence[str]) -> None:
    names = [name for name in ("W_x", "W_h", "b", "p") if getattr(params, name, None) is not None]
    name = st.segmented_control("Array", names, default=names[0], key="array", required=True)
    table = tables.weights_table(params, cell, name, inputs)
    # A table whose numbers have changed is another table: it would apply what was typed a second time.
    key = f"table {name} {where} {hash(table.to_numpy().tobytes())}"
    st.data_editor(table, key=key, on_change=_take_edits, args=(key, *where, name, list(table.columns)))


def _forget_edits_of_another_net() -> str:
    """Edits name a place, not a net: in another net they would be other weights. A note if some were forgotten."""
    state = st.session_state
    names = ("from", "model", "run", "checkpoint", "cell", "hidden", "layers", "both", "seed", *_VARIANTS)
    net = *(state[name] for name in names), getattr(state.get("own net"), "ident", "")
    before, state["edited net"] = state.get("edited net"), (address.beginnings(), net)
    if not state["edits"] or before in (None, state["edited net"]) or before[0] != address.beginnings():
        return ""
    address.put(edits="")
    return "This is another net: the weights set by hand belonged to the one before."


def _take_edits(key: str, layer: int, direction: str, name: str, columns: Sequence[str]) -> None:
    """Move what was typed into a table over to the settings."""
    state = st.session_state
    typed = [
        Edit(layer, direction, name, int(row), columns.index(column), min(max(float(value), -1000), 1000))
        for row, cells in state[key]["edited_rows"].items()
        for column, value in cells.items()
        if value is not None
    ]
    address.put(edits=nets.write_edits([*nets.read_edits(state["edits"]), *typed]))


def _new_seed() -> None:
    address.put(seed=randbelow(DRAWS))


def net_summary() -> str:
    """The net in a few words."""
    state = st.session_state
    words = [CELL_LABELS[state["cell"]], *_variant_words(), f"{state['hidden']} units"]
    words += [f"{state['layers']} layers"] * (state["layers"] > 1) + ["both directions"] * state["both"]
    return " · ".join([*words, f"seed {state['seed']}"])


def _variant_words() -> list[str]:
    """What is unusual about the cell."""
    state = st.session_state
    if state["cell"] == "gru":
        return ["reset before"] * (state["reset"] == "before")
    if state["cell"] == "rnn":
        return ["relu"] * (state["activation"] == "relu")
    coupled = state["forget"] == "coupled"
    removed = [
        gate for gate in ("forget", "input", "output") if state[gate] == "none" and not (gate == "input" and coupled)
    ]
    is_other = state["forget"] == "learned" and state["fbias"] != nets.USUAL_BIAS
    bias = [f"forget bias {state['fbias']:g}"] * is_other
    return ["coupled"] * coupled + [f"no {gate} gate" for gate in removed] + ["peepholes"] * state["peephole"] + bias
