"""Tables of text: which delimiter they use, a header that is checked first, rows of equal length.

The standard library's csv does the splitting, in strict mode. What comes before it looks at some lines and no more, and
a header is checked before the rows are read, so that no file is slow to refuse.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from lstm_core.series import short
from lstm_runs._decoding import LARGEST, decode, title

MOST_COLUMNS = 64
MOST_ROWS = 50_000
LONGEST_NAME = 200  # characters of a column's name

_DELIMITERS = "\t;,"  # of two that fit alike the first: a comma may be part of a number or of a sentence
_NAMES = {"\t": "TAB", ";": "semicolon", ",": "comma", "": "comma"}
_SAMPLE = 64 * 2**10  # characters from which the delimiter is told
_SAMPLE_ROWS = 50
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of text under named columns.

    Parameters
    ----------
    columns : tuple of str
        All different.
    rows : tuple of tuple of str
        A field for each column.
    lines : tuple of int
        The line of the file in which each row begins, counted from 1.
    delimiter : str
        TAB, semicolon or comma; empty where there is one column.
    notes : tuple of str
        What a reader should know: the encoding, unnamed columns, empty rows.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """The fields of a column.

        Raises
        ------
        ValueError
            There is no such column.
        """
        if name not in self.columns:
            names = ", ".join(short(column) for column in self.columns[:8])
            raise ValueError(f"column: expected one of {names}, got {short(name)}; choose one of the table's columns")
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def read_table(data: bytes | str, name: str = "table", *, header: bool = True) -> Table:
    r"""The table in a CSV or TSV file, or in one with semicolons.

    The delimiter is the one that the rows agree on. Double quotes are read as in RFC 4180; a file with TABs whose
    quotes do not fit that is read with its quotes as ordinary characters. Rows with nothing in them are left out.

    Parameters
    ----------
    data : bytes or str
    name : str
        What to call it in a message.
    header : bool
        Whether the first row holds the names of the columns; else they are "column 1" and so on.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        Anything `decode` refuses; more than 64 columns or 50,000 rows, no rows; two columns of one name; rows of
        different length; quotes that are never closed. The message names the line.

    References
    ----------
    RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files".

    Examples
    --------
    >>> table = read_table('text;label\n"good; really";1\nbad;0\n')
    >>> table.columns, table.rows
    (('text', 'label'), (('good; really', '1'), ('bad', '0')))
    """
    called, decoded = title(name), decode(data, name)
    delimiter = _delimiter(decoded.text)
    records, quote_note = _records(called, decoded.text, delimiter)
    full = [(line, record) for line, record in records if any(field.strip() for field in record)]
    rows = full[1:] if header else full
    if not rows:
        got = "the header alone; add rows, or say that there is no header" if full else "empty fields; fill them in"
        raise ValueError(f"{called}: expected rows of a table, got {got}")
    columns, name_note = _names(called, full[0][1], header)
    if len(rows) > MOST_ROWS:
        raise _too_many(called)
    for line, record in rows:
        if len(record) != len(columns):
            few, many = "complete the row", f"put double quotes around a field that holds a {_NAMES[delimiter]}"
            raise ValueError(
                f"{called}: expected {len(columns)} fields in every row, as in the first, got {len(record):,} in "
                f"line {line}; {few if len(record) < len(columns) else many}"
            )
    blank = len(records) - len(full)
    blank_note = f"Empty rows left out: {blank:,}." if blank else ""
    notes = decoded.notes + tuple(filter(None, (quote_note, name_note, blank_note)))
    return Table(columns, tuple(tuple(row) for _, row in rows), tuple(line for line, _ in rows), delimiter, notes)


def _delimiter(text: str) -> str:
    """The delimiter on whose number the first rows agree with the very first; none in that: one column."""
    sample = re.sub(r'"[^"]*"', '""', text[:_SAMPLE])  # what is in quotes divides nothing
    rows = [row for row in sample.split("\n")[: 2 * _SAMPLE_ROWS] if row.strip()][:_SAMPLE_ROWS]
    if not rows:  # the text begins with very many blanks
        return ""
    agreeing = {d: sum(row.count(d) == rows[0].count(d) for row in rows) for d in _DELIMITERS if d in rows[0]}
    return max(agreeing, key=lambda d: agreeing[d], default="")


def _records(called: str, text: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], str]:
    """The rows that are not blank, with the line in which each begins; a note on the quotes if one is needed."""
    with _long_fields():
        try:
            return list(_parsed(called, text, delimiter or ",")), ""
        except csv.Error:
            if delimiter == "\t":  # many such files have never heard of quoting
                note = "Quotes are read as ordinary characters."
                return list(_parsed(called, text, delimiter, csv.QUOTE_NONE)), note
    line = _bad_quote(text, delimiter or ",")
    raise ValueError(
        f"{called}: expected double quotes in pairs around a whole field, got one in line {line} that is not closed at "
        'its end; close it, and write "" for a quote inside quotes'
    )


def _parsed(
    called: str, text: str, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, quoting=quoting, strict=True)
    begin, count = 1, 0
    for record in reader:
        if not record:  # a blank line
            begin = reader.line_num + 1
            continue
        if not count and len(record) > MOST_COLUMNS:
            raise ValueError(
                f"{called}: expected at most {MOST_COLUMNS} columns, got {len(record):,} in line {begin}; "
                "keep the columns with the texts and the labels"
            )
        count += 1
        if count > MOST_ROWS + 1:
            raise _too_many(called)
        yield begin, record
        begin = reader.line_num + 1


def _too_many(called: str) -> ValueError:
    return ValueError(f"{called}: expected at most {MOST_ROWS:,} rows, got more; keep a random part of them")


@contextmanager
def _long_fields() -> Iterator[None]:
    """Fields as long as a file may be. The limit belongs to the whole process: it is put back, and one thread at a
    time has it."""
    with _LOCK:
        before = csv.field_size_limit(4 * LARGEST)  # cleaning may make a text longer
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _bad_quote(text: str, delimiter: str) -> int:
    """The line of the first field that begins with a quote and does not end with one."""
    start = re.compile(f'(?:^|{delimiter})"', re.MULTILINE)
    whole = re.compile(rf'"[^"]*+(?:""[^"]*+)*+"(?={delimiter}|\n|\Z)')  # possessive: linear also where it fails
    place = 0
    while opening := start.search(text, place):
        field = whole.match(text, opening.end() - 1)
        if field is None:
            return text.count("\n", 0, opening.end()) + 1
        place = field.end()
    return text.count("\n") + 1


def _names(called: str, record: Sequence[str], header: bool) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and a note on those that had none."""
    given = [" ".join(field.split()) if header else "" for field in record]
    names = tuple(name or f"column {k}" for k, name in enumerate(given, start=1))
    for k, name in enumerate(names):
        if len(name) > LONGEST_NAME:
            raise ValueError(
                f"{called}: expected names of columns of at most {LONGEST_NAME} characters in the first row, got "
                f"{len(name):,} for column {k + 1}; shorten it, or say that there is no header"
            )
        if (first := names.index(name)) < k:
            raise ValueError(
                f"{called}: expected a different name for each column, got {short(name)} for columns {first + 1} and "
                f"{k + 1}; rename one, or say that there is no header"
            )
    unnamed = [name for name, own in zip(names, given, strict=True) if not own] if header else []
    return names, f"Without a name in the header: {', '.join(unnamed)}." if unnamed else ""
