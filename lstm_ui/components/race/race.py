"""The race in a page: a picture that is mounted once, and a feed that brings it what is new (see `live`)."""

from __future__ import annotations

import json
from typing import Any

from lstm_plots import palettes, theme
from lstm_ui.components.live.live import FEED
from lstm_ui.components.shared.assets import DRAWING, Assets

PICTURE = Assets(
    "gatescope_race",
    "race/race.html",
    ("shared/shared.css", "race/race.css"),
    (*DRAWING, "race/scenes.js", "race/board.js", "race/race.js"),
)


def picture(names: tuple[str, ...], *, key: str) -> None:
    """The chart alone, still empty; outside of the fragment in which the feed runs.

    Parameters
    ----------
    names : tuple of str
        Of all racers there may be: those of cells have the cells' colours.
    key : str
    """
    PICTURE.component()(key=key, data={"chart": key, "colours": {mode: _colours(names, mode) for mode in theme.MODES}})


def feed(payload: dict[str, Any], *, key: str) -> None:
    """Bring the picture with the chart's name of the payload up to date."""
    # As bytes, which Streamlit passes on as they are: in a dict it looks at every value whether it is a table.
    FEED.component()(key=f"{key}_feed", data=json.dumps(payload, separators=(",", ":"), allow_nan=False).encode())


def _colours(names: tuple[str, ...], mode: theme.Mode) -> dict[str, str]:
    spare = iter(palettes.BESIDES[mode])
    return {name: palettes.CELLS[mode].get(name) or next(spare) for name in names}
