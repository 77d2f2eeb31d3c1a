"""The inner loops of the GRU: forwards, backwards, and where each gradient came from."""

from __future__ import annotations

import numpy as np

from lstm_core._gru_values import SIGNALS, Flow, Params, Trace
from lstm_core.arrays import Array
from lstm_core.clamps import keep
from lstm_core.layout import Run


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


def run_steps(params: Params, run: Run, S: Array, Z: Array) -> None:
    """All steps; S[t] gets r z q n of step t, Z[t + 1] its h."""
    H, holds, done, W = run.hidden, run.holds(run.held_values(SIGNALS)), run.past_end(), _fused(params)
    U_n = np.ascontiguousarray(params.W_h[:, 2 * H :].T)
    scratch = np.empty((H, run.batch), run.dtype)
    for t in range(run.steps):
        s, h_prev, h = S[t], Z[t, :H], Z[t + 1, :H]
        r, z, q, n = s[:H], s[H : 2 * H], s[2 * H : 3 * H], s[3 * H :]
        np.dot(W, Z[t], s)  # what x, h_prev and the biases give to r, z, q, n
        rz = s[: 2 * H]
        np.tanh(rz, rz)
        np.multiply(rz, 0.5, rz)
        np.add(rz, 0.5, rz)
        if holds:
            keep(holds, "r", t, r)
            keep(holds, "z", t, z)
        if params.reset_after:
            np.multiply(r, q, scratch)
            np.add(n, scratch, n)
        else:
            np.dot(U_n, r * h_prev, q)
            np.add(n, q, n)
        np.tanh(n, n)
        if holds:
            keep(holds, "n", t, n)
        np.subtract(h_prev, n, scratch)
        np.multiply(z, scratch, scratch)
        np.add(n, scratch, h)  # n + z * (h_prev - n)
        if holds:
            keep(holds, "h", t, h)
        if done is not None:
            np.copyto(h, h_prev, where=done[t])


def _local_derivatives(trace: Trace) -> tuple[Array, Array]:
    """da / dh of r z q n, (time, 4 * hidden, batch), and dh_prev / dh by z; reset before: r by that at r * h_prev.

    All steps at once, which leaves only the recurrence itself to the loop.
    """
    run, S, Z = trace.tape
    H, holds, done = run.hidden, run.holds(run.held_values(SIGNALS)), run.past_end()
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


def steps_back(trace: Trace, arriving: Array, D: Array, through_n: Array, highway: Array) -> None:
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


def flow_of(
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
