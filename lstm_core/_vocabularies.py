"""Vocabularies of training texts, held to a size that can be kept and drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_core.arrays import Bools, Ints
from lstm_core.encoding import Vocabulary
from lstm_core.text import Unit
from lstm_core.tokens import Coded

UNKNOWN, START, END = "<unk>", "<s>", "</s>"

LONGEST_TOKEN = 64  # characters; longer ones are links and noise
MOST_BYTES = 40_000  # of all tokens in UTF-8: a model file keeps its vocabulary in a header of 64 KB


class Learned(NamedTuple):
    """A vocabulary, every token's id, and how often each id occurs in the training part."""

    vocabulary: Vocabulary
    ids: Ints
    counts: Ints
    notes: tuple[str, ...]


def learn(coded: Coded, in_train: Bools, most: int, unit: Unit, special: tuple[str, ...] = ()) -> Learned:
    """The vocabulary of the training tokens, and all tokens in it.

    Parameters
    ----------
    coded : Coded
    in_train : ndarray of bool, shape (steps,)
    most : int
        Largest vocabulary, all its tokens counted.
    unit : {"characters", "words"}
        For the notes.
    special : tuple of str
        What follows the unknown token.
    """
    counts = np.bincount(coded.ids[in_train], minlength=len(coded.tokens))
    ranked = sorted((-int(counts[k]), coded.tokens[k]) for k in np.flatnonzero(counts))
    first = (UNKNOWN, *special)
    room = MOST_BYTES - sum(map(len, first))
    kept: list[str] = []
    for _, token in ranked:
        if len(token) > LONGEST_TOKEN or token in first:
            continue
        room -= len(token.encode("utf-8", "surrogatepass"))
        if room < 0 or len(first) + len(kept) >= most:
            break
        kept.append(token)
    vocabulary = Vocabulary((*first, *kept))
    ids = vocabulary.encode(coded.tokens)[coded.ids] if coded.tokens else coded.ids
    found = np.bincount(ids[in_train], minlength=len(vocabulary))
    return Learned(vocabulary, ids, found, _notes(ids, in_train, len(ranked) - len(kept), unit))


def _notes(ids: Ints, in_train: Bools, left_out: int, unit: Unit) -> tuple[str, ...]:
    notes = []
    if left_out:
        share = np.mean(ids[in_train] == 0)
        notes.append(
            f"{left_out:,} rare or very long {unit} are not in the vocabulary and are read as unknown "
            f"({share:.1%} of the training part)"
        )
    held_out = ids[~in_train]
    if unseen := int((held_out == 0).sum()):
        notes.append(
            f"{unseen:,} of the {len(held_out):,} {unit} in the validation and test parts are unknown to the net"
        )
    return tuple(notes)
