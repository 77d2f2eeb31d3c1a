"""A net that has been trained, as a page takes it: how it reads a text, and what it says; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from lstm_core import models, readout, signs
from lstm_core.arrays import Array, Ints
from lstm_core.clamps import Clamp
from lstm_core.corpus import END, START
from lstm_core.encoding import Vocabulary
from lstm_core.readout import Readout
from lstm_core.stack import Layer, StackTrace
from lstm_core.text import Unit
from lstm_ui import nets
from lstm_ui.nets import Input

NUMBERS = 32_768  # steps * units at most: 128 steps of 256 units; more would make the page slow
_NAMED = 6  # unknown tokens that a note names
KINDS = {models.LanguageModel: "next", models.Classifier: "class", models.Tagger: "tag"}


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A trained net and where it comes from.

    Parameters
    ----------
    model : LanguageModel, Classifier or Tagger
    ident : str
        Equal for equal nets.
    title : str
        What its reader calls it: no markup.
    """

    model: Any
    ident: str
    title: str


@dataclass(frozen=True, slots=True, eq=False)
class Bare:
    """Recurrent layers without an output layer: they can be looked at, but say nothing.

    `ident` and `title` as of `Learned`. `embedding` and `vocabulary`: None where it reads numbers.
    """

    layers: tuple[Layer, ...]
    ident: str
    title: str
    embedding: Array | None = None
    vocabulary: Vocabulary | None = None
    unit: Unit = "characters"


def check(model: Any) -> Any:
    """The model itself, if this app can step through it.

    Raises
    ------
    ValueError
        It reads numbers, not tokens.
    """
    if type(model) not in KINDS:
        raise ValueError(
            "model: expected one that reads text, got a regressor; open a net that reads characters or words"
        )
    return model


def about(model: Any) -> str:
    """A model in a few words."""
    first = model.layers[0]
    words = [first.cell.upper(), f"{first.forward.hidden:,} units"]
    words += [f"{len(model.layers)} layers"] * (len(model.layers) > 1) + ["both directions"] * (
        first.backward is not None
    )
    words.append(f"{len(model.vocabulary):,} {model.unit}")
    return " · ".join([*words, *([f"{len(model.labels)} labels"] if hasattr(model, "labels") else [])])


def about_layers(layers: Sequence[Layer]) -> str:
    """Recurrent layers in a few words.

    Examples
    --------
    >>> from lstm_core import stack
    >>> about_layers(stack.init(np.random.default_rng(0), 3, [5, 4], "gru", bidirectional=True))
    'GRU · 5 and 4 units · both directions'
    >>> about_layers(stack.init(np.random.default_rng(0), 3, [1024]))
    'LSTM · 1,024 units'
    """
    cells = " and ".join(dict.fromkeys(layer.cell.upper() for layer in layers))
    sizes = [f"{layer.forward.hidden:,}" for layer in layers]
    units = f"{sizes[0]} units" if len(sizes) == 1 else f"{' and '.join(sizes)} units"
    if len(set(sizes)) == 1 and len(sizes) > 1:
        units = f"{len(sizes)} layers of {sizes[0]} units"
    return " · ".join([cells, units] + ["both directions"] * (layers[0].backward is not None))


def most_steps(model: Any, numbers: int = NUMBERS) -> int:
    """How many tokens of a text a page takes that shows so many numbers, steps times units of the widest layer.

    Examples
    --------
    >>> from types import SimpleNamespace as Made
    >>> [most_steps(Made(layers=[Made(forward=Made(hidden=hidden))])) for hidden in (8, 64, 256, 1024)]
    [512, 512, 128, 32]
    """
    widest = max(layer.forward.hidden for layer in model.layers)
    return min(nets.MOST_STEPS, max(2, numbers // widest))


def read(model: Any, typed: str, numbers: int = NUMBERS) -> tuple[Input, Ints]:
    """A text as the model reads it: vectors, tokens and notes, and the tokens' ids (time,).

    Raises
    ------
    ValueError
        Nothing in the text that could be a token.
    """
    first = [START] if getattr(model, "sentences", False) else []
    most = most_steps(model, numbers)
    found, notes = nets.tokens_of(typed, model.unit, most - len(first))
    unknown = model.vocabulary.unknown
    strange = dict.fromkeys(token for token in found if token not in model.vocabulary)
    if strange:
        notes.append(_about_strange(found, list(strange), unknown, model.unit))
    if unknown is None:
        found = [token for token in found if token not in strange]
        if not found:
            raise ValueError(
                f"text: expected {model.unit} of this net's vocabulary, got none; it knows {_some(model.vocabulary)}"
            )
    ids = model.vocabulary.encode([*first, *found])
    given = nets.make_input(model.embedding[ids], [*first, *found], notes)
    odd = f"unknown, read as {unknown}"
    shown = [
        (sign, name if raw not in strange else odd if name == sign else f"{name}, {odd}")
        for raw, (sign, name) in zip(given.raw, given.tokens, strict=True)
    ]
    if first:
        shown[0] = START, "start of a sentence"
    return replace(given, tokens=tuple(shown)), ids


def _about_strange(found: Sequence[str], strange: Sequence[str], unknown: str | None, unit: str) -> str:
    """What becomes of tokens that a net does not know."""
    count = sum(token in strange for token in found)
    some = " ".join(signs.sign(token)[:24] for token in strange[:_NAMED]) + " …" * (len(strange) > _NAMED)
    what = "and so left out" if unknown is None else f"and so read as {unknown}"
    return f"Not in this net's vocabulary, {what}: {some} ({count} of {len(found)} {unit})."


def _some(vocabulary: Vocabulary) -> str:
    return " ".join(signs.sign(token)[:24] for token in vocabulary.tokens[: 2 * _NAMED])


def enter(model: Any, tokens: Sequence[str]) -> Array:
    """The vectors that tokens enter a model as, (time, features)."""
    return np.asarray(model.embedding[model.vocabulary.encode(tokens)])


def symbols(model: Any) -> tuple[str, ...]:
    """What the outputs of a model stand for: tokens, or labels."""
    return model.vocabulary.tokens if isinstance(model, models.LanguageModel) else model.labels


def following(model: Any, ids: Ints) -> Ints:
    """The output that would have been right at each step, where that is known; -1 elsewhere.

    A text may go on behind its end, but a sentence does not.

    Examples
    --------
    >>> following(None, np.array([3, 1]))
    array([-1, -1])
    """
    found = np.full(len(ids), -1)
    if isinstance(model, models.LanguageModel):
        found[:-1] = ids[1:]
        if model.sentences:
            found[-1] = model.vocabulary.tokens.index(END)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run of a trained net over the `ids` (time,) of a text, and what it says at every step."""

    model: Any
    ids: Ints
    trace: StackTrace
    says: Readout


def run(model: Any, layers: Sequence[Layer], ids: Ints, clamps: Sequence[Clamp] = ()) -> Run:
    """The run of a text; `layers` are the model's own, or differ by weights set by hand.

    Remembered, because a classifier of two directions is run on every beginning of the text.
    """
    if tuple(layers) == model.layers:  # the same objects
        return _run(model, tuple(ids.tolist()), tuple(clamps))
    return _run.__wrapped__(replace(model, layers=tuple(layers)), ids, tuple(clamps))


@lru_cache(maxsize=4)
def _run(model: Any, ids: Sequence[int], clamps: tuple[Clamp, ...]) -> Run:
    given = np.asarray(ids)
    trace = readout.run(model, given, clamps)
    return Run(model, given, trace, readout.readout(model, given, trace, clamps))
