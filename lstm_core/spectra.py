"""Why gradients vanish or explode: the size of what they are multiplied with at every step, and what is left."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import _locals, gru, lstm, rnn
from lstm_core.arrays import Array

Flow: TypeAlias = rnn.Flow | gru.Flow | lstm.Flow
P = TypeVar("P", rnn.Params, gru.Params, lstm.Params)

GAMMA = {"tanh": 1.0, "relu": 1.0, "sigmoid": 0.25}  # the steepest that an activation can be


class Spectrum(NamedTuple):
    """Of a square block of W_h: its spectral radius, max |eigenvalue|, and sigma_max, its largest singular value.

    A gradient that is multiplied by the block grows at most by sigma_max in one step; over many steps by about the
    radius a step.
    """

    radius: float
    sigma: float


def spectra(params: _locals.Params) -> dict[str, Spectrum]:
    """Spectral radius and sigma_max of each gate's square block of W_h.

    Parameters
    ----------
    params : Params
        Of any cell.

    Returns
    -------
    dict of Spectrum
        By gate, without those that a variant removes or couples; {"h": ...} of an RNN.

    Examples
    --------
    >>> params = rnn.Params(np.ones((1, 2)), np.array([[0.5, 9.0], [0.0, 0.5]]), np.zeros(2))
    >>> found = spectra(params)["h"]
    >>> found.radius, round(found.sigma, 2)
    (0.5, 9.03)
    """
    return {gate: _spectrum(_locals.columns(params, gate)) for gate in _learned(params)}


def scaled(params: P, radius: float, gate: str | None = None) -> P:
    """The same cell, its recurrent weights multiplied so that they have a chosen spectral radius.

    Parameters
    ----------
    params : Params
    radius : float
        At least 0.
    gate : str, optional
        The block to change; None: each block of its own, all to this radius.

    Returns
    -------
    Params

    Raises
    ------
    ValueError
        A radius that is negative or not finite, a gate that the cell does not have, a block whose radius is 0.

    Examples
    --------
    >>> params = gru.init(np.random.default_rng(0), 3, 4)
    >>> {gate: round(one.radius, 5) for gate, one in spectra(scaled(params, 1.2)).items()}
    {'r': 1.2, 'z': 1.2, 'n': 1.2}
    """
    if isinstance(radius, bool) or not np.isfinite(radius) or radius < 0:
        raise ValueError(
            f"radius: expected a number of at least 0, got {radius!r}; around 1 is where it gets interesting"
        )
    gates = _learned(params)
    if gate is not None and gate not in gates:
        raise ValueError(f"gate: expected one of {', '.join(gates)}, got {gate!r}; choose one that has weights")
    W_h, H = params.W_h.copy(), params.hidden
    for one in gates if gate is None else (gate,):
        block = _locals.columns(params, one)
        before = _spectrum(block).radius
        if before == 0 and radius > 0:
            raise ValueError(
                f"radius: expected a block of {one} that can be scaled, got one whose radius is 0; use others"
            )
        k = _locals.order(params).index(one)
        W_h[:, k * H : (k + 1) * H] = block * (radius / before if before else 0.0)
    return replace(params, W_h=W_h)


def bound(params: rnn.Params, lags: ArrayLike) -> Array:
    """The most that |dh_t / dh_k| can be in an RNN: (gamma * sigma_max) ** (t - k).

    Parameters
    ----------
    params : rnn.Params
    lags : array_like of int
        t - k, at least 0.

    Returns
    -------
    ndarray of float64, the shape of `lags`
        Times |dL/dh_t| it bounds |dL/dh_k|, where the loss is on step t alone. Infinite where float64 ends.

    Raises
    ------
    ValueError
        Another cell than an RNN; lags below 0.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", section 2.1: gamma is
    1 for tanh (and relu) and 1/4 for a sigmoid.

    Examples
    --------
    >>> bound(rnn.Params(np.ones((1, 1)), np.array([[0.5]]), np.zeros(1)), [0, 1, 3])
    array([1.   , 0.5  , 0.125])
    """
    if not isinstance(params, rnn.Params):
        raise ValueError(
            "params: expected those of an RNN, got another cell, whose gates are factors too, so that no single matrix "
            "bounds its gradient; look at the measured norm instead"
        )
    steps = np.asarray(lags)
    if steps.dtype.kind not in "iu" or (steps.size and steps.min() < 0):
        raise ValueError(f"lags: expected whole numbers of at least 0, got {lags!r:.60}; count the steps back")
    with np.errstate(over="ignore"):
        return np.asarray((GAMMA[params.activation] * spectra(params)["h"].sigma) ** steps.astype(np.float64))


class Profile(NamedTuple):
    """Norms of the gradient by lag, the steps before the loss: (lags, batch); NaN where a sequence has no such step.

    `dc` is None but for an LSTM.
    """

    dh: Array
    dc: Array | None


def profile(trace: _locals.Trace, flow: Flow, step: int | None = None) -> Profile:
    """How long the gradient is at each number of steps before the loss: |dL/dh_k| and |dL/dc_k| by t - k.

    Parameters
    ----------
    trace : Trace
    flow : Flow
        Of its backward pass, best from a loss on one step: where more steps are looked at, the gradients of all add up.
    step : int, optional
        t, in input order; None: the step that each sequence is read at last.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        A step that is not there.

    Examples
    --------
    >>> trace = rnn.forward(rnn.init(np.random.default_rng(0), 1, 1), np.ones((3, 1, 1)))
    >>> flow = rnn.backward(trace, [[[0.0]], [[0.0]], [[2.0]]], flow=True).flow
    >>> found = profile(trace, flow).dh
    >>> found.shape, float(found[0, 0])
    ((3, 1), 2.0)
    """
    T, B, _ = trace.h.shape
    lengths = np.full(B, T) if trace.lengths is None else trace.lengths
    if step is not None:
        _locals.check_whole("step", step, int(lengths.max()))
    last = 0 * lengths if trace.reverse else lengths - 1
    at = last if step is None else np.full(B, step)
    k = at + np.arange(T)[:, None] if trace.reverse else at - np.arange(T)[:, None]  # (lags, batch)
    there = (k >= 0) & (k < lengths) & (at < lengths)
    columns = np.arange(B)

    def norms(gradient: Array) -> Array:
        return np.where(there, _locals.norms(gradient)[np.clip(k, 0, T - 1), columns], np.nan)

    return Profile(norms(flow.dh), norms(flow.dc) if isinstance(flow, lstm.Flow) else None)


def _learned(params: _locals.Params) -> tuple[str, ...]:
    return params.variant.learned if isinstance(params, lstm.Params) else _locals.order(params)


def _spectrum(block: Array) -> Spectrum:
    square = np.asarray(block, np.float64)
    return Spectrum(float(np.abs(np.linalg.eigvals(square)).max()), float(np.linalg.norm(square, 2)))
