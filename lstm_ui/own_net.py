"""A net of the reader's own, from a file to something that every page takes.

It stays in its reader's session: nothing of it is written to the disk or to an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePath
from typing import Any, Literal

import numpy as np
import streamlit as st

from lstm_core.arrays import Array
from lstm_core.stack import Layer
from lstm_core.text import Unit
from lstm_runs import foreign, foreign_models, inputs, model_files, vocabularies
from lstm_runs.foreign import Names
from lstm_ui import learned, nets
from lstm_ui.given import Given
from lstm_ui.learned import Bare, Learned

OWN, EARLIER = "own net", "own net before"  # in the session
NOTHING = "nothing"  # of a net without an output layer, or whose outputs nobody has explained
TASKS = (NOTHING, "language", "classifier", "tagger")
_LONGEST_TITLE = 80
MOST_LABELS = 2_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the reader says of a net because its file does not."""

    names: Names = field(default_factory=Names)
    activation: Literal["tanh", "relu"] = "tanh"
    reset: Literal["after", "before"] = "after"
    tokens: tuple[str, ...] = ()
    unit: Unit = "characters"
    task: str = NOTHING
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """A net of the reader's own.

    Parameters
    ----------
    title : str
        The name of its file: no markup.
    digest : str
        Of the file.
    wishes : Wishes
    found : foreign.Found or None
        The tensors in the file; None of a model that was saved here.
    net : foreign.Net or None
        What was recognised in them; None, with the `problem`, where other layers have to be chosen first.
    model, config : Model, TrainConfig, or None
        The whole net, where it has a vocabulary and its outputs are known; what it would be trained with.
    numbers : inputs.Inputs or None
        A sequence that the reader gave as numbers.
    notes : mapping of str to str
        What a model that was saved here says of itself.
    """

    title: str
    digest: str
    wishes: Wishes = field(default_factory=Wishes)
    found: Any = None
    net: Any = None
    model: Any = None
    config: Any = None
    numbers: inputs.Inputs | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Its recurrent layers."""
        found: tuple[Layer, ...] = self.model.layers if self.net is None else self.net.layers
        return found

    @property
    def ident(self) -> str:
        """Equal for equal nets."""
        return f"own {self.digest[:16]} {hash(self.wishes)}"

    @property
    def features(self) -> int:
        """Numbers that enter at a step."""
        return int(self.layers[0].forward.W_x.shape[0])


def current() -> Own | None:
    """The net that this reader has opened."""
    found: Own | None = st.session_state.get(OWN)
    return found


def earlier() -> Own | None:
    """The one before it, to hold beside it: another moment of its training perhaps."""
    found: Own | None = st.session_state.get(EARLIER)
    return found


def keep(own: Own) -> None:
    """Make a net the reader's, with what was said of the one before as far as it fits."""
    state, before = st.session_state, current()
    if before is not None and before.digest != own.digest:
        state[EARLIER] = before
        own = _like(own, before)
    state[OWN] = own


def _like(own: Own, before: Own) -> Own:
    if own.net is None or before.net is None:
        return own
    with suppress(ValueError):
        said = {name: getattr(before.wishes, name) for name in ("tokens", "unit", "task", "labels")}
        own = wish(own, **said)
    return replace(own, numbers=before.numbers) if own.features == before.features else own


def open_own(data: bytes, name: str) -> Own:
    """The net in a file: weights of PyTorch or Keras, or a model that was saved here.

    Raises
    ------
    ValueError
        Not a safetensors file, nothing recurrent in it, over a limit; the message says what to do. As
        `foreign.FormatError` with the lines of Python that convert it.
    """
    title = PurePath(name.replace("\\", "/")).name[:_LONGEST_TITLE] or "Your net"
    digest = hashlib.sha256(data).hexdigest()
    if foreign.is_ours(data):
        opened = model_files.open_model(data)
        model = learned.check(opened.model)
        named = opened.notes.get("title") or title
        return Own(named, digest, model=model, config=opened.config, notes=opened.notes)
    found = foreign.open_file(data)
    try:
        return Own(title, digest, found=found, net=foreign.recognise(found))
    except ValueError as error:
        if len(found.modules) < 2:
            raise
        return Own(title, digest, found=found, problem=str(error))  # the reader may choose other layers in it


def wish(own: Own, **changes: Any) -> Own:
    """The same file, understood otherwise.

    Parameters
    ----------
    own : Own
    **changes
        Fields of `Wishes`.

    Raises
    ------
    ValueError
        What does not fit together; `own` is as it was.
    """
    wishes = replace(own.wishes, **changes)
    net = own.net
    if {"names", "activation", "reset"} & changes.keys():
        net = _recognised(own.found, wishes)
    if wishes.tokens:
        vocabularies.check_fits(wishes.tokens, net)
    made = replace(own, wishes=wishes, net=net, model=None, config=None, problem="")
    if not wishes.tokens or wishes.task == NOTHING:
        return made
    labels = wishes.labels if wishes.task != "language" else ()
    model, config = foreign_models.model(net, wishes.tokens, unit=wishes.unit, task=wishes.task, labels=labels)  # type: ignore[arg-type]
    return replace(made, model=model, config=config)


def _recognised(found: Any, wishes: Wishes) -> Any:
    # Where the weights tell how a GRU resets, they decide.
    after = None if wishes.reset == "after" else False
    return foreign.recognise(found, wishes.names, activation=wishes.activation, reset_after=after)


def is_reset_open(own: Own) -> bool:
    """Whether the file leaves open where a GRU applies its reset gate: one of Keras without biases."""
    if own.layers[0].cell != "gru":
        return False
    names = [name for part in own.net.parts if part.role == "layer" for name in part.names]
    return any("kernel" in name for name in names) and not any("bias" in name for name in names)


def give_vocabulary(own: Own, data: bytes) -> Own:
    """The net with a vocabulary; what its tokens and outputs are is guessed.

    Raises
    ------
    ValueError
        No vocabulary, or one of another size than the net's.
    """
    tokens = vocabularies.read_vocabulary(data)
    unit: Unit = "characters" if sum(len(token) == 1 for token in tokens) > len(tokens) / 2 else "words"
    both = any(layer.backward is not None for layer in own.net.layers)
    is_language = own.net.W_out is not None and own.net.W_out.shape[1] == len(tokens) and not both
    found = wish(own, tokens=tokens, unit=unit, task="language" if is_language else NOTHING, labels=())
    return replace(found, numbers=None)


def give_numbers(own: Own, data: bytes, name: str) -> Own:
    """The net with a sequence of numbers that it reads instead of a text.

    Raises
    ------
    ValueError
        No numbers, or another number of columns than the net has inputs.
    """
    return replace(own, numbers=inputs.read_inputs(data, name, own.features))


def labels_of(typed: str) -> tuple[str, ...]:
    """Names of labels from a line, separated by commas.

    Examples
    --------
    >>> labels_of(" good, bad ,")
    ('good', 'bad')
    """
    return tuple(label.strip()[:_LONGEST_TITLE] for label in typed.split(",") if label.strip())[:MOST_LABELS]


def missing(own: Own) -> str:
    """What has to be given before the net can read anything; empty where nothing is missing."""
    if own.problem:
        return f"{own.problem} Or choose other recurrent layers in it (Open a net)."
    if own.model is not None or own.wishes.tokens or own.numbers is not None:
        return ""
    tokens = own.features if own.net.embedding is None else len(own.net.embedding)
    return (
        f"Opened. Now give it something to read: a vocabulary (a JSON list of its {tokens:,} tokens), to type a text, "
        f"or numbers (.npy or CSV, {own.features:,} columns)."
    )


def given(own: Own, typed: str, numbers: int) -> Given:
    """A text, or its numbers, as the net reads it.

    Parameters
    ----------
    own : Own
    typed : str
    numbers : int
        Steps times units that the page takes.

    Raises
    ------
    ValueError
        Nothing in the text that it knows.
    """
    if own.numbers is not None:
        return _of_numbers(own, numbers)
    if own.model is not None:
        found, ids = learned.read(own.model, typed, numbers)
        whole = Learned(own.model, own.ident, own.title)
        return Given(found, None, whole, ids, unit=own.model.unit, enter=partial(learned.enter, own.model))
    bare = _bare(own)
    found, _ = learned.read(bare, typed, numbers)
    return Given(found, unit=bare.unit, enter=partial(learned.enter, bare), own=bare)


def _of_numbers(own: Own, numbers: int) -> Given:
    assert own.numbers is not None
    most = min(nets.MOST_STEPS, max(2, numbers // max(layer.forward.hidden for layer in own.layers)))
    values, notes = own.numbers.values[:most], own.numbers.notes
    if len(own.numbers.values) > most:
        notes = (*notes, f"This page shows the first {most} steps with so many units.")
    dtype = own.layers[0].forward.W_x.dtype
    names = [str(step + 1) for step in range(len(values))]
    return Given(nets.make_input(values.astype(dtype), names, notes), own=Bare(own.layers, own.ident, own.title))


def _bare(own: Own) -> Bare:
    vocabulary, order = vocabularies.arrange(own.wishes.tokens)
    table: Array = np.eye(len(order)) if own.net.embedding is None else own.net.embedding
    embedding = np.ascontiguousarray(table[order], own.layers[0].forward.W_x.dtype)
    return Bare(own.layers, own.ident, own.title, embedding, vocabulary, own.wishes.unit)
