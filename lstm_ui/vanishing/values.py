"""From what a reader chose to random nets and their gradients: plain values in, plain values out, no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lstm_core import profiles, random_nets, tasks
from lstm_core.arrays import Array
from lstm_core.encoding import one_hot
from lstm_core.profiles import Survey
from lstm_core.random_nets import Recipe
from lstm_ui import nets

LABELS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
FEATURES = 4  # of the random numbers
MOST_STEPS, LEAST_STEPS, MOST_UNITS, MOST_NETS, MOST_RADIUS = 200, 10, 32, 50, 4.0
LONGEST = 20_000  # characters of a text that are taken at all
TASKS = ("first", "adding", "order", "copy")  # those that can be as long as one likes
_LIST = 20  # steps of the copy task besides its lag
_LEAST_ORDER = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything that decides the numbers on the screen; the names are those in the address, without their v."""

    data: str = "numbers"
    text: str = ""
    size: float = 1.0
    steps: int = 100
    units: int = 16
    match: str = "units"
    nets: int = 20
    seed: int = 0
    weights: str = "uniform"
    radius: str = "drawn"
    rho: float = 1.0
    rho_rnn: float = 1.0
    rho_gru: float = 1.0
    rho_lstm: float = 1.0
    gate_gru: str = "all"
    gate_lstm: str = "all"
    bias: str = "1"
    update: bool = False
    act: str = "tanh"
    loss: str = "readout"


class Found(NamedTuple):
    """The gradients of all nets by cell, over so many steps, and what the reader should know."""

    choice: Choice
    surveys: Mapping[str, Survey]
    recipes: Mapping[str, Recipe]
    steps: int
    data: str
    notes: tuple[str, ...]

    @property
    def seeds(self) -> range:
        """Those of the nets."""
        return range(self.choice.seed, self.choice.seed + self.choice.nets)


def look(choice: Choice) -> Found:
    """Draw all nets, run them, and go back.

    Raises
    ------
    ValueError
        Nothing to read; a net that cannot be scaled or whose gradient is no number.
    """
    sequences, words, notes = read(choice)
    steps, features = sequences[0].shape
    made = recipes(choice, features, steps)
    surveys = {
        cell: profiles.survey(recipe, sequences, loss="norm" if choice.loss == "norm" else "readout", seed=choice.seed)
        for cell, recipe in made.items()
    }
    return Found(choice, surveys, made, steps, words, tuple(notes))


def recipes(choice: Choice, features: int, steps: int) -> dict[str, Recipe]:
    """How the nets of each cell are drawn; an LSTM has the number of units that was asked for."""
    wanted = random_nets.count("lstm", features, choice.units)
    found = {}
    for cell in ("rnn", "gru", "lstm"):
        alike = choice.match == "units" or cell == "lstm"
        hidden = choice.units if alike else random_nets.matched(cell, features, wanted)
        kept = cell == "lstm" or choice.update  # whether the choice of the forget bias is for this cell
        bias = 0.0 if choice.bias == "chrono" else float(choice.bias)
        found[cell] = Recipe(
            cell,
            hidden,
            choice.weights,
            _radius(choice, cell),
            _gate(choice, cell),
            choice.act,
            forget_bias=bias,
            update_bias=bias if choice.update else 0.0,
            chrono=max(2, steps) if choice.bias == "chrono" and kept else 0,
        )
    return found


def read(choice: Choice) -> tuple[list[Array], str, list[str]]:
    """A sequence (steps, features) for each net, in words, and what to say about it.

    Raises
    ------
    ValueError
        A text with too little in it, or too much.
    """
    if choice.data == "text":
        return _text(choice)
    if choice.data == "numbers":
        drawn = [
            choice.size * np.random.default_rng((seed, 2)).normal(size=(choice.steps, FEATURES))
            for seed in range(choice.seed, choice.seed + choice.nets)
        ]
        return drawn, f"{choice.steps} steps of {FEATURES} random numbers each, N(0, {choice.size:g}²)", []
    drawn = [_task(choice.data, choice.steps, seed) for seed in range(choice.seed, choice.seed + choice.nets)]
    return drawn, f"the first {choice.steps} steps of a sequence of the task {tasks.PROBLEMS[choice.data].title}", []


def _text(choice: Choice) -> tuple[list[Array], str, list[str]]:
    if len(choice.text) > LONGEST:
        raise ValueError(
            f"text: expected at most {LONGEST:,} characters, got {len(choice.text):,}; paste the part you care about"
        )
    tokens, _ = nets.tokens_of(choice.text, "characters")
    if len(tokens) < LEAST_STEPS:
        raise ValueError(f"text: expected at least {LEAST_STEPS} characters, got {len(tokens)}; write a little more")
    used = tokens[: choice.steps]
    x = nets.vectors(used, 0).astype(np.float64)
    notes = []
    if len(used) < choice.steps:
        notes.append(f"Your text has {len(used)} characters, so there are {len(used)} steps instead of {choice.steps}.")
    elif len(used) < len(tokens):
        notes.append(f"Only the first {len(used)} characters of your text are read: Steps says how many.")
    return [x] * choice.nets, f"{len(used)} characters of your text, each with a random vector of its own", notes


def _task(name: str, steps: int, seed: int) -> Array:
    """The beginning of one sequence of a task; symbols as one-hot vectors."""
    problem, rng = tasks.PROBLEMS[name], np.random.default_rng((seed, 3))
    lag = {"first": steps - 1, "order": max(_LEAST_ORDER, steps), "copy": max(1, steps - _LIST)}.get(name, steps)
    assert problem.draw is not None  # real data are not among TASKS
    x: Any = problem.draw(rng, lag, 1).x[:steps, 0]
    return np.asarray(x if x.ndim == 2 else one_hot(x, len(problem.symbols), np.float64), np.float64)


def _radius(choice: Choice, cell: str) -> float | None:
    if choice.radius == "drawn":
        return None
    return choice.rho if choice.radius == "all" else float(getattr(choice, f"rho_{cell}"))


def _gate(choice: Choice, cell: str) -> str | None:
    chosen = getattr(choice, f"gate_{cell}", "all") if choice.radius == "each" else "all"
    return None if chosen == "all" else chosen
