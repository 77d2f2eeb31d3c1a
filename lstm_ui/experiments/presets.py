"""Sweeps to begin with: small ones that end in about half a minute and show something."""

from __future__ import annotations

from typing import NamedTuple

from lstm_runs.grids import Between, Sweep


class Preset(NamedTuple):
    """A sweep to begin with, and what it shows."""

    label: str
    about: str
    sweep: Sweep


_MEMORY = {"steps": 500, "validate_every": 50, "validation_tokens": 4_000}
PRESETS: dict[str, Preset] = {
    "lag": Preset(
        "Where the RNN falls to chance",
        "The same task with a longer and longer lag: where does a cell find nothing any more? Gates begin open here.",
        Sweep(
            "first",
            None,
            {"hidden": 8, **_MEMORY},
            {"cell": ("rnn", "gru", "lstm"), "lag": (5, 10, 20, 40, 60), "chrono": (60,)},
            seeds=(0, 1, 2),
        ),
    ),
    "bias": Preset(
        "Forget bias",
        "An LSTM whose forget gates begin half shut forgets before it can learn that there was something to keep.",
        Sweep(
            "first",
            None,
            {"hidden": 8, **_MEMORY},
            {"lag": (20, 40), "forget_bias": (-1.0, 0.0, 1.0, 2.0, 3.0, 5.0)},
            seeds=(0, 1, 2, 3),
        ),
    ),
    "rate": Preset(
        "Learning rate",
        "Too small and nothing happens in the time given, too large and nothing stays: in between there is a valley.",
        Sweep(
            "adding",
            20,
            {"hidden": 12, "steps": 500, "validate_every": 50, "validation_tokens": 4_000},
            {"cell": ("lstm", "rnn"), "rate": (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)},
            seeds=(0, 1, 2),
        ),
    ),
    "variants": Preset(
        "LSTM variants",
        "Which of its gates does an LSTM need? Each variant learns to add two marked numbers out of twenty.",
        Sweep(
            "adding",
            20,
            {"steps": 800, "validate_every": 50, "validation_tokens": 4_000},
            {
                "variant": (
                    "standard",
                    "no input gate",
                    "no forget gate",
                    "no output gate",
                    "coupled",
                    "peepholes",
                    "coupled with peepholes",
                )
            },
            seeds=(0, 1, 2, 3),
        ),
    ),
    "random": Preset(
        "At random",
        "Where nobody knows which setting matters, drawing all of them at once finds it sooner than a grid.",
        Sweep(
            "first",
            30,
            {**_MEMORY, "cell": "lstm"},
            {
                "rate": Between(0.0003, 1.0, "log"),
                "hidden": Between(3, 32, "log"),
                "forget_bias": Between(-1.0, 5.0),
                "optimizer": ("adam", "rmsprop"),
            },
            mode="random",
            count=60,
        ),
    ),
}
FIRST = "lag"
