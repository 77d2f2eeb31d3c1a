"""What the way to and from PyTorch and the one to and from Keras share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstm_core import gru, lstm, rnn
from lstm_core.arrays import Array
from lstm_core.stack import NAMES, Cell, Params

Activation = Literal["tanh", "relu"]

GATE_COUNTS: dict[Cell, int] = {"rnn": 1, "gru": 3, "lstm": 4}


def check_weights(name: str, value: Any) -> Array:
    """A finite array of float32 or float64."""
    array = np.asarray(value)
    if array.dtype not in (np.float32, np.float64):
        raise ValueError(
            f"{name}: expected float32 or float64, got {array.dtype}; convert with .float() or astype first"
        )
    if not np.isfinite(array).all():
        where = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise ValueError(
            f"{name}: expected finite numbers, got {array[where]} at index {where}; train again or repair it"
        )
    return array


def check_same_dtype(arrays: dict[str, Array]) -> dict[str, Array]:
    first, *rest = arrays
    for name in rest:
        if arrays[name].dtype != arrays[first].dtype:
            raise ValueError(
                f"{name}: expected {arrays[first].dtype} as in {first}, got {arrays[name].dtype}; convert all alike"
            )
    return arrays


def reorder(array: NDArray[Any], order: Sequence[int]) -> Array:
    """A new C-contiguous array with the gates, blocks along the last axis, in another order."""
    parts = np.split(array, len(order), axis=-1)
    return np.ascontiguousarray(np.concatenate([parts[k] for k in order], axis=-1))


def make_params(
    cell: Cell, W_x: Array, W_h: Array, b: Array, activation: Activation, *, reset_after: bool = True
) -> Params:
    if cell == "lstm":
        return lstm.Params(W_x, W_h, b)
    if cell == "gru":
        return gru.Params(W_x, W_h, b, reset_after=reset_after)
    return rnn.Params(W_x, W_h, b, activation=activation)


def cell_of(params: Params) -> Cell:
    if isinstance(params, lstm.Params):
        return "lstm"
    if isinstance(params, gru.Params):
        return "gru"
    if isinstance(params, rnn.Params):
        return "rnn"
    raise ValueError(
        f"params: expected Params of rnn, gru or lstm, got {type(params).__name__}; give one cell's parameters"
    )


def check_choice(name: str, cell: Cell, activation: Activation) -> None:
    """Only an RNN has a choice of activation; whether it is one of the two, its Params say."""
    if cell != "rnn" and activation != "tanh":
        raise ValueError(f"{name}: {NAMES[cell]} has no choice of it, got {activation!r}; leave it out")


def check_plain(params: Params, side: str) -> None:
    """Refuse an LSTM that the other side does not have."""
    if isinstance(params, lstm.Params):
        if params.variant.peephole:
            raise ValueError(f"variant: {side}'s LSTM has no peepholes, got peephole=True; export one without")
        if params.variant != lstm.Variant():
            raise ValueError(
                f"variant: {side}'s LSTM learns all of its gates, got {params.variant}; export the plain one"
            )
