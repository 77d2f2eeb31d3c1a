"""Runs that outlive their server, and two servers on one database."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from lstm_runs import keeper
from lstm_runs.records import Save
from lstm_runs.service import NoSuchRun
from tests import training_runs
from tests.training_runs import NET, TEXT, Gate, assert_same_bits, ended, service, undisturbed, until


def test_a_run_whose_state_cannot_be_read_fails_with_the_reason(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        ticket = runs.start(TEXT, NET)
        gate.let(1)
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute("UPDATE states SET content = ?", (b"of another version",))
    connection.close()
    with service(tmp_path) as runs:
        view = runs.view(ticket.id)
        assert view.status == "failed"
        assert view.failure is not None
        assert "expected a safetensors file" in view.failure.reason
        assert view.failure.reason.endswith("fork the run from a checkpoint that can be read, or start anew")


def test_a_run_whose_vocabulary_cannot_be_read_keeps_no_server_from_starting(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        ticket = runs.start(TEXT, NET)
        gate.let(1)
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute("UPDATE runs SET symbols = '{}'")
    connection.close()
    with service(tmp_path) as runs:
        view = runs.view(ticket.id)
        assert view.failure is not None
        assert "vocabulary: expected what was written" in view.failure.reason


def test_a_live_run_is_shown_without_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        ticket = runs.start(TEXT, NET)
        gate.let(3)
        until(lambda: len(gate.orders) > 3)
        with monkeypatch.context() as patched:
            patched.setattr(runs._engine, "store", None)
            assert runs.view(ticket.id).status == "running"
            assert runs.may_steer(ticket.id, ticket.key)
            assert runs.state(ticket.id).step == runs.view(ticket.id).step
        gate.let(500)


def test_training_is_written_at_once_when_it_pauses_and_else_every_two_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(keeper, "clock", lambda: now[0])
    gate, saves = Gate(), []
    with service(tmp_path, executor="thread", work=gate) as runs:
        real = runs._engine.store.save
        monkeypatch.setattr(
            runs._engine.store, "save", lambda save, server: (saves.append(save), real(save, server))[1]
        )
        ticket = runs.start(TEXT, NET)
        for k in range(6):
            gate.let()
            until(lambda k=k: len(gate.orders) > k + 1)
        time.sleep(0.3)
        assert [save.record.step for save in saves] == [0], "it was written although no time had passed"
        now[0] += 1.8
        until(lambda: len(saves) > 1, "the save after two seconds")
        assert saves[-1].record.step == runs.view(ticket.id).step
        gate.let(2)
        runs.pause(ticket.id, ticket.key)
        until(lambda: saves[-1].record.status == "paused", "the save at the pause")
        written = [checkpoint.step for save in saves for checkpoint in save.checkpoints]
        assert written == sorted(set(written)), "a checkpoint was written twice"
        gate.let(500)


def test_data_stay_while_a_run_needs_them(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        first, second = runs.start(TEXT, replace(NET, steps=2)), runs.start(TEXT, replace(NET, steps=3))
        for ticket in (first, second):
            ended(runs, ticket.id)
        runs.delete(first.id, first.key)
        assert runs.source(second.id).text == TEXT.text


def test_the_key_itself_is_not_on_the_disk(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, replace(NET, steps=2))
        ended(runs, ticket.id)
    for path in tmp_path.iterdir():
        assert ticket.key.encode() not in path.read_bytes()


def test_a_service_that_was_closed_in_the_middle_goes_on_later_by_itself(tmp_path: Path) -> None:
    with service(tmp_path, checkpoints=12, executor="thread", work=partial(training_runs.slow, 0.01)) as runs:
        ticket = runs.start(TEXT, NET)
        until(lambda: runs.view(ticket.id).step > 5)
    with service(tmp_path, checkpoints=12) as runs:
        assert runs.view(ticket.id).step > 5
        marks = ended(runs, ticket.id).checkpoints
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))
        assert [mark.step for mark in marks] == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]
        assert runs.may_steer(ticket.id, ticket.key)


def test_a_paused_run_stays_paused_over_a_restart(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        ticket = runs.start(TEXT, NET)
        gate.let(5)
        until(lambda: len(gate.orders) > 5)
        gate.let()
        runs.pause(ticket.id, ticket.key)
        step = runs.view(ticket.id).step
    with service(tmp_path) as runs:
        assert (runs.view(ticket.id).status, runs.view(ticket.id).step) == ("paused", step)
        runs.resume(ticket.id, ticket.key)
        ended(runs, ticket.id)
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))


def test_two_services_on_one_database_never_train_the_same_run(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, executor="thread", work=gate) as first:
        ticket = first.start(TEXT, NET)
        with service(tmp_path, executor="thread", work=gate) as second:
            assert second.view(ticket.id).status in ("waiting", "running")
            with pytest.raises(ValueError, match=r"no other server trains, .* under way elsewhere"):
                second.pause(ticket.id, ticket.key)
            gate.let(500)
            ended(first, ticket.id)
            assert gate.most == 1
            steps = [order.state.step for order in gate.orders]
            assert steps == sorted(steps), "something was computed twice"


@pytest.mark.parametrize("when", ["hold", "state"])
def test_a_run_that_is_deleted_while_it_is_taken_is_gone_and_not_elsewhere(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, replace(NET, steps=2))
        ended(runs, ticket.id)
    with service(tmp_path) as runs:
        store = runs._engine.store
        real = getattr(store, when)

        def late(run: str, *more: str) -> object:
            store.delete(run)
            return real(run, *more)

        monkeypatch.setattr(store, when, late)
        with pytest.raises(NoSuchRun):
            runs.extend(ticket.id, ticket.key, 1)


def test_a_run_at_rest_can_be_taken_by_another_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_REST", 0.05)
    with service(tmp_path) as first, service(tmp_path) as second:
        ticket = first.start(TEXT, NET)
        ended(first, ticket.id)

        def extended() -> bool:
            try:
                second.extend(ticket.id, ticket.key, 5)
            except ValueError:  # the first one still has it
                return False
            return True

        until(extended)
        until(lambda: second.view(ticket.id).step == 45)
        until(lambda: first.view(ticket.id).step == 45)


def test_a_server_that_lost_its_run_stops_training_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "SAVE", 0.0)
    with service(tmp_path, executor="thread", work=partial(training_runs.slow, 0.02)) as runs:
        ticket = runs.start(TEXT, replace(NET, steps=4_000))
        with sqlite3.connect(tmp_path / "runs.sqlite", timeout=10) as connection:
            connection.execute("UPDATE runs SET holder = 'another'")
        connection.close()
        until(lambda: ticket.id not in runs._engine._held.runs, "the run to leave the memory")


def test_a_locked_database_does_not_stop_training_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_RETRY", 0.05)
    with service(tmp_path) as runs:
        first = runs.start(TEXT, NET)
        ended(runs, first.id)
        real, down = runs._engine.store.save, [True]

        def locked(save: Save, server: str) -> bool:
            if down[0]:
                raise OperationalError("begin", {}, sqlite3.OperationalError("database is locked"))
            return real(save, server)

        monkeypatch.setattr(runs._engine.store, "save", locked)
        ticket = runs.start(TEXT, NET)
        assert "not saved: the database is in use" in ended(runs, ticket.id).unsaved
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))
        assert runs.state(ticket.id, 20).step == 20
        down[0] = False
        until(lambda: not runs.view(ticket.id).unsaved, "the save")
    with service(tmp_path) as runs:
        assert runs.view(ticket.id).status == "finished"
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))


def test_a_cleared_run_says_that_it_is_gone(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, replace(NET, steps=2))
        ended(runs, ticket.id)
    with service(tmp_path, keep_mb=0.0) as runs, pytest.raises(NoSuchRun, match="deleted or cleared"):
        runs.view(ticket.id)


def test_a_store_that_is_too_full_is_emptied_in_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(tmp_path) as runs:
        for ticket in [runs.start(TEXT, replace(NET, steps=2, seed=k)) for k in range(4)]:
            ended(runs, ticket.id)
    monkeypatch.setattr(keeper, "_ROUND", 0.0)
    monkeypatch.setattr(keeper, "_SOON", 0.0)
    with service(tmp_path, keep_mb=0.0) as runs:
        until(lambda: not runs.runs(), "the last round")
