"""Tokens on paper: a sign for what would be invisible, and the name of every character."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from lstm_core._unicode import PICTOGRAPH, PREPEND, one_of

_SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥", "\u00a0": "⍽", "\x7f": "␡"}
_PICTURES = 0x2400  # the control pictures, in the order of the controls 0 to 32
_CIRCLE = "\u25cc"  # what a mark sits on when it stands alone
_MOST = 8  # characters of one token that are signed or named

# Letters and marks that nobody sees: fillers, variation selectors, the blank Braille cell, the grapheme joiner.
_HIDDEN_LETTERS = "34F 115F-1160 17B4-17B5 180B-180F 2800 3164 FE00-FE0F FFA0 E0100-E01EF"
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})


def sign(token: str) -> str:
    """What to print for a token: itself, or a sign where nothing would be seen.

    Space ␣, line end ⏎, tab ⇥, no-break space ⍽, other controls as control pictures; other spaces, invisible,
    bidirectional, private and unassigned characters as their number, U+200B; a mark without a letter on a dotted
    circle. A token with anything visible in it is unchanged. No sign holds a bidirectional control.

    Parameters
    ----------
    token : str

    Returns
    -------
    str
        Never empty, except for an empty token. At most 8 signs, then an ellipsis.

    Examples
    --------
    >>> [sign(token) for token in (" ", "\\n", "\\x00", "\\u200b", "a")]
    ['␣', '⏎', '␀', 'U+200B', 'a']
    """
    if any(not _is_hidden(c) and not _is_mark(c) for c in token):
        return token
    printed = ""
    for c in token[:_MOST]:
        printed += _sign(c) if _is_hidden(c) else c if printed else _CIRCLE + c
    return printed + "…" * (len(token) > _MOST)


def name(token: str) -> str:
    """The Unicode names of a token's characters, for a tooltip.

    Parameters
    ----------
    token : str

    Returns
    -------
    str
        Names joined by " + ", at most 8; characters without a name are described by their number.

    Examples
    --------
    >>> name("e\\u0301")
    'LATIN SMALL LETTER E + COMBINING ACUTE ACCENT'
    >>> name("\\n")
    'LINE FEED'
    """
    names = " + ".join(_name(c) for c in token[:_MOST])
    return names + (f" + {len(token) - _MOST} more" if len(token) > _MOST else "")


@cache
def _hidden_letters() -> re.Pattern[str]:
    return re.compile(f"[{one_of(_HIDDEN_LETTERS)}]")


@cache
def _seen_after_all() -> re.Pattern[str]:
    """Format characters with a shape of their own, and emoji that may be younger than this Python's tables."""
    return re.compile(f"[{one_of(PREPEND, PICTOGRAPH)}]")


def _is_hidden(c: str) -> bool:
    if unicodedata.category(c) in _HIDDEN_CATEGORIES:
        return not _seen_after_all().match(c)
    return bool(_hidden_letters().match(c))


def _is_mark(c: str) -> bool:
    return unicodedata.category(c)[0] == "M"


def _sign(c: str) -> str:
    if c in _SIGNS:
        return _SIGNS[c]
    return chr(_PICTURES + ord(c)) if c < " " else f"U+{ord(c):04X}"


def _name(c: str) -> str:
    if c < " " or c == "\x7f":  # the standard gives controls no name, but it names their pictures
        return unicodedata.name(_SIGNS["\x7f"] if c == "\x7f" else chr(_PICTURES + ord(c))).removeprefix("SYMBOL FOR ")
    kinds = {"Cc": "control", "Cs": "lone surrogate", "Co": "private use"}
    number = f"U+{ord(c):04X}"
    return unicodedata.name(c, f"{number} ({kinds.get(unicodedata.category(c), 'no name')})")
