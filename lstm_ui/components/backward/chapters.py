"""The sub-steps of one step back: which gradients belong together, and one sentence about them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_INPUT = ("Input", ("dx",), "What this token gets from all units: each gate counts by its length along the whole.")
_SUBS: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "lstm": (
        ("Arrives", ("dh",), "What reaches h: from the loss, and through each gate of the step read after it."),
        ("Output gate", ("do",), "h = o \u00b7 tanh(c), so what reaches o is scaled by tanh(c)."),
        ("Cell state", ("dc",), "What reaches c: straight from the c after it, and through h."),
        ("Gates", ("di", "df", "dg"), "c = f \u00b7 c before + i \u00b7 g: each gets the factor it stands beside."),
        ("Sums", ("da_i", "da_f", "da_o", "da_g"), "Before each gate: a saturated one has no slope, and stops it."),
        ("Goes back", ("dh_prev", "dc_prev"), "Handed to the step read before: through the gates, and along c."),
        _INPUT,
    ),
    "gru": (
        ("Arrives", ("dh",), "What reaches h: from the loss, along h, and through the gates of the step after it."),
        ("Blend", ("dz", "dn"), "h = (1 \u2212 z) \u00b7 n + z \u00b7 h before: z decides what the candidate gets."),
        ("Sums", ("da_z", "da_n"), "Before gate and candidate: a saturated one has no slope, and stops it."),
        ("Reset gate", ("dq", "drh", "dr", "da_r"), "The candidate saw the past through r: what goes to both."),
        ("Goes back", ("dh_prev",), "What is handed to the step read before: along h, and through the gates."),
        _INPUT,
    ),
    "rnn": (
        ("Arrives", ("dh",), "What reaches h: from the loss, and through the weights from the step read after it."),
        ("Sum", ("da",), "Before the squashing: a saturated unit has no slope, and stops it."),
        ("Goes back", ("dh_prev",), "What is handed to the step read before: all of it through the weights."),
        _INPUT,
    ),
}  # fmt: skip
CELLS = tuple(_SUBS)


def chapters(cell: str, names: Collection[str]) -> list[dict[str, Any]]:
    """The sub-steps of a cell as plain values: title, words, and the names of their quantities.

    Examples
    --------
    >>> [chapter["title"] for chapter in chapters("rnn", ["dh", "da", "dh_prev", "dx"])]
    ['Arrives', 'Sum', 'Goes back', 'Input']
    """
    return [
        {"title": title, "words": words, "names": [name for name in group if name in names]}
        for title, group, words in _SUBS[cell]
    ]
