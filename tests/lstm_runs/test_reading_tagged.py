"""Tagged sentences: columns, schemes of tags, comments; and what is broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.metrics import entities
from lstm_runs.reading import iob2, paste_tagged, read_conll

BASIC = "Anna\tB-PER\nMay\tI-PER\nleft\tO\n\n\nOslo\tB-LOC\n"
SENTENCES = (("Anna", "May", "left"), ("Oslo",))
TAGS = (("B-PER", "I-PER", "O"), ("B-LOC",))

FORMS = {
    "TABs": BASIC,
    "blanks": BASIC.replace("\t", "  "),
    "blanks around lines": BASIC.replace("\t", " ").replace("\n", " \n"),
    "four columns, as in 2003": BASIC.replace("\t", " NN I-NP "),
    "Windows line ends": BASIC.replace("\n", "\r\n"),
    "no line end at the end": BASIC.strip(),
    "document marks": f"-DOCSTART- -X- -X- O\n\n{BASIC}",
    "a document mark between sentences": BASIC.replace("\n\n\n", "\n-DOCSTART-\tO\n"),
    "comments": f"# sent_id = 1\n#B-PER\n{BASIC}# the end\n",
    "a comment within a sentence": BASIC.replace("left", "# text = B-PER O\nleft"),
    "a long comment that ends in a tag": f"# this is no tag: O\n{BASIC}",
    "lines of blanks": BASIC.replace("\n\n", "\n \t \n"),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_sentences_are_read_from_columns(text):
    found = read_conll(text.encode(), "names.conll")
    assert (found.kind, found.name) == ("tagged", "names.conll")
    assert (found.sentences, found.tags, found.splits, found.notes) == (SENTENCES, TAGS, (), ())


def test_words_may_hold_blanks_where_tabs_separate_and_may_be_a_hash():
    found = read_conll("New York\tB-LOC\n#\tO\n#1\tB-X\n\n#\tO\n")
    assert found.sentences == (("New York", "#", "#1"), ("#",)) and found.tags[0] == ("B-LOC", "O", "B-X")


def test_comments_say_where_sentences_belong():
    found = read_conll("# split = train\na O\n\nb O\n#split: Dev\nc O\n\n# SPLIT = test\n# split = train\nd O\n")
    assert found.sentences == (("a",), ("b",), ("c",), ("d",))
    assert found.splits == ("train", "train", "validation", "train")


SCHEMES = {
    "IOB2": "B-P I-P O B-P B-P I-P B-L O B-P",
    "IOB1": "I-P I-P O I-P B-P I-P I-L O I-P",
    "IOBES": "B-P E-P O S-P B-P E-P S-L O S-P",
    "BILOU": "B-P L-P O U-P B-P L-P U-L O U-P",
    "BMES": "B-P E-P O S-P B-P E-P S-L O S-P",
}


@pytest.mark.parametrize("tags", SCHEMES.values(), ids=SCHEMES)
def test_every_scheme_becomes_iob2(tags):
    assert " ".join(iob2(tags.split())) == SCHEMES["IOB2"]


LONG = {
    "IOBES": "B-P I-P I-P E-P I-P E-P",
    "BILOU": "B-P I-P I-P L-P I-P L-P",
    "BMES": "B-P M-P M-P E-P M-P E-P",
}


@pytest.mark.parametrize("tags", LONG.values(), ids=LONG)
def test_behind_the_end_of_an_entity_another_begins(tags):
    assert " ".join(iob2(tags.split())) == "B-P I-P I-P I-P B-P I-P"


@given(st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])))
def test_tags_in_iob2_keep_their_entities_and_change_no_more(tags):
    once = iob2(tags)
    assert entities(once) == entities(tags) and iob2(once) == once
    assert all(tag[0] != "I" or once[k - 1][2:] == tag[2:] for k, tag in enumerate(once))


def test_rewritten_tags_are_counted_in_a_note():
    found = read_conll("Anna I-PER\nMay I-PER\nOslo S-LOC\n")
    assert found.tags == (("B-PER", "I-PER", "B-LOC"),) and found.notes == ("Tags rewritten in IOB2: 2.",)
    assert "UTF-16" in read_conll(BASIC.encode("utf-16")).notes[0]


PASTED = {
    "slashes": "Anna/B-PER May/I-PER left/O\n\n  Oslo/B-LOC\n",
    "slashes in IOB1": "Anna/I-PER May/I-PER left/O\nOslo/I-LOC",
    "columns": BASIC,
    "columns with blanks": BASIC.replace("\t", " "),
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_pasted_sentences_have_slashes_or_columns(text):
    found = paste_tagged(text)
    assert (found.kind, found.sentences, found.tags) == ("tagged", SENTENCES, TAGS)


def test_a_pasted_word_may_hold_a_slash():
    assert paste_tagged("and/or/O //O").sentences == (("and/or", "/"),)


TAG = "expected a tag such as O, B-PER or I-PER in line"
BAD = {
    "one column": ("a\tO\nb\n", "expected a word and a tag in line 2, got 'b' alone; add its tag"),
    "a text without tags": ("Hello you\n", f"{TAG} 1, got 'you'; write B-"),
    "a tag without a word": ("a\tO\n\tO\n", "expected a word and a tag in line 2, got 'O' alone; add"),
    "an unknown prefix": ("a O\nb X-PER\n", f"{TAG} 2, got 'X-PER'; write B-"),
    "no prefix": ("a O\n\nb PER\n", f"{TAG} 3, got 'PER'; write B-"),
    "no kind": ("a B-\n", f"{TAG} 1, got 'B-'; write B-"),
    "small letters": ("a b-per\n", f"{TAG} 1, got 'b-per'; write B-"),
    "a zero for an O": ("a 0\n", f"{TAG} 1, got '0'; write B-"),
    "a long tag": ("a " + "x" * 999 + "\n", f"{TAG} 1, got 'xxxxxxxxxxxxxxxxxxx…'; write"),
    "more columns": ("a O\nNew York B-LOC\n", "expected 2 columns in line 2, as in the lines before, got 3; separate"),
    "fewer columns": ("a x O\nb O\n", "expected 3 columns in line 2, as in the lines before, got 2; separate"),
    "comments alone": ("# a\n# b\n", "expected words with tags, got none; write"),
    "an unknown part": ("# split = later\na O\n", "expected train, validation or test, got 'later' in line 1; rename"),
    "a part that comes late": (
        "a O\n\n# split = train\nb O\n",
        "expected a split .* got none for the one in line 1; begin",
    ),
    "a sentence without end": (
        "a O\n" * 2001,
        "expected sentences of at most 2,000 words, got 2,001 from line 1 on; put a blank line",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_broken_lines_are_refused_by_their_number(text, message):
    with pytest.raises(ValueError, match=f"n.conll: {message}"):
        read_conll(text, "n.conll")


BAD_PASTED = {
    "a broken tag": ("Anna/B-PER left/O\nshe/O won/X\n", f"{TAG} 2, got 'X'; write"),
    "a word without a tag": ("Anna/B-PER left/O\nshe won\n", f"{TAG} 2, got 'she'; write"),
    "a tag without a word": ("Anna/B-PER left/O\n/O\n", f"{TAG} 2, got 'O'; write"),
    "no tags": ("Anna left\n", f"{TAG} 1, got 'left'; write"),
}


@pytest.mark.parametrize(("text", "message"), BAD_PASTED.values(), ids=BAD_PASTED)
def test_pasted_lines_that_are_not_tagged_are_refused(text, message):
    with pytest.raises(ValueError, match=f"pasted sentences: {message}"):
        paste_tagged(text)
