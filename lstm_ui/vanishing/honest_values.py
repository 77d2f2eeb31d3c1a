"""What the section Honest corner shows, from stored sweeps and from nets that are made on the spot; no widgets.

prose()       losses of RNN, GRU and LSTM on ordinary prose, beside tables that only count
clipping()    a plain RNN with its gradient as it is, and clipped
products()    how much of an LSTM's gradient is the product of its forget gates
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from lstm_core import baselines, batches, corpus, paths, tasks
from lstm_core.corpus import Ragged
from lstm_plots import bands
from lstm_plots.bands import Band
from lstm_runs import grids
from lstm_runs.sweeps import Row
from lstm_ui import stored_sweeps
from lstm_ui.stored_sweeps import Stored
from lstm_ui.vanishing import far_values

ORDERS = {"unigram": "Unigram table", "5-gram": "5-gram table"}
BIASES = (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
NETS = 200
FREE = "As it is"
_WIDE = "RNN with as many weights"


class Prose(NamedTuple):
    """Losses over the updates in nats a character, each net at the learning rate that suited it better.

    `tables`: the losses of tables that count, on the same characters; `seconds` that counting took.
    """

    bands: dict[str, Band]
    rates: dict[str, float]
    tables: dict[str, float]
    seconds: float
    stored: tuple[Stored, ...]


@cache
def prose() -> Prose:
    """The stored curves, and the tables, which are made here."""
    small, wide = stored_sweeps.open("prose-early"), stored_sweeps.open("prose-wide-rnn")
    wanted = {title: (small, {"cell": cell}) for cell, title in far_values.CELLS.items()} | {_WIDE: (wide, {})}
    rates = {title: best_rate(stored, fixed) for title, (stored, fixed) in wanted.items()}
    found = {}
    for title, (stored, fixed) in wanted.items():
        whole = far_values.band(stored, {**fixed, "rate": rates[title]}, "loss", by_lag=False)
        found[title] = Band(*(part[1:] for part in whole))  # before the first update all nets guess
    began = time.perf_counter()
    counted = _tables(small)
    return Prose(found, rates, counted, time.perf_counter() - began, (small, wide))


def best_rate(stored: Stored, fixed: Mapping[str, Any], measure: str = "best_loss") -> float:
    """The learning rate with the lowest median over the seeds, of the runs that have these settings."""
    rates = sorted({float(row.settings["rate"] or 0) for row in stored.rows})
    return min(rates, key=lambda rate: _median(stored, {**fixed, "rate": rate}, measure))


def chosen(stored: Stored, fixed: Mapping[str, Any]) -> list[Row]:
    """The runs that have these settings."""
    return [row for row in stored.rows if all(row.settings.get(name) == value for name, value in fixed.items())]


def _median(stored: Stored, fixed: Mapping[str, Any], measure: str) -> float:
    values = [getattr(row, measure) for row in chosen(stored, fixed)]
    return float(np.median([np.inf if value is None else value for value in values]))


def _tables(stored: Stored) -> dict[str, float]:
    """Interpolated Witten-Bell tables of the training part, on the characters that the nets were validated on."""
    sources = stored_sweeps.sources(stored.name)
    plan = grids.expand(stored.sweep, sources)[0]
    data = corpus.prepare(grids.source(plan, sources), plan.config)
    held_out, positions = data.part("validation"), batches.validation(data, plan.config, "validation").positions
    assert data.vocabulary is not None and not isinstance(held_out, Ragged)
    found = baselines.ngram_lines(data.train, held_out, len(data.vocabulary), orders=(1, 5), positions=positions)
    return {title: found[name] for name, title in ORDERS.items()}


def overlap(first: Band, second: Band) -> tuple[int, int]:
    """At how many places two bands touch, and how many places there are.

    Examples
    --------
    >>> overlap(bands.over([1, 2], [[1.0, 5.0], [2.0, 6.0]]), bands.over([1, 2], [[2.0, 1.0], [3.0, 2.0]]))
    (1, 2)
    """
    touching = (first.low <= second.high) & (second.low <= first.high)
    return int(touching.sum()), len(touching)


def ahead(first: Band, second: Band) -> int:
    """The last place up to which the first one has had the lower median everywhere; 0: none.

    Examples
    --------
    >>> low, high = [[1.0, 1.0, 3.0]], [[2.0, 2.0, 2.0]]
    >>> ahead(bands.over([10, 20, 30], low), bands.over([10, 20, 30], high))
    20
    """
    behind = np.flatnonzero(first.middle >= second.middle)
    count = int(behind[0]) if behind.size else len(first.middle)
    return int(first.x[count - 1]) if count else 0


class Clipped(NamedTuple):
    """Mean squared errors by learning rate, one band for each clipping.

    `best`: the rate that suits each, `medians` there; `learned`: by rate, of how many seeds the error is closer to
    solved than to a guess.
    """

    bands: dict[str, Band]
    best: dict[str, float]
    medians: dict[str, float]
    learned: dict[str, dict[float, int]]
    seeds: int
    guess: float
    solved: float
    stored: Stored


@cache
def clipping() -> Clipped:
    """The stored sweep over clipping and learning rates."""
    stored = stored_sweeps.open("clipping")
    problem, lag = tasks.PROBLEMS[stored.sweep.data], stored.sweep.lag or 0
    rates = sorted({float(row.settings["rate"] or 0) for row in stored.rows})
    limits = {_clip_title(float(clip)): {"clip": clip} for clip in dict(stored.sweep.over)["clip"]}
    found, best, medians, learned = {}, {}, {}, {}
    for title, fixed in limits.items():
        losses = [[_loss(row) for row in chosen(stored, {**fixed, "rate": rate})] for rate in rates]
        found[title] = bands.over(rates, np.array(losses).T)
        best[title] = best_rate(stored, fixed, "loss")
        medians[title] = float(np.median(losses[rates.index(best[title])]))
        learned[title] = {
            rate: sum(far_values.way(value, problem, lag) > 0.5 for value in ends)
            for rate, ends in zip(rates, losses, strict=True)
        }
    seeds = len(stored.sweep.seeds)
    return Clipped(found, best, medians, learned, seeds, problem.memoryless(lag), problem.solved, stored)


def _loss(row: Row) -> float:
    return np.nan if row.loss is None else row.loss


def _clip_title(clip: float) -> str:
    return f"Norm at most {clip:g}" if clip else FREE


def matters_most(found: Clipped) -> tuple[float, str]:
    """The learning rate and the clipping that make the most seeds learn which do not learn without it."""
    free = found.learned[FREE]
    choices = [(rate, title) for title in found.learned if title != FREE for rate in free]
    return max(choices, key=lambda choice: found.learned[choice[1]][choice[0]] - free[choice[0]])


class Products(NamedTuple):
    """By forget bias: the product's norm over that of the whole gradient, and its signed share of it; see `paths`."""

    ratio: Band
    projection: Band
    nets: int


@cache
def products(biases: tuple[float, ...] = BIASES, nets: int = NETS) -> Products:
    """Untrained LSTMs of 8 units, 20 steps, made now: seed 0."""
    found = paths.shares_of_random_nets(biases, nets=nets)
    ratio = np.array([found[bias].ratio for bias in biases]).T
    projection = np.array([found[bias].projection for bias in biases]).T
    return Products(bands.over(biases, ratio), bands.over(biases, projection), nets)
