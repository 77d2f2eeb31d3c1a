"""The gated recurrent unit, with the reset gate after or before the recurrent product.

    r = sigmoid(x W_r + h_prev U_r + b_r)                       reset gate
    z = sigmoid(x W_z + h_prev U_z + b_z)                       update gate
    n = tanh(x W_n + b_n + r * q),   q = h_prev U_n + b'_n      candidate, reset_after=True
    n = tanh(x W_n + b_n + q),       q = (r * h_prev) U_n       candidate, reset_after=False
    h = (1 - z) * n + z * h_prev                                output, and the only state

W is `W_x`, U is `W_h`. Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder" (reset before);
reset after the product, with a second bias, is what cuDNN, PyTorch and Keras compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lstm_core.arrays import Array, Ints, check_shape, check_size
from lstm_core.clamps import Clamp, Hold
from lstm_core.layout import Run, block, check_weights, draw, start

GATES = ("r", "z", "n")
SIGNALS = ("r", "z", "n", "h")


@dataclass(frozen=True, slots=True, eq=False)
class Params:
    """Weights of one cell; gradients come in the same shape.

    Parameters
    ----------
    W_x : ndarray, shape (features, 3 * hidden)
        Blocks r, z, n.
    W_h : ndarray, shape (hidden, 3 * hidden)
    b : ndarray, shape (3 * hidden,), or (2, 3 * hidden) with `reset_after`
        Row 0 goes with x, row 1 with h.
    reset_after : bool
        Whether the reset gate acts after the recurrent product of the candidate, or before it.

    Raises
    ------
    ValueError
        Shapes or types that do not fit together.
    """

    W_x: Array
    W_h: Array
    b: Array
    reset_after: bool = True

    def __post_init__(self) -> None:
        check_weights(3, self.W_x, self.W_h, {"b": self.b})
        rows = [("biases of x and h", 2)] if self.reset_after else []
        check_shape("b", self.b, [*rows, ("3 * hidden", 3 * self.hidden)])

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
    """The arrays of the forward pass, feature-major in reading order: S[t] holds r z q n, Z[t] h[t-1], 1, x[t]."""

    run: Run
    S: Array
    Z: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Everything that happened: signals (time, batch, hidden) in input order, read-only.

    The backward pass needs no more. Past its length a sequence's h repeats, and r, z, n, q are 0. `final` is each
    sequence's own last state.
    """

    params: Params
    x: Array
    r: Array
    z: Array
    n: Array
    h: Array
    q: Array
    initial: State
    final: State
    lengths: Ints | None
    clamps: tuple[Clamp, ...]
    reverse: bool
    tape: Tape = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the gradient at each step came from; all (time, batch, hidden) but `dh_gates`, (3, time, batch, hidden).

    dh = dh_loss + dh_final + dh_highway + dh_gates.sum(0), highway: z * dh of the next step. Gradients are those at the
    value that is passed on: after clamping.
    """

    dh: Array
    dh_loss: Array
    dh_final: Array
    dh_highway: Array
    dh_gates: Array


class Backward(NamedTuple):
    """Gradients of the parameters in their shape, of x (time, batch, features) and of the initial state; the paths."""

    params: Params
    x: Array
    initial: State
    flow: Flow | None


def init(
    rng: np.random.Generator, features: int, hidden: int, *, reset_after: bool = True, dtype: DTypeLike = np.float32
) -> Params:
    """Random weights with variance 1 / fan-in, biases 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    features, hidden : int
    reset_after : bool
    dtype : dtype

    Returns
    -------
    Params

    Raises
    ------
    ValueError
        Sizes below 1.

    References
    ----------
    LeCun et al. (1998), "Efficient BackProp", section 4.6.

    Examples
    --------
    >>> init(np.random.default_rng(0), features=3, hidden=2).b.shape
    (2, 6)
    """
    features, hidden = check_size("features", features), check_size("hidden", hidden)
    W_x, W_h = draw(rng, features, (features, 3 * hidden), dtype), draw(rng, hidden, (hidden, 3 * hidden), dtype)
    return Params(W_x, W_h, np.zeros((2, 3 * hidden) if reset_after else 3 * hidden, dtype), reset_after)


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
    >>> trace.h.shape, float(trace.initial.h.sum())
    ((5, 1, 2), 0.0)
    """
    run, x_in = start("a GRU", SIGNALS, (params.W_x, params.W_h), x, lengths, clamps, reverse)
    T, B, F, H = run.steps, run.batch, run.features, run.hidden
    S, Z = block(run.dtype, (T, 4 * H, B), (T + 1, H + 1 + F, B))
    Z[:, H], Z[:T, H + 1 :] = 1, x_in
    Z[0, :H] = 0 if initial is None else run.check_state("initial", initial, ("h",))[0]
    _steps(params, run, S, Z)
    done = run.past_end()
    if done is not None:
        np.copyto(S, 0, where=done[:, None])
    r, z, q, n = (run.outward(S[:, k * H : (k + 1) * H]) for k in range(4))
    h, x_out = run.outward(Z[1:, :H]), run.outward(Z[:T, H + 1 :])
    first, last = State(run.state(Z[0, :H])), State(run.state(Z[T, :H]))
    return Trace(params, x_out, r, z, n, h, q, first, last, run.lengths, run.clamps, reverse, Tape(run, S, Z))


def _fused(params: Params) -> Array:
    """One matrix (4 * hidden, hidden + 1 + features) for [h_prev; 1; x], rows r z q n.

    sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: the rows of r and z are halved here. q sees h alone, n sees x alone; with the
    reset before the product, the row of q stays empty.
    """
    H = params.hidden
    b_x, b_h = params.b if params.reset_after else (params.b, np.zeros_like(params.b))
    W = np.zeros((H + 1 + len(params.W_x), 4, H), params.W_h.dtype)
    W[:H, :3], W[H, :3], W[H + 1 :, :2] = (
        params.W_h.reshape(H, 3, H),
        b_h.reshape(3, H),
        params.W_x.reshape(-1, 3, H)[:, :2],
    )
    W[H, :2] += b_x.reshape(3, H)[:2]
    W[H, 3], W[H + 1 :, 3] = b_x[2 * H :], params.W_x[:, 2 * H :]
    if not params.reset_after:
        W[:, 2] = 0
    W[:, :2] *= 0.5
    return np.ascontiguousarray(W.reshape(-1, 4 * H).T)


def _steps(params: Params, run: Run, S: Array, Z: Array) -> None:
    """All steps; S[t] gets r z q n of step t, Z[t + 1] its h."""
    H, holds, done, W = run.hidden, _holds(run), run.past_end(), _fused(params)
    U_n = np.ascontiguousarray(params.W_h[:, 2 * H :].T)
    keep = h_next = np.empty((H, run.batch), run.dtype)
    for t in range(run.steps):
        s, h_prev, h = S[t], Z[t, :H], Z[t + 1, :H]
        r, z, q, n = s[:H], s[H : 2 * H], s[2 * H : 3 * H], s[3 * H :]
        np.dot(W, Z[t], s)  # what x, h_prev and the biases give to r, z, q, n
        rz = s[: 2 * H]
        np.tanh(rz, rz)
        np.multiply(rz, 0.5, rz)
        np.add(rz, 0.5, rz)
        if holds:
            _keep(holds, "r", t, r)
            _keep(holds, "z", t, z)
        if params.reset_after:
            np.multiply(r, q, keep)
            np.add(n, keep, n)
        else:
            np.dot(U_n, r * h_prev, q)
            np.add(n, q, n)
        np.tanh(n, n)
        if holds:
            _keep(holds, "n", t, n)
        np.subtract(h_prev, n, h_next)
        np.multiply(z, h_next, h_next)
        np.add(n, h_next, h)  # n + z * (h_prev - n)
        if holds:
            _keep(holds, "h", t, h)
        if done is not None:
            np.copyto(h, h_prev, where=done[t])


def _holds(run: Run) -> dict[str, Hold]:
    """What is held, by signal."""
    found = {signal: run.hold(run.values(signal)) for signal in SIGNALS} if run.clamps else {}
    return {signal: hold for signal, hold in found.items() if hold is not None}


def _keep(holds: dict[str, Hold], signal: str, t: int, value: Array) -> None:
    if signal in holds:
        np.copyto(value, holds[signal].value[t], where=holds[signal].mask[t])


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
    >>> backward(trace, np.ones((5, 1, 2))).params.b.shape
    (2, 6)
    """
    params, (run, S, Z) = trace.params, trace.tape
    T, B, H = run.steps, run.batch, run.hidden
    arriving = run.check_gradient(dh)
    loss = arriving[1:].copy() if flow else None
    final = run.spread(run.check_state("d_final", d_final, ("h",))[0]) if d_final is not None else None
    if final is not None:
        arriving[1:] += final
    D, through_n, highway = block(run.dtype, (T, 4 * H, B), (T, H, B), (T, H, B))
    _steps_back(trace, arriving, D, through_n, highway)

    da, z = D.transpose(1, 0, 2).reshape(4 * H, -1), Z[:T].transpose(1, 0, 2).reshape(-1, T * B)
    dW = z @ da.T  # rows h, 1, x; columns r z q n
    to_h, to_x = np.s_[: 3 * H], [*range(2 * H), *range(3 * H, 4 * H)]
    dW_h, db_h, db_x, dW_x = dW[:H, to_h], dW[H, to_h], dW[H, to_x], dW[H + 1 :, to_x]
    if not params.reset_after:
        reset = (S[:, :H] * Z[:T, :H]).transpose(1, 0, 2).reshape(H, -1)
        dW_h = np.concatenate((dW_h[:, : 2 * H], reset @ da[3 * H :].T), axis=1)
    grads = Params(dW_x, dW_h, np.stack((db_x, db_h)) if params.reset_after else db_x, params.reset_after)
    dx = run.outward((params.W_x @ da[to_x]).reshape(-1, T, B).transpose(1, 0, 2))
    first = State(arriving[0].T.copy())
    return Backward(
        grads, dx, first, None if loss is None else _flow(trace, loss, final, arriving, D, through_n, highway)
    )


def _local_derivatives(trace: Trace) -> tuple[Array, Array]:
    """da / dh of r z q n, (time, 4 * hidden, batch), and dh_prev / dh by z; reset before: r by that at r * h_prev.

    All steps at once, which leaves only the recurrence itself to the loop.
    """
    run, S, Z = trace.tape
    H, holds, done = run.hidden, _holds(run), run.past_end()
    r, z, q, n = (S[:, k * H : (k + 1) * H] for k in range(4))
    h_prev = Z[:-1, :H]
    free = {signal: ~holds[signal].mask if signal in holds else True for signal in SIGNALS}
    live = free["h"] if done is None else free["h"] & ~done[:, None]
    k_n = (1 - z) * (1 - n * n) * (free["n"] & np.asarray(live))
    k_z = (h_prev - n) * z * (1 - z) * (free["z"] & np.asarray(live))
    slope = r * (1 - r) * free["r"]
    after = trace.params.reset_after
    k_r = k_n * q * slope if after else h_prev * slope
    k_q = k_n * r if after else np.zeros_like(k_n)
    return np.concatenate((k_r, k_z, k_q, k_n), axis=1), z * live


def _steps_back(trace: Trace, arriving: Array, D: Array, through_n: Array, highway: Array) -> None:
    """The recurrence of the gradient, last step first: D gets da of r z q n, arriving[t] the gradient at h[t-1].

    `through_n` is what h_prev gets through the candidate's own product, `highway` what it gets past all gates.
    """
    params, run = trace.params, trace.tape.run
    H, W_h = run.hidden, params.W_h
    K, keep = _local_derivatives(trace)
    U_rz, U_n = np.ascontiguousarray(W_h[:, : 2 * H]), np.ascontiguousarray(W_h[:, 2 * H :])
    r = trace.tape.S[:, :H]
    for t in range(run.steps - 1, -1, -1):
        dh = arriving[t + 1]
        np.multiply(dh, keep[t], highway[t])
        np.multiply(dh, K[t].reshape(4, *dh.shape), D[t].reshape(4, *dh.shape))
        if params.reset_after:
            np.dot(U_n, D[t, 2 * H : 3 * H], through_n[t])
        else:
            at_product = U_n @ D[t, 3 * H :]  # gradient at r * h_prev
            np.multiply(at_product, K[t, :H], D[t, :H])
            np.multiply(at_product, r[t], through_n[t])
        arriving[t] += highway[t] + through_n[t] + U_rz @ D[t, : 2 * H]


def _flow(
    trace: Trace, loss: Array, final: Array | None, arriving: Array, D: Array, through_n: Array, highway: Array
) -> Flow:
    """The parts of every dh, from what the loop left behind."""
    run, H = trace.tape.run, trace.tape.run.hidden
    gates = np.zeros((3, *loss.shape), run.dtype)
    for k in range(2):
        gates[k, :-1] = trace.params.W_h[:, k * H : (k + 1) * H] @ D[1:, k * H : (k + 1) * H]
    gates[2, :-1] = through_n[1:]
    onward = np.zeros_like(loss)
    onward[:-1] = highway[1:]
    at_end = np.zeros_like(loss) if final is None else final
    return Flow(
        run.outward(arriving[1:]),
        run.outward(loss),
        run.outward(at_end),
        run.outward(onward),
        np.stack([run.outward(part) for part in gates]),
    )
