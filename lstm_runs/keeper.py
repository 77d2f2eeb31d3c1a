"""The thread that talks to the disk: saves runs, says that this server is alive, takes over from dead ones, clears.

Training never waits for it. Where the disk is full or the database locked, runs go on, say so, and are tried again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from lstm_runs import keeping, leases
from lstm_runs.leases import Server
from lstm_runs.limits import Limits
from lstm_runs.runs import Run, clock
from lstm_runs.store import Store, StoreError, trouble
from lstm_runs.trainer import Held

SAVE = 1.75  # seconds between two saves of a run: with looking and writing a crash costs 2 s of training at most
_LOOK, _ADOPT, _REST, _CLEAR = 0.1, 5.0, 10.0, 600.0  # seconds between two rounds of each
_ROUND, _SOON = 0.1, 1.0  # seconds that a round of clearing takes, and until the next where it was not enough
_RETRY, _GIVE_UP = 2.0, 30.0  # seconds until a run that could not be saved is tried again
_TIRED = 5.0  # seconds that closing waits for the thread

_log = logging.getLogger(__name__)


class Keeper:
    """See the module.

    Parameters
    ----------
    held : Held
    store : Store
    server : Server
    limits : Limits
    """

    def __init__(self, held: Held, store: Store, server: Server, limits: Limits) -> None:
        self._held, self._store, self._server, self._limits = held, store, server, limits
        self._disk = threading.Lock()  # one save at a time, in the order of its snapshots
        self._ending = threading.Event()
        self._duties: tuple[tuple[float, Callable[[], None]], ...] = (
            (leases.BEAT, self._beat),
            (_ADOPT, self._adopt),
            (_REST, self._let_go),
            (_CLEAR, self._clear),
        )
        self._next = [clock() + period for period, _ in self._duties]
        for _, duty in self._duties:
            duty()  # once before anybody asks for a run: those of a dead server go on at once
        self._thread = threading.Thread(target=self._keep, name="keep", daemon=True)
        self._thread.start()

    def save(self, run: Run) -> None:
        """Write a run now; where that fails, the run says so and it is tried again."""
        with self._disk:
            with self._held.changed:
                if run.lost or run.saved == run.version:
                    return
                taken, run.urgent, began = keeping.snapshot(run, self._server.id), False, clock()
            try:
                mine = self._store.save(keeping.packed(taken), self._server.id)
            except Exception as error:  # whatever it is, this thread lives on
                self._put_off(run, error)
                return
            with self._held.changed:
                self._note(run, taken, mine, began)

    def delete(self, ident: str) -> None:
        """Delete a run that nobody holds in memory any more; not while it is being written."""
        with self._disk:
            self._store.delete(ident)

    def close(self) -> None:
        """Write everything a last time, and leave."""
        self._ending.set()
        self._thread.join(_TIRED)
        for run in list(self._held.runs.values()):
            self.save(run)
        try:
            self._store.leave(self._server.id)
        except StoreError as error:
            _log.warning("run store: %s", trouble(error))

    def _keep(self) -> None:
        while not self._ending.wait(_LOOK):
            for run in self._unsaved():
                self.save(run)
            for k, (period, duty) in enumerate(self._duties):
                if clock() < self._next[k]:
                    continue
                self._next[k] = clock() + period
                try:
                    duty()
                except StoreError as error:
                    _log.warning("run store: %s", trouble(error))
                except Exception:
                    _log.exception("run store")

    def _unsaved(self) -> list[Run]:
        with self._held.changed:
            now = clock()
            return [run for run in self._held.runs.values() if self._is_due(run, now)]

    def _let_go(self) -> None:
        """Runs at rest leave the memory; from now on they are read from the disk, and any server may take them."""
        with self._held.taking:
            with self._held.changed:
                long_ago = clock() - _REST
                runs = [run for run in self._held.runs.values() if run.idle and run.saved_at < long_ago]
                rested = [run.id for run in runs if run.stored and run.saved == run.version]
                for ident in rested:
                    del self._held.runs[ident]
            for ident in rested:
                self._store.release(ident, self._server.id)

    def _is_due(self, run: Run, now: float) -> bool:
        if run.saved == run.version or now < run.retry_at:
            return False
        return run.urgent or run.idle or now - run.saved_at >= SAVE

    def _note(self, run: Run, taken: keeping.Snapshot, mine: bool, began: float) -> None:
        if not mine:
            run.lost = True
            self._held.runs.pop(run.id, None)
            return
        run.fresh = {step: state for step, state in run.fresh.items() if taken.fresh.get(step) is not state}
        run.stored, run.saved, run.saved_at = True, taken.record.version, began
        if run.unsaved:
            run.unsaved = ""
            run.change()

    def _put_off(self, run: Run, error: Exception) -> None:
        with self._held.changed:
            reason = trouble(error) if isinstance(error, StoreError) else str(error)[:300]
            run.retry_at = clock() + (_RETRY if isinstance(error, StoreError) else _GIVE_UP)
            said = f"not saved: {reason}"
            if run.unsaved != said:
                run.unsaved = said
                run.change()

    def _beat(self) -> None:
        self._store.beat(self._server)

    def _adopt(self) -> None:
        """Take over the runs of servers that are gone."""
        if not self._limits.adopts:
            return
        for ident in self._store.orphans():
            if ident in self._held.runs or not self._store.hold(ident, self._server.id):
                continue
            record = self._store.record(ident)
            try:
                run = None if record is None else keeping.loaded(self._store, record, self._limits)
            except ValueError as error:
                self._store.give_up(ident, str(error))
                continue
            if run is not None:
                with self._held.changed:
                    self._held.runs.setdefault(ident, run)
                    self._held.changed.notify_all()

    def _clear(self) -> None:
        gone = self._store.clear(self._limits.keep_days, self._limits.keep_mb, time.time(), seconds=_ROUND)
        if not self._store.shrink(seconds=_ROUND) or gone:
            self._next[-1] = clock() + _SOON  # there may be more, but runs want to be saved in between
