"""Gradients vanish beyond what single precision can tell from 0, so they go to the browser in double precision."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def pack_doubles(name: str, values: ArrayLike, *, missing: bool = False) -> str:
    """Numbers as base64 of their little-endian float64, in C order.

    Parameters
    ----------
    name : str
        What an error calls them.
    values : array_like of numbers
    missing : bool
        NaN means "none here" and is sent as it is.

    Raises
    ------
    ValueError
        If a number is infinite, or NaN without `missing`.

    Examples
    --------
    >>> pack_doubles("c", [1.0])
    'AAAAAAAA8D8='
    """
    array: Any = np.ascontiguousarray(values, dtype="<f8")
    if not (np.isfinite(array) | (missing & np.isnan(array))).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity; lower the weights, or cut the text")
    return base64.b64encode(array.tobytes()).decode("ascii")
