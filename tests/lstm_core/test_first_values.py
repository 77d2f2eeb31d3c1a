"""What a training begins with, and how its rate falls: settings that came with the synthetic tasks."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstm_core import initial, models, optim, stack, tasks
from lstm_core.config import TrainConfig
from lstm_core.corpus import prepare
from lstm_core.encoding import Vocabulary
from lstm_core.training import advance, start
from tests.checks import check_refused

LETTERS = Vocabulary(tuple("abcde"), None)
NUMBERS = Vocabulary(("<unk>", "8", "0", "2"))
LATER = {"input_bias": 0.0, "output_bias": 0.0, "halve_every": 1_500, "vectors": "random"}  # not in older files


def built(vocabulary: Vocabulary = LETTERS, **changes: Any) -> Any:
    config = TrainConfig(**{"hidden": 3, "features": 4, **changes})
    return models.build(config, SimpleNamespace(vocabulary=vocabulary, labels=("x", "y")), np.random.default_rng(2))


def test_a_configuration_of_an_earlier_version_is_read_and_makes_the_same_net() -> None:
    old = {name: value for name, value in TrainConfig(hidden=3).as_dict().items() if name not in LATER}
    assert len(old) == len(fields(TrainConfig)) - len(LATER)
    assert TrainConfig.from_dict(old) == TrainConfig(hidden=3, **LATER)  # type: ignore[arg-type]
    # The first numbers that the version before drew for this net.
    assert built().embedding[0].tolist() == pytest.approx([0.18905338, -0.5227484, -0.41306354, -2.4414675])


@pytest.mark.parametrize("both", [False, True])
def test_the_biases_of_two_gates_are_set_in_every_layer_and_direction_and_nothing_else(both: bool) -> None:
    layers = stack.init(np.random.default_rng(1), 4, [3, 2], "lstm", bidirectional=both)
    found = initial.gate_biases(layers, -1.0, -2.5)
    for before, after, H in zip(layers, found, (3, 2), strict=True):
        for old, new in ((before.forward, after.forward), (before.backward, after.backward)):
            if old is None or new is None:
                assert old is new is None and not both
                continue
            assert_array_equal(new.b.reshape(4, H), np.repeat([[-1.0], [1.0], [-2.5], [0.0]], H, axis=1))  # i f o g
            assert new.W_x is old.W_x and new.W_h is old.W_h and not old.b[:H].any()


def test_a_configuration_sets_these_biases_and_other_cells_have_none() -> None:
    b = built(input_bias=-1.0, output_bias=2.0, forget_bias=0.5).layers[0].forward.b
    assert b.reshape(4, 3)[:, 0].tolist() == [-1.0, 0.5, 2.0, 0.0]
    for cell in ("gru", "rnn"):
        assert_array_equal(built(cell=cell, input_bias=-1.0).layers[0].forward.b, built(cell=cell).layers[0].forward.b)


def test_vectors_can_start_one_hot_or_as_numbers() -> None:
    assert_array_equal(built(vectors="one-hot", features=5).embedding, np.eye(5, dtype=np.float32))
    assert built(NUMBERS, vectors="numbers", features=1).embedding.tolist() == [[0.0], [1.0], [0.0], [0.25]]
    assert built(Vocabulary(("0",), None), vectors="numbers", features=1).embedding.tolist() == [[0.0]]
    check_refused(lambda: built(vectors="one-hot"), "features", "5", "4")
    check_refused(lambda: built(NUMBERS, vectors="numbers", features=2), "vectors", "one feature")
    check_refused(lambda: built(vectors="numbers", features=1), "vectors", "whole numbers")


def test_a_rate_is_halved_again_and_again() -> None:
    rates = [optim.rate_at("halving", 0.8, step, 100, 3) for step in range(8)]
    assert rates == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]
    for schedule in ("constant", "linear", "cosine"):
        assert optim.rate_at(schedule, 0.8, 50, 100, 3) == optim.rate_at(schedule, 0.8, 50, 100, 7)  # type: ignore[arg-type]


def test_the_engine_halves_its_rate_when_it_is_told_to() -> None:
    """Plain descent: the step from 4 to 5 is as long as with a quarter of the rate."""
    common: dict[str, Any] = {"hidden": 3, "batch": 2, "optimizer": "sgd", "steps": 20, "clip": 0.0, "dtype": "float64"}
    config = tasks.config("first", rate=0.4, schedule="halving", halve_every=2, **common)
    data = prepare(tasks.source("first", 4), config)
    four = advance(start(config, data), 4, data)
    other = replace(four, config=replace(config, rate=0.1, schedule="constant"))
    for name, array in models.arrays(advance(other, 1, data).model).items():
        assert_array_equal(models.arrays(advance(four, 1, data).model)[name], array)
    full = replace(four, config=replace(config, schedule="constant"))
    assert not np.array_equal(advance(full, 1, data).model.b_out, advance(four, 1, data).model.b_out)
