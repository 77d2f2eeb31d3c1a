"""Each factor that the stepper shows is a derivative of the forward pass, found by central differences of one step.

One step is run alone, from the states before it. A signal or a state is nudged by holding it, a pre-activation by its
bias; what else would change is held where it is. So every factor is checked by itself, without a backward pass.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import paths
from lstm_core.analysis import previous
from lstm_core.analysis import terms as terms_of
from lstm_core.clamps import Clamp
from tests.cases import Case, Given, make, run, where
from tests.checks import backward

NUDGE = 1e-6
NETS = where(dtype="float64", ragged=False, clamped=True)  # in other steps and units they are free
BIAS = "bias of "


class Local(NamedTuple):
    """A term of the stepper: which signal changes with which, what is held meanwhile, and at which step."""

    quantity: str
    term: str
    changes: str
    of: str
    fixed: str = ""
    later: bool = False  # at the step that is read after the one shown


LOCALS = {
    "lstm": (
        Local("do", "o", "h", "o"),
        Local("dc", "highway", "c", "c_prev", "if", later=True),
        Local("dc", "output", "h", "c", "o"),
        Local("dc", "peephole_o", "a_o", "c"),
        Local("dc", "peephole_i", "a_i", "c_prev", later=True),
        Local("dc", "peephole_f", "a_f", "c_prev", later=True),
        Local("di", "i", "c", "i", "f"),
        Local("df", "f", "c", "f", "i"),
        Local("dg", "g", "c", "g"),
        *(Local(f"da_{gate}", gate, gate, BIAS + gate) for gate in "ifog"),
        Local("da_i", "f", "f", BIAS + "i"),
        Local("dc_prev", "highway", "c", "c_prev", "if"),
        Local("dc_prev", "peephole_i", "a_i", "c_prev"),
        Local("dc_prev", "peephole_f", "a_f", "c_prev"),
    ),
    "gru": (
        Local("dh", "highway", "h", "h_prev", "rzn", later=True),
        Local("dz", "z", "h", "z", "n"),
        Local("dn", "n", "h", "n"),
        *(Local(f"da_{gate}", gate, gate, BIAS + gate) for gate in "zrn"),
        Local("dq", "n", "a_n", BIAS + "q"),
        Local("dr", "r", "a_n", "r"),
        Local("dh_prev", "highway", "h", "h_prev", "rzn"),
    ),
    "rnn": (Local("da", "h", "h", BIAS + "h"),),
}


@pytest.mark.parametrize("case", NETS, ids=str)
def test_every_factor_that_is_shown_is_a_local_derivative(case: Case) -> None:
    given, looked_at = make(case), set()
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    sums = terms_of(trace)
    walked = [(unit, stepped) for unit in range(4) for stepped in paths.walk_back(trace, flow, unit)]
    for unit, stepped in walked:
        for local in LOCALS[case.cell]:
            terms = {term.name: term for q in stepped.quantities if q.name == local.quantity for term in q.terms}
            at = stepped.after if local.later else stepped.step
            if local.term not in terms or at is None or (local.quantity, case.reset_after) == ("dr", False):
                continue  # the product r * h before the weights has no name in a trace: r alone is h before
            looked_at.add((local.quantity, local.term))
            if local.changes.startswith("a_") and local.changes[2:] not in sums:
                continue  # of a gate that is removed or coupled: what it is multiplied with is 0
            factors = [factor for factor in terms[local.term].factors if factor.kind != "gradient"]
            shown = float(np.prod([factor.value for factor in factors]))
            expected = derivative(case, given, trace, unit, at, local)
            if (local.quantity, local.term) == ("da_i", "f"):
                expected = -expected  # shown with -dL/df, because f = 1 - i
            assert_allclose(
                shown, expected, rtol=1e-6, atol=1e-8, err_msg=f"{local} at step {stepped.step}, unit {unit}"
            )
    named = {(q.name, term.name) for q in stepped.quantities for term in q.terms if term.factors}
    assert named - looked_at <= {("dr", "r"), ("dh_prev", "n")}, "a factor that nobody recomputed"


@pytest.mark.parametrize("case", NETS, ids=str)
def test_every_factor_is_what_its_name_says(case: Case) -> None:
    given = make(case)
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    for unit in range(2):
        walked = paths.walk_back(trace, flow, unit)
        for after, stepped in zip([None, *walked], walked, strict=False):
            for factor in [f for q in stepped.quantities for term in q.terms for f in term.factors]:
                expected = meaning(factor, trace, unit, stepped, after)
                if expected is not None:
                    assert_allclose(factor.value, expected, rtol=1e-12, atol=1e-15, err_msg=factor.name)


def meaning(factor: Any, trace: Any, unit: int, stepped: Any, after: Any) -> float | None:
    """The number that the name of a factor spells; None of what is said in words (held, fixed, a slope of relu)."""
    if factor.kind in ("held", "fixed") or factor.name.startswith("slope"):
        return None
    sign, name = (-1, factor.name[1:]) if factor.name.startswith("-") else (1, factor.name)
    if name.startswith("dL/"):  # of this step, or of the one that is read after it
        bare = re.sub(r"_\{t\+1\}$", "", name)
        there = stepped if bare == name else after
        quantities = () if there is None else there.quantities
        return sign * sum(q.value for q in quantities if q.symbol in (name, bare, f"{bare}_t"))
    if peephole := re.fullmatch("p_([ifo])", name):
        return float(trace.params.p["ifo".index(peephole[1]), unit])

    def number(found: re.Match[str]) -> str:
        signal, shift = found[1], found[2]
        if shift == "-1":
            return f"({float(previous(trace, signal)[stepped.step, 0, unit])!r})"
        at = stepped.after if shift else stepped.step
        return "0.0" if at is None else f"({float(getattr(trace, signal)[at, 0, unit])!r})"

    product_of = name.replace(" (", " * (").replace("^2", "**2")
    spelt = re.sub(r"([a-z])_\{?t([+-]1)?\}?", number, product_of)
    return float(eval(spelt, {"tanh": np.tanh}))  # of our own names alone


def derivative(case: Case, given: Given, trace: Any, unit: int, step: int, local: Local) -> float:
    """How `changes` moves with `of` in one unit at one step, by running that step twice."""
    high, low = (value_of(case, given, trace, unit, step, local, sign * NUDGE) for sign in (1, -1))
    return (high - low) / (2 * NUDGE)


def value_of(case: Case, given: Given, trace: Any, unit: int, step: int, local: Local, by: float) -> float:
    way = "backward" if case.reverse else "forward"
    before = {name: previous(trace, name)[step, :1].copy() for name in trace.initial._fields}
    params, bare = given.params, local.changes.startswith("a_")
    held = [clamp for clamp in given.clamps if clamp.start <= step < (clamp.stop or len(given.x))]
    free = local.changes.removeprefix("a_") if bare else ""  # a sum is read off a gate that is not held
    clamps = [replace(clamp, start=0, stop=1) for clamp in held if clamp.signal != free]
    clamps += [
        Clamp(s, float(getattr(trace, s)[step, 0, unit]), 0, 1, (unit,), direction=way) for s in fixed(case, local)
    ]
    if local.of.endswith("_prev"):
        before[local.of[0]][0, unit] += by
    elif local.of.startswith(BIAS):
        params = with_bias(case, params, local.of.removeprefix(BIAS), unit, by)
    else:
        value = float(getattr(trace, local.of)[step, 0, unit]) + by
        clamps.append(Clamp(local.of, value, 0, 1, (unit,), direction=way))
    initial = case.module.State(**before)
    one = case.module.forward(params, given.x[step : step + 1, :1], initial, clamps=clamps, reverse=case.reverse)
    value = float(getattr(one, local.changes.removeprefix("a_"))[0, 0, unit])
    if not bare:
        return value
    return float(np.arctanh(value) if local.changes == "a_n" else np.log(value / (1 - value)))


def fixed(case: Case, local: Local) -> str:
    """What is held meanwhile, of what the cell has."""
    removed = case.variant.removed if case.cell == "lstm" else ()
    return "".join(signal for signal in local.fixed if signal not in removed)


def with_bias(case: Case, params: Any, gate: str, unit: int, by: float) -> Any:
    b = params.b.copy()
    column = case.gates.index("n" if gate == "q" else gate) * b.shape[-1] // len(case.gates) + unit
    if b.ndim == 2:
        b[1 if gate == "q" else 0, column] += by
    else:
        b[column] += by
    return replace(params, b=b)
