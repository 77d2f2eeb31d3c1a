"""Reference values from PyTorch for the way back: the gradient at every signal of every step, and what a cut leaves.

    python tools/make_flow_reference.py            # needs torch and numpy; the tests themselves need no torch

writes tests/data/torch_flow_*.npz, float64. The cells are written out here as in the textbook, so that autograd keeps a
gradient at every gate and every pre-activation; `check` compares them with PyTorch's own layers. For the cut, autograd
multiplies what goes through each recurrent connection with a number e: the gradient is then a polynomial in e whose
coefficient k is what came through k of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
STEPS, BATCH, FEATURES, HIDDEN = 6, 2, 3, 4
GATES = {"lstm": "ifog", "gru": "rzn", "rnn": "h"}


class Damped(torch.autograd.Function):
    """The value as it is; its gradient times e."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, e: float) -> Tensor:
        ctx.e = e
        return value.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient * ctx.e, None


def draw(generator: torch.Generator, *shape: int, scale: float = 0.7) -> Tensor:
    return (scale * torch.randn(*shape, generator=generator, dtype=torch.float64)).requires_grad_()


def weights(cell: str, features: int, generator: torch.Generator) -> dict[str, Tensor]:
    wide = HIDDEN * len(GATES[cell])
    bias = (2, wide) if cell == "gru" else (wide,)
    return {
        "W_x": draw(generator, features, wide), "W_h": draw(generator, HIDDEN, wide), "b": draw(generator, *bias),
        **{f"{state}0": draw(generator, BATCH, HIDDEN) for state in ("hc" if cell == "lstm" else "h")},
    }  # fmt: skip


def step(cell: str, w: dict[str, Tensor], x: Tensor, h: Tensor, c: Tensor | None, keep: dict[str, Tensor]) -> Any:
    if cell == "gru":
        a_x, a_h = (x @ w["W_x"] + w["b"][0]).split(HIDDEN, 1), (h @ w["W_h"] + w["b"][1]).split(HIDDEN, 1)
        a = {"r": a_x[0] + a_h[0], "z": a_x[1] + a_h[1]}
        s = {gate: torch.sigmoid(value) for gate, value in a.items()}
        s["q"] = a_h[2]
        a["n"] = a_x[2] + s["r"] * s["q"]
        s["n"] = torch.tanh(a["n"])
        s["h"] = (1 - s["z"]) * s["n"] + s["z"] * h
    elif cell == "lstm":
        assert c is not None
        parts = (x @ w["W_x"] + h @ w["W_h"] + w["b"]).split(HIDDEN, 1)
        a = dict(zip("ifog", parts, strict=True))
        s = {gate: (torch.tanh if gate == "g" else torch.sigmoid)(value) for gate, value in a.items()}
        s["c"] = s["f"] * c + s["i"] * s["g"]
        s["h"] = s["o"] * torch.tanh(s["c"])
    else:
        a = {"h": x @ w["W_x"] + h @ w["W_h"] + w["b"]}
        s = {"h": torch.tanh(a["h"])}
    keep.update({**s, **{f"a_{gate}": value for gate, value in a.items()}})
    return s["h"], s.get("c")


def run(
    cell: str, w: dict[str, Tensor], x: Tensor, *, reverse: bool = False, e: float = 1.0
) -> tuple[Tensor, list[dict[str, Tensor]]]:
    h, c = w["h0"], w.get("c0")
    kept: list[dict[str, Tensor]] = [{} for _ in x]
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        h, c = step(cell, w, x[t], Damped.apply(h, e), None if c is None else Damped.apply(c, e), kept[t])
    return torch.stack([one["h"] for one in kept]), kept


def check() -> None:
    """What is written out here is what PyTorch computes."""
    generator = torch.Generator().manual_seed(9)
    x = draw(generator, STEPS, BATCH, FEATURES)
    for cell, layer, order in (("lstm", nn.LSTM, (0, 1, 3, 2)), ("gru", nn.GRU, (0, 1, 2)), ("rnn", nn.RNN, (0,))):
        w, theirs = weights(cell, FEATURES, generator), layer(FEATURES, HIDDEN).to(torch.float64)
        blocks = {key: torch.cat([w[key].split(HIDDEN, -1)[k] for k in order], -1) for key in ("W_x", "W_h", "b")}
        with torch.no_grad():
            theirs.weight_ih_l0.copy_(blocks["W_x"].T)
            theirs.weight_hh_l0.copy_(blocks["W_h"].T)
            theirs.bias_ih_l0.copy_(blocks["b"][0] if cell == "gru" else blocks["b"])
            theirs.bias_hh_l0.copy_(blocks["b"][1] if cell == "gru" else 0 * blocks["b"])
        first = (w["h0"][None], w["c0"][None]) if cell == "lstm" else w["h0"][None]
        assert torch.allclose(theirs(x, first)[0], run(cell, w, x)[0], rtol=1e-12)


def signals(cell: str, reads: str, at: int, seed: int) -> None:
    """Two layers; the number is a state of the lower one, or half the square of the upper one's last h."""
    generator = torch.Generator().manual_seed(seed)
    x = draw(generator, STEPS, BATCH, FEATURES, scale=1.0)
    below, above = weights(cell, FEATURES, generator), weights(cell, HIDDEN, generator)
    h, kept = run(cell, below, x)
    top, kept_above = run(cell, above, h)
    everything = [value for one in (*kept, *kept_above) for value in one.values()]
    for value in (*everything, h, top):
        value.retain_grad()
    loss = (top[at] ** 2).sum() / 2 if reads == "top" else kept[at][reads][:, 1].sum()
    loss.backward()
    arrays = {"x": x, "dx": x.grad, "loss": loss, "at": torch.tensor(at)}
    for name, w, seen in (("0", below, kept), ("1", above, kept_above)):
        for key, value in w.items():
            arrays[f"{name}/{key}"] = value
            arrays[f"{name}/d{key}"] = torch.zeros_like(value) if value.grad is None else value.grad
        for key in seen[0]:
            grads = [torch.zeros_like(one[key]) if one[key].grad is None else one[key].grad for one in seen]
            arrays[f"{name}/d_{key}"] = torch.stack(grads)
    save(f"{cell}_{reads}", arrays)


def cut(cell: str, seed: int) -> None:
    """Two layers with two directions: what each number of recurrent steps gives to every weight."""
    generator = torch.Generator().manual_seed(seed)
    steps = 3
    x = draw(generator, steps, BATCH, FEATURES, scale=1.0)
    cells = [[weights(cell, width, generator) for _ in range(2)] for width in (FEATURES, 2 * HIDDEN)]
    dh = draw(generator, steps, BATCH, 2 * HIDDEN).detach()
    named = {"x": x}
    for k, pair in enumerate(cells):
        for way, w in zip(("forward", "backward"), pair, strict=True):
            named |= {f"{k}/{way}/{key}": value for key, value in w.items()}

    def gradients(e: float) -> list[Tensor]:
        h = x
        for pair in cells:
            h = torch.cat([run(cell, w, h, reverse=k == 1, e=e)[0] for k, w in enumerate(pair)], 2)
        return list(torch.autograd.grad((h * dh).sum(), list(named.values())))

    powers = fit(gradients, degree=2 * steps)
    arrays = {"dh": dh, **named}
    for name, coefficients in zip(named, powers, strict=True):
        arrays[f"powers/{name}"] = coefficients
    save(f"cut_{cell}", arrays)


def fit(gradients: Callable[[float], list[Tensor]], degree: int) -> list[Tensor]:
    """The coefficients of polynomials in e, (degree + 1, ...) each, from their values at so many places."""
    places = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
    inverse = torch.tensor(np.linalg.inv(np.vander(places, increasing=True)))
    values = [gradients(float(e)) for e in places]
    return [torch.tensordot(inverse, torch.stack(one), dims=1) for one in zip(*values, strict=True)]


def integrated(seed: int) -> None:
    """Integrated gradients of the last h of an LSTM, by a loop over the middles of 50 parts."""
    generator = torch.Generator().manual_seed(seed)
    w, vectors = weights("lstm", FEATURES, generator), draw(generator, STEPS, FEATURES, scale=1.0)
    w = {key: value[:1] if key in ("h0", "c0") else value for key, value in w.items()}
    out = draw(generator, HIDDEN)
    w["h0"], w["c0"] = torch.zeros_like(w["h0"]), torch.zeros_like(w["c0"])

    def logit(v: Tensor) -> Tensor:
        return run("lstm", w, v[:, None])[0][-1, 0] @ out

    start = vectors.mean(0).detach()
    slopes = torch.zeros_like(vectors)
    for k in range(50):
        here = (start + (k + 0.5) / 50 * (vectors - start)).detach().requires_grad_()
        slopes = slopes + torch.autograd.grad(logit(here), here)[0] / 50
    tokens = ((vectors - start) * slopes).sum(1)
    total = logit(vectors) - logit(start.expand_as(vectors))
    plain = torch.autograd.grad(logit(vectors), vectors)[0]
    arrays = {"vectors": vectors, "out": out, "tokens": tokens, "total": total, "product": (plain * vectors).sum(1)}
    save("integrated", {**arrays, **{f"w/{key}": value for key, value in w.items()}})


def save(name: str, arrays: dict[str, Tensor]) -> None:
    found = {key: value.detach().numpy() for key, value in arrays.items()}
    np.savez_compressed(DATA / f"torch_flow_{name}.npz", **found)


def main() -> None:
    check()
    for seed, (cell, reads, at) in enumerate(
        [("lstm", "top", 5), ("lstm", "c", 3), ("lstm", "h", 4), ("gru", "top", 5), ("gru", "h", 3), ("rnn", "top", 4)]
    ):
        signals(cell, reads, at, 20 + seed)
    for seed, cell in enumerate(("lstm", "gru", "rnn")):
        cut(cell, 40 + seed)
    integrated(50)


if __name__ == "__main__":
    main()
