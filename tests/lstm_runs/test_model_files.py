"""Model files: the same model comes back bit for bit, and whatever else somebody opens is refused with a remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core import models
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.models import Model, arrays, with_arrays
from lstm_runs import files
from lstm_runs.model_files import Opened, open_model, save

WORDS = Vocabulary(("<unk>", "<s>", "</s>", *"abcdefg", "你", "e\u0301", '"', "\\", "\n"))
SMALL = TrainConfig(hidden=5, features=3)
CONFIGS = [
    SMALL,
    replace(SMALL, dtype="float64", peephole=True, layers=2),
    replace(SMALL, forget="coupled", output="none", sentences=True, unit="words", dropout=0.25),
    replace(SMALL, tied=True, features=5),
    replace(SMALL, task="classifier", cell="gru", bidirectional=True, pooling="mean"),
    replace(SMALL, task="classifier", cell="gru", reset_after=False, layers=3),
    replace(SMALL, task="tagger", cell="rnn", activation="relu", bidirectional=True, layers=2),
    replace(SMALL, task="regressor", every_step=False, cell="rnn"),
    replace(SMALL, task="regressor", bidirectional=True),
]
NOTES = {"made by": "the tests", "epochs": "7"}


def built(config: TrainConfig, vocabulary: Vocabulary | None = WORDS) -> Model:
    """A model with random parameters, none of them zero."""
    labels = ("O", "B-PER", "一", " a b ") if config.task in ("classifier", "tagger") else ()
    vocabulary = None if config.task == "regressor" else vocabulary
    rng = np.random.default_rng(5)
    data = SimpleNamespace(vocabulary=vocabulary, labels=labels, train=np.zeros((9, 6)))
    model: Any = models.build(config, data, rng)
    return with_arrays(
        model, {name: rng.normal(size=array.shape).astype(array.dtype) for name, array in arrays(model).items()}
    )


def unpacked(config: TrainConfig = SMALL) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays and the header of a good file, to be broken."""
    found = files.from_bytes(save(built(config), config, NOTES))
    return dict(found.arrays), dict(found.metadata)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.task}-{c.cell}-{c.layers}")
def test_a_model_comes_back_bit_for_bit(config: TrainConfig) -> None:
    model = built(config)
    data = save(model, config, NOTES)
    found = open_model(data)
    assert type(found.model) is type(model)
    assert found.config == config
    assert found.notes == NOTES
    mine, yours = arrays(model), arrays(found.model)
    assert list(mine) == list(yours)
    for name, array in mine.items():
        assert yours[name].dtype == array.dtype, name
        assert yours[name].tobytes() == array.tobytes(), name
        assert yours[name].shape == array.shape, name
    for name in ("vocabulary", "labels", "unit", "sentences", "pooling", "every_step", "dropout"):
        assert getattr(found.model, name, None) == getattr(model, name, None), name
    assert save(found.model, found.config, found.notes) == data


def test_an_opened_model_says_what_the_saved_one_said() -> None:
    config = replace(SMALL, task="tagger", bidirectional=True, layers=2)
    model = built(config)
    x = np.random.default_rng(1).integers(0, len(WORDS), (7, 2))
    said = models.predict(open_model(save(model, config)).model, x).logits
    assert said.tobytes() == models.predict(model, x).logits.tobytes()


def test_weights_in_another_memory_order_are_saved_all_the_same() -> None:
    model = built(SMALL)
    turned: Any = with_arrays(model, {name: np.asfortranarray(array) for name, array in arrays(model).items()})
    assert save(turned, SMALL) == save(model, SMALL)


@pytest.mark.parametrize("count", [20, 20_000])
def test_a_large_vocabulary_fits_too(count: int) -> None:
    vocabulary = Vocabulary(("<unk>", *(f"quite a long word {k}" for k in range(count - 1))))
    found = open_model(save(built(SMALL, vocabulary), SMALL)).model
    assert found.vocabulary == vocabulary


TOKENS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3)  # no lone surrogates: no characters


@given(st.lists(TOKENS, unique=True, min_size=1))
def test_whatever_the_tokens_are_they_come_back(tokens: list[str]) -> None:
    vocabulary = Vocabulary(tuple(tokens), None)
    assert open_model(save(built(SMALL, vocabulary), SMALL)).model.vocabulary == vocabulary


def test_a_file_that_is_cut_short_anywhere_is_refused() -> None:
    data = save(built(SMALL), SMALL, NOTES)
    for length in (0, 3, 8, 20, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError, match=r"expected (a safetensors file|numbers inside the file), .*save it again"):
            open_model(data[:length])


@pytest.mark.parametrize("data", [b"hello, this is a text file", b"PK\x03\x04" + b"z" * 99, b"\x80\x04pickle." * 9])
def test_what_is_no_safetensors_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^file: expected a safetensors file, got .*; save it again"):
        open_model(data)


def test_a_file_of_another_program_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match=r"file: expected a model that was saved here.*opened as “Your net”"):
        open_model(files.to_bytes({"weight_ih_l0": np.ones((4, 3), np.float32)}))


def header(change: Callable[[dict[str, str]], None], config: TrainConfig = SMALL) -> bytes:
    """A file whose header somebody has changed."""
    found, metadata = unpacked(config)
    change(metadata)
    return files.to_bytes(found, metadata)


def configured(**changes: object) -> Callable[[dict[str, str]], None]:
    def change(metadata: dict[str, str]) -> None:
        metadata["config"] = json.dumps(json.loads(metadata["config"]) | changes)

    return change


def worded(**changes: object) -> Callable[[dict[str, str]], None]:
    def change(metadata: dict[str, str]) -> None:
        metadata["words"] = json.dumps(json.loads(metadata["words"]) | changes)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(version="2"), "model of version 1, got version '2'; save it again"),
        (lambda m: m.pop("version"), "got version '\\?'"),
        (lambda m: m.pop("config"), "config: expected it in the header"),
        (lambda m: m.update(config="{" * 20_000), "config: expected it in the header"),
        (lambda m: m.update(config="[1]"), "config: expected it in the header"),
        (lambda m: m.pop("words"), "words: expected it in the header"),
        (lambda m: m.update(notes="7"), "notes: expected it in the header"),
        (lambda m: m.update(notes=json.dumps({"a": "b" * 2_000})), "notes: expected at most"),
        (configured(hidden=6), r"shape \(.*\), as the configuration has it, got"),
        (configured(hidden=10**9), "hidden: expected a whole number from 1 to 1,024"),
        (configured(hidden="5"), "hidden: expected a whole number"),
        (configured(hidden=10**400), "hidden: expected a whole number"),
        (configured(rate=10**400), "rate: expected a number"),
        (lambda m: m.update(config='{"steps":' + "9" * 5_000 + "}"), "steps: expected a whole number"),
        (configured(cell="x" * 9_000), "cell: expected one of .*, got 'x{39}[.]{3};"),
        (configured(hidden=1_024, layers=4), "expected the arrays of its configuration"),
        (configured(future=1), "another version"),
        (configured(layers=2), "layers.1.forward.W_h: expected the arrays of its configuration, got it missing"),
        (configured(cell="gru"), "as the configuration has it"),
        (configured(task="tagger"), "labels: expected those of a tagger, got none"),
        (configured(task="regressor"), "vocabulary: expected one but for a regressor"),
        (configured(dtype="float64"), "expected float64 of shape"),
        (configured(rate=float("nan")), "rate: expected a number"),
        (worded(tokens="a"), "as the configuration has it"),
        (worded(tokens=["a", "b"]), "vocabulary: expected tokens and labels"),
        (
            lambda m: m.update(words=m["words"].replace('"unknown"', '"known"')),
            "vocabulary: expected tokens and labels",
        ),
        (worded(between=""), "vocabulary: expected tokens and labels"),
        (worded(labels=[1]), "vocabulary: expected tokens and labels"),
        (worded(tokens=" " * 30_000), "vocabulary: expected at most"),
        (worded(unknown="nobody"), "tokens: expected the unknown token"),
        (worded(tokens="a a" + " a" * 13), "tokens: expected each token once"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_by_name(change: Callable[[dict[str, str]], None], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_model(header(change))


def test_a_model_of_sentences_without_their_ends_is_refused() -> None:
    config, plain = replace(SMALL, sentences=True), Vocabulary(tuple(WORDS.tokens[:1] + WORDS.tokens[3:]))
    with pytest.raises(ValueError, match="vocabulary: expected <s> and </s> in a model of sentences"):
        save(built(config, plain), config)


def test_numbers_that_are_not_finite_are_refused_when_opened_and_when_saved() -> None:
    data = bytearray(save(built(SMALL), SMALL))
    data[-4:] = np.array([np.nan], "<f4").tobytes()
    with pytest.raises(ValueError, match=r"expected finite numbers, got nan .*; remove NaN"):
        open_model(bytes(data))
    model = built(SMALL)
    broken: Any = with_arrays(model, {**arrays(model), "b_out": np.full_like(model.b_out, np.inf)})
    with pytest.raises(ValueError, match="b_out: expected finite numbers"):
        save(broken, SMALL)


def test_absurd_sizes_in_the_header_are_refused_before_anything_is_made() -> None:
    text = json.dumps({"b_out": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 2**62]}}).encode()
    with pytest.raises(ValueError, match="b_out: expected numbers inside the file"):
        open_model(len(text).to_bytes(8, "little") + text)
    with pytest.raises(ValueError, match="expected a header of at most 64 KB"):
        open_model((2**30).to_bytes(8, "little") + b"{" + b" " * 100)


@pytest.mark.parametrize("name", ["W_out", "layers.0.forward.b", "embedding"])
def test_an_array_too_few_or_too_many_is_refused_by_name(name: str) -> None:
    found, metadata = unpacked()
    few = {other: array for other, array in found.items() if other != name}
    with pytest.raises(ValueError, match=rf"{name}: expected the arrays of its configuration, got it missing"):
        open_model(files.to_bytes(few, metadata))
    with pytest.raises(ValueError, match=rf"{name}2: expected the arrays of its configuration, got it too much"):
        open_model(files.to_bytes(found | {f"{name}2": found[name]}, metadata))


def test_a_model_is_not_saved_with_the_configuration_of_another() -> None:
    for other in (replace(SMALL, hidden=6), replace(SMALL, cell="gru"), replace(SMALL, task="classifier")):
        with pytest.raises(ValueError, match=r".+: expected .+; .+"):
            save(built(SMALL), other)


def test_a_million_notes_are_refused() -> None:
    with pytest.raises(ValueError, match="notes: expected at most"):
        save(built(SMALL), SMALL, {str(k): "" for k in range(17)})


def test_opening_gives_arrays_of_ones_own() -> None:
    data = save(built(SMALL), SMALL)
    first: Opened = open_model(data)
    first.model.b_out[:] = 7
    assert not (open_model(data).model.b_out == 7).any()
