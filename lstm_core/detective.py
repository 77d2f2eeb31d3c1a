"""Which units follow something that can be named, and which only seem to.

A unit that changes slowly correlates with anything else that changes slowly, so a large correlation proves nothing. The
baseline is what the same units reach with the same features, moved along the text in a circle: speed and shape stay,
the relation is gone. What counts is the largest value over all units and all features at once, as that is what one
looks for; its 95 % quantile over many shifts is the line that has to be passed.

The test by circular shifts is that of Harris (2020), "Nonsense correlations in neuroscience", with the maximum over all
pairs as in Nichols and Holmes (2002), "Nonparametric permutation tests for functional neuroimaging".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lstm_core.arrays import Array, Ints

SHIFTS = 1_000
FEWEST = 200


class Match(NamedTuple):
    """A unit and the feature that it follows, with their correlation."""

    unit: int
    feature: str
    r: float


class Findings(NamedTuple):
    """What the detective says.

    `r` (units, features): correlations, 0 where one of the two never changes. `features`: their names. `baseline`: the
    |r| that luck reaches once in twenty texts. `matches`: for each unit that passes it, its best feature, strongest
    first. `nameless`: how many units passed it with none.
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
        At least 200; all that there are where the text has fewer than this.
    quantile : float
        Of the largest |r| of each shift.

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
    chosen = _shifts(steps, shifts, rng)
    baseline = float(np.quantile(_largest(of_units, of_features, chosen), quantile))
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
