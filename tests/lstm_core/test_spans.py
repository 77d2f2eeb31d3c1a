"""Span search finds what was planted, wherever it was planted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lstm_core.spans import Pattern, elsewhere, pattern
from tests.checks import check_refused

T, U = 60, 9


def noise(seed, steps=T):
    return np.random.default_rng(seed).uniform(-0.25, 0.25, size=(steps, U))


def plant(values, start, length=4, on=(2, 5), off=(7,)):
    values[start : start + length, on] = 0.8
    values[start : start + length, off] = -0.6


def test_a_pattern_is_what_holds_at_every_step_of_the_span():
    h = noise(0)
    plant(h, 10)
    h[11, 3] = 0.9  # only once
    h[8:20, 4] = 0.5  # before and behind as well
    found = pattern(h, 10, 14)
    assert (found.on.tolist(), found.off.tolist(), found.length) == ([2, 4, 5], [7], 4)
    alone = pattern(h, 10, 14, only_there=True)
    assert (alone.on.tolist(), alone.off.tolist()) == ([2, 5], [7])
    assert pattern(h, 10, 15).on.tolist() == [4]
    assert pattern(h, 10, 14, threshold=0.7).off.tolist() == []


def test_a_span_at_an_end_of_the_text_has_one_neighbour_only():
    h = np.zeros((3, 2))
    h[0] = h[2] = 0.9
    h[1, 1] = 0.9
    assert pattern(h, 0, 1, only_there=True).on.tolist() == [0]
    assert pattern(h, 2, 3, only_there=True).on.tolist() == [0]
    assert pattern(h[::-1][1:], 1, 2, only_there=True).on.tolist() == [0]


def test_planted_repeats_are_found_best_first_and_the_span_itself_is_not():
    first, second = noise(1), noise(2, 30)
    for start in (10, 31, 50):
        plant(first, start)
    plant(second, 3)
    plant(second, 20, on=(2,))  # two of three units
    found = elsewhere([first, second], pattern(first, 31, 35), but=(0, 31, 35))
    assert [place[:3] for place in found[:3]] == [(0, 10, 14), (0, 50, 54), (1, 3, 7)]
    assert [place.share for place in found[:3]] == [1, 1, 1]
    assert found[3][:3] == (1, 20, 24)
    assert found[3].share == pytest.approx(2 / 3)
    assert len(found) == 4


def test_places_do_not_overlap_and_are_no_more_than_wanted():
    h = np.zeros((20, 2))
    h[5:13, 1] = 1
    found = elsewhere([h], Pattern(np.array([1]), np.array([], int), 3))
    spans = sorted((place.start, place.stop) for place in found)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert elsewhere([h], Pattern(np.array([1]), np.array([], int), 3), most=1) == found[:1]
    assert found[0][1:] == (5, 8, 1.0)


def test_a_sequence_shorter_than_the_span_has_no_place():
    assert elsewhere([np.ones((2, U))], Pattern(np.array([0]), np.array([], int), 3)) == ()


@pytest.mark.parametrize(
    ("act", "parts"),
    [
        (lambda: pattern(noise(0), 4, 4), ("span", "[0, 60)", "[4, 4)")),
        (lambda: pattern(noise(0), 4, 61), ("span", "[4, 61)")),
        (lambda: pattern(noise(0), -1, 3), ("span", "[-1, 3)")),
        (lambda: pattern(noise(0), 1, 3, threshold=-0.1), ("threshold", "-0.1")),
        (lambda: pattern(noise(0)[0], 1, 3), ("values", "time")),
        (lambda: elsewhere([noise(0)], pattern(noise(0), 1, 9)), ("pattern", "none")),
        (lambda: elsewhere([noise(0)[:, :2]], Pattern(np.array([4]), np.array([], int), 2)), ("values", "5", "2")),
    ],
)
def test_what_cannot_be_searched_is_refused(act, parts):
    check_refused(act, *parts)
