"""Tokens and typed numbers as arrays: vocabularies, one-hot, token vectors, series."""

from __future__ import annotations

import copy
import math
import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.text import Vocabulary, one_hot, series, vectors


def test_a_vocabulary_is_ordered_by_frequency_then_code_point():
    vocabulary = Vocabulary.build(["b", "a", "c", "c", "ä", "b"])
    assert vocabulary.tokens == ("<unk>", "b", "c", "a", "ä")
    assert vocabulary == Vocabulary.build(["ä", "c", "b", "a", "b", "c"])
    assert Vocabulary.build("b a c c b".split(), limit=3).tokens == ("<unk>", "b", "c")
    assert Vocabulary.build("b a c c b".split(), at_least=2).tokens == ("<unk>", "b", "c")
    assert Vocabulary.build("b a b".split(), unknown=None).tokens == ("b", "a")
    assert Vocabulary.build([]).tokens == ("<unk>",)


@given(st.lists(st.text(min_size=1, max_size=2)))
def test_tokens_come_back_from_their_numbers(tokens):
    vocabulary = Vocabulary.build(tokens)
    ids = vocabulary.encode(tokens)
    assert ids.dtype == np.int64
    assert vocabulary.decode(ids) == tokens
    assert all(token in vocabulary for token in tokens)
    assert len(vocabulary) == len({*tokens, "<unk>"})


def test_an_unknown_token_is_number_zero_unless_there_is_none():
    assert Vocabulary(("<unk>", "a")).encode(["z", "a", "<unk>"]).tolist() == [0, 1, 0]
    assert "z" not in Vocabulary(("<unk>", "a"))
    with pytest.raises(ValueError, match=r"tokens: expected tokens of the vocabulary, got 'z' at step 1"):
        Vocabulary(("a",), unknown=None).encode(["a", "z"])


def test_a_vocabulary_survives_pickling_and_copying():
    vocabulary = Vocabulary.build("to be or not to be".split())
    for twin in (pickle.loads(pickle.dumps(vocabulary)), copy.deepcopy(vocabulary)):
        assert twin == vocabulary
        assert hash(twin) == hash(vocabulary)
        assert twin.encode(["be"]).tolist() == vocabulary.encode(["be"]).tolist()


BAD_CALLS = {
    "tokens: expected each token once, got 'a'": lambda: Vocabulary(("<unk>", "a", "a")),
    "tokens: expected at least one token": lambda: Vocabulary(()),
    "tokens: expected the unknown token '<unk>' first, got 'a'": lambda: Vocabulary(("a", "<unk>")),
    "tokens: expected non-empty strings, got ''": lambda: Vocabulary(("<unk>", "")),
    "tokens: expected a list of strings, got str": lambda: Vocabulary(("<unk>",)).encode("abc"),
    "tokens: expected strings, got int at step 1": lambda: vectors(["a", 1], 2, 0),
    "limit: expected an integer of at least 1, got 0": lambda: Vocabulary.build(["a"], limit=0),
    "at_least: expected an integer of at least 1": lambda: Vocabulary.build(["a"], at_least=0),
    "ids: expected 0 to 1, got 2": lambda: Vocabulary(("<unk>", "a")).decode([0, 2]),
    "ids: expected 0 to 1, got -1": lambda: Vocabulary(("<unk>", "a")).decode([-1]),
    "ids: expected integers, got float64": lambda: one_hot([0.5], 2),
    "ids: expected 0 to 1, got 5": lambda: one_hot([[0, 5]], 2),
    "size: expected an integer of at least 1": lambda: one_hot([0], 0),
    "dtype: expected a floating type, got int64": lambda: one_hot([0], 1, np.int64),
    "features: expected an integer of at least 1, got 0": lambda: vectors(["a"], 0, 0),
    "seed: expected an integer from 0": lambda: vectors(["a"], 2, -1),
    "seed: expected an integer from 0 to 2\\*\\*64 - 1, got 0.5": lambda: vectors(["a"], 2, 0.5),
}


@pytest.mark.parametrize("message", BAD_CALLS)
def test_bad_arguments_are_named_with_a_remedy(message):
    with pytest.raises(ValueError, match=f"^{message}.*;"):
        BAD_CALLS[message]()


def test_a_one_hot_array_has_one_one():
    hot = one_hot([[2, 0], [1, 1]], size=3)
    assert hot.shape == (2, 2, 3) and hot.dtype == np.float32
    assert hot[0, 0].tolist() == [0, 0, 1] and hot[1, 1].tolist() == [0, 1, 0]
    assert one_hot([0], 2, np.float64).dtype == np.float64


def test_a_token_enters_as_the_same_vector_wherever_it_stands():
    left, right = vectors(["a", "b", "a"], 5, seed=7), vectors(["x", "a"], 5, seed=7)
    assert left.shape == (3, 5) and left.dtype == np.float32
    np.testing.assert_array_equal(left[[0, 2]], [right[1], right[1]])
    changed = vectors(["a", "c", "a"], 5, seed=7)
    np.testing.assert_array_equal(changed[[0, 2]], left[[0, 2]])
    assert (changed[1] != left[1]).all()
    assert (vectors(["a"], 5, seed=8) != left[0]).all()
    assert vectors([], 5, seed=7).shape == (0, 5)


def test_token_vectors_are_the_same_on_every_machine():
    found = vectors(["é", "👍🏽"], 18, seed=2**64 - 1, dtype=np.float64)
    # Written down once; a change here changes what every shared link shows.
    assert [x.hex() for x in found[:, [0, 15, 17]].ravel()] == [
        "-0x1.27eda1068fdd7p-4",
        "-0x1.a61c945ce15d2p-1",
        "0x1.d6c6383b96081p-1",
        "0x1.8dc88b58821c3p-2",
        "0x1.fe29a6b091464p-1",
        "0x1.044393947c267p+0",
    ]


def test_token_vectors_have_mean_zero_and_variance_one():
    entries = vectors([f"token {k}" for k in range(2_000)], 33, seed=3, dtype=np.float64)
    assert abs(entries.mean()) < 0.01
    assert abs(entries.var() - 1) < 0.01
    assert (abs(entries.mean(axis=0)) < 0.1).all()
    assert abs(np.corrcoef(entries[:, 0], entries[:, 16])[0, 1]) < 0.08
    assert -math.sqrt(3) <= entries.min() < -1.73 and 1.73 < entries.max() < math.sqrt(3)


SERIES = {
    "1 2 3": [[1], [2], [3]],
    "1,2;3\t4": [[1], [2], [3], [4]],
    "1, 2 ,3;": [[1], [2], [3]],
    "  -1.5  +2e-3  .5 5. \n": [[-1.5], [0.002], [0.5], [5]],
    "1\n2\n\n3": [[1], [2], [3]],
    "1 2\r\n3 4\r\n5 6": [[1, 2], [3, 4], [5, 6]],
    "1,2,\n3,4,\n": [[1, 2], [3, 4]],
    "\u22121 \uff12": [[-1], [2]],
    "7": [[7]],
    "1000000 -1e6": [[1e6], [-1e6]],
}


@pytest.mark.parametrize(("typed", "expected"), SERIES.items(), ids=map(ascii, SERIES))
def test_typed_numbers_become_a_series(typed, expected):
    found = series(typed)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


BAD_SERIES = {
    "": r"expected at least one number, got nothing",
    " \n ": r"expected at least one number, got nothing",
    "1 two 3": r"expected a finite number at entry 2 \(line 1\), got 'two'",
    "1\n2\nx3": r"at entry 3 \(line 3\), got 'x3'",
    "1,,2": r"at entry 2 \(line 1\), got ''",
    "1 nan": r"expected a finite number at entry 2 \(line 1\), got 'nan'",
    "-inf": r"expected a finite number at entry 1 \(line 1\), got '-inf'",
    "Infinity": r"expected a finite number .* got 'Infinity'",
    "1e999": r"expected numbers from -1e6 to 1e6, got '1e999' at entry 1",
    "2 1000001": r"expected numbers from -1e6 to 1e6, got '1000001' at entry 2",
    "1_000": r"got '1_000'",
    "0x10": r"got '0x10'",
    "a" * 50: r"got 'a{19}…'",
    "<script>": r"got '<script>'",
    "1 2\n3": r"expected 2 numbers on every line, as on line 1, got 1 on line 2",
    "1\n2 3\n4": r"expected 1 numbers on every line, as on line 1, got 2 on line 2",
}


@pytest.mark.parametrize(("typed", "message"), BAD_SERIES.items(), ids=map(ascii, BAD_SERIES))
def test_a_bad_series_is_refused_with_the_place_and_a_remedy(typed, message):
    with pytest.raises(ValueError, match=f"^series: {message}|{message}") as caught:
        series(typed)
    assert str(caught.value).startswith("series: ") and ";" in str(caught.value)


def test_a_series_that_is_too_long_is_refused_before_it_is_read():
    assert series("1 2 3", limit=3).shape == (3, 1)
    with pytest.raises(ValueError, match=r"series: expected at most 3 steps, got 4; shorten"):
        series("1 2 3 4", limit=3)
    with pytest.raises(ValueError, match=r"series: expected at most 3 steps, got 4"):
        series("1 2\n" * 4, limit=3)
    before = time.thread_time()
    with pytest.raises(ValueError, match="at most 512 steps"):
        series("1 " * 2_500_000, limit=512)
    assert time.thread_time() - before < 2


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=2, max_size=5))
def test_a_written_table_comes_back_exactly(rows):
    typed = "\n".join(" ".join(map(repr, row)) for row in rows)
    np.testing.assert_array_equal(series(typed), rows)
