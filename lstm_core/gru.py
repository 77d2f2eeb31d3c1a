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

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lstm_core import _gru_steps
from lstm_core._gru_values import GATES, SIGNALS, Backward, Flow, Params, State, Tape, Trace
from lstm_core.arrays import check_size
from lstm_core.clamps import Clamp
from lstm_core.layout import block, draw, start

# The same names in the same order in every cell.
__all__ = ["Params", "State", "Trace", "Flow", "init", "forward", "backward", "Backward", "GATES", "SIGNALS"]  # noqa: RUF022


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
    _gru_steps.run_steps(params, run, S, Z)
    done = run.past_end()
    if done is not None:
        np.copyto(S, 0, where=done[:, None])
    r, z, q, n = (run.outward(S[:, k * H : (k + 1) * H]) for k in range(4))
    h, x_out = run.outward(Z[1:, :H]), run.outward(Z[:T, H + 1 :])
    first, last = State(run.state(Z[0, :H])), State(run.state(Z[T, :H]))
    return Trace(params, x_out, r, z, n, h, q, first, last, run.lengths, run.clamps, reverse, Tape(run, S, Z))


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
    _gru_steps.steps_back(trace, arriving, D, through_n, highway)

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
        grads,
        dx,
        first,
        None if loss is None else _gru_steps.flow_of(trace, loss, final, arriving, D, through_n, highway),
    )
