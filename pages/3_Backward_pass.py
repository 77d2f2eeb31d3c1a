"""Backward pass: follow the gradient from the loss back to the first token, one step at a time."""

import streamlit as st

from lstm_core import attribution
from lstm_core.gradcheck import gradcheck
from lstm_ui import address, frame, holding, widgets
from lstm_ui.backward import goals, page, presets

NAME = "Backward pass"
SETTINGS = page.settings()

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
        presets.choose()
        layers, about_net = widgets.net(given)
        place = widgets.place(layers)
        held, about_clamp = holding.clamp(layers, *place, len(given.input.x))
        clamps = [held] if held else []
        try:
            goal, problem = goals.choose(given, layers, place, clamps), ""
        except ValueError as error:
            goal, problem = None, str(error)
        notation = widgets.notation()
        widgets.reset(SETTINGS)
    if hint := presets.question():
        st.caption(hint)
    for message in filter(None, (*problems, *given.input.notes, *about_net, about_clamp)):
        st.info(frame.plain(message))

    try:
        if goal is None:
            raise ValueError(problem)
        back = page.way_back(given, layers, place, goal, clamps)
        page.stepper(back, notation)
    except ValueError as error:
        st.error(frame.plain(f"There is no way back here. {error}"))
    else:
        page.sections(back, attribution, gradcheck)
    st.markdown(frame.lesson("backward_pass"))

    too_long = address.publish(NAME, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")
