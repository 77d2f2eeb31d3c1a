"""The section How far back of the page Vanishing gradients: at which lag does each cell fall to chance?"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import streamlit as st

from lstm_plots import bands, figures
from lstm_ui import address, frame, stored_view
from lstm_ui.setting import choice
from lstm_ui.vanishing import far_values
from lstm_ui.vanishing.far_values import VIEWS, Fall, Picture

FAR = choice("far", tuple(VIEWS))
SETTINGS = (FAR,)
_SHARE, _ERROR = "Right answers", "Mean squared error"


def show() -> None:
    """The choice, what the curves say, the figure, the numbers."""
    name = st.selectbox(
        "Task", list(VIEWS), format_func=lambda name: VIEWS[name].label, key="far", width=300, on_change=address.put
    )
    address.drawn("far")
    found = far_values.picture(name)
    st.caption(frame.plain(found.problem.about))
    st.markdown(" · ".join(f"**{frame.plain(title)}** {frame.plain(headline(found, title))}" for title in found.bands))
    st.caption(frame.plain(definition(found)))
    st.plotly_chart(drawn(found), theme=None, config=figures.PLOT_CONFIG, key=f"far_{name}")
    if words := covered(found):
        st.caption(frame.plain(words))
    for stored in found.stored:
        stored_view.about(stored)
    stored_view.take(far_values.table(found), f"how_far_{name}")


def drawn(found: Picture) -> Any:
    """The figure: bands over the lags, or over the updates of a training."""
    mode = frame.mode()
    lags = found.problem.lags
    x_title = f"Lag: {lags.meaning}" if found.by_lag and lags else "Updates"
    y_title = _ERROR if found.loss else _SHARE
    axes = {"x_title": x_title, "y_title": y_title, "log_x": found.by_lag, "log_y": found.loss}
    fig = bands.figure(found.bands, mode, are_shares=not found.loss, references=found.references, **axes)
    if found.by_lag:  # the lags that were tried, instead of powers of ten
        fig.update_xaxes(tickvals=sorted({int(x) for band in found.bands.values() for x in band.x}), ticks="outside")
        fig.update_xaxes(tickformat=",d")
    if not found.loss:
        fig.update_yaxes(tickformat=".0%")
    return fig


def headline(found: Picture, title: str) -> str:
    """What is said of a series in a few words: where it falls to chance, or what it comes to."""
    if found.by_lag:
        return at(far_values.fall(found.bands[title], found.problem))
    return share(found, float(found.bands[title].middle[-1]))


def at(fall: Fall) -> str:
    """Where a series falls to chance.

    Examples
    --------
    >>> at(Fall(40, 20, 200)), at(Fall(None, 200, 200)), at(Fall(2, None, 200))
    ('falls to chance at lag 21 to 40', 'never up to lag 200', 'falls to chance at lag 2 or less')
    """
    if fall.lag is None:
        return f"never up to lag {fall.last:,}"
    place = f"{fall.lag:,} or less" if fall.before is None else f"{fall.before + 1:,} to {fall.lag:,}"
    return f"falls to chance at lag {place}"


def share(found: Picture, value: float) -> str:
    """A value as a reader sees it."""
    return f"{value:.3g}" if found.loss else f"{value:.1%}"


def definition(found: Picture) -> str:
    """What the words above the figure mean, with their numbers."""
    seeds = f"{found.runs} seeds"
    if not found.by_lag:
        ends = "; ".join(
            f"{title}: {share(found, float(band.low[-1]))} to {share(found, float(band.high[-1]))}"
            for title, band in found.bands.items()
        )
        return f"Above: the median over {seeds} after the last update. From the least to the most: {ends}."
    solved = found.problem.solved
    lags = next(iter(found.bands.values())).x.astype(int).tolist()
    blind, most = found.problem.memoryless(lags[-1]), found.problem.memoryless(lags[0])
    if blind != most:  # the shorter, the more a guess is right: no limit holds for all lags
        return (
            f"To fall to chance: the first lag at which the median over {seeds} has come less than a tenth of the way "
            f"from what is reached without memory ({most:.3g} at lag {lags[0]}, {blind:.3g} at lag {lags[-1]}) to "
            f"{solved:g}, which counts as solved."
        )
    limit = blind + far_values.CHANCE * (solved - blind)
    where = f"above {limit:.2f}" if found.loss else f"below {limit:.2f}"
    return (
        f"To fall to chance: the first lag at which the median over {seeds} lies {where}. That is less than a tenth of "
        f"the way from {blind:.3g}, which is reached without memory, to {solved:g}, which counts as solved."
    )


def covered(found: Picture) -> str:
    """Which lines hide each other, for whoever looks for one in vain."""
    pairs = [
        f"{first} and {second}"
        for (first, one), (second, other) in combinations(found.bands.items(), 2)
        if np.array_equal(one.x, other.x) and np.allclose(one.middle, other.middle, atol=0.005)
    ]
    return f"Lines that lie on one another: {'; '.join(pairs)}." if pairs else ""
