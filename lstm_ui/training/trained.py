"""Nets that are trained already: the small ones that come with the app, and model files of the reader's own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_core import models
from lstm_core.sources import Source
from lstm_ui import address, frame, learned, own_net, own_widgets, sample_models, samples
from lstm_ui.own_net import Own
from lstm_ui.setting import Setting, choice
from lstm_ui.training import configure
from lstm_ui.training.data_choice import Given
from lstm_ui.training.lab import LABS, Lab
from lstm_ui.training.moments import Net

NONE, OWN = "none", "own"


def names(lab: Lab) -> list[str]:
    """The sample models of a page, by the names of their files, the newcomer's first."""
    found = (name for name in sample_models.names() if sample_models.open_sample(name).config.task == lab.task)
    return sorted(found, key=lambda name: (name not in samples.FIRST, name))


def settings(lab: Lab) -> tuple[Setting, ...]:
    """What stands in the address: which sample model is open; at first there is one."""
    found = names(lab)
    return (choice("model", [*found, NONE, OWN], found[0] if found else NONE),)


def choose(lab: Lab, given: Given | None) -> Net | None:
    """Widgets to open a trained net, and the net."""
    state, found = st.session_state, names(lab)
    with st.container(horizontal=True, vertical_alignment="center", key="trained"):
        choices = st.container(width="content")
        own_widgets.form("Open a net of yours", key="open_model")
    own = own_net.current()
    fits = own is not None and own.config is not None and own.config.task == lab.task
    seen, state[f"seen on {lab.page}: own"] = state.get(f"seen on {lab.page}: own"), own and own.ident
    if own is not None and seen != own.ident and fits:
        address.put(model=OWN)
    if own is not None and not fits:
        st.caption(frame.plain(elsewhere(lab, own)))
    options = [*found, *([OWN] if fits else []), NONE]
    if state["model"] not in options:
        address.put(model=options[0])
    titles = {**{name: _title(name) for name in found}, OWN: "Yours", NONE: "None"}
    if len(options) > 1:
        with choices:
            st.segmented_control("A trained net", options, format_func=titles.get, key="model", required=True)
            address.drawn("model")
    chosen = state["model"]
    if chosen == NONE:
        return None
    if chosen == OWN:
        return _net(own, OWN, own.ident, given)  # type: ignore[union-attr]
    return _net(sample_models.open_sample(chosen), chosen, f"model {chosen}", given)


def elsewhere(lab: Lab, own: Own) -> str:
    """Why a net of the reader's own is none of this page, and where it can be looked at."""
    where = "Step through and Gate heatmaps show it, under “Your net”."
    if own.model is None:
        return f"{own.title} is open. {where} For this page give it a vocabulary, and say what its outputs mean."
    if own.config is None:
        return f"{own.title} is open. {where} This page takes nets whose layers are all alike."
    there = next(each for each in LABS if each.task == own.config.task)
    kind, wanted = (each.page.removeprefix("Text ").lower() for each in (there, lab))
    return f"{own.title} is a {kind}, and not a {wanted}: the page {there.page} takes it. {where}"


def _net(opened: Any, name: str, ident: str, given: Given | None) -> Net:
    title = _title(name) if name != OWN else opened.title
    # Of weights from elsewhere nobody knows how they were trained.
    foreign = name == OWN and opened.net is not None
    about = learned.about(opened.model) if foreign else configure.summary(opened.config)
    words = [title, about, f"{models.count(opened.model):,} parameters"]
    st.caption(frame.plain(" · ".join(words)))
    if about := opened.notes.get("about"):
        st.caption(frame.plain(about))
    link = {"from": OWN} if name == OWN else {"from": "model", "model": name}
    steps = opened.notes.get("step", "")
    source, digest = _data(opened, given)
    step = int(steps) if steps.isdecimal() else None
    return Net(opened.model, opened.config, ident, title, source, digest, step, link)


def _title(name: str) -> str:
    """What the file says of itself, else its name."""
    return sample_models.open_sample(name).notes.get("title") or sample_models.title(name)


def _data(opened: Any, given: Given | None) -> tuple[Source | None, str]:
    """What a net is measured on: the ready-made data it was trained on, if it says so, else what is chosen above."""
    task = opened.config.task
    if name := samples.trained_on(opened):
        return samples.load(task, name), samples.digest(task, name)
    return (None, "") if given is None else (given.source, given.digest)
