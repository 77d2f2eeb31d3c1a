"""Synthetic tasks: what a recurrent net can keep, and for how long.

    source("adding", lag=100), config("adding")  ->  corpus.prepare, training.start, training.advance, as for any data
    measure(state.model, data, state.config)     ->  loss and share of right trials on sequences never seen
    chance, memoryless                           ->  lines to draw beside them

Every batch is a function of the seed and the step, and no sequence comes twice on purpose. The digits are real and come
from a file: `digits` reads it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from lstm_core import batches, models
from lstm_core._data import Data
from lstm_core._tasks_table import LEVELS, PIXELS, PROBLEMS, find
from lstm_core._tasks_values import Lags, Problem
from lstm_core.config import TrainConfig
from lstm_core.models import Model
from lstm_core.sources import PARTS, Part, Source

__all__ = [
    "PROBLEMS",
    "Lags",
    "Measured",
    "Problem",
    "chance",
    "config",
    "digits",
    "find",
    "measure",
    "memoryless",
    "memoryless_loss",
    "source",
]

# Settings that solve each task in less than a minute with its usual lag; copying comes to 0.95 in that time. To keep
# something for long, gates have to begin open: hence the biases. Reber strings get the LSTM of 1997, as in the paper.
_START: dict[str, dict[str, Any]] = {
    "first": {"hidden": 12, "batch": 32, "rate": 0.01, "clip": 1.0, "forget_bias": 4.0, "steps": 1_500},
    "copy": {"hidden": 64, "batch": 32, "rate": 0.005, "clip": 1.0, "forget_bias": 4.0, "steps": 10_000},
    "adding": {"hidden": 12, "batch": 32, "rate": 0.005, "clip": 1.0, "steps": 3_000},
    "order": {"hidden": 8, "batch": 32, "rate": 0.01, "clip": 1.0, "forget_bias": 3.0, "steps": 2_000},
    "counting": {"hidden": 6, "batch": 16, "rate": 0.01, "clip": 1.0, "steps": 2_000},
    "reber": {
        **{"hidden": 8, "batch": 1, "rate": 0.01, "clip": 1.0, "steps": 8_000},
        **{"forget": "none", "input_bias": -1.0, "output_bias": -1.0},
    },
    "continual": {
        **{"hidden": 12, "batch": 1, "rate": 0.01, "clip": 5.0, "steps": 2_000},
        **{"input_bias": -1.0, "output_bias": -1.0},
    },
    "agreement": {"hidden": 12, "batch": 32, "rate": 0.01, "clip": 1.0, "forget_bias": 4.0, "steps": 1_000},
    "digits": {
        **{"hidden": 32, "vectors": "numbers", "features": 1, "batch": 50, "rate": 0.005, "clip": 1.0},
        **{"steps": 4_000, "schedule": "cosine", "dropout": 0.1},
    },
}


class Measured(NamedTuple):
    """Mean loss; share of right trials and their number (both 0 for a regressor)."""

    loss: float
    score: float
    trials: int


def source(name: str, lag: int | None = None) -> Source:
    """A synthetic task as data.

    Parameters
    ----------
    name : str
        In `PROBLEMS`.
    lag : int, optional
        What `PROBLEMS[name].lags` says; its usual value when not given.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        An unknown task, a lag out of range; the digits, which come from a file.

    Examples
    --------
    >>> source("adding", 100).name
    'Adding, lag 100'
    >>> source("adding", 5_000)
    Traceback (most recent call last):
    ValueError: lag: expected 2 to 1,000 for adding, got 5,000; try 50
    """
    problem = find(name)
    if problem.draw is None:
        raise ValueError(f"task: expected one that is generated, got {name!r}; read its file with tasks.{name}")
    chosen = problem.check_lag(lag if lag is not None else problem.lags.usual if problem.lags else 0)
    return Source("task", f"{problem.title}, lag {chosen}" if chosen else problem.title, task=name, lag=chosen)


def config(name: str, **changes: Any) -> TrainConfig:
    """Settings that fit a task, with some of your own.

    Raises
    ------
    ValueError
        An unknown task, a value that is refused.

    Examples
    --------
    >>> found = config("adding", hidden=8)
    >>> found.task, found.every_step, found.hidden
    ('regressor', False, 8)
    """
    problem = find(name)
    fixed: dict[str, Any] = {"task": problem.net, "unit": problem.unit, "every_step": problem.net != "regressor"}
    if problem.symbols:
        fixed |= {"vectors": "one-hot", "features": len(problem.symbols)}
    if unknown := changes.keys() - TrainConfig().as_dict().keys():
        raise ValueError(f"configuration: expected known names, got {min(unknown)[:40]!r}; see TrainConfig")
    return TrainConfig(**{**fixed, **_START[name], **changes})


def chance(name: str, lag: int = 0) -> float:
    """What a guess among all answers reaches: a share of right trials, or for adding a mean squared error.

    Examples
    --------
    >>> chance("order", 50), round(chance("copy", 30), 3)
    (0.25, 0.111)
    """
    return find(name).chance(lag)


def memoryless(name: str, lag: int = 0) -> float:
    """What is reached by who knows the whole task but remembers nothing of what lies behind; as `chance`.

    Examples
    --------
    >>> memoryless("copy", 30), memoryless("counting", 10), memoryless("reber"), round(memoryless("adding", 9), 3)
    (0.125, 0.1, 0.5, 0.667)
    """
    return find(name).memoryless(lag)


def memoryless_loss(name: str, lag: int = 0) -> float:
    """The mean loss that goes with `memoryless`, in nats, or as a squared error.

    Examples
    --------
    >>> round(memoryless_loss("copy", 100), 4), round(memoryless_loss("order", 50), 4)
    (0.1733, 1.3863)
    """
    return find(name).memoryless_loss(lag)


def measure(model: Model, data: Data, config: TrainConfig, part: Part = "test", tokens: int = 100_000) -> Measured:
    """How well a net does a task, on a part of the data that it never saw.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    data : Data
        From `corpus.prepare`.
    config : TrainConfig
    part : {"test", "validation", "train"}
    tokens : int
        How much of it is read at most.

    Returns
    -------
    Measured

    Examples
    --------
    >>> from lstm_core import corpus, training
    >>> settings = config("first", hidden=3)
    >>> data = corpus.prepare(source("first", 5), settings)
    >>> found = measure(training.start(settings, data).model, data, settings, tokens=2_000)
    >>> found.trials, 0 <= found.score <= 1
    (320, True)
    """
    whole = batches.validation(data, replace(config, validation_tokens=tokens), part)
    loss, right, rows, carried = 0.0, 0, 0, None
    for batch, fresh, weight in zip(whole.batches, whole.fresh, whole.weights, strict=True):
        said = models.predict(model, batch.x, None if fresh else carried, lengths=batch.lengths)
        error, hits, count = models.scores(model, said.logits, batch)
        loss, right, rows = loss + error * weight, right + hits, rows + count
        carried = said.trace.final
    by_score = not isinstance(model, models.Regressor)
    return Measured(loss / sum(whole.weights), right / rows if by_score else 0.0, rows if by_score else 0)


def digits(text: str) -> Source:
    """The digits of `sample_data/digits/digits.csv` as labelled texts of 64 grey levels.

    Parameters
    ----------
    text : str
        A header, then 64 numbers from 0 to 16 row by row, the digit, and the part of the data, separated by commas.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        Other lines, with the number of the first one.

    Examples
    --------
    >>> found = digits("header\\n" + "0,16," * 32 + "7,train\\n")
    >>> found.labels, found.items[0][:9]
    (('7',), '0 16 0 16')
    """
    levels, parts = set(map(str, range(LEVELS))), set(PARTS)
    rows = [line.split(",") for line in text.splitlines()[1:]]
    for k, row in enumerate(rows, start=2):
        if len(row) != PIXELS + 2 or not levels.issuperset(row[:PIXELS]) or row[-2] not in set("0123456789"):
            raise ValueError(
                f"digits: expected {PIXELS} numbers from 0 to {LEVELS - 1}, a digit and a part in line {k}, "
                "got something else; take the file as it is"
            )
        if row[-1] not in parts:
            raise ValueError(
                f"digits: expected train, validation or test at the end of line {k}, got {row[-1][:40]!r}; "
                "take the file as it is"
            )
    items = tuple(" ".join(row[:PIXELS]) for row in rows)
    return Source(
        "labelled",
        PROBLEMS["digits"].title,
        items=items,
        labels=tuple(row[-2] for row in rows),
        splits=tuple(row[-1] for row in rows),
    )
