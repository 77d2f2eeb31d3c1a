"""The split is sent parts that add up to the gradient, unit by unit and together, and the product of gates."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lstm_core import lstm, objectives, paths, stack
from lstm_ui.components.split import payload
from tests.browser.backward_app import HIDDEN, TEXT, pairs, shown

NETS = ["lstm", "gru", "before", "rnn", "peep", "held", "back"]
STEPS = len(TEXT)


def build(net: str = "lstm", given: Any = None, **changes: Any) -> dict[str, Any]:
    given = given or shown(net)
    options = {"ident": "net", "tokens": pairs(given.tokens), **changes}
    return payload.split_payload(given.trace, given.flow, **options)


def doubles(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8").reshape(*shape)


def bars_of(data: dict[str, Any]) -> np.ndarray:
    return doubles(data["bars"], 1 + len(data["units"]), len(data["parts"]), -1)


@pytest.mark.parametrize("net", NETS)
def test_parts_of_every_unit_and_of_all_together_add_up_to_the_gradient_that_was_recorded(net):
    data, given = build(net), shown(net)
    bars, totals = bars_of(data), doubles(data["totals"], 1 + HIDDEN, -1)
    whole = paths.total(given.flow)[:, 0]
    np.testing.assert_array_equal(totals[1:], whole.T)
    np.testing.assert_allclose(totals[0], np.linalg.norm(whole, axis=1), rtol=1e-12)
    np.testing.assert_allclose(bars.sum(axis=1), totals, atol=1e-12 * np.abs(bars).max())
    parts = paths.split(given.flow, given.trace if isinstance(given.trace, lstm.Trace) else None)
    for k, part in enumerate(data["parts"]):
        np.testing.assert_array_equal(bars[1:, k], parts[part["name"]][:, 0].T)
        along = (parts[part["name"]][:, 0] * whole).sum(axis=1) / np.linalg.norm(whole, axis=1)
        np.testing.assert_allclose(bars[0, k], along, atol=1e-12)
    assert data["state"] == ("c" if isinstance(given.trace, lstm.Trace) else "h")


def test_a_part_that_is_0_everywhere_is_left_out_but_never_the_straight_way():
    assert [part["name"] for part in build("peep")["parts"]][:2] == ["highway", "peephole"]
    names = [part["name"] for part in build("lstm")["parts"]]
    assert names == ["highway", "output_loss", "output_i", "output_f", "output_o", "output_g"]
    given = shown("lstm")
    nothing = replace(given.flow, **{name: 0 * getattr(given.flow, name) for name in ("dc_highway", "dc_peephole")})
    assert build(given=given._replace(flow=nothing))["parts"][0]["name"] == "highway"


@pytest.mark.parametrize("net", NETS)
def test_parts_differ_in_their_look_and_have_names(net):
    parts = build(net)["parts"]
    assert len({(part["colour"], part["pattern"]) for part in parts}) == len(parts) == len({p["label"] for p in parts})


@pytest.mark.parametrize(("net", "keeper"), [("lstm", "f"), ("gru", "z"), ("back", "f")])
@pytest.mark.parametrize("start", [None, 7])
def test_the_product_of_gates_begins_at_the_loss_and_is_compared_with_the_truth(net, keeper, start):
    data, given = build(net, step=start), shown(net)
    keep, whole = getattr(given.trace, keeper)[:, 0], paths.total(given.flow)[:, 0]
    order = list(range(STEPS)) if net == "back" else list(range(STEPS))[::-1]
    order = order[order.index(start) :] if start is not None else order
    product, part = whole[order[0]], np.zeros_like(whole)
    for t in order:
        part[t] = product
        product = product * keep[t]
    assert (data["keeper"], data["pure"]["step"]) == (keeper, order[0])
    np.testing.assert_allclose(doubles(data["pure"]["norms"], -1), np.linalg.norm(part, axis=1), rtol=1e-12)
    norms = np.linalg.norm(whole, axis=1)
    expected = (part * whole).sum(axis=1) / norms**2
    np.testing.assert_allclose(np.array(data["pure"]["projection"], float), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(data["pure"]["ratio"], np.linalg.norm(part, axis=1) / norms, rtol=1e-9)
    assert data["pure"]["cosine"][order[0]] == pytest.approx(1)


@pytest.mark.parametrize(("net", "keeper"), [("lstm", "f"), ("gru", "z"), ("peep", "f"), ("held", "f"), ("back", "f")])
def test_where_the_loss_is_on_all_steps_each_of_them_is_carried_along_the_gate(net, keeper):
    """A path from the last step alone would be held against what comes from all losses."""
    given, data = shown(net, when="all"), build(net, shown(net, when="all"))
    part = np.zeros((STEPS, HIDDEN))
    for k in range(STEPS):  # every step's loss on its own, along the product of gates that were read after it
        start = paths.total(shown(net, when=k).flow)[k, 0]
        part += paths.pure(given.trace, start, step=k)
    assert (data["keeper"], data["pure"]["step"], data["pure"]["sources"]) == (keeper, None, STEPS)
    np.testing.assert_allclose(doubles(data["pure"]["norms"], -1), np.linalg.norm(part, axis=1), rtol=1e-9)
    found = paths.share(part, paths.total(given.flow)[:, 0])
    for name, column in found._asdict().items():
        np.testing.assert_allclose(np.array(data["pure"][name], float), column, rtol=1e-9)


@pytest.mark.parametrize("net", ["lstm", "gru", "peep", "back"])
def test_of_a_loss_on_one_step_the_product_begins_there(net):
    given = shown(net, when=7)
    data, whole = build(net, given)["pure"], paths.total(given.flow)[:, 0]
    assert (data["step"], data["sources"]) == (7, 1)
    wanted = np.linalg.norm(paths.pure(given.trace, whole[7], step=7), axis=1)
    np.testing.assert_allclose(doubles(data["norms"], -1), wanted, rtol=1e-12)


def test_into_a_lower_layer_the_gradient_comes_at_every_step_that_the_upper_one_has_read():
    rng = np.random.default_rng(2)
    whole = stack.forward(stack.init(rng, 3, [4, 5], dtype=np.float64), rng.normal(size=(STEPS, 1, 3)))
    back = objectives.backward(whole, objectives.of_state(whole, steps=7))
    below = payload.split_payload(whole.traces[0].forward, back.flow(0), ident="below", tokens=pairs(list(TEXT)))
    above = payload.split_payload(whole.traces[1].forward, back.flow(1), ident="above", tokens=pairs(list(TEXT)))
    assert (below["pure"]["step"], below["pure"]["sources"]) == (None, 8)
    assert (above["pure"]["step"], above["pure"]["sources"]) == (7, 1)


def test_where_no_path_is_compared_nothing_is_sent():
    assert build("rnn")["pure"] is None and build("rnn")["keeper"] is None
    later = build(step=3)["pure"]["cosine"]
    assert later[4] is None and later[3] == pytest.approx(1)  # the product is 0 at what was read after its loss


def test_gradients_far_below_single_precision_keep_their_length():
    given = shown("lstm")
    names = ("dc_final", "dc_highway", "dc_output", "dc_peephole", "dh_loss", "dh_final", "dh_gates", "dh", "dc")
    tiny = replace(given.flow, **{name: 1e-200 * getattr(given.flow, name) for name in names})
    data, plain = build(given=given._replace(flow=tiny)), build()
    small, large = (doubles(each["totals"], 1 + HIDDEN, -1) for each in (data, plain))
    np.testing.assert_allclose(small[0] * 1e200, large[0], rtol=1e-9)
    small, large = (doubles(each["pure"]["norms"], -1) for each in (data, plain))
    np.testing.assert_allclose(small * 1e200, large, rtol=1e-9)


def test_of_a_large_layer_only_the_chosen_unit_is_sent(monkeypatch):
    monkeypatch.setattr(payload, "MOST_NUMBERS", (1 + HIDDEN) * 7 * STEPS)
    assert build(unit=3)["units"] == list(range(HIDDEN))
    monkeypatch.setattr(payload, "MOST_NUMBERS", (1 + HIDDEN) * 7 * STEPS - 1)
    data = build(unit=3)
    assert data["units"] == [3] and build()["units"] == []
    np.testing.assert_array_equal(doubles(data["totals"], 2, -1)[1], paths.total(shown("lstm").flow)[:, 0, 3])


def test_the_payload_is_plain_json_and_words_stay_data():
    data = build("words", objective="<b>", value=0.5)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["tokens"][1]["shown"] == "<b>dogs</b>" and data["objective"] == "<b>"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": pairs(list("ab"))}, f"tokens: expected one for each of {STEPS} steps, got 2"),
        ({"unit": HIDDEN}, f"unit: expected None or 0 to {HIDDEN - 1}, got {HIDDEN}"),
        ({"unit": -1}, f"unit: expected None or 0 to {HIDDEN - 1}, got -1"),
        ({"sequence": 1}, "sequence: expected 0 to 0, got 1"),
        ({"step": STEPS}, f"step: expected 0 to {STEPS - 1}, got {STEPS}"),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_allowed(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        build(**changes)


def test_too_many_steps_are_refused():
    given = shown("lstm", 513)
    with pytest.raises(ValueError, match=r"^trace: expected at most 512 steps, got 513"):
        build(given=given)
