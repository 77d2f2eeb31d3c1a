"""Stacks for the tests: random layers, states, lengths and clamps, and the loss whose gradients are checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstm_core import stack
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from lstm_core.stack import Directions, Layer
from tests.cases import Case, random_clamps, random_lengths, random_params, random_state
from tests.checks import arrays_of

T, B, F = 5, 3, 2


@dataclass(frozen=True)
class Tower:
    """A stack for the tests: one cell (by its case) and one width a layer; two-directional where `both` says so."""

    cells: tuple[Case, ...]
    hidden: tuple[int, ...]
    both: tuple[bool, ...]
    ragged: bool = False
    clamped: bool = False

    def __str__(self) -> str:
        layers = [f"{c.kind}{n}{'<>' if b else ''}" for c, n, b in zip(self.cells, self.hidden, self.both, strict=True)]
        return "+".join(layers) + "-ragged" * self.ragged + "-clamped" * self.clamped


LSTM, GRU, BEFORE = Case("lstm"), Case("gru"), Case("gru", reset_after=False)
TANH, RELU = Case("rnn"), Case("rnn", activation="relu")
RICH = Case("lstm", variant=Variant(forget="coupled", peephole=True))
SHAPES = (
    Tower((LSTM,), (4,), (False,)),
    Tower((LSTM,), (4,), (True,)),
    Tower((LSTM, LSTM), (4, 6), (False, False)),
    Tower((LSTM, LSTM), (4, 1), (True, True)),
    Tower((RICH, RICH, RICH), (4, 1, 5), (True, False, True)),
    Tower((GRU, GRU), (4, 5), (True, True)),
    Tower((BEFORE, BEFORE), (4, 5), (False, True)),
    Tower((TANH, TANH, TANH), (4, 6, 1), (False, False, False)),
    Tower((RELU, RELU), (4, 5), (True, False)),
    Tower((LSTM, GRU, TANH), (4, 5, 6), (True, True, False)),
)
TOWERS = [
    replace(shape, ragged=r, clamped=c) for shape in SHAPES for r, c in [(False, False), (True, False), (True, True)]
]


@dataclass
class Start:
    layers: tuple[Layer, ...]
    x: np.ndarray
    initial: tuple[Directions, ...]
    lengths: np.ndarray | None
    clamps: tuple[Clamp, ...]
    dh: np.ndarray
    d_final: tuple[Directions, ...]


def build(tower: Tower, seed: int = 0, dtype: str = "float64") -> Start:
    rng = np.random.default_rng([seed, *str(tower.cells).encode()])
    layers, initial, d_final, clamps = [], [], [], []
    features = F
    for number, (case, hidden, both) in enumerate(zip(tower.cells, tower.hidden, tower.both, strict=True)):
        case = replace(case, dtype=dtype)
        forward, backward = (random_params(case, rng, features, hidden) for _ in range(2))
        layers.append(Layer(case.cell, forward, backward if both else None))
        states = [random_state(case, rng, B, hidden) for _ in range(4)]
        initial.append(Directions(states[0], states[1] if both else None))
        d_final.append(Directions(states[2], states[3] if both else None))
        for reverse in (False, True)[: 1 + both]:
            mine = random_clamps(replace(case, reverse=reverse), rng, T, hidden)
            clamps += [replace(clamp, layer=number) for clamp in mine[number::2]]
        features = hidden * (1 + both)
    lengths = random_lengths(rng, T, B) if tower.ragged else None
    x, dh = rng.normal(size=(T, B, F)).astype(dtype), rng.normal(size=(T, B, features)).astype(dtype)
    return Start(tuple(layers), x, tuple(initial), lengths, tuple(clamps) if tower.clamped else (), dh, tuple(d_final))


def run(start: Start) -> Any:
    return stack.forward(start.layers, start.x, start.initial, lengths=start.lengths, clamps=start.clamps)


def back(start: Start, flow: bool = False) -> Any:
    return stack.backward(run(start), start.dh, start.d_final, flow=flow)


def ways(layer: Layer) -> list[str]:
    return ["forward"] if layer.backward is None else ["forward", "backward"]


def token(start: Start) -> np.ndarray:
    lengths = np.full(B, T) if start.lengths is None else start.lengths
    return np.arange(T)[:, None] < lengths


def loss(start: Start) -> float:
    trace = run(start)
    total = (start.dh * trace.h)[token(start)].sum()
    for number, layer in enumerate(start.layers):
        for way in ways(layer):
            final, d_final = getattr(trace.final[number], way), getattr(start.d_final[number], way)
            total += sum((d * a).sum() for d, a in zip(d_final, final, strict=True))
    return float(total)


def each_argument(start: Start, result: Any) -> list[tuple[str, np.ndarray, np.ndarray, Callable[[np.ndarray], Start]]]:
    out = []
    for k, layer in enumerate(start.layers):
        for way in ways(layer):
            params, gradients = getattr(layer, way), getattr(result.layers[k], way)
            for name, array in arrays_of(params).items():

                def put(a: np.ndarray, k: int = k, way: str = way, name: str = name, params: Any = params) -> Start:
                    layers = list(start.layers)
                    layers[k] = replace(layers[k], **{way: replace(params, **{name: a})})
                    return replace(start, layers=tuple(layers))

                out.append((f"{k} {way} {name}", array, arrays_of(gradients)[name], put))
            state, gradients = getattr(start.initial[k], way), getattr(result.initial[k], way)
            for name, array in state._asdict().items():

                def put_state(a: np.ndarray, k: int = k, way: str = way, name: str = name, state: Any = state) -> Start:
                    initial = list(start.initial)
                    initial[k] = initial[k]._replace(**{way: state._replace(**{name: a})})
                    return replace(start, initial=tuple(initial))

                out.append((f"{k} {way} initial {name}", array, getattr(gradients, name), put_state))
    return out
