"""What a net has to beat: models that only count.

    language    ngram_losses; ngram_lines               (see `lstm_core.ngrams`)
    classifier  majority, naive_bayes; classifier_lines
    tagger      frequent_tags; tagger_line

Each learns from the training part alone and is measured on the same held-out items as the net.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_core._data import Data, Ragged
from lstm_core.arrays import Array, Ints, check_size
from lstm_core.metrics import EntityScores, accuracy, confusion, entity_scores, macro_f1
from lstm_core.ngrams import ngram_lines, ngram_losses
from lstm_core.sources import Part

__all__ = [
    "ClassLine",
    "classifier_lines",
    "frequent_tags",
    "majority",
    "naive_bayes",
    "ngram_lines",
    "ngram_losses",
    "tagger_line",
]


class ClassLine(NamedTuple):
    """What a classifier reaches that only counts."""

    accuracy: float
    macro_f1: float


def majority(train: Ragged, classes: int) -> int:
    """The most frequent label of the training part; of equally frequent ones the first.

    Parameters
    ----------
    train : Ragged
        With a label for each text (or a tag for each token).
    classes : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        Labels outside [0, classes).
    """
    return int(_count("targets", train.targets, check_size("classes", classes)).argmax())


def naive_bayes(train: Ragged, held_out: Ragged, symbols: int, classes: int) -> Array:
    """How probable each class is for each held-out text, whatever the order of its words.

    Multinomial naive Bayes with add-one smoothing: log P(class) + sum over tokens of log P(token | class), where
    P(token | class) = (count of the token in the class + 1) / (tokens of the class + symbols), normalised over classes.

    Parameters
    ----------
    train, held_out : Ragged
        With a label for each text; those of `held_out` are not looked at.
    symbols, classes : int
        Sizes of the vocabulary and of the set of labels.

    Returns
    -------
    ndarray of float64, shape (held-out texts, classes)
        Log-probabilities; -inf for a class that no training text has.

    Raises
    ------
    ValueError
        Ids or labels out of range, a tag for each token instead of a label for each text.

    References
    ----------
    Manning, Raghavan and Schütze (2008), "Introduction to Information Retrieval", section 13.2.

    Examples
    --------
    >>> train = Ragged(np.array([1, 1, 2, 2]), np.array([0, 3, 4]), np.array([0, 1]))     # 1 1 2 -> 0, 2 -> 1
    >>> held_out = Ragged(np.array([1, 2]), np.array([0, 2]), np.array([0]))
    >>> np.exp(naive_bayes(train, held_out, symbols=3, classes=2)).round(3)
    array([[0.571, 0.429]])
    """
    check_size("symbols", symbols)
    check_size("classes", classes)
    if train.by_token or not len(train):
        raise ValueError("train: expected texts with a label each, got something else; give the data of a classifier")
    items = _count("targets", train.targets, classes)
    _count("ids", held_out.ids, symbols)  # refuses what is out of range
    label_of_token = np.repeat(train.targets, train.lengths)
    counts = np.zeros((classes, symbols))
    for k in range(classes):
        counts[k] = _count("ids", train.ids[label_of_token == k], symbols)
    likelihood = np.log(counts + 1) - np.log(counts.sum(axis=1, keepdims=True) + symbols)  # (classes, symbols)
    with np.errstate(divide="ignore"):  # a class without training texts
        scores = np.tile(np.log(items / items.sum()), (len(held_out), 1))  # (items, classes)
    item_of_token = np.repeat(np.arange(len(held_out)), held_out.lengths)
    for k in range(classes):
        scores[:, k] += np.bincount(item_of_token, weights=likelihood[k, held_out.ids], minlength=len(held_out))
    highest = scores.max(axis=1, keepdims=True)
    return np.asarray(scores - highest - np.log(np.exp(scores - highest).sum(axis=1, keepdims=True)))


def frequent_tags(train: Ragged, symbols: int, classes: int) -> Ints:
    """The most frequent tag of every word, whatever stands around it.

    Parameters
    ----------
    train : Ragged
        With a tag for each token.
    symbols, classes : int
        Sizes of the vocabulary and of the set of tags.

    Returns
    -------
    ndarray of int64, shape (symbols,)
        Tag of each id; for ids that the training part does not have, the most frequent tag of all, which in named
        entities is O. Of equally frequent ones the first. `frequent_tags(...)[held_out.ids]` tags a part.

    Raises
    ------
    ValueError
        Ids or tags out of range, a label for each text instead of a tag for each token.

    Examples
    --------
    >>> train = Ragged(np.array([1, 2, 1, 1]), np.array([0, 2, 4]), np.array([0, 2, 0, 1]), by_token=True)
    >>> frequent_tags(train, symbols=4, classes=3)
    array([0, 0, 2, 0])
    """
    check_size("symbols", symbols)
    if not train.by_token or not len(train.ids):
        raise ValueError("train: expected a tag for each token, got something else; give the data of a tagger")
    overall = majority(train, classes)
    _count("ids", train.ids, symbols)
    counts = np.bincount(train.ids * classes + train.targets, minlength=symbols * classes).reshape(symbols, classes)
    return np.where(counts.any(axis=1), counts.argmax(axis=1), overall).astype(np.int64)


def classifier_lines(data: Data, part: Part = "test") -> dict[str, ClassLine]:
    """Accuracy and macro-F1 of the simplest classifiers, to draw beside those of a net.

    Parameters
    ----------
    data : Data
        Of a classifier.
    part : {"train", "validation", "test"}

    Returns
    -------
    dict of str to ClassLine
        "majority" and "naive Bayes".

    Raises
    ------
    ValueError
        Data of another task.

    Examples
    --------
    >>> from lstm_core.config import TrainConfig
    >>> from lstm_core.corpus import Source, prepare
    >>> items = tuple(f"{word} {k}" for k in range(20) for word in ("good", "fine", "bad"))
    >>> config = TrainConfig(task="classifier", unit="words", batch=4)
    >>> data = prepare(Source("labelled", "x", items=items, labels=("+", "+", "-") * 20), config)
    >>> [line.accuracy > 0.6 for line in classifier_lines(data).values()]
    [True, True]
    """
    train, held_out = _ragged(data.train), _ragged(data.part(part))
    if data.vocabulary is None:
        raise ValueError("data: expected texts, got none; give the data of a classifier")
    classes = len(data.labels)
    guesses = {
        "majority": np.full(len(held_out), majority(train, classes)),
        "naive Bayes": naive_bayes(train, held_out, len(data.vocabulary), classes).argmax(axis=1),
    }
    true = held_out.targets
    return {
        name: ClassLine(accuracy(true, guess), macro_f1(confusion(true, guess, classes)))
        for name, guess in guesses.items()
    }


def tagger_line(data: Data, part: Part = "test") -> EntityScores:
    """Entities found by the most frequent tag of every word, to draw beside those of a net.

    Parameters
    ----------
    data : Data
        Of a tagger.
    part : {"train", "validation", "test"}

    Returns
    -------
    EntityScores

    Raises
    ------
    ValueError
        Data of another task.
    """
    train, held_out = _ragged(data.train), _ragged(data.part(part))
    if data.vocabulary is None:
        raise ValueError("data: expected sentences, got none; give the data of a tagger")
    guess = frequent_tags(train, len(data.vocabulary), len(data.labels))[held_out.ids]
    names = np.array(data.labels, dtype=object)
    true, found = (np.split(names[tags], held_out.offsets[1:-1]) for tags in (held_out.targets, guess))
    return entity_scores([tags.tolist() for tags in true], [tags.tolist() for tags in found])


def _ragged(part: object) -> Ragged:
    if not isinstance(part, Ragged):
        raise ValueError("data: expected texts or sentences, got a stream; give the data of a classifier or a tagger")
    return part


def _count(name: str, ids: Ints, size: int) -> Ints:
    """How often each number occurs: (size,)."""
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        wrong = ids[(ids < 0) | (ids >= size)][0]
        raise ValueError(f"{name}: expected 0 to {size - 1}, got {wrong}; give the size of the vocabulary or label set")
    return np.bincount(ids, minlength=size).astype(np.int64)
