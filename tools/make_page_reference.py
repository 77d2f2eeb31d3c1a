"""Nets saved by PyTorch and their gradients at every sub-step of the way back, for the browser test of Backward pass.

    python tools/make_page_reference.py            # needs torch, safetensors and numpy; the tests need no torch

writes tests/data/torch_page_{lstm,gru,rnn}.safetensors, the state_dict of two layers in float64, and .npz with the
inputs and autograd's gradients of half of |h|^2, of the upper layer at its last step. In that layer every use of h has
a node of its own (`Split`), so that autograd keeps what comes back by each; its outputs are compared with nn.LSTM's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
STEPS, FEATURES, HIDDEN = 5, 3, 4
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": "h"}  # in PyTorch's order


class Split(dict[str, Tensor]):
    """Nodes that keep their gradients."""

    def add(self, name: str, value: Tensor) -> Tensor:
        self[name] = value.clone()  # of its own, even where the value is one that is used elsewhere
        self[name].retain_grad()
        return self[name]


def step(cell: str, net: Any, x: Tensor, h: Tensor, c: Tensor, keep: Split) -> tuple[Tensor, Tensor]:
    """One step of the upper layer: by gate, and each gate with a copy of h of its own."""
    gates = GATES[cell]
    before = keep.add("h_prev", h)
    x = keep.add("x", x)
    of_h = {gate: keep.add(f"h_prev.{gate}", before) for gate in gates}
    rows = [slice(k * HIDDEN, (k + 1) * HIDDEN) for k in range(len(gates))]
    from_x = {gate: net.weight_ih_l1[row] @ x + net.bias_ih_l1[row] for gate, row in zip(gates, rows, strict=True)}
    from_h = {
        gate: net.weight_hh_l1[row] @ of_h[gate] + net.bias_hh_l1[row] for gate, row in zip(gates, rows, strict=True)
    }
    if cell == "lstm":
        s = {gate: sigmoid_of(gate, keep.add(f"a_{gate}", from_x[gate] + from_h[gate]), keep) for gate in gates}
        c = keep.add("c", s["f"] * keep.add("c_prev", c) + s["i"] * s["g"])
        return keep.add("h", s["o"] * torch.tanh(keep.add("c.output", c))), c
    if cell == "gru":
        r, z = (sigmoid_of(gate, keep.add(f"a_{gate}", from_x[gate] + from_h[gate]), keep) for gate in "rz")
        n = sigmoid_of("n", keep.add("a_n", from_x["n"] + r * keep.add("q", from_h["n"])), keep)
        return keep.add("h", (1 - z) * n + z * keep.add("h_prev.highway", before)), c
    return keep.add("h", torch.tanh(keep.add("a", from_x["h"] + from_h["h"]))), c


def sigmoid_of(gate: str, a: Tensor, keep: Split) -> Tensor:
    return keep.add(gate, (torch.tanh if gate in "gn" else torch.sigmoid)(a))


def make(cell: str, seed: int) -> None:
    torch.manual_seed(seed)
    net = MODULES[cell](FEATURES, HIDDEN, 2).to(torch.float64)
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(0.8 * torch.randn_like(weights))
    x = torch.randn(STEPS, FEATURES, dtype=torch.float64)
    below = below_of(cell, net, x)
    h = c = torch.zeros(HIDDEN, dtype=torch.float64, requires_grad=True)
    kept = [Split() for _ in range(STEPS)]
    for t in range(STEPS):
        h, c = step(cell, net, below[t], h, c, kept[t])
    assert torch.allclose(h, net(x)[0][-1], rtol=1e-12), "what is written out here is what PyTorch computes"
    loss = (h**2).sum() / 2
    loss.backward()
    arrays = {f"d_{name}": np.stack([gradient(one[name]) for one in kept]) for name in kept[0]}
    np.savez_compressed(DATA / f"torch_page_{cell}.npz", x=x.numpy(), loss=loss.detach().numpy(), **arrays)
    save_file(
        {name: value.contiguous() for name, value in net.state_dict().items()}, DATA / f"torch_page_{cell}.safetensors"
    )


def gradient(value: Tensor) -> np.ndarray:
    return (torch.zeros_like(value) if value.grad is None else value.grad).numpy()


def below_of(cell: str, net: Any, x: Tensor) -> Tensor:
    """What the lower layer gives to the upper one: PyTorch's own layer with the lower weights."""
    lower = MODULES[cell](FEATURES, HIDDEN).to(torch.float64)
    lower.load_state_dict({name: value for name, value in net.state_dict().items() if name.endswith("l0")})
    return lower(x)[0].detach().requires_grad_()


if __name__ == "__main__":
    for seed, cell in enumerate(MODULES):
        make(cell, 60 + seed)
