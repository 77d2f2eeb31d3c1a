"""Nets that do something: tokens in, layers, and an output that can be right or wrong.

    LanguageModel   which token comes next, at every step
    Classifier      one label for a sequence, from its last state or from the mean of its outputs
    Tagger          one label for every token
    Regressor       numbers, at every step or at the end

All four are the same three lines, embedding -> layers -> output, and differ in what is read off and compared. A model
is a frozen value; a gradient is a model in whose arrays gradients stand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_core import heads, stack, trials
from lstm_core._model_values import (
    Batch,
    Classifier,
    Diverged,
    LanguageModel,
    Model,
    Regressor,
    Tagger,
    arrays,
    build,
    count,
    with_arrays,
)
from lstm_core.arrays import Array, Ints, as_array, check_lengths, check_shape
from lstm_core.heads import log_probabilities, probabilities
from lstm_core.stack import Directions, StackTrace

__all__ = [
    "Batch",
    "Classifier",
    "Diverged",
    "LanguageModel",
    "LossAndGrads",
    "Model",
    "Prediction",
    "Regressor",
    "Tagger",
    "arrays",
    "build",
    "count",
    "log_probabilities",
    "loss",
    "loss_and_grads",
    "predict",
    "probabilities",
    "scores",
    "with_arrays",
]


class Prediction(NamedTuple):
    """What a model says: logits (or numbers) for every step or sequence, how it came to them, the vectors it read."""

    logits: Array
    trace: StackTrace
    embedded: Array


class LossAndGrads(NamedTuple):
    """The loss, its gradient in the shape of the model, and the run it comes from."""

    loss: float
    grads: Model
    trace: StackTrace
    final: tuple[Directions, ...]


class _Run(NamedTuple):
    """A prediction with what the way back needs: rows that met the output layer, and what dropout left of both."""

    said: Prediction
    ids: Ints
    rows: Array
    kept_in: Array | None
    kept_out: Array | None


def predict(
    model: Model, x: ArrayLike, initial: tuple[Directions, ...] | None = None, *, lengths: ArrayLike | None = None
) -> Prediction:
    """Run a model over a batch, without dropout.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    x : array_like
        As in `Batch`.
    initial : tuple of Directions of State, optional
        One a layer; zeros when not given.
    lengths : array_like of int, optional

    Returns
    -------
    Prediction
        `logits` (time, batch, classes), or (batch, classes) from a classifier and a regressor of the end.

    Raises
    ------
    ValueError
        Ids outside the vocabulary, or another shape.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = Regressor(stack.init(rng, 2, [4]), np.ones((4, 3)), np.zeros(3))
    >>> predict(model, np.ones((5, 1, 2))).logits.shape
    (5, 1, 3)
    """
    return _run(model, x, initial, lengths, None).said


def loss(model: Model, batch: Batch, *, initial: tuple[Directions, ...] | None = None) -> float:
    """Mean error of a model over a batch: cross-entropy in nats, or squared error. No dropout, no gradient."""
    return _error(model, predict(model, batch.x, initial, lengths=batch.lengths).logits, batch).value


def loss_and_grads(
    model: Model,
    batch: Batch,
    *,
    initial: tuple[Directions, ...] | None = None,
    rng: np.random.Generator | None = None,
) -> LossAndGrads:
    """Mean error of a model over a batch, and its exact gradient at every parameter.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    batch : Batch
    initial : tuple of Directions of State, optional
        What the stack starts from; no gradient flows further back (truncated backpropagation through time).
    rng : numpy.random.Generator, optional
        Draws what dropout drops; without it nothing is dropped.

    Returns
    -------
    LossAndGrads

    Raises
    ------
    Diverged
        The loss is NaN or infinite.
    ValueError
        As in `predict`; targets that do not fit.

    References
    ----------
    Truncation: Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent
    network trajectories". Dropout: Zaremba, Sutskever and Vinyals (2014), "Recurrent neural network regularization".

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = Regressor(stack.init(rng, 2, [4]), np.ones((4, 3), np.float32), np.zeros(3, np.float32))
    >>> found = loss_and_grads(model, Batch(np.ones((5, 1, 2)), np.ones((5, 1, 3))))
    >>> found.grads.W_out.shape
    (4, 3)
    """
    run = _run(model, batch.x, initial, batch.lengths, rng)
    error = _error(model, run.said.logits, batch)
    if not np.isfinite(error.value):
        raise Diverged(f"loss: expected a finite number, got {error.value}; lower the learning rate or clip gradients")
    return LossAndGrads(error.value, _grads(model, run, error.gradient), run.said.trace, run.said.trace.final)


def scores(model: Model, logits: Array, batch: Batch) -> tuple[float, int, int]:
    """The mean error of a prediction, how many rows or trials are right (a regressor: 0), and how many there are."""
    error = _error(model, logits, batch).value
    if isinstance(model, Regressor):
        return error, 0, batch.tokens if model.every_step else logits.shape[0]
    right = trials.right(logits, batch.targets, batch.legal)
    if batch.trials is not None:
        return error, *trials.whole(right, batch.trials)
    if right.ndim == 1 or batch.lengths is None:
        return error, int(right.sum()), right.size
    own = np.arange(len(right))[:, None] < batch.lengths
    return error, int((right & own).sum()), int(own.sum())


def _run(
    model: Model,
    x: ArrayLike,
    initial: tuple[Directions, ...] | None,
    lengths: ArrayLike | None,
    rng: np.random.Generator | None,
) -> _Run:
    ids = as_array("x", x)
    embedded = ids if model.embedding is None else model.embedding[_check_ids(ids, len(model.embedding))]
    kept_in = _kept(rng, model.dropout, embedded.shape, model.b_out.dtype)
    trace = stack.forward(model.layers, embedded if kept_in is None else embedded * kept_in, initial, lengths=lengths)
    T, B = trace.h.shape[:2]
    if isinstance(model, Classifier) or (isinstance(model, Regressor) and not model.every_step):
        rows, shape = _pooled(model, trace), [B]
    else:
        rows, shape = _by_column(trace.h), [T, B]
    kept_out = _kept(rng, model.dropout, rows.shape, rows.dtype)
    if kept_out is not None:
        rows = rows * kept_out
    logits = _output_weights(model).T @ rows.T  # (classes, rows), as `rows` lies
    logits += model.b_out[:, None]
    return _Run(Prediction(logits.T.reshape(*shape, -1), trace, np.asarray(embedded)), ids, rows, kept_in, kept_out)


def _error(model: Model, logits: Array, batch: Batch) -> heads.Loss:
    """The loss, its gradient by rows: (time * batch or batch, classes)."""
    if batch.targets.shape != logits.shape[: batch.targets.ndim] or batch.targets.ndim < logits.ndim - 1:
        raise ValueError(
            f"targets: expected one for each of {logits.shape[:-1]}, got shape {batch.targets.shape}; make them fit x"
        )
    by_step = logits.ndim == 3
    weights = None
    if by_step:
        T, B, _ = logits.shape
        weights = heads.step_weights(check_lengths(batch.lengths, T, B), T, B, logits.dtype)
    rows = logits.reshape(-1, logits.shape[-1])
    if isinstance(model, Regressor):
        wanted = np.asarray(batch.targets, rows.dtype).reshape(rows.shape)
        return heads.squared_error(rows, wanted, weights)
    return heads.cross_entropy(rows, np.asarray(batch.targets, np.int64).reshape(-1), weights)


def _grads(model: Model, run: _Run, dlogits: Array) -> Model:
    """From the gradient at the logits back to every parameter."""
    W, trace = _output_weights(model), run.said.trace
    T, B, outputs = trace.h.shape
    dW, db = run.rows.T @ dlogits, dlogits.sum(axis=0)
    drows = (W @ dlogits.T).T
    if run.kept_out is not None:
        drows *= run.kept_out
    pooled = len(drows) != T * B or isinstance(model, Classifier)
    back = stack.backward(trace, _unpooled(model, trace, drows) if pooled else drows.reshape(T, B, outputs))
    ends = {"W_out": None if model.W_out is None else dW, "b_out": db}
    if model.embedding is not None:
        dx = back.x if run.kept_in is None else back.x * run.kept_in
        ids = run.ids.reshape(-1)
        dE = heads.embedding_gradient(ids, dx.reshape(T * B, -1), len(model.embedding))
        ends["embedding"] = dE if model.W_out is not None else dE + dW.T
    return replace(model, layers=back.layers, **ends)


def _by_column(h: Array) -> Array:
    """Rows (time * batch, outputs) that lie column by column: sums across few classes are quicker than along them."""
    T, B, outputs = h.shape
    return np.ascontiguousarray(h.transpose(2, 0, 1)).reshape(outputs, T * B).T


def _output_weights(model: Model) -> Array:
    if model.W_out is not None:
        return model.W_out
    assert model.embedding is not None  # tied: of a language model
    return model.embedding.T


def _pooled(model: Classifier | Regressor, trace: StackTrace) -> Array:
    """(batch, outputs): the mean over the steps, or the last state of each direction of the last layer."""
    if getattr(model, "pooling", "last") == "mean":
        return heads.pool_mean(trace.h, trace.traces[0].forward.lengths)
    return np.concatenate([state.h for state in trace.final[-1] if state is not None], axis=1)


def _unpooled(model: Model, trace: StackTrace, drows: Array) -> Array:
    """The way back through `_pooled`: the gradient at every output, (time, batch, outputs)."""
    T, B, outputs = trace.h.shape
    lengths = trace.traces[0].forward.lengths
    if getattr(model, "pooling", "last") == "mean":
        return heads.spread_mean(drows, lengths, T)
    dh = np.zeros((T, B, outputs), drows.dtype)
    H = trace.layers[-1].forward.hidden
    dh[T - 1 if lengths is None else lengths - 1, np.arange(B), :H] = drows[:, :H]
    dh[0, :, H:] = drows[:, H:]  # a backward direction ends at the first step
    return dh


def _kept(
    rng: np.random.Generator | None, dropout: float, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Array | None:
    """What dropout leaves: 0, or 1 / (1 - dropout), so that the mean stays as it is; None where nothing is dropped."""
    if rng is None or dropout == 0:
        return None
    return np.asarray((rng.random(shape, np.float32) >= dropout).astype(dtype) / (1 - dropout), dtype)


def _check_ids(ids: NDArray[Any], symbols: int) -> Ints:
    if ids.dtype.kind not in "iu":
        raise ValueError(f"x: expected whole numbers, ids of tokens, got {ids.dtype}; encode the tokens first")
    check_shape("x", ids, ["time", "batch"])
    if ids.min() < 0 or ids.max() >= symbols:
        wrong = ids[(ids < 0) | (ids >= symbols)][0]
        raise ValueError(f"x: expected ids from 0 to {symbols - 1}, got {wrong}; use the vocabulary of this model")
    return ids
