"""From labelled texts, tagged sentences and series to arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstm_core.corpus import UNKNOWN, Source, describe, prepare
from lstm_core.text import tokenize
from tests.corpora import (
    CLASSIFIER,
    ITEMS,
    LABELLED,
    LABELS,
    PARTS,
    SERIES,
    TAGGED,
    TAGGER,
    VALUES,
    ragged,
    spelled,
)

# Labelled texts


def test_labelled_texts_are_shared_out_label_by_label() -> None:
    data = prepare(LABELLED, CLASSIFIER)
    assert data.labels == ("b", "a", "c")  # 30, 15, 15
    for part, expected in zip(PARTS, ([21, 11, 11], [5, 2, 2], [4, 2, 2]), strict=True):
        found = np.bincount(ragged(data, part).targets, minlength=3)
        np.testing.assert_allclose(found, expected, atol=1)
    assert sum(len(data.part(part)) for part in PARTS) == 60


def test_items_keep_their_labels_and_their_texts() -> None:
    data = prepare(LABELLED, CLASSIFIER)
    label_of = dict(zip(ITEMS, LABELS, strict=True))
    for part, raw in (("validation", data.raw_validation), ("test", data.raw_test)):
        items = ragged(data, part)
        assert [data.labels[k] for k in items.targets] == [label_of[item] for item in raw]
        for k, item in enumerate(raw):
            known = [token if token in data.vocabulary else UNKNOWN for token in tokenize(item, "words")]
            assert spelled(data, items.item(k)) == known
    learned = set(ITEMS) - set(data.raw_validation) - set(data.raw_test)
    assert len(learned) == len(data.train)
    np.testing.assert_array_equal(data.counts, np.bincount(data.train.ids, minlength=len(data.vocabulary)))


@pytest.mark.parametrize("seed", range(4))
def test_equal_texts_stay_on_one_side(seed: int) -> None:
    items = tuple(f"{word} message\n{k // 3}" for k in range(60) for word in ("This", "THIS"))
    labels = tuple("xyz"[k % 3] for k in range(120))  # equal texts, different labels
    data = prepare(Source("labelled", "d", items=items, labels=labels), replace(CLASSIFIER, seed=seed))
    keys = [{item.casefold() for item in raw} for raw in (data.raw_validation, data.raw_test)]
    learned = {" ".join(spelled(data, data.train.item(k))).casefold() for k in range(len(data.train))}
    assert not keys[0] & keys[1]
    assert not learned & {" ".join(tokenize(key, "words")) for key in keys[0] | keys[1]}
    assert set(data.train.targets.tolist()) == {0, 1, 2}
    about = describe(Source("labelled", "d", items=items, labels=labels), CLASSIFIER)
    assert about.duplicates == 100


def test_given_splits_are_kept() -> None:
    splits = tuple(("train", "train", "train", "train", "validation", "test")[k % 6] for k in range(60))
    data = prepare(replace(LABELLED, splits=splits), CLASSIFIER)
    assert data.raw_validation == ITEMS[4::6]
    assert data.raw_test == ITEMS[5::6]
    assert len(data.train) == 40
    assert not any("too, as the file says" in note for note in data.notes)
    twice = replace(LABELLED, splits=splits, items=(*ITEMS[:4], ITEMS[0].upper(), *ITEMS[5:]))
    note = "1 items of the validation and test parts are in the training part too, as the file says"
    assert note in prepare(twice, CLASSIFIER).notes


def test_rows_without_text_or_label_are_left_out_and_counted() -> None:
    source = Source("labelled", "d", items=(*ITEMS, " \n", "text"), labels=(*LABELS, "a", " "))
    data = prepare(source, CLASSIFIER)
    assert data.notes[0] == "2 rows without text or label were left out"
    assert sum(len(data.part(part)) for part in PARTS) == 60
    assert describe(source, CLASSIFIER).items == 60


def test_given_splits_stay_with_their_rows_when_some_are_left_out() -> None:
    splits = tuple(("train", "train", "train", "train", "validation", "test")[k % 6] for k in range(60))
    source = replace(LABELLED, items=(ITEMS[0], "", "", *ITEMS[3:]), splits=splits)
    assert prepare(source, CLASSIFIER).raw_test == ITEMS[5::6]
    tagged = replace(TAGGED, splits=(*("train", "test") * 10, *("train", "validation") * 10))
    tagged = replace(tagged, sentences=((), *tagged.sentences[1:]), tags=((), *tagged.tags[1:]))
    assert prepare(tagged, TAGGER).raw_test == TAGGED.sentences[1:20:2]


@pytest.mark.parametrize("seed", range(12))
def test_a_label_that_shares_its_text_with_others_is_learned_too(seed: int) -> None:
    items = tuple(f"text {k // 4}" for k in range(80))
    labels = ("a", "z", "z", "z", *("a", "b") * 38)
    data = prepare(Source("labelled", "d", items=items, labels=labels), replace(CLASSIFIER, seed=seed))
    assert (data.train.targets == data.labels.index("z")).sum() == 3


def test_texts_of_one_token_keep_one_label_each() -> None:
    items = tuple(chr(ord("a") + k) for k in range(20))
    data = prepare(Source("labelled", "d", items=items, labels=("x", "y") * 10), CLASSIFIER)
    batch = data.train.padded(np.array([1, 0, 2]))
    assert batch.x.shape == (1, 3)
    assert batch.targets.shape == (3,)


def test_long_texts_are_cut_with_a_note() -> None:
    source = replace(LABELLED, items=(*ITEMS[:-1], "long " * 700))
    data = prepare(source, CLASSIFIER)
    assert max(data.part(part).lengths.max() for part in PARTS) == 512
    assert "1 texts are longer than 512 tokens and were cut" in data.notes
    assert describe(source, CLASSIFIER).longest == 512


# Tagged sentences


def test_tags_stay_with_their_words() -> None:
    data = prepare(TAGGED, TAGGER)
    assert data.labels == ("O", "B-LOC", "B-PER", "I-PER")
    assert [len(data.part(part)) for part in PARTS] == [28, 6, 6]
    for part in PARTS:
        items = ragged(data, part)
        assert items.by_token
        tags = [data.labels[k] for k in items.targets]
        assert tags == ["B-PER", "I-PER", "O", "B-LOC"] * len(items)
        assert spelled(data, items.ids)[1::4] == ["Lee"] * len(items)
    assert all(words[1:] == ("Lee", "saw", "Rome") for words in data.raw_test)


def test_words_of_tagged_sentences_are_taken_as_given() -> None:
    sentences = tuple(("New York", f"e\u0301{k}", "...") for k in range(20))
    data = prepare(Source("tagged", "t", sentences=sentences, tags=(("B-X", "O", "O"),) * 20), TAGGER)
    assert "New York" in data.vocabulary
    assert {token[0] for token in data.vocabulary.tokens[1:]} == {"N", "\u00e9", "."}


def test_a_stray_inner_tag_begins_an_entity() -> None:
    tags = (("I-PER", "I-PER", "I-LOC", "B-LOC"), *TAGGED.tags[1:])
    data = prepare(replace(TAGGED, tags=tags), replace(TAGGER, seed=1))
    assert "2 entities that began with I- begin with B- now" in data.notes
    counts = describe(replace(TAGGED, tags=tags), TAGGER).labels
    assert counts == {"O": 39, "B-LOC": 41, "B-PER": 40, "I-PER": 40}


def test_a_tag_outside_the_training_part_is_noted() -> None:
    tags = (*TAGGED.tags[:-1], ("B-ORG", "I-ORG", "O", "O"))
    splits = (*("train",) * 30, *("validation",) * 5, *("test",) * 5)
    data = prepare(replace(TAGGED, tags=tags, splits=splits), TAGGER)
    assert "tags that the training part lacks cannot be learned: 'B-ORG', 'I-ORG'" in data.notes


def test_long_tagged_sentences_are_cut_with_their_tags() -> None:
    long = replace(TAGGED, sentences=(("w",) * 600, *TAGGED.sentences[1:]), tags=(("O",) * 600, *TAGGED.tags[1:]))
    data = prepare(long, TAGGER)
    assert sum(len(part.targets) for part in map(data.part, PARTS)) == 512 + 39 * 4
    assert "1 sentences are longer than 512 tokens and were cut" in data.notes


# Series


def test_series_are_standardised_by_their_training_part() -> None:
    data = prepare(Source("series", "s", values=VALUES), SERIES)
    assert [part.shape for part in map(data.part, PARTS)] == [(140, 2), (30, 2), (30, 2)]
    np.testing.assert_allclose(data.train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.train.std(axis=0), 1, rtol=1e-12)
    whole = np.concatenate([data.train, data.validation, data.test])
    np.testing.assert_allclose(whole * data.scale.std + data.scale.mean, VALUES, rtol=1e-12)


def test_a_channel_that_never_changes_is_noted() -> None:
    values = np.column_stack([VALUES[:, 0], np.full(200, 0.1)])
    data = prepare(Source("series", "s", values=values), SERIES)
    assert data.notes == ("channel 2 never changes in the training part",)
    np.testing.assert_allclose(data.train[:, 1], 0, atol=1e-9)
