"""The published results: the table is whole, and short versions of them show the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lstm_core import reproductions, tasks
from lstm_core.reproductions import REPRODUCTIONS, Reproduction, outcome, reproduce, run
from lstm_core.sources import Source
from tests.checks import check_refused

DIGITS = Path(__file__).parents[2] / "sample_data" / "digits" / "digits.csv"


@pytest.fixture(autouse=True)
def few_test_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproductions, "_JUDGED_BY", 5_000)


def short(name: str, lag: int | None = None, early: int | None = None, **changes: Any) -> Reproduction:
    """A result with fewer steps, or with a shorter lag."""
    full = REPRODUCTIONS[name]
    return replace(
        full,
        lag=full.lag if lag is None else lag,
        early=full.early if early is None else early,
        changes={**full.changes, **changes},
    )


def first_digits(count: int) -> Source:
    """The file without most of its lines."""
    return tasks.digits("\n".join(DIGITS.read_text(encoding="ascii").splitlines()[: count + 1]))


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_every_result_can_be_begun_and_says_what_it_is_held_against(name: str) -> None:
    wanted = REPRODUCTIONS[name]
    assert wanted.name == name and wanted.title and 3 <= len(wanted.seeds) == len(set(wanted.seeds))
    assert 1 <= wanted.wanted <= len(wanted.seeds)
    assert bool(wanted.published) == bool(wanted.where)
    problem = tasks.find(wanted.problem)
    assert problem.draw is None or tasks.source(wanted.problem, wanted.lag).lag == wanted.lag
    assert {
        "hidden",
        "batch",
        "rate",
        "clip",
        "steps",
        "forget_bias",
    } <= wanted.changes.keys()  # whatever tasks.config says
    configs = {wanted.config(seed) for seed in wanted.seeds}
    assert len(configs) == len(wanted.seeds) and all(config.task == problem.net for config in configs)
    up = wanted.side in ("at least", "above")
    assert wanted.kept(wanted.bound + (0.001 if up else -0.001)) and not wanted.kept(
        wanted.bound - (0.001 if up else -0.001)
    )
    assert wanted.kept(wanted.bound) == wanted.side.startswith("at")


def test_enough_seeds_must_keep_the_bound() -> None:
    wanted = replace(REPRODUCTIONS["reber"], side="at least", bound=0.9, wanted=2)
    assert wanted.held([0.95, 0.9, 0.1]) and not wanted.held([0.95, 0.8, 0.1])


def test_the_frame_of_a_reber_string_is_learned_and_the_training_ends_then() -> None:
    told: list[float] = []
    found = outcome("reber", 2, told.append)
    assert found.value >= 0.99 and 200 <= found.steps == found.sequences <= 4_000
    assert told[-1] == 1.0 and told == sorted(told) and len(told) == found.steps // 200 + 1


def test_a_plain_rnn_does_not_learn_it_in_the_same_time() -> None:
    found = run(short("reber-rnn", steps=1_000, early=500), 2)
    assert found.value < 0.6 and found.steps == 1_000


def test_only_with_a_forget_gate_a_stream_can_be_read_on_and_on() -> None:
    with_gate = run(short("continual", steps=900), 3).value
    without = run(short("continual-no-forget", steps=300), 3).value
    assert with_gate > 0.9 > 0.6 > without


def test_the_order_of_two_signs_is_kept_by_an_lstm_and_lost_by_a_plain_rnn() -> None:
    assert run(short("order-lstm", lag=30, steps=300), 0).value > 0.95
    assert run(short("order-rnn", lag=30, steps=300), 0).value < 0.6


def test_two_numbers_are_added_by_an_lstm() -> None:
    found = run(short("adding-lstm", lag=10, steps=500), 0)
    assert found.value < 0.2 < tasks.memoryless("adding", 10) and found.sequences == 500 * 32


def test_some_digits_are_read_pixel_by_pixel() -> None:
    wanted = short("digits-lstm", steps=20)
    value = run(wanted, 0, digits=first_digits(200)).value
    assert 0.15 < value < 1 and value == run(wanted, 0, digits=first_digits(200)).value


def test_what_is_missing_is_named() -> None:
    check_refused(lambda: reproduce("rebber", 0), "name", "'rebber'", "continual")
    check_refused(lambda: reproduce("digits-lstm", 0), "digits", "tasks.digits")
    check_refused(lambda: run(short("adding-lstm", lag=5_000), 0), "lag")


def test_a_training_that_fails_is_told() -> None:
    check_refused(
        lambda: run(short("adding-lstm", lag=5, steps=40, rate=1e6, clip=0.0, optimizer="sgd"), 0), "adding-lstm"
    )
