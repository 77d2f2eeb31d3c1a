"""What must not touch each other: past and future, neighbours in a batch, padding, arguments, earlier results."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests import textbook
from tests.cases import Case, Given, H, T, is_token, make, run, where
from tests.checks import arrays_of, backward, gradients_of, trace_arrays

HARDEST = where(dtype="float64", ragged=True, clamped=True)


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_the_future_does_not_change_the_past(case: Case) -> None:
    given = make(case)
    now = 2
    past, future = (slice(now + 1, None), slice(0, now + 1)) if case.reverse else (slice(0, now), slice(now, None))
    other = given.x.copy()
    other[future] += 1.5
    one, two = run(case, given), run(case, given, x=other)
    for name in case.signals:
        inside = is_token(given)[past]
        assert_allclose(
            getattr(one, name)[past][inside], getattr(two, name)[past][inside], rtol=1e-13, atol=1e-14, err_msg=name
        )
        if (
            not case.clamped and len(np.unique(getattr(one, name)[is_token(given)])) > 1
        ):  # a removed gate is 1 throughout
            assert np.abs(getattr(one, name)[future] - getattr(two, name)[future]).max() > 1e-6, name


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_the_loss_of_the_past_reaches_no_later_input(case: Case) -> None:
    given = make(case)
    now = 2
    past, future = (slice(now, None), slice(0, now)) if case.reverse else (slice(0, now + 1), slice(now + 1, None))
    dh = np.zeros_like(given.dh)
    dh[past] = given.dh[past]
    trace = run(case, given)
    dx = case.module.backward(trace, dh).x
    assert_array_equal(dx[future], 0 * dx[future])
    assert np.abs(dx[past]).max() > 1e-6


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_a_batch_element_does_not_see_another(case: Case) -> None:
    given = make(case)
    x, dh = given.x.copy(), given.dh.copy()
    x[:, 1], dh[:, 1] = x[:, 1] + 2, dh[:, 1] - 3
    initial = case.module.State(*(a + 4 * (np.arange(len(a)) == 1)[:, None] for a in given.initial))
    changed = given._replace(x=x, initial=initial, dh=dh)
    one, two = run(case, given), run(case, changed)
    others = [0, 2]
    for name in case.signals:
        assert_allclose(
            getattr(one, name)[:, others], getattr(two, name)[:, others], rtol=1e-12, atol=1e-13, err_msg=name
        )
    back_one, back_two = (case.module.backward(run(case, g), g.dh, g.d_final) for g in (given, changed))
    assert_allclose(back_one.x[:, others], back_two.x[:, others], rtol=1e-11, atol=1e-13)
    assert np.abs(back_one.x[:, 1] - back_two.x[:, 1]).max() > 1e-6
    for a, b in zip(back_one.initial, back_two.initial, strict=True):
        assert_allclose(a[others], b[others], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", where(ragged=True), ids=str)
def test_a_ragged_batch_is_the_same_as_one_sequence_after_the_other(case: Case) -> None:
    given = make(case)
    trace, gradients = run(case, given), backward(case, given, flow=True)
    exact = {"rtol": 1e-11, "atol": 1e-12} if case.dtype == "float64" else {"rtol": 1e-3, "atol": 1e-5}
    total = {name: np.zeros_like(a) for name, a in arrays_of(gradients.params).items()}
    for j, n in enumerate(given.lengths):
        alone = alone_in_a_batch(case, given, j, n)
        single, back = run(case, alone), backward(case, alone, flow=True)
        for name in case.signals:
            assert_allclose(getattr(trace, name)[:n, j], getattr(single, name)[:, 0], **exact, err_msg=name)
        for a, b in zip([*trace.final, *gradients.initial], [*single.final, *back.initial], strict=True):
            assert_allclose(a[j], b[0], **exact)
        assert_allclose(gradients.x[:n, j], back.x[:, 0], **exact)
        for name, part in arrays_of(gradients.flow).items():
            assert_allclose(part[..., :n, j, :], arrays_of(back.flow)[name][..., 0, :], **exact, err_msg=name)
        for name, array in arrays_of(back.params).items():
            total[name] += array
    for name, array in arrays_of(gradients.params).items():
        assert_allclose(array, total[name], rtol=exact["rtol"], atol=10 * exact["atol"], err_msg=name)


def alone_in_a_batch(case: Case, given: Given, j: int, n: int) -> Given:
    """Sequence `j` by itself, without padding; clamps whose window it does not reach are left out, others are cut."""
    clamps = tuple(
        replace(clamp, stop=min(n, T if clamp.stop is None else clamp.stop))
        for clamp in given.clamps
        if clamp.start < n
    )
    only = slice(j, j + 1)
    initial, d_final = (case.module.State(*(a[only] for a in state)) for state in (given.initial, given.d_final))
    return Given(given.params, given.x[:n, only], initial, None, clamps, given.dh[:n, only], d_final)


@pytest.mark.parametrize("case", where(ragged=True), ids=str)
def test_past_its_length_a_sequence_stands_still_and_passes_nothing(case: Case) -> None:
    given = make(case)
    trace, gradients = run(case, given), backward(case, given, flow=True)
    past = ~is_token(given)
    assert past.any()
    assert_array_equal(trace.lengths, given.lengths)
    for name in case.signals:
        array = getattr(trace, name)
        expected = getattr(trace.final, name)[None] if name in ("h", "c") else np.zeros((1, 1, H))
        assert_array_equal(array[past], np.broadcast_to(expected, array.shape)[past], err_msg=name)
    assert not gradients.x[past].any()
    for name, part in arrays_of(gradients.flow).items():
        assert not part[..., past, :].any(), name


@pytest.mark.parametrize("case", where(ragged=True), ids=str)
def test_what_stands_past_a_length_is_ignored(case: Case) -> None:
    given = make(case)
    past = ~is_token(given)
    x, dh = given.x.copy(), given.dh.copy()
    x[past], dh[past] = 77.0, np.nan
    one, two = run(case, given), run(case, given, x=x)
    for name in case.signals:
        assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    gradients = gradients_of(backward(case, given, flow=True))
    for name, array in gradients_of(backward(case, given._replace(x=x, dh=dh), flow=True)).items():
        assert_array_equal(array, gradients[name], err_msg=name)


@pytest.mark.parametrize("case", where(ragged=False), ids=str)
def test_full_lengths_are_the_same_as_none(case: Case) -> None:
    given = make(case)
    one, two = run(case, given), run(case, given, lengths=np.full(given.x.shape[1], T))
    for name in case.signals:
        assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@pytest.mark.parametrize("case", [*HARDEST, *where(dtype="float32", ragged=True)], ids=str)
def test_arguments_are_unchanged_after_a_call(case: Case) -> None:
    given = make(case)
    before = {name: array.copy() for name, array in given_arrays(given).items()}
    trace = run(case, given)
    case.module.backward(trace, given.dh, given.d_final, flow=True)
    for name, array in given_arrays(given).items():
        assert_array_equal(array, before[name], err_msg=name)
    assert trace.params is given.params
    assert_array_equal(trace.x, given.x)
    assert trace.clamps == given.clamps
    assert trace.reverse == case.reverse
    for kept, first in zip(trace.initial, given.initial, strict=True):
        assert_array_equal(kept, first)


def given_arrays(given: Given) -> dict[str, np.ndarray]:
    parts = given._asdict()
    out = {f"params.{name}": a for name, a in arrays_of(parts.pop("params")).items()}
    for state in ("initial", "d_final"):
        out |= {f"{state}.{name}": a for name, a in parts.pop(state)._asdict().items()}
    return out | {name: a for name, a in parts.items() if isinstance(a, np.ndarray)}


@pytest.mark.parametrize("case", where(ragged=True, clamped=True), ids=str)
def test_arguments_may_change_after_a_call_without_changing_the_trace(case: Case) -> None:
    """Whoever fills one buffer again and again must not find old traces rewritten; weights are frozen by agreement."""
    given = make(case)
    trace = run(case, given)
    kept = {name: a.copy() for name, a in trace_arrays(trace).items() if name != "x"}
    for state in given.initial:
        state += 9
    given.lengths[:] = 1
    for name, array in kept.items():
        assert_array_equal(trace_arrays(trace)[name], array, err_msg=name)


@pytest.mark.parametrize("case", [*where(ragged=True, clamped=True), *where(ragged=False, clamped=False)], ids=str)
def test_signals_are_read_only(case: Case) -> None:
    trace = run(case, make(case))
    for name in (*case.signals, *textbook.EXTRAS[case.cell]):
        with pytest.raises(ValueError, match="read-only"):
            getattr(trace, name)[0, 0, 0] = 1.0


@pytest.mark.parametrize("case", [*where(ragged=True, clamped=True), *where(ragged=False, clamped=False)], ids=str)
def test_later_calls_do_not_change_earlier_results(case: Case) -> None:
    given, later = make(case, seed=1), make(case, seed=2)
    trace = run(case, given)
    result = case.module.backward(trace, given.dh, given.d_final, flow=True)
    kept = {name: a.copy() for name, a in {**trace_arrays(trace), **arrays_of(result)}.items()}
    other = run(case, later)
    case.module.backward(other, later.dh, later.d_final, flow=True)
    case.module.backward(trace, -3 * given.dh, later.d_final)
    for name, array in {**trace_arrays(trace), **arrays_of(result)}.items():
        assert_array_equal(array, kept[name], err_msg=name)
    again = arrays_of(case.module.backward(trace, given.dh, given.d_final, flow=True))
    for name, array in again.items():
        assert_array_equal(array, kept[name], err_msg=f"{name}, second time")


@pytest.mark.parametrize("case", where(dtype="float32", ragged=False, reverse=False), ids=str)
def test_calls_in_several_threads_do_not_disturb_each_other(case: Case) -> None:
    """Readers' sessions run in threads: whatever a cell keeps between calls must not be shared by two of them."""
    batches = [make(case, seed, steps=30, batch=8, hidden=16) for seed in range(3)]

    def whole(given: Given) -> dict[str, np.ndarray]:
        return arrays_of(backward(case, given, flow=True)) | trace_arrays(run(case, given))

    alone = [whole(given) for given in batches]
    with ThreadPoolExecutor(3) as pool:
        for k, result in enumerate(pool.map(whole, batches * 3)):
            for name, array in result.items():
                assert_array_equal(array, alone[k % 3][name], err_msg=name)
