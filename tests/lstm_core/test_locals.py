"""One step of the way back, each factor by itself, gives together what the cells' own backward passes give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import _locals, lstm
from lstm_core._entering import at_cell_states
from tests.cases import Case, Given, is_token, make, run, where
from tests.checks import arrays_of

EXACT = {"rtol": 1e-11, "atol": 1e-12}
LSTMS = where(cell="lstm", dtype="float64")


def gone_back(case: Case, given: Given) -> tuple[Any, Any, dict[str, np.ndarray], _locals.Onward]:
    trace = run(case, given)
    back = case.module.backward(trace, given.dh, given.d_final, flow=True)
    factors, dh = _locals.factors(trace), back.flow.dh
    dc = getattr(back.flow, "dc", dh)
    da = _locals.gates(given.params, factors, dh, dc)
    return trace, back, da, _locals.onward(given.params, factors, dh, dc, da)


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_the_gradients_at_the_pre_activations_give_those_of_weights_and_inputs(case: Case) -> None:
    given = make(case)
    trace, back, da, _ = gone_back(case, given)
    expected = arrays_of(back.params)
    for name, array in arrays_of(_locals.weight_gradients(trace, da)).items():
        assert_allclose(array, expected[name], **EXACT, err_msg=name)
    assert_allclose(sum(_locals.to_input(given.params, da).values()), back.x, **EXACT)


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_what_a_step_hands_back_arrives_one_step_earlier_way_by_way(case: Case) -> None:
    trace, back, _, sent = gone_back(case, make(case))
    flow = back.flow
    names = {"highway": "dh_highway", "recurrent": "dh_recurrent"}
    first = 0
    for way, part in sent.h.items():
        arrived, at_start = _locals.earlier(trace, part)
        expected = getattr(flow, names[way]) if way in names else flow.dh_gates[case.gates.index(way)]
        assert_allclose(arrived, expected, **EXACT, err_msg=way)
        first = first + at_start
    assert_allclose(first, back.initial.h, **EXACT)
    if case.cell == "lstm":
        assert_allclose(_locals.earlier(trace, sent.c["highway"])[0], flow.dc_highway, **EXACT)
        at_c = sum(_locals.earlier(trace, part)[1] for part in sent.c.values())
        assert_allclose(at_c, back.initial.c, **EXACT)


@pytest.mark.parametrize("case", LSTMS, ids=str)
def test_a_gradient_at_the_last_c_is_what_the_cell_makes_of_d_final(case: Case) -> None:
    given, rng = make(case), np.random.default_rng(1)
    trace = run(case, given)
    lengths, sequences = is_token(given).sum(0), np.arange(given.x.shape[1])
    dc = np.zeros(given.dh.shape)
    dc[0 if case.reverse else lengths - 1, sequences] = at_end = rng.normal(size=given.d_final.c.shape)
    expected = lstm.backward(trace, 0 * dc, lstm.State(0 * at_end, at_end), flow=True)
    found = arrays_of(at_cell_states(trace, dc))
    for name, array in arrays_of(expected).items():
        assert_allclose(found[name], array, **EXACT, err_msg=name)
