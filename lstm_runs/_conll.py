"""Tagged sentences: columns as in the CoNLL shared tasks, or words with a tag behind a slash.

Whatever scheme the tags are in (IOB1, IOB2, IOBES, BMES, BILOU), they leave as IOB2: B- begins an entity, I- goes on
with it, O is outside. See Ratinov and Roth (2009), "Design challenges and misconceptions in named entity recognition",
and Tjong Kim Sang and Veenstra (1999), "Representing text chunks".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lstm_core.series import short
from lstm_runs._decoding import decode, title
from lstm_runs._labelled import Reading, part

LONGEST_SENTENCE = 2_000  # tokens

_TAG = re.compile(r"[BIESLUM]-\S.*")
_BLANKS = re.compile(r"[ \t]+")
_SPLIT = re.compile(r"#\s*split\s*[=:]\s*(\S+)\s*", re.IGNORECASE)
_DOCUMENT = "-DOCSTART-"
_ENDS = frozenset("ESLU")  # prefixes of the last token of an entity
_STARTS = frozenset("BSU")


class _Sentence(NamedTuple):
    line: int  # where it begins
    split: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


def read_conll(data: bytes | str, name: str = "tagged sentences") -> Reading:
    r"""Tagged sentences from columns: a token a line, the token first, its tag last, a blank line between sentences.

    Columns are separated by TAB, or by blanks where the first line has no TAB. Lines that begin with # are comments
    unless they have as many columns as the others and end in a tag; "# split = train" says where the sentences below it
    belong. -DOCSTART- lines end a sentence and are left out.

    Parameters
    ----------
    data : bytes or str
    name : str
        What to call it in a message.

    Returns
    -------
    Reading
        Of kind "tagged", with tags in IOB2.

    Raises
    ------
    ValueError
        Anything `decode` refuses; with its line: a tag that is none, other columns than in the lines before, an unknown
        split, a sentence of more than 2,000 tokens; no tokens at all.

    Examples
    --------
    >>> reading = read_conll("Anna I-PER\nMay I-PER\nleft O\n\nOslo S-LOC\n")
    >>> reading.tags, reading.notes
    ((('B-PER', 'I-PER', 'O'), ('B-LOC',)), ('Tags rewritten in IOB2: 2.',))
    """
    called, decoded = title(name), decode(data, name)
    return _reading(called, _from_columns(called, decoded.text.split("\n")), decoded.notes)


def paste_tagged(text: bytes | str, name: str = "pasted sentences") -> Reading:
    """Tagged sentences: a sentence a line, each word with its tag behind a slash, or columns as for `read_conll`.

    Parameters
    ----------
    text : str
    name : str

    Returns
    -------
    Reading
        Of kind "tagged", with tags in IOB2.

    Raises
    ------
    ValueError
        As `read_conll`.

    Examples
    --------
    >>> paste_tagged("Anna/B-PER left/O\\nOslo/B-LOC won/O").sentences
    (('Anna', 'left'), ('Oslo', 'won'))
    """
    called, decoded = title(name), decode(text, name)
    lines = decoded.text.split("\n")
    first = next(line for line in lines if line.strip())
    if not all(_is_tag(word.rpartition("/")[2]) and "/" in word for word in first.split()):
        return _reading(called, _from_columns(called, lines), decoded.notes)
    return _reading(called, _from_slashes(called, lines), decoded.notes)


def iob2(tags: Sequence[str]) -> tuple[str, ...]:
    """The same entities in IOB2: every entity begins with B-, its other words have I-.

    A word begins an entity if its own tag or the one before says so: B-, S- or U- here, or before it O, another type,
    the end of an entity (E-, L-, S-, U-) or nothing.

    Parameters
    ----------
    tags : sequence of str
        Of one sentence, in IOB1, IOB2, IOBES, BMES or BILOU.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> iob2(["I-PER", "I-PER", "B-PER", "O", "S-LOC"])
    ('B-PER', 'I-PER', 'B-PER', 'O', 'B-LOC')
    """
    found, open_kind = [], ""
    for tag in tags:
        prefix, _, kind = tag.partition("-")
        if not kind:
            found.append("O")
        else:
            found.append(f"{'B' if prefix in _STARTS or kind != open_kind else 'I'}-{kind}")
        open_kind = "" if prefix in _ENDS else kind
    return tuple(found)


def _from_columns(called: str, lines: Sequence[str]) -> Iterator[_Sentence]:
    has_tabs = "\t" in next((line for line in lines if line.strip() and not line.startswith(("#", _DOCUMENT))), "")
    words: list[str] = []
    tags: list[str] = []
    split, width, begin = "", 0, 1
    for number, line in enumerate([*lines, ""], start=1):
        stripped = line.strip(" \t")
        columns = [c.strip(" ") for c in stripped.split("\t")] if has_tabs else _BLANKS.split(stripped)
        is_comment = line.startswith("#") and not (len(columns) == width and _is_tag(columns[-1]))
        if is_comment or not stripped or stripped.startswith(_DOCUMENT):
            if words and not (is_comment and not _SPLIT.fullmatch(line)):
                yield _Sentence(begin, split, tuple(words), tuple(tags))
                words, tags = [], []
            if is_comment and (found := _SPLIT.fullmatch(line)):
                split = part(called, found[1], number)
            continue
        width = width or len(columns)
        _check_line(called, number, columns, width)
        begin = begin if words else number
        words.append(columns[0])
        tags.append(columns[-1])


def _check_line(called: str, line: int, columns: Sequence[str], width: int) -> None:
    if len(columns) == 1:
        raise ValueError(
            f"{called}: expected a word and a tag in line {line}, got {short(columns[0])} alone; "
            "add its tag, O for a word outside of names"
        )
    if len(columns) != width:
        raise ValueError(
            f"{called}: expected {width} columns in line {line}, as in the lines before, got {len(columns)}; "
            "separate the columns with TAB, and sentences with a blank line"
        )
    if not _is_tag(columns[-1]):
        raise _broken(called, line, columns[-1])


def _from_slashes(called: str, lines: Iterable[str]) -> Iterator[_Sentence]:
    for number, line in enumerate(lines, start=1):
        pairs = [word.rpartition("/") for word in line.split()]
        for word, _, tag in pairs:
            if not word or not _is_tag(tag):
                raise _broken(called, number, tag)
        if pairs:
            yield _Sentence(number, "", tuple(word for word, _, _ in pairs), tuple(tag for _, _, tag in pairs))


def _is_tag(tag: str) -> bool:
    return tag == "O" or _TAG.fullmatch(tag) is not None


def _broken(called: str, line: int, tag: str) -> ValueError:
    return ValueError(
        f"{called}: expected a tag such as O, B-PER or I-PER in line {line}, got {short(tag)}; "
        "write B- before the type for the first word of a name, I- for its other words, O elsewhere"
    )


def _reading(called: str, sentences: Iterable[_Sentence], notes: tuple[str, ...]) -> Reading:
    found = list(sentences)
    if not found:
        raise ValueError(f"{called}: expected words with tags, got none; write a word and its tag in every line")
    for sentence in found:
        if len(sentence.words) > LONGEST_SENTENCE:
            raise ValueError(
                f"{called}: expected sentences of at most {LONGEST_SENTENCE:,} words, got {len(sentence.words):,} from "
                f"line {sentence.line} on; put a blank line between sentences"
            )
    splits = tuple(sentence.split for sentence in found)
    if any(splits) and "" in splits:
        raise ValueError(
            f"{called}: expected a split for every sentence, got none for the one in line "
            f"{found[splits.index('')].line}; begin the file with a line such as # split = train"
        )
    tags = tuple(iob2(sentence.tags) for sentence in found)
    changed = sum(new != old for s, row in zip(found, tags, strict=True) for new, old in zip(row, s.tags, strict=True))
    return Reading(
        "tagged",
        called,
        sentences=tuple(sentence.words for sentence in found),
        tags=tags,
        splits=splits if any(splits) else (),
        notes=(*notes, f"Tags rewritten in IOB2: {changed:,}.") if changed else notes,
    )
