"""Before a race: what is left of the gradient in the racers' nets as they begin, on the same trials as later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from lstm_core import corpus, training
from lstm_plots import bands, figures
from lstm_ui import frame
from lstm_ui.kept import kept
from lstm_ui.race import example, lineup, remaining, wording
from lstm_ui.race.lineup import NAMES, Setup
from lstm_ui.race.remaining import BEHIND, Profile


class Before(NamedTuple):
    """A profile of every racer, by its name; how many steps before the answer it is decided; how many trials."""

    profiles: Mapping[str, Profile]
    needed: tuple[int, ...]
    trials: int


def look(setup: Setup) -> Before:
    """What the picture of a race shows at update 0.

    Raises
    ------
    ValueError
        Nobody takes part.
    """
    configs, read = lineup.configs(setup), lineup.source(setup.task, setup.lag)
    first = next(iter(configs.values()))
    data, behind = corpus.prepare(read, first), BEHIND.get(setup.task, 0)
    batch = remaining.held_out(data, first)
    needed = example.needed(setup.problem, batch, behind)
    exact = (needed[0] + needed[-1]) // 2 if needed else None
    found = {
        NAMES[cell]: remaining.profile(training.start(config, data).model, batch, behind, exact)
        for cell, config in configs.items()
    }
    return Before(found, needed, batch.x.shape[1])


def show(setup: Setup) -> None:
    """The picture, and what it says."""
    decides = setup.task, setup.lag, setup.cells, setup.match, setup.units, setup.seed
    with st.spinner("Going back through the nets", show_time=True):  # seconds, where many units meet a long lag
        found = kept("race before", decides, lambda: look(setup))
    left = {name: made.left for name, made in found.profiles.items()}
    fig = bands.figure(
        left,
        frame.mode(),
        x_title="Steps back from the answer",
        y_title="Share of the gradient that is left",
        log_y=True,
        height=360,
    )
    place = wording.place(found.needed, list(left.values()))
    shares = [(name, wording.at(band, place)) for name, band in left.items()]
    st.markdown(frame.plain(f"Before any training. {wording.left(shares, found.needed, place)}"))
    st.plotly_chart(fig, theme=None, config=figures.PLOT_CONFIG, key="race_before")
    spread = "the quantiles 0.1 to 0.9" if found.trials >= bands.FEW else "the least to the most"
    st.caption(
        f"The nets as they will start: gradient at h of each trial's loss on its answer, median of {found.trials} "
        f"held-out trials; the bands go from {spread}. Start, and see loss, right answers and gradient move together."
    )
