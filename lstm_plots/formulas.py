"""Formulas of every cell, sub-step by sub-step, in each notation: the symbols, and the same line for numbers.

In a symbolic line `[f|f_{t}]` is the signal f under its label f_t and `*tanh*` stands upright; in a filled line `{f}`
is the chosen unit's number of that signal, `{a.f}` its pre-activation, `{x.f}` the input's part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lstm_plots.notation import MINUS, STYLES, labels, letter


class Formula(NamedTuple):
    """One line: the key of its result, the symbols, and the same line with places for numbers."""

    result: str
    symbolic: str
    filled: str


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
    writer = Writer(cell, labels(cell, notation), notation)
    if cell == "lstm":
        return writer.lstm(variant)
    return (
        writer.gru(bool(variant.get("reset_after", True)))
        if cell == "gru"
        else writer.rnn(str(variant.get("activation", "tanh")))
    )


class Writer:
    """Writes formulas in one notation."""

    def __init__(self, cell: str, names: dict[str, str], notation: str) -> None:
        self.cell, self.names, self.notation = cell, names, notation
        self.style = STYLES[notation]

    def sign(self, key: str) -> str:
        return f"[{key}|{self.names[key]}]"

    def weights(self, signal: str) -> str:
        return self.style.weights.get(
            signal, letter(signal, self.notation).lower() if self.notation in ("d2l", "article") else signal
        )

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
        learned = [k for k, kind in (("f", forget), ("i", variant.get("input", "learned"))) if kind == "learned"] + [
            "g"
        ]
        output = variant.get("output", "learned") == "learned"
        late = output and peephole  # o looks at c_t and has to wait for it
        sums = [self.total(k, "c_prev" if peephole and k != "g" else None) for k in learned]
        gates = [self.squash(k, "tanh" if k == "g" else "σ") for k in learned]
        if forget == "coupled":
            gates.insert(0, Formula("f", f"{self.sign('f')} = 1 {MINUS} {self.sign('i')}", f"{{f}} = 1 {MINUS} {{i}}"))
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
            "h",
            f"{self.sign('h')} = {gate}*tanh*({self.sign('c')})",
            f"{{h}} = {factor}tanh({{c}}) = {factor}{{tanh_c}}",
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
            negative = f"{MINUS}W_{{z}}\N{DOT OPERATOR}[{self.sign('h_prev')}, {self.sign('x')}] {MINUS} b_{{z}}"
            sums[1] = sums[1]._replace(symbolic=f"{self.sign('a.z')} = {negative}")
        stay = self.sign("z") if not colah else f"({self.sign('z')})"
        new = f"(1 {MINUS} {self.sign('z')})" if not colah else f"[z|z_{{t}}] {self.style.times} "
        new = new if colah else f"{new} {self.style.times} "
        parts = [f"{new}{self.sign('n')}", f"{stay} {self.style.times} {self.sign('h_prev')}"]
        numbers = [f"(1 {MINUS} {{z}}) · {{n}}", "{z} · {h_prev}"]
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
        return (
            Formula("rh", f"{r} {times} {past}", "{rh} = {r} · {h_prev}"),
            Formula("a.n", total, "{a.n} = {x.n} + {q.n} + {b.n}"),
        )

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
