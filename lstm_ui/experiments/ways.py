"""One run of a sweep, and the pages that open it."""

from __future__ import annotations

import streamlit as st

from lstm_runs.sweeps import Row
from lstm_ui import address, frame
from lstm_ui.experiments.look import Results, run_words
from lstm_ui.training import task_run
from lstm_ui.training.lab import LABS


def show(results: Results) -> None:
    """The number of a run, and the ways to the pages that look into it."""
    state, most = st.session_state, max(row.number for row in results.rows)
    if not 1 <= (state["number"] or 0) <= most:
        state["number"] = 1
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep_open"):
        st.number_input("Open run", 1, most, key="number", width=116, help="Or click at a line of the table")
        address.drawn("number")
        number = int(state["number"] or 1)
        row = next((row for row in results.rows if row.number == number), None)
        if row is None:
            return
        _links(results, row)
    st.caption(frame.plain(f"Run {row.number}: {run_words(row)} · {row.status}"))
    if row.reason:
        st.error(frame.plain(row.reason))


def _links(results: Results, row: Row) -> None:
    if not results.here:
        st.caption("It was computed beforehand and is not kept as a net. Run the sweep again to look into it.")
        return
    if not row.run or row.status == "deleted":
        st.caption("It has not begun yet." if not row.run else "It has been cleared; its numbers are all that is left.")
        return
    task_run.links(row.run, training_page(results, row))


def training_page(results: Results, row: Row) -> str:
    """The page on which such a net is trained; empty for a task that none of them has."""
    from lstm_core import tasks

    data = str(row.settings.get("data") or results.sweep.data)
    if data in tasks.PROBLEMS:
        task = tasks.PROBLEMS[data].net
    else:
        endings = {".csv": "classifier", ".conll": "tagger"}
        task = next((kind for ending, kind in endings.items() if data.endswith(ending)), "language")
    return next((lab.page for lab in LABS if lab.task == task), "")
