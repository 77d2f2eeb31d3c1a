"""Home: what this is, and the map of the lessons."""

import streamlit as st

from lstm_ui import frame

MAP = {
    "Step through": "One cell, one step at a time: which gate opens, why, and what it does to the memory. "
    "LSTM, GRU and plain RNN, on your own text.",
}

with frame.page("Home", wide=False):
    st.markdown(frame.lesson("home"))
    st.subheader("Lessons")
    for name, words in MAP.items():
        with st.container(border=True):
            st.page_link(frame.LESSONS[name], label=f"**{name}**", icon=frame.ICON)
            st.markdown(words)
    st.subheader("Begin with one of these")
    starts = {
        "A latch": ({"from": "latch", "t": "3", "sub": "3"}, "remembers the first letter, and nothing after it"),
        "Your own sentence": ({"from": "text"}, "in a net that has learned nothing yet"),
        "What if it forgot?": (
            {"from": "counter", "hold": "f", "at": "0.0", "hfrom": "4"},
            "a counter, its forget gate held shut",
        ),
        "GRU": ({"from": "text", "cell": "gru", "sub": "4"}, "the same in two gates"),
    }
    for label, (settings, words) in starts.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(frame.LESSONS["Step through"], label=label, query_params=settings)
            st.markdown(words)
