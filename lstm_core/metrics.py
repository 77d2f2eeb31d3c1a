"""How good predictions are: classes, named entities, text.

Where nothing can be counted, a share is 0 and not NaN: the precision of a class that is never predicted, the recall of
one that never occurs. A macro average is over the classes that occur in the truth or in the predictions; one that does
neither is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lstm_core.arrays import Array, Ints, as_array, check_size


class Entity(NamedTuple):
    """An entity of a sentence: its kind, and the words [start, stop)."""

    kind: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 from three counts.

    Parameters
    ----------
    correct, predicted, true : int
        How many were found rightly, found at all, and are there.

    Examples
    --------
    >>> score = Score(correct=3, predicted=4, true=6)
    >>> score.precision, score.recall, score.f1
    (0.75, 0.5, 0.6)
    """

    correct: int
    predicted: int
    true: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 0 where nothing was found."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found; 0 where nothing is there."""
        return self.correct / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        return 2 * self.correct / (self.predicted + self.true) if self.predicted + self.true else 0.0


@dataclass(frozen=True, slots=True)
class EntityScores:
    """Entities found: overall and of each kind (in alphabetical order); and the share of words with the right tag."""

    overall: Score
    kinds: dict[str, Score]
    token_accuracy: float


def accuracy(true: ArrayLike, predicted: ArrayLike) -> float:
    """Share of predictions that are right.

    Raises
    ------
    ValueError
        None at all, or not as many of both.

    Examples
    --------
    >>> accuracy([1, 2, 0, 2], [1, 0, 0, 2])
    0.75
    """
    truth, guess = as_array("true", true), as_array("predicted", predicted)
    if truth.shape != guess.shape or not truth.size:
        raise ValueError(
            f"predicted: expected one for each of the true ones, shape {truth.shape}, got {guess.shape}; "
            "give both for the same items"
        )
    return float((truth == guess).mean())


def confusion(true: ArrayLike, predicted: ArrayLike, classes: int) -> Ints:
    """How often each class was taken for each.

    Parameters
    ----------
    true, predicted : array_like of int, shape (items,)
        In [0, classes).
    classes : int

    Returns
    -------
    ndarray of int64, shape (classes, classes)
        Rows: the true class; columns: the predicted one.

    Raises
    ------
    ValueError
        Not as many of both, classes out of range.

    Examples
    --------
    >>> confusion([0, 0, 1], [0, 1, 1], classes=2)
    array([[1, 1],
           [0, 1]])
    """
    accuracy(true, predicted)  # refuses what does not fit together
    pair = np.stack([np.ravel(true), np.ravel(predicted)])
    if pair.dtype.kind not in "iu" or pair.min() < 0 or pair.max() >= check_size("classes", classes):
        raise ValueError(f"classes: expected integers from 0 to {classes - 1}, got others; give the number of labels")
    return np.bincount(pair[0] * classes + pair[1], minlength=classes**2).reshape(classes, classes).astype(np.int64)


def class_scores(table: Ints) -> tuple[Score, ...]:
    """Precision, recall and F1 of each class of a confusion matrix.

    Examples
    --------
    >>> [round(score.f1, 2) for score in class_scores(confusion([0, 0, 1], [0, 1, 1], classes=2))]
    [0.67, 0.67]
    """
    found = zip(table.diagonal(), table.sum(axis=0), table.sum(axis=1), strict=True)
    return tuple(Score(int(correct), int(predicted), int(true)) for correct, predicted, true in found)


def macro_f1(table: Ints) -> float:
    """Mean F1 over the classes that occur in the truth or in the predictions; 0 if none does.

    Examples
    --------
    >>> macro_f1(confusion([0, 0, 0], [0, 0, 1], classes=3))     # 0.8, 0 and a class that is left out
    0.4
    """
    scores = [score.f1 for score in class_scores(table) if score.predicted or score.true]
    return float(np.mean(scores)) if scores else 0.0


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities that tags in IOB2 mark in a sentence.

    Lenient, as the script conlleval of the CoNLL shared tasks: I- after O, after another kind or at the beginning of a
    sentence begins an entity too, as if it were B-.

    Parameters
    ----------
    tags : sequence of str
        "O", or "B-" or "I-" and a kind.

    Returns
    -------
    list of Entity

    References
    ----------
    Tjong Kim Sang and De Meulder (2003), "Introduction to the CoNLL-2003 shared task".

    Examples
    --------
    >>> entities(["B-PER", "I-PER", "O", "I-LOC"])
    [Entity(kind='PER', start=0, stop=2), Entity(kind='LOC', start=3, stop=4)]
    """
    found: list[Entity] = []
    kind, start = "", 0
    for k, tag in enumerate([*tags, "O"]):
        prefix, _, new = tag.partition("-")
        if kind and (prefix != "I" or new != kind):
            found.append(Entity(kind, start, k))
            kind = ""
        if new and not kind:
            kind, start = new, k
    return found


def entity_scores(true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> EntityScores:
    """Named entities found: right are those with the same first word, last word and kind.

    Parameters
    ----------
    true, predicted : sequence of sequence of str
        Tags of each sentence, in IOB2.

    Returns
    -------
    EntityScores

    Raises
    ------
    ValueError
        Not as many tags in both, or none.

    Examples
    --------
    >>> scores = entity_scores([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "O", "O", "B-LOC"]])
    >>> scores.overall.f1, scores.kinds["PER"].f1, scores.token_accuracy
    (0.5, 0.0, 0.75)
    """
    if [len(tags) for tags in true] != [len(tags) for tags in predicted]:
        raise ValueError(
            "predicted: expected a tag for each word of the true sentences, got others; give both for the same words"
        )
    there, found, right = Counter[str](), Counter[str](), Counter[str]()
    for a, b in zip(true, predicted, strict=True):
        spans, guesses = entities(a), entities(b)
        there.update(span.kind for span in spans)
        found.update(span.kind for span in guesses)
        right.update(span.kind for span in set(spans) & set(guesses))
    kinds = {kind: Score(right[kind], found[kind], there[kind]) for kind in sorted(there | found)}
    overall = Score(right.total(), found.total(), there.total())
    flat = ([tag for tags in part for tag in tags] for part in (true, predicted))
    return EntityScores(overall, kinds, accuracy(*flat))


def perplexity(nats: ArrayLike) -> float:
    """e to the mean loss a token: among how many equally likely tokens a model hesitates.

    Parameters
    ----------
    nats : array_like of float
        Losses of single tokens, or their mean.

    Examples
    --------
    >>> round(perplexity(np.log([4.0, 4.0])), 3)
    4.0
    """
    return float(np.exp(_losses(nats).mean()))


def bits_per_character(nats: ArrayLike, characters: int | None = None) -> float:
    """Losses as bits, shared out over characters.

    Parameters
    ----------
    nats : array_like of float
        Losses of single tokens.
    characters : int, optional
        Of the text that was predicted. For a model of characters, whose tokens they are, it is left out.

    Raises
    ------
    ValueError
        No losses; a number of characters below 1.

    Examples
    --------
    >>> bits_per_character([np.log(2), np.log(8)]), bits_per_character([np.log(2), np.log(8)], characters=10)
    (2.0, 0.4)
    """
    losses = _losses(nats)
    count = losses.size if characters is None else check_size("characters", characters)
    return float(losses.sum() / np.log(2) / count)


def _losses(nats: ArrayLike) -> Array:
    losses = np.asarray(as_array("nats", nats), np.float64)
    if not losses.size:
        raise ValueError("nats: expected at least one loss, got none; give a text of at least two tokens")
    return losses
