"""From what a reader chose to a net and its input: plain values in, plain values out, no widgets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from lstm_core import encoding, examples, lstm, series, signs, stack, text
from lstm_core.arrays import Array
from lstm_core.clamps import Clamp
from lstm_core.stack import Cell, Layer

MOST_STEPS, MOST_UNITS, MOST_LAYERS = 512, 32, 4
MOST_FOLLOWED = 1024  # units of a net that has been trained elsewhere
_READ = 200 * MOST_STEPS  # characters of what was typed that are looked at
CHECKED = 128  # steps that the gradients are checked over
USUAL_BIAS = 1.0  # of the forget gate, in a net that has learned nothing
FEATURES = 8  # of the vector that a token enters as


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """A sequence to run over: x (time, features), a (sign, name) for each step, and what the reader should know."""

    x: Array
    tokens: tuple[tuple[str, str], ...]
    raw: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetChoice:
    """A randomly initialised net, described by plain values."""

    cell: Cell = "lstm"
    hidden: int = 8
    layers: int = 1
    bidirectional: bool = False
    seed: int = 0
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One weight that the reader has set by hand."""

    layer: int
    direction: str
    name: str
    row: int
    column: int
    value: float


def read_text(typed: str, unit: text.Unit, seed: int, features: int = FEATURES) -> Input:
    """Tokens of a text, each as its seeded vector.

    Raises
    ------
    ValueError
        Nothing in the text that could be a token.
    """
    tokens, notes = tokens_of(typed, unit)
    return make_input(vectors(tokens, seed, features), tokens, notes)


def vectors(tokens: Sequence[str], seed: int, features: int = FEATURES) -> Array:
    """What tokens enter a net as that has learned nothing, (time, features)."""
    return encoding.vectors(tokens, features, seed)


def read_example(example: examples.Example, typed: str) -> Input:
    """Tokens of a text, one-hot as the hand-made net knows them.

    Raises
    ------
    ValueError
        An empty text.
    """
    tokens, notes = tokens_of(typed, "characters")
    strange = sorted({signs.sign(token) for token in tokens if token not in example.vocabulary})
    if strange:
        known = " ".join(example.vocabulary.tokens)
        some = " ".join(sign[:24] for sign in strange[:8]) + (" …" if len(strange) > 8 else "")
        notes.append(f"This net knows only {known}; anything else ({some}) enters as zeros.")
    return make_input(example.encode(tokens), tokens, notes)


def read_series(typed: str) -> Input:
    """Numbers as they are, one step each.

    Raises
    ------
    ValueError
        Something that is no number; which, and where.
    """
    notes = []
    short = typed[:_READ]
    if len(short) < len(typed):  # a pasted file is not read to its end; nor is a number or a line in two
        end = short.rfind("\n") if "\n" in short else max(short.rfind(sign) for sign in " ,;\t")
        short = short[:end] if end > 0 else short
    values = _numbers(short)
    if len(values) > MOST_STEPS or len(short) < len(typed):
        steps = min(len(values), MOST_STEPS)
        notes.append(f"Your series has {len(typed):,} characters; this page shows the first {steps} steps.")
    if re.search(r"\d,\d+[ ;]+-?\d+,\d", short):
        notes.append("A comma separates numbers here: 1,5 is read as 1 and 5. Write 1.5 for one and a half.")
    values = values[:MOST_STEPS].astype(np.float32)
    if values.shape[1] > MOST_UNITS:
        raise ValueError(
            f"series: expected at most {MOST_UNITS} numbers a step, got {values.shape[1]}; leave some columns out"
        )
    shown = [", ".join(f"{number:g}" for number in row) for row in values]
    tokens = tuple((label if len(label) <= 12 else label[:11] + "…", label) for label in shown)
    return Input(values, tokens, tuple(shown), tuple(notes))


@lru_cache(maxsize=16)
def _numbers(typed: str) -> Array:
    """`series.series`, once for the many reruns over one text; read-only."""
    values = series.series(typed)
    values.flags.writeable = False
    return values


def build(choice: NetChoice, features: int) -> tuple[Layer, ...]:
    """The layers of a random net; the same choice gives the same weights everywhere."""
    rng = np.random.default_rng(choice.seed)
    hidden = [choice.hidden] * choice.layers
    return stack.init(rng, features, hidden, choice.cell, bidirectional=choice.bidirectional, **(choice.options or {}))


def example_layers(example: examples.Example) -> tuple[Layer, ...]:
    """A hand-made cell as a stack of one."""
    return (Layer("lstm", example.params),)


def fits(layers: Sequence[Layer], edit: Edit) -> bool:
    """Whether a net has the weight that an edit names."""
    params = getattr(layers[edit.layer], edit.direction) if edit.layer < len(layers) else None
    array = getattr(params, edit.name, None)
    if not isinstance(array, np.ndarray):
        return False
    rows, columns = np.atleast_2d(array).shape
    return edit.row < rows and edit.column < columns


def edited(layers: Sequence[Layer], edits: Sequence[Edit]) -> tuple[Layer, ...]:
    """The layers with single weights replaced; every edit `fits`.

    Examples
    --------
    >>> layers = build(NetChoice(hidden=2), features=3)
    >>> changed = edited(layers, [Edit(0, "forward", "b", 0, 1, 5.0)])
    >>> float(changed[0].forward.b[1]), float(layers[0].forward.b[1])
    (5.0, 0.0)
    """
    result = list(layers)
    for edit in edits:
        params = getattr(result[edit.layer], edit.direction)
        changed = getattr(params, edit.name).copy()
        np.atleast_2d(changed)[edit.row, edit.column] = edit.value
        result[edit.layer] = replace(result[edit.layer], **{edit.direction: replace(params, **{edit.name: changed})})
    return tuple(result)


def check_finite(trace: stack.Trace) -> stack.Trace:
    """The trace itself, if all its states are numbers; a relu can grow without bound.

    Raises
    ------
    ValueError
        With the first step at which there is none.
    """
    fine = np.isfinite(trace.h).all(axis=(1, 2))
    if not fine.all():
        step = int(np.argmin(fine)) + 1
        raise ValueError(f"At step {step} its state grows beyond every float32 number: lower the weights or take tanh.")
    return trace


def beginning(x: Array, clamps: Sequence[Clamp]) -> tuple[Array, list[Clamp]]:
    """The first steps of a run, at most CHECKED, with what is held in them: enough to check a net on."""
    held = [replace(c, stop=min(c.stop or len(x), CHECKED)) for c in clamps if c.start < CHECKED]
    return x[:CHECKED], held if len(x) > CHECKED else list(clamps)


def read_edits(written: str) -> tuple[Edit, ...]:
    """Edits as they stand in the address, `0f.W_x.2.1:0.5` each, separated by commas.

    Raises
    ------
    ValueError
        Anything else.

    Examples
    --------
    >>> read_edits("0f.W_h.1.2:-0.5")
    (Edit(layer=0, direction='forward', name='W_h', row=1, column=2, value=-0.5),)
    """
    found = []
    for entry in filter(None, written.split(",")):
        try:
            place, number = entry.split(":")
            where, name, row, column = place.split(".")
            value = float(number)
            if name not in ("W_x", "W_h", "b", "p") or where[-1] not in "fb" or not abs(value) <= 1000:
                raise ValueError
            edit = Edit(
                int(where[:-1]), {"f": "forward", "b": "backward"}[where[-1]], name, int(row), int(column), value
            )
        except (ValueError, IndexError):
            raise ValueError(
                "weights as layer, direction, name, row, column and value, such as 0f.W_x.2.1:0.5"
            ) from None
        if min(edit.layer, edit.row, edit.column) < 0:
            raise ValueError("places counted from 0")
        found.append(edit)
    return tuple(found)


def write_edits(edits: Sequence[Edit]) -> str:
    """The opposite of `read_edits`; of several edits of one weight the last stands."""
    latest = {(e.layer, e.direction, e.name, e.row, e.column): e for e in edits}
    return ",".join(f"{e.layer}{e.direction[0]}.{e.name}.{e.row}.{e.column}:{e.value:.9g}" for e in latest.values())


def variant_options(
    cell: Cell,
    forget: str,
    input_gate: str,
    output_gate: str,
    peephole: bool,
    reset: str,
    act: str,
    bias: float = USUAL_BIAS,
) -> dict[str, Any]:
    """The cell's own options from the reader's choices; what belongs to other cells is ignored.

    Examples
    --------
    >>> variant_options("lstm", "learned", "learned", "learned", False, "after", "tanh", 3.0)["forget_bias"]
    3.0
    >>> variant_options("gru", "learned", "learned", "learned", False, "after", "tanh", 3.0)
    {'reset_after': True}
    """
    if cell == "gru":
        return {"reset_after": reset == "after"}
    if cell == "rnn":
        return {"activation": act}
    if forget == "coupled":
        input_gate = "learned"
    variant = lstm.Variant(forget, input_gate, output_gate, peephole)  # type: ignore[arg-type]
    return {"variant": variant, "forget_bias": bias}


def tokens_of(typed: str, unit: text.Unit, most: int = MOST_STEPS) -> tuple[list[str], list[str]]:
    """At most so many tokens of a text, and a note where there were more.

    Raises
    ------
    ValueError
        None at all.
    """
    short = typed[:_READ]  # a pasted book is not walked through to its end
    tokens = text.tokenize(text.clean(short), unit, limit=most + 1)
    if not tokens:
        raise ValueError(
            f"text: expected at least one {unit[:-1]}, got nothing to read; type a few letters or choose an example"
        )
    notes = []
    if len(tokens) > most or len(short) < len(typed):
        limit = " with so many units" if most < MOST_STEPS - 1 else ""  # one step may be a start token
        notes.append(
            f"Your text has {len(typed):,} characters; this page shows the first "
            f"{min(len(tokens), most)} {unit} (at most {most}{limit}). The text itself is kept."
        )
    return tokens[:most], notes


def make_input(x: Array, tokens: Sequence[str], notes: Sequence[str]) -> Input:
    """Vectors with the signs and names of their tokens; long ones are shortened."""
    shown = []
    for token in tokens:
        sign = signs.sign(token)
        name = token if sign == token else signs.name(token).lower()
        shown.append(
            tuple(part if len(part) <= most else part[: most - 1] + "…" for part, most in ((sign, 24), (name, 80)))
        )
    return Input(x, tuple(shown), tuple(tokens), tuple(notes))
