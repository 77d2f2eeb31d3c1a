"""What a synthetic task is: plain values, and a function that draws sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from lstm_core.arrays import Array, Bools, Ints
from lstm_core.config import Task
from lstm_core.text import Unit


class Drawn(NamedTuple):
    """Sequences side by side, with what should come out.

    `x` (time, batch) ids or (time, batch, inputs) numbers; `targets` (time, batch) or (batch,) ids, or (batch, outputs)
    numbers; `lengths` (batch,) or None where all are equally long. `legal` (time, batch, symbols): what may follow at
    each step. `trials` (time, batch): the number of the trial that a step belongs to, -1 where nothing is asked; a
    trial is right if all its steps are.
    """

    x: Ints | Array
    targets: Ints | Array
    lengths: Ints | None = None
    legal: Bools | None = None
    trials: Ints | None = None


_WRITTEN = 10**18  # lags below it are told as they are

Draw: TypeAlias = Callable[[np.random.Generator, int, int], Drawn]  # generator, lag, batch
Line: TypeAlias = Callable[[int], float]  # from the lag to a height


class Lags(NamedTuple):
    """How far apart what belongs together may stand: the least, the most, the usual, and what it counts."""

    least: int
    most: int
    usual: int
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A task that shows what a recurrent net can keep.

    Parameters
    ----------
    name : str
        In links and sources.
    title, about, source : str
        For readers: what it is called, what happens in it, who asked it first.
    net : {"language", "classifier", "tagger", "regressor"}
        The model that reads it.
    unit : {"characters", "words"}
        What a symbol is, where a reader types some.
    right : str
        What counts as a right answer, in words.
    measure : {"score", "loss"}
        What is compared: the share of right trials, or the mean squared error.
    solved : float
        The least score, or the largest loss, with which the task counts as solved.
    lags : Lags or None
        None: nothing can be chosen.
    symbols, labels : tuple of str
        What a net reads and what it answers with; of a language model the second symbol opens a sequence.
    sizes : (int, int)
        Inputs and outputs of a regressor.
    draw : callable or None
        From (generator, lag, batch) to `Drawn`. None: the data are real and come from a file.
    chance, memoryless : callable
        From the lag to the measure of who guesses among all answers, and of who knows everything but what lies behind.
    memoryless_loss : callable
        The same as a mean loss, in nats a symbol or sequence.
    carried : bool
        The state goes on from batch to batch.
    """

    name: str
    title: str
    about: str
    source: str
    net: Task
    unit: Unit
    right: str
    measure: Literal["score", "loss"]
    solved: float
    lags: Lags | None
    symbols: tuple[str, ...]
    labels: tuple[str, ...]
    draw: Draw | None
    chance: Line
    memoryless: Line
    memoryless_loss: Line
    sizes: tuple[int, int] = (0, 0)
    carried: bool = False

    def check_lag(self, lag: int) -> int:
        """The lag, if this task can have it; 0 for a task without one.

        Raises
        ------
        ValueError
            A lag that is out of range, with the range.
        """
        least, most, usual, _ = self.lags or Lags(0, 0, 0, "")
        if lag == 0 and least == 0:
            return 0
        whole = isinstance(lag, int | np.integer) and not isinstance(lag, bool)
        # Python does not write whole numbers of thousands of digits.
        got = repr(lag) if not whole else f"{lag:,}" if abs(lag) < _WRITTEN else "a number far beyond"
        if self.lags is None:
            raise ValueError(f"lag: expected 0, since {self.title.lower()} has none, got {got}; leave it out")
        if not whole or not least <= lag <= most:
            raise ValueError(f"lag: expected {least} to {most:,} for {self.title.lower()}, got {got}; try {usual}")
        return int(lag)
