"""The pictures of a sweep: its measure along a setting, the curves of its runs, parallel coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from lstm_plots import bands, figures, sweep_figures
from lstm_ui import address, frame
from lstm_ui.experiments import look
from lstm_ui.experiments.fields import in_words, label
from lstm_ui.experiments.look import MOST_NAMES, NOBODY, SEED, Results
from lstm_ui.kept import kept

PICTURES = {"along": "Along a setting", "curves": "While they learn", "parallel": "All settings at once"}


def show(results: Results, whole: Results, more: Callable[[], None]) -> None:
    """The row that chooses, with `more` at its end, and the picture; `whole`: without a filter."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep_picture"):
        picture = st.segmented_control(
            "Picture", list(PICTURES), format_func=PICTURES.get, key="picture", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        address.drawn("picture")
        measure = _measure(results)
        x, by = _axes(whole, picture)
        more()
    if words := look.nothing(results, measure, curves=picture == "curves"):
        st.caption(words)
        return
    _draw(results, picture, measure, x, by)


def preview(results: Results) -> None:
    """The picture that a sweep begins with, and nothing to choose."""
    _draw(results, "along", next(iter(look.measures(results))), *look.usual(results))


def _draw(results: Results, picture: str, measure: str, x: str, by: str) -> None:
    mode = frame.mode()
    key = results.ident, picture, measure, x, by, mode, _state(results)
    try:
        fig, words = kept("sweep picture", key, lambda: _MAKERS[picture](results, measure, x, by, mode))
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return
    st.plotly_chart(fig, theme=None, config=figures.PLOT_CONFIG, key=f"picture {picture}")
    lost = "" if picture == "curves" else look.failed(results.rows)
    if told := f"{words} {lost}".strip():
        st.caption(frame.plain(told))


def _state(results: Results) -> object:
    """What a picture depends on besides its settings: which runs are shown, and which of them have ended."""
    return tuple((row.number, row.status == "finished", row.number in results.curves) for row in results.rows)


def _measure(results: Results) -> str:
    state, known = st.session_state, look.measures(results)
    if state["measure"] not in known:
        state["measure"] = next(iter(known))
    chosen = st.selectbox("Measure", list(known), format_func=known.get, key="measure", width=230)
    address.drawn("measure")
    return str(chosen)


def _axes(results: Results, picture: str) -> tuple[str, str]:
    """Which setting goes along, and which has a colour for each value."""
    state, known = st.session_state, look.settings(results.rows)
    if picture == "parallel":
        return "", ""
    x, by = look.usual(results)
    options = [*known, SEED] if SEED not in known else known
    if picture == "along":
        if state["x"] not in options:
            state["x"] = x
        x = str(st.selectbox("Along", options, format_func=label, key="x", width=180))
        address.drawn("x")
    few = [name for name in options if (name != x or picture == "curves") and _is_few(results, name)]
    choices = ["none", *few]
    if state["by"] not in choices:
        state["by"] = by if by in few else x if picture == "curves" and x in few else "none"
    chosen = st.selectbox(
        "A colour for each", choices, format_func=lambda name: "–" if name == "none" else label(name), key="by",
        width=180,
    )  # fmt: skip
    address.drawn("by")
    return x, NOBODY if chosen == "none" else str(chosen)


def _is_few(results: Results, name: str) -> bool:
    return len(look.distinct(results.rows, name)) <= MOST_NAMES


def _along(results: Results, measure: str, x: str, by: str, mode: Any) -> tuple[Any, str]:
    titles = {"x_title": label(x), "y_title": look.measures(results)[measure]}
    outs = [look.value(row, measure) for row in results.rows]
    log_y = "score" not in measure and look.is_wide(outs, 30.0)
    at = [row.settings[x] for row in results.rows]
    log_x = look.is_numeric(results.rows, x) and look.is_wide(at)
    if look.is_numeric(results.rows, x) and not look.is_scattered(results, x, measure):
        drawn = look.bands(results, x, by, measure)
        places = sorted({float(v) for band in drawn.values() for v in band.x})
        lines = _lines(results, measure, x, places)
        shares = "score" in measure
        fig = bands.figure(drawn, mode, **titles, log_x=log_x, log_y=log_y, are_shares=shares, references=lines)
        if len(places) <= 12:  # what was tried, rather than round numbers
            fig.update_xaxes(tickvals=places, ticktext=[f"{place:g}" for place in places])
        return fig, f"{_about_bands(results, x, by)} {_outside(fig, lines)}".strip()
    named, names = look.dots(results, x, by, measure)
    heights = look.references(results, measure, look.lags(results))
    level = {name: heights_of[0] for name, heights_of in heights.items() if len(set(heights_of)) == 1}
    log_y = log_y or ("score" not in measure and look.is_wide([*outs, *level.values()], 30.0))
    fig = sweep_figures.fig_dots(named, mode, **titles, log_x=log_x, log_y=log_y, places=names, references=level)
    bar = " The bars are medians." if names else ""
    return fig, f"A dot is a run.{bar}{_mixes(results, 'dots of a colour', x, by)}"


def _lines(results: Results, measure: str, x: str, places: list[float]) -> dict[str, Any]:
    """Chance and the memoryless line along the axis."""
    ends = [places[0], places[-1]] if places else []
    if len(places) == 1:  # a line from a place to itself would not be seen
        ends = [places[0] / 2, places[0] * 2] if places[0] else [-1.0, 1.0]
    if x == "lag" and len(places) > 1:
        return {name: (places, heights) for name, heights in look.references(results, measure, places).items()}
    found = look.references(results, measure, places if x == "lag" else look.lags(results))
    return {name: (ends, [heights[0]] * len(ends)) for name, heights in found.items() if len(set(heights)) == 1}


def _curves(results: Results, measure: str, x: str, by: str, mode: Any) -> tuple[Any, str]:
    drawn = look.curves(results, by, measure)
    if not drawn:
        raise ValueError("curves: expected a run that has ended, got none yet; come back in a moment")
    by_score = "score" in measure
    middle = [float(v) for band in drawn.values() for v in band.middle if np.isfinite(v)]
    ends = [min(float(band.x[0]) for band in drawn.values()), max(float(band.x[-1]) for band in drawn.values())]
    found = look.references(results, "score" if by_score else "loss", look.lags(results))
    lines = {name: (ends, [h[0], h[0]]) for name, h in found.items() if len(set(h)) == 1}
    y_title = "Share right" if by_score else look.measures(results)["loss"].removesuffix(" at the end")
    log_y = not by_score and look.is_wide(middle, 30.0)
    fig = bands.figure(
        drawn, mode, x_title="Updates", y_title=y_title, log_y=log_y, are_shares=by_score, references=lines
    )
    return fig, f"{_about_bands(results, by)} {_outside(fig, lines)}".strip()


def _parallel(results: Results, measure: str, x: str, by: str, mode: Any) -> tuple[Any, str]:
    dimensions, outs = look.upright(results, measure)
    fig = sweep_figures.fig_parallel(dimensions, outs, mode, title=look.measures(results)[measure])
    return fig, "A line is a run. Drag along an upright line to keep those that pass there; drag its name to move it."


def _outside(fig: Any, lines: dict[str, Any]) -> str:
    """Lines that the picture cuts off because they lie far from all runs, with their heights."""
    axis = fig.layout.yaxis
    if axis.range is None:
        return ""
    low, high = (10.0**end if axis.type == "log" else end for end in axis.range)
    ends = {name: (min(y), max(y)) for name, (_, y) in lines.items() if not any(low <= at <= high for at in y)}
    found = [f"{name}, {a:.3g}" + f" to {b:.3g}" * (a != b) for name, (a, b) in ends.items()]
    return f"Outside the picture: {'; '.join(found)}." if found else ""


def _about_bands(results: Results, *used: str) -> str:
    count = look.most_alike(results, *used)
    spread = "the quantiles 0.1 and 0.9" if count >= bands.FEW else "the least and the most"
    words = f"Line: the median of the runs; band: {spread}." if count > 1 else ""
    return f"{words}{_mixes(results, 'a band', *used)}".strip()


def _mixes(results: Results, what: str, *used: str) -> str:
    """What else differs within what looks like one thing."""
    found = [in_words(name) for name in look.mixed(results, *used)]
    return f" Within {what} also differ: {', '.join(found)}; the filter holds them." if found else ""


_MAKERS = {"along": _along, "curves": _curves, "parallel": _parallel}
