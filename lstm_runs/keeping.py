"""From a run in memory to the store and back."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import NamedTuple, cast

from lstm_core.config import TrainConfig
from lstm_core.training import Failure, History, TrainState, tokens_per_second
from lstm_runs import states
from lstm_runs.limits import Limits
from lstm_runs.records import Checkpoint, Record, Save
from lstm_runs.runs import Run, latest_sample, most_checkpoints
from lstm_runs.states import Symbols
from lstm_runs.store import Store
from lstm_runs.views import Mark, Short, Status, View


class Snapshot(NamedTuple):
    """A run at one moment: taken under the lock in no time, written without it."""

    record: Record
    state: TrainState
    marks: tuple[Mark, ...]
    fresh: dict[int, TrainState]
    data: bytes | None


def snapshot(run: Run, server: str) -> Snapshot:
    """The run as it is now; the server keeps its hold while the run is active."""
    state = run.state
    record = Record(
        id=run.id,
        key_hash=run.key_hash,
        owner=run.owner,
        live=run.live,
        title=run.title,
        page=run.page,
        parent=run.parent,
        status=run.status,
        holder=server,
        source=run.source,
        symbols="",  # with the other long texts, when it is packed
        config="",
        step=state.step,
        parameters=run.parameters,
        stride=run.stride,
        failure="",
        rate=tokens_per_second(state),
        version=run.version,
        created=run.created,
        touched=time.time(),
    )
    return Snapshot(record, state, tuple(run.marks), dict(run.fresh), None if run.stored else run.content)


def packed(taken: Snapshot) -> Save:
    """What is to be written.

    Raises
    ------
    ValueError
        The state cannot be kept; the message says why.
    """
    state = taken.state
    record = taken.record._replace(
        symbols=states.symbols(state).to_json(),
        config=json.dumps(state.config.as_dict()),
        failure="" if state.failure is None else json.dumps(asdict(state.failure)),
    )
    new = [
        Checkpoint(mark.step, mark.loss, mark.validated, _without_nul(mark.sample), states.pack(taken.fresh[mark.step]))
        for mark in taken.marks
        if mark.step in taken.fresh
    ]
    steps = [mark.step for mark in taken.marks]
    return Save(record, states.pack(state), states.pack_history(state.history), new, steps, taken.data)


def loaded(store: Store, record: Record, limits: Limits) -> Run:
    """A run from the store, as it was when it was written last.

    Raises
    ------
    ValueError
        Its state was written by another version.
    """
    content = store.state(record.id)
    if content is None:
        raise ValueError("run: expected a state in the run store, got none; start a new run")
    state = states.unpack(content, Symbols.from_json(record.symbols))
    run = Run(
        id=record.id,
        key_hash=record.key_hash,
        owner=record.owner,
        live=record.live,
        title=record.title,
        page=record.page,
        parent=record.parent,
        source=record.source,
        state=state,
        created=record.created,
        stride=record.stride,
        most=most_checkpoints(state, limits.of(record.owner).checkpoints, limits.keep_mb),
        status=cast(Status, record.status),
        marks=marks(store, record.id),
        # What was shown but not written before a crash had higher versions: no page may take an old one for the newest.
        version=record.version + 10_000,
    )
    run.stored, run.saved, run.saved_at = True, run.version, time.monotonic()
    return run


def view(store: Store, record: Record) -> View:
    """A run that no server of ours holds, as a page shows it."""
    config = TrainConfig.from_dict(json.loads(record.config))
    content = store.history(record.id)
    found = tuple(marks(store, record.id))
    return View(
        id=record.id,
        title=record.title,
        page=record.page,
        status=cast(Status, record.status),
        step=record.step,
        steps=config.steps,
        config=config,
        history=History() if content is None else states.unpack_history(content),
        failure=Failure(**json.loads(record.failure)) if record.failure else None,
        checkpoints=found,
        sample=latest_sample(list(found)),
        tokens_per_second=record.rate or None,
        seconds_left=None,
        parameters=record.parameters,
        version=record.version,
        source_digest=record.source,
        parent=record.parent,
    )


def marks(store: Store, run: str) -> list[Mark]:
    """The checkpoints of a run without their states."""
    return [Mark(*row[:4]) for row in store.checkpoints(run)]


def short(record: Record) -> Short:
    """A run in a list."""
    steps = int(json.loads(record.config)["steps"])
    status = cast(Status, record.status)
    return Short(record.id, record.title, record.page, status, record.step, steps, record.created)


def _without_nul(text: str) -> str:
    """SQLite takes this character in a text, PostgreSQL does not."""
    return text.replace("\0", "\ufffd")
