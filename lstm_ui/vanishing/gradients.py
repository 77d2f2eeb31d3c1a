"""The section Gradients of the page Vanishing gradients: how much of the gradient is left, by the steps back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import streamlit as st

from lstm_plots import bands, figures
from lstm_runs.executors import one_blas_thread
from lstm_ui import address, frame
from lstm_ui.kept import kept
from lstm_ui.setting import write
from lstm_ui.vanishing import form, more, wording
from lstm_ui.vanishing.values import Choice, Found, look

SETTINGS = form.SETTINGS
PARTS = {"table": "In numbers", "one": "One net", "clip": "Clipping"}
BOUND = "RNN, Pascanu's bound"


def show() -> None:
    """The controls, the figure, and what it says."""
    form.controls()
    try:
        # On busy cores threads that wait for each other took 45 s for what one does in a second.
        with st.spinner("Drawing the nets and going back through them", show_time=True), one_blas_thread():
            found = kept("vanishing", chosen(), lambda: look(chosen()))
    except ValueError as error:
        st.error(frame.plain(str(error)))
    else:
        _show(found)
    st.markdown(frame.lesson("vanishing_gradients"))


def _show(found: Found) -> None:
    for note in found.notes:
        st.info(frame.plain(note))
    state, relative = st.session_state["vstate"], st.session_state["vscale"] == "relative"
    st.plotly_chart(drawn(found, state, relative=relative), theme=None, config=figures.PLOT_CONFIG, key="vfigure")
    st.caption(frame.plain(about(found)))
    st.markdown("\n".join(f"- {line}" for line in wording.reading(found, state)))
    for kind, words in wording.verdicts(found, state):
        (st.warning if kind == "warning" else st.info)(frame.plain(words))
    st.markdown(frame.plain(wording.about_bound(found)))
    _part(found)


def drawn(found: Found, state: str, *, relative: bool) -> Any:
    """The figure: the size of the gradient by the lag, a band for each cell, and the bound."""
    lags = np.arange(found.steps)
    named = {name: bands.over(lags, values) for name, values in wording.curves(found, state, relative=relative).items()}
    bound = found.surveys["rnn"].bound
    assert bound is not None  # an RNN has one
    shown = wording.beside_start(bound) if relative else bound
    return bands.figure(
        named,
        frame.mode(),
        x_title="Steps back from the loss",
        y_title="Size of the gradient, 1 at the end" if relative else "Size of the gradient",
        log_y=True,
        references={BOUND: (lags, bands.over(lags, shown).middle)},
    )


def about(found: Found) -> str:
    """What was measured, so that somebody else can do it again."""
    choice = found.choice
    loss = (
        "the sum w·h of the last step, w a random direction of length 1 for each net, so every cell begins with a "
        "gradient of the same length at h"
        if choice.loss == "readout"
        else "|h|²/2 of the last step, whose gradient at h is as long as h itself, which differs from cell to cell"
    )
    sizes = ", ".join(
        f"{wording.LABELS[cell]} {survey.hidden} units ({survey.parameters:,} parameters)"
        for cell, survey in found.surveys.items()
    )
    alike = "the same number of units" if choice.match == "units" else "about the same number of parameters"
    spread = "the middle 80 %" if choice.nets >= bands.FEW else "all"
    drawn_of = f"Line: one untrained net of each kind, seed {choice.seed}"
    if choice.nets > 1:
        drawn_of = (
            f"Line: the median of {choice.nets} untrained nets of each kind, seeds {found.seeds[0]} to "
            f"{found.seeds[-1]}; band: {spread} of them"
        )
    return (
        f"{drawn_of}. The cells have {alike}: {sizes}. Data, the same for all three cells: {found.data}. Loss: {loss}."
    )


def _part(found: Found) -> None:
    part = st.segmented_control(
        "More", list(PARTS), format_func=PARTS.get, key="vpart", required=True, label_visibility="collapsed"
    )
    address.drawn("vpart")
    {"table": more.table, "one": more.one, "clip": more.clipping}[part](found)


def chosen() -> Choice:
    """What stands in the settings, checked again: a browser may send anything.

    Raises
    ------
    ValueError
        A value that no widget offers.
    """
    state, checks = st.session_state, {setting.key: setting.read for setting in SETTINGS}
    values = {}
    for field in fields(Choice):
        key = "seed" if field.name == "seed" else f"v{field.name}"
        try:
            values[field.name] = checks[key](write(state[key]))
        except ValueError as error:
            raise ValueError(f"{field.name}: expected {error}, got another value; choose one of those") from error
    if values["data"] != "text":
        values["text"] = ""  # what is not read changes nothing
    return Choice(**values)
