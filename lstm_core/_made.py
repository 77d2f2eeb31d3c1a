"""Batches of synthetic tasks, drawn when they are asked for: none of them comes twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_core._data import Generated
from lstm_core._tasks_values import Drawn
from lstm_core.config import TrainConfig
from lstm_core.models import Batch

_BESIDE, _CARRIED = 32, 8  # sequences of a validation batch; where the state is carried few, so that each is long


class MadeFeed:
    """The batches of a training: a function of the seed and the step alone."""

    def __init__(self, made: Generated, config: TrainConfig) -> None:
        self._made, self._config = made, config
        self.epoch_steps = config.steps  # nothing is ever read again

    def batch(self, step: int) -> Batch:
        return _as_batch(self._made.draw(step, self._config.batch), self._config)

    def fresh(self, step: int) -> bool:
        return starts_anew(self._made, self._config, step)


def held_out(made: Generated, config: TrainConfig) -> tuple[Batch, ...]:
    """The batches of a validation: as many as `validation_tokens` allows, at least one.

    In a stream that is carried on and on, the first trial of each column is not asked: a net that has long read such a
    stream has never been at zeros again, and would be asked about something it was not trained for.
    """
    columns = _CARRIED if made.problem.carried else _BESIDE
    batches = [_as_batch(made.draw(0, columns), config)]
    tokens = batches[0].tokens
    if not starts_anew(made, config, 1) and batches[0].trials is not None:
        numbers = batches[0].trials
        batches[0] = replace(batches[0], trials=np.where(numbers == numbers[0], -1, numbers))
    while tokens < config.validation_tokens:
        batch = _as_batch(made.draw(len(batches), columns), config)
        tokens += batch.tokens
        if tokens <= config.validation_tokens:
            batches.append(batch)
    return tuple(batches)


def starts_anew(made: Generated, config: TrainConfig, number: int) -> bool:
    """Whether a batch starts from zeros."""
    return number == 0 or config.reset_state or not made.problem.carried


def _as_batch(drawn: Drawn, config: TrainConfig) -> Batch:
    if config.task != "regressor":
        return Batch(*drawn)
    return Batch(drawn.x.astype(config.dtype), drawn.targets.astype(config.dtype), *drawn[2:])
