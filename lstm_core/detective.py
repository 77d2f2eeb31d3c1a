"""Which units follow something that can be named, and which only seem to.

A unit that changes slowly correlates with anything else that changes slowly, so a large correlation proves nothing. The
baseline is what the same units reach with the same features, moved along the text: speed and shape stay, the relation
is gone. What counts is the largest value over all units and all features at once, as that is what one looks for; its
95 % quantile over many shifts is the line that has to be passed.

The features are moved in two ways, and the higher line counts. In a circle, what leaves at the end comes back at the
beginning: all of the text is used, but whatever drifts from one end to the other (the position does) breaks at the
seam, and luck looks smaller than it is. Straight on, three quarters of the text in the units are held against another
three quarters in the features: nothing breaks, but on a shorter text luck has more room.

Harris (2020), "Nonsense correlations in neuroscience", shows that circular shifts fail where signals drift, and has
linear ones; the maximum over all pairs is that of Nichols and Holmes (2002), "Nonparametric permutation tests for
functional neuroimaging".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lstm_core.arrays import Array, Ints

SHIFTS = 1_000
FEWEST = 200
PART = 0.75  # of the text, where it is not moved in a circle


class Match(NamedTuple):
    """A unit and the feature that it follows, with their correlation."""

    unit: int
    feature: str
    r: float


class Findings(NamedTuple):
    """What the detective says.

    `r` (units, features): correlations, 0 where one of the two never changes. `features`: their names. `baseline`: the
    |r| that luck reaches once in twenty texts, in the worse of two ways to move the features. `matches`: for each unit
    that passes it, its best feature, strongest first. `nameless`: how many units passed it with none.
    """

    r: Array
    features: tuple[str, ...]
    baseline: float
    matches: tuple[Match, ...]
    nameless: int


def investigate(
    values: ArrayLike,
    features: Mapping[str, ArrayLike],
    rng: np.random.Generator,
    *,
    shifts: int = SHIFTS,
    quantile: float = 0.95,
) -> Findings:
    """Correlate every unit with every feature, against a baseline of shifted features.

    Parameters
    ----------
    values : array_like, shape (time, units)
        A signal of one sequence.
    features : mapping of str to array_like, shape (time,)
        As `features.features` gives them.
    rng : numpy.random.Generator
        Chooses the shifts where the text has more of them than are wanted.
    shifts : int
        In a circle: at least 200; all that there are where the text has fewer than this.
    quantile : float
        Of the largest |r| of each shift; of both ways to shift the higher one is taken.

    Returns
    -------
    Findings

    Raises
    ------
    ValueError
        No units or features, different lengths, too short a text, numbers that are not finite.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> wanted = rng.integers(0, 2, 300)
    >>> units = np.stack((rng.normal(size=300), 3.0 * wanted), axis=1)
    >>> found = investigate(units, {"vowel": wanted}, rng)
    >>> found.matches, found.nameless
    ((Match(unit=1, feature='vowel', r=1.0),), 1)
    """
    units = np.asarray(values, np.float64)
    if units.ndim != 2 or not units.size:
        raise ValueError(f"values: expected (time, units), got shape {units.shape}; give one signal of one sequence")
    if not features:
        raise ValueError("features: expected at least one, got none; choose some")
    steps = len(units)
    if steps <= FEWEST:
        raise ValueError(
            f"values: expected more than {FEWEST} steps, got {steps}; on a shorter text luck cannot be told from "
            "knowledge: take a longer one"
        )
    if shifts < FEWEST:
        raise ValueError(f"shifts: expected at least {FEWEST}, got {shifts}; choose {SHIFTS}")
    named = np.stack([_column(name, column, steps) for name, column in features.items()], axis=1)
    if not np.isfinite(units).all():
        raise ValueError("values: expected finite numbers, got NaN or infinity; choose another net")
    of_units, of_features = _standard(units), _standard(named)
    circle = _largest(of_units, of_features, _shifts(steps, shifts, rng))
    straight = _largest_straight(of_units, of_features)
    baseline = float(max(np.quantile(circle, quantile), np.quantile(straight, quantile)))
    r = np.clip(of_units.T @ of_features, -1, 1)
    best = np.abs(r).argmax(axis=1)
    names = tuple(features)
    found = [
        Match(int(k), names[best[k]], float(r[k, best[k]])) for k in range(len(r)) if abs(r[k, best[k]]) > baseline
    ]
    found.sort(key=lambda match: -abs(match.r))
    return Findings(r, names, baseline, tuple(found), len(r) - len(found))


def _column(name: str, values: ArrayLike, steps: int) -> Array:
    column = np.asarray(values, np.float64)
    if column.shape != (steps,) or not np.isfinite(column).all():
        raise ValueError(
            f"{name}: expected {steps} finite numbers, one a step, got shape {column.shape}; take it from the same text"
        )
    return column


def _standard(columns: Array) -> Array:
    """Mean 0 and length 1, so that products are correlations; columns of one value become 0."""
    centred = columns - columns.mean(axis=0)
    # Rounding leaves a little where nothing changes, and dividing by it would make a signal of that.
    size = np.linalg.norm(centred, axis=0)
    is_still = size <= 1e-12 * np.maximum(1, np.abs(columns).max(axis=0)) * np.sqrt(len(columns))
    return np.asarray(np.where(is_still, 0.0, centred / np.where(is_still, 1.0, size)))


def _shifts(steps: int, count: int, rng: np.random.Generator) -> Ints:
    every = np.arange(1, steps)
    return every if len(every) <= count else np.sort(rng.choice(every, count, replace=False))


def _largest(units: Array, named: Array, shifts: Ints) -> Array:
    """The largest |r| over all units and features for each shift: (shifts,).

    All shifts of a pair at once are one product of Fourier transforms.
    """
    steps = len(units)
    of_units = np.fft.rfft(units, axis=0)
    found = np.zeros(len(shifts))
    for k in range(named.shape[1]):  # one feature at a time: memory stays at (time, units)
        of_feature = np.conj(np.fft.rfft(named[:, k]))
        r = np.fft.irfft(of_units * of_feature[:, None], n=steps, axis=0)
        found = np.maximum(found, np.abs(r[shifts]).max(axis=1))
    return found


def _largest_straight(units: Array, named: Array) -> Array:
    """The largest |r| over all units and features of one part of the text in the one with another part in the other.

    The first three quarters of each meet later ones, the last three quarters earlier ones, as many as there are.
    """
    ways = [(units, named), (named, units)]
    ways += [(one[::-1], other[::-1]) for one, other in ways]
    return np.concatenate([_largest_later(held, moved) for held, moved in ways])


def _largest_later(held: Array, moved: Array) -> Array:
    """The largest |r| of the first part of one with as many steps of the other, 1, 2, ... steps later."""
    steps, part = len(moved), int(PART * len(moved))
    n = 1 << (steps - 1).bit_length()  # transforms of such lengths are quick, and zeros at the end change nothing
    of_held = np.conj(np.fft.rfft(_standard(held[:part]), n=n, axis=0))
    of_moved, sizes = np.fft.rfft(moved, n=n, axis=0), _sizes(moved, part)
    found = np.zeros(steps - part)
    for k in range(of_held.shape[1]):  # one at a time, as above
        r = np.fft.irfft(of_held[:, k : k + 1] * of_moved, n=n, axis=0)[1 : len(found) + 1] / sizes
        found = np.maximum(found, np.abs(r).max(axis=1))
    return found


def _sizes(columns: Array, width: int) -> Array:
    """The length about its mean of every window of standardised columns but the first; infinite where nothing changes.

    Shape (steps - width, columns).
    """
    sums, squares = np.cumsum(columns, axis=0), np.cumsum(columns**2, axis=0)
    spread = squares[width:] - squares[:-width] - (sums[width:] - sums[:-width]) ** 2 / width
    # Below this, rounding would make a signal of what does not change.
    return np.where(spread > 1e-10, np.sqrt(np.maximum(spread, 0)), np.inf)
