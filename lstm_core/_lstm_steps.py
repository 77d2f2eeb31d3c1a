"""The LSTM forwards: one matrix for all gates, the plain steps, and the careful ones for whatever those leave out."""

from __future__ import annotations

import numpy as np

from lstm_core import _lstm_loops
from lstm_core._lstm_values import INWARD, SIGNALS, Params, Variant
from lstm_core.arrays import Array, Bools
from lstm_core.clamps import Hold, keep
from lstm_core.layout import Run

OPEN = 100.0  # a pre-activation whose sigmoid is exactly 1 in float32 and float64: how a removed gate is held open


def fused(params: Params) -> tuple[Array, Array | None]:
    """One matrix (4 * hidden, hidden + 1 + features) for [h_prev; 1; x], rows g f i o; p as (3, hidden, 1), rows f i o.

    sigmoid(z) = tanh(z / 2) / 2 + 1 / 2: with the sigmoid rows halved here, one tanh serves all four gates.
    """
    H, variant = params.hidden, params.variant
    W = np.concatenate((params.W_h, params.b[None], params.W_x)).reshape(-1, 4, H)[:, INWARD]
    W[:, 1:] *= 0.5
    p = None if params.p is None else params.p[[1, 0, 2], :, None] / 2
    for k, gate in ((1, variant.forget), (2, variant.input), (3, variant.output)):
        if gate == "none":
            W[:, k], W[H, k] = 0, OPEN
        if gate == "coupled":  # sigmoid(-z) = 1 - sigmoid(z)
            W[:, k] = -W[:, 2]
        if p is not None and gate != "learned":
            p[k - 1] = -p[1] if gate == "coupled" else 0
    return W.reshape(-1, 4 * H).T, p


def plain_steps(W: Array, S: Array, Z: Array, tanh_c: Array, stop: int) -> None:
    """Steps [0, stop) of a cell without peepholes, clamps and padding."""
    _, H, B = tanh_c.shape
    work = _lstm_loops.workspace(_lstm_loops.Forward, stop, B, Z.shape[1] - H - 1, H, W.dtype)
    products = np.empty(2 * H if B == 1 else (2 * H, B), W.dtype)
    if B > 1:  # as it comes, W lies by columns, which is quicker with a vector and slower with a matrix
        W = np.ascontiguousarray(W)
    if work.steps < min(8, stop):  # too large for the cache: work in place
        views = _lstm_loops.forward_views(S[: stop + 1], Z[: stop + 1], tanh_c[:stop])
        _lstm_loops.run_forward(W, views, products)
        return
    for begin in range(0, stop, work.steps):
        n = min(work.steps, stop - begin)
        end = begin + n
        work.S[0, :H], work.Z[0, :H], work.Z[:n, H + 1 :] = S[begin, :H], Z[begin, :H], Z[begin:end, H + 1 :]
        _lstm_loops.run_forward(W, work.views[:n], products)
        S[begin:end], S[end, :H] = work.S[:n], work.S[n, :H]
        Z[begin + 1 : end + 1, :H], tanh_c[begin:end] = work.Z[1 : n + 1, :H], work.tanh_c[:n]


def careful_steps(
    W: Array, p: Array | None, S: Array, Z: Array, tanh_c: Array, holds: dict[str, Hold], done: Bools | None, begin: int
) -> None:
    """Steps from `begin` on, with whatever the plain ones leave out."""
    T, H, B = tanh_c.shape
    for t in range(begin, T):
        c_prev, g, f, i, o = S[t].reshape(5, H, B)
        c, h, h_prev, fi = S[t + 1, :H], Z[t + 1, :H], Z[t, :H], S[t, 2 * H : 4 * H]
        np.dot(W, Z[t], S[t, H:])
        if p is not None:
            f += p[0] * c_prev
            i += p[1] * c_prev
        np.tanh(S[t, H : 4 * H], S[t, H : 4 * H])
        fi *= 0.5
        fi += 0.5
        if holds:
            keep(holds, "g", t, g)
            keep(holds, "f", t, f)
            keep(holds, "i", t, i)

        np.add(f * c_prev, i * g, c)
        keep(holds, "c", t, c)
        if done is not None:
            np.copyto(c, c_prev, where=done[t])
        np.tanh(c, tanh_c[t])

        if p is not None:
            o += p[2] * c
        np.tanh(o, o)
        o *= 0.5
        o += 0.5
        keep(holds, "o", t, o)
        np.multiply(o, tanh_c[t], h)
        keep(holds, "h", t, h)
        if done is not None:
            np.copyto(h, h_prev, where=done[t])


def held_signals(run: Run, variant: Variant) -> dict[str, Hold]:
    """What is held, by signal; in a coupled cell f follows a held i unless it is held itself."""
    values = run.held_values(SIGNALS)
    if values and variant.forget == "coupled":
        values["f"] = np.where(np.isnan(values["f"]), 1 - values["i"], values["f"])
    return run.holds(values)
