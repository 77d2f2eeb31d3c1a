"""The form in which a reader opens a net of their own, and says what its file does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from lstm_runs import foreign, vocabularies
from lstm_ui import address, frame, own_net
from lstm_ui.given import Given
from lstm_ui.own_net import NOTHING, Own

_REFUSED = "own net refused"  # in the session: what was wrong with the last file
_FILE, _VOCABULARY, _NUMBERS = "own file", "own vocabulary", "own numbers"  # uploaders
_SMALL = 25  # megabytes that the browser may send: enough to say what is wrong with a file that is too large
_NONE = ""  # in the place of a tensor's name
SAYS = {NOTHING: "Nothing", "language": "The next token", "classifier": "A class", "tagger": "A tag a token"}
_PARTS = {"embedding": "Embedding", "output": "Output weights", "output_bias": "Output bias"}
HOW_TO = (
    "A .safetensors file of PyTorch or Keras weights, or a net saved on one of these pages. It stays in this session: "
    "nothing is stored, nothing in it is run."
)


def form(title: str = "Open a net", *, key: str = "own_form") -> None:
    """A button that opens the form. Call before the net is used: what was uploaded is taken up here."""
    if not any(st.session_state.get(each) for each in (_FILE, _VOCABULARY, _NUMBERS)):
        st.session_state[_REFUSED] = None  # the file is gone, and so is what was wrong with it
    _take(_FILE, _open)
    _take(_VOCABULARY, lambda file: own_net.give_vocabulary(_there(), file.getvalue()))
    _take(_NUMBERS, lambda file: own_net.give_numbers(_there(), file.getvalue(), file.name))
    with st.popover(title, key=key, on_change="rerun") as opened:
        if opened.open:
            st.file_uploader("Weights", key=_FILE, help=HOW_TO)
            _say_refusal()
            own = own_net.current()
            if own is not None and own.net is not None:
                _inputs(own)
                _recognised(own)
                _names(own)
                _reading(own)
            elif own is not None and own.problem:
                _module(own)
            elif own is None:
                st.caption(HOW_TO)
    if not opened.open:
        _say_refusal()


def sequence(label: str, numbers: int) -> Given | None:
    """The form, the field for a text, and what the net reads; None before there is a net, or anything for it to read.

    Parameters
    ----------
    label : str
        Of the field.
    numbers : int
        Steps times units that the page takes.

    Raises
    ------
    ValueError
        A text with nothing that the net knows.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="own_row"):
        form()  # another label would be another popover, and shut
        own = own_net.current()
        if own is None:
            st.info(HOW_TO)
            return None
        st.caption(frame.plain(own.title), width="content")
    if words := own_net.missing(own):
        st.info(frame.plain(words))
        return None
    if own.numbers is not None:
        _say_numbers(own)
        return own_net.given(own, "", numbers)
    address.drawn("text")
    typed = st.text_area(label, key="text", placeholder=label, height=68, label_visibility="collapsed")
    return own_net.given(own, typed, numbers)


def _say_numbers(own: Own) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="own_numbers_row"):
        words = f"It reads your numbers: {len(own.numbers.values)} steps."  # type: ignore[union-attr]
        st.caption(frame.plain(words), width="content")
        if own.wishes.tokens:
            st.button("Type a text instead", key="own_text", on_click=_drop_numbers)


def _drop_numbers() -> None:
    if (own := own_net.current()) is not None:
        own_net.keep(replace(own, numbers=None))
        address.put()


def _numbers_changed() -> None:
    # Called where the reader has acted, and not where the form is shut: that keeps the numbers that it gave.
    if st.session_state.get(_NUMBERS) is None:
        _drop_numbers()


def _there() -> Own:
    found = own_net.current()
    if found is None or found.found is None:
        raise ValueError("weights: expected them first, got none; open the file of the net")
    return found


def _open(file: Any) -> Own:
    return own_net.open_own(file.getvalue(), file.name)


def _take(key: str, make: Callable[[Any], Own]) -> None:
    """Take up what was uploaded, once; what cannot be read leaves everything as it was."""
    state = st.session_state
    file = state.get(key)
    if file is None or state.get(f"{key} taken") == file.file_id:
        return
    state[f"{key} taken"] = file.file_id
    _try(lambda: make(file))


def _try(make: Callable[[], Own]) -> None:
    state = st.session_state
    state[_REFUSED] = None
    try:
        own_net.keep(make())
    except foreign.FormatError as error:
        state[_REFUSED] = error.sentence, error.code
    except ValueError as error:
        state[_REFUSED] = str(error), ""
    address.put()


def _say_refusal() -> None:
    if refused := st.session_state.get(_REFUSED):
        sentence, code = refused
        own = own_net.current()
        stays = "" if own is None else f" {own.title} stays open."
        st.error(frame.plain(f"{sentence.rstrip('.')}.{stays}" if stays else sentence))
        if code:
            st.code(code, language="python")


def _recognised(own: Own) -> None:
    """What was made of what, layer by layer, and what was left aside."""
    st.markdown(f"**{frame.plain(own.title)}**")
    rows = [{"recognised": part.what, "tensors": ", ".join(part.names)} for part in own.net.parts]
    st.dataframe(rows, hide_index=True, height="content", key=f"own parts {own.digest}")
    if own.found.converted:
        st.caption(f"{len(own.found.converted)} tensors of half precision were converted to float32, exactly.")
    if own.net.aside:
        with st.expander(f"Left aside: {len(own.net.aside)}"):
            st.dataframe([{"tensor": name, "why": why} for name, why in own.net.aside], hide_index=True)


def _names(own: Own) -> None:
    """Which tensors are what, where there is a choice."""
    _module(own)
    for role, label in _PARTS.items():
        choices = list(foreign.choices(own.found, role, own.wishes.names))  # type: ignore[arg-type]
        if choices:
            _select(own, role, label, [*choices, _NONE], getattr(own.wishes.names, role))
    if own.layers[0].cell == "rnn":
        _either(own, "activation", "Activation (the file does not say)", ["tanh", "relu"])
    if own_net.is_reset_open(own):
        _either(own, "reset", "The reset gate acts (the file does not say)", ["after", "before"])


def _module(own: Own) -> None:
    if len(own.found.modules) > 1:
        _select(own, "module", "Recurrent layers", list(own.found.modules), own.wishes.names.module)


def _either(own: Own, what: str, label: str, options: list[str]) -> None:
    key = _key(own, what)
    st.session_state.setdefault(key, getattr(own.wishes, what))
    st.segmented_control(label, options, key=key, required=True, on_change=_wish, args=(key, what))


def _select(own: Own, role: str, label: str, options: list[str], chosen: str | None) -> None:
    key = _key(own, role)
    st.session_state.setdefault(key, _used(own, role) if chosen is None else chosen)
    if st.session_state[key] not in options:
        options = [st.session_state[key], *options]
    st.selectbox(
        label, options, format_func=lambda name: name[-60:] or "(none)", key=key, on_change=_name, args=(key, role)
    )


def _used(own: Own, role: str) -> str:
    """The tensor that was found for a role, as `choices` calls it."""
    if role == "module":
        return str(own.found.modules[0])
    names = [name for part in own.net.parts if part.role == role.split("_")[0] for name in part.names]
    wanted = foreign.choices(own.found, role, own.wishes.names)  # type: ignore[arg-type]
    return next((name for name in wanted if name in names), _NONE)


def _key(own: Own, what: str) -> str:
    return f"own {what} {own.digest[:8]}"


def _name(key: str, role: str) -> None:
    own, chosen = _there(), st.session_state[key]
    # Other layers have other sizes: what was said of the ends belonged to the ones before.
    names = replace(own_net.Wishes().names, module=chosen) if role == "module" else replace(
        own.wishes.names, **{role: chosen}
    )  # fmt: skip
    changes: dict[str, Any] = {"names": names}
    if role in ("module", "embedding"):
        changes |= {"tokens": (), "task": NOTHING, "labels": ()}
    _try(lambda: replace(own_net.wish(own, **changes), numbers=None))


def _wish(key: str, what: str) -> None:
    own, value = _there(), st.session_state[key]
    if what == "labels":
        value = own_net.labels_of(value)
    _try(lambda: own_net.wish(own, **{what: value}))


def _inputs(own: Own) -> None:
    """What it reads."""
    inputs = own.features if own.net.embedding is None else len(own.net.embedding)
    st.file_uploader(f"Vocabulary: JSON, {inputs:,} tokens", key=_VOCABULARY, max_upload_size=_SMALL)
    label = f"Or numbers: .npy or CSV, {own.features:,} columns"
    st.file_uploader(label, key=_NUMBERS, max_upload_size=_SMALL, on_change=_numbers_changed)


def _reading(own: Own) -> None:
    """What the tokens and the outputs are."""
    if not own.wishes.tokens:
        return
    for note in vocabularies.notes(own.wishes.tokens):
        st.caption(frame.plain(note))
    for what, label, options in (
        ("unit", "A token is a", {"characters": "character", "words": "word"}),
        ("task", "Its outputs say", SAYS if own.net.W_out is not None else {NOTHING: SAYS[NOTHING]}),
    ):
        key = _key(own, what)
        st.session_state[key] = getattr(own.wishes, what)
        st.segmented_control(
            label, list(options), format_func=options.get, key=key, required=True, on_change=partial(_wish, key, what)
        )
    if own.wishes.task in ("classifier", "tagger"):
        key = _key(own, "labels")
        st.session_state.setdefault(key, ", ".join(own.wishes.labels))
        st.text_input("Its labels, with commas between them", key=key, on_change=partial(_wish, key, "labels"))
