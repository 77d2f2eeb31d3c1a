"""From the fields of the form to a configuration, and what it would cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstm_core import models, training
from lstm_core.config import LIMITS, TrainConfig
from lstm_core.corpus import Source, prepare
from lstm_ui import estimate
from lstm_ui.training import configure
from lstm_ui.training.lab import CLASSIFIER, LANGUAGE, TAGGER, Lab

TEXT = Source("text", "sheep", text="the sheep say baa and the goats say meh . " * 40)
TEXTS = Source(
    "labelled",
    "reviews",
    items=tuple(f"{word} number {k}" for k in range(30) for word in ("good", "bad", "odd")),
    labels=("+", "-", "?") * 30,
)
NETS = [
    TrainConfig(hidden=7, features=5, window=11, batch=3),
    TrainConfig(cell="gru", hidden=6, features=4, layers=2, window=9, batch=2, unit="words"),
    TrainConfig(cell="gru", hidden=6, reset_after=False, window=9, batch=2),
    TrainConfig(cell="rnn", hidden=9, features=9, tied=True, window=9, batch=2),
    TrainConfig(hidden=5, peephole=True, forget="coupled", layers=3, window=9, batch=2),
    TrainConfig(hidden=5, peephole=True, forget="none", output="none", window=9, batch=2),
    TrainConfig(task="classifier", unit="words", hidden=5, features=3, bidirectional=True, layers=2, batch=4),
]


@pytest.mark.parametrize("lab", [LANGUAGE, CLASSIFIER, TAGGER], ids=lambda lab: lab.task)
def test_the_form_at_its_beginning_makes_a_configuration(lab: Lab) -> None:
    found = configure.settings_of(lab)
    config = configure.made(lab.task, {setting.key: setting.default for setting in found})
    assert config.task == lab.task
    assert {name: getattr(config, name) for name in lab.start} == lab.start


@pytest.mark.parametrize("lab", [LANGUAGE, CLASSIFIER, TAGGER], ids=lambda lab: lab.task)
def test_a_field_in_the_address_takes_the_range_of_the_core(lab: Lab) -> None:
    for setting in configure.settings_of(lab):
        if setting.key in LIMITS:
            low, high = LIMITS[setting.key]
            assert setting.read(str(int(high))) == int(high)
            with pytest.raises(ValueError, match="from"):
                setting.read(repr(high * 2 if isinstance(setting.default, float) else int(high) + 1))
            with pytest.raises(ValueError, match="from"):
                setting.read(str(int(low) - 1))


def test_what_a_page_has_no_field_for_is_not_in_its_address() -> None:
    language, classifier, tagger = (
        {setting.key for setting in configure.settings_of(lab)} for lab in (LANGUAGE, CLASSIFIER, TAGGER)
    )
    assert "bidirectional" not in language
    assert {"window", "tied", "sentences"} & (classifier | tagger) == set()
    assert "pooling" in classifier
    assert "pooling" not in tagger


def test_what_belongs_to_another_cell_is_left_alone() -> None:
    values = {"cell": "lstm", "forget": "coupled", "input": "none", "activation": "relu", "reset_after": False}
    config = configure.made("language", values)
    assert (config.forget, config.input, config.activation, config.reset_after) == ("coupled", "learned", "tanh", True)


def test_what_cannot_be_trained_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="rate: expected a number from"):
        configure.made("language", {"rate": 1e9})


@pytest.mark.parametrize("config", NETS, ids=lambda config: f"{config.task} {config.cell}")
def test_parameters_are_counted_as_the_net_counts_them(config: TrainConfig) -> None:
    data = prepare(TEXT if config.task == "language" else TEXTS, config)
    assert data.vocabulary is not None
    symbols = len(data.vocabulary)
    classes = symbols if config.task == "language" else len(data.labels)
    assert estimate.parameters(config, symbols, classes) == models.count(training.start(config, data).model)


def test_a_large_net_is_timed_on_a_small_one_and_scaled() -> None:
    huge = TrainConfig(hidden=1024, layers=4, batch=512, window=1000)
    small, factor = estimate.scaled_down(huge, 100, 100)
    assert 6 * estimate.parameters(small, 100, 100) * small.window * small.batch <= estimate.BUDGET or small.batch == 1
    ratio = estimate.parameters(huge, 100, 100) / estimate.parameters(small, 100, 100)
    assert factor == pytest.approx(huge.batch / small.batch * ratio)


def test_the_estimate_speaks_of_the_net_that_was_asked_for() -> None:
    config = replace(NETS[0], steps=70)
    data = prepare(TEXT, config)
    found = estimate.estimate(("one",), estimate.shape_of(config), data)
    assert found.parameters == models.count(training.start(config, data).model)
    assert found.epoch == -(-(len(data.train) // config.batch) // config.window)
    assert found.seconds > 0
    assert "70 updates" in estimate.words(found, config.steps)


def test_the_seed_and_the_rate_change_no_estimate() -> None:
    first, second = NETS[0], replace(NETS[0], seed=9, rate=0.1, steps=5, validate_every=7)
    assert estimate.shape_of(first) == estimate.shape_of(second)
    assert estimate.shape_of(first) != estimate.shape_of(replace(first, hidden=8))
