"""Vocabularies in JSON: token k has the id k, or a message says what is wrong with them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.encoding import Vocabulary
from lstm_runs.foreign import open_file, recognise
from lstm_runs.vocabularies import arrange, check_fits, notes, read_vocabulary, unknown
from tests.foreign_files import packed, torch_weights

TOKENS = ("<unk>", "b", "a", " ", "你", '"', "\n", "e\u0301")


def written(value: object) -> bytes:
    return json.dumps(value).encode()


FORMS = {
    "a list": list(TOKENS),
    "ids of tokens": {token: k for k, token in enumerate(TOKENS)},
    "in any order": dict(sorted({token: k for k, token in enumerate(TOKENS)}.items())),
    "tokens of ids": {str(k): token for k, token in enumerate(TOKENS)},
    "torchtext": {"stoi": {token: k for k, token in enumerate(TOKENS)}, "itos": list(TOKENS), "unk_index": 0},
    "one of them": {"token_to_id": {token: k for k, token in enumerate(TOKENS)}, "special": []},
    "Keras": {"index_word": {str(k): token for k, token in enumerate(TOKENS)}, "lower": True},
}


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS)
def test_all_forms_give_the_tokens_by_their_ids(value):
    assert read_vocabulary(written(value)) == TOKENS
    assert read_vocabulary(b"\xef\xbb\xbf" + json.dumps(value, ensure_ascii=False).encode()) == TOKENS


def test_digits_as_tokens_are_told_from_ids_by_the_other_side():
    assert read_vocabulary(b'{"0": 1, "1": 0}') == ("1", "0")
    assert read_vocabulary(b'{"0": "1", "1": "0"}') == ("1", "0")
    assert read_vocabulary(b'["stoi", "0"]') == ("stoi", "0")
    assert read_vocabulary(b'{"stoi": 1, "vocab": 0}') == ("vocab", "stoi")


BAD = {
    "no JSON": (b"<unk>\na\nb", "expected JSON in UTF-8, got something else; write"),
    "no UTF-8": ('["ä"]'.encode("latin-1"), "expected JSON in UTF-8"),
    "nested deep": (b"[" * 100_000, "expected JSON in UTF-8"),
    "a pickle": (b"\x80\x04]\x94.", "expected JSON in UTF-8"),
    "a word": (b'"abc"', 'expected a list or an object, got \'"abc"\''),
    "a number": (b"7", "expected a list or an object, got '7'"),
    "nothing": (b"[]", "expected 1 to 20,010 tokens, got 0"),
    "nothing in it": (b"{}", "expected 1 to 20,010 tokens, got 0"),
    "too many": (written([str(k) for k in range(20_011)]), "expected 1 to 20,010 tokens, got 20,011; open"),
    "too large": (b'["' + b"a" * 2**21 + b'"]', "expected at most 2 MB, got 2.0 MB; keep"),
    "a number among them": (b'["a", 7]', "expected strings, got '7' for id 1; write"),
    "a list among them": (b'["a", ["b"]]', "expected strings, got .* for id 1"),
    "null": (b'["a", null]', "expected strings, got 'null' for id 1"),
    "twice": (b'["a", "b", "a"]', "expected each token once, got 'a' for ids 0 and 2; rename"),
    "twice by id": (b'{"0": "a", "1": "a"}', "expected each token once, got 'a' for ids 0 and 1"),
    "a name twice": (b'{"a": 0, "b": 1, "a": 2}', "expected each name once, got 'a' twice"),
    "an id twice": (b'{"a": 0, "b": 1, "c": 1}', "expected each id once, got 1 for 'b' and 'c'; number"),
    "an id written twice": (b'{"1": "a", "01": "b", "0": "c"}', "expected each id once, got 1 for"),
    "a gap": (b'{"a": 0, "b": 1, "c": 3}', "expected ids from 0 to 2 without gaps, got none for 2; name every id"),
    "from one": (b'{"word_index": {"a": 1, "b": 2}}', 'from 0 to 1 without gaps, got none for 0; add .* "<pad>"'),
    "an id below zero": (b'{"a": 0, "b": -1}', "expected whole numbers as ids, got '-1' for 'b'"),
    "a fraction": (b'{"a": 0, "b": 1.5}', "expected whole numbers as ids, got '1.5' for 'b'"),
    "true": (b'{"a": 0, "b": true}', "expected whole numbers as ids, got 'true' for 'b'"),
    "some strings": (b'{"a": 0, "b": "c"}', "expected whole numbers as ids, got .* for 'b'"),
    "words for words": (b'{"a": "b", "c": "d"}', "expected ids as names, got 'a'; write"),
    "an enormous id": (b'{"a": 0, "b": ' + b"9" * 5_000 + b"}", "without gaps, got none for 1"),
    "half a character": (b'["a", "\\ud83d"]', "expected characters, got half of one for id 1"),
    "two tables that differ": (b'{"stoi": {"a": 0}, "itos": ["b"]}', "got several that differ"),
    "an unknown wrapper": (b'{"model": {"a": 0}}', "got 'model' that is neither; write a list"),
    "ids in lists": (b'{"a": [0], "b": [1]}', "got 'a' that is neither"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_with_a_remedy(data, message):
    with pytest.raises(ValueError, match=f"^vocabulary: .*{message}") as caught:
        read_vocabulary(data)
    assert ";" in str(caught.value) and len(str(caught.value)) < 400


def test_a_vocabulary_fits_the_embedding_or_the_inputs():
    with_embedding = recognise(open_file(packed(torch_weights(3, 4) | {"emb": np.ones((5, 3), np.float32)})))
    without = recognise(open_file(packed(torch_weights(3, 4))))
    check_fits("abcde", with_embedding)
    check_fits("abc", without)
    with pytest.raises(
        ValueError, match="vocabulary: expected 5 tokens, one for each row of the embedding, got 3; name"
    ):
        check_fits("abc", with_embedding)
    with pytest.raises(ValueError, match=r"vocabulary: expected 3 tokens, one for each input .* got 5; choose"):
        check_fits("abcde", without)


ARRANGED = {
    "first already": (["<unk>", "a"], ("<unk>", "a"), "<unk>"),
    "behind the padding": (["<pad>", "<UNK>", "a"], ("<UNK>", "<pad>", "a"), "<UNK>"),
    "at the end": (["a", "b", "[OOV]"], ("[OOV]", "a", "b"), "[OOV]"),
    "Keras": (["", "[UNK]", "a"], ("[UNK]", "<pad>", "a"), "[UNK]"),
    "a padding that is there": (["", "<pad>", "<unknown>"], ("<unknown>", "<pad 2>", "<pad>"), "<unknown>"),
    "none": (["a", "unknown", "oov"], ("a", "unknown", "oov"), None),
    "the first of two": (["a", "<oov>", "UNK"], ("<oov>", "a", "UNK"), "<oov>"),
}


@pytest.mark.parametrize(("tokens", "expected", "name"), ARRANGED.values(), ids=ARRANGED)
def test_the_unknown_token_is_found_and_comes_first(tokens, expected, name):
    vocabulary, order = arrange(tokens)
    assert vocabulary.tokens == expected and vocabulary.unknown == name
    assert [tokens[k] or "pad" for k in order][1:] == [t if t in tokens else "pad" for t in expected[1:]]
    assert sorted(order.tolist()) == list(range(len(tokens)))


def test_without_an_unknown_token_others_are_refused():
    vocabulary, _ = arrange(["a", "b"])
    with pytest.raises(ValueError, match="expected tokens of the vocabulary, got 'c' at step 1"):
        vocabulary.encode(["a", "c"])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), unique=True, min_size=1))
def test_whatever_the_tokens_are_they_come_back(tokens):
    assert read_vocabulary(written(tokens)) == tuple(tokens)
    assert read_vocabulary(written({token: k for k, token in enumerate(tokens)})) == tuple(tokens)
    vocabulary, order = arrange(tokens)
    assert isinstance(vocabulary, Vocabulary) and [tokens[k] for k in order if tokens[k]] == [
        token for token, k in zip(vocabulary.tokens, order, strict=True) if tokens[k]
    ]


@given(st.binary(max_size=40))
def test_no_bytes_give_anything_but_tokens_or_a_value_error(data):
    try:
        tokens = read_vocabulary(data)
    except ValueError:
        return
    assert all(isinstance(token, str) for token in tokens)


def test_notes_say_what_a_text_may_hold():
    assert notes(["<unk>", "a", "B"]) == () == notes(["[UNK]", "你", "7"])
    assert notes(["[UNK]", "the", "sea"]) == ("It has no capital letters: write in small ones.",)
    assert "pieces of words" in notes(["[UNK]", "The", "##ing"])[0]
    assert "no token for what it does not know" in notes(["A", "b"])[0]
    assert unknown(["a", "<Unk>"]) == 1
