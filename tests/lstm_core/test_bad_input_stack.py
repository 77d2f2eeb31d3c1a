"""Bad input to stacks and to the exchange with PyTorch: what, expected, got, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lstm_core import gru, interop, lstm, rnn, stack
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from lstm_core.stack import Directions, Layer
from tests.checks import check_refused as check

T, B, F, H = 5, 3, 2, 4
WIDE = {"lstm": 16, "gru": 12, "rnn": 4}


def layers(*hidden: int, both: bool = False) -> tuple[Layer, ...]:
    return stack.init(np.random.default_rng(0), F, hidden, "lstm", bidirectional=both)


X = np.ones((T, B, F))


@pytest.mark.parametrize(
    "act, parts",
    [
        (lambda: stack.init(np.random.default_rng(0), F, [], "lstm"), ("hidden", "expected", "got")),
        (lambda: stack.init(np.random.default_rng(0), F, [4, 0], "lstm"), ("hidden", "expected", "got 0")),
        (lambda: stack.init(np.random.default_rng(0), 0, [4], "lstm"), ("features", "expected", "got 0")),
        (
            lambda: stack.init(np.random.default_rng(0), F, [4], "mlp"),
            ("cell", "expected", "rnn", "gru", "lstm", "got 'mlp'"),
        ),
        (lambda: stack.forward((), X), ("layers", "expected", "got")),
        (
            lambda: stack.forward(layers(4), X[..., :1]),
            ("x: expected shape (time, batch, features=2)", "got (5, 3, 1)"),
        ),
        (lambda: stack.forward((*layers(4), *layers(4)), X), ("layers[1]", "expected", "4", "got", "2")),
        (lambda: stack.forward(layers(4), X, [Directions(None)] * 2), ("initial", "expected", "1", "got", "2")),
        (
            lambda: stack.forward(layers(4), X, clamps=[Clamp("i", 0.5, layer=1)]),
            ("clamp", "expected", "layer", "got", "1"),
        ),
        (
            lambda: stack.forward(layers(4), X, clamps=[Clamp("i", 0.5, layer=-1)]),
            ("clamp", "expected", "layer", "got", "-1"),
        ),
        (
            lambda: stack.forward(layers(4), X, clamps=[Clamp("i", 0.5, direction="backward")]),
            ("clamp", "expected", "got", "backward"),
        ),
        (lambda: stack.forward(layers(4), X, clamps=[Clamp("r", 0.5)]), ("clamp", "no signal 'r'", "i, f, o, g, c, h")),
        (lambda: stack.forward(layers(4), X, lengths=[1, 2, 9]), ("lengths: expected", "1 to 5", "got 9")),
        (
            lambda: stack.backward(stack.forward(layers(4, both=True), X), np.ones((T, B, 4))),
            ("dh", "expected", "8", "got (5, 3, 4)"),
        ),
        (
            lambda: stack.backward(stack.forward(layers(4), X), np.ones((T, B, 4)), [None, None]),
            ("d_final", "expected", "got"),
        ),
    ],
)
def test_stacks_that_do_not_fit(act: Callable[[], Any], parts: tuple[str, ...]) -> None:
    check(act, *parts)


def state_dict(cell: str = "lstm", both: bool = False, two: bool = True) -> dict[str, np.ndarray]:
    rng, out = np.random.default_rng(0), {}
    for number in range(1 + two):
        for suffix in ("", "_reverse")[: 1 + both]:
            width = F if number == 0 else H * (1 + both)
            for name, shape in {"weight_ih": (width,), "weight_hh": (H,), "bias_ih": (), "bias_hh": ()}.items():
                out[f"{name}_l{number}{suffix}"] = rng.normal(size=(WIDE[cell], *shape))
    return out


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("missing", ["weight_ih_l0", "weight_hh_l1", "weight_ih_l1_reverse", "bias_hh_l0"])
def test_a_state_dict_with_an_entry_missing(cell: str, missing: str) -> None:
    arrays = state_dict(cell, both=True)
    assert len(interop.from_torch(arrays)) == 2
    del arrays[missing]
    check(lambda: interop.from_torch(arrays), "state_dict", missing)


@pytest.mark.parametrize("surplus", ["weight_hr_l0", "linear.weight", "weight_xx_l0"])
def test_a_state_dict_with_an_entry_too_many(surplus: str) -> None:
    arrays = state_dict() | {surplus: np.ones((3, H))}
    check(lambda: interop.from_torch(arrays), surplus)


def test_a_state_dict_with_a_layer_missing_in_between() -> None:
    arrays = state_dict() | {"weight_ih_l3": np.ones((16, H))}
    check(lambda: interop.from_torch(arrays), "state_dict", "expected", "weight_ih_l2")


def test_proj_size_is_refused_by_name() -> None:
    arrays = state_dict(two=False) | {"weight_hr_l0": np.ones((3, H))}
    check(lambda: interop.from_torch(arrays), "proj_size")


@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "weight_ih_l1"])
def test_a_state_dict_with_an_entry_of_another_shape(name: str) -> None:
    arrays = state_dict()
    arrays[name] = arrays[name][:-1]
    check(lambda: interop.from_torch(arrays), name, "expected", f"got {arrays[name].shape}")


def test_an_empty_state_dict() -> None:
    check(lambda: interop.from_torch({}), "state_dict", "expected", "weight_ih_l0")


def test_what_pytorch_cannot_express_is_refused_with_the_reason() -> None:
    rng = np.random.default_rng(0)
    for variant in (Variant(forget="coupled"), Variant(peephole=True), Variant(output="none")):
        check(lambda v=variant: interop.to_torch((Layer("lstm", lstm.init(rng, F, H, v)),)), "PyTorch")
    check(lambda: interop.to_torch((Layer("gru", gru.init(rng, F, H, reset_after=False)),)), "reset_after", "PyTorch")
    assert set(interop.to_torch((Layer("rnn", rnn.init(rng, F, H)),))) == set(state_dict("rnn", two=False))
