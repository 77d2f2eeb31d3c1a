"""The history keeps its rows few, and is the same however it was filled."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core.history import COLUMNS, ROWS, History

MEANS, SUMS = ("loss", "stability", "norm", "saturated"), ("tokens", "seconds")
ROW = ("step", *MEANS, *SUMS)


def rows_of(updates: int) -> list[tuple[float, ...]]:
    rng = np.random.default_rng(0)
    values = rng.uniform(1, 2, size=(6, updates))
    return [(float(k + 1), *map(float, column)) for k, column in enumerate(values.T)]


def filled(updates: int) -> History:
    return History().with_rows(rows_of(updates))


def stride_of(updates: int) -> int:
    """The stride doubles when ROWS rows are complete."""
    stride = 1
    while updates // stride >= ROWS:
        stride *= 2
    return stride


@pytest.mark.parametrize("updates", [0, 1, 5, 1_023, 1_024, 1_025, 2_047, 2_048, 2_049, 5_000, 8_192, 9_999])
def test_a_row_is_the_mean_or_the_sum_over_its_updates(updates: int) -> None:
    history, rows, stride = filled(updates), np.array(rows_of(updates)).reshape(updates, 7), stride_of(updates)
    complete = updates // stride
    assert history.stride == stride and history.updates == updates
    assert len(history.step) == complete < ROWS
    blocks = rows[: complete * stride].reshape(complete, stride, 7)
    assert_array_equal(history.step, blocks[:, -1, 0])
    for k, name in enumerate(ROW[1:], start=1):
        expected = blocks[:, :, k].sum(axis=1) if name in SUMS else blocks[:, :, k].mean(axis=1)
        assert_allclose(getattr(history, name), expected, rtol=1e-13, err_msg=name)
        assert getattr(history, name).dtype == np.float64
    left = rows[complete * stride :]
    assert history.open[0] == len(left)
    assert_allclose(history.open[1:], left[:, 1:].sum(axis=0), rtol=1e-13)


def test_it_does_not_matter_how_the_rows_came() -> None:
    rows, rng = rows_of(5_000), np.random.default_rng(1)
    for cuts in ([1] * 5_000, sorted(rng.integers(0, 5_000, size=40).tolist()), [1_023, 1_024, 1_025, 2_047, 2_050]):
        edges = [0, *(cuts if len(cuts) < 5_000 else range(1, 5_000)), 5_000]
        history = History()
        for first, last in pairwise(edges):
            history = history.with_rows(rows[first:last])
        whole = filled(5_000)
        assert (history.stride, history.open) == (whole.stride, whole.open)
        for name in COLUMNS:
            assert_array_equal(getattr(history, name), getattr(whole, name), err_msg=name)


def test_a_history_stays_as_it_is() -> None:
    history = filled(1_500)
    before = {name: getattr(history, name).copy() for name in COLUMNS}
    more = history.with_rows(rows_of(2_000)).with_validation(1, 2.0, 0.5)
    for name in COLUMNS:
        assert_array_equal(getattr(history, name), before[name])
    assert more.updates == 3_500 and history.updates == 1_500
    assert history.with_rows([]) is history


def test_a_validation_at_the_same_step_takes_the_place_of_the_first() -> None:
    history = History().with_validation(0, 3.0, 0.1).with_validation(6, 2.0, 0.2).with_validation(6, 1.0, 0.3)
    assert history.validated_step.tolist() == [0, 6]
    assert history.validated_loss.tolist() == [3.0, 1.0]
    assert history.validated_score.tolist() == [0.1, 0.3]


def test_first_and_last_validation_stay_when_there_are_too_many() -> None:
    history = History()
    for k in range(3 * ROWS + 7):
        history = history.with_validation(5 * k, float(k), k / 10)
        steps = history.validated_step
        assert steps[0] == 0 and steps[-1] == 5 * k and len(steps) <= ROWS
        assert (np.diff(steps) > 0).all()
    assert len(history.validated_step) >= ROWS // 2
    assert_array_equal(history.validated_loss * 5, history.validated_step)
    assert_allclose(history.validated_score * 50, history.validated_step)
    gaps = np.diff(history.validated_step)
    assert gaps.max() <= 2 * gaps.min()  # the beginning is kept as well as the end
