"""Which way the gradient came: the exact split of dL/dc or dL/dh by path, and the pure product of forget gates.

"dc_t / dc_{t-1} = f_t, that is why LSTMs remember" is one path among several. `split` gives them all, signed, and they
add up; `pure` is the path through f alone, `carried` the same where the loss is on many steps, and `share` says how
much of the truth it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lstm_core import _locals, gru, lstm, rnn
from lstm_core._stepped_values import Factor, Quantity, Stepped, Term, Verdict
from lstm_core._stepper import Flow, steps_back, walk_back
from lstm_core._straight import carried, entering, pure
from lstm_core.arrays import Array, check_size

__all__ = [
    "Factor",
    "Quantity",
    "Share",
    "Shares",
    "Stepped",
    "Term",
    "Verdict",
    "carried",
    "entering",
    "projected",
    "pure",
    "share",
    "shares_of_random_nets",
    "split",
    "steps_back",
    "total",
    "walk_back",
]


def split(flow: Flow, trace: _locals.Trace | None = None) -> dict[str, Array]:
    """The gradient at the state that remembers, by the way it came; the parts add up to `total(flow)`.

    Parameters
    ----------
    flow : Flow
        Of any cell.
    trace : Trace, optional
        The run of an LSTM, to tell apart what comes through h.

    Returns
    -------
    dict of ndarray, shape (time, batch, hidden)
        LSTM, of dL/dc: "loss" (what the loss gives to c itself), "highway" (f[t+1] * dL/dc[t+1]), "output" (through h)
        and "peephole". With `trace`, instead of "output": "output_loss" (the loss looks at this h), "output_i",
        "output_f", "output_o" and "output_g" (a gate of the next step looks at this h).
        GRU, of dL/dh: "loss", "highway" (z[t+1] * dL/dh[t+1]), "r", "z", "n". RNN, of dL/dh: "loss", "recurrent".

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> flow = lstm.backward(trace, np.ones((4, 1, 2)), flow=True).flow
    >>> list(split(flow)), bool(np.allclose(sum(split(flow).values()), total(flow)))
    (['loss', 'highway', 'output', 'peephole'], True)
    """
    if isinstance(flow, rnn.Flow):
        return {"loss": flow.dh_loss + flow.dh_final, "recurrent": flow.dh_recurrent}
    if isinstance(flow, gru.Flow):
        gates = dict(zip(gru.GATES, flow.dh_gates, strict=True))
        return {"loss": flow.dh_loss + flow.dh_final, "highway": flow.dh_highway, **gates}
    parts = {"loss": flow.dc_final, "highway": flow.dc_highway, "output": flow.dc_output, "peephole": flow.dc_peephole}
    if trace is None:
        return parts
    to_c = _locals.factors(trace)["c"]
    arrived = {"loss": flow.dh_loss + flow.dh_final, **dict(zip(lstm.GATES, flow.dh_gates, strict=True))}
    del parts["output"]
    return {**parts, **{f"output_{way}": part * to_c for way, part in arrived.items()}}


def total(flow: Flow) -> Array:
    """What `split` adds up to, (time, batch, hidden): dL/dc of an LSTM, dL/dh of a GRU or an RNN."""
    return flow.dc if isinstance(flow, lstm.Flow) else flow.dh


def projected(parts: Mapping[str, Array], whole: Array) -> dict[str, Array]:
    """All units in one: each part's length along the direction of the whole; signed, and in sum its norm.

    Parameters
    ----------
    parts : mapping of str to ndarray, shape (..., hidden)
    whole : ndarray, shape (..., hidden)
        What the parts add up to.

    Returns
    -------
    dict of ndarray, shape (...)
        Zeros where the whole is 0.

    Examples
    --------
    >>> parts = {"a": np.array([3.0, 0.0]), "b": np.array([0.0, 4.0])}
    >>> {name: round(float(part), 3) for name, part in projected(parts, np.array([3.0, 4.0])).items()}
    {'a': 1.8, 'b': 3.2}
    """
    norm = _locals.norms(whole)[..., None]
    along = np.divide(whole, norm, out=np.zeros(whole.shape), where=norm > 0)
    return {name: (part * along).sum(axis=-1) for name, part in parts.items()}


class Share(NamedTuple):
    """How much of the truth a path is, at each step, (time,); NaN where the true gradient is 0.

    `projection` is <pure, true> / |true|^2, which adds up over paths; `ratio` is |pure| / |true|, which does not, and
    `cosine` is the angle between them, NaN where either is 0.
    """

    projection: Array
    ratio: Array
    cosine: Array


def share(part: Array, whole: Array) -> Share:
    """Compare a path with the truth, step by step.

    Parameters
    ----------
    part, whole : ndarray, shape (time, hidden)
        `pure` and the true gradient, for instance.

    Returns
    -------
    Share

    Examples
    --------
    >>> found = share(np.array([[1.0, 0.0]]), np.array([[2.0, 2.0]]))
    >>> [float(value[0].round(3)) for value in found]
    [0.25, 0.354, 0.707]
    """
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    size, true = _locals.norms(part), _locals.norms(whole)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        cosine = np.clip((part / size[..., None] * (whole / true[..., None])).sum(axis=-1), -1, 1)
        ratio = np.where(true > 0, size / true, np.nan)
        projection = np.where(size > 0, cosine * ratio, np.where(true > 0, 0.0, np.nan))
    return Share(projection, ratio, cosine)


class Shares(NamedTuple):
    """Over many random nets, at the first step: shape (nets,) each; `true` is |dL/dc_0|, `last` |dL/dc_T|."""

    projection: Array
    ratio: Array
    cosine: Array
    true: Array
    last: Array


def shares_of_random_nets(
    forget_biases: Sequence[float] = (0.0, 1.0, 3.0),
    *,
    nets: int = 200,
    hidden: int = 8,
    features: int = 4,
    steps: int = 20,
    seed: int = 0,
) -> dict[float, Shares]:
    """How much of dL/dc at the first step is the product of forget gates, in LSTMs as they are before training.

    The loss is v . h at the last step, v and the inputs drawn from N(0, 1), all weights from N(0, 1 / hidden), all
    biases 0 but the forget gate's. The figures depend strongly on the scale of the weights: name it with them.

    Parameters
    ----------
    forget_biases : sequence of float
        The same nets for each.
    nets, hidden, features, steps, seed : int

    Returns
    -------
    dict of Shares

    Raises
    ------
    ValueError
        Sizes below 1.

    Examples
    --------
    >>> found = shares_of_random_nets((0.0, 3.0), nets=20)
    >>> bool(np.median(found[0.0].ratio) < 0.1 < np.median(found[3.0].ratio))
    True
    """
    for name, size in {"nets": nets, "hidden": hidden, "features": features, "steps": steps}.items():
        check_size(name, size)
    found = {}
    for bias in forget_biases:
        rng = np.random.default_rng(seed)
        rows = [_share_of_one(rng, float(bias), hidden, features, steps) for _ in range(nets)]
        found[float(bias)] = Shares(*np.array(rows).T)
    return found


def _share_of_one(rng: np.random.Generator, bias: float, hidden: int, features: int, steps: int) -> list[float]:
    W_x, W_h = (rng.normal(size=(rows, 4 * hidden)) / np.sqrt(hidden) for rows in (features, hidden))
    b = np.zeros(4 * hidden)
    b[hidden : 2 * hidden] = bias
    trace = lstm.forward(lstm.Params(W_x, W_h, b), rng.normal(size=(steps, 1, features)))
    dh = np.zeros((steps, 1, hidden))
    dh[-1] = rng.normal(size=hidden)
    flow = lstm.backward(trace, dh, flow=True).flow
    assert flow is not None
    true = flow.dc[:, 0]
    found = share(pure(trace, true[-1])[:1], true[:1])
    return [*(float(part[0]) for part in found), *(float(norm) for norm in _locals.norms(true[[0, -1]]))]
