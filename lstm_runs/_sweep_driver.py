"""The thread that hands out the runs of sweeps as room comes, and writes down what came out of them."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lstm_runs import _sweep_rows as rows
from lstm_runs import births, states
from lstm_runs._sweep_plans import Opened, Plans, owner, run_id
from lstm_runs._sweep_rows import Row
from lstm_runs._sweep_store import RunOfSweep, SweepRecord, SweepStatus, SweepStore
from lstm_runs.engine import Engine
from lstm_runs.grids import Plan, source
from lstm_runs.runs import clock
from lstm_runs.store import StoreError, trouble
from lstm_runs.views import ACTIVE, NoSuchRun

_LOOK, _REST = 0.1, 5.0  # seconds between two rounds: with something to do, and without
_LONGEST = 0.5  # seconds in which runs of one sweep are handed out before anything else is looked at
_PATIENCE = 30.0  # seconds until a run counts as failed that cannot be taken
_PACE = 60.0  # seconds of training from which the time left is told
_DATA = 24 * 2**20  # bytes of data that the runs of a sweep use at a time: workers keep little more of them prepared
_ENDS = ("finished", "failed", "stopped")

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Sweep:
    """A sweep that this server works on.

    `taken`: the runs that were handed out before are in memory; `begun`: those that were handed out here, by number.
    """

    id: str
    key_hash: str
    opened: Opened
    handed: dict[int, RunOfSweep]
    taken: bool = False
    begun: set[int] = field(default_factory=set)
    since: float = field(default_factory=clock)
    pace: deque[tuple[float, float]] = field(default_factory=deque)

    @property
    def started(self) -> list[RunOfSweep]:
        return [row for row in self.handed.values() if row.status == "started"]

    @property
    def owner(self) -> str:
        return owner(self.id, self.opened)


class Driver:
    """See the module.

    Parameters
    ----------
    engine : Engine
    plans : Plans
    """

    def __init__(self, engine: Engine, plans: Plans) -> None:
        self._engine, self._plans = engine, plans
        self._store: SweepStore = engine.store.sweeps
        self._sweeps: dict[str, _Sweep] = {}
        self._wanted: set[str] | None = None if engine.limits.adopts else set()
        self._ending, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._drive, name="sweeps", daemon=True)
        self._thread.start()

    def want(self, ident: str) -> None:
        """Something is to be done for a sweep."""
        if self._wanted is not None:
            self._wanted.add(ident)
        self._wake.set()

    def has(self, ident: str) -> bool:
        """Whether this server works on a sweep."""
        return ident in self._sweeps

    def left(self, ident: str) -> float | None:
        """Seconds that a sweep still takes, at its pace of the last minute."""
        sweep = self._sweeps.get(ident)
        if sweep is None or len(sweep.pace) < 2:
            return None
        (first, before), (last, now) = sweep.pace[0], sweep.pace[-1]
        return (1 - now) * (last - first) / (now - before) if now > before and last > first else None

    def close(self) -> None:
        """Hand out nothing more. Sweeps go on when a server is started again."""
        self._ending.set()
        self._wake.set()
        self._thread.join()

    def _drive(self) -> None:
        while not self._ending.is_set():
            try:
                self._round()
            except StoreError as error:
                _log.warning("run store: %s", trouble(error))
            except Exception:  # whatever it is, this thread lives on
                _log.exception("sweeps")
            self._wake.wait(_LOOK if self._sweeps else _REST)
            self._wake.clear()

    def _round(self) -> None:
        mine = self._store.claim(self._engine.server, self._wanted)
        known = {record.id: self._known(record) for record in mine}
        self._sweeps = {ident: sweep for ident, sweep in known.items() if sweep is not None}
        works: dict[SweepStatus, Callable[[_Sweep], None]] = {
            "running": self._go,
            "stopping": self._halt,
            "deleting": self._delete,
        }
        for record in mine:
            if record.id in self._sweeps and not self._ending.is_set():
                works[record.status](self._sweeps[record.id])

    def _known(self, record: SweepRecord) -> _Sweep | None:
        if (known := self._sweeps.get(record.id)) is not None:
            return known
        try:
            found = self._plans.find(record.id)
        except ValueError as error:  # of another version
            _log.warning("sweep: %s", error)
            found = None
        if found is None:
            self._store.release(record.id, "stopped", record.status)
            return None
        return _Sweep(record.id, record.key_hash, found, self._store.runs(record.id))

    def _go(self, sweep: _Sweep) -> None:
        if not sweep.taken:
            taken = [self._take(sweep, row) for row in sweep.started]
            sweep.taken = all(taken)
        active = self._collect(sweep)
        self._hand_out(sweep, active)
        if len(sweep.handed) == len(sweep.opened.plans) and not sweep.started:
            self._store.release(sweep.id, "finished", "running")

    def _take(self, sweep: _Sweep, row: RunOfSweep) -> bool:
        """Go on with a run that was handed out before; False: try again later."""
        try:
            with self._engine.held(row.run) as run:
                if run.status == "paused":
                    run.turn("waiting")
        except NoSuchRun:
            if row.number in sweep.begun:
                self._note(sweep, rows.ended(_plan(sweep, row), row.run, "deleted", 0, None))
            else:  # the server ended before it was written
                self._store.drop(sweep.id, row.number)
                del sweep.handed[row.number]
        except ValueError as error:
            if clock() - sweep.since < _PATIENCE:
                return False
            self._note(sweep, rows.ended(_plan(sweep, row), row.run, "failed", 0, None, str(error)))
        return True

    def _collect(self, sweep: _Sweep) -> int:
        """Write down what has ended; how many runs train."""
        seen = self._engine.seen(row.run for row in sweep.started)
        told, active = {}, 0
        for row in sweep.started:
            plan = _plan(sweep, row)
            if row.run not in seen:
                self._look(sweep, row)
                continue
            status, state = seen[row.run]
            active += status in ACTIVE
            told[row.number] = rows.planned(plan)._replace(status=status, step=state.step)
            if status in _ENDS:
                reason = "" if state.failure is None else state.failure.reason
                self._note(sweep, rows.ended(plan, row.run, status, state.step, state.history, reason))
        self._tell_pace(sweep, told)
        return active

    def _look(self, sweep: _Sweep, row: RunOfSweep) -> None:
        """A run that is not in memory: somebody deleted it, or it has come to rest."""
        record, plan = self._engine.store.record(row.run), _plan(sweep, row)
        if record is None:
            self._note(sweep, rows.ended(plan, row.run, "deleted", 0, None))
        elif record.status in _ENDS:
            content = self._engine.store.history(row.run)
            history = None if content is None else states.unpack_history(content)
            reason = str(json.loads(record.failure)["reason"]) if record.failure else ""
            self._note(sweep, rows.ended(plan, row.run, record.status, record.step, history, reason))
        elif record.status in ACTIVE:
            sweep.taken, sweep.since = False, clock() if sweep.taken else sweep.since

    def _hand_out(self, sweep: _Sweep, active: int) -> None:
        began = clock()
        for plan in sweep.opened.plans:
            if plan.number in sweep.handed:
                continue
            if active >= self._room(sweep, plan) or clock() - began > _LONGEST or self._ending.is_set():
                return
            try:
                self._engine.check_room(sweep.owner)
            except ValueError:  # it comes when another run has ended
                return
            active += self._begin(sweep, plan)

    def _begin(self, sweep: _Sweep, plan: Plan) -> bool:
        # It is written down as begun before it begins: after a crash in between it is missing, and begins anew.
        ident = run_id(sweep.id, plan.number)
        self._note(sweep, RunOfSweep(plan.number, ident, "started"))
        try:
            limits = self._engine.limits.of(sweep.owner)
            run, _ = births.born(source(plan, sweep.opened.sources), plan.config, limits)
        except ValueError as error:
            self._note(sweep, rows.ended(plan, ident, "failed", 0, None, str(error)))
            return False
        run.id, run.key_hash, run.owner, run.live = ident, sweep.key_hash, sweep.owner, False
        words = f"{plan.data}: {plan.name}" if len(sweep.opened.plans) > 1 else sweep.opened.sweep.title
        run.title, run.page = words[:200], "Experiments"
        self._engine.add(run)
        sweep.begun.add(plan.number)
        return True

    def _room(self, sweep: _Sweep, plan: Plan) -> int:
        """How many runs of a sweep train at a time."""
        limits, given = self._engine.limits, sweep.opened.sources.get(plan.data)
        if given is None:
            return limits.most_runs_each
        size = len(given.text) + sum(map(len, given.items)) + 8 * (0 if given.values is None else given.values.size)
        return min(limits.most_runs_each, max(limits.workers, int(_DATA / (size + 1))))

    def _halt(self, sweep: _Sweep) -> None:
        """Pause the runs of a sweep; it is stopped when all of them are at rest."""
        waiting = sweep.taken = False
        for row in sweep.started:
            try:
                with self._engine.held(row.run) as run:
                    if run.active:
                        run.turn("paused")
            except NoSuchRun:
                continue
            except ValueError:  # a server that is gone may still count as alive
                waiting = waiting or clock() - sweep.since < _PATIENCE
        for row in sweep.started:
            self._engine.settle(row.run)
        self._collect(sweep)
        if not waiting and self._store.release(sweep.id, "stopped", "stopping"):
            self._sweeps.pop(sweep.id, None)

    def _delete(self, sweep: _Sweep) -> None:
        for row in sweep.handed.values():
            self._engine.delete(row.run)
        self._store.delete(sweep.id)
        self._sweeps.pop(sweep.id, None)

    def _note(self, sweep: _Sweep, row: RunOfSweep) -> None:
        self._store.note(sweep.id, row)
        sweep.handed[row.number] = row

    def _tell_pace(self, sweep: _Sweep, told: dict[int, Row]) -> None:
        done = {n: rows.planned(_plan(sweep, row))._replace(status=row.status) for n, row in sweep.handed.items()}
        sweep.pace.append((clock(), rows.share(sweep.opened.plans, sweep.opened.costs, {**done, **told})))
        while sweep.pace[0][0] < clock() - _PACE:
            sweep.pace.popleft()


def _plan(sweep: _Sweep, row: RunOfSweep) -> Plan:
    return sweep.opened.plans[row.number - 1]
