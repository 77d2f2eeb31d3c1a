"""Train a tagger: a net that says of every word whether it belongs to the name of a person, a place, a company."""

import streamlit as st

from lstm_ui import frame
from lstm_ui.training import tagger, workbench
from lstm_ui.training.lab import TAGGER

with frame.page(TAGGER.page):
    workbench.page(TAGGER, tagger.sections())
    st.markdown(frame.lesson("tagger"))
