"""The same cell in other people's letters: labels for six notations, and what their readers must be told.

A label is a short markup: `c_{t}` has a subscript, `W^{f}` a superscript. The formulas are in `lstm_plots.formulas`.
What each notation changes, and where it differs from what this app computes, is tabled in docs/notation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

NOTATIONS: tuple[str, ...] = ("gatescope", "colah", "pytorch", "keras", "d2l", "article")
TITLES: dict[str, str] = {
    "gatescope": "Gatescope",
    "colah": "colah's article",
    "pytorch": "PyTorch",
    "keras": "Keras",
    "d2l": "Dive into Deep Learning",
    "article": "the seed article",
}
MINUS = "\N{MINUS SIGN}"
_BEFORE = f"t{MINUS}1"


class Style(NamedTuple):
    """How one source writes."""

    letters: dict[str, str]  # signal -> letter, with an accent where there is one
    weights: dict[str, str]  # signal -> the letter that its weights carry
    times: str  # elementwise product
    summed: str  # x, h and b added up, with places {x} {h} {k} (k: the weights' letter)
    order: tuple[str, str]  # which of x and h the sum names first


STYLES: dict[str, Style] = {
    "gatescope": Style(
        {}, {}, "\N{CIRCLED DOT OPERATOR}", "{x} W_{{x}}^{{{k}}} + {h} W_{{h}}^{{{k}}} + b^{{{k}}}", ("x", "h")
    ),
    "colah": Style(
        {"c": "C", "g": "C\u0303", "n": "h\u0303"},
        {"g": "C", "n": ""},
        "\N{ASTERISK OPERATOR}",
        "W_{{{k}}}\N{DOT OPERATOR}[{h}, {x}] + b_{{{k}}}",
        ("h", "x"),
    ),
    "pytorch": Style(
        {}, {}, "\N{CIRCLED DOT OPERATOR}", "W_{{i{k}}} {x} + W_{{h{k}}} {h} + (b_{{i{k}}} + b_{{h{k}}})", ("x", "h")
    ),
    "keras": Style(
        {"g": "c\u0303", "n": "h\u0303"},
        {"g": "c", "n": "h"},
        "\N{ASTERISK OPERATOR}",
        "{x} W_{{{k}}} + {h} U_{{{k}}} + b_{{{k}}}",
        ("x", "h"),
    ),
    "d2l": Style(
        dict(zip("ifogchxrzn", ("I", "F", "O", "C\u0303", "C", "H", "X", "R", "Z", "H\u0303"), strict=True)),
        {"g": "c", "n": "h"},
        "\N{CIRCLED DOT OPERATOR}",
        "{x} W_{{x{k}}} + {h} W_{{h{k}}} + b_{{{k}}}",
        ("x", "h"),
    ),
    "article": Style(
        dict(zip("ifogchxrzn", ("I", "F", "O", "C\u0303", "C", "H", "X", "R", "Z", "H\u0303"), strict=True)),
        {"g": "c", "n": "h"},
        "\N{CIRCLED DOT OPERATOR}",
        "{x} W_{{x{k}}}^{{\u22a4}} + {h} W_{{h{k}}}^{{\u22a4}} + b_{{{k}}}",
        ("x", "h"),
    ),
}
_LETTERS: dict[str, str] = {"lstm": "ifogchx", "gru": "rznhx", "rnn": "hx"}


def check_notation(notation: str) -> None:
    """Raise ValueError unless the notation is one of `NOTATIONS`."""
    if notation not in NOTATIONS:
        raise ValueError(f"notation: expected one of {', '.join(NOTATIONS)}, got {notation!r}; choose one of them")


def letter(signal: str, notation: str) -> str:
    """The letter of a signal in a notation."""
    return STYLES[notation].letters.get(signal, signal)


def labels(cell: str, notation: str = "gatescope") -> dict[str, str]:
    """Label of every signal of a cell kind, and of what the diagram names besides.

    Parameters
    ----------
    cell : "lstm", "gru" or "rnn"
    notation : one of `NOTATIONS`

    Returns
    -------
    dict of str to str
        Signals, `c_prev`, `h_prev`, `tanh_c`, and `a.f` and so on for the pre-activations.

    Raises
    ------
    ValueError
        For a cell or notation that does not exist.

    Examples
    --------
    >>> labels("lstm", "d2l")["f"], labels("lstm", "colah")["c_prev"]
    ('F_{t}', 'C_{t−1}')
    """
    check_notation(notation)
    if cell not in _LETTERS:
        raise ValueError(f"cell: expected one of lstm, gru, rnn, got {cell!r}; choose one of them")
    found = {}
    for signal in _LETTERS[cell]:
        written = letter(signal, notation)
        found[signal] = f"{written}_{{t}}"
        if signal in "ch":
            found[f"{signal}_prev"] = f"{written}_{{{_BEFORE}}}"
        if signal not in "cx" and not (signal == "h" and cell != "rnn"):
            found[f"a.{signal}"] = f"a_{{{written}}}"
    if cell == "lstm":
        found["tanh_c"] = f"tanh {found['c']}"
    if cell == "gru" and notation == "colah":
        # His z is the share of the candidate, ours the share of the old state.
        found["z"] = f"1{MINUS}z_{{t}}"
    return found


def notes(cell: str, variant: Mapping[str, Any], notation: str = "gatescope") -> tuple[str, ...]:
    """What a reader who knows the other notation must be told, in sentences.

    Parameters
    ----------
    cell, variant, notation
        As in `lstm_plots.formulas.formulas`.

    Returns
    -------
    tuple of str
        Empty when nothing differs but the letters.

    Raises
    ------
    ValueError
        For a notation that does not exist.

    Examples
    --------
    >>> len(notes("gru", {}, "colah"))
    3
    """
    check_notation(notation)
    found = list(_ALWAYS.get((notation, cell), ()))
    if cell == "lstm" and variant.get("peephole"):
        found += _PEEPHOLES.get(notation, ())
    if cell == "gru":
        found += _RESET.get((notation, bool(variant.get("reset_after", True))), ())
    return tuple(found)


_ALWAYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("article", "lstm"): (
        "The article's formulas cannot be computed as printed. What they must mean: "
        "C\u2032_i = I_t \u2299 C\u0303_t (written), C\u2032_f = F_t \u2299 C_t\u22121 (kept), their sum is C_t; "
        "C\u2032_o is the output gate O_t, and H\u2032_t = O_t \u2299 tanh(C_t).",
    ),
    ("article", "gru"): ("The article has no GRU; these are its letters carried over.",),
    ("article", "rnn"): ("The article gives the plain RNN no formula; these are its letters carried over.",),
    ("colah", "gru"): (
        "colah's z is the share of the candidate; this app (like PyTorch, Keras and d2l) calls the share of the old "
        "state z. His z is 1 minus ours.",
        "He leaves the biases out.",
    ),
}
_PEEPHOLES: dict[str, tuple[str, ...]] = {
    "colah": (
        "colah puts C into the bracket, which would be a whole matrix; here each unit sees only its own cell state, "
        "by one weight p.",
    ),
    "pytorch": ("PyTorch's LSTM has no peepholes; the letter p is ours.",),
    "keras": ("Keras' LSTM has no peepholes; the letter p is ours.",),
}
_BEFORE_PRODUCT = "This net applies the reset gate before the product."
_RESET: dict[tuple[str, bool], tuple[str, ...]] = {
    ("colah", True): ("He applies r before the product with W; this net applies it after.",),
    ("d2l", True): (
        "d2l applies the reset gate before the product; this net applies it after, as PyTorch and Keras do.",
    ),
    ("pytorch", False): (f"{_BEFORE_PRODUCT} PyTorch cannot express it.",),
    ("keras", False): (f"{_BEFORE_PRODUCT} In Keras: reset_after=False.",),
}
