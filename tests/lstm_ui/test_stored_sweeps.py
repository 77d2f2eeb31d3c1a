"""The sweeps that were computed beforehand: whole, small, as their TOML files say, and what is read out of them."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import tasks
from lstm_plots import bands
from lstm_runs import grids
from lstm_ui import stored_sweeps, stored_view
from lstm_ui.vanishing import far_values, honest_values
from lstm_ui.vanishing.far_values import VIEWS, Fall
from tests.checks import check_refused

NAMES = stored_sweeps.NAMES


def median(name: str, measure: str = "score", **settings: Any) -> float:
    """Over the seeds, counted here once more."""
    rows = [row for row in stored_sweeps.open(name).rows if settings.items() <= row.settings.items()]
    assert len(rows) == len(stored_sweeps.open(name).sweep.seeds)
    return statistics.median(getattr(row, measure) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_sweep_is_what_its_file_asks_for(name: str) -> None:
    found = stored_sweeps.open(name)
    asked = grids.read_toml((stored_sweeps.FOLDER / f"{name}.toml").read_bytes())
    assert found.sweep.to_bytes() == asked.to_bytes().replace(b"../texts/", b"")
    plans = grids.expand(found.sweep, stored_sweeps.sources(name))
    assert [(row.number, row.name, row.settings) for row in found.rows] == [plan[:3] for plan in plans]
    assert {row.status for row in found.rows} == {"finished"} and not any(row.run for row in found.rows)
    assert found.curves.keys() == {plan.number for plan in plans}


@pytest.mark.parametrize("name", NAMES)
def test_its_curves_are_small_and_end_in_the_values_of_its_table(name: str) -> None:
    found = stored_sweeps.open(name)
    for row in found.rows:
        curve = found.curves[row.number]
        assert 2 <= len(curve.step) <= 64 and curve.step[-1] == row.step == row.steps
        assert (curve.loss[-1], curve.score[-1]) == (row.loss, row.score)
    assert (stored_sweeps.FOLDER / f"{name}.json").stat().st_size < 150_000


def test_every_file_in_the_folder_has_a_name_and_words() -> None:
    files = {path.stem for path in stored_sweeps.FOLDER.glob("*.*")}
    assert files == set(NAMES)
    for name in NAMES:
        found = stored_sweeps.open(name)
        assert found.title and found.about and found.when().startswith("Computed beforehand: ")
        assert f"{len(found.rows)} runs, {len(found.sweep.seeds)} seeds each" in found.when()
        assert f"Seeds: 0 to {len(found.sweep.seeds) - 1}." in stored_view.settings(found)
        assert f"({found.made['processes']} core{'s' * (found.made['processes'] != 1)}, NumPy" in found.when()
    check_refused(lambda: stored_sweeps.open("../digits/digits"), "stored", "first-lag")


def test_a_stored_sweep_can_be_started_again_with_the_same_seeds() -> None:
    assert stored_sweeps.sources("first-lag") == {}
    (digits,) = stored_sweeps.sources("digits-cells").values()
    assert len(digits.items) == 1_797 and digits.name == tasks.PROBLEMS["digits"].title
    (name,) = sources = stored_sweeps.sources("prose-early")
    assert name == stored_sweeps.open("prose-early").sweep.data == "prose_en.txt"
    assert grids.source(grids.expand(stored_sweeps.open("prose-early").sweep, sources)[0], sources).kind == "text"


def test_every_task_has_a_picture_and_every_lag_its_sweep() -> None:
    shown = {far_values.picture(name).problem.name: far_values.picture(name) for name in VIEWS}
    assert set(shown) == set(tasks.PROBLEMS)
    assert all(found.by_lag == (found.problem.lags is not None) for found in shown.values())


@pytest.mark.parametrize("name", VIEWS)
def test_bands_are_the_medians_and_extremes_of_the_rows(name: str) -> None:
    found = far_values.picture(name)
    measure = found.problem.measure
    for title, (sweep, fixed) in found.view.names.items():
        band, rows = found.bands[title], stored_sweeps.open(sweep).rows
        chosen = [row for row in rows if fixed.items() <= row.settings.items()]
        if found.by_lag:
            assert set(band.x) == {row.settings["lag"] for row in chosen}
            wanted = median(sweep, measure, **fixed, lag=int(band.x[-1]))
            values = [getattr(row, measure) for row in chosen if row.settings["lag"] == band.x[0]]
            assert (band.low[0], band.high[0]) == (min(values), max(values))
        else:
            wanted = statistics.median(getattr(row, measure) for row in chosen)
        assert band.middle[-1] == pytest.approx(wanted)


def test_a_cell_falls_to_chance_where_its_median_has_come_less_than_a_tenth_of_the_way() -> None:
    first, adding = tasks.PROBLEMS["first"], tasks.PROBLEMS["adding"]  # limits: 0.25 + 0.074, 0.667 - 0.066
    scores = bands.over([2, 9, 30], [[1.0, 0.33, 0.9], [0.4, 0.33, 0.1], [0.9, 0.9, 0.32]])
    assert far_values.fall(scores, first) == Fall(30, 9, 30)
    assert far_values.fall(bands.over([2, 9], [[0.3, 1.0]]), first) == Fall(2, None, 9)
    assert far_values.fall(bands.over([2, 9], [[0.9, 1.0]]), first) == Fall(None, 9, 9)
    assert far_values.fall(bands.over([5, 10, 20], [[0.01, 0.60, 0.61]]), adding) == Fall(20, 10, 20)
    assert far_values.fall(bands.over([5], [[float("nan")]]), first) == Fall(5, None, 5)
    counting = tasks.PROBLEMS["counting"]  # a guess is right in 1 of n, so each lag has a limit of its own
    assert far_values.fall(bands.over([5, 40], [[0.27, 0.13]]), counting) == Fall(5, None, 40)
    assert far_values.fall(bands.over([5, 40], [[0.29, 0.13]]), counting) == Fall(None, 40, 40)
    copy = tasks.PROBLEMS["copy"]
    assert far_values.way(1 / 8, copy, 30) == 0 and far_values.way(1 / 9, copy, 30) < 0 < far_values.way(0.2, copy, 30)


def test_lines_for_a_guess_and_for_no_memory_are_one_where_they_are_the_same() -> None:
    first, copy = (far_values.references(tasks.PROBLEMS[name], [3.0, 30.0], True) for name in ("first", "copy"))
    assert first == {"A guess, without memory": ([3.0, 30.0], [0.25, 0.25]), "Solved": ([3.0, 30.0], [0.99, 0.99])}
    assert copy["A guess"][1] == [1 / 9, 1 / 9] and copy["Without memory"][1] == [1 / 8, 1 / 8]


def test_the_table_has_a_line_for_every_place_of_every_curve() -> None:
    found = far_values.picture("first")
    lines = far_values.table(found)
    assert len(lines) == sum(len(band.x) for band in found.bands.values())
    assert lines[0] == {"series": "RNN", "lag": 2, "median": 1.0, "low": 1.0, "high": 1.0, "seeds": 5}
    text = stored_view.csv(lines)
    assert text.splitlines()[0] == "series,lag,median,low,high,seeds" and len(text.splitlines()) == len(lines) + 1


def test_each_net_on_prose_has_the_rate_that_suits_it_and_the_tables_are_those_of_the_same_text() -> None:
    found, small = honest_values.prose(), stored_sweeps.open("prose-early")
    for title, cell in (("RNN", "rnn"), ("GRU", "gru"), ("LSTM", "lstm")):
        rates = {rate: median("prose-early", "best_loss", cell=cell, rate=rate) for rate in small.sweep.over["rate"]}
        assert rates[found.rates[title]] == min(rates.values())
        last = median("prose-early", "loss", cell=cell, rate=found.rates[title])
        assert found.bands[title].middle[-1] == pytest.approx(last)
    assert 1 < found.tables["5-gram table"] < found.tables["Unigram table"] < 3.2


def test_where_bands_touch_and_how_long_one_is_ahead_is_counted() -> None:
    low, high = bands.over([1, 5, 9], [[3.0, 1.0, 2.0], [4.0, 1.5, 3.2]]), bands.over([1, 5, 9], [[4.0, 2.0, 2.5]])
    assert honest_values.overlap(low, high) == honest_values.overlap(high, low) == (2, 3)
    assert honest_values.ahead(low, high) == 5 and honest_values.ahead(high, low) == 0
    always = bands.over([1, 5, 9], [[0.0, 0.0, 0.0]])
    assert honest_values.ahead(always, high) == 9


def test_clipping_is_judged_at_the_rate_that_suits_each() -> None:
    found = honest_values.clipping()
    assert list(found.bands) == ["As it is", "Norm at most 1", "Norm at most 5"]
    for title, clip in (("As it is", 0.0), ("Norm at most 1", 1.0), ("Norm at most 5", 5.0)):
        rates = {rate: median("clipping", "loss", clip=clip, rate=rate) for rate in found.stored.sweep.over["rate"]}
        assert found.medians[title] == min(rates.values()) == rates[found.best[title]]
        for rate, learned in found.learned[title].items():
            ends = [row.loss for row in honest_values.chosen(found.stored, {"clip": clip, "rate": rate})]
            assert learned == sum(end is not None and end < (0.005 + 2 / 3) / 2 for end in ends)
    rate, title = honest_values.matters_most(found)
    gains = {
        (rate, title): learned - found.learned["As it is"][rate]
        for title, by_rate in found.learned.items()
        for rate, learned in by_rate.items()
    }
    assert gains[rate, title] == max(gains.values()) and title != "As it is"


def test_the_product_of_forget_gates_is_that_of_the_core() -> None:
    found = honest_values.products((0.0, 3.0), 20)
    wanted = honest_values.paths.shares_of_random_nets((0.0, 3.0), nets=20)
    assert_allclose(found.ratio.middle, [np.median(wanted[bias].ratio) for bias in (0.0, 3.0)])
    assert_allclose(found.projection.middle, [np.median(wanted[bias].projection) for bias in (0.0, 3.0)])
