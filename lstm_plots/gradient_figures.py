"""Pictures of gradients over many nets, beside those in `lstm_plots.bands`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lstm_plots.bands import MARKERS, colours
from lstm_plots.figures import layout
from lstm_plots.theme import SURFACES, Mode

if TYPE_CHECKING:
    import plotly.graph_objects as go

_SPREAD = 0.16  # half the width of a column of points, of the distance between two columns


def fig_clipping(lengths: Mapping[str, NDArray[Any]], limit: float, mode: Mode = "light") -> go.Figure:
    """The length of each net's gradient before clipping (filled) and after it (open), on a log axis.

    Parameters
    ----------
    lengths : mapping of str to ndarray, shape (nets,)
        By the name of the cell; a length of 0 has no place on the axis.
    limit : float
        Where it is clipped.
    mode : {"light", "dark"}

    Returns
    -------
    plotly.graph_objects.Figure
        For each cell the points before and after, at twice its place and one more; then the line of the limit.

    Examples
    --------
    >>> fig = fig_clipping({"RNN": np.array([0.5, 20.0])}, 1.0)
    >>> [float(y) for y in fig.data[1].y]
    [0.5, 1.0]
    """
    import plotly.graph_objects as go

    fig, paint = go.Figure(layout=layout(mode, "")), colours(tuple(lengths), mode)
    places, names = [], []
    for k, (cell, values) in enumerate(lengths.items()):
        for when, shown in (("before", np.asarray(values, float)), ("after", np.minimum(values, limit))):
            place = 2 * k + (when == "after")
            places.append(place)
            names.append(f"{cell}<br>{when}")
            symbol = MARKERS.get(cell, "circle") + ("-open" if when == "after" else "")
            fig.add_trace(_points(f"{cell}, {when}", place, shown, {"color": paint[cell], "symbol": symbol, "size": 8}))
    edge = [-0.5, 2 * len(lengths) - 0.5]
    line = {"color": SURFACES[mode].muted, "dash": "dash", "width": 2}
    fig.add_scatter(x=edge, y=[limit, limit], mode="lines", name=f"limit {limit:g}", line=line, hoverinfo="skip")
    fig.update_xaxes(tickvals=places, ticktext=names, range=edge, showgrid=False)
    fig.update_yaxes(title="Length of the whole gradient", type="log", exponentformat="power", nticks=8)
    return fig.update_layout(height=340, showlegend=False, margin={"l": 76, "r": 20, "t": 24, "b": 56})


def _points(name: str, place: int, values: NDArray[Any], marker: dict[str, Any]) -> dict[str, Any]:
    """Side by side in their order, so that equal ones are seen."""
    across = place + np.linspace(-_SPREAD, _SPREAD, len(values)) if len(values) > 1 else np.array([float(place)])
    shown = np.where(values > 0, values, np.nan)
    return {
        "type": "scatter", "x": across, "y": shown, "name": name, "mode": "markers", "marker": marker,
        "hovertemplate": "%{y:.3g}<extra>%{fullData.name}</extra>",
    }  # fmt: skip
