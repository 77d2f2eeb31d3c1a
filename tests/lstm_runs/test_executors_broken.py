"""Who is blamed when workers die, step by step: a crew whose slices end as the test says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

import pytest

from lstm_core.training import TrainState
from lstm_runs import births, slices
from lstm_runs.limits import Limits
from lstm_runs.runs import Run
from lstm_runs.slices import Done, Order
from lstm_runs.trainer import MOST_KILLS, Held, Trainer
from tests.training_runs import NET, TEXT, limits, until

Sent = list[tuple[str, Order, "Future[Any]"]]


class Puppet:
    """A crew of three: a slice ends when the test ends it."""

    size = 3

    def __init__(self, runs: dict[str, Run]) -> None:
        self.runs, self.sent = runs, Sent()

    def submit(self, _work: object, order: Order) -> Future[Any]:
        future: Future[Any] = Future()
        ident = next(run.id for run in self.runs.values() if run.state is order.state)
        self.sent.append((ident, order, future))
        return future

    def close(self, *, kill: bool = False) -> None:
        for _, _, future in self.sent:
            future.cancel()

    @property
    def flying(self) -> list[str]:
        return [ident for ident, _, future in self.sent if not future.done()]

    def end(self, ident: str, error: Exception | None = None) -> None:
        """The slice of a run ends well, or with its worker."""
        order, future = next((order, future) for run, order, future in self.sent if run == ident and not future.done())
        if error is None:
            future.set_result(slices.work(order))
        else:
            future.set_exception(error)


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Puppet]:
    held = Held()
    allowed: Limits = limits(tmp_path)
    runs = [births.born(TEXT, NET, allowed)[0] for _ in range(3)]
    for name, run in zip("abc", runs, strict=True):
        run.id = run.owner = name
        held.runs[name] = run
    puppet = Puppet(held.runs)
    trainer = Trainer(held, puppet, slices.work, lambda run: run.content or b"")  # type: ignore[arg-type]
    until(lambda: len(puppet.flying) == 3)
    yield puppet
    for run in held.runs.values():
        run.lost = True
    for ident in puppet.flying:
        puppet.end(ident)
    trainer.close()


def test_of_three_that_die_together_each_is_tried_alone_and_only_the_guilty_one_fails(crew: Puppet) -> None:
    crew.end("a", BrokenExecutor("one of them"))
    time.sleep(0.05)
    assert crew.flying == ["b", "c"], "it has to wait until it can be alone"
    for ident in ("b", "c"):
        crew.end(ident, BrokenExecutor("one of them"))
    assert not any(run.kills for run in crew.runs.values()), "nobody can say yet who it was"
    alone = []
    for _ in range(2 + MOST_KILLS):
        (ident,) = until(lambda: crew.flying)
        alone.append(ident)
        crew.end(ident, BrokenExecutor("it was b") if ident == "b" else None)
    assert alone[:3] == ["a", "b", "c"]
    assert crew.runs["b"].status == "failed", "it died alone again and again"
    failure = crew.runs["b"].state.failure
    assert failure is not None
    assert f"{MOST_KILLS} that died of it" in failure.reason
    until(lambda: sorted(crew.flying) == ["a", "c"], "the others side by side again")
    assert {crew.runs[name].status for name in "ac"} == {"running"}


def test_who_died_once_alone_and_then_not_is_innocent(crew: Puppet) -> None:
    for ident in ("a", "b", "c"):
        crew.end(ident, BrokenExecutor("killed from outside"))
    for error in (BrokenExecutor("once more"), None, None, None):
        (ident,) = until(lambda: crew.flying)
        crew.end(ident, error)
    until(lambda: len(crew.flying) == 3)
    assert all(run.kills == 0 and not run.suspect for run in crew.runs.values())


def test_an_error_in_a_slice_fails_that_run_at_once_with_its_words(crew: Puppet) -> None:
    crew.end("a", ValueError("window: expected at most 7, got 9; choose a smaller one"))
    crew.end("b", MemoryError())
    crew.end("c", ZeroDivisionError("odd"))
    until(lambda: all(run.status == "failed" for run in crew.runs.values()))
    reasons = {name: run.state.failure.reason for name, run in crew.runs.items() if run.state.failure}
    assert reasons["a"] == "window: expected at most 7, got 9; choose a smaller one"
    assert reasons["b"].startswith("memory: expected enough")
    assert "ZeroDivisionError" in reasons["c"]


def test_a_failure_keeps_what_the_net_wrote_at_its_last_checkpoint(crew: Puppet) -> None:
    crew.end("a")
    until(lambda: crew.runs["a"].marks and "a" in crew.flying)
    written = crew.runs["a"].marks[0].sample
    assert written
    crew.end("a", ValueError("too bad"))
    until(lambda: crew.runs["a"].status == "failed")
    assert [(mark.step, mark.sample) for mark in crew.runs["a"].marks] == [(0, written)]


def test_data_go_along_only_when_they_were_asked_for(crew: Puppet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SHELF", slices.Shelf())
    crew.end("a")
    until(lambda: len(crew.sent) == 4)
    ident, order, _ = crew.sent[3]
    assert (ident, crew.sent[0][1].content, order.content) == ("a", None, TEXT.to_bytes())
    crew.end("a")
    until(lambda: len(crew.sent) == 5)
    assert crew.sent[4][1].content is None


def test_the_slice_in_flight_of_a_deleted_run_changes_nothing(crew: Puppet) -> None:
    run = crew.runs["a"]
    before: TrainState = run.state
    run.lost = True
    crew.end("a")
    until(lambda: not run.flying)
    assert run.state is before
    assert isinstance(slices.work(crew.sent[0][1]), Done)


def test_three_kills_from_outside_one_after_the_other_cost_a_run_nothing(crew: Puppet) -> None:
    crew.runs["b"].turn("paused")
    crew.runs["c"].turn("paused")
    for ident in ("b", "c"):
        crew.end(ident)
    for _ in range(3):
        until(lambda: crew.flying == ["a"])
        crew.end("a", BrokenExecutor("killed from outside"))
    until(lambda: crew.flying == ["a"])
    crew.end("a")
    until(lambda: not crew.runs["a"].kills)
    assert crew.runs["a"].status == "running"
