"""The LSTM backwards: local derivatives, the recurrence, and where each gradient came from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_core import _lstm_loops
from lstm_core._lstm_steps import held_signals
from lstm_core._lstm_values import INWARD, OUTWARD, Flow, Params, Trace
from lstm_core.arrays import Array, Bools
from lstm_core.clamps import Hold


def _local_derivatives(
    trace: Trace, holds: dict[str, Hold], done: Bools | None, begin: int, end: int, R: Array, K: Array
) -> None:
    """Fill K for steps [begin, end): da / dc of g f i, da / dh of o, and dc / dh; and R, whose f becomes dc / dc_prev.

    Many steps at once, which leaves only the recurrence itself to the loop.
    """
    _, S, _, tanh = trace.tape
    steps, tanh_c = slice(begin, end), tanh[begin:end]
    R[...] = S[steps].reshape(end - begin, 5, *tanh_c.shape[1:]).transpose(1, 0, 2, 3)
    c_prev, g, f, i, o = R
    K_g, K_f, K_i, K_o, K_c = K
    np.subtract(1, R[2:], K[1:4])
    np.multiply(K[1:4], R[2:], K[1:4])  # the slopes f (1 - f), i (1 - i), o (1 - o)
    if trace.params.variant.forget == "coupled":  # f = 1 - i: what goes through f is i's, and f has no pre-activation
        K_i *= g - c_prev * (1 if "f" not in holds else ~holds["f"].mask[steps])
        K_f[...] = 0
    else:
        np.multiply(K[1:3], R[:2], K[1:3])  # c = f * c_prev + i * g
    np.multiply(K_o, tanh_c, K_o)  # h = o * tanh(c)
    np.multiply(i, g, K_g)
    np.multiply(K_g, g, K_g)
    np.subtract(i, K_g, K_g)  # i (1 - g^2)
    np.multiply(tanh_c, tanh_c, K_c)
    np.subtract(1, K_c, K_c)
    np.multiply(o, K_c, K_c)  # o (1 - tanh(c)^2)

    for signal, stopped in (("g", [K_g]), ("f", [K_f]), ("i", [K_i]), ("o", [K_o]),
                            ("c", [K_g, K_f, K_i, f]), ("h", [K_o, K_c])):  # fmt: skip
        for factor in stopped if signal in holds else ():
            np.copyto(factor, 0, where=holds[signal].mask[steps])
    if done is not None:  # padding hands c on unchanged: so d_final reaches each sequence's own last step
        np.copyto(K, 0, where=done[steps, None])
        np.copyto(f, 1, where=done[steps, None])


class Ways(NamedTuple):
    """What the backward loop leaves behind for `Flow`, (time, hidden, batch); the first two have an entry more.

    `highway[t]` and `peep[t]` are what step t hands to c[t-1], past the gates and through the peepholes of i and f.
    """

    highway: Array
    peep: Array
    dc: Array
    from_h: Array


def steps_back(trace: Trace, arriving: Array, final_c: Array, da: Array, *, record: bool) -> tuple[Array, Ways | None]:
    """The recurrence of the gradient, last step first, chunk by chunk; gives the gradient at the first c.

    Adds to `arriving` what each h gets from the step after it, and fills `da`, (4 * hidden, time, batch), rows g f i o.
    """
    params, run = trace.params, trace.tape.run
    T, B, H = run.steps, run.batch, run.hidden
    work = _lstm_loops.workspace(_lstm_loops.Backward, T, B, run.features, H, run.dtype)
    W_h = params.W_h.T.reshape(4, H, H)[INWARD].reshape(4 * H, H).T
    if B > 1:  # as it comes, it lies by columns, which is quicker with a vector and slower with a matrix
        W_h = np.ascontiguousarray(W_h)
    holds, done = held_signals(run, params.variant), run.past_end()
    ways = None
    if record:
        ways = Ways(*(np.zeros((T + extra, H, B), run.dtype) for extra in (1, 1, 0, 0)))
    work.highway[0] = final_c
    for end in range(T, 0, -work.steps):
        begin = max(0, end - work.steps)
        n = end - begin
        _local_derivatives(trace, holds, done, begin, end, work.R[:, :n], work.K[:, :n])
        work.highway[n] = work.highway[0]
        work.arriving[: n + 1] = arriving[begin : end + 1]
        if params.p is None:
            _lstm_loops.run_backward(W_h, work.views[work.steps - n :])
        else:
            _peephole_steps_back(W_h, params.p[:, :, None], work, ways, begin, end)
        arriving[begin:end] = work.arriving[:n]
        da[:, begin:end] = work.D[:n, : 4 * H].transpose(1, 0, 2)
        if ways is not None:
            ways.highway[begin : end + 1], ways.dc[begin:end] = work.highway[: n + 1], work.dc[:n]
            ways.from_h[begin:end] = work.D[:n, 4 * H :]
    return work.highway[0] + (0 if ways is None else ways.peep[0]), ways


def _peephole_steps_back(
    W_h: Array, p: Array, work: _lstm_loops.Backward, ways: Ways | None, begin: int, end: int
) -> None:
    """As `_lstm_loops.run_backward`, where the gates also hand gradient to the c that they looked at."""
    assert ways is not None
    _, H, B = work.dc.shape
    for t in range(end - begin - 1, -1, -1):
        k_g, k_f, k_i, k_o, k_c = work.K[:, t]
        da_g, da_f, da_i, da_o, from_h = work.D[t].reshape(5, H, B)
        dh, dc = work.arriving[t + 1], work.dc[t]
        np.multiply(dh, k_o, da_o)
        np.multiply(dh, k_c, from_h)
        dc[...] = from_h + work.highway[t + 1] + ways.peep[begin + t + 1] + p[2] * da_o
        np.multiply(dc, k_g, da_g)
        np.multiply(dc, k_f, da_f)
        np.multiply(dc, k_i, da_i)
        np.multiply(dc, work.R[2, t], work.highway[t])
        ways.peep[begin + t] = p[0] * da_i + p[1] * da_f
        work.arriving[t] += W_h @ work.D[t, : 4 * H]


def peephole_gradient(params: Params, S: Array, da: Array) -> Array | None:
    """Gradient of p, (3, hidden): i and f looked at c of the step before, o at c of its own."""
    if params.p is None:
        return None
    c = S[:, : params.hidden].transpose(1, 0, 2)
    _, da_f, da_i, da_o = np.split(da, 4)
    seen = ((da_i, c[:, :-1]), (da_f, c[:, :-1]), (da_o, c[:, 1:]))
    return np.stack([(gradient * state).sum((1, 2)) for gradient, state in seen])


def flow_of(trace: Trace, loss: Array, final: list[Array] | None, arriving: Array, da: Array, ways: Ways) -> Flow:
    """The parts of every dh and dc, from what the loop left behind."""
    params, run = trace.params, trace.tape.run
    T, B, H = run.steps, run.batch, run.hidden
    zeros = np.zeros((T, H, B), run.dtype)
    final_h, final_c = (zeros, zeros) if final is None else (run.spread(part) for part in final)
    gates = np.zeros((4, T, H, B), run.dtype)
    i_f_o_g = da.reshape(4, H, T, B)[OUTWARD].transpose(0, 2, 1, 3)
    for k, W in enumerate(np.split(params.W_h, 4, axis=1)):
        gates[k, :-1] = W @ i_f_o_g[k, 1:]
    highway, peep = ways.highway[1:], zeros
    highway[run.last()[0], :, run.last()[1]] = 0  # what stands there is d_final.c
    if params.p is not None:
        peep = ways.peep[1:] + params.p[2, :, None] * i_f_o_g[2]
    done = run.past_end()
    for part in (highway, ways.dc) if done is not None else ():
        np.copyto(part, 0, where=done[:, None])  # type: ignore[index]
    out = run.outward
    dc_parts = (ways.dc, final_c, highway, ways.from_h, peep)
    return Flow(
        out(arriving[1:]), out(loss), out(final_h), np.stack([out(part) for part in gates]), *map(out, dc_parts)
    )
