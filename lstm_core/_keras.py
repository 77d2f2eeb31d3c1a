"""Parameters from and to Keras: see `lstm_core.interop`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_core._exchange import (
    GATE_COUNTS,
    Activation,
    cell_of,
    check_choice,
    check_plain,
    check_same_dtype,
    check_weights,
    make_params,
    reorder,
)
from lstm_core.arrays import Array, check_shape
from lstm_core.stack import NAMES, Cell, Params

# Our gates in Keras's order; each of these orders undoes itself.
_ORDER: dict[Cell, list[int]] = {"rnn": [0], "gru": [1, 0, 2], "lstm": [0, 1, 3, 2]}


def from_keras(
    weights: Sequence[Array], cell: Cell, *, activation: Activation = "tanh", reset_after: bool | None = None
) -> Params:
    """The parameters of a Keras 3 `LSTM`, `GRU` or `SimpleRNN` layer, as `layer.get_weights()` gives them.

    Parameters
    ----------
    weights : sequence of ndarray
        kernel, recurrent_kernel and, unless the layer was made with `use_bias=False`, bias.
    cell : {"rnn", "gru", "lstm"}
    activation : {"tanh", "relu"}
        Of a SimpleRNN: its weights do not tell.
    reset_after : bool, optional
        Of a GRU without bias, where the weights do not tell; left out: True, which is Keras's default.

    Returns
    -------
    rnn.Params, gru.Params or lstm.Params
        With arrays of their own.

    Raises
    ------
    ValueError
        Another number of arrays, shapes or types that do not fit together, NaN or infinity.

    Examples
    --------
    >>> from_keras([np.ones((3, 8)), np.ones((2, 8)), np.arange(8.0)], "lstm").b   # i f c o -> i f o g
    array([0., 1., 2., 3., 6., 7., 4., 5.])
    """
    if cell not in GATE_COUNTS:
        raise ValueError(f"cell: expected one of {', '.join(GATE_COUNTS)}, got {cell!r}; choose one of them")
    if not isinstance(weights, (list, tuple)) or len(weights) not in (2, 3):
        got = f"{len(weights)} arrays" if isinstance(weights, (list, tuple)) else type(weights).__name__
        raise ValueError(
            f"weights: expected [kernel, recurrent_kernel] or [kernel, recurrent_kernel, bias], got {got}; "
            "give the list of layer.get_weights(), one direction at a time"
        )
    check_choice("activation", cell, activation)
    names = ("kernel", "recurrent_kernel", "bias")
    arrays = check_same_dtype({name: check_weights(name, array) for name, array in zip(names, weights, strict=False)})
    gates, order = GATE_COUNTS[cell], _ORDER[cell]
    hidden = arrays["recurrent_kernel"].shape[0] if arrays["recurrent_kernel"].ndim else 0
    columns = ("hidden" if gates == 1 else f"{gates} * hidden", gates * hidden)
    check_shape("recurrent_kernel", arrays["recurrent_kernel"], ["hidden", columns])
    check_shape("kernel", arrays["kernel"], ["features", columns])
    b, after = _keras_bias(cell, arrays.get("bias"), reset_after, columns, arrays["kernel"].dtype)
    W_x, W_h, b = (reorder(array, order) for array in (arrays["kernel"], arrays["recurrent_kernel"], b))
    return make_params(cell, W_x, W_h, b, activation, reset_after=after)


def to_keras(params: Params) -> list[Array]:
    """What `layer.set_weights()` of a Keras 3 `LSTM`, `GRU` or `SimpleRNN` takes to compute the same.

    The layer on the other side needs `use_bias=True`, a GRU the same `reset_after`, a relu RNN `activation="relu"`.

    Parameters
    ----------
    params : rnn.Params, gru.Params or lstm.Params
        Of one direction.

    Returns
    -------
    list of ndarray
        kernel, recurrent_kernel, bias: C-contiguous, arrays of their own.

    Raises
    ------
    ValueError
        What Keras cannot express: LSTM variants and peepholes.

    Examples
    --------
    >>> params = from_keras([np.ones((3, 6)), np.ones((2, 6)), np.ones((2, 6))], "gru")
    >>> [array.shape for array in to_keras(params)]
    [(3, 6), (2, 6), (2, 6)]
    """
    cell = cell_of(params)
    check_plain(params, "Keras")
    return [reorder(array, _ORDER[cell]) for array in (params.W_x, params.W_h, params.b)]


def _keras_bias(
    cell: Cell, bias: Array | None, reset_after: bool | None, columns: tuple[str, int], dtype: np.dtype[Any]
) -> tuple[Array, bool]:
    """The bias, zeros where there is none, and whether a GRU resets after the product."""
    if cell != "gru" and reset_after is not None:
        raise ValueError(f"reset_after: {NAMES[cell]} has none, got {reset_after!r}; leave it out")
    if bias is None:
        after = cell == "gru" and reset_after is not False
        return np.zeros((2, columns[1]) if after else columns[1], dtype), after
    after = cell == "gru" and bias.ndim == 2
    check_shape("bias", bias, [("biases of x and h", 2), columns] if after else [columns])
    if reset_after is not None and reset_after != after:
        raise ValueError(
            f"reset_after: expected {after}, as a bias of shape {bias.shape} says, got {reset_after}; leave it out"
        )
    return bias, after
