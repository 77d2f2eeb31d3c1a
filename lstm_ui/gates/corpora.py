"""The widget that chooses a longer text to look for something in, and the net's run over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from lstm_core.corpus import START
from lstm_core.sources import Source
from lstm_ui import address, frame, learned_widgets, sample_models, samples, task_trials
from lstm_ui.gates import corpus_runs
from lstm_ui.gates.corpus_runs import Read
from lstm_ui.heat import Look
from lstm_ui.kept import kept
from lstm_ui.setting import Setting

AUTO, HERE, DATA, FILE = "auto", "here", "data", "file"
SETTING = Setting("corpus", AUTO, learned_widgets.check_ident)
_CHOSEN = "corpus chosen"  # of the widget: what is shown where the reader has chosen nothing is not in the address
_UPLOAD, _LARGEST = "corpus file", 25  # megabytes that the browser may send


def choose(look: Look, signal: str, *, fewest: int = 0) -> Read:
    """A field for which text, and the signal (time, units) of the cell on the screen over it.

    Parameters
    ----------
    look : Look
    signal : str
    fewest : int
        Where the text on the screen has no more tokens than these, and the reader has chosen none, what the net was
        trained on is read instead.

    Raises
    ------
    ValueError
        A text that cannot be read, or a net that reads none.
    """
    state, own = st.session_state, _own_data(look)
    titles = _titles(look, own)
    if state["corpus"] not in titles:
        state["corpus"] = AUTO
    usual = DATA if own and len(look.seen.raw) <= fewest else HERE
    address.correct(_CHOSEN, usual if state["corpus"] == AUTO else state["corpus"])
    chosen = st.selectbox(
        "In which text", list(titles), format_func=titles.get, key=_CHOSEN, width=280, on_change=_choose
    )
    here = Read((look.seen.raw,), (getattr(look.seen.trace, signal)[:, 0],), False, (look.seen.trace, signal))
    if chosen == HERE:
        return here
    if chosen == FILE:
        file = st.file_uploader("A text file", type=["txt"], key=_UPLOAD, max_upload_size=_LARGEST, width=280)
        if file is None:
            st.caption("Until a file is given, this text is searched.")
            return here
        made, ident = partial(_read_text, file), file.file_id
    else:
        made = own if chosen == DATA and own else partial(samples.load, "language", chosen)
        ident = chosen
    key = ident, tuple(look.layers), look.seen.layer, look.seen.direction, signal, _ident(look)
    with st.spinner("Reading …"):
        found: Read = kept("corpus", key, lambda: replace(_run(look, made(), signal), source=key))
    what, free = look.given.unit or "tokens", ", with nothing held" if st.session_state["hold"] != "none" else ""
    some = "the first " if found.cut else ""
    count = found.tokens - sum(piece[0] == START for piece in found.pieces)
    st.caption(
        frame.plain(f"Read: {some}{count:,} {what}, in {len(found.pieces):,} pieces, each from the start{free}.")
    )
    return found


def _choose() -> None:
    address.put(corpus=st.session_state[_CHOSEN])


def _ident(look: Look) -> object:
    """Nets may share layers and differ in how they read."""
    named = look.given.trained or look.given.own
    return named.ident if named else (look.given.unit, st.session_state["seed"])


def _titles(look: Look, own: Callable[[], Source] | None) -> dict[str, str]:
    found = {HERE: "This text"}
    if look.given.enter is None or look.given.example is not None:
        return found
    if own:
        found[DATA] = "What the net was trained on"
    return found | {sample.name: sample.title for sample in samples.samples("language")} | {FILE: "A file of yours"}


def _own_data(look: Look) -> Callable[[], Source] | None:
    """What reads the text that a trained net has learned from; None where nobody knows it."""
    state = st.session_state
    if look.given.trained is None:
        return None
    if state["from"] == "run":
        from lstm_ui import runs

        view = runs.service().view(state["run"])
        source = runs.source(view.source_digest, view.id)
        return None if task_trials.is_task(source) else lambda: source
    if state["from"] != "model":
        return None
    opened = sample_models.open_sample(state["model"])
    name = samples.trained_on(opened)
    return (lambda: samples.load(opened.config.task, name)) if name else None


def _read_text(file: Any) -> Source:
    from lstm_runs import reading

    return reading.read_text(file.getvalue(), file.name)


def _run(look: Look, source: Source, signal: str) -> Read:
    given = look.given
    sentences = bool(given.trained and getattr(given.trained.model, "sentences", False))
    most = corpus_runs.most_tokens(look.layers)
    found, cut = corpus_runs.pieces(source, given.unit or "characters", most, sentences=sentences)  # type: ignore[arg-type]
    if not found:
        raise ValueError("text: expected at least one token, got nothing to read; choose another text")
    return corpus_runs.read(given, look.layers, found, look.seen.layer, look.seen.direction, signal, cut)
