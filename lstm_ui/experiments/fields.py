"""The settings that a sweep can vary, as the form and the tables name them."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args, get_origin, get_type_hints

from lstm_core import tasks
from lstm_core.config import TrainConfig
from lstm_runs.grids import VARIANTS, Value

SEEDS = "seeds"
ON, OFF = "on", "off"
_OF_TEXTS = ("unit", "sentences", "window", "reset_state", "tied", "most_symbols")


class Field(NamedTuple):
    """A setting in the form: its name, what it is called, and the values that it has; none where it is a number."""

    name: str
    label: str
    options: tuple[str, ...] = ()
    whole: bool = False


_LABELS = {
    "cell": "Cell",
    "lag": "Lag",
    "variant": "LSTM variant",
    "hidden": "Units",
    "layers": "Layers",
    "rate": "Learning rate",
    "optimizer": "Optimiser",
    "forget_bias": "Forget bias",
    "clip": "Largest gradient norm",
    "steps": "Updates",
    "batch": "Batch",
    "schedule": "Learning rate over time",
    "halve_every": "Updates until it is halved",
    "momentum": "Momentum",
    "dropout": "Dropout",
    "activation": "Activation",
    "reset_after": "Reset gate acts after the product",
    "forget": "Forget gate",
    "input": "Input gate",
    "output": "Output gate",
    "peephole": "Peepholes",
    "input_bias": "Input bias",
    "output_bias": "Output bias",
    "chrono": "Chrono initialisation up to",
    "bidirectional": "Both directions",
    "features": "Size of a token's vector",
    "vectors": "Vectors begin",
    "pooling": "The answer is read from",
    "unit": "Tokens",
    "sentences": "By sentences",
    "window": "Sequence length",
    "reset_state": "Forget the state at each window",
    "tied": "Tied output weights",
    "most_symbols": "Tokens known at most",
    "stability_weight": "Weight of the backward part",
    "stability_window": "Updates in its window",
    "validate_every": "Updates between validations",
    "validation_tokens": "Tokens of a validation",
    "dtype": "Numbers",
}
NAMES = {
    **{"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"},
    **{"sgd": "SGD", "momentum": "Momentum", "rmsprop": "RMSProp", "adam": "Adam"},
}


def _fields() -> dict[str, Field]:
    kinds = {"lag": int, **get_type_hints(TrainConfig)}
    found = {}
    for name, label in _LABELS.items():
        if name == "variant":
            options = tuple(VARIANTS)
        else:
            options = (ON, OFF) if kinds[name] is bool else tuple(get_args(kinds[name]))
            options = options if kinds[name] is bool or get_origin(kinds[name]) is Literal else ()
        found[name] = Field(name, label, options, kinds.get(name) is int)
    return found


FIELDS: dict[str, Field] = _fields()


def label(name: str) -> str:
    """What a setting is called on the page."""
    return {"data": "Data", "seed": "Seed", "status": "Status", SEEDS: "Seeds"}.get(name) or (
        FIELDS[name].label if name in FIELDS else name
    )


def in_words(name: str) -> str:
    """What a setting is called within a sentence.

    Examples
    --------
    >>> in_words("rate"), in_words("variant")
    ('learning rate', 'LSTM variant')
    """
    text = label(name)
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def said(value: Value | None) -> str:
    """A value as a reader sees it.

    Examples
    --------
    >>> said("lstm"), said(True), said(0.001), said(None)
    ('LSTM', 'on', '0.001', '–')
    """
    if isinstance(value, bool):
        return ON if value else OFF
    if value is None:
        return "–"
    return NAMES.get(value, value) if isinstance(value, str) else f"{value:g}" if abs(value) < 1e6 else f"{value:,}"


def applies(name: str, data: str) -> bool:
    """Whether a setting means anything for a synthetic task, or for other data (any name that is no task).

    Examples
    --------
    >>> applies("lag", "adding"), applies("lag", "reber"), applies("lag", "digits"), applies("window", "adding")
    (True, False, False, False)
    """
    problem = tasks.PROBLEMS.get(data)
    if name == "lag":
        return problem is not None and problem.lags is not None
    return problem is None or name not in _OF_TEXTS
