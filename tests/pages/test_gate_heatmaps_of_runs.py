"""Gate heatmaps of a run on this server: two moments of a training, another run beside it, saturation as it trains."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import stack, units
from lstm_core.config import TrainConfig
from lstm_ui import learned, runs
from tests.pages.test_gate_heatmaps import PAGE, sent, signals, visit
from tests.pages.test_step_through_trained import SOURCES, TYPED, trained
from tests.pages.training import open_tab
from tests.pages.training import visit as visit_page

pytestmark = pytest.mark.usefixtures("own_service")


def of_run(ident: str, **address: str) -> AppTest:
    return visit(**{"from": "run", "run": ident, "text": TYPED["language"], **address})


def h_of(model: Any) -> Any:
    given, _ = learned.read(model, TYPED["language"])
    return stack.forward(model.layers, given.x[:, None]).traces[0].forward.h[:, 0]


def saturation_sent(at: AppTest) -> dict[str, Any]:
    """What the map of saturation was fed."""
    assert not at.exception, at.exception
    found = [json.loads(element.proto.json or element.proto.bytes) for element in at.get("bidi_component")]
    (data,) = [each for each in found if "dead" in each]
    return data


def test_two_moments_of_a_training_stand_side_by_side() -> None:
    ident = trained("language")
    steps = [mark.step for mark in runs.service().view(ident).checkpoints]
    at = of_run(ident, checkpoint=str(steps[-1]), against="checkpoint", checkpoint2=str(steps[0]))
    assert_allclose(signals(at)["h"], h_of(runs.model(ident, steps[-1])), rtol=1e-5, atol=1e-7)
    assert_allclose(signals(at, "other")["h"], h_of(runs.model(ident, steps[0])), rtol=1e-5, atol=1e-7)
    assert sent(at)["otherName"] == f"after {steps[0]} updates"
    at.selectbox(key="checkpoint2").set_value(steps[1]).run()
    assert at.query_params["checkpoint2"] == str(steps[1])
    assert sent(at)["otherName"] == f"after {steps[1]} updates"


def test_another_run_of_the_same_size_is_offered_and_one_of_another_size_is_not() -> None:
    first, second, wide = trained("language"), trained("language", title="two", seed=5), trained("language", hidden=9)
    at = of_run(first, against="net", net2=f"run-{second}")
    assert "two (run)" in at.selectbox(key="net2").options
    assert len([option for option in at.selectbox(key="net2").options if "(run)" in option]) == 1
    newest = runs.service().view(second).checkpoints[-1].step
    assert_allclose(signals(at, "other")["h"], h_of(runs.model(second, newest)), rtol=1e-5, atol=1e-7)
    assert wide


def test_saturation_follows_a_run_that_trains() -> None:
    config = TrainConfig(hidden=7, features=3, steps=100_000)
    ticket = runs.service().start(SOURCES["language"], config)
    try:
        while not runs.service().view(ticket.id).step:
            pass
        at = of_run(ticket.id, section="saturation")
        assert at.toggle(key="follow").value
        found = re.search(r"after ([\d,]+) updates", saturation_sent(at)["about"])
        assert found
        assert int(found[1].replace(",", "")) > 0
        at.toggle(key="follow").set_value(False).run()
        assert saturation_sent(at)["about"] == f"on this text, after {at.session_state['checkpoint']:,} updates"
    finally:
        runs.service().pause(ticket.id, ticket.key)


def test_a_training_page_shows_the_saturation_of_its_net() -> None:
    at = open_tab(visit_page("pages/7_Tagger.py"), "Saturation", of_run=False)
    found = saturation_sent(at)
    assert found["about"].startswith("on this text")
    assert units.SHUT == 0.1
    assert PAGE
