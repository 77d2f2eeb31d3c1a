"""Many runs that belong together: the same numbers wherever and however often they are interrupted."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lstm_core.sources import Source
from lstm_runs import _sweep_driver, grids
from lstm_runs.grids import Sweep
from lstm_runs.service import NotYours
from lstm_runs.sweeps import NoSuchSweep, Row
from tests import training_runs
from tests.sweeping import SMALL, SWEEP, WILD, finished
from tests.training_runs import NET, TEXT, Gate, assert_same_bits, ended, service, undisturbed, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(_sweep_driver, "_LOOK", 0.01)


def numbers(rows: list[Row]) -> list[Row]:
    """Rows without what a clock or chance decides."""
    return [row._replace(run="", seconds=None) for row in rows]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What the sweep comes to, inline and without a break."""
    with service(tmp_path_factory.mktemp("inline")) as runs:
        return finished(runs, runs.sweeps.start(SWEEP).id)


def test_each_run_of_a_sweep_is_what_it_would_be_alone(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.sweeps.start(SWEEP)
        rows, curves = finished(runs, ticket.id), runs.sweeps.curves(ticket.id)
        for plan, row in zip(grids.expand(SWEEP), rows, strict=True):
            state = undisturbed(grids.source(plan), plan.config)
            assert_same_bits(runs.state(row.run), state)
            history = state.history
            assert (row.settings, row.status, row.step, row.steps) == (plan.settings, "finished", 24, 24)
            assert (row.loss, row.score) == (history.validated_loss[-1], history.validated_score[-1])
            assert (row.best_loss, row.best_score) == (history.validated_loss.min(), history.validated_score.max())
            np.testing.assert_array_equal(curves[row.number].loss, history.validated_loss)
            assert curves[row.number].step == [0, 7, 14, 21, 24]
            assert row.seconds is not None
            assert row.seconds > 0
        assert any(row.best_loss != row.loss for row in rows) or any(row.best_score != row.score for row in rows)
        view = runs.sweeps.view(ticket.id)
        assert (view.runs, view.ended, view.failed, view.active, view.share) == (8, 8, 0, 0, 1.0)
        assert view.title == "cells"


def test_a_sweep_gives_the_same_numbers_in_the_pool_as_inline(expected: list[Row], tmp_path: Path) -> None:
    with service(tmp_path, executor="processes", workers=2) as runs:
        assert numbers(finished(runs, runs.sweeps.start(SWEEP).id)) == numbers(expected)


def test_a_sweep_that_is_stopped_and_continued_gives_the_same_numbers(expected: list[Row], tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate, most_runs_each=3) as runs:
        ticket = runs.sweeps.start(SWEEP)
        gate.let(14)
        until(lambda: len(gate.orders) > 14)
        runs.sweeps.stop(ticket.id, ticket.key)
        gate.let()
        rows = finished(runs, ticket.id, "stopped")
        assert {row.status for row in rows} <= {"paused", "planned", "finished"}
        assert sum(row.status == "paused" for row in rows) in (2, 3)
        assert runs.sweeps.view(ticket.id).seconds_left is None
        seen = len(gate.orders)
        gate.let(10_000)
        time.sleep(0.1)
        assert len(gate.orders) == seen, "a stopped sweep trained on"
        runs.sweeps.resume(ticket.id, ticket.key)
        assert numbers(finished(runs, ticket.id)) == numbers(expected)


def test_a_sweep_that_is_continued_before_it_has_come_to_rest_goes_on(tmp_path: Path) -> None:
    gate, sweep = Gate(), replace(SWEEP, seeds=(1,))
    with service(tmp_path, executor="thread", work=gate, most_runs_each=2) as runs:
        ticket = runs.sweeps.start(sweep)
        until(lambda: len(gate.orders) > 0)
        runs.sweeps.stop(ticket.id, ticket.key)
        until(lambda: any(row.status == "paused" for row in runs.sweeps.rows(ticket.id)))
        assert runs.sweeps.view(ticket.id).status == "stopping"
        runs.sweeps.resume(ticket.id, ticket.key)
        gate.let(10_000)
        assert {row.status for row in finished(runs, ticket.id)} == {"finished"}


def test_a_sweep_goes_on_by_itself_when_its_server_is_started_again(expected: list[Row], tmp_path: Path) -> None:
    work = partial(training_runs.slow, 0.005)
    with service(tmp_path, executor="thread", work=work, most_runs_each=2) as runs:
        ticket = runs.sweeps.start(SWEEP)
        until(lambda: runs.sweeps.view(ticket.id).ended >= 2)
    with service(tmp_path) as runs:
        assert runs.sweeps.view(ticket.id).ended >= 2
        rows = finished(runs, ticket.id)
        assert numbers(rows) == numbers(expected)
        assert len(runs.runs()) == 8, "a run was begun twice"
        assert runs.sweeps.may_steer(ticket.id, ticket.key)
        assert runs.may_steer(rows[5].run, ticket.key), "the key of a sweep steers its runs"


def test_a_stopped_sweep_stays_stopped_over_a_restart_and_is_continued_in_the_end(
    expected: list[Row], tmp_path: Path
) -> None:
    work = partial(training_runs.slow, 0.005)
    with service(tmp_path, executor="thread", work=work, most_runs_each=2) as runs:
        ticket = runs.sweeps.start(SWEEP)
        until(lambda: runs.sweeps.view(ticket.id).ended >= 1)
        runs.sweeps.stop(ticket.id, ticket.key)
        before = finished(runs, ticket.id, "stopped")
    with service(tmp_path, adopts=False) as runs:
        assert runs.sweeps.rows(ticket.id) == [
            row._replace(
                loss=now.loss, best_loss=now.best_loss, score=now.score, best_score=now.best_score, seconds=now.seconds
            )
            for row, now in zip(before, runs.sweeps.rows(ticket.id), strict=True)
        ]
        assert runs.sweeps.view(ticket.id).status == "stopped"
        runs.sweeps.command(ticket.id, "resume")
        assert numbers(finished(runs, ticket.id)) == numbers(expected)


def test_a_service_that_does_not_adopt_leaves_the_work_of_others_alone(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate, most_runs_each=2) as runs:
        mine, other = runs.sweeps.start(SWEEP), runs.start(TEXT, NET)
        until(lambda: runs.sweeps.view(mine.id).active == 2)
        gate.let(3)
    with service(tmp_path, adopts=False) as runs:
        again = runs.sweeps.start(replace(SWEEP, seeds=(9,)))
        finished(runs, again.id)
        assert runs.sweeps.view(mine.id).ended == 0
        assert runs.view(other.id).step < NET.steps
        assert not runs.sweeps.holds(mine.id)


def test_a_sweep_never_has_more_runs_at_a_time_than_an_owner_may(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate, most_runs_each=3, most_runs=5) as runs:
        first, second = runs.sweeps.start(SWEEP), runs.sweeps.start(replace(SWEEP, seeds=(8,)))
        until(lambda: runs.sweeps.view(first.id).active + runs.sweeps.view(second.id).active == 5)
        time.sleep(0.1)
        assert sorted((runs.sweeps.view(first.id).active, runs.sweeps.view(second.id).active)) == [2, 3]
        gate.let(10_000)
        assert len(finished(runs, first.id)) == 8
        assert len(finished(runs, second.id)) == 4


def test_fewer_runs_train_at_a_time_where_workers_could_not_keep_their_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sweep_driver, "_DATA", 2.5 * len(TEXT.text))
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        ticket = runs.sweeps.start(Sweep("mine", None, {**SMALL, "window": 8}, seeds=(1, 2, 3, 4)), {"mine": TEXT})
        until(lambda: runs.sweeps.view(ticket.id).active == 2)
        gate.let(1)
        until(lambda: len(gate.orders) > 1)
        assert runs.sweeps.view(ticket.id).active == 2
        gate.let(10_000)
        assert len(finished(runs, ticket.id)) == 4


def test_a_sweep_is_one_owner_and_comes_after_whoever_watches(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        runs.sweeps.start(SWEEP)
        until(lambda: len(runs.runs()) == 8)
        alone = runs.start(TEXT, replace(NET, steps=9), live=False)
        gate.let(12)
        until(lambda: len(gate.orders) > 12)
        turns = [order.state.config.seed == NET.seed for order in gate.orders]
        first = turns.index(True)
        assert first <= 2
        assert turns[first : first + 4] in ([True, False, True, False], [True, True, False, True]), (
            "not every other one"
        )
        gate.let(10_000)
        ended(runs, alone.id)


def test_a_run_that_cannot_be_begun_or_diverges_fails_alone(tmp_path: Path) -> None:
    short = Source("text", "short", text="abcdefgh " * 8)
    sweep = Sweep("short", None, SMALL, {"window": (8, 60), "rate": (0.01, 1e6)})
    with service(tmp_path) as runs:
        rows = finished(runs, runs.sweeps.start(replace(sweep, base=WILD), {"short": short}).id)
        assert [row.status for row in rows] == ["finished", "failed", "failed", "failed"]
        assert "finite" in rows[1].reason or "diverge" in rows[1].reason
        assert (rows[2].loss, rows[2].best_loss, rows[2].score, rows[2].best_score) == (None,) * 4
        assert rows[2].reason.startswith(("window: expected at most", "batch: expected at most"))
        view = runs.sweeps.view(runs.sweeps.recent()[0].id)
        assert (view.ended, view.failed, view.share) == (4, 3, 1.0)


def test_only_who_has_the_key_steers_a_sweep(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.sweeps.start(SWEEP)
        for command in (runs.sweeps.stop, runs.sweeps.resume, runs.sweeps.delete):
            with pytest.raises(NotYours):
                command(ticket.id, ticket.key[:-1] + "!")
            with pytest.raises(NoSuchSweep):
                command("\udc00", ticket.key)
        finished(runs, ticket.id)
        with pytest.raises(ValueError, match="stop: expected one that is running, got one that is finished"):
            runs.sweeps.stop(ticket.id, ticket.key)
    assert ticket.key.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_too_many_sweeps_at_a_time_are_refused(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate, most_runs_each=1, most_runs=1) as runs:
        for seed in range(16):
            runs.sweeps.start(replace(SWEEP, seeds=(seed,)))
        with pytest.raises(ValueError, match="sweeps: expected at most 16 at work at a time, got one more"):
            runs.sweeps.start(SWEEP)
        gate.let(10_000)
