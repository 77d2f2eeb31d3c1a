"""Writes everything in sample_data that is generated (the prose and the trained models are not).

    python tools/make_sample_data.py           # writes; the same bytes every time
    python tools/make_sample_data.py --check   # writes nothing; exit status 1 and names if a file differs

Needs the standard library alone. How each file is made stands in sample_data/README.md and in the sample_*.py here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import sample_agreement
import sample_messages
import sample_names
import sample_news
import sample_reviews
import sample_series

DATA = Path(__file__).resolve().parent.parent / "sample_data"
MAKERS = (sample_agreement, sample_messages, sample_reviews, sample_news, sample_names, sample_series)


def made() -> dict[str, bytes]:
    """Path in sample_data and bytes of every generated file."""
    return {name: text.encode("utf-8") for maker in MAKERS for name, text in maker.files().items()}


def differing(made: dict[str, bytes], folder: Path = DATA) -> list[str]:
    """Names of the files that are missing from `folder` or hold something else there."""
    return [
        name
        for name, content in made.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    check = parser.parse_args(arguments).check
    files = made()
    if check:
        wrong = differing(files)
        print("\n".join(f"{name}: not what the generator makes" for name in wrong) or "all as generated")
        return int(bool(wrong))
    for name, content in files.items():
        path = DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{name}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
