"""One sequence of a task as tokens, with the answer, and what in it has to be remembered."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_core import signs
from lstm_core.corpus import Data
from lstm_core.models import Batch
from lstm_core.tasks import Problem

ROOM = 96  # signs of a sequence that are shown, about
_PICTURE = 8  # pixels of a side
_CELL = (
    "display:inline-block;min-width:1.7em;padding:1px 4px;text-align:center;border-radius:4px;white-space:nowrap;"
    "font-family:monospace;"
)
# A step is a column, and columns wrap: on a phone the answer, at the very end, would not be in sight in one long row.
_TABLE = "display:flex;gap:8px;border-collapse:collapse;font-size:.9rem"
_COLUMNS = "display:flex;flex-wrap:wrap;align-items:flex-start;row-gap:8px"
_COLUMN = "display:flex;flex-direction:column"
_ENTRY = "display:flex;align-items:center;justify-content:{};min-height:2.2em;padding:1px;font-weight:400"
_PLAIN, _KEPT = "border:1px solid rgba(128,128,128,.35);", "border:2px solid currentColor;font-weight:700;"


class Example(NamedTuple):
    """`reads` and `says`, one a step ("" where nothing is asked); `kept`: the steps that have to be remembered."""

    reads: tuple[str, ...]
    says: tuple[str, ...]
    kept: frozenset[int]


def remembered(problem: Problem, x: Any, length: int) -> tuple[int, ...]:
    """The steps of one sequence whose symbols decide the answer at its end; none where many do.

    Parameters
    ----------
    problem : Problem
    x : ndarray, shape (time,) of ids, or (time, inputs)
    length : int
        Steps of the sequence.

    Examples
    --------
    >>> from lstm_core.tasks import PROBLEMS
    >>> remembered(PROBLEMS["order"], np.array([0, 2, 6, 3, 7, 1, 0]), 6)
    (2, 4)
    """
    if problem.name == "order":
        return tuple(np.flatnonzero(x[:length] >= problem.symbols.index("X")).tolist())
    if problem.name == "adding":
        return tuple(np.flatnonzero(x[:length, 1] == 1).tolist())
    # The last symbol of the answer of a list of ten is the tenth one.
    fixed = {"first": (0,), "agreement": (1,), "reber": (1,), "copy": (9,)}
    return fixed.get(problem.name, ())


def needed(problem: Problem, batch: Batch, behind: int = 0) -> tuple[int, ...]:
    """How many steps before the answer the earliest of what decides it stands: the least and the most over trials."""
    T, B = batch.x.shape[:2]
    lengths = np.full(B, T) if batch.lengths is None else np.asarray(batch.lengths)
    found = []
    for b, length in enumerate((lengths - behind).tolist()):
        if places := remembered(problem, np.asarray(batch.x)[:, b], length):
            found.append(length - 1 - places[0])
    return tuple(sorted({min(found), max(found)})) if found else ()


def example(problem: Problem, data: Data, number: int = 0) -> Example:
    """A sequence of the test part."""
    if problem.draw is None:
        return _of_file(problem, data, number)
    drawn = data.test.draw(number, 1)  # type: ignore[union-attr]
    x, targets = np.asarray(drawn.x)[:, 0], np.asarray(drawn.targets)
    T = len(x) if drawn.lengths is None else int(drawn.lengths[0])
    kept = frozenset(range(10)) if problem.name == "copy" else frozenset(remembered(problem, x, T))
    if problem.net == "regressor":
        reads = tuple(f"{value:.2f}".replace("-", "\N{MINUS SIGN}") for value, _ in x)
        return Example(reads, _at_end(T, f"{float(targets[0, 0]):.2f}".replace("-", "\N{MINUS SIGN}")), kept)
    reads = tuple(signs.sign(problem.symbols[k]) for k in x[:T])
    if problem.net == "classifier":
        return Example(reads, _at_end(T, problem.labels[int(targets[0])]), kept)
    names = problem.labels or problem.symbols
    if drawn.legal is not None:
        rows = ["/".join(names[k] for k in np.flatnonzero(row)) for row in drawn.legal[:T, 0]]
        return Example(reads, tuple(rows), kept)
    asked = np.ones(T, bool) if drawn.trials is None else drawn.trials[:T, 0] >= 0
    return Example(reads, tuple(names[int(targets[t, 0])] if asked[t] else "" for t in range(T)), kept)


def _of_file(problem: Problem, data: Data, number: int) -> Example:
    x, targets, _, _ = data.test.padded(np.array([number]))  # type: ignore[union-attr]
    tokens = data.vocabulary.tokens  # type: ignore[union-attr]
    return Example(tuple(tokens[k] for k in x[:, 0]), _at_end(len(x), data.labels[int(targets[0])]), frozenset())


def _at_end(steps: int, answer: str) -> tuple[str, ...]:
    return (*[""] * (steps - 1), answer)


def show(problem: Problem, data: Data) -> None:
    """The sequence on the page: what the net reads, and below each step what it should say there."""
    found = example(problem, data)
    if problem.draw is None:
        st.html(_picture(found))
        return
    steps = shown(found)
    columns = []
    for before, t in zip((-1, *steps), steps, strict=False):
        if t > before + 1:
            columns.append(_column(_gap(t - before - 1), ""))
        says = _chip(found.says[t], kept=True) if found.says[t] else ""
        columns.append(_column(_chip(found.reads[t], t in found.kept), says))
    body = f'<tbody style="{_COLUMNS}">{"".join(columns)}</tbody>'
    st.html(f'<table style="{_TABLE}"><thead>{_heads("reads", "says")}</thead>{body}</table>')


def shown(found: Example) -> tuple[int, ...]:
    """The steps that have room: what is to be remembered, beginning and end, and what stands around them.

    Examples
    --------
    >>> found = Example(tuple("a" * 90), ("",) * 90, frozenset({40}))
    >>> steps = shown(found)
    >>> len(steps) < 45, {0, 39, 40, 41, 89} <= set(steps)
    (True, True)
    """
    T = len(found.reads)
    wide = [2 + max(len(read), len(says)) for read, says in zip(found.reads, found.says, strict=True)]
    if sum(wide) <= ROOM:
        return tuple(range(T))
    anchors = sorted({0, T - 1, *found.kept})
    chosen: set[int] = set()
    for far in range(T):
        ring = {t for anchor in anchors for t in (anchor - far, anchor + far) if 0 <= t < T} - chosen
        if far > 1 and sum(wide[t] for t in chosen | ring) > ROOM - 8 * len(anchors):
            break
        chosen |= ring
    return tuple(sorted(chosen))


def _heads(*names: str) -> str:
    head = f'<th scope="col" style="{_ENTRY.format("start")}">{{}}</th>'.format
    return f'<tr style="{_COLUMN}">{"".join(map(head, names))}</tr>'


def _column(*entries: str) -> str:
    entry = f'<td style="{_ENTRY.format("center")}">{{}}</td>'.format
    return f'<tr style="{_COLUMN}">{"".join(map(entry, entries))}</tr>'


def _chip(text: str, kept: bool = False) -> str:
    return f'<span style="{_CELL}{_KEPT if kept else _PLAIN}">{escape(text)}</span>'


def _gap(left_out: int) -> str:
    return f'<span style="white-space:nowrap;opacity:.75">… {left_out} …</span>'


def _picture(found: Example) -> str:
    """The grey levels as a picture, row by row as they are read."""
    dot = '<span style="background:currentColor;width:11px;height:11px;opacity:{:.3f}"></span>'.format
    dots = "".join(dot(int(level) / 16) for level in found.reads)
    frame = f"display:grid;grid-template-columns:repeat({_PICTURE},11px);border:1px solid rgba(128,128,128,.35)"
    answer = _chip(found.says[-1], kept=True)
    return (
        f'<div style="display:flex;align-items:center;gap:14px"><div style="{frame}">{dots}</div>'
        f"<span>64 pixels, read row by row; says {answer} at the end</span></div>"
    )
