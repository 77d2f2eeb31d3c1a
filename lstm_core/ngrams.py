"""n-gram language models: tables of counts, the lines that a net has to get below.

Interpolated Witten-Bell smoothing. With c(h w) the number of times that token w follows the context h in the training
part, c(h) the sum of that over w, N(h) the number of different tokens that follow h, and h' the context without its
oldest token,

    p(w | h) = (c(h w) + N(h) p(w | h')) / (c(h) + N(h)),

and p(w | h') alone where h never occurs. It begins with the uniform distribution 1 / symbols, so every token of the
vocabulary has a probability, and they sum to 1.

A bigram has a context of one token, a 5-gram of four. Where a piece (a sentence, a text) has fewer tokens so far, the
context is what there is: none reaches over the beginning of a piece.

Witten and Bell (1991), "The zero-frequency problem", method C; in this form in Chen and Goodman (1998), "An empirical
study of smoothing techniques for language modeling", on Witten-Bell smoothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lstm_core._data import Ragged
from lstm_core.arrays import Array, Bools, Ints, as_array, check_size

NAMES = {1: "unigram", 2: "bigram", 3: "trigram"}


def ngram_losses(
    train_ids: ArrayLike | Ragged, ids: ArrayLike | Ragged, order: int, symbols: int, starts: ArrayLike | None = None
) -> Array:
    """The loss of each token of a held-out part, under an n-gram model of the training part.

    Parameters
    ----------
    train_ids : array_like of int, shape (train tokens,), or Ragged
        A stream, or sentences with their start tokens as ids and the next tokens as targets, as for a language model.
    ids : array_like of int, shape (tokens,), or Ragged
        The held-out part.
    order : int
        1 for single tokens, 2 for bigrams, and so on.
    symbols : int
        Size of the vocabulary.
    starts : array_like of int, optional
        Where in the stream `ids` new pieces begin; 0 always does.

    Returns
    -------
    ndarray of float64, shape (tokens,)
        In nats. For a stream a loss of every token, the first one too; for sentences one of every target.

    Raises
    ------
    ValueError
        No tokens, ids outside the vocabulary, an order below 1, labels instead of next tokens.

    Examples
    --------
    >>> losses = ngram_losses([1, 2, 1, 2, 1], [1, 2, 2], order=2, symbols=3)
    >>> np.exp(-losses).round(3)
    array([0.524, 0.794, 0.127])
    """
    return list(_all_losses(train_ids, ids, check_size("order", order), check_size("symbols", symbols), starts))[-1]


def ngram_lines(
    train_ids: ArrayLike | Ragged,
    ids: ArrayLike | Ragged,
    symbols: int,
    orders: Iterable[int] = (2, 3, 5),
    positions: ArrayLike | None = None,
) -> dict[str, float]:
    """Mean losses to draw beside that of a net: uniform, and n-gram models of some orders.

    Parameters
    ----------
    train_ids, ids, symbols
        As for `ngram_losses`.
    orders : iterable of int
        At least 1.
    positions : array_like of int, optional
        Which of the losses count, so that the lines stand for the very tokens that the net is validated on.

    Returns
    -------
    dict of str to float
        From "uniform", "bigram", "trigram", "5-gram" to nats a token.

    Raises
    ------
    ValueError
        As `ngram_losses`.

    Examples
    --------
    >>> lines = ngram_lines([1, 2, 1, 2, 1], [1, 2, 1], symbols=3)
    >>> {name: round(value, 2) for name, value in lines.items()}
    {'uniform': 1.1, 'bigram': 0.35, 'trigram': 0.31, '5-gram': 0.31}
    """
    wanted = sorted({check_size("order", order) for order in orders})
    means = {"uniform": float(np.log(check_size("symbols", symbols)))}
    for order, losses in enumerate(_all_losses(train_ids, ids, max(wanted, default=0), symbols), start=1):
        if order in wanted:
            counted = losses if positions is None else losses[_places("positions", positions, len(losses))]
            means[NAMES.get(order, f"{order}-gram")] = float(counted.mean())
    return means


class _Flat(NamedTuple):
    """Tokens of all pieces in a row; how many of the same piece stand before each; which are to be predicted."""

    tokens: Ints
    before: Ints
    predicted: Bools


def _all_losses(
    train_ids: ArrayLike | Ragged, ids: ArrayLike | Ragged, order: int, symbols: int, starts: ArrayLike | None = None
) -> Iterable[Array]:
    """Losses of the orders 1, 2, ... one after the other: each is computed from the one before."""
    train, held = _flat("train_ids", train_ids, symbols), _flat("ids", ids, symbols, starts)
    tokens, before, predicted = (np.concatenate(pair) for pair in zip(train, held, strict=True))
    is_train = np.arange(len(tokens)) < len(train.tokens)
    p = np.full(len(tokens), 1 / symbols)
    grams = np.zeros(len(tokens), np.int64)  # number of the n-gram that ends at each token; of order 0 there is one
    for n in range(1, order + 1):
        contexts = np.roll(grams, 1) if n > 1 else grams
        keys, grams = np.unique(contexts * symbols + tokens, return_inverse=True)
        is_whole = predicted & (before >= n - 1)
        counts = np.bincount(grams[is_train & is_whole], minlength=len(keys))
        size = int(contexts.max()) + 1
        totals = np.bincount(contexts[is_train & is_whole], minlength=size)  # c(h)
        followers = np.bincount(keys[counts > 0] // symbols, minlength=size)  # N(h)
        known = np.flatnonzero(~is_train & is_whole & (totals[contexts] > 0))
        h = contexts[known]
        p[known] = (counts[grams[known]] + followers[h] * p[known]) / (totals[h] + followers[h])
        yield -np.log(p[~is_train & predicted])


def _flat(name: str, ids: ArrayLike | Ragged, symbols: int, starts: ArrayLike | None = None) -> _Flat:
    if isinstance(ids, Ragged):
        if not ids.by_token:
            raise ValueError(f"{name}: expected a next token for each token, got a label for each text; give sentences")
        # Inputs and targets of a sentence overlap: <s> t1 t2 and t1 t2 </s> are <s> t1 t2 </s> here.
        is_first = np.zeros(len(ids.ids) + len(ids), bool)
        is_first[ids.offsets[:-1] + np.arange(len(ids))] = True
        tokens = np.empty(len(is_first), np.int64)
        tokens[is_first], tokens[~is_first] = ids.ids[ids.offsets[:-1]], ids.targets
        predicted = ~is_first
    else:
        tokens = as_array(name, ids)
        is_first = np.zeros(tokens.shape, bool)
        is_first[:1] = True
        if starts is not None:
            is_first[_places("starts", starts, len(tokens))] = True
        predicted = np.ones(tokens.shape, bool)
    if tokens.ndim != 1 or not tokens.size or tokens.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: expected integers of shape (tokens,), got {tokens.dtype} of shape {tokens.shape}; "
            "give the ids of at least one token"
        )
    if tokens.min() < 0 or tokens.max() >= symbols:
        wrong = tokens[(tokens < 0) | (tokens >= symbols)][0]
        raise ValueError(f"{name}: expected ids from 0 to {symbols - 1}, got {wrong}; use ids of this vocabulary")
    place = np.arange(len(tokens))
    return _Flat(tokens.astype(np.int64), place - np.maximum.accumulate(np.where(is_first, place, 0)), predicted)


def _places(name: str, value: ArrayLike, size: int) -> Ints:
    places = as_array(name, value)
    if places.ndim != 1 or not places.size or places.dtype.kind not in "iu" or places.min() < 0 or places.max() >= size:
        raise ValueError(f"{name}: expected integers from 0 to {size - 1}, got others; give places among the tokens")
    return places.astype(np.int64)
