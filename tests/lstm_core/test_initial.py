"""First biases: forget gates that remember, and chrono initialisation."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import initial, stack
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.models import arrays, build
from tests.checks import check_refused

H, LONGEST = 600, 50


def layers_of(cell: Any, **options: Any) -> tuple[stack.Layer, ...]:
    return stack.init(np.random.default_rng(0), 3, [H, H], cell, bidirectional=True, dtype=np.float64, **options)


def biases(layers: tuple[stack.Layer, ...]) -> list[np.ndarray]:
    return [params.b for layer in layers for params in (layer.forward, layer.backward) if params is not None]


def check_spread(keeps: np.ndarray) -> None:
    """exp(b) is uniform on [1, LONGEST - 1]: so are the steps after which a unit forgets, 1 + exp(b)."""
    u = np.sort(np.exp(keeps))
    assert u[0] >= 1 and u[-1] <= LONGEST - 1
    assert_allclose(u, np.linspace(1, LONGEST - 1, H), atol=5)  # Kolmogorov: 2.4 standard deviations of the worst


def test_chrono_spreads_the_memories_of_an_lstm() -> None:
    before = layers_of("lstm")
    after = initial.chrono(before, LONGEST, np.random.default_rng(1))
    for old, b in zip(biases(before), biases(after), strict=True):
        check_spread(b[H : 2 * H])
        assert_array_equal(b[:H], -b[H : 2 * H])
        assert_array_equal(b[2 * H :], old[2 * H :])
        assert_array_equal(old[H : 2 * H], 1.0)  # the given layers stay
    firsts = [b[H] for b in biases(after)]
    assert len(set(firsts)) == 4


@pytest.mark.parametrize("reset_after", [True, False])
def test_chrono_spreads_the_update_gate_of_a_gru(reset_after: bool) -> None:
    before = layers_of("gru", reset_after=reset_after)
    for old, b in zip(biases(before), biases(initial.chrono(before, LONGEST, np.random.default_rng(1))), strict=True):
        rows, olds = np.atleast_2d(b), np.atleast_2d(old)
        check_spread(rows[0, H : 2 * H])
        changed = rows != olds
        assert changed[0, H : 2 * H].any() and not changed[0, :H].any() and not changed[0, 2 * H :].any()
        assert not changed[1:].any()


def test_weights_stay_where_only_biases_are_set() -> None:
    before = layers_of("lstm", forget_bias=3.0)
    after = initial.chrono(before, 9, np.random.default_rng(1))
    for old, new in zip(before, after, strict=True):
        assert_array_equal(old.forward.W_h, new.forward.W_h)
        assert_array_equal(old.forward.W_x, new.forward.W_x)
        assert new.forward.b.dtype == old.forward.b.dtype


def test_chrono_needs_a_gate_and_two_steps() -> None:
    check_refused(lambda: initial.chrono(layers_of("lstm"), 1, np.random.default_rng(0)), "chrono", "at least 2 steps")
    check_refused(lambda: initial.chrono(layers_of("rnn"), 9, np.random.default_rng(0)), "chrono", "got an RNN")


def test_a_configuration_sets_the_first_biases() -> None:
    data = SimpleNamespace(vocabulary=Vocabulary(tuple("abc"), None), labels=(), train=np.zeros(3))
    config = TrainConfig(hidden=H, forget_bias=2.5, dtype="float64")
    plain = build(config, data, np.random.default_rng(0))
    b = plain.layers[0].forward.b
    assert_array_equal(b[H : 2 * H], 2.5)
    assert not b[:H].any() and not b[2 * H :].any()
    chrono = build(replace(config, chrono=LONGEST), data, np.random.default_rng(0))
    check_spread(chrono.layers[0].forward.b[H : 2 * H])
    for name, array in arrays(chrono).items():
        same = name not in ("layers.0.forward.b", "W_out")  # W_out is drawn behind the biases
        assert not same or np.array_equal(array, arrays(plain)[name]), name
