"""Does any test notice when the core is wrong? Plants one fault at a time and demands that each is caught.

    python tools/mutants.py              # all of them, two at a time; `make mutants` does the same
    python tools/mutants.py clamp lstm   # only those whose name contains one of the words

Each fault is a piece of source text and what replaces it. It is planted in a copy of the package in a temporary
directory, and the fast tests of the core run against that copy. A fault is caught when a test fails; that a mutant
cannot even be imported or that pytest cannot start does not count. Text that is not found exactly once is an error, so
a fault cannot quietly become no fault when the source changes. Before anything else the unchanged copy has to pass.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mutants_flow import FAULTS as IN_THE_WAY_BACK
from mutants_list import FAULTS as IN_CELLS
from mutants_models import FAULTS as IN_MODELS
from mutants_tasks import FAULTS as IN_TASKS

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
# Two rounds, the second only for what the first lets pass: it is large, and collecting its tests alone takes a second.
# The property tests and the bad input are left out, for time.
ROUNDS = (
    ("test_torch_reference.py",),
    (
        "test_cells.py",
        "test_cells_clamps.py",
        "test_cells_flow.py",
        "test_cells_isolation.py",
        "test_cells_sizes.py",
        "test_stack.py",
    ),
)
MODEL_ROUNDS = (
    ("test_models_torch.py", "test_heads.py", "test_optim.py", "test_initial.py", "test_history.py"),
    ("test_models.py", "test_sampling.py", "test_training.py", "test_training_stability.py"),
)
BACK_ROUNDS = (
    ("test_locals.py", "test_objectives.py", "test_paths.py", "test_stepper.py"),
    ("test_truncation.py", "test_attribution.py", "test_spectra.py", "test_flow_torch.py"),
)
TASK_ROUNDS = (("test_tasks.py", "test_tasks_reber.py", "test_trials.py", "test_first_values.py"),)
ALL_ROUNDS = ((IN_CELLS, ROUNDS), (IN_MODELS, MODEL_ROUNDS), (IN_THE_WAY_BACK, BACK_ROUNDS), (IN_TASKS, TASK_ROUNDS))
FIRST = {  # where a fault of these files is most likely to be seen
    "heads.py": "test_heads.py",
    "optim.py": "test_optim.py",
    "initial.py": "test_initial.py",
    "history.py": "test_history.py",
    "sampling.py": "test_sampling.py",
    "training.py": "test_training_stability.py",
    "_updates.py": "test_training_stability.py",
}
# Faults of these files are looked for in the cases of that cell alone, for time again.
ONLY = {"gru.py": "gru", "rnn.py": "rnn", "stack.py": "stack or tower or layers"}


class Mutant(NamedTuple):
    """One fault: what it is in words, where it goes, which text it replaces by which."""

    name: str
    file: str
    old: str
    new: str


class Outcome(NamedTuple):
    mutant: str
    verdict: str  # "caught", "MISSED" or "BROKEN"
    by: str  # the first test that failed, or what went wrong
    seconds: float


MUTANTS = [
    Mutant(f"{file}: {name}", file, old, new)
    for each, _ in ALL_ROUNDS
    for file, faults in each.items()
    for name, old, new in faults
]


def with_fault(mutant: Mutant, package: Path) -> str:
    """The file with the fault in it; an error where the text is not there exactly once."""
    source = (package / mutant.file).read_text(encoding="utf-8")
    found = source.count(mutant.old)
    if found != 1:
        raise ValueError(
            f"{mutant.name}: expected its text once in {mutant.file}, got {found} times; bring it up to date"
        )
    return source.replace(mutant.old, mutant.new)


def wrong_in(mutant: Mutant) -> str:
    """What is wrong with the fault itself: "" or a message."""
    try:
        with_fault(mutant, ROOT / "lstm_core")
    except ValueError as error:
        return str(error)
    return ""


def copy_of_the_project(where: Path) -> Path:
    """The package and its tests, without the rest of the repository; the package can then be changed."""
    ignore = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(ROOT / "lstm_core", where / "lstm_core", ignore=ignore)
    (where / "tests").mkdir()
    for name in (
        "cases.py",
        "checks.py",
        "corpora.py",
        "small_models.py",
        "textbook.py",
        "towers.py",
        "trainings.py",
        "drawn.py",
    ):
        shutil.copy(ROOT / "tests" / name, where / "tests" / name)
    for name in ("lstm_core", "data"):
        shutil.copytree(ROOT / "tests" / name, where / "tests" / name, ignore=ignore)
    return where / "lstm_core"


def run_tests(where: Path, names: tuple[str, ...], only: str) -> subprocess.CompletedProcess[str]:
    """pytest on the copy, one thread, up to the first failure; no settings of the repository."""
    (where / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    tests = [f"tests/lstm_core/{name}" for name in names]
    quiet = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, "-k", only, *tests],
        cwd=where,
        env={**os.environ, **one_thread, "PYTHONPATH": str(where), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )


def try_out(mutant: Mutant | None) -> Outcome:
    """Plant one fault (or none) in a fresh copy and run the tests."""
    started = time.perf_counter()
    name, only = ("none", "") if mutant is None else (mutant.name, ONLY.get(mutant.file, ""))
    first = () if mutant is None or mutant.file not in FIRST else ((FIRST[mutant.file],),)
    tests = (rounds for faults, rounds in ALL_ROUNDS if mutant is None or mutant.file in faults)
    rounds = (*first, *(names for each in tests for names in each))
    with tempfile.TemporaryDirectory(prefix="mutant_") as folder:
        where = Path(folder)
        package = copy_of_the_project(where)
        if mutant is not None:
            (package / mutant.file).write_text(with_fault(mutant, package), encoding="utf-8")
        for names in rounds:
            done = run_tests(where, names, only)
            if done.returncode != 0:
                break
    seconds = time.perf_counter() - started
    failed = re.search(r"^FAILED \S*?(\w+\.py::\S+)", done.stdout, flags=re.MULTILINE)
    if done.returncode == 0:
        return Outcome(name, "MISSED", "every test passed", seconds)
    if done.returncode == 1 and failed is not None:
        return Outcome(name, "caught", failed.group(1), seconds)
    return Outcome(name, "BROKEN", (done.stdout + done.stderr).strip()[-300:], seconds)


def main(words: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    started = time.perf_counter()
    if outdated := [text for mutant in MUTANTS if (text := wrong_in(mutant))]:  # before any time is spent
        print("\n".join(outdated))
        return 2
    sound = try_out(None)
    if sound.verdict != "MISSED":
        print(f"the unchanged core fails its tests, so nothing can be said: {sound.by}")
        return 2
    print(f"the unchanged core passes its tests ({sound.seconds:.0f} s); now {len(chosen)} faults, one at a time")
    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = []
        for outcome in pool.map(try_out, chosen):
            outcomes.append(outcome)
            print(f"{outcome.verdict:7} {outcome.seconds:5.1f} s  {outcome.mutant:70} {outcome.by[:90]}", flush=True)
    missed = [outcome.mutant for outcome in outcomes if outcome.verdict != "caught"]
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} caught in {time.perf_counter() - started:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
