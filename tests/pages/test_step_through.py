"""The logic of the page Step through, without a browser."""

from __future__ import annotations

import gc
import json
import re
from typing import Any

import numpy as np
import pytest
import streamlit as st
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import examples, gradcheck, lstm, stack
from lstm_core.clamps import Clamp
from lstm_ui import nets, widgets
from tests.arrays_sent import columns_of

PAGE = "pages/1_Step_through.py"


def visit(**address: str) -> AppTest:
    at = AppTest.from_file("../../app.py", default_timeout=180)
    at.switch_page(PAGE)
    for key, value in address.items():
        at.query_params[key] = value
    for form in ("net", "holding", "take"):  # as if the reader had opened them
        at.session_state[form] = True
    return at.run()


def sent(at: AppTest) -> dict[str, Any]:
    """What the player got."""
    (element,) = at.get("bidi_component")
    assert not at.exception
    return json.loads(element.proto.json)


def shown(at: AppTest, name: str, run: int = 0) -> np.ndarray:
    data = sent(at)
    return columns_of(data["runs"][run], data["steps"])[name]


def messages(at: AppTest) -> str:
    """What the page says, as the reader sees it: without the backslashes that keep it from being markup."""
    said = "\n".join(str(element.value) for element in (*at.info, *at.error, *at.caption))
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", said).replace("\u2060", "")


def test_a_newcomer_sees_the_latch_at_once() -> None:
    at = visit()
    latch = examples.latch()
    x = latch.encode(list(latch.text))[:, None]
    assert_allclose(shown(at, "c"), lstm.forward(latch.params, x).c[:, 0])
    assert [token["shown"] for token in sent(at)["tokens"]] == list(latch.text)
    assert not at.query_params


def test_what_is_typed_is_what_runs() -> None:
    at = visit(**{"from": "text"})
    at.text_area(key="text").set_value("Hi 你好 👩‍👩‍👧\n").run()
    tokens = ["H", "i", " ", "你", "好", " ", "👩‍👩‍👧", "\n"]
    assert [token["shown"] for token in sent(at)["tokens"]] == ["H", "i", "␣", "你", "好", "␣", "👩‍👩‍👧", "⏎"]
    given = nets.read_text("".join(tokens), "characters", seed=0)
    layers = nets.build(nets.NetChoice(), nets.FEATURES)
    assert_allclose(shown(at, "h"), stack.forward(layers, given.x[:, None]).h[:, 0])
    assert at.query_params["text"] == "".join(tokens)


@pytest.mark.parametrize(
    "address",
    [
        {"from": "text", "cell": "gru", "reset": "before", "hidden": "5", "seed": "7"},
        {"from": "text", "cell": "rnn", "activation": "relu", "layers": "3", "layer": "2", "tokens": "words"},
        {"from": "text", "forget": "coupled", "peephole": "1", "both": "1", "direction": "backward", "hidden": "3"},
        {
            "from": "series",
            "series": "1 2 3",
            "hold": "c",
            "at": "-0.375",
            "hunit": "2",
            "hfrom": "2",
            "hto": "3",
            "u": "2",
        },
        {"from": "counter", "counter": "aab", "edits": "0f.b.0.1:-3", "notation": "d2l", "t": "2", "sub": "4"},
    ],
)
def test_the_same_link_shows_the_same_numbers(address: dict[str, str]) -> None:
    here, elsewhere = visit(**address), visit(**address)
    assert sent(here)["runs"] == sent(elsewhere)["runs"]
    assert dict(here.query_params) == address
    assert not here.info
    assert not here.error


def test_a_link_restores_every_setting() -> None:
    at = visit(**{"from": "text", "cell": "gru", "hidden": "4", "t": "3", "sub": "2", "u": "4", "seed": "99"})
    data = sent(at)
    assert (data["cell"], data["hidden"], data["position"]) == ("gru", 4, {"step": 2, "sub": 2, "unit": 3})
    assert at.number_input(key="seed").value == 99


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("hidden", "99", "a whole number from 1 to 32"),
        ("hidden", "8.5", "a whole number"),
        ("layers", "0", "from 1 to 4"),
        ("cell", "<script>", "one of rnn, gru, lstm"),
        ("at", "nan", "a number from -10 to 10"),
        ("both", "yes", "0 or 1"),
        ("edits", "0f.W_x.1:2", "weights as layer"),
        ("edits", "0f.__class__.0.0:2", "weights as layer"),
        ("seed", "9" * 5000, "a whole number"),
    ],
)
def test_a_damaged_link_says_what_is_wrong_and_goes_on(key: str, value: str, expected: str) -> None:
    at = visit(**{"from": "text", key: value})
    assert sent(at)["steps"] == len(widgets.TEXT)
    assert expected in messages(at)
    assert "used instead" in messages(at)


def test_reset_keeps_the_seed_and_a_new_seed_changes_nothing_else() -> None:
    at = visit(**{"from": "text", "hidden": "4", "seed": "12", "hold": "f"})
    before = shown(at, "h")
    at.button(key="new_seed").click().run()
    seed = at.number_input(key="seed").value
    assert at.query_params["seed"] == str(seed)
    assert sent(at)["hidden"] == 4
    assert seed == 12 or not np.allclose(shown(at, "h"), before)
    at.button(key="start_over").click().run()
    assert dict(at.query_params) == {"seed": str(seed)}
    assert at.segmented_control(key="from").value == "latch"


def test_reset_puts_back_every_setting_but_the_seed() -> None:
    at = visit(
        **{"from": "series", "cell": "gru", "seed": "12", "hold": "z", "at": "0.25", "notation": "keras", "t": "4"},
        **{"sub": "2", "u": "3", "both": "1", "layers": "2", "layer": "2", "direction": "backward", "reset": "before"},
    )
    at.button(key="start_over").click().run()
    for setting in widgets.SETTINGS:
        wanted = 12 if setting.key == "seed" else setting.default
        assert at.session_state["settings"][setting.key] == wanted, setting.key


def test_a_held_gate_is_the_second_run_and_the_first_stays_free() -> None:
    at = visit(**{"from": "text", "hidden": "4", "hold": "f", "at": "0.0", "hfrom": "3", "hto": "6", "hunit": "2"})
    given = nets.read_text(widgets.TEXT, "characters", 0)
    layers = nets.build(nets.NetChoice(hidden=4), nets.FEATURES)
    clamp = Clamp("f", 0.0, 2, 6, (1,))
    assert_allclose(
        shown(at, "c", 1), stack.forward(layers, given.x[:, None], clamps=[clamp]).traces[0].forward.c[:, 0]
    )
    assert_allclose(shown(at, "c", 0), stack.forward(layers, given.x[:, None]).traces[0].forward.c[:, 0])
    assert set(sent(at)["held"]) == {"f"}


@pytest.mark.parametrize(("hold", "words"), [({"hunit": "9"}, "there is no unit 9"), ({"hfrom": "400"}, "the window")])
def test_a_clamp_that_holds_nothing_says_so(hold: dict[str, str], words: str) -> None:
    at = visit(**{"from": "text", "hold": "f", **hold})
    assert len(sent(at)["runs"]) == 1
    assert words in messages(at)


def test_a_signal_that_another_cell_has_not_is_let_go() -> None:
    at = visit(**{"from": "text", "hold": "f"})
    at.segmented_control(key="cell").set_value("gru").run()
    assert len(sent(at)["runs"]) == 1
    assert "This GRU has no signal f" in messages(at)
    assert "hold" not in at.query_params


def test_weights_set_by_hand_stay_with_their_net() -> None:
    at = visit(edits="0f.b.0.0:3")
    assert shown(at, "b.i")[0, 0] == 3
    at.segmented_control(key="from").set_value("counter").run()
    assert shown(at, "b.i")[0, 0] == -10
    assert "This is another net" in messages(at)
    assert "edits" not in at.query_params


def test_weights_that_fit_nowhere_are_left_out_and_counted() -> None:
    at = visit(edits="0f.b.0.0:3,0f.W_x.500.500:3,7b.p.0.0:2")
    assert "2 of the weights in the link fit nowhere" in messages(at)
    assert shown(at, "b.i")[0, 0] == 3


@pytest.mark.parametrize(
    ("source", "typed", "words"),
    [
        ("text", "", "expected at least one character"),
        ("series", "1 2 zwei", "zwei"),
        ("series", "nan", "nan"),
        ("series", "", "at least one number"),
        ("series", "1e99", "1e99"),
    ],
)
def test_what_cannot_be_read_gets_a_message_and_nothing_is_lost(source: str, typed: str, words: str) -> None:
    at = visit(**{"from": source})
    before = sent(at)
    at.text_area(key=source).set_value(typed).run()
    assert words in messages(at)
    assert sent(at)["runs"] == before["runs"]
    assert at.text_area(key=source).value == typed


@pytest.mark.parametrize("size", [600, 5_000_000])
def test_a_long_text_is_cut_and_kept(size: int) -> None:
    at = visit(**{"from": "text"})
    at.text_area(key="text").set_value("ab c" * (size // 4)).run()
    assert sent(at)["steps"] == nets.MOST_STEPS
    assert f"{size:,} characters" in messages(at)
    assert len(at.text_area(key="text").value) == size
    assert ("text" in at.query_params) == (size < 8000)


def test_markup_and_controls_are_text() -> None:
    text = "<script>alert(1)</script>\x00\u202e"
    at = visit(**{"from": "text", "text": text})
    assert "".join(token["shown"] for token in sent(at)["tokens"]) == "<script>alert(1)</script>␀U+202E"


def test_an_unknown_letter_enters_a_hand_made_net_as_zeros() -> None:
    at = visit(**{"from": "counter", "counter": "a?b"})
    assert "This net knows only a b -" in messages(at)
    assert_allclose(shown(at, "x"), [[1, 0, 0], [0, 0, 0], [0, 1, 0]])


def test_what_a_message_quotes_is_no_markup() -> None:
    at = visit(hidden="![](http://a.b/c)")
    assert "![](http" not in "".join(element.value for element in at.info)
    assert "![](http://a.b/c)" in messages(at)


def test_a_long_series_is_cut_and_kept() -> None:
    at = visit(**{"from": "series"})
    at.text_area(key="series").set_value("0.25 " * 1_000_000).run()
    assert sent(at)["steps"] == nets.MOST_STEPS
    assert "this page shows the first 512" in messages(at)


def test_an_overflowing_net_gets_a_message() -> None:
    at = visit(
        **{
            "from": "text",
            "cell": "rnn",
            "activation": "relu",
            "hidden": "2",
            "text": "a" * 500,
            "edits": "0f.W_h.0.0:1000,0f.b.0.0:1000",
        }
    )
    assert "This net cannot be shown" in messages(at)
    assert not at.exception


def test_text_survives_a_look_at_something_else() -> None:
    at = visit(**{"from": "text"})
    at.text_area(key="text").set_value("kept").run()
    at.segmented_control(key="from").set_value("series").run()
    at.segmented_control(key="from").set_value("text").run()
    assert at.text_area(key="text").value == "kept"


def test_what_is_typed_while_the_browser_still_has_an_older_address_is_not_lost() -> None:
    at = visit(**{"from": "text", "text": "one"})
    older = dict(at.query_params)
    at.text_area(key="text").set_value("two").run()
    for typed in ("three", "four"):
        at.query_params.clear()
        at.query_params.update(older)
        at.text_area(key="text").set_value(typed).run()
        assert at.text_area(key="text").value == typed
        assert at.query_params["text"] == typed
    at.query_params.clear()
    at.query_params.update(older)
    at.button(key="new_seed").click().run()  # no widget of its own changes the text, but a callback puts a seed
    assert at.text_area(key="text").value == "four"
    at.query_params.clear()
    at.query_params.update(older)
    at.run()  # back in the browser: nothing else is done
    assert at.text_area(key="text").value == "one"


def test_the_check_of_the_gradients_says_what_it_found() -> None:
    at = visit(**{"from": "text", "layers": "2", "hidden": "4"})
    at.button(key="check").click().run()
    (verdict,) = [element.value for element in at.markdown if "backward pass" in element.value]
    assert verdict.startswith("**The backward pass is right.**")
    at.number_input(key="hidden").set_value(5).run()
    assert not [element for element in at.markdown if "The backward pass is right" in element.value]


def test_the_net_that_is_checked_is_the_one_with_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    right = gradcheck.gradcheck

    def spy(*args: Any, **options: Any) -> Any:
        seen.append(options["clamps"])
        return right(*args, **options)

    monkeypatch.setattr(gradcheck, "gradcheck", spy)
    at = visit(**{"from": "text", "hidden": "4", "hold": "c", "at": "0.5", "text": "ab" * 100, "hfrom": "3"})
    at.button(key="check").click().run()
    assert seen == [[Clamp("c", 0.5, 2, nets.CHECKED)]]


def test_in_an_upper_layer_the_input_is_no_token() -> None:
    at = visit(**{"from": "text", "layers": "2", "layer": "2"})
    words = json.dumps(sent(at)["subs"])
    assert "the output of layer 1" in words
    assert "token" not in words
    assert sent(at)["below"] == 1


def test_the_garbage_collector_leaves_the_imports_alone() -> None:
    gc.unfreeze()
    st.cache_resource.clear()
    visit()
    assert gc.get_freeze_count() > 10_000


def test_the_code_on_the_page_is_that_of_the_net_on_the_screen() -> None:
    at = visit(**{"from": "counter", "counter": "ab"})
    code = at.code[0].value
    assert "x = np.array([[1., 0., 0.], [0., 1., 0.]])" in code


def test_what_pytorch_cannot_hold_is_said() -> None:
    at = visit(**{"from": "text", "peephole": "1"})
    assert "PyTorch cannot hold this net" in messages(at)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("hidden", ["1", "32"])
def test_the_largest_and_the_smallest_nets_run(cell: str, hidden: str) -> None:
    text = "abcd" * 128
    at = visit(
        **{"from": "text", "text": text, "cell": cell, "hidden": hidden, "layers": "4", "layer": "4", "both": "1"}
    )
    data = sent(at)
    assert (data["steps"], data["hidden"]) == (512, int(hidden))
    assert data["features"] == 2 * int(hidden)
