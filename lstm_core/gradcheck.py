"""Is the backward pass right? Central differences against it, for the very net at hand.

A wiggle of one weight by +-1e-5 and two forward passes give its gradient with no calculus at all; the backward pass
must agree. In full this costs two forward passes a weight; a page takes a seeded sample of every block, and three
random directions over everything at once, which a fault anywhere cannot hide from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import stack
from lstm_core.arrays import Array
from lstm_core.clamps import Clamp
from lstm_core.stack import CELLS, Directions, Layer, Params

STEP = 1e-5  # balances the truncation error (its square) against float64 rounding (1e-16 / STEP)
DIRECTIONS = 3


@dataclass(frozen=True, slots=True)
class Block:
    """One array of the net: how many of its entries were checked, and the worst relative error among them."""

    name: str
    size: int
    checked: int
    error: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. Errors are |a - n| / max(|a| + |n|, 1e-6 * largest gradient), analytic a, numeric n.

    The floor keeps gradients that have vanished, and whose quotient means nothing, from being called wrong.
    """

    blocks: tuple[Block, ...]
    directions: tuple[float, ...]
    largest: float
    seconds: float

    @property
    def error(self) -> float:
        """The worst error of all entries and directions checked."""
        return max((*self.directions, *(block.error for block in self.blocks)))

    @property
    def checked(self) -> int:
        """Entries checked one by one."""
        return sum(block.checked for block in self.blocks)

    @property
    def total(self) -> int:
        """Entries there are."""
        return sum(block.size for block in self.blocks)


def gradcheck(
    net: Params | Sequence[Layer],
    x: ArrayLike,
    initial: Any = None,
    *,
    lengths: ArrayLike | None = None,
    clamps: Sequence[Clamp] = (),
    seed: int = 0,
    sample: int | None = None,
    seconds: float | None = None,
) -> Report:
    """Compare the backward pass of a net with central differences, on a float64 copy.

    The loss is a seeded random weighting of all h of the last layer and of every final state.

    Parameters
    ----------
    net : Params of a cell, or sequence of Layer
    x : array_like, shape (time, batch, features)
    initial : State or sequence of Directions, optional
        As `forward` of the cell or of the stack takes it.
    lengths, clamps
        As there.
    seed : int
        Of the loss, the sample and the directions.
    sample : int, optional
        Entries to check of each block; all when not given.
    seconds : float, optional
        Stop checking entries after so long; the directions and one entry of every block are always checked.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        As `forward` does.

    Examples
    --------
    >>> layers = stack.init(np.random.default_rng(0), 3, [2])
    >>> report = gradcheck(layers, np.ones((4, 1, 3)))
    >>> report.error < 1e-6, report.checked
    (True, 64)
    """
    rng = np.random.default_rng(seed)
    given: Sequence[Layer] = net if isinstance(net, Sequence) else [_as_layer(net)]
    single = given is not net
    if single and initial is not None:
        initial = [Directions(initial)]
    layers = tuple(_doubled(layer) for layer in given)
    x = np.array(x, np.float64) if np.asarray(x).dtype.kind in "iuf" else x
    trace = stack.forward(layers, x, initial, lengths=lengths, clamps=clamps)
    x = np.array(trace.x)
    states = tuple(_doubled(state) for state in trace.initial)

    weights = rng.normal(size=trace.h.shape)
    weights_final = tuple(_map(state, lambda a: rng.normal(size=a.shape)) for state in trace.final)
    # What repeats past the end of a shorter sequence is no output: no gradient is asked for it.
    if lengths is not None:
        weights[np.arange(len(weights))[:, None] >= np.asarray(lengths)] = 0

    outputs = [np.concatenate([run.h for run in pair if run is not None], axis=2) for pair in trace.traces]
    inputs = [x, *outputs[:-1]]

    def loss(block: str | None) -> float:
        # What lies below the layer that was changed is as it was: it need not run again.
        k = owner.get(block, 0) if block else 0
        held = [replace(clamp, layer=clamp.layer - k) for clamp in clamps if clamp.layer >= k]
        run = stack.forward(layers[k:], inputs[k], states[k:], lengths=lengths, clamps=held)
        at_end = zip(_arrays(run.final), _arrays(weights_final[k:]), strict=True)
        return float(np.vdot(run.h, weights)) + sum(float(np.vdot(a, w)) for a, w in at_end)

    result = stack.backward(trace, weights, weights_final)
    blocks, gradients = (
        {**_named(found[0], single), "x": [np.asarray(found[1])], **_named_states(found[2])}
        for found in ((layers, x, states), (result.layers, result.x, result.initial))
    )
    owner = {} if single else {name: int(name.split()[1]) for name in blocks if name.startswith("layer ")}
    kinked = any(getattr(p, "activation", "") == "relu" for layer in layers for p in (layer.forward, layer.backward))
    return compare(blocks, gradients, loss, rng, sample=sample, seconds=seconds, kinked=kinked)


def compare(
    blocks: Mapping[str, Sequence[Array]],
    gradients: Mapping[str, Sequence[Array]],
    loss: Callable[[str | None], float],
    rng: np.random.Generator,
    *,
    sample: int | None = None,
    seconds: float | None = None,
    kinked: bool = False,
) -> Report:
    """Check gradients of any loss.

    Parameters
    ----------
    blocks : mapping of str to arrays
        What `loss` depends on, float64, named; changed in place while the check runs and put back.
    gradients : mapping of str to arrays
        The gradients to check, with the same names and shapes.
    loss : callable
        The loss at what `blocks` hold now, up to a constant; called with the name of the only block that differs from
        the beginning, or with None.
    rng : numpy.random.Generator
    sample, seconds
        As in `gradcheck`.
    kinked : bool
        The loss has kinks (relu): where a step straddles one, a smaller step decides.

    Returns
    -------
    Report
    """
    start = time.perf_counter()
    largest = max(float(np.abs(g).max()) for group in gradients.values() for g in group)
    floor = max(1e-6 * largest, np.finfo(float).tiny)

    def error(analytic: float, numeric: float) -> float:
        return abs(analytic - numeric) / max(abs(analytic) + abs(numeric), floor)

    def difference(block: str | None, move: Callable[[float], None], step: float) -> float:
        move(step)
        above = loss(block)
        move(-2 * step)
        below = loss(block)
        move(step)
        return (above - below) / (2 * step)

    def worst(analytic: float, block: str | None, move: Callable[[float], None]) -> float:
        found = error(analytic, difference(block, move, STEP))
        if kinked and found > 1e-6:
            found = min(found, error(analytic, difference(block, move, STEP / 100)))
        return found

    directions = [_direction(blocks, gradients, rng, worst) for _ in range(DIRECTIONS)]
    checked, errors = dict.fromkeys(blocks, 0), dict.fromkeys(blocks, 0.0)
    for name, k, at in _entries(blocks, rng, sample):
        if seconds is not None and checked[name] and time.perf_counter() - start > seconds:
            break
        array, before = blocks[name][k], float(blocks[name][k].flat[at])

        def move(step: float, array: Array = array, at: int = at) -> None:
            array.flat[at] += step

        found = worst(float(gradients[name][k].flat[at]), name, move)
        array.flat[at] = before
        checked[name], errors[name] = checked[name] + 1, max(errors[name], found)
    rows = (Block(name, sum(a.size for a in group), checked[name], errors[name]) for name, group in blocks.items())
    return Report(tuple(rows), tuple(directions), largest, time.perf_counter() - start)


def _direction(
    blocks: Mapping[str, Sequence[Array]],
    gradients: Mapping[str, Sequence[Array]],
    rng: np.random.Generator,
    worst: Callable[[float, str | None, Callable[[float], None]], float],
) -> float:
    """The error along one random direction of length 1 through all entries at once."""
    arrays = [array for group in blocks.values() for array in group]
    slopes = [slope for name in blocks for slope in gradients[name]]
    draws = [rng.normal(size=array.shape) for array in arrays]
    length = np.sqrt(sum(float(np.vdot(v, v)) for v in draws))
    pairs = [(array, v / length) for array, v in zip(arrays, draws, strict=True)]
    originals = [array.copy() for array in arrays]
    along = sum(float(np.vdot(slope, v)) for slope, (_, v) in zip(slopes, pairs, strict=True))
    found = worst(along, None, partial(_shift, pairs))
    for array, original in zip(arrays, originals, strict=True):
        array[...] = original
    return found


def _entries(
    blocks: Mapping[str, Sequence[Array]], rng: np.random.Generator, sample: int | None
) -> Iterator[tuple[str, int, int]]:
    """(block, array in it, flat index) of every entry to check, one of each block in turn: an early stop is fair."""
    columns = []
    for name, group in blocks.items():
        bounds = np.cumsum([0] + [a.size for a in group])
        chosen = rng.permutation(bounds[-1])[:sample]
        which = np.searchsorted(bounds, chosen, side="right") - 1
        columns.append([(name, int(k), int(entry - bounds[k])) for k, entry in zip(which, chosen, strict=True)])
    for row in zip_longest(*columns):
        yield from (entry for entry in row if entry is not None)


def _shift(pairs: Sequence[tuple[Array, Array]], step: float) -> None:
    for array, direction in pairs:
        array += step * direction


def _as_layer(params: Any) -> Layer:
    cell = next((name for name, module in CELLS.items() if isinstance(params, module.Params)), None)
    if cell is None:
        raise ValueError(
            f"net: expected Params of a cell or a sequence of Layer, got {type(params).__name__}; build one of them"
        )
    return Layer(cell, params)  # type: ignore[arg-type]


def _map(value: Any, change: Callable[[Array], Array]) -> Any:
    """The same structure of tuples and dataclasses with every array changed."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_map(part, change) for part in value))
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        changed = {
            name: _map(part, change)
            for name, part in parts.items()
            if isinstance(part, np.ndarray) or is_dataclass(part)
        }
        return replace(value, **changed) if changed else value
    return value


def _doubled(value: Any) -> Any:
    return _map(value, lambda array: np.array(array, np.float64))


def _arrays(value: Any) -> list[Array]:
    """Every array in nested tuples, in order."""
    if isinstance(value, np.ndarray):
        return [value]
    return [array for part in value if part is not None for array in _arrays(part)] if isinstance(value, tuple) else []


def _named(layers: Sequence[Layer], single: bool) -> dict[str, list[Array]]:
    """Every parameter array by layer, direction and name; by name alone in a single cell."""
    found = {}
    for k, layer in enumerate(layers):
        for direction in Directions._fields:
            params = getattr(layer, direction)
            for f in fields(params) if params is not None else ():
                array = getattr(params, f.name)
                if isinstance(array, np.ndarray):
                    found[f.name if single else f"layer {k} {direction} {f.name}"] = [array]
    return found


def _named_states(states: tuple[Directions, ...]) -> dict[str, list[Array]]:
    return {f"layer {k} initial state": _arrays(state) for k, state in enumerate(states)}
