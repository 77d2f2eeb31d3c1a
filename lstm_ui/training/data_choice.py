"""The first part of a training page: which data, and what was read.

Ready-made data stand in the address. What is pasted or uploaded stays in the reader's session until a run takes it
along; what cannot be read leaves the last good data on the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import streamlit as st

from lstm_core.sources import Source
from lstm_core.text import clean
from lstm_runs import reading
from lstm_ui import address, frame, samples
from lstm_ui.setting import Setting, choice
from lstm_ui.training import data_words
from lstm_ui.training.lab import Lab


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Data that could be read: the source, its digest, and what to say about it."""

    source: Source
    digest: str
    facts: tuple[str, ...]


ORIGINS = {"ready": "Ready-made", "paste": "Paste", "upload": "Upload"}
LARGEST = 25  # megabytes that the browser may send: enough to say what is wrong with a file that is too large
_NONE = "(none)"


def settings(lab: Lab) -> tuple[Setting, ...]:
    """What of the data stands in the address."""
    names = [sample.name for sample in samples.samples(lab.task)] or [_NONE]
    return choice("from", tuple(ORIGINS)), choice("data", names)


def choose(lab: Lab) -> Given | None:
    """Widgets to choose data with, and the data; None where nothing has been given yet.

    Parameters
    ----------
    lab : Lab

    Returns
    -------
    Given or None
        The last good data where what was given now cannot be read; the reader is told.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="data_row"):
        origin = st.segmented_control(
            "Data", list(ORIGINS), format_func=ORIGINS.get, key="from", required=True, width="content"
        )
        address.drawn("from")
        maker = {"ready": _ready, "paste": _pasted, "upload": _uploaded}[origin]
        try:
            given = maker(lab)
        except ValueError as error:
            given = None
            st.error(frame.plain(str(error)))
    return _kept(lab, given)


def _kept(lab: Lab, source: Source | None) -> Given | None:
    """What was read now, or the last that could be; a digest and a summary are made once, not at every click."""
    state, name = st.session_state, f"data of {lab.page}"
    given, stale = state.get(name), source is None
    if source is None and given is None and (first := samples.samples(lab.task)):
        source = samples.load(lab.task, first[0].name)  # nobody begins with an empty page
    if source is not None and (given is None or given.source is not source):
        given = state[name] = Given(source, source.digest(), tuple(data_words.summary(source)))
    if given is not None:
        _say(given, stale=stale)
    return given


def _ready(lab: Lab) -> Source:
    found = {sample.name: sample for sample in samples.samples(lab.task)}
    if not found:
        raise ValueError("data: expected files in sample_data, got none; paste a text or upload one")
    name = st.selectbox("Text", list(found), format_func=lambda name: found[name].title, key="data", width=320)
    address.drawn("data")
    return samples.load(lab.task, name)


def _pasted(lab: Lab) -> Source | None:
    typed = st.text_area("Text", key=f"pasted {lab.task}", placeholder=lab.paste, persist_state="session", width=560)
    if not (typed or "").strip():
        return None
    name = "pasted text"
    makers: dict[str, Callable[[], Source]] = {
        "language": lambda: reading.read_text(typed, name),
        "classifier": lambda: reading.paste_labelled(typed, name),
        "tagger": lambda: reading.paste_tagged(typed, name),
    }
    return _once(lab, ("pasted", hashlib.sha256(typed.encode("utf-8", "surrogatepass")).digest()), makers[lab.task])


def _uploaded(lab: Lab) -> Source | None:
    file = st.file_uploader(
        "A file: " + ", ".join(f".{ending}" for ending in lab.uploads),
        type=list(lab.uploads),
        key=f"uploaded {lab.task}",
        max_upload_size=LARGEST,
        width=560,
    )
    if file is None:
        return None
    name = data_words.short(clean(PurePath(file.name).stem), 60)
    if lab.task == "tagger":
        return _once(lab, file.file_id, lambda: reading.read_conll(file.getvalue(), name))
    if file.name.lower().endswith(".txt"):
        reader = reading.read_text if lab.task == "language" else _labelled_lines
        return _once(lab, file.file_id, lambda: reader(file.getvalue(), name))
    table = _once(lab, ("table", file.file_id), lambda: reading.read_table(file.getvalue(), name))
    columns = _columns(lab, table)
    return _once(lab, (file.file_id, columns), lambda: _from_table(lab, table, columns, name))


def _labelled_lines(data: bytes, name: str) -> Source:
    return reading.paste_labelled(reading.read_text(data, name).text, name)


def _columns(lab: Lab, table: Any) -> tuple[str, str, str | None]:
    """Which column is what; guessed first, chosen by the reader."""
    names = list(table.columns)
    text, label, split = reading.guess_columns(table)
    # Another table is another widget: a choice of columns that it has not must not come back.
    mark = hashlib.sha256("\0".join(names).encode()).hexdigest()[:12]
    text = st.selectbox("Text is in", names, names.index(text), format_func=data_words.short, key=f"text {mark}")
    if lab.task == "language":
        return text, text, None
    label = st.selectbox("Label is in", names, names.index(label), format_func=data_words.short, key=f"label {mark}")
    rest = [_NONE, *names]
    place = rest.index(split) if split in rest else 0
    split = st.selectbox("Split is in", rest, place, format_func=data_words.short, key=f"split {mark}")
    return text, label, None if split == _NONE else split


def _from_table(lab: Lab, table: Any, columns: tuple[str, str, str | None], name: str) -> Source:
    text, label, split = columns
    if lab.task == "language":
        return reading.read_text("\n".join(table.column(text)), name)
    if text == label:
        raise ValueError("columns: expected two different columns for text and label, got one; choose another")
    return reading.to_labelled(table, text, label, split, name=name)


def _once(lab: Lab, ident: object, make: Callable[[], Any]) -> Any:
    """What `make` gives, made once for as long as `ident` stays: a large file is not read at every click.

    A failure is kept as well: it is said again, not found again.
    """
    kept = st.session_state.setdefault(f"read on {lab.page}", {})
    if ident not in kept:
        while len(kept) >= 4:
            del kept[next(iter(kept))]
        try:
            kept[ident] = make()
        except ValueError as error:
            kept[ident] = error
    if isinstance(kept[ident], ValueError):
        raise kept[ident]
    return kept[ident]


def _say(given: Given, *, stale: bool) -> None:
    """What was read, and a look at it."""
    name = given.source.name
    if stale:
        st.info(frame.plain(f"Until something can be read here, the data stay: {name}."))
    with st.container(horizontal=True, vertical_alignment="center", key="data_words"):
        with st.popover("Look at it", key="look", on_change="rerun") as look:
            if look.open:
                st.dataframe(data_words.table(given.source), hide_index=True, height=320)
        st.caption(frame.plain(" · ".join((name, *given.facts))), width="stretch")
    for note in getattr(given.source, "notes", ()):
        st.info(frame.plain(note))
