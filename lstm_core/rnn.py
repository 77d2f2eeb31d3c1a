"""The plain recurrent cell, also called Elman's: h = activation(x W + h_prev U + b), tanh or relu.

W is `W_x`, U is `W_h`. Elman (1990), "Finding structure in time"; relu: Le, Jaitly and Hinton (2015), "A simple way to
initialize recurrent networks of rectified linear units".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lstm_core.arrays import Array, Ints, check_shape, check_size
from lstm_core.clamps import Clamp, keep
from lstm_core.layout import Run, block, check_weights, draw, start

# The same names in the same order in every cell.
__all__ = ["Params", "State", "Trace", "Flow", "init", "forward", "backward", "Backward", "GATES", "SIGNALS"]  # noqa: RUF022

GATES = ("h",)
SIGNALS = ("h",)


@dataclass(frozen=True, slots=True, eq=False)
class Params:
    """Weights of one cell; gradients come in the same shape.

    Parameters
    ----------
    W_x : ndarray, shape (features, hidden)
    W_h : ndarray, shape (hidden, hidden)
    b : ndarray, shape (hidden,)
    activation : {"tanh", "relu"}

    Raises
    ------
    ValueError
        Shapes or types that do not fit together, or another activation.
    """

    W_x: Array
    W_h: Array
    b: Array
    activation: Literal["tanh", "relu"] = "tanh"

    def __post_init__(self) -> None:
        check_weights(1, self.W_x, self.W_h, {"b": self.b})
        check_shape("b", self.b, [("hidden", self.hidden)])
        if self.activation not in ("tanh", "relu"):
            raise ValueError(f"activation: expected 'tanh' or 'relu', got {self.activation!r}; choose one of them")

    @property
    def hidden(self) -> int:
        """Number of units."""
        return len(self.W_h)

    @property
    def count(self) -> int:
        """Number of learned parameters."""
        return self.W_x.size + self.W_h.size + self.b.size


class State(NamedTuple):
    """What one step hands to the next: h, (batch, hidden)."""

    h: Array


class Tape(NamedTuple):
    """The array the forward pass worked in, feature-major in reading order: Z[t] holds h[t-1], 1, x[t]."""

    run: Run
    Z: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Everything that happened: signals (time, batch, hidden) in input order, read-only.

    The backward pass needs no more. Past its length a sequence's h repeats. `final` is each sequence's own last state.
    """

    params: Params
    x: Array
    h: Array
    initial: State
    final: State
    lengths: Ints | None
    clamps: tuple[Clamp, ...]
    reverse: bool
    tape: Tape = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the gradient at each step came from, all (time, batch, hidden): dh = dh_loss + dh_final + dh_recurrent.

    Gradients are those at the value that is passed on: after clamping.
    """

    dh: Array
    dh_loss: Array
    dh_final: Array
    dh_recurrent: Array


class Backward(NamedTuple):
    """Gradients of the parameters in their shape, of x (time, batch, features) and of the initial state; the paths."""

    params: Params
    x: Array
    initial: State
    flow: Flow | None


def init(
    rng: np.random.Generator,
    features: int,
    hidden: int,
    *,
    activation: Literal["tanh", "relu"] = "tanh",
    dtype: DTypeLike = np.float32,
) -> Params:
    """Random weights with variance 1 / fan-in, biases 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    features, hidden : int
    activation : {"tanh", "relu"}
    dtype : dtype

    Returns
    -------
    Params

    Raises
    ------
    ValueError
        Sizes below 1, or another activation.

    References
    ----------
    LeCun et al. (1998), "Efficient BackProp", section 4.6.

    Examples
    --------
    >>> init(np.random.default_rng(0), features=3, hidden=2).W_x.shape
    (3, 2)
    """
    features, hidden = check_size("features", features), check_size("hidden", hidden)
    W_x, W_h = draw(rng, features, (features, hidden), dtype), draw(rng, hidden, (hidden, hidden), dtype)
    return Params(W_x, W_h, np.zeros(hidden, dtype), activation)


def forward(
    params: Params,
    x: ArrayLike,
    initial: State | None = None,
    *,
    lengths: ArrayLike | None = None,
    clamps: Sequence[Clamp] = (),
    reverse: bool = False,
) -> Trace:
    """Run the cell over a batch and keep every signal.

    Parameters
    ----------
    params : Params
    x : array_like, shape (time, batch, features)
        Integers or floats, cast to the type of the parameters.
    initial : State, optional
        Zeros when not given.
    lengths : array_like of int, shape (batch,), optional
        Of a ragged batch; x holds padding from there on.
    clamps : sequence of Clamp
        Signals to hold.
    reverse : bool
        Read each sequence from its own last step to its first. The trace is in input order all the same.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        Any argument of another shape, type or range, with what was expected.

    Examples
    --------
    >>> trace = forward(init(np.random.default_rng(0), features=3, hidden=2), np.ones((5, 1, 3)))
    >>> trace.h.shape
    (5, 1, 2)
    """
    run, x_in = start("an RNN", SIGNALS, (params.W_x, params.W_h), x, lengths, clamps, reverse)
    T, B, F, H = run.steps, run.batch, run.features, run.hidden
    (Z,) = block(run.dtype, (T + 1, H + 1 + F, B))
    Z[:, H], Z[:T, H + 1 :] = 1, x_in
    Z[0, :H] = 0 if initial is None else run.check_state("initial", initial, ("h",))[0]

    W = np.ascontiguousarray(np.concatenate((params.W_h, params.b[None], params.W_x)).T)
    holds, done, relu = run.holds(run.held_values(SIGNALS)), run.past_end(), params.activation == "relu"
    with np.errstate(over="ignore", invalid="ignore"):  # relu may grow without bound: then the trace says inf
        for t in range(T):
            h = Z[t + 1, :H]
            np.dot(W, Z[t], h)  # W_x x + W_h h_prev + b
            np.maximum(h, 0, out=h) if relu else np.tanh(h, out=h)
            keep(holds, "h", t, h)
            if done is not None:
                np.copyto(h, Z[t, :H], where=done[t])

    h_out, x_out = run.outward(Z[1:, :H]), run.outward(Z[:T, H + 1 :])
    first, last = State(run.state(Z[0, :H])), State(run.state(Z[T, :H]))
    return Trace(params, x_out, h_out, first, last, run.lengths, run.clamps, reverse, Tape(run, Z))


def backward(trace: Trace, dh: ArrayLike, d_final: State | None = None, *, flow: bool = False) -> Backward:
    """Exact gradients by backpropagation through time.

    Parameters
    ----------
    trace : Trace
    dh : array_like, shape (time, batch, hidden)
        Gradient of the loss at every h; ignored past a sequence's length.
    d_final : State, optional
        Gradient at each sequence's own last h, besides `dh`.
    flow : bool
        Also say where the gradient at each step came from.

    Returns
    -------
    Backward

    Raises
    ------
    ValueError
        `dh` or `d_final` of another shape or type, NaN or infinity.

    Examples
    --------
    >>> trace = forward(init(np.random.default_rng(0), features=3, hidden=2), np.ones((5, 1, 3)))
    >>> backward(trace, np.ones((5, 1, 2))).initial.h.shape
    (1, 2)
    """
    params, (run, Z) = trace.params, trace.tape
    T, B, H = run.steps, run.batch, run.hidden
    arriving = run.check_gradient(dh)
    loss = arriving[1:].copy() if flow else None
    final = run.spread(run.check_state("d_final", d_final, ("h",))[0]) if d_final is not None else None
    if final is not None:
        arriving[1:] += final

    slope = _slope(trace)
    D = np.empty((T, H, B), run.dtype)
    W_h = np.ascontiguousarray(params.W_h)
    for t in range(T - 1, -1, -1):
        np.multiply(arriving[t + 1], slope[t], D[t])  # at the pre-activation
        arriving[t] += W_h @ D[t]

    da, z = D.transpose(1, 0, 2).reshape(H, -1), Z[:T].transpose(1, 0, 2).reshape(-1, T * B)
    dW = z @ da.T  # rows h, 1, x
    dx = run.outward((params.W_x @ da).reshape(-1, T, B).transpose(1, 0, 2))
    paths = None if loss is None else _flow(trace, loss, final, arriving, D)
    grads = Params(dW[H + 1 :], dW[:H], dW[H], params.activation)
    return Backward(grads, dx, State(arriving[0].T.copy()), paths)


def _slope(trace: Trace) -> Array:
    """dh / da at every step, (time, hidden, batch); 0 where h is held."""
    run, Z = trace.tape
    h = Z[1:, : run.hidden]
    slope: Array = (h > 0).astype(run.dtype) if trace.params.activation == "relu" else 1 - h * h
    holds = run.holds(run.held_values(SIGNALS))
    if "h" in holds:
        np.copyto(slope, 0, where=holds["h"].mask)
    return slope


def _flow(trace: Trace, loss: Array, final: Array | None, arriving: Array, D: Array) -> Flow:
    """The parts of every dh, from what the loop left behind."""
    recurrent = np.zeros_like(loss)
    recurrent[:-1] = trace.params.W_h @ D[1:]
    parts = (arriving[1:], loss, np.zeros_like(loss) if final is None else final, recurrent)
    return Flow(*(trace.tape.run.outward(part) for part in parts))
