"""The heatmaps are sent every number as it is, orders and spans that fit, and a position that is checked twice."""

from __future__ import annotations

import base64
import json
import math

import numpy as np
import pytest

from lstm_ui.components.gates import Position, gates_payload
from lstm_ui.components.gates.gates import ASSETS
from lstm_ui.components.gates.position import read_open, read_position, start
from tests.browser.gates_app import LIMIT, UNITS, large, orders_of, pairs, second, signals_of, small, words

SIGNALS = signals_of(5, 32, 7)


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def changed(name: str, at: tuple[int, int], value: float) -> dict[str, np.ndarray]:
    """The signals with one number replaced."""
    found = {key: values.copy() for key, values in SIGNALS.items()}
    found[name][at] = value
    return found


def test_every_number_arrives_bit_for_bit_time_by_time():
    data = small()
    assert [signal["name"] for signal in data["signals"]] == list("ifogch")
    assert [signal["kind"] for signal in data["signals"]] == ["gate"] * 3 + ["state"] * 3
    for signal in data["signals"]:
        sent = floats(signal["data"]).reshape(32, len(UNITS))
        np.testing.assert_array_equal(sent.view(np.uint32), SIGNALS[signal["name"]].view(np.uint32))
        assert signal["other"] is None


def test_arrays_that_are_not_contiguous_arrive_in_their_order():
    turned = {name: np.asfortranarray(values) for name, values in SIGNALS.items()}
    cut = {name: np.repeat(values, 2, axis=1)[:, ::2] for name, values in SIGNALS.items()}
    for given in (turned, cut):
        assert small(signals=given)["signals"] == small()["signals"]


def test_a_second_run_has_gaps_where_it_has_no_counterpart():
    data = small(other=second(), other_name="held")
    for signal in data["signals"]:
        sent = floats(signal["other"]).reshape(32, len(UNITS))
        np.testing.assert_array_equal(sent, second()[signal["name"]])
        assert np.isnan(sent[-3:]).all()
    assert data["compared"] and (data["name"], data["otherName"]) == ("free", "held")


@pytest.mark.parametrize("data", [small(), small(other=second()), words(), words("h")], ids=lambda data: data["id"])
def test_the_payload_is_plain_json_and_keeps_the_readers_words_as_data(data):
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_orders_are_sent_in_the_order_of_the_buttons_and_stored_needs_not_be_given():
    given = dict(reversed(orders_of(7).items()))
    found = small(orders=given)["orders"]
    assert [each["id"] for each in found] == ["stored", "similar", "half-life", "saturation", "active"]
    assert found[0]["rows"] == list(range(7))
    assert all(each["rows"] == given[each["id"]].tolist() for each in found[1:])
    assert [each["id"] for each in small(orders={})["orders"]] == ["stored"]


def test_the_most_that_may_be_sent_is_128_units_at_512_steps():
    data = large()
    assert (len(data["tokens"]), len(data["units"]), len(data["signals"])) == (512, 128, 6)
    assert len(json.dumps(data)) < 2_300_000


def test_marked_units_that_are_not_shown_are_left_out():
    assert small(marked_units=[12, 1, 12, 3])["markedUnits"] == [3, 12]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signals": {}}, "signals: expected i f o g c h, r z n h, or h, got ''"),
        ({"signals": {"i": SIGNALS["i"], "z": SIGNALS["h"]}}, "signals: expected .* got 'i z'"),
        (
            {"signals": {**SIGNALS, "h": SIGNALS["h"][:, :6]}},
            r"signals\['h'\]: expected shape \(time=32, units=7\), got",
        ),
        ({"signals": {"h": SIGNALS["h"][0]}}, r"signals\['h'\]: expected shape"),
        ({"signals": {"h": np.zeros((32, 0))}}, r"signals\['h'\]: expected shape"),
        ({"signals": {"h": np.float32(3)}}, r"signals\['h'\]: expected shape"),
        ({"signals": {"h": np.zeros((32, 7), dtype=int)}}, r"signals\['h'\]: expected floating numbers"),
        ({"signals": changed("c", (3, 2), math.nan)}, r"signals\['c'\]: expected finite float32 numbers"),
        ({"signals": changed("c", (3, 2), math.inf)}, r"signals\['c'\]: expected finite float32 numbers"),
        ({"tokens": pairs("too few")}, r"signals\['i'\]: expected shape \(time=7"),
        ({"units": UNITS[:6]}, "units: expected 7 different numbers from 0 to 15"),
        ({"units": (3, 0, 7, 5, 12, 9, 3)}, "units: expected 7 different numbers"),
        ({"units": (3, 0, 7, 5, 12, 9, 1600)}, "units: expected 7 different numbers"),
        ({"orders": {"alphabet": range(7)}}, "orders: expected ids among stored, similar, .* got 'alphabet'"),
        ({"orders": {"similar": range(6)}}, r"orders\['similar'\]: expected each of 0 to 6 once"),
        ({"orders": {"similar": UNITS}}, r"orders\['similar'\]: expected each of 0 to 6 once, got 3, 0, 7"),
        ({"limit": 0.0}, "limit: expected a finite number above 0, got 0.0"),
        ({"limit": math.nan}, "limit: expected a finite number above 0, got nan"),
        ({"other": {"h": SIGNALS["h"]}}, "other: expected the signals i f o g c h, got h"),
        ({"other": {**SIGNALS, "c": SIGNALS["c"][:9]}}, r"other\['c'\]: expected floating numbers of shape \(32, 7\)"),
        ({"other": {**SIGNALS, "c": SIGNALS["c"] > 0}}, r"other\['c'\]: expected floating numbers"),
        ({"other_tokens": pairs("abc")}, "other_tokens: expected one for each of 32 steps, got 3"),
        ({"marks": [(3, 3)]}, "marks: expected 0 <= start < stop <= 32"),
        ({"marks": [(30, 33)]}, "marks: expected 0 <= start < stop <= 32"),
        ({"facts": {"half-life": ["3"]}}, r"facts\['half-life'\]: expected one for each of 7 columns, got 1"),
    ],
    ids=lambda value: str(value)[:60].replace("\n", " "),
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        small(**change)


@pytest.mark.parametrize(
    ("steps", "units", "words"),
    [
        (513, 2, "tokens: expected at most 512 steps, got 513"),
        (
            512,
            131,
            "expected at most 512 units and 400,000 numbers a run, got 131 units and 402,432; show the 130 most",
        ),
        (4, 513, "expected at most 512 units .* got 513 units and 12,312; show the 512 most"),
    ],
)
def test_more_than_can_be_drawn_is_refused_with_what_can(steps, units, words):
    signals = {name: np.zeros((steps, units), np.float32) for name in "ifogch"}
    with pytest.raises(ValueError, match=words):
        gates_payload(
            signals, ident="x", tokens=pairs("a" * steps), units=range(units), total=units, orders={}, limit=1.0
        )


START = Position(4, 7, None, None, "stored", "this")


@pytest.mark.parametrize(
    ("given", "field", "wanted"),
    [
        ({"step": 99}, "step", 31),
        ({"step": -5}, "step", 0),
        ({"step": "3"}, "step", 0),
        ({"unit": 1}, "unit", None),  # in the layer, but not shown
        ({"unit": 12.0}, "unit", 12),
        ({"unit": None}, "unit", None),
        ({"span": (3, 8)}, "span", [3, 8]),
        ({"span": (-3, 99)}, "span", [0, 32]),
        ({"span": (8, 8)}, "span", None),
        ({"span": (40, 50)}, "span", None),
        ({"span": "ab"}, "span", None),
        ({"span": (1, math.nan)}, "span", None),
        ({"zoom": (0, 32)}, "zoom", None),
        ({"zoom": (5, 9)}, "zoom", [5, 9]),
        ({"order": "active"}, "order", "active"),
        ({"order": "?"}, "order", "stored"),
        ({"order": ["similar"]}, "order", "stored"),
        ({"show": "difference"}, "show", "this"),  # there is no other run
        ({"show": "difference", "other": second()}, "show", "difference"),
        ({"show": "?", "other": second()}, "show", "this"),
    ],
    ids=str,
)
def test_a_position_from_a_link_is_made_to_fit(given, field, wanted):
    assert small(**given)["position"][field] == wanted


@pytest.mark.parametrize(
    "sent",
    [None, "x", [], {}, {"id": "other", "turn": 0, "step": 9}, {"id": "small", "turn": 1, "step": 9}, {"step": 9}],
    ids=str,
)
def test_a_position_that_is_not_of_this_payload_is_taken_from_it(sent):
    assert read_position(sent, small()) == START


def test_a_position_from_the_browser_is_checked_field_by_field():
    sent = {"id": "small", "turn": 0, "step": 9.0, "unit": 12, "span": [2, 5], "zoom": [1, 99], "order": "active"}
    assert read_position(sent, small()) == Position(9, 12, (2, 5), (1, 32), "active", "this")
    broken = {**sent, "unit": {}, "span": [5, "x"], "zoom": None, "order": 3, "show": "other", "step": True}
    assert read_position(broken, small()) == Position(0, None, None, None, "stored", "this")
    assert read_position({**sent, "unit": None}, small()).unit is None


@pytest.mark.parametrize(
    "moment",
    [("small", 32, 7), ("small", -1, 7), ("other", 3, 7), ("small", 3, 1), ("small", 3, True), ("small", None, 7)],
    ids=str,
)
def test_a_moment_to_open_that_is_none_is_ignored(moment):
    assert read_open(dict(zip(("id", "step", "unit"), moment, strict=True)), small()) is None
    assert read_open(moment, small()) is None


def test_a_new_position_of_the_page_moves_the_reader_but_an_echo_of_the_readers_own_does_not():
    session: dict[str, object] = {}
    first = start(small(step=4), "heat", session)
    assert (first["turn"], first["position"]["step"]) == (0, 4)
    moved = {**small(step=9)["position"], "id": "small", "turn": 0}
    session["heat"] = {"position": moved}
    # The page says nothing new, or what the reader did in the run before, or now: nothing is sent again.
    assert start(small(step=4), "heat", session) == first
    session["heat"] = {"position": {**moved, "step": 12, "zoom": [8, 20]}}
    assert start(small(step=9), "heat", session) == first
    assert start(small(step=12), "heat", session) == first
    # The page wants another place; what it does not speak of stays as the reader has it.
    sent = start(small(step=20, span=(18, 22)), "heat", session)
    assert sent == {"turn": 1, "position": {**small(step=20, span=(18, 22))["position"], "zoom": [8, 20]}}
    assert start(small(step=20, span=(18, 22)), "heat", session) == sent
    payload = {**small(step=20, span=(18, 22)), **sent}
    assert read_position(moved, payload).step == 20, "the reader's old place counts no more"
    # Back to where the reader was before is a wish too.
    session["heat"] = {"position": {**payload["position"], "id": "small", "turn": 1, "step": 25}}
    assert start(small(step=25, span=(18, 22)), "heat", session) == sent
    assert start(small(step=20, span=(18, 22)), "heat", session)["turn"] == 2
    # Another text begins anew.
    assert start(small(ident="b", step=2), "heat", session) == {"turn": 0, "position": small(step=2)["position"]}


def test_the_scripts_never_write_markup_from_data_and_ask_no_other_host():
    text = ASSETS.script()
    assert "\n" in text and text.count("export default") == 1
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert forbidden not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_limit_of_the_colours_travels_as_given():
    assert small()["limit"] == LIMIT
