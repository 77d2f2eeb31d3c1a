"""What holding a signal means: forward, backward and for the parts of the flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from tests import textbook
from tests.cases import Case, H, T, make, run, where
from tests.checks import backward, trace_arrays

FREE = where(dtype="float64", ragged=False, clamped=False)
LSTM = Case("lstm")
COUPLED = Case("lstm", variant=Variant(forget="coupled"))


def way(case: Case) -> str:
    return "backward" if case.reverse else "forward"


@pytest.mark.parametrize("case", [*FREE, *where(dtype="float32", ragged=False)], ids=str)
def test_clamping_a_signal_to_the_value_it_has_changes_nothing(case: Case) -> None:
    given = make(case, batch=1)
    free = run(case, given)
    for name in case.signals:
        values = getattr(free, name)[:, 0]
        everywhere = tuple(
            Clamp(name, float(values[t, unit]), t, t + 1, (unit,), direction=way(case))
            for t in range(T)
            for unit in range(H)
        )
        held = run(case, given, clamps=everywhere)
        for other, array in trace_arrays(free).items():
            tight = {"rtol": 1e-14, "atol": 1e-15} if case.dtype == "float64" else {"rtol": 5e-6, "atol": 2e-6}
            assert_allclose(trace_arrays(held)[other], array, **tight, err_msg=f"{name} held, {other}")


@pytest.mark.parametrize("case", where(dtype="float64", clamped=False), ids=str)
def test_any_signal_takes_a_clamp_on_any_unit_and_window(case: Case) -> None:
    given = make(case)
    for name in case.signals:
        for clamp in (
            Clamp(name, 0.37, direction=way(case)),
            Clamp(name, -0.21, 1, 3, (1, 3), direction=way(case)),
            Clamp(name, 0.5, T - 1, None, (0,), direction=way(case)),
            Clamp(name, 0, 0, 1, direction=way(case)),
        ):
            trace = run(case, given, clamps=[clamp])
            expected = textbook.run(
                case.cell, given.params, given.x, given.initial, given.lengths, [clamp], reverse=case.reverse
            )
            for other in case.signals:
                assert_allclose(
                    getattr(trace, other), expected[other], rtol=1e-12, atol=1e-13, err_msg=f"{clamp}: {other}"
                )


@pytest.mark.parametrize("case", where(dtype="float64", ragged=True, clamped=False), ids=str)
def test_a_clamp_past_the_end_of_a_sequence_does_nothing_to_it(case: Case) -> None:
    given = make(case)
    free = run(case, given)
    for name in case.signals:
        held = run(case, given, clamps=[Clamp(name, 0.9, T - 1, T, direction=way(case))])
        short = given.lengths < T
        for other in case.signals:
            assert_array_equal(getattr(held, other)[:, short], getattr(free, other)[:, short], err_msg=other)


@pytest.mark.parametrize("case", FREE, ids=str)
def test_a_gate_that_is_held_throughout_passes_nothing_to_its_own_weights(case: Case) -> None:
    given = make(case)
    for row, gate in enumerate(case.gates):
        result = backward(case, given._replace(clamps=(Clamp(gate, 0.3, direction=way(case)),)), flow=True)
        block = slice(row * H, (row + 1) * H)
        assert not result.params.W_x[:, block].any(), gate
        assert not result.params.W_h[:, block].any(), gate
        assert not result.params.b[..., block].any(), gate
        if case.cell == "lstm" and case.variant.peephole and gate != "g":
            assert not result.params.p[row].any()
        if case.cell != "rnn":
            assert not result.flow.dh_gates[row].any()


@pytest.mark.parametrize("case", FREE, ids=str)
def test_where_the_whole_state_is_held_nothing_passes_from_after_to_before(case: Case) -> None:
    given = make(case)
    at = 2
    state = case.module.State._fields
    clamps = tuple(Clamp(name, 0.4, at, at + 1, direction=way(case)) for name in state)
    after = slice(0, at + 1) if case.reverse else slice(at, None)
    dh = np.zeros_like(given.dh)
    dh[after] = given.dh[after]
    trace = run(case, given, clamps=clamps)
    result = case.module.backward(trace, dh, given.d_final, flow=True)
    before_and_at = slice(at, None) if case.reverse else slice(0, at + 1)
    strictly_before = slice(at + 1, None) if case.reverse else slice(0, at)
    assert not result.x[before_and_at].any()
    assert not result.flow.dh[strictly_before].any()
    assert result.flow.dh[at].any()  # the gradient at the value that is passed on
    for array in result.initial:
        assert not array.any()


@pytest.mark.parametrize("signal", ["i", "f", "o", "g", "c", "h"])
def test_of_two_clamps_that_overlap_the_last_one_wins(signal: str) -> None:
    given = make(LSTM)
    trace = run(
        LSTM, given, clamps=[Clamp(signal, 0.2, 0, 3), Clamp(signal, 0.7, 2, 4, (1, 2)), Clamp(signal, 0.4, 2, 3, (2,))]
    )
    held = getattr(trace, signal)
    assert_array_equal(held[:2], np.full_like(held[:2], 0.2))
    assert_array_equal(held[2], np.broadcast_to([0.2, 0.7, 0.4, 0.2], held[2].shape))
    assert_array_equal(held[3][:, 1:3], np.full_like(held[3][:, 1:3], 0.7))


def test_coupled_f_follows_a_held_i_unless_it_is_held_itself() -> None:
    given = make(COUPLED)
    trace = run(COUPLED, given, clamps=[Clamp("f", 0.9, 2, 3, (1,)), Clamp("i", 0.25, 1, 3)])
    assert_array_equal(trace.i[1:3], np.full_like(trace.i[1:3], 0.25))
    assert_array_equal(trace.f[1], np.full_like(trace.f[1], 0.75))
    assert_array_equal(trace.f[2], np.broadcast_to([0.75, 0.9, 0.75, 0.75], trace.f[2].shape))
    assert_allclose(trace.f[[0, 3, 4]], 1 - trace.i[[0, 3, 4]], rtol=1e-14)


def test_coupled_i_stays_free_where_f_is_held() -> None:
    given = make(COUPLED)
    clamps = (Clamp("f", 0.5),)
    trace, free = run(COUPLED, given, clamps=clamps), run(COUPLED, given)
    assert_array_equal(trace.f, np.full_like(trace.f, 0.5))
    assert_allclose(trace.i[0], free.i[0], rtol=1e-14)
    result = backward(COUPLED, given._replace(clamps=clamps), flow=True)
    assert np.abs(result.params.W_x[:, :H]).min() > 0
    assert not result.flow.dh_gates[1].any()


@pytest.mark.parametrize("name, gate", [("forget", "f"), ("input", "i"), ("output", "o")])
def test_a_removed_gate_can_be_held_as_well(name: str, gate: str) -> None:
    case = Case("lstm", variant=Variant(**{name: "none"}))
    given = make(case)
    trace = run(case, given, clamps=[Clamp(gate, 0.3, 1, 2)])
    held = getattr(trace, gate)
    assert_array_equal(held[1], np.full_like(held[1], 0.3))
    assert_array_equal(held[[0, 2, 3, 4]], np.ones_like(held[[0, 2, 3, 4]]))
    closed = run(LSTM, given._replace(params=make(LSTM).params), clamps=[Clamp(gate, 1.0)])
    assert_array_equal(getattr(closed, gate), np.ones_like(closed.h))


@pytest.mark.parametrize("name, gate", [("forget", "f"), ("input", "i"), ("output", "o")])
def test_a_gate_held_open_throughout_is_the_variant_without_it(name: str, gate: str) -> None:
    for peephole in (False, True):
        removed = Case("lstm", variant=Variant(**{name: "none"}, peephole=peephole))
        given = make(removed)
        full = replace(removed, variant=Variant(peephole=peephole))
        params = replace(given.params, variant=full.variant)
        held = given._replace(params=params, clamps=(Clamp(gate, 1.0),))
        for key, array in trace_arrays(run(removed, given)).items():
            assert_allclose(trace_arrays(run(full, held))[key], array, rtol=1e-13, atol=1e-14, err_msg=key)
        one, two = backward(removed, given), backward(full, held)
        assert_allclose(one.x, two.x, rtol=1e-12, atol=1e-13)
        assert_allclose(one.params.W_h, two.params.W_h, rtol=1e-12, atol=1e-13)


def test_clamps_may_be_a_list_or_a_tuple_and_the_trace_keeps_a_tuple() -> None:
    given = make(LSTM)
    clamp = Clamp("i", 0.5)
    assert run(LSTM, given, clamps=[clamp]).clamps == run(LSTM, given, clamps=(clamp,)).clamps == (clamp,)
