"""What a rerun need not compute again: the last result of each kind, kept in its reader's session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_KEPT = "kept results"  # in the session


def kept(name: str, key: object, make: Callable[[], Any]) -> Any:
    """The result under a name, made anew when its key is another one.

    One result a name, so a session holds as much as it shows, however long it lasts.

    Parameters
    ----------
    name : str
        What it is.
    key : object
        Everything that it depends on; compared with `==`. Nets are compared by identity, and the key keeps them alive.
    make : callable
        Without arguments. What it raises is not kept.
    """
    results = st.session_state.setdefault(_KEPT, {})
    found = results.get(name)
    if found is None or found[0] != key:
        found = results[name] = key, make()
    return found[1]
