"""A reader's own net, from a file to every page that takes a net."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import gru, interop, stack
from lstm_runs import files
from tests.pages.test_gate_heatmaps import sent, signals
from tests.pages.training import component, errors, said
from tests.pages.training import visit as visit_page

HEATMAPS, STEPS = "pages/2_Gate_heatmaps.py", "pages/1_Step_through.py"
DATA = Path(__file__).parents[1] / "data"
FORMS = ("own_form", "open_model", "comparing")
RNG = np.random.default_rng(11)


def reference(name: str) -> bytes:
    return (DATA / f"own_torch_{name}").read_bytes()


def traced() -> Any:
    return np.load(DATA / "own_torch_bidirectional_traced.npz", allow_pickle=False)


def visit(page: str = HEATMAPS, **address: str) -> AppTest:
    return visit_page(page, opened=FORMS, **{"from": "own", **address})


def give(at: AppTest, what: str, name: str, content: bytes) -> AppTest:
    """Upload something."""
    found: AppTest = at.file_uploader(key=f"own {what}").upload(name, content, "application/octet-stream").run()
    assert not found.exception, found.exception
    return found


def opened(page: str = HEATMAPS, **address: str) -> AppTest:
    """The reference net with its vocabulary, on its own text."""
    at = give(visit(page, **address), "file", "reference.safetensors", reference("bidirectional.safetensors"))
    return give(at, "vocabulary", "words.json", reference("bidirectional_vocabulary.json"))


def test_before_a_net_is_opened_the_page_says_what_it_takes() -> None:
    at = visit()
    assert "safetensors" in said(at)
    assert "What is shown below is another net" in said(at)
    assert not errors(at)


@pytest.mark.parametrize(("layer", "direction"), [(1, "forward"), (2, "backward")])
def test_the_reference_net_of_pytorch_gives_the_gates_that_pytorch_traced(layer: int, direction: str) -> None:
    wanted = traced()
    at = opened(layer=str(layer), direction=direction, text=str(wanted["text"]))
    for signal, values in signals(at).items():
        assert_allclose(values, wanted[f"{layer - 1}.{direction}.{signal}"], atol=1e-6, err_msg=signal)
    found = [row.split(":")[0] for row in at.dataframe[0].value["recognised"]]
    assert found[:2] == ["layer 1, forward", "layer 1, backward"]
    assert found[-2:] == ["embedding", "output"]
    assert at.query_params["from"] == "own"


def test_what_a_vocabulary_does_not_know_is_said() -> None:
    at = opened(text="the sea, Ω")
    assert "Not in this net's vocabulary, and so read as <unk>: Ω" in said(at)


def test_without_an_unknown_token_what_is_not_known_is_left_out() -> None:
    weights = {**_weights(4, 3), "emb.weight": RNG.normal(size=(3, 3)).astype(np.float32)}
    at = give(visit(text="ab?ca"), "file", "net.safetensors", files.to_bytes(weights))
    at = give(at, "vocabulary", "abc.json", b'["a", "b", "c"]')
    assert "and so left out: ? (1 of 5 characters)" in said(at)
    assert [token["shown"] for token in sent(at)["tokens"]] == list("abca")
    layers = at.session_state["own net"].layers
    x = weights["emb.weight"][[0, 1, 2, 0]][:, None]
    assert_allclose(signals(at)["c"], stack.forward(layers, x).traces[0].forward.c[:, 0], rtol=1e-5, atol=1e-7)


def test_a_vocabulary_takes_the_place_of_numbers_and_numbers_that_of_a_text() -> None:
    at = opened(text="the sea")
    at = give(at, "numbers", "x.csv", b"1,2,3,4,5,6\n6,5,4,3,2,1")
    assert len(sent(at)["tokens"]) == 2
    at = give(at, "vocabulary", "again.json", reference("bidirectional_vocabulary.json"))
    assert len(sent(at)["tokens"]) == 7


@pytest.mark.parametrize("way", ["button", "file"])
def test_from_numbers_there_is_a_way_back_to_the_text(way: str) -> None:
    at = give(opened(text="the sea"), "numbers", "x.csv", b"1,2,3,4,5,6\n6,5,4,3,2,1")
    for is_open in (False, True):  # a form that is shut forgets its file, and not what it gave
        at.session_state["own_form"] = is_open
        at.run()
        assert "It reads your numbers: 2 steps." in said(at)
    if way == "file":
        at = give(at, "numbers", "x.csv", b"1,2,3,4,5,6\n6,5,4,3,2,1\n1,1,1,1,1,1")
        assert "It reads your numbers: 3 steps." in said(at)
        at.file_uploader(key="own numbers").clear().run()
    else:
        at.button(key="own_text").click().run()
    assert "It reads your numbers" not in said(at)
    assert at.text_area(key="text").value == "the sea"
    assert [token["shown"] for token in sent(at)["tokens"]] == list("the\u2423sea")


def test_without_a_vocabulary_it_asks_for_something_to_read_when_the_numbers_are_taken_away() -> None:
    at = give(visit(), "file", "net.safetensors", files.to_bytes(_weights(4, 3)))
    at = give(at, "numbers", "x.csv", b"1,2,3\n4,5,6")
    assert not [button for button in at.button if button.key == "own_text"], "there is no text to type"
    at.file_uploader(key="own numbers").clear().run()
    assert "Now give it something to read" in said(at)


def test_where_a_gru_of_keras_resets_is_asked_if_its_weights_do_not_tell() -> None:
    kernel, recurrent = RNG.normal(size=(3, 12)).astype(np.float32), RNG.normal(size=(4, 12)).astype(np.float32)
    content = files.to_bytes({"gru/gru_cell/kernel": kernel, "gru/gru_cell/recurrent_kernel": recurrent})
    at = give(visit(), "file", "gru.safetensors", content)
    at = give(at, "numbers", "x.csv", b"1,2,3\n-2,1,0\n0,0,1")
    x = np.array([[1, 2, 3], [-2, 1, 0], [0, 0, 1]], np.float32)[:, None]
    for answer, after in (("after", True), ("before", False)):
        at.segmented_control(key=key_of(at, "reset")).set_value(answer).run()
        wanted = gru.forward(interop.from_keras([kernel, recurrent], "gru", reset_after=after), x)
        assert_allclose(signals(at)["h"], wanted.h[:, 0], rtol=1e-5, atol=1e-7)


def test_with_its_labels_it_steps_through_to_what_it_says_and_is_a_tagger_on_its_page() -> None:
    wanted = traced()
    at = opened(STEPS, text=str(wanted["text"]), layer="2", t="7", sub="6")
    assert "head" not in component(at, "runs")
    at.segmented_control(key=key_of(at, "task")).set_value("tagger").run()
    at.text_input(key=key_of(at, "labels")).set_value(", ".join(wanted["labels"])).run()
    head = component(at, "head")["head"]
    assert [symbol[0] for symbol in head["symbols"]] == list(wanted["labels"])
    at.switch_page("pages/7_Tagger.py").run()
    assert at.segmented_control(key="model").value == "own"
    assert not errors(at)


def key_of(at: AppTest, what: str) -> str:
    return f"own {what} {at.session_state['own net'].digest[:8]}"


@pytest.mark.parametrize("name", ["gru", "rnn", "float16", "bfloat16", "cell"])
def test_any_net_of_pytorch_reads_numbers_of_ones_own(name: str) -> None:
    at = give(visit(), "file", "net.safetensors", reference(f"{name}.safetensors"))
    features = at.session_state["own net"].features
    x = RNG.normal(size=(9, features)).astype(np.float32)
    assert f"{features} columns" in said(at)
    buffer = io.BytesIO()
    np.save(buffer, x)
    at = give(at, "numbers", "x.npy", buffer.getvalue())
    assert not errors(at)
    assert len(sent(at)["tokens"]) == 9
    as_table = "\n".join(",".join(str(float(value)) for value in row) for row in x)
    before = signals(at)
    at = give(at, "numbers", "x.csv", as_table.encode())
    for signal, values in signals(at).items():
        assert_allclose(values, before[signal], rtol=1e-5, atol=1e-7)
    assert ("half precision" in said(at)) == ("float16" in name)


def test_a_net_of_keras_opens() -> None:
    at = give(visit(), "file", "keras.safetensors", (DATA / "own_keras_named.safetensors").read_bytes())
    assert not at.session_state["own net"].model
    assert at.session_state["own net"].net.layers


def _weights(hidden: int, features: int, layers: int = 1) -> dict[str, np.ndarray]:
    found = {}
    for k in range(layers):
        found[f"rnn.weight_ih_l{k}"] = RNG.normal(size=(4 * hidden, hidden if k else features)).astype(np.float32)
        found[f"rnn.weight_hh_l{k}"] = RNG.normal(size=(4 * hidden, hidden)).astype(np.float32) / hidden
    return found


def test_the_net_opened_before_stands_beside_the_new_one() -> None:
    first, second = _weights(4, 3), _weights(4, 3)
    at = give(visit(), "file", "early.safetensors", files.to_bytes(first))
    at = give(at, "numbers", "x.csv", b"1,2,3\n4,5,6")
    h = signals(at)["h"]
    at = give(at, "file", "late.safetensors", files.to_bytes(second))
    assert not np.allclose(signals(at)["h"], h)  # the same numbers, which fit
    at.segmented_control(key="against").set_value("net").run()
    at.selectbox(key="net2").set_value("before").run()
    assert_allclose(signals(at, "other")["h"], h, rtol=1e-6)
    assert sent(at)["otherName"] == "early.safetensors, opened before"


def test_another_vocabulary_is_another_text_for_the_detective() -> None:
    weights = {**_weights(5, 3), "emb.weight": RNG.normal(size=(5, 3)).astype(np.float32)}
    text = "abcd eabc " * 30
    found = []
    at = give(visit(text=text, section="detective"), "file", "net.safetensors", files.to_bytes(weights))
    for tokens in (list("abcde"), list("edcba")):
        at = give(at, "vocabulary", "v.json", json.dumps(tokens).encode())
        found.append([m.value for m in at.markdown if "can be read:" in m.value or "found nothing." in m.value])
    alone = give(visit(text=text, section="detective"), "file", "net.safetensors", files.to_bytes(weights))
    alone = give(alone, "vocabulary", "v.json", json.dumps(list("edcba")).encode())
    assert found[1] == [m.value for m in alone.markdown if "can be read:" in m.value or "found nothing." in m.value]
    assert len(found[1]) == 2


def test_where_the_largest_net_of_a_file_cannot_be_shown_another_can_be_chosen() -> None:
    content = {f"a.{name}": values for name, values in _weights(1030, 2).items()}
    content |= {f"b.{name}": values for name, values in _weights(4, 3).items()}
    at = give(visit(), "file", "two.safetensors", files.to_bytes(content))
    assert "at most 1,024 units" in said(at)
    at.selectbox(key=key_of(at, "module")).set_value("b.rnn").run()
    assert "3 columns" in said(at)
    at = give(at, "numbers", "x.csv", b"1,2,3\n4,5,6")
    assert signals(at)["h"].shape == (2, 4)


BAD_FILES = {
    "not safetensors": (b"\x08" * 100, "file: expected"),
    "a pickled PyTorch file": (b"PK\x03\x04" + bytes(22) + b"\x10\x00\x00\x00archive/data.pkl", "pickled PyTorch file"),
    "an old pickle": (b"\x80\x02}q\x00.", "pickle"),
    "no cell": (files.to_bytes({"rnn.weight_ih_l0": np.ones((7, 3)), "rnn.weight_hh_l0": np.ones((7, 2))}), "expected"),
    "no names of ours": (files.to_bytes({"conv.weight": np.ones((3, 3))}), "LSTM, GRU or RNN"),
    "too wide": (files.to_bytes(_weights(1025, 2)), "at most 1,024 units"),
}


def test_what_is_no_net_is_named_and_the_net_before_stays() -> None:
    at = opened(text="the sea")
    before = signals(at)
    for what, (content, words) in BAD_FILES.items():
        at = give(at, "file", f"{what}.pt", content)
        assert words in errors(at), what
        assert_allclose(signals(at)["h"], before["h"])
    assert "not unpickled" in errors(at) or "torch" not in errors(at)


def test_a_pickled_file_gets_the_lines_that_convert_it_and_is_not_unpickled() -> None:
    at = give(visit(), "file", "net.pt", BAD_FILES["a pickled PyTorch file"][0])
    assert any("safetensors.torch" in block.value for block in at.code)


def test_a_weight_that_is_no_number_is_named() -> None:
    weights = _weights(3, 2)
    weights["rnn.weight_hh_l0"][4, 1] = 7.5
    content = files.to_bytes(weights).replace(np.float32(7.5).tobytes(), np.float32(np.nan).tobytes())
    at = give(visit(), "file", "net.safetensors", content)
    assert "rnn.weight_hh_l0" in errors(at)
    assert "nan" in errors(at)


@pytest.mark.parametrize(
    ("what", "content", "words"),
    [
        ("vocabulary", b"[1, 2]", "vocabulary: expected"),
        ("vocabulary", json.dumps(list("abc")).encode(), "21 tokens"),
        ("vocabulary", b"\xff\x00", "vocabulary: expected"),
        ("numbers", b"1,2\n3,4\n", "6 columns"),
        ("numbers", b"\x80\x04N.", "pickle"),
    ],
)
def test_a_vocabulary_or_numbers_that_do_not_fit_leave_the_net_as_it_was(what: str, content: bytes, words: str) -> None:
    at = opened(text="the sea")
    before = signals(at)["h"]
    at = give(at, what, "bad", content)
    assert words in errors(at)
    assert ";" in errors(at)
    assert_allclose(signals(at)["h"], before)


def test_an_array_of_objects_is_refused_before_anything_in_it_is_made() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    at = give(opened(text="the sea"), "numbers", "x.npy", buffer.getvalue())
    assert "object" in errors(at)


def test_a_large_net_shows_its_most_active_units_first() -> None:
    at = give(visit(), "file", "large.safetensors", files.to_bytes(_weights(300, 2)))
    at = give(at, "numbers", "x.csv", "\n".join(f"{k % 5},{k % 3}" for k in range(30)).encode())
    trace_units = sent(at)["units"]
    h = signals(at)["h"]
    spread = h.std(axis=0)
    assert len(trace_units) == 256
    assert (np.diff(spread) <= 1e-7).all()
    at.selectbox(key="part").set_value(2).run()
    assert len(sent(at)["units"]) == 300 - 256
    assert signals(at)["h"].std(axis=0).max() <= spread.min() + 1e-7
