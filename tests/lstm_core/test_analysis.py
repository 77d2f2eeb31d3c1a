"""What is read out of a trace: the parts of every pre-activation, and the states as a cell met them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import analysis, lstm
from tests.cases import MODULES, NETS, Case, make

ACTIVATIONS = {"sigmoid": lambda a: 1 / (1 + np.exp(-a)), "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}


def activation_of(case: Case, gate: str, params: object) -> str:
    if gate == "h":
        return str(params.activation)  # type: ignore[attr-defined]
    return "tanh" if gate in "gn" else "sigmoid"


def run(case: Case):
    given = make(case)
    return MODULES[case.cell].forward(given.params, given.x, given.initial, lengths=given.lengths, reverse=case.reverse)


@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("ragged", [False, True])
def test_the_parts_add_up_to_what_the_gate_makes_of_them(net: Case, reverse: bool, ragged: bool) -> None:
    from dataclasses import replace

    case = replace(net, reverse=reverse, ragged=ragged)
    trace = run(case)
    inside = slice(None) if trace.lengths is None else np.arange(len(trace.x))[:, None] < trace.lengths
    found = analysis.terms(trace)
    assert found
    for gate, parts in found.items():
        whole = parts.pop("a")
        assert_allclose(sum(parts.values()), whole, rtol=1e-6, atol=1e-6)
        activation = ACTIVATIONS[activation_of(case, gate, trace.params)]
        assert_allclose(activation(whole)[inside], getattr(trace, gate)[inside], rtol=1e-5, atol=1e-6, err_msg=gate)


def test_removed_and_coupled_gates_have_no_parts() -> None:
    rng = np.random.default_rng(0)
    params = lstm.init(rng, 3, 2, lstm.Variant(forget="coupled", output="none", peephole=True))
    found = analysis.terms(lstm.forward(params, rng.normal(size=(4, 1, 3))))
    assert list(found) == ["i", "g"]
    assert list(found["i"]) == ["x", "h", "b", "p", "a"]


def test_before_the_step_read_first_stands_the_initial_state() -> None:
    rng = np.random.default_rng(0)
    params = lstm.init(rng, 3, 2)
    initial = lstm.State(rng.normal(size=(2, 2)), rng.normal(size=(2, 2)))
    x, lengths = rng.normal(size=(5, 2, 3)), [5, 3]
    forwards = lstm.forward(params, x, initial, lengths=lengths)
    backwards = lstm.forward(params, x, initial, lengths=lengths, reverse=True)
    assert_array_equal(analysis.previous(forwards, "c")[0], forwards.initial.c)
    assert_array_equal(analysis.previous(forwards, "c")[1:3], forwards.c[:2])
    assert_array_equal(analysis.previous(backwards, "c")[[4, 2], [0, 1]], backwards.initial.c)
    assert_array_equal(analysis.previous(backwards, "c")[:2], backwards.c[1:3])
