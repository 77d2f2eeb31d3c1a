"""The output layer for the player: what a trained net says at each step, and how it comes to say it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from lstm_core import models
from lstm_core.arrays import Array, Ints
from lstm_core.readout import Readout, output_weights
from lstm_plots.outputs import output_formulas
from lstm_ui import learned, nets
from lstm_ui.components.transport import pack_table
from lstm_ui.learned import Run

TOP = 5  # of a vocabulary, in each run
ALL = 12  # so many labels are all shown, in their own order
PUSHES = 3  # units that are named for what they give to a sum
_LARGE = 80.0  # exp of more is no float32

_WORDS = {
    "next": ("What comes next", "Every step ends in the output layer: a number for each token that could come next."),
    "class": ("If the text ended here", "The output layer is asked after every token, as if the text ended there."),
    "tag": ("The tag of this word", "Every step ends in the output layer: a number for each tag."),
}


@lru_cache(maxsize=4)
def head_payload(runs: tuple[Run, ...], *, layer: int, direction: str, notation: str) -> dict[str, Any]:
    """Everything the player needs to show what a net says. Remembered: while the reader moves, nothing of it changes.

    Parameters
    ----------
    runs : tuple of learned.Run
        The free run, and the held one if something is held.
    layer : int
        The one shown, from 0.
    direction : {"forward", "backward"}
    notation : str

    Returns
    -------
    dict
        `symbols` (sign, name) of the outputs that occur; `fixed`: their order never changes. Shared by the runs:
        `choice` (steps, K), the symbols that are candidates at each step, -1 for none, and `true` (steps, 1), the one
        that would have been right, -1 where nobody knows. Of each run: y (the logit), y.h and b.y (its parts), p, and
        the units that gave most to each sum.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    model, ids, logits = runs[0].model, runs[0].ids, [run.says.logits for run in runs]
    true = learned.following(model, ids)
    names = learned.symbols(model)
    few = len(names) <= ALL
    chosen = np.tile(np.arange(len(names)), (len(true), 1)) if few else candidates(logits, true)
    used = np.unique(np.concatenate([chosen[chosen >= 0], true[true >= 0]]))
    place = np.full(len(names) + 1, -1)  # the last one for -1
    place[used] = np.arange(len(used))
    kind = learned.KINDS[type(model)]
    large = max(float(np.abs(values).max()) for values in logits) > _LARGE
    mean = getattr(model, "pooling", "last") == "mean"
    title, words = _WORDS[kind]
    shared = {"choice": place[chosen].astype(np.float32), "true": place[true][:, None].astype(np.float32)}
    embedded = model.embedding[ids]
    return {
        "kind": kind,
        "title": title,
        "words": words,
        "symbols": [list(pair) for pair in nets.make_input(embedded, [names[k] for k in used], ()).tokens],
        "fixed": few,
        "outputs": len(names),
        "shared": pack_table({**shared, "embedding": embedded}),
        "runs": [pack_table(_columns(model, run.says, chosen, true)) for run in runs],
        "formulas": [formula._asdict() for formula in output_formulas(notation, mean=mean, large=large)],
        "notes": _notes(model, mean),
        "units": _units(model, layer, direction),
    }


def candidates(logits: Sequence[Array], true: Ints, top: int = TOP) -> Ints:
    """The most probable outputs of every run and the true one, at each step, each once: (steps, K), -1 where fewer.

    Examples
    --------
    >>> candidates([np.array([[0.0, 3.0, 2.0, 1.0]])], np.array([0]), top=2)
    array([[1, 2, 0]])
    """
    found = np.concatenate([*(_best(values, top) for values in logits), true[:, None]], axis=1)
    for k in range(1, found.shape[1]):
        found[(found[:, :k] == found[:, k : k + 1]).any(axis=1), k] = -1
    return found


def _best(logits: Array, top: int) -> Ints:
    """The largest of each row, the first of equal ones first; so few are found sooner than a row is sorted."""
    left, found = logits.copy(), []
    for _ in range(top):
        found.append(left.argmax(axis=1))
        left[np.arange(len(left)), found[-1]] = -np.inf
    return np.stack(found, axis=1)


def _columns(model: Any, run: Readout, chosen: Ints, true: Ints) -> dict[str, Array]:
    """One run's numbers for the candidates, (steps, K) each; those of units (steps, K * PUSHES)."""
    steps = np.arange(len(chosen))[:, None]
    log_p = models.log_probabilities(run.logits.astype(np.float64))
    # The log of all exponentials' sum is whatever a logit has more than its log probability.
    lse = (run.logits[:, :1].astype(np.float64) - log_p[:, :1]).clip(-1e30, 1e30)
    lse = np.tile(lse, chosen.shape[1])  # one for each candidate: the formulas read all their numbers at one place
    W = output_weights(model)
    nats = np.where(true < 0, 0, -log_p[steps[:, 0], true])
    found = _largest("unit", "gives", run.rows, W, chosen)
    if isinstance(model, models.Classifier):  # what this token has changed; the first one all
        changes = np.diff(run.rows, axis=0, prepend=np.zeros_like(run.rows[:1]))
        found |= _largest("moved.unit", "moved.gives", changes, W, chosen)
        found["moved"] = np.diff(run.sums, axis=0, prepend=np.zeros_like(run.sums[:1]))[steps, chosen]
    return found | {
        "y": run.logits[steps, chosen],
        "y.h": run.sums[steps, chosen],
        "b.y": model.b_out[chosen],
        "p": np.exp(log_p[steps, chosen]),
        "lse": lse,
        "sum": np.exp(np.minimum(lse, _LARGE)),
        "nats": nats[:, None],
    }


def _largest(unit: str, gives: str, rows: Array, W: Array, chosen: Ints) -> dict[str, Array]:
    """The PUSHES units that give most to each sum, and what each gives: (steps, K * PUSHES) under two names."""
    parts = rows[:, None, :] * W.T[chosen]  # (time, K, outputs)
    order = np.argsort(-np.abs(parts), axis=2, kind="stable")[:, :, :PUSHES]
    given = np.take_along_axis(parts, order, axis=2)
    return {unit: order.reshape(len(chosen), -1).astype(np.float32), gives: given.reshape(len(chosen), -1)}


def _units(model: Any, layer: int, direction: str) -> dict[str, Any]:
    """How the output layer's inputs are called: units of the last layer, the backward ones behind the forward ones.

    `own`: the first of those that belong to the cell shown, or -1 where it is not of the last layer.
    """
    last = model.layers[-1]
    own = last.forward.hidden * (direction == "backward") if layer == len(model.layers) - 1 else -1
    return {"hidden": last.forward.hidden, "both": last.backward is not None, "layer": len(model.layers), "own": own}


def _notes(model: Any, mean: bool) -> list[str]:
    found = []
    if mean:
        found.append("This net reads the mean of all outputs so far, not the last one.")
    if model.layers[-1].backward is not None:
        found.append("Its state is that of both directions side by side.")
        if isinstance(model, models.Classifier):
            found.append("The backward direction is run anew from each token, as if the text ended there.")
    if model.W_out is None:
        found.append("The weights of the output layer are the vectors of the tokens themselves (tied).")
    return found
