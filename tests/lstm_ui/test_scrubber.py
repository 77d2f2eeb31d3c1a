"""What the scrubber is sent: numbers within half a step of 8 bits, at most 3 MB, and what was left out in words."""

from __future__ import annotations

import base64
import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lstm_ui.components.scrubber.payload import LIMIT, scrubber_payload
from lstm_ui.components.scrubber.quantise import FEWEST_CHECKPOINTS, FEWEST_UNITS, choose, quantise
from lstm_ui.components.scrubber.scrubber import ASSETS, Moment, read_moment, scrubber

CHECKPOINTS, STEPS, HIDDEN = 5, 7, 4
LSTM = ("i", "f", "o", "g", "c", "h")


def marks(count: int = CHECKPOINTS, sample: str = "") -> list[SimpleNamespace]:
    return [SimpleNamespace(step=10 * k, loss=3.0 - 0.1 * k, validated=None, sample=sample) for k in range(count)]


def probe(count: int = STEPS) -> list[tuple[str, str]]:
    return [("\u2423", "SPACE") if k % 3 == 2 else (chr(97 + k % 26),) * 2 for k in range(count)]


def signals(checkpoints: int = CHECKPOINTS, steps: int = STEPS, hidden: int = HIDDEN, names=LSTM) -> dict:
    rng = np.random.default_rng(3)
    shape = (checkpoints, steps, hidden)
    return {
        name: rng.random(shape, dtype=np.float32) if name in "ifo" else rng.normal(size=shape).astype(np.float32)
        for name in names
    }


def build(**changes: object) -> dict:
    given = {"marks": marks(), "tokens": probe(), "signals": signals(), "ident": "run", **changes}
    return scrubber_payload(given.pop("marks"), given.pop("tokens"), given.pop("signals"), **given)


def decode(data: dict) -> dict[str, np.ndarray]:
    """The values as the browser reads them: (checkpoints, time, units) for every signal."""
    shape = (len(data["marks"]), len(data["signals"]), len(data["tokens"]), len(data["units"]))
    block = np.frombuffer(base64.b64decode(data["data"]), dtype=np.uint8).reshape(shape).astype(float)
    found = {}
    for k, how in enumerate(data["signals"]):
        part = block[:, k] / 255 if how["kind"] == "unit" else (block[:, k] - 128) / 127
        found[how["name"]] = part * how["scale"]
    return found


def test_every_value_arrives_within_half_a_step_of_its_scale():
    given = signals()
    data = build(signals=given)
    for name, values in decode(data).items():
        scale = 1.0 if name in "ifo" else float(np.abs(given[name]).max())
        half = scale / 255 / 2 if name in "ifo" else scale / 127 / 2
        np.testing.assert_allclose(values, given[name], atol=half * 1.001, err_msg=name)
    assert [how["name"] for how in data["signals"]] == list(LSTM)
    assert data["left_out"] == [] and data["units"] == list(range(HIDDEN))


def test_zero_is_exact_and_the_ends_are_kept():
    bytes_sent, how = quantise("c", np.array([-3.0, 0.0, 3.0]))
    assert bytes_sent.tolist() == [1, 128, 255] and how["scale"] == 3.0
    assert quantise("f", np.array([0.0, 1.0]))[0].tolist() == [0, 255]
    assert quantise("h", np.zeros(3))[1]["scale"] == 1.0


@pytest.mark.parametrize(("bad", "words"), [(math.nan, "finite numbers"), (1.5, "a gate in"), (-0.5, "a gate in")])
def test_gates_that_are_none_are_refused(bad, words):
    given = signals()
    given["f"][1, 2, 3] = bad
    with pytest.raises(ValueError, match=rf"signals\['f'\]: expected {words}"):
        build(signals=given)


@pytest.mark.parametrize(
    ("checkpoints", "steps", "hidden", "names"),
    [(60, 120, 256, LSTM), (60, 1_000, 64, LSTM), (60, 60, 1_024, ("r", "z", "n", "h")), (60, 4_000, 32, LSTM)],
    ids=str,
)
def test_a_large_net_is_cut_to_the_limit_and_says_so(checkpoints, steps, hidden, names):
    given = {name: np.full((checkpoints, steps, hidden), 0.5, dtype=np.float16) for name in names}
    losses = np.ones((checkpoints, steps), dtype=np.float32)
    data = build(marks=marks(checkpoints, "语" * 600), tokens=probe(steps), signals=given, losses=losses)
    assert len(json.dumps(data)) <= LIMIT
    assert data["left_out"]
    assert len(data["data"]) >= LIMIT // 2, "there was room for more"
    assert len(data["units"]) >= FEWEST_UNITS and len(data["marks"]) >= FEWEST_CHECKPOINTS
    assert (data["marks"][0]["step"], data["marks"][-1]["step"]) == (0, 10 * (checkpoints - 1))


def test_fewer_units_go_first_and_those_that_move_most_stay():
    given = {name: values * 0 + 0.5 for name, values in signals(hidden=40).items()}
    lively = [3, 8, 21, *range(25, 38)]
    given["h"][:, :, lively] += np.linspace(0, 1, STEPS, dtype=np.float32)[None, :, None]
    cut = choose(given, len(LSTM) * CHECKPOINTS * STEPS * 16)
    assert cut.units.tolist() == lively
    assert (len(cut.checkpoints), cut.steps) == (CHECKPOINTS, STEPS)
    assert cut.left_out == ("16 of 40 units: those that move most",)


def test_then_checkpoints_then_steps():
    given = signals(checkpoints=30, steps=50, hidden=40)
    cut = choose(given, len(LSTM) * 20 * 50 * 16)
    assert (len(cut.checkpoints), cut.steps, len(cut.units)) == (20, 50, 16)
    cut = choose(given, len(LSTM) * 12 * 30 * 16)
    assert (len(cut.checkpoints), cut.steps, len(cut.units)) == (12, 30, 16)
    assert cut.left_out[-1] == "the first 30 of 50 tokens"


def test_a_long_probe_is_cut_even_where_there_is_room():
    data = build(tokens=probe(700), signals=signals(steps=700))
    assert len(data["tokens"]) == 500
    assert data["left_out"] == ["the first 500 of 700 tokens"]


def test_a_limit_without_room_for_one_step_is_refused():
    with pytest.raises(ValueError, match="limit: expected room for at least one step"):
        build(limit=1_000)


def test_what_the_model_says_is_cut_like_the_signals():
    losses = np.arange(30 * 400, dtype=float).reshape(30, 400)
    losses[:, 0] = np.nan
    given = signals(checkpoints=30, steps=400, hidden=40)
    data = build(marks=marks(30), tokens=probe(400), signals=given, losses=losses, limit=260_000)
    kept = [mark["step"] // 10 for mark in data["marks"]]
    sent = np.frombuffer(base64.b64decode(data["says"]["losses"]), dtype="<f4").reshape(len(kept), -1)
    assert len(kept) < 30 and sent.shape[1] == len(data["tokens"])
    np.testing.assert_array_equal(sent, losses[kept, : sent.shape[1]].astype(np.float32))


def test_what_is_kept_is_what_was_there():
    given = signals(checkpoints=30, steps=40, hidden=40)
    data = build(marks=marks(30), tokens=probe(40), signals=given, limit=50_000)
    kept = [mark["step"] // 10 for mark in data["marks"]]
    assert 12 <= len(kept) < 30 and len(data["units"]) == 16 and len(data["tokens"]) < 40
    for name, values in decode(data).items():
        part = given[name][kept][:, : len(data["tokens"])][:, :, data["units"]]
        np.testing.assert_allclose(values, part, atol=0.03, err_msg=name)


def test_classes_and_tags_travel_with_their_labels():
    probabilities = np.random.default_rng(2).dirichlet(np.ones(3), size=CHECKPOINTS)
    data = build(probabilities=probabilities, labels=["good", "bad", "<b>"])
    sent = np.frombuffer(base64.b64decode(data["says"]["probabilities"]), dtype="<f4").reshape(CHECKPOINTS, 3)
    np.testing.assert_array_equal(sent, probabilities.astype(np.float32))
    assert data["labels"] == ["good", "bad", "<b>"]
    tags = np.random.default_rng(2).integers(0, 3, size=(CHECKPOINTS, STEPS))
    data = build(tags=tags, labels=["O", "B-PER", "I-PER"])
    sent = np.frombuffer(base64.b64decode(data["says"]["tags"]), dtype="<f4").reshape(CHECKPOINTS, STEPS)
    np.testing.assert_array_equal(sent, tags)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"marks": []}, "marks: expected checkpoints in ascending order"),
        ({"marks": marks()[::-1]}, "marks: expected checkpoints in ascending order"),
        ({"signals": {}}, "signals: expected at least one"),
        ({"signals": {"h": np.zeros((CHECKPOINTS, STEPS + 1, 2))}}, r"signals\['h'\]: expected shape"),
        ({"signals": {"h": np.zeros((CHECKPOINTS, STEPS, 0))}}, r"signals\['h'\]: expected shape"),
        ({"signals": {**signals(), "h": np.zeros((CHECKPOINTS, STEPS, 9))}}, "different numbers of units"),
        ({"losses": np.zeros((CHECKPOINTS, 2))}, r"losses: expected shape \(5, 7\), got \(5, 2\)"),
        ({"probabilities": np.zeros((CHECKPOINTS, 2))}, r"probabilities: expected shape \(5, 0\)"),
        ({"tags": np.full((CHECKPOINTS, STEPS), 4), "labels": ["O"]}, "tags: expected indices into 1 labels"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_together_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        build(**change)


def test_the_checkpoint_nearest_to_the_chosen_step_comes_first():
    assert build()["chosen"] == CHECKPOINTS - 1
    assert build(chosen=22)["chosen"] == 2
    assert build(chosen=-5)["chosen"] == 0


def test_losses_of_a_checkpoint_that_are_no_numbers_become_none():
    bad = marks()
    bad[2].loss = math.nan
    data = build(marks=bad)
    assert data["marks"][2] == {"step": 20, "loss": None, "validated": None, "sample": ""}
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_a_moment_from_the_browser_is_one_of_the_checkpoints():
    data, other = build(chosen=20), build(marks=marks()[1:], signals=signals(CHECKPOINTS - 1), ident="other")
    assert read_moment(None, data) == Moment(20, None)
    assert read_moment({"id": "run", "a": 30, "b": 40}, data) == Moment(30, 40)
    assert read_moment({"id": "run", "a": 30.0, "b": 0}, data, other) == Moment(30, None)
    for nonsense in (
        {"id": "another", "a": 30},
        {"id": "run", "a": 31},
        {"id": "run", "a": True},
        "x",
        {"a": math.nan},
    ):
        assert read_moment(nonsense, data) == Moment(20, None)


def test_two_runs_together_keep_the_limit():
    big = build(marks=marks(60), tokens=probe(200), signals=signals(60, 200, 64))
    with pytest.raises(ValueError, match="other: expected at most 3,000,000 bytes in two runs"):
        scrubber(big, big, key="a")


def test_two_runs_are_on_the_same_probe():
    with pytest.raises(ValueError, match="other: expected a run on the same probe text"):
        scrubber(build(), build(tokens=probe()[::-1], ident="other"), key="a")


def test_the_script_never_writes_markup_from_data():
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert forbidden not in ASSETS.script()


def test_a_scrubber_begins_where_it_began_while_the_run_goes_on():
    def page() -> None:
        import streamlit as st

        from lstm_ui.components.scrubber import scrubber
        from tests.lstm_ui.test_scrubber import build, marks, signals

        count = st.session_state.get("count", 5)
        payload = build(marks=marks(count), signals=signals(count))
        st.text(scrubber(payload, key="scrub"))

    at = AppTest.from_function(page, default_timeout=180).run()
    assert at.text[0].value == "Moment(step=40, other=None)"
    at.session_state["count"] = 9
    assert at.run().text[0].value == "Moment(step=40, other=None)"
    at.session_state["scrub"] = {"checkpoint": {"id": "run", "a": 70, "b": 20}}
    assert at.run().text[0].value == "Moment(step=70, other=20)"
