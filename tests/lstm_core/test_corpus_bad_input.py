"""Data that cannot be trained on: each gets a message that names the problem and the remedy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstm_core.config import TrainConfig
from lstm_core.corpus import MOST_CHARACTERS, Ragged, Source, prepare
from tests.corpora import (
    CLASSIFIER,
    ITEMS,
    LABELLED,
    LABELS,
    PROSE,
    SENTENCES,
    SERIES,
    STREAM,
    TAGGED,
    TAGGER,
    VALUES,
    text,
)

BAD = {
    "empty text": (text(""), STREAM, "text: expected some text, got nothing; give some text"),
    "white space alone": (text(" \n" * 500), replace(STREAM, unit="words"), "text: expected at least 50 words"),
    "one line": (
        text("Only one line."),
        STREAM,
        "text: expected at least 50 characters, with some in each part, got 14",
    ),
    "one word again and again in one": (text("a" * 5_000), replace(STREAM, unit="words"), "give more text"),
    "few sentences": (text("One. Two. Three."), SENTENCES, "or read it as one stream"),
    "one sentence again and again": (
        text("The same.\n" * 50),
        SENTENCES,
        "text: expected at least 10 different sentences, got 1; give more text",
    ),
    "20 MB": (
        text("a line\n" * 3_000_000),
        STREAM,
        f"text: expected at most {MOST_CHARACTERS:,} characters, got 21,000,000; give a part of it",
    ),
    "20 MB of items": (
        replace(LABELLED, items=("x" * 400_000,) * 60),
        CLASSIFIER,
        "text: expected at most 5,000,000 characters, got 24,000,000",
    ),
    "other kind": (LABELLED, STREAM, "kind: expected text data for a language model, got labelled; choose other data"),
    "no items": (Source("labelled", "x"), CLASSIFIER, "items: expected some text, got nothing"),
    "few items": (
        Source("labelled", "x", items=ITEMS[:9], labels=LABELS[:9]),
        CLASSIFIER,
        "items: expected at least 10 texts with a label, got 9; give more",
    ),
    "one label": (
        replace(LABELLED, labels=("a",) * 60),
        CLASSIFIER,
        "labels: expected at least two different labels, got 'a' everywhere",
    ),
    "a label seen once": (
        replace(LABELLED, labels=(*LABELS[:-1], "rare")),
        CLASSIFIER,
        "labels: expected each label at least 3 times, got 'rare' once; give it at least 3 examples or leave it out",
    ),
    "a label seen twice": (replace(LABELLED, labels=(*LABELS[:-2], "z", "z")), CLASSIFIER, "got 'z' twice"),
    "texts for labels": (
        Source("labelled", "x", items=tuple(map(str, range(101))), labels=tuple(map(str, range(101)))),
        CLASSIFIER,
        "labels: expected at most 100 different ones, got 101; choose another column",
    ),
    "long labels": (
        replace(LABELLED, labels=("x" * 101, "y") * 30),
        CLASSIFIER,
        "labels: expected at most 100 characters, got 101",
    ),
    "one text again and again": (
        replace(LABELLED, items=("the same",) * 60),
        CLASSIFIER,
        "splits: expected items in each of train, validation, test, got none in validation; give more different ones",
    ),
    "a split is missing": (
        replace(LABELLED, splits=("train",) * 30 + ("validation",) * 30),
        CLASSIFIER,
        "got none in test; mark some",
    ),
    "a label outside the training part": (
        replace(LABELLED, labels=("a", "b") * 28 + ("z",) * 4, splits=("train",) * 50 + ("validation", "test") * 5),
        CLASSIFIER,
        "labels: expected each in the training part, got 'z' in the others only; mark some of its texts 'train'",
    ),
    "no tagged sentences": (Source("tagged", "x"), TAGGER, "sentences: expected some text, got nothing"),
    "few tagged sentences": (
        replace(TAGGED, sentences=TAGGED.sentences[:5], tags=TAGGED.tags[:5]),
        TAGGER,
        "sentences: expected at least 10 tagged sentences, got 5",
    ),
    "broken tag": (
        replace(TAGGED, tags=(*TAGGED.tags[:-1], ("B-PER", "PER", "O", "O"))),
        TAGGER,
        "tags: expected O, B-... or I-..., got 'PER' in sentence 40; write tags as in IOB2",
    ),
    "tag without a type": (
        replace(TAGGED, tags=(("B-", "O", "O", "O"), *TAGGED.tags[1:])),
        TAGGER,
        "tags: expected O, B-... or I-..., got 'B-' in sentence 1",
    ),
    "no names": (replace(TAGGED, tags=(("O",) * 4,) * 40), TAGGER, "tags: expected some words that are names"),
    "empty word": (
        replace(TAGGED, sentences=(("a", " ", "b", "c"), *TAGGED.sentences[1:])),
        TAGGER,
        "sentences: expected words, got an empty one in sentence 1; leave it out",
    ),
    "short series": (
        Source("series", "x", values=VALUES[:19]),
        SERIES,
        "values: expected at least 20 steps of 1 to 64 channels, got 19 of 2",
    ),
    "wide series": (Source("series", "x", values=np.zeros((99, 65))), SERIES, "got 99 of 65; give a longer series"),
    "NaN": (
        Source("series", "x", values=np.where(np.arange(400).reshape(200, 2) == 7, np.nan, VALUES)),
        SERIES,
        "values: expected numbers from -1e15 to 1e15, got nan at step 4 of channel 2; replace it",
    ),
    "infinity": (Source("series", "x", values=np.full((50, 1), -np.inf)), SERIES, "got -inf at step 1 of channel 1"),
}


@pytest.mark.parametrize(("source", "config", "message"), BAD.values(), ids=BAD)
def test_bad_data_are_refused_with_a_remedy(source: Source, config: TrainConfig, message: str) -> None:
    with pytest.raises(ValueError) as error:
        prepare(source, config)
    assert message in str(error.value)
    assert "; " in str(error.value)


@pytest.mark.parametrize("source", [text(PROSE), Source("series", "s", values=VALUES)], ids=["text", "series"])
def test_a_window_or_batch_that_is_too_large_names_the_largest_that_works(source: Source) -> None:
    config = STREAM if source.kind == "text" else SERIES
    longest = len(prepare(source, config).train) - 1
    if longest <= 2_000:
        with pytest.raises(
            ValueError, match=f"window: expected at most {longest:,} steps.*at most {longest:,} or give"
        ):
            prepare(source, replace(config, window=longest + 1, batch=1))
        prepare(source, replace(config, window=longest, batch=1))
    widest = longest // 8
    with pytest.raises(
        ValueError, match=f"batch: expected at most {widest:,} streams of 8 steps.*at most {widest:,}, "
    ):
        prepare(source, replace(config, batch=widest + 1))
    prepare(source, replace(config, batch=widest))


@pytest.mark.parametrize(
    ("source", "config", "largest"),
    [(text(PROSE), SENTENCES, 48), (TAGGED, TAGGER, 28)],
    ids=["sentences", "tagged"],
)
def test_a_batch_of_more_items_than_there_are_is_refused(source: Source, config: TrainConfig, largest: int) -> None:
    with pytest.raises(ValueError, match=f"batch: expected at most {largest}, the items of the training part, got"):
        prepare(source, replace(config, batch=largest + 1))
    prepare(source, replace(config, batch=largest))


@pytest.mark.parametrize(
    "content",
    ["x " * 500_000, "y" * 1_000_000, "null\x00byte\n" * 200, "\ud800 lone\n" * 200, "e\u0301" * 5_000],
    ids=["one line of words", "one line of letters", "null bytes", "lone surrogates", "marks"],
)
@pytest.mark.parametrize("unit", ["characters", "words"])
def test_strange_texts_are_read(content: str, unit: str) -> None:
    config = replace(STREAM, unit=unit)
    if unit == "words" and " " not in content and "\n" not in content:
        with pytest.raises(ValueError, match="text: expected at least 50 words"):
            prepare(text(content), config)
    else:
        assert len(prepare(text(content), config).train) > 300


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match=r"part: expected 'train', 'validation' or 'test', got 'dev'"):
        prepare(text(PROSE), STREAM).part("dev")  # type: ignore[arg-type]


def test_targets_of_another_number_are_refused() -> None:
    ids, offsets = np.arange(5), np.array([0, 2, 5])
    Ragged(ids, offsets, np.zeros(2, np.int64))
    Ragged(ids, offsets, np.zeros(5, np.int64), by_token=True)
    with pytest.raises(ValueError, match="targets: expected 2, one for each item, got 5; say by_token=True"):
        Ragged(ids, offsets, np.zeros(5, np.int64))
    with pytest.raises(ValueError, match="targets: expected 5, one for each token, got 2; say by_token=False"):
        Ragged(ids, offsets, np.zeros(2, np.int64), by_token=True)
