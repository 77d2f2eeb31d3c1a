"""Home: what this is, and the map of the lessons."""

from itertools import cycle

import streamlit as st

from lstm_ui import address, frame

STEP = frame.LESSONS["Step through"]
LESSONS = {
    "Step through": "One cell, one step at a time: which gate opens, why, and what it does to the memory. "
    "LSTM, GRU and plain RNN, on your own text or numbers.",
    "Gate heatmaps": "A whole text and a whole layer at once: find the unit that matters, what it keeps and for how "
    "long, and of what its memory is made. Bring your own PyTorch or Keras net.",
    "Backward pass": "Follow the gradient back through the gates, one step at a time, with every factor that let it "
    "through or stopped it; and see what truncation cuts off.",
    "Vanishing gradients": "How much of the gradient is left after fifty steps, in RNN, GRU and LSTM side by side? "
    "Let them race on a task that needs memory, and see how far back each can learn.",
    "Language model": "Train a net that guesses the next letter or word, and watch it learn to write. "
    "Your own text, or one in which grammar needs memory.",
    "Text classifier": "Train a net that reads a message or a review to its end and says what it is. "
    "See its mind change, word by word.",
    "Tagger": "Train a net that finds the names of persons, places and organisations in a sentence.",
    "Experiments": "Many trainings at once: change the cell, its size, the lag or the seed, and compare them in one "
    "table.",
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
    for column, (name, words) in zip(cycle(st.columns(2)), LESSONS.items()):
        with column.container(border=True):
            st.page_link(frame.LESSONS[name], label=f"**{name}**", icon=frame.ICON)
            st.markdown(words)
    st.subheader("Begin here", anchor=False)
    for column, (label, (settings, words)) in zip(st.columns(2) * 2, STARTS.items(), strict=True):
        with column.container(border=True):
            st.page_link(STEP, label=f"**{label}**", query_params=settings)
            st.caption(words)
