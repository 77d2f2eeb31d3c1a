"""What a net that was trained on a task reads: trials of that task, drawn by seed and number; pictures of digits.

A task has no text. A trial is one of its sequences from the test part, which the net has never seen, written as a
reader would type it: so it can be changed by hand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lstm_core import corpus, tasks
from lstm_core.sources import Source
from lstm_ui import nets
from lstm_ui.nets import Input

MOST = 10_000  # trials of a task to choose from
_DECIMALS = 4  # of a number in a trial


class Trial(NamedTuple):
    """A trial as a reader would type it, and the right answer to it in words; empty where every step has its own."""

    text: str
    answer: str = ""


def is_task(source: Source) -> bool:
    """Whether the data of a run are drawn."""
    return source.kind == "task"


def count(source: Source) -> int:
    """How many trials there are to choose from; 0 where the data are a reader's own."""
    if is_task(source):
        return MOST
    return len(_pictures(source)) if _are_digits(source) else 0


def trial(source: Source, seed: int, number: int) -> Trial:
    """One of them.

    Parameters
    ----------
    source : Source
    seed : int
        Of the training: the same sequences as in its test part.
    number : int
        From 1 to `count`.

    Examples
    --------
    >>> trial(tasks.source("first", 8), 0, 1)
    Trial(text='Dxwxzyzxy', answer='D')
    """
    number = min(max(1, number), max(1, count(source)))
    if not is_task(source):
        item = _pictures(source)[number - 1]
        return Trial(source.items[item], source.labels[item])
    problem = tasks.find(source.task)
    drawn = corpus.Generated(problem, source.lag, seed, "test").draw(number, 1)
    length = len(drawn.x) if drawn.lengths is None else int(drawn.lengths[0])
    if problem.net == "regressor":
        steps = [" ".join(f"{value:.{_DECIMALS}g}" for value in row) for row in drawn.x[:length, 0]]
        return Trial("\n".join(steps), f"{float(drawn.targets[0, 0]):.3f}")
    apart = "" if problem.unit == "characters" else " "
    return Trial(apart.join(problem.symbols[k] for k in drawn.x[:length, 0]), _answer(problem, drawn.targets, length))


def _answer(problem: Any, targets: Any, length: int) -> str:
    if problem.net == "classifier":
        return str(problem.labels[int(targets[0])])
    if problem.net == "tagger":
        return "".join(problem.labels[k] for k in targets[:length, 0])
    return ""


def read_numbers(typed: str, model: Any, numbers: int) -> Input:
    """A sequence of numbers as a regressor reads it.

    Raises
    ------
    ValueError
        Something that is no number, or another number of columns than the net has inputs.
    """
    found = nets.read_series(typed)
    first = model.layers[0].forward
    if found.x.shape[1] != len(first.W_x):
        raise ValueError(
            f"numbers: expected {len(first.W_x)} in each line, got {found.x.shape[1]}; write a line for each step"
        )
    most = max(2, numbers // first.hidden)
    x = found.x[:most].astype(first.W_x.dtype)
    notes = found.notes if len(x) == len(found.x) else (*found.notes, f"This page shows the first {most} steps.")
    return Input(np.ascontiguousarray(x), found.tokens[:most], found.raw[:most], notes)


def _are_digits(source: Source) -> bool:
    return source.kind == "labelled" and source.name == tasks.PROBLEMS["digits"].title and bool(_pictures(source))


@lru_cache(maxsize=2)
def _pictures(source: Source) -> list[int]:
    """Where the pictures of the test part stand."""
    return [k for k, part in enumerate(source.splits) if part == "test"]
