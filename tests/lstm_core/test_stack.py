"""Layers on layers: what a stack does is what its cells do, one after the other, in both directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import stack
from lstm_core.stack import Directions
from tests import textbook
from tests.cases import MODULES
from tests.checks import arrays_of, differences, trace_arrays
from tests.towers import SHAPES, TOWERS, Tower, back, build, each_argument, loss, run, token, ways


@pytest.mark.parametrize("tower", TOWERS, ids=str)
def test_every_signal_of_every_layer_equals_the_textbook(tower: Tower) -> None:
    start = build(tower)
    trace = run(start)
    expected = textbook.run_stack(start.layers, start.x, start.initial, start.lengths, start.clamps)
    for number, layer in enumerate(start.layers):
        for way in ways(layer):
            ours, theirs = getattr(trace.traces[number], way), expected[number][way]
            for name in MODULES[layer.cell].SIGNALS:
                assert_allclose(
                    getattr(ours, name), theirs[name], rtol=1e-11, atol=1e-12, err_msg=f"{number} {way} {name}"
                )
            final = getattr(trace.final[number], way)
            for name in final._fields:
                assert_allclose(getattr(final, name), theirs[f"final_{name}"], rtol=1e-11, atol=1e-12)
        assert (trace.traces[number].backward is None) == (layer.backward is None)
    top = np.concatenate([signals["h"] for signals in expected[-1].values()], axis=-1)
    assert_allclose(trace.h, top, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("tower", TOWERS, ids=str)
def test_a_stack_is_its_cells_one_after_the_other(tower: Tower) -> None:
    start = build(tower)
    trace, result = run(start), back(start, flow=True)
    traces, x = [], start.x
    for number, layer in enumerate(start.layers):
        made = {}
        for way in ways(layer):
            mine = [replace(c, layer=0) for c in start.clamps if (c.layer, c.direction) == (number, way)]
            made[way] = MODULES[layer.cell].forward(
                getattr(layer, way), x, getattr(start.initial[number], way),
                lengths=start.lengths, clamps=mine, reverse=way == "backward",
            )  # fmt: skip
            for name, array in trace_arrays(made[way]).items():
                ours = trace_arrays(getattr(trace.traces[number], way))[name]
                assert_allclose(ours, array, rtol=1e-12, atol=1e-13, err_msg=f"{number} {way} {name}")
        traces.append(made)
        x = np.concatenate([cell.h for cell in made.values()], axis=-1)
    assert_allclose(trace.h, x, rtol=1e-12, atol=1e-13)

    dh = start.dh
    for number in reversed(range(len(start.layers))):
        layer, dx = start.layers[number], 0.0
        for way, part in zip(ways(layer), np.split(dh, len(ways(layer)), axis=-1), strict=True):
            one = MODULES[layer.cell].backward(
                traces[number][way], part, getattr(start.d_final[number], way), flow=True
            )
            dx = dx + one.x
            for theirs, ours in [
                (one.params, getattr(result.layers[number], way)),
                (one.initial, getattr(result.initial[number], way)),
                (one.flow, getattr(result.flows[number], way)),
            ]:
                for name, array in arrays_of(theirs).items():
                    assert_allclose(
                        arrays_of(ours)[name], array, rtol=1e-11, atol=1e-12, err_msg=f"{number} {way} {name}"
                    )
        dh = dx
    assert_allclose(result.x, dh, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("tower", [t for t in TOWERS if t.ragged], ids=str)
def test_gradients_through_the_whole_stack_match_central_differences(tower: Tower) -> None:
    start = build(tower, seed=1)
    result = back(start)
    rng = np.random.default_rng(3)
    for name, array, gradient, put in each_argument(start, result):
        # A random direction for every array, and every single number of x: the cells' own tests check each weight.
        way = rng.normal(size=array.shape)
        way /= np.linalg.norm(way)
        number = differences(lambda s, a=array, w=way, put=put: loss(put(a + s[0] * w)), np.zeros(1))[0]
        assert number == pytest.approx((gradient * way).sum(), rel=0, abs=1e-7), name
    number = differences(lambda x: loss(replace(start, x=x)), start.x)
    assert_allclose(result.x, number, rtol=0, atol=1e-7)


@pytest.mark.parametrize("tower", [t for t in TOWERS if not any(t.both)], ids=str)
def test_in_a_one_directional_stack_the_future_does_not_change_the_past(tower: Tower) -> None:
    start = build(tower)
    other = start.x.copy()
    other[3:] += 2
    one, two = run(start), run(replace(start, x=other))
    assert_allclose(one.h[:3], two.h[:3], rtol=1e-13, atol=1e-14) if start.lengths is None else None
    inside = token(start)[:3]
    assert_allclose(one.h[:3][inside], two.h[:3][inside], rtol=1e-13, atol=1e-14)


def test_in_a_two_directional_stack_the_last_token_is_seen_by_the_first() -> None:
    start = build(SHAPES[3])
    other = start.x.copy()
    other[-1] += 2
    assert np.abs(run(start).h[0] - run(replace(start, x=other)).h[0]).max() > 1e-6


@pytest.mark.parametrize("tower", [t for t in TOWERS if t.ragged], ids=str)
def test_a_batch_element_does_not_see_another_nor_what_stands_past_its_length(tower: Tower) -> None:
    start = build(tower)
    x, dh = start.x.copy(), start.dh.copy()
    x[:, 1] += 3
    x[~token(start)], dh[~token(start)] = 50, -70
    changed = replace(start, x=x, dh=dh)
    one, two = run(start), run(changed)
    assert_allclose(one.h[:, [0, 2]], two.h[:, [0, 2]], rtol=1e-12, atol=1e-13)
    assert_allclose(back(start).x[:, [0, 2]], back(changed).x[:, [0, 2]], rtol=1e-11, atol=1e-12)
    assert not back(changed).x[~token(start)].any()


@pytest.mark.parametrize("tower", [t for t in TOWERS if t.ragged and t.clamped], ids=str)
def test_arguments_and_earlier_results_stay_as_they_are(tower: Tower) -> None:
    start, later = build(tower, seed=1), build(tower, seed=2)
    given = arrays_of(start)
    kept = {name: a.copy() for name, a in given.items()}
    trace = run(start)
    result = stack.backward(trace, start.dh, start.d_final, flow=True)
    results = {
        **arrays_of(result),
        **{f"{k} {n}": a for k, t in enumerate(trace.traces) for n, a in trace_arrays(t.forward).items()},
    }
    copies = {name: a.copy() for name, a in results.items()}
    back(later, flow=True)
    for name, array in given.items():
        assert_array_equal(array, kept[name], err_msg=name)
    for name, array in results.items():
        assert_array_equal(array, copies[name], err_msg=name)


def test_missing_states_of_layers_and_directions_are_zeros() -> None:
    start = build(SHAPES[3])
    zero = [
        Directions(*(None if state is None else type(state)(*(0 * a for a in state)) for state in pair))
        for pair in start.initial
    ]
    expected = stack.forward(start.layers, start.x, zero)
    for initial in (
        None,
        [Directions(None, None)] * 2,
        [Directions(zero[0].forward), Directions(None, zero[1].backward)],
    ):
        assert_array_equal(stack.forward(start.layers, start.x, initial).h, expected.h)
    trace = run(start)
    whole = stack.backward(trace, start.dh, zero)
    for d_final in (None, [Directions(None, None)] * 2):
        assert_allclose(stack.backward(trace, start.dh, d_final).x, whole.x, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_init_builds_layers_that_fit_on_each_other(cell: str, dtype: str, bidirectional: bool) -> None:
    layers = stack.init(np.random.default_rng(0), 3, [4, 6], cell, bidirectional=bidirectional, dtype=np.dtype(dtype))
    trace = stack.forward(layers, np.ones((5, 2, 3)))
    assert trace.h.shape == (5, 2, 12 if bidirectional else 6)
    assert trace.h.dtype == dtype
    assert len(
        {
            arrays["W_h"].tobytes()
            for layer in layers
            for way in ways(layer)
            if (arrays := arrays_of(getattr(layer, way)))
        }
    ) == (4 if bidirectional else 2)
    again = stack.init(np.random.default_rng(0), 3, [4, 6], cell, bidirectional=bidirectional, dtype=np.dtype(dtype))
    for name, array in arrays_of(layers).items():
        assert_array_equal(array, arrays_of(again)[name], err_msg=name)


def test_flows_are_only_kept_on_demand() -> None:
    start = build(SHAPES[1])
    assert back(start).flows is None
    assert len(back(start, flow=True).flows) == 1


def test_what_dh_says_past_the_end_of_a_sequence_does_not_count() -> None:
    layers = stack.init(np.random.default_rng(0), 2, [3, 4], "lstm", bidirectional=True)
    trace = stack.forward(layers, np.random.default_rng(1).normal(size=(5, 2, 2)), lengths=[5, 3])
    dh = np.random.default_rng(2).normal(size=trace.h.shape)
    spoilt = dh.copy()
    spoilt[3:, 1] = np.nan
    assert_allclose(stack.backward(trace, spoilt).x, stack.backward(trace, dh).x)
