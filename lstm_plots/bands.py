"""Curves over several runs: a line for the middle and a pale band for the spread, a colour for every kind of cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_plots.figures import layout, plain
from lstm_plots.palettes import BESIDES, CELLS
from lstm_plots.theme import MODES, SURFACES, Mode

if TYPE_CHECKING:
    import plotly.graph_objects as go

Values = NDArray[np.float64]

FEW = 10  # runs: below that a quantile of 0.1 says no more than the least
MARKERS = {"RNN": "triangle-up", "GRU": "square", "LSTM": "circle"}
DASHES = ("solid", "dot", "longdash", "dashdot")
SPARE = ("diamond", "cross", "x", "star", "triangle-down", "hexagon")
ROOM = 0.35  # of the picture's height that references may add to it, where they leave the bands
# The least that a picture is high, so that equal values have round numbers beside them: of shares; as a part of other
# values; in powers of ten.
LEAST_SHARE, LEAST_PART, LEAST_POWERS = 0.05, 0.01, 1.0
PALE = {"light": 0.16, "dark": 0.22}


class Band(NamedTuple):
    """Several runs as one line and the band around it; each part of shape (places,), NaN where there is nothing."""

    x: Values
    middle: Values
    low: Values
    high: Values


def over(x: ArrayLike, runs: ArrayLike) -> Band:
    """The median of several runs at every place, and where most of them lie.

    Parameters
    ----------
    x : array_like, shape (places,)
    runs : array_like, shape (runs, places)
        NaN where a run has no value.

    Returns
    -------
    Band
        Median and the quantiles 0.1 and 0.9; of fewer than 10 runs the least and the most.

    Raises
    ------
    ValueError
        Shapes that do not fit together.

    Examples
    --------
    >>> over([0, 1], [[1.0, 4.0], [2.0, np.nan], [9.0, 6.0]]).middle
    array([2., 5.])
    """
    places, values = np.asarray(x, np.float64), np.asarray(runs, np.float64)
    if places.ndim != 1 or values.ndim != 2 or values.shape[1] != len(places) or not len(values):
        raise ValueError(
            f"runs: expected shape (at least one run, places={places.size}), got {values.shape}; put one run in a row"
        )
    edges = (0.5, 0.1, 0.9) if len(values) >= FEW else (0.5, 0.0, 1.0)
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # a place where no run has a value: NaN says so
        middle, low, high = np.nanquantile(values, edges, axis=0)
    return Band(places, middle, low, high)


def figure(
    named: Mapping[str, Band],
    mode: Mode = "light",
    *,
    x_title: str,
    y_title: str,
    log_x: bool = False,
    log_y: bool = False,
    are_shares: bool = False,
    references: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    height: int = 440,
    title: str = "",
) -> go.Figure:
    """Every band in its colour, with a marker and a name of its own, and reference lines.

    Parameters
    ----------
    named : mapping of str to Band
        "RNN", "GRU" and "LSTM", also as in "LSTM, c", have the colours of the cells; others the next of the palette.
    mode : {"light", "dark"}
    x_title, y_title : str
    log_x, log_y : bool
        What is 0 or less is left out there; a band's lower edge goes down to the smallest value that is shown.
    are_shares : bool
        The values are parts of a whole, from 0 to 1: then the picture has room for every reference.
    references : mapping of str to (x, y), optional
        Dashed lines with their names. One with the colour of a cell begins with the cell's name, such as "RNN, bound".
        A line outside the bands does not press them flat: unless it shows shares, the picture is cut.
    height : int
        In pixels.
    title : str

    Returns
    -------
    plotly.graph_objects.Figure
        For each name a patch (the band) and a line (with the name), then the references.

    Raises
    ------
    ValueError
        If the mode is neither "light" nor "dark".

    Examples
    --------
    >>> bands, chance = {"RNN": over([0, 1], [[1.0, 0.5]])}, ([0, 1], [0.2, 0.2])
    >>> fig = figure(bands, x_title="lag", y_title="norm", references={"chance": chance})
    >>> [line.name for line in fig.data if line.showlegend is not False]
    ['RNN', 'chance']
    """
    import plotly.graph_objects as go

    if mode not in MODES:
        raise ValueError(f"mode: expected 'light' or 'dark', got {mode!r}; pass one of the two")
    lines = {
        name: (np.asarray(x, np.float64), np.asarray(y, np.float64)) for name, (x, y) in (references or {}).items()
    }
    floor = _floor(named, log_y)
    fig = go.Figure(layout=layout(mode, title))
    looks = list(zip(named.items(), _looks(named, mode), strict=True))
    for (name, band), look in looks:
        fig.add_trace(_patch(name, band, look, mode, log_x, floor))
    for (name, band), look in looks:
        fig.add_trace(_line(name, band, look, log_x, log_y))
    for (name, (x, y)), dash in zip(lines.items(), cycle(("dash", "dashdot", "dot", "longdashdot"))):
        fig.add_trace(_reference(name, _shown(x, log_x), _shown(y, log_y), dash, mode))
    fig.update_xaxes(title={"text": plain(x_title), "standoff": 8}, type="log" if log_x else "linear", showgrid=False)
    shown = _range(named, lines, log_y, are_shares)
    fig.update_yaxes(title=plain(y_title), type="log" if log_y else "linear", range=shown)
    if log_x or log_y:
        powers = {"exponentformat": "power", "dtick": None, "nticks": 8}
        fig.update_layout(**{f"{axis}axis": powers for axis, on in (("x", log_x), ("y", log_y)) if on})
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemsizing": "constant"}
    return fig.update_layout(height=height, hovermode="x unified", legend=legend, margin=_margin(title))


def colours(names: Mapping[str, Any] | tuple[str, ...] | list[str], mode: Mode) -> dict[str, str]:
    """The colour of each name: the cell's own, or the next that no cell has.

    Examples
    --------
    >>> colours(["LSTM", "5-gram table"], "light")
    {'LSTM': '#3F2F94', '5-gram table': '#7D5D00'}
    """
    spare = cycle(BESIDES[mode])
    return {name: CELLS[mode][_cell(name)] if _cell(name) in CELLS[mode] else next(spare) for name in names}


class _Look(NamedTuple):
    colour: str
    dash: str
    marker: str


def _cell(name: str) -> str:
    """The cell that a name is about, if it is about one: "LSTM, c" is."""
    return name.split(",")[0]


def _looks(named: Mapping[str, Band], mode: Mode) -> Iterator[_Look]:
    found, spare, dashes = colours(tuple(named), mode), cycle(SPARE), cycle(DASHES)
    seen: set[str] = set()
    for name in named:
        cell = _cell(name)
        if cell not in MARKERS:
            yield _Look(found[name], next(dashes), next(spare))
        else:  # a second curve of one cell has its colour too
            again = cell in seen
            yield _Look(found[name], "dot" if again else "solid", MARKERS[cell] + "-open" * again)
            seen.add(cell)


def _numbers(values: ArrayLike) -> Values:
    return np.atleast_1d(np.asarray(values, np.float64))


def _shown(values: Values, log: bool) -> Values:
    """NaN where an axis has no place for a value."""
    return np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)


def _floor(named: Mapping[str, Band], log: bool) -> float:
    """Where a band ends below that goes down to zero on a log axis; -inf on others."""
    if not log:
        return -np.inf
    all_values = np.concatenate([np.concatenate((band.middle, band.low)) for band in named.values()] or [np.ones(1)])
    seen = all_values[np.isfinite(all_values) & (all_values > 0)]
    return float(seen.min()) if seen.size else 1.0


def _patch(name: str, band: Band, look: _Look, mode: Mode, log_x: bool, floor: float) -> dict[str, Any]:
    """The band as closed outlines, one for each stretch without a gap."""
    log_y = floor > -np.inf
    x, low, high = _shown(band.x, log_x), np.maximum(band.low, floor), _shown(band.high, log_y)
    there = ~(np.isnan(x) | np.isnan(low) | np.isnan(high))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], there, [0]))))
    xs: list[float | None] = []
    ys: list[float | None] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        part = slice(begin, end)
        xs += [*x[part], *x[part][::-1], None]
        ys += [*low[part], *high[part][::-1], None]
    red, green, blue = (int(look.colour[k : k + 2], 16) for k in (1, 3, 5))
    fill = {"fill": "toself", "fillcolor": f"rgba({red},{green},{blue},{PALE[mode]})", "line": {"width": 0}}
    quiet = {"hoverinfo": "skip", "showlegend": False, "legendgroup": name, "mode": "lines"}
    return {"type": "scatter", "x": xs, "y": ys, "name": plain(name), **fill, **quiet}


def _line(name: str, band: Band, look: _Look, log_x: bool, log_y: bool) -> dict[str, Any]:
    spread = [f"{low:.3g} to {high:.3g}" for low, high in zip(band.low, band.high, strict=True)]
    return {
        "type": "scatter",
        "x": _shown(band.x, log_x),
        "y": _shown(band.middle, log_y),
        "name": plain(name),
        "legendgroup": name,
        "mode": "lines+markers",
        "line": {"color": look.colour, "width": 2.5, "dash": look.dash},
        "marker": {"symbol": look.marker, "size": 8, "color": look.colour, "maxdisplayed": 12},
        "customdata": spread,
        "hovertemplate": "%{y:.3g} (%{customdata})",
    }


def _reference(name: str, x: Values, y: Values, dash: str, mode: Mode) -> dict[str, Any]:
    colour = CELLS[mode].get(_cell(name), SURFACES[mode].muted)
    line = {"color": colour, "width": 2, "dash": dash}
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "name": plain(name),
        "mode": "lines",
        "line": line,
        "hovertemplate": "%{y:.3g}",
    }


def _range(
    named: Mapping[str, Band], lines: Mapping[str, tuple[Values, Values]], log: bool, are_shares: bool
) -> list[float] | None:
    """What is shown from below to above, in powers of ten on a log axis; None: what Plotly chooses."""

    def seen(parts: list[Values]) -> Values:
        values = _shown(np.concatenate(parts), log) if parts else np.empty(0)
        values = values[np.isfinite(values)]
        return np.log10(values) if log else values

    own = seen([part for band in named.values() for part in band[1:]])
    drawn = seen([y for _, y in lines.values()])
    if not own.size:
        return None
    low, high = _ends(float(own.min()), float(own.max()), log, are_shares)
    if drawn.size:
        room = np.inf if are_shares else ROOM * (high - low)
        low, high = max(min(low, drawn.min()), low - room), min(max(high, drawn.max()), high + room)
    margin = 0.05 * (high - low) or 0.5
    return [float(low - margin), float(high + margin)]


def _ends(low: float, high: float, log: bool, are_shares: bool) -> tuple[float, float]:
    """Two ends around these that are not too close; of shares they stay between 0 and 1."""
    part = LEAST_PART * max(abs(low), abs(high))
    more = ((LEAST_POWERS if log else LEAST_SHARE if are_shares else part) - (high - low)) / 2
    if more <= 0:
        return low, high
    low, high = low - more, high + more
    if are_shares:
        beyond = min(max(high - 1, 0.0), more) + max(min(low, 0.0), -more)
        low, high = low - beyond, high - beyond
    return low, high


def _margin(title: str) -> dict[str, int]:
    return {"l": 76, "r": 20, "t": 104 if title else 56, "b": 56}
