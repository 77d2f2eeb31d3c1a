"""The way back agrees with PyTorch: the gradient at every signal of every step, after every cut, and along a line.

tools/make_flow_reference.py wrote the values.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import objectives, paths, stack
from lstm_core.attribution import gradient_times_input, input_norms, integrated_gradients
from lstm_core.models import Regressor
from lstm_core.stack import CELLS, Directions, Layer
from lstm_core.truncation import truncated
from tests.checks import arrays_of

DATA = Path(__file__).parent.parent / "data"
EXACT = {"rtol": 1e-9, "atol": 1e-12}
RUNS = ["lstm_top", "lstm_c", "lstm_h", "gru_top", "gru_h", "rnn_top"]


@cache
def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"torch_flow_{name}.npz") as file:
        return {key: file[key] for key in file.files}


def cell_of(cell: str, values: dict[str, np.ndarray], prefix: str) -> tuple[Any, Any]:
    """Parameters and first state of one cell."""
    module = CELLS[cell]
    params = module.Params(*(values[f"{prefix}{name}"] for name in ("W_x", "W_h", "b")))
    return params, module.State(*(values[f"{prefix}{name}0"] for name in module.State._fields))


def run_of(name: str) -> tuple[stack.StackTrace, objectives.Back, float]:
    values, (cell, reads) = stored(name), name.split("_")
    pairs = [cell_of(cell, values, f"{k}/") for k in range(2)]
    layers, states = [Layer(cell, params) for params, _ in pairs], [Directions(state) for _, state in pairs]
    trace = stack.forward(layers, values["x"], states)
    options: Any = {"layer": 1} if reads == "top" else {"layer": 0, "signal": reads, "unit": 1}
    aim = objectives.of_state(trace, **options, steps=int(values["at"]))
    return trace, objectives.backward(trace, aim), aim.value


@pytest.mark.parametrize("name", RUNS)
def test_weights_inputs_and_first_states_get_the_gradient_that_pytorch_finds(name: str) -> None:
    values = stored(name)
    _, back, value = run_of(name)
    assert_allclose(value, values["loss"], rtol=1e-12)
    assert_allclose(back.gradients.x, values["dx"], **EXACT)
    for k in range(2):
        for field, array in arrays_of(back.gradients.layers[k].forward).items():
            assert_allclose(array, values[f"{k}/d{field}"], **EXACT, err_msg=f"{k} {field}")
        for field, array in back.gradients.initial[k].forward._asdict().items():
            assert_allclose(array, values[f"{k}/d{field}0"], **EXACT, err_msg=f"{k} {field}")


@pytest.mark.parametrize("name", RUNS)
def test_every_number_of_the_stepper_is_the_gradient_that_pytorch_keeps_there(name: str) -> None:
    values, cell = stored(name), name.split("_")[0]
    trace, back, _ = run_of(name)
    seen = {"lstm": ["c", "h", *"ifog"], "gru": ["h", "q", *"rzn"], "rnn": ["h"]}[cell]
    named = {f"d{signal}": f"d_{signal}" for signal in seen}
    named |= {"da": "d_a_h"} if cell == "rnn" else {f"da_{gate}": f"d_a_{gate}" for gate in CELLS[cell].GATES}
    for k, unit, sequence in ((0, 1, 0), (0, 3, 1), (1, 2, 1)):
        for stepped in paths.walk_back(trace.traces[k].forward, back.flow(k), unit, sequence):
            for ours, theirs in named.items():
                expected = values[f"{k}/{theirs}"][stepped.step, sequence, unit]
                assert_allclose(stepped.quantity(ours).value, expected, **EXACT, err_msg=f"{k} {ours} {stepped.step}")


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_a_cut_keeps_what_came_through_at_most_so_many_recurrent_steps(cell: str) -> None:
    values = stored(f"cut_{cell}")
    layers, states = [], []
    for k in range(2):
        forward, backward = (cell_of(cell, values, f"{k}/{way}/") for way in ("forward", "backward"))
        layers.append(Layer(cell, forward[0], backward[0]))
        states.append(Directions(forward[1], backward[1]))
    trace = stack.forward(layers, values["x"], states)
    aim = objectives.Objective(0.0, values["dh"], 1, "sum of dh * h")
    degree = len(values["powers/x"]) - 1
    for cut in range(degree + 2):
        kept = {
            name.removeprefix("powers/"): power[: cut + 1].sum(axis=0)
            for name, power in values.items()
            if name.startswith("powers/")
        }
        found = truncated(trace, aim, cut)
        assert_allclose(found.x, kept["x"], **EXACT)
        for k in range(2):
            for way in ("forward", "backward"):
                for field, array in arrays_of(getattr(found.layers[k], way)).items():
                    assert_allclose(array, kept[f"{k}/{way}/{field}"], **EXACT, err_msg=f"{cut} {k} {way} {field}")
                for field, array in getattr(found.initial[k], way)._asdict().items():
                    assert_allclose(array, kept[f"{k}/{way}/{field}0"], **EXACT, err_msg=f"{cut} {k} {way} {field}0")
    assert_allclose(found.x, objectives.backward(trace, aim).gradients.x, **EXACT)


def test_attributions_are_those_of_pytorch() -> None:
    values = stored("integrated")
    params, _ = cell_of("lstm", values, "w/")
    out = np.stack([0 * values["out"], values["out"]], axis=1)
    model = Regressor((Layer("lstm", params),), out, np.array([0.3, -0.2]), every_step=False)
    found = integrated_gradients(model, values["vectors"], 1, baseline="mean", steps=50)
    assert_allclose(found.tokens, values["tokens"], **EXACT)
    assert_allclose(found.total, values["total"], **EXACT)
    assert_allclose(found.gap, values["total"] - values["tokens"].sum(), **EXACT)
    assert_allclose(gradient_times_input(model, values["vectors"], 1), values["product"], **EXACT)
    aim = objectives.of_logit(model, values["vectors"], 1)
    trace = stack.forward(model.layers, values["vectors"][:, None])
    dx = objectives.backward(trace, aim).gradients.x
    assert_allclose((dx[:, 0] * values["vectors"]).sum(axis=1), values["product"], **EXACT)
    assert_allclose(input_norms(dx) ** 2, (dx**2).sum(axis=2), rtol=1e-12)
