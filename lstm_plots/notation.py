"""The same cell in other people's letters: labels and formulas for six notations.

A label is a short markup: `c_{t}` has a subscript, `W^{f}` a superscript. In a formula `[f|f_{t}]` is the signal f under
the label f_t, and a filled template holds numbers of the chosen unit as `{f}`. What each notation changes, and where its
formulas differ from what this app computes, is tabled in docs/notation.md.
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
_MINUS = "\N{MINUS SIGN}"
_BEFORE = f"t{_MINUS}1"


class Formula(NamedTuple):
    """One line: the key of its result, the symbols, and the same line with places for numbers."""

    result: str
    symbolic: str
    filled: str


class _Style(NamedTuple):
    letters: dict[str, str]  # signal -> letter, with an accent where there is one
    weights: dict[str, str]  # signal -> the letter that its weights carry
    times: str  # elementwise product
    summed: str  # x, h and b added up, with places {x} {h} {k} (k: the weights' letter)
    order: tuple[str, str]  # which of x and h the sum names first


_STYLES: dict[str, _Style] = {
    "gatescope": _Style({}, {}, "\N{CIRCLED DOT OPERATOR}", "{x} W_{{x}}^{{{k}}} + {h} W_{{h}}^{{{k}}} + b^{{{k}}}", ("x", "h")),
    "colah": _Style(
        {"c": "C", "g": "C\u0303", "n": "h\u0303"},
        {"g": "C", "n": ""},
        "\N{ASTERISK OPERATOR}",
        "W_{{{k}}}\N{DOT OPERATOR}[{h}, {x}] + b_{{{k}}}",
        ("h", "x"),
    ),
    "pytorch": _Style(
        {}, {}, "\N{CIRCLED DOT OPERATOR}", "W_{{i{k}}} {x} + W_{{h{k}}} {h} + (b_{{i{k}}} + b_{{h{k}}})", ("x", "h")
    ),
    "keras": _Style({"g": "c\u0303", "n": "h\u0303"}, {"g": "c", "n": "h"}, "\N{ASTERISK OPERATOR}", "{x} W_{{{k}}} + {h} U_{{{k}}} + b_{{{k}}}", ("x", "h")),
    "d2l": _Style(
        dict(zip("ifogchxrzn", ("I", "F", "O", "C\u0303", "C", "H", "X", "R", "Z", "H\u0303"), strict=True)),
        {"g": "c", "n": "h"},
        "\N{CIRCLED DOT OPERATOR}",
        "{x} W_{{x{k}}} + {h} W_{{h{k}}} + b_{{{k}}}",
        ("x", "h"),
    ),
    "article": _Style(
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


def _letter(signal: str, notation: str) -> str:
    return _STYLES[notation].letters.get(signal, signal)


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
        letter = _letter(signal, notation)
        found[signal] = f"{letter}_{{t}}"
        if signal in "ch":
            found[f"{signal}_prev"] = f"{letter}_{{{_BEFORE}}}"
        if signal not in "cx" and not (signal == "h" and cell != "rnn"):
            found[f"a.{signal}"] = f"a_{{{letter}}}"
    if cell == "lstm":
        found["tanh_c"] = f"tanh {found['c']}"
    if cell == "gru" and notation == "colah":
        # His z is the share of the candidate, ours the share of the old state.
        found["z"] = f"1{_MINUS}z_{{t}}"
    return found


def formulas(cell: str, variant: Mapping[str, Any], notation: str = "gatescope") -> tuple[tuple[Formula, ...], ...]:
    """The formulas of every sub-step of a cell.

    Parameters
    ----------
    cell : "lstm", "gru" or "rnn"
    variant : mapping
        lstm: forget, input, output, peephole as in `lstm_core.lstm.Variant`; gru: reset_after; rnn: activation.
        What is absent has its usual value.
    notation : one of `NOTATIONS`

    Returns
    -------
    tuple of tuple of Formula
        One tuple a sub-step: five for the LSTM and the GRU, three for the RNN.

    Raises
    ------
    ValueError
        For a cell or notation that does not exist.

    Examples
    --------
    >>> formulas("rnn", {})[2][0].filled
    '{h} = tanh({a.h})'
    >>> formulas("lstm", {"forget": "none"})[3][0].filled
    '{c} = {c_prev} + {i} · {g}'
    """
    writer = _Writer(cell, labels(cell, notation), notation)
    if cell == "lstm":
        return writer.lstm(variant)
    return writer.gru(bool(variant.get("reset_after", True))) if cell == "gru" else writer.rnn(str(variant.get("activation", "tanh")))


class _Writer:
    """Writes formulas in one notation."""

    def __init__(self, cell: str, names: dict[str, str], notation: str) -> None:
        self.cell, self.names, self.notation = cell, names, notation
        self.style = _STYLES[notation]

    def sign(self, key: str) -> str:
        return f"[{key}|{self.names[key]}]"

    def weights(self, signal: str) -> str:
        return self.style.weights.get(signal, _letter(signal, self.notation).lower() if self.notation in ("d2l", "article") else signal)

    def terms(self, gate: str, past: str = "h_prev") -> str:
        """W x + W h + b in this notation, uncoloured glue and coloured x and h."""
        line = self.style.summed.format(x=self.sign("x"), h=self.sign(past), k=self.weights(gate))
        return line.replace("_{}", "")

    def product(self, *keys: str) -> str:
        return f" {self.style.times} ".join(self.sign(key) for key in keys)

    def inputs(self, *keys: str) -> tuple[Formula, ...]:
        return tuple(Formula(key, self.sign(key), f"{{{key}}}") for key in keys)

    def total(self, gate: str, peephole: str | None = None) -> Formula:
        first, second = self.style.order
        symbolic, filled = self.terms(gate), f"{{a.{gate}}} = {{{first}.{gate}}} + {{{second}.{gate}}} + {{b.{gate}}}"
        if peephole:
            symbolic += f" + p_{{{self.weights(gate)}}} {self.style.times} {self.sign(peephole)}"
            filled += f" + {{p.{gate}}}"
        return Formula(f"a.{gate}", f"{self.sign(f'a.{gate}')} = {symbolic}", filled)

    def squash(self, signal: str, function: str) -> Formula:
        symbolic = f"{self.sign(signal)} = *{function}*({self.sign(f'a.{signal}')})"
        return Formula(signal, symbolic, f"{{{signal}}} = {function}({{a.{signal}}})")

    def lstm(self, variant: Mapping[str, Any]) -> tuple[tuple[Formula, ...], ...]:
        forget, peephole = variant.get("forget", "learned"), bool(variant.get("peephole", False))
        learned = [k for k, kind in (("f", forget), ("i", variant.get("input", "learned"))) if kind == "learned"] + ["g"]
        output = variant.get("output", "learned") == "learned"
        late = output and peephole  # o looks at c_t and has to wait for it
        sums = [self.total(k, "c_prev" if peephole and k != "g" else None) for k in learned]
        gates = [self.squash(k, "tanh" if k == "g" else "σ") for k in learned]
        if forget == "coupled":
            gates.insert(0, Formula("f", f"{self.sign('f')} = 1 {_MINUS} {self.sign('i')}", f"{{f}} = 1 {_MINUS} {{i}}"))
        out = [self.total("o", "c" if late else None)] if output else []
        opened = [self.squash("o", "σ")] if output else []
        kept = ["c_prev"] if forget == "none" else ["f", "c_prev"]
        written = ["g"] if variant.get("input", "learned") == "none" else ["i", "g"]
        state = Formula(
            "c",
            f"{self.sign('c')} = {self.product(*kept)} + {self.product(*written)}",
            "{c} = " + " + ".join(" · ".join(f"{{{key}}}" for key in part) for part in (kept, written)),
        )
        gate, factor = (f"{self.sign('o')} {self.style.times} ", "{o} · ") if output else ("", "")
        shown = Formula(
            "h", f"{self.sign('h')} = {gate}*tanh*({self.sign('c')})", f"{{h}} = {factor}tanh({{c}}) = {factor}{{tanh_c}}"
        )
        return (
            self.inputs("h_prev", "c_prev"),
            tuple(sums + ([] if late else out)),
            tuple(gates + ([] if late else opened)),
            (state,),
            (*(out + opened if late else ()), shown),
        )

    def gru(self, reset_after: bool) -> tuple[tuple[Formula, ...], ...]:
        colah = self.notation == "colah"
        sums = [self.total("r"), self.total("z")]
        if colah:
            # 1 - sigma(a) = sigma(-a): our pre-activation is the negative of his.
            negative = f"{_MINUS}W_{{z}}\N{DOT OPERATOR}[{self.sign('h_prev')}, {self.sign('x')}] {_MINUS} b_{{z}}"
            sums[1] = sums[1]._replace(symbolic=f"{self.sign('a.z')} = {negative}")
        stay = self.sign("z") if not colah else f"({self.sign('z')})"
        new = f"(1 {_MINUS} {self.sign('z')})" if not colah else f"[z|z_{{t}}] {self.style.times} "
        new = new if colah else f"{new} {self.style.times} "
        parts = [f"{new}{self.sign('n')}", f"{stay} {self.style.times} {self.sign('h_prev')}"]
        numbers = [f"(1 {_MINUS} {{z}}) · {{n}}", "{z} · {h_prev}"]
        order = (1, 0) if colah else (0, 1)
        state = Formula(
            "h",
            f"{self.sign('h')} = " + " + ".join(parts[k] for k in order),
            "{h} = " + " + ".join(numbers[k] for k in order),
        )
        return (
            self.inputs("h_prev"),
            tuple(sums),
            (self.squash("r", "σ"), self.squash("z", "σ")),
            (*self.candidate(reset_after), self.squash("n", "tanh")),
            (state,),
        )

    def candidate(self, reset_after: bool) -> tuple[Formula, ...]:
        times, r, past = self.style.times, self.sign("r"), self.sign("h_prev")
        k = self.weights("n")
        x_part, h_part, b = self._parts(k)
        if reset_after:
            q = f"{h_part.format(h=past)} + b_{{h{k}}}"
            total = f"{self.sign('a.n')} = {x_part} + {b} + {r} {times} ({q})"
            return (
                Formula("rq.n", f"{r} {times} ({q})", "{rq.n} = {r} · {q}"),
                Formula("a.n", total, "{a.n} = {x.n} + {b.n} + {rq.n}"),
            )
        total = f"{self.sign('a.n')} = {x_part} + {h_part.format(h=f'({r} {times} {past})')} + {b}"
        return (Formula("rh", f"{r} {times} {past}", "{rh} = {r} · {h_prev}"), Formula("a.n", total, "{a.n} = {x.n} + {q.n} + {b.n}"))

    def _parts(self, k: str) -> tuple[str, str, str]:
        """W x, W h (with a place for h) and the input bias of the GRU's candidate."""
        x = self.sign("x")
        return {
            "gatescope": (f"{x} W_{{x}}^{{{k}}}", f"{{h}} W_{{{{h}}}}^{{{{{k}}}}}", f"b^{{{k}}}"),
            "colah": (f"W_{{x}}{x}", "W_{{h}}{h}", "b"),
            "pytorch": (f"W_{{i{k}}} {x}", f"W_{{{{h{k}}}}} {{h}}", f"b_{{i{k}}}"),
            "keras": (f"{x} W_{{{k}}}", f"{{h}} U_{{{{{k}}}}}", f"b_{{{k}}}"),
            "d2l": (f"{x} W_{{x{k}}}", f"{{h}} W_{{{{h{k}}}}}", f"b_{{{k}}}"),
            "article": (f"{x} W_{{x{k}}}^{{\u22a4}}", f"{{h}} W_{{{{h{k}}}}}^{{{{\u22a4}}}}", f"b_{{{k}}}"),
        }[self.notation]

    def rnn(self, activation: str) -> tuple[tuple[Formula, ...], ...]:
        return self.inputs("h_prev"), (self.total("h"),), (self.squash("h", activation),)


def notes(cell: str, variant: Mapping[str, Any], notation: str = "gatescope") -> tuple[str, ...]:
    """What a reader who knows the other notation must be told, in sentences.

    Parameters
    ----------
    cell, variant, notation
        As in `formulas`.

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
    found = []
    if cell == "lstm" and variant.get("peephole"):
        found += {
            "colah": ["colah puts C into the bracket, which would be a whole matrix; here each unit sees only its own cell state, by one weight p."],
            "pytorch": ["PyTorch's LSTM has no peepholes; the letter p is ours."],
            "keras": ["Keras' LSTM has no peepholes; the letter p is ours."],
        }.get(notation, [])
    if notation == "article":
        found += {
            "lstm": [
                "The article's formulas cannot be computed as printed. What they must mean: "
                "C\u2032_i = I_t \u2299 C\u0303_t (written), C\u2032_f = F_t \u2299 C_t\u22121 (kept), their sum is C_t; "
                "C\u2032_o is the output gate O_t, and H\u2032_t = O_t \u2299 tanh(C_t).",
            ],
            "gru": ["The article has no GRU; these are its letters carried over."],
            "rnn": ["The article gives the plain RNN no formula; these are its letters carried over."],
        }[cell]
    if cell == "gru" and notation == "colah":
        found += [
            "colah's z is the share of the candidate; this app (and PyTorch, Keras, d2l) calls the share of the old state z. His z is 1 minus ours.",
            "He leaves the biases out.",
            *(["He applies r before the product with W; this net applies it after."] if variant.get("reset_after", True) else []),
        ]
    if cell == "gru" and notation == "d2l" and variant.get("reset_after", True):
        found.append("d2l applies the reset gate before the product; this net applies it after, as PyTorch and Keras do.")
    if cell == "gru" and notation in ("pytorch", "keras") and not variant.get("reset_after", True):
        where = "PyTorch cannot express it." if notation == "pytorch" else "In Keras: reset_after=False."
        found.append(f"This net applies the reset gate before the product. {where}")
    return tuple(found)
