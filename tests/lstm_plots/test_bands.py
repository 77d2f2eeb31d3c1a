"""Curves with bands: what they are made of, and how they are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_plots import bands, palettes
from lstm_plots.gradient_figures import fig_clipping
from lstm_plots.theme import MODES, SURFACES

X = np.arange(4.0)


def drawn(named: Any, mode: Any = "light", **more: Any) -> Any:
    return bands.figure(named, mode, **{"x_title": "lag", "y_title": "size", **more})


def line(fig: Any, name: str) -> Any:
    (found,) = [trace for trace in fig.data if trace.name == name and trace.hoverinfo != "skip"]
    return found


def patch(fig: Any, name: str) -> Any:
    (found,) = [trace for trace in fig.data if trace.name == name and trace.fill == "toself"]
    return found


def test_the_middle_is_the_median_and_the_edges_are_quantiles_of_many_and_the_ends_of_few() -> None:
    runs = np.random.default_rng(0).normal(size=(30, 4))
    many = bands.over(X, runs)
    assert_allclose(many.middle, np.median(runs, axis=0))
    assert_allclose(many.low, np.sort(runs, axis=0)[2] * 0.1 + np.sort(runs, axis=0)[3] * 0.9)  # place 0.1 * 29
    assert ((many.low > runs.min(axis=0)) & (many.high < runs.max(axis=0))).all()
    few = bands.over(X, runs[:9])
    assert_array_equal(few.low, runs[:9].min(axis=0))
    assert_array_equal(few.high, runs[:9].max(axis=0))
    assert bands.over(X, runs[:10]).low[0] > runs[:10, 0].min()


def test_a_run_without_a_value_does_not_count_and_a_place_without_any_stays_empty() -> None:
    found = bands.over([0, 1, 2], [[1, np.nan, np.nan], [3, 5, np.nan]])
    assert_array_equal(found.middle, [2, 5, np.nan])
    assert_array_equal(found.high, [3, 5, np.nan])


@pytest.mark.parametrize("runs", [[1.0, 2.0], np.zeros((0, 4)), np.zeros((2, 5))])
def test_runs_of_another_shape_are_refused(runs: Any) -> None:
    with pytest.raises(ValueError, match=r"runs: expected shape \(at least one run, places=4\)"):
        bands.over(X, runs)


@pytest.mark.parametrize("mode", MODES)
def test_a_cell_has_its_colour_wherever_it_stands_and_a_second_curve_of_it_another_line(mode: Any) -> None:
    band = bands.over(X, np.ones((1, 4)))
    names = ("5-gram table", "LSTM, c", "RNN", "LSTM, h", "mine")
    fig = drawn(dict.fromkeys(names, band), mode, references={"RNN, bound": (X, X), "chance": ([0, 3], [1, 1])})
    for name in names:
        cell = name.split(",")[0]
        assert line(fig, name).line.color == line(fig, name).marker.color
        if cell in palettes.CELLS[mode]:
            assert line(fig, name).line.color == palettes.CELLS[mode][cell]
    looks = [(line(fig, name).line.color, line(fig, name).line.dash, line(fig, name).marker.symbol) for name in names]
    assert len(set(looks)) == len({look[2] for look in looks}) == 5
    assert len({look[0] for look in looks}) == 4
    assert line(fig, "RNN, bound").line.color == palettes.CELLS[mode]["RNN"]
    assert line(fig, "chance").line.color == SURFACES[mode].muted
    assert {line(fig, name).line.dash for name in ("RNN, bound", "chance")} == {"dash", "dashdot"}
    assert fig.layout.paper_bgcolor == SURFACES[mode].surface


def test_the_patch_goes_there_and_back_and_leaves_gaps_open() -> None:
    band = bands.Band(np.arange(5.0), np.full(5, 2.0), np.array([1, 1, np.nan, 1, 1.5]), np.array([3, 4, 3, 3, 3.5]))
    found = patch(drawn({"RNN": band}), "RNN")
    assert list(found.x) == [0, 1, 1, 0, None, 3, 4, 4, 3, None]
    assert list(found.y) == [1, 1, 4, 3, None, 1, 1.5, 3.5, 3, None]
    assert not found.showlegend


def test_on_a_log_axis_nothing_that_is_zero_is_drawn_and_a_band_ends_at_the_smallest_value() -> None:
    band = bands.Band(
        X, np.array([1.0, 0.1, 0.01, 0.0]), np.array([0.5, 0.0, 0.0, 0.0]), np.array([2.0, 1.0, 0.1, 0.0])
    )
    fig = drawn({"GRU": band}, log_y=True)
    assert_array_equal(line(fig, "GRU").y, [1, 0.1, 0.01, np.nan])
    assert list(patch(fig, "GRU").y) == [0.5, 0.01, 0.01, 0.1, 1, 2, None]
    assert fig.layout.yaxis.type == "log"
    low, high = fig.layout.yaxis.range
    assert low < -2 and high > np.log10(2)
    assert_array_equal(line(drawn({"GRU": band}, log_x=True), "GRU").x, [np.nan, 1, 2, 3])


def test_a_reference_far_away_does_not_press_the_bands_flat() -> None:
    band = bands.over(X, [[1.0, 1e-4, 1e-8, 1e-12]])
    alone = np.diff(drawn({"RNN": band}, log_y=True).layout.yaxis.range)
    beside = drawn({"RNN": band}, log_y=True, references={"RNN, bound": (X, 10.0 ** (30 * X))})
    assert alone < np.diff(beside.layout.yaxis.range) < 1.5 * alone
    assert_allclose(line(beside, "RNN, bound").y, 10.0 ** (30 * X))
    low, high = drawn({"RNN": bands.over(X, [[0.2, 0.3, 0.2, 0.3]])}, references={"a": (X, X)}).layout.yaxis.range
    assert low < 0.2 and 0.3 < high < 0.4


def test_nothing_at_all_and_equal_values_can_be_drawn() -> None:
    assert drawn({}).data == ()
    assert drawn({"RNN": bands.over(X, np.full((2, 4), np.nan))}, log_y=True).layout.yaxis.range is None
    for value in (0.0, 1.0):
        low, high = drawn({"RNN": bands.over(X, np.full((2, 4), value))}).layout.yaxis.range
        assert low < value < high


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_shares_that_are_equal_have_a_picture_with_height_and_with_every_line_in_it(value: float) -> None:
    equal = {"RNN": bands.over(X, np.full((2, 4), value))}
    low, high = drawn(equal, are_shares=True).layout.yaxis.range
    assert_allclose(high - low, 1.1 * bands.LEAST_SHARE)
    assert -0.01 < low < value < high < 1.01
    lines = {"chance": (X, np.full(4, 0.25)), "solved": (X, np.full(4, 0.99))}
    low, high = drawn(equal, are_shares=True, references=lines).layout.yaxis.range
    assert low < min(0.25, value) and max(0.99, value) < high < 1.05
    upper = {"RNN": bands.over(X, [[0.5, 1.0, 1.0, 1.0]])}
    assert drawn(upper, are_shares=True, references=lines).layout.yaxis.range[0] < 0.25
    assert drawn(upper, references=lines).layout.yaxis.range[0] > 0.25


@pytest.mark.parametrize("value", [1e-5, 0.5085227271, 20_000.0])
def test_other_values_that_are_equal_have_a_picture_with_height(value: float) -> None:
    near = {"chance": (X, np.full(4, value * (1 + 1e-9)))}
    for references in (None, near):
        for spread in (0.0, 1e-8):
            equal = {"RNN": bands.over(X, value * np.array([[1.0, 1.0, 1.0, 1.0 + spread]]))}
            low, high = drawn(equal, references=references).layout.yaxis.range
            assert low < value < high
            assert_allclose(high - low, 1.1 * bands.LEAST_PART * value, rtol=1e-4)
            low, high = drawn(equal, log_y=True, references=references).layout.yaxis.range
            assert low < np.log10(value) < high
            assert_allclose(high - low, 1.1 * bands.LEAST_POWERS, rtol=1e-4)


def test_names_and_titles_are_text_and_a_wrong_mode_is_refused() -> None:
    fig = drawn({"<b>x</b>": bands.over(X, np.ones((1, 4)))}, title="<i>t</i>", x_title="$x$")
    assert line(fig, "&lt;b&gt;x&lt;/b&gt;").line.color
    assert fig.layout.title.text == "&lt;i&gt;t&lt;/i&gt;" and fig.layout.xaxis.title.text == "&#36;x&#36;"
    with pytest.raises(ValueError, match="expected 'light' or 'dark', got 'sepia'"):
        drawn({}, "sepia")


@pytest.mark.parametrize("mode", MODES)
def test_points_before_and_after_clipping(mode: Any) -> None:
    lengths = {"RNN": np.array([0.5, 20.0, 0.0]), "LSTM": np.array([2.0])}
    fig = fig_clipping(lengths, 1.5, mode)
    before, after, other, cut, limit = fig.data
    assert_array_equal(before.y, [0.5, 20, np.nan])
    assert_array_equal(after.y, [0.5, 1.5, np.nan])
    assert (other.y[0], cut.y[0], set(limit.y)) == (2, 1.5, {1.5})
    assert before.marker.color == after.marker.color == palettes.CELLS[mode]["RNN"]
    assert after.marker.symbol == before.marker.symbol + "-open"
    assert list(fig.layout.xaxis.ticktext) == ["RNN<br>before", "RNN<br>after", "LSTM<br>before", "LSTM<br>after"]
