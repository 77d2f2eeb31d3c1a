"""A trained net as it is taken along: its weights under PyTorch's names, its predictions, its arrays.

The PyTorch code was run with PyTorch over all of these nets (differences below 1e-15 in float64); here, where there is
none, its parts are compared with what each net needs.
"""

from __future__ import annotations

import ast
import io

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import interop, models
from lstm_core.clamps import Clamp
from lstm_ui import learned, whole_net
from tests.nets_that_read import IDS, READERS, VARIANTS, logits_after
from tests.small_models import CLASSES, SYMBOLS, VOCABULARY, F, H, Net, make

TOKENS = [VOCABULARY.tokens[k] for k in IDS]


@pytest.mark.parametrize("net", READERS, ids=str)
def test_the_weights_under_pytorchs_names_are_those_of_the_net(net: Net) -> None:
    model, cell = make(net).model, net.cell.cell
    found = whole_net.state_dict(model)
    assert_array_equal(found.pop("embedding.weight"), model.embedding)
    weight, bias = found.pop("out.weight"), found.pop("out.bias")
    inside = {name.removeprefix(f"{cell}."): array for name, array in found.items()}
    assert len(inside) == 4 * net.layers * (1 + net.both)
    layers = interop.from_torch(inside)
    trace = learned.run(model, layers, IDS)
    assert_allclose(trace.says.logits, learned.run(model, model.layers, IDS).says.logits, rtol=1e-9)
    assert_allclose(trace.says.rows @ weight.T + bias, trace.says.logits, rtol=1e-9)
    assert weight.flags.c_contiguous


@pytest.mark.parametrize("net", [*READERS, *VARIANTS], ids=str)
def test_the_module_has_the_sizes_and_the_reading_of_the_net(net: Net) -> None:
    code = whole_net.torch_code(make(net).model)
    ast.parse(code)
    wide, outputs = H * (1 + net.both), SYMBOLS if net.task == "language" else CLASSES
    features = wide if net.tied else F
    assert f"Embedding({SYMBOLS}, {features})" in code
    assert f"torch.nn.{net.cell.cell.upper()}({features}, {H}, num_layers={net.layers}" in code
    assert ("bidirectional=True" in code) == net.both
    assert ('nonlinearity="relu"' in code) == (net.cell.cell == "rnn" and net.cell.activation == "relu")
    assert f"Linear({wide}, {outputs})" in code
    assert "net = Net().double()" in code  # these nets are of float64
    reads = code.split("self.out(")[1].splitlines()[0]
    if net.task != "classifier":
        assert reads == "h)"
    elif net.pooling == "mean":
        assert reads == "h.mean(dim=0))"
    else:
        assert ("h[-1]" in reads and "h[0" not in reads) if not net.both else ("h[-1, :" in reads and "h[0, :" in reads)


def test_what_pytorch_does_not_have_is_refused() -> None:
    net = next(net for net in VARIANTS if net.cell.variant.peephole)
    with pytest.raises(ValueError, match="peephole"):
        whole_net.state_dict(make(net).model)


def test_predictions_of_both_runs_are_a_table() -> None:
    model = make(READERS[0]).model
    clamps = (Clamp("h", 0.5, 1, 3),)
    both = [learned.run(model, model.layers, IDS, some) for some in ((), clamps)]
    found = pd.read_csv(io.StringIO(whole_net.predictions_csv(both, TOKENS)))
    assert found["run"].unique().tolist() == ["free", "held"]
    for run, some in (("free", ()), ("held", clamps)):
        for t in range(len(IDS)):
            part = found[(found["run"] == run) & (found["step"] == t + 1)]
            logits = logits_after(model, t, some)
            outs = [VOCABULARY.tokens.index(name) for name in part["output"]]
            assert_allclose(part["logit"], logits[outs], rtol=1e-6)
            assert_allclose(part["probability"], models.probabilities(logits)[outs], rtol=1e-6)
            right = [VOCABULARY.tokens[IDS[t + 1]]] if t + 1 < len(IDS) else []
            assert part.loc[part["right"] == 1, "output"].tolist() == right
    assert "run" not in whole_net.predictions_csv(both[:1], TOKENS).splitlines()[0].split(",")


def test_the_file_of_the_whole_net_has_its_tokens_and_labels() -> None:
    net = next(net for net in READERS if net.task == "tagger")
    model = make(net).model
    with np.load(io.BytesIO(whole_net.npz(learned.run(model, model.layers, IDS)))) as found:
        assert found["tokens"].tolist() == list(VOCABULARY.tokens)
        assert found["labels"].tolist() == list(model.labels)
        assert_array_equal(found["ids"], IDS)
        assert set(models.arrays(model)) <= set(found)
