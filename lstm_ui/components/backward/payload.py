"""From the steps of the way back to the data of the stepper: one unit, one sequence, all that was multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstm_core.paths import Quantity, Stepped, Term, Verdict
from lstm_plots import notation as notations
from lstm_ui.components.backward.chapters import CELLS, chapters
from lstm_ui.components.backward.doubles import pack_doubles
from lstm_ui.components.backward.symbols import in_product, label, markup, summed
from lstm_ui.components.shared.assets import plain_number, plain_text, tokens_json
from lstm_ui.components.transport import check_json

MOST_STEPS = 512
# Whether a gradient got through, told apart by more than its words.
TONES = {"start": "note", "most": "note", "nothing": "note", "passed": "open", "larger": "open", "part": "part"}


def backward_payload(
    walked: Sequence[Stepped],
    *,
    ident: str,
    tokens: Sequence[tuple[str, str]],
    cell: str,
    hidden: int,
    unit: int,
    direction: str = "forward",
    step: int | None = None,
    sub: int = 1,
    notation: str = "gatescope",
    objective: str = "",
    value: float | None = None,
) -> dict[str, Any]:
    """Everything that the stepper needs to walk back through one sequence, for one unit.

    Parameters
    ----------
    walked : sequence of Stepped
        From `lstm_core.paths.walk_back`, of this unit: the step read last comes first.
    ident : str
        As long as it stays the same, new data (another unit, say) keeps the reader's place.
    tokens : sequence of (shown, name)
        One a step, with signs already put in for invisible characters.
    cell : "lstm", "gru" or "rnn"
    hidden : int
        Units that the reader can choose from; another one needs new data.
    unit : int
        The one that was walked, from 0.
    direction : "forward" or "backward"
        Of the cell; in a backward one the gradient goes from left to right.
    step, sub : int
        Where to begin: `step` in input order, None for the one read last; `sub` from 1. Out of range is clipped.
    notation : str
        One of `lstm_plots.notation.NOTATIONS`.
    objective : str
        What was differentiated, in words.
    value : float or None
        Its value.

    Returns
    -------
    dict
        Plain JSON values; numbers as base64 of float64.

    Raises
    ------
    ValueError
        If tokens and steps differ in number, the steps are not all there in the order of the way back, the cell,
        direction, unit or notation does not exist, there are more than 512 steps, or a number is not finite.
    """
    _check(walked, tokens, cell, hidden, unit, direction)
    notations.check_notation(notation)
    names = [quantity.name for quantity in walked[0].quantities]
    subs = chapters(cell, names)
    steps = sorted(walked, key=lambda stepped: stepped.step)
    last, variant = walked[0].step, _variant(walked[0])
    data = {
        "id": ident,
        "cell": cell,
        "reverse": direction == "backward",
        "steps": len(steps),
        "hidden": int(hidden),
        "unit": int(unit),
        "tokens": tokens_json(tokens),
        "subs": subs,
        "objective": plain_text(objective, 300),
        "value": plain_number(value),
        "notes": list(notations.notes(cell, variant, notation)),
        "variant": variant,
        "labels": notations.labels(cell, notation),
        **_written(steps, cell, notation),
        "position": {
            "step": min(max(last if step is None else int(step), 0), len(steps) - 1),
            "sub": min(max(int(sub), 1), len(subs)),
            "unit": int(unit),
        },
    }
    check_json(data)
    return data


def _written(steps: Sequence[Stepped], cell: str, notation: str) -> dict[str, Any]:
    """Formulas that occur, each once; of each step which formulas, all its numbers, and what is said of them."""
    shapes: dict[Any, Any] = {}
    verdicts: dict[Any, Any] = {}
    numbers: list[float] = []
    shape_of, said = [], []
    for stepped in steps:
        key = tuple(_key(quantity) for quantity in stepped.quantities)
        if key not in shapes:
            shapes[key] = [_shape(quantity, cell, stepped, notation) for quantity in stepped.quantities]
        shape_of.append(list(shapes).index(key))
        spoken = []
        for quantity in stepped.quantities:
            for thing in (quantity, *quantity.terms):
                found = verdicts.setdefault(_words(thing), (len(verdicts), thing.verdict))
                spoken.append(found[0])
            numbers.append(quantity.value)
            for term in quantity.terms:
                numbers += [term.value, *(factor.value for factor in term.factors)]
        said.append(spoken)
    return {
        "shapes": list(shapes.values()),
        "shapeOf": shape_of,
        "numbers": pack_doubles("walked", numbers),
        "verdicts": [_verdict(verdict) for _, verdict in verdicts.values()],
        "said": said,
    }


def _key(quantity: Quantity) -> tuple[Any, ...]:
    """What decides the formula of a quantity."""
    terms = ((term.name, term.over, tuple((each.name, each.kind) for each in term.factors)) for term in quantity.terms)
    return (quantity.name, *terms)


def _words(thing: Quantity | Term) -> tuple[str, str] | None:
    return None if thing.verdict is None else (thing.verdict.kind, thing.verdict.words)


def _verdict(verdict: Verdict | None) -> list[str] | None:
    """Tone, kind and words."""
    return None if verdict is None else [TONES.get(verdict.kind, "shut"), verdict.kind, markup(verdict.words)]


def _shape(quantity: Quantity, cell: str, stepped: Stepped, notation: str) -> dict[str, Any]:
    """The formula of a quantity, without its numbers."""
    after = bool(_variant(stepped)["reset_after"])
    terms = [
        {
            "name": term.name,
            "label": label(term, notation),
            "sum": summed(quantity, term, cell, after, notation),
            "over": term.over,
            "factors": [
                {"symbol": in_product(markup(factor.name, notation)), "kind": factor.kind} for factor in term.factors
            ],
        }
        for term in quantity.terms
    ]
    return {"name": quantity.name, "symbol": markup(quantity.symbol, notation), "terms": terms}


def _variant(stepped: Stepped) -> dict[str, Any]:
    """What kind of cell it is, read off what was multiplied."""
    names = [quantity.name for quantity in stepped.quantities]
    ways = [term.name for quantity in stepped.quantities for term in quantity.terms]
    if "da" in names:
        is_tanh = any(factor.kind == "slope" for factor in stepped.quantity("da").terms[0].factors)
        return {"activation": "tanh" if is_tanh else "relu", "reset_after": False, "peephole": False}
    if "dz" in names:
        return {"reset_after": "drh" not in names, "peephole": False}

    def learned(gate: str) -> str:
        kinds = [factor.kind for term in stepped.quantity(f"da_{gate}").terms for factor in term.factors]
        return "none" if "fixed" in kinds else "learned"

    forget = "coupled" if len(stepped.quantity("da_i").terms) > 1 else learned("f")
    removable = {"forget": forget, "input": learned("i"), "output": learned("o")}
    return {**removable, "peephole": any(way.startswith("peephole") for way in ways), "reset_after": False}


def _check(
    walked: Sequence[Stepped], tokens: Sequence[tuple[str, str]], cell: str, hidden: int, unit: int, direction: str
) -> None:
    if cell not in CELLS:
        raise ValueError(f"cell: expected one of {', '.join(CELLS)}, got {cell!r}; choose one of them")
    if direction not in ("forward", "backward"):
        raise ValueError(f"direction: expected forward or backward, got {direction!r}; choose one of them")
    if not 1 <= len(walked) <= MOST_STEPS:
        raise ValueError(f"walked: expected 1 to {MOST_STEPS} steps, got {len(walked)}; show a part of the text")
    if len(tokens) != len(walked):
        raise ValueError(f"tokens: expected one for each of {len(walked)} steps, got {len(tokens)}; cut them alike")
    order = list(range(len(walked)))
    if [stepped.step for stepped in walked] != (order if direction == "backward" else order[::-1]):
        raise ValueError(
            f"walked: expected all steps from the one read last to the first, for a cell that reads {direction}, got "
            f"{str([stepped.step for stepped in walked[:6]]).strip('[]')} ...; pass what paths.walk_back gives"
        )
    if not 0 <= unit < hidden:
        raise ValueError(f"unit: expected 0 to {hidden - 1}, got {unit}; choose another")
    names = {quantity.name for quantity in walked[0].quantities}
    wanted = {name for chapter in chapters(cell, names) for name in chapter["names"]}
    if names != wanted:
        raise ValueError(f"walked: expected the steps of a cell {cell!r}, got {', '.join(sorted(names))}; name it")
