"""Whose turn it is, for how long, and which checkpoints are kept. Plain functions; nobody waits here.

First in, first out with one slice in flight a run is fair between runs. Owners are told apart besides, so that a sweep
of fifty runs gets one share, as a single run does; and a run that somebody is watching comes before all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SHORTEST, LONGEST = 0.05, 0.2  # seconds of a slice
TARGET = 1.0  # seconds until every active run has had a slice


class Claim(NamedTuple):
    """A run that could be given a slice now."""

    run: str
    owner: str
    live: bool  # somebody watches it


@dataclass(slots=True)
class Rota:
    """Remembers who had a turn when.

    Examples
    --------
    >>> rota, claims = Rota(), [Claim("a1", "a", True), Claim("a2", "a", True), Claim("b1", "b", True)]
    >>> [rota.choose(claims).run for _ in range(4)]
    ['a1', 'b1', 'a2', 'b1']
    """

    _turn: int = 0
    _owners: dict[str, int] = field(default_factory=dict)
    _runs: dict[str, int] = field(default_factory=dict)

    def choose(self, claims: Iterable[Claim]) -> Claim | None:
        """The claim that is served now: live ones first, then whose owner, then which run waited longest."""
        found = min(claims, key=self._rank, default=None)
        if found is not None:
            self._turn += 1
            self._owners[found.owner] = self._runs[found.run] = self._turn
        return found

    def forget(self, runs: set[str], owners: set[str]) -> None:
        """Keep only what is said of these runs and owners; the others are gone."""
        self._runs = {run: turn for run, turn in self._runs.items() if run in runs}
        self._owners = {owner: turn for owner, turn in self._owners.items() if owner in owners}

    def _rank(self, claim: Claim) -> tuple[bool, int, int]:
        # Turns start at 1: who never had one comes first, in the order of the claims.
        return not claim.live, self._owners.get(claim.owner, 0), self._runs.get(claim.run, 0)


def slice_seconds(workers: int, active: int) -> float:
    """How long a slice may be, so that each of many runs still moves about once a second.

    Examples
    --------
    >>> slice_seconds(1, 1), slice_seconds(2, 25), slice_seconds(1, 100)
    (0.2, 0.08, 0.05)
    """
    return min(LONGEST, max(SHORTEST, TARGET * workers / max(1, active)))


def next_mark(step: int, base: int, most: int) -> int:
    """The step at which the next checkpoint is due: a multiple of `base`, of twice, of four times it as training grows.

    A function of the step alone, so it does not matter how training is cut into slices.

    Parameters
    ----------
    step : int
        Updates done so far.
    base : int
        Updates between checkpoints in the beginning.
    most : int
        Checkpoints that are kept.

    Returns
    -------
    int
        Above `step`.

    Examples
    --------
    >>> next_mark(0, base=2, most=4), next_mark(7, base=2, most=4), next_mark(8, base=2, most=4)
    (2, 8, 12)
    """
    stride = base
    while step >= stride * most:
        stride *= 2
    return (step // stride + 1) * stride


def first_stride(steps: int, most: int) -> int:
    """Updates between the first checkpoints of a training of so many; short enough that a long one shows its start.

    Examples
    --------
    >>> first_stride(1_000, 60), first_stride(1_000_000, 60)
    (17, 64)
    """
    return max(1, min(64, -(-steps // most)))


def thin(steps: Sequence[int], most: int) -> list[int]:
    """At most so many of these steps, as evenly spread as they were: the first and the last always stay.

    Whenever there is one too many, the one goes whose neighbours are closest to each other.

    Parameters
    ----------
    steps : sequence of int
        Ascending.
    most : int
        At least 2.

    Returns
    -------
    list of int

    Examples
    --------
    >>> thin([0, 2, 4, 6, 8, 12], most=4)
    [0, 4, 8, 12]
    """
    kept = list(steps)
    while len(kept) > most:
        gaps = [after - before for before, after in zip(kept, kept[2:], strict=False)]
        del kept[gaps.index(min(gaps)) + 1]
    return kept
