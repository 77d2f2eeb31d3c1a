"""The section How far back of the page Vanishing gradients, without a browser."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lstm_plots.bands import Band
from lstm_ui.vanishing import far_values, how_far
from lstm_ui.vanishing.far_values import VIEWS
from tests.pages.charts import charts
from tests.pages.training import errors, plain, said
from tests.pages.training import visit as visit_page

PAGE = "pages/4_Vanishing_gradients.py"


def visit(**address: str) -> AppTest:
    return visit_page(PAGE, show="far", **address)


def figure(at: AppTest) -> dict[str, Any]:
    """The only figure of the section."""
    (found,) = charts(at)
    return found


def lines(at: AppTest) -> list[dict[str, Any]]:
    return [trace for trace in figure(at)["data"] if trace.get("showlegend") is not False]


def headlines(at: AppTest) -> dict[str, str]:
    """What is said of each series, by its name."""
    (line,) = [plain(text.value) for text in at.markdown if " · **" in str(text.value)]
    return dict(re.findall(r"\*\*(.+?)\*\* (.+?)(?: · |$)", line))


def test_a_newcomer_sees_that_the_rnn_falls_to_chance_and_the_others_do_not() -> None:
    at = visit()
    told = headlines(at)
    assert list(told) == ["RNN", "GRU", "LSTM"]
    assert re.fullmatch(r"falls to chance at lag \d+ to \d+", told["RNN"])
    assert told["LSTM"] == told["GRU"] == "never up to lag 200"
    words = said(at)
    assert "median over 5 seeds lies below 0.32" in words
    assert "a tenth of the way from 0.25, which is reached without memory, to 0.99" in words
    assert "Computed beforehand: 120 runs, 5 seeds each" in words and "Seeds: 0 to 4." in words


@pytest.mark.parametrize("name", VIEWS)
def test_every_picture_shows_its_numbers_its_lines_and_a_way_to_run_it_again(name: str) -> None:
    at, found = visit(far=name), far_values.picture(name)
    assert not errors(at)
    assert [line["name"] for line in lines(at)] == [*found.bands, *found.references]
    assert list(headlines(at)) == list(found.bands)
    links = [link for link in at.get("page_link") if "same seeds" in link.proto.label]
    assert [
        f"stored={stored.name}" in link.proto.query_string for link, stored in zip(links, found.stored, strict=True)
    ]
    assert len(links) == len(found.stored)
    assert len(at.dataframe[0].value) == len(far_values.table(found))
    assert at.query_params == ({"show": "far"} if name == "first" else {"show": "far", "far": name})


def test_who_chooses_another_task_gets_its_picture_and_its_address() -> None:
    at = visit()
    before = figure(at)
    at.selectbox(key="far").select("adding").run()
    assert figure(at) != before and at.query_params["far"] == "adding"
    assert figure(at)["layout"]["yaxis"]["type"] == "log" and "Mean squared error" in str(figure(at)["layout"]["yaxis"])
    assert "lies above 0.60" in said(at)


def test_a_link_to_no_picture_is_told_and_the_first_one_is_shown() -> None:
    at = visit(far="moon")
    assert "far: expected one of first, bias" in said(at) and len(lines(at)) == 5


def test_where_no_limit_holds_for_all_lags_the_words_name_both_ends() -> None:
    words = how_far.definition(far_values.picture("counting"))
    assert "(0.2 at lag 5, 0.0125 at lag 80) to 0.99" in words and "lies below" not in words
    assert "at lag" not in how_far.definition(far_values.picture("first"))


def test_the_words_follow_the_numbers() -> None:
    found = far_values.picture("first")
    swapped = found._replace(bands={"RNN": found.bands["LSTM"], "LSTM": found.bands["RNN"]})
    assert how_far.headline(swapped, "RNN") == how_far.headline(found, "LSTM") == "never up to lag 200"
    assert how_far.headline(swapped, "LSTM") == how_far.headline(found, "RNN") != "never up to lag 200"
    assert how_far.covered(found) == "Lines that lie on one another: GRU and LSTM."
    assert how_far.covered(swapped) == ""


def test_chance_is_in_the_picture_even_where_no_cell_comes_near_it() -> None:
    found = far_values.picture("first")
    high = found._replace(bands={"LSTM": Band(*(np.maximum(part, 0.9) for part in found.bands["LSTM"]))})
    low, top = how_far.drawn(high).layout.yaxis.range
    assert low < 0.25 < 0.99 < top
