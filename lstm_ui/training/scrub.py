"""The scrubber on a page: checkpoints of one run, or of two, on a sentence of the reader's own."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_core import models
from lstm_ui import address, frame, probes, runs
from lstm_ui.components.scrubber import scrubber, scrubber_payload
from lstm_ui.components.scrubber.payload import LIMIT
from lstm_ui.probes import Probe
from lstm_ui.training import controls
from lstm_ui.training.lab import Lab
from lstm_ui.training.moments import JUMPS

MOST_BYTES = 400e6  # of checkpoints that are read for one scrubber: fewer moments of a large net
MOST_VALUES = 12e6  # that a session keeps of them


class Place(NamedTuple):
    """What is looked at: a text, a layer from 0, a direction; and the bytes that may be sent."""

    typed: str
    layer: int
    direction: str
    limit: int


@dataclass(slots=True)
class Scrubbed:
    """What was read of one run's checkpoints, by training step, and what was made of it."""

    place: Place
    probe: Probe
    labels: tuple[str, ...] = ()
    read: dict[int, Any] = field(default_factory=dict)
    asked: int | None = None
    steps: tuple[int, ...] = ()
    payload: dict[str, Any] = field(default_factory=dict)


def show(lab: Lab, view: Any, typed: str, step: int | None) -> None:
    """The scrubber of a run on a text, and of a second run beside it where one was chosen.

    Parameters
    ----------
    lab : Lab
    view : View
    typed : str
    step : int or None
        Of the net that the page shows: while the page follows a training, new checkpoints come with each new net.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="scrub_place"):
        layer, direction = place_of(view.config)
        other = _other(lab, view)
        held = view.status in runs.LIVE and st.session_state["at"] != runs.NEWEST
        fresh = not held or st.button("Bring in what has been learned since", key="refresh_scrubber")
    if other is not None and other.config.task != lab.task:
        st.error(f"The other run is a {other.config.task}: choose one of this page.")
        other = None
    asked = step if fresh else None
    try:
        place = Place(typed, layer, direction, LIMIT if other is None else LIMIT // 2)
        first = payload(lab, view, place, asked)
        second = None if other is None else payload(lab, other, place, asked)
        scrubber(first, second, key="scrubber", on_checkpoint=partial(_moved, first["marks"][-1]["step"]))
    except (ValueError, LookupError) as error:
        st.error(frame.plain(str(error)))


def _moved(last: int) -> None:
    """The reader has come to rest at another moment: everything else on the page follows. The last is the newest."""
    found = (st.session_state["scrubber"].get("checkpoint") or {}).get("a")
    if isinstance(found, int | float) and 0 <= found < 1e7:
        address.put(at=runs.NEWEST if found >= last else int(found))


def place_of(config: Any) -> tuple[int, str]:
    """Which layer and direction to look at; asked only where there is more than one."""
    layer, direction = 1, "forward"
    if config.layers > 1:
        options = range(1, config.layers + 1)
        st.session_state.setdefault("scrub_layer", layer)
        layer = st.segmented_control("Layer", options, key="scrub_layer", required=True)
    if config.bidirectional:
        both = ["forward", "backward"]
        st.session_state.setdefault("scrub_way", direction)
        direction = st.segmented_control("Direction", both, key="scrub_way", required=True)
    return min(layer, config.layers) - 1, direction


def remember(lab: Lab, view: Any) -> dict[str, str]:
    """The runs that this reader has looked at on this page, by id, now this one too: they can be compared."""
    seen: dict[str, str] = st.session_state.setdefault(f"seen on {lab.page}", {})
    seen[view.id] = controls.title(view)
    return seen


def _other(lab: Lab, view: Any) -> Any:
    """A second run to compare with: one of those this reader has seen, or one whose link they paste."""
    state = st.session_state
    seen = remember(lab, view)
    address.put(**{"with": (state["with"] or "").rpartition("run=")[2].partition("&")[0]})  # a link becomes an id
    other = runs.view(state["with"]) if state["with"] != view.id else None
    if other is not None:
        seen[other.id] = controls.title(other)
    st.selectbox(
        "Compare with another run",
        list(dict.fromkeys(["", *(ident for ident in seen if ident != view.id), state["with"]])),
        format_func=lambda ident: seen.get(ident, ident) or "no other run; two moments of this one",
        key="with",
        accept_new_options=True,
        help="Choose a run you have looked at, or paste the link of one",
        width=420,
    )
    address.drawn("with")
    address.amend(lab.page, runs.OTHER)
    return other


def payload(lab: Lab, view: Any, place: Place, asked: int | None) -> dict[str, Any]:
    """The data of the scrubber for a run.

    Parameters
    ----------
    lab : Lab
    view : View
    place : Place
    asked : int or None
        For another value than the last time, the checkpoints that have come since are brought in; for None, or the same
        while the run trains, it stays as it was, so that a click costs little.

    Raises
    ------
    ValueError
        Nothing to read, no checkpoint yet.
    """
    kept = st.session_state.setdefault("scrubbed", {})
    values = min(len(place.typed), probes.MOST_TOKENS) * view.config.hidden * 6
    marks = affordable(view.checkpoints, view.parameters, values)
    if not marks:
        raise ValueError("moments: expected at least one checkpoint, got none yet; wait a second")
    steps = tuple(mark.step for mark in marks)
    old = kept.get(view.id)
    if old is None or old.place != place:
        while len(kept) >= 3:
            del kept[next(iter(kept))]
        newest = runs.service().state(view.id).model  # all moments know the same tokens
        old = kept[view.id] = Scrubbed(place, probes.read(newest, place.typed))
    is_new = asked is not None and (asked != old.asked or view.status not in runs.LIVE)
    if not old.payload or (is_new and old.steps != steps):
        old.steps, old.payload, old.asked = steps, _built(lab, view, marks, old), asked
    # Another id moves the handle to `chosen`; with the same one it stays where its reader has put it.
    jumps = st.session_state.get(JUMPS, 0)
    return {**old.payload, "id": f"{view.id} {hash(place)} {jumps}", "chosen": _chosen(old.payload["marks"])}


def _chosen(marks: list[dict[str, Any]]) -> int:
    """Which of the checkpoints that were sent the page looks at."""
    step, places = st.session_state["at"], range(len(marks))
    return places[-1] if step == runs.NEWEST else min(places, key=lambda k: abs(marks[k]["step"] - step))


def affordable(marks: Any, parameters: int, values: int) -> list[Any]:
    """Checkpoints spread evenly over a training, as many as may be read: those of a large net are many megabytes.

    Parameters
    ----------
    marks : sequence
    parameters : int
        Of the net.
    values : int
        Numbers that one checkpoint's run over the text gives.

    Examples
    --------
    >>> len(affordable(list(range(60)), 10_000, 1_000)), affordable(list(range(60)), 10_000_000, 1_000)
    (60, [0, 59])
    """
    # float32, with two moments and an anchor
    most = max(2, int(min(MOST_BYTES / (16 * max(parameters, 1)), MOST_VALUES / max(values, 1))))
    if len(marks) <= most:
        return list(marks)
    return [marks[int(k)] for k in np.unique(np.linspace(0, len(marks) - 1, most).round())]


def _built(lab: Lab, view: Any, marks: list[Any], kept: Scrubbed) -> dict[str, Any]:
    place = kept.place
    for mark in marks:
        if mark.step not in kept.read:
            with suppress(ValueError):  # thinned out while the run went on
                _read(lab, view.id, mark.step, kept)
    marks = [mark for mark in marks if mark.step in kept.read]
    if not marks:
        raise ValueError("moments: expected checkpoints that can be read, got none; wait a second and look again")
    signals, says = zip(*(kept.read[mark.step] for mark in marks), strict=True)
    return scrubber_payload(
        marks,
        kept.probe.shown,
        {signal: np.stack([each[signal] for each in signals]) for signal in signals[0]},
        ident=view.id,
        title=controls.title(view),
        labels=kept.labels,
        loss=lab.loss_of(view.config),
        limit=place.limit,
        **{{"language": "losses", "classifier": "probabilities", "tagger": "tags"}[lab.task]: np.stack(says)},
    )


def _read(lab: Lab, ident: str, step: int, kept: Scrubbed) -> None:
    """What a checkpoint makes of the text, into `kept`."""
    model = runs.service().state(ident, step).model
    said = probes.run(model, kept.probe)
    found = probes.signals(model, said, len(kept.probe.ids), kept.place.layer, kept.place.direction)
    kept.read[step], kept.labels = (found, _says(lab, said, kept.probe)), getattr(model, "labels", ())


def _says(lab: Lab, said: models.Prediction, probe: Probe) -> Any:
    if lab.task == "language":
        return probes.token_losses(said, probe.ids)
    if lab.task == "classifier":
        return models.probabilities(said.logits)[0]
    return said.logits[:, 0].argmax(axis=-1)
