"""From the bytes of an upload to text: which encoding it is in, and what is no text at all.

The order: a byte order mark says the encoding; else UTF-8, which other encodings almost never pass for; else UTF-16 by
its NUL bytes; else Windows-1252 (Latin-1 with the quotation marks that Windows adds), where the bytes look like a
Western European language. Cyrillic, Greek, Chinese and Japanese code pages are refused, not guessed. Those for Polish,
Czech or Turkish look the same as Windows-1252: the note on the encoding is there for that.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import NamedTuple

from lstm_core.text import clean, iter_graphemes, sign

LARGEST = 5_000_000  # bytes of one upload, or of what was pasted
LONGEST_TITLE = 60  # characters

_AROUND = 50_000  # bytes on both sides of a broken character that are looked at
_MARKS = (  # UTF-32 first: its mark begins like the one of UTF-16
    (b"\xff\xfe\x00\x00", "UTF-32", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "UTF-32", "utf-32-be"),
    (b"\xef\xbb\xbf", "UTF-8", "utf-8"),
    (b"\xff\xfe", "UTF-16", "utf-16-le"),
    (b"\xfe\xff", "UTF-16", "utf-16-be"),
)
_KINDS = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive (.docx, .xlsx and .odt files are such)",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF89a": "a picture",
    b"{\\rtf": "a Rich Text file",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
    b"SQLite format 3": "a database",
}
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})  # controls, unassigned, private, surrogates
_SAVE = "save it as plain text in UTF-8 (in a spreadsheet: CSV UTF-8)"


class Decoded(NamedTuple):
    """A text, and the encoding it came in: "UTF-8", "UTF-16", "UTF-32", "Windows-1252", or "" for what was pasted."""

    text: str
    encoding: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of it."""
        plain = self.encoding in ("", "UTF-8")
        return () if plain else (f"Read as {self.encoding}. If letters look wrong, save the file as UTF-8.",)


def decode(data: bytes | str, name: str = "text") -> Decoded:
    r"""The text of an upload, or of what was pasted, cleaned as `lstm_core.text.clean` does.

    Parameters
    ----------
    data : bytes or str
        At most 5 MB.
    name : str
        What to call it in a message.

    Returns
    -------
    Decoded

    Raises
    ------
    ValueError
        Too large; empty or only white space; NUL bytes or many control characters; a PDF, a ZIP archive or another
        known kind of file; an encoding that cannot be told.

    Examples
    --------
    >>> decode("Grüße\r\n".encode("utf-16")).text, decode("ein schöner Tag".encode("latin-1")).encoding
    ('Grüße\n', 'Windows-1252')
    """
    called = title(name)
    if not isinstance(data, (bytes, bytearray, memoryview, str)):
        raise ValueError(f"{called}: expected bytes or text, got {type(data).__name__}; read the file first")
    _check_size(called, len(data))
    if isinstance(data, str):
        text, encoding = data, ""
        _check_size(called, len(text.encode(errors="replace")))
    else:
        text, encoding = _from_bytes(called, bytes(data))
    text = clean(text.lstrip("\ufeff"))
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ValueError(f"{called}: expected text, got a NUL character in line {line}; remove it, or {_SAVE}")
    controls = sum(text.count(c) for c in set(text) if unicodedata.category(c) == "Cc" and not c.isspace())
    if controls * 20 > len(text):
        raise ValueError(f"{called}: expected text, got mostly control characters; {_SAVE}")
    if not text.strip():
        found = "only white space" if text else "nothing"
        raise ValueError(f"{called}: expected some text, got {found}; choose another file or type something")
    return Decoded(text, encoding)


def title(name: str) -> str:
    r"""The name of an upload as it is shown: one line, nothing invisible, at most 60 characters.

    Examples
    --------
    >>> title("my\nfile.csv"), title("")
    ('my⏎file.csv', 'text')
    """
    signs = [token if token == " " else sign(token) for token in iter_graphemes(clean(name[: 4 * LONGEST_TITLE]))]
    shown = "".join(signs).strip()
    return (shown if len(shown) <= LONGEST_TITLE else shown[: LONGEST_TITLE - 1] + "…") or "text"


def _check_size(called: str, size: int) -> None:
    if size > LARGEST:
        megabytes = math.ceil(size / 1e5) / 10
        raise ValueError(
            f"{called}: expected at most {LARGEST // 10**6} MB, got {megabytes} MB; cut it and give a part of it, "
            "a small net learns as much from 1 MB"
        )


def _from_bytes(called: str, data: bytes) -> Decoded:
    for mark, encoding, codec in _MARKS:
        if data.startswith(mark):
            try:
                return Decoded(data[len(mark) :].decode(codec), encoding)
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{called}: expected {encoding}, as its first bytes say, got a broken character "
                    f"at byte {error.start + len(mark)}; {_SAVE}"
                ) from None
    kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)
    if kind:
        raise ValueError(f"{called}: expected text, got {kind}; open it in its own program and {_SAVE}")
    return _guess(called, data)


def _guess(called: str, data: bytes) -> Decoded:
    """UTF-8, else what the bytes look like."""
    utf8, broken = None, -1
    try:
        utf8 = data.decode()
    except UnicodeDecodeError as error:
        broken = error.start
    zeros = data.count(0)
    # A stray NUL in a text makes no UTF-16 of it, although nearly any bytes are Chinese characters in UTF-16.
    is_strange = utf8 is None or 5 * zeros >= len(data) or not _is_plausible(utf8.replace("\x00", ""))
    if zeros and is_strange and (text := _utf16(data)):
        return Decoded(text, "UTF-16")
    if utf8 is not None:
        return Decoded(utf8, "UTF-8")
    if zeros:
        raise ValueError(f"{called}: expected text, got NUL bytes; it may be no text file, else {_SAVE}")
    around = data[max(0, broken - _AROUND) : broken + _AROUND]
    kept = around.decode(errors="ignore").encode()
    if 2 * _above_ascii(kept) >= _above_ascii(around):  # by chance other encodings hold very few such sequences
        line = data.count(b"\n", 0, broken) + 1
        raise ValueError(f"{called}: expected UTF-8, got a broken character in line {line}; remove it, or {_SAVE}")
    if text := _windows(data):
        return Decoded(text, "Windows-1252")
    raise ValueError(f"{called}: expected UTF-8, got another encoding that cannot be told; {_SAVE}")


def _utf16(data: bytes) -> str | None:
    """The text in the byte order that gives real characters; of two such, the one with more of ASCII."""
    found = []
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if _is_plausible(text):
            found.append((sum(text.count(c) for c in set(text) if c.isascii()), text))
    return max(found)[1] if found else None


def _windows(data: bytes) -> str | None:
    """The text if it looks Western European: few bytes above ASCII, hardly ever four of them in a row."""
    high = _above_ascii(data)
    in_a_row = len(re.findall(rb"[\xa1-\xff]{4,}", data))
    if 3 * high > len(data.translate(None, b" \t\r\n")) or 100 * in_a_row > high:
        return None
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:  # five of its bytes mean nothing
        return None
    return text if _is_plausible(text) else None


def _is_plausible(text: str) -> bool:
    return not any(unicodedata.category(c) in _NO_TEXT and not c.isspace() for c in set(text))


def _above_ascii(data: bytes) -> int:
    return len(data) - len(data.translate(None, bytes(range(128, 256))))
