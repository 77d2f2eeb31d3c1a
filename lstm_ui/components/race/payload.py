"""From the racers to one message for their chart: everything each time, some kilobytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lstm_plots.bands import Band
from lstm_ui.components.live.payload import WORDS
from lstm_ui.components.shared.assets import plain_number, plain_text
from lstm_ui.components.transport import check_json, pack

SMALLEST = 1e-37  # what is smaller would reach the browser as 0, which it is not
DASHES = {"rnn": "2 4", "gru": "9 4", "lstm": "", "noforget": "9 3 2 3"}


class Racer(NamedTuple):
    """A run as the chart shows it.

    `view`: lstm_runs.service.View; `left`, `norm`: bands over steps back, or None before there is a profile; `at`: the
    update that the bands are of.
    """

    cell: str
    name: str
    view: Any
    left: Band | None = None
    norm: Band | None = None
    at: int = 0
    solved: bool = False


def race_payload(
    racers: Sequence[Racer],
    *,
    chart: str,
    loss: str,
    score: str,
    lines: Sequence[tuple[str, float]] = (),
    score_lines: Sequence[tuple[str, float]] = (),
    profile: tuple[str, str] = ("", ""),
    about: str = "",
    moment: int | None = None,
    needed: tuple[int, ...] = (),
    place: int | None = None,
) -> dict[str, Any]:
    """The next message of the chart.

    Parameters
    ----------
    racers : sequence of Racer
    chart : str
        Which chart on the page this is for.
    loss, score : str
        What the two are; an empty score: the task has none, and its picture is left out.
    lines, score_lines : sequence of (name, value)
        Horizontal lines.
    profile : (str, str)
        Titles of the profile as a share of where it starts, and as it is.
    about : str
        Small print below.
    moment : int or None
        The update that is looked at; None: the newest.
    needed : tuple of int
        Places in the profile that are marked.
    place : int or None
        How many steps back the table looks.

    Returns
    -------
    dict
        Plain JSON values; numbers as base64 of float32, one column after the other.
    """
    data: dict[str, Any] = {
        "chart": chart,
        "race": " ".join(racer.view.id for racer in racers),
        "racers": [_racer(racer) for racer in racers],
        "loss": loss,
        "score": score,
        "lines": _lines(lines),
        "scoreLines": _lines(score_lines),
        "profile": {"left": profile[0], "norm": profile[1]},
        "about": about,
        "moment": moment,
        "needed": list(needed),
        "place": place,
    }
    check_json(data)
    return data


def _racer(racer: Racer) -> dict[str, Any]:
    view, history = racer.view, racer.view.history
    columns = [history.validated_step, history.validated_loss, history.validated_score]
    return {
        "cell": racer.cell,
        "name": racer.name,
        "dash": DASHES.get(racer.cell, ""),
        "status": str(view.status),
        "words": WORDS.get(view.status, str(view.status)),
        "solved": racer.solved,
        "steps": int(view.steps),
        "at": int(view.step),
        "of": racer.at,
        "units": int(view.config.hidden),
        "parameters": int(view.parameters),
        "validations": pack("validations", np.stack(columns).astype(float), missing=True),
        "profile": _bands(racer.left, racer.norm),
    }


def _bands(left: Band | None, norm: Band | None) -> str:
    if left is None or norm is None:
        return ""
    bands = np.stack([left.middle, left.low, left.high, norm.middle, norm.low, norm.high])
    bands = np.where((bands > 0) & (bands < SMALLEST), SMALLEST, bands)
    return pack("profile", np.stack([left.x, *bands]), missing=True)


def _lines(lines: Sequence[tuple[str, float]]) -> list[list[Any]]:
    return [[plain_text(name, 40), float(value)] for name, value in lines if plain_number(value) is not None]
