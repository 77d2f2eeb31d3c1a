"""What is on the disk: whole or not at all, for as long as promised, and trained by one server only."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from lstm_runs import leases, store
from lstm_runs.records import Checkpoint, Record, Save
from lstm_runs.service import Service
from lstm_runs.store import Store
from tests.training_runs import limits

DAY = 86_400.0


def opened(folder: Path) -> Store:
    return Store(limits(folder).url, folder)


def saved(kept: Store, run: str = "run", *, status: str = "finished", size: int = 10, age: float = 0.0) -> Save:
    """A run in the store, held by nobody; `size` bytes and as old as that, in days."""
    record = Record(
        *(run, "hash", "owner", True, "title", "page", "", status, "", f"digest {run}", "{}", '{"steps": 9}'),
        *(7, 100, 1, "", 12.5, 3, time.time(), time.time() - age * DAY),
    )
    save = Save(
        record, b"s" * size, b"h", [Checkpoint(0, None, 1.5, "a", b"c"), Checkpoint(4, 1.0, 1.5, "b", b"d")], [0, 4]
    )
    assert kept.save(save._replace(data=b"data"), "server")
    return save


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    save = saved(kept)
    assert kept.record("run") == save.record
    assert (kept.state("run"), kept.state("run", 4), kept.history("run")) == (b"s" * 10, b"d", b"h")
    assert kept.data("digest run") == b"data"
    assert kept.checkpoints("run") == [Checkpoint(0, None, 1.5, "a"), Checkpoint(4, 1.0, 1.5, "b")]
    assert kept.record("other") is kept.state("other") is kept.state("run", 3) is kept.data("other") is None


def test_a_second_save_replaces_the_state_and_leaves_only_the_checkpoints_that_stay(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    save = saved(kept)
    assert kept.hold("run", "server")
    new = save._replace(
        record=save.record._replace(holder="server", step=9),
        state=b"newer",
        checkpoints=[Checkpoint(9, 0.5, 1.0, "c", b"e")],
        kept=[0, 9],
    )
    assert kept.save(new, "server")
    assert kept.state("run") == b"newer"
    assert [checkpoint.step for checkpoint in kept.checkpoints("run")] == [0, 9]
    assert kept.state("run", 4) is None


def test_a_save_that_fails_half_way_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = opened(tmp_path)
    save = saved(kept)
    assert kept.hold("run", "server")
    real = store._put

    def breaks(connection: object, table: object, values: dict[str, object], *args: object, **more: object) -> None:
        if table is store.HISTORY:
            raise OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))
        real(connection, table, values, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "_put", breaks)
    new = save._replace(record=save.record._replace(step=9), state=b"newer", kept=[0], checkpoints=[])
    with pytest.raises(OperationalError):
        kept.save(new, "server")
    assert kept.state("run") == b"s" * 10
    assert [checkpoint.step for checkpoint in kept.checkpoints("run")] == [0, 4]
    record = kept.record("run")
    assert record is not None
    assert record.step == 7


def test_only_the_server_that_holds_a_run_writes_to_it(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    save = saved(kept)
    alive, other = leases.enrol(), leases.enrol()
    for server in (alive, other):
        kept.beat(server)
    assert kept.hold("run", alive.id)
    assert kept.hold("run", alive.id)
    assert not kept.hold("run", other.id)
    assert not kept.save(save._replace(state=b"foreign"), other.id)
    assert kept.state("run") == b"s" * 10
    kept.release("run", other.id)
    assert not kept.hold("run", other.id)
    kept.release("run", alive.id)
    assert kept.hold("run", other.id)
    assert not kept.hold("nobody", other.id)


def test_of_two_that_reach_for_a_run_at_once_one_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = opened(tmp_path)
    saved(kept)
    assert kept.hold("run", "gone")

    def quicker(connection: Connection, holders: set[str]) -> set[str]:
        connection.execute(store.RUNS.update().values(holder="another"))
        return holders

    monkeypatch.setattr(store, "_gone", quicker)
    assert not kept.hold("run", "me")
    record = kept.record("run")
    assert record is not None
    assert record.holder == "another"


def test_the_runs_of_a_server_that_is_gone_are_orphans(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    me = leases.enrol()
    gone = me._replace(id="gone", pid=2**22 - 1)  # higher than any process of a usual system
    reused = me._replace(id="reused", born="another time")
    far = me._replace(id="far", host="elsewhere", pid=1)
    for server in (me, gone, reused, far):
        kept.beat(server)
    for name in ("me", "gone", "reused", "far"):
        holder = {"me": me.id}.get(name, name)
        saved(kept, name, status="running")
        assert kept.hold(name, holder)
    saved(kept, "paused", status="paused")
    assert kept.hold("paused", "gone")
    assert kept.orphans() == ["gone", "reused"]
    assert leases.is_gone(far._replace(beat=time.time() - 16), time.time())
    assert not leases.is_gone(far._replace(beat=time.time() - 10), time.time())
    kept.leave(me.id)
    assert kept.orphans() == ["me", "gone", "reused"]


def test_old_runs_are_cleared_but_never_one_that_trains(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    for name, age, status in (("old", 31, "finished"), ("young", 29, "paused"), ("busy", 99, "running")):
        saved(kept, name, age=age, status=status)
    assert kept.clear(30, 1_000, time.time()) == ["old"]
    assert kept.record("old") is kept.data("digest old") is kept.state("old") is kept.history("old") is None
    assert kept.checkpoints("old") == []
    assert kept.data("digest young") == b"data"


def test_the_runs_untouched_for_longest_make_room(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    for name, age in (("b", 2), ("c", 1), ("a", 3)):
        saved(kept, name, age=age, size=2**20)
    saved(kept, "busy", age=20, size=2**20, status="running")
    assert kept.clear(30, 3.5, time.time()) == ["a"]
    assert kept.clear(30, 0, time.time(), seconds=0.0) == ["b"], "whoever wants to save waits for one at most"
    assert kept.clear(30, 0, time.time()) == ["c"]
    assert kept.record("busy") is not None


def test_clearing_gives_the_room_back_to_the_disk(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    saved(kept, "large", age=40, size=8 * 2**20)
    kept.clear(30, 1_000, time.time())
    assert not kept.shrink(seconds=0.0)
    assert kept.shrink()
    kept.close()
    assert (tmp_path / "runs.sqlite").stat().st_size < 2**20


def test_a_run_that_is_looked_at_is_not_old(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    saved(kept, "old", age=31)
    assert kept.record("old") is not None
    assert kept.clear(30, 1_000, time.time()) == []


def test_sqlite_is_told_to_be_careful(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    with kept._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5_000}


@pytest.mark.skipif(os.name != "posix", reason="rights are written differently there")
def test_only_the_owner_can_read_the_folder(tmp_path: Path) -> None:
    opened(tmp_path / "deep" / "runs")
    assert stat.S_IMODE((tmp_path / "deep" / "runs").stat().st_mode) == 0o700


def test_a_store_of_another_version_is_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute("UPDATE gatescope SET version = 99")
    connection.close()
    with pytest.raises(ValueError, match=r"run store: expected version 1, got 99; .*GATESCOPE_DATA"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("url", "name"),
    [("nonsense", "GATESCOPE_DATABASE_URL"), ("nosuch://here", "GATESCOPE_DATABASE_URL")],
)
def test_a_database_that_cannot_be_opened_is_named(url: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{name}: expected .*; correct the variable"):
        Service(limits(tmp_path, database=url))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"GATESCOPE_DATA: expected a folder .*; choose another"):
        Service(limits(tmp_path / "file" / "runs"))


@pytest.mark.parametrize("kept", [0, 20_000])
def test_a_file_that_is_no_database_or_was_cut_short_is_said_to_be_damaged(kept: int, tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "runs.sqlite").write_bytes((tmp_path / "runs.sqlite").read_bytes()[:kept] or b"no database" * 999)
    with pytest.raises(ValueError, match=r"expected a database that answers, .* damaged: move it away, and a new one"):
        Service(limits(tmp_path))


def test_a_full_disk_is_said_in_words() -> None:
    full = OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))
    assert "the disk is full" in store.trouble(full)
    kept = OperationalError("insert", {}, sqlite3.OperationalError("attempt to write a readonly database"))
    assert "choose another folder with GATESCOPE_DATA" in store.trouble(kept)
    assert "does not answer" in store.trouble(OperationalError("x", {}, Exception("gone away")))
