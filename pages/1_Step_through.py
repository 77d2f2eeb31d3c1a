"""Step through one cell: a sequence in, every number of every gate out."""

from functools import partial

import streamlit as st

from lstm_core.gradcheck import gradcheck
from lstm_ui import address, frame, holding, nets, take_away, widgets
from lstm_ui.components.player import payload, player
from lstm_ui.setting import whole

NAME = "Step through"
MOVES = (whole("t", 1, 1, nets.MOST_STEPS), whole("sub", 1, 1, 6), whole("u", 1, 1, nets.MOST_FOLLOWED))
SETTINGS = (*widgets.SETTINGS, *MOVES)


def moved() -> None:
    """The reader has come to rest somewhere else: into the settings, and so into the address."""
    found = st.session_state["player"].get("position") or {}
    for setting, name, offset in zip(MOVES, ("step", "sub", "unit"), (1, 0, 1), strict=True):
        address.put(**{setting.key: setting.read(str(int(found[name]) + offset))})


with frame.page(NAME) as header:
    problems = address.restore(NAME, SETTINGS)
    state = st.session_state
    try:
        given = widgets.sequence(header)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        given = widgets.instead()
    state["last_sequence"] = given

    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        layers, about_net = widgets.net(given)
        layer, direction = widgets.place(layers)
        layers, about_weights = widgets.weights(layers, layer, direction, given.inputs)
        held, about_clamp = holding.clamp(layers, layer, direction, len(given.input.x))
        notation = widgets.notation()
        widgets.reset(SETTINGS)
    for message in filter(None, (*problems, *given.input.notes, *about_net, about_weights, about_clamp)):
        st.info(frame.plain(message))

    clamps = [held] if held else []
    position = (state["t"] - 1, state["sub"], state["u"] - 1)
    ident = f"{state['from']} {layers[layer].cell} {address.beginnings()}"
    try:
        shown = given.run(layers, layer, direction, clamps)
        data = payload(
            *shown.traces, tokens=given.input.tokens, ident=ident, notation=notation, position=position, layer=layer,
            head=shown.head(notation),
        )  # fmt: skip
    except ValueError as error:
        st.error(frame.plain(f"This net cannot be shown. {error}"))
    else:
        player(data, key="player", on_move=moved)
        chosen = {setting.key: state[setting.key] for setting in widgets.SETTINGS}
        steps, held_there = nets.beginning(given.input.x[:, None], clamps)
        check = partial(gradcheck, layers, steps, clamps=held_there, sample=50, seconds=1.2)  # in all within 2 s
        take_away.gradient_check(check, chosen)
        with st.expander("Take it with you: numbers, code, weights", key="take", on_change="rerun") as opened:
            if opened.open:
                take_away.downloads(shown, given.input.raw, min(state["t"], len(given.input.x)) - 1)
    st.markdown(frame.lesson("step_through"))

    too_long = address.publish(NAME, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")
