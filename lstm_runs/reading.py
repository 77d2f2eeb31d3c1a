"""What a reader uploads or pastes, as a `Source`: texts, tables, tagged sentences, series of numbers.

    read_text                                        one text
    read_table -> guess_columns -> to_labelled       labelled texts from CSV, TSV or semicolons
    paste_labelled                                   labelled texts, one a line
    read_conll, paste_tagged                         tagged sentences
    read_series                                      numbers

All of it may come from a stranger: every function is linear in what it is given, refuses more than 5 MB, and raises
nothing but ValueError, whose message names the problem and the remedy. What they return is a `Reading`: a `Source` with
notes for the reader. Texts are cleaned (`lstm_core.text.clean`) and hold no NUL.
"""

from __future__ import annotations

from lstm_runs._conll import iob2, paste_tagged, read_conll
from lstm_runs._decoding import LARGEST, decode, title
from lstm_runs._labelled import Reading, guess_columns, paste_labelled, to_labelled
from lstm_runs._numbers import read_series
from lstm_runs._tables import MOST_COLUMNS, MOST_ROWS, Table, read_table

__all__ = [
    "LARGEST",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "Reading",
    "Table",
    "guess_columns",
    "iob2",
    "paste_labelled",
    "paste_tagged",
    "read_conll",
    "read_series",
    "read_table",
    "read_text",
    "title",
    "to_labelled",
]


def read_text(data: bytes | str, name: str = "text") -> Reading:
    r"""One text, for a language model.

    Parameters
    ----------
    data : bytes or str
        UTF-8, UTF-16, UTF-32 or Windows-1252 (Latin-1), told by `lstm_runs._decoding`; or text that was pasted.
    name : str
        What to call it, on the page and in a message.

    Returns
    -------
    Reading
        Of kind "text".

    Raises
    ------
    ValueError
        More than 5 MB; nothing or only white space; NUL characters, a file that is no text; an encoding that cannot be
        told.

    Examples
    --------
    >>> reading = read_text("naïve\r\n".encode("utf-16"), "words.txt")
    >>> reading.text, reading.notes
    ('naïve\n', ('Read as UTF-16. If letters look wrong, save the file as UTF-8.',))
    """
    decoded = decode(data, name)
    return Reading("text", title(name), text=decoded.text, notes=decoded.notes)
