"""What holds for every cell, variant, direction and type: one table of cases, each test for all of them."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core.clamps import Clamp
from tests import textbook
from tests.cases import CASES, Case, F, H, T, is_token, make, run, where
from tests.checks import arrays_of, backward, central_differences, gradients_of, loss_of, trace_arrays

DOUBLE = where(dtype="float64")
FREE = where(dtype="float64", clamped=False)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_signal_equals_the_textbook(case: Case) -> None:
    given = make(case)
    trace = run(case, given)
    expected = textbook.run(
        case.cell, given.params, given.x, given.initial, given.lengths, given.clamps, reverse=case.reverse
    )
    exact = {"rtol": 1e-12, "atol": 1e-13} if case.dtype == "float64" else {"rtol": 1e-4, "atol": 2e-6}
    for name in case.signals:
        assert_allclose(getattr(trace, name), expected[name], **exact, err_msg=name)
    for name in textbook.EXTRAS[case.cell]:  # what they hold past the end of a sequence is nobody's business
        assert_allclose(getattr(trace, name)[is_token(given)], expected[name][is_token(given)], **exact, err_msg=name)
    for name in trace.final._fields:
        assert_allclose(getattr(trace.final, name), expected[f"final_{name}"], **exact, err_msg=f"final {name}")


@pytest.mark.parametrize("case", where(ragged=True, clamped=False), ids=str)
def test_a_cell_without_a_first_state_starts_from_zeros(case: Case) -> None:
    given = make(case)
    zeros = case.module.State(*(np.zeros_like(a) for a in given.initial))
    without, with_zeros = run(case, given, initial=None), run(case, given, initial=zeros)
    for name, array in trace_arrays(without).items():
        assert_array_equal(array, trace_arrays(with_zeros)[name], err_msg=name)
    for array in without.initial:
        assert_array_equal(array, 0 * array)


@pytest.mark.parametrize("case", DOUBLE, ids=str)
def test_gradients_match_central_differences(case: Case) -> None:
    given = make(case)
    gradients = gradients_of(backward(case, given))
    numbers = central_differences(case, given)
    assert gradients.keys() == numbers.keys()
    for name, number in numbers.items():
        assert_allclose(gradients[name], number, rtol=0, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("case", where(dtype="float32"), ids=str)
def test_float32_gradients_agree_with_float64_ones(case: Case) -> None:
    single = make(case)
    double = make(replace(case, dtype="float64"))
    precise = gradients_of(backward(replace(case, dtype="float64"), double, flow=True))
    for name, array in gradients_of(backward(case, single, flow=True)).items():
        assert array.dtype == np.float32, name
        assert_allclose(array, precise[name], rtol=1e-3, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everything_has_the_type_and_shape_of_the_parameters(case: Case) -> None:
    given = make(case)
    trace = run(case, given)
    result = case.module.backward(trace, given.dh, given.d_final, flow=True)
    for name, array in {**trace_arrays(trace), **arrays_of(result)}.items():
        assert array.dtype == case.dtype, name
    for name in case.signals:
        assert getattr(trace, name).shape == given.dh.shape, name
    assert type(result.params) is type(given.params)
    for name, array in arrays_of(given.params).items():
        assert arrays_of(result.params)[name].shape == array.shape, name
    for name in ("variant", "reset_after", "activation"):
        assert getattr(result.params, name, None) == getattr(given.params, name, None)
    assert result.x.shape == given.x.shape
    assert [a.shape for a in result.initial] == [a.shape for a in given.initial]


@pytest.mark.parametrize("case", DOUBLE, ids=str)
def test_without_flow_the_gradients_are_the_same(case: Case) -> None:
    given = make(case)
    plain, split = backward(case, given), backward(case, given, flow=True)
    assert plain.flow is None
    assert split.flow is not None
    for name, array in gradients_of(plain).items():
        assert_allclose(array, gradients_of(split)[name], rtol=1e-12, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("case", where(dtype="float64", ragged=False), ids=str)
def test_no_gradient_at_the_final_state_is_the_same_as_zeros(case: Case) -> None:
    given = make(case)
    zeros = case.module.State(*(np.zeros_like(a) for a in given.d_final))
    without = backward(case, given._replace(d_final=None))
    for name, array in gradients_of(backward(case, given._replace(d_final=zeros))).items():
        assert_allclose(gradients_of(without)[name], array, rtol=1e-13, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("case", where(ragged=False, clamped=False), ids=str)
def test_integer_inputs_are_cast(case: Case) -> None:
    given = make(case)
    whole = np.arange(given.x.size).reshape(given.x.shape) % 7 - 3
    one, two = run(case, given, x=whole), run(case, given, x=whole.astype(case.dtype))
    other = run(case, given, x=whole.astype("float32" if case.dtype == "float64" else "float64"))
    assert one.x.dtype == case.dtype
    for name in case.signals:
        assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
        assert_array_equal(getattr(other, name), getattr(two, name), err_msg=name)
        assert getattr(other, name).dtype == case.dtype


@pytest.mark.parametrize("case", where(dtype="float64", ragged=False, clamped=False), ids=str)
def test_two_halves_with_the_state_carried_over_equal_one_run(case: Case) -> None:
    given = make(case)
    first, second = (slice(2, None), slice(0, 2)) if case.reverse else (slice(0, 2), slice(2, None))
    whole = backward(case, given)
    trace_one = run(case, given, x=given.x[first])
    trace_two = run(case, given, x=given.x[second], initial=trace_one.final)
    back_two = case.module.backward(trace_two, given.dh[second], given.d_final)
    back_one = case.module.backward(trace_one, given.dh[first], back_two.initial)
    trace = run(case, given)
    for name in case.signals:
        assert_allclose(getattr(trace, name)[first], getattr(trace_one, name), rtol=1e-12, atol=1e-13, err_msg=name)
        assert_allclose(getattr(trace, name)[second], getattr(trace_two, name), rtol=1e-12, atol=1e-13, err_msg=name)
    assert_allclose(whole.x[first], back_one.x, rtol=1e-11, atol=1e-13)
    assert_allclose(whole.x[second], back_two.x, rtol=1e-11, atol=1e-13)
    for name, array in arrays_of(whole.params).items():
        halves = arrays_of(back_one.params)[name] + arrays_of(back_two.params)[name]
        assert_allclose(array, halves, rtol=1e-11, atol=1e-12, err_msg=name)
    for a, b in zip(whole.initial, back_one.initial, strict=True):
        assert_allclose(a, b, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", FREE, ids=str)
def test_a_single_step_and_a_single_sequence_work(case: Case) -> None:
    if case.ragged:
        case = replace(case, ragged=False)
    given = make(case, steps=1, batch=1, features=1, hidden=1)
    gradients = gradients_of(backward(case, given, flow=True))
    for name, number in central_differences(case, given).items():
        assert_allclose(gradients[name], number, rtol=0, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("case", where(dtype="float64", ragged=False, clamped=False), ids=str)
def test_inputs_of_any_memory_order_give_the_same(case: Case) -> None:
    given = make(case)
    views = np.asfortranarray(given.x), given.x[::-1].copy()[::-1], np.repeat(given.x, 2, axis=1)[:, ::2]
    expected = gradients_of(backward(case, given))
    for x in views:
        for name, array in gradients_of(backward(case, given._replace(x=x, dh=np.asfortranarray(given.dh)))).items():
            assert_allclose(array, expected[name], rtol=1e-12, atol=1e-13, err_msg=name)


SATURATING = [case for case in where(dtype="float64", ragged=True, clamped=False) if case.activation != "relu"]


@pytest.mark.parametrize("case", SATURATING, ids=str)
def test_very_large_inputs_saturate_without_warnings(case: Case) -> None:
    """Warnings are errors in the test run: an exp that overflows would be seen here."""
    case = replace(case, dtype="float32")
    given = make(case)
    trace = run(case, given, x=1e6 * given.x)
    result = case.module.backward(trace, given.dh, given.d_final, flow=True)
    for name, array in {**trace_arrays(trace), **arrays_of(result)}.items():
        assert np.isfinite(array).all(), name


def test_the_table_has_every_cell_and_no_two_cases_look_alike() -> None:
    assert {case.cell for case in CASES} == {"lstm", "gru", "rnn"}
    assert len({str(case) for case in CASES}) == len(CASES)
    assert len({T, F, H, 3}) == 4
    assert all({c.signal for c in make(case).clamps} == set(case.signals) for case in where(clamped=True))
    assert all(isinstance(clamp, Clamp) for case in CASES for clamp in make(case).clamps)
    assert loss_of(where(cell="lstm")[0], make(where(cell="lstm")[0])) != 0


@pytest.mark.parametrize("case", where(dtype="float64", ragged=True, clamped=False), ids=str)
def test_the_contract_has_the_agreed_names(case: Case) -> None:
    module, given = case.module, make(case)
    assert set(module.SIGNALS) == set(case.signals)
    assert tuple(module.GATES) == case.gates
    for name in ("Params", "State", "Trace", "Flow", "init", "forward", "backward", "Backward"):
        assert hasattr(module, name), name
    trace = run(case, given)
    expected = {"params", "x", "initial", "final", "lengths", "clamps", "reverse", *case.signals}
    assert expected | set(textbook.EXTRAS[case.cell]) <= {field.name for field in fields(trace)}
    with pytest.raises(AttributeError):
        trace.h = None


@pytest.mark.parametrize("case", where(dtype="float64", ragged=True, clamped=False), ids=str)
def test_lengths_may_be_integers_of_any_kind(case: Case) -> None:
    given = make(case)
    expected = backward(case, given)
    for lengths in (
        given.lengths.tolist(),
        tuple(given.lengths),
        given.lengths.astype("uint8"),
        given.lengths.astype("int32"),
    ):
        for name, array in gradients_of(expected).items():
            assert_allclose(gradients_of(backward(case, given._replace(lengths=lengths)))[name], array, rtol=1e-13)
