"""The recurrent modules of a PyTorch state_dict: `nn.LSTM`, `nn.GRU`, `nn.RNN`, and their cells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from lstm_core import interop
from lstm_core.arrays import Array
from lstm_core.stack import Layer
from lstm_runs import _weights
from lstm_runs._foreign_values import Activation, Module, Part

_ENTRY = re.compile(
    r"(?P<path>.*?[./])?(?P<kind>(?:weight|bias)_(?:ih|hh|hr))(?:_l(?P<layer>[0-9]{1,4})(?P<back>_reverse)?)?",
    re.ASCII | re.DOTALL,
)


def modules(shapes: Mapping[str, Sequence[int]]) -> list[Module]:
    """All of them, from the names and shapes of a file's tensors."""
    groups: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for name in shapes:
        if match := _ENTRY.fullmatch(name):
            groups[match["path"] or "", match["layer"] is None].append(name)
    return [_module(path, is_cell, names, shapes) for (path, is_cell), names in groups.items()]


def _module(path: str, is_cell: bool, names: Sequence[str], shapes: Mapping[str, Sequence[int]]) -> Module:
    last = max((_layer(name, path) for name in names), default=0)
    first_x = shapes.get(f"{path}weight_ih" + ("" if is_cell else "_l0"), ())
    last_h = shapes.get(f"{path}weight_hh" + ("" if is_cell else f"_l{last}"), ())
    ways = 1 + any(name.endswith("_reverse") for name in names)
    units = last_h[1] if len(last_h) == 2 else 0
    return Module(
        "PyTorch",
        path.rstrip("./"),
        tuple(names),
        first_x[1] if len(first_x) == 2 else 0,
        units * ways,
        units,
        last + 1,
        sum(prod(shapes[name]) for name in names),
    )


def build(
    module: Module, arrays: Mapping[str, Array], activation: Activation, first: int
) -> tuple[list[Layer], list[Part]]:
    """The layers of a module, and what they are.

    Parameters
    ----------
    module : Module
    arrays : mapping of str to ndarray
        Its tensors, finite and of one type.
    activation : {"tanh", "relu"}
        Of an RNN.
    first : int
        Layers below.

    Raises
    ------
    ValueError
        What `interop.from_torch` refuses, with the whole names.
    """
    path = _path(module)
    plain = {name: _plain(name[len(path) :]) for name in module.names}
    weights = {plain[name]: arrays[name] for name in module.names}
    shape = np.shape(weights.get("weight_hh_l0", ()))
    is_rnn = len(shape) == 2 and shape[0] == shape[1]
    try:
        layers = interop.from_torch(weights, nonlinearity=activation if is_rnn else "tanh")
    except ValueError as error:
        raise ValueError(_whole_names(str(error), module)) from None
    parts = []
    for k, layer in enumerate(layers):
        for way, params in (("forward", layer.forward), ("backward", layer.backward)):
            end = f"_l{k}" + ("_reverse" if way == "backward" else "")
            if params is not None:
                names = tuple(name for name in module.names if plain[name].endswith(end))
                parts.append(Part("layer", _weights.words(first + k, way, layer, params), names))
    return list(layers), parts


def siblings(found: Sequence[Module]) -> list[tuple[Module, ...]]:
    """Modules numbered from 0 below the same name, as a ModuleList has them: `rnns.0`, `rnns.1`."""
    lists: dict[str, dict[int, Module]] = defaultdict(dict)
    for module in found:
        if match := re.fullmatch(r"(.*?)[.]?([0-9]{1,2})", module.path, re.ASCII | re.DOTALL):
            lists[match[1]][int(match[2])] = module
    return [
        tuple(numbered[k] for k in sorted(numbered))
        for numbered in lists.values()
        if len(numbered) > 1 and sorted(numbered) == list(range(min(numbered), min(numbered) + len(numbered)))
    ]


def _path(module: Module) -> str:
    """What stands in front of the names of a module's entries."""
    match = _ENTRY.fullmatch(module.names[0])
    return (match["path"] or "") if match else ""


def _layer(name: str, path: str) -> int:
    match = _ENTRY.fullmatch(name[len(path) :])
    return int(match["layer"] or 0) if match else 0


def _plain(name: str) -> str:
    """The name as a module of one layer has it: a cell's has no number."""
    return name if "_l" in name else f"{name}_l0"


def _whole_names(message: str, module: Module) -> str:
    """A message about an entry without its path, with it."""
    start = _path(module)
    if message.startswith("state_dict: "):
        return message.replace("state_dict: ", f"{module.path or 'file'}: ", 1)
    return f"{start}{message}"
