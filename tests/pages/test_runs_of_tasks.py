"""Runs that learned a task, as sweeps and races make them: every page opens them, or says why not and leads on."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lstm_core import tasks
from lstm_ui import estimate, runs, task_trials
from lstm_ui.experiments import datasets
from tests.pages.training import component, errors, plain, said, until, visit

pytestmark = pytest.mark.usefixtures("own_service")

INSIDE = {"Step through": "pages/1_Step_through.py", "Gate heatmaps": "pages/2_Gate_heatmaps.py"}
BACK = "pages/3_Backward_pass.py"
TRAINING = {"Language model": "pages/5_Language_model.py", "Text classifier": "pages/6_Text_classifier.py"}
TAGGER = "pages/7_Tagger.py"
SMALL: dict[str, Any] = {"hidden": 5, "steps": 6, "batch": 2, "validate_every": 3, "validation_tokens": 40}
LAGS = {"first": 6, "copy": 3, "adding": 8, "counting": 30, "agreement": 5}


def started(name: str, **changes: Any) -> str:
    """The id of a run that has learned a task for a moment."""
    source = datasets.digits()[0] if name == "digits" else tasks.source(name, LAGS.get(name))
    config = tasks.config(name, **{**SMALL, "seed": 3, **changes})
    ident = str(runs.service().start(source, config, title=source.name).id)
    until(ident, "finished")
    return ident


def trial(name: str, number: int = 1) -> task_trials.Trial:
    source = datasets.digits()[0] if name == "digits" else tasks.source(name, LAGS.get(name))
    return task_trials.trial(source, 3, number)


@pytest.mark.parametrize("name", tasks.PROBLEMS)
def test_a_run_of_every_task_opens_with_a_held_out_trial_and_another_one_by_its_number(name: str) -> None:
    ident = started(name)
    at = visit(INSIDE["Step through"], **{"from": "run", "run": ident})
    assert not errors(at)
    first = trial(name)
    assert at.text_area(key="text").value == first.text
    if first.answer:
        assert f"Right answer: {first.answer}." in said(at)
    at.number_input(key="trial").set_value(4).run()
    assert not errors(at)
    assert at.text_area(key="text").value == trial(name, 4).text != first.text
    assert at.query_params["trial"] == "4"
    at.text_area(key="text").set_value(first.text + "?" * (name != "adding")).run()
    assert not errors(at)
    assert name == "adding" or "sequence of your own" in said(at)


@pytest.mark.parametrize("name", ["first", "adding", "reber"])
def test_its_gates_and_its_gradients_are_shown_in_every_section(name: str) -> None:
    ident = started(name)
    at = visit(INSIDE["Gate heatmaps"], **{"from": "run", "run": ident})
    for section in ("span", "detective", "saturation", "take"):
        at.segmented_control(key="section").set_value(section).run()
        assert not errors(at), section
        if section == "detective" and name != "adding":
            assert "What the net was trained on" not in at.selectbox(key="corpus chosen").options
            at.selectbox(key="corpus chosen").set_value("prose_en").run()
            assert "expected" in errors(at)  # symbols that the task does not have
            at.selectbox(key="corpus chosen").set_value("here").run()
    assert at.text_area(key="text").value == trial(name).text
    at = visit(BACK, **{"from": "run", "run": ident})
    assert not errors(at)


def links(at: AppTest) -> set[str]:
    """The pages that the page links to, besides the list of lessons."""
    return {link.proto.label for link in at.main.get("page_link")}


@pytest.mark.parametrize(
    ("name", "page"), [("first", "Text classifier"), ("reber", "Language model"), ("copy", TAGGER)]
)
def test_the_page_that_trains_such_nets_shows_its_curves_with_chance_and_leads_on(name: str, page: str) -> None:
    ident = started(name)
    at = visit(TRAINING.get(page, page), run=ident)
    assert not errors(at)
    sent = component(at, "rows")
    lag = LAGS.get(name, 0)
    assert dict(sent["scoreBaselines"]) == {
        "chance": pytest.approx(tasks.chance(name, lag)),
        "without memory": pytest.approx(tasks.memoryless(name, lag)),
    }
    assert {"Step through", "Gate heatmaps", "Backward pass", "Experiments"} <= links(at)
    assert plain(tasks.find(name).about) in said(at)


@pytest.mark.parametrize(("name", "words"), [("first", "the page Text classifier shows it"), ("adding", "no page")])
def test_a_page_for_other_nets_says_why_it_does_not_show_a_run_and_leads_on(name: str, words: str) -> None:
    at = visit(TRAINING["Language model"], run=started(name))
    assert words in errors(at)
    assert {"Step through", "Experiments"} <= links(at)
    assert ("Text classifier" in links(at)) == (name == "first")
    assert at.button(key="start")  # the page itself is there


def test_data_without_an_end_fit_every_window_and_batch() -> None:
    ident = started("first")
    view = runs.service().view(ident)
    config, words = estimate.fitted(view.config, runs.data(view))
    assert (config, words) == (view.config, "")


@pytest.mark.parametrize("typed", ["1 2 3\n4 5 6", "one two", ""])
def test_numbers_that_a_net_cannot_read_are_named_and_the_trial_stays(typed: str) -> None:
    ident = started("adding")
    at = visit(INSIDE["Step through"], **{"from": "run", "run": ident})
    at.text_area(key="text").set_value(typed).run()
    assert "expected" in errors(at)
    assert component(at, "tokens")


def test_symbols_that_the_task_does_not_have_are_named_with_those_it_has() -> None:
    at = visit(INSIDE["Step through"], **{"from": "run", "run": started("first")})
    at.text_area(key="text").set_value("12345").run()
    assert "it knows A B C D w x y z" in errors(at)


def test_going_from_a_run_of_one_task_to_one_of_another_brings_a_trial_of_that() -> None:
    first, other = started("first"), started("agreement")
    at = visit(INSIDE["Step through"], **{"from": "run", "run": first})
    at.query_params["run"] = other
    at.query_params["from"] = "run"
    del at.query_params["text"]
    at.run()
    assert not errors(at)
    assert at.text_area(key="text").value == trial("agreement").text
