"""What a reader takes along: the check of the gradients, the numbers, the code and the weights."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from lstm_core import interop, models
from lstm_plots import net_snippet, snippet, tables
from lstm_runs import files
from lstm_ui import frame, whole_net
from lstm_ui.given import Shown


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


def downloads(shown: Shown, tokens: Sequence[str], step: int) -> None:
    """Numbers as CSV, the same in NumPy, weights as a PyTorch state_dict. Made once for each state of the net.

    Parameters
    ----------
    shown : Shown
        The cell on the screen.
    tokens : sequence of str
        One a step.
    step : int
        The one shown, from 0.
    """
    trace = shown.traces[0]
    numbers, code, weights = st.tabs(["Numbers", "The same in NumPy", "Weights for PyTorch"])
    with numbers, st.container(horizontal=True):
        for label, chosen, name in (("This step", step, f"step_{step + 1}"), ("All steps", None, "all_steps")):
            make = partial(tables.runs_csv, shown.traces, shown.cell, tokens, chosen)
            of = shown.traces, tuple(tokens), chosen
            file_button(f"{label} (CSV)", make, of, f"gatescope_{name}.csv", f"csv_{name[:4]}", "text/csv")
        if shown.learned:
            make = partial(whole_net.predictions_csv, shown.learned, tokens)
            of = [run.says.logits for run in shown.learned], shown.learned[0].ids, tuple(tokens)
            file_button("Predictions (CSV)", make, of, "gatescope_predictions.csv", "csv_says", "text/csv")
    with code:
        if len(shown.traces) > 1:
            st.caption("The free run, with nothing held.")
        st.code(snippet.code(trace, shown.cell), language="python")
        if snippet.needs_file(trace):
            file_button(
                f"{snippet.FILE}, which the code opens", partial(snippet.npz, trace), trace, snippet.FILE, "npz"
            )
        if shown.learned:
            st.caption("The whole net, from the tokens to what it says:")
            st.code(net_snippet.code(shown.learned[0].model), language="python")
            first = shown.learned[0]
            of = models.arrays(first.model), first.ids
            file_button(
                f"{net_snippet.FILE}, which this code opens",
                partial(whole_net.npz, first),
                of,
                net_snippet.FILE,
                "npz_net",
            )
    with weights:
        _for_torch(shown)


def _for_torch(shown: Shown) -> None:
    """The weights under PyTorch's names, and code that loads them: of a trained net all of it."""
    try:
        if shown.learned:
            model = shown.learned[0].model
            state_dict, code = whole_net.state_dict(model), whole_net.torch_code(model)
        else:
            state_dict = interop.to_torch(shown.layers)
            code = _LOAD.format(names=", ".join(list(state_dict)[:2]))
    except ValueError as error:
        st.caption(frame.plain(f"PyTorch cannot hold this net. {error}"))
        return
    st.code(code, language="python")
    file_button(
        "gatescope.safetensors", partial(files.to_bytes, state_dict), state_dict, "gatescope.safetensors", "torch"
    )


def file_button(label: str, make: Callable[[], Any], of: object, name: str, key: str, mime: str | None = None) -> None:
    """A button for a file that depends on `of` alone, which can be pickled.

    Made at once: one that Streamlit makes when it is asked for never comes while the page's script runs, and is removed
    when the scripts of any two readers have ended before the browser has fetched it.
    """
    digest = hashlib.blake2b(pickle.dumps(of)).hexdigest()
    st.download_button(label, _content(key, digest, make), name, mime, key=key, on_click="ignore")


@st.cache_data(max_entries=16, show_spinner=False)
def _content(key: str, digest: str, _make: Callable[[], Any]) -> Any:
    return _make()


_LOAD = """from safetensors.torch import load_file
net.load_state_dict(load_file("gatescope.safetensors"))  # {names}, ..."""
