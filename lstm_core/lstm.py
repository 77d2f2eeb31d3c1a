"""The LSTM cell: every gate of every step, and the exact way back.

    i = sigmoid(x W_i + h_prev U_i + b_i + p_i * c_prev)        input gate
    f = sigmoid(x W_f + h_prev U_f + b_f + p_f * c_prev)        forget gate
    g = tanh(x W_g + h_prev U_g + b_g)                          candidate
    c = f * c_prev + i * g                                      cell state
    o = sigmoid(x W_o + h_prev U_o + b_o + p_o * c)             output gate
    h = o * tanh(c)                                             output

W is `W_x`, U is `W_h`, p exists only with peepholes. Hochreiter and Schmidhuber (1997), "Long short-term memory"; the
forget gate: Gers, Schmidhuber and Cummins (2000), "Learning to forget"; peepholes: Gers and Schmidhuber (2000),
"Recurrent nets that time and count"; the variants: Greff et al. (2017), "LSTM: a search space odyssey".

How it is fast: docs/architecture.md, "Inside a cell".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lstm_core import _lstm_back, _lstm_steps
from lstm_core._lstm_values import (
    GATES,
    INWARD,
    OUTWARD,
    SIGNALS,
    Backward,
    Flow,
    Params,
    State,
    Tape,
    Trace,
    Variant,
)
from lstm_core.arrays import check_size
from lstm_core.clamps import Clamp
from lstm_core.layout import block, draw, start

# The same names in the same order in every cell.
__all__ = ["Params", "State", "Trace", "Flow", "init", "forward", "backward", "Backward", "Variant", "GATES", "SIGNALS"]  # noqa: RUF022


def init(
    rng: np.random.Generator,
    features: int,
    hidden: int,
    variant: Variant = Variant(),  # noqa: B008 (frozen)
    *,
    forget_bias: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Params:
    """Random weights with variance 1 / fan-in, biases 0 but for the forget gate's.

    Parameters
    ----------
    rng : numpy.random.Generator
    features, hidden : int
    variant : Variant
    forget_bias : float
        Above 0 the cell starts out remembering.
    dtype : dtype

    Returns
    -------
    Params

    Raises
    ------
    ValueError
        Sizes below 1, a bias that is not finite.

    References
    ----------
    LeCun et al. (1998), "Efficient BackProp", section 4.6; forget bias: Gers, Schmidhuber and Cummins (2000).

    Examples
    --------
    >>> params = init(np.random.default_rng(0), features=3, hidden=2)
    >>> params.b
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """
    features, hidden = check_size("features", features), check_size("hidden", hidden)
    if not np.isfinite(forget_bias):
        raise ValueError(f"forget_bias: expected a finite number, got {forget_bias!r}; 1.0 is the usual choice")
    b = np.zeros(4 * hidden, dtype)
    b[hidden : 2 * hidden] = forget_bias
    W_x, W_h = draw(rng, features, (features, 4 * hidden), dtype), draw(rng, hidden, (hidden, 4 * hidden), dtype)
    return Params(W_x, W_h, b, draw(rng, hidden, (3, hidden), dtype) if variant.peephole else None, variant)


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
    >>> params = init(np.random.default_rng(0), features=3, hidden=2)
    >>> trace = forward(params, np.ones((5, 1, 3)))
    >>> trace.c.shape, bool(np.allclose(trace.h, trace.o * np.tanh(trace.c)))
    ((5, 1, 2), True)
    """
    run, x_in = start("an LSTM", SIGNALS, (params.W_x, params.W_h), x, lengths, clamps, reverse)
    T, B, F, H = run.steps, run.batch, run.features, run.hidden
    S, Z, tanh_c = block(run.dtype, (T + 1, 5 * H, B), (T + 1, H + 1 + F, B), (T, H, B))
    Z[:, H], Z[:T, H + 1 :] = 1, x_in
    h0, c0 = (0, 0) if initial is None else run.check_state("initial", initial, ("h", "c"))
    Z[0, :H], S[0, :H] = h0, c0
    W, p = _lstm_steps.fused(params)

    holds, done = _lstm_steps.held_signals(run, params.variant), run.past_end()
    plain = 0 if holds or p is not None else T if run.lengths is None else int(run.lengths.min())
    _lstm_steps.plain_steps(W, S, Z, tanh_c, plain)
    _lstm_steps.careful_steps(W, p, S, Z, tanh_c, holds, done, plain)
    if done is not None:
        np.copyto(S[:T, H:], 0, where=done[:, None])

    g, f, i, o = (run.outward(S[:T, k * H : (k + 1) * H]) for k in (1, 2, 3, 4))
    c, h, x_out = run.outward(S[1:, :H]), run.outward(Z[1:, :H]), run.outward(Z[:T, H + 1 :])
    first, last = (State(run.state(Z[t, :H]), run.state(S[t, :H])) for t in (0, T))
    tape = Tape(run, S, Z, tanh_c)
    tanh_out = run.outward(tanh_c)
    return Trace(params, x_out, i, f, o, g, c, h, tanh_out, first, last, run.lengths, run.clamps, reverse, tape)


def backward(trace: Trace, dh: ArrayLike, d_final: State | None = None, *, flow: bool = False) -> Backward:
    """Exact gradients by backpropagation through time.

    Parameters
    ----------
    trace : Trace
    dh : array_like, shape (time, batch, hidden)
        Gradient of the loss at every h; ignored past a sequence's length.
    d_final : State, optional
        Gradient at each sequence's own last h and c, besides `dh`.
    flow : bool
        Also say where the gradient at each step came from.

    Returns
    -------
    Backward

    Raises
    ------
    ValueError
        `dh` or `d_final` of another shape or type, NaN or infinity.

    References
    ----------
    Werbos (1990), "Backpropagation through time: what it does and how to do it".

    Examples
    --------
    >>> trace = forward(init(np.random.default_rng(0), features=3, hidden=2), np.ones((5, 1, 3)))
    >>> backward(trace, np.ones((5, 1, 2))).params.W_h.shape
    (2, 8)
    """
    params, (run, S, Z, _) = trace.params, trace.tape
    T, B, F, H = run.steps, run.batch, run.features, run.hidden
    arriving = run.check_gradient(dh)
    loss = arriving[1:].copy() if flow else None
    final = None
    if d_final is not None:
        final = run.check_state("d_final", d_final, ("h", "c"))
        arriving[1:] += run.spread(final[0])
    da, z = block(run.dtype, (4 * H, T, B), (H + 1 + F, T, B))
    at_end = np.zeros((H, B), run.dtype) if final is None else final[1]
    first_c, ways = _lstm_back.steps_back(trace, arriving, at_end, da, record=flow or params.p is not None)

    # One product over all steps for the weights, one for x; both want the steps side by side.
    z[...] = Z[:T].transpose(1, 0, 2)
    side_by_side = da.reshape(4 * H, T * B)
    dW = side_by_side @ z.reshape(-1, T * B).T  # rows g f i o; columns h, 1, x
    dW = np.ascontiguousarray(dW.reshape(4, H, -1)[OUTWARD].reshape(4 * H, -1).T)
    W_x = params.W_x.reshape(F, 4, H)[:, INWARD].reshape(F, 4 * H)
    dx = run.outward((W_x @ side_by_side).reshape(F, T, B).transpose(1, 0, 2))
    grads = Params(dW[H + 1 :], dW[:H], dW[H], _lstm_back.peephole_gradient(params, S, da), params.variant)
    first = State(arriving[0].T.copy(), first_c.T.copy())
    paths = None if loss is None or ways is None else _lstm_back.flow_of(trace, loss, final, arriving, da, ways)
    return Backward(grads, dx, first, paths)
