"""Synthetic tasks go through the engine as every other data: bit for bit, whatever is cut, forked, stored or sent."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstm_core import batches, corpus, models, tasks, training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Generated
from lstm_core.models import Batch
from lstm_core.sources import Source
from lstm_core.tasks import PROBLEMS
from lstm_core.training import TrainState, advance
from lstm_runs import model_files, slices, states
from lstm_runs.slices import Done, Missing, Order
from tests.checks import check_refused
from tests.training_runs import ended, service
from tests.trainings import check_same

GENERATED = [name for name, problem in PROBLEMS.items() if problem.draw is not None]
LAGS = {"first": 6, "copy": 3, "adding": 7, "order": 23, "counting": 4, "agreement": 5}
SMALL: dict[str, Any] = {
    "hidden": 5,
    "batch": 3,
    "steps": 20,
    "validate_every": 4,
    "validation_tokens": 2_500,
    "seed": 7,
}


def settings(name: str, **changes: Any) -> TrainConfig:
    return tasks.config(name, **{**SMALL, "stability_window": 3, "stability_weight": 0.5, **changes})


def source(name: str) -> Source:
    return tasks.source(name, LAGS.get(name))


@cache
def begun(name: str) -> tuple[TrainState, Data]:
    data = corpus.prepare(source(name), settings(name))
    return training.start(settings(name), data), data


def same_batch(a: Batch, b: Batch) -> bool:
    pairs = [(getattr(a, f), getattr(b, f)) for f in ("x", "targets", "lengths", "legal", "trials")]
    return all((x is None and y is None) or np.array_equal(x, y) for x, y in pairs)


@pytest.mark.parametrize("name", GENERATED)
def test_three_updates_and_four_are_seven(name: str) -> None:
    state, data = begun(name)
    whole = advance(state, 7, data)
    assert whole.failure is None and whole.step == 7 and len(whole.history.validated_step) == 2
    for first in (1, 3, 4):
        check_same(advance(advance(state, first, data), 7 - first, data), whole)


def test_a_batch_is_a_function_of_seed_and_step_alone() -> None:
    for name in GENERATED:
        data = begun(name)[1]
        feed, other = batches.feed(data, settings(name)), batches.feed(data, settings(name))
        other.batch(9)
        assert same_batch(feed.batch(4), other.batch(4)) and not same_batch(feed.batch(4), feed.batch(5)), name
        elsewhere = corpus.prepare(source(name), settings(name, seed=8))
        assert not same_batch(batches.feed(elsewhere, settings(name, seed=8)).batch(4), feed.batch(4)), name
        assert feed.epoch_steps == 20 and feed.batch(0).x.shape[1] == 3


def test_no_part_shows_what_another_one_has_at_the_same_number() -> None:
    for name in GENERATED:
        parts = [begun(name)[1].part(part) for part in corpus.PARTS]
        drawn = [Batch(*part.draw(2, 8)) for part in parts if isinstance(part, Generated)]
        assert len(drawn) == 3
        assert not any(same_batch(drawn[a], drawn[b]) for a, b in ((0, 1), (0, 2), (1, 2))), name


def test_only_the_endless_stream_carries_its_state() -> None:
    for name in GENERATED:
        state, data = begun(name)
        fresh = [batches.feed(data, state.config).fresh(step) for step in range(4)]
        assert fresh == [True, name != "continual", name != "continual", name != "continual"]
        held_out = batches.validation(data, state.config)
        assert held_out.fresh[0] and len(held_out.fresh) > 1 and set(held_out.fresh[1:]) == {name != "continual"}
    reset = settings("continual", reset_state=True)
    data = begun("continual")[1]
    assert all(batches.feed(data, reset).fresh(step) for step in range(3))
    assert all(batches.validation(data, reset).fresh)


def test_a_validation_reads_as_much_as_is_allowed_and_at_least_one_batch() -> None:
    for name in GENERATED:
        data, config = begun(name)[1], settings(name)
        found = batches.validation(data, config)
        tokens = sum(batch.tokens for batch in found.batches)
        assert 1_200 < tokens <= 2_500, name
        per_step = config.task in ("language", "tagger")
        counted = [batch.tokens if per_step else batch.x.shape[1] for batch in found.batches]
        assert list(found.weights) == counted
        assert len(batches.validation(data, replace(config, validation_tokens=1)).batches) == 1
        again = batches.validation(data, config)
        assert all(same_batch(a, b) for a, b in zip(found.batches, again.batches, strict=True))
        assert not same_batch(batches.validation(data, config, "test").batches[0], found.batches[0])


def test_the_first_string_of_a_stream_is_not_asked() -> None:
    data, config = begun("continual")[1], settings("continual")
    first, second = batches.validation(data, config).batches[:2]
    assert first.trials is not None and second.trials is not None
    assert (first.trials[0] == -1).all() and len(np.unique(first.trials)) == 1 + 5 * 8
    assert len(np.unique(second.trials[second.trials >= 0])) == 6 * 8
    alone = batches.validation(data, replace(config, reset_state=True)).batches[0]
    assert alone.trials is not None and len(np.unique(alone.trials[alone.trials >= 0])) == 6 * 8


@pytest.mark.parametrize("name", GENERATED)
def test_a_state_of_a_task_comes_back_from_its_bytes(name: str) -> None:
    state, data = begun(name)
    state = advance(state, 5, data)
    again = states.unpack(states.pack(state), states.Symbols.from_json(states.symbols(state).to_json()))
    check_same(advance(again, 4, data), advance(state, 4, data))


@pytest.mark.parametrize("name", GENERATED)
def test_a_model_of_a_task_comes_back_from_its_file(name: str) -> None:
    model = begun(name)[0].model
    again = model_files.open_model(model_files.save(model, settings(name))).model
    assert type(again) is type(model)
    for key, array in models.arrays(model).items():
        assert_array_equal(models.arrays(again)[key], array)


@pytest.mark.parametrize("name", GENERATED)
def test_a_source_travels_as_bytes_and_a_worker_asks_for_it_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SHELF", slices.Shelf())
    given = source(name)
    content = given.to_bytes()
    again = Source.from_bytes(content)
    assert (again.kind, again.task, again.lag, again.name) == ("task", name, given.lag, given.name)
    assert again.digest() == given.digest() and len(content) < 400
    state, data = begun(name)
    order = Order(state, 6, None, given.digest(), 6)
    assert slices.work(order) == Missing(given.digest())
    done = slices.work(replace(order, content=content))
    assert isinstance(done, Done) and isinstance(slices.work(order), Done)
    check_same(done.state, advance(state, 6, data))


def test_a_service_trains_a_task_to_its_end_and_forks_it(tmp_path: Path) -> None:
    config = settings("continual", steps=9)
    with service(tmp_path) as runs:
        ticket = runs.start(source("continual"), config)
        ended(runs, ticket.id)
        data = corpus.prepare(source("continual"), config)
        check_same(runs.state(ticket.id), advance(training.start(config, data), 9, data))
        assert runs.source(ticket.id).task == "continual"
        other = runs.fork(ticket.id, None, replace(config, steps=12, rate=0.02))
        ended(runs, other.id)
        assert runs.state(other.id).step == 12


def test_sources_of_other_kinds_keep_the_digests_they_had_before_there_were_tasks() -> None:
    """Runs that were stored by an earlier version find their data by these."""
    text = Source("text", "sheep", text="baa")
    tagged = Source(
        "tagged", "names", sentences=(("Ann", "saw", "Rome"),), tags=(("B-PER", "O", "B-LOC"),), splits=("test",)
    )
    series = Source("series", "s", values=np.array([[1.5, 2.0], [3.0, -4.0]]))
    assert text.digest() == "dd08fd255a490389ff44ccfa06c7b3478680c86ffa2c425284d75f9149aefdee"
    assert tagged.digest() == "56477b0432c8f45215864f448e03835c58a3244144906f8d914d470ef4ad5da5"
    assert series.digest() == "9d24d74ba2743fe768c6e1c9b41aefd3e7f8ab91a747e3a3747b4a3c783ddb7d"
    assert all(Source.from_bytes(given.to_bytes()).digest() == given.digest() for given in (text, tagged, series))


def test_another_lag_is_another_source() -> None:
    sources = [tasks.source("adding", 5), tasks.source("adding", 6), tasks.source("first", 5)]
    assert len({given.digest() for given in sources}) == 3


def test_damaged_sources_of_tasks_are_refused() -> None:
    good = json.loads(tasks.source("adding", 5).to_bytes())
    broken: list[dict[str, Any]] = [
        {**good, "lag": "5"}, {**good, "lag": True}, {**good, "lag": 2.5}, {**good, "task": 3}, {**good, "task": ""},
        {key: value for key, value in good.items() if key != "lag"}, {**good, "kind": "text"}, {**good, "more": 1},
        {key: value for key, value in good.items() if key != "kind"},
    ]  # fmt: skip
    for plain in broken:
        check_refused(lambda plain=plain: Source.from_bytes(json.dumps(plain).encode()), "source")


@pytest.mark.parametrize(("given", "changes", "words"), [
    (Source("task", "x", task="nothing"), {}, ("task", "'nothing'", "adding")),
    (Source("task", "x", task="adding", lag=9_999), {}, ("lag", "1,000", "9,999")),
    (Source("task", "x", task="adding", lag=0), {}, ("lag",)),
    (Source("task", "x", task="reber", lag=3), {"task": "language"}, ("lag", "none")),
    (Source("task", "x", task="digits"), {"task": "classifier"}, ("task", "file")),
    (Source("task", "x", task="adding", lag=9), {"task": "classifier"}, ("task", "regressor", "classifier")),
    (Source("task", "x", task="adding", lag=9), {"every_step": True}, ("every_step", "False")),
    (Source("task", "x", task="reber"), {"task": "language", "sentences": True}, ("sentences", "False")),
])  # fmt: skip
def test_a_net_that_does_not_fit_a_task_is_refused(
    given: Source, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    config = TrainConfig(**{"task": "regressor", "every_step": False, **changes})
    check_refused(lambda: corpus.prepare(given, config), *words)
    check_refused(lambda: corpus.describe(given, config), *words)


def test_a_task_without_a_name_is_refused() -> None:
    check_refused(lambda: Source("task", "x"), "task", "nothing")


def test_what_is_promised_of_the_data_is_what_comes() -> None:
    assert len({begun(name)[1].digest for name in GENERATED}) == len(GENERATED)
    for name in GENERATED:
        state, data = begun(name)
        assert data.digest == corpus.data_digest(source(name).digest(), state.config)
        assert corpus.describe(source(name), state.config).notes == (PROBLEMS[name].about,)
        problem = PROBLEMS[name]
        assert (data.vocabulary.tokens if data.vocabulary else ()) == problem.symbols and data.labels == problem.labels


def test_adding_is_read_as_two_numbers_and_answered_with_one() -> None:
    model = begun("adding")[0].model
    assert model.layers[0].forward.W_x.shape == (2, 20) and model.b_out.shape == (1,)
    assert batches.feed(begun("adding")[1], settings("adding", dtype="float64")).batch(0).x.dtype == np.float64
    assert batches.feed(begun("adding")[1], settings("adding")).batch(0).targets.dtype == np.float32


def test_the_measure_is_the_mean_over_the_test_part_with_the_state_carried() -> None:
    """Again by hand, in one piece: what is carried from batch to batch must not be lost on the way."""
    state, data = begun("continual")
    config = replace(state.config, validation_tokens=3_000)
    state = advance(state, 12, data)
    parts = batches.validation(data, config, "test").batches
    carried, nats, tokens, right, there = None, 0.0, 0, 0, 0
    for batch in parts:
        assert batch.lengths is not None and batch.trials is not None and batch.legal is not None
        said = models.predict(state.model, batch.x, carried, lengths=batch.lengths)
        carried, p = said.trace.final, models.log_probabilities(said.logits.astype(np.float64))
        wrong, asked = set(), set()
        for b, n in enumerate(batch.lengths):
            nats -= p[np.arange(n), b, batch.targets[:n, b]].sum()
            tokens += int(n)
            for t in range(n):
                if (trial := int(batch.trials[t, b])) >= 0:
                    asked.add(trial)
                    best = np.argsort(-said.logits[t, b])[: batch.legal[t, b].sum()]
                    wrong |= {trial} if set(best) != set(np.flatnonzero(batch.legal[t, b])) else set()
        right, there = right + len(asked - wrong), there + len(asked)
    found = tasks.measure(state.model, data, config, tokens=3_000)
    assert found.loss == pytest.approx(nats / tokens, rel=1e-5)
    assert (found.score, found.trials) == (right / there, there)


def test_the_history_has_what_a_measure_of_the_validation_part_says() -> None:
    for name in ("reber", "copy", "adding", "counting"):
        state, data = begun(name)
        state = advance(state, 4, data)
        found = tasks.measure(state.model, data, state.config, "validation", tokens=2_500)
        assert state.history.validated_loss[-1] == pytest.approx(found.loss, rel=1e-6), name
        assert state.history.validated_score[-1] == found.score, name


def test_a_net_made_by_hand_scores_what_it_must() -> None:
    """Says the first symbol whatever comes behind: a cell that is written to once, with gates wide open and shut."""
    state, data = begun("first")
    values = {name: np.zeros_like(array) for name, array in models.arrays(state.model).items()}
    H = 5
    values["embedding"] = np.eye(8, dtype=np.float32)
    W = values["layers.0.forward.W_x"]  # blocks i f o g
    for k in range(4):
        W[k, k], W[k, 3 * H + k] = 60.0, 60.0  # its own input gate and candidate
    b = values["layers.0.forward.b"]
    b[:H], b[H : 3 * H] = -30.0, 30.0  # shut but for that; remembers; always shown
    values["W_out"][:4, :4] = 10 * np.eye(4)
    model = models.with_arrays(state.model, values)
    found = tasks.measure(model, data, state.config)
    assert found.score == 1.0 and found.loss < 0.01 and found.trials > 10_000
    values["layers.0.forward.b"][H : 2 * H] = -30.0  # and one that forgets
    forgetful = tasks.measure(models.with_arrays(state.model, values), data, state.config)
    assert forgetful.score == pytest.approx(tasks.memoryless("first"), abs=0.03)
    assert forgetful.loss == pytest.approx(tasks.memoryless_loss("first"), rel=1e-3)
