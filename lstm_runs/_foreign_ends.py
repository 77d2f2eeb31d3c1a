"""What stands below and above the recurrent layers in a file: an embedding, an output layer and its bias.

Nothing in the file says which tensors these are. Their shapes leave few candidates; their names decide among them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_core.arrays import Array
from lstm_runs._foreign_values import Found, Names, Part
from lstm_runs._weights import counted, weight
from lstm_runs.model_files import MOST_SYMBOLS

# Pieces of names that speak for a role, the clearest first; and pieces that speak against both.
_EMBEDDING = "embed emb wte lookup token word char vectors encoder".split()
_OUTPUT = "out head classif logit decoder dense fc linear proj tag label pred score".split()
_NEITHER = "pos attn attention norm query key value".split()
_SURE, _AGAINST = 20, -100


class Room(NamedTuple):
    """What the recurrent layers leave for the ends: their inputs and outputs, and the tensors that are taken."""

    inputs: int
    outputs: int
    names: frozenset[str]


class Ends(NamedTuple):
    """Embedding (symbols, features), output weights (outputs, classes) and bias (classes,), each possibly None; and a
    part for each layer that is there."""

    embedding: Array | None
    W_out: Array | None
    b_out: Array | None
    parts: tuple[Part, ...]


def find(found: Found, room: Room, names: Names, dtype: np.dtype[Any]) -> Ends:
    """The ends that the reader names, and a good guess for those that are left open; as numbers of type `dtype`.

    Raises
    ------
    ValueError
        A name that is not in the file, another shape, more symbols than can be shown, NaN.
    """
    below, above = names.embedding, names.output
    if below is None:
        below = _first(embeddings(found, room))
        below = "" if symbols(found, room, below) > MOST_SYMBOLS else below
    if above is None:
        above = _first([entry for entry in outputs(found, room) if entry[1] != below])
        above = above or (below if _is_shared(found, room, below) else "")
        above = "" if classes(found, room, above) > MOST_SYMBOLS else above
    for role, name, fits in (
        ("embedding", below, f"(symbols, {room.inputs})"),
        ("output", above, f"(classes, {room.outputs}) or ({room.outputs}, classes)"),
    ):
        _check(found, role, name, fits, room)
    if names.output_bias is None:
        bias = _first(biases(found, room, above, sure=above != below)) if above else ""
    else:
        bias = names.output_bias
    embedding, W_out, b_out = (_read(found, name, dtype) for name in (below, above, bias))
    if W_out is not None and _classes_first(found, above, room):
        W_out = W_out.T
    _check_bias(bias, W_out, b_out)
    return Ends(embedding, W_out, b_out, _parts(embedding, W_out, (below, above, bias)))


def embeddings(found: Found, room: Room) -> list[tuple[int, str]]:
    """Tensors that could be the embedding and how much speaks for each, best first; below 0: only if it is named."""
    ranked = []
    for name, shape in found.shapes.items():
        if name not in room.names and len(shape) == 2 and shape[1] == room.inputs:
            score = _speaks(name, _EMBEDDING) - (_speaks(name, _OUTPUT) + 1) // 2
            ranked.append((score + _AGAINST * _is_kernel(name), name))
    return sorted(ranked, key=lambda entry: -entry[0])


def outputs(found: Found, room: Room) -> list[tuple[int, str]]:
    """The same of the output weights."""
    free = {name: shape for name, shape in found.shapes.items() if name not in room.names and len(shape) == 2}
    heads = {name: _in_out(name, shape) for name, shape in free.items() if _speaks(name, _OUTPUT) > 0}
    reading = Counter(inputs for inputs, _ in heads.values())
    ranked = []
    for name, shape in free.items():
        inputs, made = _in_out(name, shape)
        if inputs == room.outputs:
            # What another layer reads on is a layer in between, and not the output.
            read_on = reading[made] > (name in heads and inputs == made)
            score = _speaks(name, _OUTPUT) - (_speaks(name, _EMBEDDING) + 1) // 2
            ranked.append((score + _AGAINST * read_on, name))
    return sorted(ranked, key=lambda entry: -entry[0])


def biases(found: Found, room: Room, above: str, *, sure: bool = False) -> list[tuple[int, str]]:
    """The same of the output's bias; `sure`: nothing but the one that belongs to the weights by its name."""
    if above not in found.arrays:
        return []
    wanted = (classes(found, room, above),)
    own = re.sub(r"(^|[._/])(weight|kernel)(:[0-9]+)?$", r"\1bias\3", _without_number(above))
    ranked = []
    for name, size in found.shapes.items():
        if name not in room.names and size == wanted:
            score = _SURE if _without_number(name) == own else _speaks(name, [*_OUTPUT, "bias"]) - _SURE * sure
            ranked.append((score, name))
    return sorted(ranked, key=lambda entry: -entry[0])


def symbols(found: Found, room: Room, name: str) -> int:
    """Rows of a tensor that could be an embedding; 0 of another."""
    shape = found.shapes.get(name, ())
    return shape[0] if name not in room.names and len(shape) == 2 and shape[1] == room.inputs else 0


def classes(found: Found, room: Room, name: str) -> int:
    """Classes of a tensor that could be output weights; 0 of another."""
    shape = found.shapes.get(name, ())
    if name in room.names or len(shape) != 2 or room.outputs not in shape:
        return 0
    return shape[0] if _classes_first(found, name, room) else shape[1]


def _first(ranked: Sequence[tuple[int, str]]) -> str:
    return ranked[0][1] if ranked and ranked[0][0] >= 0 else ""


def _speaks(name: str, pieces: Sequence[str]) -> int:
    """How clearly a name speaks for a role: of pieces at the beginning of its words the clearest; 0: not at all."""
    lowered = name.lower()

    def has(piece: str) -> bool:
        return re.search(rf"(?<![a-z]){piece}", lowered) is not None

    if any(map(has, _NEITHER)):
        return _AGAINST
    return max((len(pieces) - k for k, piece in enumerate(pieces) if has(piece)), default=0)


def _is_kernel(name: str) -> bool:
    """Whether Keras made it: (inputs, outputs), and not the other way round."""
    return re.search(r"kernel(:[0-9]+)?$", name) is not None


def _without_number(name: str) -> str:
    """The name of a Keras weight without its number among all weights."""
    return re.sub(r"^[0-9]+/", "", name)


def _in_out(name: str, shape: Sequence[int]) -> tuple[int, int]:
    """Inputs and outputs of a layer's weights."""
    return (shape[0], shape[1]) if _is_kernel(name) else (shape[1], shape[0])


def _is_shared(found: Found, room: Room, below: str) -> bool:
    """Whether the embedding seems to be the output weights as well: there is a bias for them, and no other weights."""
    if not below or room.inputs != room.outputs:
        return False
    size = found.shapes[below][:1]
    return any(shape == size and _speaks(name, _OUTPUT) > 0 for name, shape in found.shapes.items())


def _classes_first(found: Found, name: str, room: Room) -> bool:
    """Whether output weights are (classes, outputs); Keras has them the other way round."""
    shape = found.shapes[name]
    if shape[0] == shape[1]:
        return not _is_kernel(name)
    return shape[1] == room.outputs if not _is_kernel(name) else shape[0] != room.outputs


def _check(found: Found, role: str, name: str, fits: str, room: Room) -> None:
    """Refuse a tensor that cannot play its role, whoever chose it."""
    if not name:
        return
    if name not in found.arrays or name in room.names:
        raise ValueError(
            f"{role}: expected a tensor of the file outside its recurrent layers, got {name[:80]!r}; choose another"
        )
    shape = found.shapes[name]
    good = len(shape) == 2 and (shape[1] == room.inputs if role == "embedding" else room.outputs in shape)
    if not good:
        raise ValueError(f"{name}: expected shape {fits} for the {role}, got {shape}; choose another tensor")
    rows, what = symbols(found, room, name), "symbols"
    if role == "output":
        rows, what = classes(found, room, name), "classes"
    if rows > MOST_SYMBOLS:
        raise ValueError(
            f"{name}: expected at most {MOST_SYMBOLS:,} {what}, got {rows:,}; keep the rows of the most frequent ones, "
            f"or choose no {role}"
        )


def _check_bias(name: str, W_out: Array | None, b_out: Array | None) -> None:
    if b_out is not None and (W_out is None or b_out.shape != W_out.shape[1:]):
        wanted = "none without output weights" if W_out is None else f"shape ({W_out.shape[1]},) for the bias"
        raise ValueError(f"{name}: expected {wanted}, got {b_out.shape}; choose another tensor")


def _read(found: Found, name: str, dtype: np.dtype[Any]) -> Array | None:
    """A tensor in the type of the layers; "": none."""
    if not name:
        return None
    with np.errstate(over="ignore"):
        array = weight(found, name).astype(dtype, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected numbers that fit {dtype}, got larger ones; save all weights alike")
    return array


def _parts(embedding: Array | None, W_out: Array | None, names: tuple[str, str, str]) -> tuple[Part, ...]:
    below, above, bias = names
    parts = []
    if embedding is not None:
        symbols, features = embedding.shape
        what = f"embedding: {counted(symbols, 'symbol')}, {counted(features, 'feature')}"
        parts.append(Part("embedding", what, (below,)))
    if W_out is not None:
        wide, classes = W_out.shape
        what = f"output: {counted(wide, 'input')}, {counted(classes, 'class', 'classes')}"
        what += ", the embedding's weights" * (above == below) + (", with bias" if bias else ", no bias")
        parts.append(Part("output", what, tuple(filter(None, (above, bias)))))
    return tuple(parts)
