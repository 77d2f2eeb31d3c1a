"""From traces of the core to the data of the player: one layer, one direction, one or two runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_core import analysis, clamps
from lstm_core.stack import CELLS
from lstm_plots import notation as notations
from lstm_ui.components.player.chapters import chapters
from lstm_ui.components.transport import check_json, pack, pack_table

# Under the tokens: gates stand on the floor, states leave a line in the middle.
_ROWS: dict[str, tuple[tuple[str, str], ...]] = {
    "lstm": (("f", "unit"), ("i", "unit"), ("o", "unit"), ("c", "signed")),
    "gru": (("r", "unit"), ("z", "unit"), ("h", "signed")),
    "rnn": (("h", "signed"),),
}


def payload(
    free: Any,
    held: Any = None,
    tokens: Sequence[tuple[str, str]] = (),
    *,
    ident: str,
    notation: str = "gatescope",
    position: tuple[int, int, int] = (0, 1, 0),
    layer: int = 0,
    batch: int = 0,
    head: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything the player needs to step through one sequence in one cell.

    Parameters
    ----------
    free : lstm_core.lstm.Trace, lstm_core.gru.Trace or lstm_core.rnn.Trace
        The run as the net computes it. A trace of a backward direction is read from right to left.
    held : Trace or None
        A second run of the same net on the same input, with clamps.
    tokens : sequence of (shown, name)
        One a step: what is drawn (signs for invisible characters already put in), and what it is called; the name may
        be empty or repeat what is shown.
    ident : str
        As long as it stays the same, new data keeps the reader's position.
    notation : str
        One of `lstm_plots.notation.NOTATIONS`.
    position : (step, sub-step, unit)
        Where to begin; step and unit from 0, sub-step from 1. Out of range is clipped.
    layer : int
        Which layer of a stack this is, from 0: above the first, the input is no token but the layer below.
    batch : int
        Which sequence of the batch.
    head : dict, optional
        Of a trained net, what it says: from `lstm_ui.components.player.head.head_payload`.

    Returns
    -------
    dict
        Plain JSON values; arrays as base64 of float32.

    Raises
    ------
    ValueError
        If the number of tokens differs from the number of steps, the two runs differ in kind or shape, the notation
        does not exist, or a number is not finite.
    """
    cell = cell_of(free)
    steps = int(free.x.shape[0]) if free.lengths is None else int(free.lengths[batch])
    hidden, features = int(free.h.shape[2]), int(free.x.shape[2])
    if len(tokens) != steps:
        raise ValueError(f"tokens: expected one for each of {steps} steps, got {len(tokens)}; cut text and input alike")
    if held is not None and (cell_of(held) != cell or held.h.shape != free.h.shape or held.x.shape != free.x.shape):
        raise ValueError(
            f"held: expected a run of the same {cell} with shape {free.h.shape}, got {cell_of(held)} {held.h.shape}"
        )
    variant = variant_of(free)
    subs = chapters(cell, variant, notation, layer)
    if head is not None:
        subs.append({"title": "Prediction", "words": head["words"], "blocks": [{"type": "head"}]})
    runs = [free] if held is None else [free, held]
    data = {
        "id": ident,
        "cell": cell,
        "variant": variant,
        "reverse": bool(free.reverse),
        "steps": steps,
        "hidden": hidden,
        "features": features,
        "tokens": [_token(shown, name) for shown, name in tokens],
        "below": layer,
        "subs": subs,
        "notation": {
            "name": notation,
            "labels": notations.labels(cell, notation),
            "notes": list(notations.notes(cell, variant, notation)),
        },
        "runs": [pack_table(columns(run, steps, batch)) for run in runs],
        "held": {} if held is None else _held_masks(held, cell, steps, hidden),
        "track": {
            "rows": [{"key": key, "kind": kind} for key, kind in _ROWS[cell]],
            "compare": list(CELLS[cell].SIGNALS),
        },
        "position": _clip(position, steps, len(subs), hidden),
    }
    if head is not None:
        data["head"] = head
    check_json(data)
    return data


def cell_of(trace: Any) -> str:
    """Which kind of cell a trace is from: "lstm", "gru" or "rnn", told by the signals it has."""
    return "lstm" if hasattr(trace, "c") else "gru" if hasattr(trace, "z") else "rnn"


def variant_of(trace: Any) -> dict[str, Any]:
    """The variant of a trace's cell as plain values."""
    params = trace.params
    match cell_of(trace):
        case "lstm":
            names = ("forget", "input", "output", "peephole")
            return {name: getattr(params.variant, name) for name in names}
        case "gru":
            return {"reset_after": bool(params.reset_after)}
        case _:
            return {"activation": str(params.activation)}


def columns(trace: Any, steps: int, batch: int = 0) -> dict[str, NDArray[Any]]:
    """Every array of one sequence that the player reads, by key, each of shape (steps, width).

    Keys: the signals; `x`; `c_prev`, `h_prev`; `tanh_c`; the GRU's `q`; `a.f` for a pre-activation, and its parts
    `x.f`, `h.f`, `b.f`, `p.f`, and of the GRU's candidate `rq.n` or `q.n`.
    """
    cell = cell_of(trace)
    found = {"x": trace.x[:steps, batch]}
    found |= {name: getattr(trace, name)[:steps, batch] for name in CELLS[cell].SIGNALS}
    found["h_prev"] = analysis.previous(trace, "h")[:steps, batch]
    if cell == "lstm":
        found["tanh_c"] = trace.tanh_c[:steps, batch]
        found["c_prev"] = analysis.previous(trace, "c")[:steps, batch]
    if cell == "gru":
        found["q"] = trace.q[:steps, batch]
    for gate, parts in analysis.terms(trace).items():
        found |= {f"{part}.{gate}": values[:steps, batch] for part, values in parts.items()}
    return found


def _held_masks(trace: Any, cell: str, steps: int, hidden: int) -> dict[str, str]:
    found = {}
    for signal in CELLS[cell].SIGNALS:
        mask = np.asarray(clamps.held(trace.clamps, signal, trace.h.shape[0], hidden))[:steps]
        if mask.any():
            found[signal] = pack(signal, mask)
    return found


def _token(shown: str, name: str) -> dict[str, Any]:
    return {"shown": shown, "name": name, "sign": bool(name) and name != shown}


def _clip(position: tuple[int, int, int], steps: int, subs: int, hidden: int) -> dict[str, int]:
    step, sub, unit = (int(value) for value in position)
    return {
        "step": min(max(step, 0), steps - 1),
        "sub": min(max(sub, 1), subs),
        "unit": min(max(unit, 0), hidden - 1),
    }
