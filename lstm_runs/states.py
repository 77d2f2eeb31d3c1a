"""A TrainState as bytes and back, bit for bit: every checkpoint is a complete one.

Arrays become tensors of a safetensors file; what holds them (which class, which field) and plain values stand in its
header as JSON. Classes are found in a fixed list of the core's frozen values and nowhere else, so reading never runs
foreign code. The vocabulary and the labels are the same in all states of a run: they are stored once, beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_core import lstm, models
from lstm_core.arrays import Array
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.stack import CELLS, Directions, Layer
from lstm_core.training import Failure, History, Pending, TrainState
from lstm_runs import files

LARGEST_STATE = 256 * 2**20  # bytes
_KEY = "state"
_FILLER = "nothing"  # a file has at least one array, a history may have none
_CELLS = {f"{name}.{kind.__name__}": kind for name, cell in CELLS.items() for kind in (cell.Params, cell.State)}
# By names of our own, so that a class may move to another module.
_CLASSES: dict[str, Any] = _CELLS | {
    kind.__name__: kind
    for kind in (
        *(models.LanguageModel, models.Classifier, models.Tagger, models.Regressor),
        *(TrainState, History, Pending, Failure, Layer, Directions, lstm.Variant),
    )
}
_NAMES = {kind: name for name, kind in _CLASSES.items()}


class Symbols(NamedTuple):
    """What all states of a run share."""

    vocabulary: Vocabulary | None
    labels: tuple[str, ...]

    def to_json(self) -> str:
        """Tokens, the unknown token, labels."""
        found = self.vocabulary
        tokens = None if found is None else {"tokens": list(found.tokens), "unknown": found.unknown}
        return json.dumps({"vocabulary": tokens, "labels": list(self.labels)})

    @classmethod
    def from_json(cls, text: str) -> Symbols:
        """As `to_json` wrote it; a ValueError where it did not."""
        try:
            found = json.loads(text)
            tokens = found["vocabulary"]
            vocabulary = None if tokens is None else Vocabulary(tuple(tokens["tokens"]), tokens["unknown"])
            return cls(vocabulary, tuple(found["labels"]))
        except (KeyError, TypeError) as error:
            raise ValueError("vocabulary: expected what was written, got something damaged; start a new run") from error


def symbols(state: TrainState) -> Symbols:
    """The vocabulary and the labels of a state's model."""
    return Symbols(getattr(state.model, "vocabulary", None), getattr(state.model, "labels", ()))


def pack(state: TrainState) -> bytes:
    """A state as the bytes of a safetensors file, without its vocabulary and labels.

    Raises
    ------
    ValueError
        NaN or infinity anywhere, or larger than 256 MB.
    """
    return _pack(state)


def unpack(data: bytes, shared: Symbols) -> TrainState:
    """The state that `pack` was given, bit for bit.

    Raises
    ------
    ValueError
        Not what `pack` writes.
    """
    state = _unpack(data, shared)
    if not isinstance(state, TrainState):
        raise ValueError("state: expected a TrainState, got something else; it cannot be read, start anew")
    return state


def pack_history(history: History) -> bytes:
    """The same for a history alone, which is read far more often."""
    return _pack(history)


def unpack_history(data: bytes) -> History:
    """The history that `pack_history` was given; raises as `unpack`."""
    history = _unpack(data, Symbols(None, ()))
    if not isinstance(history, History):
        raise ValueError("history: expected a History, got something else; it cannot be read, start anew")
    return history


def _pack(value: TrainState | History) -> bytes:
    arrays: dict[str, Array] = {_FILLER: np.zeros(1)}
    outline = _outline(value, "state", arrays)
    try:
        text = json.dumps(outline, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ValueError("state: expected finite numbers, got NaN or infinity; it cannot be kept") from error
    return files.to_bytes(arrays, {_KEY: text}, largest=LARGEST_STATE)


def _unpack(data: bytes, shared: Symbols) -> Any:
    try:
        found = files.from_bytes(data, largest=LARGEST_STATE)
    except ValueError as error:
        raise ValueError(
            f"state: expected what was written, got something damaged ({str(error).split(';')[0]}); "
            "fork the run from a checkpoint that can be read, or start anew"
        ) from error
    try:
        return _filled(json.loads(found.metadata[_KEY]), found.arrays, shared)
    except (KeyError, TypeError, AttributeError, IndexError, json.JSONDecodeError) as error:
        raise ValueError(
            "state: expected a state of this version, got another; it cannot be read, start anew"
        ) from error


def _outline(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """The value as JSON; its arrays go into `arrays` under the names of their places."""
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return _outline_array(np.asarray(value), name, arrays) | {"scalar": isinstance(value, np.generic)}
    if isinstance(value, Vocabulary):
        return {"shared": "vocabulary"}
    if isinstance(value, TrainConfig):
        return {"config": value.as_dict()}
    if isinstance(value, Mapping):
        return {"mapping": {key: _outline(each, f"{name}.{key}", arrays) for key, each in value.items()}}
    if type(value) in _NAMES:
        inside = {key: _outline(getattr(value, key), f"{name}.{key}", arrays) for key in _fields(value)}
        if "labels" in inside:
            inside["labels"] = {"shared": "labels"}
        return {"class": _NAMES[type(value)], "fields": inside}
    if isinstance(value, (tuple, list)):
        return [_outline(each, f"{name}.{k}", arrays) for k, each in enumerate(value)]
    raise ValueError(f"{name}: expected arrays and plain values, got {type(value).__name__}; it cannot be kept")


def _outline_array(array: NDArray[Any], name: str, arrays: dict[str, Array]) -> dict[str, Any]:
    """Types, shapes and empty arrays that files do not hold are spelled out beside the numbers."""
    spelled = {"array": name, "type": array.dtype.name, "shape": list(array.shape)}
    if array.dtype.kind in "iub":
        if array.size and int(np.abs(array.astype(np.int64)).max()) >= 2**53:
            raise ValueError(f"{name}: expected integers below 2**53, got larger ones; it cannot be kept")
        array = array.astype(np.float64)
    if array.size:
        arrays[name] = array if 1 <= array.ndim <= files.MOST_AXES else array.reshape(-1)
    return spelled


def _filled(outline: Any, arrays: Mapping[str, Array], shared: Symbols) -> Any:
    """The value of which `_outline` made this."""
    if isinstance(outline, list):
        return tuple(_filled(each, arrays, shared) for each in outline)
    if not isinstance(outline, dict):
        return outline
    if "array" in outline:
        found = arrays.get(outline["array"], np.zeros(0))
        array = found.reshape(outline["shape"]).astype(outline["type"], copy=False)
        return array[()] if outline["scalar"] else array
    if "shared" in outline:
        return getattr(shared, outline["shared"])
    if "config" in outline:
        return TrainConfig.from_dict(outline["config"])
    if "mapping" in outline:
        return {key: _filled(each, arrays, shared) for key, each in outline["mapping"].items()}
    inside = {key: _filled(each, arrays, shared) for key, each in outline["fields"].items()}
    return _CLASSES[outline["class"]](**inside)


def _fields(value: Any) -> tuple[str, ...]:
    if is_dataclass(value):
        return tuple(field.name for field in fields(value) if field.init)
    return tuple(value._fields)
