"""Three LSTMs with weights set by hand, small enough to be checked by eye.

Every gate is either wide open or shut: a pre-activation of +-10 gives 0.99995 or 0.00005. Tokens enter one-hot, so a
row of W_x is what one token does, and the bias is what happens without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

from lstm_core.arrays import Array
from lstm_core.encoding import Vocabulary, one_hot
from lstm_core.lstm import GATES, Params

Rows: TypeAlias = Mapping[str, Mapping[str, tuple[float, ...]]]  # token -> gate -> one weight a unit

OPEN, SHUT = 10.0, -10.0
WRITE = 5.0  # tanh(5) = 0.9999: a candidate of nearly 1


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A net, the tokens it knows, and a text to begin with.

    Parameters
    ----------
    params : lstm.Params
        One feature a token.
    vocabulary : Vocabulary
        Without an unknown token; anything else enters as zeros.
    text : str
    """

    params: Params
    vocabulary: Vocabulary
    text: str

    def encode(self, tokens: list[str]) -> Array:
        """One row a token, (time, features): one-hot, zeros for a token the net does not know."""
        known = [token in self.vocabulary for token in tokens]
        ids = self.vocabulary.encode(
            [t if k else self.vocabulary.tokens[0] for t, k in zip(tokens, known, strict=True)]
        )
        return one_hot(ids, len(self.vocabulary)) * np.array(known, np.float32)[:, None]


@cache
def latch() -> Example:
    """Remembers the first letter, x or y, and nothing after it, until a full stop clears it.

    Unit 0 remembers x, unit 1 remembers y. Once either is set, its h shuts both input gates: 0.76 * -40 outweighs the
    +20 of a letter.

    Examples
    --------
    >>> from lstm_core import lstm
    >>> example = latch()
    >>> lstm.forward(example.params, example.encode(list("-x-y.y"))[:, None]).c[:, 0].round(1).T + 0
    array([[0., 1., 1., 1., 0., 0.],
           [0., 0., 0., 0., 0., 1.]], dtype=float32)
    """
    inputs: Rows = {
        "x": {"i": (20, 20), "g": (WRITE, 0)},
        "y": {"i": (20, 20), "g": (0, WRITE)},
        ".": {"f": (-20, -20)},
    }
    bias = {"i": (SHUT, SHUT), "f": (OPEN, OPEN), "o": (OPEN, OPEN)}
    recurrent = {"i": np.full((2, 2), -40.0)}
    return _example("xy.-", 2, inputs, bias, recurrent, "--x-y-x--.-y-x-")


@cache
def counter() -> Example:
    """Counts: a adds one to c, b takes one away, anything else leaves it alone.

    Examples
    --------
    >>> from lstm_core import lstm
    >>> example = counter()
    >>> lstm.forward(example.params, example.encode(list("aab-"))[:, None]).c[:, 0, 0].round(1)
    array([1., 2., 1., 1.], dtype=float32)
    """
    inputs: Rows = {"a": {"i": (20,), "g": (WRITE,)}, "b": {"i": (20,), "g": (-WRITE,)}}
    return _example("ab-", 1, inputs, {"i": (SHUT,), "f": (OPEN,), "o": (OPEN,)}, {}, "aaa-bb-aabbb")


@cache
def overwriter() -> Example:
    """Remembers the latest letter: x writes +1, y writes -1, and each closes the forget gate on what was there.

    Examples
    --------
    >>> from lstm_core import lstm
    >>> example = overwriter()
    >>> lstm.forward(example.params, example.encode(list("-x-y-"))[:, None]).c[:, 0, 0].round(1) + 0
    array([ 0.,  1.,  1., -1., -1.], dtype=float32)
    """
    inputs: Rows = {"x": {"i": (20,), "f": (-20,), "g": (WRITE,)}, "y": {"i": (20,), "f": (-20,), "g": (-WRITE,)}}
    return _example("xy-", 1, inputs, {"i": (SHUT,), "f": (OPEN,), "o": (OPEN,)}, {}, "-x--y--yx---")


EXAMPLES = {"latch": latch, "counter": counter, "overwriter": overwriter}


def _example(
    tokens: str,
    hidden: int,
    inputs: Rows,
    bias: Mapping[str, tuple[float, ...]],
    recurrent: Mapping[str, Array],
    text: str,
) -> Example:
    """Blocks by gate into the fused arrays of a cell; what is not named is 0."""
    blocks = {gate: slice(k * hidden, (k + 1) * hidden) for k, gate in enumerate(GATES)}
    W_x, W_h, b = (
        np.zeros(shape, np.float32) for shape in ((len(tokens), 4 * hidden), (hidden, 4 * hidden), 4 * hidden)
    )
    for token, rows in inputs.items():
        for gate, values in rows.items():
            W_x[tokens.index(token), blocks[gate]] = values
    for gate, values in bias.items():
        b[blocks[gate]] = values
    for gate, square in recurrent.items():
        W_h[:, blocks[gate]] = square
    return Example(Params(W_x, W_h, b), Vocabulary(tuple(tokens), unknown=None), text)
