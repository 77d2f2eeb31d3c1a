"""A net of another program as a model of ours, so that every page that takes a model takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from lstm_core.arrays import Array
from lstm_core.config import LIMITS, TrainConfig
from lstm_core.models import Classifier, LanguageModel, Model, Tagger
from lstm_core.stack import Layer
from lstm_core.text import Unit
from lstm_runs._foreign_values import Net
from lstm_runs._weights import counted
from lstm_runs.vocabularies import arrange, check_fits

Task = Literal["language", "classifier", "tagger"]


def model(
    net: Net,
    tokens: Sequence[str],
    *,
    unit: Unit = "characters",
    task: Task = "language",
    labels: Sequence[str] = (),
    pooling: Literal["last", "mean"] = "last",
) -> tuple[Model, TrainConfig | None]:
    """A model that reads text through a vocabulary.

    Parameters
    ----------
    net : Net
        With output weights. Without an embedding tokens enter as one-hot vectors.
    tokens : sequence of str
        As `vocabularies.read_vocabulary` gives them.
    unit : {"characters", "words"}
    task : {"language", "classifier", "tagger"}
        What the outputs say: the next token, one label for the text, or one for every token.
    labels : sequence of str
        Of a classifier or tagger; left out: numbers from 0.
    pooling : {"last", "mean"}
        What a classifier's output layer reads.

    Returns
    -------
    model : LanguageModel, Classifier or Tagger
        Its unknown token comes first, as everywhere here, and with it its row of the embedding; so ids may be others
        than in the file. Missing biases are zeros.
    config : TrainConfig or None
        With which `model_files.save` takes it; None for a net that a configuration cannot describe, because its layers
        differ in cell, size or directions, or its vectors are too large.

    Raises
    ------
    ValueError
        No output layer, sizes that do not fit the vocabulary or the labels, a language model of two directions.
    """
    check_fits(tokens, net)
    layers, W_out = net.layers, net.W_out
    if W_out is None:
        raise ValueError(
            f"output: expected an output layer, to make a {task} model of it, got none; choose its weights, or look at "
            "the layers alone"
        )
    classes = W_out.shape[1]
    _check_task(task, layers, classes, len(tokens), labels)
    vocabulary, order = arrange(tokens)
    dtype = layers[0].forward.W_x.dtype
    vectors = np.eye(len(tokens), dtype=dtype) if net.embedding is None else net.embedding
    embedding = np.ascontiguousarray(vectors[order])
    b_out = np.zeros(classes, dtype) if net.b_out is None else net.b_out
    if task != "language":
        names = tuple(labels) or tuple(map(str, range(classes)))
        made: Model
        given = embedding, layers, np.ascontiguousarray(W_out), b_out, vocabulary, names, unit
        made = Tagger(*given) if task == "tagger" else Classifier(*given, pooling)
        return made, _config(layers, embedding, unit, task, pooling, tied=False)
    W_out, b_out = W_out[:, order], np.ascontiguousarray(b_out[order])
    tied = W_out.shape == embedding.T.shape and np.array_equal(W_out, embedding.T)
    made = LanguageModel(embedding, layers, None if tied else np.ascontiguousarray(W_out), b_out, vocabulary, unit)
    return made, _config(layers, embedding, unit, task, pooling, tied=tied)


def _check_task(task: str, layers: Sequence[Layer], classes: int, symbols: int, labels: Sequence[str]) -> None:
    if task not in ("language", "classifier", "tagger"):
        raise ValueError(f"task: expected language, classifier or tagger, got {task[:40]!r}; choose one of them")
    if task == "language":
        if any(layer.backward is not None for layer in layers):
            raise ValueError(
                "task: expected a classifier or a tagger of a net that reads in both directions, got a language model; "
                "a net that reads backwards has seen the next token already"
            )
        if classes != symbols:
            raise ValueError(
                f"output: expected {counted(symbols, 'class', 'classes')}, one for each token of the vocabulary, got "
                f"{classes:,}; open it as a classifier or a tagger, or choose other output weights"
            )
    elif labels and len(labels) != classes:
        raise ValueError(f"labels: expected {classes:,}, one for each output, got {len(labels):,}; name all of them")


def _config(
    layers: Sequence[Layer], embedding: Array, unit: Unit, task: Task, pooling: Literal["last", "mean"], *, tied: bool
) -> TrainConfig | None:
    """What describes a net, if all of its layers are alike."""
    first = layers[0]
    features, hidden = embedding.shape[1], first.forward.hidden
    if len({_kind(layer) for layer in layers}) > 1 or features > LIMITS["features"][1]:
        return None
    return TrainConfig(
        task=task,
        unit=unit,
        cell=first.cell,
        hidden=hidden,
        layers=len(layers),
        bidirectional=first.backward is not None,
        features=features,
        reset_after=getattr(first.forward, "reset_after", True),
        activation=getattr(first.forward, "activation", "tanh"),
        tied=tied,
        pooling=pooling,
        dtype="float64" if embedding.dtype == np.float64 else "float32",
    )


def _kind(layer: Layer) -> tuple[object, ...]:
    params = layer.forward
    extra = getattr(params, "reset_after", None), getattr(params, "activation", None)
    return layer.cell, params.hidden, layer.backward is None, params.W_x.dtype, *extra
