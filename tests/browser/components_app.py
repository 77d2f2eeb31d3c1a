"""A page of its own for the tests of the components: `?show=live` and so on, with numbers that a test can compute."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import streamlit as st

from lstm_core import signs
from lstm_ui.components.live import live
from lstm_ui.components.live.payload import Sent
from lstm_ui.components.scrubber import scrubber, scrubber_payload
from lstm_ui.components.tokens import tokens, tokens_payload

PROBE = [(c, c) if c != " " else ("␣", "SPACE") for c in "the dogs that run"]
EVIL = '<img src=x onerror="window.hacked=1">'


def text_of_tokens() -> str:
    return "The dogs\nthat the cat sees " + EVIL


def losses_of(count: int) -> np.ndarray:
    values = np.random.default_rng(4).exponential(1.2, size=count)
    values[0] = np.nan
    return values


def view(rows: int, *, status: str = "running", run: str = "a") -> SimpleNamespace:
    """A run after `rows` rows of history, as lstm_runs.service shows it."""
    step = np.arange(1, rows + 1, dtype=float)
    noise = np.random.default_rng(3).normal(size=rows)
    validated = np.arange(50, step[-1] + 1, 50) if rows else np.zeros(0)
    history = SimpleNamespace(
        stride=1,
        step=step,
        loss=1.5 + 2.6 * np.exp(-step / 150) + 0.08 * noise,
        stability=1e-5 * (1 + np.sin(step / 9)),
        norm=1 + np.abs(noise),
        saturated=0.1 + 0.3 * (1 - np.exp(-step / 200)),
        validated_step=validated,
        validated_loss=1.6 + 2.5 * np.exp(-validated / 150),
        validated_score=1 - 0.5 * np.exp(-validated / 150),
    )
    return SimpleNamespace(
        id=run,
        status=status,
        step=int(step[-1]) if rows else 0,
        steps=1000,
        history=history,
        failure=SimpleNamespace(step=210, reason="the loss became NaN") if status == "failed" else None,
        sample=f"{EVIL} the dogs that the cat sees run.\n",
        tokens_per_second=38_214.0,
        seconds_left=max(0.0, (1000 - rows) / 50),
        config=SimpleNamespace(stability_weight=2.0),
    )


def merged(run: SimpleNamespace) -> SimpleNamespace:
    """The same run after its history was thinned: each two rows became one."""
    past, count = run.history, len(run.history.step) // 2 * 2
    past.stride, past.step = 2, past.step[1:count:2]
    for name in ("loss", "stability", "norm", "saturated"):
        setattr(past, name, getattr(past, name)[:count].reshape(-1, 2).mean(axis=1))
    return run


def lose() -> None:
    """Thirty rows that are believed sent, and never were."""
    st.session_state["chart_sent"] = Sent("a", 1, st.session_state["rows"] + 30, 50, whole=False)
    st.session_state["rows"] += 60


@st.fragment
def show_live() -> None:
    st.session_state.setdefault("rows", 120)
    rows = st.number_input("rows", step=40, key="rows", max_value=1_024)
    status = st.selectbox("status", ["running", "paused", "finished", "failed", "waiting"], key="status")
    stride = st.number_input("stride", value=1, key="stride", max_value=2)
    st.button("lose", key="lose", on_click=lose)
    lines = [("uniform", 4.17), ("bigram", 2.46), ("trigram", 2.1), ("5-gram", 2.05)]
    scores = [("majority", 0.5), ("naive Bayes", 0.81)] if st.query_params.get("score") else []
    if st.checkbox("hide", key="hide"):
        return
    run = view(int(rows), status=status)
    live(
        run if stride == 1 else merged(run),
        key="chart",
        baselines=lines,
        loss="nats a character",
        score="accuracy" if scores else "",
        score_baselines=scores,
    )


@st.fragment(run_every=0.5)
def show_growing() -> None:
    by = int(st.query_params.get("by", 25))
    rows = st.session_state["grown"] = min(1_000, st.session_state.get("grown", 10) + by)
    live(view(rows), key="growing", baselines=[("uniform", 4.17)], loss="nats a character")


def run_of(seed: int, checkpoints: int, hidden: int, names: str = "ifogch", **extra: object) -> dict:
    rng = np.random.default_rng(seed)
    time = np.arange(checkpoints)[:, None, None] / max(1, checkpoints - 1)
    wave = np.sin(np.arange(len(PROBE))[None, :, None] * 0.9 + 6 * rng.random(hidden)[None, None, :])
    grown = 3 * time * wave + 0.2 * rng.normal(size=(checkpoints, len(PROBE), hidden))
    gate = 1 / (1 + np.exp(-grown))
    signals = {"i": gate, "f": 1 - gate, "o": gate**2, "g": np.tanh(grown), "c": 1.7 * grown, "h": np.tanh(grown / 2)}
    marks = [
        SimpleNamespace(
            step=20 * k, loss=1.5 + 2.6 * 0.93**k, validated=1.6 + 2.5 * 0.94**k, sample=f"{EVIL} {k} the dogs run"
        )
        for k in range(checkpoints)
    ]
    return scrubber_payload(marks, PROBE, {name: signals[name] for name in names}, ident=f"run {seed}", **extra)


@st.cache_data
def runs() -> tuple[dict, dict, dict, dict]:
    losses = 4 * np.random.default_rng(8).random((60, len(PROBE)))
    losses[:, 0] = np.nan
    probabilities = np.random.default_rng(9).dirichlet(np.ones(3), size=40)
    tags = np.random.default_rng(1).integers(0, 5, size=(30, len(PROBE)))
    return (
        run_of(1, 60, 64, losses=losses, title="LSTM, 64 units"),
        run_of(2, 40, 20, probabilities=probabilities, labels=("spam", "ham", EVIL), title="a second run"),
        run_of(3, 30, 12, tags=tags, labels=("O", "B-PER", "I-PER", "B-ORG", "B-LOC"), title="tagger"),
        run_of(4, 40, 20, "h", probabilities=probabilities, labels=("spam", "ham", EVIL), title="an RNN"),
    )


@st.fragment
def show_scrubber() -> None:
    language, classifier, tagger, rnn = runs()
    which = st.query_params.get("run", "language")
    payload = {"language": language, "classifier": classifier, "tagger": tagger}[which]
    other = {"1": classifier, "rnn": rnn}.get(st.query_params.get("two", ""))
    moment = scrubber(payload, other, key="scrub")
    st.session_state["reruns"] = st.session_state.get("reruns", 0) + 1
    st.text(f"moment {moment.step} {moment.other}")
    st.text(f"runs {st.session_state['reruns']}")


@st.fragment
def show_tokens() -> None:
    pairs = [(signs.sign(c), signs.name(c) if signs.sign(c) != c else c) for c in text_of_tokens()]
    payload = tokens_payload(pairs, losses_of(len(pairs)), ident="text")
    st.text(f"picked {tokens(payload, key='text')}")
    words = [(w, w) for w in "Ada Lovelace met Charles Babbage in London at the Royal Society".split()]
    said = "B-PER I-PER O B-PER I-PER O B-LOC O O B-ORG O".split()
    right = "B-PER I-PER O B-PER I-PER O B-LOC O O B-ORG I-ORG".split()
    tokens(tokens_payload(words, ident="tags", words=True, tags=said, truth=right), key="tags")
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.ones(3), size=len(words))
    curves = {name: probabilities[:, k] for k, name in enumerate(["good", "bad", EVIL])}
    tokens(tokens_payload(words, probabilities[:, 0], ident="curves", kind="probability", name="P(good)", unit="",
                          words=True, curves=curves), key="curves")  # fmt: skip


if __name__ == "__main__":  # the tests import the numbers
    st.set_page_config("Components", layout="wide")
    if st.query_params.get("show") == "all":
        show_live()
        show_scrubber()
        show_tokens()
        st.stop()
    pages = {"live": show_live, "growing": show_growing, "scrubber": show_scrubber, "tokens": show_tokens}
    pages[st.query_params.get("show", "live")]()
