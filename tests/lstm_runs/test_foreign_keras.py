"""Files of Keras: every layer's output is the one that Keras computed, whatever the names of the weights tell."""

from __future__ import annotations

import re
from itertools import chain

import numpy as np
import pytest

from lstm_core import stack
from lstm_core.stack import StackTrace
from lstm_runs.foreign import Names, open_file, recognise
from tests.foreign_files import keras_weights, packed, stored, traced

TOWER = ["layer 1, forward: LSTM, 3 inputs, 4 units", "layer 1, backward: LSTM, 3 inputs, 4 units",
         "layer 2, forward: GRU, 8 inputs, 5 units",
         "layer 3, forward: GRU (reset gate before the product), 5 inputs, 7 units",
         "layer 4, forward: RNN (tanh), 7 inputs, 6 units",
         "embedding: 9 symbols, 3 features", "output: 6 inputs, 2 classes, with bias"]  # fmt: skip


def outputs(trace: StackTrace) -> list[np.ndarray]:
    """What each layer gives to the next, (time, outputs)."""
    return [np.concatenate([run.h[:, 0] for run in runs if run is not None], axis=1) for runs in trace.traces]


@pytest.mark.parametrize("name", ["keras_tower", "keras_tower_loaded"])
def test_a_tower_of_all_layers_gives_the_outputs_of_keras(name):
    net, said = recognise(open_file(stored(name))), traced("keras_outputs")
    assert [part.what for part in net.parts] == TOWER and net.aside == ()
    x = net.embedding[said["tower/x"]]
    np.testing.assert_allclose(x, said["tower/0"], rtol=0, atol=1e-7)
    trace = stack.forward(net.layers, x[:, None])
    for k, mine in enumerate(outputs(trace), start=1):
        np.testing.assert_allclose(mine, said[f"tower/{k}"], rtol=0, atol=1e-6, err_msg=f"layer {k}")
    logits = trace.h[:, 0] @ net.W_out + net.b_out
    np.testing.assert_allclose(logits, said["tower/5"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["keras_named", "keras_named_loaded"])
def test_numbers_in_front_of_the_names_tell_the_order(name):
    net, said = recognise(open_file(stored(name)), activation="relu"), traced("keras_outputs")
    assert [part.what[:20] for part in net.parts] == ["layer 1, forward: RN", "layer 2, forward: LS"]
    trace = stack.forward(net.layers, said["named/x"][:, None])
    for k, mine in enumerate(outputs(trace)):
        np.testing.assert_allclose(mine, said[f"named/{k}"], rtol=0, atol=1e-6, err_msg=f"layer {k}")


def test_without_numbers_the_order_is_that_of_the_names_as_far_as_the_sizes_allow():
    square = {f"lstm{end}": (4, 4) for end in ("_10", "_2", "", "_1")}
    free = {"attic": (5, 4), "ground": (3, 5)}
    for sizes, expected in ((square, ["lstm", "lstm_1", "lstm_2", "lstm_10"]), (free, ["ground", "attic"])):
        layers = [keras_weights(f"net/{name}/lstm_cell", *size, seed=k) for k, (name, size) in enumerate(sizes.items())]
        found = open_file(packed(dict(chain.from_iterable(layer.items() for layer in layers))))
        net = recognise(found)
        assert [part.names[0].split("/")[1] for part in net.parts] == expected
        assert found.modules[0] == " + ".join(f"net/{name}" for name in expected)
        assert {f"net/{name}" for name in sizes} <= set(found.modules)


def test_another_order_can_be_chosen():
    found = open_file(packed(keras_weights("a", 4, 4) | keras_weights("b", 4, 4, gates=3, bias=(2,))))
    assert found.modules[:2] == ("a + b", "b + a")
    assert [layer.cell for layer in recognise(found).layers] == ["lstm", "gru"]
    assert [layer.cell for layer in recognise(found, Names(module="b + a")).layers] == ["gru", "lstm"]
    assert [layer.cell for layer in recognise(found, Names(module="b")).layers] == ["gru"]


def dotted(names: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.replace("/", "."): array for name, array in names.items()}


@pytest.mark.parametrize(
    "change",
    [dotted, lambda names: {f"{name}:0": array for name, array in names.items()}, lambda names: names],
    ids=["dots", "colons", "plain"],
)
def test_other_ways_to_write_the_paths(change):
    tower = {re.sub(r"^[0-9]+/", "", name): array for name, array in open_file(stored("keras_tower")).arrays.items()}
    net = recognise(open_file(packed(change(tower))))
    assert [part.what for part in net.parts] == TOWER and net.aside == ()
    said = traced("keras_outputs")
    trace = stack.forward(net.layers, said["tower/0"][:, None])
    np.testing.assert_allclose(trace.h[:, 0], said["tower/4"], rtol=0, atol=1e-6)


def test_what_a_gru_without_bias_does_is_asked():
    found = open_file(packed(keras_weights("gru/gru_cell", 3, 4, gates=3, bias=None)))
    for answer, after in ((None, True), (True, True), (False, False)):
        assert recognise(found, reset_after=answer).layers[0].forward.reset_after is after
    for bias, after in (((2,), True), ((), False)):
        told = open_file(packed(keras_weights("gru/gru_cell", 3, 4, gates=3, bias=bias)))
        assert recognise(told, reset_after=not after).layers[0].forward.reset_after is after  # the bias knows better


def test_directions_are_a_pair_only_together():
    sides = {way: keras_weights(f"{way}_lstm/lstm_cell", 3, 4, seed=k) for k, way in enumerate(("forward", "backward"))}
    pair = sides["backward"] | sides["forward"]
    (layer,) = recognise(open_file(packed(pair))).layers
    np.testing.assert_array_equal(layer.backward.W_h[:, :4], pair["backward_lstm/lstm_cell/recurrent_kernel"][:, :4])
    for way, weights in sides.items():
        found = open_file(packed(weights))
        assert found.modules == (f"{way}_lstm",) and recognise(found).layers[0].backward is None
    plain = keras_weights("lstm/lstm_cell", 8, 5)  # has the name that the pair would be called by
    assert [layer.outputs for layer in recognise(open_file(packed(pair | plain))).layers] == [8, 5]


def test_the_list_of_get_weights_under_its_own_names():
    bare = {name.removeprefix("x/"): array for name, array in keras_weights("x", 3, 4).items()}
    found = open_file(packed(bare))
    assert found.modules == ("",) and recognise(found).layers[0].cell == "lstm"


def test_stacked_cells_are_layers():
    path = "rnn/stacked_rnn_cells/lstm_cell"
    net = recognise(open_file(packed(keras_weights(path, 3, 4) | keras_weights(f"{path}_1", 4, 5))))
    assert [layer.forward.hidden for layer in net.layers] == [4, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lstm/recurrent_kernel": np.ones((4, 10), np.float32)}, r"lstm/recurrent_kernel: expected shape"),
        ({"lstm/kernel": np.ones((3, 8), np.float32)}, r"lstm/kernel: expected shape .*=16\), got"),
        ({"lstm/bias": np.ones((2, 16), np.float32)}, r"lstm/bias: expected shape .*=16,\), got \(2, 16\)"),
        ({"lstm/bias": np.full(16, np.nan, np.float32)}, r"lstm/bias: expected finite numbers, got nan at index"),
        ({"lstm/recurrent_kernel": np.ones((1025, 4100), np.float32)}, "lstm: expected at most 1,024 units, got 1,025"),
    ],
    ids=["no cell", "kernel", "bias", "NaN", "too wide"],
)  # fmt: skip
def test_wrong_weights_are_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        recognise(open_file(packed(keras_weights("lstm", 3, 4) | changes)))


def test_five_layers_are_too_many_unless_fewer_are_chosen():
    many = dict(chain.from_iterable(keras_weights(f"lstm_{k}", 4, 4, seed=k).items() for k in range(5)))
    with pytest.raises(ValueError, match="expected at most 4 layers, got 5; choose fewer modules"):
        recognise(open_file(packed(many)))
    assert len(recognise(open_file(packed(many)), Names(module="lstm_1 + lstm_0")).layers) == 2
