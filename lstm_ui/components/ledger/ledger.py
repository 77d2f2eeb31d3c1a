"""The ledger in a page: mounts it and gives back the unit its reader has come to rest at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstm_ui.components.shared.assets import DRAWING, Assets
from lstm_ui.components.shared.unit_choice import mount

ASSETS = Assets(
    "gatescope_ledger",
    "ledger/ledger.html",
    ("shared/shared.css", "tokens/text.css", "ledger/ledger.css"),
    (
        *DRAWING,
        "shared/axis.js",
        "shared/unit_view.js",
        "shared/hatch.js",
        "tokens/text.js",
        "ledger/book.js",
        "ledger/names.js",
        "ledger/chart.js",
        "ledger/units.js",
        "ledger/sources.js",
        "ledger/ledger.js",
    ),
)


def ledger(payload: dict[str, Any], *, key: str, on_pick: Callable[[], None] | None = None) -> int | None:
    """Mount the ledger and return the unit that is shown.

    Parameters
    ----------
    payload : dict
        From `lstm_ui.components.ledger.payload.ledger_payload`. Another `unit` in it shows that one.
    key : str
        Identity of the component on the page; always needed.
    on_pick : callable or None
        Called before the script reruns because the reader chose another unit (half a second after the last change).

    Returns
    -------
    int or None
        Its number in the layer; None: all units together.
    """
    return mount(ASSETS, payload, key, on_pick)
