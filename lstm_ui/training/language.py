"""What a language model can show: the next token, a text of its own, the loss of every character, how good it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import batches, models
from lstm_ui import address, probes
from lstm_ui.components.tokens import tokens, tokens_payload
from lstm_ui.probes import Probe
from lstm_ui.setting import Setting, number
from lstm_ui.training import lines, results, saturation
from lstm_ui.training.lab import LANGUAGE
from lstm_ui.training.moments import Net

SETTINGS: tuple[Setting, ...] = (number("temperature", 1.0, 0.1, 2.0),)
_TOP, _LENGTH = 10, 300
_SEEDS = 10_000
_PATIENCE = 4.0  # seconds for models that count


def sections(sampling: Any) -> dict[str, Callable[[Net, Any], None]]:
    """The tabs of the page.

    Parameters
    ----------
    sampling : module
        `lstm_core.sampling`, which pages alone import.
    """
    return {
        "What comes next": results.on_typed(LANGUAGE, "The beginning of a text", partial(_next, sampling)),
        "Through the training": results.through_training(LANGUAGE, "A text to follow through the training"),
        "Loss by character": results.on_typed(LANGUAGE, "A text to read", partial(_coloured, sampling)),
        "How good it is": _measured,
        "Saturation": saturation.section(LANGUAGE),
        "Neighbours": results.nearest,
    }


def _next(sampling: Any, net: Net, probe: Probe) -> None:
    """The most probable next tokens, and the text that the net goes on with."""
    text = st.session_state["probe"]
    left, right = st.columns([2, 3], gap="medium")
    with left:
        temperature = st.slider("Temperature", 0.1, 2.0, step=0.1, key="temperature")
        address.drawn("temperature")
        address.amend(LANGUAGE.page, *SETTINGS)
        logs = np.log(np.maximum(sampling.next_distribution(net.model, text), 1e-300))
        p = sampling.shaped(logs, temperature)
        best = np.argsort(-p, kind="stable")[:_TOP]
        shown = probes.show([net.model.vocabulary.tokens[k] for k in best])
        rows = [{"next": sign, "probability": float(p[k])} for (sign, _), k in zip(shown, best, strict=True)]
        column = {"probability": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")}
        st.dataframe(rows, column_config=column, hide_index=True)
    with right:
        seed = st.session_state.setdefault("sample seed", 0)
        st.button("Write another", key="another", on_click=_another)
        rng = np.random.default_rng(seed)
        st.code(text + sampling.sample(net.model, rng, text, _LENGTH, temperature=temperature), None, wrap_lines=True)


def _another() -> None:
    st.session_state["sample seed"] = (st.session_state.get("sample seed", 0) + 1) % _SEEDS


def _coloured(sampling: Any, net: Net, probe: Probe) -> None:
    """Every token in the colour of its loss."""
    found = sampling.losses(net.model, "".join(probe.tokens) if net.model.unit == "characters" else _text(probe))
    payload = tokens_payload(
        probes.show(found.tokens),
        found.nats,
        ident=f"{net.ident} {hash(probe.tokens)}",
        highest=math.log(len(net.model.vocabulary)),
        words=net.model.unit == "words",
    )
    tokens(payload, key="coloured")
    mean = float(found.nats.mean())
    st.caption(
        f"{mean:.2f} nats a token on average; as uncertain as a choice among {math.exp(min(mean, 700)):.1f} equally "
        f"likely ones. Full colour is {math.log(len(net.model.vocabulary)):.2f}: a guess among all it knows."
    )


def _text(probe: Probe) -> str:
    return " ".join(probe.tokens)


def _measured(net: Net, view: Any) -> None:
    """The loss on the held-out test part in three units, beside models that only count."""
    data = net.data()
    if data.vocabulary is None or data.vocabulary.tokens != net.model.vocabulary.tokens:
        st.info("This net has learned another vocabulary than these data have: choose the data it was trained on.")
        return
    nats = _held_out(net.ident, data.digest, net, data)
    found = {"this net": nats}
    with st.spinner("Counting …"):
        key = data.digest, net.config, "test"
        counted = lines.ready(key, lambda: lines.language(data, net.config, "test"), _PATIENCE)
    table = loss_table({**found, **(counted or {})}, characters_a_token(data))
    st.dataframe(table, hide_index=True, width=620)
    if counted is None:
        st.caption("The counting models are still being counted: look again in a moment.")
        st.button("Look again", key="look_again")
    st.caption(
        "On the test part, which no training has seen. The n-gram models have read the same training part; they know "
        "what often follows the last one, two or four tokens, and nothing before that."
    )


@st.cache_resource(max_entries=64, show_spinner="Measuring …")
def _held_out(ident: str, digest: str, _net: Net, _data: Any) -> float:
    """Mean loss on the test part, in nats a token."""
    chosen = batches.validation(_data, _net.config, "test")
    total, initial = 0.0, None
    for batch, fresh, weight in zip(chosen.batches, chosen.fresh, chosen.weights, strict=True):
        said = models.predict(_net.model, batch.x, None if fresh else initial, lengths=batch.lengths)
        initial = said.trace.final
        total += models.scores(_net.model, said.logits, batch)[0] * weight
    return total / sum(chosen.weights)


def characters_a_token(data: Any) -> float:
    """Characters that a token of the test part stands for, on average, blanks between words included."""
    part = data.test
    tokens = len(part) if isinstance(part, np.ndarray) else len(part.ids)
    return sum(map(len, data.raw_test)) / max(tokens, 1)


def loss_table(nats: dict[str, float], characters: float) -> list[dict[str, Any]]:
    """Losses in nats a token, bits per character and perplexity, the best first.

    Examples
    --------
    >>> rows = loss_table({"uniform": math.log(64), "this net": math.log(4)}, characters=1.0)
    >>> [(row["model"], row["bits per character"]) for row in rows]
    [('this net', 2.0), ('uniform', 6.0)]
    """
    rows = [
        {
            "model": name,
            "nats a token": round(value, 3),
            "bits per character": round(value / math.log(2) / characters, 3),
            "perplexity": round(math.exp(min(value, 700)), 2),
        }
        for name, value in sorted(nats.items(), key=lambda item: item[1])
    ]
    return rows
