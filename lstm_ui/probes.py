"""A text of the reader's own through a trained net: plain values in, plain values out, no widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_core import models, signs, text
from lstm_core.arrays import Array, Ints
from lstm_core.corpus import START

MOST_TOKENS = 300  # of a probe
MOST_WORDS = 512  # of a held-out text: what training reads of it
_TOGETHER = 64  # items run side by side
ORDER = {"lstm": "ifogch", "gru": "rznh", "rnn": "h"}  # of the signals, as everywhere in this app


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A text as a net reads it: tokens, their ids (time,), and a (sign, name) for each; how many it does not know."""

    tokens: tuple[str, ...]
    ids: Ints
    shown: tuple[tuple[str, str], ...]
    unknown: int
    cut: bool


def read(model: Any, typed: str, most: int = MOST_TOKENS) -> Probe:
    """The tokens of a text for a model.

    Raises
    ------
    ValueError
        Nothing in it that could be a token.
    """
    found = text.tokenize(text.clean(typed[: 50 * most]), model.unit, limit=most + 1)
    if not found:
        raise ValueError(f"text: expected at least one {model.unit[:-1]}, got nothing to read; type a few words")
    tokens = tuple(found[:most])
    ids = model.vocabulary.encode(tokens)
    unknown = sum(token not in model.vocabulary for token in tokens)
    return Probe(tokens, ids, show(tokens), unknown, len(found) > most)


def show(tokens: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """A sign and a name for each token; long ones are shortened."""
    pairs = ((signs.sign(token), token) for token in tokens)
    named = ((sign, token if sign == token else signs.name(token).lower()) for sign, token in pairs)
    return tuple((_short(sign, 24), _short(name, 80)) for sign, name in named)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def run(model: Any, probe: Probe) -> models.Prediction:
    """A net over a probe, the mark of a sentence's start in front where the model knows one."""
    return models.predict(model, opened(model, probe.ids)[:, None])


def opened(model: Any, ids: Ints) -> Ints:
    """The ids with the mark of a sentence's start, where the model reads sentences."""
    if not getattr(model, "sentences", False):
        return ids
    return np.concatenate([model.vocabulary.encode([START]), ids])


def signals(model: Any, said: models.Prediction, steps: int, layer: int, direction: str) -> dict[str, Array]:
    """Gates and states of one layer while it reads, each (time, units), without the step of the start mark.

    Parameters
    ----------
    steps : int
        Tokens of the probe.
    layer : int
        From 0.
    direction : {"forward", "backward"}
    """
    trace = getattr(said.trace.traces[layer], direction)
    variant = getattr(trace.params, "variant", None)
    names = [name for name in ORDER[model.layers[layer].cell] if variant is None or name not in variant.removed]
    return {name: getattr(trace, name)[-steps:, 0].astype(np.float32) for name in names}


def token_losses(said: models.Prediction, ids: Ints) -> Array:
    """Nats of every token given those before it, (time,); NaN for a first one that nothing predicts."""
    log_p = models.log_probabilities(said.logits[:, 0].astype(np.float64))
    before = len(log_p) - len(ids)  # 1 with a start mark, else 0
    predicted = log_p[:-1]
    nats = -predicted[np.arange(len(predicted)), ids[1 - before :]]
    return nats if before else np.concatenate([[np.nan], nats])


def class_curves(model: Any, ids: Ints) -> Array:
    """The probability of each class after every token, (time, classes): what a net would say if the text ended there.

    Every beginning of the text is a text of its own, because the backward direction starts at the last token.
    """
    steps = len(ids)
    lengths = np.arange(1, steps + 1)
    found = []
    for start in range(0, steps, _TOGETHER):
        some = lengths[start : start + _TOGETHER]
        x = np.where(np.arange(some[-1])[:, None] < some, ids[: some[-1], None], 0)  # (time, batch)
        found.append(models.probabilities(models.predict(model, x, lengths=some).logits))
    return np.concatenate(found)


def classify(model: Any, texts: Sequence[str]) -> Array:
    """The probability of each class for each text, (texts, classes); zeros for a text without tokens."""
    rows = [model.vocabulary.encode(text.tokenize(item, model.unit, limit=MOST_WORDS)) for item in texts]
    found = np.zeros((len(rows), len(model.labels)))
    for items, logits, _ in _predicted(model, rows):
        found[items] = models.probabilities(logits)
    return found


def tag(model: Any, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """A tag for each word of each sentence."""
    rows = [model.vocabulary.encode(words[:MOST_WORDS]) for words in sentences]
    found: list[list[str]] = [[] for _ in rows]
    for items, logits, lengths in _predicted(model, rows):
        best = logits.argmax(axis=-1)  # (time, batch)
        for b, item in enumerate(items):
            found[item] = [model.labels[k] for k in best[: lengths[b], b]]
    return found


def _predicted(model: Any, rows: Sequence[Ints]) -> Iterator[tuple[list[int], Array, Ints]]:
    """Items run side by side, what came out, their lengths; they are nearly of one length, so little is padded."""
    order = sorted((k for k in range(len(rows)) if len(rows[k])), key=lambda k: len(rows[k]))
    for start in range(0, len(order), _TOGETHER):
        items = order[start : start + _TOGETHER]
        lengths = np.array([len(rows[k]) for k in items])
        x = np.zeros((lengths.max(), len(items)), np.int64)
        for b, k in enumerate(items):
            x[: lengths[b], b] = rows[k]
        yield items, models.predict(model, x, lengths=lengths).logits, lengths
