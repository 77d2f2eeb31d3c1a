"""The backward part of the loss; trainings that fail; trainings that go on with other settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import batches, models, training
from lstm_core.training import Failure, TrainState, advance, fork
from tests.checks import arrays_of, check_refused, differences
from tests.trainings import RUNS, begun, check_same, data_of, everything, run, theta_of

# Stability

PLAIN: dict[str, Any] = {"dtype": "float64", "dropout": 0.0, "clip": 0.0, "optimizer": "sgd", "rate": 0.1}


def path(name: str, updates: int, **changes: Any) -> list[TrainState]:
    """The states before the first update and after each."""
    states = [run(name, 0, **changes)]
    for _ in range(updates):
        states.append(advance(states[-1], 1, data_of(name)))
    return states


def slow_stability(thetas: list[np.ndarray], window: int) -> list[float]:
    """S after each update, from all parameters since the start, as the docstring of `training` has it."""
    found = []
    for updates in range(1, len(thetas)):
        first = (updates - 1) // window * window
        m = updates - first
        total = sum(float(((thetas[first + j] - thetas[first]) ** 2).sum()) for j in range(1, m + 1))
        found.append(total / len(thetas[0]) / m)
    return found


@pytest.mark.parametrize("name", ["stream", "sentences", "labelled", "series-end"])
@pytest.mark.parametrize("window", [1, 4, 100])
def test_stability_is_how_far_the_parameters_moved_within_the_window(name: str, window: int) -> None:
    changes = {"dtype": "float64", "stability_window": window}
    states = path(name, 13, **changes)
    expected = slow_stability([theta_of(state) for state in states], window)
    assert_allclose(states[-1].history.stability, expected, rtol=1e-9)
    assert_allclose(run(name, 13, **changes).history.stability, expected, rtol=1e-9)


def test_removed_gates_do_not_count_among_the_parameters() -> None:
    states = path("series", 5, forget="none", peephole=False, stability_weight=0.0, stability_window=9)
    thetas = [theta_of(state).astype(float) for state in states]
    learned = models.count(states[0].model)
    assert learned < len(thetas[0])
    expected = [s * len(thetas[0]) / learned for s in slow_stability(thetas, 9)]
    assert_allclose(states[-1].history.stability, expected, rtol=1e-4)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_the_last_term_has_the_gradient_of_central_differences(m: int) -> None:
    """What an update adds to the forward gradient is the derivative of weight * S by the newest parameters alone."""
    changes = PLAIN | {"stability_window": 4, "stability_weight": 300.0}
    states = path("stream", 4 + m + 1, **changes)  # the second window
    thetas = [theta_of(state) for state in states[4:]]
    now, then = states[4 + m], states[4 + m + 1]
    feed = batches.feed(data_of("stream"), now.config)
    found = models.loss_and_grads(now.model, feed.batch(now.step), initial=now.carried)
    added = (theta_of(now) - theta_of(then)) / now.config.rate - training.flat(found.grads)

    def weighted(theta: np.ndarray) -> float:
        return 300.0 * slow_stability([*thetas[:m], theta], 4)[-1]

    expected = differences(weighted, thetas[m], step=1e-4)
    assert np.abs(expected).max() > 1e-3
    assert_allclose(added, expected, atol=1e-8 * np.abs(expected).max() + 1e-12, rtol=1e-6)
    total = training.flat(found.grads) + added
    assert_allclose(then.history.norm[-1], np.linalg.norm(total), rtol=1e-9)


def test_the_first_update_of_a_window_has_no_backward_gradient() -> None:
    weighted, free = (path("stream", 5, **PLAIN, stability_window=4, stability_weight=w) for w in (300.0, 0.0))
    assert_array_equal(theta_of(weighted[1]), theta_of(free[1]))
    assert not np.array_equal(theta_of(weighted[2]), theta_of(free[2]))
    from_there = advance(replace(weighted[4], config=free[0].config), 1, data_of("stream"))
    assert_array_equal(theta_of(weighted[5]), theta_of(from_there))


@pytest.mark.parametrize("name", ["stream", "tagged", "series-end"])
def test_weight_zero_changes_no_bit_whatever_the_window(name: str) -> None:
    finals = [run(name, 30, stability_weight=0.0, stability_window=window) for window in (1, 4, 50)]
    for other in finals[1:]:
        assert_array_equal(theta_of(other), theta_of(finals[0]))
        assert_array_equal(other.history.loss, finals[0].history.loss)
        assert_array_equal(other.history.norm, finals[0].history.norm)
        assert not np.array_equal(other.history.stability, finals[0].history.stability)
    assert not np.array_equal(theta_of(run(name, 30)), theta_of(finals[0]))


# Failures


@pytest.mark.parametrize("changes", [
    {"optimizer": "sgd", "rate": 1e6},
    {"optimizer": "momentum", "rate": 1e4, "momentum": 0.99},
    {"optimizer": "sgd", "rate": 1e4, "dtype": "float64"},
    {"optimizer": "rmsprop", "rate": 1e6},
    {"optimizer": "sgd", "rate": 3.0, "stability_weight": 1e9, "stability_window": 1000},
], ids=str)  # fmt: skip
def test_a_training_that_runs_away_stops_with_the_last_good_parameters(changes: dict[str, Any]) -> None:
    name, changes = "series", {"clip": 0.0, "cell": "rnn", "activation": "relu", "steps": 3_000} | changes
    data = data_of(name)
    state = run(name, 3_000, **changes)
    assert state.failure is not None and state.done and state.pending is None
    assert state.failure.step == state.step < 3_000
    assert "finite" in state.failure.reason and "lower the learning rate" in state.failure.reason
    for part, value in everything(state).items():
        if isinstance(value, np.ndarray):
            assert np.isfinite(value).all(), part
    assert len(state.history.step) == state.step or state.history.stride > 1
    good = run(name, state.step, **changes)
    assert_array_equal(theta_of(state), theta_of(good))
    check_same(advance(state, 10, data), state)
    assert advance(good, 1, data).failure is not None


def test_parameters_that_are_not_finite_stop_the_training_at_once() -> None:
    state, data = run("stream", 3), data_of("stream")
    for name in models.arrays(state.model):
        broken = dict(models.arrays(state.model))
        broken[name] = broken[name].copy()
        broken[name].flat[:] = np.nan
        after = advance(replace(state, model=models.with_arrays(state.model, broken)), 5, data)
        assert after.step == 3 and after.failure is not None and after.failure.step == 3, name


@pytest.mark.parametrize(("size", "optimizer", "reason"), [
    (np.inf, "adam", "gradient: expected a finite norm, got inf"),
    (np.nan, "sgd", "gradient: expected a finite norm, got nan"),
    (1e25, "rmsprop", "moments of the optimiser: expected finite numbers"),
    (1e38, "sgd", "parameters: expected finite numbers"),
])  # fmt: skip
def test_it_is_said_what_was_not_finite(
    size: float, optimizer: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"optimizer": optimizer, "clip": 0.0, "rate": 100.0}
    state, data, real = run("stream", 2, **changes), data_of("stream"), models.loss_and_grads

    def huge(*args: Any, **options: Any) -> models.LossAndGrads:
        found = real(*args, **options)
        grads = {name: np.full_like(array, size) for name, array in models.arrays(found.grads).items()}
        return found._replace(grads=models.with_arrays(found.grads, grads))

    monkeypatch.setattr(models, "loss_and_grads", huge)
    after = advance(state, 3, data)
    assert after.failure is not None and after.failure.step == after.step == 2
    assert after.failure.reason.startswith(reason) and after.failure.reason.endswith("; lower the learning rate")
    assert_array_equal(theta_of(after), theta_of(state))
    for name, moment in after.moments.items():
        assert_array_equal(moment, state.moments[name])


def test_a_validation_that_is_not_finite_stops_the_training() -> None:
    state, data = begun("series"), data_of("series")
    wide = {key: array * 1e30 if key == "b_out" else array for key, array in models.arrays(state.model).items()}
    wide["b_out"] = np.full_like(wide["b_out"], 1e30)
    after = advance(replace(state, model=models.with_arrays(state.model, wide)), 0, data)
    assert after.failure is None  # the squares are added up in float64
    wide["b_out"] = np.full_like(wide["b_out"], np.inf)
    after = advance(replace(state, model=models.with_arrays(state.model, wide)), 0, data)
    assert after.failure == Failure(0, "validation: expected a finite loss, got inf; lower the learning rate")
    assert after.pending is None and after.done and not len(after.history.validated_step)


# Other settings


@pytest.mark.parametrize("name", list(RUNS))
def test_a_fork_without_a_change_is_the_same_training(name: str) -> None:
    for steps in (0, 7, 12):
        state, data = run(name, steps), data_of(name)
        check_same(fork(state, state.config), state)
        check_same(advance(fork(state, state.config), 8, data), run(name, steps + 8))
    slice_of = advance(begun(name), 9, data_of(name), seconds=0.0)
    check_same(advance(fork(slice_of, slice_of.config), 9, data_of(name)), run(name, 9))


def test_a_training_that_was_extended_is_as_long_as_one_that_was_planned_so() -> None:
    short, long = run("stream", 99), run("stream", 99, steps=42)
    assert short.done and short.step == 30
    extended = fork(short, long.config)
    assert not extended.done
    check_same(advance(extended, 99, data_of("stream")), long)


@pytest.mark.parametrize("changes", [
    {"rate": 0.5}, {"schedule": "cosine"}, {"clip": 0.01}, {"dropout": 0.0}, {"stability_weight": 0.0},
    {"validate_every": 2}, {"momentum": 0.1}, {"optimizer": "sgd"}, {"reset_state": True},
], ids=str)  # fmt: skip
def test_a_fork_takes_the_new_settings_from_there_on(changes: dict[str, Any]) -> None:
    changed = {"momentum": ("optimizer", "momentum")}.get(next(iter(changes)))
    base = dict([changed]) if changed else {}
    state, data = run("stream", 7, **base), data_of("stream")
    config = replace(state.config, **changes)
    new = fork(state, config)
    assert new.config == config and new.model.dropout == config.dropout and new.step == 7
    assert_array_equal(theta_of(new), theta_of(state))
    one, other = advance(state, 3, data), advance(new, 3, data)
    moved = not np.array_equal(theta_of(one), theta_of(other))
    assert moved or len(one.history.validated_step) != len(other.history.validated_step)


def test_another_optimiser_begins_with_empty_moments_and_counts_from_there() -> None:
    state, data = run("stream", 7, optimizer="sgd"), data_of("stream")
    new = fork(state, replace(state.config, optimizer="adam", rate=0.01, clip=0.0))
    assert new.since == 7 and set(new.moments) == {"mean", "square"}
    assert not any(moment.any() for moment in new.moments.values())
    after = advance(new, 1, data)
    moved = np.abs(theta_of(after) - theta_of(new))
    # The first step of Adam is the rate, whatever the gradient; the seventh from empty moments would be far shorter.
    assert_allclose(np.median(moved), 0.01, rtol=1e-3)
    check_same(advance(advance(new, 2, data), 3, data), advance(new, 5, data))


def test_another_batch_or_window_starts_from_an_empty_state() -> None:
    state, data = run("stream", 7), data_of("stream")
    assert arrays_of(state.carried)
    for changes in ({"batch": 20}, {"window": 9}):
        new = fork(state, replace(state.config, **changes))
        assert new.carried is None
        assert advance(new, 5, data).failure is None
    assert_array_equal(fork(state, replace(state.config, stability_window=3)).anchor, theta_of(state))


def test_a_failed_training_goes_on_with_a_smaller_rate() -> None:
    changes = {"optimizer": "sgd", "rate": 1e6, "clip": 0.0, "cell": "rnn", "activation": "relu"}
    failed, data = run("series", 30, **changes), data_of("series")
    assert failed.failure is not None
    new = fork(failed, replace(failed.config, rate=1e-8, clip=1.0))
    assert new.failure is None and not new.done
    gentle = run("series", 3, **changes | {"rate": 0.001})
    broken = replace(gentle, failure=Failure(3, "a reason"))
    check_same(advance(fork(broken, gentle.config), 4, data), advance(gentle, 4, data))


@pytest.mark.parametrize("changes", [
    {"task": "tagger"}, {"unit": "words"}, {"sentences": True}, {"cell": "gru"}, {"hidden": 6}, {"layers": 2},
    {"features": 4}, {"forget": "none"}, {"input": "none"}, {"output": "none"}, {"peephole": True},
    {"reset_after": False}, {"activation": "relu"}, {"pooling": "mean"}, {"every_step": False}, {"dtype": "float64"},
    {"features": 5, "tied": True},
], ids=str)  # fmt: skip
def test_a_setting_that_makes_another_net_is_refused(changes: dict[str, Any]) -> None:
    state = run("stream", 1)
    name, value = next(iter(changes.items()))
    old = getattr(state.config, name)
    check_refused(lambda: fork(state, replace(state.config, **changes)), f"{name}: expected {old!r}", f"got {value!r}")


def test_two_directions_are_another_net() -> None:
    state = run("tagged", 1)
    check_refused(lambda: fork(state, replace(state.config, bidirectional=False)), "bidirectional: expected True")
