"""What a cell still remembers, and of what: its state as a sum over everything that was ever written into it.

An LSTM's cell state follows c_t = f_t * c_{t-1} + i_t * g_t, so the state after step T is, exactly,

    c_T = sum over t <= T of (f_{t+1} * ... * f_T) * i_t * g_t   +   (f_1 * ... * f_T) * c_0.

A GRU's h_t = z_t * h_{t-1} + (1 - z_t) * n_t has the same form. Nothing here is an approximation: the products are
those of the gates that were recorded, whatever made them so, a clamp included. That the gates themselves depend on the
past is another matter: the sum says where the content comes from, not what let it stay.

Levy et al. (2018), "Long short-term memory as a dynamically computed element-wise weighted sum".
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from lstm_core import gru, lstm, rnn
from lstm_core.arrays import Array, Bools, Ints
from lstm_core.clamps import held

Trace: TypeAlias = lstm.Trace | gru.Trace


class Ledger(NamedTuple):
    """Where a state came from. In float64, whatever the type of the trace.

    `bars` (time, hidden): what is left of each step's writing; zeros at steps that had not been read yet.
    `initial` (hidden,): what is left of the state before the first step.
    `total` (hidden,): the state itself, as it was recorded; `bars.sum(0) + initial` up to rounding.
    `is_held` (time, hidden): where a clamp held the state; the bar there is the held value, and all before it are 0.
    `order` (read steps,): the steps up to this one, in the order in which the cell read them.
    """

    bars: Array
    initial: Array
    total: Array
    is_held: Bools
    order: Ints


def ledger(trace: Trace, step: int | None = None, sequence: int = 0) -> Ledger:
    """The state after a step as the sum of what is left of every step's writing.

    Parameters
    ----------
    trace : lstm.Trace or gru.Trace
        Of either direction, ragged or not, with or without clamps.
    step : int, optional
        In input order; None: the one that the cell read last.
    sequence : int
        Which of the batch.

    Returns
    -------
    Ledger

    Raises
    ------
    ValueError
        A plain RNN; a step behind the end of the sequence; a sequence that the batch does not have.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> found = ledger(trace)
    >>> found.bars.shape, bool(np.allclose(found.bars.sum(axis=0) + found.initial, trace.c[-1, 0], atol=1e-6))
    ((4, 2), True)
    """
    signal = _state(trace)
    order = _read(trace, step, sequence)
    steps, _, hidden = trace.h.shape
    keep, write = _kept_and_written(trace, sequence)
    is_held = held(trace.clamps, signal, steps, hidden)
    keep, write = np.where(is_held, 0.0, keep)[order], np.where(is_held, _of(trace, signal, sequence), write)[order]
    # What is left of a step is the product of all later gates; of the initial state, of all.
    left = np.cumprod(np.concatenate((np.ones((1, hidden)), keep[::-1])), axis=0)[::-1]
    bars = np.zeros((steps, hidden))
    bars[order] = left[1:] * write
    initial = left[0] * np.asarray(getattr(trace.initial, signal)[sequence], np.float64)
    return Ledger(bars, initial, _of(trace, signal, sequence)[order[-1]], is_held, order)


def written(trace: Trace, sequence: int = 0) -> Array:
    """What each step wrote, before any of it was forgotten, (time, hidden): i * g of an LSTM, (1 - z) * n of a GRU.

    Raises
    ------
    ValueError
        A plain RNN.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> bool(np.array_equal(written(trace)[-1], ledger(trace).bars[-1]))  # nothing has come since
    True
    """
    _state(trace)
    return _kept_and_written(trace, sequence)[1]


def projected(found: Ledger) -> tuple[Array, float]:
    """All units in one: how much each step contributes to the state's length.

    Parameters
    ----------
    found : Ledger

    Returns
    -------
    tuple of ndarray, shape (time,), and float
        Each bar's projection on the direction of the state, and that of the initial state; signed, and in sum the
        norm of the state, which the norms of the bars are not.

    Examples
    --------
    >>> bars = np.array([[3.0, 0.0], [0.0, 4.0]])
    >>> projected(Ledger(bars, np.zeros(2), bars.sum(axis=0), bars > 9, np.arange(2)))
    (array([1.8, 3.2]), 0.0)
    """
    norm = float(np.linalg.norm(found.total))
    if norm == 0:
        return np.zeros(len(found.bars)), 0.0
    along = found.total / norm
    return found.bars @ along, float(found.initial @ along)


def reach(found: Ledger, share: float = 0.9) -> Ints:
    """How many steps back most of a unit's state comes from.

    Parameters
    ----------
    found : Ledger
    share : float
        Of the sum of |bars|, the initial state's included.

    Returns
    -------
    ndarray of int64, shape (hidden,)
        The smallest number of the steps read last whose bars have that share: 1 where the last step is enough, one
        more than were read where the initial state is needed, and 0 where all bars are 0.

    Raises
    ------
    ValueError
        A share that is not above 0 and up to 1.

    Examples
    --------
    >>> bars = np.array([[0.5], [0.0], [-9.0], [0.5]])
    >>> reach(Ledger(bars, np.zeros(1), bars.sum(axis=0), bars > 9, np.arange(4)))
    array([2])
    """
    if not 0 < share <= 1:
        raise ValueError(f"share: expected a number above 0 and up to 1, got {share!r}; choose 0.9")
    sizes = np.abs(np.concatenate((found.bars[found.order[::-1]], found.initial[None])))
    sums = sizes.cumsum(axis=0)
    # The same sum is compared with itself at the end, so rounding never asks for more steps than there are.
    needed = np.argmax(sums >= share * sums[-1], axis=0) + 1
    return np.asarray(np.where(sums[-1] > 0, needed, 0), np.int64)


def half_lives(trace: Trace) -> Array:
    """Steps until half of a unit's memory is gone, at the mean rate at which its gate let go.

    Parameters
    ----------
    trace : lstm.Trace or gru.Trace
        All its sequences count, padding does not.

    Returns
    -------
    ndarray of float64, shape (hidden,)
        -log(2) / mean(log(gate)), the forget gate of an LSTM and z of a GRU: 0 where it ever was 0, infinite where it
        was always 1.

    Raises
    ------
    ValueError
        A plain RNN.

    Examples
    --------
    >>> params = lstm.init(np.random.default_rng(0), 1, 1, lstm.Variant(forget="none"))
    >>> half_lives(lstm.forward(params, np.ones((2, 1, 1))))
    array([inf])
    """
    _state(trace)
    gate = np.asarray(trace.f if isinstance(trace, lstm.Trace) else trace.z, np.float64)
    if trace.lengths is not None:
        is_token = np.arange(len(gate))[:, None] < trace.lengths
        gate = gate[is_token]
    with np.errstate(divide="ignore"):
        rates = np.log(gate.reshape(-1, gate.shape[-1])).mean(axis=0)
        return np.asarray(np.log(2) / np.abs(rates))  # of a gate between 0 and 1 the logarithm is negative, or 0


def _state(trace: object) -> str:
    """The name of what remembers; refuses a cell that has none."""
    if isinstance(trace, lstm.Trace):
        return "c"
    if isinstance(trace, gru.Trace):
        return "h"
    if isinstance(trace, rnn.Trace):
        raise ValueError(
            "trace: expected an LSTM or a GRU, got a plain RNN; it has no ledger, because its state goes through a "
            "matrix and an activation at every step and nothing is left of it as a sum"
        )
    raise ValueError(f"trace: expected that of an LSTM or a GRU, got {type(trace).__name__}; run the cell forward")


def _kept_and_written(trace: Trace, sequence: int) -> tuple[Array, Array]:
    """The gate that keeps and what is added, (time, hidden)."""
    if isinstance(trace, lstm.Trace):
        return _of(trace, "f", sequence), _of(trace, "i", sequence) * _of(trace, "g", sequence)
    z = _of(trace, "z", sequence)
    return z, (1 - z) * _of(trace, "n", sequence)


def _of(trace: Trace, signal: str, sequence: int) -> Array:
    return np.asarray(getattr(trace, signal)[:, sequence], np.float64)


def _read(trace: Trace, step: int | None, sequence: int) -> Ints:
    """The steps up to one, in the order in which the cell read them."""
    batch = trace.h.shape[1]
    if not 0 <= sequence < batch:
        raise ValueError(f"sequence: expected 0 to {batch - 1}, got {sequence!r}; choose one of the batch")
    length = len(trace.h) if trace.lengths is None else int(trace.lengths[sequence])
    last = 0 if trace.reverse else length - 1
    step = last if step is None else step
    if not 0 <= step < length:
        raise ValueError(f"step: expected 0 to {length - 1}, got {step!r}; the sequence has {length} steps")
    return np.arange(length - 1, step - 1, -1) if trace.reverse else np.arange(step + 1)
