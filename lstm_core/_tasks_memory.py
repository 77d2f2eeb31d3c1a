"""Two tasks that ask for what was read long ago: the first symbol, and a list to be copied."""

from __future__ import annotations

import math

import numpy as np

from lstm_core._tasks_values import Drawn, Lags, Problem

CLASSES, NOISE = 4, 4  # of the first symbol; of those behind it
COPIED, LENGTH = 8, 10  # symbols to choose from, symbols of a list


def draw_first(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """A symbol of "ABCD", then `lag` of "wxyz" that mean nothing. The target is the first.

    Examples
    --------
    >>> found = draw_first(np.random.default_rng(0), 3, 2)
    >>> found.x.T, found.targets
    (array([[3, 6, 5, 4],
           [2, 5, 4, 4]]), array([3, 2]))
    """
    first = rng.integers(0, CLASSES, batch)
    noise = rng.integers(CLASSES, CLASSES + NOISE, (lag, batch))
    return Drawn(np.concatenate([first[None], noise]), first)


def draw_copy(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """Ten symbols, blanks, a sign at the end of the lag, and ten blanks in which the symbols are to be said again.

    The list takes 10 steps, the blanks with the sign `lag`, the answer 10: `lag` + 20 in all, as in the paper. At all
    steps before the answer the target is a blank (0). Every symbol of the answer is a trial of its own.

    Examples
    --------
    >>> found = draw_copy(np.random.default_rng(0), 3, 1)
    >>> "".join(COPY_SYMBOLS[k] for k in found.x[:, 0])
    'gfeccaaabg__:__________'
    >>> "".join(COPY_LABELS[k] for k in found.targets[:, 0])
    '_____________gfeccaaabg'
    """
    listed = rng.integers(1, COPIED + 1, (LENGTH, batch))
    x = np.zeros((lag + 2 * LENGTH, batch), np.int64)
    x[:LENGTH] = listed
    x[LENGTH + lag - 1] = COPIED + 1
    targets, trials = np.zeros_like(x), np.full_like(x, -1)
    targets[-LENGTH:] = listed
    trials[-LENGTH:] = np.arange(LENGTH * batch).reshape(LENGTH, batch)
    return Drawn(x, targets, trials=trials)


def copy_loss(lag: int) -> float:
    """Loss of who knows when to answer but not what: 10 ln 8 over lag + 20 steps, in nats a step.

    References
    ----------
    Arjovsky, Shah and Bengio (2016), "Unitary evolution recurrent neural networks".

    Examples
    --------
    >>> round(copy_loss(100), 4)
    0.1733
    """
    return LENGTH * math.log(COPIED) / (lag + 2 * LENGTH)


COPY_LABELS = ("_", *"abcdefgh")
COPY_SYMBOLS = (*COPY_LABELS, ":")

FIRST = Problem(
    name="first",
    title="Remember the first symbol",
    about=(
        "The first symbol is one of A, B, C and D. Behind it comes noise. When the sequence ends, the net says which "
        "symbol was the first. Nothing else is asked, so this is memory alone."
    ),
    source="Bengio, Simard and Frasconi (1994), Learning long-term dependencies with gradient descent is difficult",
    net="classifier",
    unit="characters",
    right="the first symbol is named",
    measure="score",
    solved=0.99,
    lags=Lags(1, 1_000, 50, "symbols of noise behind the first one"),
    symbols=tuple("ABCDwxyz"),
    labels=tuple("ABCD"),
    draw=draw_first,
    chance=lambda _: 1 / CLASSES,
    memoryless=lambda _: 1 / CLASSES,
    memoryless_loss=lambda _: math.log(CLASSES),
)
COPY = Problem(
    name="copy",
    title="Copy memory",
    about=(
        "The net reads ten symbols, then blanks. When a colon comes, it has to say the ten symbols again, in their "
        "order. It has to keep 30 bits and hand them out one symbol at a time."
    ),
    source=(
        "Hochreiter and Schmidhuber (1997), Long short-term memory; as here: Arjovsky, Shah and Bengio (2016), "
        "Unitary evolution recurrent neural networks"
    ),
    net="tagger",
    unit="characters",
    right="a symbol of the list is said again at its place",
    measure="score",
    solved=0.99,
    lags=Lags(1, 1_000, 30, "steps between the list and the answer"),
    symbols=COPY_SYMBOLS,
    labels=COPY_LABELS,
    draw=draw_copy,
    chance=lambda _: 1 / len(COPY_LABELS),
    memoryless=lambda _: 1 / COPIED,
    memoryless_loss=copy_loss,
)
