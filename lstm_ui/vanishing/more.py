"""Below the figure of the section Gradients: the numbers, one net alone, and what clipping does."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import decay
from lstm_plots import bands, figures
from lstm_plots.gradient_figures import fig_clipping
from lstm_ui import address, frame
from lstm_ui.vanishing import wording
from lstm_ui.vanishing.values import LABELS, Found


def table(found: Found) -> None:
    """A row for each cell, and all numbers to take along."""
    st.dataframe(wording.rows(found, st.session_state["vstate"]), hide_index=True)
    st.caption(
        "Medians over the nets, of each gate's square block of W_h; what is left is relative to the last step. "
        "The bound uses σ_max, the most that a matrix stretches any vector. The radius is what the matrix alone does "
        "over many steps; slopes and gates come on top."
    )
    st.download_button(
        "All numbers (CSV)", lambda: to_csv(found), "vanishing_gradients.csv", "text/csv", key="vcsv", on_click="ignore"
    )


def to_csv(found: Found) -> bytes:
    """Every net at every lag, a line each, with nothing rounded."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(("cell", "units", "parameters", "seed", "steps_back", "dL_dh", "dL_dc", "bound"))
    for cell, survey in found.surveys.items():
        for row, seed in enumerate(found.seeds):
            columns = [None if part is None else part[row] for part in (survey.dh, survey.dc, survey.bound)]
            for lag in range(found.steps):
                numbers = ["" if column is None else repr(float(column[lag])) for column in columns]
                write((LABELS[cell], survey.hidden, survey.parameters, seed, lag, *numbers))
    return text.getvalue().encode()


def one(found: Found) -> None:
    """The same picture of one net of each kind, where the bound is that net's own."""
    state = st.session_state
    if state["vnet"] >= len(found.seeds):
        address.put(vnet=len(found.seeds) - 1)
    row = st.selectbox(
        "Net", range(len(found.seeds)), format_func=lambda k: f"Seed {found.seeds[k]}", key="vnet", width=170
    )
    address.drawn("vnet")
    lags, relative = np.arange(found.steps), state["vscale"] == "relative"
    values = wording.curves(found, state["vstate"], relative=relative)
    bound = found.surveys["rnn"].bound
    assert bound is not None  # an RNN has one
    own = (wording.beside_start(bound) if relative else bound)[row]
    fig = bands.figure(
        {name: bands.over(lags, rows[[row]]) for name, rows in values.items()},
        frame.mode(),
        x_title="Steps back from the loss",
        y_title="Size of the gradient, 1 at the end" if relative else "Size of the gradient",
        log_y=True,
        references={"RNN, its own bound": (lags, own)},
        height=360,
    )
    st.plotly_chart(fig, theme=None, config=figures.PLOT_CONFIG, key="vone")
    st.dataframe(_blocks(found, row), hide_index=True, width=620)


def _blocks(found: Found, row: int) -> list[dict[str, Any]]:
    return [
        {"cell": LABELS[cell], "gate": gate, "spectral radius": f"{each.radius:.3f}", "σ_max": f"{each.sigma:.3f}"}
        for cell, survey in found.surveys.items()
        for gate, each in survey.spectra[row].items()
    ]


def clipping(found: Found) -> None:
    """The length of the whole gradient before and after clipping, and what stays as it was."""
    limit = st.number_input(
        "Clip the gradient at", 0.01, 1000.0, step=0.5, key="vclip", width=190, help="Its largest length"
    )
    address.drawn("vclip")
    before = {LABELS[cell]: survey.gradient for cell, survey in found.surveys.items()}
    st.plotly_chart(fig_clipping(before, limit, frame.mode()), theme=None, config=figures.PLOT_CONFIG, key="vclipped")
    st.dataframe(shares(found, limit), hide_index=True)
    many = {cell: int((lengths > limit).sum()) for cell, lengths in before.items()}
    words = ", ".join(f"{count} of {len(before[cell])} {cell}s" for cell, count in many.items())
    st.markdown(
        frame.plain(
            f"Clipping shortens the gradient of {words}. It multiplies all of it by the same number: a step becomes "
            "shorter, and what came from far back is the same share of it as before. So it helps against explosions, "
            "and a gradient that has vanished stays as small beside the rest as it was."
        )
    )


def shares(found: Found, limit: float) -> list[dict[str, str]]:
    """Lengths before and after, and the share of the farther half of the steps, each worked out for itself."""
    made = []
    for cell, survey in found.surveys.items():
        values = survey.dh if survey.dc is None else survey.dc
        after = decay.clipped(survey.gradient, limit)
        factor = np.divide(after, survey.gradient, out=np.ones_like(after), where=survey.gradient > 0)
        shown = [_share(values), _share(values * factor[:, None])]
        made.append(
            {
                "cell": LABELS[cell],
                "length before": f"{np.median(survey.gradient):.3g}",
                "after": f"{np.median(after):.3g}",
                "share of the farther half before": shown[0],
                "and after": shown[1],
            }
        )
    return made


def _share(values: Any) -> str:
    found = decay.far_share(values)
    return wording.amount(float(np.nanmedian(found))) if np.isfinite(found).any() else "none"
