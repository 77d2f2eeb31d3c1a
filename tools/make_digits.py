"""Writes sample_data/digits/digits.csv from the file of handwritten digits that scikit-learn ships.

    python tools/make_digits.py PATH/TO/sklearn/datasets/data/digits.csv.gz    # writes
    python tools/make_digits.py PATH/TO/.../digits.csv.gz --check              # compares; exit status 1 if it differs
    python tools/make_digits.py --check                                        # the same from our own file alone

Needs the standard library alone: scikit-learn is only where the file comes from. Source and licence stand in
sample_data/README.md. What is ours is the order of the parts: 70, 5 and 25 % for training, validation and test.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections import defaultdict
from pathlib import Path

from sample_common import Draw

FILE = Path(__file__).resolve().parent.parent / "sample_data" / "digits" / "digits.csv"
SEED = 37
PIXELS = 64
SHARES = (("test", 0.25), ("validation", 0.05))


def written(rows: list[list[str]]) -> str:
    """The file: 64 grey levels, the digit, and a part that is drawn digit by digit.

    Examples
    --------
    >>> lines = written([["0"] * 64 + [str(k % 2)] for k in range(40)]).splitlines()
    >>> len(lines), lines[0][:8], sum(line.endswith("0,test") for line in lines)
    (41, 'p00,p01,', 5)
    """
    parts = ["train"] * len(rows)
    members: dict[str, list[int]] = defaultdict(list)
    for k, row in enumerate(rows):
        members[row[PIXELS]].append(k)
    draw = Draw(SEED)
    for digit in sorted(members):
        left = draw.shuffled(members[digit])
        for part, share in SHARES:
            for _ in range(round(share * len(members[digit]))):
                parts[left.pop()] = part
    header = [*(f"p{row}{column}" for row in range(8) for column in range(8)), "digit", "split"]
    lines = [header, *([*row, part] for row, part in zip(rows, parts, strict=True))]
    return "".join(f"{','.join(line)}\n" for line in lines)


def shipped(path: Path) -> list[list[str]]:
    """Rows of scikit-learn's file: 65 whole numbers each."""
    with gzip.open(path, "rt", encoding="ascii") as file:
        return [[str(int(float(field))) for field in line.split(",")] for line in file]


def ours() -> list[list[str]]:
    """The same rows from the file in sample_data."""
    return [line.split(",")[: PIXELS + 1] for line in FILE.read_text(encoding="ascii").splitlines()[1:]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?", help="digits.csv.gz of scikit-learn")
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    given = parser.parse_args(arguments)
    if given.path is None and not given.check:
        parser.error("path: expected digits.csv.gz of scikit-learn, got nothing; give it, or --check")
    text = written(ours() if given.path is None else shipped(given.path))
    if given.check:
        same = FILE.read_text(encoding="ascii") == text
        print("as generated" if same else f"{FILE.name}: not what the tool makes")
        return int(not same)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text, encoding="ascii")
    print(f"{FILE.name}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
