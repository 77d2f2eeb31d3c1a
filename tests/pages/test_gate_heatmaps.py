"""The logic of the page Gate heatmaps, without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import streamlit as st
from numpy.testing import assert_allclose, assert_array_equal
from streamlit.testing.v1 import AppTest

from lstm_core import memory, spans, stack, units
from lstm_core.clamps import Clamp
from lstm_ui import learned, nets, sample_models
from lstm_ui.gates import other_nets
from tests.pages.training import component, numbers, said
from tests.pages.training import visit as visit_page

PAGE = "pages/2_Gate_heatmaps.py"
OPENED = ("net", "holding", "comparing")
COUPLED = nets.variant_options("lstm", "coupled", "learned", "learned", True, "after", "tanh")
NO_OUTPUT_GATE = nets.variant_options("lstm", "learned", "learned", "none", False, "after", "tanh")
TEXT = "so [a [b] c] it [d] is"


def visit(**address: str) -> AppTest:
    return visit_page(PAGE, opened=OPENED, **address)


def sent(at: AppTest) -> dict[str, Any]:
    """What the heatmaps got."""
    assert not at.exception, at.exception
    return component(at, "signals")


def signals(at: AppTest, run: str = "data") -> dict[str, np.ndarray]:
    """Each signal, (time, columns)."""
    data = sent(at)
    steps = len(data["tokens"])
    return {each["name"]: numbers(each[run]).reshape(steps, -1) for each in data["signals"]}


def random_net(**options: Any) -> tuple[stack.Layer, ...]:
    return nets.build(nets.NetChoice(**options), nets.FEATURES)


def over(layers: Any, text: str = TEXT, seed: int = 0, clamps: Any = ()) -> stack.StackTrace:
    return stack.forward(layers, nets.vectors(list(text), seed)[:, None], clamps=clamps)


def test_a_newcomer_sees_a_trained_net_read() -> None:
    at = visit()
    name = sample_models.names()[0]
    model = sample_models.open_sample(name).model
    given, _ = learned.read(model, at.text_area(key="text").value)
    trace = stack.forward(model.layers, given.x[:, None]).traces[0].forward
    for signal, values in signals(at).items():
        assert_allclose(values, getattr(trace, signal)[:, 0], rtol=1e-6, atol=1e-7)
    data = sent(at)
    assert [token["shown"] for token in data["tokens"]] == [sign for sign, _ in given.tokens]
    held = np.abs(trace.c[:, 0]).mean(axis=0)
    much = np.flatnonzero(held >= np.median(held))
    assert data["position"]["unit"] == max(much, key=memory.half_lives(trace).__getitem__)
    assert data["position"]["step"] == len(given.tokens) - 1
    assert not {key for key in at.query_params if key not in ("model", "text")}


@pytest.mark.parametrize(
    ("address", "net", "place", "wanted"),
    [
        ({"cell": "gru", "hidden": "5"}, {"cell": "gru", "hidden": 5}, (0, "forward"), "rznh"),
        ({"cell": "rnn"}, {"cell": "rnn"}, (0, "forward"), "h"),
        (
            {"forget": "coupled", "peephole": "1", "both": "1", "layers": "2", "layer": "2", "direction": "backward"},
            {"bidirectional": True, "layers": 2, "options": COUPLED},
            (1, "backward"),
            "ifogch",
        ),
        (
            {"output": "none"},
            {"options": NO_OUTPUT_GATE},
            (0, "forward"),
            "ifgch",
        ),
    ],
    ids=["gru", "rnn", "coupled-backward", "no-output-gate"],
)
def test_any_cell_layer_and_direction_is_drawn(
    address: dict[str, str], net: dict[str, Any], place: tuple[int, str], wanted: str
) -> None:
    at = visit(**{"from": "text", "text": TEXT, **address})
    trace = getattr(over(random_net(**net)).traces[place[0]], place[1])
    found = signals(at)
    assert "".join(found) == wanted
    for signal, values in found.items():
        assert_allclose(values, getattr(trace, signal)[:, 0], rtol=1e-6)
    assert said(at)


def test_all_states_share_one_scale_that_holds_them() -> None:
    at = visit(**{"from": "counter", "counter": "aaaaaaaaaaa"})
    assert np.abs(signals(at)["c"]).max() > 5
    assert sent(at)["limit"] == 20.0
    assert sent(visit(**{"from": "latch"}))["limit"] == 1.0


def test_a_held_signal_is_compared_with_the_free_run() -> None:
    at = visit(**{"from": "text", "text": TEXT, "hold": "f", "at": "0.25", "hfrom": "4", "hto": "9", "hunit": "3"})
    layers = random_net()
    free, held = over(layers), over(layers, clamps=[Clamp("f", 0.25, 3, 9, (2,))])
    for run, trace in (("data", free), ("other", held)):
        assert_allclose(signals(at, run)["c"], trace.traces[0].forward.c[:, 0], rtol=1e-6)
    assert sent(at)["otherName"] == "f held at 0.25"


def test_a_changed_token_changes_nothing_before_it() -> None:
    at = visit(**{"from": "text", "text": TEXT, "against": "token", "place": "5", "swap": "x"})
    changed = TEXT[:4] + "x" + TEXT[5:]
    this, other = signals(at), signals(at, "other")
    assert_allclose(other["h"], over(random_net(), changed).traces[0].forward.h[:, 0], rtol=1e-6)
    assert_array_equal(this["h"][:4], other["h"][:4])
    assert (this["h"][4:] != other["h"][4:]).any(axis=1).all()
    assert "".join(token["shown"] for token in sent(at)["otherTokens"]).replace("␣", " ") == changed


def test_a_token_that_is_left_out_leaves_a_gap_and_the_rest_stands_beside_its_own() -> None:
    at = visit(**{"from": "text", "text": TEXT, "against": "token", "place": "5", "hold": "o", "at": "1", "hfrom": "8"})
    without = over(random_net(), TEXT[:4] + TEXT[5:], clamps=[Clamp("o", 1.0, 6, None)]).traces[0].forward.h[:, 0]
    other = signals(at, "other")["h"]
    assert_allclose(other[:4], without[:4], rtol=1e-6)
    assert np.isnan(other[4]).all()
    assert_allclose(other[5:], without[4:], rtol=1e-6)
    held = over(random_net(), clamps=[Clamp("o", 1.0, 7, None)]).traces[0].forward.h[:, 0]
    assert_allclose(signals(at)["h"], held, rtol=1e-6)  # what is held is held in both


def test_two_nets_of_the_same_size_are_compared() -> None:
    at = visit(**{"from": "text", "text": TEXT, "against": "net", "seed2": "8", "cell": "gru"})
    layers = random_net(cell="gru")
    fresh = other_nets.untrained(layers, 8)
    assert_allclose(signals(at, "other")["n"], over(fresh).traces[0].forward.n[:, 0], rtol=1e-6)
    assert not np.array_equal(fresh[0].forward.W_x, layers[0].forward.W_x)


def test_sample_models_of_one_size_stand_side_by_side() -> None:
    shapes: dict[Any, list[str]] = {}
    for name in sample_models.names():
        model = sample_models.open_sample(name).model
        shapes.setdefault((other_nets.shape(model.layers), model.unit), []).append(name)
    first, second = next(group for group in shapes.values() if len(group) > 1)[:2]
    at = visit(**{"from": "model", "model": first, "text": "it was not bad", "against": "net", "net2": second})
    same = {sample_models.title(name) for group in shapes.values() if first in group for name in group}
    offered = {label for label in at.selectbox(key="net2").options if "(run)" not in label}
    assert offered - {"Fresh layers, the same embedding"} <= same
    model = sample_models.open_sample(second).model
    given, _ = learned.read(model, "it was not bad")
    wanted = stack.forward(model.layers, given.x[:, None]).traces[0].forward
    assert_allclose(signals(at, "other")["h"], wanted.h[:, 0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"against": "held"}, "Hold a signal first"),
        ({"against": "token", "swap": "ab"}, "Type one character"),
        ({"from": "series", "series": "1 2\n3 4", "against": "token", "swap": "1"}, "Type 2 numbers"),
        ({"text": "a", "against": "token"}, "one token only"),
        ({"against": "no"}, "against: expected"),
        ({"u": "9999"}, "u: expected"),
        ({"from": "model", "model": "no such"}, "model: expected"),
    ],
)
def test_what_cannot_be_compared_is_said_and_the_page_stays(address: dict[str, str], words: str) -> None:
    at = visit(**{"from": "text", "text": TEXT, **address})
    assert words in said(at)
    assert "other" not in {key for each in sent(at)["signals"] if each["other"] for key in each}
    assert signals(at)


def test_the_ledger_adds_up_to_the_state_on_the_page() -> None:
    at = visit(**{"from": "text", "text": TEXT, "t": "7", "u": "3", "hold": "c", "at": "0.5", "hfrom": "3", "hto": "4"})
    data = component(at, "bars")
    trace = over(random_net(), clamps=[Clamp("c", 0.5, 2, 4)]).traces[0].forward  # the held run is shown at first
    found = memory.ledger(trace, 6)
    assert found.is_held[3].all()
    assert "Of the other run (c held at 0.5); choose this run above" in said(at)
    assert_allclose(numbers(data["bars"]).reshape(9, -1)[1:], found.bars.T, rtol=1e-5, atol=1e-7)
    assert "is exactly the sum" in said(at)


def test_a_plain_rnn_has_no_ledger_and_the_page_says_why() -> None:
    at = visit(**{"from": "text", "text": TEXT, "cell": "rnn"})
    assert "has no ledger" in said(at)
    at.segmented_control(key="section").set_value("saturation").run()
    assert "no gates" in said(at)


def test_where_the_same_units_are_on_is_found_in_the_text_and_in_another() -> None:
    text = "xx abc yy abc zz abc"
    span = {"section": "span", "begin": "4", "end": "6", "threshold": "0.05"}
    at = visit(**{"from": "text", "text": text, **span})
    h = over(random_net(), text).traces[0].forward.h[:, 0]
    wanted = spans.elsewhere([h], spans.pattern(h, 3, 6, 0.05), 0.05, but=(0, 3, 6))
    (table,) = at.dataframe
    pattern = spans.pattern(h, 3, 6, 0.05)
    assert len(spans.pattern(h, 4, 6, 0.05).on) != len(pattern.on)
    assert sent(at)["markedUnits"] == sorted([*pattern.on, *pattern.off])
    assert_allclose(table.value["agrees"], [place.share for place in wanted])

    def seen(start: int, stop: int) -> str:
        """A part of the text, with a sign for a blank at its ends."""
        part = text[start:stop]
        return "".join("␣" if k in (0, len(part) - 1) and sign == " " else sign for k, sign in enumerate(part))

    assert list(table.value["the same units"]) == [seen(place.start, place.stop) for place in wanted]
    assert table.value["before"][0] == seen(max(0, wanted[0].start - 16), wanted[0].start)
    at.selectbox(key="corpus chosen").set_value("prose_en").run()
    assert "pieces" in said(at)
    (table,) = at.dataframe
    assert len(table.value) == 20
    assert at.query_params["corpus"] == "prose_en"


def test_without_a_span_the_page_says_how_to_mark_one() -> None:
    at = visit(**{"from": "text", "section": "span"})
    assert "Mark a span first" in said(at)


def test_the_detective_reads_a_longer_text_where_this_one_is_short() -> None:
    at = visit(**{"section": "detective", "corpus": "here"})
    assert "too few" in said(at)
    at.selectbox(key="corpus chosen").set_value("data").run()
    words = said(at).replace("**", "")
    assert "follow something that has a name" in words
    found = at.dataframe[0].value
    assert_allclose(found["explains"], found["r"] ** 2)
    assert f"{(found['r'] ** 2 > 0.5).sum()} of 64 units can be read" in words


def test_what_the_detective_found_is_of_the_run_that_is_shown() -> None:
    long = {"from": "text", "text": TEXT * 12, "section": "detective", "hidden": "6"}
    held = {"hold": "f", "at": "0", "hfrom": "100"}
    at = visit(**long)
    free = at.dataframe[0].value if at.dataframe else None
    at.segmented_control(key="hold").set_value("f").run()
    at.number_input(key="at").set_value(0.0).run()
    at.number_input(key="hfrom").set_value(100).run()
    fresh = visit(**long, **held)
    assert [m.value for m in at.markdown] == [m.value for m in fresh.markdown]
    assert [table.value.to_csv() for table in at.dataframe] == [table.value.to_csv() for table in fresh.dataframe]
    assert free is None or free.to_csv() != at.dataframe[0].value.to_csv()


def test_what_is_held_in_another_layer_is_seen_in_this_one() -> None:
    net = {"layers": "2", "hold": "c", "at": "0.5", "hfrom": "3", "hto": "5"}
    at = visit(**{"from": "text", "text": TEXT, "layer": "2", "hlayer": "1", **net})
    held = over(random_net(layers=2), clamps=[Clamp("c", 0.5, 2, 5, layer=0)]).traces[1].forward
    assert_allclose(signals(at, "other")["g"], held.g[:, 0], rtol=1e-6)
    assert "in layer 1" in said(at)


def test_a_reset_leaves_the_seed_alone() -> None:
    at = visit(**{"from": "text", "hidden": "5", "seed": "9", "u": "2", "order": "similar", "against": "net"})
    at.button(key="start_over").click().run()
    assert sent(at)["position"]["order"] == "stored"
    assert "Trained net" in at.segmented_control(key="from").options
    assert {key for key in at.query_params if key not in ("model", "text")} == {"seed"}
    assert at.query_params["seed"] == "9" or at.query_params["seed"] == ["9"]


def test_a_wide_layer_shows_its_most_active_units_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstm_ui.heat.MOST_NUMBERS", 6 * len(TEXT) * 3)
    at = visit(**{"from": "text", "text": TEXT})
    wanted = units.by_activity(over(random_net()).traces[0].forward.h[:, 0])
    assert sent(at)["units"] == wanted[:3].tolist()
    assert sent(at)["position"]["order"] == "active"
    at.selectbox(key="part").set_value(3).run()
    assert sent(at)["units"] == wanted[6:].tolist()
    assert at.query_params["part"] == "3"


def test_every_number_can_be_taken_along() -> None:
    at = visit(**{"from": "text", "text": TEXT, "section": "take", "against": "token", "place": "3", "swap": "o"})
    assert not at.exception
    labels = [button.label for button in at.get("download_button")]
    assert labels == [
        "The picture (HTML)",
        "Numbers (CSV)",
        f"Ledger of step {len(TEXT)} (CSV)",
        "Saturation (CSV)",
    ]
    assert len(at.get("plotly_chart")) == 1


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_data.clear()
