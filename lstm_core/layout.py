"""One run of a cell: its sizes, and the way between the public axes and the order in which the cell works.

Outside, arrays are (time, batch, features | hidden) in input order. Inside, they are feature-major, (time, rows,
batch), in the order in which the cell reads: each gate is then one contiguous block, and a step is one matrix product
on whole rows. A cell that reads backwards differs from one that reads forwards only here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from lstm_core.arrays import Array, Bools, Ints, as_array, check_array, check_lengths, check_shape, flip
from lstm_core.clamps import Clamp, DType, Hold, check_clamps, hold, hold_values


def draw(rng: np.random.Generator, fan_in: int, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Uniform weights with mean 0 and variance 1 / fan-in."""
    bound = math.sqrt(3 / fan_in)
    return rng.uniform(-bound, bound, shape).astype(dtype)


def block(dtype: DType, *shapes: tuple[int, ...]) -> list[Array]:
    """Several uninitialised arrays cut from one allocation.

    One large allocation comes back from the heap with its pages still mapped; many middling ones are returned to the
    system at every call, and mapping them anew cost a third of the time at 50 x 32 x 32 x 64.
    """
    flat: Array = np.empty(sum(math.prod(shape) for shape in shapes), dtype)
    arrays, start = [], 0
    for shape in shapes:
        stop = start + math.prod(shape)
        arrays.append(flat[start:stop].reshape(shape))
        start = stop
    return arrays


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What is fixed while a cell runs over a batch."""

    steps: int
    batch: int
    features: int
    hidden: int
    dtype: DType
    lengths: Ints | None
    clamps: tuple[Clamp, ...]
    reverse: bool

    def inward(self, array: NDArray[Any]) -> NDArray[Any]:
        """(time, batch, rows) in input order -> (time, rows, batch) in reading order; a view where it can be one."""
        return (flip(array, self.lengths) if self.reverse else array).transpose(0, 2, 1)

    def outward(self, array: NDArray[Any]) -> NDArray[Any]:
        """(time, rows, batch) in reading order -> (time, batch, rows) in input order, read-only."""
        public = array.transpose(0, 2, 1)
        if self.reverse:
            public = flip(public, self.lengths)
        public.flags.writeable = False  # of this view alone
        return public

    def state(self, array: Array) -> Array:
        """(hidden, batch) -> (batch, hidden), read-only."""
        view = array.T
        view.flags.writeable = False
        return view

    def held_values(self, signals: Sequence[str]) -> dict[str, Array]:
        """What the clamps hold each signal at: (time, hidden), input order, NaN where it is free; {} without clamps."""
        return {s: hold_values(self.clamps, s, self.steps, self.hidden) for s in signals} if self.clamps else {}

    def holds(self, values: dict[str, Array]) -> dict[str, Hold]:
        """Such values laid out for the run, for the signals that are held anywhere."""
        found = {s: hold(held, self.dtype, self.lengths, reverse=self.reverse) for s, held in values.items()}
        return {signal: held for signal, held in found.items() if held is not None}

    def past_end(self) -> Bools | None:
        """Where there is only padding: (time, batch), the same in both directions; None where there is none."""
        return None if self.lengths is None else np.arange(self.steps)[:, None] >= self.lengths

    def last(self) -> tuple[Ints, Ints]:
        """Index (time, batch) of the last step each sequence is read at, in reading order."""
        ends = np.full(self.batch, self.steps) if self.lengths is None else self.lengths
        return ends - 1, np.arange(self.batch)

    def spread(self, at_end: Array) -> Array:
        """A gradient (hidden, batch) at each sequence's own last step, as (time, hidden, batch) with 0 elsewhere."""
        spread = np.zeros((self.steps, *at_end.shape), self.dtype)
        steps, sequences = self.last()
        spread[steps, :, sequences] = at_end.T
        return spread

    def check_state(self, name: str, value: object, fields: tuple[str, ...]) -> list[Array]:
        """The arrays of a first state, or of a gradient at the last one, as (hidden, batch).

        Raises
        ------
        ValueError
            Not a State with these fields, or one of them with another shape or type.
        """
        found: list[Any] = [getattr(value, field, None) for field in fields]
        if any(array is None for array in found):
            wanted = f"a State with {' and '.join(fields)}"
            raise ValueError(f"{name}: expected {wanted}, got {type(value).__name__}; use the State of this cell")
        axes = [("batch", self.batch), ("hidden", self.hidden)]
        return [check_array(f"{name}.{f}", array, axes, self.dtype).T for f, array in zip(fields, found, strict=True)]

    def check_gradient(self, dh: ArrayLike) -> Array:
        """The gradient at every h, as a new array (time + 1, hidden, batch) in reading order; 0 at padding.

        Entry t + 1 belongs to step t, entry 0 to the initial state (0 so far).

        Raises
        ------
        ValueError
            Another shape or type, NaN or infinity.
        """
        axes = [("time", self.steps), ("batch", self.batch), ("hidden", self.hidden)]
        given, done = as_array("dh", dh), self.past_end()
        if done is not None and given.shape[:2] == done.shape:
            given = np.where(done[..., None], 0, given)
        arriving = np.empty((self.steps + 1, self.hidden, self.batch), self.dtype)
        arriving[0], arriving[1:] = 0, self.inward(check_array("dh", given, axes, self.dtype))
        return arriving


def start(
    cell: str,
    signals: Sequence[str],
    weights: tuple[Array, Array],
    x: ArrayLike,
    lengths: ArrayLike | None,
    clamps: Sequence[Clamp],
    reverse: bool,
) -> tuple[Run, Array]:
    """Check what a cell was given and fix the sizes of its run.

    Parameters
    ----------
    cell : str
        Its name in a message, such as "an LSTM".
    signals : sequence of str
        What a clamp may hold.
    weights : (W_x, W_h)
    x, lengths, clamps, reverse
        As given to the cell's `forward`.

    Returns
    -------
    (Run, ndarray)
        The run, and x as (time, features, batch) in reading order.

    Raises
    ------
    ValueError
        With name, expected, got and remedy, for each of the arguments.
    """
    W_x, W_h = weights
    x = check_array("x", x, ["time", "batch", ("features", len(W_x))], W_x.dtype)
    (T, B, F), H = x.shape, len(W_h)
    checked = check_clamps(clamps, cell, signals, T, H, reverse=reverse)
    run = Run(T, B, F, H, W_x.dtype, check_lengths(lengths, T, B), checked, reverse)
    return run, run.inward(x)


def check_weights(gates: int, W_x: Array, W_h: Array, others: dict[str, Array]) -> None:
    """Refuse weights of another shape or type than a cell with so many gates needs; `others` need only share the type.

    Raises
    ------
    ValueError
        Naming the array.
    """
    columns = f"{gates} * hidden" if gates > 1 else "hidden"
    for name, array in {"W_x": W_x, "W_h": W_h, **others}.items():
        if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
            got = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(
                f"{name}: expected an array of dtype float32 or float64, got {got}; convert with astype(numpy.float32)"
            )
        if array.dtype != W_x.dtype:
            raise ValueError(
                f"{name}: expected {W_x.dtype}, the type of W_x, got {array.dtype}; give all the same type"
            )
    hidden = len(W_h) if W_h.ndim else 0
    for name, array, rows in (("W_h", W_h, ("hidden", hidden)), ("W_x", W_x, "features")):
        check_shape(name, array, [rows, (columns, gates * hidden)])
