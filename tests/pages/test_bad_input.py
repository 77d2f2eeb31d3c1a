"""Whatever a reader gives to a training page: a message with problem and remedy, or a net; never a traceback."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lstm_core import training
from lstm_core.corpus import prepare
from lstm_runs import model_files
from lstm_ui import runs
from tests.pages.training import component, errors, said, trained, visit
from tests.training_runs import NET, TEXT

pytestmark = pytest.mark.usefixtures("own_service")

PAGES = {
    "language": "pages/5_Language_model.py",
    "classifier": "pages/6_Text_classifier.py",
    "tagger": "pages/7_Tagger.py",
}
TINY = {"hidden": "4", "features": "3", "batch": "4", "steps": "6", "validate_every": "3", "from": "upload"}
STREAM = {"language": {"sentences": "0", "window": "40"}}
MEGABYTE = 1_000_000


def table(*rows: str, header: str = "text,label") -> str:
    return "\n".join((header, *rows)) + "\n"


def tagged(*sentences: str) -> str:
    """Sentences of word/tag pairs, as a CoNLL file."""
    return "\n".join("\n".join(pair.replace("/", "\t") for pair in sentence.split()) + "\n" for sentence in sentences)


TWO = [f"so {word} a film {k},{label}" for k in range(30) for word, label in (("good", "plus"), ("bad", "minus"))]
NAMES = [f"Ada{k}/B-PER saw/O Rome{k % 3}/B-LOC ./O" for k in range(40)]
GOOD = {
    "language": ("sheep.txt", "the sheep say baa. " * 60),
    "classifier": ("films.csv", table(*TWO)),
    "tagger": ("people.conll", tagged(*NAMES)),
}
# task, name of the file, what is in it, words of the message
UNREADABLE: dict[str, tuple[str, str, bytes, str]] = {
    "an empty text": ("language", "x.txt", b"", "got nothing; choose another file"),
    "an empty table": ("classifier", "x.csv", b"", "got nothing; choose another file"),
    "an empty list of tags": ("tagger", "x.conll", b"", "got nothing; choose another file"),
    "a table of one line": ("classifier", "x.csv", b"just one line", "expected"),
    "a header alone": ("classifier", "x.csv", b"text,label\n", "header"),
    "a column of labels missing": ("classifier", "x.csv", b"text\nso good\nso bad\n", "column"),
    "two columns of one name": ("classifier", "x.csv", table(*TWO, header="text,text").encode(), "text"),
    "broken UTF-16": ("language", "x.txt", b"\xff\xfea\x00b\x00\x00\xd8c", "save it as plain text in UTF-8"),
    "an encoding that cannot be told": (
        "language",
        "x.txt",
        "привет, мир. ".encode("koi8-r") * 50,
        "save it as plain text",
    ),
    "20 MB of text": ("language", "x.txt", b"baa " * (5 * MEGABYTE), "at most 5 MB, got 20.0 MB; cut it"),
    "20 MB of table": ("classifier", "x.csv", b"text,label\n" + b"good,a\n" * 3 * MEGABYTE, "cut it"),
    "null bytes in a text": ("language", "x.txt", b"baa\x00 baa. " * 90, "NUL"),
    "null bytes in a table": ("classifier", "x.csv", table("a\x00b,c", *TWO).encode(), "NUL"),
    "null bytes in tags": ("tagger", "x.conll", tagged("Ada\x00/B-PER", *NAMES).encode(), "NUL"),
    "quotes that never close": ("classifier", "x.csv", table('"so good,plus', *TWO).encode(), "quot"),
    "a row too long": ("classifier", "x.csv", table("so good,plus,3,4", *TWO).encode(), "line 2"),
    "a word without a tag": ("tagger", "x.conll", tagged(*NAMES, "Ada").encode(), "line"),
    "a tag of no scheme": ("tagger", "x.conll", tagged(*NAMES, "Ada/Q-PER").encode(), "Q-PER"),
    "a table in place of tags": ("tagger", "x.conll", b"a,b\nc,d\n", "expected"),
}
UNTRAINABLE: dict[str, tuple[str, str, bytes, str]] = {
    "a text of one line": ("language", "x.txt", b"baa", "at least 50 characters"),
    "one label only": (
        "classifier",
        "x.csv",
        table(*(f"film {k},plus" for k in range(60))).encode(),
        "two different labels",
    ),
    "a label seen once": ("classifier", "x.csv", table(*TWO, "a rare one,odd").encode(), "once"),
    "no entity at all": ("tagger", "x.conll", tagged(*(f"it/O rains{k}/O" for k in range(60))).encode(), "expected"),
    "one sentence": ("tagger", "x.conll", tagged(NAMES[0]).encode(), "expected"),
}
# What a reader may not expect to work, and does.
READ: dict[str, tuple[str, str, bytes, str]] = {
    "UTF-16": ("language", "x.txt", ("Grüße, Schafe. " * 90).encode("utf-16"), "Read as UTF-16"),
    "Latin-1": ("language", "x.txt", ("Grüße, sagen die Schafe. " * 90).encode("latin-1"), "Read as Windows-1252"),
    "a table in Latin-1": ("classifier", "x.csv", table(*TWO, "schöner Film,plus").encode("latin-1"), "Windows-1252"),
    "columns without a name": (
        "classifier",
        "x.csv",
        table(*(f"{k},{row}" for k, row in enumerate(TWO)), header="id,,label").encode(),
        "column 2",
    ),
    "a line of 1 MB": ("language", "x.txt", b"the sheep say baa. " * (MEGABYTE // 19), "1 line"),
    "a text shorter than a sequence": ("language", "x.txt", b"the sheep say baa. " * 4, "the sequence length is"),
    "a text of too few sentences": ("language", "y.txt", b"the sheep say baa. " * 30, "as one long stream"),
    "fewer texts than a batch": ("classifier", "x.csv", table(*TWO[:20]).encode(), "the batch is"),
}


def upload(at: AppTest, task: str, name: str, content: bytes) -> AppTest:
    at.file_uploader(key=f"uploaded {task}").upload(name, content, "application/octet-stream")
    return at.run()


@pytest.mark.parametrize("task", PAGES)
def test_what_cannot_be_read_is_named_and_the_data_before_stay(task: str) -> None:
    good, text = GOOD[task]
    at = upload(visit(PAGES[task], **TINY | STREAM.get(task, {})), task, good, text.encode())
    assert not errors(at)
    for what, (its_task, name, content, words) in UNREADABLE.items():
        if its_task == task:
            at = upload(at, task, name, content)
            assert words in errors(at), what
            assert ";" in errors(at), f"{what}: no remedy"
            assert f"the data stay: {good.partition('.')[0]}" in said(at), what
    at = trained(at)
    assert runs.service().view(at.session_state["run"]).title == good.partition(".")[0]


@pytest.mark.parametrize("task", PAGES)
def test_what_cannot_be_trained_on_is_refused_before_and_after_start(task: str) -> None:
    at = visit(PAGES[task], **TINY | STREAM.get(task, {}))
    for what, (its_task, name, content, words) in UNTRAINABLE.items():
        if its_task == task:
            at = upload(at, task, name, content)
            assert words in errors(at), what
            assert ";" in errors(at), f"{what}: no remedy"
            at.button(key="start").click().run()
            assert words in errors(at), what
            assert "run" not in at.query_params, what
    good, text = GOOD[task]
    at = trained(upload(at, task, good, text.encode()))
    assert runs.service().view(at.session_state["run"]).status == "finished"


@pytest.mark.parametrize(("task", "name", "content", "words"), READ.values(), ids=READ)
def test_what_can_be_read_is_read_and_trained_on(task: str, name: str, content: bytes, words: str) -> None:
    large = {"batch": "64"} | ({"window": "100", "sentences": str(int(name == "y.txt"))} if task == "language" else {})
    at = upload(visit(PAGES[task], **TINY | large), task, name, content)
    assert words in said(at)
    at = trained(at)
    assert runs.service().view(at.session_state["run"]).status == "finished"


@pytest.mark.parametrize("task", PAGES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_rate_of_a_million_is_warned_of_and_ends_in_a_run_that_can_be_looked_at(task: str, optimizer: str) -> None:
    name, text = GOOD[task]
    settings = TINY | STREAM.get(task, {}) | {"rate": "1e6", "optimizer": optimizer}
    at = upload(visit(PAGES[task], **settings), task, name, text.encode())
    assert "1e+06 is far too high" in said(at)
    at = trained(at)
    assert component(at, "rows")["status"] in ("finished", "failed")
    assert "1e+06 is far too high" in said(at)
    assert "The net after" in said(at)
    assert not errors(at)


def _net() -> bytes:
    return model_files.save(training.start(NET, prepare(TEXT, NET)).model, NET, {"title": "squares"})


def _header(content: bytes, change: Callable[[dict[str, dict[str, object]]], object]) -> bytes:
    """The file with another header before the same numbers."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (lambda content: content[:-100], "expected"),
    "empty": (lambda content: b"", "expected"),
    "a pickle": (lambda content: pickle.dumps({"W": [1.0] * 99}), "expected"),
    "a zip archive, as PyTorch writes": (lambda content: b"PK\x03\x04" + bytes(500), "expected"),
    "of another version": (
        lambda content: _header(content, lambda header: header["__metadata__"].update(version="99")),
        "model of version 1, got version '99'",
    ),
    "with NaN": (
        lambda content: content[:-4] + np.array([np.nan], "<f4").tobytes(),
        "expected finite numbers, got nan",
    ),
    "with absurd shapes": (
        lambda content: _header(content, lambda header: header["b_out"].update(shape=[2**40, 2**20])),
        "b_out: expected",
    ),
    "with a header of a gigabyte": (lambda content: (2**30).to_bytes(8, "little") + content[8:], "a header of at most"),
}


def test_a_model_file_that_is_broken_is_named_and_the_net_before_stays() -> None:
    at, net = visit(PAGES["language"], opened=("open_model",)), _net()
    at.file_uploader(key="own file").upload("net.safetensors", net, "application/octet-stream").run()
    assert not errors(at)
    for what, (breaks, words) in BROKEN.items():
        at.file_uploader(key="own file").upload("net.safetensors", breaks(net), "application/octet-stream").run()
        assert words in errors(at), what
        assert ";" in errors(at), f"{what}: no remedy"
        assert "squares" in said(at), what
        assert at.dataframe[0].value["probability"].sum() > 0.5, what  # what it says comes next


def test_a_net_of_another_page_is_sent_there() -> None:
    at = visit(PAGES["tagger"], opened=("open_model",))
    at.file_uploader(key="own file").upload("net.safetensors", _net(), "application/octet-stream").run()
    assert "a language model, and not a tagger: the page Language model takes it" in said(at)
    assert "model" not in at.query_params
