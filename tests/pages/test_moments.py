"""The moments of a training on its page: the newest one, an older one, two beside each other."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from lstm_ui import runs
from lstm_ui.training import scrub
from tests.pages.test_language_model import PAGE, SMALL, open_tab
from tests.pages.training import component, errors, said, trained, until, visit
from tests.training_runs import until as until_true

pytestmark = pytest.mark.usefixtures("own_service")


def shown_step(at: AppTest) -> int:
    """Updates behind the net that the page shows."""
    found = re.search(r"The net after ([\d,]+) updates", said(at))
    assert found, said(at)
    return int(found[1].replace(",", ""))


def test_the_scrubber_gets_every_checkpoint() -> None:
    at = open_tab(trained(visit(PAGE, **SMALL, probe="a sheep")), "Through the training")
    view = runs.service().view(at.session_state["run"])
    sent = component(at, "a")["a"]
    assert [mark["step"] for mark in sent["marks"]] == [mark.step for mark in view.checkpoints]
    assert [signal["name"] for signal in sent["signals"]] == list("ifogch")
    assert len(sent["tokens"]) == 7


def test_two_runs_are_compared_on_one_text() -> None:
    first = trained(visit(PAGE, **SMALL)).session_state["run"]
    at = trained(visit(PAGE, **{**SMALL, "cell": "rnn"}))
    at = open_tab(visit(PAGE, run=at.session_state["run"], **{"with": first}), "Through the training")
    sent = component(at, "a")
    assert sent["b"]["title"] != sent["a"]["title"]
    assert [token["shown"] for token in sent["a"]["tokens"]] == [token["shown"] for token in sent["b"]["tokens"]]


def test_what_the_page_shows_follows_the_training() -> None:
    at = visit(PAGE, **{**SMALL, "steps": "1000000"})
    at.button(key="start").click().run()
    until_true(lambda: len(runs.service().view(at.session_state["run"]).checkpoints) > 3)
    open_tab(at, "Through the training")
    assert "it follows the training" in said(at)
    first = shown_step(at)
    until_true(lambda: shown_step(at.run()) > first)
    until_true(lambda: component(at.run(), "a")["a"]["marks"][-1]["step"] > first)
    at.button(key="stop").click().run()


def test_a_reader_who_looks_back_stays_there_until_they_ask_for_the_newest() -> None:
    at = trained(visit(PAGE, **SMALL))
    marks = [mark.step for mark in runs.service().view(at.session_state["run"]).checkpoints]
    at = visit(PAGE, run=at.session_state["run"], key=at.session_state["key"], at=str(marks[2]))
    open_tab(at, "Through the training")
    before = component(at, "a")["a"]
    assert (shown_step(at), before["chosen"]) == (marks[2], 2)
    at.button(key="newest").click().run()
    after = component(at, "a")["a"]
    assert (shown_step(at), after["chosen"]) == (marks[-1], len(marks) - 1)
    assert after["id"] != before["id"]  # else the handle would stay where it was
    assert "at" not in at.query_params


def test_the_last_checkpoint_is_the_newest_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    put: dict[str, object] = {}
    monkeypatch.setattr(scrub.address, "put", lambda **values: put.update(values))
    for step, wanted in ((20, 20), (30, runs.NEWEST), (40, runs.NEWEST)):
        monkeypatch.setattr(scrub.st, "session_state", {"scrubber": {"checkpoint": {"a": step}}})
        scrub._moved(30)
        assert put["at"] == wanted


@pytest.mark.parametrize("gone", [1, 2])
def test_a_checkpoint_that_is_thinned_out_meanwhile_is_left_out(monkeypatch: pytest.MonkeyPatch, gone: int) -> None:
    at = trained(visit(PAGE, **SMALL))
    service = runs.service()
    view = service.view(at.session_state["run"])
    lost, whole = view.checkpoints[gone].step, service.state

    def state(ident: str, step: int | None = None) -> object:
        if step == lost:
            raise ValueError(f"checkpoint: expected the step of one, got {step}; it was thinned out")
        return whole(ident, step)

    monkeypatch.setattr(service, "state", state)
    open_tab(at, "Through the training")
    sent = component(at, "a")["a"]
    assert [mark["step"] for mark in sent["marks"]] == [mark.step for mark in view.checkpoints if mark.step != lost]


def test_a_run_store_that_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    at = trained(visit(PAGE, **SMALL))
    ident, service = at.session_state["run"], runs.service()
    runs.model.clear()

    def busy(*_: object) -> None:
        raise ValueError("run store: expected an answer, got none; try again in a moment")

    with monkeypatch.context() as patched:
        patched.setattr(service, "state", busy)
        at = visit(PAGE, run=ident)
        assert "try again in a moment" in errors(at)
    at.button(key="try_again").click().run()
    assert not errors(at)
    assert shown_step(at) == 30


@pytest.mark.parametrize("button", ["pause", "start"])
def test_a_click_counts_although_the_browser_has_not_heard_of_the_run_yet(button: str) -> None:
    at = visit(PAGE, opened=("again",), **{**SMALL, "steps": "1000000"})
    at.button(key="start").click().run()
    first = at.session_state["run"]
    for name in ("run", "key"):
        del at.query_params[name]  # the address of the page before
    at.button(key=button).click().run()
    if button == "pause":
        assert at.session_state["run"] == first
        until(first, "paused")
    else:
        assert at.session_state["run"] not in ("", first)
        at.button(key="stop").click().run()
