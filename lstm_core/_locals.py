"""One step of the way back, at every step at once or at a chosen one, with each way told apart.

The cells' own backward passes are made for speed and say what arrived. Here is what a single step does with it, in
public axes, (time, batch, hidden) in input order: for what stops early (`truncation`), for a gradient that enters at a
c in the middle of a run (`objectives`), and for showing one step with its numbers (`paths`). Factors are 0 where a
signal is held and at padding, so that nothing goes through there.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lstm_core import gru, lstm, rnn
from lstm_core.analysis import previous
from lstm_core.arrays import Array, Bools
from lstm_core.clamps import held

Trace: TypeAlias = rnn.Trace | gru.Trace | lstm.Trace
Params: TypeAlias = rnn.Params | gru.Params | lstm.Params
Factors: TypeAlias = dict[str, Array]


class Onward(NamedTuple):
    """What a step hands to the one read before it, by way: to its h, and to its c in an LSTM."""

    h: dict[str, Array]
    c: dict[str, Array]


def is_own(trace: Trace) -> Bools:
    """True where a step lies within its sequence, (time, batch, 1)."""
    T, B, _ = trace.h.shape
    lengths = np.full(B, T) if trace.lengths is None else trace.lengths
    return np.asarray(np.arange(T)[:, None, None] < lengths[:, None])


def free(trace: Trace, signal: str) -> Bools:
    """True where no clamp holds a signal, (time, 1, hidden)."""
    T, _, H = trace.h.shape
    return ~held(trace.clamps, signal, T, H)[:, None]


def factors(trace: Trace) -> Factors:
    """What dh and dc are multiplied with at each step, (time, batch, hidden) each.

    Of an LSTM "o" and "c" go with dh, and "i", "f", "g" and "keep" with dc; of a GRU "z", "n", "q" and "keep" go with
    dh, and "r" as in `gates`; of an RNN "h" goes with dh. Those named like a gate lead to its pre-activation.
    """
    own = is_own(trace)
    if isinstance(trace, lstm.Trace):
        return _of_lstm(trace, own)
    if isinstance(trace, gru.Trace):
        return _of_gru(trace, own)
    return {"h": slope(trace) * (free(trace, "h") & own)}


def slope(trace: rnn.Trace) -> Array:
    """The slope of an RNN's activation at each step, (time, batch, hidden)."""
    return np.asarray((trace.h > 0).astype(trace.h.dtype) if trace.params.activation == "relu" else 1 - trace.h**2)


def _of_lstm(trace: lstm.Trace, own: Bools) -> Factors:
    i, f, o, g, c_prev = trace.i, trace.f, trace.o, trace.g, previous(trace, "c")
    at_h, at_c = free(trace, "h") & own, free(trace, "c") & own
    to_i, to_f = g, c_prev
    if trace.params.variant.forget == "coupled":  # f = 1 - i: what reaches f is i's
        to_i, to_f = g - c_prev * free(trace, "f"), np.zeros_like(c_prev)
    return {
        "o": trace.tanh_c * o * (1 - o) * (free(trace, "o") & at_h),
        "c": o * (1 - trace.tanh_c**2) * at_h,
        "i": to_i * i * (1 - i) * (free(trace, "i") & at_c),
        "f": to_f * f * (1 - f) * (free(trace, "f") & at_c),
        "g": i * (1 - g * g) * (free(trace, "g") & at_c),
        "keep": f * at_c,
    }


def _of_gru(trace: gru.Trace, own: Bools) -> Factors:
    r, z, n, h_prev = trace.r, trace.z, trace.n, previous(trace, "h")
    at_h = free(trace, "h") & own
    to_n = (1 - z) * (1 - n * n) * (free(trace, "n") & at_h)
    to_r = r * (1 - r) * (free(trace, "r") & own)
    after = trace.params.reset_after
    return {
        "z": (h_prev - n) * z * (1 - z) * (free(trace, "z") & at_h),
        "n": to_n,
        "q": to_n * r if after else np.zeros_like(r),
        "r": to_n * trace.q * to_r if after else h_prev * to_r,
        "reset": r,
        "keep": z * at_h,
    }


def cell_gradient(params: Params, K: Factors, dh: Array, elsewhere: Array) -> Array:
    """dL/dc of an LSTM: what comes through h and o's peephole, and what comes from `elsewhere`."""
    dc = elsewhere + dh * K["c"]
    p = getattr(params, "p", None)
    return np.asarray(dc if p is None else dc + p[2] * (dh * K["o"]))


def gates(params: Params, K: Factors, dh: Array, dc: Array) -> dict[str, Array]:
    """The gradients at all pre-activations; `dc` counts in an LSTM only. A GRU has one at q besides: reset after."""
    if isinstance(params, lstm.Params):
        return {"i": dc * K["i"], "f": dc * K["f"], "o": dh * K["o"], "g": dc * K["g"]}
    if isinstance(params, gru.Params):
        da = {"z": dh * K["z"], "n": dh * K["n"], "q": dh * K["q"]}
        reset = dh if params.reset_after else da["n"] @ columns(params, "n").T  # before: gradient at r * h_prev
        return {"r": reset * K["r"], **da}
    return {"h": dh * K["h"]}


def onward(params: Params, K: Factors, dh: Array, dc: Array, da: dict[str, Array]) -> Onward:
    """What goes on to the step read before, from the gradients at this one."""
    if isinstance(params, lstm.Params):
        to_h: dict[str, Array] = {gate: da[gate] @ columns(params, gate).T for gate in lstm.GATES}
        peephole = np.zeros_like(dc) if params.p is None else params.p[0] * da["i"] + params.p[1] * da["f"]
        return Onward(to_h, {"highway": dc * K["keep"], "peephole": peephole})
    if isinstance(params, gru.Params):
        U_n = columns(params, "n")
        to_h = {"highway": dh * K["keep"], **{gate: da[gate] @ columns(params, gate).T for gate in ("r", "z")}}
        to_h["n"] = da["q"] @ U_n.T if params.reset_after else (da["n"] @ U_n.T) * K["reset"]
        return Onward(to_h, {})
    return Onward({"recurrent": da["h"] @ params.W_h.T}, {})


def order(params: Params) -> tuple[str, ...]:
    """The gates of a cell, as their blocks stand in W_x and W_h."""
    return lstm.GATES if isinstance(params, lstm.Params) else gru.GATES if isinstance(params, gru.Params) else rnn.GATES


def columns(params: Params, gate: str, weights: str = "W_h") -> Array:
    """The block of one gate in W_h or W_x."""
    H, k = params.hidden, order(params).index(gate)
    return np.asarray(getattr(params, weights)[:, k * H : (k + 1) * H])


def to_input(params: Params, da: dict[str, Array]) -> dict[str, Array]:
    """What x gets through each gate."""
    return {gate: da[gate] @ columns(params, gate, "W_x").T for gate in da if gate != "q"}


def weight_gradients(trace: Trace, da: dict[str, Array]) -> Any:
    """The gradient of the parameters, in their shape, from those at all pre-activations."""
    params, F, H = trace.params, trace.x.shape[2], trace.params.hidden
    own = is_own(trace)
    x, h_prev = (np.where(own, a, 0).reshape(len(own) * own.shape[1], -1) for a in (trace.x, previous(trace, "h")))
    rows = {gate: np.asarray(a).reshape(-1, H) for gate, a in da.items()}
    W_x = np.concatenate([x.T @ rows[gate] for gate in order(params)], axis=1).reshape(F, -1)
    at_h = {**rows, "n": rows["q"]} if isinstance(params, gru.Params) and params.reset_after else rows
    blocks = [h_prev.T @ at_h[gate] for gate in order(params)]
    b = np.concatenate([rows[gate].sum(axis=0) for gate in order(params)])
    if isinstance(params, gru.Params):
        if params.reset_after:
            b = np.stack((b, np.concatenate([at_h[gate].sum(axis=0) for gate in order(params)])))
        else:
            assert isinstance(trace, gru.Trace)
            blocks[2] = (trace.r.reshape(-1, H) * h_prev).T @ rows["n"]
        return gru.Params(W_x, np.concatenate(blocks, axis=1), b, params.reset_after)
    W_h = np.concatenate(blocks, axis=1)
    if isinstance(params, rnn.Params):
        return rnn.Params(W_x, W_h, b, params.activation)
    assert isinstance(trace, lstm.Trace)
    seen = {"i": previous(trace, "c"), "f": previous(trace, "c"), "o": trace.c}
    p = None if params.p is None else np.stack([(da[gate] * c).sum(axis=(0, 1)) for gate, c in seen.items()])
    return lstm.Params(W_x, W_h, b, p, params.variant)


def earlier(trace: Trace, sent: Array) -> tuple[Array, Array]:
    """What each step hands back, at the step that gets it: (time, batch, hidden); and what the first state gets."""
    received = np.zeros_like(sent)
    if not trace.reverse:
        received[:-1] = sent[1:]
        return received, sent[0].copy()
    received[1:] = sent[:-1]
    T, B, _ = sent.shape
    ends = np.full(B, T) if trace.lengths is None else trace.lengths
    return np.where(is_own(trace), received, 0), sent[ends - 1, np.arange(B)]


def check_whole(name: str, value: object, count: int) -> None:
    """Refuse what is no whole number from 0 to `count` - 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < count:
        raise ValueError(f"{name}: expected a whole number from 0 to {count - 1}, got {value!r}; choose another")


def norms(array: Array, axis: int = -1) -> Array:
    """Lengths along an axis, in float64 and right where squares are too small for it: gradients do vanish."""
    wide = np.asarray(array, np.float64)
    largest = np.abs(wide).max(axis=axis, keepdims=True)
    scaled = np.divide(wide, largest, out=np.zeros_like(wide), where=largest > 0)
    return np.asarray(np.linalg.norm(scaled, axis=axis) * largest.squeeze(axis))
