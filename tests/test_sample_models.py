"""The models in sample_data/models: each opens, and does on held-out data what the README says of it.

Scored here by the textbook, apart from tools/measure_learning.py.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from lstm_core import models, sampling, text
from lstm_core.corpus import prepare
from lstm_runs import model_files, reading
from lstm_runs.model_files import Opened

DATA = Path(__file__).parents[1] / "sample_data"
NAMES = sorted(path.stem for path in (DATA / "models").glob("*.safetensors"))


def opened(name: str) -> Opened:
    return model_files.open_model((DATA / "models" / f"{name}.safetensors").read_bytes())


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DATA.parent / "tools"))


def test_every_task_has_a_model_and_every_model_its_recipe():
    from recipes import RECIPES

    assert sorted(RECIPES) == NAMES
    for name, recipe in RECIPES.items():
        found = opened(name)
        assert found.config == recipe.config, f"{name}: python tools/train_samples.py {name}"
        assert (found.notes["title"], found.notes["data"]) == (recipe.title, recipe.file)
        assert found.notes["step"] == str(recipe.config.steps)
    assert {opened(name).config.task for name in NAMES} == {"language", "classifier", "tagger"}


@pytest.mark.parametrize("name", NAMES)
def test_a_model_knows_exactly_the_words_of_its_training_part(name):
    from recipes import RECIPES

    data = prepare(RECIPES[name].source(), RECIPES[name].config)
    model = opened(name).model
    assert model.vocabulary == data.vocabulary
    assert getattr(model, "labels", ()) == data.labels


def test_the_grammar_model_agrees_over_a_distance():
    model = opened("agreement").model
    items = [line.split("\t") for line in (DATA / "tests" / "agreement_items.tsv").read_text("utf-8").splitlines()]
    right = [
        sampling.continuation(model, prefix, f" {good} ") > sampling.continuation(model, prefix, f" {bad} ")
        for prefix, good, bad in items[::4]
    ]
    assert np.mean(right) >= 0.95


@pytest.mark.parametrize(("name", "least"), [("reviews", 0.9), ("messages", 0.95), ("news", 0.85)])
def test_a_classifier_is_right_on_the_test_part(name, least):
    model = opened(name).model
    with (DATA / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        held_out = [row for row in csv.DictReader(file) if row["split"] == "test"]
    right = []
    for row in held_out:
        ids = model.vocabulary.encode(text.words(text.clean(row["text"])))
        logits = models.predict(model, ids[:, None]).logits[0]
        right.append(model.labels[int(logits.argmax())] == row["label"])
    assert len(right) >= 80
    assert np.mean(right) >= least


def test_the_tagger_finds_names_that_it_has_never_seen():
    model = opened("names").model
    source = reading.read_conll((DATA / "tagged" / "names.conll").read_bytes(), "names.conll")
    known = {
        word for words, part in zip(source.sentences, source.splits, strict=True) if part == "train" for word in words
    }
    right = []
    for words, tags, part in zip(source.sentences, source.tags, source.splits, strict=True):
        if part != "test":
            continue
        said = models.predict(model, model.vocabulary.encode(list(words))[:, None]).logits[:, 0].argmax(axis=1)
        right += [
            model.labels[label] == tag
            for word, tag, label in zip(words, tags, said, strict=True)
            if tag != "O" and word not in known
        ]
    assert len(right) >= 100
    assert np.mean(right) >= 0.9
