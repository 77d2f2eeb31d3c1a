"""How a run comes into being: from data, or from a moment of another one. And the key that steers it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import replace

import numpy as np

from lstm_core import training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Source, data_digest, prepare
from lstm_core.training import Pending, TrainState
from lstm_runs import states
from lstm_runs.executors import one_blas_thread
from lstm_runs.limits import Limits
from lstm_runs.runs import Run, most_checkpoints, stride
from lstm_runs.slices import SHELF

FAILED = "{what}: expected a run that can go on, got one that failed; fork it from a checkpoint with a lower rate"
_LARGEST_NET = 60 * 2**20  # bytes of the layers: a model file takes 64 MB, a state with its moments four times that
_SECRET = 16  # bytes of an id and of a key


def born(source: Source, config: TrainConfig, limits: Limits) -> tuple[Run, str]:
    """A new run and its key.

    Raises
    ------
    ValueError
        Data or settings that cannot be trained with.
    """
    content = source.to_bytes()
    data = _prepared(source, content, config, limits)
    with one_blas_thread():
        state = training.start(config, data)
    return _run(state, content, limits)


def forked(
    parent: Source, source: Source | None, state: TrainState, config: TrainConfig, limits: Limits
) -> tuple[Run, str]:
    """A run that goes on from a state with other settings, and its key.

    Raises
    ------
    ValueError
        A setting that makes another net or shares out the data anew; data with other tokens; no steps left.
    """
    if config.steps <= state.step:
        raise ValueError(
            f"steps: expected more than the {state.step:,} of the checkpoint, got {config.steps:,}; choose more"
        )
    if source is None and config.seed != state.config.seed:
        raise ValueError(
            f"seed: expected {state.config.seed}, as the checkpoint has it, got {config.seed}; another seed shares out "
            "the data anew, and validation would see what was trained on: start a new run for it"
        )
    new = training.fork(state, config)
    chosen = parent if source is None else source
    content = chosen.to_bytes()
    data = _prepared(chosen, content, config, limits)
    if states.Symbols(data.vocabulary, data.labels) != states.symbols(state):
        raise ValueError(
            "source: expected data with the tokens and labels that the net knows, got others; start a new run for them"
        )
    known = len(state.model.b_out)
    if data.scale is not None and len(data.scale.mean) != known:  # of a series
        raise ValueError(
            f"source: expected series of {known} channels, which the net knows, got {len(data.scale.mean)}; "
            "choose as many columns"
        )
    if new.pending is not None and (source is not None or config != state.config):
        new = replace(new, pending=Pending())  # what was read so far may be another choice of items
    return _run(new, content, limits)


def extended(state: TrainState, steps: int) -> TrainState:
    """The same with so many steps more.

    Raises
    ------
    ValueError
        Not a whole number of at least 1, or more than a configuration takes.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps: expected a whole number of at least 1, got {steps!r}; choose how many more")
    return replace(state, config=replace(state.config, steps=state.config.steps + steps))


def hashed(key: str) -> str:
    """What is kept of a key: it is long and random, so nobody finds it again."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def secret() -> str:
    """A new id or key, with no "-" in front: a shell would take it for an option."""
    while (drawn := secrets.token_urlsafe(_SECRET)).startswith("-"):
        pass
    return drawn


def fits(key: str, key_hash: str) -> bool:
    """Whether this is the key, told in the same time whatever was tried."""
    return hmac.compare_digest(hashed(key), key_hash)


def _prepared(source: Source, content: bytes, config: TrainConfig, limits: Limits) -> Data:
    """Prepared in any case: `window` and `batch` are checked only while preparing. Kept if slices are computed here."""
    _check_size(config)
    digest = data_digest(hashlib.sha256(content).hexdigest(), config)
    data = prepare(source, config)
    if data.digest != digest:
        raise RuntimeError("data: expected the digest that was promised, got another; nothing was started")
    return data if limits.executor == "processes" else SHELF.put(data, len(content))


def _check_size(config: TrainConfig) -> None:
    """Refuse a net of which neither a state nor a model file could be written, before it is made."""
    H, gates = config.hidden, {"lstm": 4, "gru": 3, "rnn": 1}[config.cell]
    ways = 2 if config.bidirectional else 1
    inputs = config.features + (config.layers - 1) * ways * H  # of all layers
    numbers = ways * gates * H * (inputs + config.layers * H)
    if numbers * np.dtype(config.dtype).itemsize > _LARGEST_NET:
        raise ValueError(
            f"hidden: expected a net of at most {_LARGEST_NET >> 20} MB, got {numbers / 1e6:.0f} million weights in "
            f"{config.dtype}; choose fewer units or layers"
        )


def _run(state: TrainState, content: bytes, limits: Limits) -> tuple[Run, str]:
    key = secret()
    run = Run(
        id=secret(),
        key_hash=hashed(key),
        owner="",
        live=True,
        title="",
        page="",
        parent="",
        source=hashlib.sha256(content).hexdigest(),
        state=state,
        created=time.time(),
        stride=stride(state, limits.checkpoints),
        most=most_checkpoints(state, limits.checkpoints, limits.keep_mb),
        content=content,
    )
    return run, key
