"""A configuration is plain values, and refuses what cannot be trained."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from lstm_core.config import LIMITS, TrainConfig
from lstm_core.lstm import Variant
from tests.checks import check_refused

KINDS = get_type_hints(TrainConfig)
NUMBERS = [name for name, kind in KINDS.items() if kind in (int, float)]
FLAGS = [name for name, kind in KINDS.items() if kind is bool]
CHOICES = [name for name, kind in KINDS.items() if get_origin(kind) is not None]
OTHER = TrainConfig(
    task="classifier", unit="words", cell="gru", hidden=7, layers=3, bidirectional=True, features=9, reset_after=False,
    pooling="mean", window=12, batch=4, optimizer="rmsprop", rate=0.1, clip=0.0, schedule="cosine", steps=77,
    stability_window=5, stability_weight=0.25, validate_every=9, most_symbols=99, seed=2**53 - 1, dtype="float64",
)  # fmt: skip


def test_every_field_is_a_number_a_flag_or_a_choice() -> None:
    assert len(NUMBERS) + len(FLAGS) + len(CHOICES) == len(fields(TrainConfig))
    assert set(LIMITS) == set(NUMBERS)


@pytest.mark.parametrize("config", [TrainConfig(), OTHER], ids=["default", "other"])
def test_a_configuration_survives_json(config: TrainConfig) -> None:
    again = TrainConfig.from_dict(json.loads(json.dumps(config.as_dict())))
    assert again == config and hash(again) == hash(config)
    assert list(config.as_dict()) == [field.name for field in fields(TrainConfig)]


def test_what_a_file_leaves_out_is_at_its_default() -> None:
    assert TrainConfig.from_dict({"hidden": 3}) == TrainConfig(hidden=3)
    check_refused(lambda: TrainConfig.from_dict({"hiden": 3}), "configuration", "'hiden'")
    check_refused(lambda: TrainConfig.from_dict({"x" * 10_000: 3}), "configuration", "x" * 40)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_have_limits_that_the_message_names(name: str) -> None:
    low, high = LIMITS[name]
    whole = KINDS[name] is int
    beyond = [low - 1, high + 1] if whole else [low - 1e-9, high * 1.001, float("nan"), float("inf")]
    for value in (low, high):
        assert getattr(replace(TrainConfig(cell="lstm"), **{name: int(value) if whole else value}), name) == value
    for value in [*(map(int, beyond) if whole else beyond), "5", None, True, [5], *([0.5 + high / 2] if whole else [])]:
        check_refused(lambda value=value: replace(TrainConfig(), **{name: value}), f"{name}: expected a", f"{high:,}")


@pytest.mark.parametrize("name", FLAGS)
def test_flags_are_true_or_false(name: str) -> None:
    for value in (0, 1, "yes", None, np.True_):
        check_refused(lambda value=value: replace(TrainConfig(), **{name: value}), f"{name}: expected True or False")


@pytest.mark.parametrize("name", CHOICES)
def test_choices_are_named(name: str) -> None:
    for value in ("other", None, 1, ["lstm"], ""):
        options = map(repr, get_args(KINDS[name]))
        check_refused(lambda value=value: replace(TrainConfig(), **{name: value}), f"{name}: expected one of", *options)


@pytest.mark.parametrize(("changes", "part"), [
    ({"bidirectional": True}, "bidirectional"),
    ({"tied": True, "hidden": 64, "features": 32}, "64 outputs"),
    ({"tied": True, "task": "tagger", "hidden": 32}, "tagger"),
    ({"forget": "coupled", "input": "none"}, "input"),
])  # fmt: skip
def test_settings_that_contradict_each_other_are_refused(changes: dict[str, Any], part: str) -> None:
    check_refused(lambda: TrainConfig(**changes), part)


def test_a_cell_gets_the_options_it_knows() -> None:
    config = TrainConfig(forget="coupled", output="none", peephole=True, forget_bias=2.0, reset_after=False)
    variant = Variant(forget="coupled", output="none", peephole=True)
    assert config.cell_options == {"variant": variant, "forget_bias": 2.0}
    assert replace(config, cell="gru").cell_options == {"reset_after": False}
    assert replace(config, cell="rnn", activation="relu").cell_options == {"activation": "relu"}


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        TrainConfig().hidden = 5  # type: ignore[misc]
