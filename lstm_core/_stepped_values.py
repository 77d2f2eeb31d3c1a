"""What the stepper shows at one step of the way back: numbers, what was multiplied to get them, and a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from lstm_core.arrays import Array

_WAYS = {
    "highway": "straight, past the gates",
    "output": "through h",
    "recurrent": "through W_h",
    "peephole_i": "through the peephole of i",
    "peephole_f": "through the peephole of f",
    "peephole_o": "through the peephole of o",
}
LOW, HIGH = 0.1, 0.9  # below and above, a gate counts as shut and as open: Karpathy, Johnson and Li (2015)

FactorKind = Literal["gradient", "gate", "slope", "value", "held", "fixed"]
VerdictKind = Literal[
    "start", "most", "passed", "part", "larger", "small", "shut", "saturated", "held", "nothing", "fixed"
]


class Factor(NamedTuple):
    """One number of a product.

    `most` is the largest it can be: 1 of a gate, 1/4 of a sigmoid's slope; below `low` a slope belongs to a `subject`
    that is saturated.
    """

    name: str
    value: float
    kind: FactorKind = "gradient"
    most: float = 1.0
    low: float = LOW
    subject: str = ""


class Verdict(NamedTuple):
    """What became of the gradient, and the factor that decided it: `kind` for pages that say it in their own words."""

    kind: VerdictKind
    factor: str
    value: float
    words: str


class Term(NamedTuple):
    """One part of a sum: the product of its factors; without factors, a number that came from elsewhere.

    With `over` it is a sum of products over so many units, rows of W times gradients, which `factors` do not list.
    """

    name: str
    value: float
    factors: tuple[Factor, ...] = ()
    over: int = 0
    verdict: Verdict | None = None


class Quantity(NamedTuple):
    """A gradient at the step: `value` is the sum of its terms."""

    name: str
    symbol: str
    value: float
    terms: tuple[Term, ...]
    verdict: Verdict


class Stepped(NamedTuple):
    """One step of the way back for one unit.

    `quantities` stand in the order in which they are computed. `step` is in input order, as are `after`, the step read
    after it, and `before`; None where there is none. In symbols t counts in the order of reading. `dx` is the whole
    gradient at the input, (features,), of which "dx" is the norm.
    """

    quantities: tuple[Quantity, ...]
    dx: Array
    step: int
    after: int | None
    before: int | None

    def quantity(self, name: str) -> Quantity:
        """The quantity of that name, such as "dc" or "da_i".

        Raises
        ------
        ValueError
            A name that this cell does not have.
        """
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity
        names = ", ".join(quantity.name for quantity in self.quantities)
        raise ValueError(f"quantity: expected one of {names}, got {name!r}; choose one of them")


def product(name: str, value: float, factors: Sequence[Factor]) -> Term:
    """A term with its verdict."""
    return Term(name, value, tuple(factors), 0, judge(factors))


def summed(name: str, symbol: str, terms: Sequence[Term], value: float | None = None) -> Quantity:
    """A quantity: its value the sum of the terms, its verdict that of its only term, or which term is most of it."""
    terms = tuple(terms)
    value = sum(term.value for term in terms) if value is None else value
    if len(terms) == 1 and terms[0].verdict is not None:
        return Quantity(name, symbol, value, terms, terms[0].verdict)
    is_handed_on = name == "dx" or name.endswith("_prev")
    return Quantity(name, symbol, value, terms, _largest(terms, "goes" if is_handed_on else "comes"))


def _largest(terms: tuple[Term, ...], verb: str) -> Verdict:
    top = max(terms, key=lambda term: abs(term.value))
    if top.value == 0:
        for term in terms:
            if term.verdict is not None and term.verdict.kind in ("held", "fixed"):
                return term.verdict
        return Verdict("nothing", "", 0.0, "nothing arrives here" if verb == "comes" else "nothing goes on")
    share = abs(top.value) / sum(abs(term.value) for term in terms)
    if top.name == "loss":
        return Verdict("start", "loss", top.value, "it starts here: the loss looks at this step")
    most = "most of it" if share > 0.5 else "the largest part"
    words = f"{most} {verb} {_WAYS.get(top.name, f'through {top.name}')}"
    return Verdict("most", top.name, share, f"{words}: {top.verdict.words}" if top.verdict else words)


def judge(factors: Sequence[Factor]) -> Verdict:
    """Which factor let the gradient through or killed it: of those that are no gradient, the one nearest to 0."""
    for factor in factors:
        if factor.kind == "held":
            return Verdict("held", factor.name, 0.0, f"{factor.name} is held: nothing goes through")
        if factor.kind == "fixed":
            return Verdict("fixed", factor.name, 0.0, f"{factor.name}: nothing to learn here")
    if any(factor.kind == "gradient" and factor.value == 0 for factor in factors):
        return Verdict("nothing", "", 0.0, "nothing arrives here")
    deciding = [factor for factor in factors if factor.kind != "gradient"]
    if not deciding:
        return Verdict("passed", "", 1.0, "it passes unchanged")
    return _decided(min(deciding, key=lambda factor: abs(factor.value)))


def _decided(factor: Factor) -> Verdict:
    """In words, by size: of a slope it means that what it belongs to is saturated, of a gate that it is shut."""
    name, value = re.sub(r"_t(?![a-z])", "", factor.name), factor.value
    said, size = f"{name} = {number(value)}", abs(value) / factor.most
    if factor.kind == "slope" and abs(value) < factor.low:
        return Verdict("saturated", name, value, f"{said}: {factor.subject} is saturated")
    if factor.kind == "gate" and size < LOW:
        return Verdict("shut", name, value, f"{said} shut it")
    if size < LOW:
        return Verdict("small", name, value, f"{said}: little goes through")
    if size > 1:
        return Verdict("larger", name, value, f"{said} made it larger")
    if size >= HIGH:
        return Verdict("passed", name, value, f"{said} let it pass")
    return Verdict("part", name, value, f"{said} let part of it pass")


def number(value: float) -> str:
    """Two digits, as a verdict says it."""
    return "0" if value == 0 else f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.1g}"
