"""Optimisers, clipping and schedules: the textbook's words, PyTorch's paths, and a whole training in both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import interop, models, optim, training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.encoding import Vocabulary
from lstm_core.models import LanguageModel
from lstm_core.optim import Optimizer
from tests.checks import check_refused

DATA = Path(__file__).parent.parent / "data"
RATES = {"sgd": 0.05, "momentum": 0.02, "rmsprop": 0.01, "adam": 0.02}  # as in tools/make_model_reference.py
UPDATES = 200


@cache
def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"torch_model_{name}.npz") as file:
        return {key: file[key] for key in file.files}


def path(optimizer: Optimizer, start: np.ndarray, gradients: np.ndarray, rate: float) -> np.ndarray:
    values, moments, found = start, optimizer.begin(start), []
    for k, gradient in enumerate(gradients):
        values, moments = optimizer.step(values, gradient, moments, rate=rate, count=k + 1)
        found.append(values)
    return np.array(found)


@pytest.mark.parametrize("name", RATES)
def test_the_path_is_that_of_pytorch(name: Any) -> None:
    theirs = stored("optimizers")
    assert len(theirs["gradients"]) == UPDATES
    found = path(Optimizer(name, momentum=0.8), theirs["start"], theirs["gradients"], RATES[name])
    assert_allclose(found, theirs[name], rtol=1e-11)


def textbook(name: str, x: float, gradients: Iterator[float], rate: float) -> list[float]:
    """One number, one step, one equation a line."""
    v = m = s = 0.0
    out = []
    for t, g in enumerate(gradients, start=1):
        if name == "sgd":
            x = x - rate * g
        if name == "momentum":
            v = 0.9 * v + g
            x = x - rate * v
        if name == "rmsprop":
            s = 0.99 * s + 0.01 * g**2
            x = x - rate * g / (math.sqrt(s) + 1e-8)
        if name == "adam":
            m = 0.9 * m + 0.1 * g
            s = 0.999 * s + 0.001 * g**2
            m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
            x = x - rate * m_hat / (math.sqrt(s_hat) + 1e-8)
        out.append(x)
    return out


@pytest.mark.parametrize("name", RATES)
def test_the_path_is_that_of_the_textbook(name: Any) -> None:
    rng = np.random.default_rng(3)
    start, gradients = rng.normal(size=5), rng.normal(size=(60, 5)) * 10.0 ** np.arange(-9, 6, 3)
    found = path(Optimizer(name), start, gradients, 0.03)
    for k in range(5):
        assert_allclose(found[:, k], textbook(name, start[k], iter(gradients[:, k].tolist()), 0.03), rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RATES)
def test_a_step_keeps_the_type_and_leaves_its_arguments(name: Any, dtype: Any) -> None:
    rng, optimizer = np.random.default_rng(0), Optimizer(name)
    values, gradient = rng.normal(size=(2, 9)).astype(dtype)
    moments = {key: rng.uniform(0.5, 1, 9).astype(dtype) for key in optimizer.begin(values)}
    copies = [values.copy(), gradient.copy(), *(moment.copy() for moment in moments.values())]
    step = optimizer.step(values, gradient, moments, rate=0.1, count=4)
    for array, copy in zip([values, gradient, *moments.values()], copies, strict=True):
        assert_array_equal(array, copy)
    assert step.moments.keys() == moments.keys() == set(optim.MOMENTS[name])
    for array in (step.values, *step.moments.values()):
        assert array.dtype == dtype
        assert not any(np.shares_memory(array, other) for other in (values, gradient, *moments.values()))
    again = optimizer.step(values, gradient, moments, rate=0.1, count=4)
    assert_array_equal(again.values, step.values)


def test_an_unknown_optimiser_is_refused() -> None:
    check_refused(lambda: Optimizer("adagrad"), "optimizer: expected one of sgd", "'adagrad'")  # type: ignore[arg-type]


# Clipping


@pytest.mark.parametrize("limit", [0.5, 5.0])
def test_clipping_is_by_the_norm_of_everything(limit: float) -> None:
    """PyTorch divides by the norm + 1e-6, so its gradient is shorter by that share."""
    theirs = stored("optimizers")
    gradient = theirs["gradients"][0]
    length = optim.norm(gradient)
    assert length > 5
    clipped = optim.clipped(gradient, length, limit)
    assert_allclose(clipped, theirs[f"clipped/{limit}"] * (length + 1e-6) / length, rtol=1e-13)
    assert_allclose(np.linalg.norm(clipped), limit, rtol=1e-13)


def test_short_gradients_are_not_clipped() -> None:
    gradient = np.array([3.0, -4.0])
    for limit in (5.0, 5.1, 0.0):
        assert optim.clipped(gradient, optim.norm(gradient), limit) is gradient
    assert_allclose(optim.clipped(gradient, 5.0, 4.999), gradient * 0.9998)
    assert_array_equal(gradient, [3.0, -4.0])


def test_the_norm_of_very_large_and_very_small_float32_numbers_is_exact() -> None:
    assert optim.norm(np.full(4, 1e30, np.float32)) == pytest.approx(2e30, rel=1e-6, abs=0)
    for small in (1e-30, 3e-22):  # whose squares are 0 and a few bits
        assert optim.norm(np.full(4, small, np.float32)) == pytest.approx(2 * small, rel=1e-6, abs=0)
    assert math.isnan(optim.norm(np.array([1.0, np.nan])))


# Schedules


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_schedules_are_those_of_pytorch(name: Any) -> None:
    rates = [optim.rate_at(name, 0.3, step, UPDATES) for step in range(UPDATES)]
    assert_allclose(rates, stored("optimizers")[f"rates/{name}"], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("name", "expected"), [
    ("constant", [2.0, 2.0, 2.0, 2.0]), ("linear", [2.0, 1.5, 1.0, 0.5]),
    ("cosine", [2.0, 1 + math.sqrt(0.5), 1.0, 1 - math.sqrt(0.5)]),
])  # fmt: skip
def test_schedules_fall_from_the_rate_towards_zero(name: Any, expected: list[float]) -> None:
    assert_allclose([optim.rate_at(name, 2.0, step, 4) for step in range(4)], expected, rtol=1e-14)
    assert optim.rate_at(name, 2.0, 9, 4) == pytest.approx(2.0 if name == "constant" else 0.0, abs=1e-15)


# A whole training


def data_of(stream: np.ndarray) -> Data:
    vocabulary = Vocabulary(tuple("abcdefghijk"), None)
    return Data("language", vocabulary, (), stream, stream[:20], stream[:20], "")


def model_of(name: str, prefix: str) -> LanguageModel:
    weights = {k.removeprefix(prefix): array for k, array in stored(name).items() if k.startswith(prefix)}
    layers = interop.from_torch({k.removeprefix("cells."): a for k, a in weights.items() if k.startswith("cells.")})
    ends = weights["embedding.weight"], layers, weights["linear.weight"].T, weights["linear.bias"]
    return LanguageModel(*ends, Vocabulary(tuple("abcdefghijk"), None))


def largest_difference(a: LanguageModel, b: LanguageModel) -> float:
    """Of any array, relative to its length."""
    pairs: Callable[[LanguageModel], dict[str, np.ndarray]] = models.arrays
    return max(float(np.linalg.norm(x - pairs(b)[k]) / np.linalg.norm(pairs(b)[k])) for k, x in pairs(a).items())


@pytest.mark.parametrize(("name", "rate"), [("sgd", 0.5), ("adam", 0.01)])
def test_the_same_training_in_pytorch_ends_at_the_same_parameters(name: Any, rate: float) -> None:
    """200 updates through `advance`: streams, carried state, truncated gradients, clipping."""
    theirs = stored(f"training_{name}")
    config = TrainConfig(
        hidden=6, features=5, window=8, batch=3, optimizer=name, rate=rate, clip=0.4, steps=UPDATES,
        validate_every=1_000, dtype="float64",
    )  # fmt: skip
    data = data_of(theirs["stream"])
    model = model_of(f"training_{name}", "first/")
    state = training.start(config, data)
    state = training.replace(state, model=model)
    state = training.advance(state, UPDATES, data)
    assert_allclose(state.history.loss, theirs["losses"], rtol=1e-8)
    assert state.history.loss[-10:].mean() < 0.7 * state.history.loss[:10].mean()
    assert (state.history.norm > 0.4).sum() > 20  # clipping had something to do
    assert isinstance(state.model, LanguageModel)
    last = model_of(f"training_{name}", "last/")
    assert largest_difference(model, last) > 0.1
    assert largest_difference(state.model, last) < 1e-8
