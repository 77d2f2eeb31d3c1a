"""The section Honest corner of the page Vanishing gradients: where an LSTM is no better, what is said too simply."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from lstm_plots import bands, figures
from lstm_ui import address, frame, stored_view
from lstm_ui.setting import choice
from lstm_ui.vanishing import honest_values
from lstm_ui.vanishing.honest_values import Clipped, Products, Prose

_PARTS = {
    "prose": "Ordinary prose",
    "clipping": "Clipping",
    "product": "Product of forget gates",
}
SETTINGS = (choice("honest", tuple(_PARTS)),)
_TOLD = (60, 150, 300, 600)  # updates at which the losses on prose are told


def show() -> None:
    """One of three things that are as true as the rest of this page."""
    chosen = st.segmented_control(
        "Part", list(_PARTS), format_func=_PARTS.get, key="honest", required=True, label_visibility="collapsed"
    )
    address.drawn("honest")
    {"prose": _prose, "clipping": _clipping, "product": _product}[chosen]()


def _prose() -> None:
    with st.spinner("Counting"):
        found = honest_values.prose()
    st.markdown(frame.plain(prose_words(found)))
    updates = next(iter(found.bands.values())).x
    lines = {title: ([updates[0], updates[-1]], [loss] * 2) for title, loss in found.tables.items()}
    axes = {"x_title": "Updates", "y_title": "Loss on held-out text, nats a character", "log_x": True}
    fig = bands.figure(found.bands, frame.mode(), references=lines, **axes)
    _chart(fig.update_xaxes(tickvals=[int(updates[0]), *_TOLD], tickformat=",d", ticks="outside"), "prose")
    rates = ", ".join(f"{title} {rate:g}" for title, rate in found.rates.items())
    st.caption(
        frame.plain(
            f"Of two learning rates each net has the one with which it came lower: {rates}. The tables were counted "
            f"now, in {found.seconds:.2f} s, on the same text: Witten-Bell, interpolated."
        )
    )
    for stored in found.stored:
        stored_view.about(stored)
    stored_view.take(prose_table(found), "honest_prose")


def prose_words(found: Prose) -> str:
    """What the curves say, whatever they say."""
    rnn, lstm, table = found.bands["RNN"], found.bands["LSTM"], found.tables["5-gram table"]
    touching, places = honest_values.overlap(rnn, lstm)
    lead, last = honest_values.ahead(rnn, lstm), int(rnn.x[-1])
    first = (
        f"Up to update {lead:,} the plain RNN is ahead of the LSTM."
        if lead
        else "The plain RNN is not ahead of the LSTM, not even in the beginning."
    )
    ends = ", ".join(f"{title} {band.middle[-1]:.2f}" for title, band in found.bands.items())
    below = [title for title, band in found.bands.items() if np.nanmin(band.middle) < table]
    against = f"A table of 5 characters, which only counts, has {table:.2f}: " + (
        f"only {', '.join(below)} came below it." if below else "no net came below it in this time."
    )
    return (
        f"{first} At {touching} of {places} validations the bands of the two touch. After {last:,} updates: {ends}. "
        f"{against}"
    )


def prose_table(found: Prose) -> list[dict[str, Any]]:
    """Medians over the seeds at some updates."""
    lines = [
        {"series": title, "rate": found.rates[title]}
        | {f"update {step}": _at(band, step) for step in _TOLD}
        | {"lowest": round(float(np.nanmin(band.middle)), 3)}
        for title, band in found.bands.items()
    ]
    fixed = [
        {"series": title, "rate": None}
        | {f"update {step}": round(loss, 3) for step in _TOLD}
        | {"lowest": round(loss, 3)}
        for title, loss in found.tables.items()
    ]
    return [*lines, *fixed]


def _at(band: bands.Band, step: int) -> float:
    return round(float(band.middle[int(np.abs(band.x - step).argmin())]), 3)


def _clipping() -> None:
    found = honest_values.clipping()
    st.markdown(frame.plain(clipping_words(found)))
    rates = next(iter(found.bands.values())).x
    lines = {"A guess": (rates, [found.guess] * len(rates)), "Solved": (rates, [found.solved] * len(rates))}
    axes = {"x_title": "Learning rate", "y_title": "Mean squared error at the end", "log_x": True}
    fig = bands.figure(found.bands, frame.mode(), references=lines, **axes)
    _chart(fig.update_xaxes(tickvals=list(rates)), "clipping")
    stored_view.about(found.stored)
    lines_of_table = [
        {
            "series": title,
            "rate": float(x),
            "median": float(f"{m:.4g}"),
            "low": float(f"{a:.4g}"),
            "high": float(f"{b:.4g}"),
        }
        for title, band in found.bands.items()
        for x, m, a, b in zip(*band, strict=True)
    ]
    stored_view.take(lines_of_table, "honest_clipping")


def clipping_words(found: Clipped) -> str:
    """What clipping did for the plain RNN: where it matters most, and at the rate that suits each."""
    free, (rate, title) = honest_values.FREE, honest_values.matters_most(found)
    clipped, unclipped = found.learned[title][rate], found.learned[free][rate]
    first = (
        f"At learning rate {rate:g} {clipped} of {found.seeds} plain RNNs learn with the gradient's {title.lower()}, "
        f"and {unclipped} of {found.seeds} with the gradient as it is: there clipping helps."
        if clipped > unclipped
        else "Clipping makes no more of the plain RNNs learn, at none of these learning rates."
    )
    told = "; ".join(
        f"{each.lower()}: {found.medians[each]:.3f} (rate {found.best[each]:g}, "
        f"{found.learned[each][found.best[each]]} of {found.seeds} learn)"
        for each in found.bands
    )
    helps = min(value for each, value in found.medians.items() if each != free) < found.medians[free]
    verdict = "it lowers the median error too" if helps else "it does not lower the median error"
    return (
        f"{first} With the rate that suits each best {verdict}. Medians: {told}. "
        f"To learn is to end closer to {found.solved:g} than to {found.guess:.2f}, a guess."
    )


def _product() -> None:
    with st.spinner("Running nets"):
        found = honest_values.products()
    st.markdown(frame.plain(product_words(found)))
    named = {"Its norm over that of dL/dc": found.ratio, "Its signed share of dL/dc": found.projection}
    whole = {"If it were all": (found.ratio.x, np.ones(len(found.ratio.x)))}
    axes = {"x_title": "Forget bias", "y_title": "Product of forget gates against the gradient"}
    _chart(bands.figure(named, frame.mode(), references=whole, **axes), "product")
    st.caption(
        frame.plain(
            f"Computed now: {found.nets} untrained LSTMs for each bias (8 units, 4 inputs, 20 steps), weights "
            "N(0, 1/8), inputs N(0, 1), all other biases 0, loss v · h at the last step. Lines: medians; bands: eight "
            "of ten nets. With larger or smaller weights the figures are others. Norms do not add up, signed shares do."
        )
    )
    lines = [
        {"forget bias": float(x), "ratio of norms": round(float(r), 4), "signed share": round(float(p), 4)}
        for x, r, p in zip(found.ratio.x, found.ratio.middle, found.projection.middle, strict=True)
    ]
    stored_view.take(lines, "honest_product")


def product_words(found: Products) -> str:
    """How much of the gradient the famous path is."""
    told = "; ".join(
        f"at forget bias {bias:g} it has {ratio:.0%} of the gradient's norm, and {part:.2%} of the gradient"
        for bias, ratio, part in zip(found.ratio.x, found.ratio.middle, found.projection.middle, strict=True)
        if bias in (0, 1, 3)
    )
    most = float(found.projection.middle.max())
    verdict = "is only part of it" if most < 0.9 else "is nearly all of it for some biases"
    return (
        "The gradient of an LSTM is often said to survive as the product of its forget gates. In these nets that path "
        f"{verdict}: {told}. The rest comes through the gates and through h."
    )


def _chart(fig: Any, name: str) -> None:
    st.plotly_chart(fig, theme=None, config=figures.PLOT_CONFIG, key=f"honest_{name}")
