"""What stands before and behind the layers: vectors of tokens, pooling, and the two errors with their gradients.

Functions of arrays only. A loss here is a mean, so that it means the same for a short and for a long text; `weights`
say what counts in it, and padding counts 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_core.arrays import Array, Ints

_FEW = 512  # symbols up to which a product with a one-hot matrix beats sorting


class Loss(NamedTuple):
    """A mean error, and its gradient at what was compared with the targets."""

    value: float
    gradient: Array


def probabilities(logits: Array) -> Array:
    """Softmax over the last axis.

    Parameters
    ----------
    logits : ndarray, shape (..., classes)

    Returns
    -------
    ndarray, shape (..., classes)
        Positive, and 1 in sum.

    Examples
    --------
    >>> probabilities(np.array([0.0, np.log(3)])).round(2)
    array([0.25, 0.75])
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)  # exp of large numbers would overflow
    np.exp(shifted, shifted)
    shifted /= shifted.sum(axis=-1, keepdims=True)
    return np.asarray(shifted)


def log_probabilities(logits: Array) -> Array:
    """Logarithm of the softmax, in nats; finite where the softmax itself would round to 0."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def cross_entropy(logits: Array, targets: Ints, weights: Array | None = None) -> Loss:
    """Mean over rows of -log of the probability that each row's target has.

    Parameters
    ----------
    logits : ndarray, shape (rows, classes)
    targets : ndarray of int, shape (rows,)
    weights : ndarray, shape (rows,), optional
        Non-negative; the mean is weighted by them. All 1 when not given.

    Returns
    -------
    Loss
        In nats; the gradient has the shape of `logits`.

    Examples
    --------
    >>> loss = cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    >>> round(loss.value, 4), loss.gradient[0]
    (1.3863, array([-0.375,  0.125,  0.125,  0.125]))
    """
    rows = np.arange(len(targets))
    shifted = logits - logits.max(axis=1, keepdims=True)
    of_target = shifted[rows, targets]
    gradient = np.exp(shifted, shifted)
    sums = gradient.sum(axis=1)
    nats = np.log(sums) - of_target
    share = np.full(len(targets), 1 / len(targets), logits.dtype) if weights is None else weights / weights.sum()
    gradient *= (share / sums)[:, None]
    gradient[rows, targets] -= share
    return Loss(float(np.dot(nats.astype(np.float64), share.astype(np.float64))), gradient)


def squared_error(outputs: Array, targets: Array, weights: Array | None = None) -> Loss:
    """Mean over rows and columns of the squared difference.

    Parameters
    ----------
    outputs, targets : ndarray, shape (rows, outputs)
    weights : ndarray, shape (rows,), optional

    Returns
    -------
    Loss

    Examples
    --------
    >>> squared_error(np.array([[1.0], [3.0]]), np.array([[0.0], [3.0]]))
    Loss(value=0.5, gradient=array([[1.],
           [0.]]))
    """
    difference = outputs - targets
    rows, columns = difference.shape
    share = np.full(rows, 1 / rows, outputs.dtype) if weights is None else weights / weights.sum()
    value = np.dot((difference.astype(np.float64) ** 2).mean(axis=1), share.astype(np.float64))
    return Loss(float(value), difference * (2 / columns * share[:, None]))


def embedding_gradient(ids: Ints, dx: Array, symbols: int) -> Array:
    """Gradient at a table of vectors, from the gradients at the rows that were taken out of it.

    Parameters
    ----------
    ids : ndarray of int, shape (rows,)
    dx : ndarray, shape (rows, features)
    symbols : int
        Rows of the table.

    Returns
    -------
    ndarray, shape (symbols, features)

    Examples
    --------
    >>> embedding_gradient(np.array([2, 0, 2]), np.array([[1.0], [2.0], [3.0]]), 4).T
    array([[2., 0., 4., 0.]])
    """
    if symbols <= _FEW:
        one_hot = np.zeros((symbols, len(ids)), dx.dtype)
        one_hot[ids, np.arange(len(ids))] = 1
        return np.asarray(one_hot @ dx)
    order = np.argsort(ids, kind="stable")
    found, first = np.unique(ids[order], return_index=True)
    table = np.zeros((symbols, dx.shape[1]), dx.dtype)
    table[found] = np.add.reduceat(dx[order], first, axis=0)
    return table


def step_weights(lengths: Ints | None, steps: int, batch: int, dtype: np.dtype[np.floating]) -> Array | None:
    """1 at the steps of each sequence and 0 at its padding, (time * batch,); None where nothing is padded."""
    if lengths is None:
        return None
    return (np.arange(steps)[:, None] < lengths).astype(dtype).reshape(steps * batch)


def pool_mean(h: Array, lengths: Ints | None) -> Array:
    """Mean of each sequence's outputs over its own steps: (time, batch, outputs) to (batch, outputs)."""
    if lengths is None:
        return np.asarray(h.mean(axis=0))
    own = (np.arange(len(h))[:, None] < lengths).astype(h.dtype)
    return np.asarray((h * own[:, :, None]).sum(axis=0) / lengths.astype(h.dtype)[:, None])


def spread_mean(dpooled: Array, lengths: Ints | None, steps: int) -> Array:
    """The way back through `pool_mean`: (batch, outputs) to (time, batch, outputs)."""
    ends = np.full(len(dpooled), steps) if lengths is None else lengths
    share = (np.arange(steps)[:, None] < ends) / ends
    return np.asarray(share.astype(dpooled.dtype)[:, :, None] * dpooled)
