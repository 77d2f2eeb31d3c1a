"""What an LSTM is made of and what it leaves behind: values, no computation. The equations are in `lstm`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from lstm_core.arrays import Array, Ints, check_shape
from lstm_core.clamps import Clamp
from lstm_core.layout import Run, check_weights

GATES = ("i", "f", "o", "g")
SIGNALS = ("i", "f", "o", "g", "c", "h")

# Inside, the gates stand in the order g f i o: with c_prev before g, f * c_prev and i * g are one multiplication.
INWARD, OUTWARD = [3, 1, 0, 2], [2, 1, 3, 0]


@dataclass(frozen=True, slots=True)
class Variant:
    """What is learned, removed, tied or added, compared with the usual cell.

    Parameters
    ----------
    forget : {"learned", "none", "coupled"}
        none: f = 1; coupled: f = 1 - i.
    input, output : {"learned", "none"}
        none: the gate is 1.
    peephole : bool
        Let i and f see c of the step before, and o see c of its own step.

    Raises
    ------
    ValueError
        Another value, or a coupled forget gate without an input gate.
    """

    forget: Literal["learned", "none", "coupled"] = "learned"
    input: Literal["learned", "none"] = "learned"
    output: Literal["learned", "none"] = "learned"
    peephole: bool = False

    def __post_init__(self) -> None:
        choices = {
            "forget": ("learned", "none", "coupled"),
            "input": ("learned", "none"),
            "output": ("learned", "none"),
        }
        for name, allowed in (choices | {"peephole": (False, True)}).items():
            if (got := getattr(self, name)) not in allowed:
                raise ValueError(f"variant.{name}: expected one of {allowed}, got {got!r}; choose one of them")
        if self.forget == "coupled" and self.input == "none":
            raise ValueError(
                "variant: expected a learned input gate with forget='coupled' (f = 1 - i), got input='none'; keep one"
            )

    @property
    def learned(self) -> tuple[str, ...]:
        """The gates that have weights of their own, in the order i f o g."""
        return tuple(gate for gate in GATES if gate == "g" or getattr(self, _FULL_NAME[gate]) == "learned")

    @property
    def removed(self) -> tuple[str, ...]:
        """The gates that are always 1."""
        return tuple(gate for gate, name in _FULL_NAME.items() if getattr(self, name) == "none")


_FULL_NAME = {"i": "input", "f": "forget", "o": "output"}


@dataclass(frozen=True, slots=True, eq=False)
class Params:
    """Weights of one cell; gradients come in the same shape.

    Weights of a gate that the variant removes or couples exist, are unused and have no gradient.

    Parameters
    ----------
    W_x : ndarray, shape (features, 4 * hidden)
        Blocks i, f, o, g.
    W_h : ndarray, shape (hidden, 4 * hidden)
    b : ndarray, shape (4 * hidden,)
    p : ndarray, shape (3, hidden), or None
        Peepholes, rows i, f, o; given exactly when `variant.peephole`.
    variant : Variant

    Raises
    ------
    ValueError
        Shapes or types that do not fit together.
    """

    W_x: Array
    W_h: Array
    b: Array
    p: Array | None = None
    variant: Variant = Variant()

    def __post_init__(self) -> None:
        check_weights(4, self.W_x, self.W_h, {"b": self.b} | ({} if self.p is None else {"p": self.p}))
        check_shape("b", self.b, [("4 * hidden", 4 * self.hidden)])
        if (self.p is not None) != self.variant.peephole:
            got = "p without peepholes" if self.p is not None else "peepholes without p"
            raise ValueError(f"p: expected it exactly when variant.peephole is True, got {got}; give both or neither")
        if self.p is not None:
            check_shape("p", self.p, [("gates", 3), ("hidden", self.hidden)])

    @property
    def hidden(self) -> int:
        """Number of units."""
        return len(self.W_h)

    @property
    def count(self) -> int:
        """Number of learned parameters: weights of removed and coupled gates do not count."""
        gates = self.variant.learned
        peepholes = 0 if self.p is None else len(gates) - 1
        return self.hidden * (len(gates) * (len(self.W_x) + self.hidden + 1) + peepholes)


class State(NamedTuple):
    """What one step hands to the next: h and c, each (batch, hidden)."""

    h: Array
    c: Array


class Tape(NamedTuple):
    """The arrays the forward pass worked in, feature-major in reading order; `S` and `Z` as in `_plain_steps`."""

    run: Run
    S: Array
    Z: Array
    tanh_c: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Everything that happened: signals (time, batch, hidden) in input order, read-only.

    The backward pass needs no more. Past its length a sequence's h and c repeat and its gates are 0. `final` is each
    sequence's own last state.
    """

    params: Params
    x: Array
    i: Array
    f: Array
    o: Array
    g: Array
    c: Array
    h: Array
    tanh_c: Array
    initial: State
    final: State
    lengths: Ints | None
    clamps: tuple[Clamp, ...]
    reverse: bool
    tape: Tape = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the gradient at each step came from; all (time, batch, hidden) but `dh_gates`, (4, time, batch, hidden).

    dh = dh_loss + dh_final + dh_gates.sum(0) and dc = dc_final + dc_highway + dc_output + dc_peephole. Gradients are
    those at the value that is passed on: after clamping.
    """

    dh: Array
    dh_loss: Array
    dh_final: Array
    dh_gates: Array
    dc: Array
    dc_final: Array
    dc_highway: Array
    dc_output: Array
    dc_peephole: Array


class Backward(NamedTuple):
    """Gradients of the parameters in their shape, of x (time, batch, features) and of the initial state; the paths."""

    params: Params
    x: Array
    initial: State
    flow: Flow | None
