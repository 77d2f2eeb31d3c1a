"""Temporal order: two signs in a long row of noise, and the question which came first."""

from __future__ import annotations

import math

import numpy as np

from lstm_core._tasks_values import Drawn, Lags, Problem

_START, _END, _FIRST_NOISE, _X = 0, 1, 2, 6  # ids: the noise are 2 to 5, X and Y 6 and 7


def draw_order(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """Noise in which X or Y stands twice, at a tenth to two tenths and at five to six tenths of `lag`.

    The sequence has `lag` steps to a tenth more; it begins with E and ends with B, as in the paper. Targets: 0 to 3 for
    XX, XY, YX, YY.

    Examples
    --------
    >>> found = draw_order(np.random.default_rng(1), 20, 2)
    >>> ["".join(ORDER.symbols[k] for k in column) for column in found.x.T]
    ['EadXdbbcadXdbaadbdcaB', 'EadXbdbcadcYdbbababdB']
    >>> [ORDER.labels[k] for k in found.targets]
    ['XX', 'XY']
    """
    lengths = rng.integers(lag, lag + lag // 10 + 1, batch)
    x = rng.integers(_FIRST_NOISE, _X, (int(lengths.max()), batch))
    signs = rng.integers(0, 2, (2, batch))  # 0: X, 1: Y
    columns, tenth = np.arange(batch), lag // 10
    x[rng.integers(tenth, 2 * tenth, batch), columns] = _X + signs[0]
    x[rng.integers(5 * tenth, 6 * tenth, batch), columns] = _X + signs[1]
    x[0] = _START
    x[lengths - 1, columns] = _END
    x[np.arange(len(x))[:, None] >= lengths] = 0
    return Drawn(x, 2 * signs[0] + signs[1], None if (lengths == len(x)).all() else lengths)


ORDER = Problem(
    name="order",
    title="Temporal order",
    about=(
        "In a long row of meaningless letters X or Y stands at two places. When the sequence ends, the net says what "
        "came first and what came second: XX, XY, YX or YY. It has to keep two signs and their order."
    ),
    source="Hochreiter and Schmidhuber (1997), Long short-term memory, experiment 6a",
    net="classifier",
    unit="characters",
    right="both signs are named in their order",
    measure="score",
    solved=0.99,
    lags=Lags(20, 1_000, 50, "steps of the whole sequence, to a tenth more"),
    symbols=tuple("EBabcdXY"),
    labels=("XX", "XY", "YX", "YY"),
    draw=draw_order,
    chance=lambda _: 1 / 4,
    memoryless=lambda _: 1 / 4,
    memoryless_loss=lambda _: math.log(4),
)
