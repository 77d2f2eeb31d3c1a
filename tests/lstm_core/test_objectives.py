"""What is differentiated: the gradients of an objective are those of its value, wherever it lies in a stack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import objectives, readout, stack
from lstm_core.clamps import Clamp
from lstm_core.models import Batch, loss_and_grads, predict
from lstm_core.stack import Directions, Layer
from tests.cases import Case, random_lengths, random_params, random_state
from tests.checks import arrays_of, check_refused, differences
from tests.small_models import NETS, Net, make

T, B, F, H = 5, 3, 2, 4
CELLS = [
    Case("lstm"),
    Case("lstm", variant=stack.lstm.Variant(forget="coupled", peephole=True)),
    Case("gru"),
    Case("rnn"),
]
WHOLE = list(dict.fromkeys(replace(net, ragged=False) for net in NETS))
PLACES = [(0, "forward"), (0, "backward"), (1, "forward"), (1, "backward")]


def tower(case: Case, both: bool = True, layers: int = 2) -> tuple[tuple[Layer, ...], np.ndarray, list[Directions]]:
    rng = np.random.default_rng([7, *case.kind.encode(), layers, both])
    found, states, inputs = [], [], F
    for _ in range(layers):
        found.append(Layer(case.cell, *(random_params(case, rng, inputs, H) for _ in range(1 + both))))
        states.append(Directions(*(random_state(case, rng, B, H) for _ in range(1 + both))))
        inputs = H * (1 + both)
    return tuple(found), rng.normal(size=(T, B, F)), states


def forward(case: Case, x: np.ndarray, layers: Any = None, **options: Any) -> stack.StackTrace:
    made, _, states = tower(case)
    return stack.forward(made if layers is None else layers, x, states, **options)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_a_models_own_loss_goes_back_as_in_its_training(net: Net) -> None:
    given = make(net)
    expected = loss_and_grads(given.model, given.batch, initial=given.initial)
    aim = objectives.of_model(given.model, given.batch, expected.trace)
    assert_allclose(aim.value, expected.loss, rtol=1e-13)
    found = objectives.backward(expected.trace, aim).gradients
    theirs = arrays_of(expected.grads.layers)
    for name, array in arrays_of(found.layers).items():
        assert_allclose(array, theirs[name], rtol=1e-11, atol=1e-14, err_msg=name)
    if given.initial is None:
        assert objectives.of_model(given.model, given.batch).value == aim.value


@pytest.mark.parametrize("net", WHOLE, ids=str)
@pytest.mark.parametrize("step", [None, 2])
def test_a_logit_is_what_the_model_says_and_its_gradient_that_of_the_number(net: Net, step: int | None) -> None:
    given = make(net)
    x, at_end = np.asarray(given.batch.x)[:, 1], net.task == "classifier" or not net.every_step
    if at_end and net.both and step is not None:
        check_refused(lambda: objectives.of_logit(given.model, x, 1, step), "step", "backwards from the end")
        return
    aim = objectives.of_logit(given.model, x, 1, step)
    until = x[: None if step is None or not at_end else step + 1]
    said = predict(given.model, until[:, None]).logits
    assert_allclose(aim.value, (said if at_end else said[-1 if step is None else step])[0, 1], rtol=1e-12)

    vectors = predict(given.model, x[:, None]).embedded
    trace = stack.forward(given.model.layers, vectors)

    def logit(moved: np.ndarray) -> float:
        values, _ = objectives.logits_of(given.model, stack.forward(given.model.layers, moved), 1, step)
        return float(values[0])

    found = objectives.backward(trace, objectives.of_logit(given.model, x, 1, step, trace)).gradients.x
    assert_allclose(found, differences(logit, vectors), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("steps", ["last", 2, "all"])
@pytest.mark.parametrize(
    ("case", "signal"),
    [(case, signal) for case in CELLS for signal in case.module.State._fields],
    ids=str,
)
def test_the_gradient_of_a_state_is_that_of_its_value_in_every_layer_and_direction(
    case: Case, signal: Any, steps: Any
) -> None:
    layers, x, _ = tower(case)
    clamps = [Clamp("h", 0.3, 1, 3, (0,), layer=1), Clamp("h", 0.6, 2, 4, (1, 2), direction="backward")]
    lengths = random_lengths(np.random.default_rng(3), T, B)
    direction = np.random.default_rng(4).normal(size=x.shape) * (np.arange(T)[:, None] < lengths)[:, :, None]
    for (layer, way), unit in zip(PLACES, [None, 1, 3, None], strict=True):
        where = {"layer": layer, "direction": way, "signal": signal, "unit": unit, "steps": steps}
        trace = forward(case, x, lengths=lengths, clamps=clamps)
        aim = objectives.of_state(trace, **where)
        back = objectives.backward(trace, aim)

        def value(scale: float, where: Any = where) -> float:
            return objectives.of_state(
                forward(case, x + scale * direction, lengths=lengths, clamps=clamps), **where
            ).value

        slope = (value(1e-5) - value(-1e-5)) / 2e-5
        assert_allclose((back.gradients.x * direction).sum(), slope, rtol=1e-6, atol=1e-9, err_msg=str(where))
        bias = layers[0].backward.b

        def of_bias(b: np.ndarray, where: Any = where) -> float:
            moved = (replace(layers[0], backward=replace(layers[0].backward, b=b)), layers[1])
            return objectives.of_state(forward(case, x, moved, lengths=lengths, clamps=clamps), **where).value

        found = back.gradients.layers[0].backward.b
        assert_allclose(found[..., :2], differences(of_bias, bias)[..., :2], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("case", CELLS[:1], ids=str)
def test_the_gradient_at_a_first_state_is_that_of_the_value_when_c_is_looked_at(case: Case) -> None:
    layers, x, states = tower(case)
    aim = {"layer": 1, "direction": "backward", "signal": "c", "unit": 2, "steps": "all"}
    trace = stack.forward(layers, x, states)
    found = objectives.backward(trace, objectives.of_state(trace, **aim)).gradients.initial

    def value(c: np.ndarray, k: int) -> float:
        moved = list(states)
        moved[k] = moved[k]._replace(backward=moved[k].backward._replace(c=c))
        return objectives.of_state(stack.forward(layers, x, moved), **aim).value

    for k in range(2):
        expected = differences(lambda c, k=k: value(c, k), states[k].backward.c)
        assert_allclose(found[k].backward.c, expected, rtol=1e-6, atol=1e-9)


def test_layers_above_the_one_that_is_looked_at_have_the_gradient_zero_and_all_shapes() -> None:
    case = CELLS[0]
    layers, x, _ = tower(case, layers=3)
    trace = stack.forward(layers, x)
    for signal in ("h", "c"):
        back = objectives.backward(trace, objectives.of_state(trace, layer=1, direction="backward", signal=signal))
        shapes = {name: array.shape for name, array in arrays_of(layers).items()}
        assert {name: array.shape for name, array in arrays_of(back.gradients.layers).items()} == shapes
        assert not any(array.any() for array in arrays_of(back.gradients.layers[2]).values())
        assert not back.flow(2, "backward").dc.any() and back.flow(1, "backward").dc.any()
        assert not back.flow(1, "forward").dc.any()
        assert all(array.any() for array in arrays_of(back.gradients.layers[0]).values())


def test_what_the_loss_gives_to_c_is_told_apart_from_what_comes_back_to_it() -> None:
    trace = forward(CELLS[0], tower(CELLS[0])[1])
    aim = objectives.of_state(trace, layer=0, signal="c", unit=2, steps=3)
    flow = objectives.backward(trace, aim).flow(0)
    entered = np.zeros((T, B, H))
    entered[3, :, 2] = 1
    assert_array_equal(flow.dc_final, entered)
    assert_allclose(flow.dc, flow.dc_final + flow.dc_highway + flow.dc_output + flow.dc_peephole, rtol=1e-13)
    assert_allclose(flow.dh, flow.dh_gates.sum(0), rtol=1e-13, atol=1e-16)
    assert aim.words == "c of unit 2 in layer 0, forward, after step 3"


def test_a_run_in_which_something_is_held_is_the_one_that_is_differentiated() -> None:
    net = make(next(net for net in NETS if net.task == "language"))
    ids = np.asarray(net.batch.x)[:, 0]
    trace = readout.run(net.model, ids, [Clamp("f", 0.2, 1, 3)])
    free = objectives.of_model(net.model, Batch(ids[:, None], net.batch.targets[:, :1]))
    held = objectives.of_model(net.model, Batch(ids[:, None], net.batch.targets[:, :1]), trace)
    assert held.value != free.value
    said = trace.h[-1, 0] @ net.model.W_out + net.model.b_out
    assert_allclose(objectives.of_logit(net.model, ids, 3, trace=trace).value, said[3], rtol=1e-13)


def test_nothing_that_is_given_changes() -> None:
    layers, x, _ = tower(CELLS[0])
    trace = stack.forward(layers, x)
    aim = objectives.of_state(trace, signal="c", steps="all")
    before = {name: array.copy() for name, array in arrays_of((aim, layers, trace.h)).items()}
    objectives.backward(trace, aim)
    for name, array in arrays_of((aim, layers, trace.h)).items():
        assert_array_equal(array, before[name], err_msg=name)


def test_a_place_that_is_not_there_is_named() -> None:
    trace = stack.forward(stack.init(np.random.default_rng(0), F, [H, 2], "gru"), np.ones((T, B, F)))
    for options, parts in [
        ({"layer": 2}, ("layer", "0 to 1", "2")),
        ({"direction": "backward"}, ("direction", "forward", "backward")),
        ({"signal": "c"}, ("signal", "a GRU", "'c'")),
        ({"unit": 2}, ("unit", "0 to 1", "2")),
        ({"unit": True}, ("unit", "True")),
        ({"steps": T}, ("steps", "0 to 4", "5")),
        ({"steps": "first"}, ("steps", "'last', 'all'", "'first'")),
    ]:
        check_refused(lambda options=options: objectives.of_state(trace, **options), *parts)
    other = stack.forward(trace.layers, np.ones((T + 1, B, F)))
    check_refused(lambda: objectives.backward(other, objectives.of_state(trace)), "objective", "same trace")
    check_refused(lambda: objectives.backward(trace, objectives.of_state(trace)).flow(2), "layer", "0 to 1")
    model = make(NETS[0]).model
    check_refused(lambda: objectives.of_logit(model, [1, 2], 7), "output", "0 to 6", "7")
    check_refused(lambda: objectives.of_logit(model, [1, 2], 1, 2), "step", "0 to 1", "2")
