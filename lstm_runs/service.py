"""Training runs of one server: started by anybody, watched by everybody who has the link, steered with the key.

    service = Service()
    ticket = service.start(source, config)
    service.view(ticket.id)                 # cheap, as often as you like
    service.pause(ticket.id, ticket.key)

A run belongs to the server and not to a browser: it goes on whoever comes or leaves, and when the server is started
again.
"""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from lstm_core.config import TrainConfig
from lstm_core.corpus import Source
from lstm_core.training import TrainState
from lstm_runs import births, keeping, states
from lstm_runs.engine import Engine
from lstm_runs.limits import Limits
from lstm_runs.runs import Run
from lstm_runs.slices import work as compute
from lstm_runs.states import Symbols
from lstm_runs.store import answering
from lstm_runs.sweeps import Sweeps
from lstm_runs.trainer import Work
from lstm_runs.views import Mark, NoSuchRun, NotYours, Short, Ticket, View

_LARGEST_STEP = 2**53  # far beyond every training, and what every database takes

__all__ = ["Limits", "Mark", "NoSuchRun", "NotYours", "Service", "Short", "Ticket", "View"]


class Service:
    """All runs of a server, and its `sweeps`; one object, safe to use from many threads.

    Parameters
    ----------
    limits : Limits, optional
        What it may use; by default what the environment says.
    work : callable
        From an order to what it gives, as `slices.work`; another one in tests.

    Raises
    ------
    ValueError
        The run store cannot be opened; the message says why.
    """

    def __init__(self, limits: Limits | None = None, *, work: Work = compute) -> None:
        self._engine = Engine(Limits.from_environment() if limits is None else limits, work)
        self.sweeps = Sweeps(self._engine)
        atexit.register(_close, weakref.ref(self))

    def start(
        self,
        source: Source,
        config: TrainConfig,
        *,
        title: str = "",
        page: str = "",
        owner: str = "",
        live: bool = True,
    ) -> Ticket:
        """Begin a run.

        Parameters
        ----------
        source : Source
        config : TrainConfig
        title, page : str
            For lists of runs.
        owner : str
            Workers are shared fairly between owners; without one the run is its own.
        live : bool
            Somebody watches: it comes before runs that nobody does.

        Returns
        -------
        Ticket

        Raises
        ------
        ValueError
            Data that cannot be trained on, or too many runs; the message has the remedy.
        """
        self._engine.check_room(owner)
        run, key = births.born(source, config, self._engine.limits)
        run.title, run.page, run.owner, run.live = _plain(title), _plain(page), _plain(owner) or run.id, live
        self._engine.add(run)
        return Ticket(run.id, key)

    def fork(
        self, id: str, step: int | None, config: TrainConfig, *, owner: str = "", source: Source | None = None
    ) -> Ticket:
        """Begin a run at a checkpoint of another one; with the same settings both go on bit for bit alike.

        Parameters
        ----------
        id : str
            Of the run that is forked. Everybody who can watch may do that.
        step : int or None
            Of the checkpoint; None: the newest state.
        config : TrainConfig
            What makes the net must stay; the rest may change.
        owner : str
        source : Source, optional
            Other data, with the same vocabulary and labels.

        Raises
        ------
        NoSuchRun
        ValueError
            No such checkpoint, a setting that makes another net, other tokens, or too many runs.
        """
        self._engine.check_room(owner)
        old, state = self.view(id), self.state(id, step)
        run, key = births.forked(self.source(id), source, state, config, self._engine.limits)
        run.title, run.page, run.owner, run.parent = old.title, old.page, _plain(owner) or run.id, id
        self._engine.add(run)
        return Ticket(run.id, key)

    def pause(self, id: str, key: str) -> None:
        """Hold a run; what is under way is finished first, at most a slice."""
        with self._steered(id, key) as run:
            if not run.active:
                raise ValueError(f"pause: expected a run that trains, got one that is {run.status}; resume it first")
            run.turn("paused")
        self._engine.settle(id)

    def resume(self, id: str, key: str) -> None:
        """Go on with a run that was paused or stopped."""
        with self._steered(id, key) as run:
            self._check_unfinished("resume", run)
            if not run.active:
                self._engine.check_room(run.owner)
                run.goal, run.closing = None, False
                run.turn("waiting")

    def step(self, id: str, key: str) -> None:
        """Make one update of a run that is paused or stopped."""
        with self._steered(id, key) as run:
            self._check_unfinished("step", run)
            if run.active:
                raise ValueError(f"step: expected a run that is paused, got one that is {run.status}; pause it first")
            run.goal = run.state.step + 1
            run.turn("paused")
            run.change()
        self._engine.settle(id)

    def stop(self, id: str, key: str) -> None:
        """End a run before its time; where it is becomes its last checkpoint. It can be resumed."""
        with self._steered(id, key) as run:
            if run.status in ("finished", "failed", "stopped"):
                raise ValueError(
                    f"stop: expected a run that trains, got one that is {run.status}; nothing is to be done"
                )
            run.goal, run.closing = None, True
            run.turn("stopped")
        self._engine.settle(id)

    def extend(self, id: str, key: str, steps: int) -> None:
        """So many updates more; a finished run goes on. A schedule that falls towards the end falls more slowly now."""
        with self._steered(id, key) as run:
            if run.status == "failed":
                raise ValueError(births.FAILED.format(what="extend"))
            if run.status == "finished":
                self._engine.check_room(run.owner)
            run.state = births.extended(run.state, steps)
            run.aim()
            if run.status == "finished":
                run.turn("waiting")
            run.change()

    def delete(self, id: str, key: str) -> None:
        """Forget a run with all its checkpoints."""
        with self._steered(id, key):
            pass
        self._engine.delete(id)

    def may_steer(self, id: str, key: str) -> bool:
        """Whether this is the key of this run."""
        try:
            return births.fits(key, self._engine.key_hash(id))
        except (NoSuchRun, ValueError):
            return False

    def view(self, id: str) -> View:
        """A run as it is now. Of a run that trains here it costs next to nothing.

        Raises
        ------
        NoSuchRun
        ValueError
            The run store does not answer.
        """
        return self._engine.view(id)

    def state(self, id: str, step: int | None = None) -> TrainState:
        """The complete state of a run: the newest one, or that of a checkpoint.

        Raises
        ------
        NoSuchRun
        ValueError
            No checkpoint at this step; the run store does not answer.
        """
        found = self._engine.state(id, step)
        if found is not None:
            return found
        with answering():
            record, known = self._engine.record(id), step is None or 0 <= step < _LARGEST_STEP
            content = self._engine.store.state(id, step) if known else None
            if content is None:
                steps = [mark.step for mark in self.view(id).checkpoints]
                nearest = min(steps, key=lambda other: abs(other - (step or 0)), default=0)
                raise ValueError(
                    f"checkpoint: expected the step of one, got {step}; it was thinned out, the nearest is {nearest}"
                )
            return states.unpack(content, Symbols.from_json(record.symbols))

    def source(self, id: str) -> Source:
        """The data of a run.

        Raises
        ------
        NoSuchRun
        ValueError
            The run store does not answer.
        """
        return Source.from_bytes(self._engine.content(id))

    def runs(self, limit: int = 50) -> list[Short]:
        """Runs, the newest first."""
        with answering():
            found = {record.id: keeping.short(record) for record in self._engine.store.recent(limit)}
        found |= {short.id: short for short in self._engine.shorts()}
        return sorted(found.values(), key=lambda short: -short.created)[:limit]

    def limits(self) -> Limits:
        """What this server may use, and how long it keeps runs."""
        return self._engine.limits

    def close(self) -> None:
        """Write everything down and end all workers; runs that train go on when the server is started again."""
        self.sweeps.close()
        self._engine.close()

    def _check_unfinished(self, what: str, run: Run) -> None:
        if run.status == "failed":
            raise ValueError(births.FAILED.format(what=what))
        if run.state.done:
            raise ValueError(f"{what}: expected a run with steps left, got one that is finished; extend it first")

    @contextmanager
    def _steered(self, id: str, key: str) -> Iterator[Run]:
        """The run in memory, under the lock, for who has the key."""
        if not births.fits(key, self._engine.key_hash(id)):
            raise NotYours
        with self._engine.held(id) as run:
            yield run


def _plain(text: str) -> str:
    """Words that every database takes: not too long, without NUL and lone surrogates."""
    return text[:200].replace("\0", " ").encode("utf-8", "replace").decode()


def _close(service: weakref.ref[Service]) -> None:
    if (found := service()) is not None:
        found.close()
