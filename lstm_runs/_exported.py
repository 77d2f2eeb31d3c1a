"""Sweeps out of files: what `tables.to_json` wrote, or somebody who pretends that it did.

Everything in such a file is checked before anything is made of it: a stranger may have sent it.
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from lstm_core.series import short
from lstm_runs._sweep_rows import Curve, Row
from lstm_runs._sweep_values import MOST_RUNS, Sweep, Value, shown

LARGEST = 16 * 2**20  # bytes: 2,000 runs with curves of 64 points, a number a line
_LONGEST = 2_000  # characters of a word
_MOST_POINTS = 1_024  # of a curve
_MOST_SETTINGS = 64
_HIGHEST = 10**15  # of whole numbers: seeds go up to 2^53
_STATUS = ("planned", "waiting", "running", "paused", "finished", "failed", "stopped", "deleted", "started")
_WORDS = ("name", "status", "run", "reason")
_WHOLE = ("number", "step", "steps")
_NUMBERS = ("loss", "best_loss", "score", "best_score", "seconds")


class Exported(NamedTuple):
    """A sweep with what came out of it; `made` tells when, where and how, if the file says so."""

    sweep: Sweep
    rows: list[Row]
    curves: dict[int, Curve]
    made: dict[str, str | float]


def from_json(data: bytes) -> Exported:
    """What `to_json` wrote.

    Parameters
    ----------
    data : bytes
        UTF-8, at most 16 MB.

    Returns
    -------
    Exported

    Raises
    ------
    ValueError
        Bytes that are no JSON or no such table; the message says which run and which of its values.

    Examples
    --------
    >>> from lstm_runs import tables
    >>> sweep, rows = Sweep("adding", over={"lag": (10, 50)}), [Row(1, "lag=10, seed=0", {"lag": 10, "seed": 0},
    ...     "finished", "", 9, 9, loss=0.5)]
    >>> text = tables.to_json(rows, json.loads(sweep.to_bytes()), {1: Curve([9], [0.5], [None])})
    >>> found = from_json(text.encode())
    >>> found.sweep == sweep, found.rows == rows, found.curves
    (True, True, {1: Curve(step=[9], loss=[0.5], score=[None])})
    """
    plain = _object("file", _parsed(data), ("sweep", "runs"), ("made",))
    sweep = _sweep(plain["sweep"])
    runs = _list("runs", plain["runs"], min(sweep.size, MOST_RUNS))
    names = [*sweep.over, "seed"]
    rows, curves = [], {}
    for place, run in enumerate(runs, start=1):
        row, curve = _run(f"run {place:,}", run, names)
        rows.append(row)
        if curve is not None:
            curves[row.number] = curve
    if len({row.number for row in rows}) < len(rows):
        raise ValueError("runs: expected a number of its own for each, got one twice; take the file as it was written")
    return Exported(sweep, rows, curves, _made(plain.get("made", {})))


def _parsed(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise ValueError(f"file: expected at most {LARGEST >> 20} MB, got {len(data):,} bytes; give a shorter one")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):  # Python would take the last one, others the first
            raise ValueError("a name twice in one object")
        return found

    def refuse(word: str) -> None:
        raise ValueError(f"the number {word}")

    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=refuse)
    except UnicodeDecodeError:
        raise ValueError("file: expected JSON in UTF-8, got other bytes; take the file as it was written") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"file: expected JSON, got something else: {short(str(error)[:200])}; correct it") from None


def _sweep(plain: Any) -> Sweep:
    found = _object("sweep", plain, Sweep.__slots__)
    for name in ("data", "mode", "title"):
        _word(f"sweep, {name}", found[name])
    for name in ("lag", "count", "draw"):
        if name != "lag" or found[name] is not None:
            _whole(f"sweep, {name}", found[name])
    found["base"] = _settings("sweep, base", found["base"])
    found["seeds"] = tuple(_list("sweep, seeds", found["seeds"], MOST_RUNS))
    pairs = [_list("sweep, over", pair, 2) for pair in _list("sweep, over", found["over"], _MOST_SETTINGS)]
    for pair in pairs:
        name = _word("sweep, over", pair[0] if len(pair) == 2 else None)
        if isinstance(pair[1], dict):
            _object(f"sweep, {name}", pair[1], ("least", "most", "scale"))
        else:
            pair[1] = [_value(f"sweep, {name}", value) for value in _list(f"sweep, {name}", pair[1], MOST_RUNS)]
    if len({pair[0] for pair in pairs}) < len(pairs):
        raise ValueError("sweep, over: expected each setting once, got one twice; take the file as it was written")
    return Sweep.from_bytes(json.dumps({**found, "over": pairs}).encode())


def _run(where: str, plain: Any, names: list[str]) -> tuple[Row, Curve | None]:
    found = _object(where, plain, Row._fields, ("curve",))
    curve = _curve(f"{where}, curve", found.pop("curve")) if "curve" in found else None
    for name in _WORDS:
        _word(f"{where}, {name}", found[name])
    for name in _WHOLE:
        _whole(f"{where}, {name}", found[name])
    for name in _NUMBERS:
        found[name] = _number(f"{where}, {name}", found[name])
    found["settings"] = _settings(f"{where}, settings", found["settings"], none=True)
    if list(found["settings"]) != names:
        got = ", ".join(found["settings"])
        raise ValueError(f"{where}: expected the settings {', '.join(names)}, got {shown(got)}; correct them")
    if found["status"] not in _STATUS:
        raise ValueError(
            f"{where}: expected a status out of {', '.join(_STATUS)}, got {shown(found['status'])}; correct it"
        )
    if found["run"] and not found["run"].replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{where}: expected the id of a run, got {shown(found['run'])}; leave it empty")
    return Row(**found), curve


def _curve(where: str, plain: Any) -> Curve:
    found = _object(where, plain, Curve._fields)
    step = [_whole(where, value) for value in _list(where, found["step"], _MOST_POINTS)]
    loss, score = ([_number(where, value) for value in _list(where, found[name])] for name in ("loss", "score"))
    if not len(step) == len(loss) == len(score) or step != sorted(set(step)):
        raise ValueError(
            f"{where}: expected a loss and a score for each step, in their order, got others; leave it out"
        )
    return Curve(step, loss, score)


def _made(plain: Any) -> dict[str, str | float]:
    if not isinstance(plain, dict) or len(plain) > _MOST_SETTINGS:
        raise ValueError(f"made: expected a few names and values, got {shown(plain)}; leave it out")
    for name, value in plain.items():
        _word("made", name)
        if not isinstance(value, str):
            _whole(f"made, {name}", value) if isinstance(value, int) else _number(f"made, {name}", value, none=False)
        else:
            _word(f"made, {name}", value)
    return plain


def _object(where: str, plain: Any, names: tuple[str, ...], besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """A copy of an object that has exactly these names; those `besides` may be missing."""
    if not isinstance(plain, dict):
        raise ValueError(f"{where}: expected an object with {', '.join(names)}, got {shown(plain)}; correct it")
    if missing := next((name for name in names if name not in plain), None):
        raise ValueError(f"{where}: expected {missing!r} in it, got none; take the file as it was written")
    if strange := next((name for name in plain if name not in (*names, *besides)), None):
        raise ValueError(f"{where}: expected {', '.join((*names, *besides))}, got {shown(strange)}; leave it out")
    return dict(plain)


def _list(where: str, plain: Any, most: int | None = None) -> list[Any]:
    if not isinstance(plain, list):
        raise ValueError(f"{where}: expected a list, got {shown(plain)}; correct it")
    if len(plain) > (_MOST_POINTS if most is None else most):
        raise ValueError(f"{where}: expected at most {most or _MOST_POINTS:,} entries, got {len(plain):,}; shorten it")
    return list(plain)


def _word(where: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or not _writable(value):
        raise ValueError(f"{where}: expected at most {_LONGEST:,} characters of text, got {shown(value)}; correct it")
    return value


def _writable(text: str) -> bool:
    """Whether a browser can be sent it: half a surrogate pair crashes whoever encodes it."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _whole(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _HIGHEST:
        raise ValueError(f"{where}: expected a whole number of at least 0, got {shown(value)}; correct it")
    return value


def _number(where: str, value: Any, *, none: bool = True) -> float | None:
    if value is None and none:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300
    if not number or not math.isfinite(value):
        raise ValueError(f"{where}: expected a number, got {shown(value)}; correct it")
    return float(value)


def _value(where: str, value: Any) -> Value:
    if isinstance(value, str):
        return _word(where, value)
    if not isinstance(value, bool):
        _number(where, value, none=False)
    return value  # type: ignore[no-any-return]  # checked


def _settings(where: str, plain: Any, *, none: bool = False) -> dict[str, Any]:
    if not isinstance(plain, dict) or len(plain) > _MOST_SETTINGS:
        raise ValueError(f"{where}: expected a few settings, got {shown(plain)}; correct it")
    for name, value in plain.items():
        _word(where, name)
        if value is not None or not none:
            _value(f"{where}, {short(name)}", value)
    return dict(plain)
