"""The second part of a training page: a form for everything that decides a training, and the configuration it makes.

Every field of the form is a field of `TrainConfig` and stands in the address under its name, so that a link repeats the
experiment. The ranges are the core's.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from secrets import randbelow
from typing import Any, get_args, get_origin, get_type_hints

import streamlit as st

from lstm_core.config import LIMITS, TrainConfig
from lstm_ui import address, frame
from lstm_ui.setting import Setting, choice, number, switch, whole
from lstm_ui.training.lab import Lab
from lstm_ui.widgets import CELL_LABELS, DRAWS

_FIXED = {"task", "every_step", "dtype"}  # the page decides, or nobody needs to
_LANGUAGE_ONLY = {"sentences", "window", "reset_state", "tied"}
_LABELS = {"sgd": "SGD", "momentum": "Momentum", "rmsprop": "RMSProp", "adam": "Adam", **CELL_LABELS}
_OTHER_CELLS = {
    "rnn": ("forget", "input", "output", "peephole", "forget_bias", "chrono", "reset_after"),
    "gru": ("forget", "input", "output", "peephole", "forget_bias", "activation"),
    "lstm": ("reset_after", "activation"),
}
# Above the first number a net hardly learns; the second is where one begins.
_RATES = {"sgd": (30, 1), "momentum": (5, 0.1), "rmsprop": (0.5, 0.003), "adam": (0.5, 0.003)}
_STEP = {"rate": 0.001, "clip": 0.5, "dropout": 0.05, "momentum": 0.05, "forget_bias": 0.5}


@cache
def settings(task: str, start: tuple[tuple[str, Any], ...]) -> tuple[Setting, ...]:
    """What of the form stands in the address.

    Parameters
    ----------
    task : Task
    start : tuple of (name, value)
        Where the page begins with something else than `TrainConfig` does.
    """
    kinds, first = get_type_hints(TrainConfig), dict(start)
    left_out = _FIXED | (set() if task == "language" else _LANGUAGE_ONLY)
    left_out |= {"bidirectional"} if task == "language" else set()
    left_out |= set() if task == "classifier" else {"pooling"}
    left_out |= {"unit"} if task == "tagger" else set()  # its words are given
    chosen = [field for field in fields(TrainConfig) if field.name not in left_out]
    return tuple(_setting(field.name, kinds[field.name], first.get(field.name, field.default)) for field in chosen)


def settings_of(lab: Lab) -> tuple[Setting, ...]:
    """The settings of a page's form."""
    return settings(lab.task, tuple(sorted(lab.start.items())))


def _setting(name: str, kind: Any, default: Any) -> Setting:
    if get_origin(kind) is not None:
        return choice(name, get_args(kind), default)
    if kind is bool:
        return switch(name, default)
    low, high = LIMITS[name]
    return whole(name, default, int(low), int(high)) if kind is int else number(name, float(default), low, high)


def config(lab: Lab) -> TrainConfig:
    """The configuration that the form describes; the last good one, and a message, where it describes none."""
    state, names = st.session_state, [setting.key for setting in settings_of(lab)]
    kept = f"config of {lab.page}"
    try:
        state[kept] = made(lab.task, {name: state[name] for name in names})
    except ValueError as error:
        st.error(frame.plain(str(error)))
    return state.get(kept) or made(lab.task, {setting.key: setting.default for setting in settings_of(lab)})


def made(task: str, values: dict[str, Any]) -> TrainConfig:
    """A configuration from the form's values; what belongs to other cells is ignored, what follows is filled in.

    Raises
    ------
    ValueError
        As `TrainConfig`.

    Examples
    --------
    >>> made("language", {"hidden": 8, "tied": True}).features
    8
    >>> made("tagger", {"cell": "gru", "forget": "none"}).forget
    'learned'
    """
    values = {name: value for name, value in values.items() if name not in _OTHER_CELLS[values.get("cell", "lstm")]}
    if task == "tagger":
        values["unit"] = "words"
    if values.get("tied"):
        values["features"] = values["hidden"]
    if values.get("forget") == "coupled":
        values.pop("input", None)
    return TrainConfig(task=task, **values)  # type: ignore[arg-type]


def take(lab: Lab, config: TrainConfig) -> None:
    """Put a configuration into the form; call before the form is drawn."""
    address.put(**{setting.key: getattr(config, setting.key) for setting in settings_of(lab)})


def form(lab: Lab) -> None:
    """The short form, and everything else folded away."""
    language = lab.task == "language"
    with st.container(horizontal=True, vertical_alignment="bottom", key="form"):
        _options("cell", "Cell")
        _number("hidden", "Units")
        _number("layers", "Layers")
        if not language:
            _toggle("bidirectional", "Both directions")
        else:
            _toggle("sentences", "By sentences", "From a start token to an end token; else one long stream in windows")
            _number("window", "Sequence length", disabled=bool(st.session_state["sentences"]))
        _number("batch", "Batch", "Texts that are read side by side")
        _number("rate", "Learning rate")
        _select("optimizer", "Optimiser")
        _number("steps", "Updates")
        _number("seed", "Seed")
        st.button("New seed", key="new_seed", on_click=lambda: address.put(seed=randbelow(DRAWS)))
        with st.popover("More", key="more", on_change="rerun") as more:
            if more.open:
                _more(lab, language)


def _more(lab: Lab, language: bool) -> None:
    state = st.session_state
    reading, cell, learning, loss = st.tabs(["Reading", "Cell", "Learning", "Loss"])
    with reading:
        if lab.task != "tagger":
            _options("unit", "A token is one of the")
        if language:
            _toggle("reset_state", "Forget the state at each window", disabled=state["sentences"])
            _toggle("tied", "Output weights are the embedding's")
        elif lab.task == "classifier":
            _options(
                "pooling", "The answer is read from the states'", "The last state of each direction, or their mean"
            )
        _wide("features", "Size of a token's vector", disabled=bool(language and state["tied"]))
        _wide("most_symbols", "Tokens known at most")
    with cell:
        _cell(state["cell"])
        _wide("dropout", "Dropout")
    with learning:
        _select("schedule", "Learning rate over time", "stretch")
        _wide("momentum", "Momentum", disabled=state["optimizer"] != "momentum")
        _wide("clip", "Largest gradient norm", "0: as it is")
        _wide("validate_every", "Updates from validation to validation")
        _wide("validation_tokens", "Tokens that a validation reads at most")
    with loss:
        _wide("stability_weight", "Weight of the backward part", "0: it is measured and drawn, not trained on")
        _wide("stability_window", "Updates in its window")
        st.caption("The backward part is how far the parameters have moved within a window: it grows when they jump.")


def _cell(cell: str) -> None:
    if cell == "lstm":
        coupled = st.session_state["forget"] == "coupled"
        _options("forget", "Forget gate")
        _options("input", "Input gate", disabled=coupled)
        _options("output", "Output gate")
        _toggle("peephole", "Peepholes: gates see the cell state")
        _wide("forget_bias", "Bias of the forget gate at the start")
        _wide("chrono", "Longest dependency, for chrono initialisation", "In steps; 0: off")
    elif cell == "gru":
        _toggle("reset_after", "Reset gate acts after the product")
    else:
        _options("activation", "Activation")


def summary(config: TrainConfig) -> str:
    """A configuration in a few words.

    Examples
    --------
    >>> summary(TrainConfig(cell="gru", hidden=16, layers=2))
    'GRU · 16 units · 2 layers · Adam 0.003 · seed 0'
    """
    words = [CELL_LABELS[config.cell], f"{config.hidden} units"]
    words += [f"{config.layers} layers"] * (config.layers > 1) + ["both directions"] * config.bidirectional
    words += ["words"] * (config.task == "language" and config.unit == "words")
    return " · ".join([*words, f"{_LABELS[config.optimizer]} {config.rate:g}", f"seed {config.seed}"])


def doubt(config: TrainConfig) -> str:
    """What speaks against a learning rate, and a better one; nothing where it may do.

    Examples
    --------
    >>> doubt(TrainConfig(rate=1e6))
    'A learning rate of 1e+06 is far too high for Adam: it will learn nothing. 0.003 is a good start.'
    >>> doubt(TrainConfig(rate=0.01))
    ''
    """
    highest, good = _RATES[config.optimizer]
    if config.rate <= highest:
        return ""
    name = _LABELS[config.optimizer]
    return (
        f"A learning rate of {config.rate:g} is far too high for {name}: it will learn nothing. {good} is a good start."
    )


def _options(name: str, label: str, note: str | None = None, *, disabled: bool = False) -> None:
    options = get_args(get_type_hints(TrainConfig)[name])
    st.segmented_control(label, options, format_func=_label, key=name, required=True, help=note, disabled=disabled)
    address.drawn(name)


def _select(name: str, label: str, width: int | str = 130) -> None:
    options = get_args(get_type_hints(TrainConfig)[name])
    st.selectbox(label, options, format_func=_label, key=name, width=width)
    address.drawn(name)


def _toggle(name: str, label: str, note: str | None = None, *, disabled: bool = False) -> None:
    st.toggle(label, key=name, help=note, disabled=disabled)
    address.drawn(name)


def _number(name: str, label: str, note: str | None = None, *, disabled: bool = False) -> None:
    _field(name, label, note, width=116, disabled=disabled)


def _wide(name: str, label: str, note: str | None = None, *, disabled: bool = False) -> None:
    _field(name, label, note, width="stretch", disabled=disabled)


def _field(name: str, label: str, note: str | None, *, width: int | str, disabled: bool = False) -> None:
    low, high = LIMITS[name]
    is_float = get_type_hints(TrainConfig)[name] is float
    kind, step, shown = (float, _STEP.get(name, 0.1), "%g") if is_float else (int, 1, "%d")
    options = {"step": step, "format": shown, "help": note, "disabled": disabled, "width": width}
    st.number_input(label, kind(low), kind(high), key=name, **options)
    address.drawn(name)


def _label(name: str) -> str:
    return _LABELS.get(name, name)
