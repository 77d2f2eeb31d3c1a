"""Everything that decides a training, in plain values: the same configuration and data give the same net, bit for bit.

No array, no function, no object stands here, so a configuration can be written to a file, put into a database and
compared field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from lstm_core.lstm import Variant
from lstm_core.stack import Cell
from lstm_core.text import Unit

Task = Literal["language", "classifier", "tagger", "regressor"]
Optimizer = Literal["sgd", "momentum", "rmsprop", "adam"]
Schedule = Literal["constant", "linear", "cosine", "halving"]

# Lowest and highest value of every number. The highest are what a page can still answer with; the core knows no limit.
LIMITS: dict[str, tuple[float, float]] = {
    "hidden": (1, 1024),
    "layers": (1, 4),
    "features": (1, 1024),
    "forget_bias": (-20, 20),
    "input_bias": (-20, 20),
    "output_bias": (-20, 20),
    "chrono": (0, 10_000),
    "dropout": (0, 0.9),
    "window": (1, 2_000),
    "batch": (1, 1_024),
    "rate": (1e-8, 1e6),
    "momentum": (0, 0.9999),
    "clip": (0, 1e6),
    "halve_every": (1, 10_000_000),
    "steps": (1, 10_000_000),
    "stability_window": (1, 100_000),
    "stability_weight": (0, 1e9),
    "validate_every": (1, 1_000_000),
    "validation_tokens": (1, 5_000_000),
    "most_symbols": (3, 20_000),
    "seed": (0, 2**53 - 1),
}
_LONGEST_SHOWN = 40  # characters of a wrong value
_REMEDIES = {"rate": "0.003 is a good start for Adam, 1 for SGD", "clip": "5 is usual, 0 switches clipping off"}


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A net, how it reads its data, and how it is trained.

    Parameters
    ----------
    task : {"language", "classifier", "tagger", "regressor"}
    unit : {"characters", "words"}
        What a token is.
    sentences : bool
        Language models: sentence by sentence, from a start token to an end token, instead of one long stream.
    cell, hidden, layers, bidirectional
        The stack; `hidden` units in every layer and direction.
    features : int
        Size of a token's learned vector.
    vectors : {"random", "one-hot", "numbers"}
        What these vectors start as: random; a 1 at each token's own place, with a feature for each token; or, with one
        feature, the numbers that the tokens are, divided by the largest.
    forget, input, output, peephole : of an LSTM; reset_after : of a GRU; activation : of an RNN
        As in `lstm.Variant`, `gru.init`, `rnn.init`.
    forget_bias, input_bias, output_bias : float
        Biases of an LSTM's gates at the start. Below 0 a gate begins nearly shut.
    chrono : int
        Above 0: biases of the input and forget gates for dependencies up to so many steps (chrono initialisation).
    tied : bool
        The output layer uses the embedding's weights.
    dropout : float
        Share of the vectors' entries that is dropped while training, before the stack and behind it.
    pooling : {"last", "mean"}
        What a classifier reads: the last state of each direction, or the mean over the steps.
    every_step : bool
        Regressors: a target at every step, or one at the end.
    window : int
        Steps that the gradient flows back in a stream.
    batch : int
        Sequences, or streams, read side by side.
    reset_state : bool
        Forget the state at the start of every window.
    optimizer : {"sgd", "momentum", "rmsprop", "adam"}
    rate, momentum : float
        Learning rate; the decay of the velocity (momentum) alone.
    clip : float
        Largest norm of the whole gradient; 0: as it is.
    schedule : {"constant", "linear", "cosine", "halving"}
        How the rate falls: towards 0 at `steps`, or to its half every `halve_every` updates.
    steps : int
        Updates in all.
    stability_window, stability_weight
        Updates in a window of the backward part of the loss, and its weight; with 0 it is measured only.
    validate_every, validation_tokens : int
        Updates between two validations; tokens that one reads at most.
    most_symbols : int
        Largest vocabulary.
    seed : int
        Of everything random.
    dtype : {"float32", "float64"}

    Raises
    ------
    ValueError
        A value out of range, with the range.

    Examples
    --------
    >>> TrainConfig(hidden=0)
    Traceback (most recent call last):
    ValueError: hidden: expected a whole number from 1 to 1,024, got 0; choose a value in that range
    """

    task: Task = "language"
    unit: Unit = "characters"
    sentences: bool = False
    cell: Cell = "lstm"
    hidden: int = 64
    layers: int = 1
    bidirectional: bool = False
    features: int = 32
    vectors: Literal["random", "one-hot", "numbers"] = "random"
    forget: Literal["learned", "none", "coupled"] = "learned"
    input: Literal["learned", "none"] = "learned"
    output: Literal["learned", "none"] = "learned"
    peephole: bool = False
    reset_after: bool = True
    activation: Literal["tanh", "relu"] = "tanh"
    forget_bias: float = 1.0
    input_bias: float = 0.0
    output_bias: float = 0.0
    chrono: int = 0
    tied: bool = False
    dropout: float = 0.0
    pooling: Literal["last", "mean"] = "last"
    every_step: bool = True
    window: int = 64
    batch: int = 16
    reset_state: bool = False
    optimizer: Optimizer = "adam"
    rate: float = 0.003
    momentum: float = 0.9
    clip: float = 5.0
    schedule: Schedule = "constant"
    halve_every: int = 1_500
    steps: int = 1_000
    stability_window: int = 20
    stability_weight: float = 0.0
    validate_every: int = 50
    validation_tokens: int = 20_000
    most_symbols: int = 2_000
    seed: int = 0
    dtype: Literal["float32", "float64"] = "float32"

    def __post_init__(self) -> None:
        for name, kind in _kinds().items():
            _check(name, kind, getattr(self, name))
        if self.bidirectional and self.task == "language":
            raise ValueError(
                "bidirectional: expected False for a language model, got True; "
                "a net that reads backwards has seen the next token already"
            )
        wide = self.hidden * (2 if self.bidirectional else 1)
        if self.tied and (self.task != "language" or self.features != wide):
            raise ValueError(
                f"tied: expected a language model whose features equal its {wide} outputs, "
                f"got {self.task} with {self.features}; choose equal sizes or untie the weights"
            )
        if self.forget == "coupled" and self.input == "none":
            raise ValueError("input: expected 'learned' with a coupled forget gate, got 'none'; f = 1 - i needs an i")

    def as_dict(self) -> dict[str, Any]:
        """Names and plain values; `from_dict` makes the same configuration of it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """A configuration from names and values, for instance out of a file; what is missing is at its default.

        Raises
        ------
        ValueError
            An unknown name, or a value that is refused.
        """
        known = {field.name for field in fields(cls)}
        if strange := sorted(str(name)[:40] for name in values if name not in known):
            raise ValueError(f"configuration: expected known names, got {strange[0]!r}; it is of another version")
        return cls(**values)

    @property
    def cell_options(self) -> dict[str, Any]:
        """What the chosen cell's `init` takes besides sizes."""
        if self.cell == "gru":
            return {"reset_after": self.reset_after}
        if self.cell == "rnn":
            return {"activation": self.activation}
        variant = Variant(self.forget, self.input, self.output, self.peephole)
        return {"variant": variant, "forget_bias": self.forget_bias}


def _kinds() -> dict[str, Any]:
    return get_type_hints(TrainConfig)


def _check(name: str, kind: Any, value: object) -> None:
    if get_origin(kind) is Literal:
        if value not in get_args(kind) or not isinstance(value, str):
            options = ", ".join(map(repr, get_args(kind)))
            raise ValueError(f"{name}: expected one of {options}, got {_shown(value)}; choose one of them")
        return
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name}: expected True or False, got {_shown(value)}; choose one of the two")
        return
    low, high = LIMITS[name]
    number = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]  # NaN is not
        what = "number" if kind is float else "whole number"
        remedy = _REMEDIES.get(name, "choose a value in that range")
        raise ValueError(f"{name}: expected a {what} from {low:,} to {high:,}, got {_shown(value)}; {remedy}")


def _shown(value: object) -> str:
    """What was got, on one line: it may come from a stranger's file."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write whole numbers of thousands of digits
        return "a number far beyond"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
