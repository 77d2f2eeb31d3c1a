"""Experiments: many trainings that differ in a few settings, their results in one table and a few pictures."""

import streamlit as st

from lstm_ui import frame
from lstm_ui.experiments import page

with frame.page(page.PAGE):
    page.page()
    st.markdown(frame.lesson("experiments"))
