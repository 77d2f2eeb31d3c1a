"""Training is a pure function: the same bits however it is cut and wherever it runs; what it carries; how it ends."""

from __future__ import annotations

import pickle
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import batches, models, optim, training
from lstm_core.training import TrainState, advance, start
from tests.checks import arrays_of, check_refused
from tests.trainings import RUNS, begun, check_same, data_of, everything, run, theta_of

NAMES = list(RUNS)


def test_the_runs_are_what_the_tests_below_need() -> None:
    """Epochs shorter than a run, windows of stability that end in between."""
    for name, config in RUNS.items():
        data = data_of(name)
        assert 4 <= batches.feed(data, config).epoch_steps <= 12, name
        assert config.stability_weight and config.steps > 2 * config.validate_every > config.stability_window > 1


@pytest.fixture
def small_validations(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a validation of the few data here has several batches."""
    monkeypatch.setattr(batches, "_ITEMS", 4)
    monkeypatch.setattr(batches, "_STEPS", 9)
    assert all(len(batches.validation(data_of(name), RUNS[name]).batches) > 1 for name in NAMES)


# The same bits


@pytest.mark.parametrize("name", NAMES)
def test_three_updates_and_four_are_seven(name: str) -> None:
    data = data_of(name)
    for first in (1, 3, 4, 6):  # 4: the edge of a window of stability; 6: a validation
        check_same(advance(advance(begun(name), first, data), 7 - first, data), run(name, 7))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6, deadline=None)
@given(cuts=st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_any_cuts_leave_the_bits_as_they_are(name: str, cuts: list[int]) -> None:
    state, data = begun(name), data_of(name)
    for steps in cuts:
        state = advance(state, steps, data)
    check_same(state, run(name, sum(cuts)))


@pytest.mark.usefixtures("small_validations")
@pytest.mark.parametrize("name", NAMES)
def test_slices_of_a_single_piece_of_work_leave_the_bits_as_they_are(name: str) -> None:
    """No time at all: one update or one batch of a validation each, to the end."""
    state, data = begun(name), data_of(name)
    slices, inside = 0, 0
    while not state.done:
        state = advance(state, 1_000, data, seconds=0.0)
        slices += 1
        inside += state.pending is not None and state.pending.done > 0
    check_same(state, run(name, 1_000))
    batch_count = len(batches.validation(data, RUNS[name]).batches)
    assert slices == RUNS[name].steps + 6 * batch_count  # at 0, 6, 12, 18, 24 and 30
    assert inside == 6 * (batch_count - 1)


@pytest.mark.usefixtures("small_validations")
@pytest.mark.parametrize("name", NAMES)
def test_states_and_data_that_were_pickled_go_on_the_same(name: str) -> None:
    state = begun(name)
    for _ in range(30):
        data = pickle.loads(pickle.dumps(data_of(name)))
        state = pickle.loads(pickle.dumps(advance(state, 1_000, data, seconds=0.0)))
    finished = advance(state, 1_000, data_of(name))
    check_same(finished, run(name, 1_000))


def test_threads_and_processes_give_the_bits_of_a_plain_call() -> None:
    executors: list[Executor] = [ThreadPoolExecutor(1), ProcessPoolExecutor(1, mp_context=get_context("spawn"))]
    for executor in executors:
        with executor:
            for name in ("stream", "labelled"):
                check_same(executor.submit(advance, begun(name), 9, data_of(name)).result(), run(name, 9))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_changed_and_nothing_is_shared(name: str) -> None:
    data = data_of(name)
    state = advance(begun(name), 5, data)
    before = {key: np.array(value) for key, value in (everything(state) | arrays_of(data)).items() if key != "config"}
    one = advance(state, 9, data)
    kept = pickle.loads(pickle.dumps(one))
    advance(one, 9, data)
    check_same(one, kept)
    check_same(advance(state, 9, data), one)
    for key, value in (everything(state) | arrays_of(data)).items():
        if key != "config":
            assert_array_equal(value, before[key], err_msg=key)
    shared = [
        (a, b)
        for a, x in everything(state).items()
        for b, y in everything(one).items()
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.size and np.shares_memory(x, y)
    ]
    assert shared == [] or all(a.startswith("validated") for a, _ in shared)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_training_and_another_one_another(name: str) -> None:
    config, data = RUNS[name], data_of(name)
    check_same(advance(start(config, data), 3, data), run(name, 3))
    other = advance(start(replace(config, seed=8), data), 3, data)
    assert not np.array_equal(theta_of(other), theta_of(run(name, 3)))


# What an update is


@pytest.mark.parametrize("name", ["stream", "stream-gru", "sentences", "labelled", "series"])
def test_updates_are_loss_gradient_clipping_and_optimiser(name: str) -> None:
    """The same, written out: without stability, with what the modules below offer."""
    changes = {"stability_weight": 0.0, "dropout": 0.0, "clip": 0.2, "dtype": "float64"}
    config, data, state = replace(RUNS[name], **changes), data_of(name), begun(name, **changes)
    feed, model, carried = batches.feed(data, config), state.model, None
    optimizer = optim.Optimizer(config.optimizer)
    theta, losses, norms = training.flat(model), [], []
    moments = optimizer.begin(theta)
    for step in range(15):
        found = models.loss_and_grads(model, feed.batch(step), initial=None if feed.fresh(step) else carried)
        gradient = training.flat(found.grads)
        losses.append(found.loss)
        norms.append(float(np.linalg.norm(gradient.astype(float))))
        gradient = optim.clipped(gradient, norms[-1], 0.2)
        rate = optim.rate_at(config.schedule, config.rate, step, config.steps)
        theta, moments = optimizer.step(theta, gradient, moments, rate=rate, count=step + 1)
        model, carried = training.unflat(model, theta), found.final
    done = advance(state, 15, data)
    assert_allclose(theta_of(done), theta, rtol=1e-9, atol=1e-12)
    assert_allclose(done.history.loss, losses, rtol=1e-10)
    assert_allclose(done.history.norm, norms, rtol=1e-10)
    assert max(norms) > 0.2  # it was clipped, and the norm of the history is the one before
    assert_array_equal(done.history.tokens, [feed.batch(step).tokens for step in range(15)])


def test_streams_carry_their_state_from_window_to_window() -> None:
    """With a rate of almost nothing the state is that of one long run over all windows of the epoch so far."""
    changes = {"dtype": "float64", "optimizer": "sgd", "rate": 1e-8, "dropout": 0.0}
    feed = batches.feed(data_of("stream"), RUNS["stream"])
    assert feed.epoch_steps == 12
    for steps in (2, 4, 14):
        some = run("stream", steps, **changes)
        first = max(k for k in range(steps) if feed.fresh(k))
        x = np.concatenate([feed.batch(k).x for k in range(first, steps)])
        expected = models.predict(some.model, x).trace.final
        assert some.carried is not None
        assert_allclose(some.carried[0].forward.h, expected[0].forward.h, atol=1e-6)
        assert_allclose(some.carried[0].forward.c, expected[0].forward.c, atol=1e-6)
        last = models.predict(some.model, feed.batch(steps - 1).x).trace.final[0].forward
        assert np.abs(some.carried[0].forward.c - last.c).max() > 1e-3
        reset = run("stream", steps, reset_state=True, **changes)
        assert reset.carried is not None
        assert_allclose(reset.carried[0].forward.c, last.c, atol=1e-6)


def test_an_epoch_of_streams_begins_with_an_empty_state() -> None:
    data, feed = data_of("stream"), batches.feed(data_of("stream"), RUNS["stream"])
    before = run("stream", feed.epoch_steps)
    after = advance(before, 1, data)
    emptied = advance(replace(before, carried=None), 1, data)
    check_same(after, emptied)


def test_dropout_drops_something_else_at_each_update() -> None:
    """An epoch later the batch is the same, and so is the model, with a rate of almost nothing."""
    changes = {"dtype": "float64", "optimizer": "sgd", "rate": 1e-8, "batch": 30, "steps": 100}
    period = batches.feed(data_of("stream"), RUNS["stream"]).epoch_steps
    dropped, whole = (run("stream", period + 3, dropout=share, **changes).history.loss for share in (0.3, 0.0))
    assert_allclose(whole[period:], whole[:3], rtol=1e-5)
    assert (np.abs(dropped[period:] - dropped[:3]) > 1e-3).all()


# Validation


@pytest.mark.parametrize("name", NAMES)
def test_a_validation_is_the_mean_over_its_part(name: str) -> None:
    state, data = run(name, 6), data_of(name)
    assert state.history.validated_step.tolist() == [0, 6]
    whole = batches.validation(data, state.config)
    carried, total, right, rows = None, 0.0, 0, 0
    for batch, fresh, weight in zip(whole.batches, whole.fresh, whole.weights, strict=True):
        said = models.predict(state.model, batch.x, None if fresh else carried, lengths=batch.lengths)
        error, hits, count = models.scores(state.model, said.logits, batch)
        carried, total, right, rows = said.trace.final, total + weight * error, right + hits, rows + count
    assert_allclose(state.history.validated_loss[-1], total / sum(whole.weights), rtol=1e-12)
    assert_allclose(state.history.validated_score[-1], right / rows)
    assert rows == sum(whole.weights)


def test_a_validation_does_not_touch_the_training() -> None:
    often, seldom = (run("stream", 12, validate_every=every) for every in (1, 100))
    assert len(often.history.validated_step) == 13 and len(seldom.history.validated_step) == 1
    assert_array_equal(theta_of(often), theta_of(seldom))
    assert_array_equal(often.history.loss, seldom.history.loss)


def test_the_last_update_is_always_validated() -> None:
    state = run("stream", 1_000, steps=8)
    assert state.step == 8 and state.done
    assert state.history.validated_step.tolist() == [0, 6, 8]
    check_same(advance(state, 5, data_of("stream")), state)


def test_no_update_finishes_a_validation_alone() -> None:
    state = begun("stream")
    assert state.pending is not None and not state.done
    state = advance(state, 0, data_of("stream"))
    assert state.pending is None and state.step == 0
    check_refused(lambda: advance(state, -1, data_of("stream")), "steps: expected 0 or more, got -1")


# What else a state says


def slow_saturated(state: TrainState, found: Any) -> float:
    values = []
    for layer, pair in zip(found.layers, found.traces, strict=True):
        for trace in (part for part in pair if part is not None):
            for gate in {"lstm": "ifo", "gru": "rz", "rnn": "h"}[layer.cell]:
                low = -0.9 if layer.cell == "rnn" else 0.1
                signal = getattr(trace, gate)
                lengths = np.full(signal.shape[1], len(signal)) if trace.lengths is None else trace.lengths
                for k in range(signal.shape[1]):
                    steps = [t for t in range(lengths[k]) if t % 4 == min(4, len(signal)) - 1]
                    values += [bool(v < low or v > 0.9) for v in signal[steps, k].ravel()]
    return float(np.mean(values))


@pytest.mark.parametrize("name", ["stream", "stream-gru", "labelled", "labelled-mean", "tagged"])
def test_saturated_counts_the_gates_of_every_fourth_step(name: str) -> None:
    state = begun(name)
    by = 1 if state.config.cell == "rnn" else 4
    wide = {key: by * array for key, array in models.arrays(state.model).items()}
    state = replace(state, model=models.with_arrays(state.model, wide))
    batch = batches.feed(data_of(name), state.config).batch(0)
    T, B = batch.x.shape[:2]
    lengths = None if batch.lengths is None else 1 + np.arange(B) % T
    trace = models.predict(state.model, batch.x, lengths=lengths).trace
    expected = slow_saturated(state, trace)
    assert 0.02 < expected < 0.98
    assert training.saturated(trace) == pytest.approx(expected, rel=1e-12)


def test_saturated_looks_at_the_last_step_of_a_short_run() -> None:
    state = begun("stream")
    for steps in (1, 2, 3, 4):
        trace = models.predict(state.model, np.arange(steps)[:, None]).trace
        gates = np.concatenate([getattr(trace.traces[0].forward, gate)[-1, 0] for gate in "ifo"])
        assert training.saturated(trace) == np.mean((gates < 0.1) | (gates > 0.9))


def test_tokens_per_second_is_that_of_the_latest_rows() -> None:
    assert training.tokens_per_second(begun("stream")) == 0
    state = run("stream", 30)
    history = replace(state.history, seconds=np.full(30, 0.5), tokens=np.arange(30.0))
    assert training.tokens_per_second(replace(state, history=history)) == sum(range(10, 30)) / 10
    assert training.tokens_per_second(replace(state, history=history), rows=2) == 57


def test_flat_and_unflat_are_inverse() -> None:
    for name in ("sentences", "tagged", "series"):
        model = begun(name).model
        values = training.flat(model)
        again = training.unflat(model, values + 1)
        for key, array in models.arrays(again).items():
            assert_array_equal(array, models.arrays(model)[key] + 1)
        assert not any(np.shares_memory(values, array) for array in models.arrays(model).values())
