"""The lower half of Gate heatmaps beside the upper one: both speak of the same run, and of the text that suits."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lstm_core import spans
from lstm_core.clamps import Clamp
from lstm_ui.gates import find
from tests.pages.charts import charts
from tests.pages.test_gate_heatmaps import TEXT, over, random_net, sent, visit
from tests.pages.training import said

SPAN = {"section": "span", "begin": "7", "end": "8", "threshold": "0.05"}


def pattern(h: np.ndarray, start: int, stop: int) -> tuple[list[int], str, str]:
    """The units to be marked, and those that are on and off in words."""
    found = spans.pattern(h, start, stop, 0.05)
    return sorted([*found.on, *found.off]), find.named(found.on), find.named(found.off)


@pytest.mark.parametrize("show", ["this", "other", "difference"])
@pytest.mark.parametrize("against", ["held", "token"])
def test_the_units_that_are_marked_are_those_that_the_section_names(against: str, show: str) -> None:
    wishes = {
        "held": {"hold": "i", "at": "0", "hfrom": "6"},
        "token": {"against": "token", "place": "3", "swap": ""},
    }
    runs = {
        "held": over(random_net(), clamps=[Clamp("i", 0.0, 5)]),
        "token": over(random_net(), TEXT[:2] + TEXT[3:]),
    }
    free = pattern(over(random_net()).traces[0].forward.h[:, 0], 6, 8)
    start = 6 if against == "held" else 5  # its own steps: what stands beside
    second = pattern(runs[against].traces[0].forward.h[:, 0], start, start + 2)
    assert free[0] != second[0]
    marked, on, off = second if show == "other" else free
    at = visit(**{"from": "text", "text": TEXT, "show": show, **SPAN, **wishes[against]})
    assert sent(at)["markedUnits"] == marked
    assert f"On throughout: {on}. Off (below \N{MINUS SIGN}0.05) throughout: {off}." in said(at)


def test_where_off_begins_at_zero_nothing_is_below_minus_zero() -> None:
    at = visit(**{"from": "text", "text": TEXT, **SPAN, "threshold": "0"})
    assert re.search(r"Off \(below 0\) throughout", said(at))


def test_the_detective_reads_what_the_net_was_trained_on_where_the_text_is_short_and_nothing_else_was_chosen() -> None:
    at = visit(section="detective")
    assert at.selectbox(key="corpus chosen").value == "data"
    assert "follow something that has a name" in said(at)
    assert "corpus" not in at.query_params
    at = visit(section="span", begin="4", end="6")
    assert at.selectbox(key="corpus chosen").value == "here", "the detective alone"
    at.segmented_control(key="section").set_value("detective").run()
    assert at.selectbox(key="corpus chosen").value == "data"
    at.selectbox(key="corpus chosen").set_value("here").run()
    assert "too few" in said(at)
    assert at.query_params["corpus"] in ("here", ["here"])
    at.segmented_control(key="section").set_value("memory").run()
    at.segmented_control(key="section").set_value("detective").run()
    assert "too few" in said(at), "what its reader has chosen stays"


def test_a_text_that_is_long_enough_is_read_itself() -> None:
    at = visit(section="detective", text="the boys that the dog likes were old . " * 10)
    assert at.selectbox(key="corpus chosen").value == "here"
    assert "follow something that has a name" in said(at)


@pytest.mark.parametrize(
    ("address", "fresh"),
    [
        ({"from": "series"}, "Fresh layers"),
        ({"from": "latch"}, "Fresh layers"),
        ({"from": "text"}, "Fresh layers, the same embedding"),
        ({}, "Fresh layers, the same embedding"),
    ],
)
def test_an_embedding_is_spoken_of_where_there_is_one(address: dict[str, str], fresh: str) -> None:
    at = visit(**address, against="net", seed2="3")
    assert at.selectbox(key="net2").options[0] == fresh
    assert f"against: {fresh}, seed 3" in said(at)


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ({"model": "agreement"}, "Far agreement, layer 1, forward"),
        ({"from": "latch", "hold": "o", "at": "0"}, "Latch, layer 1, forward: o held at 0"),
        ({"from": "text", "layers": "2", "layer": "2"}, "LSTM · 8 units · 2 layers · seed 0, layer 2, forward"),
    ],
)
def test_the_picture_to_take_along_names_its_net(address: dict[str, str], title: str) -> None:
    at = visit(section="take", **address)
    (chart,) = charts(at)
    assert chart["layout"]["title"]["text"] == title
