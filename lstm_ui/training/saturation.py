"""How much of the time the gates of each unit are shut or open; with a run that trains, live."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import rnn, stack, units
from lstm_ui import frame, heat, probes
from lstm_ui.components.saturation import feed, picture, read_pick, saturation, saturation_payload
from lstm_ui.heat import Look
from lstm_ui.probes import Probe
from lstm_ui.training import results, scrub
from lstm_ui.training.lab import Lab
from lstm_ui.training.moments import Net

NO_GATES = "A plain RNN has no gates, so none can be stuck. Choose an LSTM or a GRU."
FEWEST = 8  # steps; in fewer a unit may just have had nothing to say
OFTEN = 2.0  # seconds between two moments of a training
_KEY = "saturation"


def show(look: Look) -> None:
    """The section on Gate heatmaps: of the text on the screen; of a run that trains, its newest state."""
    if isinstance(look.seen.trace, rnn.Trace):
        st.info(NO_GATES)
        return
    live = _live_run(look)
    if live:
        st.toggle("Follow the training", value=True, key="follow")
    picture(key=_KEY, on_pick=partial(_picked, look.seen.hidden))
    if live and st.session_state["follow"]:
        st.fragment(_newest, run_every=OFTEN)(look, live)
    else:
        of_run = st.session_state["from"] == "run"
        moment = f", after {st.session_state['checkpoint']:,} updates" if of_run else ""
        feed(payload(look.seen.trace, look.seen.ident, f"on this text{moment}", look.unit), key=_KEY)


def section(lab: Lab) -> Callable[[Net, Any], None]:
    """The tab on a training page: of a text of the reader's own, and of whichever moment the page is at."""

    def draw(net: Net, probe: Probe) -> None:
        layer, direction = scrub.place_of(net.config)
        trace = getattr(probes.run(net.model, probe).trace.traces[layer], direction)
        if isinstance(trace, rnn.Trace):
            st.info(NO_GATES)
            return
        moment = "" if net.step is None else f", after {net.step:,} updates"
        ident = f"{net.ident.split()[0]} {layer} {direction}"
        saturation(payload(trace, ident, f"on this text{moment}"), key=_KEY)

    return results.on_typed(lab, "A text to look at", draw)


def payload(trace: Any, ident: str, about: str, unit: int | None = None) -> dict[str, Any]:
    """The map of one cell.

    Parameters
    ----------
    trace : Trace
        Of a cell with gates.
    ident : str
        Equal as long as it is the same cell, at whatever moment.
    about : str
        What the shares are of.
    unit : int or None
        The chosen one.
    """
    dead = units.dead(trace)
    shares = units.saturation(trace)
    options = {"ident": ident, "units": np.arange(len(dead)), "chosen": unit, "about": about}
    return saturation_payload(shares, dead, **options, few=len(trace.h) < FEWEST)


def _live_run(look: Look) -> str:
    """The id of the run, if it is still training."""
    from lstm_ui import runs

    state = st.session_state
    if state["from"] != "run" or look.given.ids is None:
        return ""
    try:
        return state["run"] if runs.service().view(state["run"]).status in runs.LIVE else ""
    except LookupError:  # deleted meanwhile
        return ""


def _newest(look: Look, ident: str) -> None:
    """The run's newest state on the same text."""
    from lstm_ui import runs

    try:
        now = runs.service().state(ident)
    except (LookupError, ValueError) as error:
        st.error(frame.plain(str(error)))
        return
    found = stack.forward(now.model.layers, now.model.embedding[look.given.ids][:, None])
    trace = getattr(found.traces[look.seen.layer], look.seen.direction)
    about = f"on this text, after {now.step:,} updates, the newest; with nothing held"
    feed(payload(trace, look.seen.ident, about, look.unit), key=_KEY)


def _picked(hidden: int) -> None:
    unit = read_pick(st.session_state[_KEY].get("pick"))
    if unit is not None and unit < hidden:
        heat.turn(u=unit + 1)
