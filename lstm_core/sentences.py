"""Sentences of a text, English and Chinese, by rules that a reader can follow."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What closes after an end mark still belongs to the sentence: He said "Go."
_CLOSING = "\"'\u2019\u201d\u00bb)\\]}\u300d\u300f\uff09\u3011\u300b\u3009"
_CHINESE_MARKS = "\u3002\uff01\uff1f\uff61"
_MARK = re.compile(rf"(?P<mark>[.!?\u2026]++|[{_CHINESE_MARKS}][{_CHINESE_MARKS}!?\u2026]*+)[{_CLOSING}]*+")
_HAN_KANA = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_NO_SPACES = re.compile(f"[{_HAN_KANA}]")
_INNER_LINE_END = re.compile(f"(?<=[{_HAN_KANA}\u3001-\u3011\uff0c\uff1a\uff1b])\n(?=[{_HAN_KANA}])")

# After these a full stop ends nothing: what follows belongs to them.
_SHORT = frozenset(
    "dr mr mrs ms prof st mt gen col sgt capt lt cmdr sen rep gov rev hon messrs fig figs eq eqs vol pp vs cf "
    "e.g i.e approx ca viz".split()
)
_SHORT_BEFORE_DIGIT = frozenset("no nos p nr art jan feb mar apr jun jul aug sep sept oct nov dec".split())
_LAST_WORD = re.compile(r"(?:[^\W\d_]\.?)*[^\W\d_]$|\d+$")
_LOOK_BACK = 16  # characters: longer than any entry above

_VISIBLE = re.compile(r"\S")

_LINES_A_MARK = 5  # with more lines than this for each end mark, a paragraph is a list: one sentence a line


def sentences(text: str) -> list[str]:
    r"""The sentences of a text, without the white space around them.

    A sentence ends at `. ! ? …` with what closes after it, when white space follows and no small letter; at the full
    stops of Chinese and Japanese in any case; and at a blank line. Not at the full stop of an abbreviation that
    stands before a name or number ("Dr.", "e.g.", "No. 5"), of initials ("J. S. Bach", "U.S."), of a number ("3.14", or
    "1." at the start of a line). At a line end, a mark ends the sentence whatever follows; a paragraph with hardly any
    end mark is a list, in which every line is a sentence. Other line ends are white space.

    Parameters
    ----------
    text : str
        Best `clean`-ed first.

    Returns
    -------
    list of str
        Nothing but white space is lost.

    Raises
    ------
    ValueError
        Not a str.

    Examples
    --------
    >>> sentences('Dr. Smith paid 3.14 euros. "Too much!" she said. 你好！再见。')
    ['Dr. Smith paid 3.14 euros.', '"Too much!" she said.', '你好！', '再见。']
    """
    if not isinstance(text, str):
        raise ValueError(f"text: expected a str, got {type(text).__name__}; decode bytes with .decode('utf-8') first")
    return [sentence for paragraph in _paragraphs(text) for sentence in _split(paragraph)]


def one_line(sentence: str) -> str:
    r"""A sentence on one line: line ends and runs of white space are one space, or none within Chinese and Japanese.

    Examples
    --------
    >>> one_line("wrapped\n  here"), one_line("换\n行")
    ('wrapped here', '换行')
    """
    return " ".join(_INNER_LINE_END.sub("", sentence).split())


def _paragraphs(text: str) -> Iterator[str]:
    """Runs of lines that are not blank."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _split(paragraph: str) -> Iterator[str]:
    ends = [match.end() for match in _MARK.finditer(paragraph) if _is_end(paragraph, match)]
    if paragraph.count("\n") > _LINES_A_MARK * len(ends):
        ends = [k for k, c in enumerate(paragraph, start=1) if c == "\n"]
    start = 0
    for end in [*ends, len(paragraph)]:
        if sentence := paragraph[start:end].strip():
            yield sentence
        start = end


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Whether the marks found here end a sentence."""
    mark = match["mark"]
    start = _VISIBLE.search(text, match.end())
    following = start.group() if start else ""
    if mark[0] in _CHINESE_MARKS or not following:
        return True
    if start and start.start() == match.end():
        return mark[0] in "!?" and bool(_NO_SPACES.match(following))  # a Western mark in Chinese
    before = text[max(match.start() - _LOOK_BACK, 0) : match.start()]
    if mark == "." and _belongs_to_next(before, match.start() > _LOOK_BACK, following):
        return False
    return text[match.end()] == "\n" or not following.islower()


def _belongs_to_next(before: str, is_cut: bool, following: str) -> bool:
    """Whether a full stop after `before` is that of an abbreviation, an initial or the number of a list."""
    found = _LAST_WORD.search(before)
    if not found:
        return False
    word = found.group()
    if word.isdigit():
        return (found.start() == 0 and not is_cut) or before[: found.start()].endswith("\n")
    if word.lower() in _SHORT_BEFORE_DIGIT:
        return following.isdigit()
    initials = word != "I" and word.isupper() and all(len(letter) == 1 for letter in word.split("."))
    return initials or word.lower() in _SHORT
