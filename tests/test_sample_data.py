"""What sample_data promises. The checks here are written apart from the generators in tools/, in other ways."""

from __future__ import annotations

import csv
import doctest
import math
import re
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT / "sample_data"
TABLES = {"messages": 1_000, "reviews": 2_000, "news": 800}  # rows, at least
Row = dict[str, str]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import make_sample_data

    return make_sample_data


def lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def rows(name: str) -> list[Row]:
    with (DATA / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tokens(text: str) -> list[str]:
    return re.findall(r"[\w'-]+|[^\w\s]", text.lower())


def conll() -> list[tuple[dict[str, str], list[tuple[str, str]]]]:
    """Each sentence with what its comment lines say."""
    out = []
    for block in (DATA / "tagged" / "names.conll").read_text(encoding="utf-8").strip().split("\n\n"):
        heads = dict(line[2:].split(" = ") for line in block.split("\n") if line.startswith("# "))
        out.append((heads, [tuple(line.split("\t")) for line in block.split("\n") if not line.startswith("# ")]))
    return out


def test_the_generators_write_every_file_bit_for_bit(tool: ModuleType) -> None:
    files = tool.made()
    assert len(files) >= 11
    assert tool.differing(files) == []


def test_a_changed_file_is_noticed(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one")
    (tmp_path / "b.txt").write_bytes(b"two")
    assert tool.differing({"a.txt": b"one", "b.txt": b"2", "c.txt": b""}, tmp_path) == ["b.txt", "c.txt"]


def test_the_examples_of_the_generators_run(tool: ModuleType) -> None:
    found = [doctest.testmod(module) for module in (*tool.MAKERS, sys.modules["sample_common"])]
    assert sum(result.attempted for result in found) >= 8
    assert sum(result.failed for result in found) == 0


def test_the_readme_names_every_file() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    files = [path for path in DATA.rglob("*.*") if path.is_file() and "models" not in path.parts]
    assert len(files) > 10
    assert not [path.name for path in files if path.name not in text and path.name != "README.md"]


# The tables


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_columns_parts_and_labels(name: str) -> None:
    found = rows(name)
    assert set(found[0]) == {"text", "label", "split"} and len(found) >= TABLES[name]
    assert len({row["text"] for row in found}) == len(found)
    parts = Counter(row["split"] for row in found)
    assert set(parts) == {"train", "validation", "test"}
    assert parts["test"] >= (200 if name == "reviews" else 80) and parts["train"] > 0.75 * len(found)
    by_label = Counter((row["split"], row["label"]) for row in found)
    labels = {row["label"] for row in found}
    assert all(by_label[part, label] * len(labels) > 0.7 * parts[part] for part in parts for label in labels)
    assert all(row["text"].isprintable() and row["text"].strip() == row["text"] for row in found)


@pytest.mark.parametrize("name", TABLES)
def test_near_duplicates_are_never_in_two_parts(name: str) -> None:
    having, bags, sizes = defaultdict(list), defaultdict(set), []
    found = rows(name)
    for number, row in enumerate(found):
        words = tokens(row["text"])
        bags[tuple(sorted(words))].add(row["split"])
        pairs = set(pairwise(words))
        sizes.append(len(pairs))
        for pair in pairs:
            having[pair].append(number)
    assert all(len(parts) == 1 for parts in bags.values())
    for number, row in enumerate(found):
        if row["split"] == "train":
            continue
        shared = Counter(other for pair in set(pairwise(tokens(row["text"]))) for other in having[pair])
        for other, common in shared.items():
            if common / (sizes[number] + sizes[other] - common) >= 0.8:
                assert found[other]["split"] == row["split"], (row["text"], found[other]["text"])


def naive_bayes(found: list[Row]) -> float:
    """Accuracy on the test part."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows_of = Counter(row["label"] for row in found if row["split"] == "train")
    for row in found:
        if row["split"] == "train":
            counts[row["label"]].update(tokens(row["text"]))
    known = set().union(*counts.values())

    def score(label: str, words: list[str]) -> float:
        total = counts[label].total() + len(known)
        return math.log(rows_of[label]) + sum(math.log((counts[label][word] + 1) / total) for word in words)

    test = [
        (row["label"], [word for word in tokens(row["text"]) if word in known])
        for row in found
        if row["split"] == "test"
    ]
    return sum(max(counts, key=lambda label: score(label, words)) == truth for truth, words in test) / len(test)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("messages", 0.85, 0.99), ("reviews", 0.5, 0.8), ("news", 0.7, 0.97)]
)
def test_counting_words_is_not_enough(name: str, low: float, high: float) -> None:
    assert low <= naive_bayes(rows(name)) <= high


def test_some_reviews_say_the_opposite_with_the_same_words() -> None:
    labels = defaultdict(set)
    for row in rows("reviews"):
        labels[tuple(sorted(tokens(row["text"])))].add(row["label"])
    assert sum(len(found) == 2 for found in labels.values()) >= 100


# Names and series


def test_tags_are_iob2_and_every_sentence_names_its_part() -> None:
    found = conll()
    assert len(found) >= 1_500
    assert {head["split"] for head, _ in found} == {"train", "validation", "test"}
    for _, sentence in found:
        for (_, before), (_, tag) in pairwise([("", "O"), *sentence]):
            assert tag == "O" or tag in {f"{p}-{kind}" for p in "BI" for kind in ("PER", "LOC", "ORG")}
            assert not tag.startswith("I-") or before[2:] == tag[2:], sentence


def test_no_tagged_sentence_is_there_twice() -> None:
    found = [" ".join(token for token, _ in sentence) for _, sentence in conll()]
    assert len(set(found)) == len(found)


def test_the_same_names_are_persons_places_and_organisations() -> None:
    kinds = defaultdict(set)
    for head, sentence in conll():
        if head["split"] == "train":
            for token, tag in sentence:
                kinds[token].add(tag[2:])
    assert sum({"PER", "LOC", "ORG"} <= found for found in kinds.values()) >= 40


def test_names_called_unseen_are_not_in_the_training_part() -> None:
    found = conll()
    common = {"Anna", "Peter", "Maria", "John", "Ruth", "Karim", "Lena", "Oskar", "New", "Bank", "of", "&", "Sons"}
    common |= {"Hill", "Bridge", "Falls", "Bay", "Island", "Motors", "Steel", "Airways", "Foods", "Group"}
    train = {token for head, sentence in found if head["split"] == "train" for token, _ in sentence}
    unseen = [sentence for head, sentence in found if head.get("names") == "unseen"]
    assert len(unseen) == 200
    assert all(any(tag != "O" for _, tag in sentence) for sentence in unseen)
    assert not [token for sentence in unseen for token, tag in sentence if tag != "O" and token in train - common]


@pytest.mark.parametrize("path", sorted((DATA / "series").glob("*.csv")), ids=lambda path: path.stem)
def test_a_series_is_a_header_and_finite_numbers_that_change(path: Path) -> None:
    head, *body = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert 500 <= len(body) <= 2_000
    columns = list(zip(*[[float(cell) for cell in row] for row in body], strict=True))
    assert len(columns) == len(head)
    assert all(math.isfinite(value) for column in columns for value in column)
    assert all(len(set(column)) > 50 for column in columns)
