"""Signals of many checkpoints in 8 bits a value, cut to what may travel, with a word on what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

GATES = frozenset("iforz")  # in [0, 1]; everything else has a sign
FEWEST_UNITS, FEWEST_CHECKPOINTS = 16, 12
MOST_STEPS = 500  # a column of a heatmap is two or three pixels wide then


class Cut(NamedTuple):
    """Which parts of the signals travel; indices ascend."""

    checkpoints: NDArray[np.intp]
    steps: int
    units: NDArray[np.intp]
    left_out: tuple[str, ...]


def quantise(name: str, values: NDArray[Any]) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """A signal as bytes, and how to read them.

    Parameters
    ----------
    name : str
        Letters of GATES are read as gates in [0, 1]: value = byte / 255. Others are symmetric about zero:
        value = (byte - 128) / 127 * scale, so that zero is exact.
    values : ndarray, any shape

    Returns
    -------
    bytes : ndarray of uint8, same shape
    how : dict
        `name`, `kind` ("unit" or "signed"), `scale`: the value of the last colour.

    Raises
    ------
    ValueError
        If a value is not finite, or a gate lies outside [0, 1].

    Examples
    --------
    >>> quantise("c", np.array([-4.0, 0.0, 2.0]))
    (array([  1, 128, 192], dtype=uint8), {'name': 'c', 'kind': 'signed', 'scale': 4.0})
    """
    values = np.asarray(values, dtype=np.float32)
    if not np.isfinite(values).all():
        raise ValueError(f"signals[{name!r}]: expected finite numbers, got NaN or infinity; leave that checkpoint out")
    if name in GATES:
        if values.size and (values.min() < -1e-6 or values.max() > 1 + 1e-6):
            raise ValueError(f"signals[{name!r}]: expected a gate in [0, 1], got up to {np.abs(values).max():g}")
        return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8), {"name": name, "kind": "unit", "scale": 1.0}
    scale = float(np.abs(values).max(initial=0)) or 1.0
    return np.rint(values / scale * 127 + 128).astype(np.uint8), {"name": name, "kind": "signed", "scale": scale}


def choose(signals: Mapping[str, NDArray[Any]], most: int) -> Cut:
    """What to send so that all signals together have at most `most` values: fewer units, then checkpoints, then steps.

    Parameters
    ----------
    signals : mapping of str to ndarray, shape (checkpoints, time, units)
    most : int
        Bytes, one a value.

    Returns
    -------
    Cut
        The units that move most are kept, in their order; checkpoints are spread evenly, first and last among them;
        steps are kept from the first on, at most 500.

    Raises
    ------
    ValueError
        If not even one value of each signal fits.
    """
    checkpoints, length, hidden = next(iter(signals.values())).shape
    count, steps = len(signals), min(length, MOST_STEPS)
    units = _within(hidden, most // (count * checkpoints * steps), FEWEST_UNITS)
    kept = _within(checkpoints, most // (count * steps * units), FEWEST_CHECKPOINTS)
    cut_steps = min(steps, most // (count * units * kept))
    if cut_steps < 1:
        raise ValueError(f"limit: expected room for at least one step, got {most} bytes; allow more")
    left_out = []
    if units < hidden:
        left_out.append(f"{units} of {hidden} units: those that move most")
    if kept < checkpoints:
        left_out.append(f"{kept} of {checkpoints} checkpoints, evenly spread")
    if cut_steps < length:
        left_out.append(f"the first {cut_steps} of {length:,} tokens")
    spread = np.unique(np.linspace(0, checkpoints - 1, kept).round().astype(np.intp))
    return Cut(spread, cut_steps, _most_active(signals, units), tuple(left_out))


def _within(have: int, room: int, fewest: int) -> int:
    """As many as there is room for, but not below `fewest` for its sake: the next axis gives way then."""
    return min(have, max(room, min(fewest, have)))


def _most_active(signals: Mapping[str, NDArray[Any]], units: int) -> NDArray[np.intp]:
    """The units whose signals vary most over the tokens, each signal counted in its own scale."""
    activity = np.zeros(next(iter(signals.values())).shape[2])
    for values in signals.values():
        spread = np.std(values, axis=1, dtype=np.float64).mean(axis=0)
        activity += spread / (float(np.abs(values).max(initial=0)) or 1.0)
    return np.sort(np.argsort(-activity, kind="stable")[:units])
