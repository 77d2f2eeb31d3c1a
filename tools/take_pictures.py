"""The pictures of the README, taken from the app as it is: python tools/take_pictures.py [NAME ...]

Needs Chromium. Those of a training wait for it: about a minute in all.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.driver import launch_options, new_context, serve, settle  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
WIDTH = 1440
PATIENCE = 300_000  # milliseconds, for a training
MOVES = 1_500  # milliseconds, for what slides or fades


class Picture(NamedTuple):
    """What is taken: an address, the height of the window in pixels, and what is done before."""

    address: str
    height: int
    prepare: Callable[[Page], None] | None = None


def rest(page: Page) -> None:
    """Wait until everything is there, and nothing moves."""
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    settle(page)
    page.wait_for_timeout(MOVES)


def start(page: Page) -> None:
    """Press Start."""
    page.get_by_role("button", name="Start", exact=True).click()


def train_halfway(page: Page) -> None:
    """Start, and wait for three fifths of the updates."""
    start(page)
    page.get_by_text(re.compile(r"^1,[89]\d\d / 3,000 steps$")).first.wait_for(timeout=PATIENCE)


def race(page: Page) -> None:
    """Start, and wait until all three have come to their end, and the page says what came of it."""
    start(page)
    page.get_by_text("Finished").nth(2).wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Look inside").wait_for(timeout=PATIENCE)


PICTURES = {
    "step_through": Picture("/Step_through?from=text&t=6&u=3&sub=4", 1060),
    "language_model": Picture("/Language_model", 900, train_halfway),
    "trained_net": Picture(
        "/Step_through?from=model&model=names&sub=6&text=Maria+Wellington+left+Wellington+in+May+%2C+and+Jordan+Group+hired+Paris+.",
        1100,
    ),
    "gate_heatmaps": Picture("/Gate_heatmaps?order=similar&t=39&u=6", 1330),
    "backward_pass": Picture("/Backward_pass?fbias=3&goal=norm&t=9&u=5&sub=6", 1345),
    "vanishing_gradients": Picture("/Vanishing_gradients?show=race", 1250, race),
}


def main(names: list[str]) -> None:
    """Take those that are named, or all of them."""
    if strange := next((name for name in names if name not in PICTURES), None):
        raise SystemExit(f"expected some of {', '.join(PICTURES)}, got {strange!r}")
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        for name in names or PICTURES:
            address, height, prepare = PICTURES[name]
            context = new_context(browser, viewport={"width": WIDTH, "height": height}, base_url=server.url)
            page = context.new_page()
            page.goto(address)
            rest(page)
            if prepare:
                prepare(page)
                rest(page)
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()
            print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
