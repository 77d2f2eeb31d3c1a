"""The two inner loops of the LSTM, and the scratch memory they work in.

A step of a small cell is a handful of NumPy calls of a fraction of a microsecond each, so what counts is how few they
are and that every operand is a ready-made view. A *workspace* holds some steps of everything the loop touches, sized to
stay in the processor's cache, with the views of every step made once and kept for the next call of the same sizes. The
sequence passes through it chunk by chunk; what is to be recorded is copied out. No trace ever views a workspace.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from lstm_core.arrays import Array
from lstm_core.clamps import DType
from lstm_core.layout import block

CACHED = 1 << 20  # bytes of a workspace: what stays in the second-level cache beside the weights
LONGEST = 64  # steps of one
KEPT = 8  # workspaces of either kind a thread keeps

_kept = threading.local()


class Forward:
    """Some steps of the forward loop: S and Z as in `plain_steps`, and tanh(c)."""

    def __init__(self, steps: int, batch: int, features: int, hidden: int, dtype: DType) -> None:
        H = hidden
        shapes = (steps + 1, 5 * H, batch), (steps + 1, H + 1 + features, batch), (steps, H, batch)
        self.steps = steps
        self.S, self.Z, self.tanh_c = block(dtype, *shapes)
        self.Z[:, H] = 1
        self.views = list(forward_views(self.S, self.Z, self.tanh_c))


def forward_views(S: Array, Z: Array, tanh_c: Array) -> Iterable[tuple[Array, ...]]:
    """What each step of `run_forward` reads and writes."""
    if S.shape[2] == 1:  # vectors are quicker than matrices of one column
        S, Z, tanh_c = S[:, :, 0], Z[:, :, 0], tanh_c[:, :, 0]
    T, H = tanh_c.shape[:2]
    s = S[:T]
    columns = (
        Z[:T],
        s[:, H:],
        s[:, 2 * H :],
        s[:, : 2 * H],
        s[:, 2 * H : 4 * H],
        S[1:, :H],
        tanh_c,
        s[:, 4 * H :],
        Z[1:, :H],
    )
    return zip(*columns, strict=False)


def run_forward(W: Array, views: Iterable[tuple[Array, ...]], products: Array) -> None:
    """Steps of a cell without peepholes, clamps and padding: eight calls a step.

    S[t] holds c[t-1], then g f i o of step t; Z[t] holds h[t-1], 1, x[t]. `products` is scratch, (2 * hidden, batch).
    """
    dot, tanh, multiply, add, half = W.dot, np.tanh, np.multiply, np.add, np.array(0.5, W.dtype)
    fc, ig = np.split(products, 2)
    for hx, a, fio, cg, fi, c, tanh_c, o, h in views:
        dot(hx, a)  # W_h h_prev + b + W_x x, of all gates
        tanh(a, a)  # g, and what becomes
        multiply(fio, half, fio)
        add(fio, half, fio)  # f, i, o
        multiply(cg, fi, products)
        add(fc, ig, c)  # c = f * c_prev + i * g
        tanh(c, tanh_c)
        multiply(o, tanh_c, h)  # h = o * tanh(c)


class Backward:
    """Some steps of the backward loop.

    R: c_prev g f i o of each step, (5, steps, hidden, batch), a copy: arithmetic on whole blocks is several times
    quicker than on rows of slabs. K: da / dc of g f i, da / dh of o, and dc / dh. D: the gradients da of g f i o, and
    what c gets from h, (steps, 5 * hidden, batch). `highway[t]` is what step t hands to c[t-1], `arriving[t]` all that
    h[t-1] gets.
    """

    def __init__(self, steps: int, batch: int, features: int, hidden: int, dtype: DType) -> None:
        H = hidden
        blocks, slabs, state, later = (
            (5, steps, H, batch),
            (steps, 5 * H, batch),
            (steps, H, batch),
            (steps + 1, H, batch),
        )
        self.steps = steps
        self.R, self.K, self.D, self.dc, self.highway, self.arriving = block(
            dtype, blocks, blocks, slabs, state, later, later
        )
        R, K, D, dc, highway, arriving = (
            a[..., 0] if batch == 1 else a for a in (self.R, self.K, self.D, self.dc, self.highway, self.arriving)
        )
        d = [D[:, n * H : (n + 1) * H] for n in range(5)]
        columns = (arriving[1:], arriving[:-1], highway[1:], highway[:-1], R[2], dc, *K, *d, D[:, : 4 * H])
        self.views = list(zip(*columns, strict=True))[::-1]  # last step first


def run_backward(W_h: Array, views: Iterable[tuple[Array, ...]]) -> None:
    """The recurrence of the gradient in a cell without peepholes, last step first: nine calls a step."""
    dot, multiply, add, back = W_h.dot, np.multiply, np.add, None  # back: W_h da, in one buffer for all steps
    for dh, dh_prev, from_c, to_c, f, dc, k_g, k_f, k_i, k_o, k_c, da_g, da_f, da_i, da_o, from_h, da in views:
        multiply(dh, k_o, da_o)
        multiply(dh, k_c, from_h)
        add(from_h, from_c, dc)  # dc = what came through h + what c of the next step hands back
        multiply(dc, k_g, da_g)
        multiply(dc, k_f, da_f)
        multiply(dc, k_i, da_i)
        multiply(dc, f, to_c)
        back = dot(da) if back is None else dot(da, back)
        add(dh_prev, back, dh_prev)


def workspace(kind: type[Any], steps: int, batch: int, features: int, hidden: int, dtype: DType) -> Any:
    """A workspace for these sizes, as this thread left it or new."""
    rows = {Forward: 7 * hidden + 1 + features, Backward: 18 * hidden}[kind]
    fitting = CACHED // (rows * batch * dtype.itemsize)
    most = max(1, min(LONGEST, fitting))
    key = (kind, most, batch, features if kind is Forward else 0, hidden, dtype.char)
    kept: dict[Any, Any] = _kept.__dict__.setdefault("workspaces", {})
    if key not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = kind(most, batch, features, hidden, dtype)
    return kept[key]
