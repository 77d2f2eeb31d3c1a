"""Layers on top of one another, each one- or two-directional.

A two-directional layer runs one cell forwards and one backwards over the same input and concatenates their outputs, as
in Schuster and Paliwal (1997), "Bidirectional recurrent neural networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import ModuleType
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lstm_core import gru, lstm, rnn
from lstm_core.arrays import Array, as_array, check_shape, check_size
from lstm_core.clamps import Clamp, Direction, check_sequence

Cell = Literal["rnn", "gru", "lstm"]
Params: TypeAlias = rnn.Params | gru.Params | lstm.Params
State: TypeAlias = rnn.State | gru.State | lstm.State
Trace: TypeAlias = rnn.Trace | gru.Trace | lstm.Trace

CELLS: dict[str, ModuleType] = {"rnn": rnn, "gru": gru, "lstm": lstm}
NAMES = {"rnn": "an RNN", "gru": "a GRU", "lstm": "an LSTM"}


class Directions(NamedTuple):
    """The same for both directions of a layer: traces, states or flows; `backward` is None where there is none."""

    forward: Any
    backward: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Parameters of one layer; gradients come in the same shape.

    Parameters
    ----------
    cell : {"rnn", "gru", "lstm"}
    forward : Params
        Of that cell.
    backward : Params or None
        Given: the layer is two-directional, and its output has 2 * hidden features.

    Raises
    ------
    ValueError
        An unknown cell, parameters of another cell, or directions that differ in size.
    """

    cell: Cell
    forward: Params
    backward: Params | None = None

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"cell: expected one of {', '.join(CELLS)}, got {self.cell!r}; choose one of them")
        wanted = CELLS[self.cell].Params
        for name, params in zip(Directions._fields, (self.forward, self.backward), strict=True):
            if not isinstance(params, wanted) and not (name == "backward" and params is None):
                got = f"{type(params).__module__}.{type(params).__name__}"
                raise ValueError(f"{name}: expected {self.cell}.Params, got {got}; build the parameters of this cell")
        kinds = [f"{p.W_x.dtype} {p.W_x.shape}" for p in (self.forward, self.backward) if p is not None]
        if len(set(kinds)) > 1:
            raise ValueError(
                f"backward: expected the sizes and type of the forward direction, got W_x {' and '.join(kinds)}; "
                "give both the same"
            )

    @property
    def outputs(self) -> int:
        """Features this layer hands to the next."""
        return self.forward.hidden * (1 if self.backward is None else 2)


@dataclass(frozen=True, slots=True, eq=False)
class StackTrace:
    """Everything that happened in all layers.

    `h` is the output of the last layer, (time, batch, hidden or 2 * hidden); `traces`, `initial` and `final` have one
    `Directions` a layer.
    """

    layers: tuple[Layer, ...]
    x: Array
    h: Array
    traces: tuple[Directions, ...]
    initial: tuple[Directions, ...]
    final: tuple[Directions, ...]


class StackBackward(NamedTuple):
    """Gradients: `layers` in the shape of the layers, x (time, batch, features), the initial states; and the paths."""

    layers: tuple[Layer, ...]
    x: Array
    initial: tuple[Directions, ...]
    flows: tuple[Directions, ...] | None


def init(
    rng: np.random.Generator,
    features: int,
    hidden: Sequence[int],
    cell: Cell = "lstm",
    *,
    bidirectional: bool = False,
    dtype: DTypeLike = np.float32,
    **cell_options: Any,
) -> tuple[Layer, ...]:
    """Layers with random weights, each as its cell's own `init` makes them.

    Parameters
    ----------
    rng : numpy.random.Generator
    features : int
    hidden : sequence of int
        Units of each layer (and direction).
    cell : {"rnn", "gru", "lstm"}
    bidirectional : bool
    dtype : dtype
    **cell_options
        For the cell's `init`: `variant` and `forget_bias`, `reset_after`, `activation`.

    Returns
    -------
    tuple of Layer

    Raises
    ------
    ValueError
        No layer, an unknown cell, or sizes below 1.

    Examples
    --------
    >>> layers = init(np.random.default_rng(0), 3, [4, 2], bidirectional=True)
    >>> [layer.forward.W_x.shape for layer in layers]
    [(3, 16), (8, 8)]
    """
    if cell not in CELLS:
        raise ValueError(f"cell: expected one of {', '.join(CELLS)}, got {cell!r}; choose one of them")
    if isinstance(hidden, (int, np.integer)) or len(hidden) == 0:
        raise ValueError(f"hidden: expected one size a layer, got {hidden!r}; give a list such as [16]")
    layers: list[Layer] = []
    for units in hidden:
        inputs = layers[-1].outputs if layers else check_size("features", features)
        draws = [CELLS[cell].init(rng, inputs, units, dtype=dtype, **cell_options) for _ in range(1 + bidirectional)]
        layers.append(Layer(cell, *draws))
    return tuple(layers)


def forward(
    layers: Sequence[Layer],
    x: ArrayLike,
    initial: Sequence[Directions] | None = None,
    *,
    lengths: ArrayLike | None = None,
    clamps: Sequence[Clamp] = (),
) -> StackTrace:
    """Run all layers over a batch and keep every signal of each.

    Parameters
    ----------
    layers : sequence of Layer
    x : array_like, shape (time, batch, features)
    initial : sequence of Directions of State or None, optional
        One a layer; zeros where None.
    lengths : array_like of int, shape (batch,), optional
    clamps : sequence of Clamp
        Each names its layer and direction.

    Returns
    -------
    StackTrace

    Raises
    ------
    ValueError
        As in the cells; layers that do not fit on one another; a clamp on a layer or direction that is not there.

    Examples
    --------
    >>> layers = init(np.random.default_rng(0), 3, [4, 2], bidirectional=True)
    >>> forward(layers, np.ones((5, 1, 3))).h.shape
    (5, 1, 4)
    """
    layers = tuple(layers)
    _check_layers(layers)
    _check_places(layers, clamps)
    states = _per_layer("initial", initial, layers)
    traces: list[Directions] = []
    h = x
    for k, (layer, state) in enumerate(zip(layers, states, strict=True)):
        runs = []
        for direction, params in _directions(layer):
            mine = [replace(c, layer=0) for c in clamps if c.layer == k and c.direction == direction]
            run = CELLS[layer.cell].forward
            first = getattr(state, direction)
            runs.append(run(params, h, first, lengths=lengths, clamps=mine, reverse=direction == "backward"))
        traces.append(Directions(*runs))
        h = runs[0].h if len(runs) == 1 else np.concatenate([run.h for run in runs], axis=2)
    return StackTrace(
        layers, traces[0].forward.x, np.asarray(h), tuple(traces), _each(traces, "initial"), _each(traces, "final")
    )


def backward(
    trace: StackTrace, dh: ArrayLike, d_final: Sequence[Directions] | None = None, *, flow: bool = False
) -> StackBackward:
    """Exact gradients through all layers.

    Parameters
    ----------
    trace : StackTrace
    dh : array_like, shape (time, batch, hidden or 2 * hidden)
        Gradient at the output of the last layer.
    d_final : sequence of Directions of State or None, optional
        Gradient at the final states, one a layer.
    flow : bool
        Also say, for each layer and direction, where the gradient at each step came from.

    Returns
    -------
    StackBackward

    Raises
    ------
    ValueError
        `dh` or `d_final` of another shape or type, NaN or infinity.

    Examples
    --------
    >>> trace = forward(init(np.random.default_rng(0), 3, [4, 2]), np.ones((5, 1, 3)))
    >>> backward(trace, np.ones((5, 1, 2))).x.shape
    (5, 1, 3)
    """
    T, B, outputs = trace.h.shape
    given = as_array("dh", dh)  # the cells check its numbers: what lies past a sequence's length does not count
    check_shape("dh", given, [("time", T), ("batch", B), ("outputs", outputs)])
    dx: Array = given
    at_end = _per_layer("d_final", d_final, trace.layers)
    found: list[Directions] = []
    for layer, runs, state in zip(trace.layers[::-1], trace.traces[::-1], at_end[::-1], strict=True):
        back, H = CELLS[layer.cell].backward, layer.forward.hidden
        parts = [
            back(getattr(runs, direction), dx[:, :, k * H : (k + 1) * H], getattr(state, direction), flow=flow)
            for k, (direction, _) in enumerate(_directions(layer))
        ]
        found.append(Directions(*parts))
        dx = parts[0].x if len(parts) == 1 else parts[0].x + parts[1].x
    found.reverse()
    gradients = _each(found, "params")
    layers = tuple(Layer(layer.cell, *grads) for layer, grads in zip(trace.layers, gradients, strict=True))
    return StackBackward(layers, dx, _each(found, "initial"), _each(found, "flow") if flow else None)


def _directions(layer: Layer) -> list[tuple[Direction, Params]]:
    pairs: list[tuple[Direction, Params]] = [("forward", layer.forward)]
    return pairs if layer.backward is None else [*pairs, ("backward", layer.backward)]


def _each(found: Sequence[Directions], name: str) -> tuple[Directions, ...]:
    """One field of what the cells gave, layer by layer and direction by direction."""
    return tuple(Directions(*(None if one is None else getattr(one, name) for one in pair)) for pair in found)


def _per_layer(name: str, states: Sequence[Directions] | None, layers: tuple[Layer, ...]) -> list[Directions]:
    if states is None:
        return [Directions(None, None)] * len(layers)
    if len(states) != len(layers) or not all(isinstance(state, Directions) for state in states):
        got = f"{len(states)} of {', '.join(sorted({type(state).__name__ for state in states})) or 'nothing'}"
        raise ValueError(
            f"{name}: expected one Directions a layer, {len(layers)} in all, got {got}; use None for zeros"
        )
    for k, (state, layer) in enumerate(zip(states, layers, strict=True)):
        if state.backward is not None and layer.backward is None:
            raise ValueError(
                f"{name}[{k}]: expected None for backward, the layer reads forwards only, got a State; leave it out"
            )
    return list(states)


def _check_layers(layers: tuple[Layer, ...]) -> None:
    if not layers:
        raise ValueError("layers: expected at least one, got none; give a tuple of Layer")
    for k, (below, above) in enumerate(pairwise(layers)):
        if len(above.forward.W_x) != below.outputs:
            raise ValueError(
                f"layers[{k + 1}]: expected W_x with {below.outputs} rows, the outputs of layer {k}, "
                f"got {len(above.forward.W_x)}; make the sizes fit"
            )


def _check_places(layers: tuple[Layer, ...], clamps: Sequence[Clamp]) -> None:
    check_sequence(clamps)
    for clamp in clamps:
        if not isinstance(clamp.layer, int) or not 0 <= clamp.layer < len(layers):
            raise ValueError(
                f"clamp: expected a layer between 0 and {len(layers) - 1}, got {clamp.layer}; choose another"
            )
        present = [direction for direction, _ in _directions(layers[clamp.layer])]
        if clamp.direction not in present:
            wanted = " or ".join(present)
            raise ValueError(
                f"clamp: expected direction {wanted} in layer {clamp.layer}, got {clamp.direction!r}; choose another"
            )
