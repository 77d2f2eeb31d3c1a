"""The handwritten digits: the file is what was shipped, its parts are what the tool draws, and it can be trained on."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from lstm_core import corpus, tasks
from tests.checks import check_refused

FILE = Path(__file__).parents[1] / "sample_data" / "digits" / "digits.csv"
TEXT = FILE.read_text(encoding="ascii")
ROWS = list(csv.reader(TEXT.splitlines()))[1:]
# Of the 1,797 rows of 65 numbers without our parts, as scikit-learn 1.9 has them.
SHIPPED = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "tools"))
    import make_digits

    return make_digits


def test_the_pictures_are_those_that_were_shipped() -> None:
    plain = "".join(f"{','.join(row[:65])}\n" for row in ROWS)
    assert hashlib.sha256(plain.encode()).hexdigest() == SHIPPED
    assert len(ROWS) == 1_797 and len({tuple(row[:64]) for row in ROWS}) == 1_797  # no picture twice


def test_the_tool_makes_the_same_bytes_and_sees_a_change(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert tool.main(["--check"]) == 0
    changed = tmp_path / "digits.csv"
    changed.write_text(TEXT.replace(",test\n", ",train\n", 1), encoding="ascii")
    monkeypatch.setattr(tool, "FILE", changed)
    assert tool.main(["--check"]) == 1


def test_the_parts_have_their_shares_of_every_digit() -> None:
    for digit in "0123456789":
        parts = Counter(row[65] for row in ROWS if row[64] == digit)
        total = sum(parts.values())
        assert 170 < total < 190
        assert parts["test"] / total == pytest.approx(0.25, abs=0.005)
        assert parts["validation"] / total == pytest.approx(0.05, abs=0.005)


def test_the_digits_are_texts_of_64_grey_levels() -> None:
    source, config = tasks.digits(TEXT), tasks.config("digits")
    assert source.items[5].split(" ") == ROWS[5][:64] and source.labels[5] == ROWS[5][64]
    data = corpus.prepare(source, config)
    assert data.vocabulary is not None and set(data.vocabulary.tokens) == {"<unk>", *map(str, range(17))}
    assert sorted(data.labels) == list("0123456789")
    assert isinstance(data.test, corpus.Ragged) and set(data.test.lengths) == {64} and len(data.test) == 450
    assert isinstance(data.train, corpus.Ragged) and len(data.train) == 1_257


@pytest.mark.parametrize(("old", "new", "words"), [
    (",test\n", ",exam\n", ("'exam'", "line")),
    ("\n0,0,", "\n0,17,", ("line 2", "16")),
    ("\n0,0,", "\n0,", ("line 2", "64")),
    ("\n0,0,", "\n0,x,", ("line 2", "64")),
])  # fmt: skip
def test_lines_of_another_kind_are_refused_with_their_number(old: str, new: str, words: tuple[str, ...]) -> None:
    check_refused(lambda: tasks.digits(TEXT.replace(old, new, 1)), "digits", *words)
