"""What the page Gate heatmaps looks at: one cell's signals over a whole sequence, of one run or of two."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_core import lstm, memory, rnn, stack, units
from lstm_core.arrays import Array, Ints
from lstm_core.clamps import Clamp
from lstm_core.stack import Layer
from lstm_ui import address, nets
from lstm_ui.components.gates.payload import GATES, MOST_NUMBERS
from lstm_ui.given import Given
from lstm_ui.kept import kept
from lstm_ui.probes import ORDER

MOST_COLUMNS = 256  # units on one picture
MOST_READ = 262_144  # steps times units of a net that is read: 512 steps of 512 units, 256 of 1,024


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """A second run to hold against the first.

    `places` (time,): for each step of the first run the step of this one that goes with it, -1 where there is none.
    `given`, `layers`: what it reads, and the whole net. `is_held`: the first run is the same without what is held here.
    """

    trace: Any
    places: Ints
    name: str
    given: Given
    layers: tuple[Layer, ...]
    is_held: bool = False

    def tokens(self) -> tuple[tuple[str, str], ...]:
        """What it reads at the steps of the first run; nothing where it has none."""
        own = self.given.input.tokens
        return tuple(own[place] if place >= 0 else ("", "") for place in self.places)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One cell over one sequence, as the whole page takes it.

    `shown` (columns,): the units on the screen, by their numbers in the layer. `ident`: equal for equal pictures.
    """

    trace: Any
    cell: str
    layer: int
    direction: str
    tokens: tuple[tuple[str, str], ...]
    raw: tuple[str, ...]
    shown: Ints
    ident: str
    other: Other | None = None

    @property
    def hidden(self) -> int:
        """Units of the layer."""
        return int(self.trace.h.shape[-1])

    @property
    def names(self) -> tuple[str, ...]:
        """The signals that this cell has, in the order in which they are drawn."""
        return names(self.trace, self.cell)

    def signals(self, *, all_units: bool = False) -> dict[str, Array]:
        """Each signal of the first run, (time, columns)."""
        columns = slice(None) if all_units else self.shown
        return {name: getattr(self.trace, name)[:, 0, columns] for name in self.names}

    def others(self, *, all_units: bool = False) -> dict[str, Array] | None:
        """The same of the second run, step by step beside the first; NaN where it has none."""
        if self.other is None:
            return None
        columns = slice(None) if all_units else self.shown
        known = self.other.places >= 0
        return {
            name: np.where(known[:, None], getattr(self.other.trace, name)[self.other.places, 0][:, columns], np.nan)
            for name in self.names
        }

    def limit(self) -> float:
        """Both ends of the one scale on which all states are drawn: at least 1, and nothing lies outside."""
        states = [name for name in self.names if name not in GATES]
        runs = [self.trace, *([self.other.trace] if self.other else [])]
        return rounded_up(max(float(np.abs(getattr(run, name)).max()) for run in runs for name in states))


def names(trace: Any, cell: str) -> tuple[str, ...]:
    """The signals of a cell in the order in which they are drawn, without gates that its variant does not have."""
    variant = getattr(trace.params, "variant", None)
    return tuple(name for name in ORDER[cell] if variant is None or name not in variant.removed)


def rounded_up(value: float) -> float:
    """The next number of the series 1, 2, 5, 10, 20, ... that is not smaller.

    Examples
    --------
    >>> [rounded_up(value) for value in (0.3, 1.0, 1.2, 37.0)]
    [1.0, 1.0, 2.0, 50.0]
    """
    if value <= 1:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(value))
    return next(step * decade for step in (1, 2, 5, 10, 20) if step * decade >= value)


def run(name: str, layers: Sequence[Layer], x: Array, clamps: Sequence[Clamp] = ()) -> stack.StackTrace:
    """A run of the whole net over one sequence, x (time, features); the last one of each name is kept.

    Raises
    ------
    ValueError
        A state that is no number.
    """
    key = tuple(layers), hashlib.sha256(np.ascontiguousarray(x)).digest(), x.shape, tuple(clamps)
    return kept(f"run {name}", key, lambda: _run(layers, x, clamps))  # type: ignore[no-any-return]


def _run(layers: Sequence[Layer], x: Array, clamps: Sequence[Clamp]) -> stack.StackTrace:
    found = stack.forward(layers, x[:, None], clamps=clamps)
    for directions in found.traces:
        for trace in filter(None, (directions.forward, directions.backward)):
            nets.check_finite(trace)
    return found


def most_columns(steps: int, signals: int) -> int:
    """How many units fit on one picture.

    Examples
    --------
    >>> most_columns(512, 6), most_columns(256, 6)
    (130, 256)
    """
    return max(1, min(MOST_COLUMNS, MOST_NUMBERS // (steps * signals)))


def columns(trace: Any, signals: int, page: int) -> Ints:
    """The units on a page, by their numbers: all as stored, or the most active first where they do not fit on one."""
    most = most_columns(len(trace.h), signals)
    hidden = trace.h.shape[-1]
    if hidden <= most:
        return np.arange(hidden)
    return units.by_activity(trace.h[:, 0])[page * most : (page + 1) * most]


def part_of(trace: Any, signals: int, unit: int) -> int:
    """The page on which a unit is drawn, from 0."""
    place = int(np.flatnonzero(units.by_activity(trace.h[:, 0]) == unit)[0])
    return place // most_columns(len(trace.h), signals)


def orders(seen: Seen) -> dict[str, Ints]:
    """In which order the columns can be drawn, each a permutation of them; kept, because two parts of the page ask."""
    found: dict[str, Ints] = kept("orders", (seen.ident, seen.trace), lambda: _orders(seen))
    return found


def _orders(seen: Seen) -> dict[str, Ints]:
    h = seen.trace.h[:, 0][:, seen.shown]
    found = {"stored": np.argsort(seen.shown, kind="stable"), "similar": units.by_similarity(h)}
    if not isinstance(seen.trace, rnn.Trace):
        found["half-life"] = _among(units.by_half_life(seen.trace), seen.shown)
        found["saturation"] = _among(units.by_saturation(seen.trace), seen.shown)
    found["active"] = units.by_activity(h)
    return found


def _among(ranked: Ints, shown: Ints) -> Ints:
    """A ranking of all units as a permutation of the columns that are shown."""
    place = np.empty(len(ranked), np.int64)
    place[ranked] = np.arange(len(ranked))
    return np.argsort(place[shown], kind="stable")


def facts(seen: Seen) -> dict[str, list[str]]:
    """What is said of a unit when it is pointed at, for each column."""
    if isinstance(seen.trace, rnn.Trace):
        return {}
    lives = memory.half_lives(seen.trace)[seen.shown]
    found = {"half-life": [steps(life) for life in lives.tolist()]}
    for gate, share in units.saturation(seen.trace).items():
        pairs = zip(share.shut[seen.shown].tolist(), share.open[seen.shown].tolist(), strict=True)
        found[gate] = [f"shut {100 * shut:.0f} %, open {100 * open_:.0f} %" for shut, open_ in pairs]
    return found


def steps(life: float) -> str:
    """A half-life in words.

    Examples
    --------
    >>> steps(3.14), steps(0.0), steps(float("inf")), steps(12345.6)
    ('3.1 steps', '0 steps', 'endless', '12,346 steps')
    """
    if math.isinf(life):
        return "endless"
    return f"{life:,.0f} steps" if life >= 100 or life == 0 else f"{life:.1f} steps"


def state(trace: Any) -> str:
    """What remembers in a cell.

    Examples
    --------
    >>> state(lstm.forward(lstm.init(np.random.default_rng(0), 1, 1), np.ones((2, 1, 1))))
    'c'
    """
    return "c" if isinstance(trace, lstm.Trace) else "h"


class Look(NamedTuple):
    """Where a reader looks: a cell, what was given and the whole net, a step, a unit, a span, and how it is drawn."""

    seen: Seen
    given: Given
    layers: tuple[Layer, ...]
    step: int
    unit: int
    span: tuple[int, int] | None
    order: str = "stored"
    show: str = "this"
    is_here: bool = True  # steps and text are those of the heatmaps


def looked_at(look: Look) -> Look:
    """The run that the sections below speak of, as if it were alone: the second where that is shown, else the first."""
    seen, other = look.seen, look.seen.other
    if other is None or look.show != "other":
        return look._replace(seen=replace(seen, other=None))
    tokens, raw = other.given.input.tokens, other.given.input.raw
    alone = replace(seen, trace=other.trace, tokens=tokens, raw=raw, ident=f"{seen.ident} {other.name}", other=None)
    span = None
    if look.span is not None:
        inside = [place for place in other.places[slice(*look.span)].tolist() if place >= 0]
        span = (inside[0], inside[-1] + 1) if inside else None
    step = max(int(other.places[: look.step + 1].max()), 0)
    is_here = bool((other.places == np.arange(len(seen.tokens))).all())
    return Look(alone, other.given, other.layers, step, look.unit, span, look.order, is_here=is_here)


def said_of(look: Look) -> str:
    """Of which run the sections speak; nothing where there is only one."""
    if look.seen.other is None:
        return ""
    if look.show == "other":
        return f"Of the other run ({look.seen.other.name}); choose this run above, beside “Shown”."
    return "Of this run; choose the other one above, beside “Shown”."


def turn(**where: int) -> None:
    """Move the heatmaps to another place, from a callback: `u`, `t`, `begin`, `end`, counted from 1.

    Of a layer that does not fit on one picture the part with that unit is drawn.
    """
    address.put(**where)
    st.session_state[FIND] = "u" in where


FIND = "part of the unit"  # in the session: the part that is drawn has to be the one with the unit
