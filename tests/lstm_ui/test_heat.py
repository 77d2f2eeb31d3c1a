"""What the heatmaps look at: signals of two runs beside each other, orders of units, what is taken along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import memory, stack, units
from lstm_ui import heat, nets
from lstm_ui.gates import take
from lstm_ui.given import Given
from lstm_ui.heat import Look, Other, Seen

LAYERS = stack.init(np.random.default_rng(2), nets.FEATURES, [7])
SHOWN = np.array([5, 0, 3])


def trace_of(text: str) -> Any:
    return stack.forward(LAYERS, nets.vectors(list(text), 4)[:, None]).traces[0].forward


@pytest.fixture
def seen() -> Seen:
    """Three of seven units over four steps, beside a run in which the second token is missing."""
    given = Given(nets.read_text("acd", "characters", 4), unit="characters")
    other = Other(trace_of("acd"), np.array([0, -1, 1, 2]), "without b", given, LAYERS)
    tokens = tuple((sign, sign) for sign in "abcd")
    return Seen(trace_of("abcd"), "lstm", 0, "forward", tokens, tuple("abcd"), SHOWN, "x", other)


def test_a_second_run_stands_step_by_step_beside_the_first(seen: Seen) -> None:
    others = seen.others()
    assert others is not None
    assert list(others) == list("ifogch")
    assert_array_equal(others["c"][[0, 2, 3]], seen.other.trace.c[:, 0][:, SHOWN])  # type: ignore[union-attr]
    assert np.isnan(others["c"][1]).all()
    assert_array_equal(seen.signals()["o"], seen.trace.o[:, 0][:, SHOWN])
    assert seen.signals(all_units=True)["h"].shape == (4, 7)


def test_orders_are_of_the_columns_and_not_of_the_layer(seen: Seen) -> None:
    orders = heat.orders(seen)
    assert SHOWN[orders["stored"]].tolist() == [0, 3, 5]
    lives = memory.half_lives(seen.trace)
    assert (np.diff(lives[SHOWN[orders["half-life"]]]) <= 0).all()
    h = seen.trace.h[:, 0]
    assert (np.diff(h.std(axis=0)[SHOWN[orders["active"]]]) <= 0).all()
    stuck = sum(part for each in units.saturation(seen.trace).values() for part in each)
    assert (np.diff(stuck[SHOWN[orders["saturation"]]]) <= 0).all()
    assert all(sorted(order.tolist()) == [0, 1, 2] for order in orders.values())


def test_what_is_said_of_a_unit_is_in_the_order_of_the_columns(seen: Seen) -> None:
    lives = memory.half_lives(seen.trace)
    assert heat.facts(seen)["half-life"] == [heat.steps(lives[unit]) for unit in SHOWN]


def test_what_is_taken_along_is_what_is_seen(seen: Seen) -> None:
    this, other = seen.signals(), seen.others()
    assert other is not None
    for which, wanted in (("this", this["c"]), ("other", other["c"]), ("difference", other["c"] - this["c"])):
        drawn, limit, is_difference = take.drawn(seen, which)
        assert_allclose(drawn["c"], wanted)
        assert limit == seen.limit()
        assert is_difference == (which == "difference")


def test_the_scale_holds_the_states_of_both_runs(seen: Seen) -> None:
    large = replace(seen.other.trace, c=3 * np.ones_like(seen.other.trace.c))  # type: ignore[union-attr]
    assert replace(seen, other=replace(seen.other, trace=large)).limit() == 5.0  # type: ignore[type-var]


def test_the_sections_speak_of_the_run_that_is_shown(seen: Seen) -> None:
    given = Given(nets.read_text("abcd", "characters", 4), unit="characters")
    look = Look(seen, given, LAYERS, 2, 5, (1, 3))
    for show in ("this", "difference"):
        first = heat.looked_at(look._replace(show=show))
        assert (first.seen.trace, first.step, first.span, first.given) == (seen.trace, 2, (1, 3), given)
        assert first.is_here
    second = heat.looked_at(look._replace(show="other"))
    assert second.seen.trace is seen.other.trace  # type: ignore[union-attr]
    assert second.seen.raw == tuple("acd")
    assert (second.step, second.span, second.unit) == (1, (1, 2), 5)  # its own steps: what stands beside
    assert not second.is_here
    assert heat.looked_at(look._replace(show="other", span=(1, 2))).span is None
    assert heat.looked_at(look._replace(show="other", step=1)).step == 0
    assert heat.said_of(look._replace(show="other")).startswith("Of the other run (without b); ")
    assert heat.said_of(look).startswith("Of this run; ")


def test_the_part_of_a_unit_is_the_one_on_which_it_is_drawn(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heat, "MOST_COLUMNS", 3)
    for unit in range(7):
        assert unit in heat.columns(seen.trace, 6, heat.part_of(seen.trace, 6, unit))
