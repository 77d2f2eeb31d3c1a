"""What the generators of sample_data share: reproducible draws, a small grammar, near-duplicates and splits."""

from __future__ import annotations

import csv
import io
import itertools
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
Grammar = Mapping[str, Sequence[str]]
SPLITS = ("train", "validation", "test")
ALIKE = 0.8  # two texts whose word bigrams overlap this much count as one text twice


class Draw:
    """Random choices that stay the same from one Python to the next.

    Only `random()` itself is promised to give the same numbers for ever; `choice` and `shuffle` are not, so everything
    here is made from it.

    Examples
    --------
    >>> draw = Draw(3)
    >>> [draw.below(10) for _ in range(5)]
    [2, 5, 3, 6, 6]
    >>> draw.pick("abc"), sorted(draw.shuffled([1, 2, 3]))
    ('a', [1, 2, 3])
    """

    def __init__(self, seed: int) -> None:
        self._uniform = random.Random(seed).random

    def below(self, stop: int) -> int:
        return int(self._uniform() * stop)

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def chance(self, share: float) -> bool:
        return self._uniform() < share

    def weighted(self, weights: Mapping[str, float]) -> str:
        rest = self._uniform() * sum(weights.values())
        for name, weight in weights.items():
            rest -= weight
            if rest < 0:
                return name
        return name

    def shuffled(self, items: Sequence[T]) -> list[T]:
        left = list(items)
        for last in range(len(left) - 1, 0, -1):
            other = self.below(last + 1)
            left[last], left[other] = left[other], left[last]
        return left

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self._uniform()

    def normal(self) -> float:
        return math.sqrt(-2 * math.log(1 - self._uniform())) * math.cos(2 * math.pi * self._uniform())


def expand(draw: Draw, grammar: Grammar, text: str) -> str:
    """`text` with every {slot} replaced by one of the slot's alternatives, which may hold slots again.

    Examples
    --------
    >>> expand(Draw(1), {"who": ["a {animal}"], "animal": ["dog"]}, "{who} barks")
    'a dog barks'
    """
    while (found := re.search(r"\{(\w+)\}", text)) is not None:
        text = text[: found.start()] + draw.pick(grammar[found.group(1)]) + text[found.end() :]
    return text


def polish(text: str) -> str:
    """Capitals at the start of sentences, `an` before a vowel, no doubled spaces.

    Examples
    --------
    >>> polish("it was a  awful day. what a hotel! a useful one")
    'It was an awful day. What a hotel! A useful one'
    """
    text = re.sub(r" +", " ", text).strip()
    text = re.sub(r"\b([Aa]) (?=[aeio]|u(?!se|ni))(?!one\b|once\b)", r"\1n ", text)
    return re.sub(r"(^|[.!?] )([a-z])", lambda found: found.group(1) + found.group(2).upper(), text)


def words(text: str) -> list[str]:
    """Lower-case words and single signs: what near-duplicates are measured on.

    Examples
    --------
    >>> words("Don't stop, Anna!")
    ["don't", 'stop', ',', 'anna', '!']
    """
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*|[^\w\s]", text.lower())


def groups(texts: Sequence[str]) -> list[int]:
    """For each text the number of its group: texts that are near-duplicates share one, directly or through others.

    Two texts are near-duplicates if they have the same words, in any order and counted, or if the Jaccard index of
    their sets of word bigrams is at least `ALIKE`.

    Examples
    --------
    >>> groups(["good at first, bad later", "bad at first, good later", "nothing of the kind"])
    [0, 0, 2]
    """
    parent = list(range(len(texts)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    bags: dict[tuple[str, ...], int] = {}
    having: dict[tuple[str, str], list[int]] = defaultdict(list)
    sizes: list[int] = []
    for number, text in enumerate(texts):
        tokens = words(text)
        parent[number] = root(bags.setdefault(tuple(sorted(tokens)), number))
        pairs = set(itertools.pairwise(tokens))
        shared = Counter(other for pair in pairs for other in having[pair])
        for other, common in shared.items():
            if common >= ALIKE * (len(pairs) + sizes[other] - common):
                parent[root(number)] = root(other)
        for pair in pairs:
            having[pair].append(number)
        sizes.append(len(pairs))
    return [root(number) for number in range(len(texts))]


def split(draw: Draw, texts: Sequence[str], validation: float = 0.1, test: float = 0.1) -> list[str]:
    """The part each text belongs to; near-duplicates are never in two parts.

    Examples
    --------
    >>> parts = split(Draw(0), [f"text number {n} about {n} things" for n in range(20)])
    >>> parts.count("train"), parts.count("validation"), parts.count("test")
    (16, 2, 2)
    """
    group = groups(texts)
    members: dict[int, list[int]] = defaultdict(list)
    for number, name in enumerate(group):
        members[name].append(number)
    wanted = {"test": round(test * len(texts)), "validation": round(validation * len(texts))}
    parts = ["train"] * len(texts)
    for name in draw.shuffled(list(members)):
        for part, room in wanted.items():
            if len(members[name]) <= room:
                wanted[part] -= len(members[name])
                for number in members[name]:
                    parts[number] = part
                break
    return parts


def gather(draw: Draw, count: int, make: Callable[[], Sequence[tuple[str, str]]]) -> list[tuple[str, str]]:
    """`count` or a little more pairs (text, label) from `make`, no text twice, in random order."""
    found: dict[str, str] = {}
    while len(found) < count:
        for text, label in make():
            found.setdefault(text, label)
    return draw.shuffled(list(found.items()))


def table(draw: Draw, rows: Sequence[tuple[str, str]], validation: float = 0.1, test: float = 0.1) -> str:
    """CSV with the columns text, label, split."""
    parts = split(draw, [text for text, _ in rows], validation, test)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["text", "label", "split"])
    writer.writerows((text, label, part) for (text, label), part in zip(rows, parts, strict=True))
    return out.getvalue()
