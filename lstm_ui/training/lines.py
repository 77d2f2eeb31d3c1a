"""What the simplest models reach on the same data: the lines that a net has to get below, or above.

Counting 5-grams of a long text takes seconds. It is done once a server and data set, in a thread, while the page goes
on; the lines come into the picture when they are ready.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import streamlit as st

from lstm_core import baselines, batches
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Part, Ragged

_PATIENCE = 0.05  # seconds that a page waits for them, where it has something else to show


@st.cache_resource(show_spinner=False)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="lines")


@st.cache_resource(max_entries=16, show_spinner=False)
def _later(key: tuple[object, ...], _make: Callable[[], Any]) -> Future[Any]:
    return _thread().submit(_make)


def ready(key: tuple[object, ...], make: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
    """What `make` gives if it is there by now, else None; it is asked once a server.

    Parameters
    ----------
    key : tuple
        Everything that `make` depends on.
    make : callable
    seconds : float
        How long to wait for it.
    """
    future = _later(key, make)
    patience = None if os.environ.get("GATESCOPE_EXECUTOR") == "inline" else seconds
    try:
        return future.result(patience)
    except (TimeoutError, ValueError):  # not yet; or there is nothing to count
        return None


def language(data: Data, config: TrainConfig, part: Part = "validation") -> dict[str, float]:
    """Nats a token of counting models, on the very tokens that the net is measured on.

    Returns
    -------
    dict of str to float
        "uniform", "bigram", "trigram", "5-gram".
    """
    chosen, held_out = batches.validation(data, config, part), data.part(part)
    positions = chosen.positions
    if chosen.items is not None and isinstance(held_out, Ragged):
        offsets = held_out.offsets
        positions = np.concatenate([np.arange(offsets[k], offsets[k + 1]) for k in np.sort(chosen.items)])
    symbols = 0 if data.vocabulary is None else len(data.vocabulary)
    return baselines.ngram_lines(data.train, held_out, symbols, positions=positions)


def pictures(data: Data, config: TrainConfig) -> dict[str, Any]:
    """The lines of the live chart: `baselines` beside the loss, `score_baselines` beside the score."""
    if config.task == "language":
        return {"baselines": list(language(data, config).items())}
    if config.task == "classifier":
        lines = baselines.classifier_lines(data, "validation")
        return {"score_baselines": [(name, line.accuracy) for name, line in lines.items()]}
    return {"score_baselines": [("most frequent tag", baselines.tagger_line(data, "validation").token_accuracy)]}
