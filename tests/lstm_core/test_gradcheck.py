"""The check that a lesson shows: right nets pass, planted faults are found, vanished gradients are not called wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstm_core import gru, lstm, rnn, stack
from lstm_core.clamps import Clamp
from lstm_core.gradcheck import compare, gradcheck
from lstm_core.stack import Layer
from tests.cases import MODULES, NETS, Case, make
from tests.checks import arrays_of

LSTM = Case("lstm")
RIGHT, WRONG = (
    1e-4,
    1e-2,
)  # as the relative error is defined, rounding stays far below the one and a fault far above the other


def check(case: Case, **options: Any) -> Any:
    given = make(case)
    return gradcheck(given.params, given.x, given.initial, lengths=given.lengths, clamps=given.clamps, **options)


@pytest.mark.parametrize("case", [replace(net, ragged=r, clamped=r) for net in NETS for r in (False, True)], ids=str)
def test_a_right_net_passes_in_full(case: Case) -> None:
    report = check(case)
    assert report.error < RIGHT
    assert report.checked == report.total == sum(block.size for block in report.blocks)
    assert all(block.checked == block.size and 0 <= block.error <= report.error for block in report.blocks)
    assert len(report.directions) == 3
    assert max(report.directions) <= report.error
    for name, array in arrays_of(make(case).params).items():
        assert [block.size for block in report.blocks if block.name.endswith(name)] == [array.size], name


@pytest.mark.parametrize("cell", [lstm, gru, rnn])
def test_a_float32_net_is_checked_on_a_float64_copy(cell: Any) -> None:
    params = cell.init(np.random.default_rng(0), 2, 4)
    assert params.W_x.dtype == np.float32
    assert gradcheck(params, np.random.default_rng(1).normal(size=(5, 3, 2))).error < RIGHT
    assert params.W_x.dtype == np.float32


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_stacks_of_both_directions_pass(cell: str) -> None:
    layers = stack.init(np.random.default_rng(0), 2, [3, 4], cell, bidirectional=True)
    x = np.random.default_rng(1).normal(size=(5, 3, 2))
    clamps = (Clamp("h", 0.3, 1, 3, (1,), layer=1, direction="backward"),)
    report = gradcheck(layers, x, lengths=[5, 2, 3], clamps=clamps)
    assert report.error < RIGHT
    assert report.checked == report.total
    numbers = sum(array.size for array in arrays_of(layers).values())
    assert report.total >= numbers


def spoil(monkeypatch: pytest.MonkeyPatch, module: Any, how: Callable[[Any], Any]) -> None:
    """Plants a fault: `how` turns the right gradients of every backward pass of the module into wrong ones."""
    right = module.backward

    def wrong(*args: Any, **options: Any) -> Any:
        return how(right(*args, **options))

    monkeypatch.setattr(module, "backward", wrong)


def changed(field: str, act: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any], Any]:
    return lambda result: result._replace(
        params=replace(result.params, **{field: act(np.array(getattr(result.params, field)))})
    )


def one_entry(array: np.ndarray) -> np.ndarray:
    array.flat[array.size // 2] *= 1.05
    return array


def swapped(array: np.ndarray) -> np.ndarray:
    half = array.shape[-1] // 2
    return np.concatenate([array[..., half:], array[..., :half]], axis=-1)


@pytest.mark.parametrize("act", [one_entry, swapped, np.negative, np.zeros_like], ids=lambda act: act.__name__)
@pytest.mark.parametrize("field", ["W_x", "W_h", "b"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_a_planted_wrong_gradient_is_found_and_named(
    monkeypatch: pytest.MonkeyPatch, cell: str, field: str, act: Callable[[np.ndarray], np.ndarray]
) -> None:
    spoil(monkeypatch, MODULES[cell], changed(field, act))
    report = check(Case(cell))
    assert report.error > WRONG
    wrong = [block.name for block in report.blocks if block.error > WRONG]
    assert len(wrong) == 1
    assert wrong[0].endswith(field)


def test_a_fault_in_the_gradient_of_the_inputs_of_an_upper_layer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = stack.init(np.random.default_rng(0), 2, [3, 4], "gru")
    x = np.random.default_rng(1).normal(size=(5, 3, 2))
    assert gradcheck(layers, x).error < RIGHT
    spoil(monkeypatch, gru, lambda result: result._replace(x=1.1 * result.x))
    assert gradcheck(layers, x).error > WRONG


def test_the_three_directions_find_what_the_sample_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    given = make(LSTM, hidden=16)

    def wrong_half(array: np.ndarray) -> np.ndarray:
        array[::2] *= 1.5
        return array

    spoil(monkeypatch, lstm, changed("W_h", wrong_half))
    report = gradcheck(given.params, given.x, given.initial, sample=1)
    assert report.checked < report.total
    assert max(report.directions) > WRONG
    assert report.error >= max(report.directions)


def test_vanished_gradients_are_not_called_wrong() -> None:
    """A shut forget gate and 60 steps: most gradients are lost in rounding, and a quotient of them means nothing."""
    given = make(LSTM, steps=60, batch=1)
    b = given.params.b.copy()
    b[4:8], b[:4] = -15, -8
    params = replace(given.params, b=b, W_h=0.01 * given.params.W_h)
    report = gradcheck(params, given.x, given.initial, sample=40)
    assert report.error < RIGHT


def test_a_net_whose_gradients_are_all_zero_is_not_called_wrong() -> None:
    given = make(LSTM)
    report = gradcheck(given.params, given.x, given.initial, clamps=[Clamp("h", 0.0), Clamp("c", 0.0)])
    assert report.error == 0


def test_the_same_seed_gives_the_same_report() -> None:
    def facts(seed: int) -> Any:
        report = check(LSTM, sample=3, seed=seed)
        return [(b.name, b.size, b.checked, b.error) for b in report.blocks], tuple(report.directions)

    assert facts(1) == facts(1)
    assert facts(1) != facts(2)


def test_a_sample_checks_so_many_numbers_of_every_block() -> None:
    report = check(LSTM, sample=5)
    assert [block.checked for block in report.blocks] == [min(5, block.size) for block in report.blocks]
    assert report.checked == sum(block.checked for block in report.blocks) < report.total


def test_a_large_net_is_checked_in_part_within_the_time_given() -> None:
    layers = stack.init(np.random.default_rng(0), 32, [32] * 4, "lstm")
    x = np.random.default_rng(1).normal(size=(128, 1, 32))
    report = gradcheck(layers, x, sample=200, seconds=0.5)
    assert 0 < report.checked < report.total
    assert all(block.checked > 0 for block in report.blocks)
    assert report.error < RIGHT


def test_every_block_has_an_entry_checked_however_short_the_time() -> None:
    report = gradcheck(stack.init(np.random.default_rng(0), 2, [3, 3]), np.ones((4, 1, 2)), sample=5, seconds=0.0)
    assert [block.checked for block in report.blocks] == [1] * len(report.blocks)


@pytest.mark.parametrize(("wrong", "expected"), [(2e-7, 1e-7 / 1e-6), (3e-5, 2e-5 / 4e-5)])
def test_the_error_is_relative_down_to_a_millionth_of_the_largest_gradient(wrong: float, expected: float) -> None:
    right = wrong / 2 if wrong < 1e-6 else wrong / 3
    block = np.array([1.0, 1.0])
    report = compare(
        {"a": [block]}, {"a": [np.array([1.0, wrong])]}, lambda _: float(block @ [1.0, right]), np.random.default_rng(0)
    )
    assert report.blocks[0].error == pytest.approx(expected, rel=1e-3)


def test_arguments_stay_as_they_are() -> None:
    given = make(Case("lstm", ragged=True))
    net = (Layer("lstm", given.params),)
    kept = [a.copy() for a in (*arrays_of(net).values(), given.x, given.lengths)]
    gradcheck(net, given.x, lengths=given.lengths, sample=2)
    for array, before in zip([*arrays_of(net).values(), given.x, given.lengths], kept, strict=True):
        assert_array_equal(array, before)


def test_bad_input_is_refused_as_everywhere() -> None:
    given = make(LSTM)
    with pytest.raises(ValueError, match="x: expected"):
        gradcheck(given.params, np.full_like(given.x, np.nan))
    with pytest.raises(ValueError, match="lengths: expected"):
        gradcheck(given.params, given.x, lengths=[9, 9, 9])
