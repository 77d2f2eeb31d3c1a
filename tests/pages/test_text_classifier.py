"""The page Text classifier, without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import metrics, models
from lstm_runs import model_files
from lstm_ui import probes, runs, sample_models, samples
from tests.pages.training import component, errors, numbers, open_tab, said, trained, visit

PAGE = "pages/6_Text_classifier.py"
SMALL = {"hidden": "5", "features": "4", "batch": "8", "steps": "20", "validate_every": "10"}

pytestmark = pytest.mark.usefixtures("own_service")


def test_what_was_read_is_said() -> None:
    words = said(visit(PAGE))
    assert "2 labels" in words
    assert "divided by its author" in words
    assert "parameters" in words


def test_a_text_is_answered_after_every_word() -> None:
    at = trained(visit(PAGE, **SMALL))
    at.text_input(key="probe").set_value("It was not good .").run()
    model = runs.service().state(at.session_state["run"]).model
    curves = probes.class_curves(model, probes.read(model, "It was not good .").ids)
    sent = component(at, "truth")
    assert [token["shown"] for token in sent["tokens"]] == ["It", "was", "not", "good", "."]
    assert {label for label, _ in sent["curves"]} == set(model.labels)
    for label, values in sent["curves"]:
        assert_allclose(numbers(values), curves[:, model.labels.index(label)], rtol=1e-5)


def test_the_figures_of_the_held_out_texts_are_those_of_the_net() -> None:
    at = open_tab(trained(visit(PAGE, **SMALL)), "Held-out texts")
    ident = at.session_state["run"]
    model, data = runs.service().state(ident).model, runs.data(runs.service().view(ident))
    right = 0
    for text, target in zip(data.raw_test, data.test.targets, strict=True):
        logits = models.predict(model, probes.read(model, text).ids[:, None]).logits[0]
        right += model.labels[int(logits.argmax())] == data.labels[target]
    table = at.dataframe[0].value
    assert table[""].tolist() == ["this net", "majority", "naive Bayes"]
    assert table["accuracy"][0] == pytest.approx(100 * right / len(data.raw_test), abs=0.06)
    counts = at.dataframe[1].value
    assert counts["truth"].tolist() == list(model.labels)
    assert counts.drop(columns="truth").to_numpy().sum() == len(data.raw_test)
    assert np.diag(counts.drop(columns="truth").to_numpy()).sum() == right
    wrong = at.dataframe[2].value
    assert (wrong["true"] != wrong["said"]).all()


def test_the_most_wrong_examples_come_surest_first() -> None:
    from lstm_ui.training.classifier import Measured, most_wrong

    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    found = Measured(np.array([0, 0, 0, 1]), p.argmax(axis=1), p, ("a", "b"))
    assert [row["text"] for row in most_wrong(found, ("w", "x", "y", "z"))] == ["y", "x"]
    assert metrics.accuracy(found.true, found.said) == 0.5


def test_a_net_is_saved_and_opened_again_bit_for_bit() -> None:
    at = trained(visit(PAGE, **SMALL))
    state = runs.service().state(at.session_state["run"])
    content = model_files.save(state.model, state.config, {"title": "mine <b>"})
    at = visit(PAGE, opened=("open_model",))
    at.file_uploader(key="own file").upload("net.safetensors", content, "application/octet-stream").run()
    assert not errors(at)
    assert "mine <b>" in said(at)
    assert at.query_params["model"] == "own"
    open_tab(at, "Your text", of_run=False)
    before = models.arrays(state.model)
    opened = at.session_state["own net"].model
    assert all(np.array_equal(before[name], array) for name, array in models.arrays(opened).items())
    at.text_input(key="probe").set_value("It was good .").run()
    p = probes.class_curves(state.model, probes.read(state.model, "It was good .").ids)
    found = dict(component(at, "truth")["curves"])
    assert_allclose(numbers(found[state.model.labels[0]]), p[:, 0], rtol=1e-5)


def test_a_sample_model_is_open_before_anything_is_trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    state = runs.service().state(trained(visit(PAGE, **SMALL)).session_state["run"])
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "good_or_bad.safetensors").write_bytes(model_files.save(state.model, state.config, {"about": "tiny"}))
    monkeypatch.setattr(sample_models, "FOLDER", folder)
    at = visit(PAGE)
    assert not at.query_params
    assert "Good or bad" in said(at)
    assert "tiny" in said(at)
    assert {label for label, _ in component(at, "truth")["curves"]} == set(state.model.labels)
    open_tab(at, "Held-out texts", of_run=False)
    assert at.dataframe[0].value[""][0] == "this net"
    at.selectbox(key="data").set_value("news").run()
    assert "choose the data it was trained on" in errors(at)
    at.segmented_control(key="model").set_value("none").run()
    assert at.query_params["model"] == "none"
    assert not at.get("bidi_component")


def test_a_net_that_says_its_data_is_measured_on_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    state = runs.service().state(trained(visit(PAGE, **SMALL, data="news")).session_state["run"])
    notes = {"data": "tables/news.csv", "steps": "20"}
    (tmp_path / "topics.safetensors").write_bytes(model_files.save(state.model, state.config, notes))
    monkeypatch.setattr(sample_models, "FOLDER", tmp_path)
    at = open_tab(visit(PAGE, data="reviews"), "Held-out texts", of_run=False)
    assert not errors(at)
    assert at.dataframe[1].value["truth"].tolist() == list(state.model.labels)


def test_a_model_file_that_is_none_leaves_the_page_as_it_was() -> None:
    at = visit(PAGE, opened=("open_model",))
    at.file_uploader(key="own file").upload("net.safetensors", b"\x08" * 100, "application/octet-stream").run()
    assert "expected" in errors(at)
    assert "model" not in at.query_params
    assert not at.button(key="start").disabled


CSV = "id,review,stars\n" + "".join(
    f"{k},the {word} thing number {k},{word}\n" for k in range(60) for word in ("good", "bad", "odd")
)


def test_columns_of_a_table_are_guessed_and_chosen() -> None:
    at = visit(PAGE, **{**SMALL, "from": "upload"})
    at.file_uploader(key="uploaded classifier").upload("my reviews.csv", CSV.encode(), "text/csv").run()
    assert not errors(at)
    assert "my reviews · 180 texts" in said(at)
    chosen = next(box for box in at.selectbox if box.label == "Text is in")
    assert chosen.value == "review"
    label = next(box for box in at.selectbox if box.label == "Label is in")
    assert label.value == "stars"
    label.set_value("review").run()
    assert "two different columns" in errors(at)
    assert "the data stay" in said(at)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\n", "header"),
        ("text,label\ngood,a\n", "expected"),
        ("text,label\n" + "good one,a\nbad one,a\n" * 20, "two different labels"),
        ("text,label\n" + "good {0},a\nbad {0},b\n" * 20 + "rare,c\n", "once"),
        ('text,label\n"open,a\nbad,b\n' * 5, "quote"),
        ("text,text\n" + "a,b\n" * 30, "expected"),
        ("just one line", "expected"),
        ("a,b\x00c\n1,2\n", "NUL"),
    ],
    ids=["no rows", "one row", "one label", "a rare label", "quotes", "equal names", "one line", "null"],
)
def test_bad_tables_get_a_message_and_the_page_stays(content: str, words: str) -> None:
    at = visit(PAGE, **{**SMALL, "from": "upload"})
    at.file_uploader(key="uploaded classifier").upload("bad.csv", content.encode(), "text/csv").run()
    if not errors(at):
        at.button(key="start").click().run()
    assert words in errors(at)
    assert "run" not in at.query_params


def test_labels_that_look_like_markup_are_text() -> None:
    rows = "text,label\n" + "".join(
        f"{w} {k},<b>{w}</b> ![](http://a.b/c)\n" for k in range(40) for w in ("up", "down")
    )
    at = visit(PAGE, **{**SMALL, "from": "upload"})
    at.file_uploader(key="uploaded classifier").upload("x.csv", rows.encode(), "text/csv").run()
    at = trained(at)
    raw = "\n".join(str(element.value) for element in (*at.markdown, *at.caption))
    assert "![](http" not in raw
    assert "<b>up</b>" in said(at) or "<b>down</b>" in said(at)
    open_tab(at, "Held-out texts")
    assert not errors(at)


def test_the_run_of_another_page_is_not_shown_here() -> None:
    ident = trained(visit("pages/5_Language_model.py", hidden="4", window="8", steps="5")).session_state["run"]
    assert "is a language" in errors(visit(PAGE, run=ident))


def test_every_ready_made_table_can_be_trained_on() -> None:
    for sample in samples.samples("classifier"):
        at = visit(PAGE, data=sample.name)
        assert not errors(at)
        assert sample.title in said(at)
