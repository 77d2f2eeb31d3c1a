"""What is differentiated on the page Backward pass: the widgets that choose it, and the objective."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import lstm, models, objectives, readout, signs
from lstm_core.clamps import Clamp
from lstm_core.models import Batch
from lstm_core.objectives import Objective
from lstm_core.stack import Layer, StackTrace
from lstm_ui import address, heat, learned, nets
from lstm_ui.given import Given
from lstm_ui.setting import Setting, choice, whole

AUTO, LOSS, OUTPUT, UNIT, NORM = "auto", "loss", "output", "unit", "norm"
LABELS = {LOSS: "Its own loss", OUTPUT: "One output", UNIT: "One unit", NORM: "Half of |h|²"}
WHEN = {"last": "At the last step", "step": "At the step", "all": "At all steps"}
SETTINGS: tuple[Setting, ...] = (
    choice("goal", (AUTO, *LABELS), stands_for="the usual one"),
    choice("state", ("h", "c")),
    whole("gunit", 1, 1, nets.MOST_FOLLOWED),
    choice("when", tuple(WHEN)),
    whole("gstep", nets.MOST_STEPS, 1, nets.MOST_STEPS),
    Setting("symbol", "", lambda text: text[:80]),
)


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """What is differentiated, over which run.

    `steps`: how many steps of the sequence the run has; the last token of a text has no right answer. `step`: where the
    objective is, in input order; None: at many steps. `words`: what it is, counted from 1. `output`, `unit`: which
    output of the net or unit of the cell it is, or None.
    """

    objective: Objective
    run: StackTrace
    steps: int
    step: int | None
    words: str
    output: int | None = None
    unit: int | None = None


def choose(given: Given, layers: tuple[Layer, ...], place: tuple[int, str], clamps: list[Clamp]) -> Goal:
    """Widgets for the objective, and the objective.

    Raises
    ------
    ValueError
        A text without anything to predict, a state that is no number.
    """
    state, kinds = st.session_state, _kinds(given)
    kind = state["goal"] if state["goal"] in kinds else next(iter(kinds))
    with st.popover("Goal", key="goal_form", on_change="rerun") as form:
        if form.open:
            address.drawn("goal")
            state["goal"] = kind
            st.segmented_control(
                "What is differentiated", kinds, format_func=LABELS.get, key="goal", required=True, on_change=_follow
            )
            _fields(given, layers, place, kind)
    if kind == LOSS:
        return _loss(given, layers, clamps)
    run = heat.run("backward", layers, given.input.x, clamps)
    step, words = _when(len(given.input.x), place[1])
    if kind == OUTPUT:
        return _output(given, run, step if isinstance(step, int) else len(given.input.x) - 1)
    layer, direction = place
    signal = "c" if state["state"] == "c" and isinstance(getattr(run.traces[layer], direction), lstm.Trace) else "h"
    unit = min(state["gunit"], layers[layer].forward.hidden) - 1 if kind == UNIT else None
    made = objectives.of_state(run, layer=layer, direction=direction, signal=signal, unit=unit, steps=step)  # type: ignore[arg-type]
    what = f"half of |{signal}|²" if unit is None else f"{signal} of unit {unit + 1}"
    where = f", layer {layer + 1}" if len(layers) > 1 else ""
    first = 0 if direction == "backward" else len(given.input.x) - 1
    at = {"last": first, "all": None}.get(str(step), step)
    return Goal(made, run, len(given.input.x), at, f"{what}{where}, {words}", unit=unit)  # type: ignore[arg-type]


def _kinds(given: Given) -> list[str]:
    """What this net has: a tagger's own loss would need the right tags."""
    if given.trained is None:
        return [UNIT, NORM]
    with_loss = not isinstance(given.trained.model, models.Tagger)
    return [*([LOSS] if with_loss else []), OUTPUT, UNIT, NORM]


def _fields(given: Given, layers: tuple[Layer, ...], place: tuple[int, str], kind: str) -> None:
    layer, _ = place
    if kind == UNIT:
        address.drawn("gunit")
        st.number_input("Unit", 1, layers[layer].forward.hidden, key="gunit", on_change=_follow)
    if kind in (UNIT, NORM) and layers[layer].cell == "lstm":
        address.drawn("state")
        st.segmented_control("Of", ["h", "c"], key="state", required=True)
    speaks_at_end = given.trained is not None and isinstance(given.trained.model, models.Classifier)
    if kind != LOSS and not (kind == OUTPUT and speaks_at_end):
        address.drawn("when", "gstep")
        options = [name for name in WHEN if kind != OUTPUT or name != "all"]
        st.segmented_control("When", options, format_func=WHEN.get, key="when", required=True)
        if st.session_state["when"] == "step":
            st.number_input("Step", 1, nets.MOST_STEPS, key="gstep")
    if given.trained is not None and (kind == OUTPUT or (kind == LOSS and speaks_at_end)):
        address.drawn("symbol")
        names = ["", *learned.symbols(given.trained.model)]
        said = "the most probable" if kind == OUTPUT else "the right one, as the net has it"
        st.selectbox("Output", names, format_func=lambda name: signs.sign(name) if name else said, key="symbol")


def _follow() -> None:
    """A goal that is one unit: the stepper shows that one, whichever its reader was at. Others may have nothing."""
    if st.session_state["goal"] == UNIT:
        address.put(u=0)


def _when(steps: int, direction: str) -> tuple[int | str, str]:
    """The step of the objective as the core takes it, and in words."""
    state = st.session_state
    if state["when"] == "step":
        step = min(state["gstep"], steps)
        return step - 1, f"after step {step}"
    if state["when"] == "all":
        return "all", "summed over all steps"
    return "last", "after the first token, which is read last" if direction == "backward" else "after the last step"


def _chosen_output(model: Any, logits: Any) -> int:
    names = learned.symbols(model)
    wanted = st.session_state["symbol"]
    return names.index(wanted) if wanted in names else int(np.argmax(logits))


def _logits(model: Any, run: StackTrace, step: int) -> Any:
    """All outputs: of a classifier after the whole text."""
    if isinstance(model, models.Classifier):
        return [float(objectives.logits_of(model, run, k)[0][0]) for k in range(len(model.labels))]
    return run.h[step, 0] @ readout.output_weights(model) + model.b_out


def _output(given: Given, run: StackTrace, step: int) -> Goal:
    assert given.trained is not None
    model, ids = given.trained.model, given.ids
    at_end = isinstance(model, models.Classifier)
    at = None if at_end else step
    output = _chosen_output(model, _logits(model, run, step))
    made = objectives.of_logit(model, ids, output, at, trace=run)
    name = signs.sign(learned.symbols(model)[output])
    when = "after the whole text" if at_end else f"after step {step + 1}"
    return Goal(
        made, run, len(given.input.x), len(given.input.x) - 1 if at_end else step, f"y of “{name}” {when}", output
    )


def _loss(given: Given, layers: tuple[Layer, ...], clamps: list[Clamp]) -> Goal:
    """What training makes smaller, on this text."""
    assert given.trained is not None
    model, ids = given.trained.model, np.asarray(given.ids)
    if isinstance(model, models.Classifier):
        run = heat.run("backward", layers, given.input.x, clamps)
        label = _chosen_output(model, _logits(model, run, len(ids) - 1))
        made = objectives.of_model(model, Batch(ids[:, None], np.array([label])), run)
        words = f"its loss, −log p, if “{signs.sign(model.labels[label])}” is right"
        return Goal(made, run, len(ids), len(ids) - 1, words, label)
    right = learned.following(model, ids)
    steps = int((right >= 0).sum())
    if not steps:
        raise ValueError("text: expected at least two tokens, got one: nothing comes after it; type more")
    inside = [replace(clamp, stop=min(clamp.stop or steps, steps)) for clamp in clamps if clamp.start < steps]
    run = heat.run("backward", layers, given.input.x[:steps], inside)
    made = objectives.of_model(model, Batch(ids[:steps, None], right[:steps, None]), run)
    return Goal(made, run, steps, None, "its loss, the mean −log p of the right next token")


def backward(goal: Goal) -> Any:
    """The gradient of a goal at everything before it."""
    return objectives.backward(goal.run, goal.objective)
