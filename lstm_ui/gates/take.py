"""What a reader takes along from the heatmaps: a picture for slides, and every number as a table."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import memory, rnn, signs, units
from lstm_core.arrays import Array
from lstm_plots import figures, gate_tables, tables
from lstm_ui import frame, heat, widgets
from lstm_ui.heat import Look, Seen
from lstm_ui.take_away import file_button


def show(look: Look) -> None:
    """The section: files, and the picture as it goes into one."""
    seen = look.seen
    order = heat.orders(seen).get(look.order, np.arange(len(seen.shown)))
    signals, limit, difference = drawn(seen, look.show)
    columns, rows = {name: values[:, order] for name, values in signals.items()}, seen.shown[order]
    tokens = [signs.sign(token) for token in seen.raw]
    if limit > 1:
        ends = [1.0, limit]
        limit = st.segmented_control(
            "Colours of the states to", ends, format_func="±{:g}".format, default=1.0, key="ends", required=True
        )
    options: dict[str, Any] = {"limit": limit, "difference": difference, "title": _title(look)}
    draw = partial(figures.fig_gates, columns, tokens, rows.tolist(), **options)
    with st.container(horizontal=True, key="files"):
        of = columns, tokens, rows, options
        name = "gatescope_gate_heatmaps.html"
        file_button("The picture (HTML)", lambda: figures.to_html(draw()), of, name, "take_html", "text/html")
        _tables(look)
    st.caption("The camera in the picture's corner stores it as PNG. The HTML file holds everything it needs.")
    mode = frame.mode()
    st.plotly_chart(draw(mode=mode), theme=None, config=figures.PLOT_CONFIG, key="static")


def drawn(seen: Seen, which: str) -> tuple[dict[str, Array], float, bool]:
    """What the heatmaps show, (time, columns) each: the first run, the second, or the difference."""
    this, other = seen.signals(), seen.others()
    if other is None or which == "this":
        return this, seen.limit(), False
    if which == "other":
        return other, seen.limit(), False
    return {name: other[name] - this[name] for name in this}, seen.limit(), True


def _title(look: Look) -> str:
    seen, which = look.seen, look.show
    place = f"{_net(look)}, layer {seen.layer + 1}, {seen.direction}"
    if seen.other is None or which == "this":
        return place
    return f"{place}: {seen.other.name}" if which == "other" else f"{place}: {seen.other.name}, minus this run"


def _net(look: Look) -> str:
    """Which net a picture is of: away from the page nothing else says so."""
    given, source = look.given, st.session_state["from"]
    if named := given.trained or given.own:
        return named.title
    if given.example:
        return widgets.SOURCES.get(source, "A net made by hand")
    return widgets.net_summary()


def _tables(look: Look) -> None:
    seen = look.seen
    this, other = seen.signals(), seen.others()
    numbers = seen.shown.tolist()
    make = partial(gate_tables.signals_table, this, seen.raw, numbers, other)
    _csv(
        "Numbers (CSV)" if len(numbers) == seen.hidden else "Numbers of these units (CSV)",
        make,
        (this, other, seen.raw),
        "gatescope_gates.csv",
        "take_gates",
    )
    if isinstance(seen.trace, rnn.Trace):
        return
    look = heat.looked_at(look)
    seen = look.seen
    found = memory.ledger(seen.trace, look.step)
    make = partial(gate_tables.ledger_table, found, seen.raw, numbers)
    label = f"Ledger of step {look.step + 1} (CSV)"
    _csv(label, make, (found, seen.raw, numbers), "gatescope_ledger.csv", "take_ledger")
    shares, dead = units.saturation(seen.trace), units.dead(seen.trace)
    make = partial(gate_tables.saturation_table, shares, dead)
    _csv("Saturation (CSV)", make, (shares, dead), "gatescope_saturation.csv", "take_saturation")


def _csv(label: str, make: Any, of: object, name: str, key: str) -> None:
    file_button(label, lambda: tables.to_csv(make()), of, name, key, "text/csv")
