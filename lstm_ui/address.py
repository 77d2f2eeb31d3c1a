"""What a reader may want to share stands in the address: the same link shows the same numbers on another machine.

Every setting has a short name in the address, which is its widget's key as well, and a value that passes through a
check, because a link is typed, cut and mailed. Ids stand there, never labels, so that a link outlives a translation.
(Streamlit's own `bind="query-params"` writes labels, and drops a value out of range without a word.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from lstm_ui.setting import Setting, write

_KEPT, _DRAWING, _DRAWN, _BEGUN = "settings", "drawing", "drawn", "beginnings"  # in the session
_RUNNING = "running"  # in the session: a run of the whole page is under way
_ACTED = "acted"  # in the session: a callback has changed a setting
_MOST_EARLIER = 16  # addresses
LONGEST = 8_000  # characters of one value: browsers and proxies cut longer addresses


def restore(page: str, settings: Sequence[Setting]) -> list[str]:
    """Bring the address into the session, at the start of a run; call before any widget.

    Only an address that this page did not write itself counts: a new visit, a link, the back button.

    Parameters
    ----------
    page : str
        Name of the page.
    settings : sequence of Setting

    Returns
    -------
    list of str
        What in the address was refused, and what is used instead.
    """
    address = {setting.key: st.query_params[setting.key] for setting in settings if setting.key in st.query_params}
    # Pages give the same names to settings of their own: each keeps its own values.
    kept = st.session_state[_KEPT] = st.session_state.setdefault(f"{_KEPT} of {page}", {})
    before = st.session_state.get(_DRAWN, (page, set()))
    drawn_before = before[1] if before[0] == page else set()
    st.session_state[_DRAWING], st.session_state[_RUNNING] = set(), True
    if st.session_state.get(_written(page)) == address or _is_late(page, address, kept, drawn_before):
        # Streamlit forgets the value of a widget that is not drawn, or brings back an older one. None: a field that was
        # emptied, or a widget that a run which was broken off did not come to.
        lost = [s.key for s in settings if s.key not in drawn_before or st.session_state.get(s.key) is None]
        st.session_state.update({key: kept[key] for key in lost})
        return []
    begin_again()
    values, problems = _read(settings, address)
    st.session_state.update(values)
    return problems


def _read(settings: Sequence[Setting], address: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Every setting's value, by the address or the default, and what in the address was refused."""
    values, problems = {setting.key: setting.default for setting in settings}, []
    for setting in settings:
        if setting.key in address:
            try:
                values[setting.key] = setting.read(address[setting.key])
            except ValueError as error:
                got, default = address[setting.key][:20], write(setting.default)
                used = setting.stands_for or (repr(default) if default else "nothing")
                problems.append(f"{setting.key}: expected {error}, got {got!r} in the link; {used} is used instead.")
    return values, problems


def _is_late(page: str, address: Mapping[str, str], kept: Mapping[str, Any], drawn: set[str]) -> bool:
    """Whether an address is an older one of this page, and no link: on a busy machine a reader acts before the browser
    has got the address of what they did before. Who goes back in the browser does nothing else.
    """
    state = st.session_state
    acted = state.pop(_ACTED, False)
    acted = acted or any(state.get(key) not in (None, kept.get(key)) for key in drawn & kept.keys())
    return acted and address in state.get(_earlier(page), ())


def publish(page: str, settings: Sequence[Setting]) -> list[str]:
    """Bring the session into the address, at the end of a run; defaults are left out.

    Parameters
    ----------
    page : str
    settings : sequence of Setting

    Returns
    -------
    list of str
        Keys of values too long for an address.
    """
    values = {setting.key: st.session_state.get(setting.key) for setting in settings}
    texts = {s.key: write(values[s.key]) for s in settings if values[s.key] is not None and values[s.key] != s.default}
    address = {key: text for key, text in texts.items() if len(text) <= LONGEST}
    _write_down(page, address)
    st.session_state[_KEPT].update({key: value for key, value in values.items() if value is not None})
    st.session_state[_DRAWN] = page, st.session_state[_DRAWING]  # here, because a run may be broken off by the next
    st.session_state[_RUNNING] = st.session_state[_ACTED] = False
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)
    return sorted(texts.keys() - address.keys())


def amend(page: str, *settings: Setting) -> None:
    """Bring a few settings into the address from a fragment, which runs without the rest of the page.

    Within a run of the whole page it does nothing: `publish` comes at its end.
    """
    if st.session_state.get(_RUNNING, True):
        return
    address = dict(last_address(page))
    for setting in settings:
        value = st.session_state[setting.key]
        address.pop(setting.key, None)
        if value is not None and value != setting.default and len(write(value)) <= LONGEST:
            address[setting.key] = write(value)
    _write_down(page, address)
    st.session_state[_KEPT].update({setting.key: st.session_state[setting.key] for setting in settings})
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)


def drawn(*keys: str) -> None:
    """Say that the widgets of these settings are on the page in this run; call where they are drawn."""
    st.session_state[_DRAWING].update(keys)


def correct(key: str, value: object) -> None:
    """Give a widget another value before it is drawn. One that is set, even to what it has, is sent to the browser, and
    there takes the place of what its reader may have chosen since.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def put(**values: object) -> None:
    """Change settings from a callback, whether or not their widgets are on the page.

    Without any it says that the next run is this page's own doing or its reader's, and no link.
    """
    st.session_state.update(values)
    st.session_state[_KEPT].update(values)
    st.session_state[_ACTED] = True


def take(settings: Sequence[Setting], values: Mapping[str, object]) -> None:
    """Change settings from what a browser component has sent: each value by its setting's own check.

    Parameters
    ----------
    settings : sequence of Setting
    values : mapping of str to object
        By the keys of settings. What does not pass the check is not what our component sends, and changes nothing.
    """
    found = {}
    for setting in settings:
        if setting.key in values:
            with suppress(ValueError):
                found[setting.key] = setting.read(str(values[setting.key]))
    put(**found)


def reset(settings: Sequence[Setting]) -> None:
    """Everything back to the beginning, but the seed."""
    put(**{setting.key: setting.default for setting in settings if setting.key != "seed"})
    begin_again()


def recall(keys: Iterable[str]) -> None:
    """Set widgets that a fragment draws anew to what they were, before they are drawn.

    In a fragment Streamlit may keep the value of a widget that was not drawn for a while, but the browser does not.
    Those that were drawn the last time are left alone: see `correct`.
    """
    state = st.session_state
    shown = state.get(_DRAWN, ("", set()))[1]
    for key in keys:
        value = state[_KEPT].get(key) if state.get(key) is None else state[key]
        if value is not None and (key not in shown or state.get(key) is None):
            state[key] = value
        shown.discard(key)  # `drawn` adds it again


def leave() -> None:
    """Say that a page without settings is shown: Streamlit forgets all widgets of the page before."""
    st.session_state[_DRAWN] = "", set()


def begin_again() -> None:
    """Note that what follows is a new beginning, and not a change to what the reader was looking at."""
    st.session_state[_BEGUN] = beginnings() + 1


def beginnings() -> int:
    """How often this reader has begun anew: by a link, the back button, or a reset."""
    return int(st.session_state.get(_BEGUN, 0))


def last_address(page: str) -> Mapping[str, str]:
    """The address that a page wrote last, for a link back to it."""
    written: Mapping[str, str] = st.session_state.get(_written(page), {})
    return written


def _write_down(page: str, address: Mapping[str, str]) -> None:
    state = st.session_state
    last = state.get(_written(page))
    if last is not None and last != address:
        state[_earlier(page)] = (*state.get(_earlier(page), ()), last)[-_MOST_EARLIER:]
    state[_written(page)] = address


def _earlier(page: str) -> str:
    return f"addresses of {page} before"


def _written(page: str) -> str:
    return f"address of {page}"
