"""Labelled texts: from the columns of a table, or from pasted lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lstm_core.series import short
from lstm_core.sources import Source
from lstm_runs._decoding import decode, title
from lstm_runs._tables import MOST_ROWS, Table

_LOOKED_AT = 2_000  # rows from which columns are guessed
_TEXT = frozenset("text sentence review message content comment body document sms tweet 文本 内容 句子 评论".split())
_LABEL = frozenset("label class category target sentiment topic tag y rating labels 标签 类别 分类".split())
_SPLIT = frozenset("split set part fold subset partition".split())
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Reading(Source):
    """A source, and what a reader should know of how it was read.

    Parameters
    ----------
    notes : tuple of str
        Whole sentences. They belong to the file and not to the data: neither `to_bytes` nor `digest` knows them.
    """

    notes: tuple[str, ...] = ()


def part(called: str, name: str, line: int) -> str:
    """Which part of the data ("train", "validation" or "test") a file means.

    Raises
    ------
    ValueError
        It is called something else.
    """
    found = _PARTS.get(name.strip().lower())
    if found is None:
        raise ValueError(
            f"{called}: expected train, validation or test, got {short(name)} in line {line}; "
            "rename it, or go without a given split"
        )
    return found


def guess_columns(table: Table) -> tuple[str, str, str | None]:
    """Which columns hold the texts, the labels and, if there is one, the split.

    By their names where those say it. Else the text is the column with the longest fields, and the label the one with
    the fewest different values, but at least two.

    Parameters
    ----------
    table : Table

    Returns
    -------
    tuple of (str, str, str or None)

    Raises
    ------
    ValueError
        One column alone.

    Examples
    --------
    >>> from lstm_runs.reading import read_table
    >>> guess_columns(read_table("id,stars,words\\n1,5,very good\\n2,1,very bad\\n3,5,good"))
    ('words', 'stars', None)
    """
    if len(table.columns) < 2:
        raise ValueError(
            f"table: expected a column with texts and one with labels, got {short(table.columns[0])} alone; "
            "separate the columns with commas, semicolons or TABs"
        )
    rows = table.rows[:_LOOKED_AT]
    columns = {name: [row[k].strip() for row in rows] for k, name in enumerate(table.columns)}
    is_split = {
        name: name.lower() in _SPLIT and {v.lower() for v in columns[name]} <= _PARTS.keys() for name in columns
    }
    split = next((name for name in columns if is_split[name]), None) if len(columns) > 2 else None
    left = [name for name in columns if name != split]
    length = {name: sum(map(len, columns[name])) for name in left}
    named = [name for name in left if name.lower() in _TEXT]
    labels = [name for name in left if name.lower() in _LABEL]
    if not named and len(left) > len(labels):  # a column that is called "label" is no text if another can be
        named = [name for name in left if name not in labels]
    text = max(named or left, key=lambda name: length[name])
    kinds = {name: len(set(columns[name])) for name in left if name != text}
    wanted = [name for name in labels if name != text] or list(kinds)
    return text, min(wanted, key=lambda name: (kinds[name] < 2, kinds[name])), split


def to_labelled(table: Table, text: str, label: str, split: str | None = None, name: str = "table") -> Reading:
    """The labelled texts of a table. Rows without a text or a label are left out, with a note that counts them.

    Parameters
    ----------
    table : Table
    text, label : str
        Columns.
    split : str, optional
        Column that says "train", "validation" (or "dev", "valid") or "test" for each row.
    name : str

    Returns
    -------
    Reading
        Of kind "labelled".

    Raises
    ------
    ValueError
        No such column; one column twice; a split of another name; nothing left.
    """
    called = title(name)
    for given, others in ((text, (label, split)), (label, (split,))):
        if given in others:
            raise ValueError(f"{called}: expected different columns, got {short(given)} twice; choose another one")
    columns = zip(table.column(text), table.column(label), strict=True)
    pairs = [(words.strip(), kind.strip()) for words, kind in columns]
    splits: tuple[str, ...] = ()
    if split is not None:
        found = zip(table.column(split), table.lines, pairs, strict=True)
        splits = tuple(part(called, given, line) for given, line, pair in found if all(pair))
    return _labelled(called, pairs, splits, table.notes)


def paste_labelled(text: bytes | str, name: str = "pasted examples") -> Reading:
    r"""Labelled texts, one a line: the label, TAB, the text, or the other way round.

    The side with fewer different values holds the labels; if both have as many, the shorter side does.

    Parameters
    ----------
    text : str
    name : str

    Returns
    -------
    Reading
        Of kind "labelled".

    Raises
    ------
    ValueError
        Anything `decode` refuses; a line without TAB; more than 50,000 lines.

    Examples
    --------
    >>> paste_labelled("a good film\t+\na bad film\t-\na film\t+").labels
    ('+', '-', '+')
    """
    called, decoded = title(name), decode(text, name)
    lines = [(k, line) for k, line in enumerate(decoded.text.split("\n"), start=1) if line.strip()]
    if len(lines) > MOST_ROWS:
        raise ValueError(
            f"{called}: expected at most {MOST_ROWS:,} examples, got {len(lines):,}; keep a random part of them"
        )
    for k, line in lines:
        if "\t" not in line:
            raise ValueError(
                f"{called}: expected a label, TAB and a text in every line, got no TAB in line {k}; "
                "separate the two with TAB"
            )
    # Of several TABs the one next to the label counts: the others belong to the text.
    before = [(words.strip(), kind.strip()) for kind, _, words in (line.partition("\t") for _, line in lines)]
    after = [(words.strip(), kind.strip()) for words, _, kind in (line.rpartition("\t") for _, line in lines)]
    return _labelled(called, min(before, after, key=_spread), (), decoded.notes)


def _spread(pairs: Sequence[tuple[str, str]]) -> tuple[int, int]:
    kinds = {kind for _, kind in pairs}
    return len(kinds), sum(map(len, kinds))


def _labelled(called: str, pairs: Sequence[tuple[str, str]], splits: tuple[str, ...], notes: Iterable[str]) -> Reading:
    kept = [pair for pair in pairs if all(pair)]
    if not kept:
        raise ValueError(f"{called}: expected texts with labels, got none with both; choose other columns or fill them")
    items, labels = zip(*kept, strict=True)
    if len(kept) < len(pairs):
        notes = (*notes, f"{len(pairs) - len(kept):,} of {len(pairs):,} rows have no text or no label: left out.")
    return Reading("labelled", called, items=items, labels=labels, splits=splits, notes=tuple(notes))
