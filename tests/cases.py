"""One table of cells, variants, directions and dtypes: every generic test of the core reads it.

A test that holds for every cell is parametrised by `CASES` (or by a part of it, `where(...)`) and gets its random net,
inputs and gradients from `make`. All sizes differ, so that no swapped axis fits by accident; all numbers are random,
distinct and not zero, so that no swapped gate, forgotten bias or unused first state goes unseen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from lstm_core import gru, lstm, rnn
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant

T, B, F, H = 5, 3, 2, 4
GATE_COUNT = {"lstm": 4, "gru": 3, "rnn": 1}
SIGNALS = {"lstm": ("i", "f", "o", "g", "c", "h"), "gru": ("r", "z", "n", "h"), "rnn": ("h",)}
GATES = {"lstm": ("i", "f", "o", "g"), "gru": ("r", "z", "n"), "rnn": ("h",)}
MODULES: dict[str, ModuleType] = {"lstm": lstm, "gru": gru, "rnn": rnn}
PLAIN = Variant()


@dataclass(frozen=True)
class Case:
    """One line of the table: which cell, and what is done to it."""

    cell: str
    variant: Variant = PLAIN
    reset_after: bool = True
    activation: str = "tanh"
    reverse: bool = False
    dtype: str = "float64"
    ragged: bool = False
    clamped: bool = False

    def __str__(self) -> str:
        flags = {"reverse": self.reverse, "ragged": self.ragged, "clamped": self.clamped}
        return "-".join([self.kind, self.dtype, *(name for name, is_on in flags.items() if is_on)])

    @property
    def kind(self) -> str:
        if self.cell == "gru":
            return f"gru-{'after' if self.reset_after else 'before'}"
        if self.cell == "rnn":
            return f"rnn-{self.activation}"
        v = self.variant
        parts = [
            f"{name}_{how}"
            for name, how in [("forget", v.forget), ("input", v.input), ("output", v.output)]
            if how != "learned"
        ]
        return "-".join(["lstm", *(parts or ["plain"]), *(["peephole"] if v.peephole else [])])

    @property
    def module(self) -> ModuleType:
        return MODULES[self.cell]

    @property
    def signals(self) -> tuple[str, ...]:
        return SIGNALS[self.cell]

    @property
    def gates(self) -> tuple[str, ...]:
        return GATES[self.cell]


class Given(NamedTuple):
    """What a test starts from."""

    params: Any
    x: np.ndarray  # (time, batch, features)
    initial: Any
    lengths: np.ndarray | None
    clamps: tuple[Clamp, ...]
    dh: np.ndarray  # (time, batch, hidden)
    d_final: Any


VARIANTS = (
    Variant(),
    Variant(forget="none"),
    Variant(input="none"),
    Variant(output="none"),
    Variant(forget="coupled"),
    Variant(peephole=True),
    Variant(forget="coupled", peephole=True),
    Variant(forget="none", peephole=True),
    Variant(input="none", peephole=True),
    Variant(output="none", peephole=True),
    Variant(forget="coupled", output="none"),
    Variant(forget="none", input="none", output="none"),
)
NETS = (
    *(Case("lstm", variant=v) for v in VARIANTS),
    Case("gru", reset_after=True),
    Case("gru", reset_after=False),
    Case("rnn", activation="tanh"),
    Case("rnn", activation="relu"),
)
CASES = tuple(
    replace(net, reverse=reverse, dtype=dtype, ragged=ragged, clamped=clamped)
    for net in NETS
    for reverse in (False, True)
    for dtype, ragged, clamped in [
        ("float64", False, False), ("float64", True, False), ("float64", False, True),
        ("float64", True, True), ("float32", True, True), ("float32", False, False),
    ]
)  # fmt: skip


def where(**wanted: Any) -> list[Case]:
    """The cases whose fields have these values: `where(cell="lstm", dtype="float64")`."""
    return [case for case in CASES if all(getattr(case, name) == value for name, value in wanted.items())]


def make(case: Case, seed: int = 0, steps: int = T, batch: int = B, features: int = F, hidden: int = H) -> Given:
    """A random net of the case with everything one call of `forward` and `backward` can be given."""
    rng = np.random.default_rng([seed, *str(case.kind).encode()])  # the same numbers for each way to run one net
    params = random_params(case, rng, features, hidden)
    x = rng.normal(size=(steps, batch, features))
    dh = rng.normal(size=(steps, batch, hidden))
    initial, d_final = (random_state(case, rng, batch, hidden) for _ in range(2))
    lengths = random_lengths(rng, steps, batch) if case.ragged else None
    clamps = random_clamps(case, rng, steps, hidden) if case.clamped else ()
    return Given(params, x.astype(case.dtype), initial, lengths, clamps, dh.astype(case.dtype), d_final)


def random_params(case: Case, rng: np.random.Generator, features: int, hidden: int) -> Any:
    wide = GATE_COUNT[case.cell] * hidden

    def draw(*shape: int) -> np.ndarray:
        # Away from zero, so that whatever is left out is seen.
        return (rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.2, 0.9, size=shape)).astype(case.dtype)

    W_x, W_h, b = draw(features, wide), draw(hidden, wide), draw(wide)
    if case.cell == "rnn":
        return rnn.Params(W_x, W_h, b, activation=case.activation)
    if case.cell == "gru":
        return gru.Params(W_x, W_h, draw(2, wide) if case.reset_after else b, reset_after=case.reset_after)
    return lstm.Params(W_x, W_h, b, p=draw(3, hidden) if case.variant.peephole else None, variant=case.variant)


def random_state(case: Case, rng: np.random.Generator, batch: int, hidden: int) -> Any:
    arrays = [rng.normal(size=(batch, hidden)).astype(case.dtype) for _ in case.module.State._fields]
    return case.module.State(*arrays)


def random_lengths(rng: np.random.Generator, steps: int, batch: int) -> np.ndarray:
    """Lengths with a short one and (of two or more) a full one, in no order."""
    lengths = [max(1, steps // 2), steps, *rng.integers(1, steps + 1, size=batch)]
    return rng.permutation(lengths[:batch])


def random_clamps(case: Case, rng: np.random.Generator, steps: int, hidden: int) -> tuple[Clamp, ...]:
    """Every signal held somewhere; overlaps; i and f held together and alone; all units and some."""
    last, third = hidden - 1, min(2, hidden - 1)
    plan = {
        "lstm": [
            ("i", 1, 3, (0,)), ("i", 2, None, (0, last)), ("f", 0, 2, (1,)), ("f", 2, 4, (0,)), ("o", 3, 5, (third,)),
            ("g", 1, 2, None), ("c", 2, 3, (0, last)), ("h", 1, 2, (1,)), ("o", 0, 1, (0, 1)), ("h", 3, None, (last,)),
        ],
        "gru": [
            ("r", 1, 3, (0,)), ("r", 2, None, (0, last)), ("z", 0, 2, (1,)), ("n", 3, 5, (third,)),
            ("z", 2, 3, None), ("h", 1, 2, (1,)), ("h", 3, None, (last,)),
        ],
        "rnn": [("h", 1, 3, (0,)), ("h", 2, 4, (0, last)), ("h", 0, 1, (1,))],
    }[case.cell]  # fmt: skip
    way = "backward" if case.reverse else "forward"
    return tuple(
        Clamp(
            signal,
            round(rng.uniform(0.15, 0.85), 3),
            start,
            stop and min(stop, steps),
            fit(units, hidden),
            direction=way,
        )
        for signal, start, stop, units in plan
        if start < steps
    )


def fit(units: tuple[int, ...] | None, hidden: int) -> tuple[int, ...] | None:
    """The same units in a net that may be narrower than the plan above."""
    return None if units is None else tuple(sorted({min(unit, hidden - 1) for unit in units}))


def run(case: Case, given: Given, **changes: Any) -> Any:
    """`forward` of the case; `changes` replace single arguments."""
    args = {**given._asdict(), **changes}
    return case.module.forward(
        args["params"], args["x"], args["initial"], lengths=args["lengths"], clamps=args["clamps"], reverse=case.reverse
    )


def is_token(given: Given) -> np.ndarray:
    """True where a step lies within its sequence, shape (time, batch)."""
    steps, batch = given.x.shape[:2]
    lengths = np.full(batch, steps) if given.lengths is None else given.lengths
    return np.arange(steps)[:, None] < lengths
