"""Where a sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core import text
from lstm_core.sentences import one_line, sentences

SPLIT = {
    "plain": ("It rains. It pours! Does it stop? No.", ["It rains.", "It pours!", "Does it stop?", "No."]),
    "title": ("Dr. Smith met Mrs. Jones. They spoke.", ["Dr. Smith met Mrs. Jones.", "They spoke."]),
    "for example": ("Take fruit, e.g. Apples, i.e. Cox. Eat.", ["Take fruit, e.g. Apples, i.e. Cox.", "Eat."]),
    "initials": ("J. S. Bach came. The U.S. Army went.", ["J. S. Bach came.", "The U.S. Army went."]),
    "the word I is no initial": ("It was I. Then it was not.", ["It was I.", "Then it was not."]),
    "decimal": ("Pi is 3.14 or so. Fine.", ["Pi is 3.14 or so.", "Fine."]),
    "year": ("It was 1997. They wrote it down.", ["It was 1997.", "They wrote it down."]),
    "number of a list": ("1. Wash it.\n2. Dry it.", ["1. Wash it.", "2. Dry it."]),
    "number and no": ("See No. 5 first. No. I refuse.", ["See No. 5 first.", "No.", "I refuse."]),
    "month": ("On Jan. 5 it snowed. In Jan. It thawed.", ["On Jan. 5 it snowed.", "In Jan.", "It thawed."]),
    "quotes": ('"Go!" she said. He went. "Good."', ['"Go!" she said.', "He went.", '"Good."']),
    "curly quotes and brackets": ("He left (late.) “Why?” Nobody knew.", ["He left (late.)", "“Why?”", "Nobody knew."]),
    "ellipsis": ("Well... maybe. Well… Maybe not.", ["Well... maybe.", "Well…", "Maybe not."]),
    "several marks": ("What?! Really?? Yes.", ["What?!", "Really??", "Yes."]),
    "two spaces before a small letter": ("approx.  ten. Ten?  ten", ["approx.  ten.", "Ten?  ten"]),
    "address": ("Read gatescope.example.org today. Or not.", ["Read gatescope.example.org today.", "Or not."]),
    "Chinese": ("你好。再见！为什么？", ["你好。", "再见！", "为什么？"]),
    "Chinese quotes": ("他说：“好！”我走了。", ["他说：“好！”", "我走了。"]),
    "Chinese with Western marks": ("真的吗?是的!好。", ["真的吗?", "是的!", "好。"]),
    "Chinese dots do not end": ("我……走了。", ["我……走了。"]),
    "Chinese and number": ("圆周率是3.14。对。", ["圆周率是3.14。", "对。"]),
    "wrapped lines": ("A line that\ngoes on here. And\nends.", ["A line that\ngoes on here.", "And\nends."]),
    "mark at a line end": ("the dog barks .\nthe cats run .", ["the dog barks .", "the cats run ."]),
    "blank line": ("A title\n\nThen a text. It ends.", ["A title", "Then a text.", "It ends."]),
    "line of spaces is blank": ("A title\n \t\nMore", ["A title", "More"]),
    "list without marks": (
        "anna\nbob\ncarla\ndr. no\nemil\nfritz\ngerd",
        "anna|bob|carla|dr. no|emil|fritz|gerd".split("|"),
    ),
    "nothing": (" \n ", []),
    "marks alone": ("...", ["..."]),
}


@pytest.mark.parametrize(("given_text", "expected"), SPLIT.values(), ids=SPLIT)
def test_sentences_end_where_a_reader_says(given_text: str, expected: list[str]) -> None:
    assert sentences(given_text) == expected


@given(st.text("aZ1I.!?…。！” \n\t\u2028\"')", max_size=40) | st.text(max_size=30))
def test_nothing_but_white_space_is_lost(any_text: str) -> None:
    found = sentences(any_text)
    assert "".join("".join(found).split()) == "".join(any_text.split())
    assert all(sentence.strip() == sentence != "" for sentence in found)


@pytest.mark.parametrize("piece", [".", "Dr. ", "a.b.", "。”", "\n", "x\n", ". ", '"', "1", ".\t\n\n"])
def test_a_very_long_text_of_one_kind_is_split(piece: str) -> None:
    # Anything quadratic would not come back from this.
    long = piece * 60_000
    assert "".join("".join(sentences(long)).split()) == "".join(long.split())


def test_a_wrapped_sentence_comes_on_one_line() -> None:
    assert one_line("It was\nwrapped \t here.") == "It was wrapped here."
    assert one_line("他说，\n今天下\n雨。") == "他说，今天下雨。"
    assert one_line("他说\nyes") == "他说 yes"


def test_text_offers_it_too_and_refuses_bytes() -> None:
    assert text.sentences is sentences
    with pytest.raises(ValueError, match=r"text: expected a str, got bytes; decode bytes"):
        sentences(b"One. Two.")  # type: ignore[arg-type]
