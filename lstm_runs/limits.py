"""What one server may use: where it keeps its runs, how long, how many at a time, in how many processes.

| variable | default | what it is |
| --- | --- | --- |
| GATESCOPE_DATA | the user's data folder | folder of the run store |
| GATESCOPE_DATABASE_URL | an SQLite file in that folder | another database, as SQLAlchemy writes it |
| GATESCOPE_EXECUTOR | processes | processes, thread or inline |
| GATESCOPE_WORKERS | processors less one | worker processes |
| GATESCOPE_WORKER_MB | 4096 | address space of a worker; 0: no limit |
| GATESCOPE_KEEP_DAYS | 30 | a run that nobody touched for so long is cleared |
| GATESCOPE_KEEP_MB | 2000 | the oldest runs are cleared when all together are larger |
| GATESCOPE_MOST_RUNS | 128 | runs that train at the same time on this server |
| GATESCOPE_MOST_RUNS_EACH | 16 | the same, of one owner |
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from loky import cpu_count  # type: ignore[import-untyped]

SWEEP, OF_A_SWEEP = "sweep ", 8  # how the owner of a sweep's runs begins; checkpoints that each of them keeps

Kind = Literal["processes", "thread", "inline"]


@dataclass(frozen=True, slots=True)
class Limits:
    """See the table above; `checkpoints` are kept a run, fewer where they are large.

    `adopts`: whether runs of servers that are gone are taken over unasked. A command in a shell does its own work only.

    Raises
    ------
    ValueError
        A number that is negative or not finite, an unknown executor.

    Examples
    --------
    >>> Limits(keep_days=-1)
    Traceback (most recent call last):
    ValueError: GATESCOPE_KEEP_DAYS: expected a number of at least 0, got -1; correct the variable
    """

    folder: Path = field(default_factory=lambda: data_folder(os.environ))
    database: str = ""
    executor: Kind = "processes"
    workers: int = field(default_factory=lambda: max(1, cpu_count() - 1))  # those that this process may use
    worker_mb: float = 4096
    keep_days: float = 30
    keep_mb: float = 2_000
    most_runs: int = 128  # a class of thirty with a race of four each fits
    most_runs_each: int = 16
    checkpoints: int = 60
    adopts: bool = True

    def __post_init__(self) -> None:
        for name, least in (("worker_mb", 0), ("keep_days", 0), ("keep_mb", 0)):
            _check(name, getattr(self, name), least)
        for name, least in (("workers", 1), ("most_runs", 1), ("most_runs_each", 1), ("checkpoints", 2)):
            _check(name, getattr(self, name), least)
        if self.executor not in get_args(Kind):
            options = ", ".join(get_args(Kind))
            raise ValueError(
                f"GATESCOPE_EXECUTOR: expected one of {options}, got {self.executor!r}; correct the variable"
            )

    def of(self, owner: str) -> Limits:
        """What a run of this owner may use: the runs of a sweep are many, and each keeps fewer checkpoints."""
        return replace(self, checkpoints=min(self.checkpoints, OF_A_SWEEP)) if owner.startswith(SWEEP) else self

    @property
    def url(self) -> str:
        """Where the run store is, as SQLAlchemy writes it."""
        return self.database or f"sqlite:///{(self.folder / 'runs.sqlite').absolute()}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """The limits that the environment asks for, and the defaults for the rest.

        Raises
        ------
        ValueError
            A variable that cannot be read; the message names it.
        """
        usual = cls(folder=data_folder(environment))

        def number(name: str) -> float:
            text = environment.get(_variable(name), "")
            try:
                return float(text) if text.strip() else float(getattr(usual, name))
            except ValueError:
                raise ValueError(
                    f"{_variable(name)}: expected a number, got {text[:40]!r}; correct the variable"
                ) from None

        def whole(name: str) -> int:
            found = number(name)
            _check(name, found, 1)
            return int(found)

        return cls(
            folder=usual.folder,
            database=environment.get("GATESCOPE_DATABASE_URL", ""),
            executor=environment.get("GATESCOPE_EXECUTOR", usual.executor),  # type: ignore[arg-type]  # checked above
            workers=whole("workers"),
            worker_mb=number("worker_mb"),
            keep_days=number("keep_days"),
            keep_mb=number("keep_mb"),
            most_runs=whole("most_runs"),
            most_runs_each=whole("most_runs_each"),
        )


def data_folder(environment: Mapping[str, str]) -> Path:
    """GATESCOPE_DATA, or the place where programs of this system keep a user's data.

    Examples
    --------
    >>> data_folder({"GATESCOPE_DATA": "here"}).name
    'here'
    """
    if chosen := environment.get("GATESCOPE_DATA"):
        return Path(chosen)
    if sys.platform == "win32":
        parent = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Application Support"
    else:
        parent = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return parent / "gatescope"


def _variable(name: str) -> str:
    return f"GATESCOPE_{name.upper()}"


def _check(name: str, value: float, least: int) -> None:
    if not (math.isfinite(value) and value >= least):
        raise ValueError(
            f"{_variable(name)}: expected a number of at least {least}, got {value:g}; correct the variable"
        )
