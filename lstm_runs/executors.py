"""Where slices are computed: at once, in a thread, or in worker processes; always with BLAS at one thread.

Matrix products differ in the last bit with the number of threads, so the same bits in every executor need one thread in
all of them. The processes are loky's: those of the standard library would run app.py again in every child.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from loky import ProcessPoolExecutor  # type: ignore[import-untyped]
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from lstm_runs.limits import Kind

P = ParamSpec("P")
T = TypeVar("T")

_IDLE = 300  # seconds after which a worker without work ends
_LOOK = 0.5  # seconds between two looks at the parent
_ENVIRONMENT = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
# Where psutil is installed, loky takes a worker that has grown by 300 MB for a leak. Ours keeps data that it needs.
_ENVIRONMENT["LOKY_MAX_MEMORY_LEAK_SIZE"] = "1e12"


class Inline(Executor):
    """Computes at once, in the thread that asks."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """A future that is done already."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Crew:
    """An executor that is built anew when a worker of it has died.

    Parameters
    ----------
    kind : {"processes", "thread", "inline"}
    workers : int
        Processes; the other kinds have one thread.
    worker_mb : float
        Address space of a process; 0 for no limit.
    """

    def __init__(self, kind: Kind, workers: int = 1, worker_mb: float = 0) -> None:
        self.kind: Kind = kind
        self.size = workers if kind == "processes" else 1
        self._worker_mb = worker_mb
        self._executor: Executor | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As `Executor.submit`; an executor that is broken is replaced first."""
        for _ in range(2):
            try:
                return self._made().submit(fn, *args, **kwargs)
            except BrokenExecutor:
                self.renew()
        return self._made().submit(fn, *args, **kwargs)

    def renew(self) -> None:
        """Throw the executor away; the next slice gets a new one."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False)

    def close(self, *, kill: bool = False) -> None:
        """End all workers, after what they are at; or at once, and that is lost."""
        executor, self._executor = self._executor, None
        if isinstance(executor, ProcessPoolExecutor):
            executor.shutdown(wait=True, kill_workers=kill)
        elif executor is not None:
            executor.shutdown(wait=not kill)

    def _made(self) -> Executor:
        if self._executor is None:
            self._executor = self._make()
        return self._executor

    def _make(self) -> Executor:
        if self.kind == "inline":
            return Inline()
        if self.kind == "thread":
            return ThreadPoolExecutor(1, thread_name_prefix="slices")
        # A pool of our own, not loky's shared one: another library's request for that would resize or end ours.
        made: Executor = ProcessPoolExecutor(
            max_workers=self.size,
            timeout=_IDLE,
            initializer=enlist,
            initargs=(os.getpid(), self._worker_mb),
            env=_ENVIRONMENT,
        )
        return made


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries: once a process, NumPy's is loaded by now


class _OneThread:
    """Counts who is inside: the number of BLAS threads belongs to the process, and slices may overlap in time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limit: contextlib.AbstractContextManager[object] | None = None

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._limit is None:
                self._limit = _controller().limit(limits=1, user_api="blas")
                self._limit.__enter__()

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._limit is not None:
                self._limit.__exit__(None, None, None)
                self._limit = None


_one_thread = _OneThread()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Holds BLAS to one thread in this process for as long as anybody is inside."""
    _one_thread.enter()
    try:
        yield
    finally:
        _one_thread.leave()


def enlist(parent: int, worker_mb: float) -> None:
    """Make this process a worker: one BLAS thread, last in the queue for the processor, and gone with its parent."""
    _one_thread.enter()  # never left
    with contextlib.suppress(ValueError):  # not in the main thread
        # Ctrl+C in a shell reaches every process; the server ends what it began, and the workers with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):  # Windows knows no nice
        os.nice(10)
    if worker_mb:
        _limit_memory(int(worker_mb * 2**20))
    if os.name == "posix":
        threading.Thread(target=_watch, args=(parent,), name="watch-parent", daemon=True).start()


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    with contextlib.suppress(OSError, ValueError):  # some systems know the limit and refuse to set it
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _watch(parent: int) -> None:
    """End this process when its parent is gone: a server that is killed cannot tell its workers."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)
