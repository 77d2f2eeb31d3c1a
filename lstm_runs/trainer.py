"""The thread that hands out slices: whose turn it is, one in flight a run, and what becomes of a broken worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from functools import partial

from lstm_runs.executors import Crew
from lstm_runs.runs import Run, clock
from lstm_runs.schedule import Claim, Rota, slice_seconds
from lstm_runs.slices import Done, Missing, Order

Work = Callable[[Order], Done | Missing]

MOST_KILLS = 4  # workers in a row that may die alone with a run: a few can be killed from outside
_RETRY = 1.0  # seconds until data that could not be fetched are asked for again
_LAST = 5.0  # seconds that slices in flight have at the end

_log = logging.getLogger(__name__)


class Held:
    """The runs in this server's memory, and the lock under which they are touched: `changed`, never held for long.

    `taking` is held while a run comes from the disk or goes back there; whoever needs both takes it first.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.changed = threading.Condition(threading.RLock())
        self.taking = threading.Lock()

    @property
    def flying(self) -> list[Run]:
        """Runs with a slice in flight."""
        return [run for run in self.runs.values() if run.flying]


class Trainer:
    """Keeps a crew busy with the runs that are held.

    Parameters
    ----------
    held : Held
    crew : Crew
    work : callable
        Computes a slice.
    fetch : callable
        From a run to the bytes of its data; may raise ValueError.
    """

    def __init__(self, held: Held, crew: Crew, work: Work, fetch: Callable[[Run], bytes]) -> None:
        self._held, self._crew, self._work, self._fetch = held, crew, work, fetch
        self._rota = Rota()
        self._closing = False
        self._thread = threading.Thread(target=self._train, name="train", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hand out nothing more; wait for what is in flight, not for ever."""
        with self._held.changed:
            self._closing = True
            self._held.changed.notify_all()
            landed = self._held.changed.wait_for(lambda: not self._held.flying, _LAST)
        self._thread.join(_LAST)
        self._crew.close(kill=not landed)

    def _train(self) -> None:
        while True:
            with self._held.changed:
                run = self._choose()
                while run is None and not self._closing:
                    self._held.changed.wait(self._nap())
                    run = self._choose()
                if run is None or self._closing:
                    return
                run.flying = True
                flying = self._held.flying
                for each in flying:
                    each.alone = len(flying) == 1
                order = run.order(slice_seconds(self._crew.size, self._active()))
            self._send(run, order)

    def _send(self, run: Run, order: Order) -> None:
        if run.send and order.content is None:
            try:
                run.content = self._fetch(run)
            except ValueError as error:
                self._put_off(run, str(error))
                return
            order = run.order(order.seconds or 0.0)
        try:
            future = self._crew.submit(self._work, order)
        except Exception as error:  # no more processes can be made, the interpreter ends, ...: this thread lives on
            _log.info("workers: %r", error)
            self._put_off(run, f"workers: expected one, got none ({type(error).__name__}); it is tried again")
            return
        future.add_done_callback(partial(self._landed, run, order))

    def _landed(self, run: Run, order: Order, future: Future[Done | Missing]) -> None:
        with self._held.changed:
            run.flying = False
            try:
                found = future.result()
                if isinstance(found, Missing):
                    run.send = True
                elif not run.lost:
                    run.took(order, found, clock())
            except BrokenExecutor:
                self._killed(run)
            except CancelledError:
                pass
            except Exception as error:
                run.fail(_reason(error))
            self._held.changed.notify_all()

    def _killed(self, run: Run) -> None:
        """A worker died. Who was alone with it has killed it; of several one cannot tell, so each tries again alone."""
        run.suspect = True
        run.kills += run.alone
        if run.kills >= MOST_KILLS:
            run.fail(
                f"worker: expected one that survives this slice, got {MOST_KILLS} that died of it, perhaps for lack of "
                "memory; choose a smaller net, batch or window"
            )

    def _put_off(self, run: Run, reason: str) -> None:
        with self._held.changed:
            run.flying, run.not_before, run.unsaved = False, clock() + _RETRY, reason
            run.change()
            self._held.changed.notify_all()

    def _choose(self) -> Run | None:
        runs, flying = self._held.runs, self._held.flying
        if len(flying) >= self._crew.size or any(run.suspect for run in flying):
            return None
        now = clock()
        due = [run for run in runs.values() if run.due(now)]
        suspects = [run for run in due if run.suspect]
        if suspects and flying:
            return None
        self._rota.forget(set(runs), {run.owner for run in runs.values()})
        claim = self._rota.choose(Claim(run.id, run.owner, run.live) for run in suspects or due)
        return None if claim is None else runs[claim.run]

    def _nap(self) -> float | None:
        """Seconds until a run that was put off may try again; without one, until something changes."""
        times = [run.not_before for run in self._held.runs.values() if run.not_before > clock()]
        return max(0.01, min(times) - clock()) if times else None

    def _active(self) -> int:
        return sum(run.active for run in self._held.runs.values())


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "memory: expected enough for this slice, got too little; choose a smaller net, batch or window"
    if isinstance(error, ValueError):
        return str(error)
    return f"slice: expected the next state, got {type(error).__name__} ({str(error)[:200]}); fork from a checkpoint"
