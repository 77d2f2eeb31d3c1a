"""The models as values: what each consists of, its parameters by name, and a first draw of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np

from lstm_core import initial, stack
from lstm_core._data import Generated
from lstm_core.arrays import Array, Bools, Ints
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.layout import draw
from lstm_core.stack import Layer
from lstm_core.text import Unit


class Diverged(ArithmeticError):  # noqa: N818 (a state, not a mistake)
    """The loss is NaN or infinite, so there is no gradient."""


@dataclass(frozen=True, slots=True, eq=False)
class LanguageModel:
    """Predicts the next token at every step.

    Parameters
    ----------
    embedding : ndarray, shape (symbols, features)
    layers : tuple of Layer
        Reading forwards only.
    W_out : ndarray, shape (outputs, symbols), or None
        None: tied, the embedding transposed.
    b_out : ndarray, shape (symbols,)
    vocabulary : Vocabulary
    unit : {"characters", "words"}
    sentences : bool
        Reads one sentence at a time, from "<s>" to "</s>".
    dropout : float
        Used while training only.
    """

    embedding: Array
    layers: tuple[Layer, ...]
    W_out: Array | None
    b_out: Array
    vocabulary: Vocabulary
    unit: Unit = "characters"
    sentences: bool = False
    dropout: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """One of `labels` for a sequence; W_out (outputs, labels). `pooling`: see `config.TrainConfig`."""

    embedding: Array
    layers: tuple[Layer, ...]
    W_out: Array
    b_out: Array
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    unit: Unit = "words"
    pooling: Literal["last", "mean"] = "last"
    dropout: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """One of `labels` for every token; W_out (outputs, labels)."""

    embedding: Array
    layers: tuple[Layer, ...]
    W_out: Array
    b_out: Array
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    unit: Unit = "words"
    dropout: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Regressor:
    """Numbers from numbers, or from symbols where there is an embedding; W_out (outputs, numbers)."""

    layers: tuple[Layer, ...]
    W_out: Array
    b_out: Array
    embedding: Array | None = None
    every_step: bool = True
    vocabulary: Vocabulary | None = None
    labels: tuple[str, ...] = ()
    dropout: float = 0.0


Model: TypeAlias = LanguageModel | Classifier | Tagger | Regressor
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Sequences side by side, and what should come out.

    Parameters
    ----------
    x : ndarray
        Ids (time, batch), or numbers (time, batch, features).
    targets : ndarray
        Ids (time, batch) for a language model or a tagger, (batch,) for a classifier; numbers (time, batch, outputs)
        or (batch, outputs) for a regressor.
    lengths : ndarray of int, shape (batch,), or None
        Of a ragged batch; what lies behind a sequence's end counts for nothing.
    legal : ndarray of bool, shape (time, batch, symbols), or None
        What may follow. Then a step is right if all of that is more probable than everything else.
    trials : ndarray of int, shape (time, batch), or None
        The number of the trial that each step belongs to, or -1. Then whole trials are right or wrong, and not steps.
    """

    x: Ints | Array
    targets: Ints | Array
    lengths: Ints | None = None
    legal: Bools | None = None
    trials: Ints | None = None

    @property
    def tokens(self) -> int:
        """Steps of all sequences, padding left out."""
        return int(self.x.shape[0] * self.x.shape[1] if self.lengths is None else self.lengths.sum())


class Known(Protocol):
    """What a model has to know of its data: `corpus.Data`, for instance."""

    @property
    def vocabulary(self) -> Vocabulary | None: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def train(self) -> Any: ...


def build(config: TrainConfig, data: Known, rng: np.random.Generator) -> Model:
    """A model with random parameters, of the sizes that the configuration and the data ask for.

    Parameters
    ----------
    config : TrainConfig
    data : corpus.Data
        Its vocabulary and labels; of a series (time, channels) as many inputs and outputs as channels.
    rng : numpy.random.Generator

    Returns
    -------
    LanguageModel, Classifier, Tagger or Regressor
        Random vectors of tokens have variance 1, or 1 / features where they are the output weights as well; all other
        weights variance 1 / fan-in; the output's bias is 0.

    Raises
    ------
    ValueError
        `vectors` that do not go with the number of features or with the tokens.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> data = SimpleNamespace(vocabulary=Vocabulary(("a", "b", "c"), None), labels=())
    >>> model = build(TrainConfig(hidden=4, features=2), data, np.random.default_rng(0))
    >>> model.embedding.shape, model.W_out.shape, count(model)
    ((3, 2), (4, 3), 133)
    """
    dtype = np.dtype(config.dtype)
    vocabulary, embedding, inputs = data.vocabulary, None, 0
    if vocabulary is None:
        inputs, outputs = _sizes(data.train)
    else:
        inputs, outputs = config.features, len(vocabulary) if config.task == "language" else len(data.labels)
        embedding = _vectors(config, vocabulary, rng).astype(dtype)
    sizes, both = [config.hidden] * config.layers, config.bidirectional
    layers = stack.init(rng, inputs, sizes, config.cell, bidirectional=both, dtype=dtype, **config.cell_options)
    if config.chrono:
        layers = initial.chrono(layers, config.chrono, rng)
    if config.input_bias or config.output_bias:
        layers = initial.gate_biases(layers, config.input_bias, config.output_bias)
    wide = layers[-1].outputs
    W_out = None if config.tied else draw(rng, wide, (wide, outputs), dtype)
    b_out, dropout = np.zeros(outputs, dtype), config.dropout
    if embedding is None or vocabulary is None:
        return Regressor(layers, _given(W_out), b_out, None, config.every_step, dropout=dropout)
    if config.task == "language":
        return LanguageModel(embedding, layers, W_out, b_out, vocabulary, config.unit, config.sentences, dropout)
    found = embedding, layers, _given(W_out), b_out, vocabulary, data.labels, config.unit
    if config.task == "tagger":
        return Tagger(*found, dropout)
    return Classifier(*found, config.pooling, dropout)


def _vectors(config: TrainConfig, vocabulary: Vocabulary, rng: np.random.Generator) -> Array:
    """The first vectors of the tokens: (symbols, features)."""
    symbols, features = len(vocabulary), config.features
    if config.vectors == "random":
        return np.asarray(rng.normal(size=(symbols, features)) / (np.sqrt(features) if config.tied else 1.0))
    if config.vectors == "one-hot":
        if features != symbols:
            raise ValueError(
                f"features: expected {symbols}, one for each token, with one-hot vectors, got {features}; "
                f"choose {symbols}, or random vectors"
            )
        return np.eye(symbols)
    known = [token for token in vocabulary.tokens if token != vocabulary.unknown]
    if features != 1 or not all(token.isascii() and token.isdigit() for token in known):
        raise ValueError(
            "vectors: expected one feature and tokens that are whole numbers, got others; choose random vectors"
        )
    numbers = [0.0 if token == vocabulary.unknown else float(token) for token in vocabulary.tokens]
    return np.array(numbers)[:, None] / (max(numbers) or 1.0)


def _sizes(train: Array | Generated) -> tuple[int, int]:
    """How many numbers come in and go out."""
    return train.problem.sizes if isinstance(train, Generated) else (train.shape[1], train.shape[1])


def _given(W_out: Array | None) -> Array:
    if W_out is None:
        raise ValueError("tied: expected False but for a language model, got True; untie the weights")
    return W_out


def arrays(model: Model) -> dict[str, Array]:
    """All parameters by name, such as "embedding", "layers.0.forward.W_x" and "b_out", always in the same order."""
    found: dict[str, Array] = {} if model.embedding is None else {"embedding": model.embedding}
    for name, params in _cells(model.layers):
        for field in ("W_x", "W_h", "b", "p"):
            array = getattr(params, field, None)
            if array is not None:
                found[f"{name}.{field}"] = array
    if model.W_out is not None:
        found["W_out"] = model.W_out
    return {**found, "b_out": model.b_out}


def with_arrays(model: M, values: Mapping[str, Array]) -> M:
    """The same model with other parameters, named as in `arrays`.

    Raises
    ------
    ValueError
        A name that is missing or unknown; another shape.
    """
    mine = arrays(model)
    if values.keys() != mine.keys():
        odd = sorted(values.keys() ^ mine.keys())[0]
        raise ValueError(
            f"arrays: expected the names of this model, got {odd!r} missing or too much; call arrays first"
        )
    for name, array in mine.items():
        if values[name].shape != array.shape:
            raise ValueError(
                f"{name}: expected shape {array.shape}, got {values[name].shape}; it belongs to another model"
            )
    layers = []
    for k, layer in enumerate(model.layers):
        ways = {}
        for way in ("forward", "backward"):
            if (params := getattr(layer, way)) is not None:
                start = f"layers.{k}.{way}."
                own = {name[len(start) :]: array for name, array in values.items() if name.startswith(start)}
                ways[way] = replace(params, **own)
        layers.append(replace(layer, **ways))
    rest: dict[str, Any] = {name: values[name] for name in ("embedding", "W_out", "b_out") if name in values}
    return replace(model, layers=tuple(layers), **rest)


def count(model: Model) -> int:
    """Parameters that are learned; those of removed gates are not."""
    cells = sum(params.count for _, params in _cells(model.layers))
    ends = (model.embedding, model.W_out, model.b_out)
    return cells + sum(array.size for array in ends if array is not None)


def _cells(layers: tuple[Layer, ...]) -> list[tuple[str, stack.Params]]:
    return [
        (f"layers.{k}.{way}", params)
        for k, layer in enumerate(layers)
        for way in ("forward", "backward")
        if (params := getattr(layer, way)) is not None
    ]
