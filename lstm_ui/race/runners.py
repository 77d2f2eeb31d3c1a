"""The runs of a race: started, steered and looked at together; their ids and keys stand in the address."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lstm_core.config import TrainConfig
from lstm_core.models import Batch
from lstm_core.sources import Source
from lstm_runs.service import NoSuchRun, NotYours, Ticket
from lstm_ui import address, runs
from lstm_ui.race import example, lineup, remaining
from lstm_ui.race.lineup import NAMES, Setup
from lstm_ui.race.remaining import BEHIND, Profile, Shelf
from lstm_ui.setting import Setting, whole

PAGE = "Vanishing gradients"
_LONGEST = 400  # characters of all ids
_FORM = "race of the form"  # in the session
_NEWEST = 200  # runs that are counted


def _idents(text: str) -> str:
    if len(text) > _LONGEST or not re.fullmatch(r"[A-Za-z0-9_.-]*", text):
        raise ValueError("letters and digits, as a link to a race has them")
    return text


# `race_at`: the update that is looked at after the race.
RACE, KEYS = Setting("race", "", _idents), Setting("race_key", "", _idents)
AT = whole("race_at", runs.NEWEST, runs.NEWEST, 10_000_000, "the newest update")


@dataclass(frozen=True, slots=True)
class Race:
    """A race as it is now: its setup, and the view of every racer by the name of its cell."""

    setup: Setup
    views: dict[str, Any]

    @property
    def statuses(self) -> tuple[str, ...]:
        """Of all racers."""
        return tuple(view.status for view in self.views.values())

    @property
    def live(self) -> bool:
        """Whether one of them trains or waits for its turn."""
        return any(status in runs.LIVE for status in self.statuses)

    def is_of(self, setup: Setup) -> bool:
        """Whether it is what these settings would start."""
        here = {cell: view.config for cell, view in self.views.items()}
        same = (self.setup.task, self.setup.lag) == (setup.task, setup.lag)
        return same and bool(setup.cells) and here == lineup.configs(setup)

    def moments(self) -> list[int]:
        """Updates at which every racer has a checkpoint."""
        steps = [{mark.step for mark in view.checkpoints} for view in self.views.values()]
        return sorted(set.intersection(*steps)) if steps else []


def idents() -> list[str]:
    """The runs that the address names."""
    return [ident for ident in st.session_state[RACE.key].split(".") if ident]


def current() -> Race | None:
    """The race of the address, None where there is none.

    Raises
    ------
    ValueError
        A run that was deleted, or that is no racer; the message has the remedy.
    """
    views: dict[str, Any] = {}
    for ident in idents()[: len(NAMES)]:
        try:
            view = runs.service().view(ident)
        except NoSuchRun:
            raise ValueError(
                f"race: expected runs that are kept on this server, got {ident[:12]!r}, which was deleted or cleared; "
                "start a new race"
            ) from None
        cell = lineup.cell_of(view.config)
        if cell in views:
            raise ValueError("race: expected runs of different cells, got two of one; open them one by one")
        views[cell] = view
    if not views:
        return None
    first = next(iter(views.values()))
    if len({view.source_digest for view in views.values()}) > 1:
        raise ValueError("race: expected runs on the same data, got others; open them one by one")
    read = runs.source(first.source_digest, first.id)
    setup = lineup.setup_of({cell: view.config for cell, view in views.items()}, read)
    return Race(setup, {cell: views[cell] for cell in NAMES if cell in views})


def found() -> tuple[Race | None, str]:
    """The race of the address, or why it cannot be shown."""
    try:
        return current(), ""
    except ValueError as error:
        return None, str(error)


def is_new() -> bool:
    """Whether the address names a race that this reader has not seen: then the form begins with its settings."""
    before, st.session_state[_FORM] = st.session_state.get(_FORM), st.session_state[RACE.key]
    return bool(st.session_state[RACE.key]) and before != st.session_state[RACE.key]


def mine() -> bool:
    """Whether the address has the keys that steer the race."""
    pairs = _pairs()
    return bool(pairs) and all(runs.service().may_steer(ident, key) for ident, key in pairs)


def _pairs() -> list[tuple[str, str]]:
    keys = st.session_state[KEYS.key].split(".")
    names = idents()
    return list(zip(names, keys, strict=True)) if len(names) == len(keys) else []


def start(configs: Sequence[TrainConfig], read: Source) -> None:
    """Begin a race and turn the page to it; all racers or none. One that is under way is stopped."""
    service, tickets = runs.service(), list[Ticket]()
    try:
        for config in configs:
            title = f"{read.name} · {NAMES[lineup.cell_of(config)]}"
            tickets.append(service.start(read, config, title=title, page=PAGE, owner=runs.owner()))
        stop()
        names, keys = (".".join(part) for part in zip(*tickets, strict=True))
        address.put(**{RACE.key: names, KEYS.key: keys, AT.key: runs.NEWEST})
        st.session_state[_FORM] = names  # the form is what its reader has set
    except BaseException:
        # Also the exception by which Streamlit breaks off a callback when the reader clicks again: wherever the session
        # is read. Racers that no address names would train on unseen.
        for ticket in tickets:
            with suppress(ValueError, LookupError):
                service.delete(*ticket)
        raise


def again(race: Race) -> None:
    """The same race from the beginning, with runs of its own."""
    stop()  # first: their places may be needed
    first = next(iter(race.views.values()))
    start([view.config for view in race.views.values()], runs.source(first.source_digest, first.id))


def pause() -> None:
    """Hold all racers."""
    _each("pause", runs.LIVE)


def resume() -> None:
    """Go on with all that are held."""
    address.put(**{AT.key: runs.NEWEST})
    _each("resume", ("paused", "stopped"))


def stop() -> None:
    """End all racers before their time."""
    _each("stop", (*runs.LIVE, "paused"))


def leave() -> None:
    """The page without a race; what trains goes on."""
    address.put(**{RACE.key: "", KEYS.key: "", AT.key: runs.NEWEST})


def _each(action: str, statuses: Sequence[str]) -> None:
    """An action on all racers that have one of these states; a racer may have come to its end meanwhile."""
    service = runs.service()
    for ident, key in _pairs():
        with suppress(NoSuchRun, NotYours):
            if not service.may_steer(ident, key) or service.view(ident).status not in statuses:
                continue
            try:
                getattr(service, action)(ident, key)
            except ValueError:
                if service.view(ident).status in statuses:
                    raise


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    return Shelf()


def trials(race: Race) -> Batch:
    """The held-out trials that all racers of a race are held against."""
    view = next(iter(race.views.values()))
    key = view.source_digest, view.config.seed, view.config.task
    return _shelf().trials(key, lambda: remaining.held_out(runs.data(view), view.config))


def needed(race: Race) -> tuple[int, ...]:
    """How many steps before the answer it is decided, in these trials."""
    return example.needed(race.setup.problem, trials(race), BEHIND.get(race.setup.task, 0))


def profile(race: Race, view: Any, moment: int | None) -> tuple[int, Profile]:
    """The gradient profile of a racer at a moment, with the update that it is of.

    None: of its newest weights; while it trains the same one is shown for a while, so that looking costs little of the
    training.
    """
    shelf = _shelf()
    newest = shelf.fresh(view.id) if view.status in runs.LIVE else None
    step = moment if moment is not None else view.step if newest is None else newest
    if (found := shelf.get(view.id, step)) is not None:
        return step, found
    state = runs.service().state(view.id, moment)
    batch = trials(race)
    began = time.perf_counter()
    places = needed(race)
    exact = (places[0] + places[-1]) // 2 if places else None
    made = remaining.profile(state.model, batch, BEHIND.get(race.setup.task, 0), exact)
    if race.setup.problem.carried:
        made = made._replace(state=remaining.grown(state.model, runs.data(view)))
    shelf.put(view.id, state.step, made, time.perf_counter() - began, moment is None)
    return state.step, made


@st.cache_data(ttl=5, max_entries=1, show_spinner=False)
def crowd() -> tuple[int, int]:
    """How many runs want to train on this server, and in how many processes; counted every few seconds."""
    service = runs.service()
    return sum(short.status in runs.LIVE for short in service.runs(_NEWEST)), service.limits().workers
