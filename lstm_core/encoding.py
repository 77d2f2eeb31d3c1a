"""From tokens to arrays: vocabularies, one-hot arrays, and the vectors of a net that has learned nothing."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from lstm_core.arrays import Array, Ints, check_size
from lstm_core.series import short

_UNKNOWN = "<unk>"
_SEEDS = 1 << 64


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens in a fixed order, each with a number.

    Parameters
    ----------
    tokens : tuple of str
        All different. Unless `unknown` is None, the first is the unknown token, which stands for every other one.
    unknown : str or None
        None: there is no such token, and an unknown one is an error.

    Examples
    --------
    >>> vocabulary = Vocabulary.build(["b", "a", "b"])
    >>> vocabulary.tokens
    ('<unk>', 'b', 'a')
    >>> vocabulary.encode(["a", "z"])
    array([2, 0])
    """

    tokens: tuple[str, ...]
    unknown: str | None = _UNKNOWN
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tokens = tuple(self.tokens)
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "_ids", {token: k for k, token in enumerate(tokens)})
        for token in tokens:
            if not isinstance(token, str) or not token:
                raise ValueError(f"tokens: expected non-empty strings, got {token!r}; leave it out")
        if len(self._ids) != len(tokens):
            double = Counter(tokens).most_common(1)[0][0]
            raise ValueError(
                f"tokens: expected each token once, got {short(double)} more than once; leave the repeats out"
            )
        if not tokens:
            raise ValueError("tokens: expected at least one token, got none; give some text")
        if self.unknown is not None and tokens[0] != self.unknown:
            raise ValueError(
                f"tokens: expected the unknown token {self.unknown!r} first, got {short(tokens[0])}; "
                "put it first, or say unknown=None"
            )

    @classmethod
    def build(
        cls, tokens: Iterable[str], limit: int | None = None, at_least: int = 1, unknown: str | None = _UNKNOWN
    ) -> Vocabulary:
        """The tokens of a text, the most frequent first, ties in the order of code points.

        Parameters
        ----------
        tokens : iterable of str
        limit : int, optional
            Largest size of the vocabulary, the unknown token included.
        at_least : int
            Leave out tokens that occur less often.
        unknown : str or None
            See the class.

        Raises
        ------
        ValueError
            A bare str, `limit` or `at_least` below 1, or no token is left.
        """
        if isinstance(tokens, str):
            _check_tokens(tokens)
        counts = Counter(tokens)
        check_size("at_least", at_least)
        first = () if unknown is None else (unknown,)
        ranked = sorted((-count, token) for token, count in counts.items() if count >= at_least and token != unknown)
        found = first + tuple(token for _, token in ranked)
        return cls(found if limit is None else found[: check_size("limit", limit)], unknown)

    def encode(self, tokens: Sequence[str]) -> Ints:
        """Numbers of tokens: int64 (steps,).

        Raises
        ------
        ValueError
            A bare str instead of a list of tokens; a token outside a vocabulary that has no unknown token.
        """
        _check_tokens(tokens)
        if self.unknown is None:
            for k, token in enumerate(tokens):
                if token not in self._ids:
                    raise ValueError(
                        f"tokens: expected tokens of the vocabulary, got {short(token)} at step {k}; "
                        "leave it out, or use a vocabulary with an unknown token"
                    )
        return np.array([self._ids.get(token, 0) for token in tokens], dtype=np.int64)

    def decode(self, ids: ArrayLike) -> list[str]:
        """Tokens of numbers.

        Raises
        ------
        ValueError
            Not integers, or out of range.
        """
        return [self.tokens[k] for k in _check_ids(ids, len(self)).ravel().tolist()]

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids


def one_hot(ids: ArrayLike, size: int, dtype: DTypeLike = np.float32) -> Array:
    """One axis more, all zeros but a one at the place each number names.

    Parameters
    ----------
    ids : array_like of int, shape (...)
        In [0, size).
    size : int
    dtype : floating dtype

    Returns
    -------
    ndarray, shape (..., size)

    Raises
    ------
    ValueError
        Not integers, out of range, a size below 1, a dtype that is not floating.

    Examples
    --------
    >>> one_hot([1, 0], size=3)
    array([[0., 1., 0.],
           [1., 0., 0.]], dtype=float32)
    """
    numbers = _check_ids(ids, check_size("size", size))
    kind = _check_floating(dtype)
    return np.asarray(numbers[..., None] == np.arange(size)).astype(kind)


def vectors(tokens: Sequence[str], features: int, seed: int, dtype: DTypeLike = np.float32) -> Array:
    """A vector for each token that depends on nothing but (token, seed, features).

    The input of a net that has learned nothing yet: changing one token changes its own vectors alone. Entries are
    uniform on [-sqrt(3), sqrt(3)), so of mean 0 and variance 1 over tokens; with more features the first entries stay.
    They come from BLAKE2b in counter mode and not from a NumPy generator, whose streams may change with a release: the
    same link must show the same numbers everywhere.

    Parameters
    ----------
    tokens : sequence of str
    features : int
    seed : int
        In [0, 2**64).
    dtype : floating dtype

    Returns
    -------
    ndarray, shape (steps, features)

    Raises
    ------
    ValueError
        A bare str, sizes below 1, a seed out of range, a dtype that is not floating.

    Examples
    --------
    >>> vectors(["a", "b", "a"], features=2, seed=1).round(3)
    array([[ 0.988, -1.123],
           [-1.405,  0.14 ],
           [ 0.988, -1.123]], dtype=float32)
    """
    _check_tokens(tokens)
    check_size("features", features)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < _SEEDS:
        raise ValueError(f"seed: expected an integer from 0 to 2**64 - 1, got {seed!r}; choose another seed")
    kind = _check_floating(dtype)
    table = {token: _vector(token, features, int(seed)).astype(kind) for token in set(tokens)}
    return np.array([table[token] for token in tokens], dtype=kind).reshape(len(tokens), features)


def _vector(token: str, features: int, seed: int) -> NDArray[np.float64]:
    """Float64 (features,): block k of 16 numbers is the hash of (seed, k, token)."""
    spelled = token.encode("utf-8", "surrogatepass")
    start = seed.to_bytes(8, "little")
    blocks = (
        hashlib.blake2b(start + k.to_bytes(4, "little") + spelled, person=b"gatescope token").digest()
        for k in range(-(-features // 16))
    )
    drawn = np.frombuffer(b"".join(blocks), dtype="<u4")[:features]
    # The upper 24 bits fit float32 exactly, in the middle of equal steps: symmetrical around 0, never sqrt(3) itself.
    unit = ((drawn >> 8) + 0.5) / 2.0**23 - 1.0
    return np.asarray(unit * math.sqrt(3.0))


def _check_tokens(tokens: object) -> None:
    if isinstance(tokens, (str, bytes)) or not isinstance(tokens, Sequence):
        raise ValueError(
            f"tokens: expected a list of strings, got {type(tokens).__name__}; call tokenize(text, unit) first"
        )
    for k, token in enumerate(tokens):
        if not isinstance(token, str):
            raise ValueError(f"tokens: expected strings, got {type(token).__name__} at step {k}; convert it with str()")


def _check_ids(ids: ArrayLike, size: int) -> Ints:
    numbers = np.asarray(ids)
    if numbers.size == 0:
        return numbers.astype(np.int64)
    if numbers.dtype.kind not in "iu":
        raise ValueError(f"ids: expected integers, got {numbers.dtype}; convert with astype(int)")
    wrong = numbers[(numbers < 0) | (numbers >= size)]
    if wrong.size:
        raise ValueError(f"ids: expected 0 to {size - 1}, got {wrong[0]}; use ids of this vocabulary")
    return numbers.astype(np.int64)


def _check_floating(dtype: DTypeLike) -> np.dtype[np.floating[Any]]:
    kind: np.dtype[Any] = np.dtype(dtype)
    if kind.kind != "f":
        raise ValueError(f"dtype: expected a floating type, got {kind}; choose float32 or float64")
    return kind
