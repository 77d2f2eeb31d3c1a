"""A small sweep for the tests, and patience until it is where it should be."""

from __future__ import annotations

from typing import Any

from lstm_runs.grids import Sweep
from lstm_runs.service import Service
from lstm_runs.sweeps import Row
from tests.training_runs import until

SMALL: dict[str, Any] = {"hidden": 3, "steps": 24, "batch": 2, "validate_every": 7, "validation_tokens": 60}
WILD = {**SMALL, "optimizer": "sgd", "cell": "rnn", "activation": "relu", "clip": 0.0}  # with a rate that is too high
SWEEP = Sweep("first", 5, SMALL, {"cell": ("lstm", "rnn"), "rate": (0.01, 0.05)}, seeds=(1, 4), title="cells")


def finished(runs: Service, ident: str, status: str = "finished") -> list[Row]:
    """The rows of a sweep that has come to its end."""
    until(lambda: runs.sweeps.view(ident).status == status, f"{status}: {runs.sweeps.view(ident)}")
    return runs.sweeps.rows(ident)
