"""Optimisers, schedules, clipping: from a gradient to the next parameters. Everything here is one flat vector.

    gradient -> clipped -> step, with the rate of the moment

No model is known here. What an optimiser remembers between steps are its moments, vectors as long as the parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lstm_core.arrays import Array

Name = Literal["sgd", "momentum", "rmsprop", "adam"]
MOMENTS: dict[str, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("velocity",),
    "rmsprop": ("square",),
    "adam": ("mean", "square"),
}

_SMALL = 1e-20  # the square of a length that float32 holds to all its digits


@dataclass(frozen=True, slots=True)
class Optimizer:
    """How a gradient becomes a step.

    Parameters
    ----------
    name : {"sgd", "momentum", "rmsprop", "adam"}
    momentum : float
        Share of the velocity that stays (momentum alone).
    mean, square : float
        Share of the running means that stays: of the gradient (Adam), of its square (Adam; RMSProp uses 0.99).
    epsilon : float
        Keeps a division by a vanishing root harmless.

    References
    ----------
    Momentum: Polyak (1964). RMSProp: Tieleman and Hinton (2012), lecture 6.5. Adam: Kingma and Ba (2015), "Adam: a
    method for stochastic optimization", algorithm 1.

    Examples
    --------
    >>> optimizer = Optimizer("adam")
    >>> step = optimizer.step(np.zeros(2), np.array([0.1, -5.0]), optimizer.begin(np.zeros(2)), rate=0.01, count=1)
    >>> step.values.round(4)
    array([-0.01,  0.01])
    """

    name: Name = "adam"
    momentum: float = 0.9
    mean: float = 0.9
    square: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        if self.name not in MOMENTS:
            raise ValueError(f"optimizer: expected one of {', '.join(MOMENTS)}, got {self.name!r}; choose one of them")

    def begin(self, values: Array) -> dict[str, Array]:
        """The moments before the first step: zeros like the parameters."""
        return {name: np.zeros_like(values) for name in MOMENTS[self.name]}

    def step(self, values: Array, gradient: Array, moments: Mapping[str, Array], *, rate: float, count: int) -> Step:
        """The parameters and moments after one step.

        Parameters
        ----------
        values, gradient : ndarray, shape (parameters,)
        moments : mapping of str to ndarray
            From `begin` or from the step before.
        rate : float
        count : int
            1 at the first step; Adam corrects its means by it.

        Returns
        -------
        Step
            New arrays.
        """
        if self.name == "sgd":
            return Step(values - rate * gradient, {})
        if self.name == "momentum":
            velocity = self.momentum * moments["velocity"] + gradient
            return Step(values - rate * velocity, {"velocity": velocity})
        if self.name == "rmsprop":
            square = _mixed(moments["square"], gradient * gradient, 0.99)
            return Step(_moved(values, gradient, square, rate, 1.0, self.epsilon), {"square": square})
        mean = _mixed(moments["mean"], gradient, self.mean)
        square = _mixed(moments["square"], gradient * gradient, self.square)
        by, root = rate / (1 - self.mean**count), math.sqrt(1 - self.square**count)
        return Step(_moved(values, mean, square, by, root, self.epsilon), {"mean": mean, "square": square})


class Step(NamedTuple):
    """Parameters and moments after a step."""

    values: Array
    moments: dict[str, Array]


def norm(gradient: Array) -> float:
    """Length of a vector; the square of a large or small float32 would overflow or vanish, so it is then a float64."""
    with np.errstate(all="ignore"):
        square = float(np.dot(gradient, gradient))
    if not _SMALL < square < 1 / _SMALL:
        wide = gradient.astype(np.float64)
        square = float(np.dot(wide, wide))
    return math.sqrt(square)


def clipped(gradient: Array, length: float, limit: float) -> Array:
    """The gradient, shortened to `limit` where it is longer; its direction stays.

    Parameters
    ----------
    gradient : ndarray, shape (parameters,)
    length : float
        Its `norm`.
    limit : float
        0: no limit.

    Returns
    -------
    ndarray, shape (parameters,)
        `gradient` itself where nothing had to be done.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", algorithm 1.

    Examples
    --------
    >>> clipped(np.array([3.0, 4.0]), 5.0, 1.0)
    array([0.6, 0.8])
    """
    return gradient * (limit / length) if 0 < limit < length else gradient


def rate_at(
    schedule: Literal["constant", "linear", "cosine", "halving"],
    rate: float,
    step: int,
    steps: int,
    halve_every: int = 1_500,
) -> float:
    """The learning rate of an update.

    Parameters
    ----------
    schedule : {"constant", "linear", "cosine", "halving"}
        "linear" and "cosine" fall from `rate` at the first update towards 0 behind the last.
    rate : float
    step : int
        Updates made so far.
    steps : int
        Updates in all.
    halve_every : int
        Updates after which "halving" goes down to the half, each time.

    Returns
    -------
    float

    Examples
    --------
    >>> [rate_at("linear", 1.0, step, 4) for step in range(4)]
    [1.0, 0.75, 0.5, 0.25]
    >>> [rate_at("halving", 1.0, step, 6, halve_every=2) for step in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    if schedule == "halving":
        return rate * 0.5 ** (step // halve_every)
    done = min(step / steps, 1.0)
    if schedule == "linear":
        return rate * (1 - done)
    return rate * (1 + math.cos(math.pi * done)) / 2 if schedule == "cosine" else rate


def _mixed(kept: Array, new: Array, share: float) -> Array:
    """share * kept + (1 - share) * new."""
    mixed = kept * share
    mixed += (1 - share) * new
    return np.asarray(mixed)


def _moved(values: Array, along: Array, square: Array, rate: float, root: float, epsilon: float) -> Array:
    """values - rate * along / (sqrt(square) / root + epsilon), with one array for all of it."""
    move = np.sqrt(square)
    move /= root
    move += epsilon
    np.divide(along, move, move)
    move *= rate
    return np.asarray(np.subtract(values, move, move))
