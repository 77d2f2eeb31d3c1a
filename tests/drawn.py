"""What synthetic tasks draw, as symbols that can be read."""

from __future__ import annotations

import numpy as np

from lstm_core._tasks_values import Drawn
from lstm_core.tasks import PROBLEMS

B = 23  # sequences side by side


def drawn(name: str, lag: int = 0, batch: int = B, seed: int = 5) -> Drawn:
    draw = PROBLEMS[name].draw
    assert draw is not None
    return draw(np.random.default_rng(seed), lag, batch)


def columns(name: str, found: Drawn) -> list[list[str]]:
    """The symbols of every sequence, without padding."""
    lengths = [len(found.x)] * found.x.shape[1] if found.lengths is None else found.lengths
    return [[PROBLEMS[name].symbols[k] for k in found.x[:n, b]] for b, n in enumerate(lengths)]


def answers(name: str, found: Drawn) -> list[list[str]]:
    """The targets of every sequence as symbols or labels."""
    names = PROBLEMS[name].labels or PROBLEMS[name].symbols
    lengths = [len(found.x)] * found.x.shape[1] if found.lengths is None else found.lengths
    if found.targets.ndim == 1:
        return [[names[k]] for k in found.targets]
    return [[names[k] for k in found.targets[:n, b]] for b, n in enumerate(lengths)]
