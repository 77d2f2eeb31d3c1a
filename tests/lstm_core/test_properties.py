"""Sizes, variants, lengths and clamps nobody thought of: drawn by hypothesis, the same ones in every run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import stack
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from lstm_core.stack import Layer
from tests import textbook
from tests.cases import SIGNALS, Case, Given, is_token, make, random_params, run
from tests.checks import arrays_of, backward, loss_of, trace_arrays

QUICK = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)

variants = st.builds(
    Variant,
    forget=st.sampled_from(["learned", "none", "coupled"]),
    input=st.just("learned"),
    output=st.sampled_from(["learned", "none"]),
    peephole=st.booleans(),
) | st.builds(Variant, forget=st.sampled_from(["learned", "none"]), input=st.just("none"), peephole=st.booleans())
nets = st.one_of(
    st.builds(Case, st.just("lstm"), variant=variants, reverse=st.booleans()),
    st.builds(Case, st.just("gru"), reset_after=st.booleans(), reverse=st.booleans()),
    st.builds(Case, st.just("rnn"), activation=st.sampled_from(["tanh", "relu"]), reverse=st.booleans()),
)
sizes = st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(1, 5), st.integers(1, 6))


@st.composite
def clamps_for(draw: Any, case: Case, steps: int, hidden: int, layer: int = 0) -> Clamp:
    start = draw(st.integers(0, steps - 1))
    stop = draw(st.none() | st.integers(start + 1, steps))
    units = draw(st.none() | st.sets(st.integers(0, hidden - 1), min_size=1).map(tuple))
    value = draw(st.floats(-1, 1, width=16))
    way = "backward" if case.reverse else "forward"
    return Clamp(draw(st.sampled_from(SIGNALS[case.cell])), value, start, stop, units, layer, way)


@st.composite
def situations(draw: Any, most_clamps: int = 4) -> tuple[Case, Given]:
    case, (steps, batch, features, hidden) = draw(nets), draw(sizes)
    start = make(case, draw(st.integers(0, 10**6)), steps, batch, features, hidden)
    lengths = draw(st.none() | st.lists(st.integers(1, steps), min_size=batch, max_size=batch).map(np.array))
    clamps = tuple(draw(st.lists(clamps_for(case, steps, hidden), max_size=most_clamps)))
    return case, start._replace(lengths=lengths, clamps=clamps)


@QUICK
@given(situations())
def test_any_net_with_any_clamps_and_lengths_equals_the_textbook(situation: tuple[Case, Given]) -> None:
    case, start = situation
    trace = run(case, start)
    expected = textbook.run(
        case.cell, start.params, start.x, start.initial, start.lengths, start.clamps, reverse=case.reverse
    )
    for name in case.signals:
        assert_allclose(getattr(trace, name), expected[name], rtol=1e-11, atol=1e-12, err_msg=name)
    for name in trace.final._fields:
        assert_allclose(getattr(trace.final, name), expected[f"final_{name}"], rtol=1e-11, atol=1e-12, err_msg=name)


@QUICK
@given(situations(), st.integers(0, 10**6))
def test_the_gradient_along_any_direction_matches_a_central_difference(
    situation: tuple[Case, Given], seed: int
) -> None:
    case, start = situation
    gradients = arrays_of(backward(case, start))
    ways = {
        name: np.random.default_rng([seed, k]).normal(size=a.shape) for k, (name, a) in enumerate(gradients.items())
    }
    size = np.sqrt(sum((way**2).sum() for way in ways.values()))
    predicted = sum((gradients[name] * way).sum() for name, way in ways.items()) / size
    step = 1e-5

    def moved(by: float) -> float:
        params = replace(start.params, **{
            name: a + by * ways[f"params.{name}"] / size for name, a in arrays_of(start.params).items()
        })  # fmt: skip
        initial = type(start.initial)(*(
            a + by * ways[f"initial.{name}"] / size for name, a in start.initial._asdict().items()
        ))  # fmt: skip
        x = start.x + by * ways["x"] / size
        return loss_of(case, start._replace(params=params, x=x, initial=initial))

    number = (moved(step) - moved(-step)) / (2 * step)
    kink = 1e-5 if case.activation == "relu" else 0  # a ReLU may switch between the two points
    assert abs(number - predicted) < 1e-7 + kink


@QUICK
@given(situations())
def test_any_flow_adds_up_and_is_zero_in_the_padding(situation: tuple[Case, Given]) -> None:
    case, start = situation
    result = backward(case, start, flow=True)
    flow = {name: part.sum(0) if part.ndim == 4 else part for name, part in arrays_of(result.flow).items()}
    for total in [name for name in ("dh", "dc") if name in flow]:
        parts = [part for name, part in flow.items() if name.startswith(f"{total}_")]
        assert_allclose(flow[total], sum(parts), rtol=1e-12, atol=1e-12)
        for part in parts:
            assert not part[~is_token(start)].any()


@QUICK
@given(situations(most_clamps=0), st.data())
def test_a_clamp_changes_nothing_before_its_window(situation: tuple[Case, Given], data: Any) -> None:
    case, start = situation
    steps, _, hidden = start.dh.shape
    clamp = data.draw(clamps_for(case, steps, hidden))
    free, held = run(case, start), run(case, start, clamps=[clamp])
    stop = steps if clamp.stop is None else clamp.stop
    before = slice(stop, None) if case.reverse else slice(0, clamp.start)
    inside = is_token(start)[before]
    for name in case.signals:
        assert_allclose(
            getattr(held, name)[before][inside], getattr(free, name)[before][inside], rtol=1e-12, atol=1e-13
        )
    units = slice(None) if clamp.units is None else list(clamp.units)
    window = getattr(held, clamp.signal)[clamp.start : stop][is_token(start)[clamp.start : stop]]
    assert_array_equal(window[:, units], clamp.value)


@QUICK
@given(situations(most_clamps=2), st.randoms(use_true_random=False))
def test_sequences_may_stand_in_any_order(situation: tuple[Case, Given], random: Any) -> None:
    case, start = situation
    order = list(range(start.x.shape[1]))
    random.shuffle(order)
    lengths = None if start.lengths is None else start.lengths[order]
    initial = type(start.initial)(*(a[order] for a in start.initial))
    d_final = type(start.d_final)(*(a[order] for a in start.d_final))
    other = start._replace(
        x=start.x[:, order], lengths=lengths, initial=initial, dh=start.dh[:, order], d_final=d_final
    )
    one, two = trace_arrays(run(case, start)), trace_arrays(run(case, other))
    for name in case.signals:
        assert_allclose(one[name][:, order], two[name], rtol=1e-11, atol=1e-12, err_msg=name)
    back, shuffled = backward(case, start), backward(case, other)
    assert_allclose(back.x[:, order], shuffled.x, rtol=1e-10, atol=1e-12)
    for name, array in arrays_of(back.params).items():
        assert_allclose(array, arrays_of(shuffled.params)[name], rtol=1e-10, atol=1e-11, err_msg=name)


@settings(QUICK, max_examples=80)
@given(st.data())
def test_any_stack_equals_the_textbook(data: Any) -> None:
    steps, batch, features, _ = data.draw(sizes)
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    x, layers, clamps, width = rng.normal(size=(steps, batch, features)), [], [], features
    for number in range(data.draw(st.integers(1, 3))):
        case, hidden, both = (
            replace(data.draw(nets), reverse=False),
            data.draw(st.integers(1, 5)),
            data.draw(st.booleans()),
        )
        forward, back = (random_params(case, rng, width, hidden) for _ in range(2))
        layers.append(Layer(case.cell, forward, back if both else None))
        width = hidden * (1 + both)
        for reverse in (False, True)[: 1 + both]:
            clamps += data.draw(st.lists(clamps_for(replace(case, reverse=reverse), steps, hidden, number), max_size=2))
    lengths = data.draw(st.none() | st.lists(st.integers(1, steps), min_size=batch, max_size=batch).map(np.array))
    trace = stack.forward(layers, x, lengths=lengths, clamps=clamps)
    top = textbook.run_stack(layers, x, None, lengths, clamps)[-1]
    expected = np.concatenate([signals["h"] for signals in top.values()], axis=-1)
    assert_allclose(trace.h, expected, rtol=1e-10, atol=1e-11)
