"""Gradients of many random nets, by the number of steps that they have come back: what vanishes, what explodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import _locals, gru, lstm, rnn, spectra
from lstm_core.arrays import Array, as_array, check_size
from lstm_core.random_nets import Recipe, draw
from lstm_core.spectra import Spectrum

Loss = Literal["readout", "norm"]


class Measured(NamedTuple):
    """One net over one sequence.

    `dh` and `dc` (lags,) are |dL/dh_k| and |dL/dc_k| by T - k, `dc` of an LSTM alone; `bound` (lags,) is Pascanu's for
    `dh`, of an RNN alone. `spectra` by gate; `gradient` is the norm of the gradient of all parameters together.
    """

    dh: Array
    dc: Array | None
    bound: Array | None
    spectra: dict[str, Spectrum]
    gradient: float


class Survey(NamedTuple):
    """Many nets of one kind: `dh`, `dc`, `bound` (nets, lags), `gradient` (nets,), spectra one for each net."""

    hidden: int
    parameters: int
    dh: Array
    dc: Array | None
    bound: Array | None
    spectra: tuple[dict[str, Spectrum], ...]
    gradient: Array


def readout(hidden: int, seed: int) -> Array:
    """A random direction w of length 1, (hidden,): with the loss w . h the gradient at the last h has length 1."""
    drawn = np.random.default_rng((seed, 1)).normal(size=check_size("hidden", hidden))
    return np.asarray(drawn / np.linalg.norm(drawn))


def measure(params: _locals.Params, x: ArrayLike, w: ArrayLike | None = None) -> Measured:
    """The gradient of a loss on the last step alone, at every step of one sequence.

    Parameters
    ----------
    params : Params
        Of any cell, best in float64.
    x : array_like, shape (time, features)
    w : array_like, shape (hidden,), optional
        The loss is w . h_T; without it |h_T|^2 / 2.

    Returns
    -------
    Measured

    Raises
    ------
    ValueError
        Shapes that do not fit; a state or a gradient too large for a number.

    Examples
    --------
    >>> params = rnn.Params(np.ones((1, 1)), np.array([[0.5]]), np.zeros(1), "relu")
    >>> found = measure(params, np.ones((3, 1)), [1.0])
    >>> found.dh, found.bound
    (array([1.  , 0.5 , 0.25]), array([1.  , 0.5 , 0.25]))
    """
    cell = rnn if isinstance(params, rnn.Params) else gru if isinstance(params, gru.Params) else lstm
    with np.errstate(over="ignore", invalid="ignore"):
        trace: Any = cell.forward(params, as_array("x", x)[:, None])
        dh = np.zeros(trace.h.shape)
        dh[-1] = trace.h[-1] if w is None else np.asarray(w, np.float64)
        _check_size_of(dh)
        back: Any = cell.backward(trace, dh, flow=True)
    found = spectra.profile(trace, back.flow)
    arrays = [getattr(back.params, name, None) for name in ("W_x", "W_h", "b", "p")]
    flat = np.concatenate([array.ravel() for array in arrays if isinstance(array, np.ndarray)])
    _check_size_of(flat, found.dh)
    lags = np.arange(len(found.dh))
    bound = spectra.bound(params, lags) * found.dh[0] if isinstance(params, rnn.Params) else None
    dc = None if found.dc is None else found.dc[:, 0]
    norm = float(_locals.norms(flat))
    return Measured(found.dh[:, 0], dc, bound, spectra.spectra(params), norm)


def survey(recipe: Recipe, sequences: Sequence[Array], *, loss: Loss = "readout", seed: int = 0) -> Survey:
    """Many nets of one kind, each over a sequence of its own.

    Parameters
    ----------
    recipe : Recipe
    sequences : sequence of ndarray, shape (time, features)
        One for each net, all of one shape; two kinds of cell are compared fairly over the same ones.
    loss : {"readout", "norm"}
        w . h_T, w a random direction of each net, or |h_T|^2 / 2.
    seed : int
        Of the first net; the others follow.

    Returns
    -------
    Survey

    Raises
    ------
    ValueError
        No sequence, sequences of several shapes, another loss, and what `draw` and `measure` refuse.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(5, 60, 3))
    >>> found = survey(Recipe("lstm", 8, forget_bias=0.0), x)
    >>> found.dc.shape, bool(np.median(found.dc[:, 50] / found.dc[:, 0]) < 1e-6)
    ((5, 60), True)
    """
    if not len(sequences) or len({np.shape(x) for x in sequences}) > 1:
        raise ValueError("sequences: expected at least one, all of one shape, got others; cut them to the same length")
    if loss not in get_args(Loss):
        raise ValueError(f"loss: expected one of {', '.join(get_args(Loss))}, got {loss!r}; choose one")
    features, rows = np.shape(sequences[0])[1], []
    for k, x in enumerate(sequences, seed):
        params = draw(recipe, features, k)
        w = readout(recipe.hidden, k) if loss == "readout" else None
        try:
            rows.append(measure(params, x, w))
        except ValueError as error:
            raise ValueError(f"{recipe.cell.upper()}, seed {k}: {error}") from error
    dc = [row.dc for row in rows if row.dc is not None]
    bound = [row.bound for row in rows if row.bound is not None]
    return Survey(
        recipe.hidden,
        params.count,
        np.array([row.dh for row in rows]),
        np.array(dc) if dc else None,
        np.array(bound) if bound else None,
        tuple(row.spectra for row in rows),
        np.array([row.gradient for row in rows]),
    )


def _check_size_of(*arrays: Array) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(
            "gradient: expected finite numbers, got one that exploded beyond float64; take a smaller radius"
        )
