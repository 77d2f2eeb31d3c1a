"""The ledger's picture is sent every bar of every unit, what they add up to, and the words of a reader as data."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lstm_core import gru, lstm, memory
from lstm_core.clamps import Clamp
from lstm_ui.components.ledger.ledger import ASSETS
from lstm_ui.components.ledger.payload import MOST_STEPS, MOST_UNITS, ledger_payload
from lstm_ui.components.shared.unit_choice import follow

STEPS, FEATURES, HIDDEN = 7, 3, 5
PAIRS = [("a", "a"), ("\u2423", "SPACE"), ("<b>", "<b>"), *[(c, c) for c in "wxyz"]]
UNITS = [4, 1, 2]


def run(cell: str = "lstm", dtype: Any = np.float64, **options: Any) -> Any:
    rng = np.random.default_rng(7)
    module: Any = {"lstm": lstm, "gru": gru}[cell]
    params = module.init(rng, FEATURES, HIDDEN, dtype=dtype)
    params = replace(params, b=params.b + 0.3 * rng.normal(size=params.b.shape).astype(dtype))
    initial = module.State(*(rng.normal(size=(1, HIDDEN)).astype(dtype) for _ in module.State._fields))
    return module.forward(params, 2 * rng.normal(size=(STEPS, 1, FEATURES)).astype(dtype), initial, **options)


def build(trace: Any = None, last: int | None = None, **changes: Any) -> dict[str, Any]:
    trace = run() if trace is None else trace
    found = changes.pop("found", memory.ledger(trace, last))
    given = {
        "ident": "net",
        "tokens": PAIRS,
        "step": int(found.order[-1]),
        "unit": 1,
        "units": UNITS,
        "signal": "c",
        "half_lives": memory.half_lives(trace),
        "reach": memory.reach(found),
        **changes,
    }
    return ledger_payload(found, **given)


def floats(text: str, rows: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4").reshape(rows, -1)


def test_every_bar_is_sent_a_row_a_unit_and_first_the_projection_of_all():
    found = memory.ledger(run())
    bars = floats(build()["bars"], 1 + len(UNITS))
    np.testing.assert_array_equal(bars[1:], found.bars.T[UNITS].astype(np.float32))
    np.testing.assert_array_equal(bars[0], memory.projected(found)[0].astype(np.float32))


@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 1e-6), (np.float64, 1e-12)], ids=["float32", "float64"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("clamped", [False, True], ids=["free", "held"])
def test_bars_and_what_is_left_of_the_initial_state_add_up_to_the_recorded_state(cell, dtype, close, clamped):
    state = {"lstm": "c", "gru": "h"}[cell]
    trace = run(cell, dtype, clamps=[Clamp(state, 0.7, start=2, stop=4, units=(1,))] if clamped else [])
    data = build(trace, 5, signal=state)
    recorded = getattr(trace, state)[5, 0].astype(np.float64)
    np.testing.assert_array_equal(data["totals"], [np.linalg.norm(recorded), *recorded[UNITS]])
    found = memory.ledger(trace, 5)
    sizes = (np.abs(found.bars).sum(axis=0) + np.abs(found.initial))[UNITS]
    assert (np.abs(np.subtract(data["sums"], data["totals"]))[1:] <= close * sizes).all()
    bars = floats(data["bars"], 1 + len(UNITS)).astype(np.float64)
    np.testing.assert_allclose(bars.sum(axis=1) + data["initial"], data["sums"], atol=1e-6)


def test_steps_that_were_not_read_are_told_apart_in_both_directions():
    forward = build(run(), 4)
    assert (forward["reverse"], forward["step"], forward["read"]) == (False, 4, 5)
    backward = build(run(reverse=True), 4)
    assert (backward["reverse"], backward["step"], backward["read"]) == (True, 4, 3)
    assert not floats(backward["bars"], 1 + len(UNITS))[:, :4].any()
    alone = build(run(reverse=True), STEPS - 1)
    assert (alone["reverse"], alone["read"]) == (True, 1)


def test_held_steps_are_marked_for_their_unit_and_only_as_far_as_the_reading_went():
    trace = run(clamps=[Clamp("c", 0.7, start=2, units=(1, 3))])
    data = build(trace, 4)
    held = np.frombuffer(base64.b64decode(data["held"]), np.uint8).reshape(len(UNITS), STEPS)
    np.testing.assert_array_equal(held, [[0] * 7, [0, 0, 1, 1, 1, 0, 0], [0] * 7])
    assert data["heldUnits"] == [0, 0, 2, 2, 2, 0, 0]
    assert build()["held"] is None


def test_how_far_back_most_of_it_lies_is_sent_for_all_together_too():
    found = memory.ledger(run())
    bars, initial = memory.projected(found)
    sizes = np.abs(np.append(bars[::-1], initial)).cumsum()
    expected = int(np.argmax(sizes >= 0.9 * sizes[-1])) + 1
    assert build()["reach"] == [expected, *memory.reach(found)[UNITS].tolist()]


def test_an_endless_half_life_is_sent_as_nothing():
    data = build(half_lives=np.array([1.0, np.inf, 0.0, 3.0, 2.5]))
    assert data["halfLives"] == [2.5, None, 0.0]


def test_what_was_written_goes_along_when_it_is_given():
    trace = run()
    data = build(trace, writes=memory.written(trace))
    written = (trace.i * trace.g)[:, 0]
    np.testing.assert_array_equal(floats(data["writes"], len(UNITS)), written.T[UNITS].astype(np.float32))
    assert build()["writes"] is None


def test_the_payload_is_plain_json_and_keeps_the_readers_words_as_data():
    data = build(words=True)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["tokens"][1] == {"shown": "\u2423", "name": "SPACE", "sign": True}
    assert data["tokens"][2] == {"shown": "<b>", "name": "", "sign": False}


def test_the_largest_ledger_stays_below_two_megabytes():
    rng = np.random.default_rng(0)
    bars = rng.normal(size=(MOST_STEPS, MOST_UNITS))
    found = memory.Ledger(bars, bars[0], bars.sum(axis=0), bars > 9, np.arange(MOST_STEPS))
    ones = np.ones(MOST_UNITS, np.int64)
    data = build(found=found, tokens=[("a", "a")] * MOST_STEPS, units=range(MOST_UNITS), writes=bars,
                 half_lives=ones * 1.5, reach=ones)  # fmt: skip
    assert len(json.dumps(data)) < 2_000_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tokens": PAIRS[:6]}, "tokens: expected one for each of 7 steps, got 6"),
        ({"step": 5}, "step: expected 6, the last one that the ledger read, got 5"),
        ({"units": [1, 1]}, "units: expected different numbers from 0 to 4"),
        ({"units": [1, 5]}, "units: expected different numbers from 0 to 4"),
        ({"unit": 3}, "unit: expected None or one of the units that are shown, got 3"),
        ({"signal": "g"}, "signal: expected c or h, got 'g'"),
        ({"half_lives": np.ones(3)}, r"half_lives: expected shape \(5,\), got \(3,\)"),
        ({"reach": np.ones(4)}, r"reach: expected shape \(5,\), got \(4,\)"),
        ({"writes": np.ones((5, 7))}, r"writes: expected shape \(7, 5\), got \(5, 7\)"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        build(**change)


def test_too_much_for_one_picture_is_refused():
    bars = np.ones((4, MOST_UNITS + 1))
    found = memory.Ledger(bars, bars[0], 5 * bars[0], bars > 9, np.arange(4))
    ones = np.ones(MOST_UNITS + 1)
    with pytest.raises(ValueError, match="at most 512 steps and 260 units, got 4 and 261"):
        build(found=found, tokens=PAIRS[:4], units=range(MOST_UNITS + 1), half_lives=ones, reach=ones)


def page(unit: int | None = None, ident: str = "net") -> dict[str, Any]:
    return {"id": ident, "unit": unit, "units": UNITS}


def pick(unit: Any, at: int = 1, ident: str = "net") -> dict[str, Any]:
    return {"id": ident, "unit": unit, "at": at}


def test_a_page_that_follows_the_reader_sends_nothing_again():
    first = follow(None, page(4), None)
    picked = follow(first, page(4), pick(2))
    followed = follow(picked, page(2), pick(2))
    assert [memo.shown for memo in (first, picked, followed)] == [4, 2, 2]
    assert {(memo.start, memo.turn) for memo in (first, picked, followed)} == {(4, 0)}


def test_the_last_word_counts_the_pages_or_the_readers():
    memo = follow(follow(None, page(4), None), page(4), pick(2))
    memo = follow(memo, page(1), pick(2))
    assert (memo.shown, memo.start, memo.turn) == (1, 1, 1)
    memo = follow(memo, page(1), pick(None, at=2))
    assert (memo.shown, memo.turn) == (None, 1)
    back = follow(memo, page(4), pick(None, at=2))
    assert (back.shown, back.start, back.turn) == (4, 4, 2)
    assert follow(back, page(4), pick(2, at=3)).shown == 2, "the same unit once more is a new word"


def test_another_net_begins_with_what_its_page_asks_for():
    memo = follow(follow(None, page(4), None), page(4), pick(2))
    other = follow(memo, page(1, "other"), pick(2))
    assert (other.shown, other.start, other.turn) == (1, 1, 1)


def test_a_ledger_that_was_away_comes_back_with_the_unit_it_had():
    memo = follow(follow(None, page(4), None), page(4), pick(2))
    back = follow(memo, page(4), None)
    assert (back.shown, back.start, back.turn) == (2, 2, 1)


@pytest.mark.parametrize("said", ["x", {"id": "net"}, pick(3), pick("2"), pick(True), pick(1.5), pick(2, ident="old")])
def test_nonsense_from_the_browser_changes_nothing(said):
    assert follow(follow(None, page(4), None), page(4), said).shown == 4


def test_the_scripts_never_write_markup_from_data_and_ask_no_other_host():
    text = ASSETS.script()
    assert text.count("export default") == 1
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert forbidden not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
