"""Train a language model: a net that says, after every token, how likely each next one is."""

import streamlit as st

from lstm_core import sampling
from lstm_ui import frame, results_language, workbench
from lstm_ui.lab import LANGUAGE

with frame.page(LANGUAGE.page):
    workbench.page(LANGUAGE, results_language.sections(sampling), results_language.SETTINGS)
    st.markdown(frame.lesson("language_model"))
