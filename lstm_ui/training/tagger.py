"""What a tagger can show: the names it finds in a sentence as one types, and how many it finds in unseen ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import baselines, metrics, models
from lstm_core.metrics import EntityScores
from lstm_plots import tables
from lstm_ui import probes
from lstm_ui.components.tokens import tokens, tokens_payload
from lstm_ui.probes import Probe
from lstm_ui.training import data_words, lines, results, saturation
from lstm_ui.training.lab import TAGGER
from lstm_ui.training.moments import Net

_WRONG = 30


def sections() -> dict[str, Callable[[Net, Any], None]]:
    """The tabs of the page."""
    return {
        "Your sentence": results.on_typed(TAGGER, "A sentence of your own", _tagged),
        "Through the training": results.through_training(TAGGER, "A sentence to follow through the training"),
        "Held-out sentences": _measured,
        "Saturation": saturation.section(TAGGER),
        "Neighbours": results.nearest,
    }


def _tagged(net: Net, probe: Probe) -> None:
    """A tag under every word, and how unsure the net is of it."""
    p = models.probabilities(probes.run(net.model, probe).logits)[:, 0]  # (time, classes)
    payload = tokens_payload(
        probe.shown,
        1 - p.max(axis=1).astype(float),
        ident=f"{net.ident} {hash(probe.tokens)}",
        kind="probability",
        name="how unsure",
        unit="",
        words=True,
        tags=[net.model.labels[k] for k in p.argmax(axis=1)],
    )
    tokens(payload, key="tagged")
    st.caption("B- begins a name, I- goes on with it; a word without a tag is in no name. The darker, the less sure.")


@st.cache_resource(max_entries=32, show_spinner="Measuring …")
def measure(ident: str, digest: str, _net: Net, _data: Any) -> tuple[EntityScores, list[dict[str, str]]]:
    """A net on the test part: its scores, and sentences with mistakes."""
    test = _data.test
    names = np.array(_data.labels, dtype=object)
    true = [tags.tolist() for tags in np.split(names[test.targets], test.offsets[1:-1])]
    said = probes.tag(_net.model, _data.raw_test)
    wrong = [
        {"said": _marked(words, found), "true": _marked(words, tags)}
        for words, found, tags in zip(_data.raw_test, said, true, strict=True)
        if found != tags
    ]
    return metrics.entity_scores(true, said), wrong[:_WRONG]


def _marked(words: Any, tags: list[str]) -> str:
    """A sentence with its names in brackets."""
    parts, last = [], 0
    for kind, start, stop in metrics.entities(tags):
        parts += [*words[last:start], f"[{' '.join(words[start:stop])} {kind}]"]
        last = stop
    return data_words.short(" ".join([*parts, *words[last:]]), 300)


def _measured(net: Net, view: Any) -> None:
    """Entity F1 overall and per type, beside the most frequent tag of every word."""
    data = net.data()
    found, wrong = measure(net.ident, data.digest, net, data)
    simple = lines.ready((data.digest, "test"), lambda: baselines.tagger_line(data, "test"))
    rows = {"all names": found.overall, **found.kinds}
    if simple is not None:
        rows["all names, by the most frequent tag"] = simple.overall
        rows |= {f"{kind}, by the most frequent tag": score for kind, score in simple.kinds.items()}
    st.dataframe(tables.scores_table(rows), hide_index=True, width=680)
    words = f"Tags of single words: {data_words.percent(found.token_accuracy, 1)} right"
    words += f" ({data_words.percent(simple.token_accuracy, 1)} by the most frequent tag)" if simple else ""
    st.caption(f"{words}. That is always high, because most words are in no name; a name counts only as a whole.")
    if wrong:
        st.markdown("**Mistakes**")
        st.dataframe(wrong, hide_index=True)
