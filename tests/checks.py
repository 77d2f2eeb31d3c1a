"""What several tests of the core need: all arrays of a result by name, a loss, and its central differences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.cases import Case, Given, is_token, run


def arrays_of(thing: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """Every array in a (nested) result, by its path: {"params.W_x": ..., "initial.h": ..., "flow.dc": ...}."""
    if isinstance(thing, np.ndarray):
        return {prefix: thing}
    if is_dataclass(thing):
        parts = [(field.name, getattr(thing, field.name)) for field in fields(thing)]
    elif hasattr(thing, "_fields"):
        parts = list(zip(thing._fields, thing, strict=True))
    elif isinstance(thing, (tuple, list)):
        parts = [(str(k), part) for k, part in enumerate(thing)]
    else:
        return {}
    out: dict[str, np.ndarray] = {}
    for name, part in parts:
        out |= arrays_of(part, f"{prefix}.{name}" if prefix else name)
    return out


def trace_arrays(trace: Any) -> dict[str, np.ndarray]:
    """The public arrays of a Trace in its own type: signals, x and both states."""
    public = ("x", "i", "f", "o", "g", "r", "z", "n", "q", "c", "h", "tanh_c", "initial", "final")
    return {
        key: a for name in public if hasattr(trace, name) for key, a in arrays_of(getattr(trace, name), name).items()
    }


def backward(case: Case, given: Given, flow: bool = False) -> Any:
    return case.module.backward(run(case, given), given.dh, given.d_final, flow=flow)


def gradients_of(result: Any) -> dict[str, np.ndarray]:
    """Gradients by name: "params.W_x", "x", "initial.h", and the parts of the flow where there is one."""
    return arrays_of(result)


def loss_of(case: Case, given: Given) -> float:
    """The loss whose gradient at h is `dh` and at the final state `d_final`: their products, summed over the tokens."""
    trace = run(case, given)
    loss = (given.dh * trace.h)[is_token(given)].sum()
    return float(loss + sum((d * state).sum() for d, state in zip(given.d_final, trace.final, strict=True)))


def each_argument(case: Case, given: Given) -> Iterator[tuple[str, np.ndarray, Callable[[np.ndarray], Given]]]:
    """Name, array and "the same, but with this array in its place" of everything that has a gradient."""
    for name, array in arrays_of(given.params).items():
        yield f"params.{name}", array, lambda a, name=name: given._replace(params=replace(given.params, **{name: a}))
    yield "x", given.x, lambda a: given._replace(x=a)
    for name, array in given.initial._asdict().items():
        yield f"initial.{name}", array, lambda a, name=name: given._replace(initial=given.initial._replace(**{name: a}))


def central_differences(case: Case, given: Given, step: float = 1e-5) -> dict[str, np.ndarray]:
    """(loss(a + step) - loss(a - step)) / 2 step for every single number that has a gradient; wants float64."""
    return {
        name: differences(lambda a, put=put: loss_of(case, put(a)), array, step)
        for name, array, put in each_argument(case, given)
    }


def differences(loss: Callable[[np.ndarray], float], array: np.ndarray, step: float = 1e-5) -> np.ndarray:
    out = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        up, down = array.copy(), array.copy()
        up[index] += step
        down[index] -= step
        out[index] = (loss(up) - loss(down)) / (2 * step)
    return out


def check_refused(act: Callable[[], Any], *parts: str) -> None:
    """`act` raises a ValueError whose message holds every part, in any order, and a remedy at its end."""
    with pytest.raises(ValueError) as caught:
        act()
    assert type(caught.value) is ValueError
    message = str(caught.value)
    for part in parts:
        assert part in message, f"{part!r} is not in {message!r}"
    said, semicolon, remedy = message.rpartition("; ")
    assert said and semicolon, f"no remedy after a semicolon in {message!r}"
    assert len(re.findall(r"\w+", remedy)) >= 2, f"no remedy after a semicolon in {message!r}"
