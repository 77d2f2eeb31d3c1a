"""Sources: written, read, compared, refused."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.sources import Source

SOURCES = {
    "text": Source("text", "t", text="Grüße,\n你好 👋 \x00 \ud800"),
    "labelled": Source("labelled", "l", items=("a", "b"), labels=("x", "y"), splits=("train", "test")),
    "tagged": Source("tagged", "n", sentences=(("Ann", "ran"), ("Go",)), tags=(("B-PER", "O"), ("O",))),
    "series": Source("series", "s", values=np.array([[0.1, 1e-300], [1 / 3, -2.0]])),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_source_comes_back_from_its_bytes(source: Source) -> None:
    again = Source.from_bytes(source.to_bytes())
    for field in fields(Source):
        if field.name == "values" and source.values is not None:
            np.testing.assert_array_equal(again.values, source.values)
        else:
            assert getattr(again, field.name) == getattr(source, field.name)
    assert again.digest() == source.digest() == pickle.loads(pickle.dumps(source)).digest()


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_any_text_comes_back(name: str, pairs: list[tuple[str, str]]) -> None:
    items, labels = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    again = Source.from_bytes(Source("labelled", name, items=items, labels=labels).to_bytes())
    assert (again.name, again.items, again.labels) == (name, items, labels)


def test_every_change_changes_the_digest() -> None:
    source = SOURCES["labelled"]
    others = [
        replace(source, name="other"),
        replace(source, items=("a", "c")),
        replace(source, items=("b", "a")),
        replace(source, labels=("x", "x")),
        replace(source, splits=()),
        *(SOURCES[kind] for kind in ("text", "tagged", "series")),
    ]
    assert len({source.digest(), *(other.digest() for other in others)}) == len(others) + 1


def test_the_digest_is_the_same_everywhere_and_tomorrow() -> None:
    # Stored runs name their data by it.
    plain = Source("text", "a", text="b")
    assert json.loads(plain.to_bytes())["text"] == "b"
    assert plain.digest() == "f4f3a3d5fac5ae8db9e2d84be3dcab312dfa6e6e0de90ddecdad6ccbaf325f94"


def test_what_a_subclass_adds_does_not_count() -> None:
    @dataclass(frozen=True, eq=False)
    class Reading(Source):
        notes: tuple[str, ...] = ()

    assert Reading("text", "a", text="b", notes=("read as UTF-8",)).digest() == Source("text", "a", text="b").digest()


BAD = {
    "kind: expected one of": lambda: Source("table", "x"),  # type: ignore[arg-type]
    "labels: expected 2, one for each text, got 1; add what is missing": lambda: Source(
        "labelled", "x", items=("a", "b"), labels=("l",)
    ),
    "tags: expected 2, one for each sentence, got 0": lambda: Source("tagged", "x", sentences=(("a",), ("b",))),
    "tags: expected a tag for each of the 2 words of sentence 2, got 1": lambda: Source(
        "tagged", "x", sentences=(("a",), ("b", "c")), tags=(("O",), ("O",))
    ),
    "splits: expected 2, one for each text, got 1": lambda: Source(
        "labelled", "x", items=("a", "b"), labels=("l", "m"), splits=("train",)
    ),
    "splits: expected 'train', 'validation' or 'test', got 'dev'; rename it": lambda: Source(
        "labelled", "x", items=("a",), labels=("l",), splits=("dev",)
    ),
    "values: expected numbers of shape (time, channels), got float64 of shape (3,)": lambda: Source(
        "series", "x", values=np.zeros(3)
    ),
    "values: expected numbers of shape (time, channels), got float64 of shape (0,)": lambda: Source("series", "x"),
    "source: expected what Source.to_bytes wrote": lambda: Source.from_bytes(b"[1, 2]"),
    "source: expected what Source.to_bytes wrote, ": lambda: Source.from_bytes(b"\xff\xfe"),
    "read the data again": lambda: Source.from_bytes(SOURCES["text"].to_bytes().replace(b'"t"', b"7")),
    "int instead of text": lambda: Source.from_bytes(SOURCES["labelled"].to_bytes().replace(b'"a"', b"7")),
}


@pytest.mark.parametrize(("message", "call"), BAD.items(), ids=BAD)
def test_a_bad_source_is_refused_with_a_remedy(message: str, call) -> None:
    with pytest.raises(ValueError) as error:
        call()
    assert message in str(error.value)
