"""A run while a server holds it: its newest state, its status, and what was not written to the disk yet.

Nothing here waits, computes or touches the disk; the service calls it under its lock.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace

from lstm_core import models
from lstm_core.training import Failure, TrainState, flat, tokens_per_second
from lstm_runs.schedule import first_stride, next_mark, thin
from lstm_runs.slices import Done, Order, is_marked
from lstm_runs.views import ACTIVE, Mark, Status, View

_PACE = 10.0  # seconds of training from which the time left is told
_FEWEST = 8  # checkpoints of a very large net


@dataclass(slots=True, eq=False)
class Run:
    """See the module. `clock` is time.monotonic, seconds.

    `mark` is the step of the next checkpoint, `goal` the step at which a single step ends, `closing` asks for a
    checkpoint here and now. `fresh` holds checkpoints that are not on the disk yet, by step.
    """

    id: str
    key_hash: str
    owner: str
    live: bool
    title: str
    page: str
    parent: str
    source: str
    state: TrainState
    created: float
    stride: int
    most: int
    status: Status = "waiting"
    content: bytes | None = None
    marks: list[Mark] = field(default_factory=list)
    fresh: dict[int, TrainState] = field(default_factory=dict)
    mark: int = 0
    goal: int | None = None
    closing: bool = False
    version: int = 1
    # Under way.
    flying: bool = False
    alone: bool = False
    suspect: bool = False
    kills: int = 0
    send: bool = False  # the data have to go with the next slice
    not_before: float = 0.0
    lost: bool = False  # deleted, or another server has it
    # On the disk.
    stored: bool = False
    saved: int = 0  # the version that was written last
    saved_at: float = -math.inf
    urgent: bool = True
    retry_at: float = -math.inf
    unsaved: str = ""
    parameters: int = 0
    _pace: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.parameters = models.count(self.state.model)
        self.aim()

    @property
    def active(self) -> bool:
        """Whether it trains, or waits for its turn."""
        return self.status in ACTIVE

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do for now: no server needs to hold it."""
        return not (self.active or self.closing or self.flying or self.goal is not None)

    def due(self, now: float) -> bool:
        """Whether it could be given a slice."""
        stepping = self.goal is not None and self.state.step < self.goal
        wanted = self.active or self.closing or stepping
        return wanted and not (self.flying or self.lost or now < self.not_before)

    def order(self, seconds: float) -> Order:
        """The next slice: up to the next checkpoint at most."""
        steps, mark = None, self.state.step
        if not self.closing:
            until = self.mark if self.goal is None else min(self.mark, self.goal)
            steps, mark = max(0, until - self.state.step), self.mark
        return Order(self.state, steps, seconds, self.source, mark, self.content if self.send else None)

    def took(self, order: Order, done: Done, now: float) -> None:
        """Go on from what a slice gave."""
        # The number of steps may have been raised while this slice was computed.
        state = self.state = replace(done.state, config=self.state.config)
        self.kills, self.suspect, self.send = 0, False, False
        if is_marked(state, order) or state.failure is not None:
            self.keep(done.sample)
        if not done.sound:
            self.drop(state.step)
        if order.steps is None:
            self.closing = False
        if self.goal is not None and state.step >= self.goal:
            self.goal, self.urgent = None, True
        if state.failure is not None:
            self.goal = None
            self.turn("failed")
        elif state.done and self.status != "stopped":
            self.turn("finished")
        elif self.status == "waiting":
            self.turn("running")
        self._pace.append((now, state.step))
        while self._pace[0][0] < now - _PACE:
            self._pace.popleft()
        self.change()

    def keep(self, sample: str) -> None:
        """Make the state a checkpoint."""
        step, history = self.state.step, self.state.history
        loss = float(history.loss[-1]) if len(history.loss) else None
        validated = float(history.validated_loss[-1]) if len(history.validated_loss) else None
        before = next((mark.sample for mark in self.marks if mark.step == step), "")
        self.marks = [mark for mark in self.marks if mark.step != step]
        self.marks.append(Mark(step, loss, validated, sample or before))
        self.fresh[step] = self.state
        stay = set(thin([mark.step for mark in self.marks], self.most))
        self.marks = [mark for mark in self.marks if mark.step in stay]
        self.fresh = {step: state for step, state in self.fresh.items() if step in stay}
        self.aim()

    def drop(self, step: int) -> None:
        """Take a checkpoint back whose net answers nothing; the last one that is good is the last then."""
        if len(self.marks) > 1:
            self.marks = [mark for mark in self.marks if mark.step != step]
            self.fresh.pop(step, None)

    def aim(self) -> None:
        """Find the next checkpoint; the first is where the run begins."""
        step = self.state.step
        self.mark = next_mark(step - 1, self.stride, self.most) if self.marks else step
        if self.marks and self.marks[-1].step >= self.mark:
            self.mark = next_mark(step, self.stride, self.most)
        self.mark = min(self.mark, max(step, self.state.config.steps))

    def turn(self, status: Status) -> None:
        """Another status; what a reader did or waits for is written at once."""
        if status == self.status:
            return
        self.urgent = self.urgent or status not in ACTIVE
        if status == "waiting":
            self._pace.clear()
        self.status = status
        self.change()

    def fail(self, reason: str) -> None:
        """End the run here, for a reason outside of training."""
        self.state = replace(self.state, failure=Failure(self.state.step, reason), pending=None)
        self.closing, self.goal = False, None
        self.keep("")
        self.turn("failed")

    def change(self) -> None:
        """Something is to be seen that was not there before."""
        self.version += 1

    def view(self) -> View:
        """The run as a page shows it."""
        state = self.state
        return View(
            id=self.id,
            title=self.title,
            page=self.page,
            status=self.status,
            step=state.step,
            steps=state.config.steps,
            config=state.config,
            history=state.history,
            failure=state.failure,
            checkpoints=tuple(self.marks),
            sample=latest_sample(self.marks),
            tokens_per_second=tokens_per_second(state) or None,
            seconds_left=self._left(),
            parameters=self.parameters,
            version=self.version,
            source_digest=self.source,
            unsaved=self.unsaved,
            parent=self.parent,
        )

    def _left(self) -> float | None:
        """Seconds, at the pace of the last ones: waiting for others is in it."""
        if not self.active or len(self._pace) < 2:
            return None
        (first, before), (last, now) = self._pace[0], self._pace[-1]
        if now <= before or last <= first:
            return None
        return (self.state.config.steps - now) * (last - first) / (now - before)


def latest_sample(marks: list[Mark]) -> str:
    """What the model wrote last."""
    return next((mark.sample for mark in reversed(marks) if mark.sample), "")


def most_checkpoints(state: TrainState, most: int, megabytes: float) -> int:
    """How many checkpoints are kept: fewer of a large net, so that a run takes a quarter of the store at most."""
    size = flat(state.model).nbytes * (2 + len(state.moments))  # parameters, anchor, moments
    return min(most, max(_FEWEST, int(megabytes * 2**20 / 4 / size)))


def stride(state: TrainState, most: int) -> int:
    """Updates between the first checkpoints of a run."""
    return first_stride(state.config.steps, most)


def clock() -> float:
    """Seconds, for measuring spans."""
    return time.monotonic()
