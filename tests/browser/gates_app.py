"""A page of its own for the tests of the heatmaps: `?show=small` and so on, with numbers that a test can compute."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import signs
from lstm_ui.components.gates import Position, gates, gates_payload

EVIL = '<img src=x onerror="window.hacked=1">'
TEXT = "The dogs that the cat sees run.\n"
WORDS = "the dogs that the tired old cat chases run away from the house every day".split()
LIMIT = 2.0
UNITS = (3, 0, 7, 5, 12, 9, 10)  # numbers in a layer of 1,600: not in order, not from zero


@cache
def signals_of(seed: int, steps: int, units: int, names: str = "ifogch") -> dict[str, np.ndarray]:
    """Smooth random signals in float32, all different; states go beyond no limit of 2."""
    rng = np.random.default_rng(seed)
    time = np.arange(steps)[:, None]
    found = {}
    for k, name in enumerate(names):
        wave = np.sin(time * rng.uniform(0.05, 0.6, units) + 6 * rng.random(units))
        raw = 1.4 * wave + 0.5 * rng.normal(size=(steps, units)) + 0.3 * k
        value = 1 / (1 + np.exp(-raw)) if name in "iforz" else (1.9 if name == "c" else 0.99) * np.tanh(raw)
        found[name] = value.astype(np.float32)
    return found


def pairs(tokens: list[str] | str) -> list[tuple[str, str]]:
    return [(signs.sign(t), signs.name(t) if signs.sign(t) != t else t) for t in tokens]


def orders_of(units: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {name: rng.permutation(units) for name in ("similar", "half-life", "saturation", "active")}


def second() -> dict[str, np.ndarray]:
    """The other run: a token fewer, so the end has no counterpart."""
    other = {name: values.copy() for name, values in signals_of(6, len(TEXT), len(UNITS)).items()}
    for values in other.values():
        values[-3:] = np.nan
    return other


def small(**changes: Any) -> dict[str, Any]:
    """An LSTM, seven of its 1,600 units."""
    given: dict[str, Any] = {
        "ident": "small",
        "tokens": pairs(TEXT),
        "units": UNITS,
        "total": 1600,
        "orders": orders_of(len(UNITS)),
        "limit": LIMIT,
        "unit": 7,
        "step": 4,
        "facts": {"half-life": [f"{3 + k}.5 steps" for k in range(len(UNITS))]},
        "name": "free",
        "marks": [(4, 8), (18, 21)],
        "marked_units": [5, 12],
        **changes,
    }
    return gates_payload(given.pop("signals", signals_of(5, len(TEXT), len(UNITS))), **given)


def large(ident: str = "large", units: int = 128, steps: int = 512, seed: int = 3, **changes: Any) -> dict[str, Any]:
    """As much as may be sent."""
    text = (TEXT * 20)[:steps]
    return gates_payload(
        signals_of(seed, steps, units),
        ident=ident,
        tokens=pairs(text),
        units=range(units),
        total=units,
        orders=orders_of(units),
        limit=LIMIT,
        unit=5,
        step=40,
        **changes,
    )


def words(names: str = "rznh") -> dict[str, Any]:
    """A GRU (or an RNN) that reads words, one of them hostile."""
    tokens = [*WORDS[:5], EVIL, *WORDS[5:]]
    return gates_payload(
        signals_of(8, len(tokens), 24, names),
        ident=f"words {names}",
        tokens=pairs(tokens),
        units=range(24),
        total=24,
        orders=orders_of(24),
        limit=1.0,
        unit=2,
        words=True,
        facts={"note": [EVIL] * 24},
    )


def compared() -> dict[str, Any]:
    other_tokens = pairs(TEXT.replace("dogs", "doge"))
    return small(ident="compared", other=second(), other_name="held", other_tokens=other_tokens, show="difference")


def fresh() -> dict[str, Any]:
    """Other numbers for the same text, as much as may be sent; other ones each time."""
    return large(f"fresh {st.session_state.get('runs')}", seed=4)


PAYLOADS = {
    "small": small,
    "compared": compared,
    "words": words,
    "rnn": lambda: words("h"),
    "large": large,
    "hundred": lambda: large("hundred", units=32, steps=100),
}


@st.fragment
def show() -> None:
    payload = PAYLOADS[st.query_params.get("show", "small")]()
    if st.button("elsewhere"):
        st.session_state["wanted"] = {"step": 20, "unit": 12, "span": [18, 21], "zoom": [10, 30]}
    payload["position"] |= st.session_state.get("wanted", {})
    if st.checkbox("fresh"):
        payload = fresh()
    at: Position = gates(payload, key="heat", on_open=lambda *moment: st.session_state.update(opened=moment))
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"at {at.step} {at.unit} {at.span} {at.zoom} {at.order} {at.show}")
    st.text(f"opened {st.session_state.get('opened')}")
    st.text(f"runs {st.session_state['runs']}")


if __name__ == "__main__":  # the tests import the numbers
    st.set_page_config("Heatmaps", layout="wide")
    show()
