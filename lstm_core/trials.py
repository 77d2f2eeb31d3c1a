"""Right or wrong, where an answer takes several steps or several answers are right."""

from __future__ import annotations

import numpy as np

from lstm_core.arrays import Array, Bools, Ints


def right(logits: Array, targets: Ints | Array, legal: Bools | None = None) -> Bools:
    """Which rows are right: the target is the most probable; or everything that may follow, before all other things.

    Parameters
    ----------
    logits : ndarray, shape (..., symbols)
    targets : ndarray of int, shape (...)
    legal : ndarray of bool, shape (..., symbols), optional
        What may follow; then the targets are not looked at.

    Returns
    -------
    ndarray of bool, shape (...)

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", experiment 1.

    Examples
    --------
    >>> logits = np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0]])
    >>> right(logits, np.array([1, 0]))
    array([False,  True])
    >>> right(logits, np.array([1, 0]), np.array([[True, True, False], [True, True, False]]))
    array([ True, False])
    """
    if legal is None:
        return np.asarray(logits.argmax(axis=-1) == targets)
    least = np.where(legal, logits, np.inf).min(axis=-1)
    other = np.where(legal, -np.inf, logits).max(axis=-1)
    return np.asarray(least > other)


def whole(hits: Bools, numbers: Ints) -> tuple[int, int]:
    """How many trials are right at all of their steps, and how many trials there are.

    Parameters
    ----------
    hits : ndarray of bool, shape (time, batch)
        Which steps are right.
    numbers : ndarray of int, shape (time, batch)
        Which trial a step belongs to, counted from 0; -1: to none.

    Examples
    --------
    >>> whole(np.array([[True, True], [False, True]]), np.array([[0, 1], [0, -1]]))
    (1, 2)
    """
    asked = numbers >= 0
    there = np.zeros(int(numbers.max(initial=-1)) + 1, bool)
    wrong = there.copy()
    there[numbers[asked]] = True
    wrong[numbers[asked & ~hits]] = True
    return int((there & ~wrong).sum()), int(there.sum())
