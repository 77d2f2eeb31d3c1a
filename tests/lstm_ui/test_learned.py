"""How a trained net reads a text, and which text suits it; its files by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstm_core import models
from lstm_core.config import TrainConfig
from lstm_core.corpus import END, START
from lstm_core.encoding import Vocabulary
from lstm_core.models import Classifier, LanguageModel, Regressor
from lstm_runs import model_files
from lstm_ui import learned, learned_widgets, nets, sample_models
from tests.small_models import NETS, make

WORDS = Vocabulary(("<unk>", START, END, "not", "good", "bad", "."))
BY_TASK = {net.task: make(net).model for net in NETS if not net.tied}


def of_words(hidden: int = 5) -> LanguageModel:
    """A language model of sentences of WORDS."""
    rng = np.random.default_rng(4)
    config = TrainConfig(unit="words", hidden=hidden, features=3, sentences=True)
    data: Any = type("Made", (), {"vocabulary": WORDS, "labels": ()})
    model = models.build(config, data, rng)
    assert isinstance(model, LanguageModel)
    return model


def test_what_is_read_is_the_embedding_of_each_token() -> None:
    model = of_words()
    given, ids = learned.read(model, "not bad. ")
    assert ids.tolist() == [WORDS.tokens.index(token) for token in (START, "not", "bad", ".")]
    assert_array_equal(given.x, model.embedding[ids])
    assert given.tokens[0] == (START, "start of a sentence")
    assert given.raw == (START, "not", "bad", ".")
    assert not given.notes


def test_a_token_that_the_net_does_not_know_is_named_and_shown_as_typed() -> None:
    given, ids = learned.read(of_words(), "not <b> \u4f60 good \u4f60")
    unknown = [k for k, (_, name) in enumerate(given.tokens) if "unknown, read as <unk>" in name]
    assert ids[unknown].tolist() == [0] * len(unknown)
    assert [given.raw[k] for k in unknown] == ["<", "b", ">", "\u4f60", "\u4f60"]
    (note,) = given.notes
    assert "read as <unk>: < b > \u4f60 (5 of 7 words)" in note


def test_a_text_of_nothing_but_strangers_is_still_read() -> None:
    given, ids = learned.read(BY_TASK["tagger"], "\x00\u202e" + "z" * 20)
    assert not ids.any()
    assert given.tokens[0][0] == "\u2400"
    assert given.tokens[0][1] == "null, unknown, read as <unk>"
    assert "\u202e" not in "".join(sign + name for sign, name in given.tokens)


@pytest.mark.parametrize("typed", ["", " \n "])
def test_nothing_to_read_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="got nothing to read; type"):
        learned.read(of_words(), typed)


@pytest.mark.parametrize(("hidden", "most", "words"), [(5, nets.MOST_STEPS, ""), (512, 64, " with so many units")])
def test_a_long_text_is_cut_and_a_net_with_many_units_reads_less_of_it(hidden: int, most: int, words: str) -> None:
    given, ids = learned.read(of_words(hidden), "good " * 600)
    assert len(ids) == len(given.x) == len(given.tokens) == most  # with the start of the sentence
    assert f"first {most - 1} words (at most {most - 1}{words})" in given.notes[0]


def test_a_net_that_reads_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="reads text"):
        learned.check(BY_TASK["regressor"])
    assert isinstance(BY_TASK["regressor"], Regressor)
    for task in ("language", "classifier", "tagger"):
        assert learned.check(BY_TASK[task]) is BY_TASK[task]


def test_what_follows_is_known_of_a_language_model_only() -> None:
    model = of_words()
    ids = np.array([1, 3, 4])
    assert learned.following(model, ids).tolist() == [3, 4, 2]  # a sentence ends
    assert learned.following(BY_TASK["language"], ids).tolist() == [3, 4, -1]  # a text may go on
    assert learned.following(BY_TASK["classifier"], ids).tolist() == [-1, -1, -1]


def test_outputs_are_tokens_or_labels() -> None:
    assert learned.symbols(of_words()) == WORDS.tokens
    assert learned.symbols(BY_TASK["tagger"]) == BY_TASK["tagger"].labels


def test_weights_set_by_hand_are_those_of_the_run() -> None:
    model, ids = BY_TASK["language"], np.array([2, 5, 1])
    edited = nets.edited(model.layers, [nets.Edit(0, "forward", "b", 0, 1, 7.0)])
    free, changed = learned.run(model, model.layers, ids), learned.run(model, edited, ids)
    assert changed.model.layers == edited
    assert not np.allclose(free.says.logits, changed.says.logits)
    assert_array_equal(learned.run(model, model.layers, ids).says.logits, free.says.logits)


def test_a_net_is_shown_on_the_text_that_it_knows_best() -> None:
    known = sorted(set("村子东边有一条河，老人坐在船头。"))
    model = replace(BY_TASK["language"], vocabulary=Vocabulary(("<unk>", *known)))
    assert "村" in learned_widgets.suited(model)
    small = replace(model, vocabulary=Vocabulary(("<unk>", " ", ".", *"abcdefghijklmnopqrstuvwxyz")))
    assert learned_widgets.suited(small).startswith("the boys")


@pytest.mark.parametrize("name", sample_models.names())
def test_a_sample_model_knows_every_token_of_the_text_that_it_is_shown_on(name: str) -> None:
    model = sample_models.open_sample(name).model
    given, _ = learned.read(model, learned_widgets.suited(model))
    assert not given.notes


def test_there_are_sample_models_of_every_kind() -> None:
    kinds = {type(sample_models.open_sample(name).model) for name in sample_models.names()}
    assert kinds == {LanguageModel, Classifier, models.Tagger}
    assert sample_models.title("prose_en") == "English prose"


def test_a_file_without_a_title_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = TrainConfig(unit="words", hidden=5, features=3, sentences=True)
    (tmp_path / "of_words.safetensors").write_bytes(model_files.save(of_words(), config, {}))
    (tmp_path / "broken_one.safetensors").write_bytes(b"\x00" * 40)
    monkeypatch.setattr(sample_models, "FOLDER", tmp_path)
    assert sample_models.names() == ("broken_one", "of_words")
    assert [sample_models.title(name) for name in sample_models.names()] == ["Broken one", "Of words"]
    assert_array_equal(sample_models.open_sample("of_words").model.embedding, of_words().embedding)
    with pytest.raises(ValueError, match="safetensors"):
        sample_models.open_sample("broken_one")
    with pytest.raises(ValueError, match=r"expected one of broken_one, of_words, got .*choose another"):
        sample_models.open_sample("../x")
