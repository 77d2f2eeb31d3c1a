"""The part of the section Race that changes while the racers train: the picture, the words, the moment."""

from __future__ import annotations

from typing import Any, NoReturn

import streamlit as st

from lstm_ui import address, frame, runs
from lstm_ui.components.race import Racer, feed, picture, race_payload
from lstm_ui.race import links, remaining, runners, wording
from lstm_ui.race.lineup import NAMES
from lstm_ui.race.remaining import Profile
from lstm_ui.race.runners import AT, Race

EVERY = 1.2  # seconds between two looks at a race
CHART = "race_chart"
_DRAWN = "race drawn for"  # in the session


def show(race: Race) -> None:
    """The picture, and the part that changes while the racers train."""
    st.session_state[_DRAWN] = _drawn_for(race)
    st.markdown(f"**{frame.plain(wording.title(race.setup.problem, race.setup.lag, race.setup.seed))}**")
    picture(tuple(NAMES.values()), key=CHART)
    st.fragment(_watch, run_every=EVERY if race.live else None)()


def _drawn_for(race: Race) -> tuple[str, ...]:
    """What buttons and widgets depend on."""
    return tuple("live" if status in runs.LIVE else status for status in race.statuses)


def _watch() -> None:
    """Runs by itself while a race is under way; another status changes the whole page."""
    race, _ = runners.found()
    if race is None:  # deleted by somebody else
        _whole_page()
    try:
        moment = _moment(race)
        profiles = {cell: runners.profile(race, view, moment) for cell, view in race.views.items()}
        _draw(race, moment, profiles)
        links.show(race, moment)
    except (ValueError, LookupError) as error:  # deleted or thinned out while the page was drawn
        st.error(frame.plain(str(error)))
        st.button("Try again", key="race_try_again")
    for cell, view in race.views.items():
        if view.failure is not None:
            st.warning(frame.plain(f"{NAMES[cell]} failed at update {view.failure.step:,}: {view.failure.reason}"))
    if unsaved := next((view.unsaved for view in race.views.values() if view.unsaved), ""):
        st.warning(frame.plain(unsaved))
    # Last, because the browser takes away what a fragment that breaks off has not drawn.
    if _drawn_for(race) != st.session_state.get(_DRAWN):
        _whole_page()


def _whole_page() -> NoReturn:
    address.put()
    st.rerun()


def _moment(race: Race) -> int | None:
    """The update that is looked at: after the race any that all racers have kept; None: the newest."""
    state: Any = st.session_state
    steps = race.moments()
    if race.live or len(steps) < 2:
        return None
    # The newest of each is a moment of its own where they were stopped at different updates.
    ends = {view.step for view in race.views.values()}
    options = steps if ends == {steps[-1]} else [*steps, runs.NEWEST]
    wanted = state[AT.key]
    chosen = options[-1] if wanted == runs.NEWEST else min(steps, key=lambda step: abs(step - wanted))
    if state.get("race_moment") != chosen:
        state["race_moment"] = chosen
    st.select_slider(
        "Moment of the race",
        options,
        key="race_moment",
        format_func=lambda step: "newest" if step == runs.NEWEST else f"{step:,}",
        on_change=_take_moment,
        args=(options[-1],),
        help="All racers after as many updates: gradient, loss and right answers of that moment",
    )
    address.amend(runners.PAGE, AT)
    return None if chosen == options[-1] else chosen


def _take_moment(last: int) -> None:
    chosen = st.session_state["race_moment"]
    address.put(**{AT.key: runs.NEWEST if chosen == last else chosen})


def _draw(race: Race, moment: int | None, profiles: dict[str, tuple[int, Profile]]) -> None:
    """One message to the picture, and what it comes to in words."""
    lag, problem = race.setup.lag, race.setup.problem
    standings = {cell: wording.standing(problem, lag, view.history, moment) for cell, view in race.views.items()}
    needed = runners.needed(race)
    place = wording.place(needed, [made.left for _, made in profiles.values()])
    racers = [
        Racer(cell, NAMES[cell], view, made.left, made.norm, step, standings[cell].state == "solved")
        for cell, view in race.views.items()
        for step, made in [profiles[cell]]
    ]
    score = "Share of right trials" if problem.measure == "score" else ""
    payload = race_payload(
        racers,
        chart=CHART,
        loss="Loss on validation" if score else "Mean squared error on validation",
        score=score,
        lines=wording.loss_lines(problem, lag),
        score_lines=wording.score_lines(problem, lag) if score else [],
        profile=wording.PROFILE,
        about=wording.about_profile(needed, runners.trials(race).x.shape[1]),
        moment=moment,
        needed=needed,
        place=place,
    )
    feed(payload, key=CHART)
    said = wording.sentences(problem, lag, [(NAMES[cell], one) for cell, one in standings.items()])
    shares = [(NAMES[cell], wording.at(made.left, place)) for cell, (_, made) in profiles.items()]
    said.append(wording.left(shares, needed, place))
    if problem.carried:
        lengths = [(NAMES[cell], made.state) for cell, (_, made) in profiles.items()]
        steps = remaining.streamed(runs.data(next(iter(race.views.values()))))
        said.append(wording.sizes(lengths, steps))
    st.markdown(frame.plain(" ".join(filter(None, said))))
    _say_crowd(race)


def _say_crowd(race: Race) -> None:
    """Why it takes longer than told, where others train as well."""
    own = sum(status in runs.LIVE for status in race.statuses)
    if not own:
        return
    wanting, workers = runners.crowd()
    if wanting > own:
        st.caption(f"{wanting} runs share {workers} worker{'s' * (workers > 1)} here, and each gets its turn.")
