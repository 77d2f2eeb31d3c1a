"""What a run is held against: the same with a signal held or a token changed, another moment, another net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_core.arrays import Array, Ints
from lstm_core.clamps import Clamp
from lstm_core.stack import Layer
from lstm_ui import address, frame, heat, learned, learned_widgets, nets
from lstm_ui.gates import other_nets
from lstm_ui.given import Given
from lstm_ui.heat import Other
from lstm_ui.learned import Learned
from lstm_ui.nets import Input
from lstm_ui.setting import Setting, choice, whole

NOTHING, HELD, TOKEN, CHECKPOINT, NET = "nothing", "held", "token", "checkpoint", "net"
LABELS = {
    NOTHING: "Nothing",
    HELD: "A held signal",
    TOKEN: "A changed token",
    CHECKPOINT: "Another moment",
    NET: "Another net",
}
_LONGEST = 64  # characters of a token to put in

SETTINGS: tuple[Setting, ...] = (
    choice("against", tuple(LABELS)),
    whole("place", 0, 0, nets.MOST_STEPS),
    Setting("swap", "", lambda text: text[:_LONGEST]),
    whole("checkpoint2", 0, 0, 10_000_000),
    Setting("net2", other_nets.UNTRAINED, learned_widgets.check_ident),
    whole("seed2", 1, 0, 2**31 - 1),
)


class Wish(NamedTuple):
    """The second run: what it reads, the layers, what is held, and as in `heat.Other`."""

    given: Given
    layers: tuple[Layer, ...]
    clamps: Sequence[Clamp]
    places: Ints
    name: str
    is_held: bool = False  # the first run is free, then


def choose(given: Given, layers: tuple[Layer, ...], clamp: Clamp | None) -> tuple[Wish | None, str]:
    """Widgets that choose what to compare with; the second run that is wanted, or None; and a note."""
    state = st.session_state
    options = [NOTHING, HELD, TOKEN, *([CHECKPOINT] if state["from"] == "run" else []), NET]
    if state["against"] not in options:
        state["against"] = NOTHING
    with st.popover("Compare", key="comparing", on_change="rerun") as form:
        if form.open:
            address.drawn("against")
            st.segmented_control("Compare with", options, format_func=LABELS.get, key="against", required=True)
    against = HELD if clamp and state["against"] == NOTHING else state["against"]
    if against == NOTHING:
        return None, ""
    try:
        wish = _MAKERS[against](given, layers, clamp, form)
    except ValueError as error:
        return None, f"Nothing is compared. {error}"
    st.caption(frame.plain(f"against: {wish.name}"), width="content")
    return wish, ""


def other(wish: Wish, layer: int, direction: str) -> Other:
    """The second run, seen in one cell.

    Raises
    ------
    ValueError
        A state that is no number.
    """
    found = heat.run("other", wish.layers, wish.given.input.x, wish.clamps)
    trace = getattr(found.traces[layer], direction)
    return Other(trace, wish.places, wish.name, wish.given, wish.layers, wish.is_held)


def _held(given: Given, layers: tuple[Layer, ...], clamp: Clamp | None, form: Any) -> Wish:
    if clamp is None:
        raise ValueError("Hold a signal first (Hold).")
    name = f"{clamp.signal} held at {clamp.value:g}"
    return Wish(given, layers, (clamp,), np.arange(len(given.input.x)), name, is_held=True)


def _token(given: Given, layers: tuple[Layer, ...], clamp: Clamp | None, form: Any) -> Wish:
    """One token replaced, or left out: what comes behind it stands beside what came behind it before."""
    state, here = st.session_state, given.input
    steps = len(here.x)
    # Where the reader is, at first; and inside the text, whatever it was before.
    address.correct("place", min(state["place"] or state["t"], steps))
    with form:
        if form.open:
            address.drawn("place", "swap")
            left, right = st.columns(2)
            left.number_input("Change the token at step", 1, steps, key="place")
            right.text_input("into (empty: leave it out)", key="swap", max_chars=_LONGEST)
    place, typed = state["place"] - 1, state["swap"]
    clamps = [clamp] if clamp else []
    before = here.tokens[place][0]
    if not typed:
        if steps == 1:
            raise ValueError("There is one token only: put another in its place.")
        places = np.concatenate([np.arange(place), [-1], np.arange(place, steps - 1)])
        left_out = replace(
            here,
            x=np.delete(here.x, place, axis=0),
            tokens=here.tokens[:place] + here.tokens[place + 1 :],
            raw=here.raw[:place] + here.raw[place + 1 :],
        )
        name = f"without “{before}” at {place + 1}"
        return Wish(replace(given, input=left_out), layers, _moved(clamps, place), places, name)
    enters, sign, raw = _entering(given, typed)
    changed = replace(
        here,
        x=np.concatenate([here.x[:place], enters[None], here.x[place + 1 :]]),
        tokens=(*here.tokens[:place], sign, *here.tokens[place + 1 :]),
        raw=(*here.raw[:place], raw, *here.raw[place + 1 :]),
    )
    name = f"“{sign[0]}” for “{before}” at {place + 1}"
    return Wish(replace(given, input=changed), layers, clamps, np.arange(steps), name)


def _moved(clamps: Sequence[Clamp], place: int) -> list[Clamp]:
    """What is held where a token is left out: the same tokens."""
    found = []
    for clamp in clamps:
        start = clamp.start - (clamp.start > place)
        stop = None if clamp.stop is None else clamp.stop - (clamp.stop > place)
        if stop is None or stop > start:
            found.append(replace(clamp, start=start, stop=stop))
    return found


def _entering(given: Given, typed: str) -> tuple[Array, tuple[str, str], str]:
    """The vector of what was typed in the place of a token, (features,), how it is shown, and the token itself."""
    if given.enter is None:
        found = nets.read_series(typed)
        if found.x.shape[1] != given.input.x.shape[1]:
            raise ValueError(f"Type {given.input.x.shape[1]} numbers for the step, separated by commas or spaces.")
        return found.x[0], found.tokens[0], found.raw[0]
    tokens, _ = nets.tokens_of(typed, given.unit or "characters")  # type: ignore[arg-type]
    if len(tokens) > 1:
        unit = (given.unit or "characters")[:-1]
        raise ValueError(f"Type one {unit} to put in its place, not {len(tokens)}.")
    known = given.trained is None or tokens[0] in given.trained.model.vocabulary
    entered = given.enter(tokens)
    sign, name = nets.make_input(entered, tokens, ()).tokens[0]
    return entered[0], (sign, name if known else f"{name}, unknown to this net"), tokens[0]


def _checkpoint(given: Given, layers: tuple[Layer, ...], clamp: Clamp | None, form: Any) -> Wish:
    """The same run at another checkpoint, over the same text."""
    from lstm_ui import runs

    state = st.session_state
    steps = [step for step in state.get("checkpoints", ()) if step != state["checkpoint"]]
    if not steps or given.ids is None:
        raise ValueError("This run has no other checkpoint yet: come back in a moment.")
    if state["checkpoint2"] not in steps:
        state["checkpoint2"] = steps[0]
    with form:
        if form.open:
            address.drawn("checkpoint2")
            st.selectbox("The net", steps, format_func="after {:,} updates".format, key="checkpoint2")
    model = runs.model(state["run"], state["checkpoint2"])
    name = f"after {state['checkpoint2']:,} updates"
    there = _of_model(given, model, f"run {state['run']} {state['checkpoint2']}", given.input, given.ids)
    return Wish(there, model.layers, [clamp] if clamp else [], np.arange(len(given.ids)), name)


def _of_model(given: Given, model: Any, ident: str, read: Input, ids: Ints) -> Given:
    """The same text as another net reads it."""
    found = replace(read, x=np.asarray(model.embedding[ids]))
    trained = Learned(model, ident, ident)
    return replace(given, input=found, trained=trained, ids=ids, enter=partial(learned.enter, model))


def _net(given: Given, layers: tuple[Layer, ...], clamp: Clamp | None, form: Any) -> Wish:
    """Another net of the same size over the same tokens."""
    state = st.session_state
    titles = other_nets.titles(given, layers)
    if state["net2"] not in titles:
        state["net2"] = other_nets.UNTRAINED
    with form:
        if form.open:
            address.drawn("net2", "seed2")
            st.selectbox("Nets of the same size", list(titles), format_func=titles.get, key="net2")
            if state["net2"] == other_nets.UNTRAINED:
                st.number_input("Seed", 0, 2**31 - 1, key="seed2")
    clamps, places, title = [clamp] if clamp else [], np.arange(len(given.input.x)), titles[state["net2"]]
    if state["net2"] == other_nets.UNTRAINED:
        is_random = not (given.trained or given.own or given.example)
        bias = state["fbias"] if is_random else nets.USUAL_BIAS  # of two random nets only the seed differs
        new = other_nets.untrained(layers, state["seed2"], bias)
        return Wish(given, new, clamps, places, f"{title}, seed {state['seed2']}")
    if state["net2"] == other_nets.BEFORE:
        there = other_nets.before(given)
        return Wish(there, there.own.layers if there.own else there.trained.model.layers, clamps, places, title)  # type: ignore[union-attr]
    model = other_nets.model(state["net2"])
    read, ids = learned.read(model, state["text"], heat.MOST_READ)
    if read.raw != given.input.raw:
        raise ValueError(f"{title} reads {model.unit}, and this net other tokens: choose another.")
    return Wish(_of_model(given, model, state["net2"], read, ids), model.layers, clamps, places, title)


_MAKERS = {HELD: _held, TOKEN: _token, CHECKPOINT: _checkpoint, NET: _net}
