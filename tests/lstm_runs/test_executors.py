"""The same bits wherever slices are computed, and whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lstm_core import training
from lstm_core.corpus import data_digest, prepare
from lstm_runs import births, executors, slices
from lstm_runs.executors import Crew, one_blas_thread
from lstm_runs.slices import Done, Missing, Order
from lstm_runs.store import Store
from lstm_runs.trainer import MOST_KILLS
from tests import training_runs
from tests.training_runs import NET, TEXT, assert_same_bits, ended, limits, service, undisturbed, until

ROOT = Path(__file__).parents[2]
SERVER = """
import sys, time
from functools import partial
from pathlib import Path
from lstm_runs import keeper
from lstm_runs.service import Service
from tests.training_runs import NET, TEXT, limits, slow
keeper.SAVE = 0.2
service = Service(limits(Path(sys.argv[1]), executor="processes"), work=partial(slow, 0.05))
ticket = service.start(TEXT, NET)
print(*ticket, flush=True)
time.sleep(600)
"""


@pytest.fixture
def nobody_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a fresh process: a page, where one was opened by an earlier test, holds BLAS to one thread for good."""
    monkeypatch.setattr(executors, "_one_thread", type(executors._one_thread)())


def blas_threads() -> int:
    return max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")


def children(pid: int) -> set[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return {int(word) for word in found.stdout.split()}


def alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def about_worker() -> tuple[int, int, int, tuple[int, int]]:
    """Process, niceness, BLAS threads, address space of a worker."""
    import resource

    return os.getpid(), os.nice(0), blas_threads(), resource.getrlimit(resource.RLIMIT_AS)


def leak() -> int:
    """Bytes by which a worker may grow until loky ends it."""
    from loky import process_executor  # type: ignore[import-untyped]

    return int(process_executor._MAX_MEMORY_LEAK_SIZE)


@pytest.mark.parametrize("kind", ["thread", "processes"])
def test_threads_and_processes_give_the_bits_of_inline(kind: str, tmp_path: Path) -> None:
    config = replace(NET, dropout=0.25, layers=2, stability_weight=0.2)
    with service(tmp_path, executor=kind) as runs:
        ticket = runs.start(TEXT, config)
        view = ended(runs, ticket.id)
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, config))
        middle = view.checkpoints[len(view.checkpoints) // 2].step
        fork = runs.fork(ticket.id, middle, config)
        ended(runs, fork.id)
        assert_same_bits(runs.state(fork.id), runs.state(ticket.id))


def test_a_worker_killed_in_the_middle_of_a_slice_changes_no_bit(tmp_path: Path) -> None:
    note = tmp_path / "killed"
    work = partial(training_runs.dies_once, note)
    with service(tmp_path, executor="processes", work=work) as runs:
        ticket = runs.start(TEXT, NET)
        ended(runs, ticket.id)
        assert not alive(int(note.read_text()))
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))


def test_a_slice_that_kills_its_workers_fails_its_own_run_alone(tmp_path: Path) -> None:
    work = partial(training_runs.poison, 66)
    with service(tmp_path, executor="processes", workers=2, work=work, checkpoints=3) as runs:
        good = [runs.start(TEXT, replace(NET, seed=k, steps=25)) for k in range(3)]
        bad = runs.start(TEXT, replace(NET, seed=66, steps=25))
        view = ended(runs, bad.id, "failed")
        assert view.failure is not None
        assert f"{MOST_KILLS} that died of it" in view.failure.reason
        assert runs.state(bad.id, view.failure.step).step == view.step
        for k, ticket in enumerate(good):
            ended(runs, ticket.id)
            assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, replace(NET, seed=k, steps=25)))


def test_a_server_that_was_killed_goes_on_and_leaves_no_workers(tmp_path: Path) -> None:
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=place, cwd=ROOT) as server:
        assert server.stdout is not None
        ident, key = server.stdout.readline().split()
        store = Store(limits(tmp_path).url, tmp_path)
        try:
            until(lambda: (record := store.record(ident)) and record.step > 9, "some steps on the disk")
            workers = children(server.pid)
        finally:
            server.send_signal(signal.SIGKILL)
        record = store.record(ident)
        store.close()
    assert workers
    assert record is not None
    assert (record.status, record.step < 40) == ("running", True)
    with service(tmp_path) as runs:
        assert runs.view(ident).step >= record.step
        ended(runs, ident)
        assert runs.may_steer(ident, key)
        assert_same_bits(runs.state(ident), undisturbed(TEXT, NET))
    until(lambda: not any(map(alive, workers)), f"the end of the workers {workers}")


def test_a_worker_is_last_in_the_queue_has_one_blas_thread_and_a_limit() -> None:
    crew = Crew("processes", 1, worker_mb=3_000)
    try:
        pid, nice, threads, (soft, _) = crew.submit(about_worker).result(60)
    finally:
        crew.close()
    assert pid != os.getpid()
    assert nice == min(19, os.nice(0) + 10)
    assert threads == 1
    assert soft == 3_000 * 2**20
    assert not alive(pid)


def test_data_that_a_worker_keeps_are_no_leak() -> None:
    crew = Crew("processes", 1)
    try:
        assert crew.submit(leak).result(60) == 10**12
    finally:
        crew.close()


def test_a_crew_is_built_anew_after_a_worker_died() -> None:
    crew = Crew("processes", 1)
    try:
        with pytest.raises(BrokenExecutor):
            crew.submit(os._exit, 3).result(60)
        assert crew.submit(int, "7").result(60) == 7
    finally:
        crew.close()


@pytest.mark.usefixtures("nobody_inside")
def test_blas_has_one_thread_during_a_slice_in_this_process_too() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with one_blas_thread():
            assert blas_threads() == 1
            with one_blas_thread():
                assert blas_threads() == 1
            assert blas_threads() == 1, "the inner one gave the threads back too early"
        assert blas_threads() == before


@pytest.mark.usefixtures("nobody_inside")
def test_a_slice_computes_with_one_blas_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []
    real = training.advance

    def noted(*args: object, **options: object) -> training.TrainState:
        found.append(blas_threads())
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(slices.training, "advance", noted)
    data = prepare(TEXT, NET)
    slices.SHELF.put(data, 1)
    with threadpool_limits(2, user_api="blas"):
        slices.work(Order(training.start(NET, data), 2, None, TEXT.digest(), 40))
    assert found == [1]


def test_a_slice_asks_for_data_that_it_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SHELF", slices.Shelf())
    state = training.start(NET, prepare(TEXT, NET))
    order = Order(state, 3, None, TEXT.digest(), 40)
    assert slices.work(order) == Missing(TEXT.digest())
    found = slices.work(replace(order, content=TEXT.to_bytes()))
    assert isinstance(found, Done)
    assert isinstance(slices.work(order), Done), "the data were not kept"
    assert_same_bits(found.state, undisturbed(TEXT, NET, 3))


def test_a_shelf_keeps_the_data_that_were_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_MOST_KEPT", 3)
    shelf, configs = slices.Shelf(), [replace(NET, seed=k) for k in range(5)]
    for config in configs[:3]:
        shelf.put(prepare(TEXT, config), 10)
    assert shelf.find(TEXT.digest(), configs[0]) is not None
    shelf.put(prepare(TEXT, configs[3]), 10)
    assert shelf.find(TEXT.digest(), configs[1]) is None
    assert shelf.find(TEXT.digest(), configs[0]) is not None
    shelf.put(prepare(TEXT, configs[4]), 10**9)
    assert shelf.find(TEXT.digest(), configs[0]) is None
    assert shelf.find(TEXT.digest(), configs[4]) is not None, "the newest stays, however large it is"


def test_a_class_of_thirty_has_its_data_prepared_once_a_worker() -> None:
    shelf = slices.Shelf()
    config, digest = replace(NET, steps=1), TEXT.digest()
    data = prepare(TEXT, config)
    for seed in range(30):
        shelf.put(replace(data, digest=data_digest(digest, replace(config, seed=seed))), 10**6)
    assert all(shelf.find(digest, replace(config, seed=seed)) for seed in range(30))


def test_the_server_keeps_no_data_that_only_its_workers_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, kept in (("processes", False), ("thread", True)):
        monkeypatch.setattr(births, "SHELF", slices.Shelf())
        births.born(TEXT, NET, limits(tmp_path, executor=kind))
        assert (births.SHELF.find(TEXT.digest(), NET) is not None) == kept


def test_one_slice_of_a_run_is_in_flight_however_many_workers_there_are(tmp_path: Path) -> None:
    work = partial(training_runs.alone, tmp_path)
    with service(tmp_path, executor="processes", workers=2, work=work) as runs:
        tickets = [runs.start(TEXT, replace(NET, seed=k, steps=20)) for k in range(2)]
        for ticket in tickets:
            ended(runs, ticket.id)


def test_owners_share_the_workers_whatever_they_start(tmp_path: Path) -> None:
    gate = training_runs.Gate()
    with service(tmp_path, executor="thread", work=gate) as runs:
        many = [runs.start(TEXT, replace(NET, seed=k, steps=900), owner="many") for k in range(4)]
        one = runs.start(TEXT, replace(NET, seed=9, steps=900), owner="one")
        for k in range(24):
            gate.let()
            until(lambda k=k: len(gate.orders) > k + 1)
        seeds = [order.state.config.seed for order in gate.orders[4:24]]
        assert seeds.count(9) == 10
        assert {seeds.count(k) for k in range(4)} <= {2, 3}
        gate.let(5_000)
        for ticket in (*many, one):
            runs.delete(ticket.id, ticket.key)


def test_closing_does_not_wait_for_ever() -> None:
    crew = Crew("processes", 1)
    crew.submit(time.sleep, 300)
    crew.close(kill=True)
