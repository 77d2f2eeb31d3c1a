"""Nets of PyTorch as models of ours: they say what PyTorch said, can be saved, and know their tokens."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lstm_core import models
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_runs import model_files
from lstm_runs.foreign import Names, open_file, recognise
from lstm_runs.foreign_models import model
from lstm_runs.vocabularies import read_vocabulary
from lstm_ui import whole_net
from tests.foreign_files import DATA, packed, stored, torch_weights, traced

RNG = np.random.default_rng(8)


def test_the_reference_is_a_tagger_of_ours():
    said = traced("torch_bidirectional_traced")
    tokens = read_vocabulary((DATA / "own_torch_bidirectional_vocabulary.json").read_bytes())
    made, config = model(
        recognise(open_file(stored("torch_bidirectional"))), tokens, task="tagger", labels=said["labels"].tolist()
    )
    ids = made.vocabulary.encode(list(str(said["text"])))
    assert made.vocabulary.tokens[0] == "<unk>" and ids[0] == 0  # T is not in the vocabulary
    np.testing.assert_allclose(models.predict(made, ids[:, None]).logits[:, 0], said["logits"], rtol=0, atol=1e-5)
    again = model_files.open_model(model_files.save(made, config))
    assert again.model.labels == ("outside", "inside", "bracket") and again.config == config


def test_tied_weights_stored_twice_or_once():
    E, b = RNG.normal(size=(9, 4)).astype(np.float32), np.arange(9, dtype=np.float32)
    rnn = torch_weights(4, 4, prefix="rnn.")
    twice = rnn | {"embedding.weight": E, "decoder.weight": E, "decoder.bias": b}
    once = rnn | {"embedding.weight": E, "decoder.bias": b}
    tokens = [*"abcdefghi"]
    for weights in (twice, once):
        net = recognise(open_file(packed(weights)))
        assert np.array_equal(net.embedding, E) and np.array_equal(net.W_out, E.T) and np.array_equal(net.b_out, b)
        made, config = model(net, tokens)
        assert made.W_out is None and config.tied
        model_files.save(made, config)
    alone = recognise(open_file(packed(rnn | {"embedding.weight": E})))
    assert alone.W_out is None  # nothing says that it has an output at all
    named = recognise(open_file(packed(rnn | {"embedding.weight": E})), Names(output="embedding.weight"))
    assert np.array_equal(named.W_out, E.T)


def test_what_we_write_for_pytorch_is_read_again():
    data = SimpleNamespace(vocabulary=Vocabulary(("<unk>", "a", "b")), labels=())
    config = TrainConfig(hidden=5, features=3, layers=2, cell="gru")
    ours = models.build(config, data, np.random.default_rng(3))
    found = open_file(packed(whole_net.state_dict(ours)))
    net = recognise(found)
    again, said = model(net, ["<unk>", "a", "b"])
    assert (said.cell, said.hidden, said.layers, said.features) == ("gru", 5, 2, 3)
    x = np.array([[1], [0], [2], [2]])
    assert models.predict(again, x).logits.tobytes() == models.predict(ours, x).logits.tobytes()


def test_unknown_tokens_come_first_and_take_their_weights_along():
    E, W = RNG.normal(size=(4, 3)).astype(np.float32), RNG.normal(size=(4, 5)).astype(np.float32)
    b = np.arange(4, dtype=np.float32)
    net = recognise(open_file(packed(torch_weights(3, 5) | {"emb.weight": E, "out.weight": W, "out.bias": b})))
    made, config = model(net, ["", "a", "[UNK]", "b"])
    assert made.vocabulary.tokens == ("[UNK]", "<pad>", "a", "b")
    for k, place in enumerate((2, 0, 1, 3)):
        np.testing.assert_array_equal(made.embedding[k], E[place])
        np.testing.assert_array_equal(made.W_out[:, k], W[place])
        assert made.b_out[k] == place
    assert made.vocabulary.encode(["?", "b"]).tolist() == [0, 3]
    assert model_files.open_model(model_files.save(made, config)).model.vocabulary == made.vocabulary


def test_without_an_embedding_tokens_are_one_hot():
    net = recognise(open_file(packed(torch_weights(3, 5) | {"out.weight": np.ones((2, 5), np.float32)})))
    made, config = model(net, ["a", "b", "c"], task="classifier", unit="words", pooling="mean")
    assert made.embedding.tolist() == np.eye(3).tolist() and made.labels == ("0", "1") and made.b_out.tolist() == [0, 0]
    assert (made.pooling, made.unit, config.pooling, config.task) == ("mean", "words", "mean", "classifier")


BAD_MODELS = {
    "no output": ({}, {}, "output: expected an output layer, to make a language model of it, got none; choose"),
    "too few tokens": ({"emb": (7, 3), "out": (6, 4)}, {}, "expected 7 tokens, one for each row of the emb.* got 6"),
    "too few inputs": ({"out": (6, 4)}, {}, "expected 3 tokens, one for each input .* got 6"),
    "other classes": ({"emb": (6, 3), "out": (5, 4)}, {}, "output: expected 6 classes, .* got 5; open it"),
    "labels": ({"emb": (6, 3), "out": (5, 4)}, {"task": "tagger", "labels": "ab"}, "labels: expected 5, .* got 2"),
    "a task": ({"emb": (6, 3), "out": (5, 4)}, {"task": "other"}, "task: expected language, classifier or tagger"),
}  # fmt: skip


@pytest.mark.parametrize(("shapes", "options", "message"), BAD_MODELS.values(), ids=BAD_MODELS)
def test_what_makes_no_model_is_refused(shapes, options, message):
    others = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    net = recognise(open_file(packed(torch_weights(3, 4) | others)))
    tokens = "abc" if message.startswith("output: expected an") else "abcdef"
    with pytest.raises(ValueError, match=message):
        model(net, tokens, **options)


def test_a_net_of_two_directions_is_no_language_model():
    net = recognise(open_file(packed(torch_weights(3, 4, both=True) | {"out": np.ones((3, 8), np.float32)})))
    with pytest.raises(
        ValueError, match=r"task: expected a classifier or a tagger .* got a language model; a net that"
    ):
        model(net, "abc")


def test_layers_of_different_sizes_are_a_model_without_a_configuration():
    lists = torch_weights(3, 4, prefix="l.0.") | torch_weights(4, 5, prefix="l.1.")
    made, config = model(recognise(open_file(packed(lists | {"out": np.ones((3, 5), np.float32)}))), "abc")
    assert config is None and models.predict(made, np.zeros((2, 1), int)).logits.shape == (2, 1, 3)
