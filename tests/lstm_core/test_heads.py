"""What stands before and behind the layers, against slow loops and central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import heads
from tests.checks import differences

ROWS, CLASSES = 6, 5
WEIGHTS = np.array([1.0, 0.0, 0.5, 2.0, 0.0, 1.0])


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_softmax_of_any_logits_is_positive_and_adds_up_to_one() -> None:
    logits = 3 * drawn(4, 3, CLASSES)
    p = heads.probabilities(logits)
    e = np.exp(logits)
    assert_allclose(p, e / e.sum(-1, keepdims=True), rtol=1e-12)
    assert_allclose(heads.log_probabilities(logits), np.log(p), rtol=1e-12)
    assert_allclose(heads.probabilities(np.array([1e4, 0.0, -1e4])), [1, 0, 0])
    assert_allclose(heads.log_probabilities(np.array([1e4, 0.0, -1e4])), [0, -1e4, -2e4])
    assert heads.probabilities(logits.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["all", "weighted"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_cross_entropy_is_the_mean_of_minus_log_p(weights: Any, order: Any) -> None:
    logits, targets = np.array(2 * drawn(ROWS, CLASSES), order=order), np.array([0, 4, 2, 2, 1, 3])
    share = np.ones(ROWS) if weights is None else weights
    nats = [-np.log(np.exp(row)[k] / np.exp(row).sum()) for row, k in zip(logits, targets, strict=True)]
    loss = heads.cross_entropy(logits, targets, weights)
    assert_allclose(loss.value, np.dot(nats, share) / share.sum(), rtol=1e-12)
    expected = differences(lambda a: heads.cross_entropy(a, targets, weights).value, logits)
    assert_allclose(loss.gradient, expected, atol=1e-9)
    assert not loss.gradient[share == 0].any()


def test_cross_entropy_of_rows_far_apart_is_exact() -> None:
    """Each row is shifted by its own largest logit: by a common one, exp of the others would be 0."""
    for far in (-1e4, 1e4):
        logits = np.array([[0.0, 1.0], [far, far + 1]], np.float32)
        loss = heads.cross_entropy(logits, np.array([0, 0]))
        assert loss.value == pytest.approx(np.log(1 + np.e), rel=1e-6)
        assert_allclose(loss.gradient[1], loss.gradient[0], rtol=1e-5)
    assert heads.cross_entropy(np.array([[0.0, 5_000.0]]), np.array([0])).value == 5_000


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["all", "weighted"])
def test_squared_error_is_a_mean_over_rows_and_columns(weights: Any) -> None:
    outputs, targets = drawn(ROWS, 3), drawn(ROWS, 3, seed=1)
    share = np.ones(ROWS) if weights is None else weights
    squares = [[(a - b) ** 2 for a, b in zip(x, y, strict=True)] for x, y in zip(outputs, targets, strict=True)]
    loss = heads.squared_error(outputs, targets, weights)
    assert_allclose(loss.value, np.dot(np.mean(squares, axis=1), share) / share.sum(), rtol=1e-12)
    expected = differences(lambda a: heads.squared_error(a, targets, weights).value, outputs)
    assert_allclose(loss.gradient, expected, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("symbols", [7, 512, 513, 5_000])
def test_the_gradient_of_a_table_adds_up_the_rows_of_each_symbol(symbols: int, dtype: Any) -> None:
    rng = np.random.default_rng(symbols)
    ids, dx = rng.integers(0, min(symbols, 60), size=200), rng.normal(size=(200, 3)).astype(dtype)
    ids[-1] = symbols - 1
    expected = np.zeros((symbols, 3))
    np.add.at(expected, ids, dx)
    found = heads.embedding_gradient(ids, dx, symbols)
    assert found.dtype == dtype
    assert_allclose(found, expected, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-5 if dtype == "float32" else 0)


def test_padding_has_no_weight() -> None:
    found = heads.step_weights(np.array([2, 4, 1]), 4, 3, np.dtype("float32"))
    assert found is not None and found.dtype == np.float32
    assert_array_equal(found.reshape(4, 3), [[1, 1, 1], [1, 1, 0], [0, 1, 0], [0, 1, 0]])
    assert heads.step_weights(None, 4, 3, np.dtype("float32")) is None


@pytest.mark.parametrize("lengths", [None, np.array([2, 4, 1])], ids=["full", "ragged"])
def test_the_mean_over_steps_is_over_each_sequence_alone(lengths: Any) -> None:
    h, weights = drawn(4, 3, 5), drawn(3, 5, seed=1)
    own = [4, 4, 4] if lengths is None else lengths
    expected = [h[:n, k].mean(axis=0) for k, n in enumerate(own)]
    assert_allclose(heads.pool_mean(h, lengths), expected, rtol=1e-12)
    dh = differences(lambda a: float((weights * heads.pool_mean(a, lengths)).sum()), h)
    assert_allclose(heads.spread_mean(weights, lengths, 4), dh, atol=1e-9)
    assert heads.spread_mean(weights.astype(np.float32), lengths, 4).dtype == np.float32
    for k, n in enumerate(own):
        assert not heads.spread_mean(weights, lengths, 4)[n:, k].any()
