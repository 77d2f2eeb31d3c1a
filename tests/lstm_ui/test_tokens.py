"""The coloured text is sent the numbers as they are, the ends of its colours, and the reader's words as data."""

from __future__ import annotations

import base64
import json
import math

import numpy as np
import pytest

from lstm_plots import palettes
from lstm_ui.components.live.live import FEED, PICTURE
from lstm_ui.components.tokens.payload import MOST_TOKENS, tokens_payload
from lstm_ui.components.tokens.tokens import ASSETS, read_pick

PAIRS = [("a", "a"), ("\u2423", "SPACE"), ("<b>", "<b>"), ("d", "")]
VALUES = np.array([math.nan, 0.25, 3.5, 1e-6])


def build(**changes: object) -> dict:
    given = {"tokens": PAIRS, "values": VALUES, "ident": "text", **changes}
    return tokens_payload(given.pop("tokens"), given.pop("values"), **given)


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def test_values_arrive_as_float32_and_a_missing_one_as_a_gap():
    np.testing.assert_array_equal(floats(build()["values"]), VALUES.astype(np.float32))


def test_the_payload_is_plain_json_and_keeps_the_readers_words_as_data():
    data = build(tags=["O", "B-PER", "<i>", ""], truth=["O"] * 4, curves={"<u>": np.full(4, 0.5)})
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["tokens"][1] == {"shown": "\u2423", "name": "SPACE", "sign": True}
    assert data["tokens"][2] == {"shown": "<b>", "name": "", "sign": False}
    assert data["curves"][0][0] == "<u>" and data["tags"][2] == "<i>"


@pytest.mark.parametrize(
    ("options", "ends"),
    [
        ({}, (0.0, 3.5)),
        ({"highest": 5.0}, (0.0, 5.0)),
        ({"kind": "probability"}, (0.0, 1.0)),
        ({"kind": "signed", "values": np.array([1.0, -4.0, 2.0, 0.0])}, (-4.0, 4.0)),
        ({"values": np.full(4, math.nan)}, (0.0, 1.0)),
        ({"values": np.zeros(4)}, (0.0, 1.0)),
        ({"values": None}, (0.0, 1.0)),
        ({"highest": math.nan}, (0.0, 3.5)),
    ],
    ids=str,
)
def test_the_colours_run_between_ends_that_are_said(options, ends):
    scale = build(**options)["scale"]
    assert (scale["low"], scale["high"]) == ends


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"values": VALUES[:3]}, "values: expected one for each of 4 tokens, got 3"),
        ({"tags": ["O"]}, "tags: expected one for each of 4 tokens, got 1"),
        ({"truth": ["O"] * 5}, "truth: expected one for each of 4 tokens, got 5"),
        ({"curves": {"spam": np.ones(3)}}, "spam: expected one for each of 4 tokens, got 3"),
        ({"curves": {"spam": np.array([0, 1, math.nan, 0])}}, "spam: expected finite float32 numbers"),
        ({"curves": {str(k): np.ones(4) for k in range(13)}}, "curves: expected at most 12, got 13"),
        ({"tokens": PAIRS * 1_251, "values": None}, "tokens: expected at most 5,000, got 5,004"),
        ({"kind": "rainbow"}, "kind: expected loss, probability or signed, got 'rainbow'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        build(**change)


def test_the_longest_text_stays_small():
    data = build(tokens=[("\u8bed", "\u8bed")] * MOST_TOKENS, values=np.ones(MOST_TOKENS))
    assert len(json.dumps(data)) < 500_000


def test_a_chosen_token_outside_is_clipped():
    assert build(chosen=99)["chosen"] == 3
    assert build(chosen=-1)["chosen"] == 0
    assert build(tokens=[], values=None, chosen=0)["chosen"] is None


@pytest.mark.parametrize("sent", [None, "x", {"id": "text"}, {"id": "text", "index": 4}, {"id": "text", "index": -1},
                                  {"id": "text", "index": True}, {"id": "other", "index": 1}])  # fmt: skip
def test_nonsense_from_the_browser_falls_back_to_what_the_payload_chose(sent):
    assert read_pick(sent, build(chosen=2)) == 2


def test_a_lone_surrogate_does_not_stop_the_message():
    data = build(tokens=[("\ud800", "\ud800"), *PAIRS[1:]])
    data["tokens"][0]["shown"].encode("utf-8")


@pytest.mark.parametrize("assets", [ASSETS, PICTURE, FEED], ids=lambda assets: assets.name)
def test_the_scripts_never_write_markup_from_data_and_ask_no_other_host(assets):
    text = assets.script()
    assert "\n" in text and text.count("export default") == 1
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert forbidden not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def lightness(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colour_tables_can_be_read_without_telling_hues_apart(mode):
    away = -1 if mode == "light" else 1  # from the ground: darker on paper, lighter on slate
    steps = np.diff([lightness(colour) for colour in palettes.SEQUENTIAL[mode]]) * away
    assert (steps > 0.01).all()
    table = [lightness(colour) for colour in palettes.DIVERGING[mode]]
    middle = len(table) // 2
    assert (np.diff(table[middle:]) * away > 0.01).all()
    assert (np.diff(table[middle::-1]) * away > 0.01).all()


@pytest.mark.parametrize(("mode", "ground"), [("light", "#FFFFFF"), ("dark", "#1A2028")])
def test_tags_can_be_read_in_every_colour_of_the_curves(mode, ground):
    for colour in palettes.CURVES[mode]:
        high, low = sorted((lightness(colour), lightness(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour
