"""Holding a signal at a value: what would have happened, had this gate stayed open?

A clamp replaces what the cell computed by a value of the reader's, for chosen units over a window of steps. The value
is passed on to everything that reads the signal, and no gradient flows back to where it was computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from lstm_core.arrays import Array, Bools, Ints, flip

Direction = Literal["forward", "backward"]
DType = np.dtype[Any]

LARGEST = 1e6  # far beyond anything a cell computes, and within every float type


@dataclass(frozen=True, slots=True)
class Clamp:
    """One signal held at one value.

    Parameters
    ----------
    signal : str
        Any signal of the cell, c and h included.
    value : float
    start, stop : int, int or None
        Steps [start, stop) in input order; `stop` None: to the end.
    units : tuple of int or None
        None: all.
    layer : int
        Layer of a stack, from 0.
    direction : {"forward", "backward"}
        Direction of a two-directional layer.

    Raises
    ------
    ValueError
        From the forward pass that uses it, when the signal, a unit, the window, the layer or the direction does not
        exist there.
    """

    signal: str
    value: float
    start: int = 0
    stop: int | None = None
    units: tuple[int, ...] | None = None
    layer: int = 0
    direction: Direction = "forward"


def check_clamps(
    clamps: Sequence[Clamp], cell: str, signals: Sequence[str], steps: int, hidden: int, *, reverse: bool = False
) -> tuple[Clamp, ...]:
    """The clamps as a tuple, each of them possible in a cell of this kind and size.

    Parameters
    ----------
    clamps : sequence of Clamp
    cell : str
        Its name in the message, such as "a GRU".
    signals : sequence of str
        The signals the cell has.
    steps, hidden : int
        Sizes of the run.
    reverse : bool
        Whether the cell reads backwards: its clamps then name the direction "backward".

    Returns
    -------
    tuple of Clamp

    Raises
    ------
    ValueError
        As `Clamp` says.
    """
    direction = "backward" if reverse else "forward"
    check_sequence(clamps)
    for clamp in clamps:
        if clamp.signal not in signals:
            raise ValueError(f"clamp: {cell} has no signal {clamp.signal!r}; choose one of {', '.join(signals)}")
        if not _is_number(clamp.value) or abs(clamp.value) > LARGEST:
            raise ValueError(
                f"clamp: expected a finite value from -{LARGEST:g} to {LARGEST:g} for {clamp.signal}, "
                f"got {clamp.value!r}; choose a smaller number"
            )
        stop = steps if clamp.stop is None else clamp.stop
        if not (_is_whole(clamp.start) and _is_whole(stop) and 0 <= clamp.start < stop <= steps):
            raise ValueError(
                f"clamp: expected a window of steps within [0, {steps}), got [{clamp.start!r}, {stop!r}); "
                f"choose whole numbers with 0 <= start < stop <= {steps}"
            )
        units = clamp.units
        if units is not None and not (
            isinstance(units, Sequence) and units and all(_is_whole(unit) and 0 <= unit < hidden for unit in units)
        ):
            raise ValueError(
                f"clamp: expected units between 0 and {hidden - 1}, got {units!r}; "
                "give a tuple of others, or None for all"
            )
        if clamp.layer != 0 or clamp.direction != direction:
            raise ValueError(
                f"clamp: expected layer 0, {direction}, for a single cell, got layer {clamp.layer}, {clamp.direction}; "
                "clamp other layers and directions through a stack"
            )
    return tuple(clamps)


def check_sequence(clamps: Sequence[Clamp]) -> None:
    """Refuse one clamp where several are expected, and what is no clamp.

    Raises
    ------
    ValueError
    """
    if not isinstance(clamps, (list, tuple)) or not all(isinstance(clamp, Clamp) for clamp in clamps):
        raise ValueError(f"clamps: expected a list or tuple of Clamp, got {clamps!r:.60}; put them in a list")


def _is_number(value: object) -> bool:
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def held(clamps: Sequence[Clamp], signal: str, steps: int, hidden: int) -> Bools:
    """Where one signal is held, in input order.

    Parameters
    ----------
    clamps : sequence of Clamp
        Checked by `check_clamps`.
    signal : str
    steps, hidden : int

    Returns
    -------
    ndarray of bool, shape (time, hidden)

    Examples
    --------
    >>> held([Clamp("f", 0.5, start=1, units=(0,))], "f", 2, 2).astype(int)
    array([[0, 0],
           [1, 0]])
    """
    return ~np.isnan(hold_values(clamps, signal, steps, hidden))


def hold_values(clamps: Sequence[Clamp], signal: str, steps: int, hidden: int) -> Array:
    """What one signal is held at, (time, hidden) in input order; NaN where it is free. The last of two clamps wins."""
    values = np.full((steps, hidden), np.nan)
    for clamp in clamps:
        if clamp.signal == signal:
            units = slice(None) if clamp.units is None else list(clamp.units)
            values[clamp.start : clamp.stop, units] = clamp.value
    return values


class Hold(NamedTuple):
    """One signal's clamps in the order and layout in which a cell works: (time, hidden, batch or 1)."""

    mask: Bools
    value: Array


def keep(holds: dict[str, Hold], signal: str, t: int, value: Array) -> None:
    """Put what a signal is held at, at one step of a run, into its `value` (hidden, batch)."""
    if signal in holds:
        np.copyto(value, holds[signal].value[t], where=holds[signal].mask[t])


def hold(values: Array, dtype: DType, lengths: Ints | None, *, reverse: bool) -> Hold | None:
    """`hold_values` laid out for a run; None where nothing is held."""
    if np.isnan(values).all():
        return None
    if reverse and lengths is not None:  # every sequence meets the window at a step of its own
        values = flip(np.repeat(values[:, None], len(lengths), axis=1), lengths).transpose(0, 2, 1)
    else:
        values = (values[::-1] if reverse else values)[:, :, None]
    return Hold(~np.isnan(values), values.astype(dtype))
