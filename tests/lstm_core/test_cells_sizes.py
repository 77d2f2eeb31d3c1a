"""Long sequences, wide layers, large batches: what a cell does in pieces, or differently for some sizes, it does right.

The small cases of the other files fit into any piece at once. Here the sizes straddle what a cell might keep in cache.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests import textbook
from tests.cases import NETS, Case, Given, is_token, make, run
from tests.checks import arrays_of, backward, each_argument, loss_of, trace_arrays

# (time, batch, features, hidden), and how: uniform or ragged, free or clamped, forwards or backwards.
WAYS = {
    "free": {},
    "ragged": {"ragged": True},
    "ragged clamped reverse": {"ragged": True, "clamped": True, "reverse": True},
    "clamped reverse": {"clamped": True, "reverse": True},
}
SIZES = [
    ((150, 1, 2, 4), "free"),
    ((150, 1, 2, 4), "ragged clamped reverse"),
    ((130, 3, 2, 4), "ragged"),
    ((130, 3, 2, 4), "clamped reverse"),
    ((64, 2, 3, 5), "free"),
    ((65, 2, 3, 5), "ragged clamped reverse"),
    ((12, 30, 5, 120), "free"),
    ((12, 30, 5, 120), "ragged clamped reverse"),
    ((9, 1, 4, 200), "free"),
]


def sized(case: Case, sizes: tuple[int, ...], seed: int = 0) -> Given:
    """A net of these sizes whose signals neither die out nor blow up: weights shrink with the width."""
    given = make(case, seed, *sizes)
    scale = 1.2 / np.sqrt(sizes[-1])
    params = replace(given.params, W_h=(given.params.W_h * scale).astype(case.dtype))
    if case.activation == "relu":  # away from the kink, where a central difference means nothing
        params = replace(params, W_h=0.1 * abs(params.W_h), W_x=abs(params.W_x), b=abs(params.b))
        given = given._replace(x=abs(given.x), initial=type(given.initial)(*(abs(a) for a in given.initial)))
    return given._replace(params=params)


@pytest.mark.parametrize(("sizes", "way"), SIZES, ids=str)
@pytest.mark.parametrize("net", NETS, ids=str)
def test_any_size_equals_the_textbook_and_central_differences(net: Case, sizes: tuple[int, ...], way: str) -> None:
    case = replace(net, **WAYS[way])
    given = sized(case, sizes)
    check_signals(case, given)
    gradients, rng = arrays_of(backward(case, given)), np.random.default_rng(1)
    for name, array, put in each_argument(case, given):
        direction = rng.normal(size=array.shape)
        direction /= np.linalg.norm(direction)
        step = 1e-5
        number = (loss_of(case, put(array + step * direction)) - loss_of(case, put(array - step * direction))) / (
            2 * step
        )
        predicted = (gradients[name] * direction).sum()
        assert abs(number - predicted) < 1e-7 * (1 + abs(predicted)), name


def check_signals(case: Case, given: Given) -> None:
    """The first and the last sequence of the batch, which is enough and quick enough."""
    trace, batch = run(case, given), given.x.shape[1]
    for j in {0, batch - 1}:
        only = slice(j, j + 1)
        initial = type(given.initial)(*(a[only] for a in given.initial))
        lengths = None if given.lengths is None else given.lengths[only]
        expected = textbook.run(case.cell, given.params, given.x[:, only], initial, lengths, given.clamps, case.reverse)
        for name in case.signals:
            assert_allclose(getattr(trace, name)[:, only], expected[name], rtol=1e-9, atol=1e-10, err_msg=name)
        for name in trace.final._fields:
            assert_allclose(getattr(trace.final, name)[only], expected[f"final_{name}"], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_long_flows_add_up(net: Case) -> None:
    case = replace(net, ragged=True)
    given = sized(case, (130, 3, 2, 4))
    result = backward(case, given, flow=True)
    parts = {name: part.sum(0) if part.ndim == 4 else part for name, part in arrays_of(result.flow).items()}
    for total in [name for name in ("dh", "dc") if name in parts]:
        summed = sum(part for name, part in parts.items() if name.startswith(f"{total}_"))
        assert_allclose(parts[total], summed, rtol=1e-12, atol=1e-12)
    assert not result.flow.dh[~is_token(given)].any()
    assert result.flow.dh[0].any()


def test_many_sizes_in_turn_do_not_disturb_each_other() -> None:
    """More sizes than a cell could keep scratch memory for, twice, in another order: the same bits each time."""
    calls = [
        (case, sized(case, (steps, batch, 2, hidden), seed=steps))
        for case in (Case("lstm"), Case("lstm", dtype="float32"), Case("gru"), Case("rnn"))
        for steps, batch, hidden in [
            (70, 1, 3),
            (5, 2, 3),
            (66, 2, 3),
            (3, 4, 5),
            (9, 1, 5),
            (8, 3, 6),
            (2, 2, 7),
            (130, 2, 3),
        ]
    ]

    def whole(case: Case, given: Given) -> dict[str, np.ndarray]:
        trace = run(case, given)
        return trace_arrays(trace) | arrays_of(case.module.backward(trace, given.dh, given.d_final, flow=True))

    first = [whole(case, given) for case, given in calls]
    for k in np.random.default_rng(0).permutation(len(calls)):
        for name, array in whole(*calls[k]).items():
            assert_array_equal(array, first[k][name], err_msg=f"{calls[k][0]} {name}")
