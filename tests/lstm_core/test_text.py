"""Text as tokens: splitting, cleaning, signs, names."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from lstm_core import _unicode, text
from lstm_core.text import clean, graphemes, name, series, sign, tokenize, words

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
TABLES = [table for key, table in vars(_unicode).items() if key.isupper() and key[0] != "_"]
SPECIAL = [
    *TABLES,
    "AC00",
    "AC01-D7A3",
    "1F1E6-1F1FF",
    "61-7A",
    "30-39",
    "20",
    "D800-DFFF",
    "200B-200F",
    "4E00-9FFF",
    "E00-E7F",
]
special_characters = (
    st.sampled_from(SPECIAL)
    .map(_unicode.code_points)
    .flatmap(st.sampled_from)
    .flatmap(lambda pair: st.integers(*pair))
    .map(chr)
)
any_text = st.lists(special_characters | st.characters(), max_size=12).map("".join)

ONE_CHARACTER = {
    "line end of two": "\r\n",
    "combined letter": "e\u0301",
    "stack of marks": "a" + "\u0301\u0323\u0330" * 10,
    "flag": "🇩🇪",
    "flag of tags": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "family": FAMILY,
    "skin tone": "👍🏽",
    "profession with skin tone": "👩🏽\u200d🚀",
    "rainbow flag": "🏳\ufe0f\u200d🌈",
    "keycap": "1\ufe0f\u20e3",
    "Devanagari vowel sign": "नि",
    "Devanagari conjunct": "क्षि",
    "Devanagari conjunct of three": "न्त्र्य",
    "Tamil": "நி",
    "Thai": "กำ",
    "Hangul syllable": "각",
    "Hangul syllable with vowel": "가\u1161",
    "Hangul letters": "\u1112\u1161\u11ab",
    "Hangul syllable with trailing letter": "가\u11a8",
    "old Hangul": "\u1107\u1108\u1161\u11ab\u11ab",
    "prepended sign": "\u0600١",
}
SEVERAL = {
    "line end after carriage return": ("\n\r", ["\n", "\r"]),
    "three halves of flags": ("🇩🇪🇫", ["🇩🇪", "🇫"]),
    "two flags": ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
    "joiner between letters": ("a\u200db", ["a\u200d", "b"]),
    "two people without joiner": ("👩👧", ["👩", "👧"]),
    "non-joiner keeps consonants apart": ("क्\u200cष", ["क्\u200c", "ष"]),
    "vowel keeps consonants apart": ("कष", ["क", "ष"]),
    "mark after a line end": ("\n\u0301", ["\n", "\u0301"]),
    "trailing letter before vowel": ("각\u1161", ["각", "\u1161"]),
    "Hindi": ("नमस्ते", ["न", "म", "स्ते"]),
    "Thai": ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
    "lone surrogates": ("\ud800a\udfff", ["\ud800", "a", "\udfff"]),
    "zero-width space": ("a\u200bb", ["a", "\u200b", "b"]),
    "nothing": ("", []),
}


@pytest.mark.parametrize("character", ONE_CHARACTER.values(), ids=ONE_CHARACTER)
def test_what_a_reader_calls_one_character_is_one_token(character):
    assert graphemes(character) == [character] == regex.findall(r"\X", character)
    assert graphemes(f"x{character}y") == ["x", character, "y"] or character[0] == "\u0600"


@pytest.mark.parametrize(("whole", "parts"), SEVERAL.values(), ids=SEVERAL)
def test_characters_end_where_the_standard_says(whole, parts):
    assert graphemes(whole) == parts


@given(any_text)
def test_characters_agree_with_an_independent_library(whole):
    assert graphemes(whole) == regex.findall(r"\X", whole)


@given(any_text)
def test_characters_joined_are_the_text(whole):
    assert "".join(graphemes(whole)) == whole


def test_the_tables_do_not_overlap():
    keys = (
        "LINE_ENDS JOINER CONTROL EXTEND SPACING_MARK PREPEND PICTOGRAPH CONSONANT HANGUL_L HANGUL_V HANGUL_T".split()
    )
    pairs = _unicode.code_points(" ".join(getattr(_unicode, key) for key in keys))
    assert sum(last - first + 1 for first, last in pairs) == len(set().union(*(range(a, b + 1) for a, b in pairs)))


def test_every_mark_that_composes_counts_as_a_mark():
    # Otherwise a long run of such marks would reach the quadratic part of the normalisation.
    marks = {p for first, last in _unicode.code_points(_unicode.EXTEND) for p in range(first, last + 1)}
    assert {p for p in range(sys.maxunicode + 1) if unicodedata.combining(chr(p))} <= marks


WORDS = {
    "punctuation": ("Hello, world!", ["Hello", ",", "world", "!"]),
    "apostrophes": ("don't rock’n’roll 'quoted'", ["don't", "rock’n’roll", "'", "quoted", "'"]),
    "hyphens": ("re-read -- well--known -x y-", ["re-read", "-", "-", "well", "-", "-", "known", "-", "x", "y", "-"]),
    "soft hyphen": ("co\u00adop", ["co\u00adop"]),
    "numbers": ("3.14 x2 ½", ["3", ".", "14", "x2", "½"]),
    "Chinese": ("我爱LSTM们。", ["我", "爱", "LSTM", "们", "。"]),
    "Japanese": ("カタカナとひらがな", list("カタカナとひらがな")),
    "Korean": ("한국어 문장", ["한국어", "문장"]),
    "Hindi": ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया", "।"]),
    "Arabic": ("مرحبا، بكم", ["مرحبا", "،", "بكم"]),
    "Thai": ("สวัส", ["ส", "วั", "ส"]),
    "emoji": (f"go{FAMILY}now 👍🏽👍", ["go", FAMILY, "now", "👍🏽", "👍"]),
    "keycap": ("press1\ufe0f\u20e3now", ["press", "1\ufe0f\u20e3", "now"]),
    "keycap without the emoji sign": ("press1\u20e3now", ["press", "1\u20e3", "now"]),
    "a letter that looks like an emoji": ("aℹ\ufe0fb", ["a", "ℹ\ufe0f", "b"]),
    "accents": ("cafe\u0301s", ["cafe\u0301s"]),
    "line ends": ("a\nb\r\nc\u2028d", ["a", "b", "c", "d"]),
    "a mark on a space": ("a \u0301b", ["a", "\u0301", "b"]),
    "controls": ("a\x00b\u200bc", ["a", "\x00", "b", "\u200b", "c"]),
    "markup": ("<b>x</b>", ["<", "b", ">", "x", "<", "/", "b", ">"]),
    "white space only": (" \t\n", []),
}


@pytest.mark.parametrize(("whole", "expected"), WORDS.values(), ids=WORDS)
def test_words_are_what_a_reader_expects(whole, expected):
    assert words(whole) == expected


@given(any_text)
def test_words_lose_nothing_but_white_space(whole):
    assert "".join("".join(words(whole)).split()) == "".join(whole.split())


@given(any_text)
def test_no_word_is_empty_or_holds_white_space(whole):
    assert all(word and not any(c.isspace() for c in word) for word in words(whole))


def test_a_limit_stops_early_and_changes_nothing_before():
    whole = "To be, or not to be. " * 250_000  # 5 MB
    before = time.thread_time()
    assert len(tokenize(whole, "characters", limit=513)) == len(tokenize(whole, "words", limit=513)) == 513
    assert time.thread_time() - before < 1
    assert tokenize(whole, "words", limit=5) == words(whole[:100])[:5]


@pytest.mark.parametrize("piece", ["\u0301\u0315", "\u094d\u0300", "👩\u200d", "\u0600", "\u1100", "\u094d", "🇩"])
def test_a_million_marks_take_no_quadratic_time(piece):
    whole = "a" + piece * 200_000
    before = time.thread_time()
    assert "".join(graphemes(clean(whole))) == clean(whole)
    assert time.thread_time() - before < 3


def test_tokenize_takes_one_of_two_units():
    assert tokenize("ab c", "characters") == ["a", "b", " ", "c"]
    assert tokenize("ab c", "words") == ["ab", "c"]
    with pytest.raises(ValueError, match=r"unit: expected .* got 'letters'"):
        tokenize("ab", "letters")
    with pytest.raises(ValueError, match=r"limit: expected an integer of at least 1, got 0"):
        tokenize("ab", "words", limit=0)


@pytest.mark.parametrize("split", [graphemes, words, clean, series])
def test_bytes_are_refused_with_a_remedy(split):
    with pytest.raises(ValueError, match=r"expected a str, got bytes; decode"):
        split(b"abc")


def test_cleaning_makes_equal_looking_text_equal():
    assert clean("e\u0301") == clean("é") == "é"
    assert clean("\u1112\u1161\u11ab") == "한"
    assert clean("a\r\nb\rc\n") == "a\nb\nc\n"
    assert clean("\ud83d\ude00") == "😀"
    assert clean("a\ud800é\udc00") == "a\ufffdé\ufffd"
    assert clean("x\ud800") == "x\ufffd"


def test_cleaning_keeps_what_means_something():
    for kept in ("\x00\x07\x1b\x7f\t", "a\u202eb\u200b\ufeff", "ﬁ ① ｘ 𝔘", FAMILY, "<script>alert(1)</script>"):
        assert clean(kept) == kept


@given(any_text)
def test_cleaning_twice_changes_nothing_and_leaves_no_surrogate(whole):
    once = clean(whole)
    assert clean(once) == once
    assert "\r" not in once
    once.encode("utf-8")


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r")))
def test_cleaning_is_canonical_composition(whole):
    assert clean(whole) == unicodedata.normalize("NFC", whole)


SIGNS = {
    " ": "␣", "\n": "⏎", "\t": "⇥", "\u00a0": "⍽", "\x00": "␀", "\x1b": "␛", "\x7f": "␡", "\r\n": "␍⏎",
    "\u200b": "U+200B", "\u200d": "U+200D", "\u202e": "U+202E", "\u2066": "U+2066", "\ufeff": "U+FEFF",
    "\u00ad": "U+00AD", "\x85": "U+0085", "\u3000": "U+3000", "\u2003": "U+2003", "\u2028": "U+2028",
    "\ue000": "U+E000", "\ud800": "U+D800",
    "\ufe0f": "U+FE0F", "\u3164": "U+3164", "\u2800": "U+2800", "\U000e0001": "U+E0001", "\U000effff": "U+EFFFF",
    "\u0301": "◌\u0301", "\u0301\u0323": "◌\u0301\u0323", "\u0903": "◌\u0903", " \u0301": "␣\u0301",
    "\u200d" * 9: "U+200D" * 8 + "…", "": "",
}  # fmt: skip


@pytest.mark.parametrize(("token", "printed"), SIGNS.items(), ids=map(ascii, SIGNS))
def test_invisible_tokens_get_a_sign(token, printed):
    assert sign(token) == printed


@pytest.mark.parametrize(
    "token", ["a", "é", "e\u0301", "中", "کتاب", FAMILY, "1\ufe0f\u20e3", "🏽", "🫨", "\u0600", "<b>", "\ufffd", "क्"]
)
def test_visible_tokens_are_printed_as_they_are(token):
    assert sign(token) == token


@given(any_text)
def test_no_printed_token_can_turn_the_line_around_or_break_it(whole):
    for token in tokenize(clean(whole), "characters") + tokenize(clean(whole), "words"):
        assert sign(token)
        assert not set(sign(token)) & set(
            "\n\r\t\x00\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        )


def test_every_character_has_a_name():
    assert name("e\u0301") == "LATIN SMALL LETTER E + COMBINING ACUTE ACCENT"
    assert name("\n") == "LINE FEED" and name("\x00") == "NULL" and name("\x7f") == "DELETE"
    assert name("\x85") == "U+0085 (control)" and name("\ud800") == "U+D800 (lone surrogate)"
    assert name("\ue000") == "U+E000 (private use)" and name("\U000effff") == "U+EFFFF (no name)"
    assert name("abcdefghij").endswith("LETTER H + 2 more")


@given(any_text)
def test_naming_never_fails(token):
    assert isinstance(name(token), str)


def test_all_names_are_in_one_place():
    assert all(hasattr(text, exported) for exported in text.__all__)
