"""Tensors of a file that are going to be used: finite, of one type; and layers in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lstm_core.arrays import Array
from lstm_core.stack import Layer
from lstm_runs._foreign_values import CELL_NAMES, Found


def weight(found: Found, name: str) -> Array:
    """A tensor as float32 or float64.

    Raises
    ------
    ValueError
        It was left aside because of its type, or holds NaN or infinity.
    """
    if name not in found.arrays:
        why = dict(found.skipped).get(name, "no such tensor")
        raise ValueError(
            f"{name}: expected numbers of type F16, BF16, F32 or F64 along 1 or 2 axes, got {why}; convert it"
        )
    array = found.arrays[name]
    if not np.isfinite(array).all():
        where = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise ValueError(
            f"{name}: expected finite numbers, got {array[where]} at index {where}; train again or repair the weights"
        )
    return array


def together(found: Found, names: Iterable[str]) -> dict[str, Array]:
    """Tensors as arrays of one type: float64 if one of them is."""
    arrays = {name: weight(found, name) for name in names}
    wide = np.result_type(*arrays.values())
    return {name: array.astype(wide, copy=False) for name, array in arrays.items()}


def words(k: int, way: str, layer: Layer, params: Any) -> str:
    """A layer in one direction.

    Examples
    --------
    >>> from lstm_core import stack
    >>> layer, = stack.init(np.random.default_rng(0), 3, [4], "rnn")
    >>> words(0, "forward", layer, layer.forward)
    'layer 1, forward: RNN (tanh), 3 inputs, 4 units'
    """
    cell = CELL_NAMES[layer.cell]
    if layer.cell == "rnn":
        cell += f" ({params.activation})"
    if layer.cell == "gru" and not params.reset_after:
        cell += " (reset gate before the product)"
    inputs, units = len(params.W_x), len(params.W_h)
    return f"layer {k + 1}, {way}: {cell}, {counted(inputs, 'input')}, {counted(units, 'unit')}"


def counted(number: int, what: str, many: str = "") -> str:
    """A number of things.

    Examples
    --------
    >>> counted(1, "unit"), counted(1200, "unit"), counted(2, "class", "classes")
    ('1 unit', '1,200 units', '2 classes')
    """
    return f"{number:,} {what if number == 1 else many or what + 's'}"
