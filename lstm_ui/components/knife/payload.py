"""From gradients cut after 0, 1, 2, ... steps to the data of the knife: all cuts at once, so dragging asks nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lstm_core.truncation import Compared
from lstm_ui.components.backward.doubles import pack_doubles
from lstm_ui.components.shared.assets import plain_number, plain_text, tokens_json
from lstm_ui.components.transport import check_json

MOST_STEPS, MOST_NUMBERS = 512, 100_000


def knife_payload(
    rows: Sequence[Sequence[Compared]],
    *,
    ident: str,
    tokens: Sequence[tuple[str, str]],
    step: int | None = None,
    every: bool = False,
    reverse: bool = False,
    cut: int | None = None,
    lags: Sequence[int] | None = None,
    objective: str = "",
    value: float | None = None,
) -> dict[str, Any]:
    """The data of the knife.

    Parameters
    ----------
    rows : sequence over cuts of sequences of Compared
        From `lstm_core.truncation.by_cut`: at place k, what is left of each array's gradient with a cut of k.
    ident : str
        As long as it stays the same, new data keeps the cut.
    tokens : sequence of (shown, name)
        One a step.
    step : int or None
        Where the loss is, in input order; None: at the step read last.
    every : bool
        There is a loss at every step, and each reaches back as far as the cut allows.
    reverse : bool
        The cell reads from right to left.
    cut : int or None
        Where the knife lies at first; None: in the middle.
    lags : sequence of int or None
        After how many steps back each token is reached, -1 for never: two directions may reach both sides of the loss;
        None: those that were read up to the loss, one a step.
    objective, value
        What was differentiated, in words, and its value.

    Returns
    -------
    dict
        Plain JSON values; numbers as base64 of float64.

    Raises
    ------
    ValueError
        If there is no cut, the cuts differ in their arrays, a step is not there, there are more than 512 tokens or
        100,000 numbers, or a norm is not finite.
    """
    names = _check(rows, tokens, step)
    if lags is not None and len(lags) != len(tokens):
        raise ValueError(f"lags: expected one for each of {len(tokens)} tokens, got {len(lags)}; cut them alike")
    start = (0 if reverse else len(tokens) - 1) if step is None else int(step)
    middle = (len(rows) - 1) // 2
    data = {
        "id": ident,
        "tokens": tokens_json(tokens),
        "step": start,
        "every": bool(every),
        "reverse": bool(reverse),
        "cuts": len(rows),
        "cut": min(max(middle if cut is None else int(cut), 0), len(rows) - 1),
        "lags": None if lags is None else [int(lag) for lag in lags],
        "blocks": [{"name": name, "label": _label(name, names)} for name in names],
        "true": pack_doubles("true", [each.true for each in rows[0]]),
        "norms": pack_doubles("cut", [[each.cut for each in row] for row in rows]),
        "cosines": pack_doubles("cosine", [[each.cosine for each in row] for row in rows], missing=True),
        "objective": plain_text(objective, 300),
        "value": plain_number(value),
    }
    check_json(data)
    return data


def _label(name: str, names: Sequence[str]) -> str:
    """What a reader calls an array, with its subscript; layers and directions are named where there are several."""
    if name == "x":
        return "inputs"
    _, layer, way, array = name.split(".")
    several = len({each.split(".")[1] for each in names if each != "x"}) > 1
    parts = [re.sub(r"_(.)", r"_{\1}", array), *([f"layer {int(layer) + 1}"] if several else [])]
    return ", ".join([*parts, *([way] if any(".backward." in each for each in names) else [])])


def _check(rows: Sequence[Sequence[Compared]], tokens: Sequence[tuple[str, str]], step: int | None) -> list[str]:
    """The names of the arrays."""
    names = [each.name for each in rows[0]] if rows else []
    if not names or any([each.name for each in row] != names for row in rows):
        raise ValueError("rows: expected the same arrays at every cut, got others; pass what truncation.by_cut gives")
    if not 1 <= len(tokens) <= MOST_STEPS:
        raise ValueError(f"tokens: expected 1 to {MOST_STEPS}, got {len(tokens)}; show a part of the text")
    if len(rows) * len(names) > MOST_NUMBERS:
        raise ValueError(f"rows: expected at most {MOST_NUMBERS:,} numbers, got {len(rows) * len(names):,}; cut fewer")
    if step is not None and not 0 <= step < len(tokens):
        raise ValueError(f"step: expected None or 0 to {len(tokens) - 1}, got {step}; choose a step of the text")
    return names
