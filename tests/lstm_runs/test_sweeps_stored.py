"""Sweeps on the disk: what stays, what goes, and stores from before there were any."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lstm_runs import _sweep_driver, schema
from lstm_runs.grids import Sweep
from lstm_runs.sweeps import NoSuchSweep
from tests import training_runs
from tests.sweeping import SMALL, SWEEP, WILD, finished
from tests.training_runs import NET, TEXT, Gate, ended, limits, service, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(_sweep_driver, "_LOOK", 0.01)


def test_two_sweeps_of_the_same_settings_are_found_by_what_they_do(tmp_path: Path) -> None:
    sweep, own = Sweep("mine", None, SMALL | {"window": 8}, {"features": (3, 4)}), {"mine": TEXT}
    with service(tmp_path) as runs:
        ticket = runs.sweeps.start(sweep, own)
        assert runs.sweeps.find(sweep, own) == ticket.id
        assert runs.sweeps.find(sweep, {"mine": replace(TEXT, text=TEXT.text + "!")}) is None
        assert runs.sweeps.find(replace(sweep, seeds=(3,)), own) is None
        rows = finished(runs, ticket.id)
        assert runs.source(rows[0].run).text == TEXT.text
    with service(tmp_path) as runs:
        assert runs.sweeps.sweep(ticket.id) == sweep
        assert runs.sweeps.rows(ticket.id) == rows


def test_results_stay_when_the_runs_themselves_are_gone(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.sweeps.start(SWEEP)
        rows = finished(runs, ticket.id)
        runs.delete(rows[0].run, ticket.key)
        assert runs.sweeps.rows(ticket.id) == rows
    with service(tmp_path, keep_mb=0.0) as runs:
        until(lambda: not runs.runs())  # cleared a few at a time, so that runs are saved in between
        assert runs.sweeps.rows(ticket.id) == rows
        assert len(runs.sweeps.curves(ticket.id)) == 8


def test_a_run_that_is_deleted_in_the_middle_does_not_hold_up_its_sweep(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate, most_runs_each=2) as runs:
        ticket = runs.sweeps.start(SWEEP)
        until(lambda: runs.sweeps.view(ticket.id).active == 2)
        runs.delete(runs.sweeps.rows(ticket.id)[0].run, ticket.key)
        gate.let(10_000)
        rows = finished(runs, ticket.id)
        assert [row.status for row in rows] == ["deleted"] + ["finished"] * 7


def test_a_deleted_sweep_takes_its_runs_with_it(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate, most_runs_each=2) as runs:
        ticket, other = runs.sweeps.start(SWEEP), runs.start(TEXT, replace(NET, steps=2))
        until(lambda: runs.sweeps.view(ticket.id).active == 2)
        gate.let(10_000)
        runs.sweeps.delete(ticket.id, ticket.key)
        until(lambda: not runs.sweeps.recent())
        assert [short.id for short in runs.runs()] == [other.id]
        with pytest.raises(NoSuchSweep, match="deleted or cleared"):
            runs.sweeps.view(ticket.id)


def test_a_store_from_before_there_were_sweeps_gets_their_tables_and_keeps_its_runs(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, replace(NET, steps=2))
        ended(runs, ticket.id)
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute("DROP TABLE sweeps")
        connection.execute("DROP TABLE sweep_runs")
        before = connection.execute("SELECT version FROM gatescope").fetchall()
    connection.close()
    with service(tmp_path) as runs:
        assert runs.view(ticket.id).status == "finished"
        assert len(finished(runs, runs.sweeps.start(SWEEP).id)) == 8
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        assert connection.execute("SELECT version FROM gatescope").fetchall() == before == [(schema.VERSION,)]
    connection.close()


def test_the_runs_of_a_sweep_keep_fewer_checkpoints_also_after_a_restart(tmp_path: Path) -> None:
    sweep = replace(SWEEP, base={**SMALL, "steps": 400}, over={"clip": (3.0, 4.0)}, seeds=(1,))
    with service(tmp_path, checkpoints=60, executor="thread", work=partial(training_runs.slow, 0.01)) as runs:
        ticket = runs.sweeps.start(sweep)
        until(lambda: any(row.step > 100 for row in runs.sweeps.rows(ticket.id)))
    with service(tmp_path, checkpoints=60) as runs:
        for row in finished(runs, ticket.id):
            assert [mark.step for mark in runs.view(row.run).checkpoints] == [0, 100, 150, 200, 250, 300, 350, 400]


def test_old_sweeps_are_cleared_and_those_at_work_are_not(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.sweeps.start(SWEEP)
        finished(runs, ticket.id)
        store = runs._engine.store
        store.clear(1.0, 100.0, time.time() + 80_000)
        assert runs.sweeps.recent()
        with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
            connection.execute("UPDATE sweeps SET status = 'running', holder = 'x', touched = 5.0")
        connection.close()
        store.clear(1.0, 100.0, time.time())
        assert runs.sweeps.recent()
        with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
            connection.execute("UPDATE sweeps SET status = 'stopped', touched = 5.0")
        connection.close()
        store.clear(1.0, 100.0, time.time())
        assert not runs.sweeps.recent()
        assert not store.sweeps.runs(ticket.id)


def test_what_is_written_down_of_a_run_is_json_without_nan(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.sweeps.start(replace(SWEEP, base=WILD, over={"rate": (1e6,)}))
        finished(runs, ticket.id)
        found = runs._engine.store.sweeps.runs(ticket.id, curves=True)
        for row in found.values():
            for text in (row.result, row.curve):
                json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} was written"))
    assert limits(tmp_path).of("somebody").checkpoints == 8
