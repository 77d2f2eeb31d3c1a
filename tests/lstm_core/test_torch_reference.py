"""Agreement with PyTorch: stored values of every signal and every gradient (tools/make_reference.py wrote them).

The weights are put in place block by block in this file; `interop.from_torch` has to put them in the same places.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import gru, interop, lstm, rnn, stack
from lstm_core.lstm import Variant
from tests import textbook

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
DATA = Path(__file__).parent.parent / "data"
MODULES = {"lstm": lstm, "gru": gru, "rnn": rnn}
# For each gate of ours: which block of PyTorch's rows it is (PyTorch's LSTM has the order i, f, g, o).
BLOCKS = {"lstm": (0, 1, 3, 2), "gru": (0, 1, 2), "rnn": (0,)}
ONE_LAYER = ["lstm", "lstm_peephole", "lstm_coupled", "gru", "gru_reset_before", "rnn_tanh", "rnn_relu"]
TWO_LAYERS = ["lstm", "gru", "rnn_tanh", "rnn_relu"]
EXACT = {"float64": {"rtol": 1e-10, "atol": 1e-12}, "float32": {"rtol": 2e-4, "atol": 2e-5}}


@cache
def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"torch_{name}.npz") as file:
        return {key: file[key] for key in file.files}


def part(name: str, prefix: str) -> dict[str, np.ndarray]:
    return {
        key.removeprefix(f"{prefix}/"): value for key, value in stored(name).items() if key.startswith(f"{prefix}/")
    }


def in_our_order(cell: str, array: np.ndarray) -> np.ndarray:
    """PyTorch's rows (gates * hidden, ...) as our last axis, gate by gate."""
    blocks = np.split(array, len(BLOCKS[cell]))
    return np.concatenate([blocks[block] for block in BLOCKS[cell]]).T


def layout(cell: str, weights: dict[str, np.ndarray], suffix: str = "_l0", prefix: str = "") -> dict[str, np.ndarray]:
    """PyTorch's four arrays of a layer, or their gradients, in our layout; both biases are kept."""
    names = {"W_x": "weight_ih", "W_h": "weight_hh", "b_x": "bias_ih", "b_h": "bias_hh"}
    return {ours: in_our_order(cell, weights[f"{prefix}{theirs}{suffix}"]) for ours, theirs in names.items()}


def params_of(name: str, weights: dict[str, np.ndarray]) -> Any:
    cell = name.split("_")[0]
    ours = layout(cell, weights)
    W_x, W_h, both = ours["W_x"], ours["W_h"], ours["b_x"] + ours["b_h"]
    if cell == "rnn":
        return rnn.Params(W_x, W_h, both, activation=name.split("_")[1])
    if name == "gru":
        return gru.Params(W_x, W_h, np.stack([ours["b_x"], ours["b_h"]]))
    if name == "gru_reset_before":
        return gru.Params(W_x, W_h, ours["b_x"], reset_after=False)
    forget = "coupled" if "coupled" in weights else "learned"
    return lstm.Params(
        W_x, W_h, both, p=weights.get("peephole"), variant=Variant(forget=forget, peephole="peephole" in weights)
    )


def state_of(cell: str, arrays: dict[str, np.ndarray], kind: str) -> Any:
    return MODULES[cell].State(*(arrays[f"{kind}_{name}"] for name in textbook.STATES[cell]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ONE_LAYER)
def test_every_signal_and_gradient_of_one_layer_agrees_with_pytorch(name: str, dtype: str) -> None:
    cell, theirs = name.split("_")[0], part(name, dtype)
    module = MODULES[cell]
    trace = module.forward(params_of(name, theirs), theirs["x"], state_of(cell, theirs, "initial"))
    result = module.backward(trace, theirs["dh"], state_of(cell, theirs, "d_final"), flow=True)
    exact = EXACT[dtype]

    for signal in (*module.SIGNALS, *(["q"] if cell == "gru" else [])):
        assert getattr(trace, signal).dtype == dtype
        assert_allclose(getattr(trace, signal), theirs[signal], **exact, err_msg=signal)
    for state in textbook.STATES[cell]:
        assert_allclose(getattr(trace.final, state), theirs[state][-1], **exact)
        assert_allclose(
            getattr(result.initial, state), theirs[f"grad_initial_{state}"], **exact, err_msg=f"initial {state}"
        )
        assert_allclose(getattr(result.flow, f"d{state}"), theirs[f"total_d{state}"], **exact, err_msg=f"flow d{state}")
    assert_allclose(result.x, theirs["grad_x"], **exact, err_msg="x")
    check_parameter_gradients(name, result.params, layout(cell, theirs, prefix="grad_"), exact)
    if "peephole" in theirs:
        assert_allclose(result.params.p, theirs["grad_peephole"], rtol=10 * exact["rtol"], atol=10 * exact["atol"])


def check_parameter_gradients(name: str, ours: Any, theirs: dict[str, np.ndarray], exact: dict[str, float]) -> None:
    wider = {"rtol": 10 * exact["rtol"], "atol": 50 * exact["atol"]}  # sums over up to 400 tokens
    assert_allclose(ours.W_x, theirs["W_x"], **wider, err_msg="W_x")
    assert_allclose(ours.W_h, theirs["W_h"], **wider, err_msg="W_h")
    both = np.stack([theirs["b_x"], theirs["b_h"]])
    assert_allclose(ours.b, both if ours.b.ndim == 2 else theirs["b_x"], **wider, err_msg=f"{name}: b")


@pytest.mark.parametrize("name", ONE_LAYER)
def test_the_textbook_agrees_with_pytorch(name: str) -> None:
    cell, theirs = name.split("_")[0], part(name, "float64")
    signals = textbook.run(cell, params_of(name, theirs), theirs["x"], state_of(cell, theirs, "initial"))
    for signal in set(signals) & set(theirs):
        assert_allclose(signals[signal], theirs[signal], rtol=1e-11, atol=1e-13, err_msg=signal)


def test_the_stored_values_are_what_they_should_be() -> None:
    """Long, random and nowhere zero: an unused bias or first state would be seen."""
    for name in ONE_LAYER:
        arrays = part(name, "float64")
        assert len(arrays["x"]) == 200
        for key, array in arrays.items():
            relu_or_missing = (
                name == "rnn_relu" or (name == "gru_reset_before" and "bias_hh" in key) or name == "lstm_coupled"
            )
            assert relu_or_missing or np.abs(array).min() > 0, f"{name}: {key}"
    assert sum(path.stat().st_size for path in DATA.glob("torch_*.npz")) < 2e6


def directions(cell: str, arrays: dict[str, np.ndarray], kind: str) -> list[Any]:
    """PyTorch stacks the states as layer 0 forward, layer 0 backward, layer 1 forward, ..."""
    State = MODULES[cell].State
    states = [State(*(arrays[f"{kind}_{name}"][k] for name in textbook.STATES[cell])) for k in range(4)]
    return [stack.Directions(*states[:2]), stack.Directions(*states[2:])]


def layers_of(name: str) -> tuple[stack.Layer, ...]:
    """The two bidirectional layers of a module, block by block."""
    cell, weights = name.split("_")[0], part(f"{name}_two_layers", "state_dict")

    def params(suffix: str) -> Any:
        return params_of(name, {f"{key}_l0": weights[f"{key}{suffix}"] for key in WEIGHTS})

    return tuple(stack.Layer(cell, params(f"_l{k}"), params(f"_l{k}_reverse")) for k in range(2))


@pytest.mark.parametrize("ragged", [False, True], ids=["full", "ragged"])
@pytest.mark.parametrize("name", TWO_LAYERS)
def test_two_bidirectional_layers_agree_with_pytorch(name: str, ragged: bool) -> None:
    cell, arrays = name.split("_")[0], stored(f"{name}_two_layers")
    theirs = part(f"{name}_two_layers", "ragged" if ragged else "full")
    steps = len(arrays["x"])
    lengths = arrays["lengths"] if ragged else None
    token = np.arange(steps)[:, None] < (arrays["lengths"] if ragged else np.full(3, steps))
    trace = stack.forward(layers_of(name), arrays["x"], directions(cell, arrays, "initial"), lengths=lengths)
    result = stack.backward(trace, arrays["dh"], directions(cell, arrays, "d_final"))
    exact = EXACT["float64"]

    assert_allclose(trace.h[token], theirs["h"][token], **exact)  # past a length PyTorch writes 0
    assert_allclose(result.x, theirs["grad_x"], **exact)
    for number in range(2):
        for way, suffix in (("forward", f"_l{number}"), ("backward", f"_l{number}_reverse")):
            row = 2 * number + (way == "backward")
            final, first = (getattr(part_of[number], way) for part_of in (trace.final, result.initial))
            for state in textbook.STATES[cell]:
                assert_allclose(
                    getattr(final, state), theirs[f"final_{state}"][row], **exact, err_msg=f"final {way} {state}"
                )
                assert_allclose(getattr(first, state), theirs[f"grad_initial_{state}"][row], **exact)
            gradients = layout(cell, theirs, suffix, prefix="grad/")
            check_parameter_gradients(name, getattr(result.layers[number], way), gradients, exact)


@pytest.mark.parametrize("name", TWO_LAYERS)
def test_from_torch_puts_every_block_where_the_layout_says(name: str) -> None:
    cell = name.split("_")[0]
    loaded = interop.from_torch(part(f"{name}_two_layers", "state_dict"))
    assert [layer.cell for layer in loaded] == [cell, cell]
    for ours, expected in zip(loaded, layers_of(name), strict=True):
        for way in ("forward", "backward"):
            for key in ("W_x", "W_h", "b"):
                array = getattr(getattr(ours, way), key)
                assert_allclose(array, getattr(getattr(expected, way), key), rtol=1e-15, err_msg=f"{way} {key}")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["lstm", "gru", "rnn_tanh"])
def test_from_torch_loads_one_layer_in_its_own_type(name: str, dtype: str) -> None:
    theirs = part(name, dtype)
    (layer,) = interop.from_torch(
        {key: value for key, value in theirs.items() if key.endswith("_l0") and "grad" not in key}
    )
    expected = params_of(name, theirs)
    assert layer.backward is None
    for key in ("W_x", "W_h", "b"):
        assert getattr(layer.forward, key).dtype == dtype
        assert_allclose(getattr(layer.forward, key), getattr(expected, key), rtol=1e-6 if dtype == "float32" else 1e-15)


def test_the_layout_of_this_file_is_that_of_the_equations() -> None:
    """One gate of PyTorch's LSTM written out: o is its fourth block and our third."""
    theirs = part("lstm", "float64")
    params = SimpleNamespace(**layout("lstm", theirs))
    H = params.W_h.shape[0]
    block = slice(3 * H, 4 * H)
    a = theirs["weight_ih_l0"][block] @ theirs["x"][0, 0] + theirs["bias_ih_l0"][block] + theirs["bias_hh_l0"][block]
    a = a + theirs["weight_hh_l0"][block] @ theirs["initial_h"][0]
    assert_allclose(1 / (1 + np.exp(-a)), theirs["o"][0, 0], rtol=1e-12)
    ours = theirs["x"][0, 0] @ params.W_x + theirs["initial_h"][0] @ params.W_h + params.b_x + params.b_h
    assert_allclose(ours[2 * H : 3 * H], a, rtol=1e-12)
