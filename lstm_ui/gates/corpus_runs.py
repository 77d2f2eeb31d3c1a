"""A net over a whole text: many pieces side by side, and one signal of one cell of each; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_core import stack, text
from lstm_core.arrays import Array, Ints
from lstm_core.corpus import START
from lstm_core.sources import Source
from lstm_core.stack import Layer
from lstm_ui.given import Given

PIECE = 256  # tokens of a text that is no list of sentences
MOST_TOKENS = 20_000
_WORK = 1.5e10  # multiplications for one text: about a second
_KEPT = 4_000_000  # numbers of the signal that is kept: 16 MB
_TOGETHER = 32  # pieces side by side


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a net did while it read: for each piece its tokens and the signal (time, units). `cut`: not all was read.

    `source`: equal for the same run of the same net.
    """

    pieces: tuple[tuple[str, ...], ...]
    values: tuple[Array, ...]
    cut: bool
    source: object = None

    @property
    def tokens(self) -> int:
        """In all pieces."""
        return sum(map(len, self.pieces))


def pieces(source: Source, unit: text.Unit, most: int, *, sentences: bool = False) -> tuple[list[list[str]], bool]:
    """A source as pieces that a net reads from its initial state, at most so many tokens; and whether more were there.

    Parameters
    ----------
    source : Source
        A text in pieces of 256 tokens, or line by line; labelled texts and tagged sentences one by one.
    unit : {"characters", "words"}
    most : int
        Tokens in all.
    sentences : bool
        A piece a line, with the mark of a sentence's start in front.

    Returns
    -------
    list of list of str, and bool
    """
    start = [START] if sentences else []
    found: list[list[str]] = []
    left = most
    for item in _items(source, sentences=sentences):
        tokens = list(item) if not isinstance(item, str) else text.tokenize(item, unit, limit=left + 1)
        if not tokens:
            continue
        for k in range(0, min(len(tokens), left), PIECE):
            found.append([*start, *tokens[k : min(k + PIECE, left)]])
        if len(tokens) > left:
            return found, True
        left -= len(tokens)
    return found, False


def _items(source: Source, *, sentences: bool) -> Sequence[str | Sequence[str]]:
    if source.kind == "tagged":
        return source.sentences
    if source.kind == "labelled":
        return source.items
    return source.text.split("\n") if sentences else [source.text]


def most_tokens(layers: Sequence[Layer]) -> int:
    """How many tokens of a text are read with a net: fewer with a large one.

    Examples
    --------
    >>> from lstm_core import lstm
    >>> most_tokens([Layer("lstm", lstm.init(np.random.default_rng(0), 8, 64))])
    20000
    """
    sides = [side for layer in layers for side in (layer.forward, layer.backward) if side is not None]
    weights = sum(side.W_x.size + side.W_h.size for side in sides)
    widest = max(side.hidden for side in sides)
    return max(PIECE, min(MOST_TOKENS, int(_WORK / weights), _KEPT // widest))


def read(
    given: Given,
    layers: Sequence[Layer],
    found: Sequence[Sequence[str]],
    layer: int,
    direction: str,
    signal: str,
    cut: bool,
) -> Read:
    """One signal of one cell over all pieces.

    Parameters
    ----------
    given : Given
        Its `enter` makes vectors of tokens.
    layers : sequence of Layer
    found : sequence of sequence of str
        Pieces, from `pieces`.
    layer, direction, signal
        Which.
    cut : bool
        Passed on.

    Raises
    ------
    ValueError
        A net that does not read tokens.
    """
    if given.enter is None:
        raise ValueError("net: expected one that reads text, got one that reads numbers; choose a text")
    order = sorted(range(len(found)), key=lambda k: len(found[k]))  # of one length nearly: little is padded
    values: list[Array] = [np.zeros((0, 0))] * len(found)
    for first in range(0, len(order), _TOGETHER):
        some = order[first : first + _TOGETHER]
        lengths: Ints = np.array([len(found[k]) for k in some])
        vectors = [given.enter(list(found[k])) for k in some]
        x = np.zeros((lengths.max(), len(some), vectors[0].shape[1]), vectors[0].dtype)
        for b, each in enumerate(vectors):
            x[: lengths[b], b] = each
        trace = getattr(stack.forward(layers, x, lengths=lengths).traces[layer], direction)
        for b, k in enumerate(some):
            values[k] = getattr(trace, signal)[: lengths[b], b].copy()
    return Read(tuple(map(tuple, found)), tuple(values), cut)
