"""Trainings from a shell: what they print, how they end, and that they go on where they were."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from lstm_runs import _sweep_driver, cli, cli_sweep, model_files, tables
from lstm_runs._sweep_rows import Row
from lstm_runs.cli_progress import Progress
from lstm_runs.service import Service
from tests.training_runs import TEXT, slow

ROOT = Path(__file__).parents[2]
FILE = """
title = "cells"
data = "first"
lag = 4
seeds = 2
[settings]
hidden = 3
steps = 24
batch = 2
validate_every = 7
validation_tokens = 60
[over]
cell = ["lstm", "rnn"]
forget_bias = [0, 1.5]
"""


@pytest.fixture(autouse=True)
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, and nothing in other processes."""
    for name, value in {"DATA": str(tmp_path / "data"), "EXECUTOR": "inline", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"GATESCOPE_{name}", value)
    monkeypatch.setattr(_sweep_driver, "_LOOK", 0.01)
    monkeypatch.setattr(cli_sweep, "_LOOK", 0.01)
    monkeypatch.chdir(tmp_path)


def written(content: str = FILE) -> str:
    """The name of a file with this sweep."""
    Path("sweep.toml").write_text(content, encoding="utf-8")
    return "sweep.toml"


def stored() -> list[dict[str, str]]:
    """The runs of the newest sweep as its CSV has them, without what a clock decides."""
    rows = csv.DictReader(Path("rows.csv").read_text(encoding="utf-8").splitlines())
    return [{name: value for name, value in row.items() if name not in ("seconds", "run")} for row in rows]


def test_a_sweep_prints_means_over_seeds_and_writes_its_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sweep", written(), "--csv", "rows.csv", "--json", "rows.json", "--measure", "best_loss"]) == 0
    told = capsys.readouterr()
    rows = stored()
    assert [(row["cell"], row["forget_bias"], row["seed"]) for row in rows] == [
        ("lstm", "0", "0"),
        ("lstm", "0", "1"),
        ("lstm", "1.5", "0"),
        ("lstm", "1.5", "1"),
        ("rnn", "", "0"),
        ("rnn", "", "1"),
    ]
    header, *lines = told.out.splitlines()
    assert header.split() == ["cell", "forget_bias", "mean", "best_loss", "spread", "least", "most", "runs"]
    mean = sum(float(row["best_loss"]) for row in rows[4:]) / 2
    assert lines[0].split()[:2] == ["lstm", "0"]
    assert lines[2].split()[:3] == ["rnn", "–", f"{mean:.4g}"]
    assert "6 runs (2 that come to the same are left out), about " in told.err
    assert [line for line in told.err.splitlines() if line.startswith("100 %")] == ["100 %  6 of 6 runs"]
    assert "\r" not in told.err
    plain = json.loads(Path("rows.json").read_text(encoding="utf-8"))
    assert plain["sweep"]["title"] == "cells"
    assert [len(run["curve"]["loss"]) for run in plain["runs"]] == [5] * 6
    assert plain["runs"][5]["curve"]["loss"][-1] == float(rows[5]["loss"])


def interrupted(_progress: Progress, share: float, _words: str) -> None:
    """Ctrl+C as soon as anything is done."""
    if share > 0:
        raise KeyboardInterrupt


def test_an_interrupted_sweep_goes_on_where_it_was_with_the_same_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = written(FILE.replace("steps = 24", "steps = 50").replace(", 1.5", ""))
    assert cli.main(["sweep", name, "--csv", "rows.csv"]) == 0
    expected, begun = stored(), cli_sweep.grids.expand(cli_sweep.read(Path(name))[0])
    assert len(begun) == 4
    monkeypatch.setenv("GATESCOPE_DATA", str(tmp_path / "another"))
    with monkeypatch.context() as patched:
        patched.setattr(cli_sweep.Progress, "show", interrupted)
        patched.setattr(cli_sweep, "Service", partial(Service, work=partial(slow, 0.03)))
        assert cli.main(["sweep", name]) == 130
    capsys.readouterr()
    assert cli.main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "stopped" in listed.splitlines()[1]
    assert "paused" in listed
    assert cli.main(["sweep", name, "--csv", "rows.csv"]) == 0
    assert "known already: " in capsys.readouterr().err
    assert stored() == expected
    assert cli.main(["list"]) == 0
    assert capsys.readouterr().out.count("50 of 50") == 4, "a run was begun twice"


def unread(_progress: Progress, share: float, _words: str) -> None:
    """Whoever read standard error goes away as soon as anything is done."""
    if share > 0:
        raise BrokenPipeError


def test_a_sweep_of_which_nobody_reads_is_stopped_without_a_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(cli_sweep.Progress, "show", unread)
        patched.setattr(cli_sweep, "Service", partial(Service, work=partial(slow, 0.03)))
        assert cli.main(["sweep", written()]) == 141
    told = capsys.readouterr()
    assert not told.out and "error" not in told.err
    assert cli.main(["list"]) == 0
    assert "stopped" in capsys.readouterr().out.splitlines()[1]


def test_the_plan_of_a_sweep_is_told_without_training_anything(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sweep", written(), "--plan"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "6  cell=rnn, seed=1"
    assert not Path("data").exists()
    assert cli.main(["sweep", written('data = "adding"'), "--plan"]) == 0
    assert capsys.readouterr().err.startswith("1 run, about ")


def test_a_sweep_over_a_file_finds_it_beside_the_toml_file_and_goes_on_by_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "mine.txt").write_text(TEXT.text, encoding="utf-8")
    small = 'data = "mine.txt"\n[settings]\nhidden = 3\nwindow = 8\nbatch = 2\nsteps = 3\nvalidation_tokens = 60\n'
    (tmp_path / "inner" / "sweep.toml").write_text(small, encoding="utf-8")
    for text, known in ((TEXT.text, 0), (TEXT.text, 1), (TEXT.text + "More.", 0)):
        (tmp_path / "inner" / "mine.txt").write_text(text, encoding="utf-8")
        assert cli.main(["sweep", "inner/sweep.toml"]) == 0
        assert capsys.readouterr().err.count("known already") == known


def test_a_run_that_fails_is_named_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    wild = 'optimizer = "sgd"\nactivation = "relu"\nclip = 0\n[over]\ncell = ["rnn"]\nrate = [0.01, 1e6]'
    assert cli.main(["sweep", written(FILE.split("[over]")[0] + wild)]) == 1
    told = capsys.readouterr()
    assert told.err.count("failed: cell=rnn, rate=1000000.0, seed=") == 2
    assert told.out.splitlines()[1].split()[-1] == "2"


def test_one_net_is_trained_and_written_and_found_again(capsys: pytest.CaptureFixture[str]) -> None:
    small = [word for name in ("hidden=3", "steps=9", "batch=2", "seed=5") for word in ("--set", name)]
    command = ["train", "adding", "--lag", "6", *small, "--title", "mine", "--model", "net.safetensors"]
    assert cli.main(command) == 0
    words = capsys.readouterr()
    assert "100 %  1 of 1 run" in words.err and "1 runs" not in words.err
    told = dict(line.split(maxsplit=1) for line in words.out.splitlines())
    assert (told["status"], told["updates"]) == ("finished", "9")
    opened = model_files.open_model(Path("net.safetensors").read_bytes())
    assert (opened.config.hidden, opened.config.seed, opened.config.task) == (3, 5, "regressor")
    assert cli.main(command) == 0
    words = capsys.readouterr()
    assert "known already: 1 of 1 run has ended\n" in words.err
    assert dict(line.split(maxsplit=1) for line in words.out.splitlines())["run"] == told["run"]
    assert cli.main(["export", told["run"][:7]]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["step"] for row in rows] == ["0", "9"]
    assert f"{float(rows[-1]['loss']):.4g}" == told["loss"]
    assert cli.main(["export", told["run"], "--as", "model", "--output", "again.safetensors"]) == 0
    assert Path("again.safetensors").read_bytes() == Path("net.safetensors").read_bytes()
    assert cli.main(["export", told["run"], "--as", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert (plain["title"], plain["config"]["hidden"], plain["validated_step"]) == ("mine", 3, [0.0, 9.0])
    assert cli.main(["list", "--limit", "1"]) == 0
    sweep = capsys.readouterr().out.splitlines()[1].split()[0]
    assert cli.main(["export", sweep]) == 0
    assert capsys.readouterr().out.splitlines()[1].split(",")[2:5] == ["finished", "9", "9"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sweep", "none.toml"], "file: expected one that can be read, got 'none.toml' (No such file or directory)"),
        (["sweep", "FILE", "--measure", "speed"], "--measure: expected one of loss, best_loss, score, best_score"),
        (["sweep", "FILE", "--workers", "0"], "--workers: expected at least 1, got 0"),
        (["train", "none.txt"], "data: expected a file or one of first, copy, adding"),
        (["train", "first", "--lag", "9999"], "lag: expected 1 to 1,000"),
        (["train", "first", "--set", "hidden"], "--set: expected NAME=VALUE, got 'hidden'"),
        (["train", "first", "--set", "hiden=3"], "--set: expected settings out of variant, task"),
        (["train", "first", "--set", "lag=3"], "--set: expected a setting of the training, got 'lag'; write --lag"),
        (
            ["train", "first", "--set", "seed=-1"],
            "seed: expected a whole number from 0 to 9,007,199,254,740,991, got -1",
        ),
        (
            ["train", "first", "--model", "no/net"],
            "--model: expected a file that can be written, got 'no/net' (no folder",
        ),
        (["sweep", "FILE", "--csv", "no/rows"], "--csv: expected a file that can be written, got 'no/rows' (no folder"),
        (["sweep", "FILE", "--json", "."], "--json: expected a file that can be written, got '.' (a folder)"),
        (["sweep", "FILE", "--csv", "FILE/rows"], "--csv: expected a file that can be written, got 'FILE/rows'"),
        (["export", "nothing", "--output", "no/x"], "--output: expected a file that can be written, got 'no/x'"),
        (["reproduce", "--json", "no/x"], "--json: expected a file that can be written, got 'no/x'"),
        (
            ["train", "first", "--set", "seed=a"],
            "seed: expected a whole number from 0 to 9,007,199,254,740,991, got 'a'",
        ),
        (["export", "nothing"], "id: expected that of one sweep or run"),
        (["list", "--limit", "0"], "--limit: expected at least 1, got 0"),
        (["reproduce", "everything"], "name: expected one of reber"),
    ],
)
def test_what_cannot_be_done_is_said_on_standard_error_and_ends_with_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([written() if word == "FILE" else word for word in arguments]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ")
    assert words in told.err
    assert not told.out
    assert not words.startswith("--") or not Path("data").exists(), "something was begun"


def test_a_file_that_cannot_be_written_in_the_end_is_named_below_the_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_sweep.cli_output, "check", lambda _option, _path: None)  # it was well in the beginning
    assert cli.main(["sweep", written(), "--csv", "gone/rows.csv"]) == 2
    told = capsys.readouterr()
    assert told.out.splitlines()[0].split()[-1] == "runs"
    last = told.err.splitlines()[-1]
    assert last.startswith("error: --csv: expected a file that can be written, got 'gone/rows.csv' (No such file")
    assert last.endswith("; give the command again with another file")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_who_reads_only_the_beginning_is_told_of_no_error_and_the_files_are_written(unbuffered: str) -> None:
    """As `| head -1`: the reading end of the pipe is closed before anything is printed."""
    place = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "lstm_runs", "sweep", written(), "--csv", "rows.csv"]
    found = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=place, check=False)
    os.close(writing)
    assert found.returncode == 141
    assert found.stderr.splitlines()[-1].startswith("100 %")
    assert len(stored()) == 6


def test_the_command_runs_as_a_module() -> None:
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "lstm_runs", "list"]
    found = subprocess.run(command, capture_output=True, text=True, env=place, check=True)
    assert [line.split()[0] for line in found.stdout.splitlines() if line] == ["sweep", "run"]


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_is_written_again() -> None:
    stream = Terminal()
    progress = Progress(stream)
    for share, words in ((0.0, "a long text"), (0.5, "short"), (1.0, "done")):
        progress.show(share, words)
    progress.end()
    first, middle, last = stream.getvalue().split("\r")[1:]
    assert (middle.rstrip(), last.rstrip()) == (f"[{'#' * 15}{'.' * 15}]  50 %  short", f"[{'#' * 30}] 100 %  done")
    assert len(first) == len(middle), "what stood there before shines through"
    assert stream.getvalue().endswith("\n")


def test_tables_group_by_settings_with_mean_and_spread() -> None:
    values = {(10, 0): 1.0, (10, 1): 4.0, (50, 0): 2.0, (50, 1): None}
    rows = [
        Row(k, "", {"cell": "gru", "lag": lag, "seed": seed}, "finished" if value else "running", "", 3, 3, loss=value)
        for k, ((lag, seed), value) in enumerate(values.items())
    ]
    rows.append(rows[0]._replace(status="running", loss=77.0))
    first, second = tables.group(rows, ["lag"])
    assert first == ({"lag": 10}, 2, 2.5, pytest.approx(4.5**0.5), 2.5, 1.0, 4.0)
    assert second == ({"lag": 50}, 1, 2.0, None, 2.0, 2.0, 2.0)
    assert len(tables.group(rows, ["seed"])) == 2
    assert not tables.group(rows, ["lag"], "score")
    with pytest.raises(ValueError, match="measure: expected one of loss, best_loss"):
        tables.group(rows, ["lag"], "speed")
    with pytest.raises(ValueError, match=r"by: expected settings that vary \(cell, lag, seed\), got 'hidden'"):
        tables.group(rows, ["hidden"])


def test_no_cell_of_a_csv_is_a_formula() -> None:
    row = Row(1, "", {"data": "=1+1", "rate": -2.5, "seed": 0}, "failed", "-ab", 0, 3, reason='@x, "y"')
    found = list(csv.reader(io.StringIO(tables.to_csv([row]))))[1]
    assert found[1:4] == ["'=1+1", "-2.5", "0"]
    assert found[-2:] == ["'-ab", '\'@x, "y"']
