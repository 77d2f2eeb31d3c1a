"""The small trained models that come with the app: their names, and one of them, opened once a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parents[1] / "sample_data" / "models"


def names() -> tuple[str, ...]:
    """What can stand in a link: the files' names without their ending."""
    return tuple(path.stem for path in sorted(FOLDER.glob("*.safetensors")))


def title(name: str) -> str:
    """What a file calls itself; its name as words, where it says nothing or cannot be opened.

    Examples
    --------
    >>> title("good_or_bad")
    'Good or bad'
    """
    try:
        said = str(open_sample(name).notes.get("title", ""))
    except ValueError:
        said = ""
    return said or name.replace("_", " ").capitalize()


def open_sample(name: str) -> Any:
    """One of them, as `lstm_runs.model_files.open_model` gives it.

    Raises
    ------
    ValueError
        There is none of this name, or the file is damaged.
    """
    if name not in names():
        known = ", ".join(names()) or "none at all here"
        raise ValueError(f"model: expected one of {known}, got {name[:40]!r}; choose another")
    path = FOLDER / f"{name}.safetensors"
    return _open(path, path.stat().st_mtime_ns)


@st.cache_resource(max_entries=24, show_spinner=False)
def _open(path: Path, written: int) -> Any:
    from lstm_runs import model_files  # here, because most visits to a page open none

    return model_files.open_model(path.read_bytes())
