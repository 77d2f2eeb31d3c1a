"""From what a reader gave to arrays: tokens, parts, vocabulary, labels.

    Source -> prepare(source, config) -> Data      everything that training, validation and tests need
           -> describe(source, config) -> About    what was read, in numbers

The vocabulary comes from the training part alone, equal texts never stand in two parts, and the same source,
configuration and seed give the same Data everywhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from lstm_core import _items, _streams, _tasks_table
from lstm_core._data import Data, Generated, Padded, Ragged, Raw, Scale
from lstm_core._items import Items
from lstm_core._sharing import from_items
from lstm_core._vocabularies import END, START, UNKNOWN
from lstm_core.config import Task, TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.sources import PARTS, Kind, Part, Source
from lstm_core.text import clean
from lstm_core.tokens import code

__all__ = [
    "END",
    "MOST_CHARACTERS",
    "PARTS",
    "START",
    "UNKNOWN",
    "About",
    "Data",
    "Generated",
    "Padded",
    "Part",
    "Ragged",
    "Raw",
    "Scale",
    "Source",
    "data_digest",
    "describe",
    "prepare",
]

MOST_CHARACTERS = 5_000_000

_KINDS: dict[Task, Kind] = {"language": "text", "classifier": "labelled", "tagger": "tagged", "regressor": "series"}


@dataclass(frozen=True, slots=True)
class About:
    """What was read.

    Parameters
    ----------
    characters, tokens, items : int
        Items: texts, sentences, or steps of a series; 1 for a text that is read as a stream.
    labels : dict of str to int
        How often each label or tag occurs.
    longest : int
        Tokens of the longest item, as it is read.
    duplicates : int
        Items that equal an earlier one, but for capitals and white space.
    notes : tuple of str
        What was cut or left out.
    """

    characters: int
    tokens: int
    items: int
    labels: dict[str, int]
    longest: int
    duplicates: int
    notes: tuple[str, ...] = ()


def prepare(source: Source, config: TrainConfig) -> Data:
    """Data to train on.

    Parameters
    ----------
    source : Source
        Of the kind that fits the task: text for a language model, labelled for a classifier, tagged for a tagger,
        series for a regressor; or a synthetic task that such a net can do.
    config : TrainConfig
        `task`, `unit`, `sentences`, `most_symbols` and `seed` decide what comes out; `window` and `batch` must fit.

    Returns
    -------
    Data
        A text that is read as a stream is cut into blocks, of which 80, 10 and 10 % go to the three parts, a series
        into three contiguous parts (70, 15 and 15 %). Sentences are shared out 80, 10 and 10 %, labelled texts (label
        by label) and tagged sentences 70, 15 and 15 %; equal ones stay together. Of a synthetic task each part is
        drawn when it is read.

    Raises
    ------
    ValueError
        Whatever cannot be trained on: too little, too much, one label only, a rare label, a wrong tag, an empty part,
        a window or a batch that is larger than the training part.

    Examples
    --------
    >>> data = prepare(Source("text", "sheep", text="baa " * 100), TrainConfig(window=8, batch=2))
    >>> data.vocabulary.tokens
    ('<unk>', 'a', ' ', 'b')
    >>> len(data.train), len(data.validation), len(data.test)
    (320, 40, 40)
    """
    _check(source, config)
    digest = data_digest(source.digest(), config)
    if source.kind == "task":
        return _generated(source, config, digest)
    if config.task == "regressor":
        return _streams.regressor(source, config, digest)
    if config.task == "language" and not config.sentences:
        return _streams.language(clean(source.text), config, digest)
    return from_items(_read(source, config), config, digest)


def describe(source: Source, config: TrainConfig) -> About:
    """What was read, in numbers, before anything is shared out.

    Parameters
    ----------
    source : Source
    config : TrainConfig

    Returns
    -------
    About

    Raises
    ------
    ValueError
        As `prepare`, for what can be seen without sharing out.

    Examples
    --------
    >>> about = describe(Source("text", "sheep", text="baa " * 100), TrainConfig(unit="words"))
    >>> about.characters, about.tokens
    (400, 100)
    """
    _check(source, config)
    if source.kind == "task":
        return About(0, 0, 0, {}, 0, 0, (_tasks_table.find(source.task).about,))
    if config.task == "regressor":
        steps, channels = _streams.check_values(source).shape
        return About(0, steps * channels, steps, {}, steps, 0)
    if config.task == "language" and not config.sentences:
        tokens = len(code([clean(source.text)], config.unit).ids)
        return About(len(source.text), tokens, 1, {}, tokens, 0)
    items = _read(source, config)
    lengths = items.coded.lengths
    found = np.bincount(items.targets, minlength=len(items.labels)) if items.targets is not None else np.zeros(0, int)
    labels = dict(zip(items.labels, found.tolist(), strict=True))
    return About(
        _characters(source), int(lengths.sum()), len(lengths), labels, int(lengths.max()), items.duplicates, items.notes
    )


def data_digest(source_digest: str, config: TrainConfig) -> str:
    """What `Data.digest` will be: known before anything is prepared.

    Parameters
    ----------
    source_digest : str
        `Source.digest()`.
    config : TrainConfig
    """
    decides = [source_digest, config.task, config.unit, config.sentences, config.most_symbols, config.seed]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


def _generated(source: Source, config: TrainConfig, digest: str) -> Data:
    problem = _tasks_table.find(source.task)
    vocabulary = Vocabulary(problem.symbols, None) if problem.symbols else None
    train, validation, test = (Generated(problem, source.lag, config.seed, part) for part in PARTS)
    return Data(problem.net, vocabulary, problem.labels, train, validation, test, digest)


def _check_task(source: Source, config: TrainConfig) -> None:
    """Refuse a net that cannot do a task."""
    problem = _tasks_table.find(source.task)
    title = problem.title.lower()
    problem.check_lag(source.lag)
    if problem.draw is None:
        raise ValueError(f"task: expected one that is generated, got {title}; its data are in a file of sample_data")
    if config.task != problem.net:
        raise ValueError(f"task: expected {problem.net!r} for {title}, got {config.task!r}; choose {problem.net!r}")
    if config.task == "regressor" and config.every_step:
        raise ValueError(f"every_step: expected False for {title}, got True; only the end has a target")
    if config.task == "language" and config.sentences:
        raise ValueError(f"sentences: expected False for {title}, got True; its strings have signs of their own")


def _check(source: Source, config: TrainConfig) -> None:
    if source.kind == "task":
        _check_task(source, config)
        return
    kind = _KINDS[config.task]
    if source.kind != kind:
        task = "language model" if config.task == "language" else config.task
        raise ValueError(f"kind: expected {kind} data for a {task}, got {source.kind}; choose other data")
    characters = _characters(source)
    if characters > MOST_CHARACTERS:
        raise ValueError(
            f"text: expected at most {MOST_CHARACTERS:,} characters, got {characters:,}; give a part of it"
        )
    if kind in _FIELDS and not characters:
        raise ValueError(f"{_FIELDS[kind]}: expected some text, got nothing; give some text")


_FIELDS: dict[Kind, str] = {"text": "text", "labelled": "items", "tagged": "sentences"}


def _characters(source: Source) -> int:
    if source.kind == "tagged":
        return sum(len(word) for words in source.sentences for word in words)
    return len(source.text) if source.kind == "text" else sum(map(len, source.items))


def _read(source: Source, config: TrainConfig) -> Items:
    if config.task == "language":
        return _items.read_sentences(clean(source.text), config)
    return _items.read_labelled(source, config) if config.task == "classifier" else _items.read_tagged(source)
