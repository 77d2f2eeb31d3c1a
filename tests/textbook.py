"""The three cells in the textbook's words: one sample, one step, one equation a line.

Slow on purpose: there is no batch, no fused product and no buffer, so a reader can hold it next to the papers. The
tests compare every signal of the fast cells with it. Weights act on column vectors, as in the papers: `W @ x + U @
h_prev + b`.

It also answers where a gradient comes from. Every place that reads h or c reads it through `see(path, step, value)`;
a test may add a tiny imaginary number there, on this path alone, and what arrives at the loss is the exact derivative
along that path (the complex step: Squire and Trapp 1998; nothing is subtracted, so no digits are lost).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

See = Callable[[str, int, np.ndarray], np.ndarray]
Hold = Callable[[str, int, np.ndarray], np.ndarray]
GATES = {"lstm": "ifog", "gru": "rzn", "rnn": "h"}
STATES = {"lstm": ("h", "c"), "gru": ("h",), "rnn": ("h",)}
EXTRAS = {"lstm": ("tanh_c",), "gru": ("q",), "rnn": ()}


def sigma(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def split(cell: str, array: np.ndarray) -> dict[str, np.ndarray]:
    """One matrix a gate, acting on columns: (hidden, features) each, from (features, gates * hidden)."""
    gates = GATES[cell]
    return {gate: block.T for gate, block in zip(gates, np.split(array, len(gates), axis=-1), strict=True)}


def lstm_step(params: Any, x: np.ndarray, old: dict, k: int, hold: Hold, see: See) -> dict[str, np.ndarray]:
    """Gers, Schmidhuber and Cummins (2000); peepholes: Gers et al. (2002); variants: Greff et al. (2017)."""
    W, U, b = (split("lstm", array) for array in (params.W_x, params.W_h, params.b))
    v, h_prev, c_prev = params.variant, old["h"], old["c"]
    p = dict(zip("ifo", params.p, strict=True)) if v.peephole else dict.fromkeys("ifo", 0.0)
    one = np.ones_like(c_prev)

    i = (
        one
        if v.input == "none"
        else sigma(
            W["i"] @ x
            + U["i"] @ see("h_prev to i", k, h_prev)
            + b["i"]
            + p["i"] * see("c_prev to peepholes", k, c_prev)
        )
    )
    i = hold("i", k, i)
    if v.forget == "learned":
        f = sigma(
            W["f"] @ x
            + U["f"] @ see("h_prev to f", k, h_prev)
            + b["f"]
            + p["f"] * see("c_prev to peepholes", k, c_prev)
        )
    else:
        f = one if v.forget == "none" else 1 - i
    f = hold("f", k, f)
    g = hold("g", k, np.tanh(W["g"] @ x + U["g"] @ see("h_prev to g", k, h_prev) + b["g"]))
    c = see("c", k, hold("c", k, f * see("c_prev to c", k, c_prev) + i * g))
    o = (
        one
        if v.output == "none"
        else sigma(W["o"] @ x + U["o"] @ see("h_prev to o", k, h_prev) + b["o"] + p["o"] * see("c to o", k, c))
    )
    o = hold("o", k, o)
    h = see("h", k, hold("h", k, o * np.tanh(see("c to h", k, c))))
    return {"i": i, "f": f, "o": o, "g": g, "c": c, "h": h, "tanh_c": np.tanh(c)}  # fmt: skip


def gru_step(params: Any, x: np.ndarray, old: dict, k: int, hold: Hold, see: See) -> dict[str, np.ndarray]:
    """Cho et al. (2014), the reset gate before the product; and as in PyTorch and Keras, after it."""
    W, U = split("gru", params.W_x), split("gru", params.W_h)
    b_x, b_h = (split("gru", row) for row in (params.b if params.b.ndim == 2 else (params.b, 0 * params.b)))
    h_prev = old["h"]

    r = hold("r", k, sigma(W["r"] @ x + U["r"] @ see("h_prev to r", k, h_prev) + b_x["r"] + b_h["r"]))
    z = hold("z", k, sigma(W["z"] @ x + U["z"] @ see("h_prev to z", k, h_prev) + b_x["z"] + b_h["z"]))
    if params.reset_after:
        q = U["n"] @ see("h_prev to n", k, h_prev) + b_h["n"]
        n = np.tanh(W["n"] @ x + b_x["n"] + r * q)
    else:
        q = U["n"] @ (r * see("h_prev to n", k, h_prev))
        n = np.tanh(W["n"] @ x + b_x["n"] + q)
    n = hold("n", k, n)
    h = see("h", k, hold("h", k, (1 - z) * n + z * see("h_prev to h", k, h_prev)))
    return {"r": r, "z": z, "n": n, "h": h, "q": q}


def rnn_step(params: Any, x: np.ndarray, old: dict, k: int, hold: Hold, see: See) -> dict[str, np.ndarray]:
    """Elman (1990)."""
    a = params.W_x.T @ x + params.W_h.T @ see("h_prev to h", k, old["h"]) + params.b
    h = np.tanh(a) if params.activation == "tanh" else np.where(a.real > 0, a, 0)
    return {"h": see("h", k, hold("h", k, h))}


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}


def held(clamps: Iterable[Any], signal: str, t: int, value: np.ndarray) -> np.ndarray:
    """The signal at input step t with every clamp on it applied, in their order: the last one wins."""
    value = value.copy()
    for clamp in clamps:
        stop = np.inf if clamp.stop is None else clamp.stop
        if clamp.signal == signal and clamp.start <= t < stop:
            for unit in range(len(value)) if clamp.units is None else clamp.units:
                value[unit] = clamp.value
    return value


def run_sample(
    cell: str, params: Any, xs: np.ndarray, state: dict[str, np.ndarray], clamps: Sequence[Any], reverse: bool,
    see: See = lambda path, k, value: value,
) -> list[dict[str, np.ndarray]]:  # fmt: skip
    """All signals of one sequence (length, features), one dict a step, in the order in which the steps are made.

    With `reverse` the last token comes first; a clamp's steps still count in input order.
    """
    order = list(range(len(xs)))[:: -1 if reverse else 1]
    steps = []
    for k, t in enumerate(order):
        state = STEPS[cell](params, xs[t], state, k, lambda s, _, value, t=t: held(clamps, s, t, value), see)
        steps.append(state)
    return steps


def run(
    cell: str,
    params: Any,
    x: np.ndarray,
    initial: Any = None,
    lengths: Any = None,
    clamps: Sequence[Any] = (),
    reverse: bool = False,
) -> dict[str, np.ndarray]:
    """Every signal (time, batch, hidden) in input order, and `final_h`, `final_c` (batch, hidden).

    Past its length a sequence's gates are 0; its h and c repeat the state it ended in.
    """
    steps, batch, _ = x.shape
    hidden = params.W_h.shape[0]
    names = dict.fromkeys([*GATES[cell], *STATES[cell], *EXTRAS[cell]])
    out = {name: np.zeros((steps, batch, hidden)) for name in names}
    out |= {f"final_{name}": np.zeros((batch, hidden)) for name in STATES[cell]}
    for j in range(batch):
        n = steps if lengths is None else int(lengths[j])
        start = {name: np.zeros(hidden) if initial is None else getattr(initial, name)[j] for name in STATES[cell]}
        made = run_sample(cell, params, x[:n, j], start, clamps, reverse)
        in_order = made[::-1] if reverse else made
        for name in names:
            out[name][:n, j] = [step[name] for step in in_order]
        for name in STATES[cell]:
            out[name][n:, j] = out[f"final_{name}"][j] = made[-1][name]
    return out


def run_stack(
    layers: Sequence[Any], x: np.ndarray, initial: Any, lengths: Any, clamps: Sequence[Any]
) -> list[dict[str, dict]]:
    """Per layer {"forward": signals, "backward": signals}; a layer reads the h below it, directions side by side."""
    out = []
    for number, layer in enumerate(layers):
        signals = {}
        for way in ("forward", "backward"):
            params = getattr(layer, way)
            if params is None:
                continue
            start = None if initial is None else getattr(initial[number], way)
            mine = [clamp for clamp in clamps if (clamp.layer, clamp.direction) == (number, way)]
            signals[way] = run(layer.cell, params, x, start, lengths, mine, reverse=way == "backward")
        x = np.concatenate([signal["h"] for signal in signals.values()], axis=-1)
        out.append(signals)
    return out


def sample_loss(
    cell: str, steps: Sequence[dict], dh: np.ndarray, d_final: dict[str, np.ndarray], reverse: bool
) -> complex:
    """sum over t of dh[t] . h[t], plus d_final . final state; `dh` in input order."""
    in_order = steps[::-1] if reverse else steps
    loss = sum(dh[t] @ step["h"] for t, step in enumerate(in_order))
    return loss + sum(d_final[name] @ steps[-1][name] for name in STATES[cell])


def path_gradient(
    cell: str, params: Any, xs: np.ndarray, state: dict, clamps: Sequence[Any], reverse: bool,
    dh: np.ndarray, d_final: dict, path: str, shift: int = 0,
) -> np.ndarray:  # fmt: skip
    """dLoss / dvalue along one path alone, (length, hidden) in input order, exact to rounding.

    Entry t belongs to the state of step t; `shift=1` where the next step reads it (nothing reads the last).
    """
    tiny, n, hidden = 1e-40, len(xs), params.W_h.shape[0]
    gradient = np.zeros((n, hidden))
    for k in range(n - shift):
        for unit in range(hidden):

            def see(name: str, step: int, value: np.ndarray, k: int = k, unit: int = unit) -> np.ndarray:
                return value + tiny * 1j * (np.arange(hidden) == unit) if (name, step) == (path, k + shift) else value

            steps = run_sample(cell, params, xs, state, clamps, reverse, see)
            gradient[k, unit] = np.imag(sample_loss(cell, steps, dh, d_final, reverse)) / tiny
    return gradient[::-1] if reverse else gradient
