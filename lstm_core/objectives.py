"""What is differentiated: a model's loss, one of its logits, or a state somewhere inside a stack.

An `Objective` is a number and its gradient at the place where it enters the net: at the outputs of one layer, or at the
cell states of one direction of it. `backward` takes it from there to everything that lies before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from lstm_core import lstm, models, stack
from lstm_core._entering import Back, Objective, backward, one_of
from lstm_core._locals import check_whole
from lstm_core.arrays import Array, Bools, as_array
from lstm_core.clamps import Direction
from lstm_core.models import Batch, Classifier, Model, Regressor
from lstm_core.stack import Directions, StackTrace

__all__ = ["Back", "Objective", "Steps", "backward", "logits_of", "of_logit", "of_model", "of_state"]

Steps: TypeAlias = int | Literal["last", "all"]


def of_model(model: Model, batch: Batch, trace: StackTrace | None = None) -> Objective:
    """The loss of a model itself: what its training makes smaller.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    batch : Batch
    trace : StackTrace, optional
        The run, where something in it is held or it starts from a state; it is run when not given.

    Returns
    -------
    Objective
        Enters at the last layer, with the gradient that `models.loss_and_grads` uses.

    Raises
    ------
    ValueError
        As `models.predict`; targets that do not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = Regressor(stack.init(rng, 2, [4]), np.ones((4, 3)), np.zeros(3))
    >>> batch = Batch(np.ones((5, 1, 2)), np.ones((5, 1, 3)))
    >>> of_model(model, batch).value == models.loss(model, batch)
    True
    """
    trace = models.predict(model, batch.x, lengths=batch.lengths).trace if trace is None else trace
    logits = _rows(model, trace) @ models._output_weights(model) + model.b_out
    error = models._error(model, logits, batch)
    words = "mean squared error" if isinstance(model, Regressor) else "mean cross-entropy, in nats"
    drows = error.gradient @ models._output_weights(model).T
    return Objective(error.value, _to_outputs(model, trace, drows), len(trace.layers) - 1, words)


def of_logit(
    model: Model, ids: ArrayLike, output: int, step: int | None = None, trace: StackTrace | None = None
) -> Objective:
    """One number that a model puts out for one sequence: the logit of a class, of a tag, or of a next token.

    Parameters
    ----------
    model : LanguageModel, Classifier, Tagger or Regressor
    ids : array_like, shape (time,), or (time, features) of a regressor without an embedding
    output : int
        Which class, label, token or number.
    step : int, optional
        After which step; None: the last one. Of a model that speaks at the end only: what it would say if the sequence
        ended there.
    trace : StackTrace, optional
        The run, where something in it is held; it is run when not given.

    Returns
    -------
    Objective

    Raises
    ------
    ValueError
        An output or step that is not there; a step before the end where a direction reads backwards from the end.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = Regressor(stack.init(rng, 2, [4]), np.ones((4, 3), np.float32), np.zeros(3, np.float32))
    >>> of_logit(model, np.ones((5, 2)), 1, step=2).dh[:, 0, 0]
    array([0., 0., 1., 0., 0.], dtype=float32)
    """
    if trace is None:
        trace = models.predict(model, as_array("ids", ids)[:, None]).trace
    values, dh = logits_of(model, trace, output, step)
    words = f"logit of {_name(model, int(output))!r}" if not isinstance(model, Regressor) else f"output {output}"
    return Objective(float(values[0]), dh, len(trace.layers) - 1, words)


def logits_of(model: Model, trace: StackTrace, output: int, step: int | None = None) -> tuple[Array, Array]:
    """One output of a model for each sequence of a run, (batch,), all of full length, and the gradient of their sum.

    The gradient is the one at the outputs of the last layer, (time, batch, outputs). Arguments and errors: `of_logit`.
    """
    T = len(trace.h)
    W = models._output_weights(model)
    check_whole("output", output, W.shape[1])
    step = T - 1 if step is None else step
    check_whole("step", step, T)
    w, b = W[:, output], model.b_out[output]
    dh = np.zeros_like(trace.h)
    if not _at_end(model):
        dh[step] = w
        return trace.h[step] @ w + b, dh
    if step < T - 1 and any(layer.backward is not None for layer in trace.layers):
        raise ValueError(
            f"step: expected {T - 1}, the last one, because the net also reads backwards from the end, got {step}; "
            "cut the sequence after that step"
        )
    if getattr(model, "pooling", "last") == "mean":
        dh[: step + 1] = w / (step + 1)
    else:
        H = trace.layers[-1].forward.hidden
        dh[step, :, :H], dh[0, :, H:] = w[:H], w[H:]  # a backward direction ends at the first step
    return np.asarray(np.einsum("tbh,tbh->b", trace.h, dh)) + b, dh


def of_state(
    trace: StackTrace,
    *,
    layer: int = -1,
    direction: Direction = "forward",
    signal: Literal["h", "c"] = "h",
    unit: int | None = None,
    steps: Steps = "last",
) -> Objective:
    """A state inside a stack: of one unit its value, of all half their squared length.

    Parameters
    ----------
    trace : StackTrace
    layer : int
        From 0; -1 is the last one.
    direction : {"forward", "backward"}
    signal : {"h", "c"}
        c of an LSTM only.
    unit : int, optional
        None: |h|^2 / 2 or |c|^2 / 2 of all units of the direction.
    steps : "last", "all" or int
        "last": the one each sequence is read at last, which is the first of the input for a direction that reads
        backwards; a number: in input order; "all": the sum over all steps. Padding counts for nothing.

    Returns
    -------
    Objective

    Raises
    ------
    ValueError
        A layer, direction, signal, unit or step that is not there.

    Examples
    --------
    >>> trace = stack.forward(stack.init(np.random.default_rng(0), 3, [4, 2]), np.ones((5, 1, 3)))
    >>> found = of_state(trace, layer=0, signal="c", unit=3, steps=2)
    >>> found.words, found.value == float(trace.traces[0].forward.c[2, 0, 3])
    ('c of unit 3 in layer 0, forward, after step 2', True)
    """
    count = len(trace.layers)
    layer = count - 1 if layer == -1 else layer
    check_whole("layer", layer, count)
    cell = one_of(trace.traces[layer], direction, layer)
    if signal not in ("h", "c") or (signal == "c" and not isinstance(cell, lstm.Trace)):
        name = stack.NAMES[trace.layers[layer].cell]
        wanted = "h or c" if isinstance(cell, lstm.Trace) else f"h, the only state of {name}"
        raise ValueError(f"signal: expected {wanted}, got {signal!r}; choose another")
    state = getattr(cell, signal)
    chosen = _chosen(cell, steps)
    if unit is None:
        value, gradient = float((np.where(chosen, state, 0) ** 2).sum() / 2), np.where(chosen, state, 0)
        what = f"half of |{signal}|^2 in layer {layer}"
    else:
        check_whole("unit", unit, state.shape[2])
        gradient = np.zeros_like(state)
        gradient[:, :, unit] = chosen[:, :, 0]
        value, what = float((state * gradient).sum()), f"{signal} of unit {unit} in layer {layer}"
    when = {"last": "after the last step", "all": "summed over all steps"}.get(str(steps), f"after step {steps}")
    return _entering_at(trace, layer, direction, signal, gradient, value, f"{what}, {direction}, {when}")


def _entering_at(
    trace: StackTrace, layer: int, direction: Direction, signal: str, gradient: Array, value: float, words: str
) -> Objective:
    pair = trace.traces[layer]
    parts = {way: np.zeros_like(getattr(pair, way).h) for way in Directions._fields if getattr(pair, way) is not None}
    if signal == "c":
        dh = np.concatenate(list(parts.values()), axis=2)
        return Objective(value, dh, layer, words, Directions(**{**parts, direction: gradient}))
    parts[direction] = gradient
    return Objective(value, np.concatenate(list(parts.values()), axis=2), layer, words)


def _chosen(cell: Any, steps: object) -> Bools:
    """Where the steps of an objective are, (time, batch, 1)."""
    T, B, _ = cell.h.shape
    ends = np.full(B, T) if cell.lengths is None else cell.lengths
    t = np.arange(T)[:, None, None]
    own = np.asarray(t < ends[:, None])
    if steps == "all":
        return own
    if steps == "last":
        return np.asarray(t == (0 * ends if cell.reverse else ends - 1)[:, None])
    if isinstance(steps, str):
        raise ValueError(f"steps: expected 'last', 'all' or the number of a step, got {steps!r}; choose one of them")
    check_whole("steps", steps, int(ends.max()))
    return np.asarray(own & (t == steps))


def _at_end(model: Model) -> bool:
    return isinstance(model, Classifier) or (isinstance(model, Regressor) and not model.every_step)


def _rows(model: Model, trace: StackTrace) -> Array:
    """What meets the output layer: (time, batch, outputs) or (batch, outputs)."""
    return models._pooled(model, trace) if _at_end(model) else trace.h  # type: ignore[arg-type]


def _to_outputs(model: Model, trace: StackTrace, drows: Array) -> Array:
    return models._unpooled(model, trace, drows) if _at_end(model) else drows.reshape(trace.h.shape)


def _name(model: Any, output: int) -> str:
    labels: Sequence[str] = getattr(model, "labels", ())
    return labels[output] if labels else model.vocabulary.tokens[output]
