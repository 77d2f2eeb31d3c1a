"""What stands below every picture of a stored sweep: its settings, a way to run it again, the numbers as a file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from csv import DictWriter
from typing import Any

import streamlit as st

from lstm_ui import frame
from lstm_ui.stored_sweeps import Stored

_EXPERIMENTS = "pages/8_Experiments.py"


def about(stored: Stored) -> None:
    """How a sweep was made, and the link to the page where it runs again with the same seeds."""
    with st.container(key=f"about_{stored.name}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(frame.plain(stored.when()), width="content")
            again, query = "Run this again with the same seeds", {"stored": stored.name}
            st.page_link(_EXPERIMENTS, label=again, query_params=query, width="content")
        st.caption(frame.plain(f"{stored.title}: {stored.about} {settings(stored)}"))


def settings(stored: Stored) -> str:
    """What all runs have in common, and what varies.

    Examples
    --------
    >>> from lstm_ui import stored_sweeps
    >>> settings(stored_sweeps.open("continual-forget"))
    'Settings: steps 2000, validate_every 50. Varied: forget (learned, none). Seeds: 0 to 9.'
    """
    sweep = stored.sweep
    seeds = list(sweep.seeds)
    told = f"{seeds[0]} to {seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) else ", ".join(map(str, seeds))
    common = {**({"lag": sweep.lag} if sweep.lag is not None else {}), **sweep.base}
    fixed = ", ".join(f"{name} {value}" for name, value in common.items())
    varied = "; ".join(f"{name} ({', '.join(map(str, values))})" for name, values in sweep.over.items())
    return f"Settings: {fixed}. Varied: {varied}. Seeds: {told}."


def take(lines: Sequence[Mapping[str, Any]], name: str) -> None:
    """The numbers of a picture as a table, and as a file."""
    with st.expander("The numbers"):
        st.dataframe(lines, hide_index=True, key=f"numbers_{name}")
        st.download_button("Numbers (CSV)", csv(lines), f"{name}.csv", "text/csv", key=f"csv_{name}", on_click="ignore")


def csv(lines: Sequence[Mapping[str, Any]]) -> str:
    """Lines of the same names as CSV.

    Examples
    --------
    >>> print(csv([{"series": "RNN", "lag": 5, "median": 0.5}]))
    series,lag,median
    RNN,5,0.5
    <BLANKLINE>
    """
    written = io.StringIO()
    writer = DictWriter(written, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return written.getvalue()
