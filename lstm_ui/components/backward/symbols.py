"""The names that the core gives to what it multiplied, as labels: with subscripts, in the letters of a notation."""

from __future__ import annotations

import re
from functools import cache

from lstm_core.paths import Quantity, Term
from lstm_plots.notation import MINUS, letter

_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"
_LETTERS = "ifogchxrzn"
_LABELS = {"loss": "loss", "highway": "straight", "recurrent": "through W_{h}"}


@cache
def markup(text: str, notation: str = "gatescope") -> str:
    """A plain name as a label: subscripts and powers marked, a real minus sign, letters of the notation.

    Examples
    --------
    >>> markup("dL/da_i_{t+1}"), markup("1 - tanh(c_t)^2", "d2l")
    ('dL/da_{i,t+1}', '1 \N{MINUS SIGN} tanh(C_{t})^{2}')
    """
    text = re.sub(r"_([a-z])_\{t\+1\}", r"_{\1,t+1}", text)
    text = re.sub(r"_([a-z])(?![a-z{])", r"_{\1}", text)
    text = re.sub(r"\^(\d)", r"^{\1}", text)

    def named(found: re.Match[str]) -> str:
        return found[1] + letter(found[2], notation)

    text = re.sub(rf"(?<![A-Za-z])(d?)([{_LETTERS}])(?=_\{{)", named, text)
    text = re.sub(rf"(_\{{)([{_LETTERS}])(?=[,}}])", named, text)
    return text.replace("-", MINUS)


def in_product(label: str) -> str:
    """A label as a factor: in brackets where it is a difference or has a sign.

    Examples
    --------
    >>> in_product(markup("1 - z_t")), in_product(markup("f_t (1 - f_t)"))
    ('(1 \N{MINUS SIGN} z_{t})', 'f_{t} (1 \N{MINUS SIGN} f_{t})')
    """
    bare = re.sub(r"\([^()]*\)|\{[^{}]*\}", "", label)
    return f"({label})" if MINUS in bare else label


def label(term: Term, notation: str = "gatescope") -> str:
    """Which way a term came, in words.

    Examples
    --------
    >>> label(Term("highway", 1.0)), label(Term("output", 1.0)), label(Term("peephole_f", 1.0), "d2l")
    ('straight', 'through h', 'peephole of F')
    """
    if term.name in _LABELS:
        return _LABELS[term.name]
    way, _, gate = term.name.rpartition("_")
    if way == "peephole":
        return f"peephole of {letter(gate, notation)}"
    return f"through {letter('h' if term.name == 'output' else term.name, notation)}"


def summed(quantity: Quantity, term: Term, cell: str, after: bool, notation: str = "gatescope") -> str:
    """The formula of a term that is a sum over units: weights times gradients; "" for other terms.

    Parameters
    ----------
    quantity, term
        As the core gives them.
    cell : "lstm", "gru" or "rnn"
    after : bool
        Of a GRU: the reset gate comes after the product with W_h.

    Examples
    --------
    >>> arrives = Quantity("dh", "dL/dh_t", 1.0, (Term("i", 1.0, (), 8),), None)
    >>> summed(arrives, arrives.terms[0], "lstm", True).partition(" ")[2]
    'W_{h}^{i} dL/da_{i,t+1}'
    """
    if not term.over:
        return ""
    on = "{t+1}" if quantity.name == "dh" else "{t}"
    gate, written = term.name, letter(term.name, notation)
    source = "x" if quantity.name == "dx" else "h"
    if cell == "rnn":
        return f"{_SIGMA} W_{{{source}}} dL/da_{on}"
    gradient = f"dL/da_{{{written},t+1}}" if quantity.name == "dh" else f"dL/da_{{{written}}}"
    before = ""
    if cell == "gru" and gate == "n" and source == "h":
        gradient, before = (f"dL/dq_{on}", "") if after else (gradient, f"{letter('r', notation)}_{on} ")
    if quantity.name == "drh":
        before = ""
    return f"{before}{_SIGMA} W_{{{source}}}^{{{written}}} {gradient}"
