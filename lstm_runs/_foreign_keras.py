"""The recurrent layers among Keras weights that are named by their paths: `sequential/lstm/lstm_cell/kernel`.

Keras has one layer where PyTorch has one module of several, so a net is a row of them. The file does not say in which
order, unless the names begin with numbers: the one of the names is taken if the sizes allow it, else one that they do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise, permutations
from math import prod

from lstm_core import interop
from lstm_core._exchange import cell_of
from lstm_core.arrays import Array
from lstm_core.stack import Cell, Layer, Params
from lstm_runs import _weights
from lstm_runs._foreign_values import GATES, MOST_LAYERS, Activation, Module, Part

_KINDS = ("kernel", "recurrent_kernel", "bias")
_ENTRY = re.compile(
    r"(?:(?P<number>[0-9]{1,6})[./])?(?P<path>(?:.*[./])?)(?P<kind>kernel|recurrent_kernel|bias)(?::[0-9]+)?",
    re.ASCII | re.DOTALL,
)
_CELL = re.compile(r"(?:[a-z0-9]+_)*cell(?:_[0-9]+)?", re.ASCII)
_SIDE = re.compile(r"(?P<before>(?:.*[./])?)(?P<way>forward_|backward_)(?P<own>[^./]+)", re.ASCII | re.DOTALL)
_OTHER = {"forward_": "backward_", "backward_": "forward_"}
_MOST_ORDERS = 6  # that a reader is given to choose from

_Side = dict[str, str]  # from kernel, recurrent_kernel and bias to the names of tensors


def modules(shapes: Mapping[str, Sequence[int]]) -> list[Module]:
    """All of them, from the names and shapes of a file's tensors, in the order of their names."""
    found = [_module(path, sides, shapes) for path, sides in _layers(shapes).items()]
    return sorted(found, key=lambda module: (_number(module), _natural(module.path)))


def build(
    module: Module, arrays: Mapping[str, Array], activation: Activation, reset_after: bool | None, first: int
) -> tuple[list[Layer], list[Part]]:
    """The layer of a module, and what it is.

    Parameters
    ----------
    module : Module
    arrays : mapping of str to ndarray
        Its tensors, finite and of one type.
    activation : {"tanh", "relu"}
        Of a SimpleRNN.
    reset_after : bool, optional
        Of a GRU without bias.
    first : int
        Layers below.

    Raises
    ------
    ValueError
        What `interop.from_keras` refuses, with the path.
    """
    (sides,) = _layers(dict.fromkeys(module.names, ())).values()
    made = {way: _params(names, arrays, activation, reset_after) for way, names in sides.items()}
    layer = Layer(cell_of(made["forward"]), made["forward"], made.get("backward"))
    parts = [
        Part("layer", _weights.words(first, way, layer, params), tuple(sides[way].values()))
        for way, params in made.items()
    ]
    return [layer], parts


def _params(names: _Side, arrays: Mapping[str, Array], activation: Activation, reset_after: bool | None) -> Params:
    """One direction."""
    cell = _cell(names["recurrent_kernel"], arrays[names["recurrent_kernel"]].shape)
    asked = reset_after if cell == "gru" and "bias" not in names else None  # else the bias tells
    try:
        return interop.from_keras(
            [arrays[names[kind]] for kind in _KINDS if kind in names],
            cell,
            activation=activation if cell == "rnn" else "tanh",
            reset_after=asked,
        )
    except ValueError as error:
        raise ValueError(f"{names['kernel'].rpartition('kernel')[0]}{error}") from None


def rows(found: Sequence[Module]) -> list[tuple[Module, ...]]:
    """All layers on top of one another, in the orders that their sizes allow; that of the names first."""
    if len(found) < 2:
        return []
    orders = permutations(found) if len(found) <= MOST_LAYERS else iter([tuple(found)])
    return list(islice(filter(fit, orders), _MOST_ORDERS))


def fit(row: Sequence[Module]) -> bool:
    """Whether each module reads as many inputs as the one below has outputs."""
    return all(below.outputs == above.inputs for below, above in pairwise(row))


def _layers(shapes: Mapping[str, Sequence[int]]) -> dict[str, dict[str, _Side]]:
    """From the path of each recurrent layer to its directions, and the tensors of each."""
    cells: dict[str, _Side] = defaultdict(dict)
    for name in shapes:
        if match := _ENTRY.fullmatch(name):
            cells[match["path"]].setdefault(match["kind"], name)
    complete = {"kernel", "recurrent_kernel"}
    single = {_layer_of(start): names for start, names in cells.items() if complete <= names.keys()}
    found: dict[str, dict[str, _Side]] = {}
    for path, names in single.items():
        match = _SIDE.fullmatch(path)
        if match is None or match["before"] + _OTHER[match["way"]] + match["own"] not in single:
            found[path] = {"forward": names}
        elif match["way"] == "forward_":
            # Not called after the Bidirectional around it: a model that was loaded does not have that name any more.
            called = match["before"] + match["own"]
            backward = single[match["before"] + "backward_" + match["own"]]
            found[path if called in single else called] = {"forward": names, "backward": backward}
    return found


def _layer_of(start: str) -> str:
    """The path of the layer whose cell's weights are at `start`."""
    parts = re.split(r"([./])", start.rstrip("./"))
    if len(parts) > 1 and _CELL.fullmatch(parts[-1]) and parts[-3] != "stacked_rnn_cells":
        parts = parts[:-2]
    return "".join(parts)


def _module(path: str, sides: Mapping[str, _Side], shapes: Mapping[str, Sequence[int]]) -> Module:
    names = tuple(name for side in sides.values() for name in side.values())
    first = next(iter(sides.values()))
    kernel, recurrent = shapes[first["kernel"]], shapes[first["recurrent_kernel"]]
    inputs, units = (shape[0] if len(shape) == 2 else 0 for shape in (kernel, recurrent))
    numbers = sum(prod(shapes[name]) for name in names)
    return Module("Keras", path, names, inputs, units * len(sides), units, 1, numbers)


def _cell(name: str, shape: Sequence[int]) -> Cell:
    for cell, gates in GATES.items():
        if len(shape) == 2 and shape[1] == gates * shape[0]:
            return cell
    raise ValueError(
        f"{name}: expected shape (hidden, gates * hidden) with 4 gates (LSTM), 3 (GRU) or 1 (SimpleRNN), "
        f"got {tuple(shape)}; save the weights of one of these layers"
    )


def _number(module: Module) -> int:
    """The number in front of a module's names, the smallest of them; 0 where there is none."""
    matches = [_ENTRY.fullmatch(name) for name in module.names]
    return min(int(match["number"] or 0) for match in matches if match)


def _natural(path: str) -> list[tuple[int, str]]:
    """lstm, lstm_1, lstm_2, lstm_10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", path)]
