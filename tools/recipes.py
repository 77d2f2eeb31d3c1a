"""Which sample model is trained on what, and how: for the models in sample_data and the table in the README."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lstm_core.config import TrainConfig
from lstm_core.corpus import Source
from lstm_runs import reading

DATA = Path(__file__).resolve().parents[1] / "sample_data"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A file of sample_data, and the training that makes a sample model of it."""

    title: str
    file: str
    about: str
    config: TrainConfig

    def text(self) -> str:
        """The file as it is."""
        return (DATA / self.file).read_text(encoding="utf-8")

    def source(self) -> Source:
        """What is in the file."""
        path = DATA / self.file
        data = path.read_bytes()
        if path.suffix == ".conll":
            return reading.read_conll(data, path.name)
        if path.suffix == ".csv":
            return reading.to_labelled(reading.read_table(data, path.name), "text", "label", "split", name=path.name)
        return reading.read_text(data, path.name)


CLASSIFIER = TrainConfig(
    task="classifier", unit="words", hidden=32, features=32, batch=32, rate=0.005, schedule="cosine", dropout=0.3,
    validate_every=100,
)  # fmt: skip

RECIPES = {
    "agreement": Recipe(
        "Far agreement",
        "texts/agreement.txt",
        "Characters of sentences in which the verb agrees with a noun far away",
        TrainConfig(
            sentences=True, hidden=64, batch=32, rate=0.008, schedule="cosine", dropout=0.1, steps=6_000,
            validate_every=200,
        ),
    ),
    "prose_en": Recipe(
        "English prose",
        "texts/prose_en.txt",
        "Characters of plain English prose",
        TrainConfig(hidden=128, batch=16, rate=0.004, schedule="cosine", dropout=0.3, steps=2_000, validate_every=100),
    ),
    "prose_zh": Recipe(
        "Chinese prose",
        "texts/prose_zh.txt",
        "Characters of plain Chinese prose: a text so short that a net soon knows it by heart",
        TrainConfig(
            hidden=96, features=96, tied=True, batch=16, window=32, rate=0.003, schedule="cosine", dropout=0.5,
            steps=240, validate_every=20,
        ),
    ),
    "reviews": Recipe(
        "Reviews",
        "tables/reviews.csv",
        "Reviews in which the order of the words decides",
        TrainConfig.from_dict({**CLASSIFIER.as_dict(), "steps": 2_000}),
    ),
    "messages": Recipe(
        "Spam or not",
        "tables/messages.csv",
        "Short messages, honest or spam",
        TrainConfig.from_dict({**CLASSIFIER.as_dict(), "steps": 600}),
    ),
    "news": Recipe(
        "News by topic",
        "tables/news.csv",
        "Short news, by their main clause",
        TrainConfig.from_dict({**CLASSIFIER.as_dict(), "steps": 600}),
    ),
    "names": Recipe(
        "Names",
        "tagged/names.conll",
        "Persons, places and organisations that only the context tells apart",
        TrainConfig(
            task="tagger", unit="words", hidden=32, features=32, bidirectional=True, batch=32, rate=0.005,
            schedule="cosine", dropout=0.3, steps=1_500, validate_every=100,
        ),
    ),
}  # fmt: skip
