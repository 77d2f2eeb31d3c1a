"""Where a gradient enters a net, and the way back from there: at the outputs of any layer, or at its cell states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstm_core import _locals, lstm, stack
from lstm_core.arrays import Array
from lstm_core.clamps import Direction
from lstm_core.stack import CELLS, Directions, Layer, StackBackward, StackTrace


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """A number, and its gradient where it enters the net.

    Parameters
    ----------
    value : float
        Summed over the batch.
    dh : ndarray, shape (time, batch, outputs of the layer)
        Gradient at the outputs of `layer`.
    layer : int
        The layer whose outputs or cell states the number is made of.
    words : str
        What it is, to be read.
    dc : Directions of ndarray, shape (time, batch, hidden), or None
        Gradient at the cell states of that layer, which are no outputs; None where there is none.
    """

    value: float
    dh: Array
    layer: int
    words: str
    dc: Directions | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Back:
    """The way back from an objective: gradients in the shape of the whole stack, and the flow of each cell.

    Layers above the one where the gradient enters are there too; all their gradients are 0.
    """

    gradients: StackBackward
    layer: int

    def flow(self, layer: int, direction: Direction = "forward") -> Any:
        """The `Flow` of one cell.

        Raises
        ------
        ValueError
            A layer or direction that is not there.
        """
        flows = self.gradients.flows
        assert flows is not None
        _locals.check_whole("layer", layer, len(flows))
        return one_of(flows[layer], direction, layer)


def backward(trace: StackTrace, objective: Objective) -> Back:
    """The exact gradient of an objective at everything before it, and where it came from at each step.

    Parameters
    ----------
    trace : StackTrace
        The run that the objective was made from.
    objective : Objective

    Returns
    -------
    Back
        Where the gradient entered at c, `dc_final` of that cell's flow is what the objective itself gives to c.

    Raises
    ------
    ValueError
        An objective of another run.

    Examples
    --------
    >>> trace = stack.forward(stack.init(np.random.default_rng(0), 3, [4, 2]), np.ones((5, 1, 3)))
    >>> back = backward(trace, Objective(0.0, np.ones((5, 1, 4)), 0, "sum of all h of layer 0"))
    >>> back.gradients.x.shape, float(abs(back.flow(1).dh).max())
    ((5, 1, 3), 0.0)
    """
    k = objective.layer
    if not 0 <= k < len(trace.layers) or objective.dh.shape != _output(trace, k).shape:
        raise ValueError(
            f"objective: expected one of this run, whose layer {k} has outputs {trace.h.shape}, got dh "
            f"{objective.dh.shape} at layer {k}; make it from the same trace"
        )
    if objective.dc is None:
        return _whole(trace, k, stack.backward(up_to(trace, k), objective.dh, flow=True))
    pair = trace.traces[k]
    parts = Directions(
        *(None if cell is None else at_cell_states(cell, dc) for cell, dc in zip(pair, objective.dc, strict=True))
    )
    found = [part for part in parts if part is not None]
    own = Layer("lstm", parts.forward.params, parts.backward and parts.backward.params)
    dx = np.sum([part.x for part in found], axis=0)
    ends = [
        Directions(*(None if part is None else getattr(part, name) for part in parts)) for name in ("initial", "flow")
    ]
    result = StackBackward((own,), dx, (ends[0],), (ends[1],))
    if k:
        below = stack.backward(up_to(trace, k - 1), dx, flow=True)
        assert below.flows is not None
        result = StackBackward((*below.layers, own), below.x, (*below.initial, ends[0]), (*below.flows, ends[1]))
    return _whole(trace, k, result)


def up_to(trace: StackTrace, layer: int) -> StackTrace:
    """The run of the layers up to one, as if there were none above."""
    n = layer + 1
    return replace(
        trace,
        layers=trace.layers[:n],
        h=_output(trace, layer),
        traces=trace.traces[:n],
        initial=trace.initial[:n],
        final=trace.final[:n],
    )


def _whole(trace: StackTrace, layer: int, found: StackBackward) -> Back:
    """With zeros for the layers above."""
    assert found.flows is not None
    layers, initial, flows = list(found.layers), list(found.initial), list(found.flows)
    for above, pair in zip(trace.layers[layer + 1 :], trace.traces[layer + 1 :], strict=True):
        none = [c and CELLS[above.cell].backward(c, np.zeros_like(c.h), flow=True) for c in pair]
        layers.append(Layer(above.cell, *(part and part.params for part in none)))
        initial.append(Directions(*(part and part.initial for part in none)))
        flows.append(Directions(*(part and part.flow for part in none)))
    return Back(StackBackward(tuple(layers), found.x, tuple(initial), tuple(flows)), layer)


def _output(trace: StackTrace, layer: int) -> Array:
    """What a layer hands to the next, (time, batch, outputs)."""
    return np.concatenate([cell.h for cell in trace.traces[layer] if cell is not None], axis=2)


def at_cell_states(trace: lstm.Trace, dc: Array) -> lstm.Backward:
    """Exact gradients of a loss that sees c alone, with the flow.

    Parameters
    ----------
    trace : lstm.Trace
    dc : ndarray, shape (time, batch, hidden)
        Gradient of the loss at every c; 0 at padding.

    Returns
    -------
    lstm.Backward
        `flow.dc_final` is `dc`: what the loss gives to c itself, at whichever step.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2, dtype=np.float64), np.ones((4, 1, 3)))
    >>> at_end = np.zeros((4, 1, 2))
    >>> at_end[-1] = 1
    >>> by_state = lstm.backward(trace, np.zeros((4, 1, 2)), lstm.State(np.zeros((1, 2)), np.ones((1, 2))))
    >>> bool(np.allclose(at_cell_states(trace, at_end).x, by_state.x, rtol=1e-12))
    True
    """
    params, K = trace.params, _locals.factors(trace)
    T, B, H = trace.h.shape
    own = _locals.is_own(trace)
    dh_all, dc_all = np.zeros((2, T, B, H), trace.h.dtype)
    dh_now, dc_now = np.zeros((2, B, H), trace.h.dtype)
    for t in range(T) if trace.reverse else range(T - 1, -1, -1):
        k = {name: factor[t] for name, factor in K.items()}
        dh_all[t] = dh_now
        dc_all[t] = _locals.cell_gradient(params, k, dh_now, dc[t] + dc_now)
        da = _locals.gates(params, k, dh_now, dc_all[t])
        sent = _locals.onward(params, k, dh_now, dc_all[t], da)
        # Past the end nothing happens: what has come so far waits for the sequence's own steps, or has left them.
        dh_now = np.where(own[t], np.sum(list(sent.h.values()), axis=0), dh_now)
        dc_now = np.where(own[t], np.sum(list(sent.c.values()), axis=0), dc_now)
    dh_all, dc_all = (np.where(own, a, 0) for a in (dh_all, dc_all))
    da = _locals.gates(params, K, dh_all, dc_all)
    dx = np.sum(list(_locals.to_input(params, da).values()), axis=0)
    grads = _locals.weight_gradients(trace, da)
    return lstm.Backward(grads, dx, lstm.State(dh_now, dc_now), _flow(trace, K, dh_all, dc_all, dc, da))


def _flow(
    trace: lstm.Trace, K: _locals.Factors, dh: Array, dc: Array, entered: Array, da: dict[str, Array]
) -> lstm.Flow:
    sent = _locals.onward(trace.params, K, dh, dc, da)
    gates = np.stack([_locals.earlier(trace, sent.h[gate])[0] for gate in lstm.GATES])
    highway, peephole = (_locals.earlier(trace, sent.c[way])[0] for way in ("highway", "peephole"))
    if trace.params.p is not None:
        peephole = peephole + trace.params.p[2] * da["o"]
    nothing = np.zeros_like(dh)
    return lstm.Flow(dh, nothing, nothing, gates, dc, entered, highway, dh * K["c"], peephole)


def one_of(pair: Directions, direction: str, layer: int) -> Any:
    """One direction of a layer; refuses one that is not there."""
    present = [name for name in Directions._fields if getattr(pair, name) is not None]
    if direction not in present:
        raise ValueError(
            f"direction: expected {' or '.join(present)} in layer {layer}, got {direction!r}; choose another"
        )
    return getattr(pair, direction)
