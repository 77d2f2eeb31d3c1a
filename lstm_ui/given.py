"""What a page steps through, a sequence and the net that goes with it, and the runs of both; no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lstm_core import stack
from lstm_core.arrays import Array, Ints
from lstm_core.clamps import Clamp
from lstm_core.examples import Example
from lstm_core.stack import Layer
from lstm_ui import learned, nets
from lstm_ui.components.player import head_payload
from lstm_ui.learned import Bare, Learned
from lstm_ui.nets import Input


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The runs of one cell: `traces` are the free one, and the held one if something is held.

    `learned`: the same two of a trained net, with what it says.
    """

    layers: tuple[Layer, ...]
    layer: int
    direction: str
    traces: tuple[Any, ...]
    learned: tuple[learned.Run, ...] = ()

    @property
    def cell(self) -> str:
        """The kind of cell."""
        return self.layers[self.layer].cell

    def head(self, notation: str) -> dict[str, Any] | None:
        """What a trained net says, for the player; None of another net.

        Raises
        ------
        ValueError
            A number is not finite.
        """
        if not self.learned:
            return None
        return head_payload(self.learned, layer=self.layer, direction=self.direction, notation=notation)


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A sequence; with a hand-made net, a trained one and the ids (time,) that it reads, or neither.

    `unit` and `enter`: what a token is, and from tokens to the vectors (time, features) that they enter as; of a
    sequence of numbers neither. `own`: a net of the reader's own that has no output layer.
    """

    input: Input
    example: Example | None = None
    trained: Learned | None = None
    ids: Ints | None = None
    unit: str = ""
    enter: Callable[[Sequence[str]], Array] | None = None
    own: Bare | None = None

    @property
    def is_apart(self) -> bool:
        """Whether there is a gap between two tokens: words and numbers; characters stand close."""
        return self.unit != "characters" and self.example is None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the features, where they have any: those of a hand-made net are its tokens."""
        return self.example.vocabulary.tokens if self.example else ()

    def run(self, layers: Sequence[Layer], layer: int, direction: str, clamps: Sequence[Clamp]) -> Shown:
        """The free run, and the held one where something is held, seen in one cell.

        Raises
        ------
        ValueError
            A state that is no number.
        """
        held = [(), clamps] if clamps else [()]
        if self.trained is None or self.ids is None:
            runs = [stack.forward(layers, self.input.x[:, None], clamps=some) for some in held]
            return Shown(tuple(layers), layer, direction, _cells(runs, layer, direction))
        found = tuple(learned.run(self.trained.model, layers, self.ids, some) for some in held)
        traces = _cells([one.trace for one in found], layer, direction)
        return Shown(tuple(layers), layer, direction, traces, found)


def _cells(runs: Sequence[stack.StackTrace], layer: int, direction: str) -> tuple[Any, ...]:
    return tuple(nets.check_finite(getattr(run.traces[layer], direction)) for run in runs)
