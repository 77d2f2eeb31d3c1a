"""What a language model says: the next token after any text, how likely a text is, and texts of its own.

A model of sentences reads "<s>" first and stops at "</s>". A model of a stream has no first token of its own; it is
given a line end, or where its text had none, the most frequent token.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lstm_core import models, text
from lstm_core.arrays import Array, Ints
from lstm_core.corpus import END, START
from lstm_core.heads import log_probabilities
from lstm_core.models import LanguageModel
from lstm_core.stack import Directions

_CHUNK = 512  # steps that are run at once: a long text needs no more memory than a short one
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}…%’”。，、；：！？）》」』】")
_NO_SPACE_BEHIND = frozenset("([{“‘（《「『【#$")


class TextLoss(NamedTuple):
    """Tokens, and -log of the probability that each had, in nats, shape (steps,)."""

    tokens: tuple[str, ...]
    nats: Array


class _Reader:
    """A model that has read up to some place, and its logits for what comes next."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.state: tuple[Directions, ...] | None = None
        self.logits: Array = np.zeros(0)

    def read(self, ids: Ints) -> Array:
        """Go on by some tokens; the logits behind each, (steps, symbols)."""
        try:
            with np.errstate(all="ignore"):  # what overflows is found by looking at the result
                said = models.predict(self.model, ids[:, None], self.state)
                finite = bool(np.isfinite(said.logits).all())
        except ValueError as error:
            if "finite" not in str(error):
                raise
            finite = False  # it overflowed between two layers
        if not finite:
            raise ValueError(
                "model: expected one that answers in finite numbers, got one that diverged in its training; "
                "choose an earlier checkpoint"
            )
        self.state, self.logits = said.trace.final, said.logits[-1, 0]
        return said.logits[:, 0]


def sample(
    model: LanguageModel,
    rng: np.random.Generator,
    prefix: str = "",
    length: int = 200,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    greedy: bool = False,
) -> str:
    """A text that the model goes on with.

    Parameters
    ----------
    model : LanguageModel
    rng : numpy.random.Generator
    prefix : str
        What it reads first; not part of the result.
    length : int
        Tokens at most.
    temperature, top_k, top_p
        As in `shaped`.
    greedy : bool
        Always the most probable token; nothing is drawn.

    Returns
    -------
    str
        Without the unknown token, which cannot be written; up to the end of the sentence where the model knows one.

    Raises
    ------
    ValueError
        A temperature, top_k or top_p out of range.
    """
    reader = _Reader(model)
    reader.read(_opened(model, _encode(model, prefix)))
    never = [k for k, token in enumerate(model.vocabulary.tokens) if token in (model.vocabulary.unknown, START)]
    end = model.vocabulary.tokens.index(END) if model.sentences else -1
    found: list[int] = []
    for _ in range(length):
        logits = reader.logits.astype(np.float64)
        if len(never) < len(logits):
            logits[never] = -np.inf
        p = shaped(logits, temperature, top_k, top_p)
        chosen = int(logits.argmax()) if greedy else int(np.searchsorted(p.cumsum(), rng.random() * p.sum(), "right"))
        if chosen == end:
            break
        found.append(chosen)
        reader.read(np.array([chosen]))
    return written(model, model.vocabulary.decode(found))


def shaped(logits: Array, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> Array:
    """Probabilities to draw from.

    Parameters
    ----------
    logits : ndarray, shape (symbols,)
    temperature : float
        Divides the logits: below 1 the probable becomes more probable, above 1 everything more alike.
    top_k : int
        Only the k most probable; 0: all.
    top_p : float
        Only the most probable whose sum reaches p; 1: all.

    Returns
    -------
    ndarray, shape (symbols,)
        1 in sum.

    Raises
    ------
    ValueError
        A temperature or top_p that is not above 0, a top_p above 1, a negative top_k.

    References
    ----------
    top_p: Holtzman et al. (2020), "The curious case of neural text degeneration", section 3.1.

    Examples
    --------
    >>> logits = np.log([0.5, 0.3, 0.2])
    >>> shaped(logits, top_k=2), shaped(logits, top_p=0.5), shaped(logits, temperature=0.5).round(3)
    (array([0.625, 0.375, 0.   ]), array([1., 0., 0.]), array([0.658, 0.237, 0.105]))
    """
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature: expected a number above 0, got {temperature!r}; for 0, choose greedy")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p: expected a share above 0 and up to 1, got {top_p!r}; 1 keeps all tokens")
    if not isinstance(top_k, (int, np.integer)) or top_k < 0:
        raise ValueError(f"top_k: expected a whole number of 0 or more, got {top_k!r}; 0 keeps all tokens")
    logits = np.asarray(logits, np.float64)
    with np.errstate(over="ignore"):  # far below the best one is as good as infinitely far
        p = models.probabilities((logits - logits.max()) / temperature)
    order = np.argsort(-p, kind="stable")
    kept = len(p) if top_k == 0 else min(top_k, len(p))
    if top_p < 1:
        # The sum before a token decides, so that the most probable one always stays.
        kept = min(kept, int(np.count_nonzero(p[order].cumsum() - p[order] < top_p - 1e-12)))
    p[order[kept:]] = 0
    return np.asarray(p / p.sum())


def next_distribution(model: LanguageModel, prefix: str) -> Array:
    """Probability of every symbol after a text: float64 (symbols,)."""
    reader = _Reader(model)
    for chunk in _chunks(_opened(model, _encode(model, prefix))):
        reader.read(chunk)
    return models.probabilities(reader.logits.astype(np.float64))


def next_tokens(model: LanguageModel, prefix: str, top: int = 10) -> list[tuple[str, float]]:
    """The most probable tokens after a text, with their probabilities."""
    p = next_distribution(model, prefix)
    best = np.argsort(-p, kind="stable")[:top]
    return [(model.vocabulary.tokens[k], float(p[k])) for k in best]


def continuation(model: LanguageModel, prefix: str, suffix: str) -> float:
    """log P(suffix | prefix), in nats: how likely the model goes on in these very tokens.

    Raises
    ------
    ValueError
        An empty suffix.
    """
    ids, nats = _nats(model, prefix, suffix)
    if not len(ids):
        raise ValueError("suffix: expected at least one token, got none; type what should follow")
    return -float(nats.sum())


def losses(model: LanguageModel, given: str) -> TextLoss:
    """The loss of every single token of a text, the first one after the opening token.

    Returns
    -------
    TextLoss
        A model of sentences ends with the loss of "</s>".

    Raises
    ------
    ValueError
        A text without tokens.
    """
    tokens = _tokens(model, given)
    if not tokens:
        raise ValueError(f"text: expected at least one {model.unit[:-1]}, got none; type a few letters")
    _, nats = _nats(model, "", given, close=model.sentences)
    return TextLoss((*tokens, END) if model.sentences else tuple(tokens), nats)


def perplexity(model: LanguageModel, given: str) -> float:
    """exp of the mean loss a token: as if so many tokens were equally likely at every step."""
    return math.exp(float(losses(model, given).nats.mean()))


def bits_per_character(model: LanguageModel, given: str) -> float:
    """The loss of a whole text in bits, divided by its characters; words and characters can be compared in it."""
    return float(losses(model, given).nats.sum()) / math.log(2) / len(text.graphemes(text.clean(given)))


def written(model: LanguageModel, tokens: list[str]) -> str:
    """Tokens as a text; between words a space, but for punctuation and scripts written without.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> written(SimpleNamespace(unit="words"), ["Yes", ",", "he", "said", "(", "twice", ")", ".", "你", "好"])
    'Yes, he said (twice). 你好'
    """
    if model.unit == "characters":
        return "".join(tokens)
    parts: list[str] = []
    for before, token in zip(["", *tokens], tokens, strict=False):
        dense = text.one_by_one(before[-1:]) and text.one_by_one(token[:1])
        glued = not before or token in _NO_SPACE_BEFORE or before in _NO_SPACE_BEHIND or dense
        parts += [token] if glued else [" ", token]
    return "".join(parts)


def _nats(model: LanguageModel, prefix: str, suffix: str, *, close: bool = False) -> tuple[Ints, Array]:
    """Ids of the suffix, and the loss of each in nats, float64."""
    before, after = _opened(model, _encode(model, prefix)), _encode(model, suffix)
    if close:
        after = np.append(after, model.vocabulary.tokens.index(END))
    reader, found = _Reader(model), []
    read = np.concatenate([before, after])
    for k, chunk in enumerate(_chunks(read[:-1])):
        targets = read[1 + k * _CHUNK :][: len(chunk)]
        log_p = log_probabilities(reader.read(chunk).astype(np.float64))
        found.append(-log_p[np.arange(len(chunk)), targets])
    nats = np.concatenate(found) if found else np.zeros(0)
    return after, nats[len(before) - 1 :]


def _chunks(ids: Ints) -> Iterator[Ints]:
    return (ids[k : k + _CHUNK] for k in range(0, len(ids), _CHUNK))


def _tokens(model: LanguageModel, given: str) -> list[str]:
    return text.tokenize(text.clean(given), model.unit)


def _encode(model: LanguageModel, given: str) -> Ints:
    return model.vocabulary.encode(_tokens(model, given))


def _opened(model: LanguageModel, ids: Ints) -> Ints:
    """The ids with what the model reads before anything else."""
    tokens = model.vocabulary.tokens
    if model.sentences:
        first = tokens.index(START)
    elif "\n" in model.vocabulary:
        first = tokens.index("\n")
    else:
        first = min(1, len(tokens) - 1)  # the most frequent; 0 is the unknown one
    return np.concatenate([np.array([first]), ids])
