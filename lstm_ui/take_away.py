"""What a reader takes along: the check of the gradients, the numbers, the code and the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lstm_core import interop
from lstm_core.stack import Layer
from lstm_plots import snippet, tables
from lstm_runs import files
from lstm_ui import frame


def gradient_check(check: Callable[[], Any], ident: object) -> None:
    """A button that checks the backward pass of the net on the screen, and what the figure means.

    Parameters
    ----------
    check : callable
        Runs `lstm_core.gradcheck.gradcheck` on the net (which only pages import) and returns its report.
    ident : object
        What the report depends on; the words stay until it changes.
    """
    if st.button("Check the gradients of this net", key="check"):
        with st.spinner("Wiggling weights …"):
            st.session_state["checked"] = ident, check()
    kept = st.session_state.get("checked")
    if kept and kept[0] == ident:
        st.markdown(verdict(kept[1]))


def verdict(report: Any) -> str:
    """A report in words."""
    looked = (
        f"{report.checked:,} of {report.total:,} numbers were wiggled one by one, and all of them together along "
        f"{len(report.directions)} random directions, in {report.seconds:.1f} s."
    )
    if report.largest == 0:
        return f"**No gradient at all.** {looked} Every gradient is zero: what is held lets nothing through."
    worst = max(report.blocks, key=lambda block: block.error)
    size = f"{report.error:.0e}".replace("e-0", "e-")
    if report.error < 1e-5:
        return (
            f"**The backward pass is right.** {looked} Where backpropagation and the two forward passes differ most, "
            f"they differ by {size} of the gradient's size: rounding, nothing more. "
            "A mistake in a formula shows as 0.01 to 1."
        )
    if report.error < 1e-2:
        return (
            f"**Right, but close to the limits of the check.** {looked} The largest relative difference is {size}, in "
            f"{worst.name}: very steep or very small gradients are hard to measure by wiggling."
        )
    return (
        f"**Something is wrong.** {looked} The largest relative difference is {size}, in {worst.name}. "
        "Please report this net's link."
    )


def downloads(layers: Sequence[Layer], traces: Sequence[Any], cell: str, tokens: Sequence[str], step: int) -> None:
    """Numbers as CSV, the same in NumPy, weights as a PyTorch state_dict. Files are made when they are asked for.

    Parameters
    ----------
    layers : sequence of Layer
    traces : sequence of Trace
        The free run of the cell shown, and the held one if something is held.
    cell : {"lstm", "gru", "rnn"}
    tokens : sequence of str
        One a step.
    step : int
        The one shown, from 0.
    """
    trace, held = traces[0], len(traces) > 1
    numbers, code, weights = st.tabs(["Numbers", "The same in NumPy", "Weights for PyTorch"])
    with numbers, st.container(horizontal=True):
        for label, chosen, name in (("This step", step, f"step_{step + 1}"), ("All steps", None, "all_steps")):
            make = partial(tables.runs_csv, traces, cell, tokens, chosen)
            file = f"gatescope_{name}.csv"
            st.download_button(f"{label} (CSV)", make, file, "text/csv", key=f"csv_{name[:4]}", on_click="ignore")
    with code:
        if held:
            st.caption("The free run, with nothing held.")
        st.code(snippet.code(trace, cell), language="python")
        if snippet.needs_file(trace):
            st.download_button(
                f"{snippet.FILE}, which the code opens",
                lambda: snippet.npz(trace),
                snippet.FILE,
                key="npz",
                on_click="ignore",
            )
    with weights:
        try:
            state_dict = interop.to_torch(layers)
        except ValueError as error:
            st.caption(frame.plain(f"PyTorch cannot hold this net. {error}"))
        else:
            st.code(_LOAD.format(names=", ".join(list(state_dict)[:2])), language="python")
            st.download_button(
                "gatescope.safetensors",
                lambda: files.to_bytes(state_dict),
                "gatescope.safetensors",
                key="torch",
                on_click="ignore",
            )


_LOAD = """from safetensors.torch import load_file
net.load_state_dict(load_file("gatescope.safetensors"))  # {names}, ..."""
