"""Parameters from and to PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_core import lstm, rnn
from lstm_core.interop import from_torch, to_keras, to_torch
from lstm_core.stack import Layer
from tests.weights import GATES, F, H, assert_same_bits, assert_same_params, random_layers


def torch_weights(cell, layers=1, two_way=False, biased=True, dtype=np.float32, hidden=H) -> dict[str, np.ndarray]:
    rng, gates = np.random.default_rng(7), GATES[cell]
    found = {}
    for k in range(layers):
        for suffix in ("", "_reverse")[: 1 + two_way]:
            inputs = hidden * (1 + two_way) if k else F
            shapes = {"weight_ih": (gates * hidden, inputs), "weight_hh": (gates * hidden, hidden)}
            shapes |= {"bias_ih": (gates * hidden,), "bias_hh": (gates * hidden,)} if biased else {}
            found |= {f"{kind}_l{k}{suffix}": rng.normal(size=shape).astype(dtype) for kind, shape in shapes.items()}
    return found


NETS = [
    pytest.param(
        cell, hidden, two_way, dtype, id=f"{cell}-{len(hidden)} layers-{'both ways' * two_way}-{dtype.__name__}"
    )
    for cell in GATES
    for hidden in ((2,), (2, 2, 2))
    for two_way in (False, True)
    for dtype in (np.float32, np.float64)
]


@pytest.mark.parametrize(("cell", "hidden", "two_way", "dtype"), NETS)
def test_layers_come_back_from_pytorch_bit_for_bit(cell, hidden, two_way, dtype):
    layers = random_layers(cell, hidden, two_way, dtype)
    back = from_torch(to_torch(layers))
    assert [layer.cell for layer in back] == [cell] * len(hidden)
    for old, new in zip(layers, back, strict=True):
        assert_same_params(old.forward, new.forward)
        assert (old.backward is None) == (new.backward is None) == (not two_way)
        if two_way:
            assert_same_params(old.backward, new.backward)


@pytest.mark.parametrize(("cell", "hidden", "two_way", "dtype"), NETS)
def test_a_state_dict_comes_back_up_to_the_sum_of_its_biases(cell, hidden, two_way, dtype):
    weights = torch_weights(cell, len(hidden), two_way, dtype=dtype)
    back = to_torch(from_torch(weights))
    assert list(back) == list(weights)
    for name, array in back.items():
        assert array.flags.c_contiguous
        expected = weights[name]
        if name.startswith("bias") and cell != "gru":
            expected = np.zeros_like(expected) if "_hh_" in name else expected + weights[name.replace("_ih_", "_hh_")]
        assert_same_bits(array, expected)


def test_the_gates_of_pytorch_are_i_f_g_o_and_r_z_n():
    i, f, g, o = np.arange(4.0)
    blocks = np.repeat([i, f, g, o], H)
    (layer,) = from_torch(
        {"weight_ih_l0": np.repeat(blocks[:, None], F, 1), "weight_hh_l0": np.repeat(blocks[:, None], H, 1)}
    )
    np.testing.assert_array_equal(layer.forward.W_x[0, ::H], [i, f, o, g])
    np.testing.assert_array_equal(layer.forward.W_h[0, ::H], [i, f, o, g])
    r, z, n = np.arange(3.0)
    blocks = np.repeat([r, z, n], H)
    (layer,) = from_torch(
        {"weight_ih_l0": np.repeat(blocks[:, None], F, 1), "weight_hh_l0": np.repeat(blocks[:, None], H, 1)}
    )
    np.testing.assert_array_equal(layer.forward.W_x[0, ::H], [r, z, n])


def test_the_two_biases_of_a_gru_stay_two_and_others_are_summed():
    weights = torch_weights("gru")
    np.testing.assert_array_equal(from_torch(weights)[0].forward.b, [weights["bias_ih_l0"], weights["bias_hh_l0"]])
    weights = torch_weights("rnn")
    np.testing.assert_array_equal(from_torch(weights)[0].forward.b, weights["bias_ih_l0"] + weights["bias_hh_l0"])


def test_a_negative_zero_in_a_bias_survives_the_round_trip():
    layer = Layer("rnn", rnn.Params(np.ones((F, H)), np.ones((H, H)), np.array([-0.0, 1.0])))
    assert_same_params(from_torch(to_torch([layer]))[0].forward, layer.forward)


@pytest.mark.parametrize("cell", GATES)
def test_no_bias_loads_as_zeros(cell):
    params = from_torch(torch_weights(cell, biased=False))[0].forward
    assert params.b.shape == ((2, 3 * H) if cell == "gru" else (GATES[cell] * H,))
    assert not params.b.any() and params.b.dtype == np.float32


def test_a_relu_rnn_is_one_because_the_reader_says_so():
    weights = torch_weights("rnn")
    assert from_torch(weights)[0].forward.activation == "tanh"
    layers = from_torch(weights, nonlinearity="relu")
    assert layers[0].forward.activation == "relu"
    assert_same_params(from_torch(to_torch(layers), nonlinearity="relu")[0].forward, layers[0].forward)


@pytest.mark.parametrize("cell", GATES)
def test_what_is_loaded_or_saved_shares_no_memory_with_its_source(cell):
    weights = torch_weights(cell)
    layers = from_torch(weights)
    copies = {name: array.copy() for name, array in weights.items()}
    arrays = [layers[0].forward.W_x, layers[0].forward.W_h, layers[0].forward.b]
    for source in (weights.values(), to_torch(layers).values(), to_keras(layers[0].forward)):
        assert not any(np.shares_memory(a, b) for a in source for b in arrays)
    assert all(np.array_equal(weights[name], copies[name]) for name in weights)


def changed(cell="lstm", drop=(), **entries):
    weights = torch_weights(cell, layers=2, two_way=True)
    return {name: array for name, array in (weights | entries).items() if name not in drop}


def with_value(name, value):
    weights = torch_weights("lstm")
    weights[name].flat[1] = value
    return weights


BAD_STATE_DICTS = {
    "nothing": ({}, r"state_dict: expected every entry .* missing 'weight_ih_l0', 'weight_hh_l0'"),
    "a list": ([1], r"state_dict: expected names and arrays, got list"),
    "a missing bias": (changed(drop=["bias_hh_l1"]), r"missing 'bias_hh_l1';"),
    "a missing direction": (changed(drop=["weight_ih_l1_reverse"]), r"missing 'weight_ih_l1_reverse';"),
    "only a backward direction": (
        {f"{name}_reverse": array for name, array in torch_weights("gru").items()},
        r"missing 'weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0' and 1 more;",
    ),
    "a missing layer": (
        {**torch_weights("rnn"), "weight_ih_l2": np.ones((2, 2), np.float32)},
        r"missing 'weight_ih_l1', 'weight_hh_l1', 'bias_ih_l1' and",
    ),
    "a layer far away": ({"weight_ih_l9999": np.ones((2, 2))}, r"missing 'weight_ih_l0'"),
    "a layer number of many digits": ({"weight_ih_l" + "9" * 5000: np.ones((2, 2))}, r"got 'weight_ih_l9{49}';"),
    "a surplus entry": (
        changed(**{"fc.weight": np.ones(2)}),
        r"expected names such as .* got 'fc.weight'; .* without a prefix",
    ),
    "a prefix": (
        {f"lstm.{name}": a for name, a in torch_weights("lstm").items()},
        r"got 'lstm.weight_ih_l0', .* and 1 more",
    ),
    "a projection": (changed(weight_hr_l0=np.ones((1, 2))), r"weight_hr_l0: expected no projection \(proj_size\)"),
    "five gates": (
        {"weight_ih_l0": np.ones((10, 3)), "weight_hh_l0": np.ones((10, 2))},
        r"weight_hh_l0: .* got \(10, 2\)",
    ),
    "a vector for a matrix": (
        {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones(8)},
        r"weight_hh_l0: .* got \(8,\)",
    ),
    "other inputs in layer 1": (
        changed(weight_ih_l1=np.ones((8, 2), np.float32)),
        r"weight_ih_l1: expected shape \(gates \* hidden=8, inputs=4\), got \(8, 2\)",
    ),
    "other inputs in the other direction": (
        changed(weight_ih_l0_reverse=np.ones((8, 5), np.float32)),
        r"backward: expected the sizes and type of the forward direction",
    ),
    "another hidden size above": (changed(weight_hh_l1=np.ones((12, 3), np.float32)), r"weight_hh_l1: expected shape"),
    "a bias of another size": (changed(bias_ih_l0=np.ones(7, np.float32)), r"bias_ih_l0: expected shape .* got \(7,\)"),
    "a bias that is a matrix": (changed(bias_ih_l0=np.ones((8, 1), np.float32)), r"bias_ih_l0: expected shape"),
    "mixed types": (
        changed(bias_ih_l1=np.ones(8)),
        r"bias_ih_l1: expected float32 as in weight_ih_l0, got float64; convert",
    ),
    "integers": (changed(bias_ih_l0=np.ones(8, int)), r"bias_ih_l0: expected float32 or float64, got int64; convert"),
    "half precision": (
        changed(bias_ih_l0=np.ones(8, np.float16)),
        r"bias_ih_l0: expected float32 or float64, got float16",
    ),
    "text": (changed(bias_ih_l0="abc"), r"bias_ih_l0: expected float32 or float64, got <U3"),
    "None": (changed(bias_ih_l0=None), r"bias_ih_l0: expected float32 or float64, got object"),
    "NaN": (with_value("weight_hh_l0", np.nan), r"weight_hh_l0: expected finite numbers, got nan at index \(0, 1\);"),
    "infinity": (with_value("bias_hh_l0", np.inf), r"bias_hh_l0: expected finite numbers, got inf at index \(1,\);"),
    "biases too large to sum": (
        {**torch_weights("rnn"), "bias_ih_l0": np.full(2, 3e38, "f4"), "bias_hh_l0": np.full(2, 3e38, "f4")},
        r"bias_ih_l0 \+ bias_hh: expected finite numbers, got inf",
    ),
    "no columns": ({"weight_ih_l0": np.ones((0, 3)), "weight_hh_l0": np.ones((0, 0))}, r"weight_hh_l0: expected shape"),
    "no features": ({"weight_ih_l0": np.ones((8, 0)), "weight_hh_l0": np.ones((8, 2))}, r"weight_ih_l0: expected"),
}


@pytest.mark.parametrize(("weights", "message"), BAD_STATE_DICTS.values(), ids=BAD_STATE_DICTS)
def test_a_bad_state_dict_is_refused_with_the_reason(weights, message):
    with pytest.raises(ValueError, match=message):
        from_torch(weights)


def test_only_an_rnn_has_a_choice_of_nonlinearity():
    with pytest.raises(ValueError, match=r"nonlinearity: an LSTM has no choice of it, got 'relu'"):
        from_torch(torch_weights("lstm"), nonlinearity="relu")
    with pytest.raises(ValueError, match=r"activation: expected 'tanh' or 'relu', got 'sin'"):
        from_torch(torch_weights("rnn"), nonlinearity="sin")


def lstm_layer(**variant):
    return random_layers("lstm", variant=lstm.Variant(**variant))


BAD_LAYERS = {
    "none": ((), r"layers: expected a sequence of at least one Layer"),
    "a bare Params": ((random_layers("rnn")[0].forward,), r"layers: expected .*; wrap the Params in a Layer"),
    "one Layer alone": (random_layers("rnn")[0], r"layers: expected"),
    "peepholes": (lstm_layer(peephole=True), r"variant: PyTorch's LSTM has no peepholes"),
    "no forget gate": (lstm_layer(forget="none"), r"variant: PyTorch's LSTM learns all of its gates, .*forget='none'"),
    "a coupled gate": (lstm_layer(forget="coupled"), r"variant: PyTorch's .* got Variant\(forget='coupled'"),
    "no output gate": (lstm_layer(output="none"), r"variant: PyTorch's"),
    "reset before": (random_layers("gru", reset_after=False), r"layers\[0\]: PyTorch's GRU .* got reset_after=False"),
    "two cells": (
        (*random_layers("rnn"), *random_layers("gru")),
        r"layers\[1\]: .* same cell .* expected rnn, got gru; export the layers one by one",
    ),
    "two sizes": (random_layers("lstm", (2, 3)), r"layers\[1\]: .* same hidden size .* expected 2, got 3"),
    "one of two both ways": (
        (random_layers("rnn", (2,), True)[0], random_layers("rnn", (2, 2))[1]),
        r"layers\[1\]: .* same number of directions .* expected 2, got 1",
    ),
    "two types": (
        (random_layers("rnn")[0], random_layers("rnn", (2, 2), dtype=np.float64)[1]),
        r"layers\[1\]: .* same types .* expected float32, got float64",
    ),
    "two activations": (
        (random_layers("rnn")[0], random_layers("rnn", (2, 2), activation="relu")[1]),
        r"layers\[1\]: .* same activations .* expected tanh, got relu",
    ),
    "layers that do not fit": (
        (random_layers("rnn")[0], random_layers("rnn")[0]),
        r"layers\[1\]\.W_x: expected 2 inputs, .* got 3",
    ),
}


@pytest.mark.parametrize(("layers", "message"), BAD_LAYERS.values(), ids=BAD_LAYERS)
def test_what_pytorch_cannot_express_is_refused_with_the_reason(layers, message):
    with pytest.raises(ValueError, match=message):
        to_torch(layers)
