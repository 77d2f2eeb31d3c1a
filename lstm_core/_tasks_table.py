"""All synthetic tasks by name, and the one whose data are real."""

from __future__ import annotations

import math

from lstm_core._tasks_adding import ADDING
from lstm_core._tasks_agreement import AGREEMENT
from lstm_core._tasks_counting import COUNTING
from lstm_core._tasks_memory import COPY, FIRST
from lstm_core._tasks_order import ORDER
from lstm_core._tasks_reber import CONTINUAL, REBER
from lstm_core._tasks_values import Problem

LEVELS, PIXELS = 17, 64  # grey levels of a pixel, pixels of a digit
DIGITS = Problem(
    name="digits",
    title="Digits, pixel by pixel",
    about=(
        "Real handwritten digits, 8 by 8 pixels with 17 grey levels each. The net reads them as 64 symbols, row by "
        "row, and says at the end which digit it was. What one row means is seen only together with rows long gone."
    ),
    source=(
        "Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI Machine Learning Repository; read "
        "pixel by pixel: Le, Jaitly and Hinton (2015), A simple way to initialize recurrent networks of rectified "
        "linear units"
    ),
    net="classifier",
    unit="words",
    right="the digit is named",
    measure="score",
    solved=0.96,
    lags=None,
    symbols=tuple(map(str, range(LEVELS))),
    labels=tuple("0123456789"),
    draw=None,
    chance=lambda _: 1 / 10,
    memoryless=lambda _: 1 / 10,
    memoryless_loss=lambda _: math.log(10),
)
PROBLEMS: dict[str, Problem] = {
    problem.name: problem for problem in (FIRST, COPY, ADDING, ORDER, COUNTING, REBER, CONTINUAL, AGREEMENT, DIGITS)
}


def find(name: str) -> Problem:
    """The task of this name.

    Raises
    ------
    ValueError
        There is none; the message has all names.

    Examples
    --------
    >>> find("adding").solved
    0.005
    """
    if name not in PROBLEMS:
        names = ", ".join(PROBLEMS)
        raise ValueError(f"task: expected one of {names}, got {name[:40]!r}; choose one of them")
    return PROBLEMS[name]
