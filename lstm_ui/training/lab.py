"""What tells the three training pages apart, as data; everything else on them is the same.

A page is: data -> form -> run -> scrubber -> results. The modules that draw those parts take a `Lab`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lstm_core.config import Task, TrainConfig


@dataclass(frozen=True, slots=True)
class Lab:
    """One of the training pages.

    Parameters
    ----------
    page : str
        Its name in `frame.LESSONS`.
    task : Task
    uploads : tuple of str
        Endings of files that it takes.
    paste : str
        What to paste, said in the empty field.
    probe : str
        A sentence to begin with, where the net knows its words; else one of the data is taken.
    loss, score : str
        What the two measures are, with their unit; "{one}" becomes what a token is. A task without a score has an
        empty one.
    start : dict
        Values of the form that differ from `TrainConfig`'s.
    """

    page: str
    task: Task
    uploads: tuple[str, ...]
    paste: str
    probe: str
    loss: str
    score: str = ""
    start: dict[str, Any] = field(default_factory=dict)

    def loss_of(self, config: TrainConfig) -> str:
        """What the loss is, with its unit.

        Examples
        --------
        >>> LANGUAGE.loss_of(TrainConfig(unit="words"))
        'nats a word'
        """
        return self.loss.format(one=config.unit[:-1])


LANGUAGE = Lab(
    "Language model",
    "language",
    ("txt", "csv", "tsv"),
    "Any text, best some tens of thousands of characters",
    "the boys that the girl near the box likes ",
    "nats a {one}",
    start={"sentences": True, "batch": 32, "rate": 0.008, "schedule": "cosine", "steps": 3_000, "validate_every": 100},
)
CLASSIFIER = Lab(
    "Text classifier",
    "classifier",
    ("csv", "tsv", "txt"),
    "One text a line: the label, a tab, the text; or a CSV with a header",
    "I feared the film would be bad, but it was good.",
    "nats a text",
    "accuracy",
    {"unit": "words", "hidden": 32, "rate": 0.005, "steps": 1_500, "validate_every": 50},
)
TAGGER = Lab(
    "Tagger",
    "tagger",
    ("conll", "txt", "tsv"),
    "One word a line with its tag behind it (Ada B-PER), an empty line between sentences",
    "Maria Wellington left Wellington in May , and Jordan Group hired Paris .",
    "nats a word",
    "token accuracy",
    {"unit": "words", "hidden": 32, "bidirectional": True, "rate": 0.005, "steps": 1_500, "validate_every": 50},
)
LABS = (LANGUAGE, CLASSIFIER, TAGGER)
