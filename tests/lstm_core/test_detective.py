"""Units that follow a feature are found; units that only drift are not."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_core.detective import FEWEST, investigate
from lstm_core.features import features
from tests.checks import check_refused

T, U = 400, 6


def drifting(rng, steps=T, units=U, keep=0.97):
    """Slow units that know of nothing."""
    found = np.zeros((steps, units))
    for t in range(1, steps):
        found[t] = keep * found[t - 1] + rng.normal(size=units)
    return found


def bracketed(rng, steps=T):
    """A text in which brackets open at random and close sooner or later."""
    signs, depth = [], 0
    for _ in range(steps):
        sign = rng.choice(["a", "e", "k", " ", "(", ")" if depth else "t"], p=[0.18, 0.18, 0.17, 0.17, 0.1, 0.2])
        depth += (sign == "(") - (sign == ")")
        signs.append(str(sign))
    return signs


def test_correlations_are_those_of_the_textbook():
    rng = np.random.default_rng(0)
    units, named = rng.normal(size=(T, 3)) + 5, {"a": rng.normal(size=T), "b": rng.integers(0, 2, T)}
    found = investigate(units, named, rng)
    for k in range(3):
        for j, name in enumerate(found.features):
            assert found.r[k, j] == pytest.approx(np.corrcoef(units[:, k], named[name])[0, 1], abs=1e-12)


def largest(units, named):
    """The largest |r| of any unit with any feature."""
    return max(abs(np.corrcoef(unit, values)[0, 1]) for unit in units.T for values in named)


@pytest.mark.parametrize("steps", [FEWEST + 40, FEWEST + 41])
@pytest.mark.parametrize("keep", [0.9, 0.999])  # luck is larger in a circle with the one, straight on with the other
def test_the_baseline_is_the_higher_quantile_of_the_largest_value_over_shifts_of_two_kinds(steps, keep):
    rng = np.random.default_rng(0)
    units = drifting(rng, steps, 3, keep)
    named = {"a": rng.normal(size=steps), "b": np.linspace(0, 1, steps) + 0.2 * rng.normal(size=steps)}
    columns, part = np.stack(list(named.values())), steps * 3 // 4
    circle = [largest(units, np.roll(columns, shift, axis=1)) for shift in range(1, steps)]
    windows = [slice(first, first + part) for first in range(steps - part + 1)]
    first, last = windows[0], windows[-1]
    pairs = [pair for one in windows[1:] for pair in ((first, one), (one, first))]
    pairs += [pair for one in windows[:-1] for pair in ((last, one), (one, last))]
    straight = [largest(units[one], columns[:, other]) for one, other in pairs]
    for quantile in (0.95, 0.5):
        lines = [np.quantile(found, quantile) for found in (circle, straight)]
        found = investigate(units, named, rng, quantile=quantile)
        assert found.baseline == pytest.approx(max(lines), abs=1e-9)
    assert (np.quantile(circle, 0.95) > np.quantile(straight, 0.95)) == (keep == 0.9)


def test_a_unit_that_counts_brackets_is_found_among_slow_ones():
    rng = np.random.default_rng(2)
    text = bracketed(rng)
    units, depth = drifting(rng), np.zeros(T)
    for t, sign in enumerate(text):
        depth[t] = depth[t - 1] + (sign == "(") - (sign == ")")
    units[:, 4] = 0.3 - 2 * depth  # a unit may count downwards
    found = investigate(units, features(text), rng)
    assert found.matches[0][:2] == (4, "bracket depth")
    assert found.matches[0].r < -0.99
    assert found.nameless == U - len(found.matches)


@pytest.mark.parametrize(("units", "keep"), [(6, 0.97), (6, 0.995), (64, 0.99)])
def test_labels_of_another_text_name_no_unit_in_nine_of_ten_texts(units, keep):
    silent = found = 0
    for seed in range(50):
        rng = np.random.default_rng([3, seed])
        own, other = features(bracketed(rng)), features(bracketed(rng))
        values = drifting(rng, units=units, keep=keep)
        values[:, 0] = own["bracket depth"]
        silent += not investigate(values, other, rng).matches
        found += investigate(values, own, rng).matches[0][:2] == (0, "bracket depth")
    assert silent >= 45
    assert found == 50


def test_what_drifts_through_the_whole_text_does_not_follow_the_position():
    rng = np.random.default_rng(9)
    found = investigate(drifting(rng, units=20, keep=1.0), {"position": np.arange(T)}, rng)
    assert np.abs(found.r).max() > 0.9
    assert not found.matches


def test_each_unit_is_named_once_and_the_strongest_comes_first():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 2, T), rng.integers(0, 2, T)
    units = np.stack((a + rng.normal(size=T) * 0.1, rng.normal(size=T), 1.0 - b, 0.8 * a + 0.2 * b), axis=1)
    found = investigate(units, {"a": a, "b": b}, rng)
    assert [(match.unit, match.feature) for match in found.matches] == [(2, "b"), (0, "a"), (3, "a")]
    assert found.nameless == 1


def test_what_never_changes_follows_nothing():
    rng = np.random.default_rng(5)
    units = np.stack((np.full(T, 0.1), rng.normal(size=T)), axis=1)
    found = investigate(units, {"never": np.zeros(T), "some": rng.normal(size=T)}, rng)
    assert not found.r[0].any()
    assert not found.r[:, 0].any()
    assert found.r[1, 1]


def test_a_long_text_is_shifted_as_often_as_one_likes_and_the_seed_decides_where():
    rng = np.random.default_rng(0)
    units, named = drifting(rng, 900, 2, 0.9), {"a": np.linspace(0, 1, 900) + 0.2 * rng.normal(size=900)}
    lines = [investigate(units, named, np.random.default_rng(seed), shifts=200).baseline for seed in (0, 0, 1)]
    assert lines[0] == lines[1] != lines[2]


GOOD = np.random.default_rng(7).normal(size=(T, 2))
ONE = {"a": GOOD[:, 0]}


@pytest.mark.parametrize(
    ("values", "named", "options", "parts"),
    [
        (GOOD[:, 0], ONE, {}, ("values", "(time, units)", "(400,)")),
        (GOOD[:, :0], ONE, {}, ("values", "(400, 0)")),
        (GOOD[:FEWEST], ONE, {}, ("values", "200", "longer")),
        (GOOD, {}, {}, ("features", "none")),
        (GOOD, {"vowel": np.zeros(3)}, {}, ("vowel", "400", "(3,)")),
        (GOOD, {"vowel": np.full(T, np.nan)}, {}, ("vowel", "finite")),
        (np.full((T, 2), np.inf), ONE, {}, ("values", "infinity")),
        (GOOD, ONE, {"shifts": 199}, ("shifts", "200", "199")),
    ],
)
def test_what_cannot_be_investigated_is_refused(values, named, options, parts):
    check_refused(lambda: investigate(values, named, np.random.default_rng(0), **options), *parts)
