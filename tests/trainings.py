"""Small trainings of every task for the tests, and what it means that two of them are the same."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.testing import assert_array_equal

from lstm_core import corpus, models
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.history import COLUMNS
from lstm_core.training import TrainState, advance, start
from tests.checks import arrays_of
from tests.corpora import CLASSIFIER, SENTENCES, SERIES, SOURCES, STREAM, TAGGER

SIZES: dict[str, Any] = {
    "hidden": 5,
    "features": 3,
    "steps": 30,
    "rate": 0.02,
    "validate_every": 6,
    "validation_tokens": 1_500,
    "stability_window": 4,
    "stability_weight": 0.5,
    "seed": 7,
}
# Epochs of 4 to 11 updates and validations of several batches; everything that has a state of its own is switched on.
RUNS: dict[str, TrainConfig] = {
    "stream": replace(STREAM, batch=30, window=12, dropout=0.3, **SIZES),
    "stream-gru": replace(STREAM, batch=30, window=12, cell="gru", optimizer="momentum", schedule="cosine", **SIZES),
    "stream-reset": replace(STREAM, batch=30, window=12, reset_state=True, optimizer="sgd", layers=2, **SIZES),
    "sentences": replace(SENTENCES, batch=5, tied=True, dropout=0.2, **SIZES | {"features": 5}),
    "labelled": replace(CLASSIFIER, batch=10, bidirectional=True, optimizer="rmsprop", dropout=0.2, **SIZES),
    "labelled-mean": replace(CLASSIFIER, batch=10, pooling="mean", cell="rnn", schedule="linear", **SIZES),
    "tagged": replace(TAGGER, batch=8, bidirectional=True, layers=2, dropout=0.2, **SIZES),
    "series": replace(SERIES, batch=4, window=8, dropout=0.2, peephole=True, **SIZES),
    "series-end": replace(SERIES, batch=4, window=8, every_step=False, cell="gru", **SIZES),
}


@cache
def data_of(name: str) -> Data:
    """The data of a run."""
    source = SOURCES[name.partition("-")[0]][0]
    return corpus.prepare(source, RUNS[name])


@cache
def begun(name: str, /, **changes: Any) -> TrainState:
    """A run before its first update and validation."""
    return start(replace(RUNS[name], **changes), data_of(name))


def run(name: str, steps: int, /, **changes: Any) -> TrainState:
    """A run after so many updates in one piece."""
    return advance(begun(name, **changes), steps, data_of(name))


def everything(state: TrainState) -> dict[str, Any]:
    """All that a state consists of but for what a clock decides, as arrays and plain values."""
    found: dict[str, Any] = {f"model {name}": array for name, array in models.arrays(state.model).items()}
    found |= {f"moment {name}": array for name, array in state.moments.items()}
    found |= {f"carried {name}": array for name, array in arrays_of(state.carried).items()}
    found |= {name: getattr(state.history, name) for name in COLUMNS if name != "seconds"}
    found |= {"stride": state.history.stride, "open": state.history.open[:-1], "anchor": state.anchor}
    found |= {name: getattr(state, name) for name in ("config", "step", "drift", "since", "failure")}
    if state.pending is not None:
        found |= {f"pending {f.name}": getattr(state.pending, f.name) for f in fields(state.pending)}
        found |= arrays_of(found.pop("pending carried"), "pending carried")
    return found


def check_same(a: TrainState, b: TrainState) -> None:
    """Both are the same, bit for bit."""
    one, other = everything(a), everything(b)
    assert one.keys() == other.keys()
    for name, value in one.items():
        if isinstance(value, np.ndarray):
            assert value.dtype == other[name].dtype
            assert_array_equal(value, other[name], err_msg=name)
        else:
            assert value == other[name], name
    assert type(a.model) is type(b.model) and a.model.dropout == b.model.dropout
    assert (a.carried is None) == (b.carried is None)


def theta_of(state: TrainState) -> np.ndarray:
    """All parameters in one vector."""
    return np.concatenate([array.ravel() for array in models.arrays(state.model).values()])
