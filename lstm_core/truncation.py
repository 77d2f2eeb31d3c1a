"""The knife: what is left of a gradient when the way back is cut short.

Truncated backpropagation through time, exactly: dL/dw is a sum over all paths from the loss back to a use of w. With a
cut of k only the paths are kept that go back through at most k steps of a recurrence, in all layers together (the step
from the first h to the initial state is one too). At cut 0 every step learns from its own output alone. In a net that
reads forwards, a cut of k is the same as to start anew k steps before each loss, from a state taken as given.

Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent network
trajectories", where it is called BPTT(h).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lstm_core import _locals, lstm
from lstm_core.arrays import Array, Ints
from lstm_core.objectives import Objective
from lstm_core.stack import CELLS, Directions, Layer, StackBackward, StackTrace


class _Cell:
    """One cell while the gradient goes back, one recurrent step of all paths at a time."""

    def __init__(self, trace: Any) -> None:
        self.trace, self.params, self.K = trace, trace.params, _locals.factors(trace)
        nothing = np.zeros_like(trace.h)
        self.h, self.c = nothing, nothing  # what was handed back to each step, and waits to go on
        self.da = _locals.gates(self.params, self.K, nothing, nothing)
        self.first = [np.zeros_like(trace.h[0]) for _ in trace.initial]  # what the first state has got
        self.leaving = self.first  # what it gets with the next step

    def advance(self, dh: Array, dc: Array) -> Array:
        """Take in what enters at h and c, hand all of it on; gives what goes to the input."""
        self.first = [so_far + more for so_far, more in zip(self.first, self.leaving, strict=True)]
        dh = dh + self.h
        dc = _locals.cell_gradient(self.params, self.K, dh, dc + self.c) if isinstance(self.trace, lstm.Trace) else dh
        da = _locals.gates(self.params, self.K, dh, dc)
        self.da = {gate: self.da[gate] + a for gate, a in da.items()}
        sent = _locals.onward(self.params, self.K, dh, dc, da)
        handed = [np.sum(list(way.values()), axis=0) for way in sent if way]
        arrived = [_locals.earlier(self.trace, one) for one in handed]
        self.h, self.c = arrived[0][0], arrived[-1][0]
        self.leaving = [first for _, first in arrived]
        return np.asarray(np.sum(list(_locals.to_input(self.params, da).values()), axis=0))

    @property
    def is_done(self) -> bool:
        """Whether nothing waits to go on."""
        return not any(array.any() for array in (self.h, self.c, *self.leaving))


_Cells: TypeAlias = list[list[_Cell | None]]


def truncated(trace: StackTrace, objective: Objective, cut: int) -> StackBackward:
    """The gradient of an objective by the paths that go back at most `cut` steps.

    Parameters
    ----------
    trace : StackTrace
    objective : Objective
        Of this run, as `objectives` makes it.
    cut : int
        Recurrent steps, at least 0. From `longest(trace)` on nothing is cut off.

    Returns
    -------
    StackBackward
        Without flows; layers above the one where the gradient enters have the gradient 0.

    Raises
    ------
    ValueError
        A cut below 0.

    Examples
    --------
    >>> from lstm_core import objectives, stack
    >>> trace = stack.forward(stack.init(np.random.default_rng(0), 3, [4]), np.ones((5, 1, 3)))
    >>> short = truncated(trace, objectives.of_state(trace, unit=2), cut=1)
    >>> np.flatnonzero(np.abs(short.x).sum(axis=(1, 2)))
    array([3, 4])
    """
    if isinstance(cut, bool) or not isinstance(cut, (int, np.integer)) or cut < 0:
        raise ValueError(f"cut: expected a whole number of at least 0, got {cut!r}; choose how many steps to go back")
    cells, dx = _cells(trace), np.zeros_like(trace.x)
    for dx in _each_cut(cells, trace, objective, int(cut)):  # noqa: B007 (the last one counts)
        pass
    return _gathered(trace, cells, dx)


def longest(trace: StackTrace) -> int:
    """The number of steps from which on a cut changes nothing.

    To the first state it is as many as there are steps; where directions turn back, all but the last once a layer.
    """
    both = any(layer.backward is not None for layer in trace.layers)
    return (len(trace.h) - 1) * (len(trace.layers) if both else 1) + 1


class Compared(NamedTuple):
    """One array of the net: the norms of its true and its truncated gradient, and the cosine between them.

    `name` as in `models.arrays`, "x" for the inputs. The cosine is NaN where either gradient is 0.
    """

    name: str
    true: float
    cut: float
    cosine: float


def compare(true: StackBackward, cut: StackBackward) -> tuple[Compared, ...]:
    """The true and the truncated gradient, array by array.

    Parameters
    ----------
    true, cut : StackBackward
        Of the same net: `objectives.backward(...).gradients` and `truncated(...)`.

    Returns
    -------
    tuple of Compared

    Raises
    ------
    ValueError
        Gradients of two different nets.

    Examples
    --------
    >>> from lstm_core import objectives, stack
    >>> trace = stack.forward(stack.init(np.random.default_rng(0), 3, [4]), np.ones((5, 1, 3)))
    >>> aim = objectives.of_state(trace, unit=2)
    >>> row = compare(objectives.backward(trace, aim).gradients, truncated(trace, aim, 99))[0]
    >>> row.name, round(row.cosine, 6)
    ('layers.0.forward.W_x', 1.0)
    """
    ours, theirs = _arrays(true), _arrays(cut)
    if {name: a.shape for name, a in ours.items()} != {name: a.shape for name, a in theirs.items()}:
        raise ValueError("cut: expected the gradients of the same net as true, got others; use the same trace for both")
    return tuple(_compared(name, array, theirs[name]) for name, array in ours.items())


def by_cut(trace: StackTrace, objective: Objective, cuts: int | None = None) -> list[tuple[Compared, ...]]:
    """`compare` for every cut from 0 to `cuts` (None: until nothing is cut off any more), in one go.

    Examples
    --------
    >>> from lstm_core import objectives, stack
    >>> trace = stack.forward(stack.init(np.random.default_rng(0), 3, [4]), np.ones((5, 1, 3)))
    >>> rows = by_cut(trace, objectives.of_state(trace, unit=2))
    >>> len(rows), rows[0][0].cosine < rows[-1][0].cosine
    (6, True)
    """
    cells = _cells(trace)
    found = [_gathered(trace, cells, dx) for dx in _each_cut(cells, trace, objective, longest(trace))]
    return [compare(found[-1], cut) for cut in found[: None if cuts is None else cuts + 1]]


def reached(trace: StackTrace, objective: Objective) -> Ints:
    """After how many steps back each input is reached: the smallest cut that leaves it a gradient.

    Parameters
    ----------
    trace : StackTrace
    objective : Objective
        Of this run.

    Returns
    -------
    ndarray of int, shape (time, batch)
        -1 where nothing arrives. In a net with two directions a way back may lead to both sides.

    Examples
    --------
    >>> from lstm_core import objectives, stack
    >>> trace = stack.forward(stack.init(np.random.default_rng(0), 3, [4]), np.ones((5, 1, 3)))
    >>> reached(trace, objectives.of_state(trace, unit=2, steps=3)).T
    array([[ 3,  2,  1,  0, -1]])
    """
    found = np.full(trace.x.shape[:2], -1)
    for cut, dx in enumerate(_each_cut(_cells(trace), trace, objective, longest(trace))):
        found[(found < 0) & dx.any(axis=2)] = cut
    return found


def _cells(trace: StackTrace) -> _Cells:
    return [[cell and _Cell(cell) for cell in pair] for pair in trace.traces]


def _each_cut(cells: _Cells, trace: StackTrace, objective: Objective, cuts: int) -> Iterator[Array]:
    """Move all paths one recurrent step on, again and again; after each, the gradient at x so far.

    Ends after `cuts` steps, or where nothing is left to move.
    """
    dx = np.zeros_like(trace.x)
    for k in range(cuts + 1):
        outputs = objective.dh if k == 0 else np.zeros_like(objective.dh)
        for n in range(objective.layer, -1, -1):
            found, start = [], 0
            for way, cell in enumerate(cells[n]):
                if cell is None:
                    continue
                H = cell.params.hidden
                at_c = objective.dc if k == 0 and n == objective.layer else None
                dc = np.zeros_like(cell.h) if at_c is None else at_c[way]
                found.append(cell.advance(outputs[:, :, start : start + H], dc))
                start += H
            outputs = np.sum(found, axis=0)
        dx = dx + outputs
        yield dx
        if all(cell is None or cell.is_done for pair in cells for cell in pair):
            return


def _gathered(trace: StackTrace, cells: _Cells, dx: Array) -> StackBackward:
    layers, first = [], []
    for layer, pair in zip(trace.layers, cells, strict=True):
        grads: list[Any] = [cell and _locals.weight_gradients(cell.trace, cell.da) for cell in pair]
        layers.append(Layer(layer.cell, *grads))
        first.append(Directions(*(cell and CELLS[layer.cell].State(*cell.first) for cell in pair)))
    return StackBackward(tuple(layers), dx, tuple(first), None)


def _arrays(found: StackBackward) -> dict[str, Array]:
    arrays = {}
    for k, layer in enumerate(found.layers):
        for way in Directions._fields:
            for name in ("W_x", "W_h", "b", "p"):
                array = getattr(getattr(layer, way), name, None)
                if array is not None:
                    arrays[f"layers.{k}.{way}.{name}"] = array
    return {**arrays, "x": found.x}


def _compared(name: str, true: Array, cut: Array) -> Compared:
    a, b = (np.asarray(array, np.float64).ravel() for array in (true, cut))
    sizes = [float(_locals.norms(one)) for one in (a, b)]
    cosine = float(np.clip((a / sizes[0]) @ (b / sizes[1]), -1, 1)) if all(sizes) else float("nan")
    return Compared(name, sizes[0], sizes[1], cosine)
