"""Nets of PyTorch and Keras as files, with what PyTorch and Keras compute from them, for the tests of opening them.

    KERAS_BACKEND=torch python tools/make_own_nets.py    # needs torch, keras, safetensors; the tests need no torch

writes tests/data/own_*: the reference, a tagger of two bidirectional LSTM layers with its vocabulary and every gate of
every step; small modules of other cells and in half precision, with their outputs; two Keras nets with the outputs of
each layer; the first bytes of files in other formats. The files are saved by the lines that docs/your_own_model.md
gives: they are taken from there and run.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path

import keras
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data"
TEXT = "The sea, (the old (grey) sea) was calm."
SYMBOLS = ("<pad>", "<unk>", *sorted(set(TEXT.replace("T", ""))))
LABELS = ("outside", "inside", "bracket")
FEATURES, HIDDEN = 6, 5
SIGNALS = ("i", "f", "o", "g", "c", "h")


class Tagger(nn.Module):
    """Letters to labels. The last module is left over from an experiment and is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = nn.ModuleDict({"embedding": nn.Embedding(len(SYMBOLS), FEATURES)})
        self.encoder = nn.ModuleDict({"rnn": nn.LSTM(FEATURES, HIDDEN, num_layers=2, bidirectional=True)})
        self.head = nn.Linear(2 * HIDDEN, len(LABELS))
        self.norm = nn.BatchNorm1d(7)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        h, _ = self.encoder["rnn"](self.letters["embedding"](ids)[:, None])
        return h[:, 0], self.head(h[:, 0])


def blocks() -> dict[str, str]:
    """The Python of docs/your_own_model.md, by the heading above it."""
    text = (ROOT / "docs" / "your_own_model.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        if code := re.search(r"```python\n(.*?)```", section, re.DOTALL):
            found[section.split("\n", 1)[0]] = code[1]
    return found


def saved(heading: str, model: object) -> bytes:
    """The file that the lines under a heading make of `model`, in the folder where they are run."""
    exec(blocks()[heading], {"model": model})
    return Path("model.safetensors").read_bytes()


def fill(module: nn.Module, seed: int, scale: float = 0.6) -> nn.Module:
    """Random parameters, biases too."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    return module


def direction(lstm: nn.LSTM, k: int, way: str, x: Tensor) -> dict[str, Tensor]:
    """Every signal of one layer in one direction over x (time, inputs), step by step, in the order of the input."""
    end = f"l{k}" + ("_reverse" if way == "backward" else "")
    W_x, W_h, b_x, b_h = (getattr(lstm, f"{kind}_{end}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h = c = torch.zeros(HIDDEN)
    made = []
    for x_t in x.flip(0) if way == "backward" else x:
        i, f, g, o = (W_x @ x_t + b_x + W_h @ h + b_h).chunk(4)  # the order of PyTorch
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        made.append(dict(zip(SIGNALS, (i, f, o, g, c, h), strict=True)))
    if way == "backward":
        made.reverse()
    return {signal: torch.stack([step[signal] for step in made]) for signal in SIGNALS}


def reference() -> None:
    """The tagger, its gates, its vocabulary."""
    net = fill(Tagger(), seed=1)
    ids = torch.tensor([SYMBOLS.index(letter) if letter in SYMBOLS else 1 for letter in TEXT])
    lstm = net.encoder["rnn"]
    with torch.no_grad():
        h, logits = net(ids)
        x = net.letters["embedding"](ids)
        arrays = {"ids": ids, "x": x, "h": h, "logits": logits}
        below, ends = x, []
        for k in range(2):
            runs = {way: direction(lstm, k, way, below) for way in ("forward", "backward")}
            for way, signals in runs.items():
                arrays |= {f"{k}.{way}.{signal}": values for signal, values in signals.items()}
                ends.append(signals["c"][-1 if way == "forward" else 0])
            below = torch.cat([run["h"] for run in runs.values()], dim=1)
        _, (_, c_final) = lstm(x[:, None])
    off = max(float((below - h).abs().max()), float((torch.stack(ends) - c_final[:, 0]).abs().max()))
    assert off < 1e-6, f"the loop is off by {off:.1e}"
    print(f"tagger: {len(ids)} steps; loop and nn.LSTM agree to {off:.1e}")
    data = saved("From PyTorch", net)
    torch.save(net.state_dict(), "model.pt")
    assert saved("From a .pt or .pth file", None) == data
    put("torch_bidirectional.safetensors", data)
    vocabulary = {token: k for k, token in enumerate(SYMBOLS)}
    put("torch_bidirectional_vocabulary.json", (json.dumps(vocabulary, indent=0) + "\n").encode())
    write("torch_bidirectional_traced", {name: value.numpy() for name, value in arrays.items()} | {
        "text": np.array(TEXT), "labels": np.array(LABELS),
    })  # fmt: skip


SMALL: dict[str, nn.Module] = {
    "gru": nn.GRU(3, 4, num_layers=2),
    "rnn": nn.RNN(3, 4, bidirectional=True, nonlinearity="relu"),
    "cell": nn.ModuleDict({"decoder": nn.LSTMCell(3, 4)}),
    "float16": nn.LSTM(3, 4).half(),
    "bfloat16": nn.LSTM(3, 4, bias=False).bfloat16(),
}


def small() -> None:
    """One file a module, and in one other file what each computes."""
    generator = torch.Generator().manual_seed(9)
    arrays = {}
    for seed, (name, module) in enumerate(SMALL.items(), start=21):
        fill(module, seed)
        put(f"torch_{name}.safetensors", saved("From PyTorch", module))
        x = torch.randn(7, 3, generator=generator)
        with torch.no_grad():
            arrays[f"{name}/x"], arrays[f"{name}/h"] = x.numpy(), outputs(module.float(), x).numpy()
    write("torch_outputs", arrays)


def outputs(module: nn.Module, x: Tensor) -> Tensor:
    """All outputs (time, outputs), in float32."""
    if isinstance(module, nn.RNNBase):
        return module(x[:, None])[0][:, 0]
    h = c = torch.zeros(1, 4)
    made = []
    for x_t in x:
        h, c = module["decoder"](x_t[None], (h, c))
        made.append(h[0])
    return torch.stack(made)


def awkward() -> None:
    """The lines for PyTorch cope with a weight that two modules share, and with one that lies transposed."""
    embedding, head = nn.Embedding(9, 4), nn.Linear(4, 9)
    head.weight = embedding.weight
    net = nn.ModuleDict({"embedding": embedding, "rnn": nn.GRU(4, 4), "head": head})
    net["rnn"].weight_hh_l0 = nn.Parameter(torch.randn(4, 12).T)
    assert not net["rnn"].weight_hh_l0.is_contiguous()
    saved("From PyTorch", net)
    found = load_file("model.safetensors")
    assert found.keys() == net.state_dict().keys()
    assert all(torch.equal(found[name], value) for name, value in net.state_dict().items())


def keras_nets() -> None:
    """A tower of all cells, and two layers whose order neither their names nor their sizes tell."""
    layers = keras.layers
    tower = keras.Sequential([
        keras.Input((None,), dtype="int32"),
        layers.Embedding(9, 3),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.GRU(5, return_sequences=True),
        layers.GRU(7, return_sequences=True, reset_after=False),
        layers.SimpleRNN(6, return_sequences=True),
        layers.Dense(2),
    ])  # fmt: skip
    named = keras.Sequential([
        keras.Input((None, 4)),
        layers.SimpleRNN(4, return_sequences=True, activation="relu", name="ground"),
        layers.LSTM(4, return_sequences=True, name="attic", use_bias=False),
    ])  # fmt: skip
    rng = np.random.default_rng(5)
    arrays = {}
    for name, net, x in (
        ("tower", tower, rng.integers(0, 9, (1, 11))),
        ("named", named, rng.normal(size=(1, 8, 4)).astype(np.float32)),
    ):
        for weight in net.weights:
            weight.assign(0.6 * rng.normal(size=weight.shape))
        put(f"keras_{name}.safetensors", saved("From Keras", net))
        net.save("model.keras")
        again = saved("From a .keras or .h5 file", None)  # the paths lose the names of what is around a layer
        put(f"keras_{name}_loaded.safetensors", again)
        arrays[f"{name}/x"] = x[0]
        said = keras.Model(net.inputs[0], [layer.output for layer in net.layers])(x)
        arrays |= {f"{name}/{k}": keras.ops.convert_to_numpy(h)[0] for k, h in enumerate(said)}
    write("keras_outputs", arrays)


def other_formats() -> None:
    """The first bytes of files that are no safetensors."""
    module, net = nn.LSTM(2, 3), keras.Sequential([keras.Input((None, 2)), keras.layers.LSTM(3)])
    torch.save(module.state_dict(), "a.pt")
    torch.save(module.state_dict(), "b.pth", _use_new_zipfile_serialization=False)
    net.save("c.keras")
    net.save_weights("d.weights.h5")
    np.savez("e.npz", np.ones(3))
    np.save("f.npy", np.ones(3))
    names = ("a.pt", "b.pth", "c.keras", "d.weights.h5", "e.npz", "f.npy")
    write("other_formats", {name: np.frombuffer(Path(name).read_bytes()[:300], np.uint8) for name in names})


def put(name: str, data: bytes) -> None:
    (DATA / f"own_{name}").write_bytes(data)
    print(f"wrote own_{name}, {len(data) / 1000:.1f} kB")


def write(name: str, arrays: dict[str, np.ndarray]) -> None:
    path = DATA / f"own_{name}.npz"
    np.savez_compressed(path, **arrays)
    print(f"wrote {path.name}, {path.stat().st_size / 1000:.1f} kB")


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        reference()
        small()
        awkward()
        keras_nets()
        other_formats()
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
