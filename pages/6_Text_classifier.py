"""Train a classifier: a net that reads a text to its end, and says which of a few labels it has."""

import streamlit as st

from lstm_ui import frame
from lstm_ui.training import classifier, workbench
from lstm_ui.training.lab import CLASSIFIER

with frame.page(CLASSIFIER.page):
    workbench.page(CLASSIFIER, classifier.sections())
    st.markdown(frame.lesson("text_classifier"))
