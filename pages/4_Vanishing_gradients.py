"""Vanishing gradients: how much of the gradient is left after many steps, in RNN, GRU and LSTM side by side."""

import streamlit as st

from lstm_ui import address, frame, widgets
from lstm_ui.race import race
from lstm_ui.setting import choice
from lstm_ui.vanishing import gradients, honest, how_far

NAME = "Vanishing gradients"
SECTIONS = {
    "gradients": ("Gradients", gradients),
    "race": ("Race", race),
    "far": ("How far back", how_far),
    "honest": ("Honest corner", honest),
}
SHOW = choice("show", tuple(SECTIONS))
SETTINGS = (SHOW, *(setting for _, section in SECTIONS.values() for setting in section.SETTINGS))


with frame.page(NAME):
    problems = address.restore(NAME, SETTINGS)
    with st.container(horizontal=True, vertical_alignment="center", key="chooser"):
        chosen = st.segmented_control(
            "Section",
            list(SECTIONS),
            format_func=lambda name: SECTIONS[name][0],
            key="show",
            required=True,
            label_visibility="collapsed",
        )
        address.drawn("show")
        widgets.reset(SETTINGS)
    for message in problems:
        st.info(frame.plain(message))
    with st.container(key=f"show_{chosen}"):
        try:
            SECTIONS[chosen][1].show()  # one alone is computed
        except ValueError as error:
            st.error(frame.plain(str(error)))
    too_long = address.publish(NAME, SETTINGS)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")
