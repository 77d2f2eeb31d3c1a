"""The lower half of the page Gate heatmaps: one section at a time, and only that is computed."""

from __future__ import annotations

import streamlit as st

from lstm_ui import address, frame, heat
from lstm_ui.gates import detect, find, memory, take
from lstm_ui.heat import Look
from lstm_ui.setting import choice
from lstm_ui.training import saturation

_SECTIONS = {
    "memory": ("What it remembers", memory.show),
    "span": ("Where else", find.show),
    "detective": ("What units follow", detect.show),
    "saturation": ("Saturation", saturation.show),
    "take": ("Take it with you", take.show),
}
SETTING = choice("section", tuple(_SECTIONS))


def show(look: Look) -> None:
    """The row that chooses, and the section."""
    titles = {name: title for name, (title, _) in _SECTIONS.items()}
    chosen = st.segmented_control(
        "Section", list(titles), format_func=titles.get, key="section", required=True, label_visibility="collapsed"
    )
    address.drawn("section")
    if words := heat.said_of(look):
        st.caption(frame.plain(words))
    with st.container(key=f"section_{chosen}"):
        try:
            _SECTIONS[chosen][1](look if chosen == "take" else heat.looked_at(look))
        except (ValueError, LookupError) as error:
            st.error(frame.plain(str(error)))
