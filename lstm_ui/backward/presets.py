"""Settings worth looking at on the page Backward pass: a reader chooses one, and sees which one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import streamlit as st

from lstm_ui import address, sample_models, widgets
from lstm_ui.backward import goals, page

_KEY = "preset"  # of the widget; in the address stand the settings themselves
_AGREEMENT = "the boys that the dog under these men likes were old ."
_REVIEW = "I feared it would be bad, but the story was not bad at all."
_NET = ("tokens", "cell", "hidden", "layers", "both", "forget", "input", "output", "peephole")
_SEEN = (
    "layer",
    "direction",
    "hold",
    "at",
    "hunit",
    "hlayer",
    "hfrom",
    "hto",
    "goal",
    "state",
    "gunit",
    "when",
    "gstep",
)
_OPTIONAL = ("text", "tokens", "section", "measure")  # another one of these is still the same preset


@dataclass(frozen=True, slots=True)
class Preset:
    """What a reader sees of it, a question to look with, and settings; what else matters has its default."""

    title: str
    question: str
    values: Mapping[str, Any] = field(default_factory=dict)


def _random(title: str, question: str, **values: Any) -> Preset:
    return Preset(title, question, {"from": "text", "goal": goals.NORM, "section": "split", **values})


PRESETS = MappingProxyType(
    {
        "bias0": _random(
            "Forget bias 0",
            "Forget gates begin half open, at 0.5. How many steps back is the gradient a hundredth of what it was?",
            fbias=0.0,
        ),
        "bias1": _random(
            "Forget bias 1",
            "Forget gates begin at about 0.73, as usual. Does the gradient come further back than with 0?",
            fbias=1.0,
        ),
        "bias3": _random(
            "Forget bias 3",
            "Forget gates begin at about 0.95. Which part of the gradient has grown, and is it the larger one?",
            fbias=3.0,
        ),
        "shut": _random(
            "Forget gate shut",
            "At step 12 the forget gates are held at 0: nothing comes straight through there. What still gets past it?",
            fbias=3.0, hold="f", at=0.0, hfrom=12, hto=12, text=widgets.TEXT, tokens="characters",
        ),
        "agreement": Preset(
            "Trained: far agreement",
            "The w of “were” has been read, and e is to come. How far back does the net look for the number of boys?",
            {
                "from": "model", "model": "agreement", "text": _AGREEMENT, "section": "split", "goal": goals.OUTPUT,
                "when": "step", "gstep": _AGREEMENT.index(" w") + 3, "symbol": "e",  # a start token stands before it
            },
        ),
        "reviews": Preset(
            "Trained: good or bad",
            "The output of what the net takes the review for. Which words spoke for it, and which against?",
            {
                "from": "model", "model": "reviews", "text": _REVIEW, "section": "inputs", "measure": "product",
                "goal": goals.OUTPUT, "symbol": "",
            },
        ),
    }
)  # fmt: skip


def available() -> dict[str, Preset]:
    """Those whose nets are there."""
    known = sample_models.names()
    return {name: each for name, each in PRESETS.items() if each.values.get("model", "") in (*known, "")}


def settings_of(preset: Preset) -> dict[str, Any]:
    """All that a preset writes; what it does not name itself, and would get in its way, gets its default."""
    matters = (*_SEEN, *(_NET if preset.values["from"] == "text" else ()))
    defaults = {each.key: each.default for each in (*widgets.SETTINGS, *goals.SETTINGS) if each.key in matters}
    return defaults | dict(preset.values)


def current() -> str | None:
    """The preset that the settings are, whatever the seed and the reader's own text; None if there is none."""
    state = st.session_state

    def fits(preset: Preset) -> bool:
        fixed = _OPTIONAL if preset.values["from"] == "text" and "hold" not in preset.values else ("section", "measure")
        return all(state[key] == value for key, value in settings_of(preset).items() if key not in fixed)

    return next((name for name, preset in available().items() if fits(preset)), None)


def choose() -> None:
    """The menu; and the question of the preset that is shown."""
    found = available()
    address.correct(_KEY, current())
    st.selectbox(
        "Preset", list(found), index=None, format_func=lambda name: found[name].title, key=_KEY, on_change=_take,
        placeholder="Presets", label_visibility="collapsed", width=210,
    )  # fmt: skip


def question() -> str:
    """What to look for in what is shown; empty where that is no preset."""
    name = current()
    return PRESETS[name].question if name else ""


def _take() -> None:
    """Write the settings of the preset that was chosen; over the same text the reader stays where they are."""
    state = st.session_state
    name = state[_KEY]
    if name not in PRESETS:
        return
    values = settings_of(PRESETS[name])
    if "text" not in values and state["from"] == "text":
        values.pop("tokens")  # the reader's own text, read as before
    elif "text" not in values:
        values["text"] = widgets.TEXT
    if any(state[key] != values.get(key, state[key]) for key in ("from", "text", "model")):
        values |= {move.key: move.default for move in page.MOVES}
        address.begin_again()
    address.put(**values)
