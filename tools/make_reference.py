"""Reference values from PyTorch for the tests of the core.

    python tools/make_reference.py                  # needs torch and numpy; the tests themselves need no torch

writes tests/data/torch_*.npz: for an LSTM (plain, with peepholes, coupled), a GRU (both places of the reset gate), a
tanh and a ReLU RNN every signal, every gradient, and the total gradient that arrives at each h and c; for two
bidirectional layers of each cell the `state_dict`, outputs and gradients, with and without ragged lengths. Everything
is random and not zero, biases, first states and gradients at the final state included. The seeds are fixed: the same
PyTorch on the same kind of processor writes the same numbers.

The recorded values come from loops that keep each gate. Wherever PyTorch has the same cell as a module, the loop is
first compared with that module, outputs and gradients, so a slip in the loop cannot become the reference.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
BATCH, FEATURES, HIDDEN = 2, 3, 5
STEPS = {"float64": 200, "float32": 60}
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
STATES = {"lstm": ("h", "c"), "gru": ("h",), "rnn": ("h",)}
WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def draw(generator: torch.Generator, dtype: torch.dtype, *shape: int, scale: float = 1.0) -> Tensor:
    """Normal numbers, drawn in float64 so that both dtypes start from the same ones."""
    return (scale * torch.randn(*shape, generator=generator, dtype=torch.float64)).to(dtype)


def lstm_step(w: dict[str, Tensor], x: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """PyTorch's block order i, f, g, o. With `coupled` f = 1 - i; `peephole` has the rows i, f, o."""
    h_prev, c_prev = state["h"], state["c"]
    a = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h_prev @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    a_i, a_f, a_g, a_o = a.chunk(4, dim=1)
    p_i, p_f, p_o = w.get("peephole", (0.0, 0.0, 0.0))
    i = torch.sigmoid(a_i + p_i * c_prev)
    f = 1 - i if "coupled" in w else torch.sigmoid(a_f + p_f * c_prev)
    g = torch.tanh(a_g)
    c = f * c_prev + i * g
    o = torch.sigmoid(a_o + p_o * c)
    return {"i": i, "f": f, "o": o, "g": g, "c": c, "h": o * torch.tanh(c)}


def gru_step(w: dict[str, Tensor], x: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """PyTorch's cell; with `reset_before` the reset gate of Cho et al. (2014), before the product, and one bias."""
    h_prev = state["h"]
    x_r, x_z, x_n = (x @ w["weight_ih_l0"].T + w["bias_ih_l0"]).chunk(3, dim=1)
    W_r, W_z, W_n = w["weight_hh_l0"].chunk(3)
    b_r, b_z, b_n = w["bias_hh_l0"].chunk(3)
    r = torch.sigmoid(x_r + h_prev @ W_r.T + b_r)
    z = torch.sigmoid(x_z + h_prev @ W_z.T + b_z)
    q = (r * h_prev) @ W_n.T if "reset_before" in w else h_prev @ W_n.T + b_n
    n = torch.tanh(x_n + (q if "reset_before" in w else r * q))
    return {"r": r, "z": z, "n": n, "q": q, "h": (1 - z) * n + z * h_prev}


def rnn_step(w: dict[str, Tensor], x: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
    a = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + state["h"] @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    return {"h": torch.relu(a) if "relu" in w else torch.tanh(a)}


STEP = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}


def given(cell: str, seed: int, dtype: torch.dtype, extra: str | None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Random weights and random inputs of one layer; `extra` is the marker of a variant."""
    generator = torch.Generator().manual_seed(seed)
    wide = GATES[cell] * HIDDEN
    shapes = [(wide, FEATURES), (wide, HIDDEN), (wide,), (wide,)]
    weights = {name: draw(generator, dtype, *shape, scale=0.5) for name, shape in zip(WEIGHTS, shapes, strict=True)}
    if extra is not None:
        weights[extra] = draw(generator, dtype, 3, HIDDEN) if extra == "peephole" else torch.ones(1, dtype=dtype)
    if extra == "reset_before":
        weights["bias_hh_l0"].zero_()  # the 2014 cell has one bias
    steps = STEPS[str(dtype).split(".")[1]]
    inputs = {"x": draw(generator, dtype, steps, BATCH, FEATURES), "dh": draw(generator, dtype, steps, BATCH, HIDDEN)}
    for name in STATES[cell]:
        inputs[f"initial_{name}"] = draw(generator, dtype, BATCH, HIDDEN)
        inputs[f"d_final_{name}"] = draw(generator, dtype, BATCH, HIDDEN)
    return weights, inputs


def record(cell: str, weights: dict[str, Tensor], inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Runs the loop and its backward pass: every signal, every gradient, the total gradient at each state."""
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in (weights | inputs).items()}
    state = {name: leaves[f"initial_{name}"] for name in STATES[cell]}
    made: list[dict[str, Tensor]] = []
    for x_t in leaves["x"]:
        state = STEP[cell](leaves, x_t, state)
        for name in STATES[cell]:
            state[name].retain_grad()
        made.append(state)
    loss = sum((dh_t * step["h"]).sum() for dh_t, step in zip(inputs["dh"], made, strict=True))
    loss = loss + sum((inputs[f"d_final_{name}"] * state[name]).sum() for name in STATES[cell])
    loss.backward()

    out = {name: torch.stack([step[name].detach() for step in made]) for name in made[0]}
    out |= {f"total_d{name}": torch.stack([step[name].grad for step in made]) for name in STATES[cell]}
    wanted = ["x", *(f"initial_{name}" for name in STATES[cell]), *WEIGHTS, "peephole"]
    return out | {f"grad_{name}": leaves[name].grad for name in wanted if name in leaves}


def module_of(
    cell: str, activation: str = "tanh", layers: int = 1, hidden: int = HIDDEN, bidirectional: bool = False
) -> nn.RNNBase:
    options = {"nonlinearity": activation} if cell == "rnn" else {}
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
    return kind(FEATURES, hidden, layers, bidirectional=bidirectional, **options)


def check_with_module(cell: str, activation: str, weights: dict, inputs: dict, recorded: dict) -> float:
    """The worst difference between the loop and PyTorch's own module, relative to the largest number of each array."""
    module = module_of(cell, activation).to(inputs["x"].dtype)
    module.load_state_dict({name: weights[name] for name in WEIGHTS})
    leaves = {name: inputs[name].clone().requires_grad_() for name in ["x", *(f"initial_{n}" for n in STATES[cell])]}
    initial = tuple(leaves[f"initial_{name}"][None] for name in STATES[cell])
    h, final = module(leaves["x"], initial if cell == "lstm" else initial[0])
    finals = dict(zip(STATES[cell], final if cell == "lstm" else (final,), strict=True))
    loss = (inputs["dh"] * h).sum() + sum((inputs[f"d_final_{name}"] * finals[name][0]).sum() for name in finals)
    loss.backward()
    theirs = {"h": h.detach()} | {f"grad_{name}": leaf.grad for name, leaf in leaves.items()}
    theirs |= {f"grad_{name}": parameter.grad for name, parameter in module.named_parameters()}
    return max(float((recorded[name] - value).abs().max() / value.abs().max()) for name, value in theirs.items())


def one_layer(name: str, cell: str, seed: int, extra: str | None = None) -> None:
    arrays: dict[str, Tensor] = {}
    for dtype in (torch.float64, torch.float32):
        short = str(dtype).split(".")[1]
        weights, inputs = given(cell, seed, dtype, extra)
        recorded = record(cell, weights, inputs)
        if extra in (None, "relu"):
            error = check_with_module(cell, extra or "tanh", weights, inputs, recorded)
            assert error < (1e-11 if dtype == torch.float64 else 1e-4), (
                f"{name} {short}: the loop is off by {error:.1e}"
            )
            print(f"{name} {short}: loop and module agree to {error:.1e}")
        arrays |= {f"{short}/{key}": value for key, value in (weights | inputs | recorded).items()}
    save(name, arrays)


def two_layers(
    cell: str, seed: int, activation: str = "tanh", hidden: int = 4, steps: int = 17, batch: int = 3
) -> None:
    """A module of two bidirectional layers, all sequences full and then ragged (packed)."""
    torch.manual_seed(seed)
    module = module_of(cell, activation, layers=2, hidden=hidden, bidirectional=True).to(torch.float64)
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(generator, torch.float64, *parameter.shape, scale=0.6))
    arrays = {f"state_dict/{name}": value.clone() for name, value in module.state_dict().items()}
    arrays["x"] = draw(generator, torch.float64, steps, batch, FEATURES)
    arrays["dh"] = draw(generator, torch.float64, steps, batch, 2 * hidden)
    for name in STATES[cell]:  # PyTorch's order: layer 0 forward, layer 0 backward, layer 1 forward, ...
        arrays[f"initial_{name}"] = draw(generator, torch.float64, 4, batch, hidden)
        arrays[f"d_final_{name}"] = draw(generator, torch.float64, 4, batch, hidden)
    arrays["lengths"] = torch.tensor([11, steps, 1])
    given = dict(arrays)
    for kind, lengths in {"full": torch.full((batch,), steps), "ragged": arrays["lengths"]}.items():
        arrays |= {f"{kind}/{name}": value for name, value in run_module(cell, module, given, lengths).items()}
    save(f"{cell}_{activation}_two_layers" if cell == "rnn" else f"{cell}_two_layers", arrays)


def run_module(cell: str, module: nn.RNNBase, given: dict[str, Tensor], lengths: Tensor) -> dict[str, Tensor]:
    module.zero_grad()
    leaves = {name: given[name].clone().requires_grad_() for name in ["x", *(f"initial_{n}" for n in STATES[cell])]}
    initial = tuple(leaves[f"initial_{name}"] for name in STATES[cell])
    packed = pack_padded_sequence(leaves["x"], lengths, enforce_sorted=False)
    h, final = module(packed, initial if cell == "lstm" else initial[0])
    h, _ = pad_packed_sequence(h, total_length=len(given["x"]))
    finals = dict(zip(STATES[cell], final if cell == "lstm" else (final,), strict=True))
    loss = (given["dh"] * h).sum() + sum((given[f"d_final_{name}"] * finals[name]).sum() for name in finals)
    loss.backward()
    out = {"h": h.detach()} | {f"final_{name}": value.detach() for name, value in finals.items()}
    out |= {f"grad_{name}": leaf.grad for name, leaf in leaves.items()}
    return out | {f"grad/{name}": parameter.grad.clone() for name, parameter in module.named_parameters()}


def save(name: str, arrays: dict[str, Tensor]) -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / f"torch_{name}.npz"
    np.savez_compressed(path, **{key: value.numpy() for key, value in arrays.items()})
    print(f"wrote {path.name}, {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    one_layer("lstm", "lstm", seed=1)
    one_layer("lstm_peephole", "lstm", seed=2, extra="peephole")
    one_layer("lstm_coupled", "lstm", seed=3, extra="coupled")
    one_layer("gru", "gru", seed=4)
    one_layer("gru_reset_before", "gru", seed=5, extra="reset_before")
    one_layer("rnn_tanh", "rnn", seed=6)
    one_layer("rnn_relu", "rnn", seed=7, extra="relu")
    two_layers("lstm", seed=11)
    two_layers("gru", seed=13)
    two_layers("rnn", seed=15)
    two_layers("rnn", seed=17, activation="relu")


if __name__ == "__main__":
    main()
