import streamlit as st
from lstm_ui import frame
with frame.page("Home", wide=False):
    st.page_link("pages/1_Step_through.py", label="Step through")
