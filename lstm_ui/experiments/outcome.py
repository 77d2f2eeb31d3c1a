"""What came out of a sweep: one picture at a time, the table of its runs or of groups of them, and files to take along.

Drawn as a fragment. While the sweep runs, what is shown is taken anew every few seconds, and only if a run has ended.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from lstm_plots.sweep_figures import NOTHING
from lstm_runs import tables
from lstm_runs.sweeps import NoSuchSweep, Row
from lstm_ui import address, frame, runs
from lstm_ui.experiments import look, pictures, ways
from lstm_ui.experiments.fields import label, said
from lstm_ui.experiments.look import Results
from lstm_ui.setting import Setting, choice, whole

PAGE = "Experiments"
SELDOM = 5.0  # seconds between two looks at the results of a sweep that runs
_AT_REST = 30.0  # the same where only clearing can change them
_SHOWN = {"runs": "Runs", "groups": "Groups"}
_STATUS = ("finished", "running", "waiting", "planned", "paused", "stopped", "failed", "deleted")
_MOST_CHOICES = 40  # values of a setting that a filter lists
SETTINGS: tuple[Setting, ...] = (
    choice("picture", tuple(pictures.PICTURES)),
    Setting("measure", ""),
    Setting("x", ""),
    Setting("by", ""),
    choice("table", tuple(_SHOWN)),
    whole("number", 1, 1, 1_000_000),
)
KEYS = tuple(setting.key for setting in SETTINGS)


def of_sweep(ident: str, title: str, *, live: bool) -> Results:
    """What is known of a sweep by now; while it runs, of some seconds ago.

    Raises
    ------
    NoSuchSweep, ValueError
    """
    state, now = st.session_state, time.monotonic()
    found = state.get("sweep results")
    if found is not None and found[0] == (ident, live) and now < found[1]:
        return found[2]  # type: ignore[no-any-return]
    began, sweeps = time.monotonic(), runs.service().sweeps
    results = Results(ident, title, sweeps.sweep(ident), sweeps.rows(ident), sweeps.curves(ident))
    cost = time.monotonic() - began
    state["sweep results"] = (ident, live), now + max(SELDOM - 1 if live else _AT_REST, 10 * cost), results
    return results


def show(results: Results) -> None:
    """The picture, the table, and what can be taken along; `address.recall(KEYS)` before it in a fragment."""
    if not results.rows:
        st.caption("This sweep has no runs.")
        return
    address.recall(KEYS)
    rows = _filtered(results.rows, results.ident)
    some = results._replace(rows=rows)
    pictures.show(some, results, partial(_filter, results.rows, results.ident))
    with st.container(horizontal=True, vertical_alignment="center", key="sweep_table"):
        shown = st.segmented_control(
            "Table", list(_SHOWN), format_func=_SHOWN.get, key="table", required=True, label_visibility="collapsed"
        )
        address.drawn("table")
        _take_along(results, rows)
        left_out = len(results.rows) - len(rows)
        count = f"{len(rows):,} runs" + (f", {left_out:,} left out by the filter" if left_out else "")
        st.caption(count, width="content")
    if shown == "groups":
        _groups(some, look.settings(results.rows))
    else:
        _table(some)
        ways.show(results)
    address.amend(PAGE, *SETTINGS)


def _filtered(rows: Sequence[Row], ident: str) -> list[Row]:
    """The rows that the filter lets through."""
    found = list(rows)
    for name in _filters(rows):
        values = st.session_state.get(f"filter {ident} {name} kept")
        if values:
            found = [row for row in found if _told(row, name) in values]
    return found


def _told(row: Row, name: str) -> str:
    return row.status if name == "status" else said(row.settings[name])


def _filters(rows: Sequence[Row]) -> list[str]:
    return ["status", *(name for name in rows[0].settings if 1 < len(look.distinct(rows, name)) <= _MOST_CHOICES)]


def _filter(rows: Sequence[Row], ident: str) -> None:
    """The form of the filter."""
    with st.popover("Filter", key="sweep_filter", on_change="rerun") as opened:
        anew = not st.session_state.get("filter was open")
        st.session_state["filter was open"] = opened.open
        if opened.open:
            for name in _filters(rows):
                there = _STATUS if name == "status" else [said(value) for value in look.distinct(rows, name)]
                known = {_told(row, name) for row in rows}
                _choices(label(name), [text for text in there if text in known], f"filter {ident} {name}", anew=anew)


def _choices(title: str, options: Sequence[str], key: str, *, anew: bool) -> None:
    # Kept under another name, because Streamlit forgets a widget while its popover is shut.
    kept = [text for text in st.session_state.get(f"{key} kept", []) if text in options]
    if anew:
        st.session_state[key] = kept
    address.correct(key, kept)
    st.multiselect(title, options, key=key, placeholder="All", on_change=_keep, args=(key,))


def _keep(key: str) -> None:
    st.session_state[f"{key} kept"] = list(st.session_state[key])
    address.put()


def _table(results: Results) -> None:
    """A line for each run; a click on one opens it below."""
    rows, config = results.rows, st.column_config
    if not rows:
        st.caption("No run fits the filter.")
        return
    columns: dict[str, Any] = {"number": [row.number for row in rows]}
    shown: dict[str, Any] = {"number": config.NumberColumn("Run", width="small", format="%d")}
    for name in rows[0].settings:
        values = [row.settings[name] for row in rows]
        columns[name], shown[name] = _column(label(name), values, look.is_numeric(rows, name))
    columns["status"] = [row.status for row in rows]
    shown["status"] = config.TextColumn("Status")
    columns["step"] = [row.step for row in rows]
    shown["step"] = config.NumberColumn("Updates", format="%d")
    for name, words in look.measures(results).items():
        columns[name], shown[name] = _column(words, [getattr(row, name) for row in rows], True)
    if any(row.reason for row in rows):
        columns["reason"] = [row.reason for row in rows]
        shown["reason"] = config.TextColumn("Why it failed", width="large")
    key = f"runs {results.ident} {hash(tuple(row.number for row in rows))}"  # other rows are another table
    st.dataframe(
        columns, hide_index=True, column_config=shown, placeholder=NOTHING, key=key,
        height=min(420, 38 + 35 * len(rows)), on_select=partial(_chosen, key, columns["number"]),
        selection_mode="single-row",
    )  # fmt: skip


def _column(title: str, values: Sequence[Any], number: bool) -> tuple[list[Any], Any]:
    """Values for a table, and how they are shown: numbers stay numbers, so that they are sorted as such."""
    if not number:
        return [None if value is None else said(value) for value in values], st.column_config.TextColumn(title)
    whole = all(value is None or isinstance(value, int) for value in values)
    found = [math.nan if value is None else value for value in values]
    return found, st.column_config.NumberColumn(title, format="%d" if whole else "%.4g")


def _chosen(key: str, numbers: Sequence[int]) -> None:
    picked = st.session_state[key].selection.rows
    address.put(**({"number": int(numbers[picked[0]])} if picked and picked[0] < len(numbers) else {}))


def _groups(results: Results, known: list[str]) -> None:
    """Means over everything that the chosen settings do not tell apart."""
    rows = results.rows
    key = f"groups {results.ident}"
    st.session_state.setdefault(key, known)
    by = st.multiselect("One line for each", [*known, look.SEED], format_func=label, key=key, width=560)
    measure = st.session_state["measure"]
    found = tables.group(rows, by, measure) if rows else []
    if not found:
        st.caption("None of these runs has finished.")
        return
    columns, shown = {}, {}
    for name in by:
        values = [each.settings[name] for each in found]
        columns[name], shown[name] = _column(label(name), values, look.is_numeric(rows, name))
    for name in ("runs", "mean", "spread", "median", "least", "most"):
        columns[name], shown[name] = _column(name.capitalize(), [getattr(each, name) for each in found], True)
    height = min(420, 38 + 35 * len(found))
    st.dataframe(columns, hide_index=True, column_config=shown, placeholder=NOTHING, height=height)
    st.caption(
        frame.plain(
            f"{look.measures(results)[measure]}. Spread: the standard deviation between runs of a group, with n - 1. "
            f"Runs that have not finished are not counted. {look.failed(rows)}".strip()
        )
    )


def _take_along(results: Results, rows: Sequence[Row]) -> None:
    """CSV of the rows that are shown, JSON of everything; made when they are asked for."""
    st.download_button(
        "CSV", partial(tables.to_csv, list(rows)), "sweep.csv", "text/csv", key="sweep_csv", on_click="ignore",
        help="The runs of the table",
    )  # fmt: skip
    st.download_button(
        "JSON", partial(_json, results), "sweep.json", "application/json", key="sweep_json", on_click="ignore",
        help="The sweep, all its runs and their curves; this page opens it again",
    )  # fmt: skip


def _json(results: Results) -> str:
    return tables.to_json(list(results.rows), json.loads(results.sweep.to_bytes()), results.curves)


def fragment(ident: str, title: str, live: bool) -> None:
    """The results of a sweep of the store, taken anew while it runs."""
    try:
        show(of_sweep(ident, title, live=live))
    except (NoSuchSweep, ValueError) as error:
        st.error(frame.plain(str(error)))
