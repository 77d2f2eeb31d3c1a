"""A layer at a glance: in which order to draw its units, which of its gates are stuck, which units are dead."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import gru, lstm, memory, rnn
from lstm_core.arrays import Array, Bools, Ints

Trace: TypeAlias = rnn.Trace | gru.Trace | lstm.Trace

SHUT, OPEN = 0.1, 0.9  # below and above it a gate counts as saturated
DEAD = 0.01  # a unit whose h never moves further than this


class Saturation(NamedTuple):
    """Share of the steps at which a gate was shut (below 0.1) and open (above 0.9), each (units,)."""

    shut: Array
    open: Array


def saturation(trace: Trace) -> dict[str, Saturation]:
    """How much of the time the gates of every unit are stuck at one of their ends.

    Parameters
    ----------
    trace : Trace
        All its sequences count, padding does not.

    Returns
    -------
    dict of str to Saturation
        For the sigmoid gates: i, f, o of an LSTM, r, z of a GRU; none for a plain RNN.

    References
    ----------
    Karpathy, Johnson and Li (2015), "Visualizing and understanding recurrent networks", section 4.2.

    Examples
    --------
    >>> params = lstm.init(np.random.default_rng(0), 1, 2, forget_bias=9.0)
    >>> saturation(lstm.forward(params, np.ones((3, 1, 1))))["f"].open
    array([1., 1.])
    """
    gates = {"LSTM": "ifo", "GRU": "rz", "RNN": ""}[_cell(trace)]
    found = {}
    for gate in gates:
        values = _tokens(trace, gate)
        found[gate] = Saturation((values < SHUT).mean(axis=0), (values > OPEN).mean(axis=0))
    return found


def dead(trace: Trace) -> Bools:
    """Units that say nothing: h never leaves a band of 0.01 around its middle. (units,)

    Examples
    --------
    >>> from lstm_core.clamps import Clamp
    >>> params = lstm.init(np.random.default_rng(0), 1, 2)
    >>> dead(lstm.forward(params, np.ones((3, 1, 1)), clamps=[Clamp("o", 0.0, units=(1,))]))
    array([False,  True])
    """
    h = _tokens(trace, "h")
    return np.asarray(h.max(axis=0) - h.min(axis=0) <= 2 * DEAD)


def by_half_life(trace: lstm.Trace | gru.Trace) -> Ints:
    """Units from the longest memory to the shortest; raises as `memory.half_lives`."""
    return np.argsort(-memory.half_lives(trace), kind="stable")


def by_saturation(trace: Trace) -> Ints:
    """Units from the most saturated, all gates together, to the least; as stored where there are no gates."""
    parts = [part for each in saturation(trace).values() for part in each]
    return np.argsort(-np.sum(parts, axis=0), kind="stable") if parts else np.arange(trace.h.shape[-1])


def by_activity(values: ArrayLike) -> Ints:
    """Units from the one that moves most to the one that moves least.

    Parameters
    ----------
    values : array_like, shape (time, units)
        A signal of one sequence; what counts is its standard deviation over time.

    Returns
    -------
    ndarray of int64, shape (units,)

    Raises
    ------
    ValueError
        Not two axes, or no units.

    Examples
    --------
    >>> by_activity([[0.0, 0.5, 1.0], [0.0, -0.5, 1.1]])
    array([1, 2, 0])
    """
    return np.argsort(-_columns(values).std(axis=0), kind="stable")


def by_similarity(values: ArrayLike) -> Ints:
    """Units so ordered that those which move together stand together.

    Spectral seriation: units are sorted by the second eigenvector of the Laplacian of their similarities
    (1 + correlation) / 2. Units that never move come last.

    Parameters
    ----------
    values : array_like, shape (time, units)
        A signal of one sequence.

    Returns
    -------
    ndarray of int64, shape (units,)

    Raises
    ------
    ValueError
        Not two axes, or no units.

    References
    ----------
    Atkins, Boman and Hendrickson (1998), "A spectral algorithm for seriation and the consecutive ones problem".

    Examples
    --------
    >>> t = np.arange(12)
    >>> by_similarity(np.stack((np.sin(t), np.cos(t), 2 * np.sin(t), np.cos(t) - 1), axis=1)).tolist()
    [0, 2, 1, 3]
    """
    columns = _columns(values)
    centred = columns - columns.mean(axis=0)
    size = np.linalg.norm(centred, axis=0)
    moving = np.flatnonzero(size > 1e-9 * np.sqrt(len(columns)))
    still = np.setdiff1d(np.arange(columns.shape[1]), moving)
    if len(moving) < 3:
        return np.concatenate((moving, still))
    unit = centred[:, moving] / size[moving]
    similar = (1 + unit.T @ unit) / 2
    laplacian = np.diag(similar.sum(axis=1)) - similar
    fiedler = np.linalg.eigh(laplacian)[1][:, 1].round(9)  # rounded, so that equal units stay in their order
    # An eigenvector has no sign of its own: the unit that is stored first goes to the front half.
    order = np.argsort(fiedler if fiedler[0] <= 0 else -fiedler, kind="stable")
    return np.concatenate((moving[order], still))


def _columns(values: ArrayLike) -> Array:
    columns = np.asarray(values, np.float64)
    if columns.ndim != 2 or not columns.size:
        raise ValueError(f"values: expected (time, units), got shape {columns.shape}; give one signal of one sequence")
    return columns


def _cell(trace: Trace) -> str:
    if isinstance(trace, lstm.Trace):
        return "LSTM"
    return "GRU" if isinstance(trace, gru.Trace) else "RNN"


def _tokens(trace: Trace, signal: str) -> Array:
    """A signal without its padding: (steps of all sequences, units)."""
    values: Array = getattr(trace, signal)
    if trace.lengths is not None:
        values = values[np.arange(len(values))[:, None] < trace.lengths]
    return values.reshape(-1, values.shape[-1])
