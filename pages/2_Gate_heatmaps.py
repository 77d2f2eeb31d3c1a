"""Gate heatmaps: a whole sequence and a whole layer at once, and what each unit keeps."""

import streamlit as st

from lstm_ui import address, frame, heat, holding, widgets
from lstm_ui.gates import compare, page, sections

NAME = "Gate heatmaps"
SETTINGS = page.settings()

with frame.page(NAME) as header:
    problems = address.restore(NAME, SETTINGS)
    page.leave_for_steps(NAME)
    state = st.session_state
    try:
        given = widgets.sequence(header, heat.MOST_READ)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        given = widgets.instead()
    state["last_sequence"] = given

    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        layers, about_net = widgets.net(given)
        layer, direction = widgets.place(layers)
        held, about_clamp = holding.clamp(layers, layer, direction, len(given.input.x))
        wish, about_other = compare.choose(given, layers, held)
        widgets.reset(SETTINGS)
    for message in filter(None, (*problems, *given.input.notes, *about_net, about_clamp, about_other)):
        st.info(frame.plain(message))

    try:
        seen = page.see(given, layers, (layer, direction), held, wish)
        look = page.heatmaps(given, layers, seen)
    except ValueError as error:
        st.error(frame.plain(f"This net cannot be shown. {error}"))
    else:
        sections.show(look)
    st.markdown(frame.lesson("gate_heatmaps"))

    too_long = address.publish(NAME, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")
