"""Reading: encodings, texts, and what is no text; nothing but ValueError from any bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lstm_core.sources import Source
from lstm_core.text import clean
from lstm_runs import reading
from lstm_runs.reading import (
    LARGEST,
    paste_labelled,
    paste_tagged,
    read_conll,
    read_series,
    read_table,
    read_text,
    title,
    to_labelled,
)

ENGLISH = "“Naïve” cafés open at 7 – but Zoë’s doesn’t.\nIt's £3 for a piñata.\n"
GERMAN = "Größere Bären hätten früher übrig gelassen, was später süß schmeckt.\n"
CHINESE = "我爱读书，一本接一本。\n下雨的时候，他们在家里写一封长信。\n"
RUSSIAN = "Все счастливые семьи похожи друг на друга.\n"

READ = {
    "UTF-8": (CHINESE.encode(), CHINESE, ()),
    "UTF-8 with its mark": (b"\xef\xbb\xbf" + RUSSIAN.encode(), RUSSIAN, ()),
    "UTF-16, little-endian, with its mark": (b"\xff\xfe" + CHINESE.encode("utf-16-le"), CHINESE, "UTF-16"),
    "UTF-16, big-endian, with its mark": (b"\xfe\xff" + ENGLISH.encode("utf-16-be"), ENGLISH, "UTF-16"),
    "UTF-16, little-endian": (ENGLISH.encode("utf-16-le"), ENGLISH, "UTF-16"),
    "UTF-16, big-endian": (GERMAN.encode("utf-16-be"), GERMAN, "UTF-16"),
    "UTF-16, little-endian, Chinese": (CHINESE.encode("utf-16-le"), CHINESE, "UTF-16"),
    "UTF-16, big-endian, Russian": (RUSSIAN.encode("utf-16-be"), RUSSIAN, "UTF-16"),
    "UTF-32": (CHINESE.encode("utf-32"), CHINESE, "UTF-32"),
    "Latin-1": (GERMAN.encode("latin-1"), GERMAN, "Windows-1252"),
    "Windows-1252": (ENGLISH.encode("cp1252"), ENGLISH, "Windows-1252"),
    "Latin-1, one letter": (b"caf\xe9", "café", "Windows-1252"),
    "line ends of Windows": (b"a\r\nb\rc", "a\nb\nc", ()),
    "letters with loose accents": ("e\u0301".encode(), "é", ()),
    "one character": (b"x", "x", ()),
    "an escape sequence in a long text": (b"\x1b" + b"hello " * 9, "\x1b" + "hello " * 9, ()),
    "pasted": ("a\r\nb\ufeff", "a\nb\ufeff", ()),
    "pasted with a mark": ("\ufeffab", "ab", ()),
    "pasted with half a surrogate pair": ("a\ud800b", "a\ufffdb", ()),
    "markup": (b"<script>alert(1)</script>", "<script>alert(1)</script>", ()),
    "a line of one megabyte": (b"ab " * 350_000, "ab " * 350_000, ()),
}


@pytest.mark.parametrize(("data", "text", "encoding"), READ.values(), ids=READ)
def test_a_text_is_read_in_its_encoding_and_the_reader_is_told(data, text, encoding):
    found = read_text(data, "my.txt")
    assert (found.kind, found.name, found.text) == ("text", "my.txt", text)
    assert len(found.notes) == bool(encoding) and all(encoding in note for note in found.notes)


SAVE = "; .*save it as plain text in UTF-8"
REFUSED = {
    "nothing": (b"", "my.txt: expected some text, got nothing; choose another file"),
    "nothing pasted": ("", "expected some text, got nothing; .* type something"),
    "a mark alone": (b"\xef\xbb\xbf", "expected some text, got nothing;"),
    "white space": (b" \t\r\n\x0b", "expected some text, got only white space; choose"),
    "wide white space": ("\u3000\u2028\n", "expected some text, got only white space; choose"),
    "20 MB": (b"a" * 20_000_000, "expected at most 5 MB, got 20.0 MB; cut it and give a part"),
    "one byte more than 5 MB": (b"a" * (LARGEST + 1), r"expected at most 5 MB, got 5.1 MB; cut"),
    "5 million pasted characters of 3 bytes": ("中" * 5_000_000, r"expected at most 5 MB, got 15.0 MB; cut"),
    "NUL bytes in UTF-8": (b"hello\nyou\x00world!", f"expected text, got a NUL character in line 2{SAVE}"),
    "NUL pasted": ("a\x00", f"expected text, got a NUL character in line 1{SAVE}"),
    "NUL bytes": (bytes(range(256)) * 3, f"expected text, got NUL bytes{SAVE}"),
    "controls": (b"\x01\x02\x03\x07abc", f"expected text, got mostly control characters{SAVE}"),
    "UTF-16 cut in the middle": (b"\xff\xfea\x00b", f"expected UTF-16, .* broken character at byte 4{SAVE}"),
    "UTF-16 with half a pair": (b"\xff\xfea\x00\x00\xd8b\x00", f"expected UTF-16, .* broken character at byte 4{SAVE}"),
    "UTF-8 cut in the middle": ("ab\ncdé中".encode()[:-1], f"expected UTF-8, got a broken character in line 2{SAVE}"),
    "UTF-8 with one broken byte": (GERMAN.encode() + b"\xff", f"expected UTF-8, got a broken .* in line 2{SAVE}"),
    "UTF-8, broken at the end of a long text": (
        (RUSSIAN * 2000).encode()[:-3],
        f"expected UTF-8, got a broken character in line 2000{SAVE}",
    ),
    "Russian in Windows-1251": (RUSSIAN.encode("cp1251"), f"got another encoding that cannot be told{SAVE}"),
    "Russian in KOI8-R": (RUSSIAN.encode("koi8-r"), f"got another encoding that cannot be told{SAVE}"),
    "Chinese in GBK": (CHINESE.encode("gbk"), f"got another encoding that cannot be told{SAVE}"),
    "a little Chinese in GBK": (
        "good morning 你好 to you".encode("gbk"),
        f"another encoding that cannot be told{SAVE}",
    ),
    "Japanese in Shift-JIS": ("これはペンです、と彼は言った。".encode("shift-jis"), f"cannot be told{SAVE}"),
    "Greek in ISO 8859-7": ("Μιλάτε ελληνικά".encode("iso8859-7"), f"cannot be told{SAVE}"),
    "one byte": (b"\xe9", f"cannot be told{SAVE}"),
    "random bytes": (random.Random(1).randbytes(5000).replace(b"\0", b"a"), f"cannot be told{SAVE}"),
    "a PDF": (b"%PDF-1.7\n1 0 obj", f"expected text, got a PDF; open it in its own program{SAVE[1:]}"),
    "a Word file": (b"PK\x03\x04\x14\x00\x06\x00", f"got a ZIP archive .*docx.*{SAVE}"),
    "a picture": (b"\x89PNG\r\n\x1a\n", f"got a picture{SAVE}"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("read", [read_text, read_table, read_conll, read_series, paste_labelled, paste_tagged])
def test_what_is_no_text_is_refused_with_the_problem_and_the_remedy(read, data, message):
    with pytest.raises(ValueError, match=f"^my.txt: .*{message.removeprefix('my.txt: ')}") as caught:
        read(data, "my.txt")
    assert type(caught.value) is ValueError


def test_other_things_than_bytes_and_text_are_refused():
    with pytest.raises(ValueError, match="text: expected bytes or text, got int; read the file first"):
        read_text(3)
    assert read_text(bytearray(b"ab")).text == read_text(memoryview(b"ab")).text == "ab"


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_every_text_comes_back_from_every_unicode_encoding(text, encoding):
    text = "a" + text
    data = text.encode(encoding)
    assert read_text(data).text == clean(text)


@given(st.text(st.sampled_from("abcdefghijklmnop eeeeee aaaaaaéèüößñç’—€"), min_size=1))
@example("ß—")  # happens to be UTF-8, which comes first
def test_what_is_read_as_windows_1252_is_right(text):
    data = text.encode("cp1252")
    try:
        found = read_text(data)
    except ValueError:
        return  # few letters, many of them accented: could be anything
    assert found.text == (text if any("Windows" in note for note in found.notes) else data.decode())


PIECES = """\n \t , ; " "" # a 1.5 O B-X 中 é /O -DOCSTART- nan 1e999 #split=train label""".split(" ")
PIECES = [piece.encode() for piece in PIECES] + [
    b" ",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe9",
    b"a b\n",
    b"a O\n",
]
any_bytes = st.binary() | st.lists(st.sampled_from(PIECES)).map(b"".join)


@given(any_bytes)
@example(b",")
@example(b'"')
@example(b'""')
@example(b"a\tb\n\t")
@example(b"#")
@example("1\u2028x".encode())
def test_any_bytes_give_a_source_or_a_message(data):
    def read_labelled(data):
        table = read_table(data, header=len(data) % 2 == 0)
        return to_labelled(table, *reading.guess_columns(table))

    for read in (read_text, read_labelled, read_conll, read_series, paste_labelled, paste_tagged):
        try:
            found = read(data)
        except ValueError as error:
            assert type(error) is ValueError and ": expected " in str(error) and "; " in str(error)
        else:
            assert Source.from_bytes(found.to_bytes()).digest() == found.digest()


HALF = LARGEST // 10  # the time is the same for each megabyte
HUGE = {
    "commas": "a,b\n" + ",," * HALF,
    "blank lines": "a,b\n" + "\n\n" * HALF,
    "blanks": "a\tO\n" + "  " * HALF + "x",
    "tabs": "a\tO\n" + "\t\t" * HALF + "x",
    "quotes": '"' * (2 * HALF + 1),
    "quotes and commas": "a,b\n" + '",' * HALF,
    "quotes in lines": 'a\tb\n"' + '""' * HALF,
    "equal names": "a," * HALF,
    "short lines": "a\n" * HALF,
    "comments": "#\n" * HALF,
    "slashes": "/O" * HALF,
    "digits": "11" * HALF,
    "numbers": "1\n" * HALF,
    "separators": "1" + " ," * HALF,
    "accents": "a" + "\u0301\u0315" * (HALF // 3),
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_no_text_takes_quadratic_time(text):
    # A quadratic reader would not come back within hours.
    for read in (read_text, read_table, read_conll, read_series, paste_labelled, paste_tagged):
        try:
            read(text)
        except ValueError as error:
            assert len(str(error)) < 400


NAMES = {
    "reviews.csv": "reviews.csv",
    "": "text",
    " \n ": "⏎",
    "a\u202egnp.exe": "aU+202Egnp.exe",
    "a" * 99: "a" * 59 + "…",
    "<b>中\ud800": "<b>中\ufffd",
    "a b": "a b",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=map(ascii, NAMES))
def test_the_name_of_a_file_is_one_visible_line(name, shown):
    assert title(name) == shown == read_text(b"x", name).name


def test_notes_belong_to_the_file_and_not_to_the_data():
    one, two = read_text(GERMAN.encode()), read_text(GERMAN.encode("latin-1"))
    assert one.notes != two.notes and one.digest() == two.digest()
    assert Source.from_bytes(two.to_bytes()).text == GERMAN


def test_all_names_are_in_one_place():
    assert all(hasattr(reading, exported) for exported in reading.__all__)
