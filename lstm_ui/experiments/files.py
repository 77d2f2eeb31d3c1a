"""A sweep as a file: TOML with its settings, for the shell too, and JSON with what came out of it."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import streamlit as st

from lstm_runs import grids, tables
from lstm_runs.grids import Between, Sweep
from lstm_ui import address, frame
from lstm_ui.experiments import datasets, form

_LARGEST = 25  # megabytes that the browser may send
_FILE = "sweep file"
OPENED, FROM_FILE = "opened sweep", "file"  # in the session; in the place of a stored sweep's name


def to_toml(sweep: Sweep) -> str:
    """A sweep as the shell reads it; `grids.read_toml` makes the same sweep of it.

    Examples
    --------
    >>> print(to_toml(Sweep("first", 20, {"hidden": 8}, {"cell": ("lstm", "rnn")}, seeds=(0, 1))))
    data = "first"
    lag = 20
    seeds = [0, 1]
    <BLANKLINE>
    [settings]
    hidden = 8
    <BLANKLINE>
    [over]
    cell = ["lstm", "rnn"]
    <BLANKLINE>
    """
    top: dict[str, Any] = {"title": sweep.title} if sweep.title else {}
    top["data"] = sweep.data
    top |= {"lag": sweep.lag} if sweep.lag is not None else {}
    if sweep.mode == "random":
        top |= {"mode": "random", "count": sweep.count, "draw": sweep.draw}
    top["seeds"] = sweep.seeds
    parts = [top, dict(sweep.base), dict(sweep.over)]
    written = []
    for header, values in zip(("", "[settings]\n", "[over]\n"), parts, strict=True):
        if values:
            written.append(header + "".join(f"{name} = {_value(value)}\n" for name, value in values.items()))
    return "\n".join(written)


def download(sweep: Sweep) -> None:
    """The form as a file for the shell."""
    st.download_button(
        "As a TOML file", partial(to_toml, sweep), "sweep.toml", "application/toml", key="sweep_toml",
        on_click="ignore", type="tertiary", help="For the shell: python -m lstm_runs sweep sweep.toml",
    )  # fmt: skip


def opener() -> None:
    """A file of a sweep: its settings go into the form, its results are shown."""
    with st.popover("Open a file", key="sweep_open_file", on_change=address.put) as opened:
        if opened.open:
            st.file_uploader("A sweep", type=["toml", "json"], key=_FILE, max_upload_size=_LARGEST)
            st.caption("TOML: its settings go into the form. JSON, as this page gives it: its results are shown.")
            _take()


def _take() -> None:
    """Take up what was uploaded, once."""
    state = st.session_state
    file = state.get(_FILE)
    if file is None:
        state["sweep file refused"] = ""
    elif state.get("sweep file taken") != file.file_id:
        state["sweep file taken"], state["sweep file refused"] = file.file_id, ""
        try:
            (_to_form if file.name.lower().endswith(".toml") else _to_results)(file.getvalue())
        except ValueError as error:
            state["sweep file refused"] = str(error)
        else:
            st.rerun()
    if words := state.get("sweep file refused"):
        st.error(frame.plain(words))


def _to_form(data: bytes) -> None:
    from lstm_ui.experiments import progress

    sweep = grids.read_toml(data)
    what, name, chosen = datasets.of_sweep(sweep)
    form.planned(sweep, chosen)  # whatever cannot be is told before the form changes
    form.take(sweep, what, name)
    progress.follow("")


def _to_results(data: bytes) -> None:
    from lstm_ui.experiments import progress

    st.session_state[OPENED] = tables.from_json(data)
    progress.follow("", stored=FROM_FILE)


def _value(value: object) -> str:
    if isinstance(value, Between):
        return f'{{ from = {value.least!r}, to = {value.most!r}, scale = "{value.scale}" }}'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # A string of JSON is one of TOML, but for DEL, which TOML wants as a number.
        return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
