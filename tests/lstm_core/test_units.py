"""Orders of units, and units that are stuck."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_core import lstm, memory, units
from lstm_core.clamps import Clamp
from tests.cases import B, H, make, run, where
from tests.checks import check_refused

RAGGED = {
    cell: where(cell=cell, dtype="float64", ragged=True, clamped=False, reverse=False)[0] for cell in ("lstm", "gru")
}


@pytest.mark.parametrize(("cell", "gates"), [("lstm", "ifo"), ("gru", "rz")])
def test_saturation_counts_real_steps_at_both_ends(cell, gates):
    case = RAGGED[cell]
    given = make(case)
    clamps = (Clamp(gates[1], 0.95, 0, 2, (0,)), Clamp(gates[0], 0.05, 1, None, (3,)))
    trace = run(case, given, clamps=clamps)
    found = units.saturation(trace)
    assert list(found) == list(gates)
    for gate in gates:
        for unit in range(H):
            values = [getattr(trace, gate)[t, k, unit] for k in range(B) for t in range(given.lengths[k])]
            assert found[gate].shut[unit] == pytest.approx(np.mean([value < 0.1 for value in values]))
            assert found[gate].open[unit] == pytest.approx(np.mean([value > 0.9 for value in values]))
    assert found[gates[1]].open[0] > 0
    assert found[gates[0]].shut[3] > 0


def test_a_plain_rnn_has_no_gates_to_saturate_and_keeps_its_order():
    case = where(cell="rnn", dtype="float64", ragged=False)[0]
    trace = run(case, make(case))
    assert units.saturation(trace) == {}
    assert units.by_saturation(trace).tolist() == list(range(H))


def test_a_dead_unit_is_one_whose_h_does_not_move_even_far_from_zero():
    case = RAGGED["lstm"]
    clamps = (
        Clamp("h", 0.7, units=(2,)),
        Clamp("h", 0.7, stop=3, units=(1,)),
        Clamp("h", -0.2, units=(3,)),
        Clamp("h", -0.185, 1, 2, units=(3,)),
    )
    trace = run(case, make(case), clamps=clamps)
    assert units.dead(trace).tolist() == [False, False, True, True]


def test_units_by_half_life_and_by_saturation_come_longest_and_most_first():
    case = RAGGED["lstm"]
    trace = run(case, make(case), clamps=(Clamp("f", 0.99, units=(2,)), Clamp("f", 0.01, units=(0,))))
    lives = memory.half_lives(trace)[units.by_half_life(trace)]
    assert (np.diff(lives) <= 0).all()
    assert units.by_half_life(trace)[0] == 2
    parts = units.saturation(trace)
    totals = sum(part.shut + part.open for part in parts.values())
    assert (np.diff(totals[units.by_saturation(trace)]) <= 0).all()


def test_units_that_move_together_stand_together():
    rng = np.random.default_rng(0)
    # A chain: the peaks of neighbours overlap, those of others do not.
    chain = np.stack([np.exp(-((np.arange(500) - 30 * k - 150) ** 2) / 800) for k in range(8)], axis=1)
    for _ in range(6):
        shuffle = rng.permutation(8)
        found = shuffle[units.by_similarity(chain[:, shuffle])].tolist()
        assert found in ([*range(8)], [*range(7, -1, -1)])
        assert found.index(shuffle[0]) < 4  # which end is first depends on the unit that is stored first


def test_the_same_units_the_other_way_round_have_the_same_neighbours():
    values = np.random.default_rng(1).normal(size=(50, 12))
    order = units.by_similarity(values)
    assert sorted(order) == list(range(12))
    assert units.by_similarity(3 - 2 * values).tolist() == order.tolist()


def test_still_units_come_last():
    values = np.random.default_rng(2).normal(size=(50, 6))
    values[:, [1, 4]] = 0.1
    assert units.by_similarity(values)[-2:].tolist() == [1, 4]
    assert units.by_similarity(values[:, [1, 0, 4]]).tolist() == [1, 0, 2]


def test_signals_of_another_shape_are_refused():
    check_refused(lambda: units.by_similarity(np.ones(3)), "values", "(time, units)", "(3,)")
    trace = lstm.forward(lstm.init(np.random.default_rng(0), 1, 2), np.ones((2, 1, 1)))
    assert units.by_half_life(trace).shape == (2,)
