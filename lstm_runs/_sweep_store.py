"""Sweeps on the disk: what they are to do, where they are, and what came out of each run.

What stands in the table is the only truth: whoever steers a sweep writes its status, and the server that hands out its
runs reads it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, Engine, delete, insert, select, update

from lstm_runs._holders import gone
from lstm_runs.schema import SWEEP_RUNS, SWEEPS

SweepStatus: TypeAlias = Literal["running", "stopping", "stopped", "finished", "deleting"]
_TOUCH = 3_600.0  # seconds within which a look is not noted again
OPEN: tuple[SweepStatus, ...] = ("running", "stopping", "deleting")  # a server has something to do


class SweepRecord(NamedTuple):
    """A row of the table of sweeps, without what it is to do; see `schema`."""

    id: str
    key_hash: str
    digest: str
    title: str
    status: SweepStatus
    holder: str
    runs: int
    estimate: float
    created: float
    touched: float


class RunOfSweep(NamedTuple):
    """A run that was handed out: `status` is "started" or how it ended, `result` JSON or empty."""

    number: int
    run: str
    status: str
    result: str = ""
    curve: str = ""


_COLUMNS = [SWEEPS.c[name] for name in SweepRecord._fields]


class SweepStore:
    """The sweeps of one database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `schema.connect`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(reads=True)

    def add(self, record: SweepRecord, content: bytes) -> None:
        """A new sweep."""
        with self._engine.begin() as connection:
            connection.execute(insert(SWEEPS).values(**record._asdict(), content=content))

    def record(self, sweep: str) -> SweepRecord | None:
        """What is known of a sweep; notes that somebody looked at it."""
        with self._reader.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(SWEEPS.c.id == sweep)).first()
        found = None if row is None else SweepRecord(*row)
        if found is not None and time.time() - found.touched > _TOUCH:
            with self._engine.begin() as connection:
                connection.execute(update(SWEEPS).where(SWEEPS.c.id == sweep).values(touched=time.time()))
        return found

    def recent(self, limit: int) -> list[SweepRecord]:
        """Sweeps, the newest first."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(*_COLUMNS).order_by(SWEEPS.c.created.desc()).limit(limit))
            return [SweepRecord(*row) for row in rows]

    def found(self, digest: str) -> list[SweepRecord]:
        """Sweeps that are to do the same, the newest first."""
        with self._reader.connect() as connection:
            wanted = select(*_COLUMNS).where(SWEEPS.c.digest == digest, SWEEPS.c.status != "deleting")
            return [SweepRecord(*row) for row in connection.execute(wanted.order_by(SWEEPS.c.created.desc()))]

    def content(self, sweep: str) -> bytes | None:
        """What a sweep is to do."""
        with self._reader.connect() as connection:
            content = connection.execute(select(SWEEPS.c.content).where(SWEEPS.c.id == sweep)).scalar()
        return None if content is None else bytes(content)

    def turn(self, sweep: str, status: SweepStatus, before: Sequence[SweepStatus]) -> bool:
        """Another status, if it is one of these; whether it was."""
        with self._engine.begin() as connection:
            mine = (SWEEPS.c.id == sweep) & SWEEPS.c.status.in_(before)
            values = {"status": status, "touched": time.time()}
            return bool(connection.execute(update(SWEEPS).where(mine).values(values)).rowcount)

    def claim(self, server: str, only: Collection[str] | None = None) -> list[SweepRecord]:
        """Sweeps for which this server has something to do, now that what a dead one or nobody held is its own.

        `only` : these, and no others.
        """
        wanted = select(*_COLUMNS).where(SWEEPS.c.status.in_(OPEN)).order_by(SWEEPS.c.created)
        with self._reader.connect() as connection:
            rows = [SweepRecord(*row) for row in connection.execute(wanted)]
            others = {row.holder for row in rows} - {server, ""}
            dead = {*(gone(connection, others) if others else ()), ""}
        rows = [row for row in rows if only is None or row.id in only]
        free = [row for row in rows if row.holder in dead]
        if free:
            with self._engine.begin() as connection:
                taken = {row.id for row in free if _take(connection, row, server)}
            rows = [row._replace(holder=server) if row.id in taken else row for row in rows]
        return [row for row in rows if row.holder == server]

    def release(self, sweep: str, status: SweepStatus, before: SweepStatus) -> bool:
        """Nothing is left to do: nobody holds it any more. False if somebody wants something else of it meanwhile."""
        with self._engine.begin() as connection:
            same = (SWEEPS.c.id == sweep) & (SWEEPS.c.status == before)
            values = {"status": status, "holder": "", "touched": time.time()}
            return bool(connection.execute(update(SWEEPS).where(same).values(values)).rowcount)

    def note(self, sweep: str, row: RunOfSweep) -> None:
        """A run was handed out, or has ended."""
        same = (SWEEP_RUNS.c.sweep == sweep) & (SWEEP_RUNS.c.number == row.number)
        with self._engine.begin() as connection:
            if not connection.execute(update(SWEEP_RUNS).where(same).values(row._asdict())).rowcount:
                connection.execute(insert(SWEEP_RUNS).values(sweep=sweep, **row._asdict()))

    def drop(self, sweep: str, number: int) -> None:
        """A run counts as not handed out."""
        same = (SWEEP_RUNS.c.sweep == sweep) & (SWEEP_RUNS.c.number == number)
        with self._engine.begin() as connection:
            connection.execute(delete(SWEEP_RUNS).where(same))

    def runs(self, sweep: str, *, curves: bool = False) -> dict[int, RunOfSweep]:
        """The runs that were handed out, by their numbers."""
        names = RunOfSweep._fields if curves else RunOfSweep._fields[:-1]
        wanted = select(*(SWEEP_RUNS.c[name] for name in names)).where(SWEEP_RUNS.c.sweep == sweep)
        with self._reader.connect() as connection:
            rows = [RunOfSweep(*row) for row in connection.execute(wanted.order_by(SWEEP_RUNS.c.number))]
        return {row.number: row for row in rows}

    def delete(self, sweep: str) -> None:
        """Forget a sweep; its runs are deleted elsewhere."""
        with self._engine.begin() as connection:
            connection.execute(delete(SWEEP_RUNS).where(SWEEP_RUNS.c.sweep == sweep))
            connection.execute(delete(SWEEPS).where(SWEEPS.c.id == sweep))

    def clear(self, oldest: float) -> None:
        """Forget sweeps for which nobody has had anything to do since then."""
        old = select(SWEEPS.c.id).where(SWEEPS.c.status.not_in(OPEN), SWEEPS.c.touched < oldest)
        with self._reader.connect() as connection:
            found = list(connection.execute(old).scalars())
        for sweep in found:
            self.delete(sweep)


def _take(connection: Connection, row: SweepRecord, server: str) -> bool:
    same = (SWEEPS.c.id == row.id) & (SWEEPS.c.holder == row.holder)
    return bool(connection.execute(update(SWEEPS).where(same).values(holder=server)).rowcount)
