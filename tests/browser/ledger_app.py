"""A page of its own for the tests of the ledger and the saturation map: `?show=ledger&net=gru` and so on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_core import gru, lstm, memory, signs, units
from lstm_core.clamps import Clamp
from lstm_ui.components.ledger import ledger, ledger_payload
from lstm_ui.components.saturation import saturation, saturation_payload

EVIL = ["<img src=x onerror=window.hacked=1>", "<b>dogs</b>", "$x$"]
TEXT = "the dogs that the cat sees run"
HIDDEN = 9
HELD = Clamp("c", -0.9, start=18, stop=21, units=(2,))


class Shown(NamedTuple):
    """A net's run, and what is shown of it."""

    trace: Any
    found: memory.Ledger
    tokens: list[str]
    writes: np.ndarray


def shown(net: str, size: int = 0, hidden: int = HIDDEN) -> Shown:
    """An LSTM ("lstm", "held", "long") or a GRU, or the backward direction of an LSTM ("back")."""
    rng = np.random.default_rng(5)
    tokens = list(TEXT) if net != "words" else [*TEXT.split(), *EVIL]
    if size:
        tokens = [TEXT[k % len(TEXT)] for k in range(size)]
    module: Any = gru if net == "gru" else lstm
    options = {"forget_bias": 2.0} if module is lstm else {}
    params = module.init(rng, 4, hidden, dtype=np.float64, **options)
    initial = module.State(*(rng.normal(size=(1, hidden)) for _ in module.State._fields))
    x = 1.5 * rng.normal(size=(len(tokens), 1, 4))
    clamps = [HELD] if net == "held" else []
    trace = module.forward(params, x, initial, clamps=clamps, reverse=net == "back")
    writes = trace.i * trace.g if module is lstm else (1 - trace.z) * trace.n
    step = len(tokens) - 5 if net == "held" else None
    return Shown(trace, memory.ledger(trace, step), tokens, writes[:, 0])


@st.cache_data
def payload_of(net: str, size: int, hidden: int, unit: int | None) -> dict[str, Any]:
    given = shown(net, size, hidden)
    return ledger_payload(
        given.found,
        ident=f"{net} {size}",
        tokens=[(signs.sign(c), signs.name(c) if signs.sign(c) != c else c) for c in given.tokens],
        step=int(given.found.order[-1]),
        unit=unit,
        units=range(min(hidden, 260)),
        signal="h" if net == "gru" else "c",
        half_lives=memory.half_lives(given.trace),
        reach=memory.reach(given.found),
        words=net == "words",
        writes=given.writes,
    )


@st.fragment
def show_ledger() -> None:
    net = st.query_params.get("net", "lstm")
    asked = st.number_input("unit asked for", value=int(st.query_params.get("unit", 3)), min_value=1, key="asked")
    size, hidden = int(st.query_params.get("size", 0)), int(st.query_params.get("hidden", HIDDEN))
    payload = payload_of(net, size, hidden, int(asked) - 1)
    unit = ledger({**payload, "words": st.checkbox("gaps", value=payload["words"])}, key="ledger")
    st.session_state["reruns"] = st.session_state.get("reruns", 0) + 1
    st.text(f"shown {unit}, runs {st.session_state['reruns']}")


def shares(net: str, moment: int = 0, hidden: int = HIDDEN) -> tuple[dict[str, units.Saturation], np.ndarray]:
    """As after some training: the longer it lasts, the further the gates go to their ends."""
    rng = np.random.default_rng(6)
    module: Any = gru if net == "gru" else lstm
    params = module.init(rng, 4, hidden, dtype=np.float64)
    scale = 2.0 + 0.5 * moment
    params = replace(params, W_x=scale * params.W_x)
    held = [Clamp("o" if module is lstm else "h", 0.0, units=(1, 6))]
    trace = module.forward(params, 2 * rng.normal(size=(60, 3, 4)), clamps=held)
    return units.saturation(trace), units.dead(trace)


def show_saturation() -> None:
    net, hidden = st.query_params.get("net", "lstm"), int(st.query_params.get("hidden", HIDDEN))
    every = 0.5 if st.query_params.get("live") else None

    @st.fragment(run_every=every)
    def draw() -> None:
        moment = st.session_state["moment"] = st.session_state.get("moment", -1) + 1
        found, dead = shares(net, moment if every else 0, hidden)
        about = f"Shares of 60 steps of 3 texts, update {moment}."
        payload = saturation_payload(
            found if net != "rnn" else {}, dead, ident=net, units=range(hidden), chosen=None, about=about
        )
        picked = saturation(payload, key="map")
        if picked is not None:
            st.session_state["picked"] = picked
        st.text(f"picked {st.session_state.get('picked')}")

    draw()


if __name__ == "__main__":  # the tests import the numbers
    st.set_page_config("Ledger", layout="wide")
    if st.query_params.get("show", "ledger") == "ledger":
        show_ledger()
    else:
        show_saturation()
