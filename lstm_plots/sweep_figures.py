"""Pictures of many runs: dots along a number, dots above names, and parallel coordinates. Bands are in `bands`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from lstm_plots.bands import MARKERS, SPARE, colours
from lstm_plots.figures import layout, plain
from lstm_plots.palettes import SEQUENTIAL
from lstm_plots.theme import MODES, SURFACES, Mode

if TYPE_CHECKING:
    import plotly.graph_objects as go

Setting: TypeAlias = str | int | float | bool | None
NOTHING = "–"  # in the place of a value that means nothing for a run
_SPREAD = 0.28  # share of a name's width that its dots take
_TICKS = 6


class Dots(NamedTuple):
    """Runs as dots: `x` a number or the place of a name, `y` what came out, and a few words for each."""

    x: Sequence[float]
    y: Sequence[float]
    words: Sequence[str]


class Dimension(NamedTuple):
    """An upright line of parallel coordinates: what it is called, and a value for each run."""

    label: str
    values: Sequence[Setting]
    log: bool = False


def fig_dots(
    named: Mapping[str, Dots],
    mode: Mode = "light",
    *,
    x_title: str,
    y_title: str,
    log_x: bool = False,
    log_y: bool = False,
    places: Sequence[str] = (),
    references: Mapping[str, float] | None = None,
    height: int = 440,
) -> go.Figure:
    """Every run a dot; above names also the median of each group as a bar.

    Parameters
    ----------
    named : mapping of str to Dots
        A colour and a marker each; those of "RNN", "GRU" and "LSTM" are the cells' own.
    mode : {"light", "dark"}
    x_title, y_title : str
    log_x, log_y : bool
        What is 0 or less is left out there.
    places : sequence of str
        Names below the axis; then `x` counts them from 0.
    references : mapping of str to float
        Dashed level lines.
    height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If the mode is neither "light" nor "dark".

    Examples
    --------
    >>> found = fig_dots({"LSTM": Dots([0, 0, 1], [1.0, 3.0, 2.0], ["", "", ""])}, x_title="gate", y_title="loss",
    ...                  places=["with", "without"])
    >>> [len(trace.x) for trace in found.data], found.layout.xaxis.ticktext
    ([3, 6], ('with', 'without'))
    """
    import plotly.graph_objects as go

    if mode not in MODES:
        raise ValueError(f"mode: expected 'light' or 'dark', got {mode!r}; pass one of the two")
    fig, look, spare = go.Figure(layout=layout(mode, "")), colours(tuple(named), mode), cycle(SPARE)
    for k, (name, dots) in enumerate(named.items()):
        marker = {"color": look[name], "size": 9, "symbol": MARKERS.get(name) or next(spare), "opacity": 0.8}
        x = np.asarray(dots.x, float) + (_beside(k, len(named)) if places else 0.0)
        fig.add_trace(_marks(name, x, dots, marker, log_y))
        if places:
            fig.add_trace(_medians(name, x, dots, look[name]))
    ends = [-0.5, len(places) - 0.5] if places else _ends(named.values())
    for (name, level), dash in zip((references or {}).items(), cycle(("dash", "dot", "dashdot"))):
        line = {"color": SURFACES[mode].muted, "width": 2, "dash": dash}
        fig.add_scatter(x=ends, y=[level, level], name=plain(name), mode="lines", line=line, hoverinfo="skip")
    fig.update_xaxes(title={"text": plain(x_title), "standoff": 8}, showgrid=False)
    if places:
        ticks = {"tickvals": list(range(len(places))), "ticktext": [plain(name) for name in places]}
        fig.update_xaxes(**ticks, range=[-0.6, len(places) - 0.4])
    elif log_x:
        fig.update_xaxes(type="log", exponentformat="power")
    fig.update_yaxes(title=plain(y_title), type="log" if log_y else "linear")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemsizing": "constant"}
    margin = {"l": 76, "r": 20, "t": 56, "b": 56}
    return fig.update_layout(
        height=height, legend=legend, margin=margin, showlegend=len(named) + len(references or {}) > 1
    )


def fig_parallel(
    dimensions: Sequence[Dimension], colour: ArrayLike, mode: Mode = "light", *, title: str, height: int = 460
) -> go.Figure:
    """Parallel coordinates: a run is a line through its settings and its result, coloured by the result.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Values that are not all numbers are spread evenly in the order in which they come; None stands below numbers.
    colour : array_like, shape (runs,)
        Finite.
    mode : {"light", "dark"}
    title : str
        Of the colour bar.
    height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        Dimensions with another number of values than there are colours; an unknown mode.

    Examples
    --------
    >>> cells = Dimension("cell", ["lstm", "rnn", "lstm"])
    >>> fig = fig_parallel([cells, Dimension("rate", [0.1, 0.01, None], log=True)], [1, 2, 3], title="loss")
    >>> [line["ticktext"] for line in fig.data[0].dimensions]
    [('lstm', 'rnn'), ('–', '0.01', '0.1')]
    """
    import plotly.graph_objects as go

    values = np.asarray(colour, float)
    if mode not in MODES:
        raise ValueError(f"mode: expected 'light' or 'dark', got {mode!r}; pass one of the two")
    if strange := next((each for each in dimensions if len(each.values) != len(values)), None):
        raise ValueError(
            f"dimensions: expected {len(values)} values in each, got {len(strange.values)} for {strange.label!r}; "
            "give a value for each run"
        )
    look, table = SURFACES[mode], SEQUENTIAL[mode][1:]  # its first colour is that of the ground
    scale = [[k / (len(table) - 1), colour] for k, colour in enumerate(table)]
    bar = {"title": {"text": plain(title), "side": "right"}, "thickness": 14, "outlinewidth": 0}
    trace = go.Parcoords(
        dimensions=[_upright(each) for each in dimensions],
        line={"color": values, "colorscale": scale, "showscale": True, "colorbar": bar},
        labelfont={"color": look.ink, "size": 14},
        tickfont={"color": look.ink, "size": 13},
        rangefont={"color": look.surface, "size": 1},  # the ends are ticks already
        unselected={"line": {"color": look.line, "opacity": 0.12}},
    )
    fig = go.Figure(trace, layout=layout(mode, ""))
    return fig.update_layout(height=height, margin={"l": 70, "r": 30, "t": 60, "b": 30})


def _ends(named: Iterable[Dots]) -> list[float]:
    """The least and the largest place."""
    found = [x for dots in named for x in dots.x]
    return [min(found), max(found)] if found else []


def _beside(k: int, count: int) -> float:
    """Where the dots of one name of several stand within a place."""
    return 0.0 if count == 1 else _SPREAD * (2 * k / (count - 1) - 1)


def _marks(name: str, x: Any, dots: Dots, marker: Mapping[str, Any], log_y: bool) -> dict[str, Any]:
    y = [value if value > 0 or not log_y else None for value in dots.y]
    said = [plain(words) for words in dots.words]
    about = {"customdata": said, "hovertemplate": "%{customdata}<br>%{y:.4g}<extra></extra>"}
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "name": plain(name), "marker": marker, **about}


def _medians(name: str, x: Any, dots: Dots, colour: str) -> dict[str, Any]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for place in sorted(set(x)):
        middle = float(np.median([value for where, value in zip(x, dots.y, strict=True) if where == place]))
        xs += [place - 0.11, place + 0.11, None]
        ys += [middle, middle, None]
    line = {"color": colour, "width": 3}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "line": line,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _upright(dimension: Dimension) -> dict[str, Any]:
    """A dimension as Plotly takes it: numbers, and what to write beside some of them."""
    values = dimension.values
    there = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not there or any(isinstance(value, str | bool) for value in values):
        return _names(dimension)
    at = np.array([math.log10(v) if dimension.log else float(v) for v in there])
    low, high = float(at.min()), float(at.max())
    room = (high - low) or 1.0
    ticks = sorted(set(at.tolist()))
    if len(ticks) > _TICKS:
        ticks = _round_log(low, high) if dimension.log else _round(low, high)
    texts = [f"{10**tick if dimension.log else tick:.3g}" for tick in ticks]
    below = low - 0.15 * room
    placed, numbers = [], iter(at.tolist())
    for value in values:
        placed.append(below if value is None else next(numbers))
    if None in values:
        ticks, texts, low = [below, *ticks], [NOTHING, *texts], below
    ends = [low - 0.02 * room, high + 0.02 * room]
    return {"label": plain(dimension.label), "values": placed, "tickvals": ticks, "ticktext": texts, "range": ends}


def _round(low: float, high: float) -> list[float]:
    """Round numbers from low to high, about five of them."""
    raw = (high - low) / (_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return [step * k for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _round_log(low: float, high: float) -> list[float]:
    """Logarithms of powers of ten, and between them of their double and fivefold where there are few."""
    factors = (1,) if high - low > _TICKS / 2 else (1, 2, 5)
    powers = range(math.floor(low), math.ceil(high) + 1)
    found = [power + math.log10(factor) for power in powers for factor in factors]
    return [tick for tick in found if low - 1e-9 <= tick <= high + 1e-9]


def _names(dimension: Dimension) -> dict[str, Any]:
    said = [NOTHING if value is None else str(value) for value in dimension.values]
    known = list(dict.fromkeys(said))
    places = [known.index(text) for text in said]
    ticks = list(range(len(known)))
    shown = {"tickvals": ticks, "ticktext": [plain(text[:28]) for text in known]}
    return {"label": plain(dimension.label), "values": places, **shown, "range": [-0.4, len(known) - 0.6]}
