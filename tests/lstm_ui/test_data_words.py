"""What is said of data that were read."""

from __future__ import annotations

from lstm_core.sources import Source
from lstm_ui.training import data_words


def test_a_text_is_counted() -> None:
    facts = data_words.summary(Source("text", "x", text="one\ntwo\n\none\n"))
    assert facts == ["13 characters", "3 lines", "6 different characters", "1 line repeats another"]


def test_labels_are_shared_out_and_repeats_counted() -> None:
    items = ("good film", "bad", "good film", "odd one here", "bad")
    facts = data_words.summary(Source("labelled", "x", items=items, labels=("a", "b", "a", "a", "b")))
    assert facts[0] == "5 texts"
    assert facts[2] == "2 labels: a 60 %, b 40 %"
    assert facts[3] == "2 texts repeat another"
    assert "by the seed" in facts[4]


def test_names_are_counted_by_type_and_once_each() -> None:
    source = Source(
        "tagged",
        "x",
        sentences=(("Ada", "Lee", "saw", "Rome"), ("no", "name")),
        tags=(("B-PER", "I-PER", "O", "B-LOC"), ("O", "O")),
        splits=("train", "test"),
    )
    facts = data_words.summary(source)
    assert "2 entity types: PER 50 %, LOC 50 %" in facts
    assert "50 % of the words are in no entity (O)" in facts
    assert facts[-1] == "divided by its author: 1 train, 0 validation, 1 test"


def test_many_labels_are_not_all_named() -> None:
    words = data_words.balance([f"label {k}" for k in range(30)])
    assert words.startswith("30 labels")
    assert words.endswith("and 22 more")


def test_a_look_at_the_data_is_short() -> None:
    assert len(data_words.table(Source("text", "x", text="line\n" * 10_000))) == 200
    table = data_words.table(Source("tagged", "x", sentences=(("Ada", "ran"),), tags=(("B-PER", "O"),)))
    assert table == [{"sentence": "Ada [B-PER] ran"}]
