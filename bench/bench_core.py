"""How fast is a NumPy LSTM that records everything? Forward + backward, float32, against PyTorch on the CPU.

    python bench/bench_core.py                     # all cases, one thread and two
    python bench/bench_core.py --threads 1 --case 50x16x16x32 --seconds 5
    python bench/bench_core.py --json > result.json

needs what bench/requirements.txt lists. Three comparisons, all in this one process, taking turns, medians:

(a) `torch.nn.LSTM`, which records no gate;            ratio = its time / ours
(b) a loop of PyTorch operations that records them;    ratio = its time / ours
(c) the floor: our matrix products and tanh alone;     share = its time / ours

The results of ours, (a) and (b) are compared before anything is timed.

The first line names the kernels that NumPy's BLAS has chosen. It may not know the processor: on one with AVX-512,
Haswell kernels take up to twice as long. OPENBLAS_CORETYPE=SkylakeX in the environment shows what was possible.
"""

import argparse
import gc
import json
import platform
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import threadpoolctl
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from contestants import Case, Contestant, Problem, Results, floor, make_problem, ours, torch_loop, torch_module

GRID = (
    Case(20, 1, 8, 8),
    Case(50, 1, 16, 32),
    Case(50, 16, 16, 32),
    Case(50, 32, 32, 64),
    Case(100, 32, 64, 128),
    Case(100, 64, 128, 256),
)
TOLERANCE = 1e-5  # of the largest entry of each array
GOAL_MODULE, GOAL_MODULE_WORST, GOAL_LOOP = 1.3, 0.9, 5.0  # on one thread
TURN = 0.02  # seconds each contestant works before it is the next one's turn


def largest_difference(ours: Results, theirs: Results) -> tuple[float, str]:
    """The largest difference in any result, relative to that array's largest entry, and where it is."""
    pairs = [pair for pair in zip(ours, theirs, Results._fields, strict=True) if pair[1] is not None]
    found = [(float(np.abs(a - b).max() / np.abs(b).max()), name) for a, b, name in pairs]
    return max(found, key=lambda pair: (np.isnan(pair[0]), pair[0]))


def results_of(contestant: Contestant) -> Results:
    return contestant.results(contestant.run())


def check_agreement(problem: Problem) -> float:
    """The largest difference between ours and both rivals, from zeros and from a random first state; or SystemExit."""
    rng = np.random.default_rng(2)
    shape = (problem.case.batch, problem.case.hidden)
    state = rng.standard_normal(shape, dtype=np.float32), rng.standard_normal(shape, dtype=np.float32)
    worst = 0.0
    for initial in (None, state):
        mine = results_of(ours(problem, initial))
        for rival in (torch_module, torch_loop):
            difference, name = largest_difference(mine, results_of(rival(problem, initial)))
            if not difference <= TOLERANCE:  # so that NaN fails too
                where = f"from {'zeros' if initial is None else 'a random first state'}"
                sys.exit(f"{problem.case} {where}: {name} differs from {rival.__name__} by {difference:.1e}")
            worst = max(worst, difference)
    return worst


def take_turns(
    contestants: dict[str, Callable[[], object]],
    seconds: float,
    turn: float = TURN,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, list[float]]:
    """Time the contestants in turns for about `seconds` in all; every call's time by the clock, in seconds.

    A turn is several calls where they are short, so that each contestant works with warm caches; and it is short, so
    that a busy neighbour on the machine disturbs all alike. Each round begins with another contestant.
    """

    def clocked(run: Callable[[], object]) -> float:
        start = clock()
        run()
        return clock() - start

    calls = {name: max(1, round(turn / min(clocked(run) for _ in range(3)))) for name, run in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    rounds, end = 0, perf_counter() + seconds
    gc.collect()
    gc.disable()
    try:
        while rounds < 12 or perf_counter() < end:
            for name in names[rounds % len(names) :] + names[: rounds % len(names)]:
                times[name] += [clocked(contestants[name]) for _ in range(calls[name])]
            rounds += 1
    finally:
        gc.enable()
    return times


def measure(case: Case, threads: int, seconds: float, turn: float = TURN) -> dict[str, object]:
    """One row of the table: medians in milliseconds, ratios, share of the floor."""
    torch.set_num_threads(threads)
    with threadpoolctl.threadpool_limits(threads, user_api="blas"):
        problem = make_problem(case)
        difference = check_agreement(problem)
        contestants = {
            "ours": ours(problem).run,
            "module": torch_module(problem).run,
            "loop": torch_loop(problem).run,
            "floor": floor(problem),
        }
        times = take_turns(contestants, seconds, turn)
    ms = {name: 1e3 * statistics.median(record) for name, record in times.items()}
    return {
        "case": list(case),
        "threads": threads,
        "ms": ms,
        "against_module": ms["module"] / ms["ours"],
        "against_loop": ms["loop"] / ms["ours"],
        "floor_share": ms["floor"] / ms["ours"],
        "difference": difference,
        "calls": len(times["ours"]),
    }


def verdict(rows: list[dict]) -> list[dict[str, object]]:
    """The goals, which hold on one thread, and whether these rows meet them."""
    module, loop = ([row[key] for row in rows] for key in ("against_module", "against_loop"))
    figures = (
        ("(a) nn.LSTM, geometric mean", statistics.geometric_mean(module), GOAL_MODULE),
        ("(a) nn.LSTM, worst case", min(module), GOAL_MODULE_WORST),
        ("(b) recording loop, geometric mean", statistics.geometric_mean(loop), GOAL_LOOP),
    )
    return [{"goal": name, "got": got, "wanted": wanted, "met": got >= wanted} for name, got, wanted in figures]


def machine() -> dict[str, str]:
    """Versions, and the kernels that NumPy's BLAS has chosen."""
    found = {"NumPy": np.__version__, "PyTorch": torch.__version__, "Python": platform.python_version()}
    blas = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return found | {pool["internal_api"]: f"{pool['version']} ({pool.get('architecture')} kernels)" for pool in blas}


HEAD = "time x batch x features x hidden     ours  nn.LSTM     loop    floor     (a)    (b)    (c)  calls"


def line(row: dict) -> str:
    ms = "".join(f"{row['ms'][name]:9.3f}" for name in ("ours", "module", "loop", "floor"))
    ratios = f"{row['against_module']:8.2f}{row['against_loop']:7.1f}{row['floor_share']:7.0%}"
    return f"{Case(*row['case'])!s:<33}{ms}{ratios}{row['calls']:7d}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark of lstm_core.lstm against PyTorch.")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="report these (default: 1 2)")
    parser.add_argument("--case", nargs="+", default=[], help="only these, as 50x16x16x32")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to time each case (default: 4)")
    parser.add_argument("--turn", type=float, default=TURN, help=f"seconds a turn lasts at least (default: {TURN})")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    options = parser.parse_args()
    cases = [Case(*map(int, text.split("x"))) for text in options.case] or list(GRID)

    def show(text: str = "") -> None:
        if not options.json:
            print(text, flush=True)

    show(", ".join(map(" ".join, machine().items())) + "; times are medians in ms")
    report: dict[str, object] = {"machine": machine(), "rows": []}
    for threads in options.threads:
        show(f"\n{threads} thread{'s' if threads > 1 else ''}\n{HEAD}")
        rows = []
        for case in cases:
            rows.append(measure(case, threads, options.seconds, options.turn))
            show(line(rows[-1]))
        report["rows"] += rows
        goals = verdict(rows)
        show(f"{'geometric mean':<69}{goals[0]['got']:8.2f}{goals[2]['got']:7.1f}")
        if threads == 1 and len(rows) == len(GRID):
            report["goals"] = goals
            for goal in goals:
                show(f"{'PASS' if goal['met'] else 'FAIL'}  {goal['goal']}: {goal['got']:.2f}, goal {goal['wanted']}")
    if options.json:
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
