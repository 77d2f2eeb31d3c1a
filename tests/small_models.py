"""Small models for the tests: every kind of model, over every cell, with a batch that fits it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_core.encoding import Vocabulary
from lstm_core.models import Batch, Classifier, LanguageModel, Model, Regressor, Tagger, arrays, with_arrays
from lstm_core.stack import Directions, Layer
from tests.cases import Case, random_lengths, random_params, random_state

T, B, F, H, SYMBOLS, CLASSES, NUMBERS = 5, 3, 2, 4, 7, 6, 8
VOCABULARY = Vocabulary(("<unk>", *"abcdef"))
LABELS = tuple("uvwxyz")


@dataclass(frozen=True)
class Net:
    """One model of the table: its task, its layers, and what it reads and is asked for."""

    task: str
    cell: Case
    layers: int = 1
    both: bool = False
    ragged: bool = False
    tied: bool = False
    carried: bool = False
    pooling: str = "last"
    every_step: bool = True
    embedded: bool = True
    dropout: float = 0.0

    def __str__(self) -> str:
        flags = ("both", "ragged", "tied", "carried")
        named = [name for name in flags if getattr(self, name)]
        if self.task == "classifier":
            named.append(self.pooling)
        if self.task == "regressor":
            named += ["steps" if self.every_step else "end", "symbols" if self.embedded else "numbers"]
        return "-".join([self.task, self.cell.kind, f"{self.layers}x", *named, *["dropout"] * (self.dropout > 0)])


@dataclass(frozen=True, eq=False)
class Given:
    model: Any
    batch: Batch
    initial: tuple[Directions, ...] | None


CELLS = (Case("lstm"), Case("gru"), Case("rnn"))
NETS = tuple(
    Net(task, cell, **options)
    for cell in CELLS
    for task, options in [
        ("language", {}),
        ("language", {"carried": True, "layers": 2}),
        ("language", {"carried": True, "tied": True}),
        ("language", {"ragged": True, "tied": True, "layers": 2}),
        ("classifier", {"pooling": "last"}),
        ("classifier", {"pooling": "last", "both": True, "ragged": True, "layers": 2}),
        ("classifier", {"pooling": "mean", "both": True, "ragged": True, "layers": 2}),
        ("classifier", {"pooling": "mean", "layers": 2}),
        ("tagger", {"both": True, "ragged": True}),
        ("tagger", {"both": True, "layers": 2}),
        ("regressor", {"embedded": False, "carried": True}),
        ("regressor", {"embedded": False, "every_step": False, "ragged": True, "both": True}),
        ("regressor", {"embedded": True, "ragged": True}),
        ("regressor", {"embedded": True, "every_step": False, "layers": 2}),
    ]
)
DROPPED = tuple(
    Net(task, CELLS[0], layers=2, ragged=task != "regressor", dropout=0.4, **options)
    for task, options in [
        ("language", {}),
        ("language", {"tied": True}),
        ("classifier", {"both": True}),
        ("classifier", {"pooling": "mean"}),
        ("tagger", {"both": True}),
        ("regressor", {"embedded": False, "carried": True}),
        ("regressor", {"embedded": False, "every_step": False}),
    ]
)


def make(net: Net, seed: int = 0) -> Given:
    """A random model with a batch, and the state it starts from where it carries one."""
    rng = np.random.default_rng([seed, *str(net).encode()])

    def draw(*shape: int) -> np.ndarray:
        return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.2, 0.9, size=shape)

    wide = H * (1 + net.both)
    features = wide if net.tied else F
    layers, initial, inputs = [], [], features
    for _ in range(net.layers):
        forward, backward = (random_params(net.cell, rng, inputs, H) for _ in range(2))
        layers.append(Layer(net.cell.cell, forward, backward if net.both else None))
        states = [random_state(net.cell, rng, B, H) for _ in range(2)]
        initial.append(Directions(states[0], states[1] if net.both else None))
        inputs = wide
    lengths = random_lengths(rng, T, B) if net.ragged else None
    embedding = draw(SYMBOLS, features) if net.embedded else None
    outputs = {"language": SYMBOLS, "regressor": NUMBERS}.get(net.task, CLASSES)
    ends = None if net.tied else draw(wide, outputs), draw(outputs)
    x = rng.integers(SYMBOLS, size=(T, B)) if net.embedded else rng.normal(size=(T, B, features))
    made = _KINDS[net.task](net, embedding, tuple(layers), *ends)
    return Given(made, Batch(x, _targets(net, rng, outputs), lengths), tuple(initial) if net.carried else None)


def _targets(net: Net, rng: np.random.Generator, outputs: int) -> np.ndarray:
    at_end = net.task == "classifier" or (net.task == "regressor" and not net.every_step)
    shape = (B,) if at_end else (T, B)
    return rng.normal(size=(*shape, outputs)) if net.task == "regressor" else rng.integers(outputs, size=shape)


_KINDS: dict[str, Callable[..., Model]] = {
    "language": lambda net, E, layers, W, b: LanguageModel(E, layers, W, b, VOCABULARY, dropout=net.dropout),
    "tagger": lambda net, E, layers, W, b: Tagger(E, layers, W, b, VOCABULARY, LABELS, dropout=net.dropout),
    "classifier": lambda net, E, layers, W, b: Classifier(
        E, layers, W, b, VOCABULARY, LABELS, pooling=net.pooling, dropout=net.dropout
    ),
    "regressor": lambda net, E, layers, W, b: Regressor(layers, W, b, E, net.every_step, dropout=net.dropout),
}


def own_steps(given: Given) -> np.ndarray:
    """True where a step lies within its sequence, shape (time, batch)."""
    lengths = np.full(B, T) if given.batch.lengths is None else given.batch.lengths
    return np.arange(T)[:, None] < lengths


def nudged(model: Any, name: str, index: tuple[int, ...], by: float) -> Any:
    """The model with one number of one parameter moved."""
    found = dict(arrays(model))
    found[name] = found[name].copy()
    found[name][index] += by
    return with_arrays(model, found)
