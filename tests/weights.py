"""Random weights, and what it means that two are the same."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from lstm_core import stack
from lstm_core.stack import Layer

F, H = 3, 2
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def random_layers(cell, hidden=(H,), bidirectional=False, dtype=np.float32, **options) -> tuple[Layer, ...]:
    """Layers with every entry random and distinct, biases included."""
    rng = np.random.default_rng(11)

    def shake(params):
        if params is None:
            return None
        values = {f.name: getattr(params, f.name) for f in fields(params)}
        arrays = {k: rng.normal(size=v.shape).astype(dtype) for k, v in values.items() if isinstance(v, np.ndarray)}
        return type(params)(**(values | arrays))

    made = stack.init(rng, F, hidden, cell, bidirectional=bidirectional, dtype=dtype, **options)
    return tuple(Layer(layer.cell, shake(layer.forward), shake(layer.backward)) for layer in made)


def assert_same_bits(left, right):
    assert left.dtype == right.dtype and left.shape == right.shape
    assert left.tobytes() == right.tobytes()


def assert_same_params(left, right):
    assert type(left) is type(right)
    for f in fields(left):
        a, b = getattr(left, f.name), getattr(right, f.name)
        if isinstance(a, np.ndarray):
            assert_same_bits(a, b)
        else:
            assert a == b
