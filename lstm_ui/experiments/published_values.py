"""Published results beside ours, out of sample_data/reproductions.json: as rows, and as the README's table."""

from __future__ import annotations

import json
import statistics
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lstm_core import tasks
from lstm_core.reproductions import REPRODUCTIONS

FILE = Path(__file__).parents[2] / "sample_data" / "reproductions.json"
COMMAND = "python -m lstm_runs reproduce"
NONE_KNOWN = "none known"
BEGIN, END = "<!-- results: begin (tools/publish_results.py writes this) -->", "<!-- results: end -->"


class Result(NamedTuple):
    """A result: the published figure, ours of each seed, and whether what is claimed holds (None: nothing is).

    `beside`: how ours stands to the published one; `settings` as configurations name them.
    """

    name: str
    title: str
    published: str
    where: str
    values: list[float]
    seeds: list[int]
    claim: str
    holds: bool | None
    beside: str
    settings: str
    note: str


@cache
def results() -> tuple[dict[str, Any], tuple[Result, ...]]:
    """When it was made, and all results.

    Raises
    ------
    ValueError
        The file is missing.
    """
    try:
        plain = json.loads(FILE.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"results: expected their file, got none ({error.strerror}); run {COMMAND} --json") from None
    return plain["made"], tuple(Result(**line) for line in plain["results"])


def measure(name: str) -> str:
    """What a result is measured by: "loss" (a mean squared error), "score", or "" for a share of the gradient."""
    return tasks.PROBLEMS[REPRODUCTIONS[name].problem].measure if name in REPRODUCTIONS else ""


def ours(found: Result) -> str:
    """Our figure in words: the median over the seeds, with the least and the most.

    Examples
    --------
    >>> ours(Result("order-lstm", "", "", "", [1.0, 0.98, 1.0], [0, 1, 2], "", True, "", "", ""))
    '1.000 (0.980 to 1.000)'
    """
    if not measure(found.name):
        ratio, part = found.values
        return f"{ratio:.2f} of its norm; signed share {part:.2g}"
    digits = ".2g" if measure(found.name) == "loss" else ".3f"
    middle, least, most = statistics.median(found.values), min(found.values), max(found.values)
    return f"{middle:{digits}} ({least:{digits}} to {most:{digits}})"


def unit(found: Result) -> str:
    """What the figures are."""
    return {"loss": "mean squared error", "score": "share of right trials"}.get(measure(found.name), "")


def kept(found: Result) -> str:
    """The bound, and whether it is kept."""
    if found.holds is None:
        return "–"
    return f"{found.claim}: {'yes' if found.holds else 'no'}"


def seeds(found: Result) -> str:
    """Which seeds.

    Examples
    --------
    >>> seeds(Result("order-lstm", "", "", "", [1.0, 1.0, 1.0], [0, 1, 2], "", True, "", "", ""))
    '0 to 2'
    """
    return f"{found.seeds[0]} to {found.seeds[-1]}" if len(found.seeds) > 1 else str(found.seeds[0])


def rows(*, whole: bool = False) -> list[dict[str, str]]:
    """The table of the page; `whole` with all that is known of each result."""
    found = []
    for one in results()[1]:
        line = {
            "Result": one.title,
            "Published": one.published or NONE_KNOWN,
            "Ours: median (least to most)": ours(one),
            "Beside it": one.beside or "–",
            "Bound kept": kept(one),
            "Seeds": seeds(one),
        }
        rest = {"What": unit(one), "Note": one.note, "Published by": one.where, "Settings": one.settings}
        found.append({**line, **rest} if whole else line)
    return found


def told() -> str:
    """When and how long."""
    made = results()[0]
    took = f" in {made['minutes']:g} min on {made['cores']} cores" if made.get("minutes") else ""
    return f"Computed on {made['when']}{took}, NumPy {made['numpy']}."


def note(found: Result) -> str:
    """Who published it, and what is different here; empty where there is nothing to say."""
    return "; ".join(filter(None, (found.where and f"published by {found.where}", found.note)))


def markdown() -> str:
    """The README's table, with notes below it."""
    lines = [
        "| result | published | ours: median (least to most) | beside it | bound kept | seeds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    notes: list[str] = []
    for found in results()[1]:
        words = note(found)
        sign = ""
        if words:
            if words not in notes:
                notes.append(words)
            sign = f" [{notes.index(words) + 1}]"
        cells = (
            f"{found.title}{sign}",
            found.published or NONE_KNOWN,
            ours(found),
            found.beside or "–",
            kept(found),
            seeds(found),
        )
        lines.append(f"| {' | '.join(cells)} |")
    numbered = [f"{number}. {words[0].upper()}{words[1:]}." for number, words in enumerate(notes, start=1)]
    settings = [f"- {found.title}: {found.settings}" for found in results()[1] if found.settings]
    more = ["<details><summary>Settings, as configurations name them</summary>", "", *settings, "", "</details>"]
    return "\n".join([*lines, "", told(), "", *numbered, "", *more])


def put_in(text: str, table: str) -> str:
    """A text with what stands between the two marks replaced.

    Raises
    ------
    ValueError
        The marks are not there.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"README: expected {BEGIN!r} and {END!r} once each, got something else; put them back")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"
