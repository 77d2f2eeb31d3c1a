"""Sentences, labelled texts and tagged sentences: read, checked and counted, before they are shared out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from lstm_core import splits
from lstm_core._data import Raw
from lstm_core.arrays import Ints
from lstm_core.config import TrainConfig
from lstm_core.sentences import one_line, sentences
from lstm_core.series import short
from lstm_core.sources import Source
from lstm_core.text import clean
from lstm_core.tokens import Coded, code, number

LONGEST_ITEM = 512  # tokens; what is longer is cut
FEWEST_ITEMS = 10
MOST_LABELS = 100
LONGEST_LABEL = 100  # characters
_FEWEST_OF_A_LABEL = 3
_TAG = re.compile(r"O|[BI]-.+", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Sequences of tokens, each with what is known about it.

    Parameters
    ----------
    raw : tuple
        Their texts, or their words.
    coded : Coded
    groups : ndarray of int64, shape (items,)
        Equal for items that a reader would call the same.
    labels : tuple of str
    targets : ndarray of int64, shape (items,) or (tokens,), or None
        Which label each item or token has.
    splits : tuple of str
        As in `Source`.
    notes : tuple of str
    """

    raw: Raw
    coded: Coded
    groups: Ints
    labels: tuple[str, ...] = ()
    targets: Ints | None = None
    splits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def duplicates(self) -> int:
        """Items that an earlier one equals."""
        return len(self.groups) - int(self.groups.max(initial=-1) + 1)


def read_sentences(text: str, config: TrainConfig) -> Items:
    """The sentences of a cleaned text; a line break inside one is a space."""
    raw = tuple(one_line(sentence) for sentence in sentences(text))
    coded = code(raw, config.unit, LONGEST_ITEM)
    items = Items(raw, coded, splits.same([_key(text) for text in raw]), notes=_cut_note(coded, "sentences"))
    _check_number("text", "different sentences", len(raw) - items.duplicates, "text, or read it as one stream")
    return items


def read_labelled(source: Source, config: TrainConfig) -> Items:
    """Labelled texts; those without text or label are left out."""
    cleaned = [(clean(text), clean(label).strip()) for text, label in zip(source.items, source.labels, strict=True)]
    kept = [k for k, (text, label) in enumerate(cleaned) if text.strip() and label]
    raw, found = tuple(cleaned[k][0] for k in kept), [cleaned[k][1] for k in kept]
    _check_number("items", "texts with a label", len(kept))
    labels = _labels_by_frequency(found)
    order = {label: k for k, label in enumerate(labels)}
    coded = code(raw, config.unit, LONGEST_ITEM)
    lost = len(cleaned) - len(kept)
    notes = (f"{lost:,} rows without text or label were left out",) if lost else ()
    return Items(
        raw,
        coded,
        splits.same([_key(text) for text in raw]),
        labels,
        np.array([order[label] for label in found], np.int64),
        tuple(source.splits[k] for k in kept) if source.splits else (),
        (*notes, *_cut_note(coded, "texts")),
    )


def read_tagged(source: Source) -> Items:
    """Tagged sentences; those without words are left out."""
    kept = [k for k, words in enumerate(source.sentences) if words]
    _check_number("sentences", "tagged sentences", len(kept))
    raw = tuple(tuple(_word(word, k) for word in source.sentences[k]) for k in kept)
    tags, mended = zip(*(_iob2(source.tags[k], k) for k in kept), strict=True)
    ids, tokens = number(word for words in raw for word in words[:LONGEST_ITEM])
    codes, found = number(tag for sentence in tags for tag in sentence[:LONGEST_ITEM])
    labels = tuple(sorted(found, key=lambda tag: (tag != "O", tag)))
    _check_labels(labels)
    if len(labels) == 1:
        raise ValueError(
            f"tags: expected some words that are names, and some that are not, got {short(labels[0])} everywhere; "
            "tag names B-PER, I-PER and so on, and every other word O"
        )
    lengths = np.array([len(words) for words in raw], np.int64)
    coded = Coded(ids, tokens, np.minimum(lengths, LONGEST_ITEM), lengths > LONGEST_ITEM)
    notes = (f"{sum(mended):,} entities that began with I- begin with B- now",) if sum(mended) else ()
    return Items(
        raw,
        coded,
        splits.same([tuple(word.casefold() for word in words) for words in raw]),
        labels,
        np.array([labels.index(tag) for tag in found], np.int64)[codes],
        tuple(source.splits[k] for k in kept) if source.splits else (),
        (*notes, *_cut_note(coded, "sentences")),
    )


def check_labels(items: Items) -> None:
    """Refuse labels from which nothing can be learned, or too rare to be in every part."""
    assert items.targets is not None
    counts = np.bincount(items.targets, minlength=len(items.labels))
    _check_labels(items.labels)
    if len(items.labels) < 2:
        raise ValueError(
            f"labels: expected at least two different labels, got {short(items.labels[0])} everywhere; "
            "choose another column, or add texts with another label"
        )
    rare = int(counts.argmin())
    if counts[rare] < _FEWEST_OF_A_LABEL:
        raise ValueError(
            f"labels: expected each label at least {_FEWEST_OF_A_LABEL} times, got {short(items.labels[rare])} "
            f"{('once', 'twice')[counts[rare] - 1]}; "
            f"give it at least {_FEWEST_OF_A_LABEL} examples or leave it out"
        )


def _check_labels(labels: Sequence[str]) -> None:
    if len(labels) > MOST_LABELS:
        raise ValueError(
            f"labels: expected at most {MOST_LABELS} different ones, got {len(labels):,}; choose another column"
        )
    if longest := next((label for label in labels if len(label) > LONGEST_LABEL), None):
        raise ValueError(
            f"labels: expected at most {LONGEST_LABEL} characters, got {len(longest):,} ({short(longest)}); "
            "choose another column"
        )


def _labels_by_frequency(found: list[str]) -> tuple[str, ...]:
    return tuple(sorted(counts := Counter(found), key=lambda label: (-counts[label], label)))


def _check_number(name: str, what: str, got: int, remedy: str = "of them") -> None:
    if got < FEWEST_ITEMS:
        raise ValueError(f"{name}: expected at least {FEWEST_ITEMS} {what}, got {got}; give more {remedy}")


def _key(text: str) -> str:
    return " ".join(clean(text.casefold()).split())


def _cut_note(coded: Coded, what: str) -> tuple[str, ...]:
    cut = int(coded.cut.sum())
    return (f"{cut:,} {what} are longer than {LONGEST_ITEM} tokens and were cut",) if cut else ()


def _word(word: str, k: int) -> str:
    word = clean(word)
    if not word.strip():
        raise ValueError(f"sentences: expected words, got an empty one in sentence {k + 1}; leave it out")
    return word


def _iob2(tags: Sequence[str], k: int) -> tuple[list[str], int]:
    """Tags in which every entity begins with B-, and how many did not."""
    right: list[str] = []
    mended = 0
    for previous, tag in zip(chain(["O"], tags), tags, strict=False):
        if not _TAG.fullmatch(tag):
            raise ValueError(
                f"tags: expected O, B-... or I-..., got {short(tag)} in sentence {k + 1}; "
                "write tags as in IOB2: B-PER I-PER O"
            )
        stray = tag[0] == "I" and previous[1:] != tag[1:]
        mended += stray
        right.append(f"B{tag[1:]}" if stray else tag)
    return right, mended
