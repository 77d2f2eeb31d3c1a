"""What a model would say after every token, had the text ended there; also of runs in which something is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstm_core import heads, stack
from lstm_core.arrays import Array, Ints
from lstm_core.clamps import Clamp
from lstm_core.models import Classifier, LanguageModel, Tagger
from lstm_core.stack import StackTrace

_NUMBERS = 4_000_000  # of prefixes that are run side by side: some 100 MB with all their signals


class Readout(NamedTuple):
    """At every step: `rows` (time, outputs) meet the output layer, `sums` = rows @ W_out, `logits` = sums + b_out."""

    rows: Array
    sums: Array
    logits: Array


def output_weights(model: LanguageModel | Classifier | Tagger) -> Array:
    """The matrix of the output layer, (outputs, classes); of tied weights the embedding, transposed."""
    return model.embedding.T if model.W_out is None else model.W_out


def run(model: LanguageModel | Classifier | Tagger, ids: Ints, clamps: Sequence[Clamp] = ()) -> StackTrace:
    """One sequence of token ids (time,) through the layers of a model, a batch of one."""
    return stack.forward(model.layers, model.embedding[ids][:, None], clamps=clamps)


def readout(
    model: LanguageModel | Classifier | Tagger, ids: Ints, trace: StackTrace, clamps: Sequence[Clamp] = ()
) -> Readout:
    """What comes out of a model's output layer at every step of a run.

    A language model and a tagger say something at every step anyway. A classifier speaks at the end of a text: here,
    what it would say if the text ended at that step. A backward direction starts at a text's last token, so a
    classifier with two directions is run on every beginning of the text.

    Parameters
    ----------
    model : LanguageModel, Classifier or Tagger
    ids : ndarray of int, shape (time,)
    trace : StackTrace
        `run(model, ids, clamps)`.
    clamps : sequence of Clamp
        Windows are cut at the end of each beginning.

    Returns
    -------
    Readout

    Examples
    --------
    >>> from lstm_core.encoding import Vocabulary
    >>> rng, words = np.random.default_rng(0), Vocabulary(("<unk>", "not", "good"))
    >>> model = Classifier(np.eye(3), stack.init(rng, 3, [4]), np.ones((4, 2)), np.zeros(2), words, ("bad", "good"))
    >>> ids = words.encode(["not", "good"])
    >>> readout(model, ids, run(model, ids)).logits.shape
    (2, 2)
    """
    rows = trace.h[:, 0]
    if isinstance(model, Classifier):
        if any(layer.backward is not None for layer in model.layers):
            rows = _of_beginnings(model, ids, clamps)
        elif model.pooling == "mean":
            rows = rows.cumsum(axis=0) / np.arange(1, len(rows) + 1, dtype=rows.dtype)[:, None]
    sums = rows @ output_weights(model)
    return Readout(rows, sums, sums + model.b_out)


def _of_beginnings(model: Classifier, ids: Ints, clamps: Sequence[Clamp]) -> Array:
    """What a classifier's output layer gets from each beginning of a text, (time, outputs)."""
    steps, width = len(ids), sum(layer.outputs for layer in model.layers)
    found = []
    start = 0
    while start < steps:
        # Beginnings of nearly the same length together, as many as memory allows.
        stop = min(steps, start + max(1, _NUMBERS // (width * steps)))
        lengths = np.arange(start + 1, stop + 1)
        padded = np.where(np.arange(stop)[:, None] < lengths, ids[:stop, None], 0)  # (time, batch)
        inside = [replace(c, stop=min(stop, c.stop or stop)) for c in clamps if c.start < stop]
        trace = stack.forward(model.layers, model.embedding[padded], lengths=lengths, clamps=inside)
        if model.pooling == "mean":
            found.append(heads.pool_mean(trace.h, lengths))
        else:
            found.append(np.concatenate([state.h for state in trace.final[-1] if state is not None], axis=1))
        start = stop
    return np.concatenate(found)
