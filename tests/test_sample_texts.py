"""The grammar and the prose of sample_data. The checker of agreement knows nothing of the generator."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "sample_data"
PROSE = {"prose_en": 29_000, "prose_zh": 14_000}  # bytes, at least
SINGULAR = set("man girl boy dog key box lamp cup".split())
PLURAL = set("men girls boys dogs keys boxes lamps cups".split())
VERBS = {"is": "are", "was": "were", "has": "have", "says": "say", "sees": "see", "likes": "like"}
PAIRS = {"(": ")", "[": "]", "{": "}"}


def lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def disagreeing(sentence: str) -> list[str]:
    """Words that do not agree with their noun. A stack holds the subjects that still wait for their verb.

    A noun after a place word or a verb is an object. `that` opens a clause: if a verb comes next, its subject is the
    noun before, which goes on waiting for its own; else a new subject comes, and the next verb is its.
    """
    wrong: list[str] = []
    waiting: list[bool] = []  # is it a plural?
    before, head, served = "", False, False  # the last word that counts; the newest subject; whose verb came last
    for article, word in pairwise(["", *sentence.split()]):
        if word in SINGULAR | PLURAL:
            if article not in {"the", "these" if word in PLURAL else "this"}:
                wrong.append(f"{article} {word}")
            if before in {"", "that", '"', "'"}:
                head = word in PLURAL
                waiting.append(head)
            before = "noun"
        elif word in VERBS or word in VERBS.values():
            if before not in {"that", "and"}:
                if not waiting:
                    return [*wrong, f"{word} without subject"]
                served = waiting.pop()
            if (word in VERBS.values()) != (head if before == "that" else served):
                wrong.append(word)
            before = word
        elif word not in {"the", "this", "these"}:
            before = word
    return [*wrong, *("subject without verb" for _ in waiting)]


def test_every_verb_of_the_grammar_agrees_with_its_subject() -> None:
    assert not [line for line in lines("texts/agreement.txt") if disagreeing(line)]


@pytest.mark.parametrize(
    "sentence",
    [
        "the keys that the man near these boxes see are old .",
        "the keys that the man near these boxes sees is old .",
        "the keys ( under the box ) is old .",
        "these key is old .",
        "the girls that sees the dog are here .",
        "the girls are here and was old .",
        "the girl says \" the boys says ' the cup is old ' \" .",
        "the key that the man sees .",
    ],
)
def test_the_checker_notices_a_wrong_verb(sentence: str) -> None:
    assert disagreeing(sentence)


def test_brackets_and_quotes_are_closed_in_order() -> None:
    for line in lines("texts/agreement.txt"):
        open_: list[str] = []
        for sign in re.findall(r"[^\w\s.]", line):
            if sign in PAIRS:
                open_.append(PAIRS[sign])
            elif open_ and sign == open_[-1]:
                open_.pop()
            else:
                assert sign in "\"'", line
                open_.append(sign)
        assert not open_, line


def test_the_corpus_is_of_the_promised_size_and_has_no_sentence_twice() -> None:
    found = lines("texts/agreement.txt")
    assert 60_000 < sum(len(line) + 1 for line in found) < 121_000
    assert len(set(found)) == len(found)
    assert all(line.endswith(" .") for line in found)


def test_test_items_are_new_and_balanced_and_their_verbs_right() -> None:
    items = [line.split("\t") for line in lines("tests/agreement_items.tsv")]
    corpus = "\n" + "\n".join(lines("texts/agreement.txt"))
    assert len({prefix for prefix, _, _ in items}) == len(items) == 600
    assert not [prefix for prefix, _, _ in items if f"\n{prefix} " in corpus]
    for prefix, right, wrong in items:
        assert not disagreeing(f"{prefix} {right}")
        assert disagreeing(f"{prefix} {wrong}")
        assert not right.startswith(wrong) and not wrong.startswith(right)
        assert len(prefix) - len(" ".join(prefix.split()[:2])) >= 20
    assert sum(right in VERBS for _, right, _ in items) == 300


def test_the_last_noun_before_the_verb_does_not_tell_its_number() -> None:
    same = 0
    items = [line.split("\t") for line in lines("tests/agreement_items.tsv")]
    for prefix, right, _ in items:
        last = [word for word in prefix.split() if word in SINGULAR | PLURAL][-1]
        same += (last in PLURAL) == (right in VERBS.values())
    assert 0.4 < same / len(items) < 0.6


@pytest.mark.parametrize("name", PROSE)
def test_prose_has_its_size_no_line_twice_and_plain_characters_only(name: str) -> None:
    text = (DATA / "texts" / f"{name}.txt").read_text(encoding="utf-8")
    assert len(text.encode("utf-8")) >= PROSE[name]
    full = [line for line in text.split("\n") if line]
    assert len(set(full)) == len(full)
    allowed = (
        r"[A-Za-z0-9 .,;:!?'\"()\n-]" if name == "prose_en" else r"[\u4e00-\u9fff0-9，。；：！？、“”‘’（）《》…\n—]"
    )
    assert not re.sub(allowed, "", text)


def test_no_sentence_of_the_english_prose_is_there_twice() -> None:
    text = " ".join(lines("texts/prose_en.txt"))
    found = Counter(part for part in re.split(r"(?<=[.!?])\s+", text) if len(part.split()) > 5)
    assert [sentence for sentence, count in found.items() if count > 1] == []
