"""Parameters from and to PyTorch: see `lstm_core.interop`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstm_core import gru, rnn
from lstm_core._exchange import (
    GATE_COUNTS,
    Activation,
    check_choice,
    check_plain,
    check_same_dtype,
    check_weights,
    make_params,
    reorder,
)
from lstm_core.arrays import Array, check_shape
from lstm_core.stack import Cell, Layer, Params

# Our gates in PyTorch's order; each of these orders undoes itself.
_ORDER: dict[Cell, list[int]] = {"rnn": [0], "gru": [0, 1, 2], "lstm": [0, 1, 3, 2]}
_ENTRY = re.compile(r"(?:weight|bias)_(?:ih|hh)_l(0|[1-9][0-9]{0,3})(_reverse)?", re.ASCII)
_TELLS_CELL = "weight_hh_l0"


def from_torch(state_dict: Mapping[str, Array], *, nonlinearity: Activation = "tanh") -> tuple[Layer, ...]:
    """The layers of a `torch.nn.LSTM`, `GRU` or `RNN`.

    Parameters
    ----------
    state_dict : mapping of str to ndarray
        All entries of one module, as arrays. The cell is read off their shapes; without biases, they are zeros here.
    nonlinearity : {"tanh", "relu"}
        Of an RNN: its weights do not tell.

    Returns
    -------
    tuple of Layer
        With arrays of their own.

    Raises
    ------
    ValueError
        Missing or surplus entries, projections (`proj_size`), shapes or types that do not fit together, NaN, infinity.

    Examples
    --------
    >>> weights = {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones((8, 2))}
    >>> layer, = from_torch(weights)
    >>> layer.cell, layer.forward.W_x.shape, layer.forward.b
    ('lstm', (3, 8), array([0., 0., 0., 0., 0., 0., 0., 0.]))
    """
    layers, two_way, biased = _plan(state_dict)
    arrays = check_same_dtype({name: check_weights(name, state_dict[name]) for name in state_dict})
    cell = _torch_cell(arrays[_TELLS_CELL])
    hidden = arrays[_TELLS_CELL].shape[1]
    check_choice("nonlinearity", cell, nonlinearity)

    def direction(k: int, suffix: str) -> Params:
        def entry(kind: str, *axes: tuple[str, int] | str) -> Array:
            name = f"{kind}_l{k}{suffix}"
            check_shape(name, arrays[name], [("gates * hidden", GATE_COUNTS[cell] * hidden), *axes])
            return reorder(arrays[name].T, _ORDER[cell])

        W_x = entry("weight_ih", ("inputs", hidden * (1 + two_way)) if k else "features")
        W_h = entry("weight_hh", ("hidden", hidden))
        none = np.zeros_like(W_x[0])
        b_x, b_h = (entry("bias_ih"), entry("bias_hh")) if biased else (none, none)
        return make_params(cell, W_x, W_h, _one_bias(cell, b_x, b_h, f"bias_ih_l{k}{suffix}"), nonlinearity)

    return tuple(Layer(cell, direction(k, ""), direction(k, "_reverse") if two_way else None) for k in range(layers))


def to_torch(layers: Sequence[Layer]) -> dict[str, Array]:
    """The `state_dict` with which a `torch.nn.LSTM`, `GRU` or `RNN` computes the same.

    The bias of an LSTM or RNN becomes `bias_ih`, and `bias_hh` is zero. A relu RNN needs `nonlinearity="relu"` on the
    other side.

    Parameters
    ----------
    layers : sequence of Layer

    Returns
    -------
    dict of str to ndarray
        C-contiguous, with arrays of their own, in PyTorch's order.

    Raises
    ------
    ValueError
        What PyTorch's modules cannot express: LSTM variants, peepholes, a GRU with `reset_after=False`, layers of
        different cells, activations, sizes, types or directions.

    Examples
    --------
    >>> layer, = from_torch({"weight_ih_l0": np.ones((3, 2)), "weight_hh_l0": np.ones((3, 3))})
    >>> list(to_torch([layer]))
    ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']
    """
    _check_torch_can(layers)
    found: dict[str, Array] = {}
    for k, layer in enumerate(layers):
        for params, suffix in ((layer.forward, ""), (layer.backward, "_reverse")):
            if params is not None:
                order = _ORDER[layer.cell]
                b_x, b_h = params.b if params.b.ndim == 2 else (params.b, np.zeros_like(params.b))
                for kind, array in (
                    ("weight_ih", params.W_x),
                    ("weight_hh", params.W_h),
                    ("bias_ih", b_x),
                    ("bias_hh", b_h),
                ):
                    found[f"{kind}_l{k}{suffix}"] = np.ascontiguousarray(reorder(array, order).T)
    return found


def _plan(state_dict: Mapping[str, Any]) -> tuple[int, bool, bool]:
    """Number of layers, whether they have two directions, whether they have biases; every entry is accounted for."""
    if not isinstance(state_dict, Mapping) or not all(isinstance(name, str) for name in state_dict):
        raise ValueError(f"state_dict: expected names and arrays, got {type(state_dict).__name__}; give a state_dict")
    projection = next((name for name in state_dict if "weight_hr_l" in name), None)
    if projection is not None:
        raise ValueError(
            f"{projection}: expected no projection (proj_size), got one; our cells have none, train with proj_size=0"
        )
    matches = {name: _ENTRY.fullmatch(name) for name in state_dict}
    surplus = [name for name, match in matches.items() if match is None]
    if surplus:
        raise ValueError(
            f"state_dict: expected names such as weight_ih_l0 and bias_hh_l0_reverse, got {_list(surplus)}; "
            "give the entries of one recurrent module alone, without a prefix"
        )
    numbers = sorted({int(match[1]) for match in matches.values() if match})
    gap = next((k for k, number in enumerate(numbers) if k != number), len(numbers))
    two_way = any(match[2] for match in matches.values() if match)
    biased = any(name.startswith("bias") for name in state_dict)
    kinds = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if biased else [])]
    layers = max(1, min(gap + 1, len(numbers)))
    wanted = [
        f"{kind}_l{k}{suffix}" for k in range(layers) for suffix in ("", "_reverse")[: 1 + two_way] for kind in kinds
    ]
    missing = [name for name in wanted if name not in state_dict]
    if missing:
        raise ValueError(f"state_dict: expected every entry of its layers, missing {_list(missing)}; give all of them")
    return layers, two_way, biased


def _torch_cell(W_h: Array) -> Cell:
    rows, hidden = W_h.shape if W_h.ndim == 2 else (0, 0)
    for cell, gates in GATE_COUNTS.items():
        if hidden and rows == gates * hidden:
            return cell
    raise ValueError(
        f"{_TELLS_CELL}: expected shape (gates * hidden, hidden) with 4 gates (LSTM), 3 (GRU) or 1 (RNN), "
        f"got {W_h.shape}; give the state_dict of one of these modules"
    )


def _one_bias(cell: Cell, b_x: Array, b_h: Array, name: str) -> Array:
    if cell == "gru":
        return np.stack([b_x, b_h])
    with np.errstate(over="ignore"):  # what does not fit is refused just below
        # Where one is zero, the other is kept with its bits: -0.0 + 0.0 would be 0.0.
        return check_weights(f"{name} + bias_hh", np.where(b_h == 0, b_x, b_x + b_h))


def _check_torch_can(layers: Sequence[Layer]) -> None:
    """Refuse what no single PyTorch module computes."""
    if not isinstance(layers, Sequence) or not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ValueError(
            "layers: expected a sequence of at least one Layer, got something else; wrap the Params in a Layer"
        )
    first = _signature(layers[0])
    width = layers[0].forward.W_h.shape[0] * (1 if layers[0].backward is None else 2)
    for k, layer in enumerate(layers):
        for params in (layer.forward, layer.backward):
            if params is None:
                continue
            check_plain(params, "PyTorch")
            if isinstance(params, gru.Params) and not params.reset_after:
                raise ValueError(
                    f"layers[{k}]: PyTorch's GRU applies the reset gate after the product, got reset_after=False; "
                    "train one with reset_after=True"
                )
        for what, expected, got in zip(_SIGNATURE, first, _signature(layer), strict=True):
            if expected != got:
                raise ValueError(
                    f"layers[{k}]: one PyTorch module has the same {what} in all layers and directions, "
                    f"expected {expected}, got {got}; export the layers one by one"
                )
        if k and len(layer.forward.W_x) != width:
            raise ValueError(
                f"layers[{k}].W_x: expected {width} inputs, the outputs of the layer below, "
                f"got {len(layer.forward.W_x)}; give layers that fit together"
            )


_SIGNATURE = ("cell", "number of directions", "hidden size", "types", "activations")


def _signature(layer: Layer) -> tuple[object, ...]:
    sides = [params for params in (layer.forward, layer.backward) if params is not None]
    types = {array.dtype.name for params in sides for array in (params.W_x, params.W_h, params.b)}
    activations = {params.activation for params in sides if isinstance(params, rnn.Params)}
    return (
        layer.cell,
        len(sides),
        len(layer.forward.W_h),
        " and ".join(sorted(types)),
        " and ".join(sorted(activations)),
    )


def _list(names: Sequence[str]) -> str:
    """At most three names, and how many more there are."""
    shown = ", ".join(repr(name[:60]) for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")
