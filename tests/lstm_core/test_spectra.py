"""Sizes of the recurrent weights, and the bound they put on the gradient of a plain RNN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import gru, lstm, rnn
from lstm_core.lstm import Variant
from lstm_core.spectra import bound, profile, scaled, spectra
from tests.cases import Case, is_token, make, run
from tests.checks import check_refused


def test_each_gate_has_the_radius_and_the_largest_stretch_of_its_own_block() -> None:
    rng = np.random.default_rng(0)
    for case, gates in (("lstm", lstm.GATES), ("gru", gru.GATES), ("rnn", rnn.GATES)):
        params = make(Case(case)).params
        found = spectra(params)
        assert tuple(found) == gates
        for k, gate in enumerate(gates):
            block = params.W_h[:, 4 * k : 4 * k + 4]
            assert_allclose(found[gate].radius, max(abs(np.linalg.eigvals(block))), rtol=1e-12)
            stretched = [np.linalg.norm(block @ v) / np.linalg.norm(v) for v in rng.normal(size=(2000, 4))]
            assert max(stretched) <= found[gate].sigma < 1.05 * max(stretched)
            assert found[gate].radius <= found[gate].sigma
    assert tuple(spectra(make(Case("lstm", Variant(forget="coupled", output="none"))).params)) == ("i", "g")


def test_scaling_gives_the_radius_that_was_asked_for_and_leaves_the_rest() -> None:
    params = make(Case("gru")).params
    only_z = scaled(params, 0.7, "z")
    before, after = spectra(params), spectra(only_z)
    assert_allclose(after["z"].radius, 0.7, rtol=1e-12)
    assert after["r"] == before["r"] and after["n"] == before["n"] and only_z.W_x is params.W_x
    assert_allclose(only_z.W_h[:, 4:8] / params.W_h[:, 4:8], 0.7 / before["z"].radius, rtol=1e-12)
    for radius in (0.0, 1.3):
        assert_allclose([one.radius for one in spectra(scaled(params, radius)).values()], radius, rtol=1e-12)
    assert spectra(params) == before
    assert scaled(replace_type(params), 0.7).W_h.dtype == np.float32


def replace_type(params: gru.Params) -> gru.Params:
    return gru.Params(*(array.astype(np.float32) for array in (params.W_x, params.W_h, params.b)))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("radius", [0.5, 1.0, 1.6])
def test_no_gradient_of_an_rnn_is_longer_than_the_bound(activation: str, radius: float) -> None:
    for seed in range(20):
        case = Case("rnn", activation=activation)
        given = make(case, seed=seed, steps=12, hidden=5)
        given = given._replace(params=scaled(given.params, radius))
        dh = 0 * given.dh
        dh[-1] = given.dh[-1]
        trace = run(case, given)
        found = profile(trace, rnn.backward(trace, dh, flow=True).flow)
        assert found.dc is None
        most = bound(given.params, np.arange(12))[:, None] * np.linalg.norm(dh[-1], axis=1)
        assert np.all(found.dh <= most * (1 + 1e-12))
        assert_allclose(found.dh[0], most[0])


def test_where_every_unit_is_in_the_middle_and_the_matrix_a_rotation_the_bound_is_reached() -> None:
    turn = 0.9 * np.array([[0.6, -0.8], [0.8, 0.6]])
    params = rnn.Params(np.ones((1, 2)), turn, np.zeros(2))
    trace = rnn.forward(params, np.zeros((6, 1, 1)))
    dh = np.zeros((6, 1, 2))
    dh[-1] = [3.0, 4.0]
    assert_allclose(profile(trace, rnn.backward(trace, dh, flow=True).flow).dh[:, 0], 5 * bound(params, range(6)))
    assert_allclose(bound(params, [3]), 0.9**3)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_profile_counts_the_steps_from_the_loss_back(reverse: bool) -> None:
    case = Case("lstm", reverse=reverse, ragged=True)
    given = make(case)
    trace = run(case, given)
    flow = lstm.backward(trace, given.dh, flow=True).flow
    found, from_two = profile(trace, flow), profile(trace, flow, step=2)
    lengths = is_token(given).sum(0)
    for b, length in enumerate(lengths):
        order = np.arange(length) if reverse else np.arange(length)[::-1]
        for values, gradient in ((found.dh, flow.dh), (found.dc, flow.dc)):
            assert_allclose(values[:length, b], np.linalg.norm(gradient[order, b], axis=1), rtol=1e-12)
            assert np.isnan(values[length:, b]).all()
        there = length > 2
        later = order[np.flatnonzero(order == 2)[0] :] if there else order[:0]
        assert_allclose(from_two.dc[: len(later), b], np.linalg.norm(flow.dc[later, b], axis=1), rtol=1e-12)
        assert np.isnan(from_two.dc[len(later) :, b]).all()


def test_what_makes_no_sense_is_refused() -> None:
    params = make(Case("rnn")).params
    check_refused(lambda: bound(make(Case("lstm")).params, [1]), "params", "an RNN", "gates are factors")
    check_refused(lambda: bound(params, [-1]), "lags", "at least 0")
    check_refused(lambda: bound(params, [0.5]), "lags", "whole numbers")
    for radius in (-1.0, float("nan"), float("inf")):
        check_refused(lambda radius=radius: scaled(params, radius), "radius", "at least 0")
    check_refused(lambda: scaled(params, 1.0, "f"), "gate", "h", "'f'")
    coupled = make(Case("lstm", Variant(forget="coupled"))).params
    check_refused(lambda: scaled(coupled, 1.0, "f"), "gate", "i, o, g")
    nothing = replace(params, W_h=np.triu(params.W_h, 1))
    check_refused(lambda: scaled(nothing, 1.0), "radius", "whose radius is 0")
    trace = run(Case("rnn"), make(Case("rnn")))
    check_refused(lambda: profile(trace, rnn.backward(trace, 0 * trace.h, flow=True).flow, 5), "step", "0 to 4")
    assert np.isinf(bound(scaled(params, 9.0), [10**6])).all()
    assert_array_equal(bound(params, [0]), [1])
