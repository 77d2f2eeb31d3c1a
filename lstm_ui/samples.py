"""The ready-made data of the training pages: the files in sample_data, each with its name in links and a title."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import streamlit as st

from lstm_core.config import Task
from lstm_core.sources import Source
from lstm_runs import reading

FOLDER = Path(__file__).parents[1] / "sample_data"
_PLACES: dict[Task, tuple[str, str]] = {
    "language": ("texts", "*.txt"),
    "classifier": ("tables", "*.csv"),
    "tagger": ("tagged", "*.conll"),
}
# What a reader sees; a file without an entry goes by its name.
_TITLES: dict[str, tuple[str, str]] = {
    "agreement": ("Agreement across clauses", "generated from a grammar: who does what, several clauses later"),
    "prose_en": ("English prose", "written for this app"),
    "prose_zh": ("Chinese prose", "written for this app"),
    "reviews": ("Reviews, good or bad", "generated: the order of the words decides"),
    "messages": ("Messages, spam or not", "generated"),
    "news": ("News by topic", "generated short items"),
    "names": ("Persons, places, organisations", "generated sentences; many names need their context"),
}
FIRST = ("agreement", "reviews", "names")  # what a newcomer meets


@dataclass(frozen=True, slots=True)
class Sample:
    """One ready-made file: `name` stands in links, `title` and `about` on the page."""

    name: str
    title: str
    about: str
    path: Path


def samples(task: Task) -> tuple[Sample, ...]:
    """What there is for a task, the newcomer's first; empty where the folder is."""
    place, pattern = _PLACES[task]
    paths = sorted((FOLDER / place).glob(pattern), key=lambda path: (path.stem not in FIRST, path.stem))
    return tuple(_sample(path) for path in paths)


def trained_on(opened: Any) -> str:
    """The name of the ready-made data that an opened model file says it was trained on; empty where it names none."""
    name = PurePosixPath(opened.notes.get("data", "")).stem
    return name if name in {sample.name for sample in samples(opened.config.task)} else ""


def _sample(path: Path) -> Sample:
    title, about = _TITLES.get(path.stem, (path.stem.replace("_", " ").capitalize(), ""))
    return Sample(path.stem, title, about, path)


@st.cache_resource(max_entries=8, show_spinner=False)
def load(task: Task, name: str) -> Source:
    """A ready-made source, read once a server.

    Raises
    ------
    ValueError
        There is no such file, or it cannot be read.
    """
    found = next((sample for sample in samples(task) if sample.name == name), None)
    if found is None:
        raise ValueError(f"data: expected one of the ready-made files, got {name[:40]!r}; choose one from the list")
    data = found.path.read_bytes()
    if task == "language":
        return reading.read_text(data, found.title)
    if task == "tagger":
        return reading.read_conll(data, found.title)
    table = reading.read_table(data, found.title)
    return reading.to_labelled(table, *reading.guess_columns(table), name=found.title)


@st.cache_resource(max_entries=8, show_spinner=False)
def digest(task: Task, name: str) -> str:
    """`Source.digest` of a ready-made source, made once a server."""
    return load(task, name).digest()
