"""Right and wrong over several steps or several answers, on small examples done by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstm_core import models, trials
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.models import Batch

rng = np.random.default_rng(3)


def test_all_that_may_follow_must_come_before_all_that_may_not() -> None:
    logits = rng.normal(size=(5, 4, 6))
    legal = rng.random((5, 4, 6)) < 0.4
    legal[..., 2] |= ~legal.any(axis=2)
    found = trials.right(logits, np.zeros((5, 4), int), legal)
    for t in range(5):
        for b in range(4):
            first = set(np.argsort(-logits[t, b])[: legal[t, b].sum()])
            assert found[t, b] == (first == set(np.flatnonzero(legal[t, b])))
    everything = np.ones((5, 4, 6), bool)
    assert trials.right(logits, np.zeros((5, 4), int), everything).all()


def test_two_that_are_equally_probable_are_not_told_apart() -> None:
    assert not trials.right(np.array([[1.0, 1.0]]), np.array([0]), np.array([[True, False]]))[0]


def test_without_a_choice_the_most_probable_is_compared() -> None:
    logits = rng.normal(size=(7, 3, 5))
    targets = logits.argmax(axis=2)
    targets[2, 1] = (targets[2, 1] + 1) % 5
    assert int((~trials.right(logits, targets)).sum()) == 1


@pytest.mark.parametrize(("hits", "numbers", "expected"), [
    ([[1, 1], [1, 1]], [[0, 1], [0, 1]], (2, 2)),
    ([[1, 0], [1, 1]], [[0, 1], [0, 1]], (1, 2)),
    ([[0, 0], [1, 1]], [[-1, -1], [0, 1]], (2, 2)),
    ([[1, 1], [0, 1]], [[0, 2], [0, 2]], (1, 2)),  # there is no trial 1
    ([[0, 0], [0, 0]], [[-1, -1], [-1, -1]], (0, 0)),
])  # fmt: skip
def test_a_trial_is_right_if_all_its_steps_are(
    hits: list[list[int]], numbers: list[list[int]], expected: tuple[int, int]
) -> None:
    assert trials.whole(np.array(hits, bool), np.array(numbers)) == expected


def test_scores_count_trials_where_there_are_some_and_steps_where_not() -> None:
    config = TrainConfig(hidden=4, features=3)
    known = SimpleNamespace(vocabulary=Vocabulary(tuple("abcde"), None), labels=())
    model = models.build(config, known, np.random.default_rng(1))
    x = rng.integers(0, 5, (6, 3))
    lengths = np.array([6, 2, 5])
    logits = models.predict(model, x, lengths=lengths).logits
    targets = logits.argmax(axis=2)
    targets[1, 1], targets[4, 1] = (targets[1, 1] + 1) % 5, 0  # wrong; behind the end
    steps = Batch(x, targets, lengths)
    assert models.scores(model, logits, steps)[1:] == (12, 13)
    numbers = np.where(np.arange(6)[:, None] < lengths, np.arange(3), -1)
    assert models.scores(model, logits, Batch(x, targets, lengths, trials=numbers))[1:] == (2, 3)
    legal = np.eye(5, dtype=bool)[targets]
    legal[1, 1] = np.eye(5, dtype=bool)[logits[1, 1].argmax()]
    assert models.scores(model, logits, Batch(x, targets, lengths, legal, numbers))[1:] == (3, 3)
    assert_array_equal(models.scores(model, logits, Batch(x, targets, lengths, legal))[1:], (13, 13))
