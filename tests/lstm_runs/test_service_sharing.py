"""Runs that are watched, forked and limited: what others may do with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_core.corpus import Source
from lstm_runs.service import NoSuchRun, NotYours
from tests.corpora import SOURCES
from tests.training_runs import NET, TEXT, Gate, assert_same_bits, ended, service


def test_a_fork_without_changes_trains_like_the_run_itself(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, replace(NET, dropout=0.2, stability_weight=0.3))
        step = ended(runs, ticket.id).checkpoints[5].step
        fork = runs.fork(ticket.id, step, replace(NET, dropout=0.2, stability_weight=0.3))
        view = ended(runs, fork.id)
        assert fork.id != ticket.id
        assert fork.key != ticket.key
        assert view.parent == ticket.id
        assert view.checkpoints[0].step == step
        assert_same_bits(runs.state(fork.id), runs.state(ticket.id))


def test_a_fork_with_another_rate_goes_another_way_from_the_same_place(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, NET)
        step = ended(runs, ticket.id).checkpoints[5].step
        fork = runs.fork(ticket.id, step, replace(NET, rate=0.03, steps=60))
        ended(runs, fork.id)
        left, right = runs.state(fork.id, step), runs.state(ticket.id, step)
        assert left.anchor.tobytes() == right.anchor.tobytes()
        assert runs.state(fork.id).anchor.tobytes() != runs.state(ticket.id).anchor.tobytes()
        assert runs.state(fork.id).step == 60


def test_a_fork_that_cannot_be_is_refused_by_name(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, NET)
        ended(runs, ticket.id)
        step = runs.view(ticket.id).checkpoints[5].step
        for name, value in (("hidden", 8), ("cell", "gru"), ("seed", 4), ("steps", step), ("batch", 1_024)):
            changes: dict[str, Any] = {name: value}
            with pytest.raises(ValueError, match=rf"{name}: expected .*; "):
                runs.fork(ticket.id, step, replace(NET, **changes))
        with pytest.raises(ValueError, match=r"checkpoint: expected the step of one, got 41; .* nearest is 40"):
            runs.fork(ticket.id, 41, replace(NET, steps=50))


def test_a_fork_takes_other_data_only_with_the_same_tokens(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, NET)
        ended(runs, ticket.id)
        with pytest.raises(ValueError, match="source: expected data with the tokens"):
            runs.fork(ticket.id, 40, replace(NET, steps=60), source=Source("text", "strange", text="äöü " * 200))


def test_a_fork_takes_another_series_only_with_as_many_channels(tmp_path: Path) -> None:
    source, config = SOURCES["series"]
    with service(tmp_path) as runs:
        ticket = runs.start(source, replace(config, steps=4, hidden=5))
        ended(runs, ticket.id)
        wider = replace(source, values=np.repeat(np.asarray(source.values), 2, axis=1))
        with pytest.raises(ValueError, match=r"source: expected series of \d channels, .* got \d; choose as many"):
            runs.fork(ticket.id, None, replace(config, steps=9, hidden=5), source=wider)
        shifted = replace(source, values=np.asarray(source.values) * 2 + 1)
        ended(runs, runs.fork(ticket.id, None, replace(config, steps=9, hidden=5), source=shifted).id)


def test_who_has_only_the_link_watches_and_does_not_steer(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket, other = runs.start(TEXT, NET), runs.start(TEXT, NET)
        ended(runs, ticket.id)
        for key in ("", ticket.id, other.key, "ü\ud800"):
            assert not runs.may_steer(ticket.id, key)
            for command in (runs.pause, runs.resume, runs.step, runs.stop, runs.delete):
                with pytest.raises(NotYours, match=r"key: expected .*; "):
                    command(ticket.id, key)
            with pytest.raises(NotYours):
                runs.extend(ticket.id, key, 5)
        assert runs.may_steer(ticket.id, ticket.key)
        assert runs.view(ticket.id).steps == 40


def test_ids_and_keys_have_at_least_128_bits_and_are_never_the_same(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        tickets = [runs.start(TEXT, replace(NET, steps=1)) for _ in range(5)]
        found = {word for ticket in tickets for word in ticket}
        assert len(found) == 10
        assert all(len(word) >= 22 for word in found)  # 6 bits a character


def test_an_unknown_id_is_said_to_be_one(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        for look in (runs.view, runs.state, runs.source):
            with pytest.raises(NoSuchRun, match=r"run: expected the id of a run, got 'nobody'; .*start a new one"):
                look("nobody")
        with pytest.raises(NoSuchRun):
            runs.pause("nobody", "key")
        for strange in ("", "\0", "\ud800", "é", "'; drop table runs"):
            with pytest.raises(NoSuchRun):
                runs.view(strange)
        ticket = runs.start(TEXT, replace(NET, steps=2))
        ended(runs, ticket.id)
        for step in (-1, 10**30):
            with pytest.raises(ValueError, match="checkpoint: expected the step of one"):
                runs.state(ticket.id, step)
        assert not runs.may_steer("nobody", "key")


def test_more_runs_than_allowed_are_refused_with_the_remedy(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread", most_runs=3, most_runs_each=2) as runs:
        first = runs.start(TEXT, NET, owner="ann")
        runs.start(TEXT, NET, owner="ann")
        with pytest.raises(ValueError, match=r"at most 2 of yours .*; pause or stop one"):
            runs.start(TEXT, NET, owner="ann")
        runs.start(TEXT, NET, owner="bob")
        with pytest.raises(ValueError, match=r"at most 3 that train at a time on this server.*; wait"):
            runs.start(TEXT, NET, owner="cleo")
        gate.let(1)
        runs.pause(first.id, first.key)
        runs.start(TEXT, NET, owner="cleo")
        gate.let(2_000)


def test_the_list_of_runs_has_the_newest_first(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        tickets = [runs.start(TEXT, replace(NET, steps=k + 1), title=f"run {k}") for k in range(4)]
        for ticket in tickets:
            ended(runs, ticket.id)
        assert [short.id for short in runs.runs()] == [ticket.id for ticket in reversed(tickets)]
        assert [short.title for short in runs.runs(2)] == ["run 3", "run 2"]
        assert runs.runs()[0].steps == 4
