"""Sweeps that were computed beforehand: sample_data/sweeps, made by tools/make_sweeps.py. No widgets here.

NAMES                   in the order in which a reader should meet them
open(name)              the sweep, its rows and curves, with title, words about it, and when it was made
sources(name)           the data that it names and that are no synthetic task
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lstm_core import tasks
from lstm_core.sources import Source
from lstm_runs import cli_data, tables
from lstm_runs.grids import Sweep
from lstm_runs.sweeps import Curve, Row
from lstm_ui import samples

FOLDER = Path(__file__).parents[1] / "sample_data" / "sweeps"
# What a reader is told of each: what is compared, and how its settings were found.
_ABOUT: dict[str, str] = {
    "first-lag": (
        "The gates of GRU and LSTM begin open (chrono initialisation for 200 steps): the third choice. Usual biases, "
        "which were tried first, are in the picture by forget bias; a constant learning rate was tried as well."
    ),
    "forget-bias": "The task and the settings of first-lag, but for what the gates begin with.",
    "order-lag": (
        "Gates begin open, as for the first symbol: chrono initialisation for 200 steps. A constant learning rate with "
        "forget bias 1 was tried first."
    ),
    "adding-lag": (
        "Usual biases: forget bias 1 for the LSTM. A constant learning rate with shorter sequences was tried first."
    ),
    "copy-lag": (
        "Gates begin open: chrono initialisation for 60 steps. Usual biases, half the learning rate and fewer updates "
        "were tried first."
    ),
    "counting-lag": (
        "Usual biases: forget bias 1 for the LSTM. One seed of each cell was tried beforehand, to choose the lags; "
        "nothing else was tried."
    ),
    "agreement-lag": (
        "Gates begin open, as for the first symbol: chrono initialisation for 200 steps. One seed of each cell was "
        "tried beforehand, to choose the lags; nothing else was tried."
    ),
    "continual-forget": "Strings follow one another without an end. Settings of the task, nothing else was tried.",
    "reber-cells": (
        "One string after the other, each from zeros. The published result is that of the LSTM of 1997, which has no "
        "forget gate. Settings of the task, nothing else was tried."
    ),
    "digits-cells": (
        "Each picture is read as 64 pixels. The score is that of the validation part, 90 pictures, so one of them is "
        "1.1 %. Settings of the task, which were found for the LSTM in some eight tries; nothing else was tried here."
    ),
    "prose-early": "Ordinary prose of this project, 64 units each. Two learning rates; nothing else was tried.",
    "prose-wide-rnn": "A plain RNN that has as many recurrent weights as the LSTM of 64 units.",
    "clipping": (
        "A plain RNN on adding at a length that it can just do. Three learning rates, so that clipping is not credited "
        "with what a rate does. Tried as well: plain gradient descent, where it helped too, and remembering the first "
        "symbol, where it made no difference."
    ),
}
NAMES: tuple[str, ...] = tuple(_ABOUT)


class Stored(NamedTuple):
    """A sweep that was computed beforehand; `made` has when, seconds, processes and versions."""

    name: str
    title: str
    about: str
    sweep: Sweep
    rows: list[Row]
    curves: dict[int, Curve]
    made: dict[str, str | float]

    @property
    def command(self) -> str:
        """What computes it again in a shell."""
        return f"python -m lstm_runs sweep sample_data/sweeps/{self.name}.toml"

    def when(self) -> str:
        """When, how long, and with what it was computed, in words."""
        made = self.made
        minutes = float(made.get("seconds", 0)) / 60
        time = f"{minutes:.0f} min" if minutes >= 2 else f"{made.get('seconds', 0)} s"
        what = f"{len(self.rows)} runs, {len(self.sweep.seeds)} seeds each"
        cores = made.get("processes", "?")
        where = f"{cores} core{'s' if cores != 1 else ''}, NumPy {made.get('numpy', '?')}"
        return f"Computed beforehand: {what}, on {made.get('when', '?')} in {time} ({where})."


def open(name: str) -> Stored:
    """A stored sweep; read once a server.

    Raises
    ------
    ValueError
        There is none of this name.
    """
    if name not in NAMES:
        raise ValueError(f"stored: expected one of {', '.join(NAMES)}, got {name[:40]!r}; choose one of them")
    return _opened(name)


@cache
def _opened(name: str) -> Stored:
    try:
        data = (FOLDER / f"{name}.json").read_bytes()
    except OSError as error:
        raise ValueError(
            f"stored: expected the file of {name!r}, got none ({error.strerror}); python tools/make_sweeps.py makes it"
        ) from None
    found = tables.from_json(data)
    # On the pages ready-made data go by their file's name; in the TOML file its place stands before it.
    sweep = replace(found.sweep, data=PurePosixPath(found.sweep.data).name)
    return Stored(name, sweep.title, _ABOUT[name], sweep, *found[1:])


def sources(name: str) -> dict[str, Source]:
    """The data of a stored sweep, by the names that it uses, as `service.sweeps.start` takes them.

    Raises
    ------
    ValueError
        There is no such sweep, or a file of it is missing.
    """
    data = open(name).sweep.data
    if data in tasks.PROBLEMS:
        return {} if tasks.PROBLEMS[data].draw is not None else {data: cli_data.digits()}
    return {data: samples.load("language", PurePosixPath(data).stem)}
