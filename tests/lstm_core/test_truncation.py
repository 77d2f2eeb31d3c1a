"""A gradient that is cut short is the one of a net that starts anew, and grows back to the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import objectives, stack
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from lstm_core.stack import Directions, Layer
from lstm_core.truncation import by_cut, compare, longest, reached, truncated
from tests.cases import Case, random_lengths, random_params, random_state
from tests.checks import arrays_of, check_refused

T, B, F, H = 6, 3, 2, 4
CELLS = [
    Case("lstm"),
    Case("lstm", Variant(forget="coupled", peephole=True)),
    Case("lstm", Variant(output="none")),
    Case("gru"),
    Case("gru", reset_after=False),
    Case("rnn"),
    Case("rnn", activation="relu"),
]
EXACT = {"rtol": 1e-10, "atol": 1e-13}


def tower(case: Case, both: bool) -> tuple[tuple[Layer, ...], np.ndarray, list[Directions]]:
    rng = np.random.default_rng([11, *case.kind.encode()])
    layers, states, inputs = [], [], F
    for _ in range(2):
        layers.append(Layer(case.cell, *(random_params(case, rng, inputs, H) for _ in range(1 + both))))
        states.append(Directions(*(random_state(case, rng, B, H) for _ in range(1 + both))))
        inputs = H * (1 + both)
    return tuple(layers), rng.normal(size=(T, B, F)), states


def entering(trace: stack.StackTrace) -> objectives.Objective:
    """Any gradient at all outputs of the last layer."""
    return objectives.Objective(0.0, np.random.default_rng(5).normal(size=trace.h.shape), 1, "sum of dh * h")


@pytest.mark.parametrize("cut", [0, 1, 3])
@pytest.mark.parametrize("case", CELLS, ids=str)
def test_it_is_the_gradient_of_nets_that_start_anew_so_many_steps_before_each_loss(case: Case, cut: int) -> None:
    layers, x, states = tower(case, both=False)
    trace = stack.forward(layers, x, states)
    aim = entering(trace)
    found = arrays_of(truncated(trace, aim, cut).layers)
    expected = {name: np.zeros_like(array) for name, array in found.items()}
    for t in range(T):
        start = max(0, t - cut)
        first = states if start == 0 else [state_after(pair.forward, start - 1) for pair in trace.traces]
        window = stack.forward(layers, x[start : t + 1], first)
        dh = np.zeros_like(window.h)
        dh[-1] = aim.dh[t]
        for name, array in arrays_of(stack.backward(window, dh).layers).items():
            expected[name] += array
    for name, array in found.items():
        assert_allclose(array, expected[name], **EXACT, err_msg=name)


def state_after(trace: Any, step: int) -> Directions:
    return Directions(type(trace.final)(*(getattr(trace, name)[step] for name in trace.final._fields)))


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("case", CELLS, ids=str)
def test_from_the_longest_cut_on_it_is_the_whole_gradient(case: Case, both: bool) -> None:
    layers, x, states = tower(case, both)
    clamps = [Clamp("h", 0.3, 1, 3, (0,), layer=1), Clamp("h", 0.6, 2, 4, (1, 2), layer=0)]
    lengths = random_lengths(np.random.default_rng(3), T, B)
    trace = stack.forward(layers, x, states, lengths=lengths, clamps=clamps)
    aims = [entering(trace), objectives.of_state(trace, layer=0, unit=1, steps=1)]
    if case.cell == "lstm":
        way = "backward" if both else "forward"
        aims.append(objectives.of_state(trace, direction=way, signal="c", steps="all"))
    for aim in aims:
        whole = objectives.backward(trace, aim).gradients
        for cut in (longest(trace), 10**9):
            found = truncated(trace, aim, cut)
            theirs = arrays_of((whole.layers, whole.x, whole.initial))
            for name, array in arrays_of((found.layers, found.x, found.initial)).items():
                assert_allclose(array, theirs[name], **EXACT, err_msg=name)
    own_step = truncated(trace, aims[0], 0).layers[0].forward.W_h
    assert not np.allclose(own_step, objectives.backward(trace, aims[0]).gradients.layers[0].forward.W_h)


def test_a_loss_on_the_last_step_reaches_as_many_inputs_as_the_cut_says() -> None:
    layers, x, states = tower(CELLS[0], both=False)
    trace = stack.forward(layers, x, states)
    aim = objectives.of_state(trace, signal="c", unit=2)
    for cut in range(T + 1):
        found = truncated(trace, aim, cut)
        reached = np.abs(found.x).sum(axis=(1, 2)) > 0
        assert reached.tolist() == [t >= T - 1 - cut for t in range(T)]
        assert found.initial[0].forward.c.any() == (cut == T)


def test_every_cut_in_one_go_is_every_cut_by_itself() -> None:
    layers, x, states = tower(CELLS[3], both=True)
    trace = stack.forward(layers, x, states)
    aim = entering(trace)
    whole = objectives.backward(trace, aim).gradients
    rows = by_cut(trace, aim)
    assert len(rows) == longest(trace) + 1 and len(by_cut(trace, aim, cuts=2)) == 3
    for cut in (0, 1, 4, longest(trace)):
        expected = compare(whole, truncated(trace, aim, cut))
        for ours, theirs in zip(rows[cut], expected, strict=True):
            assert ours.name == theirs.name
            assert_allclose(ours[1:], theirs[1:], rtol=1e-9)
    names = [row.name for row in rows[0]]
    assert names[:4] == [f"layers.0.forward.{name}" for name in ("W_x", "W_h", "b")] + ["layers.0.backward.W_x"]
    assert names[-1] == "x"
    last = rows[-1][0]
    assert_allclose((last.cosine, last.cut), (1, last.true), rtol=1e-12)


def test_norms_and_the_cosine_are_those_of_the_arrays_and_of_nothing_there_is_none() -> None:
    layers, x, states = tower(CELLS[0], both=False)
    trace = stack.forward(layers, x, states)
    aim = objectives.of_state(trace, layer=0, unit=1)
    whole, short = objectives.backward(trace, aim).gradients, truncated(trace, aim, 1)
    for row in compare(whole, short):
        if row.name.startswith("layers.1"):
            assert (row.true, row.cut) == (0, 0) and np.isnan(row.cosine)
        elif row.name == "layers.0.forward.b":
            a, b = whole.layers[0].forward.b, short.layers[0].forward.b
            assert_allclose((row.true, row.cut), (np.sqrt(a @ a), np.sqrt(b @ b)), rtol=1e-12)
            assert_allclose(row.cosine, a @ b / np.sqrt(a @ a) / np.sqrt(b @ b), rtol=1e-12)
    tiny = replace(layers[0], forward=replace(layers[0].forward, b=1e-300 * np.ones(4 * H)))
    found = compare(whole._replace(layers=(tiny,)), whole._replace(layers=(tiny,)))
    assert_allclose((found[2].true, found[2].cosine), (4e-300, 1), rtol=1e-12)


def test_what_makes_no_sense_is_refused() -> None:
    layers, x, _ = tower(CELLS[0], both=False)
    trace = stack.forward(layers, x)
    aim = objectives.of_state(trace)
    for cut in (-1, 1.5, True):
        check_refused(lambda cut=cut: truncated(trace, aim, cut), "cut", "at least 0")
    other = truncated(stack.forward(layers, x[:3]), objectives.of_state(stack.forward(layers, x[:3])), 1)
    check_refused(lambda: compare(truncated(trace, aim, 1), other), "same net")


def test_in_two_directions_inputs_on_both_sides_of_the_loss_are_reached_one_a_step() -> None:
    for case in (Case("lstm", Variant(peephole=True)), Case("gru")):
        layers, x, _ = tower(case, both=True)
        trace = stack.forward(layers, x)
        below = objectives.of_state(trace, layer=0, direction="backward", steps=2)
        assert reached(trace, below).tolist() == [[-1] * B, [-1] * B, *([k] * B for k in range(T - 2))]
        above = objectives.of_state(trace, direction="backward", steps=2)  # below it, a forward direction goes left
        assert reached(trace, above).tolist() == [[abs(t - 2)] * B for t in range(T)]
        for cut in range(4):
            there = truncated(trace, above, cut).x.any(axis=2)
            assert (there == (reached(trace, above) <= cut)).all()
