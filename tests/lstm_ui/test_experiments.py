"""What is typed into the form of a sweep, and what its pictures are made of."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import corpus, tasks
from lstm_runs import grids
from lstm_runs.grids import Between, Sweep
from lstm_runs.sweeps import Curve, Row
from lstm_ui import stored_sweeps, task_trials
from lstm_ui.experiments import files, look, parsing, pictures
from lstm_ui.experiments.look import Results
from lstm_ui.experiments.presets import PRESETS

READ = {
    "3": (3,),
    "3,4;5  6": (3, 4, 5, 6),
    "3, 3, 4": (3, 4),
    "3.0": (3,),
    "1e1": (10,),
    "3 to 30": Between(3, 30, "log"),
    "3-30": Between(3, 30, "log"),
    "3 – 30 linear": Between(3, 30, "linear"),
    "": None,
    " , ": None,
}
SIGNED = {"-3 -1": (-3.0, -1.0), "-3 to -1": Between(-3.0, -1.0, "linear"), "-3 - 1": Between(-3.0, 1.0, "linear")}
REFUSED = ("three", "3.5", "3 4 x", "1,000", "nan", "inf", "0x10", "3 to", "\u0663", "3" * 400)


@pytest.mark.parametrize(("typed", "found"), READ.items())
def test_whole_numbers_are_read_however_they_are_separated(typed: str, found: Any) -> None:
    assert parsing.numbers("hidden", typed) == found


@pytest.mark.parametrize(("typed", "found"), SIGNED.items())
def test_a_minus_is_a_sign_or_a_range_by_the_blanks_around_it(typed: str, found: Any) -> None:
    assert parsing.numbers("forget_bias", typed) == found


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_whole_number_is_named_with_the_setting(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^hidden: expected"):
        parsing.numbers("hidden", typed)


def draw(rng: np.random.Generator) -> Sweep:
    """A sweep as nobody would think of it."""
    over: dict[str, Any] = {"cell": ("lstm", "rnn"), "lag": tuple(range(3, 3 + int(rng.integers(2, 5))))}
    random = bool(rng.integers(2))
    if random:
        over |= {"rate": Between(1e-05, 0.3, "log"), "forget_bias": Between(-2.5, 3.0)}
    base = {"hidden": int(rng.integers(1, 9)), "clip": float(rng.random()), "optimizer": "sgd", "bidirectional": True}
    seeds = tuple(rng.permutation(5)[: int(rng.integers(1, 5))].tolist())
    drawn: dict[str, Any] = {"mode": "random", "count": 7, "draw": 3} if random else {}
    return Sweep("first", None, base, over, seeds, title='a "b" \\ <c>\x7f\n', **drawn)


def test_a_sweep_is_the_same_after_a_file_and_after_the_form() -> None:
    rng = np.random.default_rng(5)
    for sweep in (*(draw(rng) for _ in range(30)), *(preset.sweep for preset in PRESETS.values())):
        assert grids.read_toml(files.to_toml(sweep).encode()) == sweep
        form = parsing.form_of(sweep)
        assert parsing.sweep_of(sweep.data, form, sweep.title) == sweep


def test_every_setting_of_a_training_has_a_field() -> None:
    left_out = {"data", "task", "every_step"}
    assert set(parsing.FIELDS) == set(grids.SETTINGS) - left_out


def test_a_setting_that_a_plain_rnn_does_not_have_is_left_out_for_it() -> None:
    form = {"cell": ["lstm", "rnn"], "chrono": "9", "seeds": "1", "mode": "grid"}
    plans = grids.expand(parsing.sweep_of("first", form))
    assert {plan.config.cell: plan.config.chrono for plan in plans} == {"rnn": 0, "lstm": 9}


def results(task: str = "order", **changes: Any) -> Results:
    """Runs of two cells at three lags with two seeds, whose loss tells where it stands."""
    rows = [
        Row(k, "", {"cell": cell, "lag": lag, "forget_bias": 1.0 if cell == "lstm" else None, "seed": seed},
            "finished", "", 9, 9, loss=lag + seed, best_loss=1.0, score=0.5, best_score=0.5, seconds=1.0)
        for k, (cell, lag, seed) in enumerate(
            [(cell, lag, seed) for cell in ("rnn", "lstm") for lag in (100, 20, 30) for seed in (0, 4)], start=1
        )
    ]  # fmt: skip
    curves = {row.number: Curve([0, 5, 9], [3.0, None, float(row.number)], [0.1, 0.2, 0.3]) for row in rows}
    sweep = Sweep(task, None, {}, {"cell": ("rnn", "lstm"), "lag": (100, 20, 30)}, seeds=(0, 4))
    return Results("a", "", sweep, rows, curves)._replace(**changes)


def test_a_band_holds_the_seeds_of_each_place_in_the_order_of_the_axis() -> None:
    found = look.bands(results(), "lag", "cell", "loss")
    assert list(found) == ["RNN", "LSTM"]
    assert_allclose(found["RNN"].x, [20, 30, 100])
    assert_allclose(found["RNN"].middle, [22, 32, 102])
    assert_allclose(found["RNN"].high, [24, 34, 104])


def test_a_curve_has_the_name_of_its_setting_where_the_value_alone_says_too_little() -> None:
    assert list(look.bands(results(), "lag", "forget_bias", "loss")) == ["forget bias –", "forget bias 1"]
    gates = {"rnn": None, "lstm": "none"}
    rows = [row._replace(settings=row.settings | {"forget": gates[row.settings["cell"]]}) for row in results().rows]
    assert list(look.bands(results(rows=rows), "lag", "forget", "loss")) == ["forget gate –", "forget gate none"]


def test_runs_that_have_not_finished_are_in_no_picture() -> None:
    rows = [row._replace(status="running") if row.number in (3, 4) else row for row in results().rows]
    found = look.bands(results(rows=rows), "lag", "cell", "loss")
    assert_allclose(found["RNN"].x, [30, 100])
    dots, _ = look.dots(results(rows=rows), "cell", "", "loss")
    assert len(dots["All runs"].x) == len(rows) - 2


def test_a_curve_with_a_hole_is_drawn_through_it_and_not_beyond_its_end() -> None:
    short = results().curves | {1: Curve([0, 5], [3.0, 0.5], [0.1, 0.2])}
    found = look.curves(results(curves=short), "cell", "loss")
    assert_allclose(found["RNN"].x, [0, 5, 9])
    assert found["RNN"].high[-1] == 6.0  # the runs 2 to 6 are there
    assert found["RNN"].low[-1] == 2.0
    assert found["RNN"].low[1] == 0.5


def test_lines_of_chance_are_those_of_the_task_at_each_lag() -> None:
    found = look.references(results("copy"), "loss", [20, 100])
    assert_allclose(found["without memory"], [tasks.memoryless_loss("copy", lag) for lag in (20, 100)])
    found = look.references(results("copy"), "score", [20])
    assert_allclose(found["chance"], [tasks.chance("copy", 20)])
    assert_allclose(found["without memory"], [tasks.memoryless("copy", 20)])
    found = look.references(results("counting"), "score", [10, 20])
    assert_allclose(found["without memory"], [tasks.memoryless("counting", lag) for lag in (10, 20)])
    assert look.references(results("copy"), "seconds", [20]) == {}
    assert set(look.references(results("adding"), "loss", [20])) == {"chance"}


def test_what_differs_within_a_band_is_told_and_what_only_some_have_is_not() -> None:
    found = results()
    assert look.settings(found.rows) == ["cell", "lag"]
    assert look.mixed(found, "lag", "cell") == []
    assert look.mixed(found, "cell", "") == ["lag"]
    assert look.most_alike(found, "lag", "cell") == 2
    some = [row._replace(status="failed") if row.number % 2 else row for row in found.rows]
    assert look.most_alike(results(rows=some), "lag", "cell") == 1


def test_a_picture_begins_with_colours_that_mix_nothing_where_there_are_such() -> None:
    assert look.usual(results()) == ("lag", "cell")
    found = stored_sweeps.open("forget-bias")  # the GRU has no forget bias, the LSTM three
    stored = Results("", "", found.sweep, found.rows, found.curves, here=False)
    assert look.usual(stored) == ("lag", "forget_bias")
    assert look.mixed(stored, "lag", "cell") == ["forget_bias"]


def test_why_there_is_no_picture_is_said_as_it_is() -> None:
    rows, said = results().rows, look.nothing
    assert said(results(), "loss", curves=False) == said(results(), "loss", curves=True) == ""
    assert "filter" in said(results(rows=[]), "loss", curves=False)
    failed = results(rows=[row._replace(status="failed") for row in rows])
    assert "has finished" in said(failed, "loss", curves=False)
    assert said(failed, "loss", curves=True) == ""  # how they went until they failed
    untimed = results(rows=[row._replace(seconds=None) for row in rows])
    assert "this measure" in said(untimed, "seconds", curves=False)
    begun = results(rows=[rows[0]._replace(status="running"), rows[1]._replace(status="failed")], curves={})
    assert "comes with the first run" in said(begun, "loss", curves=False)
    assert "comes with the first run" in said(begun, "loss", curves=True)


def test_a_single_place_has_a_line_of_chance_that_can_be_seen() -> None:
    one = [row for row in results().rows if row.settings["lag"] == 20]
    rows = [row._replace(settings={**row.settings, "rate": 0.0}) for row in one]
    for x in ("lag", "rate"):
        fig, _ = pictures._along(results(rows=rows), "score", x, "cell", "light")
        (line,) = (trace for trace in fig.data if trace.name == "chance")
        assert line.x[0] < rows[0].settings[x] < line.x[-1]
        assert_allclose(line.y, tasks.chance("order", 20))


def test_a_line_that_the_picture_cuts_off_is_told() -> None:
    rows = [row._replace(loss=20.0 + row.number) for row in results().rows]
    _, words = pictures._along(results("adding", rows=rows), "loss", "lag", "cell", "light")
    assert words.endswith(f"Outside the picture: chance, {tasks.chance('adding', 20):.3g}.")
    near = results(rows=[row._replace(score=0.25) for row in results().rows])
    assert "Outside" not in pictures._along(near, "score", "lag", "cell", "light")[1]


@pytest.mark.parametrize("score", [0.6, 1.0])
def test_chance_is_in_every_picture_of_right_answers(score: float) -> None:
    rows = [row._replace(score=1.0 if row.number % 2 else score) for row in results().rows]
    curves = {row.number: Curve([0, 9], [1.0, 1.0], [score, 1.0]) for row in rows}
    high = results(rows=rows, curves=curves)
    for make in (pictures._along, pictures._curves):
        fig, words = make(high, "score", "lag", "cell", "light")
        assert "chance" in {line.name for line in fig.data} and "Outside" not in words
        assert fig.layout.yaxis.range[0] < tasks.chance("order", 20) < 1 < fig.layout.yaxis.range[1]


def test_a_title_names_what_differs() -> None:
    over = {"cell": ("lstm", "rnn"), "chrono": (60,), "rate": Between(0.1, 1.0)}
    sweep = Sweep("first", 20, over=over, mode="random", count=3)
    assert parsing.changing(sweep) == ["cell", "rate"]


def test_a_measure_that_the_data_do_not_have_is_not_offered() -> None:
    assert "score" not in look.measures(results("adding"))
    untimed = results(rows=[row._replace(seconds=None) for row in results().rows])
    assert "seconds" in look.measures(untimed)  # it comes
    assert "seconds" not in look.measures(untimed._replace(here=False))
    assert next(iter(look.measures(results("order")))) == "score"
    assert next(iter(look.measures(results("prose_en.txt")))) == "loss"


def test_trials_are_those_of_the_test_part_by_seed_and_number() -> None:
    source = tasks.source("order", 40)
    config = tasks.config("order", seed=8)
    drawn = corpus.prepare(source, config).test.draw(3, 1)  # type: ignore[union-attr]
    found = task_trials.trial(source, 8, 3)
    symbols = tasks.PROBLEMS["order"].symbols
    assert found.text == "".join(symbols[k] for k in drawn.x[:, 0])
    assert found.answer == tasks.PROBLEMS["order"].labels[int(drawn.targets[0])]
    assert found != task_trials.trial(source, 9, 3)
    assert task_trials.trial(source, 8, 10**9) == task_trials.trial(source, 8, task_trials.MOST)


def test_the_answer_of_an_adding_trial_is_the_sum_of_what_is_marked() -> None:
    found = task_trials.trial(tasks.source("adding", 20), 1, 2)
    rows = [line.split() for line in found.text.splitlines()]
    assert len(rows) == 20
    assert sum(float(value) for value, mark in rows if mark == "1") == pytest.approx(float(found.answer), abs=2e-3)
    assert all(re.fullmatch(r"-?[\d.e-]+", value) for value, _ in rows)
