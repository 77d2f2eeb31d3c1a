"""Which words a model has come to treat alike: nearest neighbours among its vectors."""

from __future__ import annotations

import numpy as np

from lstm_core.arrays import Array, check_size
from lstm_core.encoding import Vocabulary
from lstm_core.series import short

_SPECIAL = frozenset({"<unk>", "<s>", "</s>"})


def neighbours(embedding: Array, k: int, vocabulary: Vocabulary, count: int = 10) -> list[tuple[str, float]]:
    """The words whose vectors point most nearly in the same direction as those of word k.

    Parameters
    ----------
    embedding : ndarray, shape (symbols, features)
        A row for each token of the vocabulary.
    k : int
        Id of the word; `vocabulary.encode([word])[0]`.
    vocabulary : Vocabulary
    count : int
        How many at most.

    Returns
    -------
    list of (str, float)
        Words and the cosine of the angle to word k, in [-1, 1], the nearest first. Word k itself, the unknown token and
        the marks of sentences are left out; the cosine of a vector of zeros is 0.

    Raises
    ------
    ValueError
        Not a row for each token, no such id, a count below 1.

    Examples
    --------
    >>> vocabulary = Vocabulary(("<unk>", "cat", "dog", "of"))
    >>> neighbours(np.array([[1.0, 0.0], [3.0, 4.0], [4.0, 3.0], [0.0, -1.0]]), 1, vocabulary)
    [('dog', 0.96), ('of', -0.8)]
    """
    if embedding.ndim != 2 or len(embedding) != len(vocabulary):
        raise ValueError(
            f"embedding: expected shape (symbols={len(vocabulary)}, features), got {embedding.shape}; "
            "give the vectors of this vocabulary"
        )
    if not 0 <= k < len(vocabulary):
        raise ValueError(f"k: expected an id from 0 to {len(vocabulary) - 1}, got {short(str(k))}; choose a known word")
    vectors = embedding.astype(np.float64)
    # Twice: the squares of very large or very small entries would overflow or vanish.
    vectors = vectors / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    cosines = np.clip(vectors @ vectors[k], -1, 1)
    order = [j for j in np.argsort(-cosines, kind="stable").tolist() if j != k]
    words = [j for j in order if vocabulary.tokens[j] not in _SPECIAL]
    return [(vocabulary.tokens[j], float(cosines[j])) for j in words[: check_size("count", count)]]
