"""From a view of a run to the next message of its live chart: only what the browser does not have yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_ui.components.shared.assets import plain_number, plain_text
from lstm_ui.components.transport import check_json, pack

# Bytes of a message that continues a chart. With what Streamlit puts around it (2.0 KB for a fragment with two
# components) an update stays below 5 KB.
LIMIT = 2_900
ROWS = ("step", "loss", "stability", "norm", "saturated")
VALIDATIONS = ("validated_step", "validated_loss", "validated_score")
SAMPLE = 400  # characters of the newest sample

WORDS = {
    "waiting": "Waiting for a free worker",
    "running": "Training",
    "paused": "Paused",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "Failed",
}
_GOES_ON = ("waiting", "running")


class Sent(NamedTuple):
    """What the browser was sent of a run; a fresh one means: nothing yet.

    Attributes
    ----------
    run : str
    stride : int
        Of the history. When it is full its rows are merged in pairs and its stride doubles; the browser does the same
        with the rows it has.
    step, validated : int
        Of the last row and the last validation that have been sent; -1: none.
    whole : bool
        Send everything that is missing in one message, however long: at the first view and after a gap.
    """

    run: str = ""
    stride: int = 0
    step: int = -1
    validated: int = -1
    whole: bool = True

    def of(self, run: str, stride: int) -> Sent:
        """The same for this run with this stride: after merging, the last row ends at a multiple of the new stride.

        Examples
        --------
        >>> Sent("a", 2, 82, 50, whole=False).of("a", 8)
        Sent(run='a', stride=8, step=80, validated=50, whole=False)
        """
        if run != self.run or not self.stride or stride % self.stride:
            return Sent(run, stride)
        return self._replace(stride=stride, step=self.step // stride * stride if self.step >= stride else -1)

    def back_to(self, need: Mapping[str, object]) -> Sent:
        """What was sent, after the browser has said what arrived: never more than was sent.

        Examples
        --------
        >>> Sent("a", 1, 40, 20, whole=False).back_to({"run": "a", "stride": 1, "step": 12, "validated": 20})
        Sent(run='a', stride=1, step=12, validated=20, whole=True)
        """
        if (need.get("run"), need.get("stride")) != (self.run, self.stride):
            return self._replace(step=-1, validated=-1, whole=True)
        step, validated = _whole(need.get("step"), self.step), _whole(need.get("validated"), self.validated)
        return self._replace(step=step, validated=validated, whole=True)


def live_payload(
    view: Any,
    sent: Sent | None = None,
    *,
    chart: str = "live",
    baselines: Sequence[tuple[str, float]] = (),
    loss: str = "loss",
    score: str = "",
    score_baselines: Sequence[tuple[str, float]] = (),
    weight: float | None = None,
    limit: int = LIMIT,
) -> tuple[dict[str, Any], Sent]:
    """The next message of a live chart, and what has been sent after it.

    Parameters
    ----------
    view : lstm_runs.service.View, or anything with its names
        `id, status, step, steps, history, failure, sample, tokens_per_second, seconds_left`.
    sent : Sent or None
        From the call before; None: nothing has been sent.
    chart : str
        Which chart on the page this is for.
    baselines : sequence of (name, value)
        Horizontal lines in the picture of the loss, in its unit.
    loss : str
        What the loss is, with its unit: "nats a character".
    score : str
        What the validation score is ("accuracy"); empty: the task has none, and its picture is left out.
    score_baselines : sequence of (name, value)
    weight : float or None
        Of the stability in the total; None: what the run's configuration says.
    limit : int
        Bytes of a message that continues a chart. Rows that do not fit are sent with the next one.

    Returns
    -------
    payload : dict
        Plain JSON values; rows as base64 of float32, one column after the other.
    sent : Sent
        For the next call.

    Raises
    ------
    ValueError
        If the columns of the history differ in length, or a baseline is not a finite number.
    """
    stride = int(view.history.stride)
    sent = (sent or Sent()).of(view.id, stride)
    rows = _columns(view.history, ROWS)
    validations = _columns(view.history, VALIDATIONS)
    data = _frame(view, chart, stride, weight)
    data |= {"loss": loss, "score": score}
    data |= {"baselines": _lines(baselines, "baselines"), "scoreBaselines": _lines(score_baselines, "score_baselines")}
    check_json(data)
    room = limit - len(json.dumps(data)) - 150 if not sent.whole and view.status in _GOES_ON else 10**9
    data["validations"], validated, room = _part(validations, sent.validated, room)
    data["rows"], step, _ = _part(rows, sent.step, room)
    return data, Sent(view.id, stride, step, validated, whole=False)


def _frame(view: Any, chart: str, stride: int, weight: float | None) -> dict[str, Any]:
    """Everything but the rows and the names of the picture."""
    failure = getattr(view, "failure", None)
    if weight is None:
        weight = getattr(getattr(view, "config", None), "stability_weight", 0.0)
    return {
        "chart": chart,
        "run": str(view.id),
        "stride": stride,
        "status": str(view.status),
        "words": WORDS.get(view.status, str(view.status)),
        "problem": plain_text(f"Step {int(failure.step)}: {failure.reason}", 400) if failure else "",
        "step": int(view.step),
        "steps": int(view.steps),
        "left": plain_number(view.seconds_left),
        "speed": plain_number(view.tokens_per_second),
        "sample": plain_text(view.sample or "", SAMPLE),
        "weight": float(weight),
    }


def _columns(history: Any, names: Sequence[str]) -> list[NDArray[Any]]:
    found = [np.asarray(getattr(history, name), dtype=float) for name in names]
    if len({column.shape for column in found}) > 1 or found[0].ndim != 1:
        shapes = ", ".join(f"{name} {column.shape}" for name, column in zip(names, found, strict=True))
        raise ValueError(f"history: expected columns of one length, got {shapes}; take them from one TrainState")
    return found


def _part(columns: list[NDArray[Any]], sent: int, room: int) -> tuple[dict[str, Any], int, int]:
    """Rows later than step `sent`, as many as there is room for; the step of the last of them; the room that is left.

    `after`: the browser has rows up to this step, and drops later ones. It is less than `sent` where a worker that was
    killed has to repeat its last steps.
    """
    steps = columns[0]
    after = min(sent, int(steps[-1])) if len(steps) else -1
    first = int(np.searchsorted(steps, after, side="right"))
    each = 4 * len(columns) * 4 / 3  # base64 of float32
    last = min(len(steps), first + max(1, int(room / each)))
    steps, *others = (column[first:last] for column in columns)
    part: dict[str, Any] = {"after": after, "count": last - first}
    stride = steps[1] - steps[0] if len(steps) > 1 else 0.0
    if len(steps) and (np.diff(steps) == stride).all():
        part["even"] = [float(steps[0]), float(stride)]  # steps at equal distances need no column
    else:
        others = [steps, *others]
    part["data"] = pack("history", np.stack(others), missing=True)
    return part, int(steps[-1]) if len(steps) else after, room - len(part["data"])


def _lines(lines: Sequence[tuple[str, float]], name: str) -> list[list[Any]]:
    found = []
    for label, value in lines:
        if plain_number(value) is None:
            raise ValueError(f"{name}: expected finite numbers, got {value} for {label!r}; leave that line out")
        found.append([plain_text(str(label), 40), float(value)])
    return found


def _whole(value: object, most: int) -> int:
    """A whole number from the browser, clipped; -1 for nonsense."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return -1
    return int(min(max(value, -1), most))
