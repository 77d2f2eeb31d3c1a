"""The adding problem: two numbers of a long row are marked, and their sum is wanted."""

from __future__ import annotations

import numpy as np

from lstm_core._tasks_values import Drawn, Lags, Problem


def draw_adding(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """`lag` steps of two numbers: a value from U(-1, 1), and 1 where it is marked. The target is the sum of both.

    One mark stands in the first half and one in the second.

    Examples
    --------
    >>> found = draw_adding(np.random.default_rng(0), 4, 1)
    >>> found.x[:, 0].round(2).T, found.targets.round(2)
    (array([[ 0.27, -0.46, -0.92, -0.97],
           [ 1.  ,  0.  ,  0.  ,  1.  ]]), array([[-0.69]]))
    """
    x = np.zeros((lag, batch, 2))
    x[:, :, 0] = rng.uniform(-1, 1, (lag, batch))
    half, columns = lag // 2, np.arange(batch)
    places = rng.integers(0, half, batch), rng.integers(half, lag, batch)
    for place in places:
        x[place, columns, 1] = 1
    return Drawn(x, sum(x[place, columns, 0] for place in places)[:, None])


ADDING = Problem(
    name="adding",
    title="Adding",
    about=(
        "At each step comes a number between -1 and 1, and a mark that is 1 at two steps and 0 at all others. When the "
        "sequence ends, the net gives the sum of the two marked numbers. It has to keep an exact value and to ignore "
        "all the others."
    ),
    source="Hochreiter and Schmidhuber (1997), Long short-term memory, experiment 4; here the sum as it is",
    net="regressor",
    unit="words",
    right="the squared error is small",
    measure="loss",
    solved=0.005,
    lags=Lags(2, 1_000, 50, "steps of the whole sequence"),
    symbols=(),
    labels=(),
    draw=draw_adding,
    chance=lambda _: 2 / 3,  # the variance of two numbers from U(-1, 1): who says 0 whatever comes
    memoryless=lambda _: 2 / 3,
    memoryless_loss=lambda _: 2 / 3,
    sizes=(2, 1),
)
