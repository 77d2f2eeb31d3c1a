"""Small data of every kind, and configurations that fit them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Ragged, Source

PARTS = ("train", "validation", "test")
PROSE = "".join(
    f"Line {k} says that number {k * k} is the square of {k}, and then{' and then' * (k * 7 % 5)} it ends.\n"
    for k in range(60)
)
STREAM = TrainConfig(window=8, batch=4)
SENTENCES = TrainConfig(sentences=True, unit="words", batch=4)
CLASSIFIER = TrainConfig(task="classifier", unit="words", batch=4)
TAGGER = TrainConfig(task="tagger", unit="words", batch=4)
SERIES = TrainConfig(task="regressor", window=8, batch=4)

ITEMS = tuple(f"word{k} tells that this is message {k}" for k in range(60))
LABELS = tuple("bbac"[k % 4] for k in range(60))
LABELLED = Source("labelled", "messages", items=ITEMS, labels=LABELS)
TAGGED = Source(
    "tagged",
    "names",
    sentences=tuple((f"Ann{k}", "Lee", "saw", "Rome") for k in range(40)),
    tags=(("B-PER", "I-PER", "O", "B-LOC"),) * 40,
)
VALUES = np.random.default_rng(2).normal([3.0, -50.0], [0.5, 20.0], (200, 2))


def text(content: str) -> Source:
    """A text as a source."""
    return Source("text", "t", text=content)


def spelled(data: Data, ids: np.ndarray) -> list[str]:
    """The tokens of ids."""
    assert data.vocabulary is not None
    return data.vocabulary.decode(ids)


def ragged(data: Data, part: str) -> Ragged:
    """A part that must be ragged."""
    found = data.part(part)  # type: ignore[arg-type]
    assert isinstance(found, Ragged)
    return found


SOURCES = {
    "stream": (text(PROSE), STREAM),
    "sentences": (text(PROSE), SENTENCES),
    "labelled": (LABELLED, CLASSIFIER),
    "tagged": (TAGGED, TAGGER),
    "series": (Source("series", "s", values=VALUES), SERIES),
}


def flat(part: Any) -> np.ndarray:
    """All numbers of a part in one array."""
    return np.concatenate([part.ids, part.offsets, part.targets]) if isinstance(part, Ragged) else part
