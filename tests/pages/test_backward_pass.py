"""The logic of the page Backward pass, without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import attribution, models, objectives, paths
from lstm_core.clamps import Clamp
from lstm_core.models import Batch
from lstm_ui import back_page, learned, sample_models
from tests.pages.test_gate_heatmaps import over, random_net
from tests.pages.training import component, numbers, said
from tests.pages.training import visit as visit_page

PAGE = "pages/3_Backward_pass.py"
TEXT = "so it [is] now"


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


@pytest.mark.parametrize("section", list(back_page.SECTIONS))
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_every_section_is_drawn_for_every_cell(section: str, cell: str) -> None:
    at = visit(**{"from": "text", "text": TEXT, "cell": cell, "section": section})
    assert not at.exception
    assert not at.error


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
