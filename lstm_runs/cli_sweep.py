"""python -m lstm_runs sweep FILE.toml"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from loky import cpu_count  # type: ignore[import-untyped]

from lstm_core.sources import Source
from lstm_runs import cli_data, cli_output, grids, tables
from lstm_runs._sweep_rows import MEASURES, Row
from lstm_runs.cli_progress import Progress, runs_of, span
from lstm_runs.grids import Between, Plan, Sweep, Value
from lstm_runs.limits import Limits
from lstm_runs.service import Service
from lstm_runs.sweeps import SweepView

_LOOK = 0.25  # seconds between two looks
_NEARLY = 0.99  # the most that is told before the end: 100 % stands there once, with nothing left
_SHOWN = 8  # groups whose names are still read at a glance are twice as many; failures that are told


def work(chosen: Namespace) -> bool:
    """Train what a file says, or what is left of it; whether no run failed."""
    if chosen.measure not in ("", *MEASURES):
        options = ", ".join(MEASURES)
        raise ValueError(f"--measure: expected one of {options}, got {chosen.measure[:40]!r}; choose one of them")
    for option, place in _files(chosen):
        cli_output.check(option, place)
    sweep, sources = read(chosen.file)
    plans, limits = grids.expand(sweep, sources), shell_limits(chosen.workers)
    told = grids.seconds(plans, lambda plan: grids.source(plan, sources), limits.workers)
    left_out = sweep.size - len(plans)
    same = f" ({left_out:,} that come to the same are left out)" if left_out else ""
    _say(f"{runs_of(len(plans))}{same}, about {span(told)} with {limits.workers} at a time")
    if chosen.plan:
        print("\n".join(f"{plan.number}  {plan.name}" for plan in plans))
        return True
    service = Service(limits)
    try:
        ident = begun(service, sweep, sources, told)
        watch(service, ident)
        rows = service.sweeps.rows(ident)
        try:
            good = report(plans, rows, chosen.measure)
        finally:  # whoever was to read the table may have gone: | head -1
            _write(chosen, service, ident, rows)
    finally:
        service.close()
    return good


def read(path: Path) -> tuple[Sweep, dict[str, Source]]:
    """A sweep and its data; a file's name is looked for beside the TOML file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"file: expected one that can be read, got {str(path)!r} ({error.strerror})") from None
    sweep = grids.read_toml(content)
    varied = sweep.over.get("data", ())
    names = {sweep.data, *(name for name in ([] if isinstance(varied, Between) else varied) if isinstance(name, str))}
    net = sweep.base.get("task", "")
    return sweep, cli_data.sources(sorted(names), path.parent, net if isinstance(net, str) else "")


def shell_limits(workers: int | None) -> Limits:
    """What a command may use: all cores, unless the environment or an option says something else."""
    limits = Limits.from_environment()
    if workers is not None and workers < 1:
        raise ValueError(f"--workers: expected at least 1, got {workers}; give a larger number")
    return replace(limits, workers=workers or max(limits.workers, cpu_count()), adopts=False)


def report(plans: Sequence[Plan], rows: Sequence[Row], measure: str) -> bool:
    """Print means over the seeds, and what failed."""
    measure = measure or ("loss" if all(plan.config.task == "regressor" for plan in plans) else "score")
    by = [name for name in plans[0].settings if name != "seed"]
    lines = [
        [
            *map(_shown, found.settings.values()),
            *map(tables.figure, (found.mean, found.spread, found.least, found.most)),
            str(found.runs),
        ]
        for found in tables.group(rows, by, measure)
    ]
    print(tables.aligned([*by, f"mean {measure}", "spread", "least", "most", "runs"], lines))
    failed = [row for row in rows if row.status != "finished"]
    for row in failed[:_SHOWN]:
        _say(f"{row.status}: {row.name}: {row.reason}")
    if len(failed) > _SHOWN:
        _say(f"... and {len(failed) - _SHOWN:,} more that did not finish")
    return not failed


def begun(service: Service, sweep: Sweep, sources: dict[str, Source], told: float) -> str:
    """The id of the sweep, at work or finished."""
    ident = service.sweeps.find(sweep, sources)
    if ident is None:
        return service.sweeps.start(sweep, sources, estimate=told).id
    view = service.sweeps.view(ident)
    have = "has" if view.runs == 1 else "have"
    _say(f"known already: {view.ended:,} of {runs_of(view.runs)} {have} ended")
    if view.status != "finished":
        service.sweeps.command(ident, "resume")
    return ident


def watch(service: Service, ident: str) -> None:
    """Wait for the end; an interrupted sweep, or one of which nobody reads, is stopped, if it is ours."""
    progress = Progress(sys.stderr)
    try:
        while (view := service.sweeps.view(ident)).status != "finished":
            if view.status == "stopped":
                raise ValueError("sweep: expected it to go on, got one that somebody stopped; give the command again")
            progress.show(min(view.share, _NEARLY), _words(view))
            time.sleep(_LOOK)
        progress.show(1.0, _words(view))
        progress.end()
    except (KeyboardInterrupt, BrokenPipeError):
        progress.end()
        if service.sweeps.holds(ident):
            _stop(service, ident)
        raise


def _stop(service: Service, ident: str) -> None:
    with contextlib.suppress(ValueError):  # it came to its end in this very moment
        service.sweeps.command(ident, "stop")
    until = time.monotonic() + 10
    while service.sweeps.view(ident).status == "stopping" and time.monotonic() < until:
        time.sleep(0.05)


def _words(view: SweepView) -> str:
    failed = f", {view.failed} failed" if view.failed else ""
    left = f", {span(view.seconds_left)} left" if view.status == "running" else ""
    return f"{view.ended:,} of {runs_of(view.runs)}{failed}{left}"


def _files(chosen: Namespace) -> list[tuple[str, Path | None]]:
    return [("--csv", chosen.csv), ("--json", chosen.json)]


def _write(chosen: Namespace, service: Service, ident: str, rows: Sequence[Row]) -> None:
    cli_output.write("--csv", chosen.csv, tables.to_csv(rows))
    if chosen.json is not None:
        sweep = json.loads(service.sweeps.sweep(ident).to_bytes())
        cli_output.write("--json", chosen.json, tables.to_json(rows, sweep, service.sweeps.curves(ident)))


def _shown(value: Value | None) -> str:
    return tables.figure(value) if value is None or isinstance(value, float) else str(value)


def _say(words: str) -> None:
    print(words, file=sys.stderr)
