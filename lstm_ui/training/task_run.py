"""A run that learns a task, on a page that trains on texts: its curves are shown there, and the ways onward."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_core import tasks
from lstm_ui import address, frame, runs, task_trials
from lstm_ui.training.lab import LABS

INSIDE: dict[str, dict[str, str]] = {"Step through": {"sub": "6"}, "Gate heatmaps": {}, "Backward pass": {}}


def is_task(view: Any) -> bool:
    """Whether the data of a run are those of a synthetic task."""
    return task_trials.is_task(runs.source(view.source_digest, view.id))


def lines(view: Any) -> dict[str, Any]:
    """The lines of the live chart: what chance and an answer without memory reach."""
    source = runs.source(view.source_digest, view.id)
    loss = [("without memory", tasks.memoryless_loss(source.task, source.lag))]
    if tasks.find(source.task).measure == "loss":
        return {"baselines": loss}
    chance, memoryless = (line(source.task, source.lag) for line in (tasks.chance, tasks.memoryless))
    return {"baselines": loss, "score_baselines": [("chance", chance), ("without memory", memoryless)]}


def show(view: Any) -> None:
    """What such a run is, and where its net can be looked into."""
    source = runs.source(view.source_digest, view.id)
    st.markdown(f"**{frame.plain(source.name)}**")
    st.markdown(frame.plain(tasks.find(source.task).about))
    st.caption(
        "It has no texts, so what this page shows of nets that read texts is not here. These pages read its trials:"
    )
    links(view.id, back=True)


def elsewhere(view: Any) -> None:
    """Why a run is none of this page, and where it is shown."""
    there = next((lab.page for lab in LABS if lab.task == view.config.task), "")
    where = f"the page {there} shows it" if there else "no page trains such nets alone"
    st.error(frame.plain(f"This run is a {view.config.task}: {where}. Below is this page without it."))
    links(view.id, there, back=True)


def links(ident: str, page: str = "", *, back: bool = False) -> None:
    """The pages that look into the net of a run; `page` shows its training, `back` leads to the sweeps."""
    with st.container(horizontal=True, key="task_links"):
        for name, more in INSIDE.items():
            settings = {"from": "run", "run": ident, **more}
            st.page_link(frame.LESSONS[name], label=name, icon=frame.ICON, query_params=settings)
        if page:
            key = {"key": st.session_state["key"]} if st.session_state["key"] else {}
            st.page_link(frame.LESSONS[page], label=page, icon=frame.ICON, query_params={"run": ident, **key})
        if back:
            name = "Experiments"
            last = dict(address.last_address(name))
            st.page_link(frame.LESSONS[name], label=name, icon=frame.ICON, query_params=last)
