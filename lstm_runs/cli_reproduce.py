"""python -m lstm_runs reproduce: published results beside ours, each seed in a process of its own.

What a seed came to is written down as soon as it is there, so whoever interrupts this loses one seed a core.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lstm_core import paths, reproductions, tasks
from lstm_core.config import TrainConfig
from lstm_core.reproductions import Reproduction
from lstm_core.sources import Source
from lstm_runs import cli_data, cli_output, tables
from lstm_runs._sweep_cost import cost
from lstm_runs.cli_progress import Progress
from lstm_runs.cli_sweep import shell_limits
from lstm_runs.executors import Crew, one_blas_thread
from lstm_runs.limits import Limits

_FILE = "reproductions.json"
_LOOK = 0.5  # seconds between two looks
_BIASES = (0.0, 1.0, 3.0)
_SHARE = "share of dL/dc along the forget gates"


class Job(NamedTuple):
    """A seed of a result."""

    wanted: Reproduction
    seed: int

    @property
    def key(self) -> str:
        """Tells it from the same with other settings, whose figure would be another."""
        settings = [self.wanted.problem, self.wanted.lag, self.wanted.early, self.wanted.config(self.seed).as_dict()]
        told = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
        return f"{self.wanted.name}/{self.seed}/{told}"

    # What the time is estimated from; see `_sweep_cost.Planned`.
    @property
    def data(self) -> str:
        return self.wanted.problem

    @property
    def lag(self) -> int:
        return self.wanted.lag

    @property
    def config(self) -> TrainConfig:
        return self.wanted.config(self.seed)


class Line(NamedTuple):
    """A result in the table. `holds` is None where nothing is claimed, or where seeds are missing."""

    name: str
    title: str
    published: str
    where: str
    ours: str
    claim: str
    holds: bool | None
    values: list[float]
    seeds: list[int]
    note: str


def work(chosen: Namespace) -> bool:
    """Train what is missing, print the table; whether all results hold."""
    cli_output.check("--json", chosen.json)
    wanted, limits = _named(chosen.names), shell_limits(chosen.workers)
    jobs = [Job(result, seed) for result in wanted for seed in result.seeds[: 1 if chosen.quick else None]]
    limits.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = limits.folder / _FILE
    known = {} if chosen.fresh else _known(place)
    digits = cli_data.digits() if any(tasks.find(job.data).draw is None for job in jobs) else None
    failures = _train([job for job in jobs if job.key not in known], jobs, known, place, limits, digits)
    lines = [line(result, [job for job in jobs if job.wanted is result], known) for result in wanted]
    if not chosen.names:
        lines += shares()
    try:
        print(table(lines))
    finally:  # whoever was to read the table may have gone: | head -1
        plain = [found._asdict() for found in lines]
        cli_output.write("--json", chosen.json, json.dumps(plain, indent=1, ensure_ascii=False))
    for words in failures:
        print(f"failed: {words}", file=sys.stderr)
    return not failures and all(found.holds is not False for found in lines)


def line(wanted: Reproduction, jobs: Sequence[Job], known: Mapping[str, Mapping[str, Any]]) -> Line:
    """A result as it came out."""
    done = [job for job in jobs if job.key in known]
    values = [float(known[job.key]["value"]) for job in done]
    kept = sum(map(wanted.kept, values))
    # Of fewer seeds than the claim is about all have to keep the bound that would be missed with one less.
    missing = len(wanted.seeds) - len(jobs)
    holds = None if len(done) < len(jobs) else kept >= max(1, wanted.wanted - missing)
    ours = "–"
    if values:
        ours = tables.figure(statistics.median(values))
        if len(values) > 1:
            ours += f" ({tables.figure(min(values))} to {tables.figure(max(values))})"
    claim = f"{kept} of {len(done)} {wanted.side} {wanted.bound:g}"
    seeds = [job.seed for job in done]
    return Line(
        wanted.name, wanted.title, wanted.published, wanted.where, ours, claim, holds, values, seeds, wanted.note
    )


def shares() -> list[Line]:
    """What the product of forget gates is of the whole gradient of untrained LSTMs; nobody has published that."""
    found = paths.shares_of_random_nets(_BIASES)
    lines = []
    for bias in _BIASES:
        ratio, part = float(np.median(found[bias].ratio)), float(np.median(found[bias].projection))
        ours = f"{tables.figure(ratio)} of its norm, projected {tables.figure(part)}"
        note = "medians of 200 random nets: 8 units, 20 steps, weights N(0, 1/8), inputs N(0, 1), loss v . h at the end"
        title = f"{_SHARE}, forget bias {bias:g}"
        lines.append(Line(f"share-{bias:g}", title, "", "", ours, "", None, [ratio, part], [0], note))
    return lines


def table(lines: Sequence[Line]) -> str:
    """All results under each other, and what is to be said of them."""
    verdicts = {True: "yes", False: "no", None: "–"}
    rows = [
        [found.title, found.published or "none known", found.ours, found.claim or "–", verdicts[found.holds]]
        for found in lines
    ]
    notes = [f"{found.title}: {words}" for found in lines if (words := "; ".join(filter(None, found[3:4] + found[9:])))]
    return "\n".join([tables.aligned(["result", "published", "ours", "seeds", "holds"], rows), "", *notes])


def train(wanted: Reproduction, seed: int, digits: Source | None) -> dict[str, float]:
    """One seed, in whatever process this is."""
    began = time.perf_counter()
    with one_blas_thread():
        found = reproductions.run(wanted, seed, digits=digits)
    return {**found._asdict(), "seconds": time.perf_counter() - began}


def _train(
    missing: Sequence[Job],
    jobs: Sequence[Job],
    known: dict[str, dict[str, float]],
    place: Path,
    limits: Limits,
    digits: Source | None,
) -> list[str]:
    """Train what is missing, the longest first; what failed, in words."""
    failures: list[str] = []
    progress, costs = Progress(sys.stderr), {job.key: cost(job) for job in jobs}
    whole, ahead = sum(costs.values()), iter(sorted(missing, key=lambda job: -costs[job.key]))
    crew = Crew(limits.executor, limits.workers, limits.worker_mb)
    try:
        for job, future in _computed(crew, ahead, digits):
            try:
                known[job.key] = future.result()
                _write(place, known)
            except (ValueError, BrokenExecutor, MemoryError) as error:
                failures.append(f"{job.wanted.name}, seed {job.seed}: {error or type(error).__name__}")
            done = [other for other in jobs if other.key in known]
            progress.show(sum(costs[other.key] for other in done) / whole, f"{len(done)} of {len(jobs)} seeds")
    except BaseException:  # Ctrl+C: what is under way is lost, and nothing else
        crew.close(kill=True)
        raise
    finally:
        progress.end()
    crew.close()
    return failures


def _computed(
    crew: Crew, ahead: Iterator[Job], digits: Source | None
) -> Iterator[tuple[Job, Future[dict[str, float]]]]:
    """Jobs as they are done; never more than there are workers under way."""
    flying: dict[Future[dict[str, float]], Job] = {}
    while True:
        while len(flying) < crew.size and (job := next(ahead, None)) is not None:
            needed = digits if tasks.find(job.data).draw is None else None
            flying[crew.submit(train, job.wanted, job.seed, needed)] = job
        if not flying:
            return
        done, _ = wait(flying, _LOOK, FIRST_COMPLETED)
        for future in done:
            yield flying.pop(future), future


def _named(names: Sequence[str]) -> list[Reproduction]:
    known = reproductions.REPRODUCTIONS
    if strange := next((name for name in names if name not in known), None):
        raise ValueError(f"name: expected one of {', '.join(known)}, got {strange[:40]!r}; choose one of them")
    return [known[name] for name in (names or known)]


def _known(place: Path) -> dict[str, dict[str, float]]:
    try:
        found: dict[str, dict[str, float]] = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise ValueError(f"results: expected what was written before, got {str(place)!r}; add --fresh") from None
    return found


def _write(place: Path, known: Mapping[str, Mapping[str, float]]) -> None:
    """All of it or nothing: a file that was half written would be the end of what is in it."""
    beside = place.with_suffix(".new")
    beside.write_text(json.dumps(known, indent=1), encoding="utf-8")
    beside.replace(place)
