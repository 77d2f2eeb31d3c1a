"""Pictures of many runs: what is drawn is what was given, whatever it is called."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_plots.sweep_figures import Dimension, Dots, fig_dots, fig_parallel
from lstm_plots.theme import MODES, SURFACES


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_numbers_names_and_nothing_stand_each_in_their_place() -> None:
    rates = Dimension("rate", [0.001, None, 0.1], log=True)
    flags = Dimension("peephole", ["on", "–", "off"])
    fig = fig_parallel([rates, flags, Dimension("loss", [3.0, 1.0, 2.0])], [3, 1, 2], title="loss")
    rate, flag, loss = fig.data[0].dimensions
    assert rate.values[1] < rate.values[0] < rate.values[2]
    assert_allclose(np.diff([rate.values[0], rate.values[2]]), 2)
    assert dict(zip(rate.tickvals, rate.ticktext, strict=True))[rate.values[1]] == "–"
    assert flag.ticktext == ("on", "–", "off")
    assert loss.values == (3.0, 1.0, 2.0)


def test_a_setting_of_many_numbers_has_few_round_ticks() -> None:
    values = np.geomspace(0.0007, 0.9, 50).tolist()
    fig = fig_parallel([Dimension("rate", values, log=True), Dimension("rate", values)], values, title="")
    assert fig.data[0].dimensions[0].ticktext == ("0.001", "0.01", "0.1")
    assert fig.data[0].dimensions[1].ticktext == ("0.2", "0.4", "0.6", "0.8")


def test_one_value_for_all_is_no_division_by_zero() -> None:
    fig = fig_parallel([Dimension("lag", [5, 5]), Dimension("loss", [1.0, 1.0], log=True)], [1.0, 1.0], title="loss")
    assert np.isfinite(fig.data[0].dimensions[0].values).all()


@pytest.mark.parametrize("mode", MODES)
def test_letters_and_lines_of_parallel_coordinates_stand_out_from_the_ground(mode: str) -> None:
    fig = fig_parallel([Dimension("lag", [5, 6])], [1.0, 2.0], mode, title="loss")  # type: ignore[arg-type]
    trace, ground = fig.data[0], SURFACES[mode].surface  # type: ignore[index]
    assert contrast(trace.labelfont.color, ground) > 4.5
    assert contrast(trace.tickfont.color, ground) > 4.5
    assert min(contrast(colour, ground) for _, colour in trace.line.colorscale) > 1.3


def test_a_bar_is_the_median_of_the_dots_of_its_place() -> None:
    dots = Dots([0, 0, 0, 1], [1.0, 9.0, 2.0, 4.0], ["a", "b", "c", "d"])
    fig = fig_dots({"LSTM": dots}, x_title="", y_title="", places=["with", "without"])
    marks, bars = fig.data
    assert list(marks.y) == [1.0, 9.0, 2.0, 4.0]
    assert [y for y in bars.y if y is not None] == [2.0, 2.0, 4.0, 4.0]


def test_names_of_users_are_no_markup() -> None:
    nasty = '<a href="x">$y$</a>'
    fig = fig_dots({nasty: Dots([0], [1.0], [nasty])}, x_title=nasty, y_title=nasty, places=[nasty])
    texts = [fig.layout.xaxis.title.text, fig.layout.yaxis.title.text, fig.data[0].name, fig.data[0].customdata[0]]
    parallel = fig_parallel([Dimension(nasty, [nasty])], [1.0], title=nasty).data[0]
    texts += [*fig.layout.xaxis.ticktext, parallel.dimensions[0].label, *parallel.dimensions[0].ticktext]
    assert not any("<" in text or "$" in text for text in texts)


def test_dimensions_of_another_length_and_unknown_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 values in each, got 1 for 'lag'"):
        fig_parallel([Dimension("lag", [5])], [1.0, 2.0], title="")
    with pytest.raises(ValueError, match="mode: expected"):
        fig_dots({}, "sepia", x_title="", y_title="")  # type: ignore[arg-type]
