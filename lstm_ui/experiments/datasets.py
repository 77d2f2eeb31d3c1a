"""The data of a sweep: a synthetic task, the digits, ready-made texts, or the reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from lstm_core import tasks
from lstm_core.config import Task
from lstm_core.sources import Source
from lstm_runs.grids import Sweep
from lstm_ui import address, samples
from lstm_ui.setting import Setting, choice
from lstm_ui.training import data_choice
from lstm_ui.training.lab import CLASSIFIER, LANGUAGE, TAGGER, Lab

OTHERS: dict[str, tuple[Lab, str]] = {
    "text": (LANGUAGE, "A text"),
    "labelled": (CLASSIFIER, "Labelled texts"),
    "tagged": (TAGGER, "Tagged sentences"),
}
WHAT = (*tasks.PROBLEMS, *OTHERS)
_ENDINGS: dict[Task, str] = {"language": ".txt", "classifier": ".csv", "tagger": ".conll"}
_OWN = "own"  # what data without a name in links are called, before their ending


class Chosen(NamedTuple):
    """Data as a sweep takes them: their name there, the source if they are no synthetic task, its digest, a title."""

    name: str
    sources: Mapping[str, Source]
    digest: str
    title: str


def settings() -> tuple[Setting, ...]:
    """What stands in the address."""
    names = [sample.name for lab, _ in OTHERS.values() for sample in samples.samples(lab.task)] or ["(none)"]
    return choice("s_data", WHAT, "first"), choice("from", tuple(data_choice.ORIGINS)), choice("data", names)


def select() -> str:
    """The widget for the kind of data."""
    titles = {name: problem.title for name, problem in tasks.PROBLEMS.items()}
    titles |= {name: title for name, (_, title) in OTHERS.items()}
    address.drawn("s_data")
    return st.selectbox("Data", WHAT, format_func=titles.get, key="s_data", width=260)


def choose(what: str) -> Chosen | None:
    """The data themselves, with the widgets that are needed for them; None where nothing has been given yet."""
    if what not in OTHERS:
        return of_task(what)
    lab, state = OTHERS[what][0], st.session_state
    there = [sample.name for sample in samples.samples(lab.task)]
    if there and state["data"] not in there:
        address.put(data=there[0])
    given = data_choice.choose(lab)
    if given is None:
        return None
    stem = state["data"] if state["from"] == "ready" and given.source is _ready(lab, state["data"]) else _OWN
    name = stem + _ENDINGS[lab.task]
    return Chosen(name, {name: given.source}, given.digest, given.source.name)


def of_task(name: str) -> Chosen:
    """A synthetic task, or the digits."""
    title = tasks.PROBLEMS[name].title
    if name != "digits":
        return Chosen(name, {}, "", title)
    source, digest = digits()
    return Chosen(name, {name: source}, digest, title)


def of_sweep(sweep: Sweep) -> tuple[str, str, Chosen]:
    """The data that a sweep names, as a file has them: what to choose in the form for it, and the data.

    Returns
    -------
    (str, str, Chosen)
        One of WHAT, the name of ready-made data or "", the data.

    Raises
    ------
    ValueError
        Data that are not on this page, or several.
    """
    if "data" in sweep.over:
        raise ValueError(
            "data: expected one name for all runs on this page, got several to vary; start such a sweep in the shell"
        )
    if sweep.data in tasks.PROBLEMS:
        return sweep.data, "", of_task(sweep.data)
    known = {}
    for what, (lab, _) in OTHERS.items():
        known |= {sample.name + _ENDINGS[lab.task]: (what, lab, sample.name) for sample in samples.samples(lab.task)}
    if sweep.data not in known:
        names = ", ".join([*tasks.PROBLEMS, *known])
        raise ValueError(f"data: expected one of {names}, got {sweep.data[:40]!r}; choose your own data in the form")
    what, lab, name = known[sweep.data]
    source = samples.load(lab.task, name)
    return what, name, Chosen(sweep.data, {sweep.data: source}, samples.digest(lab.task, name), source.name)


@st.cache_resource(show_spinner=False)
def digits() -> tuple[Source, str]:
    """The digits as labelled texts, read once a server, and their digest."""
    found = tasks.digits((samples.FOLDER / "digits" / "digits.csv").read_text(encoding="utf-8"))
    return found, found.digest()


def _ready(lab: Lab, name: str) -> Source | None:
    try:
        return samples.load(lab.task, name)
    except ValueError:
        return None
