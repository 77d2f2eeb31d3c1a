"""What a row of gradient norms, from the loss back, says in one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import optim
from lstm_core.arrays import Array


def halving(norms: ArrayLike) -> Array:
    """In how many steps a gradient halves, on average over its whole way.

    Parameters
    ----------
    norms : array_like, shape (..., lags)

    Returns
    -------
    ndarray, shape (...)
        In steps. Below 0: it doubles in so many; infinite: it stays as large as it was; NaN: it is 0 at the start, or
        there is no second step. Where the gradient ends in 0, up to the last step at which it does not.

    Examples
    --------
    >>> halving([[1.0, 0.5, 0.25], [1.0, 2.0, 4.0], [3.0, 1.0, 3.0], [1.0, 0.25, 0.0]])
    array([ 1. , -1. ,  inf,  0.5])
    """
    values = np.asarray(norms, np.float64)
    lags = np.arange(values.shape[-1])
    last = np.max(np.where(values > 0, lags, 0), axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.log2(values[..., :1]) - np.log2(np.take_along_axis(values, last, axis=-1))
        found = np.where(lost == 0, np.inf, last / lost)[..., 0]
    return np.where((values[..., 0] > 0) & (last[..., 0] > 0), found, np.nan)


def reach(norms: ArrayLike, share: float = 0.01) -> Array:
    """The last lag at which a gradient still has this share of what it was at lag 0.

    Parameters
    ----------
    norms : array_like, shape (..., lags)
    share : float
        Above 0.

    Returns
    -------
    ndarray of int, shape (...)
        lags - 1 where it never falls below that for good.

    Examples
    --------
    >>> reach([[1.0, 0.5, 0.001, 0.0], [1.0, 0.001, 2.0, 3.0]])
    array([1, 3])
    """
    values = np.asarray(norms, np.float64)
    there = values >= share * values[..., :1]
    return np.asarray(np.max(np.where(there, np.arange(values.shape[-1]), 0), axis=-1))


def far_share(norms: ArrayLike) -> Array:
    """What part of the gradients' lengths belongs to the farther half of the steps; scaling all changes nothing.

    Parameters
    ----------
    norms : array_like, shape (..., lags)

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; NaN where all are 0.

    Examples
    --------
    >>> far_share([2.0, 1.0, 0.75, 0.25]), far_share([4.0, 2.0, 1.5, 0.5])
    (array(0.25), array(0.25))
    """
    values = np.asarray(norms, np.float64)
    largest = values.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        parts = values / largest
        far = parts[..., (values.shape[-1] + 1) // 2 :].sum(axis=-1) / parts.sum(axis=-1)
    return np.asarray(far)


def clipped(gradient: ArrayLike, limit: float) -> Array:
    """Lengths of gradients after clipping, as training does it: what is longer than the limit becomes as long as that.

    Examples
    --------
    >>> clipped([0.5, 20.0], 1.0)
    array([0.5, 1. ])
    """
    lengths = np.atleast_1d(np.asarray(gradient, np.float64))
    return np.array([float(optim.clipped(np.array([length]), float(length), limit)[0]) for length in lengths])
