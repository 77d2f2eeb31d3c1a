"""A trained net as a reader takes it along, embedding and output layer included: for PyTorch, for NumPy, as a table."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_core import interop, models
from lstm_core.arrays import Array
from lstm_core.readout import output_weights
from lstm_plots import outputs, tables
from lstm_ui import learned
from lstm_ui.learned import Run

_MODULES = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def state_dict(model: Any) -> dict[str, Array]:
    """All weights under the names that `torch_code` gives them.

    Returns
    -------
    dict of str to ndarray
        embedding.weight, lstm.weight_ih_l0 and so on (or gru, rnn), out.weight, out.bias.

    Raises
    ------
    ValueError
        A cell that PyTorch does not have.
    """
    cell = model.layers[0].cell
    found = {"embedding.weight": model.embedding.copy()}
    found |= {f"{cell}.{name}": array for name, array in interop.to_torch(model.layers).items()}
    return found | {"out.weight": np.ascontiguousarray(output_weights(model).T), "out.bias": model.b_out.copy()}


def torch_code(model: Any) -> str:
    """A PyTorch module that computes the same from ids of tokens, and how it is loaded."""
    first, cell = model.layers[0], model.layers[0].cell
    features, hidden = model.embedding.shape[1], first.forward.hidden
    both = first.backward is not None
    options = f"{features}, {hidden}, num_layers={len(model.layers)}" + ", bidirectional=True" * both
    if getattr(first.forward, "activation", "tanh") == "relu":
        options += ', nonlinearity="relu"'
    width, classes = output_weights(model).shape
    dtype = ".double()" if model.b_out.dtype == np.float64 else ""
    symbols, module = len(model.embedding), _MODULES[cell]
    return _CODE.format(
        cell=cell, module=module, options=options, symbols=symbols, features=features, width=width, classes=classes,
        dtype=dtype, read=_reading(model, both),
    )  # fmt: skip


def _reading(model: Any, both: bool) -> str:
    """What the output layer reads."""
    if not isinstance(model, models.Classifier):
        return "h"
    if model.pooling == "mean":
        return "h.mean(dim=0)"
    return "torch.cat([h[-1, :, : h.shape[2] // 2], h[0, :, h.shape[2] // 2 :]], dim=1)" if both else "h[-1]"


_CODE = """import torch
from safetensors.torch import load_file

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding({symbols}, {features})
        self.{cell} = torch.nn.{module}({options})
        self.out = torch.nn.Linear({width}, {classes})

    def forward(self, ids):  # (time, batch)
        h, _ = self.{cell}(self.embedding(ids))
        return self.out({read})

net = Net(){dtype}
net.load_state_dict(load_file("gatescope.safetensors"))
"""


def npz(run: Run) -> bytes:
    """All arrays of a net by name, its `tokens` (and `labels`), and of the run on the screen `ids` and `logits`."""
    model = run.model
    found = {**models.arrays(model), "ids": run.ids, "logits": run.says.logits}
    found["tokens"] = np.array(model.vocabulary.tokens)
    if hasattr(model, "labels"):
        found["labels"] = np.array(model.labels)
    buffer = io.BytesIO()
    np.savez(buffer, **found)
    return buffer.getvalue()


def predictions_csv(runs: Sequence[Run], tokens: Sequence[str]) -> str:
    """What a net says at every step; of two runs the free one first, told apart by the first column."""
    first = runs[0].model
    true, names = learned.following(first, runs[0].ids), learned.symbols(first)
    logits = [run.says.logits for run in runs]
    return tables.to_csv(outputs.predictions_of_runs(logits, tokens, names, true))
