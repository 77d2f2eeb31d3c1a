"""How a folder of small files becomes a component, and the plain values that all of them send."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from lstm_plots import palettes, theme

_COMPONENTS = Path(__file__).parents[1]
# What every component that draws on a canvas is built on, in its order.
DRAWING = (
    "player/format.js",
    "player/svg.js",
    "shared/bytes.js",
    "shared/theme.js",
    "shared/surface.js",
    "shared/scale.js",
    "shared/plot.js",
)
# What the diagram of a cell is built on, besides player/svg.js; who draws it brings its own kind of `Diagram`.
CELL_DIAGRAMS = (
    "shared/diagram.js",
    "shared/cell_lstm.js",
    "shared/cell_gru.js",
    "shared/cell_rnn.js",
    "shared/cells.js",
)


class Assets(NamedTuple):
    """The files of one component: paths from `lstm_ui/components`, scripts in the order they build on each other.

    The HTML may take in another file, by a line `<!-- include shared/transport.html -->`.
    """

    name: str
    html: str
    css: tuple[str, ...]
    scripts: tuple[str, ...]

    def script(self) -> str:
        """The component's JavaScript, all files in their order."""
        return "\n".join(_read(path) for path in self.scripts)

    def component(self) -> Callable[..., Any]:
        """The function that mounts it."""
        return _component(self)


@cache
def _component(assets: Assets) -> Callable[..., Any]:
    # Once a process: Streamlit warns when a name is registered twice.
    # A component that draws nothing needs no colours: they would travel with each of its messages.
    look = theme.css_rules(".gs") + palettes.css_rules(".gs") if assets.css else ""
    style = look + "".join(_read(path) for path in assets.css)
    markup = re.sub(r"<!-- include (\S+) -->", lambda found: _read(found[1]), _read(assets.html))
    return st.components.v2.component(assets.name, html=markup, css=style or None, js=assets.script())


def _read(path: str) -> str:
    return (_COMPONENTS / path).read_text(encoding="utf-8")


def nothing() -> None:
    """A component reports a state only when it has a callback."""


def plain_number(value: Any) -> float | None:
    """A finite float, or None for what is missing, NaN or infinite: JSON knows neither of the two.

    Examples
    --------
    >>> plain_number(2), plain_number(float("nan")), plain_number(None)
    (2.0, None, None)
    """
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def whole(value: object) -> int | None:
    """A whole number, also where the browser made 3 to 3.0; None for anything else.

    Examples
    --------
    >>> whole(3.0), whole(True), whole("3"), whole(float("nan"))
    (3, None, None, None)
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def plain_text(text: str, most: int) -> str:
    """At most so many characters, an ellipsis where more were; lone surrogates, which no message can carry, replaced.

    Examples
    --------
    >>> plain_text("once upon", 5)
    'once…'
    """
    short = text if len(text) <= most else text[: most - 1] + "…"
    return short.encode("utf-8", "replace").decode("utf-8")


def tokens_json(tokens: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Tokens for the browser from pairs (shown, name); a name that repeats what is shown says nothing.

    Examples
    --------
    >>> tokens_json([("a", "a"), ("␣", "space")])
    [{'shown': 'a', 'name': '', 'sign': False}, {'shown': '␣', 'name': 'space', 'sign': True}]
    """
    found = []
    for shown, name in tokens:
        differs = bool(name) and name != shown
        found.append(
            {"shown": plain_text(shown, 80), "name": plain_text(name, 200) if differs else "", "sign": differs}
        )
    return found
