"""Sweeps that are not in the run store: those computed beforehand, and one that its reader has opened from a file."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_ui import address, frame, runs, stored_sweeps
from lstm_ui.experiments import files, outcome, pictures, progress
from lstm_ui.experiments.look import Results

_EXAMPLE = "first-lag"  # what a newcomer sees below the form


def choose() -> None:
    """A list of what is computed beforehand."""
    with st.popover("Computed beforehand", key="sweep_stored", on_change=address.put) as opened:
        if opened.open:
            for name in stored_sweeps.NAMES:
                try:
                    found = stored_sweeps.open(name)
                except ValueError as error:
                    st.error(frame.plain(str(error)))
                    continue
                st.button(
                    frame.plain(found.title), key=f"stored {name}", on_click=progress.follow, args=("",),
                    kwargs={"stored": name}, type="tertiary", help=frame.plain(found.about),
                )  # fmt: skip


def show(name: str) -> None:
    """Its results, and the way to have them computed again."""
    try:
        results, words, sources = _of_file() if name == files.FROM_FILE else _of_store(name)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        st.button("New sweep", key="sweep_leave", on_click=progress.follow, args=("",))
        return
    st.markdown(f"**{frame.plain(results.title)}**")
    for line in words:
        st.caption(frame.plain(line))
    with st.container(horizontal=True, vertical_alignment="center", key="sweep_steer"):
        again = st.button("Run this again with the same seeds", key="sweep_again", on_click=address.put)
        st.button("Change and run again", key="sweep_change", on_click=progress.change, args=(results.sweep,))
        st.button("New sweep", key="sweep_leave", on_click=progress.follow, args=("",))
    if again:
        _again(results, sources)
    runs.say_refusal()
    st.fragment(outcome.show)(results)


def example() -> None:
    """A sweep computed beforehand, below the form of one who has none yet."""
    try:
        results, words, _ = _of_store(_EXAMPLE)
    except ValueError:
        return
    st.markdown(f"**{frame.plain(results.title)}**")
    st.caption(frame.plain(words[-1]))
    pictures.preview(results)
    st.button("Look into it", key="sweep_example", on_click=progress.follow, args=("",), kwargs={"stored": _EXAMPLE})


def _of_store(name: str) -> tuple[Results, list[str], Any]:
    found = stored_sweeps.open(name)
    results = Results(f"stored {name}", found.title, found.sweep, found.rows, found.curves, here=False)
    return results, [found.about, found.when()], lambda: stored_sweeps.sources(name)


def _of_file() -> tuple[Results, list[str], Any]:
    found = st.session_state.get(files.OPENED)
    if found is None:
        raise ValueError("file: expected the results of a sweep, got none in this session; open the file again")
    sweep, title = found.sweep, found.sweep.title or "A sweep from a file"
    ident = f"file {id(found)}"
    words = ["From a file: what it says was not computed on this server."]
    return Results(ident, title, sweep, found.rows, found.curves, here=False), words, lambda: _sources(sweep)


def _sources(sweep: Any) -> Any:
    from lstm_ui.experiments import datasets

    return datasets.of_sweep(sweep)[2].sources


def _again(results: Results, sources: Any) -> None:
    """Start the same sweep."""

    def start() -> Any:
        given = sources()
        with st.spinner("Starting …"):
            return runs.service().sweeps.start(results.sweep, given, title=results.title)

    ticket = progress.attempt(start)
    if ticket is not None:
        progress.follow(*ticket)
    st.rerun()
