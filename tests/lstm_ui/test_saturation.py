"""The saturation map is sent the shares as they are, and passes on only units that it was sent."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from lstm_core import gru, lstm, rnn, units
from lstm_core.clamps import Clamp
from lstm_ui.components.live.live import FEED
from lstm_ui.components.saturation.payload import MOST_UNITS, saturation_payload
from lstm_ui.components.saturation.saturation import PICTURE, read_pick

HIDDEN = 5
SHOWN = [3, 0, 4]


def trace_of(module):
    rng = np.random.default_rng(2)
    held = [Clamp("h", 0.0, units=(0, 1))]
    return module.forward(module.init(rng, 3, HIDDEN), 6 * rng.normal(size=(7, 2, 3)), clamps=held)


def build(module=lstm, **changes):
    trace = trace_of(module)
    given = {"ident": "net", "units": SHOWN, "chosen": 4, "about": "7 steps of 2 texts", **changes}
    found = given.pop("found", units.saturation(trace))
    return saturation_payload(found, given.pop("dead", units.dead(trace)), **given)


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


@pytest.mark.parametrize("module", [lstm, gru], ids=["lstm", "gru"])
def test_shares_of_the_shown_units_arrive_gate_by_gate(module):
    expected = units.saturation(trace_of(module))
    data = build(module)
    assert [gate["name"] for gate in data["gates"]] == list(expected)
    for gate in data["gates"]:
        shut, opened = (part[SHOWN].astype(np.float32) for part in expected[gate["name"]])
        np.testing.assert_array_equal(floats(gate["shut"]), shut)
        np.testing.assert_array_equal(floats(gate["open"]), opened)
        assert not np.array_equal(shut, opened)


def test_dead_units_are_named_by_their_numbers_in_the_layer():
    assert build()["dead"] == [0]
    assert build(units=range(HIDDEN))["dead"] == [0, 1]


def test_a_plain_rnn_has_no_gates_but_may_have_dead_units():
    data = build(rnn)
    assert (data["gates"], data["dead"]) == ([], [0])


def test_the_payload_is_plain_json():
    data = build()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert (data["units"], data["chosen"], data["hidden"]) == (SHOWN, 4, HIDDEN)
    assert build(chosen=1)["chosen"] is None, "a unit that is not shown cannot be marked"


def test_an_update_of_the_largest_layer_stays_small():
    rng = np.random.default_rng(0)
    shares = {gate: units.Saturation(*(0.5 * rng.random((2, MOST_UNITS)))) for gate in "ifo"}
    data = build(found=shares, dead=np.zeros(MOST_UNITS, bool), units=range(MOST_UNITS), chosen=None)
    assert len(json.dumps(data)) < 50_000
    assert len(FEED.script()) < 1_000, "the script travels with each update"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"units": [0, 5]}, "units: expected different numbers from 0 to 4"),
        ({"units": [2, 2]}, "units: expected different numbers from 0 to 4"),
        ({"dead": np.zeros(MOST_UNITS + 1, bool), "units": range(MOST_UNITS + 1)}, "at most 1,024, got 1,025"),
        ({"dead": np.zeros(6, bool)}, r"i: expected shape \(6,\), got \(5,\)"),
        (
            {"found": {"f": units.Saturation(np.full(5, 1.5), np.zeros(5))}},
            "f: expected shares of time between 0 and 1",
        ),
        ({"found": {"f": units.Saturation(np.full(5, np.nan), np.zeros(5))}}, "f: expected shares of time"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        build(**change)


@pytest.mark.parametrize("sent", [None, 3, {"unit": "3"}, {"unit": -1}, {"unit": None}, {"unit": float("nan")}, {}])
def test_nonsense_from_the_browser_is_no_pick(sent):
    assert read_pick(sent) is None


def test_the_scripts_never_write_markup_from_data_and_ask_no_other_host():
    text = PICTURE.script()
    assert text.count("export default") == 1
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert forbidden not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
