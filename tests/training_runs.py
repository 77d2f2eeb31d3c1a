"""Runs for the tests: small data, small nets, a service of one's own, and patience with a deadline."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from lstm_core import models, training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Source, prepare
from lstm_core.history import COLUMNS
from lstm_core.training import TrainState
from lstm_runs import slices
from lstm_runs.executors import one_blas_thread
from lstm_runs.limits import Limits
from lstm_runs.service import Service, View
from lstm_runs.slices import Done, Missing, Order

TEXT = Source("text", "squares", text="".join(f"{k} times {k} is {k * k}, and so on.\n" for k in range(90)))
NET = TrainConfig(hidden=7, features=5, window=11, batch=3, steps=40, validate_every=9, validation_tokens=400, seed=3)
PATIENCE = 120.0  # seconds; only a test that fails waits so long


def limits(folder: Path, **changes: Any) -> Limits:
    """Inline, in a folder of the test; few checkpoints, because each has a sample."""
    return Limits(**{"folder": folder, "executor": "inline", "workers": 1, "checkpoints": 8} | changes)


@contextmanager
def service(folder: Path, *, work: Any = None, **changes: Any) -> Iterator[Service]:
    """A service that is closed in the end."""
    found = Service(limits(folder, **changes), **({} if work is None else {"work": work}))
    try:
        yield found
    finally:
        found.close()


def until(condition: Callable[[], Any], what: str = "") -> Any:
    """What the condition gives as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not in {PATIENCE:.0f} s: {what or condition}")


def ended(runs: Service, ident: str, status: str = "finished") -> View:
    """The view of a run that has come to its end."""

    def look() -> View | None:
        view = runs.view(ident)
        return view if view.status in ("finished", "failed", "stopped") else None

    view: View = until(look, f"the end of {runs.view(ident)}")
    assert view.status == status, view
    return view


def undisturbed(source: Source, config: TrainConfig, steps: int | None = None) -> TrainState:
    """The state that a training leads to when nobody cuts it."""
    with one_blas_thread():
        data = prepare(source, config)
        state = training.start(config, data)
        return training.advance(state, config.steps if steps is None else steps, data)


def parts(state: TrainState) -> dict[str, np.ndarray]:
    """Everything in a state that training decides, by name; not what a clock decides."""
    found = {f"model.{name}": array for name, array in models.arrays(state.model).items()}
    found |= {f"moments.{name}": array for name, array in state.moments.items()}
    found |= {f"history.{name}": getattr(state.history, name) for name in COLUMNS if name != "seconds"}
    found |= {"anchor": state.anchor, "numbers": np.array([state.step, state.drift, state.since])}
    found["open"] = np.array(state.history.open[:-1])
    for where, carried in (("carried", state.carried), ("pending", state.pending and state.pending.carried)):
        for k, pair in enumerate(carried or ()):
            for way, one in zip(("forward", "backward"), pair, strict=True):
                found |= {f"{where}.{k}.{way}.{name}": getattr(one, name) for name in getattr(one, "_fields", ())}
    if state.pending is not None:
        numbers = [getattr(state.pending, field.name) for field in fields(state.pending) if field.name != "carried"]
        found["pending"] = np.array(numbers, np.float64)
    return found


def assert_same_bits(left: TrainState, right: TrainState) -> None:
    """Both states are the same, but for the seconds in their histories."""
    a, b = parts(left), parts(right)
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype == b[name].dtype, name
        assert a[name].shape == b[name].shape, name
        assert a[name].tobytes() == b[name].tobytes(), name
    assert left.config == right.config
    assert left.failure == right.failure


class Gate:
    """Work that waits until a test lets it through, one slice at a time; counts who is inside."""

    def __init__(self) -> None:
        self._passes = threading.Semaphore(0)
        self._lock = threading.Lock()
        self.orders: list[Order] = []
        self.inside = self.most = 0

    def __call__(self, order: Order) -> Done | Missing:
        with self._lock:
            self.orders.append(order)
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self._passes.acquire(timeout=PATIENCE), "nobody let the slice through"
        try:
            return slices.work(order)
        finally:
            with self._lock:
                self.inside -= 1

    def let(self, count: int = 1) -> None:
        """So many slices may go."""
        self._passes.release(count)


def dies_once(note: Path, order: Order) -> Done | Missing:
    """Killed in the middle of a slice, the first time a state has come as far as step 9."""
    if order.state.step >= 9 and order.steps and not note.exists():
        note.write_text(str(os.getpid()))
        slices.work(replace(order, steps=min(2, order.steps), mark=-1))
        os.kill(os.getpid(), signal.SIGKILL)
    return slices.work(order)


def poison(seed: int, order: Order) -> Done | Missing:
    """Kills every worker that computes a run with this seed beyond its start."""
    if order.state.config.seed == seed and order.state.step >= 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return slices.work(order)


def slow(seconds: float, order: Order) -> Done | Missing:
    """A slice that takes a little longer."""
    time.sleep(seconds)
    return slices.work(order)


def cut(order: Order) -> Done | Missing:
    """A slice that ends behind its first update, or its first batch of a validation."""
    return slices.work(replace(order, seconds=0.0))


def alone(folder: Path, order: Order) -> Done | Missing:
    """Fails if the same run is computed somewhere else at this moment."""
    mark = folder / f"busy{order.state.config.seed}"
    mark.touch(exist_ok=False)
    try:
        return slices.work(order)
    finally:
        mark.unlink()
