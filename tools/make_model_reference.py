"""Reference values from PyTorch for the models, the optimisers and a whole training.

    python tools/make_model_reference.py            # needs torch and numpy; the tests themselves need no torch

writes tests/data/torch_model_*.npz, float64: for each model loss, logits and the gradient of every parameter; the
positions of each optimiser along one sequence of gradients; what clip_grad_norm_ and two schedules make; and a small
language model before and after 200 updates. Everything is random and not zero, biases and first states included, and
the seeds are fixed.

An LSTM and an RNN have one bias here, two in PyTorch: the second one stays 0 and is not trained.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
SYMBOLS, CLASSES, STEPS, BATCH, FEATURES, HIDDEN = 7, 6, 9, 3, 2, 4
UPDATES = 200


class Kind(NamedTuple):
    """What a model is: its task, its stack, and what it reads from it."""

    task: str
    cell: str
    layers: int = 1
    both: bool = False
    ragged: bool = False
    tied: bool = False
    carried: bool = False
    reads: str = "steps"  # or "last", "mean"
    embedded: bool = True


KINDS = {
    "language_lstm": Kind("language", "lstm", carried=True),
    "language_gru": Kind("language", "gru", layers=2, carried=True),
    "language_rnn_tied": Kind("language", "rnn", tied=True, carried=True),
    "language_lstm_tied_sentences": Kind("language", "lstm", layers=2, tied=True, ragged=True),
    "classifier_lstm_last": Kind("classifier", "lstm", layers=2, both=True, ragged=True, reads="last"),
    "classifier_gru_mean": Kind("classifier", "gru", both=True, ragged=True, reads="mean"),
    "classifier_rnn_last": Kind("classifier", "rnn", reads="last"),
    "classifier_lstm_mean": Kind("classifier", "lstm", reads="mean"),
    "tagger_lstm": Kind("tagger", "lstm", both=True, ragged=True),
    "tagger_gru": Kind("tagger", "gru", layers=2, both=True, ragged=True),
    "regressor_lstm": Kind("regressor", "lstm", carried=True, embedded=False),
    "regressor_gru_last": Kind("regressor", "gru", both=True, ragged=True, reads="last", embedded=False),
    "regressor_rnn_embedded": Kind("regressor", "rnn", ragged=True),
}


class Net(nn.Module):
    """Any of the models."""

    def __init__(self, kind: Kind, symbols: int = SYMBOLS, hidden: int = HIDDEN, features: int = FEATURES) -> None:
        super().__init__()
        self.kind = kind
        wide = hidden * (2 if kind.both else 1)
        features = wide if kind.tied else features
        classes = {"language": symbols, "regressor": 2}.get(kind.task, CLASSES)
        self.embedding = nn.Embedding(symbols, features) if kind.embedded else None
        cell = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind.cell]
        self.cells = cell(features, hidden, kind.layers, bidirectional=kind.both)
        self.linear = nn.Linear(wide, classes)
        if kind.tied:
            assert self.embedding is not None
            self.linear.weight = self.embedding.weight

    def forward(self, x: Tensor, lengths: Tensor | None, initial: object) -> tuple[Tensor, object]:
        vectors = x if self.embedding is None else self.embedding(x)
        if lengths is None:
            h, final = self.cells(vectors, initial)
        else:
            packed, final = self.cells(pack_padded_sequence(vectors, lengths, enforce_sorted=False), initial)
            h, _ = pad_packed_sequence(packed, total_length=len(x))
        if self.kind.reads == "last":
            last = final[0] if self.kind.cell == "lstm" else final
            h = torch.cat(list(last[-2:] if self.kind.both else last[-1:]), dim=1)
        elif self.kind.reads == "mean":
            h = h.mean(0) if lengths is None else h.sum(0) / lengths[:, None]  # past a length PyTorch writes 0
        return self.linear(h), final


def draw(generator: torch.Generator, *shape: int, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


def fill(net: Net, generator: torch.Generator) -> None:
    """Random parameters, biases too; where the cell has one bias, PyTorch's second is 0 and stays so."""
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "bias_hh" in name and net.kind.cell != "gru":
                parameter.zero_().requires_grad_(False)
            else:
                parameter.copy_(draw(generator, *parameter.shape, scale=0.6))


def error(kind: Kind, logits: Tensor, targets: Tensor, lengths: Tensor | None) -> Tensor:
    """The mean over all steps or sequences that count."""
    if kind.reads == "steps" and lengths is not None:
        own = torch.arange(len(logits))[:, None] < lengths
        logits, targets = logits[own], targets[own]
    if kind.task == "regressor":
        return mse_loss(logits, targets)
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))


def one_model(name: str, kind: Kind, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    net = Net(kind).to(torch.float64)
    fill(net, generator)

    def ids(high: int, *shape: int) -> Tensor:
        return torch.randint(high, shape, generator=generator)

    x = ids(SYMBOLS, STEPS, BATCH) if kind.embedded else draw(generator, STEPS, BATCH, FEATURES)
    shape = (STEPS, BATCH) if kind.reads == "steps" else (BATCH,)
    targets = draw(generator, *shape, 2) if kind.task == "regressor" else ids(net.linear.out_features, *shape)
    lengths = torch.tensor([5, STEPS, 1]) if kind.ragged else None
    arrays = {"x": x, "targets": targets}
    initial = None
    if kind.carried:
        states = [draw(generator, kind.layers, BATCH, HIDDEN) for _ in range(2 if kind.cell == "lstm" else 1)]
        arrays |= dict(zip(("initial_h", "initial_c"), states, strict=False))
        initial = tuple(states) if kind.cell == "lstm" else states[0]
    if lengths is not None:
        arrays["lengths"] = lengths
    logits, _ = net(x, lengths, initial)
    loss = error(kind, logits, targets, lengths)
    loss.backward()
    arrays |= {"loss": loss, "logits": logits}
    for key, parameter in net.named_parameters():
        arrays[f"weight/{key}"] = parameter
        arrays[f"gradient/{key}"] = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    save(name, arrays)


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.8),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
}


def optimizers() -> None:
    """Where each optimiser goes along the same gradients; clipping; schedules."""
    generator = torch.Generator().manual_seed(31)
    start, gradients = draw(generator, 7), draw(generator, UPDATES, 7)
    gradients *= torch.logspace(-6, 2, 7, dtype=torch.float64)  # from vanishing to large
    gradients[50:60, 2] = 0
    arrays = {"start": start, "gradients": gradients}
    for name, make in OPTIMIZERS.items():
        values = start.clone().requires_grad_()
        optimizer, path = make([values]), []
        for gradient in gradients:
            values.grad = gradient.clone()
            optimizer.step()
            path.append(values.detach().clone())
        arrays[name] = torch.stack(path)
    for limit in (0.5, 5.0):
        whole = [gradients[0, :3].clone().requires_grad_(), gradients[0, 3:].clone().requires_grad_()]
        for part, gradient in zip(whole, (gradients[0, :3], gradients[0, 3:]), strict=True):
            part.grad = gradient.clone()
        nn.utils.clip_grad_norm_(whole, limit)
        arrays[f"clipped/{limit}"] = torch.cat([part.grad for part in whole])
    for name, schedule in SCHEDULES.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
        scheduler, rates = schedule(optimizer), []
        for _ in range(UPDATES):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        arrays[f"rates/{name}"] = torch.tensor(rates, dtype=torch.float64)
    save("optimizers", arrays)


SCHEDULES: dict[str, Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler]] = {
    "linear": lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 1e-30, UPDATES),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, UPDATES),
}


def training(name: str, rate: float, clip: float, seed: int) -> None:
    """A language model, read in streams whose state is carried from window to window, for 200 updates."""
    symbols, window, batch, length = 11, 8, 3, 60
    generator = torch.Generator().manual_seed(seed)
    stream = (torch.cumsum(torch.randint(1, 4, (batch * length + 2,), generator=generator), 0)) % symbols
    net = Net(Kind("language", "lstm"), symbols, hidden=6, features=5).to(torch.float64)
    fill(net, generator)
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[name](parameters, lr=rate)
    arrays = {"stream": stream} | {f"first/{key}": value.clone() for key, value in net.state_dict().items()}
    losses, at, state = [], 0, None
    for _ in range(UPDATES):
        last = min(at + window, length)
        rows = [torch.arange(at, last) + k * length for k in range(batch)]
        x, targets = (torch.stack([stream[row + shift] for row in rows], dim=1) for shift in (0, 1))
        logits, state = net(x, None, state)
        state = tuple(part.detach() for part in state)
        loss = cross_entropy(logits.reshape(-1, symbols), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        # Not clip_grad_norm_, which divides by the norm + 1e-6 and so is no clipping to the very limit.
        norm = torch.sqrt(sum((p.grad**2).sum() for p in parameters))
        for p in parameters:
            p.grad *= min(1.0, clip / float(norm))
        optimizer.step()
        losses.append(loss.item())
        at, state = (0, None) if last == length else (last, state)
    arrays |= {f"last/{key}": value for key, value in net.state_dict().items()}
    save(f"training_{name}", arrays | {"losses": torch.tensor(losses, dtype=torch.float64)})


def save(name: str, arrays: dict[str, Tensor]) -> None:
    path = DATA / f"torch_model_{name}.npz"
    np.savez_compressed(path, **{key: value.detach().numpy() for key, value in arrays.items()})
    print(f"wrote {path.name}, {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for seed, (name, kind) in enumerate(KINDS.items(), start=41):
        one_model(name, kind, seed)
    optimizers()
    training("sgd", rate=0.5, clip=0.4, seed=71)
    training("adam", rate=0.01, clip=0.4, seed=73)


if __name__ == "__main__":
    main()
