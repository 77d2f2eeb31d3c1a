"""Published results beside ours: trained once, interrupted and continued."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lstm_core import reproductions
from lstm_core.reproductions import Reproduction
from lstm_runs import cli, cli_reproduce


@pytest.fixture(autouse=True)
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, and nothing in other processes."""
    for name, value in {"DATA": str(tmp_path / "data"), "EXECUTOR": "inline", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"GATESCOPE_{name}", value)
    monkeypatch.chdir(tmp_path)


QUICK = Reproduction(
    name="quick",
    title="Adding, 4 steps",
    problem="adding",
    lag=4,
    changes={"hidden": 3, "batch": 4, "steps": 12},
    seeds=(0, 1, 2),
    side="below",
    bound=1e9,
    wanted=2,
    published="",
    where="nobody",
    note="far too short",
)


def results(monkeypatch: pytest.MonkeyPatch, *found: Reproduction) -> list[tuple[str, int]]:
    """Only these results; what was trained."""
    trained: list[tuple[str, int]] = []
    real = reproductions.run

    def run(wanted: Reproduction, seed: int, *more: Any, **named: Any) -> reproductions.Outcome:
        trained.append((wanted.name, seed))
        return real(wanted, seed, *more, **named)

    monkeypatch.setattr(reproductions, "REPRODUCTIONS", {wanted.name: wanted for wanted in found})
    monkeypatch.setattr(reproductions, "run", run)
    return trained


def test_published_results_stand_beside_ours_and_are_trained_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    never = replace(
        QUICK, name="never", title="Never", bound=1e-9, published="0.001", changes={"hidden": 4, "steps": 3}
    )
    trained = results(monkeypatch, QUICK, never)
    assert cli.main(["reproduce", "quick", "--quick"]) == 0
    assert trained == [("quick", 0)]
    assert "1 of 1 below 1e+09  yes" in capsys.readouterr().out
    assert cli.main(["reproduce", "--json", "table.json"]) == 1
    assert sorted(trained[1:]) == [("never", 0), ("never", 1), ("never", 2), ("quick", 1), ("quick", 2)]
    told = capsys.readouterr().out
    assert [line.split("  ")[-1].strip() for line in told.splitlines()[1:6]] == ["yes", "no", "–", "–", "–"]
    assert "Adding, 4 steps: nobody; far too short" in told
    lines = json.loads(Path("table.json").read_text(encoding="utf-8"))
    assert lines[0]["values"] == [reproductions.run(QUICK, seed).value for seed in QUICK.seeds]
    assert [line["name"] for line in lines[2:]] == ["share-0", "share-1", "share-3"]
    assert lines[2]["values"][0] < 0.05 < lines[4]["values"][0]
    del trained[:]
    assert cli.main(["reproduce", "never"]) == 1
    assert not trained
    changed = results(monkeypatch, replace(QUICK, changes={**QUICK.changes, "rate": 0.01}))
    assert cli.main(["reproduce", "quick"]) == 0
    assert sorted(changed) == [("quick", 0), ("quick", 1), ("quick", 2)], "a figure of other settings was taken"


def test_an_interrupted_reproduction_keeps_the_seeds_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = results(monkeypatch, QUICK)
    with monkeypatch.context() as patched:
        real = cli_reproduce.train

        def train(wanted: Reproduction, seed: int, digits: Any) -> dict[str, float]:
            if seed == 1:
                raise KeyboardInterrupt
            return real(wanted, seed, digits)

        patched.setattr(cli_reproduce, "train", train)
        assert cli.main(["reproduce", "quick"]) == 130
    assert trained == [("quick", 0)]
    assert cli.main(["reproduce", "quick"]) == 0
    assert trained == [("quick", 0), ("quick", 1), ("quick", 2)]


def test_a_result_of_fewer_seeds_has_to_hold_in_as_many_as_may_not_be_missing() -> None:
    known = {cli_reproduce.Job(QUICK, seed).key: {"value": value} for seed, value in enumerate((2.0, 0.5, 3.0))}
    wanted = replace(QUICK, bound=1.0)
    assert cli_reproduce.line(wanted, [cli_reproduce.Job(wanted, seed) for seed in range(3)], known).holds is False
    assert cli_reproduce.line(wanted, [cli_reproduce.Job(wanted, 1)], known).holds is True
    found = cli_reproduce.line(wanted, [cli_reproduce.Job(wanted, 0)], known)
    assert (found.holds, found.ours, found.claim) == (False, "2", "0 of 1 below 1")
    assert cli_reproduce.line(wanted, [cli_reproduce.Job(wanted, 7)], known).holds is None
