"""The section Honest corner of the page Vanishing gradients, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lstm_ui.vanishing import honest, honest_values
from tests.pages.charts import charts
from tests.pages.training import errors, said
from tests.pages.training import visit as visit_page

PAGE = "pages/4_Vanishing_gradients.py"


def visit(**address: str) -> AppTest:
    at = visit_page(PAGE, show="honest", **address)
    assert not errors(at)
    return at


def names(at: AppTest) -> list[str]:
    """What the figure's legend shows."""
    (chart,) = charts(at)
    return [trace["name"] for trace in chart["data"] if trace.get("showlegend") is not False]


def test_nets_on_prose_stand_beside_tables_that_only_count() -> None:
    at, found = visit(), honest_values.prose()
    assert names(at) == ["RNN", "GRU", "LSTM", "RNN with as many weights", "Unigram table", "5-gram table"]
    words = said(at)
    assert f"A table of 5 characters, which only counts, has {found.tables['5-gram table']:.2f}" in words
    assert "Computed beforehand: 30 runs, 5 seeds each" in words and "The tables were counted now" in words
    assert len(at.dataframe[0].value) == 6


@pytest.mark.parametrize(("part", "series"), [("clipping", 3), ("product", 2)])
def test_every_part_has_its_figure_its_words_and_its_numbers(part: str, series: int) -> None:
    at = visit(honest=part)
    assert len(names(at)) >= series and len(at.dataframe) == 1
    links = [link.proto.query_string for link in at.get("page_link") if "same seeds" in link.proto.label]
    assert links == (["stored=clipping"] if part == "clipping" else [])
    assert ("Computed beforehand" in said(at)) == (part == "clipping")
    assert ("Computed now: 200 untrained LSTMs" in said(at)) == (part == "product")


def test_what_is_said_of_prose_follows_the_numbers() -> None:
    found = honest_values.prose()
    rnn, lstm = found.bands["RNN"], found.bands["LSTM"]
    lower = rnn._replace(middle=lstm.middle - 0.1)
    said_of_better = honest.prose_words(found._replace(bands={**found.bands, "RNN": lower}))
    assert said_of_better.startswith(f"Up to update {int(rnn.x[-1]):,} the plain RNN is ahead")
    worse = rnn._replace(middle=lstm.middle + 0.1)
    assert honest.prose_words(found._replace(bands={**found.bands, "RNN": worse})).startswith(
        "The plain RNN is not ahead of the LSTM"
    )
    easy = found._replace(tables={**found.tables, "5-gram table": 9.0})
    assert "only RNN, GRU, LSTM, RNN with as many weights came below it" in honest.prose_words(easy)
    hard = found._replace(tables={**found.tables, "5-gram table": 0.1})
    assert "no net came below it" in honest.prose_words(hard)


def test_what_is_said_of_clipping_follows_the_numbers() -> None:
    found = honest_values.clipping()
    rates = list(found.learned["As it is"])
    none, all_of_them = dict.fromkeys(rates, 0), dict.fromkeys(rates, found.seeds)
    useless = found._replace(learned=dict.fromkeys(found.learned, all_of_them))
    assert honest.clipping_words(useless).startswith("Clipping makes no more of the plain RNNs learn")
    learned = {"As it is": none, "Norm at most 1": none, "Norm at most 5": {**none, rates[1]: 4}}
    told = honest.clipping_words(found._replace(learned=learned))
    assert told.startswith(
        f"At learning rate {rates[1]:g} 4 of {found.seeds} plain RNNs learn with the gradient's norm at"
    )
    assert "it lowers the median error too" in honest.clipping_words(
        found._replace(medians={**found.medians, "As it is": 9.0})
    )
    assert "it does not lower the median error" in honest.clipping_words(
        found._replace(medians={**found.medians, "As it is": 0.0})
    )


def test_what_is_said_of_the_product_follows_the_numbers() -> None:
    found = honest_values.products()
    assert "that path is only part of it: at forget bias 0 it has 2% of the gradient's norm" in honest.product_words(
        found
    )
    whole = found._replace(projection=found.ratio._replace(middle=found.ratio.middle * 0 + 1))
    assert "that path is nearly all of it for some biases" in honest.product_words(whole)
