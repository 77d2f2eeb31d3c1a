"""What a training has been through, in at most so many rows, however long it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from lstm_core.arrays import Array

ROWS = 1_024  # enough for every screen
_SUMS = ("tokens", "seconds")


def _no_rows() -> Array:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Columns of numbers, float64; one row for every `stride` updates, one for every validation.

    When ROWS rows are full, each two of them become one and the stride doubles. So a row is a mean over its updates,
    the same however the training was cut into slices. `seconds` is the only column that a clock decides.

    Parameters
    ----------
    stride : int
        Updates in a row.
    step : ndarray, shape (rows,)
        Updates made when the row was complete.
    loss, stability, norm, saturated : ndarray, shape (rows,)
        Means over the row: forward part of the loss, backward part, norm of the gradient before clipping, and the share
        of gate values below 0.1 or above 0.9.
    tokens, seconds : ndarray, shape (rows,)
        Sums over the row.
    validated_step, validated_loss, validated_score : ndarray, shape (validations,)
        Validations: after how many updates, mean loss, share of right answers (0 for a regressor).
    open : tuple of float
        The row that is not complete: how many updates, then the sums of loss, stability, norm, saturated, tokens and
        seconds over them.
    """

    stride: int = 1
    step: Array = field(default_factory=_no_rows)
    loss: Array = field(default_factory=_no_rows)
    stability: Array = field(default_factory=_no_rows)
    norm: Array = field(default_factory=_no_rows)
    saturated: Array = field(default_factory=_no_rows)
    tokens: Array = field(default_factory=_no_rows)
    seconds: Array = field(default_factory=_no_rows)
    validated_step: Array = field(default_factory=_no_rows)
    validated_loss: Array = field(default_factory=_no_rows)
    validated_score: Array = field(default_factory=_no_rows)
    open: tuple[float, ...] = (0.0,) * 7

    def with_rows(self, rows: list[tuple[float, ...]]) -> History:
        """The history with one more update in each of `rows`, whose entries are in the order of the columns.

        Examples
        --------
        >>> history = History().with_rows([(k, 1.0 / k, 0.0, 1.0, 0.5, 10.0, 0.1) for k in range(1, 1_030)])
        >>> history.stride, len(history.step), float(history.step[0]), float(history.loss[0])
        (2, 514, 2.0, 0.75)
        """
        if not rows:
            return self
        columns = {name: list(getattr(self, name)) for name in _ROW}
        stride, held = self.stride, list(self.open)
        for row in rows:
            held = [held[0] + 1, *(a + b for a, b in zip(held[1:], row[1:], strict=True))]
            if held[0] < stride:
                continue
            means = (a if name in _SUMS else a / stride for name, a in zip(_ROW[1:], held[1:], strict=True))
            for name, value in zip(_ROW, (row[0], *means), strict=True):
                columns[name].append(value)
            held = [0.0] * 7
            if len(columns["step"]) == ROWS:
                columns = {name: _halved(name, values) for name, values in columns.items()}
                stride *= 2
        arrays: dict[str, Any] = {name: np.array(values, np.float64) for name, values in columns.items()}
        return replace(self, stride=stride, open=tuple(held), **arrays)

    def with_validation(self, step: int, loss: float, score: float) -> History:
        """The history with one more validation; a second one at the same step takes the place of the first."""
        keep = self.validated_step != step
        new = {"validated_step": step, "validated_loss": loss, "validated_score": score}
        found: dict[str, Any] = {name: np.append(getattr(self, name)[keep], value) for name, value in new.items()}
        steps = found["validated_step"]
        if len(steps) > ROWS:  # the one that leaves the smallest gap goes; first and last stay
            least = 1 + int(np.argmin(steps[2:] - steps[:-2]))
            found = {name: np.delete(array, least) for name, array in found.items()}
        return replace(self, **found)

    @property
    def updates(self) -> int:
        """Updates that the history has seen."""
        return int(self.stride * len(self.step) + self.open[0])


_ROW = ("step", "loss", "stability", "norm", "saturated", "tokens", "seconds")
COLUMNS = tuple(field.name for field in fields(History) if field.name not in ("stride", "open"))


def _halved(name: str, values: list[float]) -> list[float]:
    if name == "step":
        return values[1::2]
    by = 1.0 if name in _SUMS else 0.5
    return [(a + b) * by for a, b in zip(values[::2], values[1::2], strict=True)]
