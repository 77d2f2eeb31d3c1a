"""Step through one cell: a sequence in, every number of every gate out."""

from functools import partial

import streamlit as st

from lstm_core import stack
from lstm_core.gradcheck import gradcheck
from lstm_ui import address, frame, nets, take_away, widgets
from lstm_ui.address import whole
from lstm_ui.components.player import payload, player

NAME = "Step through"
MOVES = (whole("t", 1, 1, nets.MOST_STEPS), whole("sub", 1, 1, 5), whole("u", 1, 1, nets.MOST_UNITS))
SETTINGS = (*widgets.SETTINGS, *MOVES)


def reset() -> None:
    """Everything back to the beginning, but the seed."""
    address.put(**{setting.key: setting.default for setting in SETTINGS if setting.key != "seed"})
    address.begin_again()


def moved() -> None:
    """The reader has come to rest somewhere else: into the settings, and so into the address."""
    found = st.session_state["player"].get("position") or {}
    for setting, name, offset in zip(MOVES, ("step", "sub", "unit"), (1, 0, 1), strict=True):
        address.put(**{setting.key: setting.read(str(int(found[name]) + offset))})


with frame.page(NAME) as header:
    problems = address.restore(NAME, SETTINGS)
    state = st.session_state
    try:
        given, example = widgets.sequence(header)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        given, example = state.get("last_sequence", widgets.FALLBACK)
    state["last_sequence"] = given, example

    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        layers = nets.example_layers(example) if example else widgets.net(given.x.shape[1])
        layer, direction = widgets.place(layers)
        layers, about_weights = widgets.weights(layers, layer, direction, example.vocabulary.tokens if example else ())
        held, about_clamp = widgets.clamp(layers, layer, direction, len(given.x))
        notation = widgets.notation()
        st.button("Reset", key="start_over", on_click=reset, help="Everything back to the beginning; the seed stays")
    for message in filter(None, (*problems, *given.notes, about_weights, about_clamp)):
        st.info(frame.plain(message))

    x, clamps = given.x[:, None], [held] if held else []
    position = (state["t"] - 1, state["sub"], state["u"] - 1)
    ident = f"{state['from']} {layers[layer].cell} {address.beginnings()}"
    try:
        runs = [stack.forward(layers, x)] + ([stack.forward(layers, x, clamps=clamps)] if clamps else [])
        shown = [nets.check_finite(getattr(run.traces[layer], direction)) for run in runs]
        data = payload(*shown, tokens=given.tokens, ident=ident, notation=notation, position=position, layer=layer)
    except ValueError as error:
        st.error(frame.plain(f"This net cannot be shown. {error}"))
    else:
        player(data, key="player", on_move=moved)
        chosen = {setting.key: state[setting.key] for setting in widgets.SETTINGS}
        steps, held_there = nets.beginning(x, clamps)
        check = partial(gradcheck, layers, steps, clamps=held_there, sample=50, seconds=1.2)  # in all within 2 s
        take_away.gradient_check(check, chosen)
        with st.expander("Take it with you: numbers, code, weights", key="take", on_change="rerun") as opened:
            if opened.open:
                step = min(state["t"], len(x)) - 1
                take_away.downloads(layers, shown, layers[layer].cell, given.raw, step)
    st.markdown(frame.lesson("step_through"))

    too_long = address.publish(NAME, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")
