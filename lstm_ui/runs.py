"""Runs on a page: the one service of the server, the run that the address names, and who may steer it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import streamlit as st

from lstm_core.corpus import Data, Source
from lstm_runs.executors import one_blas_thread
from lstm_runs.service import NoSuchRun, NotYours, Service
from lstm_ui import address, estimate, frame
from lstm_ui.setting import Setting, whole

LIVE = ("waiting", "running")
NEWEST = -1  # in the place of a training step
_LONGEST_ID = 80


def _token(text: str) -> str:
    if not text.isascii() or len(text) > _LONGEST_ID or not text.replace("-", "").replace("_", "").isalnum():
        raise ValueError("letters and digits, as a link to a run has them")
    return text


# `at`: the training step that results are shown of.
OTHER = Setting("with", "", _token)  # a second run to compare with
SETTINGS = (
    Setting("run", "", _token),
    Setting("key", "", _token),
    OTHER,
    whole("at", NEWEST, NEWEST, 10_000_000, "the newest update"),
)


@cache
def _one_thread() -> AbstractContextManager[None]:
    # For good: what a page computes is small, and threads that wait for each other on busy cores are much slower.
    held = one_blas_thread()
    held.__enter__()
    return held


# Closed where somebody clears the caches, or a second service would wait for what the first one holds.
@st.cache_resource(show_spinner=False, on_release=Service.close)
def service() -> Service:
    """The service of this server, which all readers share: runs go on whoever comes or leaves."""
    _one_thread()
    return Service()


def owner() -> str:
    """Who this reader is to the service, which shares the workers fairly between owners."""
    return str(st.session_state.setdefault("owner", secrets.token_hex(8)))


def view(ident: str) -> Any:
    """The run with this id as the page shows it, or None and a message."""
    if not ident:
        return None
    try:
        return service().view(ident)
    except NoSuchRun as error:
        st.error(frame.plain(str(error)))
        return None


def mine(ident: str) -> bool:
    """Whether the address has the key that steers this run."""
    return bool(service().may_steer(ident, st.session_state["key"]))


def follow(ident: str, key: str) -> None:
    """Turn the page to another run."""
    address.put(**{"run": ident, "key": key, "at": NEWEST, "with": ""})


def attempt(action: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What an action on a run gives; None and a message, kept until the next action, where it is refused."""
    st.session_state["refused"] = ""
    address.put()
    try:
        return action(*args, **options)
    except (ValueError, NoSuchRun, NotYours) as error:
        st.session_state["refused"] = str(error)
        return None


def say_refusal() -> None:
    """The message of the last action, if it was refused."""
    if words := st.session_state.get("refused"):
        st.error(frame.plain(words))


@st.cache_resource(max_entries=8, show_spinner=False)
def source(digest: str, _ident: str) -> Source:
    """The data of a run, from its store."""
    return service().source(_ident)


def data(shown: Any) -> Data:
    """The data of a run, ready to be measured on; read once a server."""
    key = estimate.prepared_key(shown.source_digest, shown.config)
    return estimate.prepared(key, source(shown.source_digest, shown.id), shown.config)


@st.cache_resource(max_entries=8, show_spinner=False)
def model(ident: str, step: int) -> Any:
    """The net of a run at one of its checkpoints."""
    return service().state(ident, step).model
