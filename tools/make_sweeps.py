"""Compute the sweeps of sample_data/sweeps beforehand: from each NAME.toml its NAME.json.

    python tools/make_sweeps.py [NAME ...]         run them on all cores, one sweep after the other
    python tools/make_sweeps.py --check NAME       train a few of its runs again and compare every number

The same file comes out on the same kind of processor with the same NumPy build, but for what stands under "made".
Elsewhere trainings drift apart with the updates, so --check judges the first 200 of each run and prints the rest.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import as_completed
from datetime import UTC, datetime
from typing import Any

import numpy as np
from loky import cpu_count
from recipes import DATA

from lstm_core import corpus, training
from lstm_core.sources import Source
from lstm_runs import _sweep_rows, cli_sweep, grids, tables
from lstm_runs.cli_progress import Progress
from lstm_runs.executors import Crew, one_blas_thread
from lstm_runs.grids import Plan, Sweep
from lstm_runs.sweeps import Curve, Row

FOLDER = DATA / "sweeps"
DIGITS = 6  # significant ones of every number that is kept
JUDGED, TOLERANCE = 200, 1e-4  # updates; relative, besides the rounding
CHECKED = 3  # runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of files in sample_data/sweeps, without .toml; by default all")
    parser.add_argument("--check", action="store_true", help="train a few runs again and compare")
    chosen = parser.parse_args()
    names = chosen.names or sorted(path.stem for path in FOLDER.glob("*.toml"))
    bad = [name for name in names if not (check(name) if chosen.check else make(name))]
    if bad:
        raise SystemExit(f"not as it should be: {', '.join(bad)}")


def make(name: str) -> bool:
    """Run a sweep and write it down; False if a run has failed, and then nothing is written."""
    sweep, sources = cli_sweep.read(FOLDER / f"{name}.toml")
    began = time.perf_counter()
    rows, curves = computed(sweep, sources)
    if failed := [row for row in rows if row.status != "finished"]:
        print("\n".join(f"{row.name}: {row.status}: {row.reason}" for row in failed), file=sys.stderr)
        return False
    made = {
        "when": f"{datetime.now(UTC):%Y-%m-%d}",
        "seconds": round(time.perf_counter() - began),
        "processes": cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "processor": platform.machine(),
    }
    written = text(rows, sweep, curves, made)
    tables.from_json(written.encode())  # whoever reads it must be able to
    (FOLDER / f"{name}.json").write_text(written, encoding="utf-8")
    print(f"{name}: {len(rows)} runs, {made['seconds']} s, {len(written) / 1024:.0f} KB", flush=True)
    return True


def computed(sweep: Sweep, sources: dict[str, Source]) -> tuple[list[Row], dict[int, Curve]]:
    """The runs of a sweep in the processes that the service would use, each as a whole, the longest first."""
    plans = grids.expand(sweep, sources)
    crew, found = Crew("processes", cpu_count()), {}
    progress, costs = Progress(sys.stderr), {plan.number: grids.cost(plan) for plan in plans}
    ahead = sorted(plans, key=lambda plan: -costs[plan.number])
    try:
        flying = {crew.submit(trained, plan, grids.source(plan, sources)): plan.number for plan in ahead}
        for future in as_completed(flying):
            found[flying[future]] = future.result()
            share = sum(map(costs.__getitem__, found)) / sum(costs.values())
            progress.show(share, f"{len(found)} of {len(plans)} runs")
    finally:
        progress.end()
        crew.close(kill=True)
    numbers = sorted(found)
    return [found[number][0] for number in numbers], {number: found[number][1] for number in numbers}


def trained(plan: Plan, source: Source) -> tuple[Row, Curve]:
    """One run from its beginning to its end, in whatever process this is."""
    with one_blas_thread():
        data = corpus.prepare(source, plan.config)
        state = training.advance(training.start(plan.config, data), plan.config.steps, data)
    status, reason = ("finished", "") if state.failure is None else ("failed", state.failure.reason)
    row = _sweep_rows.planned(plan)._replace(status=status, reason=reason, step=state.step)
    return row._replace(**_sweep_rows.measured(state.history, plan)), _sweep_rows.curve(state.history, plan)


def text(rows: Sequence[Row], sweep: Sweep, curves: dict[int, Curve], made: dict[str, Any]) -> str:
    """As `tables.to_json`, but a line for each run, and without what is another one every time."""
    same = [row._replace(run="", seconds=None) for row in rows]
    plain = rounded(json.loads(tables.to_json(same, json.loads(sweep.to_bytes()), curves, made)))

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    runs = ",\n".join(map(line, plain["runs"]))
    return f'{{"sweep":{line(plain["sweep"])},\n"made":{line(plain["made"])},\n"runs":[\n{runs}\n]}}\n'


def rounded(value: Any) -> Any:
    """Everything with numbers of so many digits as are kept."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def check(name: str) -> bool:
    """Train a few runs with the first seed once more and hold their validations against those in the file."""
    sweep, sources = cli_sweep.read(FOLDER / f"{name}.toml")
    stored = tables.from_json((FOLDER / f"{name}.json").read_bytes())
    if stored.sweep != sweep:
        print(f"{name}: the TOML file has been changed since; make it anew", file=sys.stderr)
        return False
    plans = [plan for plan in grids.expand(sweep, sources) if plan.config.seed == sweep.seeds[0]]
    picked = sorted({k * (len(plans) - 1) // max(1, CHECKED - 1) for k in range(CHECKED)})
    agreeing = [_agrees(plans[k], sources, stored.curves[plans[k].number]) for k in picked]
    return all(agreeing)


def _agrees(plan: Plan, sources: dict[str, Source], kept: Curve) -> bool:
    found = trained(plan, grids.source(plan, sources))[1]
    judged = sum(step <= JUDGED for step in kept.step)
    good = found.step == kept.step and all(
        off(ours[:judged], theirs[:judged]) <= TOLERANCE for ours, theirs in zip(found[1:], kept[1:], strict=True)
    )
    last = off(found.loss, kept.loss)
    words = "as stored" if good else "NOT as stored"
    print(f"{plan.name}: {words} up to update {JUDGED}; largest difference of a loss at any time {last:.1g}")
    return good


def off(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float:
    """The largest relative difference, what rounding explains left out; infinite where one has no number."""
    worst = 0.0
    for mine, other in zip(ours, theirs, strict=True):
        if (mine is None) != (other is None):
            return float("inf")
        if mine is not None and other is not None:
            scale = max(abs(mine), abs(other), 1e-3)
            worst = max(worst, abs(mine - other) / scale - 10.0 ** (1 - DIGITS))
    return worst


if __name__ == "__main__":
    main()
