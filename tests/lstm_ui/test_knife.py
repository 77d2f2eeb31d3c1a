"""The knife is sent every cut of every block at once; what a browser says of it is checked."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pytest

from lstm_core import truncation
from lstm_ui.components.knife.knife import read_cut
from lstm_ui.components.knife.payload import knife_payload
from tests.browser.backward_app import TEXT, pairs, shown


def rows_of(net: str = "lstm") -> list[tuple[truncation.Compared, ...]]:
    given = shown(net)
    return truncation.by_cut(given.whole, given.objective)


def build(net: str = "lstm", **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"rows": rows_of(net), "ident": "net", "tokens": pairs(list(TEXT)), **changes}
    return knife_payload(given.pop("rows"), **given)


def doubles(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8").reshape(*shape)


@pytest.mark.parametrize("net", ["lstm", "gru", "rnn", "back"])
def test_every_cut_of_every_block_is_sent(net):
    data, rows = build(net), rows_of(net)
    shape = (len(rows), len(rows[0]))
    assert [block["name"] for block in data["blocks"]] == [each.name for each in rows[0]] and data["cuts"] == len(rows)
    np.testing.assert_array_equal(doubles(data["true"], -1), [each.true for each in rows[0]])
    np.testing.assert_array_equal(doubles(data["norms"], *shape), [[each.cut for each in row] for row in rows])
    np.testing.assert_array_equal(doubles(data["cosines"], *shape), [[each.cosine for each in row] for row in rows])
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_blocks_are_named_as_far_as_is_needed():
    assert [block["label"] for block in build()["blocks"]] == ["W_{x}", "W_{h}", "b", "inputs"]
    assert build("back")["blocks"][4]["label"] == "W_{h}, backward"
    one = rows_of()[0]
    two = [(*one[:3], *(each._replace(name=each.name.replace("0", "1")) for each in one[:3]), one[3])]
    assert [block["label"] for block in build(rows=two)["blocks"]][2:5] == [
        "b, layer 1",
        "W_{x}, layer 2",
        "W_{h}, layer 2",
    ]


def test_where_two_directions_meet_it_is_said_which_tokens_are_reached_and_when():
    lags = [*range(6, 0, -1), 0, *range(1, 6)]
    assert build()["lags"] is None
    assert build(lags=np.array(lags))["lags"] == lags
    with pytest.raises(ValueError, match=r"^lags: expected one for each of 12 tokens, got 2"):
        build(lags=[0, 1])


def test_the_loss_is_at_the_step_read_last_unless_it_is_named_and_the_knife_starts_in_the_middle():
    assert (build()["step"], build(reverse=True)["step"], build(step=4)["step"]) == (11, 0, 4)
    assert (build()["cut"], build(cut=3)["cut"], build(cut=99)["cut"], build(cut=-1)["cut"]) == (6, 3, 12, 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": []}, "rows: expected the same arrays at every cut, got others"),
        ({"rows": [rows_of()[0], rows_of()[1][:2]]}, "rows: expected the same arrays at every cut, got others"),
        ({"rows": rows_of() * 2000}, "rows: expected at most 100,000 numbers, got 104,000"),
        ({"tokens": []}, "tokens: expected 1 to 512, got 0"),
        ({"step": 12}, "step: expected None or 0 to 11, got 12"),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_allowed(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        build(**changes)


def test_a_cut_from_the_browser_is_checked():
    data = build(cut=5)
    assert (read_cut({"id": "net", "cut": 3.0}, data), read_cut({"id": "net", "cut": -4}, data)) == (3, 0)
    for strange in (None, 7, {"id": "other", "cut": 1}, {"id": "net", "cut": "x"}, {"id": "net", "cut": True}):
        assert read_cut(strange, data) == 5
