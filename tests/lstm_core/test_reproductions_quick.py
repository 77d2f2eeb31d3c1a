"""Quick versions of the published results that test_reproductions.py does not have: seed 0, shorter sequences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lstm_core import tasks
from lstm_core.reproductions import REPRODUCTIONS, run

DIGITS = Path(__file__).parents[2] / "sample_data" / "digits" / "digits.csv"
GUESS = tasks.memoryless("adding", 10)
VARIANTS = [name for name in REPRODUCTIONS if name.startswith("variant-")]


def quick(name: str, lag: int, steps: int) -> float:
    """What seed 0 comes to with these changes and no others."""
    full = REPRODUCTIONS[name]
    return run(replace(full, lag=lag, changes={**full.changes, "steps": steps}), 0).value


def test_there_are_eight_variants() -> None:
    assert len(VARIANTS) == 8


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_of_the_lstm_adds_two_of_ten_numbers(name: str) -> None:
    assert quick(name, 10, 400) < 0.1 * GUESS


def test_of_forty_numbers_a_plain_rnn_adds_two_much_worse_than_an_lstm() -> None:
    rnn, lstm = quick("adding-rnn", 40, 700), quick("adding-lstm", 40, 700)
    assert rnn > REPRODUCTIONS["adding-rnn"].bound and lstm < rnn / 2


def test_a_plain_rnn_reads_few_digits_in_a_few_updates() -> None:
    source = tasks.digits("\n".join(DIGITS.read_text(encoding="ascii").splitlines()[:201]))
    full = REPRODUCTIONS["digits-rnn"]
    value = run(replace(full, changes={**full.changes, "steps": 20}), 0, digits=source).value
    assert 0.05 < value < 0.6 < full.bound
