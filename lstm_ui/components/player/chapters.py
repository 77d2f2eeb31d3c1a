"""What the player's panel says in every sub-step: title, words, and the blocks of formulas, bars and curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstm_plots.formulas import Formula, formulas
from lstm_plots.notation import labels

Block = dict[str, Any]

# Titles and one sentence each; the sentences are about what happens, not about how it is drawn.
_TEXTS: dict[str, tuple[tuple[str, str], ...]] = {
    "lstm": (
        ("Inputs", "Three things arrive: the token, the output of the step before, and the memory."),
        ("Sums", "Why did this gate open? Its parts add up."),
        ("Gates", "\u03c3 makes an opening between 0 and 1, tanh a value between \u22121 and 1."),
        ("Cell state", "Keep some of the old memory, write some of the candidate."),
        ("Output", "The memory, squashed by tanh, leaves through the output gate."),
    ),
    "gru": (
        ("Inputs", "Two things arrive: the token, and the state of the step before."),
        ("Sums", "Why did this gate open? Its parts add up."),
        ("Gates", "\u03c3 turns each sum into an opening between 0 and 1."),
        ("Candidate", "What could the new state be? The reset gate decides how much of the past it may see."),
        ("New state", "A blend of the candidate and the old state: what one gains, the other loses."),
    ),
    "rnn": (
        ("Inputs", "Two things arrive: the token, and the state of the step before."),
        ("Sum", "Each part pushes the unit up or down; the parts add up."),
        ("Activation", "The sum is squashed: this is the new state, and the output."),
    ),
}
_SOURCES = {
    "x": "the token",
    "h": "the past",
    "b": "the bias",
    "p": "the memory",
    "rq": "the past",
    "q": "the past",
}


def chapters(cell: str, variant: Mapping[str, Any], notation: str, below: int = 0) -> list[dict[str, Any]]:
    """The sub-steps of a cell as the player wants them, each with title, words and blocks.

    `below` is the number of layers under this one: its input is a token only where there are none.

    Examples
    --------
    >>> [chapter["title"] for chapter in chapters("rnn", {}, "keras")]
    ['Inputs', 'Sum', 'Activation']
    """
    lines = formulas(cell, variant, notation)
    names = labels(cell, notation)
    found = []
    for index, ((title, words), group) in enumerate(zip(_TEXTS[cell], lines, strict=True)):
        blocks: list[Block] = [{"type": "vector"}] if index == 0 else []
        for formula in group:
            blocks.append({"type": "formula", **formula._asdict(), "sum": _bars(cell, formula, names, variant, below)})
        if index == 1 and not group:
            blocks.append({"type": "note", "text": "Nothing to add up here."})
        blocks = _curves(cell, variant, group) + blocks + _removed(variant, index)
        found.append({"title": title, "words": words.replace("the token", _input(below)), "blocks": blocks})
    return found


def _input(below: int) -> str:
    return f"the output of layer {below}" if below else "the token"


def _bars(cell: str, formula: Formula, names: dict[str, str], variant: Mapping[str, Any], below: int) -> Block | None:
    """The bars under a formula, where its right side is a sum."""
    result = formula.result
    if result.startswith("a."):
        gate = result[2:]
        parts = [key for key in _keys(formula.filled) if key != result]
        token = f"layer {below}" if below else "token"
        labels = {"x": token, "h": "past", "b": "bias", "p": "memory", "rq": "r\u00b7past", "q": "r\u00b7past"}
        return {
            "result": result,
            "verdict": gate,
            "parts": [[key, labels[key.split(".")[0]]] for key in parts],
            "total": names[result],
            "sources": {key: _SOURCES[key.split(".")[0]].replace("the token", _input(below)) for key in parts},
        }
    forget, written = variant.get("forget"), variant.get("input")
    if result == "c":
        kept = ["c_prev", names["c_prev"]] if forget == "none" else ["fc", f"{names['f']}\u00b7{names['c_prev']}"]
        new = ["g", names["g"]] if written == "none" else ["ig", f"{names['i']}\u00b7{names['g']}"]
        return {"result": "c", "parts": [kept, new], "total": names["c"]}
    if result == "h" and cell == "gru":
        parts = [["zn", f"of {names['n']}"], ["zh", f"of {names['h_prev']}"]]
        return {"result": "h", "parts": parts, "total": names["h"]}
    return None


def _keys(filled: str) -> list[str]:
    return [part.split("}")[0] for part in filled.split("{")[1:]]


def _curves(cell: str, variant: Mapping[str, Any], group: tuple[Formula, ...]) -> list[Block]:
    """Curves of the activations that happen in this sub-step, with one point a signal."""
    squashed = [formula.result for formula in group if f"{{a.{formula.result}}}" in formula.filled]
    sigma = [key for key in squashed if key in "ifozr"]
    found: list[Block] = [{"type": "curve", "fn": "sigma", "points": sigma}] if sigma else []
    rest = [key for key in squashed if key not in sigma]
    if rest:
        found.append(
            {"type": "curve", "fn": variant.get("activation", "tanh") if cell == "rnn" else "tanh", "points": rest}
        )
    return found


def _removed(variant: Mapping[str, Any], index: int) -> list[Block]:
    if index not in (1, 2):
        return []
    gone = [name for name in ("forget", "input", "output") if variant.get(name) == "none"]
    found = [{"type": "note", "text": f"No {name} gate in this variant: everything passes (1)."} for name in gone]
    if variant.get("forget") == "coupled" and index == 1:
        found.append(
            {
                "type": "note",
                "text": "The forget gate is coupled: it is 1 minus the input gate and has no sum of its own.",
            }
        )
    if variant.get("peephole") and variant.get("output") != "none":
        found.append(
            {
                "type": "note",
                "text": "With peepholes the output gate sees the new cell state: its sum comes in sub-step 5.",
            }
        )
    return found
