"""What a reader's data become: numbers in three parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from lstm_core._tasks_values import Drawn, Problem
from lstm_core.arrays import Array, Ints
from lstm_core.config import Task
from lstm_core.encoding import Vocabulary
from lstm_core.sources import PARTS, Part

_DRAWN = 6  # in the seed of what a synthetic task draws
Raw: TypeAlias = tuple[str, ...] | tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Sequences of different lengths, one behind the other.

    Parameters
    ----------
    ids : ndarray of int64, shape (tokens,)
    offsets : ndarray of int64, shape (items + 1,)
        Item k is `ids[offsets[k]:offsets[k + 1]]`.
    targets : ndarray of int64, shape (items,) or (tokens,)
        A label for each item, or a tag or next token for each token.
    by_token : bool
        Which of the two `targets` holds.

    Raises
    ------
    ValueError
        As many targets as there are neither items nor tokens.

    Examples
    --------
    >>> ragged = Ragged(np.array([7, 8, 9]), np.array([0, 2, 3]), np.array([1, 0]))
    >>> len(ragged), ragged.lengths
    (2, array([2, 1]))
    >>> ragged.padded(np.array([1, 0])).x.T
    array([[9, 0],
           [7, 8]])
    """

    ids: Ints
    offsets: Ints
    targets: Ints
    by_token: bool = False

    def __post_init__(self) -> None:
        expected = len(self.ids) if self.by_token else len(self)
        if len(self.targets) != expected:
            raise ValueError(
                f"targets: expected {expected}, one for each {'token' if self.by_token else 'item'}, "
                f"got {len(self.targets)}; say by_token={not self.by_token}, or mend the targets"
            )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Ints:
        """Of the items, in tokens."""
        return np.diff(self.offsets)

    def item(self, k: int) -> Ints:
        """The ids of item k."""
        return self.ids[self.offsets[k] : self.offsets[k + 1]]

    def padded(self, items: Ints) -> Padded:
        """Some items side by side.

        Parameters
        ----------
        items : ndarray of int64, shape (batch,)

        Returns
        -------
        Padded
        """
        starts = self.offsets[items]
        lengths = self.offsets[items + 1] - starts
        t = np.arange(lengths.max())[:, None]
        inside = t < lengths
        positions = np.where(inside, starts + t, 0)  # (time, batch)
        targets = np.where(inside, self.targets[positions], 0) if self.by_token else self.targets[items]
        return Padded(np.where(inside, self.ids[positions], 0), targets, lengths, positions)


class Padded(NamedTuple):
    """Items side by side: x (time, batch), targets (time, batch) or (batch,), lengths (batch,), all int64; 0 behind an
    item's end. `positions` (time, batch): where in the flat arrays each entry stands, 0 behind the end."""

    x: Ints
    targets: Ints
    lengths: Ints
    positions: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Generated:
    """Sequences of a synthetic task, made when they are asked for; there is no end of them.

    Parameters
    ----------
    problem : Problem
    lag : int
    seed : int
    part : {"train", "validation", "test"}
        Each has draws of its own.

    Examples
    --------
    >>> from lstm_core._tasks_table import find
    >>> made = Generated(find("first"), lag=3, seed=7, part="train")
    >>> bool((made.draw(5, batch=2).x == made.draw(5, batch=2).x).all())
    True
    """

    problem: Problem
    lag: int
    seed: int
    part: Part

    def draw(self, number: int, batch: int) -> Drawn:
        """The batch of this number: a function of the seed, the part and the number alone."""
        if self.problem.draw is None:
            raise ValueError(f"task: expected one that is generated, got {self.problem.name!r}; its data are in a file")
        rng = np.random.default_rng([self.seed, _DRAWN, PARTS.index(self.part), number])
        return self.problem.draw(rng, self.lag, batch)


class Scale(NamedTuple):
    """How series were standardised: (values - mean) / std, each of shape (channels,)."""

    mean: Array
    std: Array


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Data ready for training.

    Parameters
    ----------
    task : {"language", "classifier", "tagger", "regressor"}
    vocabulary : Vocabulary or None
        Built from the training part: "<unk>", for sentences "<s>" and "</s>", then the tokens, the most frequent first.
    labels : tuple of str
        Of a classifier the most frequent first, of a tagger "O" first.
    train, validation, test
        A stream of ids (int64), `Ragged`, series (time, channels), or `Generated`.
    digest : str
        Two Data with the same digest are the same.
    notes : tuple of str
        What a reader should know: what was cut, left out, is unknown.
    counts : ndarray of int64, shape (symbols,), or None
        How often each token of the vocabulary occurs in the training part; at 0 all unknown ones.
    raw_validation, raw_test : tuple
        What the parts were made of: texts, or tuples of words for a tagger, in the order of the items; for a stream
        pieces of the text, which joined give the part.
    scale : Scale or None
    """

    task: Task
    vocabulary: Vocabulary | None
    labels: tuple[str, ...]
    train: Ints | Ragged | Array | Generated
    validation: Ints | Ragged | Array | Generated
    test: Ints | Ragged | Array | Generated
    digest: str
    notes: tuple[str, ...] = ()
    counts: Ints | None = None
    raw_validation: Raw = ()
    raw_test: Raw = ()
    scale: Scale | None = None

    def part(self, part: Part) -> Ints | Ragged | Array | Generated:
        """The training, validation or test part by its name."""
        if part not in ("train", "validation", "test"):
            raise ValueError(f"part: expected 'train', 'validation' or 'test', got {part!r}; choose one of the three")
        return {"train": self.train, "validation": self.validation, "test": self.test}[part]
