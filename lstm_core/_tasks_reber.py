"""Reber strings: a small automaton says which symbols may follow, and an outer frame asks for memory.

    B -> T or P -> a string of the automaton -> the same T or P -> E

Inside, two symbols may follow nearly everywhere, each half of the time. Only the frame's second T or P depends on
something far back, and how far changes from string to string.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import TypeAlias

import numpy as np

from lstm_core._tasks_values import Drawn, Problem

SYMBOLS = tuple("TBPSXVE")  # B, which opens a string, in the second place
_T, _B, _P, _E = 0, 1, 2, 6
_CHUNK = 6  # strings of a continual stream in one batch, per column
# From each state the ways out, as (symbol, next state). Two are equally likely.
INNER: tuple[tuple[tuple[str, int], ...], ...] = (
    (("B", 1),),
    (("T", 2), ("P", 3)),
    (("S", 2), ("X", 4)),
    (("T", 3), ("V", 5)),
    (("X", 3), ("S", 6)),
    (("P", 4), ("V", 6)),
    (("E", 7),),
)
_WAYS = tuple(tuple((SYMBOLS.index(symbol), state) for symbol, state in ways) for ways in INNER)
_MANY = 64  # coins drawn at once
Places: TypeAlias = list[tuple[int, tuple[int, ...]]]  # a string: each symbol, and which ones might have stood there


def draw_embedded(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """Embedded Reber strings, a trial each; targets are the next symbols. `lag` is not used.

    Examples
    --------
    >>> found = draw_embedded(np.random.default_rng(0), 0, 2)
    >>> ["".join(SYMBOLS[k] for k in found.x[:n, b]) for b, n in enumerate(found.lengths)]
    ['BPBPVPXTTTTVVEP', 'BPBPVVEP']
    >>> ["".join(SYMBOLS[k] for k in np.flatnonzero(row)) for row in found.legal[:6, 1]]
    ['TP', 'B', 'TP', 'TV', 'PV', 'E']
    """
    coins = _coins(rng)
    return _side_by_side([[_string(coins)] for _ in range(batch)])


def draw_continual(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """Six embedded Reber strings one behind the other in every column; behind an E comes the next B. A trial each.

    Examples
    --------
    >>> found = draw_continual(np.random.default_rng(0), 0, 1)
    >>> "".join(SYMBOLS[k] for k in found.x[:20, 0]), found.trials[14:18, 0]
    ('BPBPVPXTTTTVVEPEBPBP', array([0, 0, 1, 1]))
    """
    coins = _coins(rng)
    return _side_by_side([[_string(coins) for _ in range(_CHUNK)] for _ in range(batch)], on=True)


def _coins(rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.integers(0, 2, _MANY).tolist()


def _string(coins: Iterator[int]) -> Places:
    """An embedded string."""
    frame = (_T, _P)[next(coins)]
    places: Places = [(_B, (_B,)), (frame, (_T, _P))]
    state = 0
    while state < len(_WAYS):
        ways = _WAYS[state]
        symbol, state = ways[next(coins)] if len(ways) > 1 else ways[0]
        places.append((symbol, tuple(symbol for symbol, _ in ways)))
    return [*places, (frame, (frame,)), (_E, (_E,))]


def _side_by_side(columns: list[list[Places]], *, on: bool = False) -> Drawn:
    """Columns of strings as one batch. `on`: behind the last string comes another one."""
    joined = [[*chain(*strings), *([(_B, (_B,))] if on else [])] for strings in columns]
    lengths = np.array([len(places) - 1 for places in joined])
    T, B = int(lengths.max()), len(columns)
    x, targets, trials = np.zeros((T, B), np.int64), np.zeros((T, B), np.int64), np.full((T, B), -1)
    legal = np.zeros((T, B, len(SYMBOLS)), bool)
    trial = count()
    for b, places in enumerate(joined):
        T = len(places) - 1
        symbols = [symbol for symbol, _ in places]
        x[:T, b], targets[:T, b] = symbols[:-1], symbols[1:]
        numbers = [number for string in columns[b] for number in [next(trial)] * len(string)]
        trials[:T, b] = numbers[:T]
        rows = [(t, symbol) for t, (_, might) in enumerate(places[1:]) for symbol in might]
        steps, possible = zip(*rows, strict=True)
        legal[steps, b, possible] = True
    return Drawn(x, targets, None if (lengths == len(x)).all() else lengths, legal, trials)


def expected(cost: Callable[[int], float], *, product: bool = False) -> float:
    """Mean over all strings of the automaton: of the sum, or the product, of `cost` (ways out) over its symbols.

    Examples
    --------
    >>> round(expected(lambda ways: 1.0), 6)              # symbols of a string, B and E with it
    8.0
    >>> round(expected(lambda ways: float(ways > 1)), 6)       # of these, free choices
    6.0
    """
    states = len(INNER)
    A, b = np.eye(states), np.zeros(states)
    for state, ways in enumerate(INNER):
        own = cost(len(ways))
        for _, follower in ways:
            if follower < states:
                A[state, follower] -= (own if product else 1.0) / len(ways)
            elif product:
                b[state] += own / len(ways)
        b[state] += 0.0 if product else own
    return float(np.linalg.solve(A, b)[0])


def reber_chance(on: bool) -> float:
    """Share of strings that a guess gets right: at each symbol the one or two legal ones of seven are hit by chance.

    Examples
    --------
    >>> 0 < reber_chance(False) < 1e-6
    True
    """

    def hit(ways: int) -> float:
        return 1 / math.comb(len(SYMBOLS), ways)

    return hit(2) * expected(hit, product=True) * hit(1) ** (3 if on else 2)


def reber_loss(on: bool, *, memory: bool = False) -> float:
    """Loss of who knows the automaton but not how the string began (or, with `memory`, that too), in nats a symbol.

    Every free choice costs ln 2: that of the frame, those inside, and without memory the frame's second one.

    Examples
    --------
    >>> round(reber_loss(False), 4), round(reber_loss(False, memory=True), 4)
    (0.5041, 0.4411)
    """
    choices = 1 + expected(lambda ways: float(ways > 1)) + (0 if memory else 1)
    foretold = expected(lambda ways: 1.0) + (4 if on else 3)  # all symbols but the first, and the next string's first
    return math.log(2) * choices / foretold


_SOURCE = "Hochreiter and Schmidhuber (1997), Long short-term memory, experiment 1"
_RIGHT = "at every symbol of a string exactly those that may follow are the most probable"
REBER = Problem(
    name="reber",
    title="Embedded Reber grammar",
    about=(
        "A string opens with B and T or with B and P. Then comes a string of a small automaton, and at the end the "
        "same T or P once more. The net says what may come next. What is far back matters for one symbol alone."
    ),
    source=f"{_SOURCE}; the grammar: Reber (1967), Implicit learning of artificial grammars",
    net="language",
    unit="characters",
    right=_RIGHT,
    measure="score",
    solved=0.99,
    lags=None,
    symbols=SYMBOLS,
    labels=(),
    draw=draw_embedded,
    chance=lambda _: reber_chance(False),
    memoryless=lambda _: 1 / 2,
    memoryless_loss=lambda _: reber_loss(False),
)
CONTINUAL = Problem(
    name="continual",
    title="Continual embedded Reber grammar",
    about=(
        "Embedded Reber strings follow one another without an end, and nobody tells the net where one begins. The "
        "state is carried on and on. A net that cannot forget fills its cells until they are of no use: this is why "
        "there is a forget gate."
    ),
    source="Gers, Schmidhuber and Cummins (2000), Learning to forget: continual prediction with LSTM",
    net="language",
    unit="characters",
    right=_RIGHT,
    measure="score",
    solved=0.99,
    lags=None,
    symbols=SYMBOLS,
    labels=(),
    draw=draw_continual,
    chance=lambda _: reber_chance(True),
    memoryless=lambda _: 1 / 2,
    memoryless_loss=lambda _: reber_loss(True),
    carried=True,
)
