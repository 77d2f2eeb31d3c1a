"""What the player is sent: the core's numbers, bit for bit, and formulas that are true in them."""

from __future__ import annotations

import base64
import json
import math
import re

import numpy as np
import pytest

from lstm_core import gru, lstm, rnn
from lstm_core.clamps import Clamp
from lstm_plots import notation
from lstm_ui.components import transport
from lstm_ui.components.player.payload import columns, payload
from lstm_ui.components.player.player import ASSETS, Position, read_position
from tests.arrays_sent import columns_of

STEPS, FEATURES, HIDDEN = 7, 3, 5


def weights(cell: str, **options):
    """Parameters in which nothing is zero, so that a forgotten part shows."""
    rng = np.random.default_rng(11)
    match cell:
        case "lstm":
            params = lstm.init(rng, FEATURES, HIDDEN, lstm.Variant(**options))
        case "gru":
            params = gru.init(rng, FEATURES, HIDDEN, **options)
        case _:
            params = rnn.init(rng, FEATURES, HIDDEN, **options)
    noise = {name: rng.normal(size=getattr(params, name).shape).astype(np.float32) for name in ("W_x", "W_h", "b")}
    if cell == "lstm":
        noise["variant"] = params.variant
        noise["p"] = None if params.p is None else rng.normal(size=params.p.shape).astype(np.float32)
    elif cell == "gru":
        noise["reset_after"] = params.reset_after
    else:
        noise["activation"] = params.activation
    return type(params)(**noise)


CELLS = {"lstm": lstm, "gru": gru, "rnn": rnn}
CASES = [
    ("lstm", {}),
    ("lstm", {"peephole": True}),
    ("lstm", {"forget": "coupled", "peephole": True}),
    ("lstm", {"forget": "none", "output": "none"}),
    ("lstm", {"input": "none"}),
    ("gru", {"reset_after": True}),
    ("gru", {"reset_after": False}),
    ("rnn", {}),
    ("rnn", {"activation": "relu"}),
]
EACH = pytest.mark.parametrize(("cell", "options"), CASES, ids=str)
X = np.random.default_rng(5).normal(size=(STEPS, 1, FEATURES)).astype(np.float32)
TOKENS = [(letter, letter) for letter in "abcdef"] + [("\u2423", "space")]


def run(cell: str, options: dict, *, reverse: bool = False, clamps=()):
    module = CELLS[cell]
    rng = np.random.default_rng(7)
    shape = (1, HIDDEN)
    states = [rng.normal(size=shape).astype(np.float32) for _ in module.State._fields]
    return module.forward(weights(cell, **options), X, module.State(*states), clamps=clamps, reverse=reverse)


def unpack(table: dict, steps: int = STEPS) -> dict[str, np.ndarray]:
    return columns_of(table, steps)


@EACH
def test_every_signal_arrives_bit_for_bit(cell, options):
    trace = run(cell, options)
    found = unpack(payload(trace, None, TOKENS, ident="a")["runs"][0])
    for signal in (*CELLS[cell].SIGNALS, "x"):
        np.testing.assert_array_equal(found[signal], getattr(trace, signal)[:, 0], err_msg=signal)


@EACH
@pytest.mark.parametrize("reverse", [False, True])
def test_before_means_the_step_that_was_read_before(cell, options, reverse):
    trace = run(cell, options, reverse=reverse)
    found = unpack(payload(trace, None, TOKENS, ident="a")["runs"][0])
    for name in CELLS[cell].State._fields:
        states, first = getattr(trace, name)[:, 0], getattr(trace.initial, name)[0]
        before = found[f"{name}_prev"]
        for t in range(STEPS):
            t_before = t + 1 if reverse else t - 1
            np.testing.assert_array_equal(before[t], states[t_before] if 0 <= t_before < STEPS else first)


@EACH
@pytest.mark.parametrize("name", notation.NOTATIONS)
@pytest.mark.parametrize("reverse", [False, True])
def test_every_formula_on_the_screen_is_true_in_its_own_numbers(cell, options, name, reverse):
    data = payload(run(cell, options, reverse=reverse), None, TOKENS, ident="a", notation=name)
    numbers = {key: values.astype(float) for key, values in unpack(data["runs"][0]).items()}
    if cell == "gru":
        numbers["rh"] = numbers["r"] * numbers["h_prev"]
    functions = {"tanh": np.tanh, "σ": lambda a: 1 / (1 + np.exp(-a)), "relu": lambda a: np.maximum(a, 0)}
    count = 0
    for block in (block for chapter in data["subs"] for block in chapter["blocks"]):
        if block["type"] != "formula":
            continue
        line = block["filled"].replace("\N{MINUS SIGN}", "-").replace("·", "*")
        sides = [re.sub(r"\{([\w.]+)\}", r"numbers['\1']", side) for side in line.split(" = ")]
        values = [eval(side, {"numbers": numbers, **functions}) for side in sides]
        for value in values[1:]:
            np.testing.assert_allclose(value, values[0], atol=3e-6, err_msg=block["filled"])
            count += 1
    assert count >= 2


@EACH
def test_every_key_that_the_panel_names_is_in_the_data(cell, options):
    data = payload(run(cell, options), None, TOKENS, ident="a")
    known = set(unpack(data["runs"][0])) | set(re.findall(r"^  (\w+): \(run", ASSETS.script(), re.M))
    for block in (block for chapter in data["subs"] for block in chapter["blocks"]):
        if block["type"] == "formula":
            named = re.findall(r"\{([\w.]+)\}", block["filled"])
            named += [key for key, _ in (block["sum"] or {"parts": []})["parts"]]
        else:
            named = [key for point in block.get("points", []) for key in (point, f"a.{point}")]
        assert set(named) <= known, (block, set(named) - known)


@EACH
def test_the_bars_of_a_sum_add_up_to_its_total(cell, options):
    data = payload(run(cell, options), None, TOKENS, ident="a")
    numbers = {key: values.astype(float) for key, values in unpack(data["runs"][0]).items()}
    if cell == "lstm":
        numbers |= {"fc": numbers["f"] * numbers["c_prev"], "ig": numbers["i"] * numbers["g"]}
    if cell == "gru":
        numbers |= {"zn": (1 - numbers["z"]) * numbers["n"], "zh": numbers["z"] * numbers["h_prev"]}
    sums = [b["sum"] for chapter in data["subs"] for b in chapter["blocks"] if b["type"] == "formula" and b["sum"]]
    assert sums
    for found in sums:
        total = np.sum([numbers[key] for key, _ in found["parts"]], axis=0)
        np.testing.assert_allclose(total, numbers[found["result"]], atol=3e-6, err_msg=str(found["parts"]))


def test_removed_gates_send_no_sum():
    found = columns(run("lstm", {"forget": "none", "output": "none"}), STEPS)
    assert "a.i" in found and "a.g" in found
    assert "a.f" not in found and "a.o" not in found
    assert (found["f"] == 1).all()


def test_two_runs_travel_together_with_the_mask_of_what_is_held():
    clamp = Clamp("f", 0.25, start=2, stop=4, units=(1, 3))
    data = payload(run("lstm", {}), run("lstm", {}, clamps=[clamp]), TOKENS, ident="a")
    free, held = (unpack(table) for table in data["runs"])
    mask = np.frombuffer(base64.b64decode(data["held"]["f"]), dtype=np.uint8).reshape(STEPS, HIDDEN)
    expected = np.zeros((STEPS, HIDDEN), dtype=np.uint8)
    expected[2:4, [1, 3]] = 1
    np.testing.assert_array_equal(mask, expected)
    assert (held["f"][mask == 1] == 0.25).all() and (free["f"][mask == 1] != 0.25).all()
    assert list(data["held"]) == ["f"]


def test_a_shorter_sequence_of_a_batch_is_cut_to_its_own_length():
    x = np.concatenate([X, X[::-1] + 1], axis=1)
    trace = rnn.forward(weights("rnn"), x, lengths=[STEPS, 4])
    data = payload(trace, None, TOKENS[:4], ident="a", batch=1)
    assert data["steps"] == 4
    found = unpack(data["runs"][0], 4)
    for name in ("h", "x"):
        np.testing.assert_array_equal(found[name], getattr(trace, name)[:4, 1])
    np.testing.assert_array_equal(found["h_prev"][1:], trace.h[:3, 1])
    np.testing.assert_allclose(np.tanh(found["a.h"]), found["h"], atol=1e-6)


def test_the_payload_is_plain_json_and_keeps_the_readers_words_as_data():
    words = [("<script>", "<script>"), *TOKENS[1:]]
    data = payload(run("gru", {}), None, words, ident="a")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["tokens"][0] == {"shown": "<script>", "name": "<script>", "sign": False}
    assert data["tokens"][-1] == {"shown": "\u2423", "name": "space", "sign": True}


def test_a_wrong_number_of_tokens_is_refused():
    with pytest.raises(ValueError, match="tokens: expected one for each of 7 steps, got 3"):
        payload(run("rnn", {}), None, TOKENS[:3], ident="a")


def test_two_runs_of_different_cells_are_refused():
    with pytest.raises(ValueError, match="held: expected a run of the same rnn"):
        payload(run("rnn", {}), run("gru", {}), TOKENS, ident="a")


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e300])
def test_numbers_that_are_not_finite_in_float32_never_travel(bad):
    with pytest.raises(ValueError, match="c: expected finite float32 numbers"):
        transport.pack_table({"c": np.array([[1.0, bad]])})


@pytest.mark.parametrize("bad", [np.float32(1), b"x", {1: "a"}, math.nan, {"a": [np.ones(2)]}, object()])
def test_what_streamlit_would_turn_into_a_string_is_refused(bad):
    with pytest.raises(ValueError, match="data"):
        transport.check_json({"value": bad} if not isinstance(bad, dict) else bad)


def test_a_table_with_rows_of_different_number_is_refused():
    with pytest.raises(ValueError, match="equal time for all"):
        transport.pack_table({"f": np.ones((3, 2)), "x": np.ones((4, 2))})


def test_a_start_outside_is_clipped():
    data = payload(run("lstm", {}), None, TOKENS, ident="a", position=(99, 0, -4))
    assert data["position"] == {"step": STEPS - 1, "sub": 1, "unit": 0}


@pytest.mark.parametrize(
    "sent", [None, "x", {}, {"step": "2", "sub": None, "unit": True}, {"step": math.nan}, {"step": 1.5}]
)
def test_nonsense_from_the_browser_falls_back_to_where_the_payload_began(sent):
    data = payload(run("lstm", {}), None, TOKENS, ident="a", position=(3, 2, 1))
    assert read_position(sent, data) == Position(3, 2, 1)


def test_a_position_from_the_browser_is_clipped_to_the_data():
    data = payload(run("rnn", {}), None, TOKENS, ident="a")
    assert read_position({"step": 600, "sub": 5, "unit": 2.0}, data) == Position(STEPS - 1, 3, 2)


def test_the_script_never_writes_markup_from_data_and_asks_no_other_host():
    text = ASSETS.script()
    assert "\n" in text and "export default" in text
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttpRequest",
        "import(",
    ):
        assert forbidden not in text
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
