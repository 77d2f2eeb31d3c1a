"""The page Backward pass: one step back at a time, and what the gradient is made of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import lstm, paths, rnn, truncation
from lstm_core.stack import Layer
from lstm_ui import address, frame, learned_widgets, nets, take_away, widgets
from lstm_ui.backward import goals
from lstm_ui.backward.goals import Goal
from lstm_ui.components.backward import asked_unit, backward, backward_payload
from lstm_ui.components.knife import knife, knife_payload
from lstm_ui.components.split import split, split_payload
from lstm_ui.components.tokens import tokens, tokens_payload
from lstm_ui.given import Given
from lstm_ui.kept import kept
from lstm_ui.setting import Setting, choice, whole

MOST_CUT = 160  # steps that the knife takes: its cost grows with their square
GAP = 0.05  # of the total: more than that is missing from integrated gradients
SECTIONS = {
    "split": "What it is made of",
    "inputs": "Which input matters",
    "knife": "The knife",
    "nets": "Only part of it",
    "check": "Is it right?",
}
MEASURES = {"norm": "Size of dL/dx", "product": "Gradient × input", "integrated": "Integrated gradients"}
MOVES = (
    whole("t", nets.MOST_STEPS, 1, nets.MOST_STEPS, "the last step"),
    whole("sub", 1, 1, 7),
    whole("u", 0, 0, nets.MOST_FOLLOWED),
)


@dataclass(frozen=True, slots=True, eq=False)
class Back:
    """The way back through one cell: its run, its flow, and what was differentiated."""

    given: Given
    layers: tuple[Layer, ...]
    layer: int
    direction: str
    goal: Goal
    trace: Any
    flow: Any
    gradients: Any
    ident: str
    held: tuple[Any, ...]

    @property
    def tokens(self) -> tuple[tuple[str, str], ...]:
        """Those of the steps that the run has."""
        return self.given.input.tokens[: self.goal.steps]


def settings() -> tuple[Setting, ...]:
    """All that stands in the address."""
    first = choice("from", (*widgets.SOURCES, *learned_widgets.TRAINED, widgets.OWN), "text")
    shared = [setting for setting in widgets.SETTINGS if setting.key not in ("edits", "from")]
    more = (choice("section", tuple(SECTIONS)), choice("measure", tuple(MEASURES)), choice("base", ("zero", "mean")))
    return (first, *shared, *MOVES, *goals.SETTINGS, *more)


def way_back(given: Given, layers: tuple[Layer, ...], place: tuple[int, str], goal: Goal, held: list[Any]) -> Back:
    """The backward pass of the whole net, seen in one cell.

    Raises
    ------
    ValueError
        A gradient that is no number.
    """
    layer, direction = place
    key = goal.run, goal.words, layer, direction
    found = kept("way back", key, lambda: goals.backward(goal))
    trace, flow = getattr(goal.run.traces[layer], direction), found.flow(layer, direction)
    if not np.isfinite(flow.dh).all():
        raise ValueError("gradient: expected finite numbers, got one that has exploded; take smaller weights or clip")
    named = given.trained.ident if given.trained else st.session_state["from"]
    ident = (
        f"{named} {layers[layer].cell} {layer} {direction} {hash(given.input.raw)} {goal.words} {address.beginnings()}"
    )
    return Back(given, layers, layer, direction, goal, trace, flow, found.gradients, ident, tuple(held))


def stepper(back: Back, notation: str) -> None:
    """The diagram in words and numbers, from right to left."""
    state, hidden = st.session_state, back.layers[back.layer].forward.hidden
    begin = largest(back) if back.goal.unit is None else back.goal.unit
    first = min(state["u"], hidden) - 1 if state["u"] else begin
    unit = asked_unit("back", back.ident, hidden, first)
    walked = kept("walk", (back.flow, unit), lambda: paths.walk_back(back.trace, back.flow, unit))
    payload = backward_payload(
        walked,
        ident=back.ident,
        tokens=back.tokens,
        cell=back.layers[back.layer].cell,
        hidden=hidden,
        unit=unit,
        direction=back.direction,
        step=min(state["t"], len(back.tokens)) - 1 if state["t"] < nets.MOST_STEPS else back.goal.step,
        sub=state["sub"],
        notation=notation,
        objective=back.goal.words,
        value=float(back.goal.objective.value),
    )
    backward(payload, key="back", on_move=_moved)


def _moved() -> None:
    """The reader has come to rest somewhere else: into the settings, and so into the address."""
    found = st.session_state["back"].get("position") or {}
    for setting, name, offset in zip(MOVES, ("step", "sub", "unit"), (1, 0, 1), strict=True):
        with suppress(KeyError, TypeError, ValueError):  # not what our component sends
            address.put(**{setting.key: setting.read(str(int(found[name]) + offset))})


def largest(back: Back) -> int:
    """The unit through which most of the gradient comes, to begin with."""
    return int(np.abs(paths.total(back.flow)[:, 0]).sum(axis=0).argmax())


def sections(back: Back, attribution: Any, gradcheck: Callable[..., Any]) -> None:
    """The row that chooses, and the section.

    Parameters
    ----------
    back : Back
    attribution, gradcheck
        `lstm_core.attribution` and `lstm_core.gradcheck.gradcheck`, which run nets and which only pages import.
    """
    chosen = st.segmented_control(
        "Section", list(SECTIONS), format_func=SECTIONS.get, key="section", required=True, label_visibility="collapsed"
    )
    address.drawn("section")
    draw: dict[str, Callable[[Back], None]] = {
        "split": _split,
        "inputs": partial(_inputs, attribution=attribution),
        "knife": _knife,
        "nets": _nets,
        "check": partial(_check, gradcheck=gradcheck),
    }
    with st.container(key=f"section_{chosen}"):
        try:
            draw[chosen](back)
        except ValueError as error:
            st.error(frame.plain(str(error)))


def _split(back: Back) -> None:
    payload = split_payload(
        back.trace,
        back.flow,
        ident=back.ident,
        tokens=back.tokens,
        unit=None,
        objective=back.goal.words,
        value=float(back.goal.objective.value),
    )
    split(payload, key="split")
    straight = "A plain RNN has no straight path: everything goes through its matrix and its activation. "
    st.caption((straight if isinstance(back.trace, rnn.Trace) else "") + frame.plain(about(back)))


def about(back: Back) -> str:
    """Which net and which inputs the figures are of: they depend on both."""
    given = back.given
    if given.trained or given.own:
        found = given.trained or given.own
        return f"Of the net “{found.title}”, and {'this text' if given.enter else 'these numbers'}." if found else ""
    if given.example:
        return "Of a net whose weights were set by hand, and this text, one-hot."
    inputs = f"{nets.FEATURES} numbers a token, of mean 0 and variance 1" if given.enter else "the numbers above"
    other = "other biases 0" if isinstance(back.trace, lstm.Trace) else "biases 0"
    return (
        f"Of this net: {widgets.net_summary()}; weights of mean 0 and variance 1 / fan-in, {other}. Inputs: {inputs}."
    )


def _inputs(back: Back, attribution: Any) -> None:
    """Every token in the colour of what it does to the objective."""
    options = ["norm"] if back.goal.output is None else list(MEASURES)
    if st.session_state["measure"] not in options:
        st.session_state["measure"] = "norm"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control("Measure", options, format_func=MEASURES.get, key="measure", required=True)
        address.drawn("measure")
        if measure == "integrated":
            address.drawn("base")
            st.segmented_control("From", ["zero", "mean"], key="base", required=True)
    values, kind, unit = _measured(back, measure, attribution)
    payload = tokens_payload(
        back.tokens,
        values,
        ident=f"{back.ident} {measure} {st.session_state['base']}",
        kind=kind,
        name=MEASURES[measure],
        unit=unit,
        words=back.given.is_apart,
    )
    tokens(payload, key="inputs")
    if len(options) == 1:
        st.caption("Of one output of a trained net (Goal), the signed share of every token is known as well.")


def _measured(back: Back, measure: str, attribution: Any) -> tuple[Any, Any, str]:
    if measure == "norm":
        return attribution.input_norms(back.gradients.x)[:, 0], "loss", ""
    assert back.given.trained is not None
    model, ids, output = back.given.trained.model, back.given.ids, back.goal.output
    step = None if back.goal.step == back.goal.steps - 1 else back.goal.step
    if back.held:
        st.caption("Of the run with nothing held.")
    if measure == "product":
        return attribution.gradient_times_input(model, ids, output, step), "signed", "y"
    base = st.session_state["base"]
    found = kept(
        "integrated",
        (model, tuple(ids), output, step, base),
        lambda: attribution.integrated_gradients(model, ids, output, step, baseline=base),
    )
    words = f"They add up to {found.tokens.sum():.4g} of {found.total:.4g}: the gap is {found.gap:.2g}."
    if abs(found.gap) > GAP * abs(found.total):
        st.warning(f"{words} That is more than 5 %: between nothing and this text the net is too uneven for 64 steps.")
    else:
        st.caption(words)
    return found.tokens, "signed", "y"


def _knife(back: Back) -> None:
    if back.goal.steps > MOST_CUT:
        st.info(f"The knife takes at most {MOST_CUT} steps, and this text has {back.goal.steps}: shorten it.")
        return
    key = back.goal.run, back.goal.words
    rows = kept("cuts", key, lambda: truncation.by_cut(back.goal.run, back.goal.objective))
    payload = knife_payload(
        rows,
        lags=_lags(back),
        ident=back.ident,
        tokens=back.tokens,
        step=back.goal.step,
        every=back.goal.step is None,
        reverse=back.direction == "backward",
        objective=back.goal.words,
        value=float(back.goal.objective.value),
    )
    knife(payload, key="knife")


def _lags(back: Back) -> Any:
    """After how many steps back each token is reached, where two directions may reach both sides of the loss."""
    goal = back.goal
    if goal.step is None or not any(layer.backward for layer in back.layers[: goal.objective.layer + 1]):
        return None
    return kept("lags", (goal.run, goal.words), lambda: truncation.reached(goal.run, goal.objective)[:, 0])


def _nets(back: Back) -> None:
    """How much of the gradient the straight path is, in nets that have learned nothing."""
    found = shares()
    rows = [
        {
            "forget bias": f"{bias:g}",
            "|pure| / |true|": f"{np.median(each.ratio):.3f}",
            "share": f"{np.median(each.projection):.4f}",
            "cosine": f"{np.median(each.cosine):.2f}",
            "|dL/dc₀|": f"{np.median(each.true):.2g}",
        }
        for bias, each in found.items()
    ]
    st.dataframe(rows, hide_index=True, width=620)
    st.caption(
        "Medians over 200 random LSTMs: 8 units, 4 inputs from N(0, 1), 20 steps, weights from N(0, 1/8), other biases "
        "0, the loss a random sum of the last h. Pure is the product of the forget gates alone, from the last step to "
        "the first; its share is <pure, true> / |true|², which may be added up, and norms may not. That dc/dc is f "
        "explains why an LSTM can keep a gradient, but it is only a part of what comes back."
    )


@st.cache_resource(show_spinner=False)
def shares() -> Any:
    """The table's figures; the same for everybody."""
    return paths.shares_of_random_nets((0.0, 1.0, 3.0))


def _check(back: Back, gradcheck: Callable[..., Any]) -> None:
    steps, held_there = nets.beginning(back.given.input.x[:, None], back.held)
    check = partial(gradcheck, back.layers, steps, clamps=held_there, sample=50, seconds=1.2)
    take_away.gradient_check(check, back.ident)
