"""Reads what was packed for the browser."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np


def columns_of(table: dict[str, Any], steps: int) -> dict[str, np.ndarray]:
    """The arrays (steps, width) of a packed table, by name."""
    numbers = np.frombuffer(base64.b64decode(table["data"]), dtype="<f4")
    found, start = {}, 0
    for name, width in table["names"]:
        found[name] = numbers[start : start + steps * width].reshape(steps, width)
        start += steps * width
    assert start == len(numbers)
    return found
