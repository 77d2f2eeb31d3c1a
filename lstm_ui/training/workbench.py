"""The skeleton of the three training pages: data, form, run, and then whatever the page shows of the net."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

import streamlit as st

from lstm_core.config import TrainConfig
from lstm_ui import address, estimate, frame, runs
from lstm_ui.components.live import feed, picture
from lstm_ui.setting import Setting
from lstm_ui.training import configure, controls, data_choice, lines, moments, results, scrub, take, task_run, trained
from lstm_ui.training.data_choice import Given
from lstm_ui.training.lab import Lab
from lstm_ui.training.moments import Net

OFTEN, SELDOM = 0.5, 2.0  # seconds between two looks at a run: at its curves; at its net, or at one that is paused
Section = Callable[[Net, Any], None]  # draws one view of a net; the run's View, or None for a model file


def settings(lab: Lab, more: tuple[Setting, ...] = ()) -> tuple[Setting, ...]:
    """Everything that a training page keeps in the address."""
    form, probe = configure.settings_of(lab), results.probe_setting(lab)
    return (*data_choice.settings(lab), *form, *runs.SETTINGS, *trained.settings(lab), probe, *more)


def page(lab: Lab, sections: Mapping[str, Section], more: tuple[Setting, ...] = ()) -> None:
    """A whole training page below its title.

    Parameters
    ----------
    lab : Lab
    sections : mapping of str to callable
        What the page shows of a net: one tab each, computed only while it is open.
    more : tuple of Setting
        What those keep in the address.
    """
    try:
        runs.service()  # first, because it also sets how this process computes
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return
    chosen = settings(lab, more)
    for problem in address.restore(lab.page, chosen):
        st.info(frame.plain(problem))
    view = runs.view(st.session_state["run"])
    if view is not None and view.config.task != lab.task:
        task_run.elsewhere(view)
        view = None
    if view is not None and task_run.is_task(view):
        _running(lab, view, {})
    elif view is not None:
        _running(lab, view, sections)
    else:
        _resting(lab, sections)
    controls.say_limits()
    too_long = address.publish(lab.page, chosen)
    if too_long:
        st.caption(f"Too long for a link, and so not in the address: {', '.join(too_long)}.")


def _running(lab: Lab, view: Any, sections: Mapping[str, Section]) -> None:
    """The page with a run: the run first, the form folded away."""
    # What the page was drawn for: the parts that run by themselves ask for a new one when this has changed.
    st.session_state["drawn for"] = _drawn_for(view)
    if sections and st.session_state.get("form of") != view.id:  # the form begins with what the run was started with
        st.session_state["form of"] = view.id
        configure.take(lab, view.config)
    st.markdown(f"**{frame.plain(controls.title(view))}**")
    scrub.remember(lab, view)
    controls.steer(view)
    runs.say_refusal()
    _doubt(view.config)
    often = {"waiting": OFTEN, "running": OFTEN, "paused": SELDOM}.get(view.status)
    with st.container(key="live_box", gap=None):
        picture(key="live")
        st.fragment(_watch, run_every=often)(lab, view.id)
    if not sections:
        task_run.show(view)
        return
    with st.expander("Data and settings: for a fork, or for a new run", key="again", on_change=address.put) as again:
        if again.open:
            _begin(lab, view)
    follows = view.status in runs.LIVE and st.session_state["at"] == runs.NEWEST
    st.fragment(_shown, run_every=SELDOM if follows else None)(view.id, sections)


def _drawn_for(view: Any) -> tuple[object, ...]:
    return view.status, bool(view.checkpoints), st.session_state["at"]


def _shown(ident: str, sections: Mapping[str, Section]) -> None:
    """What the page shows of the net; while it trains, of a newer one every few seconds."""
    view = runs.view(ident)
    if view is None:
        _whole_page()
    try:
        with moments.following(view) as net:
            if net is not None:
                moments.say_moment(view, net)
                _sections(net, view, sections)
    except (ValueError, LookupError) as error:  # deleted while the page was drawn, or the run store is busy
        st.error(frame.plain(str(error)))
        st.button("Try again", key="try_again")
    # Last, because the browser takes away what a fragment that breaks off has not drawn.
    if _drawn_for(view) != st.session_state["drawn for"]:
        _whole_page()


def _whole_page() -> NoReturn:
    """From a fragment: the page needs to be drawn anew."""
    address.put()  # on a busy machine the browser may not have heard of the address yet; it did not change it, either
    st.rerun()


def _watch(lab: Lab, ident: str) -> None:
    """The part that changes while a net trains; a new status changes the whole page."""
    view = runs.view(ident)
    if view is None:  # deleted by somebody else
        _whole_page()
    try:
        score = lab.score or "share right" * task_run.is_task(view)
        feed(view, key="live", loss=lab.loss_of(view.config), score=score, **_lines(view))
    except (ValueError, LookupError) as error:
        st.error(frame.plain(str(error)))
    if view.unsaved:
        st.warning(frame.plain(view.unsaved))
    if _drawn_for(view) != st.session_state.get("drawn for"):
        _whole_page()


def _lines(view: Any) -> dict[str, Any]:
    """The lines of simple models in the picture, as soon as they are known; then kept, because this is asked often."""
    kept = st.session_state.get("lines")
    if kept is None or kept[0] != view.id:
        data = runs.data(view)
        make = partial(task_run.lines, view) if task_run.is_task(view) else partial(lines.pictures, data, view.config)
        found = lines.ready((view.source_digest, view.config), make)
        if found is None:
            return {}
        kept = st.session_state["lines"] = view.id, found
    return dict(kept[1])


def _resting(lab: Lab, sections: Mapping[str, Section]) -> None:
    """The page without a run: data, form, Start; and the nets that are trained already."""
    given = _begin(lab)
    runs.say_refusal()
    net = trained.choose(lab, given)
    if net is not None:
        st.fragment(_sections)(net, None, sections)


def _begin(lab: Lab, view: Any = None) -> Given | None:
    """Data and form, what it would cost, and the button that starts; beside a run also the one that forks it."""
    with st.container(border=True, key="begin"):
        given = data_choice.choose(lab)
        configure.form(lab)
        chosen = configure.config(lab)
        config, say = (chosen, []) if given is None else _estimate(given, chosen)
        with st.container(horizontal=True, vertical_alignment="center", key="starting"):
            controls.start(lab, given, config)
            if view is not None:
                controls.fork(view, chosen)
            for each in say:
                each()
        _doubt(config)
    return given


def _doubt(config: TrainConfig) -> None:
    if words := configure.doubt(config):
        st.warning(frame.plain(words))


def _estimate(given: Given, config: TrainConfig) -> tuple[TrainConfig, list[Callable[[], Any]]]:
    """The configuration that fits the data; and what draws what it would cost, or why it cannot be done with them."""
    try:
        config, data, changed = estimate.readable(config, given.source, given.digest)
        key = estimate.prepared_key(given.digest, config)
        found = estimate.estimate(key, estimate.shape_of(config), data)
    except ValueError as error:
        return config, [partial(st.error, frame.plain(str(error)))]
    say = [partial(st.caption, frame.plain(estimate.words(found, config.steps)), width="stretch")]
    if notes := " ".join(f"{note.rstrip('.')}." for note in (*found.notes, changed.strip()) if note):
        say.append(partial(st.caption, frame.plain(notes)))
    return config, say


def _sections(net: Net, view: Any, sections: Mapping[str, Section]) -> None:
    """One tab a view of the net; only the open one is computed. Runs as a fragment."""
    shown = {name: draw for name, draw in sections.items() if view is not None or name != "Through the training"}
    shown["Take it with you"] = take.show
    tabs = st.tabs(list(shown), key=f"sections {view is not None}", on_change="rerun")
    for tab, (name, draw) in zip(tabs, shown.items(), strict=True):
        if tab.open:
            # A widget of another tab, or one whose value was set in a run that did not draw it: both are forgotten.
            anew = name != st.session_state.get("section")
            st.session_state["section"] = name
            address.recall([key for key in results.KEYS if anew or st.session_state.get(key) is None])
            with tab:
                try:
                    draw(net, view)
                except (ValueError, LookupError) as error:
                    st.error(frame.plain(str(error)))
