"""The frame of every page: title, sidebar, fonts and spacing, and the one trick that keeps reruns cheap."""

from __future__ import annotations

import gc
import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_plots.theme import Mode
from lstm_ui.address import last_address

HOME = Path(__file__).parents[1]
LESSONS = {
    "Home": "app.py",
    "Step through": "pages/1_Step_through.py",
    "Gate heatmaps": "pages/2_Gate_heatmaps.py",
    "Backward pass": "pages/3_Backward_pass.py",
    "Vanishing gradients": "pages/4_Vanishing_gradients.py",
    "Language model": "pages/5_Language_model.py",
    "Text classifier": "pages/6_Text_classifier.py",
    "Tagger": "pages/7_Tagger.py",
    "Experiments": "pages/8_Experiments.py",
}
SIDEBAR = 220  # pixels: the lesson needs the room
ICON = "\N{LEFT-POINTING MAGNIFYING GLASS}"


@contextmanager
def page(title: str) -> Iterator[DeltaGenerator]:
    """Everything around the content of a page; gives the row of the title, for what should stand beside it.

    Parameters
    ----------
    title : str
        One of `LESSONS`.
    """
    tab = "Gatescope" if title == "Home" else f"{title} · Gatescope"
    st.set_page_config(tab, ICON, layout="wide", initial_sidebar_state=SIDEBAR)
    _freeze(0)
    st.html(HOME / "lstm_ui" / "frame.css")
    with st.sidebar:
        st.markdown("**Gatescope**")
        for name, path in LESSONS.items():
            st.page_link(path, label=name, query_params=dict(last_address(name)))
    header = st.container(horizontal=True, vertical_alignment="center", key="header")
    header.title("Gatescope" if title == "Home" else title, width="content", anchor=False)
    yield header
    _resume()
    _freeze(len(sys.modules) // 100)


@st.cache_resource(show_spinner=False)
def _resume() -> None:
    """Let runs go on that a stopped server has left: with the first page of any kind, when it is drawn."""
    from lstm_ui import runs  # here, because it is built on this module

    with suppress(ValueError):  # the pages that need it say what is wrong
        runs.service()


def lesson(name: str, language: str = "en") -> str:
    """The text of a page, Markdown written by this project."""
    return (HOME / "lessons" / language / f"{name}.md").read_text(encoding="utf-8")


def mode() -> Mode:
    """What a figure is drawn for: the reader's light or dark theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def plain(text: str) -> str:
    """Any text so that Markdown shows it as it is: what a reader or a link says must never become markup or a request.

    Examples
    --------
    >>> print(plain("**b** ![](http://a.b/c)").replace("\u2060", ""))
    \\*\\*b\\*\\* \\!\\[\\]\\(http\\:\\/\\/a\\.b\\/c\\)
    """
    one_line = " ".join(text.split())
    # Links and dashes are made of the text without its backslashes: an invisible joiner keeps their signs apart.
    apart = re.sub(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)|(?<=-)(?=-)", "\u2060", one_line)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", apart)


@st.cache_resource(show_spinner=False)
def _freeze(hundreds: int) -> None:
    """Keep the garbage collector off what the heavy imports have loaded; again after every hundred modules more.

    Streamlit collects all generations after every run. Walking pandas and pyarrow each time cost 65 to 80 ms; frozen, a
    rerun of a small page fell from 89 to 13 ms of CPU.
    """
    for name in ("numpy", "pandas", "pyarrow"):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
