"""The page Tagger, without a browser."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lstm_core import metrics
from lstm_ui import probes, runs
from tests.pages.training import component, errors, open_tab, said, trained, visit

PAGE = "pages/7_Tagger.py"
SMALL = {"hidden": "6", "features": "5", "batch": "8", "steps": "40", "validate_every": "20"}

pytestmark = pytest.mark.usefixtures("own_service")


def test_what_was_read_is_said() -> None:
    words = said(visit(PAGE))
    assert "3 entity types" in words
    assert "in no entity (O)" in words


def test_a_typed_sentence_is_tagged() -> None:
    at = trained(visit(PAGE, **SMALL))
    at.text_input(key="probe").set_value("Mila saw Paris .").run()
    model = runs.service().state(at.session_state["run"]).model
    sent = component(at, "truth")
    assert sent["tags"] == probes.tag(model, [["Mila", "saw", "Paris", "."]])[0]


def test_entity_scores_are_those_of_the_net_beside_the_most_frequent_tag() -> None:
    at = open_tab(trained(visit(PAGE, **SMALL)), "Held-out sentences")
    ident = at.session_state["run"]
    model, data = runs.service().state(ident).model, runs.data(runs.service().view(ident))
    true = [[data.labels[k] for k in data.test.targets[a:b]] for a, b in pairwise(data.test.offsets)]
    said_tags = [probes.tag(model, [words])[0] for words in data.raw_test]
    wanted = metrics.entity_scores(true, said_tags).overall.f1
    table = at.dataframe[0].value.set_index("")
    assert table.loc["all names", "F1"] == pytest.approx(100 * wanted, abs=0.06)
    assert "all names, by the most frequent tag" in table.index
    assert {"PER", "LOC", "ORG"} <= set(table.index)
    assert "Tags of single words" in said(at)


CONLL = "".join(f"Ada{k}\tB-PER\nsaw\tO\nRome\tB-LOC\n.\tO\n\n" for k in range(40))


def test_sentences_of_the_readers_own_are_trained_on() -> None:
    at = visit(PAGE, **{**SMALL, "from": "upload"})
    at.file_uploader(key="uploaded tagger").upload("own.conll", CONLL.encode(), "text/plain").run()
    assert not errors(at)
    at = trained(at)
    assert len(runs.service().source(at.session_state["run"]).sentences) == 40


@pytest.mark.parametrize(
    "content",
    ["", "Ada\n", "Ada B-PER\n", "Ada X-PER\nsaw\n", "a O\n\n" * 30, CONLL.replace("B-PER", "Q"), "\x00"],
    ids=["empty", "no tag", "one word", "broken tags", "only O", "unknown tag", "null"],
)
def test_bad_sentences_get_a_message_and_the_page_stays(content: str) -> None:
    at = visit(PAGE, **{**SMALL, "from": "upload"})
    at.file_uploader(key="uploaded tagger").upload("bad.conll", content.encode(), "text/plain").run()
    assert errors(at)
    assert "run" not in at.query_params


def test_the_scrubber_asks_for_a_direction_where_there_are_two() -> None:
    at = open_tab(trained(visit(PAGE, **SMALL)), "Through the training")
    before = component(at, "a")["a"]
    at.segmented_control(key="scrub_way").set_value("backward").run()
    after = component(at, "a")["a"]
    assert before["data"] != after["data"]
    assert len(after["labels"]) == 7
