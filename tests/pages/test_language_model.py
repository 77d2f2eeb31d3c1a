"""The page Language model, without a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lstm_core import sampling
from lstm_ui import runs, samples
from tests.pages.training import component, errors, open_tab, said, trained, until, visit

PAGE = "pages/5_Language_model.py"
SMALL = {
    "hidden": "6",
    "features": "4",
    "window": "16",
    "batch": "4",
    "steps": "30",
    "validate_every": "10",
    "sentences": "0",
}

pytestmark = pytest.mark.usefixtures("own_service")


def test_a_newcomer_sees_data_a_form_and_what_it_would_cost() -> None:
    at = visit(PAGE)
    assert not at.query_params
    words = said(at)
    assert "characters" in words
    assert re.search(r"[\d,]+ parameters, \d+ different tokens", words)
    assert "kept on this server for 30 days" in words
    assert not at.button(key="start").disabled


def test_a_run_is_started_trained_and_shown() -> None:
    at = trained(visit(PAGE, **SMALL))
    assert {"run", "key"} <= at.query_params.keys()
    view = runs.service().view(at.query_params["run"])
    assert (view.status, view.step, view.config.hidden) == ("finished", 30, 6)
    sent = component(at, "rows")
    assert sent["run"] == view.id
    assert [name for name, _ in sent["baselines"]] == ["uniform", "bigram", "trigram", "5-gram"]
    assert "The net after 30 updates" in said(at)


def test_another_browser_sees_the_run_and_steers_nothing() -> None:
    ident = trained(visit(PAGE, **SMALL)).query_params["run"]
    at = visit(PAGE, opened=("rarer", "share"), run=ident)
    assert "You are watching" in said(at)
    for key in ("pause", "step", "stop", "extend", "delete"):
        assert at.button(key=key).disabled, key
    assert "key" not in at.code[0].value
    assert at.code[0].value.endswith(f"?run={ident}")
    assert not at.exception


def test_the_form_begins_with_the_settings_of_the_run() -> None:
    ident = trained(visit(PAGE, **SMALL, cell="gru")).query_params["run"]
    at = visit(PAGE, opened=("again",), run=ident)
    assert at.segmented_control(key="cell").value == "gru"
    assert at.number_input(key="hidden").value == 6


def test_pause_step_resume_stop() -> None:
    at = visit(PAGE, **{**SMALL, "steps": "100000"})
    at.button(key="start").click().run()
    ident = at.session_state["run"]
    at.button(key="pause").click().run()
    view = until(ident, "paused")
    at.button(key="step").click().run()
    assert runs.service().view(ident).step == view.step + 1
    assert not errors(at)
    at.button(key="resume").click().run()
    until(ident, "running", "waiting")
    at.button(key="stop").click().run()
    until(ident, "stopped")
    at.run()
    assert at.button(key="stop").disabled
    at.button(key="resume").click().run()  # nothing is lost: a stopped run can go on
    until(ident, "running", "waiting")
    at.run().button(key="stop").click().run()


def test_a_finished_run_is_extended() -> None:
    at = trained(visit(PAGE, opened=("rarer",), **SMALL))
    at.number_input(key="more_steps").set_value(7)
    at.button(key="extend").click().run()
    assert until(at.session_state["run"], "finished").step == 37


def test_a_fork_is_a_run_of_its_own_with_the_settings_of_the_form() -> None:
    at = trained(visit(PAGE, opened=("again",), **SMALL))
    first = at.session_state["run"]
    at.number_input(key="rate").set_value(0.02)
    at.number_input(key="steps").set_value(40)
    at.button(key="fork").click().run()
    assert not errors(at)
    second = at.session_state["run"]
    assert second != first
    view = until(second, "finished")
    assert (view.config.rate, view.step, view.parent) == (0.02, 40, first)


def test_a_fork_to_another_net_is_refused_and_the_page_stays() -> None:
    at = trained(visit(PAGE, opened=("again",), **SMALL))
    ident = at.session_state["run"]
    at.number_input(key="hidden").set_value(7)
    at.button(key="fork").click().run()
    assert "hidden: expected 6" in errors(at)
    assert at.session_state["run"] == ident


def test_delete_needs_to_be_meant() -> None:
    at = trained(visit(PAGE, opened=("rarer",), **SMALL))
    ident = at.session_state["run"]
    assert at.button(key="delete").disabled
    at.checkbox(key="sure").check().run()
    at.button(key="delete").click().run()
    assert "run" not in at.query_params
    assert "was deleted or cleared" in errors(visit(PAGE, run=ident))


@pytest.mark.parametrize("ident", ["nobody", "0" * 60])
def test_an_unknown_run_gets_a_message_and_the_page_stays(ident: str) -> None:
    at = visit(PAGE, run=ident)
    assert "start a new one" in errors(at)
    assert not at.button(key="start").disabled


def test_a_strange_id_in_a_link_is_refused() -> None:
    at = visit(PAGE, run="../../etc")
    assert "used instead" in said(at)
    assert "run" not in at.query_params


def test_the_next_token_and_the_losses_are_those_of_the_net() -> None:
    at = trained(visit(PAGE, **SMALL))
    model = runs.service().state(at.session_state["run"]).model
    open_tab(at, "What comes next")
    at.text_input(key="probe").set_value("the bo").run()
    table = at.dataframe[0].value
    best = sampling.next_tokens(model, "the bo", 10)
    assert np.allclose(table["probability"], [p for _, p in best])
    assert at.query_params["probe"] == "the bo"
    open_tab(at, "Loss by character")
    assert [token["shown"] for token in component(at, "truth")["tokens"]] == ["t", "h", "e", "␣", "b", "o"]
    mean = sampling.losses(model, "the bo").nats.mean()
    assert f"{mean:.2f} nats a token" in said(at)


def test_the_table_of_losses_is_ordered_and_in_three_units() -> None:
    at = open_tab(trained(visit(PAGE, **SMALL)), "How good it is")
    table = at.dataframe[0].value
    assert set(table["model"]) == {"this net", "5-gram", "trigram", "bigram", "uniform"}
    assert (np.diff(table["nats a token"]) >= 0).all()
    assert np.allclose(np.exp(table["nats a token"]), table["perplexity"], rtol=5e-3)


def test_a_model_of_sentences_is_trained_and_measured_beside_the_lines() -> None:
    at = trained(visit(PAGE, **{**SMALL, "sentences": "1"}))
    assert [name for name, _ in component(at, "rows")["baselines"]] == ["uniform", "bigram", "trigram", "5-gram"]
    table = open_tab(at, "How good it is").dataframe[0].value.set_index("model")
    assert table.loc["uniform", "nats a token"] > table.loc["5-gram", "nats a token"]
    assert not errors(at)


def test_a_text_of_the_data_is_suggested_where_the_usual_one_is_strange() -> None:
    at = visit(PAGE, **{**SMALL, "from": "paste"})
    at.text_area(key="pasted language").set_value("羊说咩。" * 500).run()
    at = trained(at)
    assert set(at.text_input(key="probe").value) <= set("羊说咩。")


def test_a_text_that_is_pasted_is_trained_on() -> None:
    at = visit(PAGE, **{**SMALL, "from": "paste"})
    assert not at.button(key="start").disabled  # the ready-made text is still there
    at.text_area(key="pasted language").set_value("sheep say baa. " * 200).run()
    assert "3,000 characters" in said(at)
    at = trained(at)
    assert runs.service().source(at.session_state["run"]).text == "sheep say baa. " * 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected"),
        (b"\x00\x01\x02" * 500, "expected"),
        (b"%PDF-1.4 something", "PDF"),
        (b"x" * 6_000_000, "at most 5 MB"),
    ],
    ids=["empty", "binary", "pdf", "large"],
)
def test_a_file_that_cannot_be_read_gets_a_message_and_the_data_stay(content: bytes, words: str) -> None:
    at = visit(PAGE, **{"from": "upload"})
    at.file_uploader(key="uploaded language").upload("text.txt", content, "text/plain").run()
    assert words in errors(at)
    assert "the data stay" in said(at)
    assert not at.button(key="start").disabled


def test_a_column_of_a_table_is_read_as_text() -> None:
    rows = "id,words\n" + "".join(f'{k},"sheep number {k} says, baa"\n' for k in range(300))
    at = visit(PAGE, **{**SMALL, "from": "upload"})
    at.file_uploader(key="uploaded language").upload("table.csv", rows.encode(), "text/csv").run()
    assert "300 lines" in said(at)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"window": "2000", "batch": "1024"}, "the batch is 48 instead of 1,024"),
        ({"chrono": "-1"}, "a whole number from 0"),
        ({"rate": "1e99"}, "a number from"),
    ],
)
def test_settings_that_do_not_fit_the_data_get_a_message(settings: dict[str, str], words: str) -> None:
    at = visit(PAGE, **{**SMALL, **settings})
    assert words in said(at)


def test_a_setting_that_got_lost_comes_back() -> None:
    at = visit(PAGE, **{"from": "paste", "cell": "gru"})
    at.session_state["from"] = at.session_state["cell"] = None  # as after a run that was broken off
    at.run()
    assert not at.exception
    assert (at.segmented_control(key="from").value, at.segmented_control(key="cell").value) == ("paste", "gru")


def test_each_page_keeps_settings_of_its_own() -> None:
    at = visit(PAGE, hidden="9", seed="5")
    at.switch_page("pages/6_Text_classifier.py")
    at.query_params.clear()
    at.run()
    assert (at.number_input(key="hidden").value, at.number_input(key="seed").value) == (32, 0)
    at.number_input(key="seed").set_value(8).run()
    at.switch_page(PAGE)
    at.query_params.clear()
    at.query_params["hidden"], at.query_params["seed"] = "9", "5"  # as the link in the sidebar has them
    at.run()
    assert (at.number_input(key="hidden").value, at.number_input(key="seed").value) == (9, 5)


def test_a_run_that_breaks_down_says_where_and_why() -> None:
    at = trained(
        visit(PAGE, **{**SMALL, "rate": "1e6", "clip": "0.0", "optimizer": "sgd", "cell": "rnn", "activation": "relu"})
    )
    sent = component(at, "rows")
    assert sent["status"] == "failed"
    assert "Step" in sent["problem"]


def test_a_fork_of_a_finished_run_goes_on_for_as_many_updates_again() -> None:
    at = trained(visit(PAGE, opened=("again",), **SMALL))
    at.button(key="fork").click().run()
    assert until(at.session_state["run"], "finished").step == 60


def test_every_ready_made_text_can_be_trained_on() -> None:
    for sample in samples.samples("language"):
        at = visit(PAGE, data=sample.name)
        assert not errors(at)
        assert sample.title in said(at)
