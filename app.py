"""Home: what this is, and the map of the lessons."""

import streamlit as st

from lstm_ui import address, frame

STEP = frame.LESSONS["Step through"]
LESSONS = {
    "Step through": "One cell, one step at a time: which gate opens, why, and what it does to the memory. "
    "LSTM, GRU and plain RNN, on your own text or numbers.",
}
STARTS = {
    "A latch": ({"t": "3", "sub": "3"}, "remembers the first letter, and nothing after it"),
    "A sentence of yours": ({"from": "text"}, "in an LSTM that has learned nothing yet"),
    "What if it forgot?": (
        {"from": "counter", "hold": "f", "at": "0.0", "hfrom": "4", "t": "4", "sub": "4"},
        "a counter whose forget gate is held shut",
    ),
    "The same in a GRU": ({"from": "text", "cell": "gru", "t": "2", "sub": "4"}, "two gates, and no second state"),
}

with frame.page("Home"), st.container(key="home", width=860):
    address.leave()
    st.markdown(frame.lesson("home"))
    st.subheader("Lessons", anchor=False)
    for name, words in LESSONS.items():
        with st.container(border=True):
            st.page_link(frame.LESSONS[name], label=f"**{name}**", icon=frame.ICON)
            st.markdown(words)
    st.subheader("Begin here", anchor=False)
    for column, (label, (settings, words)) in zip(st.columns(2) * 2, STARTS.items(), strict=True):
        with column.container(border=True):
            st.page_link(STEP, label=f"**{label}**", query_params=settings)
            st.caption(words)
