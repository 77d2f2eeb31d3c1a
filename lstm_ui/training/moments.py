"""The net that a page speaks about: of a run at one moment of its training, or from a model file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Source
from lstm_ui import address, estimate, frame, runs
from lstm_ui.training import controls

_PATIENCE = 10  # times as long as a net took to show does the next one wait

JUMPS = "jumps to the newest"  # in the session: how often the reader has asked for it


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A trained net and where it comes from.

    Parameters
    ----------
    model : a model of `lstm_core.models`
    config : TrainConfig
    ident : str
        Equal for equal nets: what is computed from a net is kept under it.
    title : str
    source : Source or None
        What it is measured on; for a model file the data chosen on the page.
    digest : str
        Of the source.
    step : int or None
        Updates behind it, where that is known.
    link : mapping of str to str
        What the page Step through needs to open it.
    """

    model: Any
    config: TrainConfig
    ident: str
    title: str
    source: Source | None
    digest: str
    step: int | None
    link: Mapping[str, str]

    def data(self) -> Data:
        """The data, ready to be measured on; read once a server.

        Raises
        ------
        ValueError
            There are none, or they do not fit.
        """
        if self.source is None:
            raise ValueError("data: expected a text to measure this net on, got none; choose data above")
        return estimate.prepared(estimate.prepared_key(self.digest, self.config), self.source, self.config)


def of_run(view: Any) -> Net | None:
    """The net of a run at the moment that the page looks at; None before the first checkpoint."""
    step = controls.moment(view)
    if step is None:
        return None
    try:
        model = runs.model(view.id, step)
    except ValueError:  # thinned out while the run went on
        view = runs.service().view(view.id)
        step = controls.moment(view) or 0
        model = runs.model(view.id, step)
    return Net(
        model,
        view.config,
        f"{view.id} {step}",
        view.title,
        runs.source(view.source_digest, view.id),
        view.source_digest,
        step,
        {"from": "run", "run": view.id, "checkpoint": str(step)},
    )


@contextmanager
def following(view: Any) -> Iterator[Net | None]:
    """The net to show now: while a run trains a newer one from time to time, so that showing costs little of it.

    What is shown within this context is timed: the next net comes after many times as long.
    """
    state = st.session_state
    if view.status not in runs.LIVE or state["at"] != runs.NEWEST:
        yield of_run(view)
        return
    ident, net, due = state.get("followed", ("", None, 0.0))
    if ident != view.id or net is None or time.monotonic() >= due:
        net = of_run(view)
    began = time.monotonic()
    yield net
    cost = time.monotonic() - began
    # What was shown anew costs time; the same again is quick, and must not bring the next one earlier.
    due = max(due, began + _PATIENCE * cost)
    state["followed"] = view.id, net, due


def say_moment(view: Any, net: Net) -> None:
    """Which moment the results below are of, and the way to the newest."""
    words = f"The net after {net.step:,} updates"
    follows = st.session_state["at"] == runs.NEWEST
    with st.container(horizontal=True, vertical_alignment="center", key="moment"):
        words += "; it follows the training." if follows and view.status in runs.LIVE else "."
        st.caption(words, width="content")
        if not follows:
            st.button("Newest", key="newest", on_click=_to_newest, type="tertiary")


def _to_newest() -> None:
    address.put(at=runs.NEWEST)
    st.session_state[JUMPS] = st.session_state.get(JUMPS, 0) + 1


def links(net: Net, typed: str) -> None:
    """The ways to the pages that look into a net, with this one and a text."""
    if not net.link:
        return
    settings = {**net.link, "text": typed[: address.LONGEST // 4]}
    with st.container(horizontal=True):
        for page, more in (("Step through", {"sub": "6"}), ("Gate heatmaps", {})):
            label, path = f"Open in {page}", frame.LESSONS[page]
            st.page_link(path, label=label, icon=frame.ICON, query_params={**settings, **more})
