"""Sweeps out of files: what was written is read again, and everything else is refused in words."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from lstm_runs import tables
from lstm_runs._exported import LARGEST
from lstm_runs.grids import Between, Sweep
from lstm_runs.sweeps import Curve, Row
from tests.checks import check_refused

SWEEP = Sweep(
    "adding",
    None,
    {"hidden": 3, "peephole": True},
    {"cell": ("lstm", "rnn"), "lag": (10, 50)},
    (4, 1),
    title="<b>ä</b>",
)
ROWS = [
    Row(
        k,
        f"run {k}",
        {"cell": cell, "lag": lag if k < 4 else None, "seed": 4},
        status,
        "a-B_9" if k == 1 else "",
        7,
        9,
        *values,
    )
    for k, (cell, lag, status, values) in enumerate(
        [
            ("lstm", 10, "finished", (0.1 + 0.2, 1e-300, None, None, 1.5, "")),
            ("lstm", 50, "failed", (None, None, None, None, 0.0, "exploded: 1e30 > limit")),
            ("rnn", 10, "planned", ()),
            ("rnn", 50, "finished", (2.0, 1.0, 0.25, 1.0, None, "")),
        ],
        start=1,
    )
]
CURVES = {1: Curve([0, 5, 9], [0.5, None, 1 / 3], [None, None, None]), 4: Curve([], [], [])}


def written(**changes: Any) -> dict[str, Any]:
    """A good file as plain values, to be spoilt."""
    text = tables.to_json(ROWS, json.loads(SWEEP.to_bytes()), CURVES, {"when": "today", "seconds": 3, "rate": 0.5})
    return json.loads(text) | changes


def read(plain: Any) -> tables.Exported:
    return tables.from_json(json.dumps(plain).encode())


@pytest.mark.parametrize("made", [None, {}, {"when": "2026", "seconds": 12}])
def test_what_is_written_is_read_again_and_written_the_same(made: dict[str, Any] | None) -> None:
    text = tables.to_json(ROWS, json.loads(SWEEP.to_bytes()), CURVES, made)
    found = tables.from_json(text.encode())
    assert found == (SWEEP, ROWS, CURVES, made or {})
    assert [type(value) for value in found.rows[3].settings.values()] == [str, type(None), int]
    assert tables.to_json(found.rows, json.loads(found.sweep.to_bytes()), found.curves, made) == text


def test_a_random_sweep_comes_back_with_its_ranges() -> None:
    sweep = Sweep("first", 5, {}, {"rate": Between(1e-3, 0.1, "log")}, (0,), mode="random", count=3, draw=2)
    assert read({"sweep": json.loads(sweep.to_bytes()), "runs": []}).sweep == sweep


WRONG = {
    "nothing": (b"", "JSON"),
    "bytes": (b"\xff\xfe", "UTF-8"),
    "half": (b"[", "JSON"),
    "NaN": (b'{"sweep": NaN, "runs": []}', "NaN"),
    "a name twice": (b'{"sweep": {}, "sweep": {}, "runs": []}', "twice"),
    "deep": (b"[" * 100_000, "JSON"),
    "digits": (b'{"sweep": ' + b"9" * 5_000 + b', "runs": []}', "JSON"),
    "large": (b" " * LARGEST + b"{}", "at most 16 MB"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_json_is_refused(name: str) -> None:
    data, words = WRONG[name]
    check_refused(lambda: tables.from_json(data), "file", "expected", words)


SPOILT: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "a list": ((), [], "file"),
    "a strange key": (("extra",), 1, "'extra'"),
    "no sweep": (("sweep",), None, "sweep"),
    "a strange setting of the sweep": (("sweep", "base", "shell"), "rm", "'shell'"),
    "a list as a value": (("sweep", "base", "hidden"), [1], "hidden"),
    "a seed below zero": (("sweep", "seeds"), [-1], "seeds"),
    "too many seeds": (("sweep", "seeds"), list(range(3_000)), "seeds"),
    "over that is no list of pairs": (("sweep", "over"), [["lag"]], "over"),
    "over with a list in it": (("sweep", "over", 1), ["lag", [[1]]], "lag"),
    "over with a setting twice": (("sweep", "over"), [["lag", [1]], ["lag", [2]]], "twice"),
    "a strange range": (("sweep", "over", 1), ["lag", {"least": 1, "most": 2}], "scale"),
    "half a range": (("sweep", "over", 1), ["lag", {"least": 1, "most": [], "scale": "log"}], "lag"),
    "a title of another type": (("sweep", "title"), 3, "title"),
    "more runs than the sweep has": (("runs",), [{}] * 9, "runs"),
    "a run that is a word": (("runs", 1), "hello", "run 2"),
    "a run without a step": (("runs", 1, "step"), "delete", "run 2"),
    "a run with a stranger": (("runs", 1, "__class__"), 1, "'__class__'"),
    "a number twice": (("runs", 1, "number"), 1, "twice"),
    "a number that is true": (("runs", 1, "number"), True, "run 2, number"),
    "a huge step": (("runs", 1, "step"), 10**300, "run 2, step"),
    "a loss in words": (("runs", 1, "loss"), "0.5", "run 2, loss"),
    "a loss that is true": (("runs", 1, "loss"), True, "run 2, loss"),
    "an unknown status": (("runs", 1, "status"), "wonderful", "wonderful"),
    "an id with a path": (("runs", 1, "run"), "../../etc", "run 2"),
    "half a surrogate": (("runs", 1, "name"), "\ud800", "run 2, name"),
    "a NUL": (("runs", 1, "reason"), "a\0b", "run 2, reason"),
    "a long name": (("runs", 1, "name"), "x" * 3_000, "run 2, name"),
    "other settings": (("runs", 1, "settings"), {"cell": "lstm", "seed": 1}, "cell, lag, seed"),
    "a setting that is a list": (("runs", 1, "settings", "lag"), [1], "lag"),
    "a curve that is a list": (("runs", 0, "curve"), [], "run 1, curve"),
    "a curve of unequal parts": (("runs", 0, "curve", "loss"), [1.0], "run 1, curve"),
    "a curve that goes back": (("runs", 0, "curve", "step"), [5, 0, 9], "run 1, curve"),
    "a curve that never ends": (("runs", 0, "curve", "loss"), [0.0] * 5_000, "run 1, curve"),
    "a curve with a word": (("runs", 0, "curve", "score"), [None, "x", None], "run 1, curve"),
    "made of a list": (("made",), [1], "made"),
    "made of lists": (("made", "when"), [1], "made"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_every_wrong_value_is_named(name: str) -> None:
    path, value, words = SPOILT[name]
    whole = copy.deepcopy(written())
    place: Any = whole
    for key in path[:-1]:
        place = place[key]
    if value == "delete":
        del place[path[-1]]
    elif path:
        place[path[-1]] = value
    else:
        whole = value
    check_refused(lambda: read(whole), words, "expected")
