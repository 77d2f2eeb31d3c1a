"""Static pictures in Plotly: to be shown settled, stored as PNG through the mode bar, or taken along as one HTML file.

What is dragged or follows a run lives in the browser components; these are for paper and for other people's slides.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lstm_plots.notation import MINUS
from lstm_plots.palettes import DIVERGING, SEQUENTIAL
from lstm_plots.theme import FAMILIES, MODES, SIGNALS, SURFACES, Mode

if TYPE_CHECKING:
    import plotly.graph_objects as go

GATES = ("i", "f", "o", "r", "z")  # between 0 and 1; all other signals lie around 0
LONGEST = 14  # characters of a token beside the axis

# For `st.plotly_chart(fig, config=PLOT_CONFIG, theme=None)` too: a button that saves a PNG, and no way out of the page.
PLOT_CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "responsive": True,
    "showSendToCloud": False,
    "toImageButtonOptions": {"format": "png", "filename": "gatescope_gate_heatmaps", "scale": 2},
}
# The file asks nobody for anything, whatever a later Plotly would like to fetch.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def fig_gates(
    signals: Mapping[str, NDArray[Any]],
    tokens: Sequence[str],
    units: Sequence[int],
    *,
    limit: float,
    mode: Mode = "light",
    title: str = "",
    difference: bool = False,
) -> go.Figure:
    """Heatmaps of signals, units by tokens, one below the other over the same tokens.

    Parameters
    ----------
    signals : mapping of str to ndarray, shape (time, units)
        By their letters, in the order of the pictures. Columns as they are to be shown, from the top down.
    tokens : sequence of str
        One a step, with signs already put in for invisible characters.
    units : sequence of int
        The numbers of the columns in their layer, from 0.
    limit : float
        States are coloured from -limit to limit, in all pictures alike; gates from 0 to 1. Where a state lies beyond,
        the end of the scale says so.
    mode : {"light", "dark"}
    title : str
        Above the pictures; text, whatever is in it.
    difference : bool
        The numbers are differences of two runs: all of them are coloured from -limit to limit.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If shapes do not fit together, a unit appears twice, or the limit is not above 0.

    Examples
    --------
    >>> fig = fig_gates({"f": np.ones((3, 2)), "c": np.zeros((3, 2))}, ["<b>", "b", "c"], [4, 1], limit=2.0)
    >>> len(fig.data), fig.layout.coloraxis2.cmin, fig.layout.xaxis2.labelalias["1"]
    (2, -2.0, '&lt;b&gt;')
    """
    from plotly.subplots import make_subplots

    _check(signals, tokens, units, limit, mode)
    each = min(260, max(76, 9 * len(units)))  # pixels a picture
    between = 14
    height = len(signals) * each + (len(signals) - 1) * between
    share = between / height if len(signals) > 1 else 0.0
    fig = make_subplots(rows=len(signals), cols=1, shared_xaxes=True, vertical_spacing=share)
    for row, (signal, values) in enumerate(signals.items(), 1):
        axis = "coloraxis" if signal in GATES and not difference else "coloraxis2"
        fig.add_trace(_heatmap(signal, values, units, axis), row=row, col=1)
        fig.add_annotation(_letter(signal, mode), yref="y domain" if row == 1 else f"y{row} domain")
    fig.add_annotation(_of_rows(mode))
    fig.update_yaxes(autorange="reversed", type="category", ticks="", showgrid=False)
    # Numbers as categories, shown as tokens: equal tokens stay apart, and the axis leaves some out where it is crowded.
    alias = {str(t + 1): label(token) for t, token in enumerate(tokens)}
    flat = max(len(token) for token in tokens) < 3
    fig.update_xaxes(type="category", labelalias=alias, ticks="", showgrid=False, tickangle=0 if flat else -90)
    fig.update_layout(
        layout(mode, title), height=height + 104 + (0 if flat else 60), **_colours(signals, limit, mode, difference)
    )
    return fig


def to_html(fig: go.Figure) -> bytes:
    """A figure as one HTML file with everything in it: it opens without a network, and asks for none.

    Parameters
    ----------
    fig : plotly.graph_objects.Figure

    Returns
    -------
    bytes
        UTF-8, about 5 MB, nearly all of it Plotly's own script.
    """
    inner = fig.to_html(config=PLOT_CONFIG, include_plotlyjs=True, include_mathjax=False, full_html=False)
    title = fig.layout.title.text or "Gatescope"  # already with its signs escaped
    ground = fig.layout.paper_bgcolor or "#FFFFFF"
    page = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>body{{margin:0;background:{ground}}}</style>\n</head>\n<body>\n{inner}\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _heatmap(signal: str, values: NDArray[Any], units: Sequence[int], axis: str) -> Any:
    import plotly.graph_objects as go

    return go.Heatmap(
        z=np.ascontiguousarray(np.asarray(values, np.float32).T),
        x=[str(t + 1) for t in range(len(values))],
        y=[str(unit + 1) for unit in units],
        coloraxis=axis,
        hovertemplate=f"token %{{x}}, unit %{{y}}<br>{signal} = %{{z:.4g}}<extra></extra>",
    )


def _letter(signal: str, mode: Mode) -> dict[str, Any]:
    """The signal's letter in its colour, upright beside the middle of its picture."""
    ink = SIGNALS[mode][signal].ink if signal in SIGNALS[mode] else SURFACES[mode].ink
    font = {"color": ink, "size": 22, "family": FAMILIES["heading"]}
    place = {"x": 0, "xref": "paper", "xanchor": "center", "xshift": -52, "y": 0.5, "yanchor": "middle"}
    return {"text": f"<b><i>{plain(signal)}</i></b>", "font": font, "showarrow": False, **place}


def _of_rows(mode: Mode) -> dict[str, Any]:
    """What the numbers beside the pictures count, above the first one: at their side the letters stand."""
    place = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -4, "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {"text": "unit", "font": {"color": SURFACES[mode].muted, "size": 13}, "showarrow": False, **place}


def _ticks(values: Sequence[NDArray[Any]], limit: float) -> dict[str, Any]:
    """Numbers beside a scale around 0, with a sign at an end that values lie beyond."""
    ticks = [limit * k / 2 for k in range(-2, 3)]
    texts = [f"{tick:g}".replace("-", MINUS) for tick in ticks]
    if any((each < -limit).any() for each in values):
        texts[0] = f"\N{LESS-THAN OR EQUAL TO} {texts[0]}"
    if any((each > limit).any() for each in values):
        texts[-1] = f"\N{GREATER-THAN OR EQUAL TO} {texts[-1]}"
    return {"tickvals": ticks, "ticktext": texts}


def _colours(signals: Mapping[str, Any], limit: float, mode: Mode, difference: bool) -> dict[str, Any]:
    """The two scales with their bars: gates above, states below; one of them where the other has nothing to show."""
    gates = "" if difference else ", ".join(name for name in signals if name in GATES)
    around = [values for name, values in signals.items() if difference or name not in GATES]
    states = ", ".join(name for name in signals if difference or name not in GATES)
    both = bool(gates) and bool(states)

    def bar(names: str, top: bool) -> dict[str, Any]:
        place = {"len": 0.48, "y": 1.0 if top else 0.0, "yanchor": "top" if top else "bottom"} if both else {}
        text = f"change of {names}" if difference else names
        return {"title": {"text": text, "side": "right"}, "thickness": 14, "outlinewidth": 0, **place}

    return {
        "coloraxis": {
            "colorscale": list(SEQUENTIAL[mode]),
            "cmin": 0.0,
            "cmax": 1.0,
            "showscale": bool(gates),
            "colorbar": bar(gates, True),
        },
        "coloraxis2": {
            "colorscale": list(DIVERGING[mode]),
            "cmin": -float(limit),
            "cmax": float(limit),
            "showscale": bool(states),
            "colorbar": bar(states, False) | _ticks(around, float(limit)),
        },
    }


def layout(mode: Mode, title: str) -> dict[str, Any]:
    """Ground, letters and lines of our theme."""
    look = SURFACES[mode]
    axis = {"color": look.muted, "zeroline": False, "gridcolor": look.hairline, "linecolor": look.line}
    return {
        "template": {"layout": {"xaxis": axis, "yaxis": axis}},
        "paper_bgcolor": look.surface,
        "plot_bgcolor": look.surface,
        "font": {"family": FAMILIES["body"], "color": look.ink, "size": 14},
        "hoverlabel": {"bgcolor": look.ink, "font": {"color": look.surface, "family": FAMILIES["body"], "size": 15}},
        "title": {
            "text": plain(title),
            "font": {"family": FAMILIES["heading"], "size": 20},
            "x": 0.01,
            "xanchor": "left",
        },
        "margin": {"l": 76, "r": 20, "t": 64, "b": 40},
    }


def plain(text: str) -> str:
    """A reader's text for a place where Plotly would take tags, entities and dollar signs (formulas) for markup.

    Examples
    --------
    >>> plain('<a href="x">&amp; $y$</a>')
    '&lt;a href="x"&gt;&amp;amp; &#36;y&#36;&lt;/a&gt;'
    """
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"), quote=False).replace("$", "&#36;")


def label(token: str) -> str:
    """A token as it stands beside an axis.

    Examples
    --------
    >>> label("<b>abcdefghijklm")
    '&lt;b&gt;abcdefghij…'
    """
    # An empty alias would bring the number of the step back.
    return plain(token if len(token) <= LONGEST else token[: LONGEST - 1] + "…") or "\N{NO-BREAK SPACE}"


def _check(
    signals: Mapping[str, NDArray[Any]], tokens: Sequence[str], units: Sequence[int], limit: float, mode: str
) -> None:
    shape = (len(tokens), len(units))
    if not signals or not all(shape):
        raise ValueError("signals: expected at least one signal, token and unit, got none; choose some")
    for name, values in signals.items():
        if np.shape(values) != shape:
            raise ValueError(
                f"{name}: expected shape (time={shape[0]}, units={shape[1]}), got {np.shape(values)}; cut all alike"
            )
    if len(set(units)) != len(units):
        raise ValueError(f"units: expected different numbers, got {list(units)[:8]}; name each column once")
    if not (math.isfinite(limit) and limit > 0):
        raise ValueError(f"limit: expected a number above 0, got {limit!r}; take the largest size of a state")
    if mode not in MODES:
        raise ValueError(f"mode: expected 'light' or 'dark', got {mode!r}; pass one of the two")
