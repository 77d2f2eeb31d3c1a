"""From what `reproduce` found to sample_data/reproductions.json and to the table in the README.

python -m lstm_runs reproduce --json found.json
python tools/publish_results.py found.json [--minutes 2 --cores 2]
python tools/publish_results.py                      the README's table anew from the stored file
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from recipes import DATA

from lstm_core.reproductions import REPRODUCTIONS
from lstm_ui.experiments import published_values

FILE = DATA / "reproductions.json"
README = DATA.parent / "README.md"
# Least and most of the published figures where they measure the same as ours; so that the table can say what differs.
FIGURES: dict[str, tuple[float, float]] = {
    "reber": (0.97, 1.0),
    "adding-lstm": (0.0007, 0.0046),
    "adding-rnn": (0.0706, 0.0706),
    "order-lstm": (1.0, 1.0),
    "order-rnn": (0.23, 0.293),
    "variant-standard": (0.0034, 0.0034),
    "variant-no-input": (0.0115, 0.0115),
    "variant-no-forget": (0.0036, 0.0036),
    "variant-no-output": (0.0069, 0.0069),
    "variant-peepholes": (0.0033, 0.0033),
    "variant-peepholes-coupled": (0.0010, 0.0010),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("found", nargs="?", type=Path, help="what reproduce --json wrote")
    parser.add_argument("--minutes", type=float, default=0.0, help="how long it took")
    parser.add_argument("--cores", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.found is not None:
        lines = json.loads(chosen.found.read_text(encoding="utf-8"))
        whole = {"made": made(chosen.minutes, chosen.cores), "results": [result(line) for line in lines]}
        FILE.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(published_values.put_in(text, published_values.markdown()), encoding="utf-8")


def made(minutes: float, cores: int) -> dict[str, Any]:
    """When and with what."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    return {"when": f"{datetime.now(UTC):%Y-%m-%d}", "minutes": minutes, "cores": cores, **versions}


def result(line: dict[str, Any]) -> dict[str, Any]:
    """A line of `reproduce` with its settings; words as they stand in the source now, numbers as they were found."""
    wanted = REPRODUCTIONS.get(line["name"])
    kept = ("name", "title", "published", "where", "note", "claim", "holds", "seeds")
    found = {name: line[name] for name in kept} | {"values": [float(f"{v:.4g}") for v in line["values"]]}
    if wanted is None:  # the shares of the forget path: medians of many nets
        title = line["title"][0].upper() + line["title"][1:]
        return {**found, "title": title, "settings": "", "beside": "", "seeds": [0]}
    told = {"problem": wanted.problem, **({"lag": wanted.lag} if wanted.lag else {}), **wanted.changes}
    settings = ", ".join(f"{name} {value}" for name, value in told.items())
    words = {"title": wanted.title, "published": wanted.published, "where": wanted.where, "note": wanted.note}
    return {**found, **words, "settings": settings, "beside": beside(line["name"], found["values"])}


def beside(name: str, values: list[float]) -> str:
    """How ours stands to the published figure, in words; empty where they do not measure the same.

    Examples
    --------
    >>> beside("variant-standard", [0.004, 0.0068, 0.01]), beside("order-lstm", [1.0, 1.0, 1.0])
    ('2.0 times', 'the same')
    """
    if name not in FIGURES:
        return ""
    least, most = FIGURES[name]
    middle = statistics.median(values)
    if least <= middle <= most:
        return "the same" if least == most else "in its range"
    if "loss" in published_values.measure(name):
        return f"{middle / (most if middle > most else least):.1f} times"
    return f"{middle - (most if middle > most else least):+.3f}"


if __name__ == "__main__":
    main()
