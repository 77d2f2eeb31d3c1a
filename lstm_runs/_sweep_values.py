"""A sweep as it was asked for: plain data, checked when it is made, written down as JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from lstm_core.config import LIMITS, TrainConfig

MOST_RUNS = 2_000  # of a sweep: its table is still one page
_LONGEST_SHOWN = 60

Value: TypeAlias = str | int | float | bool

# What an LSTM can be without, by the names that published comparisons use: values of the setting "variant".
VARIANTS: dict[str, dict[str, Value]] = {
    "standard": {},
    "no input gate": {"input": "none"},
    "no forget gate": {"forget": "none"},
    "no output gate": {"output": "none"},
    "coupled": {"forget": "coupled"},
    "peepholes": {"peephole": True},
    "coupled with peepholes": {"forget": "coupled", "peephole": True},
}
_OF_A_VARIANT = ("forget", "input", "output", "peephole")
_FIELDS = tuple(TrainConfig().as_dict())
_BESIDE = ("data", "lag")  # of a sweep that does not vary them, no settings of the training
SETTINGS = (*_BESIDE, "variant", *(name for name in _FIELDS if name != "seed"))  # what a sweep may vary


class Between(NamedTuple):
    """Numbers that a random sweep draws from; evenly, or evenly in their logarithm."""

    least: float
    most: float
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True, slots=True)
class Sweep:
    """Many trainings that differ in a few settings.

    Parameters
    ----------
    data : str
        Name of a synthetic task, or of a source that is given along.
    lag : int, optional
        Of a synthetic task; its usual one when not given.
    base : dict
        Settings of every run, as `TrainConfig` names them, or "variant".
    over : dict
        What is varied: for each setting of SETTINGS its values, or for a random sweep also `Between`.
    seeds : tuple of int
        Every combination is trained with each.
    mode : {"grid", "random"}
        All combinations, or `count` that are drawn.
    count : int
        Combinations of a random sweep.
    draw : int
        Seed of that drawing.
    title : str

    Raises
    ------
    ValueError
        An unknown setting, one that is set twice, no values, or more than MOST_RUNS runs.

    Examples
    --------
    >>> rates, sizes = tuple(10.0**-k for k in range(10)), tuple(range(1, 101))
    >>> Sweep("adding", over={"rate": rates, "hidden": sizes}, seeds=tuple(range(100)))
    Traceback (most recent call last):
    ValueError: sweep: expected at most 2,000 runs, got 100,000 (rate 10 × hidden 100 × seeds 100); leave some out
    """

    data: str
    lag: int | None = None
    base: Mapping[str, Value] = field(default_factory=dict)
    over: Mapping[str, tuple[Value, ...] | Between] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    mode: Literal["grid", "random"] = "grid"
    count: int = 0
    draw: int = 0
    title: str = ""

    def __post_init__(self) -> None:
        if self.mode not in ("grid", "random"):
            raise ValueError(f"mode: expected 'grid' or 'random', got {shown(self.mode)}; choose one of them")
        object.__setattr__(self, "seeds", tuple(self.seeds))
        _check_seeds(self.seeds)
        _check_names(self)
        for name, values in self.over.items():
            _check_values(name, values, self.mode)
        _check_count(self)
        if self.size > MOST_RUNS:
            raise ValueError(
                f"sweep: expected at most {MOST_RUNS:,} runs, got {self.size:,} ({self._factors()}); leave some out"
            )

    @property
    def size(self) -> int:
        """Runs, before those that come to the same are left out."""
        if self.mode == "random":
            return self.count * len(self.seeds)
        return math.prod(len(values) for values in self.over.values()) * len(self.seeds)

    def to_bytes(self) -> bytes:
        """The sweep as JSON: the same sweep gives the same bytes."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["base"] = dict(self.base)
        plain["over"] = [[name, _plain(values)] for name, values in self.over.items()]  # their order counts
        return json.dumps(plain, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Sweep:
        """The sweep that `to_bytes` wrote."""
        plain = json.loads(data)
        plain["over"] = {name: Between(**v) if isinstance(v, dict) else tuple(v) for name, v in plain["over"]}
        return cls(**plain | {"seeds": tuple(plain["seeds"])})

    def digest(self, sources: Mapping[str, str]) -> str:
        """What tells this sweep from all others: its settings, and the digests of its data by name."""
        told = json.dumps(sorted(sources.items())).encode()
        return hashlib.sha256(self.to_bytes() + told).hexdigest()

    def _factors(self) -> str:
        if self.mode == "random":
            return f"count {self.count:,} × seeds {len(self.seeds):,}"
        lengths = [f"{name} {len(values):,}" for name, values in self.over.items()]
        return " × ".join([*lengths, f"seeds {len(self.seeds):,}"])


def shown(value: object) -> str:
    """What was got, on one line and not too long."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write whole numbers of thousands of digits
        return "a number far beyond"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _plain(values: tuple[Value, ...] | Between) -> Any:
    return values._asdict() if isinstance(values, Between) else list(values)


def _check_seeds(seeds: tuple[int, ...]) -> None:
    low, high = LIMITS["seed"]
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int) or not low <= seed <= high:
            raise ValueError(
                f"seeds: expected whole numbers from 0 to {high:,}, got {shown(seed)}; write seeds = [0, 1]"
            )
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds: expected at least one and none twice, got {shown(seeds)}; write seeds = [0, 1]")


def check_setting(name: str, where: str, *, fixed: bool) -> None:
    """Refuse what no run of a sweep can be given there.

    Parameters
    ----------
    name : str
        What was given as the name of a setting.
    where : str
        As its reader calls the place: "base" in Python, "[settings]" in a TOML file, "--set" in a shell.
    fixed : bool
        It holds for all runs.

    Raises
    ------
    ValueError
        No setting, the seed, or with `fixed` data and lag, which have a place of their own.

    Examples
    --------
    >>> check_setting("lag", "[settings]", fixed=True)
    Traceback (most recent call last):
    ValueError: [settings]: expected settings of the training, got 'lag'; give it beside [settings], not inside
    """
    if name == "seed":
        raise ValueError(f"{where}: expected settings without 'seed', got it; give seeds = [0, 1, 2] instead")
    if name not in SETTINGS:
        allowed = ", ".join(known for known in SETTINGS if not (fixed and known in _BESIDE))
        raise ValueError(f"{where}: expected settings out of {allowed}, got {shown(name)}; correct the name")
    if fixed and name in _BESIDE:
        raise ValueError(
            f"{where}: expected settings of the training, got {name!r}; give it beside {where}, not inside"
        )


def _check_names(sweep: Sweep) -> None:
    for where, names in (("base", sweep.base), ("over", sweep.over)):
        for name in names:
            check_setting(name, where, fixed=where == "base")
    fixed = {*sweep.base, *(["lag"] if sweep.lag is not None else [])}
    if twice := next((name for name in sweep.over if name in fixed), None):
        raise ValueError(f"{twice}: expected one value for all runs or several to vary, got both; leave one out")
    named = {*sweep.base, *sweep.over}
    if "variant" in named and (both := next((name for name in _OF_A_VARIANT if name in named), None)):
        raise ValueError(f"variant: expected it without {both!r}, which it decides, got both; leave one out")


def _check_values(name: str, values: tuple[Value, ...] | Between, mode: str) -> None:
    if isinstance(values, Between):
        _check_range(name, values, mode)
        return
    if not isinstance(values, tuple) or not values:
        raise ValueError(f"{name}: expected at least one value, got {shown(values)}; give a list of values")
    if any(not isinstance(value, str | int | float) for value in values):
        raise ValueError(f"{name}: expected words, numbers or true and false, got {shown(values)}; correct the list")
    if len({(type(value) is bool, value) for value in values}) < len(values):
        raise ValueError(f"{name}: expected no value twice, got {shown(values)}; leave out the second one")


def _check_range(name: str, values: Between, mode: str) -> None:
    if mode != "random":
        raise ValueError(f"{name}: expected a list of values in a grid, got a range; list them, or set mode = 'random'")
    if name != "lag" and name not in LIMITS:
        raise ValueError(f"{name}: expected a list of values, got a range; only numbers can be drawn from one")
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in values[:2])
    if not numbers or not -math.inf < values.least < values.most < math.inf:
        raise ValueError(f"{name}: expected a range from a number to a larger one, got {shown(values[:2])}; correct it")
    if values.scale not in ("linear", "log"):
        raise ValueError(f"{name}: expected the scale 'linear' or 'log', got {shown(values.scale)}; choose one of them")
    if values.scale == "log" and values.least <= 0:
        raise ValueError(f"{name}: expected a range above 0 on a log scale, got {shown(values.least)}; raise its start")


def _check_count(sweep: Sweep) -> None:
    whole = isinstance(sweep.count, int) and not isinstance(sweep.count, bool)
    if sweep.mode == "grid" and sweep.count != 0:
        raise ValueError(
            f"count: expected none in a grid, got {shown(sweep.count)}; leave it out, or set mode = 'random'"
        )
    if sweep.mode == "random" and (not whole or sweep.count < 1):
        raise ValueError(
            f"count: expected a whole number of at least 1, got {shown(sweep.count)}; say how many to draw"
        )
    if isinstance(sweep.draw, bool) or not isinstance(sweep.draw, int) or sweep.draw < 0:
        raise ValueError(f"draw: expected a whole number of at least 0, got {shown(sweep.draw)}; it is a seed")
