"""The ways from a racer to the pages that look into a net."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_ui import frame, runs
from lstm_ui.race.lineup import NAMES
from lstm_ui.race.runners import Race

_LOOK = ("Step through", "Gate heatmaps", "Backward pass")
_TRAINING = {"language": "Language model", "classifier": "Text classifier", "tagger": "Tagger"}


def show(race: Race, moment: int | None) -> None:
    """A form with one row a racer: every page that takes it."""
    with st.popover("Look inside", key="race_inside", on_change="rerun") as form:
        if not form.open:
            return
        for cell, view in race.views.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{NAMES[cell]}**", width=130)
                for page, settings in addresses(view, moment).items():
                    st.page_link(frame.LESSONS[page], label=page, query_params=settings)


def addresses(view: Any, moment: int | None) -> dict[str, dict[str, str]]:
    """By page what stands in the address of the page with this racer; it opens with a held-out sequence."""
    marks = [mark.step for mark in view.checkpoints]
    step = moment if moment is not None else marks[-1] if marks else runs.NEWEST
    look = {"from": "run", "run": view.id, "checkpoint": str(step)}
    found = dict.fromkeys(_LOOK, look)
    if view.config.task in _TRAINING:
        found[_TRAINING[view.config.task]] = {"run": view.id}
    return found
