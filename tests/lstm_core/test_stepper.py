"""What the stepper shows at a step: every number is the derivative that its name says, found by central differences.

A signal is nudged by holding it, at that step and unit, a little above and below the value it has: then everything that
reads it changes, and nothing that made it. So the numbers are checked with the forward pass alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import paths
from lstm_core.analysis import previous, terms
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from tests.cases import Case, Given, is_token, make, run, where
from tests.checks import backward, check_refused, loss_of

NETS = [
    *(case for case in where(dtype="float64", ragged=False, clamped=False) if not case.reverse),
    *(Case(cell, reverse=True, ragged=True) for cell in ("lstm", "gru", "rnn")),
    Case("lstm", Variant(forget="coupled", peephole=True), ragged=True),
]
NEAR = {"rtol": 2e-6, "atol": 2e-9}
STEP = 1e-5


def held(case: Case, given: Given, values: dict[tuple[str, int], float], unit: int) -> float:
    """The loss when signals are held at these values, by (signal, step)."""
    way = "backward" if case.reverse else "forward"
    extra = tuple(Clamp(s, value, t, t + 1, (unit,), direction=way) for (s, t), value in values.items())
    return loss_of(case, given._replace(clamps=(*given.clamps, *extra)))


def with_held(case: Case, given: Given, unit: int, at: tuple[str, int], fixed: dict[Any, float], value: float) -> float:
    return held(case, given, {at: value, **fixed}, unit)


def slope(value: Callable[[float], float], at: float) -> float:
    return (value(at + STEP) - value(at - STEP)) / (2 * STEP)


@pytest.mark.parametrize("case", NETS, ids=str)
def test_every_number_is_a_sum_of_terms_and_every_term_the_product_of_its_factors(case: Case) -> None:
    given = make(replace(case, clamped=True))
    case = replace(case, clamped=True)
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    for unit in range(given.dh.shape[2]):
        for sequence, length in enumerate(is_token(given).sum(0)):
            walked = paths.walk_back(trace, flow, unit, sequence)
            assert [one.step for one in walked] == (list(range(length)) if case.reverse else list(range(length))[::-1])
            assert walked[0].after is None and walked[-1].before is None
            assert all(a.before == b.step and b.after == a.step for a, b in pairwise(walked))
            for stepped in walked:
                for quantity in stepped.quantities:
                    assert_allclose(sum(term.value for term in quantity.terms), quantity.value, rtol=1e-10, atol=1e-13)
                    assert quantity.verdict.words
                    for term in quantity.terms:
                        if term.factors:
                            product = np.prod([factor.value for factor in term.factors])
                            assert_allclose(product, term.value, rtol=1e-10, atol=1e-13, err_msg=quantity.symbol)


@pytest.mark.parametrize("case", NETS, ids=str)
def test_gradients_at_signals_are_central_differences_of_the_loss(case: Case) -> None:
    given, unit = make(case), 2
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    signals = {"lstm": "ifogch", "gru": "rznh", "rnn": "h"}[case.cell]
    for step, sequence in ((1, 0), (int(is_token(given).sum(0)[1]) - 1, 1)):
        if step >= is_token(given).sum(0)[sequence]:
            continue
        alone = one_sequence(given, sequence)
        stepped = paths.steps_back(trace, flow, unit, step, sequence)
        for signal in signals:
            value = float(getattr(trace, signal)[step, sequence, unit])
            # Of a coupled cell, i alone: f stays where it is.
            fixed = {("f", step): float(trace.f[step, sequence, unit])} if signal == "i" and case.cell == "lstm" else {}
            expected = slope(partial(with_held, case, alone, unit, (signal, step), fixed), value)
            assert_allclose(stepped.quantity(f"d{signal}").value, expected, **NEAR, err_msg=signal)


@pytest.mark.parametrize("case", NETS, ids=str)
def test_gradients_at_pre_activations_are_central_differences_of_the_loss(case: Case) -> None:
    given, unit, step, sequence = make(case), 1, 1, 0
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    alone = one_sequence(given, sequence)
    stepped = paths.steps_back(trace, flow, unit, step, sequence)
    for gate, parts in terms(trace).items():
        a = float(parts["a"][step, sequence, unit])
        squash = np.tanh if gate in "gnh" else lambda v: 1 / (1 + np.exp(-v))
        if case.activation == "relu":
            squash = lambda v: max(v, 0.0)  # noqa: E731
        expected = slope(lambda v, g=gate, s=squash: held(case, alone, {(g, step): float(s(v))}, unit), a)
        name = "da" if case.cell == "rnn" else f"da_{gate}"
        assert_allclose(stepped.quantity(name).value, expected, **NEAR, err_msg=gate)
    for gate in set(case.gates) - set(terms(trace)):
        assert stepped.quantity(f"da_{gate}").value == 0
        assert stepped.quantity(f"da_{gate}").verdict.kind == "fixed"


@pytest.mark.parametrize("case", NETS, ids=str)
def test_what_is_handed_back_and_what_the_input_gets_are_central_differences(case: Case) -> None:
    given, unit, sequence = make(case), 3, 0
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    alone = one_sequence(given, sequence)
    length = int(is_token(given).sum(0)[sequence])
    first = length - 1 if case.reverse else 0
    for step in (first, first - 1 if case.reverse else first + 1):
        if not 0 <= step < length:
            continue
        stepped = paths.steps_back(trace, flow, unit, step, sequence)
        for state in trace.initial._fields:
            at = float(previous(trace, state)[step, sequence, unit])
            if stepped.before is None:
                expected = slope(lambda v, s=state: from_state(case, alone, s, unit, v), at)
            else:  # without what the step before has of its own
                expected = slope(lambda v, s=state, t=stepped.before: held(case, alone, {(s, t): v}, unit), at)
                if state == "h":
                    expected -= given.dh[stepped.before, sequence, unit]
                else:
                    expected -= float(flow.dc_output[stepped.before, sequence, unit])
                    p = given.params.p
                    if p is not None:
                        before = paths.steps_back(trace, flow, unit, stepped.before, sequence)
                        expected -= p[2, unit] * before.quantity("da_o").value
            assert_allclose(stepped.quantity(f"d{state}_prev").value, expected, **NEAR, err_msg=state)
        for k in range(given.x.shape[2]):
            expected = slope(partial(with_input, case, alone, step, k), float(given.x[step, sequence, k]))
            assert_allclose(stepped.dx[k], expected, **NEAR)
        assert_allclose(stepped.quantity("dx").value, np.linalg.norm(stepped.dx), rtol=1e-12)


def one_sequence(given: Given, sequence: int) -> Given:
    """The batch with the loss on one sequence alone."""
    only = np.arange(given.x.shape[1]) == sequence
    d_final = type(given.d_final)(*(d * only[:, None] for d in given.d_final))
    return given._replace(dh=given.dh * only[:, None], d_final=d_final)


def from_state(case: Case, given: Given, state: str, unit: int, value: float) -> float:
    moved = getattr(given.initial, state).copy()
    moved[0, unit] = value
    return loss_of(case, given._replace(initial=given.initial._replace(**{state: moved})))


def with_input(case: Case, given: Given, step: int, k: int, value: float) -> float:
    x = given.x.copy()
    x[step, 0, k] = value
    return loss_of(case, given._replace(x=x))


def stepped_of(case: Case, clamps: tuple[Clamp, ...], unit: int = 0, step: int = 2, scale: float = 1.0) -> Any:
    given = make(case)._replace(clamps=clamps)
    given = given._replace(x=scale * given.x, params=replace(given.params, W_x=scale * given.params.W_x))
    return paths.steps_back(run(case, given), backward(case, given, flow=True).flow, unit, step)


def test_the_verdict_names_the_factor_that_killed_the_gradient_or_let_it_through() -> None:
    lstm = Case("lstm")
    shut = stepped_of(lstm, (Clamp("o", 0.03, 2, 3), Clamp("c", 0.2, 2, 3)))
    output = next(term for term in shut.quantity("dc").terms if term.name == "output")
    assert output.verdict.kind == "shut" and output.verdict.words == "o = 0.03 shut it"
    open_f = stepped_of(lstm, (Clamp("f", 0.98, 2, 3),)).quantity("dc_prev").verdict
    assert (open_f.kind, open_f.words) == ("passed", "f = 0.98 let it pass")
    full = stepped_of(lstm, (Clamp("c", 3.0, 2, 3), Clamp("o", 0.9, 2, 3))).quantity("dc")
    output = next(term for term in full.terms if term.name == "output")
    assert output.verdict.kind == "saturated"
    assert output.verdict.words == "1 - tanh(c)^2 = 0.01: the cell is saturated"
    into = stepped_of(lstm, (Clamp("c", 30.0, 1, 2),)).quantity("df").verdict
    assert (into.kind, into.words) == ("larger", "c_{t-1} = 30.00 made it larger")


def test_a_slope_is_judged_by_what_it_can_be_at_most() -> None:
    given = make(Case("lstm"))
    trace, flow = run(Case("lstm"), given), backward(Case("lstm"), given, flow=True).flow
    kinds = set()
    for unit, step in np.ndindex(4, 5):
        value, found = trace.o[step, 0, unit], paths.steps_back(trace, flow, unit, step).quantity("da_o").verdict
        expected = "saturated" if not 0.1 < value < 0.9 else "passed" if value * (1 - value) > 0.225 else "part"
        assert found.kind == expected, (value, found)
        kinds.add(found.kind)
        if expected == "saturated":
            assert found.words.endswith(": the gate o is saturated")
    assert kinds == {"saturated", "passed", "part"}


def test_what_is_held_lets_nothing_through_and_says_so() -> None:
    for case, signal, names in [
        (Case("lstm"), "i", ["da_i"]),
        (Case("lstm"), "c", ["di", "df", "dg", "dc_prev"]),
        (Case("lstm"), "h", ["do"]),
        (Case("lstm", Variant(forget="coupled")), "i", ["da_i"]),
        (Case("gru"), "h", ["dz", "dn"]),
        (Case("gru", reset_after=False), "r", ["da_r"]),
        (Case("rnn"), "h", ["da"]),
    ]:
        stepped = stepped_of(case, (Clamp(signal, 0.4, 2, 3, (1,)),), unit=1)
        for name in names:
            found = stepped.quantity(name)
            assert found.value == 0 and found.verdict.kind == "held", name
            assert found.verdict.words == f"{signal} is held: nothing goes through"


def test_of_a_coupled_gate_the_input_gate_gets_both_gradients() -> None:
    case = Case("lstm", Variant(forget="coupled"))
    at_i = stepped_of(case, ()).quantity("da_i")
    assert [term.name for term in at_i.terms] == ["i", "f"]
    only_f = stepped_of(case, (Clamp("f", 0.3, 2, 3),)).quantity("da_i")
    assert only_f.terms[1].value == 0 != only_f.terms[0].value


def test_relu_lets_through_all_or_nothing_and_where_nothing_arrives_it_says_so() -> None:
    case = Case("rnn", activation="relu")
    given = make(case)
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    words = {
        paths.steps_back(trace, flow, unit, 2).quantity("da").verdict.words: trace.h[2, 0, unit] > 0
        for unit in range(4)
    }
    assert words == {"slope of relu = 1.00 let it pass": True, "slope of relu = 0 shut it": False}
    nothing = case.module.backward(trace, 0 * given.dh, flow=True).flow
    assert paths.steps_back(trace, nothing, 1, 2).quantity("dh").verdict.kind == "nothing"
    check_refused(lambda: paths.steps_back(trace, flow, 0, 2).quantity("dc"), "quantity", "dh, da, dh_prev, dx", "'dc'")
