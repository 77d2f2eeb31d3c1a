"""From items to Data: shared out to the three parts, and encoded."""

from __future__ import annotations

import numpy as np

from lstm_core import splits
from lstm_core._data import Data, Ragged
from lstm_core._items import Items, check_labels
from lstm_core._vocabularies import END, START, learn
from lstm_core.arrays import Bools, Ints
from lstm_core.config import Task, TrainConfig
from lstm_core.series import short
from lstm_core.sources import PARTS

_START, _END = 1, 2  # ids, behind the unknown token


def from_items(items: Items, config: TrainConfig, digest: str) -> Data:
    """Sequences in three parts, with the vocabulary of the first."""
    parts, notes = _share_out(items, config)
    in_train = np.repeat(parts, items.coded.lengths) == splits.TRAIN
    special = (START, END) if config.task == "language" else ()
    unit = "words" if config.task == "tagger" else config.unit
    learned = learn(items.coded, in_train, config.most_symbols, unit, special)
    train, validation, test = (_part(items, learned.ids, parts == k, config.task) for k in range(3))
    if config.batch > len(train):
        raise ValueError(
            f"batch: expected at most {len(train):,}, the items of the training part, got {config.batch:,}; "
            f"lower the batch size to at most {len(train):,} or give more data"
        )
    counts = learned.counts
    if special:
        counts = counts + np.bincount([_START, _END], minlength=len(counts)) * len(train)
    raw = [tuple(r for r, part in zip(items.raw, parts, strict=True) if part == k) for k in range(3)]
    return Data(
        task=config.task,
        vocabulary=learned.vocabulary,
        labels=items.labels,
        train=train,
        validation=validation,
        test=test,
        digest=digest,
        notes=(*items.notes, *notes, *learned.notes),
        counts=counts,
        raw_validation=raw[splits.VALIDATION],  # type: ignore[arg-type]  # one kind of item in all parts
        raw_test=raw[splits.TEST],  # type: ignore[arg-type]
    )


def _share_out(items: Items, config: TrainConfig) -> tuple[Ints, tuple[str, ...]]:
    """The part of every item, and what there is to say about it."""
    if config.task == "classifier":
        check_labels(items)
    if items.splits:
        parts = np.array([PARTS.index(split) for split in items.splits], np.int64)
    else:
        shares = splits.STREAM_SHARES if config.task == "language" else splits.ITEM_SHARES
        strata = items.targets if config.task == "classifier" else None
        parts = splits.part_groups(items.groups, strata, shares, config.seed)
    if not items.splits and config.task == "classifier":
        _bring_to_train(items, parts)
    sizes = np.bincount(parts, minlength=3)
    if not sizes.all():
        remedy = "mark some" if items.splits else "give more different ones"
        raise ValueError(
            f"splits: expected items in each of {', '.join(PARTS)}, got none in {PARTS[int(sizes.argmin())]}; {remedy}"
        )
    return parts, (*_crossing(items, parts), *_unlearned(items, parts, config))


def _bring_to_train(items: Items, parts: Ints) -> None:
    """Equal texts with different labels are one group, in which a rare label may have left the training part."""
    assert items.targets is not None
    for label in range(len(items.labels)):
        has_label = items.targets == label
        if not (parts[has_label] == splits.TRAIN).any():
            parts[np.isin(items.groups, items.groups[has_label][:1])] = splits.TRAIN


def _crossing(items: Items, parts: Ints) -> tuple[str, ...]:
    """A note where the given parts share items: a test on what was learned by heart says nothing."""
    learned = np.unique(items.groups[parts == splits.TRAIN])
    crossing = int(np.isin(items.groups[parts != splits.TRAIN], learned).sum())
    note = f"{crossing:,} items of the validation and test parts are in the training part too, as the file says"
    return (note,) if crossing else ()


def _unlearned(items: Items, parts: Ints, config: TrainConfig) -> tuple[str, ...]:
    """Labels that the training part lacks: an error for a classifier, a note for a tagger."""
    if items.targets is None:
        return ()
    token_parts = parts if config.task == "classifier" else np.repeat(parts, items.coded.lengths)
    learned = np.unique(items.targets[token_parts == splits.TRAIN])
    missing = [label for k, label in enumerate(items.labels) if k not in learned]
    if missing and config.task == "classifier":
        raise ValueError(
            f"labels: expected each in the training part, got {short(missing[0])} in the others only; "
            "mark some of its texts 'train', or leave the label out"
        )
    names = ", ".join(map(short, missing))
    return (f"tags that the training part lacks cannot be learned: {names}",) if missing else ()


def _part(items: Items, ids: Ints, chosen: Bools, task: Task) -> Ragged:
    """The chosen items; sentences of a language model with their start and end tokens."""
    lengths = items.coded.lengths
    in_part = np.repeat(chosen, lengths)
    if items.targets is None:
        return _sentences(ids[in_part], lengths[chosen], items.coded.cut[chosen])
    by_token = task == "tagger"
    targets = items.targets[in_part if by_token else chosen]
    return Ragged(ids[in_part], _offsets(lengths[chosen]), targets, by_token)


def _sentences(tokens: Ints, lengths: Ints, cut: Bools) -> Ragged:
    """Inputs <s> t1 .. tn with targets t1 .. tn </s>; where a sentence was cut, it does not end."""
    sizes = 1 + lengths + ~cut
    ends = np.cumsum(sizes)
    whole = np.zeros(sizes.sum(), np.int64)
    whole[ends - sizes] = _START
    whole[ends[~cut] - 1] = _END
    whole[whole == 0] = tokens
    is_input, is_target = np.ones(len(whole), bool), np.ones(len(whole), bool)
    is_input[ends - 1] = False
    is_target[ends - sizes] = False
    return Ragged(whole[is_input], _offsets(sizes - 1), whole[is_target], by_token=True)


def _offsets(lengths: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
