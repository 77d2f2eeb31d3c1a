"""Nets that are trained already: the small ones that come with the app, and model files of the reader's own."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

from lstm_core import models
from lstm_core.sources import Source
from lstm_runs import model_files
from lstm_ui import address, frame, sample_models, samples, training_form
from lstm_ui.address import Setting, choice
from lstm_ui.data_choice import Given
from lstm_ui.lab import Lab
from lstm_ui.moments import Net

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
    state, own = st.session_state, f"opened on {lab.page}"
    _take_upload(lab, own)
    found = names(lab)
    options = [*found, *([OWN] if own in state else []), NONE]
    if state["model"] not in options:
        address.put(model=options[0])
    with st.container(horizontal=True, vertical_alignment="center", key="trained"):
        titles = {**{name: _title(name) for name in found}, OWN: "Yours", NONE: "None"}
        if len(options) > 1:
            st.segmented_control("A trained net", options, format_func=titles.get, key="model", required=True)
            address.drawn("model")
        with st.popover("Open a model file", key="open_model"):
            st.file_uploader("A .safetensors file that this app wrote", type=["safetensors"], key=f"file {lab.task}")
    chosen = state["model"]
    if chosen == NONE:
        return None
    if chosen == OWN:
        opened, digest = state[own]
        return _net(opened, OWN, f"file {digest}", given)
    return _net(sample_models.open_sample(chosen), chosen, f"model {chosen}", given)


def _net(opened: Any, name: str, ident: str, given: Given | None) -> Net:
    title = _title(name) if name != OWN else opened.notes.get("title") or "Your net"
    words = [title, training_form.summary(opened.config), f"{models.count(opened.model):,} parameters"]
    st.caption(frame.plain(" · ".join(words)))
    if about := opened.notes.get("about"):
        st.caption(frame.plain(about))
    link = {} if name == OWN else {"from": "model", "model": name}
    steps = opened.notes.get("step", "")
    source, digest = _data(opened, given)
    step = int(steps) if steps.isdecimal() else None
    return Net(opened.model, opened.config, ident, title, source, digest, step, link)


def _title(name: str) -> str:
    """What the file says of itself, else its name."""
    return sample_models.open_sample(name).notes.get("title") or sample_models.title(name)


def _data(opened: Any, given: Given | None) -> tuple[Source | None, str]:
    """What a net is measured on: the ready-made data it was trained on, if it says so, else what is chosen above."""
    task, name = opened.config.task, PurePosixPath(opened.notes.get("data", "")).stem
    if name in {sample.name for sample in samples.samples(task)}:
        return samples.load(task, name), samples.digest(task, name)
    return (None, "") if given is None else (given.source, given.digest)


def _take_upload(lab: Lab, own: str) -> None:
    """Open what was uploaded, once; what cannot be opened leaves everything as it was."""
    state = st.session_state
    file = state.get(f"file {lab.task}")
    if file is None or state.get(f"{own}: file") == file.file_id:
        return
    try:
        content = file.getvalue()
        opened = model_files.open_model(content)
        if opened.config.task != lab.task:
            raise ValueError(f"model: expected a {lab.task}, got a {opened.config.task}; open it on that page")
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return
    state[own], state[f"{own}: file"] = (opened, sha256(content).hexdigest()), file.file_id
    address.put(model=OWN)
