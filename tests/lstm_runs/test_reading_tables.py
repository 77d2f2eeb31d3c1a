"""Tables and labelled texts: delimiters, headers, quotes, columns."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_runs.reading import guess_columns, paste_labelled, read_table, to_labelled

DELIMITED = {
    "commas": ("text,label\na b,1\nc,0\n", ","),
    "semicolons": ("text;label\nyes, no, maybe;1\nno, thanks;0\n", ";"),
    "TABs": ("text\tlabel\nwell, yes; no\t1\nwell\t0\n", "\t"),
    "semicolons with decimal commas": ("1,5;2,5\n3,5;4,5\n", ";"),
    "commas within quotes": ('"a;b;c","x"\n"d;e;f","y"\n"g","z"\n', ","),
    "commas, with line ends in quotes": ('text,label\n"one\ntwo; three",1\n', ","),
    "one column": ("text\nhello\nyou\n", ""),
    "Windows line ends": ("a,b\r\n1,2\r\n", ","),
    "blank lines before it": ("\n\n a;b\n1;2\n", ";"),
    "no line end at the end": ("a\tb\n1\t2", "\t"),
}


@pytest.mark.parametrize(("text", "delimiter"), DELIMITED.values(), ids=DELIMITED)
def test_the_delimiter_is_the_one_that_the_rows_agree_on(text, delimiter):
    found = read_table(text)
    assert found.delimiter == delimiter and len(found.columns) == (2 if delimiter else 1)
    assert all(len(row) == len(found.columns) for row in found.rows)


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cc", "Cs"))
) | st.sampled_from(['"', '""', ",", ";", "\n", "a\nb", 'say "hi"', "", " ", "=1+1", "'", "\u2028", "é中🙂"])
tables = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(st.just("x"), *[cells] * width), min_size=1))


@given(tables, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
def test_what_csv_writes_is_read_again(rows, delimiter, end):
    names = [f"n{k}" for k in range(len(rows[0]))]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=end).writerows([names, *rows])
    found = read_table(file.getvalue())
    assert list(found.rows) == [tuple(unicodedata.normalize("NFC", cell) for cell in row) for row in rows]
    assert found.delimiter == delimiter


def test_a_row_knows_its_line_also_behind_fields_of_several_lines():
    found = read_table('text,label\n\n"a\nb\nc",1\n , \nd,0\n')
    assert found.rows == (("a\nb\nc", "1"), ("d", "0"))
    assert found.lines == (3, 7)
    assert found.notes == ("Empty rows left out: 1.",)


def test_columns_without_a_name_get_their_number_and_a_note():
    found = read_table(",text, the  label ,\n0,a,x,\n1,b,y,\n")
    assert found.columns == ("column 1", "text", "the label", "column 4")
    assert found.notes == ("Without a name in the header: column 1, column 4.",)
    assert found.column("the label") == ["x", "y"]


def test_a_table_without_a_header_keeps_its_first_row():
    found = read_table("a,1\na,1\n", header=False)
    assert found.columns == ("column 1", "column 2") and found.rows == (("a", "1"), ("a", "1")) and not found.notes


def test_a_file_with_tabs_may_have_quotes_that_never_close():
    found = read_table('label\ttext\nham\t"Where are you\nspam\twin 5" screens\t\n'.replace("\t\n", "\n"))
    assert found.rows == (("ham", '"Where are you'), ("spam", 'win 5" screens'))
    assert found.notes == ("Quotes are read as ordinary characters.",)


def test_a_field_may_be_longer_than_csv_allows_and_the_limit_stays_as_it_was():
    before = csv.field_size_limit()
    found = read_table('text,label\n"' + "ab " * 300_000 + '",1\n')
    assert len(found.rows[0][0]) == 900_000
    with pytest.raises(ValueError, match="quotes"):
        read_table('a,b\n"')
    assert csv.field_size_limit() == before == 131_072


def test_other_encodings_are_told_in_the_notes():
    assert "UTF-16" in read_table("text,label\na,b\n".encode("utf-16")).notes[0]


PAIRS = "double quotes in pairs around a whole field, got one in line"
BAD_TABLES = {
    "a header alone": ("text,label\n", "t.csv: expected rows of a table, got the header alone; add rows"),
    "empty fields": (",,\n,\n", "expected rows of a table, got empty fields; fill them in"),
    "a name twice": (
        "a,text,a\n1,2,3\n",
        "expected a different name for each column, got 'a' for columns 1 and 3; rename",
    ),
    "a name that a nameless column gets": ("column 2,\n1,2\n", "got 'column 2' for columns 1 and 2; rename"),
    "65 columns": (",".join(map(str, range(65))) + "\n", "expected at most 64 columns, got 65 in line 1; keep"),
    "a name of 201 characters": ("a" * 201 + ",b\n1,2", "of at most 200 characters .* got 201 for column 1; shorten"),
    "a short row": ("a,b,c\n1,2,3\n\n4,5\n", "expected 3 fields in every row, .* got 2 in line 4; complete the row"),
    "a long row": ("a,b\n1,2\nyes, no,1\n", "expected 2 fields .* got 3 in line 3; put double quotes .* a comma"),
    "a long row of semicolons": ("a;b\n1;2\n1;2;3\n", "got 3 in line 3; put double quotes .* a semicolon"),
    "a quote that is never closed": ('a,b\n1,2\n3,"4\n5,6\n', f"{PAIRS} 3 that is not closed at its end; close it"),
    "the same after quotes in pairs": ('a,b\n"1 ""x""",2\n3,"4""\n5,6\n', f"{PAIRS} 3 that is not closed"),
    "a quote in a field of several lines": ('a,b\n"x\ny","z\n5,6\n', f"{PAIRS} 3 that is not closed"),
    "text behind a quote": ('a,b\n"x\ny" z,1\n', f"{PAIRS} 2 that is not closed at its end"),
    "a quote alone": ('"', f"{PAIRS} 1 that"),
    "a quote in the header": ('a,"b\n1,2\n', f"{PAIRS} 1 that"),
    "50,001 rows": ("a,b\n" + "1,2\n" * 50_001, "expected at most 50,000 rows, got more; keep a random part"),
}


@pytest.mark.parametrize(("text", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_that_does_not_add_up_is_refused_with_the_line(text, message):
    with pytest.raises(ValueError, match=message.removeprefix("t.csv: ")) as caught:
        read_table(text, "t.csv")
    assert str(caught.value).startswith("t.csv: ")


def test_50_000_rows_are_read_with_a_header_or_without():
    assert len(read_table("a,b\n" + "1,2\n" * 50_000).rows) == 50_000
    assert len(read_table("1,2\n" * 50_000, header=False).rows) == 50_000
    with pytest.raises(ValueError, match="at most 50,000 rows"):
        read_table("1,2\n" * 50_001, header=False)


GUESSED = {
    "by their names": ("Label,Text\nshort,x\nshort,y\nlonger one,z\n", ("Text", "Label", None)),
    "by length and number of values": ("k,u,v\n1,pos,nice film\n2,neg,bad film\n3,pos,film\n", ("v", "u", None)),
    "a given split": ("split,text,label\ntrain,a,1\ntest,b,0\ndev,c,1\n", ("text", "label", "split")),
    "a column of that name with other values": ("part,text,label\n1,a,1\n2,b,0\n", ("text", "label", None)),
    "one value is no label": ("a,b,c\nx,1,this is text\nx,2,and more of it\nx,2,and more\n", ("c", "b", None)),
    "Chinese names": ("标签,文本\n好,很好看\n坏,难看\n", ("文本", "标签", None)),
    "two columns": ("x,y\nlong text one,p\nlong text two,q\n", ("x", "y", None)),
    "two columns, one of them a label by name": ("label,words\na long label indeed,w\nb,v\n", ("words", "label", None)),
    "two columns, one of them a split by name": ("split,text\ntrain,aaaaaaa\ntest,b\n", ("text", "split", None)),
    "two columns of texts by name": ("text,sentence\na,bbbbb\nc,ddd\n", ("sentence", "text", None)),
    "two columns of labels by name": ("label,category\nx,longer\ny,longest\n", ("category", "label", None)),
}


@pytest.mark.parametrize(("text", "columns"), GUESSED.values(), ids=GUESSED)
def test_columns_are_guessed_from_names_and_values(text, columns):
    assert guess_columns(read_table(text)) == columns


def test_a_single_column_cannot_be_labelled_texts():
    with pytest.raises(
        ValueError, match=r"expected a column with texts and one with labels, got 'text' alone; separate"
    ):
        guess_columns(read_table("text\na\nb\n"))


def test_rows_without_text_or_label_are_left_out_and_counted():
    table = read_table("text,label,part\n a ,x,train\n,x,?\nb, ,nowhere\n\nc,y , Dev\nd,x,TEST\n", "t.csv")
    found = to_labelled(table, "text", "label", "part", "t.csv")
    assert (found.kind, found.name) == ("labelled", "t.csv")
    assert found.items == ("a", "c", "d") and found.labels == ("x", "y", "x")
    assert found.splits == ("train", "validation", "test")
    assert found.notes == ("2 of 5 rows have no text or no label: left out.",)
    assert to_labelled(table, "text", "label").splits == ()


BAD_CHOICES = {
    "no such column": (("text", "class"), "column: expected one of 'text', 'label', 'part', got 'class'; choose"),
    "one column twice": (("text", "text"), "t.csv: expected different columns, got 'text' twice; choose"),
    "the split is the label": (("text", "label", "label"), "expected different columns, got 'label' twice; choose"),
    "an unknown part": (("text", "label", "part"), "expected train, validation or test, got 'later' in line 4; rename"),
    "nothing left": (("empty", "label"), "t.csv: expected texts with labels, got none with both; choose"),
}


@pytest.mark.parametrize(("columns", "message"), BAD_CHOICES.values(), ids=BAD_CHOICES)
def test_columns_that_do_not_fit_are_refused(columns, message):
    table = read_table('text,label,part,empty\n"a\nb",x,train,\nc,y,later,\n')
    with pytest.raises(ValueError, match=message.replace("'part', got", "'part', 'empty', got")):
        to_labelled(table, *columns, name="t.csv")


PASTED = {
    "labels first": ("+\tgood film\n-\tbad film\n+\tfilm\n", "+-+", ("good film", "bad film", "film")),
    "labels last": ("good film\t+\nbad film\t-\nfilm\t+", "+-+", ("good film", "bad film", "film")),
    "as many texts as labels": ("good\t+\nbad\t-\n", "+-", ("good", "bad")),
    "TABs in the text": ("a\tb\t+\nc\td\t-\ne\tf\t-\n", "+--", ("a\tb", "c\td", "e\tf")),
    "TABs in the text, labels first": ("+\ta\tb\n-\tc\td\n-\te\tf\n", "+--", ("a\tb", "c\td", "e\tf")),
    "blank lines": ("\n+\ta\n\n \n-\tb\n", "+-", ("a", "b")),
}


@pytest.mark.parametrize(("text", "labels", "items"), PASTED.values(), ids=PASTED)
def test_pasted_labels_stand_on_the_side_with_fewer_values(text, labels, items):
    found = paste_labelled(text)
    assert (found.kind, found.labels, found.items) == ("labelled", tuple(labels), items)


def test_a_pasted_line_without_a_label_is_left_out():
    assert paste_labelled("+\tgood\n\tbad\n-\tugly\n").notes == ("1 of 3 rows have no text or no label: left out.",)


BAD_PASTED = {
    "no TAB": ("+\ta\n\n- b\n", "expected a label, TAB and a text in every line, got no TAB in line 3; separate"),
    "nothing with both": ("\ta\n\tb\n", "expected texts with labels, got none with both; choose"),
    "50,001 lines": ("+\ta\n" * 50_001, "expected at most 50,000 examples, got 50,001; keep"),
}


@pytest.mark.parametrize(("text", "message"), BAD_PASTED.values(), ids=BAD_PASTED)
def test_pasted_lines_that_are_no_examples_are_refused(text, message):
    with pytest.raises(ValueError, match=f"my lines: {message}"):
        paste_labelled(text, "my lines")
