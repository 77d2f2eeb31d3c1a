"""What is found in a file of another program, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lstm_core.arrays import Array
from lstm_core.stack import Cell, Layer
from lstm_runs._found import Tensors

Role = Literal["layer", "embedding", "output"]
Activation = Literal["tanh", "relu"]

MOST_FEATURES = 4096
MOST_LAYERS, MOST_UNITS = 4, 1024

CELL_NAMES: dict[Cell, str] = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}
GATES: dict[Cell, int] = {"lstm": 4, "gru": 3, "rnn": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """An opened file of weights.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Tensors of one or two axes; read when they are asked for, half precision as float32. Not checked for NaN.
    shapes : mapping of str to tuple of int
        Theirs.
    converted : tuple of str
        Those among them that were half precision.
    skipped : tuple of (str, str)
        Tensors that can be no weights, with the reason.
    modules : tuple of str
        What `Names.module` may be, the largest first: the recurrent modules, "" for one without a prefix; several in a
        row are joined by " + ". Empty: there is nothing recurrent.
    """

    arrays: Tensors
    shapes: Mapping[str, tuple[int, ...]]
    converted: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Which tensors are what, where a reader knows better; None: find it, "": there is none."""

    module: str | None = None
    embedding: str | None = None
    output: str | None = None
    output_bias: str | None = None


class Part(NamedTuple):
    """A part of a net that was recognised: what it is in words, and the tensors that it was made of."""

    role: Role
    what: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A net of another program.

    Parameters
    ----------
    layers : tuple of Layer
    embedding : ndarray, shape (symbols, features), or None
    W_out : ndarray, shape (outputs of the last layer, classes), or None
    b_out : ndarray, shape (classes,), or None
    parts : tuple of Part
        All of the above in words: layers from below, embedding, output.
    aside : tuple of (str, str)
        Names of all other tensors, and their shapes or why they can be no weights.
    """

    layers: tuple[Layer, ...]
    embedding: Array | None
    W_out: Array | None
    b_out: Array | None
    parts: tuple[Part, ...]
    aside: tuple[tuple[str, str], ...]


class Module(NamedTuple):
    """A recurrent module in a file: one PyTorch module of some layers, or one Keras layer.

    `names` are all of its tensors; `inputs`, `outputs` and `units` (of a direction) are 0 where the shapes do not tell;
    `numbers`: how many it has in all.
    """

    kind: Literal["PyTorch", "Keras"]
    path: str
    names: tuple[str, ...]
    inputs: int
    outputs: int
    units: int
    layers: int
    numbers: int


def check_sizes(row: Sequence[Module]) -> None:
    """Refuse what is too large to be shown, before any of it is read.

    Raises
    ------
    ValueError
        With the limit.
    """
    called = row[0].path or "file"
    for what, got, most in (
        ("inputs", row[0].inputs, MOST_FEATURES),
        ("units", max(module.units for module in row), MOST_UNITS),
        ("layers", sum(module.layers for module in row), MOST_LAYERS),
    ):
        if got > most:
            raise ValueError(
                f"{called}: expected at most {most:,} {what}, got {got:,}; choose fewer modules, or open a smaller net"
            )
