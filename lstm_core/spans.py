"""Choose a span of a text: which units are on in it, and where else are the same units on?

The question of LSTMVis: Strobelt et al. (2018), "LSTMVis: a tool for visual analysis of hidden state dynamics in
recurrent neural networks". A unit is on at a step where its value is above a threshold, off where it is below minus
the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lstm_core.arrays import Array, Bools, Ints, check_array


class Pattern(NamedTuple):
    """Units that are on and off throughout a span, each an array of indices, and the span's length in steps."""

    on: Ints
    off: Ints
    length: int


class Place(NamedTuple):
    """Steps [start, stop) of a sequence, and the share of the pattern that is found there, averaged over the steps."""

    sequence: int
    start: int
    stop: int
    share: float


def pattern(values: ArrayLike, start: int, stop: int, threshold: float = 0.3, *, only_there: bool = False) -> Pattern:
    """The units that are on, and those that are off, at every step of a span.

    Parameters
    ----------
    values : array_like, shape (time, units)
        A signal of one sequence, usually h.
    start, stop : int
        The span [start, stop).
    threshold : float
        At least 0.
    only_there : bool
        Leave out units that are in the same state at the step before the span or behind it.

    Returns
    -------
    Pattern

    Raises
    ------
    ValueError
        A span that is empty or not within the sequence, a threshold below 0.

    Examples
    --------
    >>> found = pattern([[0.9, -0.9], [0.9, -0.1], [0.0, -0.9]], 0, 2)
    >>> found.on.tolist(), found.off.tolist(), found.length
    ([0], [], 2)
    """
    signal = _signal(values)
    if not 0 <= start < stop <= len(signal):
        raise ValueError(f"span: expected steps within [0, {len(signal)}), got [{start}, {stop}); choose others")
    is_on, is_off = _states(signal, threshold)
    around = [t for t in (start - 1, stop) if only_there and 0 <= t < len(signal)]
    units = [np.flatnonzero(each[start:stop].all(axis=0) & ~each[around].any(axis=0)) for each in (is_on, is_off)]
    return Pattern(units[0], units[1], stop - start)


def elsewhere(
    sequences: Sequence[ArrayLike],
    wanted: Pattern,
    threshold: float = 0.3,
    *,
    but: tuple[int, int, int] | None = None,
    most: int = 20,
) -> tuple[Place, ...]:
    """Where else the units of a pattern are in the same state, best first.

    Parameters
    ----------
    sequences : sequence of array_like, each (time, units)
        The signal that the pattern was taken from, of one text or many.
    wanted : Pattern
    threshold : float
        As for `pattern`.
    but : tuple of int, optional
        (sequence, start, stop): what may not be found again, the span itself.
    most : int
        Places at most. They do not overlap; where shares are equal, the earlier comes first.

    Returns
    -------
    tuple of Place
        Each as long as the span. Places with nothing of the pattern are left out.

    Raises
    ------
    ValueError
        A pattern without units, fewer units than it names.

    Examples
    --------
    >>> h = [[0.9], [0.0], [0.9], [0.9], [0.0]]
    >>> elsewhere([h], pattern(h, 0, 1), but=(0, 0, 1))
    (Place(sequence=0, start=2, stop=3, share=1.0), Place(sequence=0, start=3, stop=4, share=1.0))
    """
    if not len(wanted.on) + len(wanted.off):
        raise ValueError("pattern: expected at least one unit, got none; lower the threshold or choose a shorter span")
    found = [
        place
        for k, values in enumerate(sequences)
        for place in _places(k, _signal(values), wanted, threshold, but, most)
    ]
    return tuple(sorted(found, key=lambda place: (-place.share, place.sequence, place.start))[:most])


def _places(
    sequence: int, values: Array, wanted: Pattern, threshold: float, but: tuple[int, int, int] | None, most: int
) -> list[Place]:
    units = np.concatenate((wanted.on, wanted.off))
    if units.max() >= values.shape[1]:
        raise ValueError(
            f"values: expected at least {units.max() + 1} units, got {values.shape[1]}; take them from the same net"
        )
    is_on, is_off = _states(values, threshold)
    fits = np.concatenate((is_on[:, wanted.on], is_off[:, wanted.off]), axis=1).sum(axis=1)  # units, by step
    sums = np.concatenate(([0], fits.cumsum()))
    score = sums[wanted.length :] - sums[: -wanted.length]  # whole numbers, so equal ones are equal; (starts,)
    if but is not None and but[0] == sequence:
        score[max(0, but[1] - wanted.length + 1) : but[2]] = 0
    found: list[Place] = []
    while len(found) < most and score.max(initial=0) > 0:
        start = int(score.argmax())
        found.append(Place(sequence, start, start + wanted.length, float(score[start] / (wanted.length * len(units)))))
        score[max(0, start - wanted.length + 1) : start + wanted.length] = 0
    return found


def _signal(values: ArrayLike) -> Array:
    return check_array("values", values, ("time", "units"), np.dtype(np.float64))


def _states(values: Array, threshold: float) -> tuple[Bools, Bools]:
    if not threshold >= 0:
        raise ValueError(f"threshold: expected a number of at least 0, got {threshold!r}; choose 0.3")
    return values > threshold, values < -threshold
