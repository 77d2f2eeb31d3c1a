"""A text of the reader's own through a trained net."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import models, sampling
from lstm_core.config import TrainConfig
from lstm_core.corpus import Source, prepare
from lstm_ui import probes

SPOKEN = "".join(f"The sheep of the {chr(97 + k)} farm say baa. The goats say {chr(97 + k)}eh!\n" for k in range(20))
TEXT = Source("text", "x", text=SPOKEN)
TEXTS = Source(
    "labelled",
    "reviews",
    items=tuple(f"{word} number {k}" for k in range(30) for word in ("good", "bad", "odd")),
    labels=("+", "-", "?") * 30,
)
TAGGED = Source(
    "tagged",
    "names",
    sentences=tuple(("Ada", "saw", f"town{k}", "once" * (k % 2 + 1)) for k in range(40)),
    tags=(("B-PER", "O", "B-LOC", "O"),) * 40,
)


def net(source: Source, **settings: Any) -> Any:
    """An untrained net whose weights are random, its biases too."""
    task = {"text": "language", "labelled": "classifier", "tagged": "tagger"}[source.kind]
    config = TrainConfig(task=task, hidden=5, features=3, batch=2, window=8, **settings)  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    model = models.build(config, prepare(source, config), rng)
    return models.with_arrays(
        model, {name: rng.normal(0, 1, array.shape) for name, array in models.arrays(model).items()}
    )


def test_a_probe_says_what_the_net_does_not_know() -> None:
    probe = probes.read(net(TEXT), "the Q\n")
    assert probe.tokens == ("t", "h", "e", " ", "Q", "\n")
    assert probe.unknown == 1
    assert probe.shown[-1][0] == "⏎"
    assert not probe.cut


def test_a_long_probe_is_cut_and_an_empty_one_refused() -> None:
    model = net(TEXT)
    probe = probes.read(model, "sheep" * 1_000_000)
    assert len(probe.tokens) == probes.MOST_TOKENS
    assert probe.cut
    with pytest.raises(ValueError, match="at least one character"):
        probes.read(model, "")


@pytest.mark.parametrize("sentences", [False, True])
def test_losses_are_those_of_the_sampler(sentences: bool) -> None:
    model = net(TEXT, sentences=sentences)
    probe = probes.read(model, "the goats say")
    found = probes.token_losses(probes.run(model, probe), probe.ids)
    if sentences:
        assert_allclose(found, sampling.losses(model, "the goats say").nats[:-1])
    else:
        assert np.isnan(found[0])
        said = models.predict(model, probe.ids[:, None]).logits[:, 0]
        p = models.probabilities(said)
        assert_allclose(found[1:], [-np.log(p[t, k]) for t, k in enumerate(probe.ids[1:])])


@pytest.mark.parametrize("sentences", [False, True])
def test_signals_are_one_a_token_without_the_start_mark(sentences: bool) -> None:
    model = net(TEXT, sentences=sentences, layers=2, output="none")
    probe = probes.read(model, "the goats")
    said = probes.run(model, probe)
    found = probes.signals(model, said, len(probe.ids), 1, "forward")
    assert list(found) == ["i", "f", "g", "c", "h"]
    assert {values.shape for values in found.values()} == {(9, 5)}
    assert_allclose(found["c"][-1], said.trace.traces[1].forward.c[-1, 0], rtol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_curve_is_what_the_net_would_say_if_the_text_ended_there(bidirectional: bool) -> None:
    model = net(TEXTS, unit="words", bidirectional=bidirectional)
    ids = probes.read(model, "good number 7 is bad " * 30).ids
    curves = probes.class_curves(model, ids)
    assert curves.shape == (150, 3)
    for t in (0, 3, 64, 149):
        alone = models.predict(model, ids[: t + 1, None]).logits
        assert_allclose(curves[t], models.probabilities(alone)[0])


def test_texts_are_classified_as_if_each_were_alone() -> None:
    model = net(TEXTS, unit="words")
    texts = ["good number 3", "", "bad", "odd odd odd " * 40, *["number"] * 70]
    found = probes.classify(model, texts)
    for k in (0, 2, 3, 73):
        ids = probes.read(model, texts[k]).ids
        assert_allclose(found[k], models.probabilities(models.predict(model, ids[:, None]).logits)[0])
    assert not found[1].any()


def test_sentences_are_tagged_as_if_each_were_alone() -> None:
    model = net(TAGGED, unit="words", bidirectional=True)
    sentences = [("Ada", "saw", "town3"), (), ("once",), ("town1",) * 70]
    found = probes.tag(model, sentences)
    for words, tags in zip(sentences, found, strict=True):
        assert len(tags) == len(words)
        if words:
            said = models.predict(model, model.vocabulary.encode(words)[:, None]).logits[:, 0]
            assert tags == [model.labels[k] for k in said.argmax(axis=1)]


def test_an_unknown_word_is_named_with_its_sign() -> None:
    model = replace(net(TEXTS, unit="words"))
    probe = probes.read(model, "good \u200b\u202e 你")
    assert probe.unknown == 3
    assert probe.shown[1][0].startswith("U+")
