"""A state becomes bytes and a state again, and not a bit is another."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lstm_core import training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Source, prepare
from lstm_core.history import History
from lstm_core.training import Failure, TrainState
from lstm_runs import files, slices, states
from lstm_runs.states import Symbols
from tests.corpora import SOURCES
from tests.training_runs import NET, TEXT, assert_same_bits, parts, undisturbed

KINDS = [
    {"cell": "lstm", "peephole": True, "dtype": "float64"},
    {"cell": "lstm", "forget": "coupled", "optimizer": "momentum"},
    {"cell": "gru", "reset_after": False, "layers": 2, "optimizer": "rmsprop"},
    {"cell": "rnn", "activation": "relu", "optimizer": "sgd", "hidden": 5, "features": 3},
]


def again(state: TrainState) -> TrainState:
    """Written and read."""
    return states.unpack(states.pack(state), Symbols.from_json(states.symbols(state).to_json()))


def some_state(kind: str, changes: dict[str, object], steps: int = 7) -> TrainState:
    source, config = SOURCES[kind]
    config = TrainConfig(**{**config.as_dict(), "steps": 30, "validate_every": 3, "hidden": 6, "features": 4} | changes)
    return undisturbed(source, config, steps)


@pytest.mark.parametrize("kind", SOURCES)
def test_a_state_of_every_task_comes_back_bit_for_bit(kind: str) -> None:
    both = {"bidirectional": kind in ("labelled", "tagged"), "stability_weight": 0.5}
    state = some_state(kind, both)
    assert_same_bits(again(state), state)
    assert again(state).history.seconds.tobytes() == state.history.seconds.tobytes()


@pytest.mark.parametrize("changes", KINDS, ids=lambda changes: "-".join(map(str, changes.values())))
def test_a_state_of_every_cell_and_optimiser_comes_back_bit_for_bit(changes: dict[str, object]) -> None:
    state = some_state("stream", changes)
    assert len(parts(state)) > 15
    assert_same_bits(again(state), state)


def test_a_validation_under_way_comes_back() -> None:
    config = replace(NET, validation_tokens=4_000, validate_every=2, steps=4)
    data = prepare(TEXT, config)
    state = training.start(config, data)
    while state.pending is None or state.step == 0 or state.pending.done == 0:
        state = training.advance(state, 1, data, seconds=0.0)
    assert state.pending.carried is not None
    assert_same_bits(again(state), state)


def test_a_state_that_came_back_trains_on_like_the_one_that_stayed() -> None:
    config = replace(NET, layers=2, dropout=0.3, stability_weight=0.1)
    data = prepare(TEXT, config)
    state = undisturbed(TEXT, config, 13)
    left, right = training.advance(state, 10, data), training.advance(again(state), 10, data)
    assert_same_bits(left, right)


def test_a_failed_state_comes_back_with_its_reason() -> None:
    state = replace(undisturbed(TEXT, NET, 3), failure=Failure(3, "loss: expected a finite number, got nan"))
    assert again(state).failure == state.failure


def test_the_vocabulary_is_not_in_every_state() -> None:
    source = Source("text", "words", text=" ".join(f"unusual{k}" for k in range(900)) + " the end " * 100)
    config = replace(NET, unit="words", most_symbols=500)
    state = undisturbed(source, config, 1)
    assert state.model.vocabulary is not None
    assert b"unusual" not in states.pack(state)
    assert again(state).model.vocabulary == state.model.vocabulary


def test_numbers_that_are_not_finite_are_refused() -> None:
    state = undisturbed(TEXT, NET, 2)
    for broken in (replace(state, drift=float("nan")), replace(state, anchor=np.full_like(state.anchor, np.inf))):
        with pytest.raises(ValueError, match=r"expected finite numbers"):
            states.pack(broken)


def test_a_history_alone_comes_back_even_an_empty_one() -> None:
    for history in (History(), undisturbed(TEXT, NET, 12).history):
        found = states.unpack_history(states.pack_history(history))
        assert found.validated_loss.tobytes() == history.validated_loss.tobytes()
        assert (found.stride, found.open, found.loss.tobytes()) == (
            history.stride,
            history.open,
            history.loss.tobytes(),
        )


@pytest.mark.parametrize(
    "outline",
    [
        {"class": "os.system", "fields": {}},
        {"class": "TrainState", "fields": {"command": 1}},
        {"shared": "password"},
        [1, 2],
        "text",
    ],
)
def test_a_header_that_names_anything_else_is_refused_and_runs_nothing(outline: object) -> None:
    data = files.to_bytes({"nothing": np.zeros(1)}, {"state": json.dumps(outline)})
    with pytest.raises(ValueError, match=r"state: expected a"):
        states.unpack(data, Symbols(None, ()))


def test_the_sample_of_a_large_net_is_short_so_that_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    state = undisturbed(TEXT, NET, 3)
    monkeypatch.setattr(slices, "sample", lambda model, rng, length, temperature: str(length))
    assert slices.write_sample(state) == "200"
    for parameters, tokens in ((1_000_000, 64), (10_000_000, 20)):
        monkeypatch.setattr(slices.models, "count", lambda model, parameters=parameters: parameters)
        assert slices.write_sample(state) == str(tokens)
