"""The section Race, with runs that train in this process."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lstm_core import models, tasks
from lstm_ui import runs
from lstm_ui.race import remaining, runners
from tests.pages.charts import charts, plotted
from tests.pages.training import component, errors, numbers, said, until, visit

PAGE = "pages/4_Vanishing_gradients.py"
TINY = {"race_task": "first", "race_lag": "3", "race_steps": "20", "race_units": "3"}
pytestmark = pytest.mark.usefixtures("own_service")


def race(*opened: str, **address: str) -> AppTest:
    return visit(PAGE, opened=opened, show="race", **address)


def ids(at: AppTest) -> list[str]:
    return at.session_state["race"].split(".")


def started(at: AppTest, *statuses: str) -> AppTest:
    """The page after Start, when every racer has one of these states."""
    at.button(key="race_start").click().run()
    assert not errors(at)
    for ident in ids(at):
        until(ident, *(statuses or ("finished",)))
    return at.run()


def words(at: AppTest) -> str:
    """The sentences below the picture."""
    return next(line for line in said(at).splitlines() if "Share of the gradient at the answer that is left" in line)


def test_the_first_view_shows_task_example_time_and_what_is_equal():
    at = race()
    assert not errors(at) and at.selectbox(key="race_task").value == "order"
    told = said(at)
    assert "2,000 updates each, about" in told and "where nobody else trains" in told
    assert "Equal: data, seed, 8 units, rate 0.01, clip 1. Parameters: RNN 236, GRU 532, LSTM 644." in told
    assert "The LSTM begins with forget bias 3." in told and "X or Y stands at two places" in told
    assert not at.get("bidi_component") and "race" not in at.query_params
    assert any("reads" in element.proto.body for element in at.get("html"))


def test_a_race_runs_to_its_end_and_another_visit_sees_the_same_and_only_watches():
    at = started(race(**TINY))
    sent = component(at, "racers")
    assert [racer["name"] for racer in sent["racers"]] == ["RNN", "GRU", "LSTM"]
    assert {racer["status"] for racer in sent["racers"]} == {"finished"} and sent["lines"] == [
        ["no memory", pytest.approx(1.386, abs=1e-3)]
    ]
    assert sent["scoreLines"] == [["guess", 0.25], ["solved", 0.99]]
    for racer, ident in zip(sent["racers"], ids(at), strict=True):
        view = runs.service().view(ident)
        rows = numbers(racer["validations"]).reshape(3, -1)
        assert rows[2] == pytest.approx(view.history.validated_score)
        state = runs.service().state(ident)
        found = remaining.profile(state.model, remaining.held_out(runs.data(view), view.config))
        assert numbers(racer["profile"]).reshape(7, -1)[4] == pytest.approx(found.norm.middle, rel=1e-6)
        assert view.config.hidden == 3 and view.page == "Vanishing gradients" and models.count(state.model) > 0
    for keys in ("a.b.c", at.session_state["race_key"].rpartition(".")[0], ""):
        other = race(race=at.session_state["race"], race_key=keys)
        assert "You are watching" in said(other), keys
    there = race(race=at.session_state["race"])
    again = component(there, "racers")
    assert [racer["profile"] for racer in again["racers"]] == [racer["profile"] for racer in sent["racers"]]
    assert words(there) == words(at) and "You are watching" in said(there)
    assert all(there.button(key=f"race_{what}").disabled for what in ("pause", "stop"))
    assert "The settings count for the next start." not in said(there)  # the form begins with what is shown
    assert (there.selectbox(key="race_task").value, there.select_slider(key="race_lag").value) == ("first", 3)
    assert there.query_params["race_units"] in ("3", ["3"]) and "race_rate" not in there.query_params


@pytest.mark.parametrize("task", ["first", "reber", "adding", "continual"])
def test_what_stands_there_before_the_start_is_the_race_at_update_0(task):
    settings = {"race_task": task, "race_steps": "2", "race_units": "3", "race_cells": "rnn-lstm", "race_seed": "4"}
    at = race(**settings)
    (chart,) = charts(at)
    lines = {line["name"]: line for line in chart["data"] if line.get("showlegend") is not False}
    assert list(lines) == ["RNN", "LSTM"] and "Before any training." in said(at)
    at = started(at)
    assert not charts(at) and "Before any training." not in said(at)
    for name, ident in zip(lines, ids(at), strict=True):
        view = runs.service().view(ident)
        model = runs.service().state(ident, 0).model
        batch = remaining.held_out(runs.data(view), view.config)
        stored = remaining.profile(model, batch, remaining.BEHIND.get(task, 0)).left
        shown = dict(zip(*map(plotted, (lines[name]["x"], lines[name]["y"])), strict=True))
        assert all(shown[x] == pytest.approx(y) for x, y in zip(stored.x, stored.middle, strict=True))


def test_one_button_pauses_resumes_stops_and_restarts_all():
    at = started(race(**{**TINY, "race_steps": "20000"}), "running")
    at.button(key="race_pause").click().run()
    first = ids(at)
    assert {runs.service().view(ident).status for ident in first} == {"paused"}
    at.button(key="race_resume").click().run()
    assert {runs.service().view(ident).status for ident in first} <= {"waiting", "running"}
    at.button(key="race_stop").click().run()
    assert {runs.service().view(ident).status for ident in first} == {"stopped"} and not errors(at)
    at.button(key="race_again").click().run()
    assert len(set(first) | set(ids(at))) == 6
    second = ids(at)
    at.selectbox(key="race_task").select("agreement").run()
    assert "The settings count for the next start." in said(at) and ids(at) == second
    at.button(key="race_start").click().run()  # stops the race that is under way
    assert {runs.service().view(ident).status for ident in second} == {"stopped"}
    assert len(set(second) | set(ids(at))) == 6 and not errors(at)
    at.button(key="race_stop").click().run()
    assert runs.service().view(ids(at)[0]).title.startswith("Number agreement, lag 30")


def test_after_the_race_any_moment_is_seen_with_its_gradient_and_its_words():
    at = started(race(**{**TINY, "race_cells": "rnn-lstm"}))
    slider = at.select_slider(key="race_moment")
    assert slider.options[:3] == ["0", "1", "2"] and slider.value == 20 and "race_at" not in at.query_params
    end = component(at, "racers")
    at.select_slider(key="race_moment").set_value(4).run()
    sent = component(at, "racers")
    assert (end["moment"], sent["moment"]) == (None, 4) and at.session_state["race_at"] == 4
    assert [racer["of"] for racer in sent["racers"]] == [4, 4]
    for racer, ident in zip(sent["racers"], ids(at), strict=True):
        view = runs.service().view(ident)
        model = runs.service().state(ident, 4).model
        found = remaining.profile(model, remaining.held_out(runs.data(view), view.config))
        assert numbers(racer["profile"]).reshape(7, -1)[1] == pytest.approx(found.left.middle, rel=1e-6)
    there = race(race=at.session_state["race"], race_at="4")
    assert component(there, "racers")["racers"] == sent["racers"] and words(there) == words(at)


def test_a_fourth_racer_shows_why_there_is_a_forget_gate():
    at = started(race("race_settings", race_task="continual", race_steps="2", race_units="3"))
    assert len(ids(at)) == 4 and "this is why there is a forget gate" in said(at)
    assert "Length of the cell state after" in words(at) and "LSTM without a forget gate" in words(at)
    assert [racer["name"] for racer in component(at, "racers")["racers"]][3] == "LSTM without a forget gate"


def test_settings_follow_the_task_until_they_are_chosen():
    at = race("race_settings")
    assert (at.number_input(key="race_units").value, at.number_input(key="race_steps").value) == (8, 2000)
    at.segmented_control(key="race_match").select("parameters").run()
    assert "Parameters, as near as units allow: RNN 626 (18 units)" in said(at)
    at.number_input(key="race_units").set_value(9).run()
    assert at.query_params["race_units"] in ("9", ["9"])
    at.selectbox(key="race_task").select("copy").run()
    assert at.number_input(key="race_units").value == 64 and at.select_slider(key="race_lag").value == 30
    there = race(race_task="copy", race_units="5", race_lag="12")
    assert "LSTM 5" not in said(there) and "5 units" in said(there) and there.session_state["race_lag"] == 12


def test_nobody_taking_part_is_said_and_cannot_be_started():
    at = race("race_settings", race_cells="none")
    assert "cells: expected at least one that takes part, got none; choose RNN, GRU or LSTM" in errors(at)
    assert at.button(key="race_start").disabled
    at.session_state["race_who"] = ["gru"]
    there = race("race_settings", race_cells="gru")
    assert not errors(there) and "Parameters: GRU 532." in said(there)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"race_task": "counting", "race_lag": "800"}, "lag: expected 1 to 500 for a^n b^n, got 800; 500 is used"),
        (
            {"race_lag": "5000"},
            "race_lag: expected a whole number from 0 to 1000, got '5000' in the link; "
            "the usual lag for the task is used instead.",
        ),
        ({"race_task": "chess"}, "race_task: expected one of first, copy"),
        ({"race": "<script>"}, "race: expected letters and digits"),
        ({"race_cells": "rnn-xyz"}, "race_cells: expected some of rnn"),
        ({"race_steps": "999999"}, "race_steps: expected a whole number from 0 to 20000"),
        ({"race_clip": "x"}, "in the link; the usual norm for the task is used instead."),
        ({"race_at": "now"}, "in the link; the newest update is used instead."),
    ],
)
def test_a_wrong_link_is_named_and_the_page_stands(address, expected):
    at = race(**address)
    assert expected in said(at) and not errors(at)
    assert not at.button(key="race_start").disabled


def test_a_deleted_run_is_said_and_left_behind():
    at = started(race(**TINY))
    assert "race: expected runs of different cells, got two of one" in errors(race(race=f"{ids(at)[0]}.{ids(at)[0]}"))
    ident, key = ids(at)[1], at.session_state["race_key"].split(".")[1]
    runs.service().delete(ident, key)
    at.run()
    assert "which was deleted or cleared; start a new race" in errors(at) and not at.get("bidi_component")
    at.button(key="race_leave").click().run()
    assert not errors(at) and "race" not in at.query_params


def test_a_racer_that_fails_says_when_and_why():
    wild = tasks.config("adding", cell="rnn", activation="relu", rate=1e6, clip=0.0, steps=30, hidden=3)
    ticket = runs.service().start(tasks.source("adding", 20), wild)
    until(ticket.id, "failed")
    at = race("race_settings", race=ticket.id)
    assert at.number_input(key="race_rate").value == 0.005  # the run's own lies beyond what the form offers
    assert "RNN failed at update" in said(at) and not errors(at)
    assert component(at, "racers")["racers"][0]["status"] == "failed" and component(at, "racers")["score"] == ""


def test_too_many_runs_are_refused_whole(monkeypatch):
    monkeypatch.setenv("GATESCOPE_MOST_RUNS_EACH", "4")
    at = started(race(**{**TINY, "race_steps": "20000"}), "running")
    before = ids(at)
    other = race(**TINY)
    other.session_state["owner"] = at.session_state["owner"]
    other.button(key="race_start").click().run()
    assert "runs: expected at most 4 of yours that train at a time" in errors(other)
    assert "race" not in other.query_params and len(runs.service().runs()) == 3
    at.button(key="race_stop").click().run()
    assert {runs.service().view(ident).status for ident in before} == {"stopped"}


def test_a_start_that_a_second_click_breaks_off_leaves_no_run_behind(monkeypatch):
    class BrokenOff(BaseException):
        pass

    def broken():
        raise BrokenOff

    monkeypatch.setattr(runs, "owner", lambda: "somebody")
    monkeypatch.setattr(runners, "stop", broken)  # the first that reads the session when all racers are there
    configs = [tasks.config("first", cell=cell, steps=5, hidden=2) for cell in ("rnn", "lstm")]
    with pytest.raises(BrokenOff):
        runners.start(configs, tasks.source("first", 3))
    assert not runs.service().runs()


def test_each_racer_opens_in_the_pages_that_look_into_a_net():
    at = started(race("race_inside", **TINY))
    links = [element.proto for element in at.get("page_link")]
    inside = [link for link in links if f"run={ids(at)[2]}" in link.query_string]
    assert len(inside) == 4 and {link.label for link in inside} == {
        "Step through", "Gate heatmaps", "Backward pass", "Text classifier"
    }  # fmt: skip
