"""Files of PyTorch: every value of every gate is the one that PyTorch computed, and what is what is told."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_core import interop, stack
from lstm_runs import model_files
from lstm_runs.foreign import Names, choices, is_ours, open_file, recognise
from lstm_runs.foreign_models import model
from tests.foreign_files import packed, stored, torch_weights, traced

SIGNALS = ("i", "f", "o", "g", "c", "h")
RNG = np.random.default_rng(7)


def test_every_gate_of_the_reference_is_the_one_of_pytorch():
    net, said = recognise(open_file(stored("torch_bidirectional"))), traced("torch_bidirectional_traced")
    np.testing.assert_array_equal(net.embedding[said["ids"]], said["x"])
    trace = stack.forward(net.layers, said["x"][:, None])
    for k, runs in enumerate(trace.traces):
        for way in ("forward", "backward"):
            for signal in SIGNALS:
                mine = getattr(getattr(runs, way), signal)[:, 0]
                np.testing.assert_allclose(mine, said[f"{k}.{way}.{signal}"], rtol=0, atol=1e-6, err_msg=f"{k} {way}")
    np.testing.assert_allclose(trace.h[:, 0], said["h"], rtol=0, atol=1e-6)
    logits = trace.h[:, 0] @ net.W_out + net.b_out
    np.testing.assert_allclose(logits, said["logits"], rtol=0, atol=1e-5)


def test_the_reference_is_recognised_part_by_part():
    found = open_file(stored("torch_bidirectional"))
    net = recognise(found)
    assert [part.what for part in net.parts] == [
        "layer 1, forward: LSTM, 6 inputs, 5 units",
        "layer 1, backward: LSTM, 6 inputs, 5 units",
        "layer 2, forward: LSTM, 10 inputs, 5 units",
        "layer 2, backward: LSTM, 10 inputs, 5 units",
        "embedding: 21 symbols, 6 features",
        "output: 10 inputs, 3 classes, with bias",
    ]
    assert all(name.endswith("_l1_reverse") for name in net.parts[3].names) and len(net.parts[3].names) == 4
    assert net.parts[4].names == ("letters.embedding.weight",) and net.parts[5].names == ("head.weight", "head.bias")
    assert ("norm.num_batches_tracked", "numbers of type I64") in net.aside and ("norm.weight", "7") in net.aside
    assert found.modules == ("encoder.rnn",)
    used = [name for part in net.parts for name in part.names]
    assert sorted([*used, *(name for name, _ in net.aside)]) == sorted([*found.shapes, *dict(found.skipped)])


@pytest.mark.parametrize("name", ["gru", "rnn", "cell", "float16", "bfloat16"])
def test_other_modules_give_the_outputs_of_pytorch(name):
    said = traced("torch_outputs")
    net = recognise(open_file(stored(f"torch_{name}")), activation="relu" if name == "rnn" else "tanh")
    trace = stack.forward(net.layers, said[f"{name}/x"][:, None])
    assert trace.h.dtype == np.float32
    np.testing.assert_allclose(trace.h[:, 0], said[f"{name}/h"], rtol=0, atol=1e-6)


def test_half_precision_becomes_float32_exactly_and_is_named():
    halves = np.array([[1.5, -0.0, 6e-8, 65504.0]] * 4, np.float16)
    wide = np.array([[1.0, -2.5, 3.3895314e38, -0.0]] * 16, np.float32)
    upper = (wide.view("<u4") >> 16).astype("<u2")  # their upper halves; all the lower ones are zeros
    assert not (wide.view("<u4") & 0xFFFF).any()
    data = packed({"a": halves, "b": np.ones(3, np.float32), "c": upper.view(np.float16)}, {"c": "BF16"})
    found = open_file(data)
    assert found.converted == ("a", "c")
    assert found.arrays["a"].dtype == found.arrays["c"].dtype == np.float32
    assert found.arrays["a"].tobytes() == halves.astype(np.float32).tobytes()
    assert found.arrays["c"].tobytes() == wide.tobytes()


def test_float64_stays_and_takes_the_rest_along():
    weights = torch_weights(dtype=np.float64) | {"weight_hh_l0": torch_weights()["weight_hh_l0"]}
    net = recognise(open_file(packed(weights | {"emb": np.ones((5, 3), np.float32)})))
    assert net.layers[0].forward.W_h.dtype == net.layers[0].forward.W_x.dtype == net.embedding.dtype == np.float64


@pytest.mark.parametrize("prefix", ["", "lstm.", "module.", "encoder.rnn.", "_orig_mod.a.b."])
@pytest.mark.parametrize(("gates", "cell"), [(4, "lstm"), (3, "gru"), (1, "rnn")])
def test_any_prefix_cell_and_number_of_layers(prefix, gates, cell):
    weights = torch_weights(3, 4, 3, gates=gates, both=True, bias=prefix != "module.", prefix=prefix)
    found = open_file(packed(weights))
    layers = recognise(found).layers
    plain = interop.from_torch({name.removeprefix(prefix): array for name, array in weights.items()})
    assert found.modules == (prefix.rstrip("."),) and [layer.cell for layer in layers] == [cell] * 3
    x = RNG.normal(size=(6, 1, 3)).astype(np.float32)
    assert stack.forward(layers, x).h.tobytes() == stack.forward(plain, x).h.tobytes()


def test_of_several_modules_the_largest_is_taken_and_any_can_be_chosen():
    weights = torch_weights(3, 4, prefix="encoder.") | torch_weights(5, 6, prefix="the.decoder.", gates=3)
    found = open_file(packed(weights))
    assert found.modules == ("the.decoder", "encoder")
    assert recognise(found).parts[0].what == "layer 1, forward: GRU, 5 inputs, 6 units"
    net = recognise(found, Names(module="encoder"))
    assert net.parts[0].what == "layer 1, forward: LSTM, 3 inputs, 4 units"
    assert ("the.decoder.weight_ih_l0", "18 × 5") in net.aside
    with pytest.raises(ValueError, match=r"module: expected one of 'the.decoder', 'encoder', got 'other'; choose"):
        recognise(found, Names(module="other"))


def test_modules_of_a_list_that_stand_on_one_another_are_one_net():
    parts = [torch_weights(3, 4, both=True, prefix="rnns.0."), torch_weights(8, 5, prefix="rnns.1.", seed=2)]
    found = open_file(packed(parts[0] | parts[1]))
    assert found.modules[0] == "rnns.0 + rnns.1" and set(found.modules[1:]) == {"rnns.0", "rnns.1"}
    net = recognise(found)
    assert [layer.outputs for layer in net.layers] == [8, 5]
    assert net.parts[-1].what == "layer 2, forward: LSTM, 8 inputs, 5 units"
    assert len(recognise(found, Names(module="rnns.1")).layers) == 1
    with pytest.raises(ValueError, match=r"rnns\.0: expected 5 inputs, the outputs of the layer below, got 3; choose"):
        recognise(found, Names(module="rnns.1 + rnns.0"))


def test_modules_of_a_list_that_stand_side_by_side_are_single_nets():
    for second, numbers in (
        (torch_weights(3, 4, prefix="rnns.1.", seed=2), "01"),
        (torch_weights(4, 4, prefix="rnns.2."), "02"),
    ):
        found = open_file(packed(torch_weights(3, 4, prefix="rnns.0.") | second))
        assert set(found.modules) == {f"rnns.{number}" for number in numbers}


def test_weights_of_another_module_are_no_ends():
    other = torch_weights(3, 2, prefix="token.") | torch_weights(4, 1, prefix="out.")
    net = recognise(open_file(packed(torch_weights(3, 4, prefix="rnn.") | other)))
    assert net.embedding is None and net.W_out is None
    with pytest.raises(ValueError, match="embedding: expected a tensor of the file outside its recurrent layers"):
        recognise(open_file(packed(torch_weights(3, 4, prefix="rnn.") | other)), Names(embedding="token.weight_ih_l0"))


SQUARE = {  # the same for a net with 4 inputs and 4 outputs, where an embedding and output weights look alike
    "clear names": ({"emb": (9, 4), "out": (9, 4)}, ("emb", "out", "")),
    "an output alone": ({"fc.weight": (9, 4), "fc.bias": (9,)}, ("", "fc.weight", "fc.bias")),
    "no names at all": ({"a": (9, 4), "b": (5, 4)}, ("a", "b", "")),
    "one without a name": ({"a": (9, 4)}, ("a", "", "")),
    "shared": ({"emb": (9, 4), "decoder.bias": (9,)}, ("emb", "emb", "decoder.bias")),
}


@pytest.mark.parametrize(("shapes", "expected"), SQUARE.values(), ids=SQUARE)
def test_what_looks_alike_is_told_apart_by_its_name(shapes, expected):
    others = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    net = recognise(open_file(packed(torch_weights(4, 4, prefix="rnn.") | others)))
    roles = {part.role: part.names for part in net.parts if part.role != "layer"}
    assert roles.get("embedding", ()) == tuple(filter(None, expected[:1]))
    assert roles.get("output", ()) == tuple(filter(None, expected[1:]))


def test_cells_in_a_list_are_layers_too():
    cells = {}
    for k, inputs in enumerate((3, 4)):
        cells |= {f"cells.{k}.{name[:-3]}": array for name, array in torch_weights(inputs, 4, gates=3, seed=k).items()}
    net = recognise(open_file(packed(cells)))
    assert [layer.cell for layer in net.layers] == ["gru", "gru"]
    np.testing.assert_array_equal(net.layers[1].forward.W_h, cells["cells.1.weight_hh"].T)


ENDS = {  # other tensors of a net with 3 inputs and 4 outputs -> embedding, output, bias
    "clear names": (
        {"wte.weight": (9, 3), "lm_head.weight": (9, 4), "lm_head.bias": (9,)},
        ("wte.weight", "lm_head.weight", "lm_head.bias"),
    ),
    "PyTorch's word_language_model": (
        {"encoder.weight": (9, 3), "decoder.weight": (9, 4), "decoder.bias": (9,)},
        ("encoder.weight", "decoder.weight", "decoder.bias"),
    ),
    "PyTorch's tagger": (
        {"word_embeddings.weight": (9, 3), "hidden2tag.weight": (5, 4), "hidden2tag.bias": (5,)},
        ("word_embeddings.weight", "hidden2tag.weight", "hidden2tag.bias"),
    ),
    "no bias": ({"emb.weight": (9, 3), "fc.weight": (5, 4)}, ("emb.weight", "fc.weight", "")),
    "the better name": (
        {"a.weight": (9, 3), "emb.weight": (8, 3), "b.weight": (5, 4), "out.weight": (2, 4)},
        ("emb.weight", "out.weight", ""),
    ),
    "no names at all": ({"a": (9, 3), "b": (5, 4)}, ("a", "b", "")),
    "positions are no embedding": ({"pos_emb.weight": (9, 3)}, ("", "", "")),
    "attention is no output": ({"attn.out.weight": (4, 4)}, ("", "", "")),
    "a layer in between is no output": (
        {"fc1.weight": (6, 4), "fc1.bias": (6,), "fc2.weight": (2, 6), "fc2.bias": (2,)}, ("", "", ""),
    ),
    "a bias of the size of the symbols": ({"emb": (9, 3), "decoder.bias": (9,)}, ("emb", "", "")),
    "a bias of another layer": ({"out.weight": (5, 4), "other.bias": (5,)}, ("", "out.weight", "")),
    "decoder around it": (
        {"decoder.embedding.weight": (9, 3), "decoder.out.weight": (9, 4)},
        ("decoder.embedding.weight", "decoder.out.weight", ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("shapes", "expected"), ENDS.values(), ids=ENDS)
def test_embedding_and_output_are_found_by_shape_and_name(shapes, expected):
    others = {name: RNG.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    net = recognise(open_file(packed(torch_weights(3, 4, prefix="rnn.") | others)))
    roles = {part.role: part.names for part in net.parts if part.role != "layer"}
    below, above, bias = expected
    assert roles.get("embedding", ()) == tuple(filter(None, [below]))
    assert roles.get("output", ()) == tuple(filter(None, [above, bias]))
    for mine, name in ((net.embedding, below), (net.b_out, bias)):
        assert mine is None if not name else np.array_equal(mine, others[name])
    assert net.W_out is None if not above else np.array_equal(net.W_out, others[above].T)


def test_the_reader_names_what_was_not_guessed():
    others = {"a": (9, 3), "b": (7, 3), "c": (5, 4), "d": (5,), "odd": (2, 2)}
    arrays = {name: RNG.normal(size=shape).astype(np.float32) for name, shape in others.items()}
    found = open_file(packed(torch_weights(3, 4) | arrays))
    assert choices(found, "embedding") == ("a", "b")
    assert choices(found, "output") == ("c",) and choices(found, "output_bias") == ("d",)
    net = recognise(found, Names(embedding="b", output="c", output_bias="d"))
    assert len(net.embedding) == 7 and np.array_equal(net.b_out, arrays["d"])
    net = recognise(found, Names(embedding="", output=""))
    assert net.embedding is None and net.W_out is None and net.b_out is None and len(net.parts) == 1


BAD_NAMES = {
    "not there": (Names(embedding="nothing"), "embedding: expected a tensor of the file .* got 'nothing'; choose"),
    "a recurrent one": (Names(output="weight_hh_l0"), "output: expected a tensor of the file outside"),
    "another shape": (Names(embedding="odd"), r"odd: expected shape \(symbols, 3\) for the embedding, got \(2, 2\)"),
    "no matrix": (Names(output="d"), r"d: expected shape \(classes, 4\) or \(4, classes\) for the output, got \(5,\)"),
    "a bias of another size": (
        Names(output="c", output_bias="e"),
        r"e: expected shape \(5,\) for the bias, got \(6,\)",
    ),
    "a bias of nothing": (Names(output="", output_bias="d"), "d: expected none without output weights"),
}


@pytest.mark.parametrize(("names", "message"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_names_that_do_not_fit_are_refused(names, message):
    others = {"c": (5, 4), "d": (5,), "e": (6,), "odd": (2, 2)}
    arrays = {name: np.ones(shape, np.float32) for name, shape in others.items()}
    with pytest.raises(ValueError, match=message):
        recognise(open_file(packed(torch_weights(3, 4) | arrays)), names)


def test_a_model_of_ours_is_sent_to_its_own_page():
    made, config = model(
        recognise(open_file(packed(torch_weights(3, 4) | {"out.weight": np.ones((3, 4), np.float32)}))), "abc"
    )
    data = model_files.save(made, config)
    assert is_ours(data) and not is_ours(stored("torch_gru")) and not is_ours(b"") and not is_ours(b"x" * 99)
    with pytest.raises(ValueError, match="got a model that was saved here; open it on the page where it was trained"):
        open_file(data)


def test_nothing_of_a_net_is_a_view_of_the_file():
    data = bytearray(packed(torch_weights(3, 4) | {"emb": np.ones((5, 3), np.float32)}))
    before = bytes(data)
    net = recognise(open_file(data))
    for array in (net.embedding, net.layers[0].forward.W_x):
        array[:] = 0  # writeable
    assert data == before
