"""Number agreement: the verb has the number of a noun that stands far before it."""

from __future__ import annotations

import math

import numpy as np

from lstm_core._tasks_values import Drawn, Lags, Problem

_NOUNS = ("key", "box", "dog", "car", "tree", "book")
_PLURALS = ("keys", "boxes", "dogs", "cars", "trees", "books")
_BETWEEN = ("near", "behind", "under")
_ADVERBS = ("often", "always", "really", "still")
_WORDS = ("the", *_NOUNS, *_PLURALS, *_BETWEEN, *_ADVERBS)
_NOUN, _PREPOSITION, _ADVERB = 1, 1 + 2 * len(_NOUNS), 1 + 2 * len(_NOUNS) + len(_BETWEEN)


def draw_agreement(rng: np.random.Generator, lag: int, batch: int) -> Drawn:
    """The beginning of a sentence, and as the target whether its verb is "is" (0) or "are" (1).

    Between the subject and the verb stand `lag` words: places, three words each, whose nouns have a number of their
    own, and adverbs for the one or two words that are left.

    Examples
    --------
    >>> found = draw_agreement(np.random.default_rng(3), 7, 2)
    >>> [" ".join(AGREEMENT.symbols[k] for k in found.x[:, b]) for b in (0, 1)]
    ['the books behind the key near the box really', 'the car behind the key near the dogs really']
    >>> [AGREEMENT.labels[k] for k in found.targets]
    ['are', 'is']
    """
    places, left = divmod(lag, 3)
    plural = rng.integers(0, 2, (1 + places, batch))
    nouns = _NOUN + len(_NOUNS) * plural + rng.integers(0, len(_NOUNS), (1 + places, batch))
    x = np.zeros((2 + lag, batch), np.int64)  # "the" is 0
    x[1 : 2 + 3 * places : 3] = nouns
    x[2 : 2 + 3 * places : 3] = rng.integers(_PREPOSITION, _ADVERB, (places, batch))
    if left:
        x[-left:] = rng.integers(_ADVERB, len(_WORDS), (left, batch))
    return Drawn(x, plural[0])


AGREEMENT = Problem(
    name="agreement",
    title="Number agreement",
    about=(
        "The net reads the beginning of a sentence, such as “the keys near the box often”, and says whether “is” or "
        "“are” comes next. The first noun decides. The nouns behind it have numbers of their own and mislead."
    ),
    source=(
        "Linzen, Dupoux and Goldberg (2016), Assessing the ability of LSTMs to learn syntax-sensitive dependencies; "
        "there on real sentences"
    ),
    net="classifier",
    unit="words",
    right="the verb has the number of the first noun",
    measure="score",
    solved=0.99,
    lags=Lags(1, 1_000, 30, "words between the noun and its verb"),
    symbols=_WORDS,
    labels=("is", "are"),
    draw=draw_agreement,
    chance=lambda _: 1 / 2,
    memoryless=lambda _: 1 / 2,
    memoryless_loss=lambda _: math.log(2),
)
