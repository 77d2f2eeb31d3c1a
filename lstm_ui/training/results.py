"""What all three pages show of a net: the field for a text of the reader's own, the scrubber, neighbours of a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from lstm_core import neighbours
from lstm_ui import address, frame, probes
from lstm_ui.probes import Probe
from lstm_ui.setting import Setting
from lstm_ui.training import data_words, moments, scrub
from lstm_ui.training.lab import Lab
from lstm_ui.training.moments import Net

STRANGE = 0.15  # share of a text that may be unknown to a net before another one is put in its place
SUGGESTED = 80  # characters of that
KEYS = (
    "probe",
    "temperature",
    "with",
    "scrub_layer",
    "scrub_way",
    "near character",
    "near word",
)  # widgets in the tabs
Said = Callable[[Net, Probe], None]


def probe_setting(lab: Lab) -> Setting:
    """The reader's own text; one for the whole page."""
    return Setting("probe", lab.probe)


def suggest(lab: Lab, net: Net) -> None:
    """Put a held-out text into the field where nobody has typed yet and the usual one is mostly strange to the net."""
    if st.session_state["probe"] != lab.probe or net.source is None:
        return
    usual = probes.read(net.model, lab.probe)
    if usual.unknown <= STRANGE * len(usual.tokens):
        return
    found = next(iter(net.data().raw_test), "")
    text = found if isinstance(found, str) else " ".join(found)
    if text.strip():
        address.put(probe=" ".join(text.split())[:SUGGESTED])


def typed(lab: Lab, label: str) -> str:
    """The field for a text of the reader's own, kept in the address."""
    text = st.text_input(label, key="probe", live="400ms", placeholder=label)
    address.drawn("probe")
    address.amend(lab.page, probe_setting(lab))
    return text or ""


def on_typed(lab: Lab, label: str, draw: Said) -> Callable[[Net, Any], None]:
    """A section that answers while one types: the field, and what a net says of the text.

    Parameters
    ----------
    lab : Lab
    label : str
        Of the field.
    draw : callable
        Draws what the net says of a probe.
    """

    def section(net: Net, view: Any) -> None:
        suggest(lab, net)
        text = typed(lab, label)
        try:
            probe = probes.read(net.model, text)
            draw(net, probe)
        except ValueError as error:
            st.error(frame.plain(str(error)))
            return
        _notes(net, probe)
        moments.links(net, text)

    return lambda net, view: st.fragment(section)(net, view)


def _notes(net: Net, probe: Probe) -> None:
    notes = []
    if probe.cut:
        notes.append(f"Only the first {len(probe.tokens)} {net.model.unit} are read here.")
    if probe.unknown:
        what = data_words.counted(probe.unknown, net.model.unit[:-1])
        notes.append(f"{what} did not occur in the training: the net reads one and the same unknown token there.")
    if notes:
        st.caption(frame.plain(" ".join(notes)))


def through_training(lab: Lab, label: str) -> Callable[[Net, Any], None]:
    """The section with the scrubber."""

    def section(net: Net, view: Any) -> None:
        suggest(lab, net)
        text = typed(lab, label)
        scrub.show(lab, view, text, net.step)
        moments.links(net, text)

    return section


def nearest(net: Net, view: Any) -> None:
    """The words that a net has come to treat like one that the reader types."""
    st.fragment(_nearest)(net)


def _nearest(net: Net) -> None:
    vocabulary = net.model.vocabulary
    one = net.model.unit[:-1]
    st.session_state.setdefault(f"near {one}", _usual(net))
    word = st.text_input(f"A {one} of the training text", key=f"near {one}", live="400ms")
    if word not in vocabulary:
        st.info(frame.plain(f"{data_words.short(word)!r} is not among the {len(vocabulary):,} {one}s this net knows."))
        return
    found = neighbours.neighbours(net.model.embedding, int(vocabulary.encode([word])[0]), vocabulary, 12)
    rows = [{one: token, "cosine": cosine} for token, cosine in found]
    column = {"cosine": st.column_config.ProgressColumn(min_value=0, max_value=1, format="%.2f")}
    st.dataframe(rows, column_config=column, hide_index=True, width=420, height="content")
    st.caption("Cosine of the angle between the learned vectors: 1 is the same direction, 0 nothing in common.")


def _usual(net: Net) -> str:
    """A token to begin with: a frequent one of some length, if there is one."""
    tokens = net.model.vocabulary.tokens
    return next((token for token in tokens[3:] if len(token) > 3), tokens[-1])
