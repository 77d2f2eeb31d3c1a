"""What drives the service: the runs in memory, the store, and the two threads between them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from lstm_core.training import TrainState
from lstm_runs import keeping, leases
from lstm_runs.executors import Crew
from lstm_runs.keeper import Keeper
from lstm_runs.limits import Limits
from lstm_runs.records import Record
from lstm_runs.runs import Run, clock
from lstm_runs.store import Store, StoreError, answering, trouble
from lstm_runs.trainer import Held, Trainer, Work
from lstm_runs.views import NoSuchRun, Short, Status, View

_FRESH = 1.0  # seconds for which what was read from the disk counts as new
_MOST_READ = 64  # runs that are remembered so
_SETTLE = 1.0  # seconds that a command waits for the slice in flight


class Engine:
    """See the module; `limits` and `work` as for `service.Service`."""

    def __init__(self, limits: Limits, work: Work) -> None:
        self.limits = limits
        try:
            self.store = Store(limits.url, limits.folder)
            self._server = leases.enrol()
            self._held = Held()
            self._keeper = Keeper(self._held, self.store, self._server, limits)
        except StoreError as error:
            raise ValueError(f"run store: expected a database that answers, got none; {trouble(error)}") from error
        crew = Crew(limits.executor, limits.workers, limits.worker_mb)
        self._trainer = Trainer(self._held, crew, work, lambda run: self.content(run.id))
        self._read: OrderedDict[str, tuple[float, Record, View]] = OrderedDict()
        self._closed = False

    @property
    def server(self) -> str:
        """Id of this server, with which it holds what it works on."""
        return self._server.id

    def close(self) -> None:
        """End training, write everything, let the database go; a second time nothing happens."""
        with self._held.changed:
            if self._closed:
                return
            self._closed = True
        self._trainer.close()
        self._keeper.close()
        self.store.close()

    def check_room(self, owner: str) -> None:
        """Refuse one more run that trains, of this owner or at all."""
        with self._held.changed:
            active = [run for run in self._held.runs.values() if run.active]
        limits, mine = self.limits, sum(run.owner == owner for run in active)
        if len(active) >= limits.most_runs:
            raise ValueError(
                f"runs: expected at most {limits.most_runs} that train at a time on this server, got one more; "
                "wait until one is finished"
            )
        if owner and mine >= limits.most_runs_each:
            raise ValueError(
                f"runs: expected at most {limits.most_runs_each} of yours that train at a time, got one more; "
                "pause or stop one of them"
            )

    def add(self, run: Run) -> None:
        """A new run: it is on the disk, or says that it is not, when this returns."""
        with self._held.changed:
            if self._closed:
                raise ValueError("service: expected one that is open, got one that was closed; start the server again")
            self._held.runs[run.id] = run
            self._held.changed.notify_all()
        self._keeper.save(run)

    def delete(self, ident: str) -> None:
        """Forget a run, in memory and on the disk."""
        with self._held.changed:
            run = self._held.runs.pop(ident, None)
            if run is not None:
                run.lost = True
            self._read.pop(ident, None)
            self._held.changed.notify_all()
        with answering():
            self._keeper.delete(ident)

    @contextmanager
    def held(self, ident: str) -> Iterator[Run]:
        """A run in memory, under the lock; from the disk if it is not there."""
        with ExitStack() as locks:
            locks.enter_context(self._held.changed)
            if ident not in self._held.runs:
                locks.close()  # the disk may take its time: nobody else waits for that
                locks.enter_context(self._held.taking)
                self._take(ident)
                locks.enter_context(self._held.changed)
            run = self._held.runs.get(ident)
            if run is None:
                raise NoSuchRun(ident)
            yield run
            run.urgent = True
            self._read.pop(ident, None)
            self._held.changed.notify_all()

    def settle(self, ident: str) -> None:
        """Wait until nothing of a run is in flight and nothing is asked of it, but not for long."""

        def settled() -> bool:
            run = self._held.runs.get(ident)
            return run is None or not (run.flying or run.closing or run.goal is not None)

        with self._held.changed:
            self._held.changed.wait_for(settled, _SETTLE)

    def key_hash(self, ident: str) -> str:
        """What is kept of a run's key."""
        with self._held.changed:
            if (run := self._held.runs.get(ident)) is not None:
                return run.key_hash
        return self._from_disk(ident)[0].key_hash

    def view(self, ident: str) -> View:
        """A run as it is now, or was a second ago where another server has it."""
        with self._held.changed:
            if (run := self._held.runs.get(ident)) is not None:
                return run.view()
        return self._from_disk(ident)[1]

    def state(self, ident: str, step: int | None) -> TrainState | None:
        """A state that is in memory."""
        with self._held.changed:
            run = self._held.runs.get(ident)
            if run is None:
                return None
            return run.state if step in (None, run.state.step) else run.fresh.get(step or 0)

    def content(self, ident: str) -> bytes:
        """The data of a run."""
        with self._held.changed:
            run = self._held.runs.get(ident)
            if run is not None and run.content is not None:
                return run.content
        digest = run.source if run is not None else self.record(ident).source
        with answering():
            found = self.store.data(digest)
        if found is None:
            raise ValueError("data: expected those of the run in the run store, got none; start a new run")
        return found

    def record(self, ident: str) -> Record:
        """What the store knows of a run."""
        if not (ident.isascii() and ident.isprintable()):  # not every database can be asked for such a one
            raise NoSuchRun(ident)
        with answering():
            found = self.store.record(ident)
        if found is None:
            raise NoSuchRun(ident)
        return found

    def seen(self, idents: Iterable[str]) -> dict[str, tuple[Status, TrainState]]:
        """Those of these runs that are in memory, as they are now."""
        with self._held.changed:
            found = ((ident, self._held.runs.get(ident)) for ident in idents)
            return {ident: (run.status, run.state) for ident, run in found if run is not None}

    def shorts(self) -> list[Short]:
        """The runs in memory, for a list."""
        with self._held.changed:
            return [
                Short(run.id, run.title, run.page, run.status, run.state.step, run.state.config.steps, run.created)
                for run in self._held.runs.values()
            ]

    def _take(self, ident: str) -> None:
        """Take hold of a run on the disk and bring it into memory, if nobody has done so meanwhile."""
        if ident in self._held.runs:
            return
        record = self.record(ident)
        with answering():
            if not self.store.hold(ident, self._server.id):
                self.record(ident)  # somebody may have deleted it meanwhile
                raise ValueError(
                    "run: expected one that no other server trains, got one that is under way elsewhere; "
                    "steer it there, or wait until it is finished"
                )
            try:
                run = keeping.loaded(self.store, self.record(ident), self.limits)
            except ValueError:
                self.store.release(record.id, self._server.id)
                self.record(ident)
                raise
        with self._held.changed:
            self._held.runs.setdefault(ident, run)

    def _from_disk(self, ident: str) -> tuple[Record, View]:
        with self._held.changed:
            when, record, view = self._read.get(ident, (None, None, None))
        if when is not None and record is not None and view is not None and clock() - when < _FRESH:
            return record, view
        record = self.record(ident)
        if view is None or view.version != record.version:
            with answering():
                view = keeping.view(self.store, record)
        with self._held.changed:
            self._read[ident] = clock(), record, view
            self._read.move_to_end(ident)
            while len(self._read) > _MOST_READ:
                self._read.popitem(last=False)
        return record, view
