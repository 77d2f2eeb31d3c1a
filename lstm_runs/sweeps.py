"""Sweeps of one server: many runs that belong together, handed out as room comes, whoever watches or leaves.

    ticket = service.sweeps.start(sweep, sources)
    service.sweeps.view(ticket.id)                    # how far it is, and how long it still takes
    service.sweeps.rows(ticket.id)                    # what came out, a row for each run
    service.sweeps.stop(ticket.id, ticket.key)        # and later `resume`

Its runs are ordinary ones: the sweep is their owner, and its key steers them too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Literal, NamedTuple

from lstm_core.sources import Source
from lstm_runs import _sweep_rows, births
from lstm_runs._sweep_driver import Driver
from lstm_runs._sweep_plans import Opened, Plans, digest, opened, owner, packed
from lstm_runs._sweep_rows import MEASURES, Curve, Row
from lstm_runs._sweep_store import OPEN, SweepRecord, SweepStatus
from lstm_runs.engine import Engine
from lstm_runs.grids import Sweep, seconds
from lstm_runs.store import answering
from lstm_runs.views import NotYours, Ticket

_MOST_OPEN = 16  # sweeps at work at a time
_COMMANDS: dict[str, tuple[SweepStatus, tuple[SweepStatus, ...], str]] = {
    "stop": ("stopping", ("running", "stopping"), "one that is running"),
    "resume": ("running", ("stopped", "stopping", "running"), "one that was stopped"),
    "delete": ("deleting", ("running", "stopping", "stopped", "finished", "deleting"), "one that is there"),
}

__all__ = ["MEASURES", "Curve", "NoSuchSweep", "Row", "SweepView", "Sweeps"]


class NoSuchSweep(LookupError):  # noqa: N818 (a state, not a mistake)
    """No sweep has this id, or it has been cleared."""

    def __init__(self, ident: str) -> None:
        shown = ident[:12] + ("..." if len(ident) > 12 else "")
        super().__init__(
            f"sweep: expected the id of a sweep, got {shown!r}; it was deleted or cleared: start a new one"
        )

    def __str__(self) -> str:
        return str(self.args[0])


class SweepView(NamedTuple):
    """A sweep as a page shows it.

    `status` is "running", "stopping", "stopped", "finished" or "deleting". Of `runs`, so many have ended, of these so
    many `failed`, and so many train. `share` of the work is done, from 0 to 1; `seconds_left` is None where nobody
    knows, `estimate` what was told before it began. `created`: seconds since 1970.
    """

    id: str
    title: str
    status: SweepStatus
    runs: int
    ended: int
    failed: int
    active: int
    share: float
    seconds_left: float | None
    estimate: float
    created: float


class Sweeps:
    """See the module; one object a service, safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._store = engine, engine.store.sweeps
        self._plans = Plans(self._store)
        self._driver = Driver(engine, self._plans)

    def close(self) -> None:
        """Hand out nothing more; sweeps go on when the server is started again."""
        self._driver.close()

    def start(
        self,
        sweep: Sweep,
        sources: Mapping[str, Source] | None = None,
        *,
        title: str = "",
        estimate: float | None = None,
    ) -> Ticket:
        """Begin a sweep.

        Parameters
        ----------
        sweep : Sweep
        sources : dict of str to Source, optional
            The data that it names and that are no synthetic tasks.
        title : str
            By default the sweep's own.
        estimate : float, optional
            Seconds, from `grids.seconds`.

        Returns
        -------
        Ticket
            The key steers the sweep and all its runs.

        Raises
        ------
        ValueError
            A run that cannot be, too many sweeps, a run store that does not answer.
        """
        found, key = opened(sweep, sources or {}), births.secret()
        told = seconds(found.plans, workers=self._engine.limits.workers) if estimate is None else estimate
        now, words = time.time(), (title or sweep.title)[:200].replace("\0", " ").encode("utf-8", "replace").decode()
        ident = births.secret()
        with answering():
            busy = sum(record.status in OPEN for record in self._store.recent(1_000))
            if busy >= _MOST_OPEN:
                raise ValueError(
                    f"sweeps: expected at most {_MOST_OPEN} at work at a time, got one more; "
                    "wait until one is finished, or stop one"
                )
            record = SweepRecord(
                ident, births.hashed(key), digest(found), words, "running", "", len(found.plans), told, now, now
            )
            self._store.add(record, packed(found))
        self._plans.keep(ident, found)
        self._driver.want(ident)
        return Ticket(ident, key)

    def stop(self, ident: str, key: str) -> None:
        """Hold a sweep: its runs pause where they are, and no more are handed out."""
        self._check_key(ident, key)
        self.command(ident, "stop")

    def resume(self, ident: str, key: str) -> None:
        """Go on with a sweep that was stopped."""
        self._check_key(ident, key)
        self.command(ident, "resume")

    def delete(self, ident: str, key: str) -> None:
        """Forget a sweep with all its runs."""
        self._check_key(ident, key)
        self.command(ident, "delete")

    def command(self, ident: str, what: Literal["stop", "resume", "delete"]) -> None:
        """The same without a key: for a shell, whose user has the whole run store anyway.

        Raises
        ------
        NoSuchSweep
        ValueError
            Nothing is to be stopped or resumed; the run store does not answer.
        """
        status, before, expected = _COMMANDS[what]
        with answering():
            if not self._store.turn(ident, status, before):
                raise ValueError(f"{what}: expected {expected}, got one that is {self._record(ident).status}; leave it")
        self._driver.want(ident)

    def may_steer(self, ident: str, key: str) -> bool:
        """Whether this is the key of this sweep."""
        try:
            return births.fits(key, self._record(ident).key_hash)
        except (NoSuchSweep, ValueError):
            return False

    def holds(self, ident: str) -> bool:
        """Whether it is this server that hands out its runs."""
        return self._driver.has(ident)

    def sweep(self, ident: str) -> Sweep:
        """What a sweep is to do."""
        return self._opened(ident).sweep

    def find(self, sweep: Sweep, sources: Mapping[str, Source] | None = None) -> str | None:
        """The newest sweep that does exactly this, with the same data."""
        with answering():
            found = self._store.found(digest(opened(sweep, sources or {})))
        return found[0].id if found else None

    def recent(self, limit: int = 50) -> list[SweepRecord]:
        """Sweeps, the newest first: id, title, status, number of runs and more."""
        with answering():
            return self._store.recent(limit)

    def view(self, ident: str) -> SweepView:
        """A sweep as it is now.

        Raises
        ------
        NoSuchSweep
        ValueError
            The run store does not answer.
        """
        record, found, rows = self._record(ident), self._opened(ident), self.rows(ident)
        ended = [row for row in rows if row.status in ("finished", "failed", "stopped", "deleted")]
        share = _sweep_rows.share(found.plans, found.costs, {row.number: row for row in rows})
        left = None
        if record.status == "running":
            left = self._driver.left(ident)
            left = record.estimate * (1 - share) if left is None else left
        return SweepView(
            ident,
            record.title,
            record.status,
            len(found.plans),
            len(ended),
            sum(row.status == "failed" for row in rows),
            sum(row.status in ("waiting", "running") for row in rows),
            share,
            left,
            record.estimate,
            record.created,
        )

    def rows(self, ident: str) -> list[Row]:
        """All runs of a sweep in their order, with what is known of each by now."""
        found = self._opened(ident)
        with answering():
            handed = self._store.runs(ident)
            started = {row.run for row in handed.values() if row.status == "started"}
            seen = self._engine.seen(started)
            stored: dict[str, tuple[str, int]] = {}
            if started - seen.keys():
                stored = {run: (status, step) for run, status, step in self._engine.store.owned(owner(ident, found))}
        return _sweep_rows.table(found.plans, handed, seen, stored)

    def curves(self, ident: str) -> dict[int, Curve]:
        """The validations of each run that has ended, by its number."""
        self._record(ident)
        with answering():
            handed = self._store.runs(ident, curves=True)
        return {number: Curve(*json.loads(row.curve)) for number, row in handed.items() if row.curve}

    def _check_key(self, ident: str, key: str) -> None:
        if not births.fits(key, self._record(ident).key_hash):
            raise NotYours

    def _record(self, ident: str) -> SweepRecord:
        if not (ident.isascii() and ident.isprintable()):  # not every database can be asked for such a one
            raise NoSuchSweep(ident)
        with answering():
            found = self._store.record(ident)
        if found is None:
            raise NoSuchSweep(ident)
        return found

    def _opened(self, ident: str) -> Opened:
        self._record(ident)
        with answering():
            found = self._plans.find(ident)
        if found is None:
            raise NoSuchSweep(ident)
        return found
