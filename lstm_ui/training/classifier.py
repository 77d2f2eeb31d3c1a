"""What a classifier can show: its mind after every word, and how often it is right on texts it has never seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import baselines, metrics
from lstm_core.arrays import Array, Ints
from lstm_plots import tables
from lstm_ui import frame, probes
from lstm_ui.components.tokens import tokens, tokens_payload
from lstm_ui.probes import Probe
from lstm_ui.training import data_words, lines, results, saturation
from lstm_ui.training.lab import CLASSIFIER
from lstm_ui.training.moments import Net

_MOST_CURVES, _WRONG = 6, 30


def sections() -> dict[str, Callable[[Net, Any], None]]:
    """The tabs of the page."""
    return {
        "Your text": results.on_typed(CLASSIFIER, "A text of your own", _word_by_word),
        "Through the training": results.through_training(CLASSIFIER, "A text to follow through the training"),
        "Held-out texts": _measured,
        "Saturation": saturation.section(CLASSIFIER),
        "Neighbours": results.nearest,
    }


def _word_by_word(net: Net, probe: Probe) -> None:
    """The probability of each class after every token."""
    curves = probes.class_curves(net.model, probe.ids)  # (time, classes)
    likely = np.argsort(-curves.max(axis=0), kind="stable")[:_MOST_CURVES]
    best = int(curves[-1].argmax())
    label = data_words.short(net.model.labels[best], 60)
    st.markdown(f"**{frame.plain(label)}**, {data_words.percent(float(curves[-1, best]), 1)} sure")
    payload = tokens_payload(
        probe.shown,
        curves[:, best].astype(float),
        ident=f"{net.ident} {hash(probe.tokens)}",
        kind="probability",
        name=f"probability of {label}",
        unit="",
        words=net.model.unit == "words",
        curves={net.model.labels[k]: curves[:, k] for k in sorted(likely)},
    )
    tokens(payload, key="word_by_word")


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A classifier on held-out texts: what is true and said (items,), probabilities (items, classes), labels."""

    true: Ints
    said: Ints
    p: Array
    labels: tuple[str, ...]


@st.cache_resource(max_entries=32, show_spinner="Measuring …")
def measure(ident: str, digest: str, _net: Net, _data: Any) -> Measured:
    """A net on the test part.

    Raises
    ------
    ValueError
        The data have labels that the net does not know.
    """
    labels = _net.model.labels
    if strange := [label for label in _data.labels if label not in labels]:
        raise ValueError(
            f"data: expected the labels this net has learned, got {data_words.short(strange[0])!r}; "
            "choose the data it was trained on"
        )
    place = np.array([labels.index(label) for label in _data.labels])
    p = probes.classify(_net.model, _data.raw_test)
    return Measured(place[_data.test.targets], p.argmax(axis=1), p, labels)


def _measured(net: Net, view: Any) -> None:
    """Accuracy and macro-F1 beside those of simple models, the confusion matrix, the most wrong examples."""
    data = net.data()
    found = measure(net.ident, data.digest, net, data)
    counts = metrics.confusion(found.true, found.said, len(found.labels))
    accuracy, f1 = metrics.accuracy(found.true, found.said), metrics.macro_f1(counts)
    simple = lines.ready((data.digest, "test"), lambda: baselines.classifier_lines(data, "test")) or {}
    rows = {"this net": (accuracy, f1), **{name: (line.accuracy, line.macro_f1) for name, line in simple.items()}}
    left, right = st.columns(2, gap="medium")
    with left:
        table = [{"": n, "accuracy": round(100 * a, 1), "macro-F1": round(100 * m, 1)} for n, (a, m) in rows.items()]
        st.dataframe(table, hide_index=True)
        st.caption(f"Per cent, on {data_words.counted(len(found.true), 'text')} that no training has seen.")
    with right:
        st.dataframe(tables.confusion_table(counts, found.labels), hide_index=True)
        st.caption("Rows: what is true. Columns: what was said.")
    wrong = most_wrong(found, data.raw_test)
    if wrong:
        st.markdown("**Most wrong:** sure, and mistaken")
        st.dataframe(wrong, hide_index=True)


def most_wrong(found: Measured, texts: Any) -> list[dict[str, str]]:
    """The texts on which a net was wrong, the surest first."""
    items = np.flatnonzero(found.true != found.said)
    sure = found.p[items, found.said[items]]
    chosen = items[np.argsort(-sure, kind="stable")[:_WRONG]]
    return [
        {
            "text": data_words.short(texts[k], 300),
            "true": found.labels[found.true[k]],
            "said": found.labels[found.said[k]],
            "sure": data_words.percent(float(found.p[k, found.said[k]]), 1),
        }
        for k in chosen
    ]
