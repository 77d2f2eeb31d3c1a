"""What can be said of each token of a text without any net: the names that a unit's behaviour may deserve.

Plain rules on the text as it stands. They are crude on purpose: each fits in a sentence that a reader can check by eye.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lstm_core.arrays import Array

OPEN, CLOSE = "([{⟨（［｛【《「『", ")]}⟩）］｝】》」』"
QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "‘": "’"}
ENDS = ".!?。！？…"
VOWELS = "aeiouyäöüáéíóúàèìòùâêîôûåæøœ"
DETERMINERS = frozenset("the a an this that these those some many few my your his her its our their".split())


def features(tokens: Sequence[str]) -> dict[str, Array]:
    """Named features of every token, for a text by characters or by words.

    Parameters
    ----------
    tokens : sequence of str

    Returns
    -------
    dict of str to ndarray of float64, shape (tokens,)
        "position": 0, 1, 2, ...; "bracket depth" and "inside quotes" (0 or 1), both after the token; "vowel", "letter",
        "digit", "space", "punctuation": of a word, its first character; "since a space": tokens since the last blank,
        for words since the last sign that is no word; "sentence start": 1 at the first token with a letter or digit;
        "plural subject": 1 where the first noun of the sentence ends in s, -1 where it does not, 0 before it is known
        (the word behind the sentence's first determiner; English only).

    Raises
    ------
    ValueError
        No tokens.

    Examples
    --------
    >>> found = features(list("a (b) c."))
    >>> found["bracket depth"]
    array([0., 0., 1., 1., 0., 0., 0., 0.])
    >>> found["sentence start"]
    array([1., 0., 0., 0., 0., 0., 0., 0.])
    """
    if not tokens:
        raise ValueError("tokens: expected at least one, got none; type a text")
    first = [token[:1] for token in tokens]
    return {
        "position": np.arange(len(tokens), dtype=np.float64),
        "bracket depth": _depth(tokens),
        "inside quotes": _quoted(tokens),
        "vowel": _is(first, lambda sign: sign.casefold() in VOWELS),
        "letter": _is(first, str.isalpha),
        "digit": _is(first, str.isdigit),
        "space": _is(first, str.isspace),
        "punctuation": _is(first, lambda sign: not (sign.isalnum() or sign.isspace())),
        "since a space": _since(tokens),
        "sentence start": _starts(tokens),
        "plural subject": _number(tokens),
    }


def _is(signs: Sequence[str], rule: Callable[[str], bool]) -> Array:
    return np.array([bool(sign) and rule(sign) for sign in signs], np.float64)


def _depth(tokens: Sequence[str]) -> Array:
    """A closing bracket too many changes nothing, so one misprint does not spoil the rest of the text."""
    found, depth = [], 0
    for token in tokens:
        for sign in token:
            depth = depth + 1 if sign in OPEN else max(0, depth - (sign in CLOSE))
        found.append(depth)
    return np.array(found, np.float64)


def _quoted(tokens: Sequence[str]) -> Array:
    """Quotes do not nest here, and a new line ends them; a straight single quote is an apostrophe."""
    found, closing = [], ""
    for token in tokens:
        for sign in token:
            if closing and sign in (closing, "\n"):
                closing = ""
            elif not closing:
                closing = QUOTES.get(sign, "")
        found.append(bool(closing))
    return np.array(found, np.float64)


def _since(tokens: Sequence[str]) -> Array:
    """In a text by words there are no blanks; there, signs that are no words take their place."""
    has_blanks = any(token.isspace() for token in tokens)
    found, count = [], 0
    for token in tokens:
        is_break = token.isspace() if has_blanks else not any(sign.isalnum() for sign in token)
        count = 0 if is_break else count + 1
        found.append(count)
    return np.array(found, np.float64)


def _starts(tokens: Sequence[str]) -> Array:
    found, awaited = [], True
    for token in tokens:
        is_start = awaited and any(sign.isalnum() for sign in token)
        found.append(is_start)
        if is_start:
            awaited = False
        if any(sign in ENDS or sign == "\n" for sign in token):
            awaited = True
    return np.array(found, np.float64)


def _number(tokens: Sequence[str]) -> Array:
    found, number, word, awaited = [], 0, "", False
    for token in tokens:
        if any(sign in ENDS or sign == "\n" for sign in token):
            number, word, awaited = 0, "", False
        elif token.isalpha() and len(token) == 1:  # a text by characters: words are put together
            word += token
        else:
            for whole in filter(None, (word, token if token.isalpha() else "")):
                number, awaited = _after(whole.casefold(), number, awaited)
            word = ""
        found.append(number)
    return np.array(found, np.float64)


def _after(word: str, number: int, awaited: bool) -> tuple[int, bool]:
    """What is known of the subject after one more word: its number, and whether the next word is it."""
    if number or not awaited:
        return number, not number and word in DETERMINERS
    return (1 if word.endswith("s") and not word.endswith("ss") else -1), False
