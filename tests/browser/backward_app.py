"""A page of its own for the tests of the way back: `?show=backward&net=gru`, `?show=split`, `?show=knife`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_core import lstm, objectives, paths, signs, stack, truncation
from lstm_core.clamps import Clamp
from lstm_ui.components.backward import asked_unit, backward, backward_payload
from lstm_ui.components.knife import knife, knife_payload
from lstm_ui.components.split import split, split_payload

TEXT = "the dogs run"
EVIL = ["<img src=x onerror=window.hacked=1>", "<b>dogs</b>", "$x$"]
HIDDEN, FEATURES = 5, 3
KEPT = 0.9995


class Shown(NamedTuple):
    """A net's run and its way back."""

    whole: stack.StackTrace
    trace: Any
    flow: Any
    objective: objectives.Objective
    tokens: list[str]


def shown(net: str, size: int = 0, hidden: int = HIDDEN, when: objectives.Steps = "last") -> Shown:
    """Everything random: "lstm", "gru", "before" (reset before), "rnn", "peep", "held", "back", "words".

    Of "every" the loss is on all steps, and of "kept" nothing but f lets anything through, and hardly loses any of it.
    """
    rng = np.random.default_rng(5)
    cell = {"gru": "gru", "before": "gru", "rnn": "rnn"}.get(net, "lstm")
    tokens = [TEXT[k % len(TEXT)] for k in range(size)] if size else list(TEXT)
    tokens = [*EVIL, "end"] if net == "words" else tokens
    options: dict[str, Any] = {"before": {"reset_after": False}, "peep": {"variant": lstm.Variant(peephole=True)}}
    layers = stack.init(rng, FEATURES, [hidden], cell, dtype=np.float64, bidirectional=net == "back",
                        **options.get(net, {}))  # fmt: skip
    layers = tuple(_noisy(layer, rng) for layer in layers)
    clamps = [Clamp("c", 0.4, start=5, stop=7, units=(2,))] if net == "held" else []
    clamps = [Clamp("i", 0.3), Clamp("f", KEPT), Clamp("o", 0.5), Clamp("g", 0.3)] if net == "kept" else clamps
    whole = stack.forward(layers, 1.5 * rng.normal(size=(len(tokens), 1, FEATURES)), clamps=clamps)
    way = "backward" if net == "back" else "forward"
    objective = objectives.of_state(whole, direction=way, steps="all" if net == "every" else when)
    back = objectives.backward(whole, objective)
    return Shown(whole, getattr(whole.traces[0], way), back.flow(0, way), objective, tokens)


def _noisy(layer: stack.Layer, rng: np.random.Generator) -> stack.Layer:
    """Biases and peepholes that are not 0, so that a forgotten part shows."""

    def moved(params: Any) -> Any:
        if params is None:
            return None
        new = {"b": params.b + 0.3 * rng.normal(size=params.b.shape)}
        if getattr(params, "p", None) is not None:
            new["p"] = rng.normal(size=params.p.shape)
        return replace(params, **new)

    return stack.Layer(layer.cell, moved(layer.forward), moved(layer.backward))


def pairs(tokens: list[str]) -> list[tuple[str, str]]:
    return [(signs.sign(c), signs.name(c)) if signs.sign(c) != c else (c, c) for c in tokens]


@st.cache_data
def walk_payload(net: str, size: int, hidden: int, unit: int, notation: str) -> dict[str, Any]:
    given = shown(net, size, hidden)
    cell = {"gru": "gru", "before": "gru", "rnn": "rnn"}.get(net, "lstm")
    return backward_payload(
        paths.walk_back(given.trace, given.flow, unit),
        ident=f"{net} {size}",
        tokens=pairs(given.tokens),
        cell=cell,
        hidden=hidden,
        unit=unit,
        direction="backward" if net == "back" else "forward",
        notation=notation,
        objective=given.objective.words,
        value=given.objective.value,
    )


@st.fragment
def show_backward() -> None:
    query = st.query_params
    net, size, hidden = query.get("net", "lstm"), int(query.get("size", 0)), int(query.get("hidden", HIDDEN))
    unit = asked_unit("back", f"{net} {size}", hidden, int(query.get("unit", 2)))
    at = backward(walk_payload(net, size, hidden, unit, query.get("notation", "gatescope")), key="back")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"at {at.step} {at.sub} {at.unit}, runs {st.session_state['runs']}")


@st.cache_data
def parts_payload(net: str, size: int, hidden: int, unit: int | None) -> dict[str, Any]:
    given = shown(net, size, hidden)
    return split_payload(
        given.trace,
        given.flow,
        ident=f"{net} {size}",
        tokens=pairs(given.tokens),
        unit=unit,
        objective=given.objective.words,
        value=given.objective.value,
    )


@st.fragment
def show_split() -> None:
    query = st.query_params
    net, size, hidden = query.get("net", "lstm"), int(query.get("size", 0)), int(query.get("hidden", HIDDEN))
    asked = st.number_input("unit asked for", value=int(query.get("unit", 0)), min_value=0, key="asked")
    unit = split(parts_payload(net, size, hidden, int(asked) - 1 if asked else None), key="split")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"shown {unit}, runs {st.session_state['runs']}")


@st.cache_data
def cuts_payload(net: str, size: int, hidden: int) -> dict[str, Any]:
    given = shown(net, size, hidden)
    return knife_payload(
        truncation.by_cut(given.whole, given.objective),
        ident=f"{net} {size}",
        tokens=pairs(given.tokens),
        reverse=net == "back",
        cut=4,
        objective=given.objective.words,
        value=given.objective.value,
    )


@st.fragment
def show_knife() -> None:
    query = st.query_params
    net, size, hidden = query.get("net", "lstm"), int(query.get("size", 0)), int(query.get("hidden", HIDDEN))
    cut = knife(cuts_payload(net, size, hidden), key="knife")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"cut {cut}, runs {st.session_state['runs']}")


if __name__ == "__main__":  # the tests import the numbers
    st.set_page_config("Backward", layout="wide")
    {"backward": show_backward, "split": show_split, "knife": show_knife}[st.query_params.get("show", "backward")]()
