"""First values of parameters beyond what each cell's `init` draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_core import gru, lstm
from lstm_core.arrays import Array
from lstm_core.stack import Layer, Params


def chrono(layers: tuple[Layer, ...], longest: int, rng: np.random.Generator) -> tuple[Layer, ...]:
    """Biases for which the memories of the units are spread over all lengths up to `longest`.

    A unit that is left alone keeps the share f = sigmoid(b_f) a step, and so remembers for about 1 / (1 - f) =
    1 + exp(b_f) steps. So b_f is log(u), u uniform on [1, longest - 1], and b_i = -b_f. A GRU's update gate z takes the
    place of f. A coupled LSTM has b_i alone.

    Parameters
    ----------
    layers : tuple of Layer
        Of LSTMs or GRUs.
    longest : int
        In steps, at least 2.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Layer

    Raises
    ------
    ValueError
        A plain RNN, which has no gates; fewer than 2 steps.

    References
    ----------
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", equation 16.

    Examples
    --------
    >>> layers = (Layer("lstm", lstm.init(np.random.default_rng(0), 2, 3)),)
    >>> b = chrono(layers, 100, np.random.default_rng(1))[0].forward.b
    >>> bool((b[3:6] > 0).all()), bool((b[:3] == -b[3:6]).all())
    (True, True)
    """
    if longest < 2:
        raise ValueError(f"chrono: expected at least 2 steps, got {longest}; 0 in a configuration switches it off")
    return tuple(
        replace(
            layer,
            forward=_spread(layer.forward, longest, rng),
            backward=None if layer.backward is None else _spread(layer.backward, longest, rng),
        )
        for layer in layers
    )


def gate_biases(layers: tuple[Layer, ...], i: float, o: float) -> tuple[Layer, ...]:
    """The same layers with these biases of the input and output gates; cells of another kind stay as they are.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory": gates that begin shut keep the cells from
    being used as bias cells before they have learned anything.

    Examples
    --------
    >>> layers = (Layer("lstm", lstm.init(np.random.default_rng(0), 3, 2)),)
    >>> gate_biases(layers, -1.0, -2.0)[0].forward.b
    array([-1., -1.,  1.,  1., -2., -2.,  0.,  0.], dtype=float32)
    """

    def biased(params: Params) -> Params:
        if not isinstance(params, lstm.Params):
            return params
        H, b = params.hidden, params.b.copy()
        b[:H], b[2 * H : 3 * H] = i, o
        return replace(params, b=b)

    return tuple(
        replace(
            layer,
            forward=biased(layer.forward),
            backward=None if layer.backward is None else biased(layer.backward),
        )
        for layer in layers
    )


def _spread(params: Params, longest: int, rng: np.random.Generator) -> Params:
    H = params.hidden
    keeps: Array = np.log(rng.uniform(1, longest - 1, H)).astype(params.b.dtype)
    b = params.b.copy()
    if isinstance(params, lstm.Params):
        b[:H], b[H : 2 * H] = -keeps, keeps
        return replace(params, b=b)
    if isinstance(params, gru.Params):
        np.atleast_2d(b)[0, H : 2 * H] = keeps
        return replace(params, b=b)
    raise ValueError("chrono: expected an LSTM or a GRU, got an RNN; it has no gate whose bias could be set")
