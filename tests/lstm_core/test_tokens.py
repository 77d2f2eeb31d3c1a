"""The fast way to tokens gives what the general one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core import _unicode
from lstm_core.text import graphemes, tokenize
from lstm_core.tokens import Coded, _several, code, number, tokenizer

UNITS = ["characters", "words"]
TABLES = [_unicode.EXTEND, _unicode.SPACING_MARK, _unicode.PREPEND, _unicode.PICTOGRAPH, _unicode.CONSONANT]
TABLES += [_unicode.LINKER, _unicode.HANGUL_L, _unicode.HANGUL_V, _unicode.HANGUL_T]
TABLES += ["1F1E6-1F1FF", "200B-200F", "AC00-AC20"]
ranges = st.sampled_from(TABLES).map(_unicode.code_points).flatmap(st.sampled_from)
special = ranges.flatmap(lambda pair: st.integers(*pair)).map(chr)
plain = st.sampled_from(list("aZ9 \n\t'-\u2019\u00ad你。é\r.]^\\"))
texts = st.lists(st.lists(plain | special | st.characters(), max_size=12).map("".join), max_size=5)


def spelled(coded: Coded) -> list[str]:
    return [coded.tokens[k] for k in coded.ids]


@pytest.mark.parametrize("unit", UNITS)
@given(several=texts)
def test_the_fast_tokens_are_the_tokens(unit: str, several: list[str]) -> None:
    expected = [tokenize(text, unit) for text in several]
    coded = code(several, unit)
    assert spelled(coded) == [token for tokens in expected for token in tokens]
    assert coded.lengths.tolist() == [len(tokens) for tokens in expected]
    assert not coded.cut.any()
    assert len(set(coded.tokens)) == len(coded.tokens)
    assert coded.ids.dtype == coded.lengths.dtype == np.int64


@pytest.mark.parametrize("unit", UNITS)
@given(several=texts, most=st.integers(1, 6))
def test_long_texts_are_cut_and_marked(unit: str, several: list[str], most: int) -> None:
    expected = [tokenize(text, unit) for text in several]
    coded = code(several, unit, most)
    assert spelled(coded) == [token for tokens in expected for token in tokens[:most]]
    assert coded.lengths.tolist() == [min(len(tokens), most) for tokens in expected]
    assert coded.cut.tolist() == [len(tokens) > most for tokens in expected]


def test_what_takes_the_fast_way_is_a_character_by_itself() -> None:
    points = [*range(0x20000), *range(0x20000, 0xE0000, 97), *range(0xE0000, 0xE1000), *range(0xE1000, 0x110000, 97)]
    alone = [chr(point) for point in points if not _several().match(chr(point))]
    shuffled = [alone[k] for k in np.random.default_rng(7).permutation(len(alone))]
    assert len(alone) > 130_000
    assert graphemes("".join(shuffled)) == shuffled


@pytest.mark.parametrize(
    "line", ["plain words, and more\n", "caf\u0065\u0301 in a line\n", "👨\u200d👩\u200d👧 at home\n"]
)
@pytest.mark.parametrize("unit", UNITS)
def test_lines_of_both_kinds_may_alternate(unit: str, line: str) -> None:
    text = (line + "don't re-read it\n") * 20 + line.rstrip()
    assert spelled(code([text], unit)) == tokenize(text, unit)
    assert list(tokenizer([text], unit)(text)) == tokenize(text, unit)


def test_numbers_are_given_in_order_of_appearance() -> None:
    ids, tokens = number(["b", "a", "b", "c"])
    assert ids.tolist() == [0, 1, 0, 2]
    assert tokens == ("b", "a", "c")


def test_another_unit_or_limit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unit: expected 'characters' or 'words', got 'lines'"):
        code(["a"], "lines")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"most: expected an integer of at least 1, got 0"):
        code(["a"], "words", 0)
