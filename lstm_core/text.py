"""Text as tokens: what a reader calls a character, and words.

    clean -> tokenize (graphemes | words) -> vectors, or Vocabulary and one_hot
                                          -> sign and name, to show a token

Characters are extended grapheme clusters, so that an accented letter, a flag or a family of emoji is one token. The
same text gives the same characters on every machine (the tables are ours: `lstm_core._unicode`); which of them are
letters or digits is asked of `unicodedata`, so a script that is younger than the running Python splits into characters.

Everything is linear in the length of the text. A caller that allows few tokens takes a `limit` or an iterator and stops
early; one token can still be as long as the whole text, so refuse very long texts by `len(text)` first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Literal, get_args

from lstm_core._unicode import EXTEND, SPACING_MARK, cluster_pattern, one_of
from lstm_core.arrays import check_size
from lstm_core.encoding import Vocabulary, one_hot, vectors
from lstm_core.sentences import sentences
from lstm_core.series import series
from lstm_core.signs import name, sign

__all__ = [
    "Unit",
    "Vocabulary",
    "clean",
    "graphemes",
    "iter_graphemes",
    "iter_words",
    "name",
    "one_by_one",
    "one_hot",
    "sentences",
    "series",
    "sign",
    "tokenize",
    "vectors",
    "words",
]

Unit = Literal["characters", "words"]

# Written without spaces between words: Thai, Lao, Burmese, Khmer and their relatives, Chinese characters, kana.
_ONE_BY_ONE = """
E00-EFF 1000-109F 1780-17FF 1950-19DF 1A20-1AAF 2E80-2FDF 3005-3007 3021-3029 3031-3035 303B 3041-30FF 31F0-31FF
3400-4DBF 4E00-9FFF A9E0-A9FF AA60-AADF F900-FAFF FF66-FF9F 11700-1174F 1AFF0-1B16F 20000-3FFFD
"""
_INNER = frozenset("'-\u2019\u2010\u2011\u00ad")  # apostrophes and hyphens, the soft one included
_EMOJI_LOOK, _KEYCAP = "\ufe0f", "\u20e3"
_MANY_MARKS = 64  # no language needs nearly as many on one letter


def clean(text: str) -> str:
    r"""The text as it is tokenised: the same to a reader, in one spelling.

    Line ends become \\n. Equal-looking spellings become one (canonical composition, NFC: e + accent and é are the same
    character by definition), so that what looks the same is the same token. Surrogate pairs are joined; a lone
    surrogate, which no encoding can hold, becomes U+FFFD. Everything else stays, NUL and other controls, invisible and
    bidirectional marks included: `sign` makes them visible. Runs of more than 64 marks are left as they are, because
    composing takes quadratic time there. Cleaning twice changes nothing.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Not a str.

    References
    ----------
    Unicode Standard Annex #15, "Unicode Normalization Forms".

    Examples
    --------
    >>> clean("a\r\ne\u0301") == "a\n\u00e9"
    True
    """
    _check_text(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    # The pattern has a group, so odd pieces are the runs of marks themselves.
    pieces = _many_marks().split(text)
    pieces[::2] = [unicodedata.normalize("NFC", piece) for piece in pieces[::2]]
    return "".join(pieces)


def iter_graphemes(text: str) -> Iterator[str]:
    """The characters of a text, one at a time; stop whenever enough have come.

    See Also
    --------
    graphemes : the same as a list.
    """
    _check_text(text)
    return (match.group() for match in cluster_pattern().finditer(text))


def graphemes(text: str) -> list[str]:
    r"""What a reader calls the characters of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
        Extended grapheme clusters; joined they are `text` again. \\r\\n is one.

    Raises
    ------
    ValueError
        Not a str.

    References
    ----------
    Unicode Standard Annex #29 (Unicode 18.0), "Unicode Text Segmentation".

    Examples
    --------
    >>> [len(character) for character in graphemes("e\u0301!")]
    [2, 1]
    """
    return list(iter_graphemes(text))


def iter_words(text: str) -> Iterator[str]:
    """The words of a text, one at a time; stop whenever enough have come.

    See Also
    --------
    words : the same as a list, and what a word is.
    """
    word: list[str] = []
    joint = ""  # an inner hyphen or apostrophe that still waits for the second half of its word
    for character in iter_graphemes(text):
        kind = _kind(character)
        if kind == "letter":
            word += [joint, character]
            joint = ""
            continue
        if character in _INNER and word and not joint:
            joint = character
            continue
        if word:
            yield "".join(word)
            word = []
        if joint:
            yield joint
            joint = ""
        if kind != "space":
            yield character
        elif rest := "".join(character.split()):  # a mark that sits on a space
            yield rest
    yield from filter(None, ("".join(word), joint))


def words(text: str) -> list[str]:
    """The words of a text, and everything else that is not white space.

    A word is a run of letters and digits with their marks; single apostrophes and hyphens inside it belong to it.
    Scripts written without spaces (Chinese, kana, Thai, Lao, Khmer, Burmese) go character by character. Every other
    character (punctuation, emoji, symbols, controls) is a token of its own. White space, line ends included, only
    separates and is no token (`str.isspace` says what it is). No other character is lost.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        Not a str.

    Examples
    --------
    >>> words("Don't re-read it: 你好!")
    ["Don't", 're-read', 'it', ':', '你', '好', '!']
    """
    return list(iter_words(text))


def tokenize(text: str, unit: Unit, limit: int | None = None) -> list[str]:
    """The tokens of a text in the chosen unit.

    Parameters
    ----------
    text : str
        Best `clean`-ed first.
    unit : {"characters", "words"}
    limit : int, optional
        Stop after this many tokens, without walking through the rest. To find out whether a text has more than 512
        tokens, ask for 513.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        An unknown unit, a limit below 1, not a str.

    Examples
    --------
    >>> tokenize("To be, or not", "words", limit=3)
    ['To', 'be', ',']
    """
    if unit not in get_args(Unit):
        raise ValueError(f"unit: expected 'characters' or 'words', got {unit!r}; choose one of the two")
    tokens = iter_graphemes(text) if unit == "characters" else iter_words(text)
    return list(tokens if limit is None else islice(tokens, check_size("limit", limit)))


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise ValueError(f"text: expected a str, got {type(text).__name__}; decode bytes with .decode('utf-8') first")


@cache
def _many_marks() -> re.Pattern[str]:
    return re.compile(f"([{one_of(EXTEND, SPACING_MARK, '200D')}]{{{_MANY_MARKS + 1},}})")


@cache
def _one_by_one() -> re.Pattern[str]:
    return re.compile(f"[{one_of(_ONE_BY_ONE)}]")


def one_by_one(character: str) -> bool:
    """Whether a character belongs to a script that is written without spaces.

    Examples
    --------
    >>> one_by_one("你"), one_by_one("a")
    (True, False)
    """
    return _one_by_one().match(character) is not None


@lru_cache(maxsize=4096)
def _kind(character: str) -> Literal["space", "letter", "other"]:
    """What a grapheme cluster is to `words`."""
    if any(c.isspace() for c in character):
        return "space"
    if _EMOJI_LOOK in character or _KEYCAP in character or one_by_one(character):
        return "other"
    return "letter" if any(c.isalnum() for c in character) else "other"
