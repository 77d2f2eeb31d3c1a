"""What a trace tells beyond its signals. Reads results; runs no net."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from lstm_core import gru, lstm, rnn
from lstm_core.arrays import Array, flip

Trace: TypeAlias = rnn.Trace | gru.Trace | lstm.Trace


def previous(trace: Trace, signal: str) -> Array:
    """A state as the cell met it: the value of h or c before each step, in the order in which the cell read.

    Parameters
    ----------
    trace : Trace
        Of any cell.
    signal : {"h", "c"}

    Returns
    -------
    ndarray, shape (time, batch, hidden)
        At the step read first, the initial state; in a cell that reads backwards, that is a sequence's last step.

    Examples
    --------
    >>> trace = rnn.forward(rnn.init(np.random.default_rng(0), 1, 1), [[[1.0]], [[2.0]]])
    >>> bool(previous(trace, "h")[1] == trace.h[0]), float(previous(trace, "h")[0, 0, 0])
    (True, 0.0)
    """
    state, first = getattr(trace, signal), getattr(trace.initial, signal)
    read = flip(state, trace.lengths) if trace.reverse else state
    shifted = np.concatenate((first[None], read[:-1]))
    return flip(shifted, trace.lengths) if trace.reverse else shifted


def terms(trace: Trace) -> dict[str, dict[str, Array]]:
    """Why did this gate open? The parts of each pre-activation, which add up to it.

    Parameters
    ----------
    trace : Trace
        Of any cell.

    Returns
    -------
    dict of dict of ndarray, shape (time, batch, hidden)
        For each learned gate (h of a plain RNN): parts in the order in which they are drawn, and their sum "a". "x" is
        what the input gives, "h" the state before, "b" the bias, "p" the peephole; the candidate of a GRU has instead
        of "h" its recurrent part, "rq" (r * q, reset after) or "q" (reset before). Gates that a variant removes or
        couples have none.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> parts = terms(trace)["f"]
    >>> list(parts), bool(np.allclose(1 / (1 + np.exp(-parts["a"])), trace.f))
    (['x', 'h', 'b', 'a'], True)
    """
    found = _gru_terms(trace) if isinstance(trace, gru.Trace) else _plain_terms(trace)
    for parts in found.values():
        parts["a"] = np.sum(list(parts.values()), axis=0)
    return found


def _plain_terms(trace: rnn.Trace | lstm.Trace) -> dict[str, dict[str, Array]]:
    """x W + h_prev U + b, and the peepholes of an LSTM."""
    params, h_prev = trace.params, previous(trace, "h")
    gates = params.variant.learned if isinstance(params, lstm.Params) else rnn.GATES
    order = lstm.GATES if isinstance(params, lstm.Params) else rnn.GATES
    found = {}
    for gate in gates:
        columns = _columns(order.index(gate), params.hidden)
        bias = np.broadcast_to(params.b[columns], h_prev.shape)
        found[gate] = {"x": trace.x @ params.W_x[:, columns], "h": h_prev @ params.W_h[:, columns], "b": bias}
    if isinstance(trace, lstm.Trace) and trace.params.p is not None:
        c_prev = previous(trace, "c")
        for row, (gate, seen) in enumerate({"i": c_prev, "f": c_prev, "o": trace.c}.items()):
            if gate in found:
                found[gate]["p"] = trace.params.p[row] * seen
    return found


def _gru_terms(trace: gru.Trace) -> dict[str, dict[str, Array]]:
    """As `_plain_terms` for r and z; n has its own recurrent part."""
    params, h_prev = trace.params, previous(trace, "h")
    b = params.b if params.reset_after else np.stack((params.b, np.zeros_like(params.b)))
    found: dict[str, dict[str, Array]] = {}
    for k, gate in enumerate(gru.GATES[:2]):
        columns = _columns(k, params.hidden)
        bias = np.broadcast_to(b[:, columns].sum(axis=0), h_prev.shape)
        found[gate] = {"x": trace.x @ params.W_x[:, columns], "h": h_prev @ params.W_h[:, columns], "b": bias}
    columns = _columns(2, params.hidden)
    recurrent = {"rq": trace.r * trace.q} if params.reset_after else {"q": trace.q}
    bias = np.broadcast_to(b[0, columns], h_prev.shape)
    found["n"] = {"x": trace.x @ params.W_x[:, columns], "b": bias, **recurrent}
    return found


def _columns(k: int, hidden: int) -> slice:
    return slice(k * hidden, (k + 1) * hidden)
