"""From a text to arrays, and what holds for data of every kind."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.config import TrainConfig
from lstm_core.corpus import END, START, UNKNOWN, Source, data_digest, describe, prepare
from lstm_core.text import tokenize
from tests.corpora import (
    CLASSIFIER,
    ITEMS,
    LABELLED,
    PARTS,
    PROSE,
    SENTENCES,
    SERIES,
    SOURCES,
    STREAM,
    TAGGED,
    TAGGER,
    VALUES,
    flat,
    ragged,
    spelled,
    text,
)

# A text as one stream


@pytest.mark.parametrize("unit", ["characters", "words"])
def test_a_stream_holds_every_token_of_the_text_once(unit: str) -> None:
    data = prepare(text(PROSE), replace(STREAM, unit=unit))
    sizes = np.array([len(data.part(part)) for part in PARTS])
    assert sizes.sum() == len(tokenize(PROSE, unit))
    np.testing.assert_allclose(sizes / sizes.sum(), [0.8, 0.1, 0.1], atol=0.05)
    for part, raw in (("validation", data.raw_validation), ("test", data.raw_test)):
        expected = tokenize("".join(raw), unit)
        known = [token if token in data.vocabulary else UNKNOWN for token in expected]
        assert spelled(data, data.part(part)) == known
        assert all(piece in PROSE and piece.endswith("\n") for piece in raw)


def test_the_vocabulary_and_its_counts_come_from_the_training_part_alone() -> None:
    data = prepare(text(PROSE), replace(STREAM, unit="words"))
    assert data.vocabulary.tokens[0] == UNKNOWN
    assert set(spelled(data, data.train)) == set(data.vocabulary.tokens) - {UNKNOWN}
    np.testing.assert_array_equal(data.counts, np.bincount(data.train, minlength=len(data.vocabulary)))
    assert (np.diff(data.counts[1:]) <= 0).all()
    unseen = int((data.validation == 0).sum() + (data.test == 0).sum())
    total = len(data.validation) + len(data.test)
    assert unseen > 0
    assert data.notes == (f"{unseen:,} of the {total:,} words in the validation and test parts are unknown to the net",)


def test_the_vocabulary_keeps_the_most_frequent_and_says_what_it_drops() -> None:
    data = prepare(text(PROSE), replace(STREAM, unit="words", most_symbols=9))
    assert len(data.vocabulary) == 9
    assert set(data.vocabulary.tokens[1:]) <= set("Line says that number is the square of , and then it ends .".split())
    assert data.counts[0] == (data.train == 0).sum() > 0
    assert "rare or very long words are not in the vocabulary" in data.notes[0]


def test_very_long_words_and_very_large_vocabularies_are_held_back() -> None:
    monster = "x" * 65
    long = prepare(text(PROSE.replace("says", monster)), replace(STREAM, unit="words"))
    assert monster not in long.vocabulary
    just = prepare(text(PROSE.replace("says", monster[:64])), replace(STREAM, unit="words"))
    assert monster[:64] in just.vocabulary
    many = " ".join(f"{k:04d}{'ß' * 26}" for k in range(2_000)) + " the" * 9
    large = prepare(text(many), replace(STREAM, unit="words", most_symbols=5_000))
    size = sum(len(token.encode()) for token in large.vocabulary.tokens)
    assert 39_900 < size <= 40_000  # each word has 56 bytes
    assert "the" in large.vocabulary


def test_equal_spellings_and_line_ends_are_one() -> None:
    one = prepare(text("Caf\u00e9 au lait.\n" * 60), STREAM)
    other = prepare(text("Cafe\u0301 au lait.\r\n" * 60), STREAM)
    assert one.vocabulary == other.vocabulary
    np.testing.assert_array_equal(one.train, other.train)


@given(st.text(min_size=1), st.integers(0, 2**53 - 1), st.sampled_from(["characters", "words"]))
def test_any_text_is_prepared_or_refused_with_a_remedy(piece: str, seed: int, unit: str) -> None:
    source = text((piece + "\n") * 80)
    try:
        data = prepare(source, replace(STREAM, unit=unit, seed=seed, window=2))
    except ValueError as error:
        assert "; " in str(error)
        return
    assert all(part.min() >= 0 and part.max() < len(data.vocabulary) for part in (data.train, data.validation))


# Sentences


def test_sentences_start_and_end_with_tokens_of_their_own() -> None:
    data = prepare(text(PROSE), SENTENCES)
    assert data.vocabulary.tokens[:3] == (UNKNOWN, START, END)
    for part, raw in (("validation", data.raw_validation), ("test", data.raw_test)):
        items = ragged(data, part)
        assert len(items) == len(raw)
        for k, sentence in enumerate(raw):
            tokens = [token if token in data.vocabulary else UNKNOWN for token in tokenize(sentence, "words")]
            assert spelled(data, items.item(k)) == [START, *tokens]
            assert spelled(data, items.targets[items.offsets[k] : items.offsets[k + 1]]) == [*tokens, END]
    assert [len(data.part(part)) for part in PARTS] == [48, 6, 6]
    assert data.counts[1] == data.counts[2] == 48
    assert data.counts[3:].sum() == len(data.train.ids) - 48 - data.counts[0]


def test_equal_sentences_stay_together() -> None:
    pairs = "".join(f"This is sentence {k}.\nTHIS is  sentence {k}.\n" for k in range(40))
    data = prepare(text(pairs), replace(SENTENCES, unit="characters"))
    held = [{sentence.casefold() for sentence in raw} for raw in (data.raw_validation, data.raw_test)]
    assert not held[0] & held[1]
    assert [len(raw) for raw in (data.raw_validation, data.raw_test)] == [2 * len(part) for part in held]
    learned = {"".join(spelled(data, data.train.item(k)[1:])).casefold() for k in range(len(data.train))}
    assert not learned & (held[0] | held[1])
    assert describe(text(pairs), SENTENCES).duplicates == 40


def test_a_sentence_that_is_cut_does_not_end() -> None:
    short = "".join(f"Sentence {k} is short.\n" for k in range(20))
    data = prepare(text(short + "Word" + " word" * 600 + ".\n"), SENTENCES)
    longest = [(part, int(part.lengths.argmax())) for part in map(data.part, PARTS) if part.lengths.max() > 20]
    [(items, k)] = longest
    assert items.lengths[k] == 512
    targets = items.targets[items.offsets[k] : items.offsets[k + 1]]
    assert len(targets) == 512
    assert END not in spelled(data, targets)
    assert spelled(data, items.item(k))[0] == START
    assert (np.concatenate([part.targets for part in map(data.part, PARTS)]) == 2).sum() == 20
    assert data.notes[0] == "1 sentences are longer than 512 tokens and were cut"


# All


@pytest.mark.parametrize(("source", "config"), SOURCES.values(), ids=SOURCES)
def test_the_same_source_and_seed_give_the_same_data(source: Source, config: TrainConfig) -> None:
    data, again = prepare(source, config), pickle.loads(pickle.dumps(prepare(source, config)))
    assert data.digest == again.digest == data_digest(source.digest(), config)
    for part in PARTS:
        np.testing.assert_array_equal(flat(data.part(part)), flat(again.part(part)))
    assert (data.notes, data.labels, data.vocabulary) == (again.notes, again.labels, again.vocabulary)
    assert (data.raw_validation, data.raw_test) == (again.raw_validation, again.raw_test)


@pytest.mark.parametrize(("source", "config"), [value for key, value in SOURCES.items() if key != "series"])
def test_another_seed_gives_other_parts(source: Source, config: TrainConfig) -> None:
    found = {prepare(source, replace(config, seed=seed)).raw_validation for seed in range(5)}
    assert len(found) == 5


def test_the_digest_tells_apart_what_differs_and_nothing_else() -> None:
    source = text(PROSE)
    data = prepare(source, STREAM)
    assert prepare(source, replace(STREAM, hidden=7, window=5, rate=0.1)).digest == data.digest
    others = [replace(STREAM, **change) for change in ({"unit": "words"}, {"seed": 1}, {"most_symbols": 50})]
    others.append(replace(STREAM, sentences=True))
    assert len({data.digest, *(prepare(source, config).digest for config in others)}) == 5
    assert prepare(text(PROSE + "!"), STREAM).digest != data.digest


@pytest.mark.parametrize(("source", "config"), SOURCES.values(), ids=SOURCES)
def test_data_take_little_room_when_pickled(source: Source, config: TrainConfig) -> None:
    data = prepare(source, config)
    arrays = sum(flat(data.part(part)).nbytes for part in PARTS)
    assert len(pickle.dumps(data)) < arrays + len(source.to_bytes()) + 6_000


def test_what_was_read_is_described() -> None:
    about = describe(text(PROSE), STREAM)
    assert (about.characters, about.tokens, about.items) == (len(PROSE), len(PROSE), 1)
    about = describe(text(PROSE), SENTENCES)
    assert (about.items, about.longest, about.duplicates) == (
        60,
        max(len(tokenize(line, "words")) for line in PROSE.split("\n")),
        0,
    )
    about = describe(LABELLED, CLASSIFIER)
    assert about.labels == {"b": 30, "a": 15, "c": 15}
    assert (about.characters, about.tokens, about.items) == (sum(map(len, ITEMS)), 60 * 7, 60)
    about = describe(TAGGED, TAGGER)
    assert about.labels == {"O": 40, "B-LOC": 40, "B-PER": 40, "I-PER": 40}
    about = describe(Source("series", "s", values=VALUES), SERIES)
    assert (about.items, about.tokens) == (200, 400)
