"""What a race has come to, in words that are computed from its numbers; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_core import tasks
from lstm_core.history import History
from lstm_core.reproductions import REPRODUCTIONS
from lstm_core.tasks import Problem
from lstm_plots.bands import FEW, Band

DIGITS = (
    "Data: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI Machine Learning "
    "Repository, CC BY 4.0; the 1,797 pictures as scikit-learn ships them."
)
# Share of the way from the memoryless line to "solved" that counts as above it: with the least number of trials of a
# validation (race_setup) about three standard errors of a net that guesses.
CLEARLY = 0.25
HALVES_UP = 1e-5  # in per cent: more than single precision takes off a share, less than lies between two shares


class Standing(NamedTuple):
    """Where a racer is: `value` of the task's measure (None before the first validation) and the update it is of;
    `solved_at`: the first update at which it was solved, or None; `state`: "solved", "above", "below" or "unknown".
    """

    value: float | None
    step: int
    solved_at: int | None
    state: str


def measured(problem: Problem, history: History) -> tuple[Any, Any]:
    """Updates and the task's measure at them, one a validation."""
    values = history.validated_score if problem.measure == "score" else history.validated_loss
    return history.validated_step, values


def standing(problem: Problem, lag: int, history: History, moment: int | None = None) -> Standing:
    """Where a racer is, at a moment (None: the newest).

    Examples
    --------
    >>> history = History().with_validation(0, 1.4, 0.25).with_validation(50, 0.2, 0.7).with_validation(100, 0.0, 1.0)
    >>> order = tasks.PROBLEMS["order"]
    >>> standing(order, 50, history)
    Standing(value=1.0, step=100, solved_at=100, state='solved')
    >>> standing(order, 50, history, 99).state, standing(order, 50, history, 10).state
    ('above', 'below')
    >>> tasks.memoryless("counting", 1), standing(tasks.PROBLEMS["counting"], 1, history, 10).state
    (1.0, 'below')
    """
    steps, values = measured(problem, history)
    there = np.ones(len(steps), bool) if moment is None else steps <= moment
    steps, values = steps[there], values[there]
    if not len(steps):
        return Standing(None, 0, None, "unknown")
    better = values >= problem.solved if problem.measure == "score" else values <= problem.solved
    first = int(steps[better.argmax()]) if better.any() else None
    value, line = float(values[-1]), tasks.memoryless(problem.name, lag)
    side = 1 if problem.measure == "score" else -1  # which way is better
    gained, possible = side * (value - line), side * (problem.solved - line)
    # Not as a ratio: the line of a^n b^n with n = 1 lies beyond the solution, and nobody is above it.
    state = "solved" if better[-1] else "above" if gained > CLEARLY * possible else "below"
    return Standing(value, int(steps[-1]), first, state)


def sentences(problem: Problem, lag: int, found: Sequence[tuple[str, Standing]]) -> list[str]:
    """Who has solved the task, who is better than a net without memory, and who is not.

    Examples
    --------
    >>> found = [("RNN", Standing(0.26, 100, None, "below")), ("LSTM", Standing(1.0, 100, 50, "solved"))]
    >>> for words in sentences(tasks.PROBLEMS["order"], 50, found): print(words)
    Solved (at least 99 % right): LSTM after 50 updates, now 100.0 %.
    Not much better than without memory (25.0 %): RNN 26.0 %.
    """
    line = amount(problem, tasks.memoryless(problem.name, lag))
    heads = {
        "solved": f"Solved ({bound(problem)})",
        "above": f"Clearly better than without memory ({line})",
        "below": f"Not much better than without memory ({line})",
    }
    told = []
    for state, head in heads.items():
        these = sorted((each for each in found if each[1].state == state), key=lambda each: _rank(problem, each[1]))
        if these:
            told.append(f"{head}: {', '.join(_one(problem, name, one) for name, one in these)}.")
    return told


def _rank(problem: Problem, one: Standing) -> float:
    value = one.value or 0.0
    if one.state == "solved":
        return float(one.solved_at or 0)
    return -value if problem.measure == "score" else value


def _one(problem: Problem, name: str, one: Standing) -> str:
    now = amount(problem, one.value or 0.0)
    if one.state == "solved":
        return f"{name} after {one.solved_at:,} updates, now {now}"
    return f"{name} {now}" + (f" (solved after {one.solved_at:,} updates, and lost again)" if one.solved_at else "")


def bound(problem: Problem) -> str:
    """What counts as solved."""
    if problem.measure == "score":
        return f"at least {100 * problem.solved:g} % right"
    return f"mean squared error at most {problem.solved:g}"


def amount(problem: Problem, value: float) -> str:
    """A value of the task's measure, rounded as the table beside it does (`board.js`): of 128 trials many end in a 5.

    Examples
    --------
    >>> [amount(tasks.PROBLEMS["order"], share) for share in (40 / 128, 0.5125, float(np.float32(0.5125)), 1.0)]
    ['31.3 %', '51.3 %', '51.3 %', '100.0 %']
    >>> amount(tasks.PROBLEMS["adding"], 0.0123)
    '0.0123'
    """
    # In single precision, as the table gets it: 0.5125 comes there as a little less.
    return f"{100 * float(np.float32(value)) + HALVES_UP:.1f} %" if problem.measure == "score" else f"{value:.3g}"


def left(found: Sequence[tuple[str, float | None]], needed: Sequence[int], place: int | None) -> str:
    """How much of the gradient each racer has left where it is needed.

    Examples
    --------
    >>> left([("RNN", 3e-9), ("LSTM", 0.42)], (), 43)
    'Share of the gradient at the answer that is left 43 steps back: RNN 3e-09, LSTM 0.42.'
    """
    known = [f"{name} {share:.2g}" for name, share in found if share is not None]
    if place is None or not known:
        return ""
    where = ", about where the first symbol stands that decides the answer" if needed else ""
    steps = f"{place:,} step{'s' * (place != 1)}"
    return f"Share of the gradient at the answer that is left {steps} back{where}: {', '.join(known)}."


def published(task: str) -> list[str]:
    """Figures of others for a task, with where they stand.

    Examples
    --------
    >>> len(published("order")), published("copy")
    (2, [])
    """
    plain = (one for one in REPRODUCTIONS.values() if one.problem == task and one.published and _is_standard(one.name))
    return [f"{one.title}: {one.published} ({one.where})." for one in plain]


def about(problem: Problem) -> list[str]:
    """What counts as right, who asked first, and figures of others: a paragraph each."""
    right = f"Right means: {problem.right}." if problem.measure == "score" else "Measured is the mean squared error."
    guess = (
        "“Guess”: a choice among all answers. “No memory”: who knows the whole task, but nothing of what lies behind. "
        "“Clearly better”: more than a quarter of the way from there to solved."
    )
    figures = published(problem.name)
    found = (
        f"Published: {' '.join(figures)}" if figures else "We know of no published figure for the task as it is here."
    )
    return [f"{right} Solved: {bound(problem)}. {guess}", f"Source: {problem.source}.", found]


def _is_standard(name: str) -> bool:
    return name.partition("-")[0] in tasks.PROBLEMS


PROFILE = (
    "Share of the gradient that is left, over steps back from the answer",
    "|dL/dh|, over steps back from the answer",
)


def loss_lines(problem: Problem, lag: int) -> list[tuple[str, float]]:
    """What is drawn into the picture of the loss."""
    without = ("no memory", tasks.memoryless_loss(problem.name, lag))
    return [without] if problem.measure == "score" else [without, ("solved", problem.solved)]


def score_lines(problem: Problem, lag: int) -> list[tuple[str, float]]:
    """What is drawn into the picture of right trials."""
    guess, without = tasks.chance(problem.name, lag), tasks.memoryless(problem.name, lag)
    lines = [("guess", guess)] if abs(guess - without) < 1e-9 else [("guess", guess), ("no memory", without)]
    return [*lines, ("solved", problem.solved)]


def title(problem: Problem, lag: int, seed: int) -> str:
    """A race in a line."""
    return f"{problem.title}{f', lag {lag:,}' if lag else ''} · seed {seed}"


def place(needed: Sequence[int], bands: Sequence[Band]) -> int | None:
    """How many steps back the table looks: the middle of where the answer is decided, or as far back as there is."""
    lags = [band.x for band in bands if len(band.x)]
    if not lags:
        return None
    most = int(min(x[-1] for x in lags))
    wanted = min((needed[0] + needed[-1]) // 2, most) if needed else most
    return int(lags[0][np.abs(lags[0] - wanted).argmin()])


def at(band: Band, where: int | None) -> float | None:
    """The middle of a band at a place."""
    if where is None or not len(band.x):
        return None
    value = float(band.middle[np.abs(band.x - where).argmin()])
    return value if np.isfinite(value) else None


def about_profile(needed: Sequence[int], trials: int) -> str:
    """Small print below the profile."""
    spread = "the quantiles 0.1 and 0.9" if trials >= FEW else "the least and the most"
    words = (
        f"Gradient at h of each trial's loss on its answer alone: median of {trials} held-out trials, thin lines "
        f"{spread}. An LSTM also keeps a memory in c, which this does not show."
    )
    if not needed:
        return words
    where = f"{needed[0]}" if len(needed) == 1 else f"{needed[0]} to {needed[-1]}"
    return f"{words} Upright: where the first symbol stands that decides the answer, {where} steps back."


def sizes(found: Sequence[tuple[str, float | None]], steps: int) -> str:
    """How long the cell states have grown in a stream that goes on and on.

    Examples
    --------
    >>> sizes([("RNN", None), ("LSTM", 28.4), ("LSTM without a forget gate", 295.2)], 800)
    'Length of the cell state after 800 steps of one stream: LSTM 28, LSTM without a forget gate 295.'
    """
    known = [f"{name} {size:,.0f}" for name, size in found if size is not None]
    return f"Length of the cell state after {steps:,} steps of one stream: {', '.join(known)}." if known else ""
