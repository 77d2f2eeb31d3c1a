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


def test_the_baseline_is_the_quantile_of_the_largest_value_over_shifts():
    rng = np.random.default_rng(1)
    steps = FEWEST + 40
    units, named = drifting(rng, steps, 3), {"a": rng.normal(size=steps), "b": drifting(rng, steps, 1)[:, 0]}
    largest = [
        max(
            abs(np.corrcoef(units[:, k], np.roll(values, shift))[0, 1])
            for values in named.values()
            for k in range(units.shape[1])
        )
        for shift in range(1, steps)
    ]
    for quantile in (0.95, 0.5):
        found = investigate(units, named, rng, quantile=quantile)
        assert found.baseline == pytest.approx(np.quantile(largest, quantile), abs=1e-12)


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


def test_labels_of_another_text_name_no_unit_in_nine_of_ten_texts():
    silent = 0
    for seed in range(50):
        rng = np.random.default_rng([3, seed])
        own, other = bracketed(rng), features(bracketed(rng))
        units = drifting(rng)
        units[:, 0] = features(own)["bracket depth"]
        named = {name: values for name, values in other.items() if name != "position"}
        silent += not investigate(units, named, rng).matches
    assert silent >= 45


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
    rng = np.random.default_rng(6)
    units, named = drifting(rng, 900, 2), {"a": drifting(rng, 900, 1)[:, 0]}
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
