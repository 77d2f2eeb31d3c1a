"""Static pictures of what a unit remembers and of how its gates are used, in Plotly, as in `lstm_plots.figures`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_core.memory import Ledger
from lstm_core.units import Saturation
from lstm_plots.figures import label, layout
from lstm_plots.palettes import DIVERGING
from lstm_plots.theme import SIGNALS, SURFACES, Mode

if TYPE_CHECKING:
    import plotly.graph_objects as go


def fig_ledger(
    found: Ledger, tokens: Sequence[str], unit: int, *, signal: str = "c", mode: Mode = "light", title: str = ""
) -> go.Figure:
    """Where the state of one unit came from: a bar a token, and their running sum up to the state.

    Parameters
    ----------
    found : lstm_core.memory.Ledger
        Of the whole layer.
    tokens : sequence of str
        One a step, with signs already put in for invisible characters.
    unit : int
        Its number in the layer, from 0.
    signal : {"c", "h"}
        What the state is called.
    mode : {"light", "dark"}
    title : str

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If the tokens are not one a step, or the unit does not exist.

    Examples
    --------
    >>> bars = np.array([[0.5], [0.25]])
    >>> fig = fig_ledger(Ledger(bars, np.array([1.0]), np.array([1.75]), bars > 9, np.arange(2)), ["a", "b"], 0)
    >>> fig.data[1].y[-1]
    np.float64(1.75)
    """
    import plotly.graph_objects as go

    if len(tokens) != len(found.bars):
        raise ValueError(f"tokens: expected one for each of {len(found.bars)} steps, got {len(tokens)}; take its text")
    if not 0 <= unit < len(found.total):
        raise ValueError(f"unit: expected 0 to {len(found.total) - 1}, got {unit!r}; choose one of the layer")
    order = [0, *(found.order + 1)]  # as it was read: first what was there before
    heights = np.concatenate((found.initial[[unit]], found.bars[found.order, unit]))
    is_held = np.concatenate(([False], found.is_held[found.order, unit]))
    colours = DIVERGING[mode]
    hatched = ["/" if held or not step else "" for step, held in zip(order, is_held, strict=True)]
    bars = go.Bar(
        x=[str(step) for step in order],
        y=heights,
        name="what is left of each token (hatched: held, or initial)",
        marker={"color": [colours[1] if bar < 0 else colours[-2] for bar in heights], "pattern": {"shape": hatched}},
        hovertemplate="%{x}: %{y:.4g}<extra></extra>",
    )
    line = go.Scatter(
        x=[str(step) for step in order],
        y=np.cumsum(heights),
        name=f"sum so far, in the end {signal} = {found.total[unit]:.4g}",
        mode="lines",
        line={"shape": "hvh", "color": SURFACES[mode].ink, "width": 2},
        hovertemplate="%{x}, sum so far: %{y:.4g}<extra></extra>",
    )
    fig = go.Figure([bars, line], layout(mode, title))
    alias = {"0": "initial"} | {str(t + 1): label(token) for t, token in enumerate(tokens)}
    steps = [str(step) for step in range(len(tokens) + 1)]
    places = [*steps[1:], "0"] if found.order[0] else steps  # the initial state stands where the reading began
    fig.update_xaxes(type="category", categoryorder="array", categoryarray=places, labelalias=alias)
    fig.update_yaxes(
        title=f"{signal} of unit {unit + 1}", showgrid=True, zeroline=True, zerolinecolor=SURFACES[mode].line
    )
    return fig.update_layout(
        height=440, margin_t=96, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    )


def fig_saturation(
    found: Mapping[str, Saturation], units: Sequence[int], *, mode: Mode = "light", title: str = ""
) -> go.Figure:
    """How much of the time each gate of each unit is open (from the top) and shut (from the ground).

    Parameters
    ----------
    found : mapping of str to Saturation, each part of shape (hidden,)
        From `lstm_core.units.saturation`, of the whole layer; at least one gate.
    units : sequence of int
        The units that are shown, by their numbers in the layer, in this order.
    mode : {"light", "dark"}
    title : str

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        A cell without gates.

    Examples
    --------
    >>> fig = fig_saturation({"f": Saturation(np.array([0.25]), np.array([0.5]))}, [0])
    >>> [(bars.name, float(bars.y[0])) for bars in fig.data]
    [('shut: below 0.1', 0.25), ('between', 0.25), ('open: above 0.9', 0.5)]
    """
    from plotly.subplots import make_subplots

    if not found:
        raise ValueError("found: expected at least one gate, got none; a plain RNN has no gates that could be stuck")
    chosen, names = list(units), [str(unit + 1) for unit in units]
    fig = make_subplots(rows=len(found), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, (gate, shares) in enumerate(found.items(), 1):
        shut, opened = shares.shut[chosen], shares.open[chosen]
        for name, heights, look in _parts(shut, opened, SIGNALS[mode][gate].fill, mode):
            bars = {"type": "bar", "x": names, "y": heights, "name": name, "marker": look, "legendgroup": name}
            said = f"unit %{{x}}, {gate}<br>{name}: %{{y:.1%}}<extra></extra>"
            fig.add_trace(bars | {"showlegend": row == 1, "hovertemplate": said}, row=row, col=1)
        ink = {"color": SIGNALS[mode][gate].ink, "size": 20}
        fig.update_yaxes(row=row, col=1, range=[0, 1], tickformat=".0%", title={"text": f"<i>{gate}</i>", "font": ink})
    fig.update_xaxes(type="category")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
    return fig.update_layout(
        layout(mode, title), barmode="stack", bargap=0.12, margin_t=96, height=136 + 150 * len(found), legend=legend
    )


def _parts(shut: Any, opened: Any, colour: str, mode: Mode) -> list[tuple[str, Any, dict[str, Any]]]:
    """Name, heights and look of the three parts, from the ground up."""
    lines = {"shape": "/", "fgcolor": colour, "bgcolor": SURFACES[mode].surface, "size": 5, "solidity": 0.35}
    return [
        ("shut: below 0.1", shut, {"color": colour, "pattern": lines, "line": {"width": 0}}),
        ("between", 1 - shut - opened, {"color": SURFACES[mode].sunken, "line": {"width": 0}}),
        ("open: above 0.9", opened, {"color": colour, "line": {"width": 0}}),
    ]
