"""The logic of the page Backward pass, without a browser."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import attribution, examples, models, objectives, paths, stack
from lstm_core.clamps import Clamp
from lstm_core.models import Batch
from lstm_ui import frame, learned, sample_models, widgets
from lstm_ui.backward import goals, page, presets
from tests.pages.test_gate_heatmaps import over, random_net
from tests.pages.training import component, numbers, said
from tests.pages.training import visit as visit_page

PAGE = "pages/3_Backward_pass.py"
TEXT = "so it [is] now"
SENTENCE = "the boys that the dog under these men likes were old ."


def visit(*opened: str, **address: str) -> AppTest:
    return visit_page(PAGE, opened=opened, **address)


def stepper(at: AppTest) -> dict[str, Any]:
    """What the stepper got."""
    return component(at, "subs")


def value(at: AppTest) -> float:
    """Of what is differentiated."""
    return float(stepper(at)["value"])


def test_a_newcomer_sees_a_way_back() -> None:
    at = visit()
    layers = random_net()
    run = over(layers, "The cat sat on the mat.")
    assert value(at) == pytest.approx(float(run.traces[0].forward.h[-1, 0, 0]), rel=1e-6)
    assert stepper(at)["objective"] == "h of unit 1, after the last step"
    assert not at.error
    assert not at.query_params


@pytest.mark.parametrize(
    ("address", "net", "place", "wanted"),
    [
        ({"cell": "gru"}, {"cell": "gru"}, (0, "forward"), {"signal": "h", "unit": 0}),
        (
            {"cell": "rnn", "goal": "norm", "when": "all"},
            {"cell": "rnn"},
            (0, "forward"),
            {"signal": "h", "steps": "all"},
        ),
        (
            {
                "both": "1",
                "layers": "2",
                "direction": "backward",
                "state": "c",
                "gunit": "3",
                "when": "step",
                "gstep": "5",
            },
            {"bidirectional": True, "layers": 2},
            (0, "backward"),
            {"signal": "c", "unit": 2, "steps": 4},
        ),
    ],
    ids=["gru", "rnn", "backward"],
)
def test_any_state_of_any_cell_is_followed_back(
    address: dict[str, str], net: dict[str, Any], place: tuple[int, str], wanted: dict[str, Any]
) -> None:
    at = visit(**{"from": "text", "text": TEXT, "u": "2", **address})
    run = over(random_net(**net), TEXT)
    made = objectives.of_state(run, layer=place[0], direction=place[1], **wanted)  # type: ignore[arg-type]
    assert value(at) == pytest.approx(made.value, rel=1e-6)
    assert not at.error


def test_what_is_held_is_held_on_the_way_back_too() -> None:
    at = visit(**{"from": "text", "text": TEXT, "hold": "f", "at": "0", "hfrom": "4", "hto": "6"})
    run = over(random_net(), TEXT, clamps=[Clamp("f", 0.0, 3, 6)])
    assert value(at) == pytest.approx(float(run.traces[0].forward.h[-1, 0, 0]), rel=1e-6)


def test_the_loss_of_a_language_model_is_that_of_the_right_next_tokens() -> None:
    at = visit(**{"from": "model", "model": "agreement", "text": "the boys were old ."})
    model = sample_models.open_sample("agreement").model
    _, ids = learned.read(model, "the boys were old .")
    right = learned.following(model, ids)
    assert value(at) == pytest.approx(models.loss(model, Batch(ids[:, None], right[:, None])), rel=1e-5)
    assert "mean −log p" in stepper(at)["objective"]


def test_an_output_of_a_classifier_is_shared_out_among_the_tokens() -> None:
    text = "it was not bad at all ."
    at = visit(
        "goal_form", **{"from": "model", "model": "reviews", "text": text, "goal": "output", "section": "inputs"}
    )
    model = sample_models.open_sample("reviews").model
    _, ids = learned.read(model, text)
    at.segmented_control(key="measure").set_value("product").run()
    label = int(np.argmax(models.predict(model, ids[:, None]).logits[0]))
    wanted = attribution.gradient_times_input(model, ids, label)
    assert_allclose(numbers(component(at, "curvesName")["values"]), wanted, rtol=1e-4, atol=1e-6)
    at.segmented_control(key="measure").set_value("integrated").run()
    assert "They add up to" in said(at)
    assert model.labels[label] in stepper(at)["objective"]


@pytest.mark.parametrize(
    ("address", "steps", "ratio", "projection"),
    [
        ({"from": "model", "model": "agreement", "text": SENTENCE}, 55, 0.817, 0.196),
        ({"goal": "norm", "when": "all"}, 23, 0.685, 0.660),
        ({"goal": "norm", "when": "step", "gstep": "9"}, 1, None, None),
    ],
    ids=["loss", "all steps", "one step"],
)
def test_the_forget_gates_alone_carry_what_enters_at_every_step_of_the_loss(
    address: dict[str, str], steps: int, ratio: float | None, projection: float | None
) -> None:
    pure = component(visit(**address), "parts")["pure"]
    assert pure["sources"] == steps
    assert pure["step"] == (8 if steps == 1 else None)
    if steps > 1:
        assert pure["ratio"][0] == pytest.approx(ratio, abs=0.001)
        assert pure["projection"][0] == pytest.approx(projection, abs=0.001)
        assert pure["cosine"][-1] == pytest.approx(1, abs=1e-4), "at the last step nothing else can have come"


def test_what_the_lesson_asks_about_the_latch_is_so() -> None:
    """At the full stop f stops the gradient; at the last x it comes by, and i keeps it from the letter."""
    example = examples.latch()
    full_stop, last_x = example.text.rindex("."), example.text.rindex("x")
    assert "stops the gradient at the full stop" in frame.lesson("backward_pass")
    run = stack.forward((stack.Layer("lstm", example.params),), example.encode(list(example.text))[:, None])
    flow = objectives.backward(run, objectives.of_state(run, unit=0)).flow(0)
    dc, trace = flow.dc[:, 0, 0], run.traces[0].forward
    assert dc[full_stop] > 0.999
    assert trace.f[full_stop, 0, 0] < 1e-4
    assert dc[full_stop - 1] < 1e-4
    assert dc[last_x - 1] > 0.999
    assert trace.i[last_x, 0, 0] < 1e-9


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        ({"goal": "unit"}, 0),
        ({"goal": "unit", "gunit": "7"}, 6),
        ({"goal": "unit", "gunit": "7", "u": "3"}, 2),
        ({"goal": "unit", "gunit": "99"}, 31),
    ],
)
def test_one_unit_is_where_the_stepper_begins(address: dict[str, str], unit: int) -> None:
    """Over all steps most of the gradient of units 1 and 7 comes through unit 9, which gets nothing at the last one."""
    text = presets.PRESETS["reviews"].values["text"]
    at = visit(**{"from": "model", "model": "reviews", "text": text, **address})
    assert stepper(at)["unit"] == unit


def test_whoever_chooses_one_unit_is_shown_that_one() -> None:
    at = visit("goal_form", **{"from": "model", "model": "reviews", "text": "it was bad .", "u": "9", "goal": "output"})
    assert stepper(at)["unit"] == 8
    at.segmented_control(key="goal").set_value(goals.UNIT).run()
    assert (stepper(at)["objective"], stepper(at)["unit"]) == ("h of unit 1, after the last step", 0)
    at.number_input(key="gunit").set_value(5).run()
    assert (stepper(at)["objective"], stepper(at)["unit"]) == ("h of unit 5, after the last step", 4)
    assert "u" not in at.query_params


@pytest.mark.parametrize("section", list(page.SECTIONS))
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_every_section_is_drawn_for_every_cell(section: str, cell: str) -> None:
    at = visit(**{"from": "text", "text": TEXT, "cell": cell, "section": section})
    assert not at.exception
    assert not at.error


def test_the_knife_is_told_which_tokens_two_directions_reach() -> None:
    link = {"from": "model", "model": "names", "text": "Ada saw Paris and Rome .", "section": "knife"}
    data = component(visit(**link, goal="output", when="step", gstep="3"), "cuts")
    assert data["step"] == 2
    assert data["lags"] == [abs(t - 2) for t in range(len(data["tokens"]))]
    assert component(visit(**link, goal="unit", when="all"), "cuts")["lags"] is None
    assert component(visit(section="knife"), "cuts")["lags"] is None


def test_the_figures_of_random_nets_are_those_of_the_core() -> None:
    at = visit(**{"section": "nets"})
    found = paths.shares_of_random_nets((0.0, 1.0, 3.0))
    (table,) = at.dataframe
    assert table.value["|pure| / |true|"].tolist() == [f"{np.median(each.ratio):.3f}" for each in found.values()]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"from": "model", "model": "prose_en", "text": "a"}, "at least two tokens"),
        ({"u": "9999"}, "u: expected"),
        ({"goal": "no"}, "goal: expected"),
        ({"from": "text", "text": "a" * 300, "section": "knife"}, "takes at most 160 steps"),
    ],
)
def test_what_has_no_way_back_is_said_and_the_page_stays(address: dict[str, str], words: str) -> None:
    at = visit(**address)
    assert words in said(at)
    assert not at.exception


def test_a_tagger_has_no_loss_here_and_begins_with_an_output() -> None:
    at = visit("goal_form", **{"from": "model", "model": "names", "text": "Ada saw Paris ."})
    assert "loss" not in at.segmented_control(key="goal").options
    assert stepper(at)["objective"].startswith("y of")


def test_an_output_that_a_link_names_is_the_one_that_is_followed() -> None:
    link = {"from": "model", "model": "reviews", "text": "it was not bad at all .", "goal": "output"}
    for symbol in ("negative", "positive"):
        at = visit("goal_form", **link, symbol=symbol)
        assert stepper(at)["objective"] == f"y of “{symbol}” after the whole text"
        assert at.selectbox(key="symbol").value == at.query_params["symbol"] == symbol


@pytest.mark.parametrize("name", presets.PRESETS)
def test_a_preset_writes_its_settings_over_whatever_was_there_and_is_the_one_shown(name: str) -> None:
    before = {"from": "text", "text": "another", "cell": "gru", "layers": "2", "both": "1", "direction": "backward"}
    at = visit(
        **before, hold="r", when="all", goal="unit", gunit="4", state="c", seed="7", u="3", t="2", section="check"
    )
    assert at.selectbox(key="preset").value is None
    at.selectbox(key="preset").set_value(name).run()
    preset = presets.PRESETS[name]
    address = dict(at.query_params)
    assert address.pop("seed") == "7"
    place = {key: address.pop(key) for key in ("t", "u") if key in address}
    assert place == ({} if "text" in preset.values else {"t": "2", "u": "3"}), "over the same text the place is kept"
    there = {"cell", "layers", "both"} if preset.values["from"] == "model" else set()  # no trained net minds them
    assert address.keys() <= {*there, "text", *preset.values}, "something is left of what was there"
    assert all(at.session_state[key] == value for key, value in presets.settings_of(preset).items() if key != "tokens")
    assert at.selectbox(key="preset").value == name
    assert preset.question in said(at)
    assert address.get("text", widgets.TEXT) == (preset.values.get("text") or "another")
    assert not at.error
    again = visit(seed="7", **place, **address)
    assert stepper(again)["numbers"] == stepper(at)["numbers"]
    assert stepper(again)["position"] == stepper(at)["position"]
    assert again.selectbox(key="preset").value == name


def test_a_preset_is_no_longer_shown_when_something_else_is_chosen() -> None:
    at = visit("goal_form", **{"from": "text", "goal": "norm", "fbias": "3.0"})
    assert at.selectbox(key="preset").value == "bias3"
    at.segmented_control(key="goal").set_value(goals.UNIT).run()
    assert at.selectbox(key="preset").value is None
    assert presets.PRESETS["bias3"].question not in said(at)


def test_a_forget_gate_that_is_shut_lets_nothing_straight_through() -> None:
    at = visit()
    at.selectbox(key="preset").set_value("shut").run()
    data = component(at, "parts")
    straight = [part["name"] for part in data["parts"]].index("highway")
    bars = np.frombuffer(base64.b64decode(data["bars"]), "<f8").reshape(-1, len(data["parts"]), len(widgets.TEXT))
    assert np.flatnonzero(~bars[:, straight].any(axis=0)).tolist() == [10, len(widgets.TEXT) - 1]
    run = over(random_net(options={"forget_bias": 3.0}), widgets.TEXT, clamps=[Clamp("f", 0.0, 11, 12)])
    made = objectives.of_state(run, signal="h", unit=None, steps="last")
    assert value(at) == pytest.approx(made.value, rel=1e-6)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            {"fbias": "3.0"},
            "forget bias 3 · 8 units · seed 0; weights of mean 0 and variance 1 / fan-in, other biases 0",
        ),
        ({"from": "series", "cell": "gru"}, "biases 0. Inputs: the numbers above."),
        ({"from": "latch"}, "weights were set by hand"),
        ({"from": "model", "model": "reviews"}, "Of the net"),
    ],
)
def test_beside_the_split_stands_of_which_net_and_inputs_it_is(address: dict[str, str], words: str) -> None:
    assert words in said(visit(**address))
