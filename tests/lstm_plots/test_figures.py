"""The static heatmaps hold the numbers they were given, on fixed scales, and take nobody's text for markup."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lstm_plots import palettes, theme
from lstm_plots.figures import PLOT_CONFIG, fig_gates, plain, to_html

STEPS, UNITS = 4, [6, 0, 2]
TOKENS = ["a", "<b>x</b>", "$y$", "a"]
EVIL = '</script><script>window.hacked=1</script><a href="http://evil.example/">&amp;</a>'


def signals(names: str = "ifogch") -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    shape = (STEPS, len(UNITS))
    return {
        name: rng.random(shape, dtype=np.float32) if name in "iforz" else rng.normal(size=shape).astype(np.float32)
        for name in names
    }


def build(**changes):
    given = {"signals": signals(), "tokens": TOKENS, "units": UNITS, "limit": 3.0, **changes}
    return fig_gates(given.pop("signals"), given.pop("tokens"), given.pop("units"), **given)


@pytest.mark.parametrize("names", ["ifogch", "rznh", "h"])
def test_each_signal_has_a_picture_with_its_numbers_units_downwards_and_steps_to_the_right(names):
    given = signals(names)
    fig = build(signals=given)
    assert len(fig.data) == len(names)
    for trace, (name, values) in zip(fig.data, given.items(), strict=True):
        np.testing.assert_array_equal(np.asarray(trace.z), values.T)
        assert list(trace.y) == ["7", "1", "3"] and list(trace.x) == ["1", "2", "3", "4"]
        assert trace.hovertemplate.startswith("token %{x}, unit %{y}<br>" + name)
    assert {axis.autorange for axis in fig.select_yaxes()} == {"reversed"}
    assert [note.text for note in fig.layout.annotations] == [*(f"<b><i>{name}</i></b>" for name in names), "unit"]


def test_gates_go_from_0_to_1_and_states_symmetrically_to_the_limit_on_one_scale():
    fig = build()
    axes = {trace.hovertemplate.split("<br>")[1][0]: trace.coloraxis for trace in fig.data}
    assert axes == dict.fromkeys("ifo", "coloraxis") | dict.fromkeys("gch", "coloraxis2")
    assert (fig.layout.coloraxis.cmin, fig.layout.coloraxis.cmax) == (0, 1)
    assert (fig.layout.coloraxis2.cmin, fig.layout.coloraxis2.cmax) == (-3, 3)


@pytest.mark.parametrize(
    ("c", "f", "lowest", "highest"),
    [
        (0.999, 1.0, "\N{MINUS SIGN}1", "1"),
        (1.5, 1.0, "\N{MINUS SIGN}1", "\N{GREATER-THAN OR EQUAL TO} 1"),
        (-9.4, 1.0, "\N{LESS-THAN OR EQUAL TO} \N{MINUS SIGN}1", "1"),
    ],
)
def test_where_states_lie_beyond_the_scale_its_end_says_so(c, f, lowest, highest):
    shape = (STEPS, len(UNITS))
    given = {"f": np.full(shape, f), "c": np.full(shape, c), "h": np.zeros(shape)}
    bar = build(signals=given, limit=1.0).layout.coloraxis2.colorbar
    assert list(bar.ticktext) == [lowest, "\N{MINUS SIGN}0.5", "0", "0.5", highest]
    assert list(bar.tickvals) == [-1, -0.5, 0, 0.5, 1]


def test_differences_are_all_on_the_scale_around_zero():
    fig = build(difference=True)
    assert {trace.coloraxis for trace in fig.data} == {"coloraxis2"}
    assert fig.layout.coloraxis2.colorbar.title.text == "change of i, f, o, g, c, h"
    assert fig.layout.coloraxis.showscale is False


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_are_those_of_the_theme(mode):
    fig = build(mode=mode)
    assert [stop[1] for stop in fig.layout.coloraxis.colorscale] == list(palettes.SEQUENTIAL[mode])
    assert [stop[1] for stop in fig.layout.coloraxis2.colorscale] == list(palettes.DIVERGING[mode])
    assert fig.layout.paper_bgcolor == theme.SURFACES[mode].surface
    assert fig.layout.annotations[1].font.color == theme.SIGNALS[mode]["f"].ink


def test_tokens_and_title_are_text_and_equal_tokens_stay_apart():
    fig = build(title=EVIL)
    for axis in fig.select_xaxes():
        assert axis.labelalias == {"1": "a", "2": "&lt;b&gt;x&lt;/b&gt;", "3": "&#36;y&#36;", "4": "a"}
    assert "<" not in fig.layout.title.text
    assert build(tokens=["", "a", "b", "\ud800" * 40]).layout.xaxis.labelalias["1"].strip(" ") != ""
    build(tokens=["", "a", "b", "\ud800" * 40]).to_json().encode("utf-8")


@pytest.mark.parametrize("sign", ["<", ">", "$"])
def test_no_sign_that_plotly_reads_is_left(sign):
    assert sign not in plain(f"a{sign}b")
    assert plain("&lt;") == "&amp;lt;"


def test_one_file_holds_everything_and_nothing_of_a_reader_as_markup():
    text = to_html(build(tokens=[EVIL, *TOKENS[1:]], title=EVIL)).decode("utf-8")
    assert not re.search(r"<script[^>]+src=", text) and not re.search(r"<link|<iframe|<base", text)
    assert "window.hacked" not in text.replace("&lt;script&gt;window.hacked", "")
    assert "default-src 'none'" in text and "evil.example" in text
    assert text.startswith("<!DOCTYPE html>") and "&lt;/script&gt;" in text.split("</title>")[0]
    assert PLOT_CONFIG["toImageButtonOptions"]["filename"] == "gatescope_gate_heatmaps"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tokens": TOKENS[:3]}, r"i: expected shape \(time=3, units=3\), got \(4, 3\)"),
        ({"units": [1, 2]}, r"i: expected shape \(time=4, units=2\), got \(4, 3\)"),
        ({"units": [1, 1, 2]}, "units: expected different numbers"),
        ({"limit": 0.0}, "limit: expected a number above 0, got 0.0"),
        ({"limit": float("nan")}, "limit: expected a number above 0, got nan"),
        ({"mode": "sepia"}, "mode: expected 'light' or 'dark', got 'sepia'"),
        ({"signals": {}}, "signals: expected at least one signal"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        build(**change)


def test_plotly_is_loaded_only_when_a_figure_is_made():
    code = "import sys, lstm_plots.figures, lstm_plots.gate_tables; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
