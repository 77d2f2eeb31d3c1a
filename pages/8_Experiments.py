"""Experiments: many trainings that differ in a few settings, their results in one table and a few pictures."""

import streamlit as st

from lstm_ui import experiments, frame

with frame.page(experiments.PAGE):
    experiments.page()
    st.markdown(frame.lesson("experiments"))
