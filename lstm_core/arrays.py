"""Shapes, types and lengths: what every cell checks before it computes.

Axes are always (time, batch, features | hidden). Every error names the argument, what was expected, what came and
what to do, because it is read in the app's red box and not only in a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Axis: TypeAlias = str | tuple[str, int]


def shape_text(axes: Sequence[Axis]) -> str:
    """The expected shape in words, sizes filled in where they are fixed.

    Parameters
    ----------
    axes : sequence of str or (str, int)
        One entry an axis: its name, or its name and the only size allowed.

    Returns
    -------
    str

    Examples
    --------
    >>> shape_text(["time", "batch", ("features", 3)])
    '(time, batch, features=3)'
    """
    words = [axis if isinstance(axis, str) else f"{axis[0]}={axis[1]}" for axis in axes]
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def check_shape(name: str, array: NDArray[Any], axes: Sequence[Axis]) -> None:
    """Refuse an array with other axes than expected, or with an empty one.

    Parameters
    ----------
    name : str
        What the reader calls the array.
    array : ndarray
    axes : sequence of str or (str, int)
        As in `shape_text`.

    Raises
    ------
    ValueError
        With the expected and the given shape.
    """
    fits = array.ndim == len(axes) and all(
        size == axis[1] for size, axis in zip(array.shape, axes, strict=True) if not isinstance(axis, str)
    )
    if not fits:
        raise ValueError(f"{name}: expected shape {shape_text(axes)}, got {array.shape}; reshape or transpose it")
    if 0 in array.shape:
        raise ValueError(
            f"{name}: expected at least one entry along every axis of {shape_text(axes)}, got {array.shape}; "
            "give at least one"
        )


def as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """`np.asarray`, with an error that says which argument it was.

    Raises
    ------
    ValueError
        Rows of different lengths.
    """
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected rows of equal length, got a ragged nested list; pad the shorter ones"
        ) from None


def check_array(name: str, value: ArrayLike, axes: Sequence[Axis], dtype: np.dtype[Any]) -> Array:
    """A finite array of numbers with the expected axes, in the wanted type.

    Parameters
    ----------
    name : str
        What the reader calls the array.
    value : array_like of integers or floats
    axes : sequence of str or (str, int)
        As in `shape_text`.
    dtype : dtype
        Type of the result: that of the parameters.

    Returns
    -------
    ndarray
        `value` itself where nothing had to be changed.

    Raises
    ------
    ValueError
        Another shape, another kind than integer or float, NaN or infinity.

    Examples
    --------
    >>> check_array("x", [[1, 2]], ["batch", ("features", 2)], np.dtype("float32"))
    array([[1., 2.]], dtype=float32)
    """
    array = as_array(name, value)
    check_shape(name, array, axes)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name}: expected integers or floats, got {array.dtype}; convert it with astype(float) first")
    if array.dtype != dtype:
        with np.errstate(over="ignore"):  # what does not fit becomes infinite and is refused just below
            array = array.astype(dtype)
    if not np.isfinite(array).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(
            f"{name}: expected finite {dtype} numbers, got {array[where]} at index {where}; "
            "remove or replace NaN and infinity"
        )
    return array


def check_size(name: str, value: object) -> int:
    """A whole number of at least 1.

    Parameters
    ----------
    name : str
    value : object
        What was given.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        Not an integer, or below 1.

    Examples
    --------
    >>> check_size("hidden", 0)
    Traceback (most recent call last):
    ValueError: hidden: expected an integer of at least 1, got 0; choose a larger size
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name}: expected an integer of at least 1, got {value!r}; choose a larger size")
    return int(value)


def check_lengths(lengths: ArrayLike | None, steps: int, batch: int) -> Ints | None:
    """The length of each sequence of a ragged batch, or None where all are full.

    Parameters
    ----------
    lengths : array_like of int, shape (batch,), or None
        In steps, each in [1, steps].
    steps, batch : int
        Sizes of the padded batch.

    Returns
    -------
    ndarray of int64, shape (batch,), or None
        A read-only copy; None when no sequence is shorter than `steps`.

    Raises
    ------
    ValueError
        Another shape, not integers, or out of range.

    Examples
    --------
    >>> check_lengths([3, 2], steps=3, batch=2)
    array([3, 2])
    """
    if lengths is None:
        return None
    array = as_array("lengths", lengths)
    check_shape("lengths", array, [("batch", batch)])
    if array.dtype.kind not in "iu":
        raise ValueError(f"lengths: expected integers, got {array.dtype}; convert with astype(int)")
    wrong = array[(array < 1) | (array > steps)]
    if wrong.size:
        raise ValueError(f"lengths: expected 1 to {steps} (the steps of x), got {wrong[0]}; cut the length or pad x")
    if (array == steps).all():
        return None
    array = array.astype(np.int64)
    array.flags.writeable = False
    return array


def flip(array: NDArray[Any], lengths: Ints | None) -> NDArray[Any]:
    """Each sequence backwards within its own length; padding stays where it is. Its own inverse.

    Parameters
    ----------
    array : ndarray, shape (time, batch, ...)
    lengths : ndarray of int, shape (batch,), or None
        None: all sequences are full, and the result is a view.

    Returns
    -------
    ndarray, shape (time, batch, ...)

    Examples
    --------
    >>> flip(np.array([[1, 5], [2, 6], [3, 0]]), np.array([3, 2])).T
    array([[3, 2, 1],
           [6, 5, 0]])
    """
    if lengths is None:
        return array[::-1]
    t = np.arange(len(array))[:, None]
    order = np.where(t < lengths, lengths - 1 - t, t)
    return array[order, np.arange(len(lengths))]
