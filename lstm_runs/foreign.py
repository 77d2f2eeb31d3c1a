"""Nets of other programs: a safetensors file with the weights of PyTorch or Keras becomes layers that run here.

    found = open_file(data)         # which tensors there are
    net = recognise(found)          # layers, embedding, output; `net.parts` says what was made of what
    net = recognise(found, Names(embedding="lookup.table"))     # where the names are not obvious

The file says neither which activation an RNN has nor anything about Keras layers with activations of their own: what
comes out is what PyTorch's and Keras's standard layers compute with these weights.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Literal, get_args

from lstm_core.arrays import Array
from lstm_core.stack import Layer
from lstm_runs import _foreign_ends, _foreign_keras, _foreign_torch, _weights
from lstm_runs._foreign_ends import Room
from lstm_runs._foreign_values import Activation, Found, Module, Names, Net, Part, check_sizes
from lstm_runs._found import LARGEST_FILE, read_tensors
from lstm_runs._headers import METADATA, is_name, read_header
from lstm_runs._other_formats import FormatError, check_format
from lstm_runs.model_files import KIND, MOST_SYMBOLS

__all__ = [
    "LARGEST_FILE",
    "FormatError",
    "Found",
    "Names",
    "Net",
    "Part",
    "choices",
    "is_ours",
    "open_file",
    "recognise",
]

Choice = Literal["embedding", "output", "output_bias"]
_JOINED = " + "
_SHOWN = 60  # characters of what a reader gave


def is_ours(data: bytes) -> bool:
    """Whether a file is a model that was saved here, to be opened by `model_files.open_model`.

    Examples
    --------
    >>> is_ours(b"another")
    False
    """
    try:
        header, _ = read_header(data, LARGEST_FILE, 2**20)
    except ValueError:
        return False
    metadata = header.get(METADATA)
    return isinstance(metadata, dict) and metadata.get("kind") == KIND


def open_file(data: bytes) -> Found:
    """The tensors of a safetensors file, and the recurrent modules among them.

    Parameters
    ----------
    data : bytes
        Possibly from a stranger: sizes are checked before anything large is made.

    Returns
    -------
    Found

    Raises
    ------
    FormatError
        A pickled PyTorch file, a Keras file and others: with the lines that convert it. Nothing is unpickled.
    ValueError
        Too large, damaged, or a model that was saved here.

    Examples
    --------
    >>> import numpy as np
    >>> from lstm_runs import files
    >>> weights = {"rnn.weight_ih_l0": np.ones((8, 3)), "rnn.weight_hh_l0": np.ones((8, 2))}
    >>> found = open_file(files.to_bytes(weights))
    >>> found.modules, found.shapes["rnn.weight_hh_l0"]
    (('rnn',), (8, 2))
    """
    check_format(data)
    read = read_tensors(data)
    if read.metadata.get("kind") == KIND:
        raise ValueError(
            "file: expected weights of PyTorch or Keras, got a model that was saved here; open it on the page where it "
            "was trained, as a model file"
        )
    found = Found(read.arrays, read.arrays.shapes(), read.converted, read.skipped, ())
    return replace(found, modules=tuple(_rows(found)))


def recognise(
    found: Found, names: Names | None = None, *, activation: Activation = "tanh", reset_after: bool | None = None
) -> Net:
    """The net in a file.

    Parameters
    ----------
    found : Found
    names : Names, optional
        What the reader knows better.
    activation : {"tanh", "relu"}
        Of an RNN: its weights do not tell.
    reset_after : bool, optional
        Of a Keras GRU without bias, where the weights do not tell; left out: True, Keras's default.

    Returns
    -------
    Net

    Raises
    ------
    ValueError
        Nothing recurrent in the file, shapes that fit no cell or not on one another, sizes over the limits, NaN or
        infinity in a tensor that is used; with its name and a remedy.

    Examples
    --------
    >>> import numpy as np
    >>> from lstm_runs import files
    >>> weights = {"rnn.weight_ih_l0": np.ones((8, 3)), "rnn.weight_hh_l0": np.ones((8, 2))}
    >>> weights["letters.embedding.weight"] = np.ones((5, 3))
    >>> [part.what for part in recognise(open_file(files.to_bytes(weights))).parts]
    ['layer 1, forward: LSTM, 3 inputs, 2 units', 'embedding: 5 symbols, 3 features']
    """
    names = Names() if names is None else names
    if activation not in get_args(Activation):
        raise ValueError(f"activation: expected tanh or relu, got {str(activation)[:_SHOWN]!r}; choose one of the two")
    row = _row(found, names.module)
    check_sizes(row)
    arrays = _weights.together(found, chain.from_iterable(module.names for module in row))
    layers, parts = _layers(row, arrays, activation, reset_after)
    room = _room(found, row)
    ends = _foreign_ends.find(found, room, names, layers[0].forward.W_x.dtype)
    parts += ends.parts
    used = {name for part in parts for name in part.names}
    aside = [(name, _why(found, room, name)) for name in found.shapes if name not in used]
    return Net(
        tuple(layers), ends.embedding, ends.W_out, ends.b_out, tuple(parts), tuple(sorted([*aside, *found.skipped]))
    )


def choices(found: Found, role: Choice, names: Names | None = None) -> tuple[str, ...]:
    """Names of tensors that could be the embedding, the output weights or their bias, best first.

    Parameters
    ----------
    found : Found
    role : {"embedding", "output", "output_bias"}
    names : Names, optional
        Its `module` says which layers they have to fit, its `output` which weights the bias has to.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        As `recognise`, of the module.
    """
    names = Names() if names is None else names
    room = _room(found, _row(found, names.module))
    if role == "embedding":
        ranked = _foreign_ends.embeddings(found, room)
    elif role == "output":
        ranked = _foreign_ends.outputs(found, room)
    else:
        above = names.output or next((name for _, name in _foreign_ends.outputs(found, room)), "")
        ranked = _foreign_ends.biases(found, room, above)
    return tuple(name for _, name in ranked)


def _rows(found: Found) -> dict[str, tuple[Module, ...]]:
    """Every row of modules that could be the net, by what it is called; the largest first, single modules too."""
    shapes = {**found.shapes, **{name: () for name, _ in found.skipped if is_name(name)}}
    torch, keras = _foreign_torch.modules(shapes), _foreign_keras.modules(shapes)
    several = [row for row in _foreign_torch.siblings(torch) if _foreign_keras.fit(row)]
    rows = [*several, *_foreign_keras.rows(keras), *((module,) for module in torch + keras)]
    rows.sort(key=lambda row: -sum(module.numbers for module in row))  # stable: of one size in the order from above
    return {_JOINED.join(module.path for module in row): row for row in rows}


def _row(found: Found, chosen: str | None) -> tuple[Module, ...]:
    """The modules that make the net, from below: what the reader chose, or the largest."""
    rows = _rows(found)
    if not rows:
        some = ", ".join(name[:_SHOWN] for name in list(found.shapes)[:3]) or "none that could be weights"
        raise ValueError(
            "file: expected the weights of an LSTM, GRU or RNN, under names such as weight_ih_l0 (PyTorch) or "
            f"lstm/lstm_cell/kernel (Keras), got {some}; save the whole state_dict, or the weights by their paths"
        )
    if chosen is None:
        return next(iter(rows.values()))
    if chosen in rows:
        return rows[chosen]
    singles = {row[0].path: row[0] for row in rows.values() if len(row) == 1}
    if all(path in singles for path in chosen.split(_JOINED)):
        return tuple(singles[path] for path in chosen.split(_JOINED))
    known = ", ".join(repr(name[:_SHOWN]) for name in list(rows)[:6])
    raise ValueError(f"module: expected one of {known}, got {chosen[:_SHOWN]!r}; choose one of them")


def _layers(
    row: tuple[Module, ...], arrays: dict[str, Array], activation: Activation, reset_after: bool | None
) -> tuple[list[Layer], list[Part]]:
    layers: list[Layer] = []
    parts: list[Part] = []
    for module in row:
        mine = {name: arrays[name] for name in module.names}
        if module.kind == "PyTorch":
            more, words = _foreign_torch.build(module, mine, activation, len(layers))
        else:
            more, words = _foreign_keras.build(module, mine, activation, reset_after, len(layers))
        if layers and len(more[0].forward.W_x) != layers[-1].outputs:
            raise ValueError(
                f"{module.path}: expected {layers[-1].outputs} inputs, the outputs of the layer below, got "
                f"{len(more[0].forward.W_x)}; choose modules that stand on one another"
            )
        layers += more
        parts += words
    return layers, parts


def _room(found: Found, row: tuple[Module, ...]) -> Room:
    """What is left for the ends: every recurrent tensor of the file is taken, whether it is used or not."""
    taken = frozenset(name for other in _rows(found).values() for module in other for name in module.names)
    return Room(row[0].inputs, row[-1].outputs, taken)


def _why(found: Found, room: Room, name: str) -> str:
    """What is left to say of a tensor that was not used: its shape, and whether it is too large for an end."""
    shape = " × ".join(f"{size:,}" for size in found.shapes[name])
    for what, count in (("symbols", _foreign_ends.symbols), ("classes", _foreign_ends.classes)):
        if count(found, room, name) > MOST_SYMBOLS:
            return f"{shape}; more than {MOST_SYMBOLS:,} {what}"
    return shape
