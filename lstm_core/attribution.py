"""Which past input matters: how much an output of a model would change with each token that it has read.

Three answers. How strongly the output reacts to a token at all (`input_norms`); what the token gives to it, to first
order (`gradient_times_input`); and what all tokens together give, shared out so that it adds up
(`integrated_gradients`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import _locals, objectives, stack
from lstm_core.arrays import Array, as_array, check_size
from lstm_core.models import Classifier, Model, Regressor, predict

_NUMBERS = 4_000_000  # of copies of a net that run side by side: some 100 MB with all their signals


def input_norms(dx: Array) -> Array:
    """|dL/dx_t|: how strongly the objective reacts to each input, in whichever direction.

    Parameters
    ----------
    dx : ndarray, shape (time, batch, features)
        `objectives.backward(...).gradients.x`.

    Returns
    -------
    ndarray, shape (time, batch)

    Examples
    --------
    >>> input_norms(np.array([[[3.0, 4.0]], [[0.0, 0.0]]]))[:, 0]
    array([5., 0.])
    """
    return _locals.norms(dx)


def gradient_times_input(model: Model, ids: ArrayLike, output: int, step: int | None = None) -> Array:
    """What each token gives to an output, to first order: its vector times the gradient there, signed.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    ids : array_like, shape (time,), or (time, features) of a regressor without an embedding
    output, step
        As in `objectives.of_logit`; of a model that speaks at the end, the sequence is cut after `step`.

    Returns
    -------
    ndarray, shape (time,)
        In units of the logit; 0 at what is not read before it.

    Raises
    ------
    ValueError
        An output or a step that is not there.

    References
    ----------
    Shrikumar et al. (2016), "Not just a black box: learning important features through propagating activation
    differences", where it is the baseline.

    Examples
    --------
    >>> model = Regressor(stack.init(np.random.default_rng(0), 2, [4]), np.ones((4, 3)), np.zeros(3))
    >>> gradient_times_input(model, np.ones((5, 2)), output=1, step=2).nonzero()[0]
    array([0, 1, 2])
    """
    given, inside, step = _read(model, ids, step)
    said = predict(model, inside[:, None])
    aim = objectives.of_logit(model, inside, output, step, said.trace)
    dx = stack.backward(said.trace, aim.dh).x
    return _padded((said.embedded * dx).sum(axis=2)[:, 0], len(given))


class Integrated(NamedTuple):
    """Integrated gradients of one output.

    `tokens` (time,) is what each token gives, `total` the output minus what it is at the baseline, and `gap` what is
    missing: `total` - `tokens.sum()`, which goes to 0 with more steps. `baseline` is the output there.
    """

    tokens: Array
    total: float
    gap: float
    baseline: float


def integrated_gradients(
    model: Model,
    ids: ArrayLike,
    output: int,
    step: int | None = None,
    *,
    baseline: Literal["zero", "mean"] = "zero",
    steps: int = 64,
) -> Integrated:
    """What each token gives to an output, all tokens moved together from nothing to what they are.

    The gradient is averaged over the straight line from the baseline to the vectors, at the middles of `steps` equal
    parts, and multiplied with the difference.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
        Of tied weights only the vectors that are read are moved.
    ids, output, step
        As in `gradient_times_input`.
    baseline : {"zero", "mean"}
        Zeros, or the mean vector of the vocabulary (without an embedding: of the sequence) in every place.
    steps : int

    Returns
    -------
    Integrated

    Raises
    ------
    ValueError
        An output or a step that is not there, another baseline, no steps.

    References
    ----------
    Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks".

    Examples
    --------
    >>> model = Regressor(stack.init(np.random.default_rng(0), 2, [4]), np.ones((4, 3)), np.zeros(3))
    >>> found = integrated_gradients(model, np.ones((5, 2)), output=1)
    >>> abs(found.gap) < 1e-4, abs(found.total - float(found.tokens.sum()) - found.gap) < 1e-12
    (True, True)
    """
    if baseline not in ("zero", "mean"):
        raise ValueError(f"baseline: expected 'zero' or 'mean', got {baseline!r}; choose one of them")
    check_size("steps", steps)
    given, inside, step = _read(model, ids, step)
    vectors = np.asarray(predict(model, inside[:, None]).embedded[:, 0], model.b_out.dtype)
    table = vectors if model.embedding is None else model.embedding
    start = np.zeros_like(vectors[0]) if baseline == "zero" else table.mean(axis=0)
    way = vectors - start

    ends = stack.forward(model.layers, np.stack([start + 0 * way, vectors], axis=1))
    below, value = (float(logit) for logit in objectives.logits_of(model, ends, output, step)[0])
    slopes = np.zeros(vectors.shape)
    for part in _parts(model, len(vectors), steps):
        trace = stack.forward(model.layers, start + part[:, None].astype(way.dtype) * way[:, None])
        dh = objectives.logits_of(model, trace, output, step)[1]
        slopes += stack.backward(trace, dh).x.sum(axis=1, dtype=np.float64)
    tokens = (way * slopes / steps).sum(axis=1)
    return Integrated(_padded(tokens, len(given)), value - below, value - below - float(tokens.sum()), below)


def _parts(model: Model, length: int, steps: int) -> Iterator[Array]:
    """The places between 0 and 1, as many together as memory allows."""
    middles = (np.arange(steps) + 0.5) / steps
    size = max(1, _NUMBERS // (length * sum(layer.outputs for layer in model.layers)))
    for k in range(0, steps, size):
        yield middles[k : k + size]


def _read(model: Model, ids: ArrayLike, step: int | None) -> tuple[Array, Array, int | None]:
    """The sequence, the part of it that is read, and the step in that part."""
    given = as_array("ids", ids)
    wanted = ("(time,)", 1) if model.embedding is not None else ("(time, features)", 2)
    if given.ndim != wanted[1] or 0 in given.shape:
        raise ValueError(
            f"ids: expected one sequence {wanted[0]}, got shape {given.shape}; give the tokens of one text"
        )
    if step is None or not (isinstance(model, Classifier) or (isinstance(model, Regressor) and not model.every_step)):
        return given, given, step
    _locals.check_whole("step", step, len(given))
    return given, given[: step + 1], None


def _padded(values: Array, length: int) -> Array:
    return np.concatenate((values, np.zeros(length - len(values), values.dtype)))
