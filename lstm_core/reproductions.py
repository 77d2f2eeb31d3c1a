"""Published results, to be found again: settings as plain data, and a function that trains one seed of one of them.

for name, wanted in REPRODUCTIONS.items():
    values = [reproduce(name, seed) for seed in wanted.seeds]
    print(name, wanted.published, values, wanted.held(values))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lstm_core import corpus, tasks, training
from lstm_core._published import REPRODUCTIONS, Reproduction
from lstm_core.sources import Source
from lstm_core.training import TrainState

__all__ = ["REPRODUCTIONS", "Outcome", "Reproduction", "outcome", "reproduce", "run"]

_LOOKS = 20  # how often a training that may end early is looked at, at least
_LOOKED_AT, _JUDGED_BY = 6_000, 30_000  # tokens of a look, and of the test at the end


class Outcome(NamedTuple):
    """What a seed came to: a share of right trials or a mean squared error; updates and sequences that it took."""

    value: float
    steps: int
    sequences: int


def reproduce(
    name: str, seed: int, progress: Callable[[float], None] | None = None, *, digits: Source | None = None
) -> float:
    """Train one seed of a result and measure it on sequences that it never saw.

    Parameters
    ----------
    name : str
        In `REPRODUCTIONS`.
    seed : int
    progress : callable, optional
        Told the share that is done, from 0 to 1.
    digits : Source, optional
        From `tasks.digits`; needed for those results alone.

    Returns
    -------
    float
        A share of right trials, or a mean squared error for adding.

    Raises
    ------
    ValueError
        An unknown name, or no digits where they are needed.
    """
    return outcome(name, seed, progress, digits=digits).value


def outcome(
    name: str, seed: int, progress: Callable[[float], None] | None = None, *, digits: Source | None = None
) -> Outcome:
    """The same, with how long it took."""
    if name not in REPRODUCTIONS:
        raise ValueError(f"name: expected one of {', '.join(REPRODUCTIONS)}, got {name[:40]!r}; choose one of them")
    return run(REPRODUCTIONS[name], seed, progress, digits=digits)


def run(
    wanted: Reproduction, seed: int, progress: Callable[[float], None] | None = None, *, digits: Source | None = None
) -> Outcome:
    """The same for a result that is given and not named: with fewer steps, for instance."""
    config = wanted.config(seed)
    data = corpus.prepare(_source(wanted, digits), config)
    state = training.start(config, data)
    every = wanted.early or -(-config.steps // _LOOKS)
    while not state.done:
        state = training.advance(state, every, data)
        if progress is not None:
            progress(state.step / config.steps)
        if wanted.early and _all_right(state, data):
            break
    if state.failure is not None:
        raise ValueError(f"{wanted.name}: expected a training to its end, got {state.failure.reason}")
    if progress is not None:
        progress(1.0)
    found = tasks.measure(state.model, data, config, tokens=_JUDGED_BY)
    by_score = tasks.find(wanted.problem).measure == "score"
    return Outcome(found.score if by_score else found.loss, state.step, state.step * config.batch)


def _all_right(state: TrainState, data: corpus.Data) -> bool:
    return tasks.measure(state.model, data, state.config, "validation", _LOOKED_AT).score == 1.0


def _source(wanted: Reproduction, digits: Source | None) -> Source:
    if tasks.find(wanted.problem).draw is not None:
        return tasks.source(wanted.problem, wanted.lag)
    if digits is None:
        raise ValueError(f"digits: expected the data of {wanted.name}, got nothing; read them with tasks.digits")
    return digits
