"""Everything the scrubber needs to move through a training without asking the server again: at most 3 MB."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_ui.components.scrubber.quantise import MOST_STEPS, Cut, choose, quantise
from lstm_ui.components.shared.assets import plain_number, plain_text, tokens_json
from lstm_ui.components.transport import check_json, pack

LIMIT = 3_000_000  # bytes of the whole message
SAMPLE = 500  # characters of a checkpoint's sample
_SAYS = ("losses", "probabilities", "tags")


def scrubber_payload(
    marks: Sequence[Any],
    tokens: Sequence[tuple[str, str]],
    signals: Mapping[str, NDArray[Any]],
    *,
    ident: str,
    title: str = "",
    losses: NDArray[Any] | None = None,
    probabilities: NDArray[Any] | None = None,
    tags: NDArray[Any] | None = None,
    labels: Sequence[str] = (),
    loss: str = "loss",
    chosen: int | None = None,
    limit: int = LIMIT,
) -> dict[str, Any]:
    """The data of the scrubber: one run, one layer, one direction, one probe text, many checkpoints.

    Parameters
    ----------
    marks : sequence of lstm_runs.service.Mark, or anything with `step, loss, validated, sample`
        The checkpoints in the order of their steps; `validated` and `sample` may be None.
    tokens : sequence of (shown, name)
        The probe, one a step, as for the player.
    signals : mapping of str to ndarray, shape (checkpoints, time, units)
        In the order of the tabs: i, f, o, g, c, h; r, z, n, h; or h.
    ident : str
        As long as it stays the same, new data keeps the reader's place.
    title : str
        Which run this is; shown when two are compared.
    losses : ndarray, shape (checkpoints, time), or None
        A language model: nats of each token of the probe given those before it; NaN where there is none.
    probabilities : ndarray, shape (checkpoints, classes), or None
        A classifier: what it says at the end of the probe.
    tags : ndarray of int, shape (checkpoints, time), or None
        A tagger: index into `labels` for every token.
    labels : sequence of str
        Classes or tags.
    loss : str
        What the loss is, with its unit.
    chosen : int or None
        A step; the checkpoint nearest to it is shown first. None: the last one.
    limit : int
        Bytes of the message as JSON. Give half to each of two runs that are compared.

    Returns
    -------
    dict
        Plain JSON values; `left_out` says what did not fit.

    Raises
    ------
    ValueError
        If shapes do not fit together, steps do not ascend, or a number that must be finite is not.
    """
    _check(marks, tokens, signals)
    says = _check_says(
        {"losses": losses, "probabilities": probabilities, "tags": tags}, len(marks), len(tokens), labels
    )
    data = {
        "id": ident,
        "title": plain_text(title, 80),
        "lossName": loss,
        "labels": [plain_text(x, 60) for x in labels],
    }
    whole = Cut(np.arange(len(marks)), min(len(tokens), MOST_STEPS), np.arange(0), ())
    # What stands around the signals is measured with everything in it; cutting can only make it smaller.
    around = len(json.dumps(_around(data, marks, tokens, says, whole, 0))) + 2_000
    cut = choose(signals, max(0, limit - around) * 3 // 4)
    data |= _around(data, marks, tokens, says, cut, _nearest(marks, cut, chosen))
    blocks, how = zip(*(quantise(name, values) for name, values in signals.items()), strict=True)
    picked = [block[cut.checkpoints][:, : cut.steps][:, :, cut.units] for block in blocks]
    data |= {"signals": list(how), "units": cut.units.tolist(), "hidden": int(blocks[0].shape[2])}
    data |= {"left_out": list(cut.left_out), "data": pack("signals", np.stack(picked, axis=1))}
    check_json(data)
    return data


def _around(
    data: dict[str, Any],
    marks: Sequence[Any],
    tokens: Sequence[tuple[str, str]],
    says: dict[str, NDArray[Any]],
    cut: Cut,
    chosen: int,
) -> dict[str, Any]:
    kept = [marks[int(index)] for index in cut.checkpoints]
    found = {
        **data,
        "marks": [_mark(mark) for mark in kept],
        "tokens": tokens_json(tokens[: cut.steps]),
        "chosen": chosen,
        "says": {},
    }
    for name, values in says.items():
        part = values[cut.checkpoints] if name == "probabilities" else values[cut.checkpoints, : cut.steps]
        found["says"][name] = pack(name, part, missing=True)
    return found


def _mark(mark: Any) -> dict[str, Any]:
    return {
        "step": int(mark.step),
        "loss": plain_number(mark.loss),
        "validated": plain_number(mark.validated),
        "sample": plain_text(mark.sample or "", SAMPLE),
    }


def _nearest(marks: Sequence[Any], cut: Cut, step: int | None) -> int:
    kept = np.array([marks[int(index)].step for index in cut.checkpoints])
    return len(kept) - 1 if step is None else int(np.abs(kept - step).argmin())


def _check(marks: Sequence[Any], tokens: Sequence[Any], signals: Mapping[str, NDArray[Any]]) -> None:
    steps = [int(mark.step) for mark in marks]
    if not steps or any(after <= before for before, after in pairwise(steps)):
        raise ValueError(f"marks: expected checkpoints in ascending order of steps, got {steps[:8]}; sort them")
    if not signals:
        raise ValueError("signals: expected at least one, got none; pass the gates of a layer")
    for name, values in signals.items():
        wanted = (len(marks), len(tokens))
        if values.ndim != 3 or values.shape[:2] != wanted or 0 in values.shape:
            raise ValueError(
                f"signals[{name!r}]: expected shape (checkpoints={wanted[0]}, time={wanted[1]}, units), "
                f"got {values.shape}; run every checkpoint on the same probe"
            )
    if len({values.shape for values in signals.values()}) > 1:
        raise ValueError("signals: expected the same shape for all, got different numbers of units; take one layer")


def _check_says(
    given: Mapping[str, NDArray[Any] | None], checkpoints: int, steps: int, labels: Sequence[str]
) -> dict[str, NDArray[Any]]:
    found = {}
    for name, values in given.items():
        if values is None:
            continue
        wanted = (checkpoints, len(labels)) if name == "probabilities" else (checkpoints, steps)
        if values.shape != wanted:
            raise ValueError(f"{name}: expected shape {wanted}, got {values.shape}; one row for each checkpoint")
        if name == "tags" and (values.min() < 0 or values.max() >= len(labels)):
            raise ValueError(f"tags: expected indices into {len(labels)} labels, got up to {values.max()}")
        found[name] = np.asarray(values, dtype=float)
    return found
