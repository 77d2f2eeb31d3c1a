"""Widgets that open a trained net on a page that takes nets: one of the app's own, or a run at one of its checkpoints.

A link to such a page is made of `link(...)`: {"from": "run", "run": ..., "checkpoint": ..., "text": ...}, or
{"from": "model", "model": ..., "text": ...}.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import streamlit as st

from lstm_core import models
from lstm_ui import address, learned, nets, sample_models, task_trials, trial_widgets
from lstm_ui.given import Given
from lstm_ui.learned import Bare, Learned
from lstm_ui.setting import Setting, whole
from lstm_ui.trial_widgets import Drawn

NEWEST = -1  # in the place of a number of updates
LONGEST = 24  # characters of a run's title in the toolbar
TRAINED = {"model": "Trained net", "run": "Your run"}
# What a net reads until the reader types something: of the texts for its kind the first that it knows best.
TEXTS = {
    models.LanguageModel: (
        "Every evening the old man took his hat and went down to the river.",
        "the boys that the dog under these men likes were old .",
        "村子东边有一条河，老人坐在船头。",
    ),
    models.Classifier: (
        "I feared it would be bad, but the story was not bad at all.",
        "Someone likes you. Send your card number to 0900 441.",
        "A team won the prize for its work on the air over cities.",
    ),
    models.Tagger: ("Oskar Wellington flew from Wellington to Paris and works for Wellington Bank.",),
}


def check_ident(text: str) -> str:
    """The id of a run or a model as a link has it; raises where it cannot be one."""
    if not re.fullmatch(r"[\w.-]{0,80}", text):
        raise ValueError("letters and digits, as a link to a trained net has them")
    return text


SETTINGS: tuple[Setting, ...] = (
    Setting("run", "", check_ident),
    whole("checkpoint", NEWEST, NEWEST, 10_000_000, "the newest update"),  # after how many updates
    Setting("model", "", check_ident),
    whole("trial", 1, 1, task_trials.MOST),  # of a net that was trained on a task
)


def sources() -> dict[str, str]:
    """Which kinds of trained nets there are to choose from: a run only where a link has brought one."""
    state = st.session_state
    there = {"model": state["from"] == "model" or sample_models.names(), "run": state["run"]}
    return {name: label for name, label in TRAINED.items() if there[name] or state["from"] == name}


def sequence(source: str, label: str, plain: str, numbers: int = learned.NUMBERS) -> Given:
    """The net that the settings name, and a text as it reads it; for a run without a checkpoint the newest, which from
    then on is in the address.

    Parameters
    ----------
    source : {"model", "run"}
    label : str
        Of the field for the text.
    plain : str
        The text of a page where nothing has been typed: one that suits the net takes its place.
    numbers : int
        Steps times units that the page takes.

    Raises
    ------
    ValueError
        No such run or model, or nothing to read; the message says what to do.
    """
    state = st.session_state
    state["wanted"] = ""
    found, drawn = _of_run() if source == "run" else (_of_sample(), None)
    if drawn is None:
        learned.check(found.model)
    state["wanted"] = found.ident
    _suggest_text(found, plain, drawn)
    if drawn is not None:
        trial_widgets.choose(drawn)
    address.drawn("text")
    typed = st.text_area(label, key="text", placeholder=label, height=68, label_visibility="collapsed")
    try:
        return _read(found, typed, numbers)
    except ValueError:
        if not is_wanted(state.get("last_sequence")):  # this net, on a text that it can read
            state["last_sequence"] = _read(found, drawn.text if drawn else suited(found.model), numbers)
        raise


def _read(found: Learned, typed: str, numbers: int) -> Given:
    if isinstance(found.model, models.Regressor):
        read = task_trials.read_numbers(typed, found.model, numbers)
        return Given(read, own=Bare(found.model.layers, found.ident, found.title))
    given, ids = learned.read(found.model, typed, numbers)
    enter = partial(learned.enter, found.model)
    return Given(given, None, found, ids, unit=found.model.unit, enter=enter)


def is_wanted(given: Given | None) -> bool:
    """Whether something is of the net that the settings name."""
    named = given and (given.trained or given.own)
    return bool(named and named.ident == st.session_state.get("wanted"))


def choose() -> list[str]:
    """Widgets that turn to another net of the same kind; a note where the net is not the one that was asked for."""
    state, hidden = st.session_state, "collapsed"
    if state["from"] == "model" and sample_models.names():
        known = sample_models.names()
        options = known if state["model"] in known else (state["model"], *known)
        titles = {name: sample_models.title(name) for name in known}
        st.selectbox(
            "Trained net", options, format_func=lambda name: titles.get(name, name), key="model",
            label_visibility=hidden, width=210,
        )  # fmt: skip
        address.drawn("model")
    if state["from"] != "run" or not state.get("checkpoints"):
        return []
    steps = sorted({*state["checkpoints"], state["checkpoint"]})
    st.selectbox(
        "Checkpoint", steps, format_func="after {:,} updates".format, key="checkpoint", label_visibility=hidden,
        width=210, help="The moment of the training at which the net is opened",
    )  # fmt: skip
    address.drawn("checkpoint")
    return state.pop("about checkpoint", [])


def short(title: str) -> str:
    """A title that leaves room beside it.

    Examples
    --------
    >>> short("The reviews that our class wrote in May")
    'The reviews that our cl…'
    """
    return title if len(title) <= LONGEST else title[: LONGEST - 1] + "…"


def _of_sample() -> Learned:
    state, known = st.session_state, sample_models.names()
    if not known:
        raise ValueError("model: expected a file in sample_data/models, got none there; run tools/train_samples.py")
    if not state["model"]:
        state["model"] = known[0]
    name = state["model"]
    return Learned(sample_models.open_sample(name).model, f"model {name}", sample_models.title(name))


def _of_run() -> tuple[Learned, Drawn | None]:
    """The net of a run; with the trial that is chosen, if it was trained on a task."""
    from lstm_runs.service import NoSuchRun  # here: the run store is slow to load, and most visits need none
    from lstm_ui import runs

    state = st.session_state
    state["checkpoints"] = []
    if not state["run"]:
        raise ValueError("run: expected the id of a run, got none; open a net from the page that trains it")
    try:
        view = runs.service().view(state["run"])
        try:
            model = _model_of(view)
        except ValueError:  # thinned out while the run went on
            view = runs.service().view(state["run"])
            model = _model_of(view)
    except NoSuchRun as error:
        raise ValueError(str(error)) from None
    found = Learned(model, f"run {view.id} {state['checkpoint']}", view.title or "A run")
    return found, trial_widgets.drawn(runs.source(view.source_digest, view.id), view.config.seed)


def _model_of(view: Any) -> Any:
    from lstm_ui import runs

    state = st.session_state
    state["checkpoints"] = [mark.step for mark in view.checkpoints]
    if not state["checkpoints"]:
        raise ValueError("run: expected one with a checkpoint, got one that has just begun; come back in a moment")
    address.correct("checkpoint", _checkpoint(state["checkpoint"], state["checkpoints"]))
    return runs.model(view.id, state["checkpoint"])


def _checkpoint(wanted: int, there: list[int]) -> int:
    """The checkpoint asked for, or the nearest that is left: as a training goes on, some are thinned out."""
    if wanted == NEWEST:
        return there[-1]
    nearest = min(there, key=lambda step: abs(step - wanted))
    if nearest != wanted:
        st.session_state["about checkpoint"] = [
            f"There is no checkpoint after {wanted:,} updates (any more): this is the nearest, after {nearest:,}."
        ]
    return nearest


def _suggest_text(found: Learned, plain: str, drawn: Drawn | None) -> None:
    """A text that suits the net, where the reader comes to it with nothing of their own."""
    state, here = st.session_state, (address.beginnings(), found.ident)
    before = state.get("text suggested for", (None, ""))
    if before == here:
        return
    # What a link brings is the reader's own, even where it is one of these texts.
    ours = (plain,) if before[0] != here[0] else (plain, *(text for texts in TEXTS.values() for text in texts))
    if state["text"] in (*ours, state.get("trial text")):
        state["text"] = drawn.text if drawn else suited(found.model)
    state["trial text"] = drawn.text if drawn else None
    state["text suggested for"] = here


def suited(model: Any) -> str:
    """Of the texts for a kind of net the one with the smallest share of tokens that this net does not know."""

    def unknown(text: str) -> float:
        tokens, _ = nets.tokens_of(text, model.unit)
        return sum(token not in model.vocabulary for token in tokens) / len(tokens)

    return min(TEXTS[type(model)], key=unknown)
