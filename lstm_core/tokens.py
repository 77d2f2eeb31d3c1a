"""Long texts and many texts as tokens, fast: those of `text.tokenize`, as numbers.

    code(texts, unit) -> Coded: which token stands where, and the tokens

Most texts hold no character of several code points. Where that can be seen, nothing has to be put together: characters
are the code points themselves, and words are found by a regular expression made for the texts at hand. Lines where
characters may have several code points take the general way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice
from typing import TypeAlias

import numpy as np

from lstm_core import _unicode
from lstm_core.arrays import Bools, Ints, check_size
from lstm_core.text import Unit, iter_graphemes, iter_words, tokenize, words

Tokenizer: TypeAlias = Callable[[str], Iterator[str]]

_REGIONAL = "1F1E6-1F1FF"  # two of them are a flag
_JOINTS = "'-\u2019\u2010\u2011\u00ad"  # may stand inside a word: see `text.words`


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Texts as numbers, one after the other: `tokens[ids[k]]` is token k of all.

    Parameters
    ----------
    ids : ndarray of int64, shape (steps,)
    tokens : tuple of str
        All different, in no particular order.
    lengths : ndarray of int64, shape (texts,)
        In tokens.
    cut : ndarray of bool, shape (texts,)
        Whether the text was longer than allowed.
    """

    ids: Ints
    tokens: tuple[str, ...]
    lengths: Ints
    cut: Bools


def code(texts: Sequence[str], unit: Unit, most: int | None = None) -> Coded:
    """The tokens of texts as numbers, in time and memory that fit millions of characters.

    Parameters
    ----------
    texts : sequence of str
        Best `clean`-ed first.
    unit : {"characters", "words"}
    most : int, optional
        Tokens of one text that are kept.

    Returns
    -------
    Coded
        With the tokens of `text.tokenize`.

    Raises
    ------
    ValueError
        An unknown unit, `most` below 1.

    Examples
    --------
    >>> coded = code(["to be or not", "to be"], "words")
    >>> [coded.tokens[k] for k in coded.ids], coded.lengths
    (['to', 'be', 'or', 'not', 'to', 'be'], array([4, 2]))
    """
    if most is not None:
        check_size("most", most)
    split = tokenizer(texts, unit)
    if unit == "characters" and not any(_several().search(text) for text in texts):
        return _code_points(texts, most)
    lengths: list[int] = []
    cut: list[bool] = []

    def pieces() -> Iterator[str]:
        for text in texts:
            tokens = list(split(text) if most is None else islice(split(text), most + 1))
            cut.append(most is not None and len(tokens) > most)
            lengths.append(min(len(tokens), most or len(tokens)))
            yield from tokens[:most]

    ids, found = number(pieces())
    return Coded(ids, found, np.array(lengths, np.int64), np.array(cut, bool))


def number(tokens: Iterable[str]) -> tuple[Ints, tuple[str, ...]]:
    """Each token's number and the tokens, in the order in which they first occur.

    Examples
    --------
    >>> number("abba")
    (array([0, 1, 1, 0]), ('a', 'b'))
    """
    numbers: dict[str, int] = {}
    ids = np.fromiter((numbers.setdefault(token, len(numbers)) for token in tokens), np.int64)
    return ids, tuple(numbers)


def tokenizer(texts: Iterable[str], unit: Unit) -> Tokenizer:
    """A function that gives the tokens of `text.tokenize`, several times as fast, for these texts and no others.

    Raises
    ------
    ValueError
        An unknown unit.
    """
    tokenize("", unit)  # refuses another unit
    general = iter_graphemes if unit == "characters" else iter_words
    plain: Tokenizer = _plain_words(set().union(*texts)) if unit == "words" else iter

    def split(text: str) -> Iterator[str]:
        if not _several().search(text):
            yield from plain(text)
            return
        # No character and no word reaches over a line end, so lines may be taken apart.
        lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        for special, run in groupby(lines, key=lambda line: _several().search(line) is not None):
            yield from (general if special else plain)("".join(run))

    return split


def _code_points(texts: Sequence[str], most: int | None) -> Coded:
    """Characters of texts in which every code point is a character."""
    lengths = np.array([len(text) for text in texts], np.int64)
    if most is not None:
        texts = [text[:most] for text in texts]
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    found = np.flatnonzero(np.bincount(points))
    numbers = np.zeros(found.max(initial=0) + 1, np.int64)
    numbers[found] = np.arange(len(found))
    kept = lengths if most is None else np.minimum(lengths, most)
    return Coded(numbers[points], tuple(map(chr, found.tolist())), kept, kept < lengths)


@cache
def _several() -> re.Pattern[str]:
    """A code point that may belong to a character of several."""
    u = _unicode
    hangul = (u.HANGUL_L, u.HANGUL_V, u.HANGUL_T)
    tables = (u.EXTEND, u.SPACING_MARK, u.JOINER, u.PREPEND, u.LINKER, u.STANDING_LINKER, *hangul, _REGIONAL, "D")
    return re.compile(f"[{_unicode.one_of(*tables)}]")


def _plain_words(characters: Iterable[str]) -> Tokenizer:
    """What `words` does with these characters, as a regular expression: it is asked about every one of them."""
    letters, spaces = "", ""
    for c in sorted(characters):
        if not words(c):
            spaces += c
        elif words(f"{c}a") == [f"{c}a"]:
            letters += c
    other = f"[^{re.escape(spaces)}]" if spaces else r"[\s\S]"
    word = f"[{re.escape(letters)}]++"
    pattern = re.compile(f"{word}(?:[{re.escape(_JOINTS)}]{word})*+|{other}" if letters else other)
    return lambda text: iter(pattern.findall(text))
