"""Nets of the same size as one, to hold beside it: untrained, of this app, of runs on this server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import stack
from lstm_core.stack import Layer, Params
from lstm_ui import heat, own_net, sample_models
from lstm_ui.given import Given
from lstm_ui.kept import kept
from lstm_ui.learned import Bare
from lstm_ui.nets import USUAL_BIAS

UNTRAINED, BEFORE = "untrained", "before"
_MOST_RUNS = 20  # that are offered, the newest first
_RUN = "run-"  # before the id of a run


def titles(given: Given, layers: Sequence[Layer]) -> dict[str, str]:
    """What there is to choose from, by ids that can stand in a link."""
    has_embedding = given.enter is not None and given.example is None
    found = {UNTRAINED: "Fresh layers, the same embedding" if has_embedding else "Fresh layers"}
    if (earlier := own_net.earlier()) is not None and shape(earlier.layers) == shape(layers):
        found[BEFORE] = f"{earlier.title}, opened before"
    if given.trained is None:
        return found
    here, wanted = given.trained.ident, shape(layers)
    for name in sample_models.names():
        if f"model {name}" != here and shape(sample_models.open_sample(name).model.layers) == wanted:
            found[name] = sample_models.title(name)
    return found | _runs(here, wanted)


def _runs(here: str, wanted: object) -> dict[str, str]:
    from lstm_ui import runs

    listed = [each for each in runs.service().runs(_MOST_RUNS) if f"run {each.id}" not in here]
    ready = [each for each in listed if each.step]

    def fitting() -> dict[str, str]:
        views = [runs.service().view(each.id) for each in ready]
        return {
            f"{_RUN}{view.id}": f"{view.title or 'A run'} (run)"
            for view in views
            if view.checkpoints and shape(runs.model(view.id, view.checkpoints[-1].step).layers) == wanted
        }

    try:
        found: dict[str, str] = kept("runs of the same size", (here, wanted, tuple(r.id for r in ready)), fitting)
    except (LookupError, ValueError):  # deleted or thinned out meanwhile: next time
        return {}
    return found


def before(given: Given) -> Given:
    """The same sequence as the net reads it that the reader has opened before this one.

    Raises
    ------
    ValueError
        It reads something else, or there is none.
    """
    earlier = own_net.earlier()
    if earlier is None:
        raise ValueError("No net has been opened before this one.")
    if given.own is not None and given.enter is None:
        if earlier.features != given.input.x.shape[1]:
            raise ValueError(f"{earlier.title} has {earlier.features} inputs: choose another.")
        return replace(given, own=Bare(earlier.layers, earlier.ident, earlier.title))
    if not (earlier.model or earlier.wishes.tokens):
        raise ValueError(f"{earlier.title} has no vocabulary: open it again and give one.")
    found = own_net.given(replace(earlier, numbers=None), st.session_state["text"], heat.MOST_READ)
    if found.input.raw != given.input.raw:
        raise ValueError(f"{earlier.title} reads other tokens: choose another.")
    return found


def model(ident: str) -> Any:
    """The net of an id that `titles` gave; a run's is its newest.

    Raises
    ------
    ValueError
        There is none any more.
    """
    if not ident.startswith(_RUN):
        return sample_models.open_sample(ident).model
    from lstm_ui import runs

    try:
        view = runs.service().view(ident.removeprefix(_RUN))
        return runs.model(view.id, view.checkpoints[-1].step)
    except (LookupError, IndexError) as error:
        raise ValueError(f"{ident}: expected a run with a checkpoint, got none; choose another net") from error


def shape(layers: Sequence[Layer]) -> tuple[object, ...]:
    """What two nets must share to be drawn one beside the other: cells, sizes and directions."""
    return tuple((layer.cell, layer.forward.hidden, layer.backward is None) for layer in layers)


@lru_cache(maxsize=4)
def _untrained(layers: tuple[Layer, ...], seed: int, forget_bias: float) -> tuple[Layer, ...]:
    """Weights of the usual initialisation in the shapes of a net; its variants stay."""
    rng = np.random.default_rng(seed)

    def fresh(cell: str, params: Params) -> Params:
        options: dict[str, Any] = {
            name: getattr(params, name) for name in ("variant", "reset_after", "activation") if hasattr(params, name)
        }
        if cell == "lstm":
            options["forget_bias"] = forget_bias
        made: Params = stack.CELLS[cell].init(
            rng, params.W_x.shape[0], params.hidden, dtype=params.W_x.dtype, **options
        )
        return made

    return tuple(
        Layer(layer.cell, fresh(layer.cell, layer.forward), layer.backward and fresh(layer.cell, layer.backward))
        for layer in layers
    )


def untrained(layers: Sequence[Layer], seed: int, forget_bias: float = USUAL_BIAS) -> tuple[Layer, ...]:
    """A net of the same shape that has learned nothing; the same seed gives the same."""
    return _untrained(tuple(layers), seed, forget_bias)
