"""The ledger of a cell's memory: an identity, in every cell that has one."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_core import gru, lstm, memory, rnn
from lstm_core.clamps import Clamp
from tests.cases import CASES, B, H, T, make, run, where
from tests.checks import check_refused

KEEPING = [case for case in CASES if case.cell != "rnn"]
STATE = {"lstm": "c", "gru": "h"}


def lengths_of(given):
    return np.full(B, T) if given.lengths is None else given.lengths


@pytest.mark.parametrize("case", KEEPING, ids=str)
def test_the_bars_add_up_to_the_state_after_every_step(case):
    given = make(case)
    trace = run(case, given)
    # float64 to 1e-12 and float32 to 1e-6 of what was added, which may be much more than the sum.
    tolerance = 1e-12 if case.dtype == "float64" else 1e-6
    for k, length in enumerate(lengths_of(given)):
        for step in range(length):
            found = memory.ledger(trace, step, k)
            size = np.abs(found.bars).sum(axis=0) + np.abs(found.initial)
            wanted = getattr(trace, STATE[case.cell])[step, k].astype(float)
            assert np.array_equal(found.total, wanted)
            assert (np.abs(found.bars.sum(axis=0) + found.initial - wanted) <= tolerance * size).all()


@pytest.mark.parametrize("case", where(cell="lstm", dtype="float64", clamped=False, reverse=False), ids=str)
def test_a_bar_is_what_was_written_times_all_later_forget_gates(case):
    given = make(case, steps=4)
    trace = run(case, given)
    length = int((np.full(B, 4) if given.lengths is None else given.lengths)[1])
    found = memory.ledger(trace, sequence=1)
    for t in range(length):
        wanted = trace.i[t, 1] * trace.g[t, 1]
        for later in range(t + 1, length):
            wanted = wanted * trace.f[later, 1]
        assert found.bars[t] == pytest.approx(wanted, rel=1e-12)
    assert found.initial == pytest.approx(given.initial.c[1] * trace.f[:length, 1].prod(axis=0), rel=1e-12)
    assert not found.bars[length:].any()


def test_a_cell_that_reads_backwards_remembers_what_stands_behind():
    case = where(cell="lstm", dtype="float64", reverse=True, ragged=True, clamped=False)[0]
    given = make(case)
    trace = run(case, given)
    for k, length in enumerate(given.lengths):
        found = memory.ledger(trace, sequence=k)
        assert found.order.tolist() == list(range(length))[::-1]
        wanted = trace.i[length - 1, k] * trace.g[length - 1, k] * trace.f[: length - 1, k].prod(axis=0)
        assert found.bars[length - 1] == pytest.approx(wanted, rel=1e-12)
        assert found.bars[0] == pytest.approx(trace.i[0, k] * trace.g[0, k], rel=1e-12)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_held_state_replaces_all_earlier_bars_by_one(cell, reverse):
    case = where(cell=cell, dtype="float64", reverse=reverse, ragged=False, clamped=False)[0]
    way = "backward" if reverse else "forward"
    clamps = (Clamp(STATE[cell], 0.7, 2, 3, (1, 3), direction=way),)
    trace = run(case, make(case), clamps=clamps)
    found = memory.ledger(trace)
    earlier = [3, 4] if reverse else [0, 1]
    assert not found.bars[earlier][:, [1, 3]].any()
    assert not found.initial[[1, 3]].any()
    assert found.bars[earlier][:, [0, 2]].all()
    assert found.initial[[0, 2]].all()
    gate = trace.f if cell == "lstm" else trace.z
    later = [0, 1] if reverse else [3, 4]
    assert found.bars[2, [1, 3]] == pytest.approx(0.7 * gate[later, 0][:, [1, 3]].prod(axis=0), rel=1e-12)
    assert np.argwhere(found.is_held).tolist() == [[2, 1], [2, 3]]


def test_projections_add_up_to_the_length_of_the_state():
    case = where(cell="gru", dtype="float64", ragged=False, clamped=False, reverse=False)[0]
    found = memory.ledger(run(case, make(case)), sequence=2)
    bars, first = memory.projected(found)
    assert bars.shape == (T,)
    assert bars.sum() + first == pytest.approx(np.sqrt((found.total**2).sum()), rel=1e-12)
    assert bars[1] == pytest.approx(found.bars[1] @ found.total / np.sqrt(found.total @ found.total))


def test_a_state_of_zeros_has_no_direction():
    trace = lstm.forward(lstm.init(np.random.default_rng(0), 2, 3), np.ones((2, 1, 2)), clamps=[Clamp("c", 0.0)])
    bars, first = memory.projected(memory.ledger(trace))
    assert not bars.any()
    assert first == 0


def found_of(bars, initial):
    bars = np.array(bars, float)
    return memory.Ledger(bars, np.array(initial, float), bars.sum(axis=0), bars > 99, np.arange(len(bars)))


@pytest.mark.parametrize(
    ("bars", "initial", "share", "wanted"),
    [
        ([[0.0], [0.0], [1.0]], [0.0], 0.9, 1),
        ([[0.0], [-1.0], [1.0]], [0.0], 0.9, 2),
        ([[0.0], [-1.0], [1.0]], [0.0], 0.5, 1),
        ([[0.05], [0.05], [0.9]], [0.0], 0.9, 1),
        ([[0.1], [0.2], [0.3]], [0.4], 0.9, 4),
        ([[0.1], [0.2], [0.3]], [0.4], 0.6, 3),
        ([[0.0], [0.0], [0.0]], [0.0], 0.9, 0),
        ([[0.1], [0.1], [0.1]], [0.0], 1.0, 3),
    ],
)
def test_most_of_a_state_comes_from_so_many_steps(bars, initial, share, wanted):
    assert memory.reach(found_of(bars, initial), share).tolist() == [wanted]


def test_reach_counts_from_the_step_that_was_read_last():
    case = where(cell="lstm", dtype="float64", reverse=True, ragged=False, clamped=False)[0]
    trace = run(case, make(case), clamps=[Clamp("c", 2.0, 1, 2, direction="backward")])
    found = memory.ledger(trace, 1)
    assert found.order.tolist() == [4, 3, 2, 1]
    assert memory.reach(found).tolist() == [1] * H


def test_a_half_life_is_that_of_the_mean_rate():
    case = where(cell="lstm", dtype="float64", ragged=True, clamped=False, reverse=False)[0]
    given = make(case)
    trace = run(case, given)
    for unit, found in enumerate(memory.half_lives(trace)):
        gates = [trace.f[t, k, unit] for k in range(B) for t in range(given.lengths[k])]
        rate = np.exp(np.mean(np.log(gates)))  # what one gate that is always the same would have to be
        assert rate**found == pytest.approx(0.5, rel=1e-12)


def test_a_gru_keeps_with_z_and_an_emptied_unit_has_no_half_life():
    case = where(cell="gru", dtype="float64", ragged=False, clamped=False, reverse=False)[0]
    clamps = (Clamp("z", 0.5, units=(0,)), Clamp("z", 0.0, 1, 2, units=(1,)), Clamp("z", 1.0, units=(2,)))
    found = memory.half_lives(run(case, make(case), clamps=clamps))
    assert found[:3].tolist() == [1.0, 0.0, np.inf]


def test_a_plain_rnn_has_no_ledger_and_the_message_says_why():
    trace = rnn.forward(rnn.init(np.random.default_rng(0), 2, 3), np.ones((2, 1, 2)))
    for act in (memory.ledger, memory.half_lives):
        check_refused(lambda act=act: act(trace), "trace", "an LSTM or a GRU", "plain RNN", "matrix")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"step": 3, "sequence": 0}, ("step", "0 to 2", "3")),
        ({"step": -1}, ("step", "0 to 2", "-1")),
        ({"sequence": 2}, ("sequence", "0 to 1", "2")),
    ],
)
def test_steps_and_sequences_that_are_not_there_are_refused(options, parts):
    trace = gru.forward(gru.init(np.random.default_rng(0), 2, 3), np.ones((4, 2, 2)), lengths=[3, 4])
    check_refused(lambda: memory.ledger(trace, **options), *parts)


def test_a_share_is_above_zero_and_up_to_one():
    for share in (0.0, 1.1, float("nan")):
        check_refused(lambda share=share: memory.reach(found_of([[1.0]], [0.0]), share), "share", str(share))
