"""Random nets by recipe: how their weights are drawn, how far their matrices stretch, what their gates begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from lstm_core import _locals, gru, initial, lstm, rnn, spectra
from lstm_core.arrays import Array, check_size
from lstm_core.stack import Cell, Layer

Weights = Literal["uniform", "normal", "orthogonal", "identity"]
CELLS: dict[Cell, Any] = {"rnn": rnn, "gru": gru, "lstm": lstm}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How random nets of one kind are drawn.

    Parameters
    ----------
    cell : {"rnn", "gru", "lstm"}
    hidden : int
    weights : {"uniform", "normal", "orthogonal", "identity"}
        All weights with mean 0 and variance 1 / fan-in, uniform or normal; or uniform ones from the input, and for each
        gate's square block of W_h a random orthogonal matrix, or the identity.
    radius : float, optional
        Spectral radius to which blocks of W_h are scaled; None leaves them as they were drawn.
    gate : str, optional
        The block that `radius` is for; None: all.
    activation : {"tanh", "relu"}
        Of an RNN.
    forget_bias : float
        Of an LSTM.
    update_bias : float
        Of a GRU's gate z, which keeps the past as f does.
    chrono : int
        Above 0: biases of an LSTM or a GRU for memories of up to so many steps, in place of the two above.
    """

    cell: Cell = "lstm"
    hidden: int = 16
    weights: Weights = "uniform"
    radius: float | None = None
    gate: str | None = None
    activation: Literal["tanh", "relu"] = "tanh"
    forget_bias: float = 1.0
    update_bias: float = 0.0
    chrono: int = 0


def count(cell: Cell, features: int, hidden: int) -> int:
    """Number of learned parameters of a cell in its usual form.

    Examples
    --------
    >>> [count(cell, 4, 16) for cell in ("rnn", "gru", "lstm")]
    [336, 1056, 1344]
    """
    features, hidden = check_size("features", features), check_size("hidden", hidden)
    gates, biases = {"rnn": (1, 1), "gru": (3, 2), "lstm": (4, 1)}[cell]
    return gates * hidden * (features + hidden + biases)


def matched(cell: Cell, features: int, parameters: int) -> int:
    """How many units a cell may have so that it has about so many parameters.

    Examples
    --------
    >>> matched("rnn", 4, count("lstm", 4, 16)), matched("gru", 4, count("lstm", 4, 16))
    (34, 18)
    """
    parameters, hidden = check_size("parameters", parameters), 1
    while count(cell, features, hidden + 1) <= parameters:
        hidden += 1
    missing = (parameters - count(cell, features, hidden), count(cell, features, hidden + 1) - parameters)
    return hidden if missing[0] <= missing[1] else hidden + 1


def draw(recipe: Recipe, features: int, seed: int) -> _locals.Params:
    """A random net, in float64: gradients that vanish leave float32 behind.

    Parameters
    ----------
    recipe : Recipe
    features, seed : int

    Returns
    -------
    Params

    Raises
    ------
    ValueError
        What `init`, `spectra.scaled` and `initial.chrono` refuse.

    References
    ----------
    Orthogonal: Saxe, McClelland and Ganguli (2014). Identity: Le, Jaitly and Hinton (2015), for an RNN with relu.

    Examples
    --------
    >>> params = draw(Recipe("rnn", 3, "orthogonal"), 2, 0)
    >>> bool(np.allclose(params.W_h @ params.W_h.T, np.eye(3)))
    True
    """
    if recipe.weights not in get_args(Weights):
        raise ValueError(f"weights: expected one of {', '.join(get_args(Weights))}, got {recipe.weights!r}; choose one")
    rng, cell, hidden = np.random.default_rng(seed), CELLS[recipe.cell], recipe.hidden
    params: Any = cell.init(rng, features, hidden, dtype=np.float64, **_options(recipe))
    if recipe.weights == "normal":
        W_x, W_h = (rng.normal(0, len(w) ** -0.5, w.shape) for w in (params.W_x, params.W_h))
        params = replace(params, W_x=W_x, W_h=W_h)
    elif recipe.weights != "uniform":
        blocks = [_square(recipe.weights, rng, hidden) for _ in cell.GATES]
        params = replace(params, W_h=np.concatenate(blocks, axis=1))
    if recipe.cell == "gru" and recipe.update_bias:
        b = params.b.copy()
        b[0, hidden : 2 * hidden] = recipe.update_bias  # the gate's two biases are added: one of them is enough
        params = replace(params, b=b)
    if recipe.chrono and recipe.cell != "rnn":
        params = initial.chrono((Layer(recipe.cell, params),), recipe.chrono, rng)[0].forward
    drawn: _locals.Params = params if recipe.radius is None else spectra.scaled(params, recipe.radius, recipe.gate)
    return drawn


def _options(recipe: Recipe) -> dict[str, Any]:
    if recipe.cell == "rnn":
        return {"activation": recipe.activation}
    return {"forget_bias": recipe.forget_bias} if recipe.cell == "lstm" else {}


def _square(weights: Weights, rng: np.random.Generator, hidden: int) -> Array:
    if weights == "identity":
        return np.eye(hidden)
    q, r = np.linalg.qr(rng.normal(size=(hidden, hidden)))
    return np.asarray(q * np.sign(np.diag(r)))  # without the signs some rotations would come more often than others
