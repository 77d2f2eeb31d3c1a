"""The stepper of the way back is sent the core's numbers bit for bit, formulas that are true in them, and verdicts."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pytest
import streamlit as st

from lstm_core import paths
from lstm_ui.components.backward import payload, symbols
from lstm_ui.components.backward.backward import asked_unit, read_position
from lstm_ui.components.backward.doubles import pack_doubles
from lstm_ui.components.player.payload import variant_of
from tests.browser.backward_app import FEATURES, HIDDEN, TEXT, pairs, shown
from tests.cases import Case, make, run, where
from tests.checks import backward as backward_of

NETS = ["lstm", "gru", "before", "rnn", "peep", "held", "back"]
UNIT = 2
ARRIVES_N = {"gru": "\u03a3 W_{h}^{n} dL/dq_{t+1}", "before": "r_{t+1} \u03a3 W_{h}^{n} dL/da_{n,t+1}"}


def walk(net: str = "lstm", unit: int = UNIT) -> list[paths.Stepped]:
    given = shown(net)
    return paths.walk_back(given.trace, given.flow, unit)


def build(net: str = "lstm", **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "walked": walk(net),
        "ident": "net",
        "tokens": pairs(list(TEXT)),
        "cell": {"gru": "gru", "before": "gru", "rnn": "rnn"}.get(net, "lstm"),
        "hidden": HIDDEN,
        "unit": UNIT,
        "direction": "backward" if net == "back" else "forward",
        **changes,
    }
    return payload.backward_payload(given.pop("walked"), **given)


def doubles(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8")


def quantity(data: dict[str, Any], name: str, step: int = 3) -> dict[str, Any]:
    return next(each for each in data["shapes"][data["shapeOf"][step]] if each["name"] == name)


@pytest.mark.parametrize("net", NETS)
def test_every_number_and_every_verdict_of_every_step_is_sent_in_the_order_of_its_formula(net):
    data = build(net)
    numbers, place = doubles(data["numbers"]), 0
    for stepped in sorted(walk(net), key=lambda each: each.step):
        spoken = iter(data["said"][stepped.step])
        for shape, found in zip(data["shapes"][data["shapeOf"][stepped.step]], stepped.quantities, strict=True):
            assert shape["name"] == found.name
            assert [term["name"] for term in shape["terms"]] == [term.name for term in found.terms]
            expected = [found.value]
            for each, term in zip(shape["terms"], found.terms, strict=True):
                assert [factor["kind"] for factor in each["factors"]] == [factor.kind for factor in term.factors]
                expected += [term.value, *(factor.value for factor in term.factors)]
            np.testing.assert_array_equal(numbers[place : place + len(expected)], expected)
            place += len(expected)
            for thing in (found, *found.terms):
                said = data["verdicts"][next(spoken)]
                assert (said and said[1]) == (thing.verdict and thing.verdict.kind)
                assert said is None or said[2] == symbols.markup(thing.verdict.words)
        assert next(spoken, None) is None
    assert place == len(numbers)


@pytest.mark.parametrize("net", NETS)
def test_sub_steps_take_each_quantity_once_and_in_the_order_of_the_core(net):
    data = build(net)
    assert [name for sub in data["subs"] for name in sub["names"]] == [each.name for each in walk(net)[0].quantities]


def test_formulas_are_written_with_subscripts_brackets_and_powers():
    data = build("lstm")
    assert quantity(data, "dc")["symbol"] == "dL/dc_{t}"
    straight, through_h = (quantity(data, "dc")["terms"][k] for k in (1, 2))
    assert (straight["label"], through_h["label"]) == ("straight", "through h")
    assert [each["symbol"] for each in straight["factors"]] == ["dL/dc_{t+1}", "f_{t+1}"]
    minus = "\N{MINUS SIGN}"
    written = ["dL/dh_{t}", "o_{t}", f"(1 {minus} tanh(c_{{t}})^{{2}})"]
    assert [each["symbol"] for each in through_h["factors"]] == written
    assert quantity(data, "da_f")["terms"][0]["factors"][1]["symbol"] == f"f_{{t}} (1 {minus} f_{{t}})"
    assert [term["sum"] for term in quantity(data, "dh")["terms"]][:2] == ["", "\u03a3 W_{h}^{i} dL/da_{i,t+1}"]
    assert quantity(data, "dh_prev")["terms"][1]["sum"] == "\u03a3 W_{h}^{f} dL/da_{f}"
    assert quantity(data, "dx")["terms"][3]["sum"] == "\u03a3 W_{x}^{g} dL/da_{g}"
    assert quantity(build("rnn"), "dh")["terms"][1]["sum"] == "\u03a3 W_{h} dL/da_{t+1}"
    for net, expected in ARRIVES_N.items():
        assert quantity(build(net), "dh")["terms"][-1]["sum"] == expected


def test_a_held_state_and_a_straight_step_have_formulas_of_their_own():
    data = build("held")
    kinds = {step: [factor["kind"] for factor in quantity(data, "df", step)["terms"][0]["factors"]] for step in (4, 5)}
    assert kinds == {4: ["gradient", "value"], 5: ["gradient", "value", "held"]}
    tones = {verdict[1]: verdict[0] for verdict in data["verdicts"] if verdict}
    assert tones["held"] == "shut" and tones["nothing"] == "note" and tones["part"] == "part"


def test_letters_follow_the_notation_and_notes_go_along():
    assert quantity(build("lstm", notation="d2l"), "df")["terms"][0]["factors"][1]["symbol"] == "C_{t\N{MINUS SIGN}1}"
    assert quantity(build("lstm", notation="d2l"), "df")["symbol"] == "dL/dF_{t}"
    assert quantity(build("lstm", notation="d2l"), "dh")["terms"][4]["label"] == "through C\u0303"
    assert quantity(build("gru", notation="keras"), "dn")["symbol"] == "dL/dh\u0303_{t}"
    assert build("gru", notation="colah")["notes"] and not build("gru")["notes"]


def test_a_gradient_far_below_single_precision_is_not_0():
    assert doubles(pack_doubles("c", [1e-200, -3e-310]))[0] == 1e-200
    small = [each._replace(quantities=tuple(q._replace(value=1e-150) for q in each.quantities)) for each in walk()]
    assert (doubles(build(walked=small)["numbers"]) == 1e-150).sum() == len(TEXT) * len(small[0].quantities)
    with pytest.raises(ValueError, match=r"^c: expected finite numbers, got NaN or infinity"):
        pack_doubles("c", [np.nan])
    assert np.isnan(doubles(pack_doubles("c", [np.nan], missing=True)))[0]
    with pytest.raises(ValueError, match=r"^c: expected finite"):
        pack_doubles("c", [np.inf], missing=True)


def test_the_payload_is_plain_json_begins_where_the_reading_ended_and_clips_what_a_link_says():
    data = build(tokens=[("<b>", "<b>")] * len(TEXT), objective="<i>", value=float("nan"))
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["tokens"][0] == {"shown": "<b>", "name": "", "sign": False}
    assert data["value"] is None and build(value=0.25)["value"] == 0.25
    assert data["position"] == {"step": len(TEXT) - 1, "sub": 1, "unit": UNIT}
    assert build("back")["position"]["step"] == 0
    assert build(step=99, sub=99)["position"] == {"step": len(TEXT) - 1, "sub": 7, "unit": UNIT}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "elman"}, "cell: expected one of lstm, gru, rnn, got 'elman'"),
        ({"cell": "gru"}, "walked: expected the steps of a cell 'gru', got da_f, da_g"),
        ({"direction": "up"}, "direction: expected forward or backward, got 'up'"),
        ({"direction": "backward"}, "walked: expected all steps from the one read last to the first"),
        ({"walked": walk()[:-1], "tokens": pairs(list(TEXT[1:]))}, "walked: expected all steps from the one read last"),
        ({"walked": []}, "walked: expected 1 to 512 steps, got 0"),
        ({"walked": walk() * 43}, "walked: expected 1 to 512 steps, got 516"),
        ({"tokens": pairs(list("ab"))}, "tokens: expected one for each of 12 steps, got 2"),
        ({"unit": HIDDEN}, f"unit: expected 0 to {HIDDEN - 1}, got {HIDDEN}"),
        ({"notation": "mine"}, "notation: expected one of"),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_allowed(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        build(**changes)


def test_a_unit_is_asked_for_by_the_data_that_are_shown_only(monkeypatch):
    def asked(said: object) -> int:
        monkeypatch.setattr(st, "session_state", {"back": said})
        return asked_unit("back", "net", HIDDEN, 1)

    assert asked({"position": {"id": "net", "unit": 3.0}}) == 3
    assert asked({"position": {"id": "net", "unit": 99}}) == HIDDEN - 1
    for other in (None, {}, {"position": None}, {"position": {"id": "other", "unit": 3}}, {"position": {"id": "net"}}):
        assert asked(other) == 1
    assert asked({"position": {"id": "net", "unit": True}}) == 1


def test_positions_from_the_browser_are_checked():
    data = build(step=4, sub=2)
    assert read_position({"id": "net", "step": -3, "sub": 99, "unit": 1}, data) == (0, 7, 1)
    for strange in (None, 5, {"id": "net", "step": "x"}, {"id": "other", "step": 1}, {"id": "net", "step": 1.5}):
        assert read_position(strange, data) == (4, 2, UNIT)
    assert FEATURES != HIDDEN


@pytest.mark.parametrize("case", where(dtype="float64", ragged=False, reverse=False), ids=str)
def test_the_drawing_is_told_which_cell_it_is_by_what_was_multiplied(case: Case) -> None:
    given = make(case)
    flow = backward_of(case, given, flow=True).flow
    walked = paths.walk_back(run(case, given), flow, 1)
    tokens = pairs(list(TEXT))[: len(walked)]
    hidden = given.dh.shape[2]
    data = payload.backward_payload(walked, ident="", tokens=tokens, cell=case.cell, hidden=hidden, unit=1)
    assert variant_of(run(case, given)).items() <= data["variant"].items()
    assert data["labels"]["h_prev" if case.cell == "rnn" else case.gates[0]]
