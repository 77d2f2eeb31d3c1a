"""From a way back to the data of its split: every part of every unit, and the path that is gates alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_core import lstm, paths, rnn
from lstm_ui.components.backward.doubles import pack_doubles
from lstm_ui.components.shared.assets import plain_number, plain_text, tokens_json
from lstm_ui.components.transport import check_json

MOST_STEPS, MOST_NUMBERS = 512, 400_000
LABELS = {
    "loss": "from the loss",
    "highway": "straight from the step after",
    "recurrent": "through W_h",
    "peephole": "through peepholes",
    "output": "through h",
    "output_loss": "through h, from the loss",
    **{f"output_{gate}": f"through h, from {gate}" for gate in "ifog"},
    **{gate: f"through {gate}" for gate in "rzn"},
}
# Colour (of a signal) and pattern of a part: straight is solid, and what took the way through h is drawn in lines.
LOOKS = {
    "loss": ("x", "dots"),
    "recurrent": ("h", "solid"),
    "peephole": ("c", "cross"),
    "output": ("h", "rise"),
    "output_loss": ("x", "level"),
    "output_i": ("i", "rise"),
    "output_f": ("f", "fall"),
    "output_o": ("o", "upright"),
    "output_g": ("g", "rise"),
    "r": ("r", "rise"),
    "z": ("z", "fall"),
    "n": ("n", "level"),
}


def split_payload(
    trace: Any,
    flow: Any,
    *,
    ident: str,
    tokens: Sequence[tuple[str, str]],
    unit: int | None = None,
    sequence: int = 0,
    step: int | None = None,
    objective: str = "",
    value: float | None = None,
) -> dict[str, Any]:
    """The data of the split of dL/dc (of a GRU or an RNN: dL/dh) of one sequence.

    Parameters
    ----------
    trace : lstm.Trace, gru.Trace or rnn.Trace
    flow : Flow
        Of its way back.
    ident : str
        As long as it stays the same, new data keeps the chosen unit.
    tokens : sequence of (shown, name)
        One for each step of the sequence.
    unit : int or None
        The unit shown at first; None: all units, projected on the direction of the whole gradient.
    sequence : int
        Which one of the batch.
    step : int or None
        Where the product of gates begins, in input order; None: where the gradient enters, at one step or at many.
    objective, value
        What was differentiated, in words, and its value.

    Returns
    -------
    dict
        Plain JSON values; numbers as base64 of float64. All units, if that is not more than 400,000 numbers; else
        only `unit`.

    Raises
    ------
    ValueError
        If tokens and steps differ in number, a unit, step or sequence is not there, there are more than 512 steps, or
        a number is not finite.
    """
    steps = _steps(trace, tokens, unit, sequence)
    whole = np.asarray(paths.total(flow)[:steps, sequence], np.float64)
    parts = {
        name: np.asarray(part[:steps, sequence], np.float64)
        for name, part in paths.split(flow, trace if isinstance(trace, lstm.Trace) else None).items()
    }
    parts = {name: part for name, part in parts.items() if part.any() or name in ("highway", "recurrent")}
    units = _units(unit, len(parts), *whole.shape)
    bars, totals = _rows(parts, whole, units)
    keeper = None if isinstance(trace, rnn.Trace) else "f" if isinstance(trace, lstm.Trace) else "z"
    data = {
        "id": ident,
        "tokens": tokens_json(tokens),
        "state": "c" if isinstance(trace, lstm.Trace) else "h",
        "reverse": bool(trace.reverse),
        "hidden": int(whole.shape[1]),
        "units": units,
        "unit": None if unit is None else int(unit),
        "turn": 0,
        "parts": [_part(name, keeper) for name in parts],
        "bars": pack_doubles("parts", bars),
        "totals": pack_doubles("total", totals),
        "keeper": keeper,
        "pure": None if keeper is None else _pure(trace, flow, whole, sequence, step),
        "objective": plain_text(objective, 300),
        "value": plain_number(value),
    }
    check_json(data)
    return data


def _rows(parts: dict[str, NDArray[Any]], whole: NDArray[Any], units: list[int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Bars (1 + units, parts, time) and totals (1 + units, time); first all units together, by projection."""
    along = paths.projected(parts, whole)
    together = np.stack(list(along.values()))[None]
    each = np.stack([part.T[units] for part in parts.values()], axis=1)
    length = np.sqrt((whole / _size(whole)) ** 2 @ np.ones(whole.shape[1])) * _size(whole)[:, 0]
    return np.concatenate((together, each)), np.concatenate((length[None], whole.T[units]))


def _size(whole: NDArray[Any]) -> NDArray[Any]:
    """The largest of each step, or 1: squares of very small gradients would be 0."""
    most: NDArray[Any] = np.abs(whole).max(axis=1, keepdims=True)
    return np.where(most > 0, most, 1.0)


def _part(name: str, keeper: str | None) -> dict[str, Any]:
    colour, pattern = LOOKS.get(name, (keeper or "x", "solid"))
    return {"name": name, "label": LABELS[name], "colour": colour, "pattern": pattern}


def _pure(trace: Any, flow: Any, whole: NDArray[Any], sequence: int, step: int | None) -> dict[str, Any]:
    """The path through the keeping gate alone, and how much of the truth it is.

    From the one step where the gradient enters; where it enters at many, a path from one of them would be held against
    what comes from all: there all that enters is carried back.
    """
    if step is not None and not 0 <= step < len(whole):
        raise ValueError(f"step: expected 0 to {len(whole) - 1}, got {step}; choose a step of the sequence")
    entered = paths.entering(flow, trace)[:, sequence]
    sources = [int(step)] if step is not None else np.flatnonzero(entered.any(axis=1)).tolist()
    sources = sources or [0 if trace.reverse else len(whole) - 1]
    one = sources[0] if len(sources) == 1 else None
    part = paths.carried(trace, entered, sequence) if one is None else paths.pure(trace, whole[one], sequence, one)
    part = part[: len(whole)]
    found = paths.share(part, whole)
    size = _size(part)
    return {
        "step": one,
        "sources": len(sources),
        "norms": pack_doubles("pure", np.sqrt(((part / size) ** 2).sum(axis=1)) * size[:, 0]),
        **{name: [plain_number(each) for each in column] for name, column in found._asdict().items()},
    }


def _units(unit: int | None, parts: int, steps: int, hidden: int) -> list[int]:
    if (1 + hidden) * (parts + 1) * steps <= MOST_NUMBERS:
        return list(range(hidden))
    return [] if unit is None else [int(unit)]


def _steps(trace: Any, tokens: Sequence[tuple[str, str]], unit: int | None, sequence: int) -> int:
    T, B, H = trace.h.shape
    if not 0 <= sequence < B:
        raise ValueError(f"sequence: expected 0 to {B - 1}, got {sequence}; choose one of the batch")
    if unit is not None and not 0 <= unit < H:
        raise ValueError(f"unit: expected None or 0 to {H - 1}, got {unit}; choose another")
    steps = T if trace.lengths is None else int(trace.lengths[sequence])
    if steps > MOST_STEPS:
        raise ValueError(f"trace: expected at most {MOST_STEPS} steps, got {steps}; show a part of the text")
    if len(tokens) != steps:
        raise ValueError(f"tokens: expected one for each of {steps} steps, got {len(tokens)}; cut them alike")
    return steps
