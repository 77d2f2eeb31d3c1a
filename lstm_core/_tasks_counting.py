"""Counting: as many b as there were a."""

from __future__ import annotations

import math

import numpy as np

from lstm_core._tasks_values import Drawn, Lags, Problem

_A, _OPEN, _B, _CLOSE = 0, 1, 2, 3  # ids: a, S, b, T


def draw_counting(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """Strings S a^n b^n T, n from 1 to `lag`; targets are the next symbols.

    How many a come cannot be known, so nothing is asked there. From the first b on each next symbol is certain; all
    of a string together are one trial.

    Examples
    --------
    >>> found = draw_counting(np.random.default_rng(0), 4, 2)
    >>> ["".join(COUNTING.symbols[k] for k in found.x[:n, b]) for b, n in enumerate(found.lengths)]
    ['Saaaabbbb', 'Saaabbb']
    >>> "".join(COUNTING.symbols[k] for k in found.targets[:7, 1]), found.trials[:7, 1]
    ('aaabbbT', array([-1, -1, -1, -1,  1,  1,  1]))
    """
    n = rng.integers(1, lag + 1, batch)
    t = np.arange(2 * int(n.max()) + 2)[:, None]  # all symbols but what lies behind T
    whole = np.where(t == 0, _OPEN, np.where(t <= n, _A, np.where(t <= 2 * n, _B, _CLOSE)))
    lengths = 2 * n + 1
    inside = t[:-1] < lengths
    trials = np.where(inside & (t[:-1] > n), np.arange(batch), -1)
    x, targets = (np.where(inside, part, 0) for part in (whole[:-1], whole[1:]))
    return Drawn(x, targets, None if (lengths == len(x)).all() else lengths, trials=trials)


def counting_chance(lag: int) -> float:
    """Share of strings that a guess among four symbols gets right: the mean of (1/4)^n over n = 1 to `lag`.

    Examples
    --------
    >>> counting_chance(1), counting_chance(2)
    (0.25, 0.15625)
    """
    return sum(0.25**n for n in range(1, lag + 1)) / lag


def counting_loss(lag: int) -> float:
    """Loss of who sees the last symbol alone, in nats a symbol.

    An a or b is the last of its kind in p = 2 / (lag + 1) of all cases, so each of them costs the entropy H(p), and S
    nothing. A string has lag + 1 letters in the mean, and S.

    Examples
    --------
    >>> round(counting_loss(3), 4)        # 4 letters, each ln 2, over 5 steps
    0.5545
    """
    p = 2 / (lag + 1)
    entropy = 0.0 if p == 1 else -p * math.log(p) - (1 - p) * math.log(1 - p)
    return (lag + 1) * entropy / (lag + 2)


COUNTING = Problem(
    name="counting",
    title="a^n b^n",
    about=(
        "A string opens with S, then come some a, then just as many b, then T. The net says what comes next. To know "
        "when T comes it has to count the a and to count them down again. No finite automaton can do that for all n."
    ),
    source=(
        "Gers and Schmidhuber (2001), LSTM recurrent networks learn simple context-free and context-sensitive languages"
    ),
    net="language",
    unit="characters",
    right="from the first b to T every symbol is foretold",
    measure="score",
    solved=0.99,
    lags=Lags(1, 500, 10, "the largest n"),
    symbols=("a", "S", "b", "T"),
    labels=(),
    draw=draw_counting,
    chance=counting_chance,
    memoryless=lambda lag: 1 / lag,  # who says T behind every b is right at n = 1
    memoryless_loss=counting_loss,
)
