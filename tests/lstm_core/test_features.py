"""What is said of each token, on texts short enough to check by eye: one digit a token."""

from __future__ import annotations

import pytest

from lstm_core.features import features
from tests.checks import check_refused


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("position", "abc", "012"),
        ("bracket depth", "a(b[c]d)e)f(", "011221100001"),
        ("bracket depth", "「a（b）」", "112210"),
        ("inside quotes", 'a"b"c', "01100"),
        ("inside quotes", "“a “b” c”", "111110000"),
        ("inside quotes", "it's", "0000"),
        ("inside quotes", '"a\nb', "1100"),
        ("vowel", "aBEb é1", "1010010"),
        ("letter", "a1 é我.", "100110"),
        ("digit", "a1 2.", "01010"),
        ("space", "a b\nc", "01010"),
        ("punctuation", "a.b, (", "010101"),
        ("since a space", "ab cd", "12012"),
        ("since a space", " a\nb", "0101"),
        ("sentence start", "ab. (c) d! e", "100001000001"),
        ("sentence start", "a\nb", "101"),
        ("sentence start", "我们。他", "1001"),
    ],
)
def test_a_text_by_characters(name, text, wanted):
    assert features(list(text))[name].tolist() == [float(sign) for sign in wanted]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("bracket depth", "a ( b ) c", "01100"),
        ("vowel", "apple tree 7", "100"),
        ("since a space", "one two , three . four", "120101"),
        ("sentence start", "Go . ( now ) 2 !", "1001000"),
    ],
)
def test_a_text_by_words(name, text, wanted):
    assert features(text.split())[name].tolist() == [float(sign) for sign in wanted]


def test_the_number_of_the_subject_is_known_behind_it_and_until_the_sentence_ends():
    words = "the keys that the man sees are here . near here a boss waits . he waits".split()
    wanted = [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, -1, -1, 0, 0, 0]
    assert features(words)["plural subject"].tolist() == wanted


def test_the_number_of_the_subject_is_the_same_by_characters():
    text = "the keys are. A key is.\nthe man"
    found = features(list(text))["plural subject"]
    assert {text[t : t + 5]: found[t] for t in (4, 7, 8, 12)} == {"keys ": 0, "s are": 0, " are.": 1, ". A k": 0}
    assert found[text.index("key is") + 3] == -1
    assert not found[text.index("\n") :].any()


def test_no_tokens_are_refused():
    check_refused(lambda: features([]), "tokens", "none")
