"""What a reader takes along from a training: the net as a file, the history as a table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_plots import tables
from lstm_runs import model_files
from lstm_ui.training import moments
from lstm_ui.training.moments import Net


def show(net: Net, view: Any) -> None:
    """Downloads; made at once, because one that Streamlit makes when it is asked for does not live for long."""
    notes = {"title": net.title[:200], "step": str(net.step or "")}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "The net (safetensors)",
            model_files.save(net.model, net.config, notes),
            f"gatescope_{net.config.task}.safetensors",
            key="take_model",
            on_click="ignore",
        )
        if view is not None:
            for name, label in (("rows", "Curves (CSV)"), ("validations", "Validations (CSV)")):
                st.download_button(
                    label,
                    tables.to_csv(tables.history_table(view.history, name)),
                    f"gatescope_{name}.csv",
                    "text/csv",
                    key=f"take_{name}",
                    on_click="ignore",
                )
        moments.links(net, st.session_state["probe"])
    st.caption("The file holds the weights, the settings and the vocabulary. This page opens it again, on any machine.")
