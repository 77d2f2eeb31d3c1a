"""What a GRU is made of and what it leaves behind: values, no computation. The equations are in `gru`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from lstm_core.arrays import Array, Ints, check_shape
from lstm_core.clamps import Clamp
from lstm_core.layout import Run, check_weights

GATES = ("r", "z", "n")
SIGNALS = ("r", "z", "n", "h")


@dataclass(frozen=True, slots=True, eq=False)
class Params:
    """Weights of one cell; gradients come in the same shape.

    Parameters
    ----------
    W_x : ndarray, shape (features, 3 * hidden)
        Blocks r, z, n.
    W_h : ndarray, shape (hidden, 3 * hidden)
    b : ndarray, shape (3 * hidden,), or (2, 3 * hidden) with `reset_after`
        Row 0 goes with x, row 1 with h.
    reset_after : bool
        Whether the reset gate acts after the recurrent product of the candidate, or before it.

    Raises
    ------
    ValueError
        Shapes or types that do not fit together.
    """

    W_x: Array
    W_h: Array
    b: Array
    reset_after: bool = True

    def __post_init__(self) -> None:
        check_weights(3, self.W_x, self.W_h, {"b": self.b})
        rows = [("biases of x and h", 2)] if self.reset_after else []
        check_shape("b", self.b, [*rows, ("3 * hidden", 3 * self.hidden)])

    @property
    def hidden(self) -> int:
        """Number of units."""
        return len(self.W_h)

    @property
    def count(self) -> int:
        """Number of learned parameters."""
        return self.W_x.size + self.W_h.size + self.b.size


class State(NamedTuple):
    """What one step hands to the next: h, (batch, hidden)."""

    h: Array


class Tape(NamedTuple):
    """The arrays of the forward pass, feature-major in reading order: S[t] holds r z q n, Z[t] h[t-1], 1, x[t]."""

    run: Run
    S: Array
    Z: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Everything that happened: signals (time, batch, hidden) in input order, read-only.

    The backward pass needs no more. Past its length a sequence's h repeats, and r, z, n, q are 0. `final` is each
    sequence's own last state.
    """

    params: Params
    x: Array
    r: Array
    z: Array
    n: Array
    h: Array
    q: Array
    initial: State
    final: State
    lengths: Ints | None
    clamps: tuple[Clamp, ...]
    reverse: bool
    tape: Tape = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the gradient at each step came from; all (time, batch, hidden) but `dh_gates`, (3, time, batch, hidden).

    dh = dh_loss + dh_final + dh_highway + dh_gates.sum(0), highway: z * dh of the next step. Gradients are those at the
    value that is passed on: after clamping.
    """

    dh: Array
    dh_loss: Array
    dh_final: Array
    dh_highway: Array
    dh_gates: Array


class Backward(NamedTuple):
    """Gradients of the parameters in their shape, of x (time, batch, features) and of the initial state; the paths."""

    params: Params
    x: Array
    initial: State
    flow: Flow | None
