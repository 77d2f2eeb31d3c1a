"""The way straight back: through the gate that keeps the state, and nothing else."""

from __future__ import annotations

import numpy as np

from lstm_core import _locals, lstm, rnn
from lstm_core._stepper import Flow
from lstm_core.arrays import Array, check_shape


def entering(flow: Flow, trace: _locals.Trace) -> Array:
    """What each step is given from outside the recurrence, at the state that remembers: c of an LSTM, else h.

    Parameters
    ----------
    flow : Flow
    trace : Trace
        The run that it is of.

    Returns
    -------
    ndarray, shape (time, batch, hidden)
        The part of dL/dc (GRU, RNN: dL/dh) at a step that comes from the loss at this very step, or from the layer
        above; 0 where nothing does.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> dh = np.zeros((4, 1, 2))
    >>> dh[[1, 3]] = 1
    >>> entering(lstm.backward(trace, dh, flow=True).flow, trace).any(axis=(1, 2))
    array([False,  True, False,  True])
    """
    dh: Array = flow.dh_loss + flow.dh_final
    if not isinstance(flow, lstm.Flow):
        return dh
    return _locals.cell_gradient(trace.params, _locals.factors(trace), dh, flow.dc_final)


def pure(trace: _locals.Trace, d_state: Array, sequence: int = 0, step: int | None = None) -> Array:
    """What would arrive if the only way back were the product of the forget gates (of a GRU: of its z).

    Parameters
    ----------
    trace : lstm.Trace or gru.Trace
    d_state : array_like, shape (hidden,)
        dL/dc (GRU: dL/dh) of the sequence at `step`, where the loss is.
    sequence : int
    step : int, optional
        In input order; None: the step that was read last.

    Returns
    -------
    ndarray, shape (time, hidden)
        (f[t+1] * ... * f[step]) * d_state in input order; 0 at steps read after `step`, and before one where a clamp
        holds the state.

    Raises
    ------
    ValueError
        A plain RNN; a step or sequence that is not there; another shape of `d_state`.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", section 3: the constant error carousel, f = 1.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> bool(np.allclose(pure(trace, np.ones(2))[2], trace.f[3, 0])), pure(trace, np.ones(2))[3]
    (True, array([1., 1.]))
    """
    keep, length, last = _kept(trace, sequence)
    step = last if step is None else step
    _locals.check_whole("step", step, length)
    given = np.asarray(d_state, np.float64)
    T, H = keep.shape
    check_shape("d_state", given, [("hidden", H)])
    order = np.arange(step, length) if trace.reverse else np.arange(step, -1, -1)  # from the loss back
    found = np.zeros((T, H))
    found[order] = given * np.cumprod(np.concatenate((np.ones((1, H)), keep[order[:-1]])), axis=0)
    return found


def carried(trace: _locals.Trace, entered: Array, sequence: int = 0) -> Array:
    """`pure` where the loss is on many steps: all that enters, carried back by the forget gates alone (GRU: z).

    Parameters
    ----------
    trace : lstm.Trace or gru.Trace
    entered : array_like, shape (time, hidden)
        Of one sequence, from `entering`.
    sequence : int

    Returns
    -------
    ndarray, shape (time, hidden)
        p[t] = entered[t] + f[t+1] * p[t+1], t+1 being the step read after t; in input order, 0 at padding. It is the
        sum of the pure paths that begin at each step, so of a loss on one step it is `pure`.

    Raises
    ------
    ValueError
        A plain RNN; a sequence that is not there; another shape of `entered`.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> found = carried(trace, np.ones((4, 2)))
    >>> found[3], bool(np.allclose(found[2], 1 + trace.f[3, 0]))
    (array([1., 1.]), True)
    """
    keep, length, last = _kept(trace, sequence)
    given = np.asarray(entered, np.float64)
    check_shape("entered", given, [("time", len(keep)), ("hidden", keep.shape[1])])
    found = np.zeros(keep.shape)
    arriving = np.zeros(keep.shape[1])
    for t in range(length) if trace.reverse else range(last, -1, -1):
        found[t] = given[t] + arriving
        arriving = keep[t] * found[t]
    return found


def _kept(trace: _locals.Trace, sequence: int) -> tuple[Array, int, int]:
    """What each step keeps of the state before it, (time, hidden), how many steps there are, and which is read last."""
    if isinstance(trace, rnn.Trace):
        raise ValueError(
            "trace: expected an LSTM or a GRU, got a plain RNN; it has no gate that keeps a state, so all of its "
            "gradient goes through the matrix W_h: look at its norm instead"
        )
    T, B, _ = trace.h.shape
    _locals.check_whole("sequence", sequence, B)
    length = T if trace.lengths is None else int(trace.lengths[sequence])
    keep = np.asarray(_locals.factors(trace)["keep"][:, sequence], np.float64)
    return keep, length, 0 if trace.reverse else length - 1
