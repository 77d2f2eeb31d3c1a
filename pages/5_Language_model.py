"""Train a language model: a net that says, after every token, how likely each next one is."""

import streamlit as st

from lstm_core import sampling
from lstm_ui import frame
from lstm_ui.training import language, workbench
from lstm_ui.training.lab import LANGUAGE

with frame.page(LANGUAGE.page):
    workbench.page(LANGUAGE, language.sections(sampling), language.SETTINGS)
    st.markdown(frame.lesson("language_model"))
