"""The one way data goes to a browser component: plain JSON, and arrays as base64.

Streamlit turns a NumPy scalar, bytes or a 3-D array inside a dict into one Python string without a word, and a NaN
breaks the component. So everything passes through here and is checked.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pack(name: str, values: NDArray[Any], *, missing: bool = False) -> str:
    """An array as base64 of its little-endian bytes: float32, or uint8 for booleans and uint8, in C order.

    Parameters
    ----------
    missing : bool
        A number that is not finite means "none here": it travels as NaN, inside the bytes, and is drawn as a gap.

    Raises
    ------
    ValueError
        If `values` is neither floating nor boolean nor uint8, or, unless `missing`, holds a NaN or an infinity (also
        after rounding to float32).

    Examples
    --------
    >>> pack("c", np.array([1.0, -2.0]))
    'AACAPwAAAMA='
    """
    if values.dtype in (np.bool_, np.uint8):
        return base64.b64encode(np.ascontiguousarray(values, dtype=np.uint8)).decode("ascii")
    if missing:
        values = np.where(np.abs(values) <= np.finfo(np.float32).max, values, np.nan).astype("<f4")
        return base64.b64encode(np.ascontiguousarray(values)).decode("ascii")
    return base64.b64encode(_single(name, values)).decode("ascii")


def _single(name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    """Finite little-endian float32 in C order, or an error with the name."""
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(f"{name}: expected floating numbers or booleans, got dtype {values.dtype}; convert them first")
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(values, dtype="<f4")
    if not np.isfinite(single).all():
        raise ValueError(
            f"{name}: expected finite float32 numbers, got NaN or infinity; lower the weights or the inputs"
        )
    return single


def pack_table(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Several arrays with the same first axis as one block: names and widths, and all numbers one after the other.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (time, width)

    Returns
    -------
    dict
        `names`: list of [name, width]; `data`: base64 of float32, one array after the other.

    Raises
    ------
    ValueError
        If an array is not two-dimensional, the numbers of rows differ, or a number is not finite.

    Examples
    --------
    >>> pack_table({"f": np.ones((3, 2)), "x": np.zeros((3, 1))})["names"]
    [['f', 2], ['x', 1]]
    """
    rows = {array.shape[0] for array in columns.values()}
    for name, array in columns.items():
        if array.ndim != 2 or len(rows) > 1:
            raise ValueError(
                f"{name}: expected shape (time, width), equal time for all, got {array.shape}; cut them alike"
            )
    flat = np.concatenate([_single(name, array).ravel() for name, array in columns.items()])
    return {
        "names": [[name, int(array.shape[1])] for name, array in columns.items()],
        "data": base64.b64encode(flat).decode("ascii"),
    }


def check_json(value: object, path: str = "data") -> None:
    """Raise unless `value` survives the journey: dict, list, tuple, str, bool, int, finite float or None, all through.

    Examples
    --------
    >>> check_json({"steps": 3})
    >>> check_json({"steps": np.int64(3)})
    Traceback (most recent call last):
    ValueError: data.steps: expected a plain JSON value, got int64; convert it with int(), float() or transport.pack
    """
    if isinstance(value, dict):
        for name, item in value.items():
            if type(name) is not str:
                raise ValueError(f"{path}: expected names that are strings, got {name!r}; convert it with str()")
            check_json(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            check_json(item, f"{path}[{index}]")
    elif type(value) is float:
        if not math.isfinite(value):
            raise ValueError(f"{path}: expected a finite number, got {value}; leave it out or send None")
    elif value is not None and type(value) not in (str, bool, int):
        got = type(value).__name__
        raise ValueError(
            f"{path}: expected a plain JSON value, got {got}; convert it with int(), float() or transport.pack"
        )
