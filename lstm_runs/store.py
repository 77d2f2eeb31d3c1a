"""Runs on the disk: what they are, what they went through, their newest state and their checkpoints.

Everything that belongs together is written in one transaction: after a crash it is there as a whole or not at all. A
server writes to a run only while it holds it (see `leases`).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from lstm_runs._holders import gone as _gone
from lstm_runs._sweep_store import SweepStore
from lstm_runs.leases import Server
from lstm_runs.records import Checkpoint, Record, Save
from lstm_runs.schema import CHECKPOINTS, DATA, HISTORY, RUNS, SERVERS, STATES, connect
from lstm_runs.views import ACTIVE

StoreError = SQLAlchemyError  # the database does not answer, the disk is full, ...

_TOUCH = 3_600.0  # seconds within which a run that is looked at is not noted as looked at again
_PAGES = 1_000  # of 4 KB, that are given back to the disk at a time
_PARTS = (HISTORY, STATES, CHECKPOINTS)


class Store:
    """The runs of one database.

    Parameters
    ----------
    url : str
        As SQLAlchemy writes it.
    folder : path
        See `schema.connect`.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._engine = connect(url, folder)
        self._reader = self._engine.execution_options(reads=True)
        self.sweeps = SweepStore(self._engine)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def save(self, save: Save, server: str) -> bool:
        """Write a run as it is now; False and nothing written where `server` no longer holds it."""
        run = save.record.id
        with self._engine.begin() as connection:
            known = select(RUNS.c.id).where(RUNS.c.id == run)
            if save.data is not None and connection.execute(known).first() is None:
                _add_data(connection, save.record.source, save.data)
                connection.execute(insert(RUNS).values(save.record._asdict()))
            else:
                mine = (RUNS.c.id == run) & (RUNS.c.holder == server)
                if not connection.execute(update(RUNS).where(mine).values(save.record._asdict())).rowcount:
                    return False
            steps = list(save.kept)
            connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.run == run, CHECKPOINTS.c.step.not_in(steps)))
            for checkpoint in save.checkpoints:
                _put(connection, CHECKPOINTS, {"run": run, **checkpoint._asdict()}, ("run", "step"))
            _put(connection, STATES, {"run": run, "step": save.record.step, "content": save.state}, ("run",))
            _put(connection, HISTORY, {"run": run, "content": save.history}, ("run",))
        return True

    def record(self, run: str) -> Record | None:
        """What is known of a run; notes that somebody looked at it."""
        with self._reader.connect() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().first()
        found = None if row is None else Record(**row)
        if found is not None and time.time() - found.touched > _TOUCH:
            with self._engine.begin() as connection:
                connection.execute(update(RUNS).where(RUNS.c.id == run).values(touched=time.time()))
        return found

    def recent(self, limit: int) -> list[Record]:
        """Runs, the newest first."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(RUNS).order_by(RUNS.c.created.desc()).limit(limit)).mappings()
            return [Record(**row) for row in rows]

    def state(self, run: str, step: int | None = None) -> bytes | None:
        """The newest state, or the checkpoint of a step."""
        wanted = select(STATES.c.content).where(STATES.c.run == run)
        if step is not None:
            wanted = select(CHECKPOINTS.c.content).where(CHECKPOINTS.c.run == run, CHECKPOINTS.c.step == step)
        return self._bytes(wanted)

    def history(self, run: str) -> bytes | None:
        """The history of a run."""
        return self._bytes(select(HISTORY.c.content).where(HISTORY.c.run == run))

    def data(self, digest: str) -> bytes | None:
        """The data with this digest."""
        return self._bytes(select(DATA.c.content).where(DATA.c.digest == digest))

    def owned(self, owner: str) -> list[tuple[str, str, int]]:
        """Id, status and step of the runs of an owner."""
        wanted = select(RUNS.c.id, RUNS.c.status, RUNS.c.step).where(RUNS.c.owner == owner)
        with self._reader.connect() as connection:
            return [(run, status, step) for run, status, step in connection.execute(wanted)]

    def checkpoints(self, run: str) -> list[Checkpoint]:
        """All checkpoints of a run without their states, in the order of steps."""
        columns = [CHECKPOINTS.c[name] for name in Checkpoint._fields[:-1]]
        with self._reader.connect() as connection:
            rows = connection.execute(select(*columns).where(CHECKPOINTS.c.run == run).order_by(CHECKPOINTS.c.step))
            return [Checkpoint(*row) for row in rows]

    def delete(self, run: str) -> None:
        """Forget a run, and its data if no other has them."""
        with self._engine.begin() as connection:
            _remove(connection, [run])

    def beat(self, server: Server) -> None:
        """Note that a server is alive."""
        with self._engine.begin() as connection:
            _put(connection, SERVERS, server._replace(beat=time.time())._asdict(), ("id",), sized=False)

    def leave(self, server: str) -> None:
        """A server ends: what it holds may be taken over at once."""
        with self._engine.begin() as connection:
            connection.execute(delete(SERVERS).where(SERVERS.c.id == server))

    def hold(self, run: str, server: str) -> bool:
        """Take hold of a run, unless a server that is alive has it."""
        with self._engine.begin() as connection:
            holder = connection.execute(select(RUNS.c.holder).where(RUNS.c.id == run)).scalar()
            if holder is None or (holder not in ("", server) and holder not in _gone(connection, {holder})):
                return False
            # SQLite lets one in at a time; elsewhere another server may have been quicker.
            unchanged = (RUNS.c.id == run) & (RUNS.c.holder == holder)
            return bool(connection.execute(update(RUNS).where(unchanged).values(holder=server)).rowcount)

    def release(self, run: str, server: str) -> None:
        """Let go of a run that was held for nothing."""
        with self._engine.begin() as connection:
            mine = (RUNS.c.id == run) & (RUNS.c.holder == server)
            connection.execute(update(RUNS).where(mine).values(holder=""))

    def give_up(self, run: str, reason: str) -> None:
        """A run that cannot be read any more has failed."""
        with self._engine.begin() as connection:
            step = connection.execute(select(RUNS.c.step).where(RUNS.c.id == run)).scalar()
            failure = json.dumps({"step": step, "reason": reason})
            values = {"status": "failed", "holder": "", "failure": failure, "version": RUNS.c.version + 1}
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))

    def orphans(self) -> list[str]:
        """Runs that should be training, and whose server is gone; the oldest first."""
        wanted = select(RUNS.c.id, RUNS.c.holder).where(RUNS.c.status.in_(ACTIVE)).order_by(RUNS.c.created)
        with self._reader.connect() as connection:
            rows = connection.execute(wanted).all()
            gone = _gone(connection, {holder for _, holder in rows})
        return [run for run, holder in rows if holder in gone]

    def clear(self, days: float, megabytes: float, now: float, *, seconds: float = math.inf) -> list[str]:
        """Delete runs that nobody touched for so many days, then the oldest until all fit; never one that trains.

        Each is deleted by itself, so whoever has something to save waits for one at most.

        Returns
        -------
        list of str
            The runs that are gone; after so many `seconds` there may be more.
        """
        gone: list[str] = []
        until = time.monotonic() + seconds
        while (run := self._clear_one(now - days * 86_400, megabytes * 2**20)) is not None:
            gone.append(run)
            if time.monotonic() >= until:
                break
        with self._engine.begin() as connection:
            connection.execute(delete(SERVERS).where(SERVERS.c.beat < now - 86_400))
        self.sweeps.clear(now - days * 86_400)
        return gone

    def shrink(self, *, seconds: float = math.inf) -> bool:
        """Give room back to the disk, for at most so long; whether there is none left to give."""
        if self._engine.dialect.name != "sqlite":
            return True  # others see to it themselves
        until = time.monotonic() + seconds
        while (left := self._free_pages()) and time.monotonic() < until:
            with self._engine.connect() as connection:
                # One page is given back a step; of all the ways to run a statement only this one takes every step.
                connection.connection.cursor().executescript(f"PRAGMA incremental_vacuum({_PAGES})")
            if self._free_pages() == left:  # a file of long ago, that cannot shrink
                return True
        return not left

    def _clear_one(self, oldest: float, size: float) -> str | None:
        """Delete the run that was touched least recently, if that was long ago or all take too much room."""
        with self._engine.begin() as connection:
            wanted = select(RUNS.c.id, RUNS.c.touched, RUNS.c.holder).where(RUNS.c.status.not_in(ACTIVE))
            found = connection.execute(wanted.order_by(RUNS.c.touched, RUNS.c.id)).all()
            free = _gone(connection, {holder for *_, holder in found})
            run, touched = next(((run, touched) for run, touched, holder in found if holder in free), (None, 0.0))
            if run is None or (touched >= oldest and _total(connection) <= size):
                return None
            _remove(connection, [run])
            return str(run)

    def _free_pages(self) -> int:
        with self._reader.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0)

    def _bytes(self, wanted: Any) -> bytes | None:
        with self._reader.connect() as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else bytes(found)


def trouble(error: StoreError) -> str:
    """Why something could not be written, for a reader."""
    words = str(getattr(error, "orig", None) or error).lower()
    if "locked" in words:
        return "the database is in use by another program; it is tried again"
    if "full" in words or "no space" in words:
        return "the disk is full: free some space, it is tried again"
    if "malformed" in words or "not a database" in words:
        return "its file is damaged: move it away, and a new one is made"
    if "readonly" in words or "unable to open" in words:
        return "its file cannot be written: allow it, or choose another folder with GATESCOPE_DATA"
    return f"the run store does not answer ({words.splitlines()[0][:80]}); it is tried again"


@contextmanager
def answering() -> Iterator[None]:
    """Turns an error of the database into one for a reader."""
    try:
        yield
    except StoreError as error:
        raise ValueError(f"run store: expected an answer, got none; {trouble(error)}") from error


def _put(
    connection: Connection, table: Table, values: dict[str, Any], keys: Sequence[str], *, sized: bool = True
) -> None:
    """The row with these keys, made or replaced; the same in every database."""
    if sized:
        values = {**values, "size": len(values["content"])}
    same = [table.c[key] == values[key] for key in keys]
    if not connection.execute(update(table).where(*same).values(values)).rowcount:
        connection.execute(insert(table).values(values))


def _add_data(connection: Connection, digest: str, content: bytes) -> None:
    if connection.execute(select(DATA.c.digest).where(DATA.c.digest == digest)).first() is None:
        connection.execute(insert(DATA).values(digest=digest, content=content, size=len(content)))


def _remove(connection: Connection, runs: list[str]) -> None:
    for run in runs:
        for table in _PARTS:
            connection.execute(delete(table).where(table.c.run == run))
        connection.execute(delete(RUNS).where(RUNS.c.id == run))
    if runs:
        connection.execute(delete(DATA).where(DATA.c.digest.not_in(select(RUNS.c.source))))


def _total(connection: Connection) -> int:
    sizes = (connection.execute(select(func.coalesce(func.sum(table.c.size), 0))).scalar() for table in (*_PARTS, DATA))
    return sum(int(size or 0) for size in sizes)
