"""What the tests of the three training pages share: a service of their own, a visit, and a run to its end."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from lstm_ui import runs

OPEN = ("more", "rarer", "share", "look", "again", "open_model")  # forms that a reader may have opened


def visit(page: str, *, opened: tuple[str, ...] = (), **address: str) -> AppTest:
    """A page as its first visitor sees it, with some of its forms open."""
    at = AppTest.from_file("../../app.py", default_timeout=180)
    at.switch_page(page)
    for key, value in address.items():
        at.query_params[key] = value
    for form in opened:
        at.session_state[form] = True
    at.run()
    assert not at.exception, at.exception
    return at


def plain(text: object) -> str:
    """What the page says, as the reader sees it: without the backslashes that keep it from being markup."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", str(text)).replace("\u2060", "")


def said(at: AppTest) -> str:
    """All messages and small print of a page."""
    assert not at.exception, at.exception
    found = (*at.error, *at.warning, *at.info, *at.caption, *at.markdown)
    return "\n".join(plain(element.value) for element in found)


def errors(at: AppTest) -> str:
    """The red boxes of a page."""
    assert not at.exception, at.exception
    return "\n".join(plain(element.value) for element in at.error)


def open_tab(at: AppTest, name: str, of_run: bool = True) -> AppTest:
    """A page with one of the tabs below open: of a run, or of a net that is trained already."""
    at.session_state[f"sections {of_run}"] = name
    return at.run()


def component(at: AppTest, name: str) -> dict[str, Any]:
    """What a browser component got; `name` is a field that only this component has."""
    found = [json.loads(element.proto.json or element.proto.bytes) for element in at.get("bidi_component")]
    (data,) = [each for each in found if name in each]
    return data


def numbers(packed: str) -> np.ndarray:
    """float32 as they travel to a component."""
    return np.frombuffer(base64.b64decode(packed), dtype="<f4")


def until(ident: str, *statuses: str, seconds: float = 120) -> Any:
    """The run's view as soon as it has one of these states."""
    end = time.monotonic() + seconds
    while (view := runs.service().view(ident)).status not in statuses:
        assert time.monotonic() < end, f"still {view.status} at step {view.step}"
        time.sleep(0.02)
    return view


def trained(at: AppTest) -> AppTest:
    """The page after its run has come to an end."""
    at.button(key="start").click().run()
    assert not errors(at)
    until(at.session_state["run"], "finished", "failed")
    return at.run()
