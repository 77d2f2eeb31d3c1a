"""Which part of the data a net learns from, which part chooses, and which part judges.

Every function is a pure function of its arguments: the same seed gives the same parts everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

import numpy as np

from lstm_core.arrays import Ints

TRAIN, VALIDATION, TEST = 0, 1, 2
STREAM_SHARES = (0.8, 0.1, 0.1)
ITEM_SHARES = (0.7, 0.15, 0.15)

_MOST_BLOCKS, _FEWEST_BLOCKS = 40, 10
_BLOCK = 200  # characters that make a block worth having
_LARGEST = 0.15  # of the text; a larger block would unbalance the parts
_SOFT_END = re.compile("[。！？.!?…][\"'”’」』）)\\]]*|\\s")


def blocks(text: str) -> list[str]:
    """A text in about 40 contiguous pieces, cut at line ends; at least 10.

    Where lines are too long for that, cut behind end marks or white space, and where there is none of these, anywhere.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
        Joined they are `text`; none is empty. A text of fewer than ten characters gives one each.

    Examples
    --------
    >>> [len(block) for block in blocks("a line\\n" * 12)]
    [7, 14, 7, 7, 7, 7, 14, 7, 7, 7]
    """
    count = min(max(len(text) // _BLOCK, _FEWEST_BLOCKS), _MOST_BLOCKS)
    count = min(count, len(text))
    pieces = _cut(text, count, soft=False)
    if len(pieces) < min(_FEWEST_BLOCKS, count) or max(map(len, pieces)) > max(_LARGEST * len(text), 1):
        pieces = _cut(text, count, soft=True)
    return pieces


def _cut(text: str, count: int, soft: bool) -> list[str]:
    """At most `count` pieces; `soft`: exactly, cut where no line ends too."""
    cuts = [0]
    size = len(text) / max(count, 1)
    for k in range(1, count):
        target = round(k * size)
        low, high = max(cuts[-1] + 1, round(target - size / 2)), min(len(text), round(target + size / 2))
        end = text.find("\n", max(target - 1, low - 1), high) + 1 or text.rfind("\n", low - 1, target) + 1
        if not end and soft:
            found = _SOFT_END.search(text, max(target - 1, low - 1), high)
            end = found.end() if found and found.end() < len(text) else max(target, low)
        if cuts[-1] < end < len(text):
            cuts.append(end)
    return [text[start:stop] for start, stop in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def part_blocks(sizes: Sequence[int], seed: int) -> Ints:
    """A part for each block: a seeded choice with about 80, 10 and 10 % of the whole.

    Parameters
    ----------
    sizes : sequence of int
    seed : int

    Returns
    -------
    ndarray of int64, shape (blocks,)
        TRAIN, VALIDATION or TEST.
    """
    parts = np.full(len(sizes), TRAIN, np.int64)
    total = sum(sizes)
    waiting = list(np.random.default_rng([seed, 1]).permutation(len(sizes)))
    for part in (VALIDATION, TEST):
        taken, left = 0, []
        for k in waiting:
            # Take a block when that brings the part nearer to its share.
            if not taken or taken + sizes[k] / 2 <= STREAM_SHARES[part] * total:
                parts[k] = part
                taken += sizes[k]
            else:
                left.append(k)
        waiting = left
    return parts


def same(keys: Sequence[Hashable]) -> Ints:
    """A number for each key: equal keys have equal numbers, counted from 0 in order of appearance.

    Examples
    --------
    >>> same(["a", "b", "a"])
    array([0, 1, 0])
    """
    numbers: dict[Hashable, int] = {}
    return np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64, len(keys))


def part_groups(groups: Ints, strata: Ints | None, shares: tuple[float, float, float], seed: int) -> Ints:
    """A part for each item, so that a group stays on one side and each stratum is shared out alike.

    Parameters
    ----------
    groups : ndarray of int64, shape (items,)
        As from `same`.
    strata : ndarray of int64, shape (items,), or None
        A group belongs to the stratum of its first item.
    shares : three floats
        Of train, validation and test.
    seed : int

    Returns
    -------
    ndarray of int64, shape (items,)
        TRAIN, VALIDATION or TEST. Every stratum of at least three groups has one in each part; the single group of a
        stratum goes to train.
    """
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    stratum = np.zeros(len(first), np.int64) if strata is None else strata[first]
    order = np.random.default_rng([seed, 2]).permutation(len(first))
    parts = np.full(len(first), TRAIN, np.int64)
    by_stratum: dict[int, list[int]] = {}
    for g in order.tolist():
        by_stratum.setdefault(int(stratum[g]), []).append(g)
    for members in by_stratum.values():
        parts[members] = _share_out(sizes[members].tolist(), shares)
    return parts[groups]


def _share_out(sizes: list[int], shares: tuple[float, float, float]) -> list[int]:
    """Each group in turn, the large ones first, goes where most is missing: large ones to train, as a rule."""
    total = sum(sizes)
    missing = [0.0, max(1.0, shares[1] * total), max(1.0, shares[2] * total)]
    missing[TRAIN] = max(1.0, total - missing[1] - missing[2])
    found, empty = [TRAIN] * len(sizes), {TRAIN, VALIDATION, TEST}
    for k, which in enumerate(sorted(range(len(sizes)), key=lambda which: -sizes[which])):
        # The last groups fill what would stay empty.
        choices = sorted(empty) if len(sizes) - k <= len(empty) else range(3)
        part = max(choices, key=lambda part: (missing[part], -part))
        missing[part] -= sizes[which]
        empty.discard(part)
        found[which] = part
    return found
