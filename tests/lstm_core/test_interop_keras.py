"""Parameters from and to Keras: its order and equations, written out from its documentation, against our cells."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_core import lstm, stack
from lstm_core.interop import from_keras, to_keras
from tests.weights import GATES, F, H, assert_same_bits, assert_same_params, random_layers


def keras_weights(cell, biased=True, reset_after=True, dtype=np.float64) -> list[np.ndarray]:
    rng, columns = np.random.default_rng(5), GATES[cell] * H
    bias = (2, columns) if cell == "gru" and reset_after else (columns,)
    shapes = [(F, columns), (H, columns), *([bias] if biased else [])]
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def keras_lstm(x, kernel, recurrent_kernel, bias=0.0):
    h = c = np.zeros((x.shape[1], H))
    for x_t in x:
        z_i, z_f, z_c, z_o = np.split(x_t @ kernel + h @ recurrent_kernel + bias, 4, axis=1)
        c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_c)
        h = sigmoid(z_o) * np.tanh(c)
        yield h


def keras_gru(x, kernel, recurrent_kernel, bias=0.0, reset_after=True):
    h = np.zeros((x.shape[1], H))
    input_bias, recurrent_bias = bias if np.ndim(bias) == 2 else (bias, 0.0)
    for x_t in x:
        x_z, x_r, x_h = np.split(x_t @ kernel + input_bias, 3, axis=1)
        r_z, r_r, r_h = np.split(h @ recurrent_kernel + recurrent_bias, 3, axis=1)
        z, r = sigmoid(x_z + r_z), sigmoid(x_r + r_r)
        candidate = np.tanh(x_h + (r * r_h if reset_after else (r * h) @ recurrent_kernel[:, 2 * H :]))
        h = z * h + (1 - z) * candidate
        yield h


def keras_rnn(x, kernel, recurrent_kernel, bias=0.0, activation=np.tanh):
    h = np.zeros((x.shape[1], H))
    for x_t in x:
        h = activation(x_t @ kernel + h @ recurrent_kernel + bias)
        yield h


def relu(a):
    return np.maximum(a, 0)


KERAS = {
    "LSTM": ("lstm", keras_lstm, {}, {}),
    "GRU": ("gru", keras_gru, {}, {}),
    "GRU, reset before": ("gru", lambda *w: keras_gru(*w, reset_after=False), {"reset_after": False}, {}),
    "SimpleRNN": ("rnn", keras_rnn, {}, {}),
    "SimpleRNN, relu": ("rnn", lambda *w: keras_rnn(*w, activation=relu), {}, {"activation": "relu"}),
}


@pytest.mark.parametrize("biased", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize(("cell", "textbook", "weight_options", "options"), KERAS.values(), ids=KERAS)
def test_our_cell_computes_what_keras_computes(cell, textbook, weight_options, options, biased):
    weights = keras_weights(cell, biased, **weight_options)
    if not biased:
        options = options | weight_options  # the weights of a GRU without bias do not tell
    x = np.random.default_rng(6).normal(size=(5, 4, F))
    trace = stack.CELLS[cell].forward(from_keras(weights, cell, **options), x)
    expected = (
        list(textbook(x, *weights))
        if biased or cell != "gru" or weight_options
        else list(textbook(x, *weights, np.zeros((2, 3 * H))))
    )
    np.testing.assert_allclose(trace.h, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("cell", "_", "weight_options", "options"), KERAS.values(), ids=KERAS)
def test_keras_weights_come_back_bit_for_bit(cell, _, weight_options, options, dtype):
    weights = keras_weights(cell, dtype=dtype, **weight_options)
    params = from_keras(weights, cell, **options)
    for old, new in zip(weights, to_keras(params), strict=True):
        assert_same_bits(old, new)
        assert new.flags.c_contiguous
    assert_same_params(from_keras(to_keras(params), cell, **options), params)


def test_a_gru_is_recognised_by_its_bias():
    assert from_keras(keras_weights("gru"), "gru").reset_after
    assert not from_keras(keras_weights("gru", reset_after=False), "gru").reset_after
    assert from_keras(keras_weights("gru", biased=False), "gru").b.shape == (2, 3 * H)
    assert from_keras(keras_weights("gru", biased=False), "gru", reset_after=False).b.shape == (3 * H,)


def keras_changed(cell, place, array):
    weights = keras_weights(cell)
    weights[place] = array
    return weights


def lstm_layer(**variant):
    return random_layers("lstm", variant=lstm.Variant(**variant))


BAD_KERAS = {
    "an unknown cell": (
        lambda: from_keras(keras_weights("lstm"), "LSTM"),
        r"cell: expected one of rnn, gru, lstm, got 'LSTM'",
    ),
    "one array": (lambda: from_keras([np.ones((3, 8))], "lstm"), r"weights: expected .* got 1 arrays; give the list"),
    "two directions": (
        lambda: from_keras(keras_weights("lstm") * 2, "lstm"),
        r"got 6 arrays; .* one direction at a time",
    ),
    "an array": (lambda: from_keras(np.ones((3, 8)), "lstm"), r"weights: expected .* got ndarray"),
    "another cell's": (
        lambda: from_keras(keras_weights("gru"), "lstm"),
        r"recurrent_kernel: expected shape .* got \(2, 6\)",
    ),
    "a transposed kernel": (
        lambda: from_keras(keras_changed("lstm", 0, np.ones((8, 3))), "lstm"),
        r"^kernel: expected shape \(features, 4 \* hidden=8\), got \(8, 3\)",
    ),
    "a scalar kernel": (
        lambda: from_keras(keras_changed("lstm", 1, np.float64(1)), "lstm"),
        r"recurrent_kernel: expected",
    ),
    "a GRU's bias in an LSTM": (
        lambda: from_keras(keras_changed("lstm", 2, np.ones((2, 8))), "lstm"),
        r"bias: expected shape",
    ),
    "three rows of bias": (
        lambda: from_keras(keras_changed("gru", 2, np.ones((3, 6))), "gru"),
        r"bias: expected shape",
    ),
    "integers": (lambda: from_keras(keras_changed("gru", 2, np.ones((2, 6), int)), "gru"), r"bias: .* got int64"),
    "mixed types": (
        lambda: from_keras(keras_changed("gru", 2, np.ones((2, 6), "f4")), "gru"),
        r"bias: expected float64 as in",
    ),
    "NaN": (
        lambda: from_keras(keras_changed("gru", 1, np.full((2, 6), np.nan)), "gru"),
        r"recurrent_kernel: .* got nan",
    ),
    "a contradiction": (
        lambda: from_keras(keras_weights("gru"), "gru", reset_after=False),
        r"reset_after: expected True, as a bias of shape \(2, 6\) says, got False",
    ),
    "an LSTM with a reset gate": (
        lambda: from_keras(keras_weights("lstm"), "lstm", reset_after=True),
        r"an LSTM has none",
    ),
    "an LSTM with relu": (
        lambda: from_keras(keras_weights("lstm"), "lstm", activation="relu"),
        r"an LSTM has no choice",
    ),
    "peepholes": (lambda: to_keras(lstm_layer(peephole=True)[0].forward), r"variant: Keras's LSTM has no peepholes"),
    "coupled gates": (lambda: to_keras(lstm_layer(forget="coupled")[0].forward), r"variant: Keras's LSTM learns all"),
    "a Layer": (lambda: to_keras(random_layers("rnn")[0]), r"params: expected Params of rnn, gru or lstm, got Layer"),
}


@pytest.mark.parametrize(("call", "message"), BAD_KERAS.values(), ids=BAD_KERAS)
def test_what_does_not_fit_keras_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
