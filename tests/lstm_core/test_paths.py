"""The split of the gradient by path adds up, and the pure product of forget gates is what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import gru, paths, rnn
from lstm_core.clamps import Clamp
from tests.cases import CASES, Case, Given, is_token, make, run, where
from tests.checks import backward, check_refused

KEEPING = [case for case in where(dtype="float64") if case.cell != "rnn"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_paths_add_up_to_the_gradient_and_their_projections_to_its_norm(case: Case) -> None:
    given = make(case)
    trace, flow = run(case, given), backward(case, given, flow=True).flow
    exact = 1e-13 if case.dtype == "float64" else 1e-5
    whole = paths.total(flow)
    for parts in (paths.split(flow), paths.split(flow, trace)):
        size = np.abs(list(parts.values())).sum(axis=0)
        assert np.all(np.abs(sum(parts.values()) - whole) <= exact * (1 + size))
        along = paths.projected(parts, whole)
        assert next(iter(along.values())).shape == whole.shape[:2]
        assert np.all(np.abs(sum(along.values()) - np.linalg.norm(whole, axis=2)) <= exact * (1 + size.sum(axis=2)))
    for k, gate in enumerate(case.gates if case.cell != "rnn" else ()):
        part = flow.dh_gates[k]
        if case.cell == "gru":
            assert_array_equal(paths.split(flow)[gate], part)
        else:  # what comes to h goes on to c by the same factor, whatever its way
            mixed, through = paths.split(flow, trace)[f"output_{gate}"] * flow.dh, part * flow.dc_output
            assert_allclose(mixed, through, rtol=100 * exact, atol=10 * exact)
    if case.cell == "lstm":
        assert {"output_loss", *(f"output_{gate}" for gate in case.gates)} <= set(paths.split(flow, trace))
        fine = [part for name, part in paths.split(flow, trace).items() if name.startswith("output_")]
        assert_allclose(sum(fine), flow.dc_output, rtol=100 * exact, atol=10 * exact)


def test_a_projection_on_nothing_is_nothing() -> None:
    assert_array_equal(paths.projected({"a": np.ones((2, 3))}, np.zeros((2, 3)))["a"], [0, 0])


@pytest.mark.parametrize("case", KEEPING, ids=str)
def test_the_pure_path_is_the_whole_truth_where_the_gates_do_not_look_at_h(case: Case) -> None:
    if case.cell == "lstm" and case.variant.peephole:
        return  # those gates look at c
    given = make(case)
    deaf = given._replace(params=replace(given.params, W_h=0 * given.params.W_h))
    trace = run(case, deaf)
    dh, d_final = 0 * given.dh, given.d_final
    if case.cell == "lstm":
        d_final = d_final._replace(h=0 * d_final.h)
    whole = paths.total(case.module.backward(trace, dh, d_final, flow=True).flow)
    everywhere = case.module.backward(trace, given.dh, given.d_final, flow=True).flow
    for sequence, length in enumerate(is_token(given).sum(0)):
        last = 0 if case.reverse else length - 1
        pure = paths.pure(trace, whole[last, sequence], sequence)
        assert_allclose(pure, whole[:, sequence], rtol=1e-12, atol=1e-15)
        found = paths.share(pure, whole[:, sequence])
        there = np.abs(whole[:, sequence]).sum(axis=1) > 0
        for value in found:
            assert_allclose(value[there], 1, rtol=1e-12)
            assert np.isnan(value[~there]).all()
        carried = paths.carried(trace, paths.entering(everywhere, trace)[:, sequence], sequence)
        assert_allclose(carried, paths.total(everywhere)[:, sequence], rtol=1e-12, atol=1e-14)


def test_the_pure_path_is_the_product_of_later_forget_gates_from_any_step() -> None:
    for case in (Case("lstm", ragged=True), Case("gru", reverse=True, ragged=True)):
        given = make(case)
        trace = run(case, given)
        gate = trace.f if case.cell == "lstm" else trace.z
        sequence = int(np.argmax(is_token(given).sum(0)))
        start, later = np.array([1.0, -2.0, 0.5, 3.0]), (2, 1) if case.reverse else (2, 3)
        found = paths.pure(trace, start, sequence, step=later[1])
        assert_allclose(found[2], start * gate[later[1], sequence])
        assert_allclose(found[later[1]], start)
        assert not found[0 if case.reverse else 4].any()
        beyond = 4 if case.reverse else 0
        assert_allclose(
            found[beyond], start * np.prod(gate[np.r_[1:4] if not case.reverse else [1, 2, 3], sequence], axis=0)
        )


@pytest.mark.parametrize("case", KEEPING, ids=str)
def test_what_is_carried_is_the_sum_of_the_pure_paths_of_each_steps_own_loss(case: Case) -> None:
    given = make(case)
    trace = run(case, given)
    none = given.d_final._replace(**{name: 0 * part for name, part in given.d_final._asdict().items()})
    # Every step's loss on its own, and last of all what is asked of the final state.
    losses = [(np.where(np.arange(len(given.dh))[:, None, None] == s, given.dh, 0), none) for s in range(len(given.dh))]
    flows = [case.module.backward(trace, *loss, flow=True).flow for loss in (*losses, (0 * given.dh, given.d_final))]
    entered = paths.entering(backward(case, given, flow=True).flow, trace)
    for sequence, length in enumerate(is_token(given).sum(0)):
        starts = [*range(length), 0 if case.reverse else length - 1]
        alone = [flow for s, flow in enumerate(flows) if s < length or s == len(losses)]
        parts = [
            paths.pure(trace, paths.total(flow)[start, sequence], sequence, start)
            for flow, start in zip(alone, starts, strict=True)
        ]
        found = paths.carried(trace, entered[:, sequence], sequence)
        assert_allclose(found, sum(parts), rtol=1e-12, atol=1e-14)
        assert not found[length:].any()


def test_a_held_state_stops_the_pure_path() -> None:
    given = make(Case("lstm"))._replace(clamps=(Clamp("c", 0.4, 2, 3, (1,)), Clamp("f", 0.9, 3, 4, (0,))))
    found = paths.pure(run(Case("lstm"), given), np.ones(4))
    assert found[1, 1] == found[0, 1] == 0 < found[2, 1]
    assert_allclose(found[2, 0] / found[3, 0], 0.9)
    entered = np.arange(1.0, 21).reshape(5, 4)
    found = paths.carried(run(Case("lstm"), given), entered)
    assert found[1, 1] == entered[1, 1], "before the held c only what enters there"
    assert_allclose(found[2, 0], entered[2, 0] + 0.9 * found[3, 0])


def test_shares_add_up_as_projections_and_not_as_ratios() -> None:
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(3, 5, 4))
    whole = parts.sum(axis=0)
    found = [paths.share(part, whole) for part in parts]
    assert_allclose(sum(one.projection for one in found), 1, rtol=1e-12)
    assert (sum(one.ratio for one in found) > 1).all()
    one = found[0]
    assert_allclose(one.projection, (parts[0] * whole).sum(1) / (whole**2).sum(1), rtol=1e-12)
    assert_allclose(one.cosine * one.ratio, one.projection, rtol=1e-12)
    tiny = paths.share(1e-200 * parts[0], 1e-200 * whole)
    assert_allclose(tiny.projection, one.projection, rtol=1e-12)
    nothing = paths.share(np.zeros((1, 4)), np.ones((1, 4)))
    assert nothing.projection == nothing.ratio == 0 and np.isnan(nothing.cosine)


def test_in_random_nets_the_forget_gates_alone_are_a_small_part_that_grows_with_their_bias() -> None:
    """The table of three biases: median ratio 0.02, 0.08 and 0.29, |dL/dc_0| from 1.2e-4 to no loss at all."""
    found = paths.shares_of_random_nets(nets=80)
    ratio = {bias: np.median(one.ratio) for bias, one in found.items()}
    assert 0.01 < ratio[0.0] < 0.03 < 0.05 < ratio[1.0] < 0.13 < 0.2 < ratio[3.0] < 0.4
    assert 5e-5 < np.median(found[0.0].true) < 3e-4
    assert 0.5 < np.median(found[3.0].true / found[3.0].last) < 2
    again = paths.shares_of_random_nets((1.0,), nets=80)[1.0]
    assert_array_equal(again.projection, found[1.0].projection)
    assert not np.array_equal(paths.shares_of_random_nets((1.0,), nets=80, seed=1)[1.0].ratio, again.ratio)


def test_what_is_not_there_is_named() -> None:
    plain: Given = make(Case("rnn"))
    check_refused(lambda: paths.pure(run(Case("rnn"), plain), np.ones(4)), "plain RNN", "no gate that keeps")
    check_refused(lambda: paths.carried(run(Case("rnn"), plain), np.ones((5, 4))), "plain RNN", "no gate that keeps")
    trace = run(Case("gru", ragged=True), make(Case("gru", ragged=True)))
    check_refused(lambda: paths.carried(trace, np.ones((4, 4))), "entered", "time=5")
    check_refused(lambda: paths.carried(trace, np.ones((5, 4)), 3), "sequence", "0 to 2")
    sequence = int(np.argmin(trace.lengths))
    check_refused(lambda: paths.pure(trace, np.ones(3)), "d_state", "hidden=4")
    check_refused(lambda: paths.pure(trace, np.ones(4), 3), "sequence", "0 to 2")
    check_refused(lambda: paths.pure(trace, np.ones(4), sequence, 4), "step", "4")
    check_refused(lambda: paths.shares_of_random_nets(nets=0), "nets", "0")
    flow = rnn.backward(run(Case("rnn"), plain), plain.dh, flow=True).flow
    check_refused(lambda: paths.steps_back(trace, flow, 0, 0), "flow", "call backward with flow=True")
    right = gru.backward(trace, 0 * trace.h, flow=True).flow
    for bad in ((4, 0, 0), (0, 5, 0), (0, 0, 3), (0, -1, 0)):
        check_refused(lambda bad=bad: paths.steps_back(trace, right, *bad), "expected a whole number")
