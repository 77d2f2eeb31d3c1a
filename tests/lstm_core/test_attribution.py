"""Attributions are what they say: slopes of the very output, and shares that add up to its change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import attribution, objectives, stack
from lstm_core.attribution import gradient_times_input, input_norms, integrated_gradients
from lstm_core.models import predict
from tests.checks import check_refused
from tests.small_models import NETS, Net, make

WHOLE = list(dict.fromkeys(replace(net, ragged=False) for net in NETS))
OUTPUT = 2


def speaks_at_end(net: Net) -> bool:
    return net.task == "classifier" or (net.task == "regressor" and not net.every_step)


def output_of(net: Net, vectors: np.ndarray, step: int) -> float:
    """The output when the model reads these vectors, (time, features); its embedding plays no part."""
    model = make(net).model
    if speaks_at_end(net):
        vectors, step = vectors[: step + 1], -1
    trace = stack.forward(model.layers, vectors[:, None])
    return float(objectives.logits_of(model, trace, OUTPUT, None if step == -1 else step)[0][0])


@pytest.mark.parametrize("step", [4, 2])
@pytest.mark.parametrize("net", WHOLE, ids=str)
def test_gradient_times_input_is_the_slope_of_the_output_when_one_token_is_scaled(net: Net, step: int) -> None:
    given = make(net)
    x = np.asarray(given.batch.x)[:, 1]
    found = gradient_times_input(given.model, x, OUTPUT, step)
    vectors = predict(given.model, x[:, None]).embedded[:, 0]
    for t in range(len(x)):
        up, down = vectors.copy(), vectors.copy()
        up[t] *= 1 + 1e-5
        down[t] *= 1 - 1e-5
        slope = (output_of(net, up, step) - output_of(net, down, step)) / 2e-5
        assert_allclose(found[t], slope, rtol=1e-6, atol=1e-9)
    if not net.both or speaks_at_end(net):
        assert not found[step + 1 :].any()
    if step == 4:
        assert_array_equal(found, gradient_times_input(given.model, x, OUTPUT))


@pytest.mark.parametrize("baseline", ["zero", "mean"])
@pytest.mark.parametrize("net", WHOLE, ids=str)
def test_integrated_gradients_add_up_to_the_change_from_the_baseline(net: Net, baseline: str) -> None:
    given = make(net)
    x, step = np.asarray(given.batch.x)[:, 0], 3
    vectors = predict(given.model, x[:, None]).embedded[:, 0]
    table = given.model.embedding if net.embedded else vectors[: step + 1] if speaks_at_end(net) else vectors
    start = np.broadcast_to(table.mean(axis=0) if baseline == "mean" else 0.0, vectors.shape)
    found = integrated_gradients(given.model, x, OUTPUT, step, baseline=baseline, steps=200)
    assert_allclose(found.baseline, output_of(net, start, step), rtol=1e-12, atol=1e-13)
    assert_allclose(found.total, output_of(net, vectors, step) - found.baseline, rtol=1e-10, atol=1e-13)
    assert_allclose(found.gap, found.total - found.tokens.sum(), atol=1e-13)
    assert abs(found.gap) < 1e-3 * max(1, np.abs(found.tokens).sum())
    assert found.tokens.shape == (len(x),)


def test_the_gap_shrinks_with_the_square_of_the_number_of_steps() -> None:
    given = make(WHOLE[0])
    x = np.asarray(given.batch.x)[:, 0]
    coarse, fine = (abs(integrated_gradients(given.model, x, OUTPUT, steps=n).gap) for n in (16, 64))
    assert 10 < coarse / fine < 22


def test_one_step_is_the_gradient_in_the_middle_and_each_token_gets_its_own_share() -> None:
    given = make(WHOLE[0])
    x = np.asarray(given.batch.x)[:, 0]
    half = replace(given.model, embedding=given.model.embedding / 2)
    found = integrated_gradients(given.model, x, OUTPUT, steps=1)
    assert_allclose(found.tokens, 2 * gradient_times_input(half, x, OUTPUT), rtol=1e-12)


def test_copies_that_do_not_fit_into_memory_together_run_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    given = make(next(net for net in NETS if net.task == "tagger" and not net.ragged))
    x = np.asarray(given.batch.x)[:, 0]
    together = integrated_gradients(given.model, x, OUTPUT, 1, steps=10)
    monkeypatch.setattr(attribution, "_NUMBERS", 3 * len(x) * given.model.layers[0].outputs)
    assert_allclose(integrated_gradients(given.model, x, OUTPUT, 1, steps=10).tokens, together.tokens, rtol=1e-12)


def test_lengths_are_right_even_where_their_squares_vanish() -> None:
    dx = np.array([[[3.0, 4.0], [0.0, 0.0]], [[3e-200, 4e-200], [-3.0, 4.0]]])
    assert_allclose(input_norms(dx), [[5, 0], [5e-200, 5]], rtol=1e-12)
    assert_allclose(input_norms(np.float32(1e-30) * dx[:1].astype(np.float32)), [[5e-30, 0]], rtol=1e-6)


def test_what_is_not_there_is_named() -> None:
    model = make(WHOLE[0]).model
    check_refused(lambda: gradient_times_input(model, [[1, 2]], 0), "ids", "(time,)", "(1, 2)")
    check_refused(lambda: gradient_times_input(model, [1, 2], 7), "output", "0 to 6", "7")
    check_refused(lambda: gradient_times_input(model, [1, 2], 0, 2), "step", "0 to 1", "2")
    check_refused(lambda: integrated_gradients(model, [1, 2], 0, baseline="noise"), "baseline", "'noise'")
    check_refused(lambda: integrated_gradients(model, [1, 2], 0, steps=0), "steps", "0")
    ends = make(next(net for net in WHOLE if net.task == "classifier")).model
    check_refused(lambda: gradient_times_input(ends, [1, 2], 0, 2), "step", "0 to 1", "2")
