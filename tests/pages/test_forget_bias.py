"""What the forget gates of a random net begin with, on every page that makes one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_ui.gates import other_nets
from tests.pages import test_backward_pass, test_gate_heatmaps, test_step_through
from tests.pages.test_gate_heatmaps import over, random_net
from tests.pages.training import component, said, visit

STEPS, HEATMAPS, BACK = "pages/1_Step_through.py", test_gate_heatmaps.PAGE, test_backward_pass.PAGE
TEXT = "so it [is] now"


def last_h(at: AppTest, page: str) -> np.ndarray:
    """The last h as the page has it; of the way back its first unit, which is what is differentiated."""
    if page == BACK:
        return np.array([test_backward_pass.value(at)])
    return test_gate_heatmaps.signals(at)["h"][-1] if page == HEATMAPS else test_step_through.shown(at, "h")[-1]


@pytest.mark.parametrize("page", [STEPS, HEATMAPS, BACK])
def test_a_link_says_what_the_forget_gates_begin_with_and_the_page_tells_it(page: str) -> None:
    for bias, words in (("3.0", "LSTM · forget bias 3 · 8 units"), ("1.0", "LSTM · 8 units"), ("", "LSTM · 8 units")):
        at = visit(page, **{"from": "text", "text": TEXT, **({"fbias": bias} if bias else {})})
        run = over(random_net(options={"forget_bias": float(bias or 1)}), TEXT)
        found = last_h(at, page)
        assert_allclose(found, run.h[-1, 0, : len(found)], rtol=1e-5)
        assert words in said(at)
        assert not at.error


@pytest.mark.parametrize("others", [{"forget": "none"}, {"forget": "coupled"}, {"cell": "gru"}, {"cell": "rnn"}])
def test_where_no_forget_gate_learns_its_bias_changes_nothing(others: dict[str, Any]) -> None:
    link = {"from": "text", "text": TEXT, **others}
    with_bias, without = visit(BACK, fbias="-4.5", **link), visit(BACK, **link)
    assert component(with_bias, "subs")["numbers"] == component(without, "subs")["numbers"]
    assert "forget bias" not in said(with_bias)


def test_the_form_takes_any_number_and_offers_three() -> None:
    at = visit(BACK, opened=("net",), **{"from": "text"})
    at.number_input(key="fbias").set_value(-2.5).run()
    assert at.query_params["fbias"] == "-2.5"
    at.button(key="fbias_3").click().run()
    assert at.number_input(key="fbias").value == 3.0
    at.button(key="fbias_1").click().run()
    assert "fbias" not in at.query_params
    assert "fbias: expected a number from -10 to 10" in said(visit(BACK, fbias="11"))
    assert "fbias: expected a number from -10 to 10" in said(visit(BACK, fbias="nan"))


def test_a_fresh_net_beside_a_random_one_begins_with_the_same_bias() -> None:
    at = visit(HEATMAPS, **{"from": "text", "text": TEXT, "fbias": "3.0", "against": "net", "seed2": "9"})
    fresh = other_nets.untrained(random_net(), 9, 3.0)
    assert fresh[0].forward.b[8:16].tolist() == [3.0] * 8
    other = test_gate_heatmaps.signals(at, "other")["f"]
    assert_allclose(other, over(fresh, TEXT).traces[0].forward.f[:, 0], rtol=1e-5)
