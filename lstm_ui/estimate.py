"""What a training would cost before it is started: parameters, and the time of an epoch from a real timed step."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import streamlit as st

from lstm_core import batches, corpus, training
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data, Source

BUDGET = 2e9  # multiplications that a timed step may cost: about a tenth of a second
_TIMES, _PATIENCE = 5, 0.1  # steps that are timed at most, and seconds
_LARGEST = 256  # units; of a larger net a smaller one is timed, and scaled


@dataclass(frozen=True, slots=True)
class Estimate:
    """Learned parameters, updates in an epoch, seconds of an update, tokens of the vocabulary, notes on the data."""

    parameters: int
    epoch: int
    seconds: float
    symbols: int
    notes: tuple[str, ...] = ()


def prepared(key: tuple[object, ...], source: Source, config: TrainConfig) -> Data:
    """`corpus.prepare`, once a server for a source and what decides about it; a refusal is remembered too.

    Parameters
    ----------
    key : tuple
        From `prepared_key`.

    Raises
    ------
    ValueError
        As `corpus.prepare`, but for a window or a batch that is too large: see `fitted`.
    """
    found = _prepared(key, source, replace(config, window=1, batch=1))
    if isinstance(found, str):
        raise ValueError(found)
    return found


@st.cache_resource(max_entries=8, show_spinner="Reading the data …")
def _prepared(key: tuple[object, ...], _source: Source, _config: TrainConfig) -> Data | str:
    try:
        return corpus.prepare(_source, _config)
    except ValueError as error:
        return str(error)


def prepared_key(digest: str, config: TrainConfig) -> tuple[object, ...]:
    """What `prepared` depends on; `digest` is the source's."""
    return (corpus.data_digest(digest, config),)


def readable(config: TrainConfig, source: Source, digest: str) -> tuple[TrainConfig, Data, str]:
    """The data, with the configuration that fits them, and what to say where it had to be changed.

    Parameters
    ----------
    config : TrainConfig
    source : Source
    digest : str
        Of the source.

    Raises
    ------
    ValueError
        The data cannot be trained on, however they are read.
    """
    words = ""
    try:
        data = prepared(prepared_key(digest, config), source, config)
    except ValueError:
        stream = replace(config, sentences=False)
        if not config.sentences:
            raise
        data, config = prepared(prepared_key(digest, stream), source, stream), stream
        words = "There are too few sentences to read one by one: the text is read as one long stream. "
    config, little = fitted(config, data)
    return config, data, words + little


def fitted(config: TrainConfig, data: Data) -> tuple[TrainConfig, str]:
    """The configuration with a sequence length and a batch that the data can fill, and what to say of a change.

    Examples
    --------
    >>> source = Source("text", "sheep", text="baa " * 100)
    >>> config = TrainConfig(window=64, batch=16)
    >>> small, words = fitted(config, corpus.prepare(source, replace(config, window=1, batch=1)))
    >>> small.window, small.batch, words
    (64, 4, 'There is little to train on (320 characters): the batch is 4 instead of 16.')
    """
    if isinstance(data.train, corpus.Generated):  # there is no end of it
        return config, ""
    tokens, changes = len(data.train), {}
    widest = tokens
    if config.task == "language" and not config.sentences:
        changes["window"] = min(config.window, tokens - 1)
        widest = (tokens - 1) // changes["window"]
    changes["batch"] = min(config.batch, widest)
    names = {"window": "sequence length", "batch": "batch"}
    said = [
        f"the {names[name]} is {value:,} instead of {getattr(config, name):,}"
        for name, value in changes.items()
        if value != getattr(config, name)
    ]
    items = "texts" if config.task == "classifier" else "sentences"
    what = f"{tokens:,} {config.unit if 'window' in changes else items}"
    words = f"There is little to train on ({what}): {', '.join(said)}." if said else ""
    return replace(config, **changes), words


@st.cache_resource(max_entries=64, show_spinner=False)
def estimate(key: tuple[object, ...], shape: TrainConfig, _data: Data) -> Estimate:
    """Parameters and times of a training.

    Parameters
    ----------
    key : tuple
        From `prepared_key`.
    shape : TrainConfig
        From `shape_of`.

    Raises
    ------
    ValueError
        As `training.start`.
    """
    symbols = 0 if _data.vocabulary is None else len(_data.vocabulary.tokens)
    classes = symbols if shape.task == "language" else len(_data.labels)
    small, factor = scaled_down(shape, symbols, classes)
    state = training.start(small, _data)
    state = training.advance(state, 1, _data)  # the first one also makes buffers and caches
    seconds = min(_timed(state, _data)) * factor
    epoch = batches.feed(_data, shape).epoch_steps
    return Estimate(parameters(shape, symbols, classes), epoch, seconds, symbols, _data.notes)


def _timed(state: training.TrainState, data: Data) -> list[float]:
    """Seconds of a few steps, the same one again: on a busy machine the quickest tells most."""
    found: list[float] = []
    while len(found) < _TIMES and sum(found) < _PATIENCE:
        began = time.perf_counter()
        training.advance(state, 1, data)
        found.append(time.perf_counter() - began)
    return found


def shape_of(config: TrainConfig) -> TrainConfig:
    """The configuration without what costs no time: equal shapes have equal estimates."""
    start = TrainConfig()
    free = {name: getattr(start, name) for name in ("seed", "rate", "steps", "clip", "momentum", "schedule")}
    quiet = {
        "validate_every": 1_000_000,
        "validation_tokens": 64,
        "stability_weight": 0.0,
        "forget_bias": 1.0,
        "chrono": 0,
    }
    return replace(config, **{**free, **quiet})


def scaled_down(config: TrainConfig, symbols: int, classes: int) -> tuple[TrainConfig, float]:
    """A configuration whose step fits the budget, and how many times longer a step of the real one takes.

    Examples
    --------
    >>> small, factor = scaled_down(TrainConfig(batch=512, window=100), 65, 65)
    >>> small.batch, factor
    (64, 8.0)
    """
    steps = config.window if config.task == "language" else 50
    hidden = min(config.hidden, _LARGEST)
    small = replace(config, hidden=hidden, tied=False)
    wide, narrow = (parameters(net, symbols, classes) for net in (replace(config, tied=False), small))
    batch = config.batch
    while batch > 1 and 6.0 * narrow * steps * batch > BUDGET:
        batch //= 2
    return replace(small, batch=batch), config.batch / batch * wide / narrow


def parameters(config: TrainConfig, symbols: int, classes: int) -> int:
    """How many numbers a net learns, without building it.

    Examples
    --------
    >>> parameters(TrainConfig(cell="rnn", hidden=3, features=2), symbols=5, classes=5)  # 5 2 + (2 + 3 + 1) 3 + 3 5 + 5
    48
    """
    ways = 2 if config.bidirectional else 1
    H, wide = config.hidden, config.hidden * ways
    inputs = [config.features, *[wide] * (config.layers - 1)]
    cells = sum(ways * _cell(config, F, H) for F in inputs)
    return symbols * config.features + cells + (0 if config.tied else wide * classes) + classes


def _cell(config: TrainConfig, F: int, H: int) -> int:
    block = (F + H + 1) * H
    if config.cell != "lstm":
        return block if config.cell == "rnn" else 3 * block + 3 * H * config.reset_after
    gates = [config.input == "learned", config.forget == "learned", config.output == "learned"]
    return block * (1 + sum(gates)) + H * sum(gates) * config.peephole


def words(found: Estimate, steps: int) -> str:
    """An estimate as a reader would say it.

    Examples
    --------
    >>> words(Estimate(345, 120, 0.01, 65), 600)
    '345 parameters, 65 different tokens · about 1.2 s an epoch (120 updates) · 600 updates: about 6 s, or 5.0 epochs'
    """
    epoch, whole = duration(found.seconds * found.epoch), duration(found.seconds * steps)
    return (
        f"{found.parameters:,} parameters, {found.symbols:,} different tokens · about {epoch} an epoch "
        f"({found.epoch:,} updates) · {steps:,} updates: about {whole}, or {steps / found.epoch:.1f} epochs"
    )


def duration(seconds: float) -> str:
    """A length of time with its unit, in two digits.

    Examples
    --------
    >>> duration(0.5), duration(42), duration(300), duration(9000)
    ('0.5 s', '42 s', '5 min', '2.5 h')
    """
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 100 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"
