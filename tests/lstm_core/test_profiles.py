"""Gradients of random nets by lag: against differences, against products of Jacobians, and against the bound."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import decay, gru, lstm, rnn
from lstm_core.profiles import measure, readout, survey
from lstm_core.random_nets import CELLS, Recipe, count, draw, matched
from lstm_core.spectra import spectra

RECIPES = (
    Recipe("rnn", 5),
    Recipe("rnn", 5, "identity", 0.9, activation="relu"),
    Recipe("gru", 5, "normal", update_bias=1.5),
    Recipe("lstm", 5, forget_bias=2.0),
    Recipe("lstm", 5, "orthogonal", 1.3, "g", chrono=30),
)
STEP = 1e-6


def sequence(steps: int, features: int = 3, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, features))


def differences(loss: Any, at: np.ndarray) -> np.ndarray:
    """Central differences of a function of one vector."""
    found = np.zeros(at.size)
    for k in range(at.size):
        aside = np.zeros(at.size)
        aside[k] = STEP
        found[k] = (loss(at + aside.reshape(at.shape)) - loss(at - aside.reshape(at.shape))) / (2 * STEP)
    return found


@pytest.mark.parametrize("loss", ["readout", "norm"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: f"{r.cell}-{r.weights}")
def test_every_lag_agrees_with_moving_the_state_at_that_step(recipe: Recipe, loss: str) -> None:
    params: Any = draw(recipe, 3, 11)
    cell, x, w = CELLS[recipe.cell], sequence(7), readout(5, 11)
    trace = cell.forward(params, x[:, None])
    found = measure(params, x, w if loss == "readout" else None)

    def end(state: Any, k: int) -> float:
        h = cell.forward(params, x[k:, None], state).h[-1, 0] if k < len(x) else state.h[0]
        return float(w @ h if loss == "readout" else h @ h / 2)

    for lag in range(7):
        k = 6 - lag
        h = trace.h[k]
        if recipe.cell != "lstm":
            slope = differences(lambda v, k=k: end(cell.State(v), k + 1), h)
        else:
            c, o = trace.c[k], trace.o[k]
            slope = differences(lambda v, k=k, c=c: end(cell.State(v, c), k + 1), h)
            # c_k reaches the loss through h_k as well
            through = differences(lambda v, k=k, o=o: end(cell.State(o * np.tanh(v), v), k + 1), c)
            assert found.dc is not None
            assert_allclose(found.dc[lag], np.linalg.norm(through), rtol=1e-6)
        assert_allclose(found.dh[lag], np.linalg.norm(slope), rtol=1e-6)


def test_over_a_hundred_steps_it_is_the_product_of_the_jacobians() -> None:
    params: Any = draw(Recipe("rnn", 16), 4, 3)
    x, w = sequence(100, 4), readout(16, 3)
    found, h = measure(params, x, w), rnn.forward(params, x[:, None]).h[:, 0]
    gradient = w
    for lag in range(1, 100):
        gradient = params.W_h @ (gradient * (1 - h[100 - lag] ** 2))
        assert_allclose(found.dh[lag], np.linalg.norm(gradient), rtol=1e-9)
    assert 0 < found.dh[-1] < 1e-15


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: f"{r.cell}-{r.weights}")
def test_the_length_of_the_whole_gradient_agrees_with_differences(recipe: Recipe) -> None:
    params: Any = draw(recipe, 3, 4)
    cell, x, w = CELLS[recipe.cell], sequence(6), readout(5, 4)
    slopes = [
        differences(
            lambda v, name=name: float(w @ cell.forward(replace(params, **{name: v}), x[:, None]).h[-1, 0]),
            getattr(params, name),
        )
        for name in ("W_x", "W_h", "b")
    ]
    assert_allclose(measure(params, x, w).gradient, np.linalg.norm(np.concatenate(slopes)), rtol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("radius", [None, 0.4, 1.0, 2.5])
def test_pascanus_bound_holds_in_every_net_at_every_lag(activation: Any, radius: float | None) -> None:
    x = np.random.default_rng(0).normal(size=(12, 60, 3))
    found = survey(Recipe("rnn", 9, radius=radius, activation=activation), x, loss="norm", seed=20)
    assert found.bound is not None
    assert (found.dh <= found.bound * (1 + 1e-9)).all()
    assert_array_equal(found.bound[:, 0], found.dh[:, 0])
    stretch = np.array([each["h"].sigma for each in found.spectra])
    assert_allclose(found.bound[:, 3], found.dh[:, 0] * stretch**3, rtol=1e-12)
    assert survey(Recipe("gru", 9), x).bound is None


def test_a_read_out_gives_every_cell_a_gradient_of_length_one_to_begin_with() -> None:
    x = np.random.default_rng(0).normal(size=(4, 8, 3))
    for cell in CELLS:
        assert_allclose(survey(Recipe(cell, 6), x).dh[:, 0], 1, rtol=1e-12)
    assert_array_equal(readout(6, 2), readout(6, 2))
    assert abs(readout(6, 2) @ readout(6, 3)) < 0.99


def test_a_survey_is_its_nets_one_by_one() -> None:
    x = np.random.default_rng(0).normal(size=(3, 9, 3))
    recipe = Recipe("lstm", 4, forget_bias=0.5)
    found = survey(recipe, x, seed=7)
    for k, seed in enumerate((7, 8, 9)):
        alone = measure(draw(recipe, 3, seed), x[k], readout(4, seed))
        assert alone.dc is not None and found.dc is not None
        assert_array_equal(found.dh[k], alone.dh)
        assert_array_equal(found.dc[k], alone.dc)
        assert found.gradient[k] == alone.gradient and found.spectra[k] == alone.spectra
    assert not np.allclose(found.dh[0], found.dh[1])


def test_nets_are_drawn_as_their_recipe_says() -> None:
    for cell in CELLS:
        drawn: Any = draw(Recipe(cell, 8), 3, 1)
        assert drawn.W_h.dtype == np.float64
        assert drawn.count == count(cell, 3, 8)
        for weights in ("orthogonal", "identity"):
            params: Any = draw(Recipe(cell, 8, weights), 3, 1)
            assert_array_equal(params.W_x, drawn.W_x)
            for gate, block in zip(CELLS[cell].GATES, np.split(params.W_h, len(CELLS[cell].GATES), 1), strict=True):
                assert_allclose(block @ block.T, np.eye(8), atol=1e-12, err_msg=gate)
                assert weights == "orthogonal" or (block == np.eye(8)).all()
        scaled = spectra(draw(Recipe(cell, 8, radius=1.7), 3, 1))
        assert_allclose([each.radius for each in scaled.values()], 1.7, rtol=1e-9)
    large = draw(Recipe("rnn", 200, "normal"), 50, 1)
    assert_allclose([large.W_x.std(), large.W_h.std()], [50**-0.5, 200**-0.5], rtol=0.05)
    assert abs(large.W_h).max() > np.sqrt(3 / 200)  # uniform weights never are


def test_biases_are_those_of_the_gate_that_keeps_the_past() -> None:
    kept: Any = draw(Recipe("lstm", 4, forget_bias=3.0), 3, 1)
    assert_array_equal(kept.b, np.repeat([0.0, 3.0, 0.0, 0.0], 4))
    update: Any = draw(Recipe("gru", 4, update_bias=3.0), 3, 1)
    assert_array_equal(update.b.sum(axis=0), np.repeat([0.0, 3.0, 0.0], 4))
    spread: Any = draw(Recipe("lstm", 4, forget_bias=3.0, chrono=50), 3, 1)
    assert (spread.b[4:8] >= 0).all() and (spread.b[4:8] <= np.log(49)).all() and len(set(spread.b[4:8])) == 4
    assert_array_equal(spread.b[:4], -spread.b[4:8])
    assert_array_equal(draw(Recipe("rnn", 4, chrono=50), 3, 1).b, 0)


@pytest.mark.parametrize("cell", CELLS)
def test_no_other_number_of_units_comes_nearer_to_the_parameters(cell: Any) -> None:
    for wanted in (40, 1344, 5000):
        hidden = matched(cell, 4, wanted)
        missing = [abs(count(cell, 4, units) - wanted) for units in range(1, 100)]
        assert missing[hidden - 1] == min(missing)


def test_what_halves_every_third_step_is_said_to_do_so() -> None:
    lags = np.arange(100)
    assert_allclose(decay.halving(0.5 ** (lags / 3)), 3)
    assert_allclose(decay.halving(7 * 2.0 ** (lags / 5)), -5)
    tiny = 1e-300 * 0.5**lags  # ends in zeros, after numbers that lose their digits
    assert tiny[-1] == 0 or decay.halving(tiny) == pytest.approx(1, rel=0.01)
    assert np.isnan(decay.halving([0.0, 0.0])) and np.isnan(decay.halving([1.0])) and np.isnan(decay.halving([1.0, 0]))


def test_what_is_read_off_a_row_does_not_depend_on_its_scale() -> None:
    rows = np.random.default_rng(1).uniform(0.1, 1, (4, 30)) * 0.7 ** np.arange(30)
    factors = np.array([[1e-8], [3.0], [1e9], [0.2]])
    for number in (decay.halving, decay.reach, decay.far_share):
        assert_allclose(number(rows * factors), number(rows), rtol=1e-9)
    assert_allclose(decay.far_share(rows), rows[:, 15:].sum(axis=1) / rows.sum(axis=1), rtol=1e-12)
    assert np.isnan(decay.far_share([0.0, 0.0, 0.0]))
    assert_array_equal(decay.reach(rows, 1e-300), 29)


def test_clipping_is_what_training_does() -> None:
    lengths = np.array([0.0, 0.2, 1.0, 40.0, 1e200])
    assert_allclose(decay.clipped(lengths, 1.0), [0, 0.2, 1, 1, 1], rtol=1e-12)
    assert_array_equal(lengths, [0.0, 0.2, 1.0, 40.0, 1e200])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: draw(Recipe(weights="magic"), 3, 0), "weights: expected one of uniform, normal"),  # type: ignore[arg-type]
        (lambda: draw(Recipe("gru", gate="o", radius=1.0), 3, 0), "gate: expected one of r, z, n, got 'o'"),
        (lambda: draw(Recipe(radius=-1.0), 3, 0), "radius: expected a number of at least 0"),
        (lambda: survey(Recipe(), []), "sequences: expected at least one"),
        (lambda: survey(Recipe(), [np.zeros((3, 2)), np.zeros((4, 2))]), "all of one shape"),
        (lambda: survey(Recipe(), np.zeros((1, 3, 2)), loss="sum"), "loss: expected one of readout, norm"),  # type: ignore[arg-type]
        (
            lambda: survey(Recipe("rnn", 4, "identity", 1e3, activation="relu"), np.ones((1, 200, 2))),
            "RNN, seed 0: .*a smaller radius",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_nothing_that_is_handed_in_is_changed() -> None:
    params, x, w = draw(Recipe("lstm", 4), 3, 0), sequence(5), readout(4, 0)
    before = [array.copy() for array in (params.W_h, params.b, x, w)]
    measure(params, x, w)
    for array, old in zip((params.W_h, params.b, x, w), before, strict=True):
        assert_array_equal(array, old)
    assert isinstance(params, lstm.Params) and not isinstance(params, gru.Params)
