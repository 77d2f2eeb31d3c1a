"""What came out of the runs of a sweep: one row each, and its curve."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_core.arrays import Array
from lstm_core.history import History
from lstm_core.training import TrainState
from lstm_runs._sweep_store import RunOfSweep
from lstm_runs._sweep_values import Value
from lstm_runs.grids import Plan

MEASURES = ("loss", "best_loss", "score", "best_score", "seconds", "step")
_POINTS = 64  # of a curve that is kept


class Row(NamedTuple):
    """A run of a sweep in its table.

    `status` is "planned", then as of every run, or "deleted". `loss` and `score` are of the last validation, those with
    `best_` the best ones; None where there is none, as a score of a regressor. `seconds` were spent on updates, `step`
    of `steps` updates are made. `run` is empty until it has begun, `reason` unless it failed.
    """

    number: int
    name: str
    settings: dict[str, Value | None]
    status: str
    run: str
    step: int
    steps: int
    loss: float | None = None
    best_loss: float | None = None
    score: float | None = None
    best_score: float | None = None
    seconds: float | None = None
    reason: str = ""


class Curve(NamedTuple):
    """Validations of a run: after how many updates, mean loss, share of right answers (None for a regressor)."""

    step: list[int]
    loss: list[float | None]
    score: list[float | None]


def planned(plan: Plan) -> Row:
    """The row of a run that has not begun."""
    return Row(plan.number, plan.name, plan.settings, "planned", "", 0, plan.config.steps)


def measured(history: History, plan: Plan) -> dict[str, Any]:
    """What a row tells of a history."""
    loss, score = history.validated_loss, history.validated_score
    scored = plan.config.task != "regressor"
    return {
        "loss": _finite(loss[-1:]),
        "best_loss": _finite(np.fmin.reduce(loss, initial=np.inf, keepdims=True)),
        "score": _finite(score[-1:]) if scored else None,
        "best_score": _finite(np.fmax.reduce(score, initial=-np.inf, keepdims=True)) if scored else None,
        "seconds": float(history.seconds.sum()),
    }


def curve(history: History, plan: Plan) -> Curve:
    """The validations, thinned out to what a picture shows."""
    count = len(history.validated_step)
    picked = np.unique(np.linspace(0, count - 1, min(count, _POINTS)).round().astype(int))
    scored = plan.config.task != "regressor"
    return Curve(
        [int(step) for step in history.validated_step[picked]],
        [_finite([value]) for value in history.validated_loss[picked]],
        [_finite([value]) if scored else None for value in history.validated_score[picked]],
    )


def ended(plan: Plan, run: str, status: str, step: int, history: History | None, reason: str = "") -> RunOfSweep:
    """What is written down of a run that has come to its end."""
    history = History() if history is None else history
    result = {"step": step, "reason": reason[:500], **measured(history, plan)}
    return RunOfSweep(plan.number, run, status, json.dumps(result), json.dumps(curve(history, plan)))


def read(plan: Plan, found: RunOfSweep) -> Row:
    """The row of a run as it was written down."""
    row = planned(plan)._replace(run=found.run, status=found.status)
    return row._replace(**json.loads(found.result)) if found.result else row


def table(
    plans: Sequence[Plan],
    handed: Mapping[int, RunOfSweep],
    seen: Mapping[str, tuple[str, TrainState]],
    stored: Mapping[str, tuple[str, int]],
) -> list[Row]:
    """All runs of a sweep in their order.

    Parameters
    ----------
    plans : sequence of Plan
    handed : dict of int to RunOfSweep
        Those that have begun, by number.
    seen : dict of str to (str, TrainState)
        Status and state of those that train here, by id.
    stored : dict of str to (str, int)
        Status and step of others on the disk.
    """
    rows = []
    for plan in plans:
        row = planned(plan)
        if (noted := handed.get(plan.number)) is not None:
            row = read(plan, noted)
            if row.status == "started" and noted.run in seen:
                now, state = seen[noted.run]
                row = row._replace(status=now, step=state.step, **measured(state.history, plan))
            elif row.status == "started":
                status, step = stored.get(noted.run, ("waiting", 0))
                row = row._replace(status=status, step=step)
        rows.append(row)
    return rows


def share(plans: tuple[Plan, ...], costs: Mapping[int, float], rows: Mapping[int, Row]) -> float:
    """How much of the work is done, from 0 to 1; a run that ended early counts as done."""
    done = 0.0
    for plan in plans:
        row = rows.get(plan.number)
        if row is not None:
            whole = row.status in ("finished", "failed", "stopped", "deleted")
            done += costs[plan.number] * (1.0 if whole else row.step / max(1, row.steps))
    return done / sum(costs.values()) if costs else 1.0


def _finite(values: Array | list[float]) -> float | None:
    return float(values[0]) if len(values) and math.isfinite(values[0]) else None
