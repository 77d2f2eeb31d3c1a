"""Trained models as files: safetensors, with the configuration, the vocabulary and the labels in the header.

    data = save(model, config, {"made by": "the example"})
    open_model(data).model        # the same, bit for bit

What a stranger sends is checked before anything is made of it: sizes first, then that every array is the one which the
configuration asks for. Nothing in a file is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lstm_core import models
from lstm_core.arrays import Array
from lstm_core.config import TrainConfig
from lstm_core.corpus import END, START
from lstm_core.encoding import Vocabulary
from lstm_core.models import Classifier, LanguageModel, Model, Regressor, Tagger
from lstm_core.stack import CELLS, Layer
from lstm_runs import files

KIND, VERSION = "gatescope model", "1"
MOST_SYMBOLS = 20_010  # the limit of a configuration, and special tokens
LONGEST_NOTE, MOST_NOTES = 1_000, 16  # characters; notes

_LARGEST_WORDS = 32 * 2**10  # bytes of tokens and labels that the header takes; more of them become an array
_WORDS = "words"
_SEPARATORS = (" ", "\n", "|", "\x1f", *map(chr, range(0xE000, 0xE100)))  # the last are nobody's characters


class Opened(NamedTuple):
    """What a model file holds."""

    model: Model
    config: TrainConfig
    notes: dict[str, str]


class _Words(NamedTuple):
    tokens: tuple[str, ...] | None
    unknown: str | None
    labels: tuple[str, ...]


def save(model: Model, config: TrainConfig, notes: Mapping[str, str] | None = None) -> bytes:
    """A model as the bytes of a file; the same model gives the same bytes.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    config : TrainConfig
        With which it was trained.
    notes : mapping of str to str, optional
        A few words about it, for instance what it was trained on.

    Returns
    -------
    bytes
        Opened again and compared before they are returned.

    Raises
    ------
    ValueError
        Numbers that are not finite, a model of another configuration, notes that are too long.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> config = TrainConfig(hidden=4, features=3)
    >>> data = SimpleNamespace(vocabulary=Vocabulary(("a", "b"), None), labels=())
    >>> model = models.build(config, data, np.random.default_rng(0))
    >>> found = open_model(save(model, config, {"made by": "hand"}))
    >>> found.notes, found.model.vocabulary.tokens
    ({'made by': 'hand'}, ('a', 'b'))
    """
    vocabulary, arrays = getattr(model, "vocabulary", None), models.arrays(model)
    words = _Words(
        None if vocabulary is None else vocabulary.tokens,
        None if vocabulary is None else vocabulary.unknown,
        getattr(model, "labels", ()),
    )
    _check_arrays(arrays, config, words)
    metadata = {"kind": KIND, "version": VERSION, "config": json.dumps(config.as_dict(), separators=(",", ":"))}
    metadata["notes"] = json.dumps(_check_notes({} if notes is None else notes), ensure_ascii=False)
    text = _joined(words)
    if len(text.encode()) <= _LARGEST_WORDS:
        metadata[_WORDS] = text
    else:
        arrays[_WORDS] = np.frombuffer(text.encode(), np.uint8).astype(np.float32)
    data = files.to_bytes(arrays, metadata)
    if type(open_model(data).model) is not type(model):
        raise ValueError(f"model: expected that of a {config.task}, got {type(model).__name__}; give its configuration")
    return data


def open_model(data: bytes) -> Opened:
    """The model of a file.

    Parameters
    ----------
    data : bytes
        Possibly from a stranger.

    Returns
    -------
    Opened

    Raises
    ------
    ValueError
        Cut short, no safetensors file, of another program or version, NaN or infinity, sizes or names that are not
        those of its configuration; with a remedy.
    """
    arrays, metadata = files.from_bytes(data)
    if metadata.get("kind") != KIND:
        raise ValueError(
            "file: expected a model that was saved here, got another safetensors file; "
            "weights of PyTorch and Keras are opened as “Your net”"
        )
    if metadata.get("version") != VERSION:
        raise ValueError(
            f"file: expected a model of version {VERSION}, got version {metadata.get('version', '?')[:20]!r}; "
            "save it again with this Gatescope"
        )
    config = TrainConfig.from_dict(_parsed(metadata, "config"))
    packed = arrays.pop(_WORDS, None)
    words = _split(metadata.get(_WORDS, "") if packed is None else _text(packed))
    _check_arrays(arrays, config, words)
    return Opened(_model(arrays, config, words), config, _check_notes(_parsed(metadata, "notes")))


def _model(arrays: Mapping[str, Array], config: TrainConfig, words: _Words) -> Model:
    """Of arrays that were checked."""
    layers, W_out, b_out = _layers(arrays, config), arrays.get("W_out"), arrays["b_out"]
    if words.tokens is None:
        return Regressor(layers, arrays["W_out"], b_out, None, config.every_step, dropout=config.dropout)
    vocabulary, embedding, unit = Vocabulary(words.tokens, words.unknown), arrays["embedding"], config.unit
    if config.task == "language":
        return LanguageModel(
            embedding, layers, W_out, b_out, vocabulary, unit, config.sentences, dropout=config.dropout
        )
    found = embedding, layers, arrays["W_out"], b_out, vocabulary, words.labels, unit
    if config.task == "tagger":
        return Tagger(*found, dropout=config.dropout)
    return Classifier(*found, config.pooling, dropout=config.dropout)


def _layers(arrays: Mapping[str, Array], config: TrainConfig) -> tuple[Layer, ...]:
    options = {name: value for name, value in config.cell_options.items() if name != "forget_bias"}

    def params(start: str) -> Any:
        own = {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}
        return CELLS[config.cell].Params(**own, **options)

    return tuple(
        Layer(
            config.cell,
            params(f"layers.{k}.forward."),
            params(f"layers.{k}.backward.") if config.bidirectional else None,
        )
        for k in range(config.layers)
    )


def _check_arrays(arrays: Mapping[str, Array], config: TrainConfig, words: _Words) -> None:
    """Exactly the arrays that the configuration asks for; nothing is made before that is known."""
    if (words.tokens is None) != (config.task == "regressor"):
        raise ValueError(f"vocabulary: expected one but for a regressor, got a {config.task}; save the model again")
    if config.sentences and config.task == "language" and not {START, END} <= set(words.tokens or ()):
        raise ValueError(
            f"vocabulary: expected {START} and {END} in a model of sentences, got none; save the model again"
        )
    if config.task in ("classifier", "tagger") and not words.labels:
        raise ValueError(f"labels: expected those of a {config.task}, got none; save the model again")
    # Of a regressor as many numbers come in and go out as its arrays say.
    ends = tuple(arrays[name].shape[0] if name in arrays else 1 for name in ("layers.0.forward.W_x", "b_out"))
    wanted = _shapes(config, words, *ends)
    if odd := sorted(wanted.keys() ^ arrays.keys()):
        what = "missing" if odd[0] in wanted else "too much"
        raise ValueError(
            f"{odd[0][:60]}: expected the arrays of its configuration, got it {what}; save the model again"
        )
    for name, shape in wanted.items():
        if arrays[name].shape != shape or arrays[name].dtype != config.dtype:
            raise ValueError(
                f"{name}: expected {config.dtype} of shape {shape}, as the configuration has it, "
                f"got {arrays[name].dtype} of shape {arrays[name].shape}; save the model again"
            )


def _shapes(config: TrainConfig, words: _Words, read: int, said: int) -> dict[str, tuple[int, ...]]:
    """What each array of a model looks like. `read`, `said`: numbers that a regressor reads and says."""
    H, gates = config.hidden, {"lstm": 4, "gru": 3, "rnn": 1}[config.cell]
    ways = ("forward", "backward") if config.bidirectional else ("forward",)
    inputs = read if words.tokens is None else config.features
    outputs = {"language": len(words.tokens or ()), "regressor": said}.get(config.task, len(words.labels))
    wanted: dict[str, tuple[int, ...]] = {"b_out": (outputs,)}
    if words.tokens is not None:
        wanted["embedding"] = (len(words.tokens), inputs)
    for k in range(config.layers):
        for way in ways:
            start = f"layers.{k}.{way}"
            wanted[f"{start}.W_x"] = (inputs, gates * H)
            wanted[f"{start}.W_h"] = (H, gates * H)
            wanted[f"{start}.b"] = (2, gates * H) if config.cell == "gru" and config.reset_after else (gates * H,)
            if config.cell == "lstm" and config.peephole:
                wanted[f"{start}.p"] = (3, H)
        inputs = H * len(ways)
    if not config.tied:
        wanted["W_out"] = (inputs, outputs)
    return wanted


def _joined(words: _Words) -> str:
    """Tokens with one character between them that none of them has: a third of the size of JSON."""
    plain: dict[str, Any] = {"labels": list(words.labels)}
    if words.tokens is not None:
        used = set("".join(words.tokens))
        between = next((sign for sign in _SEPARATORS if sign not in used), None)
        if between is None:
            raise ValueError("vocabulary: expected some characters that no token has, got none; choose fewer symbols")
        plain |= {"unknown": words.unknown, "between": between, "tokens": between.join(words.tokens)}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _split(text: str) -> _Words:
    """What `_joined` put together."""
    plain = _parsed({_WORDS: text}, _WORDS)
    labels: Any = plain.get("labels")
    tokens: Any = plain.get("tokens")
    fits = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    if tokens is not None:
        between, unknown = plain.get("between"), plain.get("unknown", 0)
        fits = fits and isinstance(tokens, str) and isinstance(between, str) and len(between) == 1
        fits = fits and (unknown is None or isinstance(unknown, str))
    if not fits:
        raise ValueError("vocabulary: expected tokens and labels, got something else; save the model again")
    if tokens is None:
        return _Words(None, None, tuple(labels))
    if tokens.count(plain["between"]) >= MOST_SYMBOLS:
        raise ValueError(f"vocabulary: expected at most {MOST_SYMBOLS:,} tokens, got more; save the model again")
    return _Words(tuple(tokens.split(plain["between"])), plain["unknown"], tuple(labels))


def _text(packed: Array) -> str:
    """The text whose bytes stand in an array."""
    codes = packed.astype(np.uint8)
    if packed.ndim != 1 or not np.array_equal(codes, packed):
        raise ValueError("vocabulary: expected bytes, got other numbers; save the model again")
    try:
        return codes.tobytes().decode()
    except UnicodeDecodeError:
        raise ValueError("vocabulary: expected text, got other bytes; save the model again") from None


def _parsed(metadata: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        found = json.loads(metadata.get(name, ""), parse_int=files.whole)
    except (json.JSONDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name}: expected it in the header of the file, got nothing to read; save the model again")
    return found


def _check_notes(notes: Mapping[str, str]) -> dict[str, str]:
    if len(notes) > MOST_NOTES or not all(
        isinstance(word, str) and len(word) <= LONGEST_NOTE for pair in notes.items() for word in pair
    ):
        raise ValueError(
            f"notes: expected at most {MOST_NOTES} of at most {LONGEST_NOTE} characters, got more; write fewer words"
        )
    return dict(notes)
