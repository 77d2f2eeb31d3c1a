"""The race as a student sees it: started, finished, reloaded, and looked at again moment by moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lstm_core import corpus
from lstm_core.tasks import PROBLEMS
from lstm_runs.service import Limits, Service
from lstm_ui.components import race
from lstm_ui.race import remaining, wording
from tests.browser.driver import Server, eventually, settle

TINY = "/Vanishing_gradients?show=race&race_task=first&race_lag=8&race_steps=40&race_units=4"
BOARD = Path(race.__file__).with_name("board.js")
LOOKS = [((1024, 768), "dark"), ((390, 844), "light")]


def column(page: Page, name: str) -> list[float]:
    """The exact numbers of one column of the table, RNN, GRU, LSTM."""
    cells = page.locator(f".board [data-value={name}]")
    expect(cells).to_have_count(3)
    return [float(cells.nth(k).get_attribute("data-exact") or "nan") for k in range(3)]


def stored(server: Server, ids: list[str], step: int) -> list[tuple[float, float]]:
    """From the run store, by the core: the share of the gradient that is left 8 steps back, and its norm there."""
    found = []
    service = Service(Limits(folder=server.log.parent / "data", executor="inline", workers=1, adopts=False))
    try:
        for ident in ids:
            view, state = service.view(ident), service.state(ident, step)
            data = corpus.prepare(service.source(ident), view.config)
            made = remaining.profile(state.model, remaining.held_out(data, view.config))
            found.append((float(made.left.middle[8]), float(made.norm.middle[8])))
    finally:
        service.close()
    return found


def raced(page: Page) -> Locator:
    """Press Start and wait until all have come to their end."""
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator('.board tr[data-status="finished"]')).to_have_count(3, timeout=60_000)
    settle(page)
    return page.locator(".gs[data-race][data-ready='1']")


def test_a_race_is_run_reloaded_and_looked_at_moment_by_moment(
    visit: Callable[[str], Page], server: Server, shot: Callable[[str], None]
):
    page = visit(TINY)
    root = raced(page)
    ids = parse_qs(urlsplit(page.url).query)["race"][0].split(".")
    eventually(lambda: column(page, "update") == [40, 40, 40])
    eventually(lambda: column(page, "left") == pytest.approx([left for left, _ in stored(server, ids, 40)], rel=1e-5))
    numbers = [column(page, name) for name in ("loss", "right", "left", "parameters")]
    expect(page.get_by_text("Share of the gradient at the answer that is left 8 steps back")).to_be_visible()
    shares = [k / trials for trials in (128, 160, 400, 2_000) for k in range(trials + 1)]
    single = [float(np.float32(share)) for share in shares]
    told = page.evaluate(f"shares => {{ {BOARD.read_text('utf-8')}; return shares.map(rightText); }}", single)
    assert told == [wording.amount(PROBLEMS["order"], share) for share in shares], "table and words differ"

    page.reload()
    settle(page)
    eventually(lambda: [column(page, name) for name in ("loss", "right", "left", "parameters")] == numbers)

    canvas = root.locator("[data-pane=profile] canvas")
    canvas.evaluate("canvas => (canvas.before = true)")
    page.get_by_role("slider", name="Moment of the race").press("Home")
    expect(root.locator(".board [data-value=update]").first).to_have_attribute("data-exact", "0")
    settle(page)
    eventually(lambda: column(page, "left") == pytest.approx([left for left, _ in stored(server, ids, 0)], rel=1e-5))
    expect(page).to_have_url(re.compile("race_at=0"))
    root.get_by_role("button", name="norm", exact=True).click()
    eventually(lambda: column(page, "left") == pytest.approx([norm for _, norm in stored(server, ids, 0)], rel=1e-5))
    canvas.press("Home")
    expect(root.locator(".of-left")).to_have_text("Gradient 0 back")
    canvas.press("Escape")
    expect(root.locator(".of-left")).to_have_text("Gradient 8 back")
    assert canvas.evaluate("canvas => canvas.before"), "the picture was taken down and built again"
    shot("race")


@pytest.mark.parametrize(("viewport", "color_scheme"), LOOKS, ids=str)
def test_a_race_fits_the_window(visit: Callable[[str], Page], shot: Callable[[str], None], viewport: tuple[int, int]):
    page = visit(TINY.replace("race_lag=8", "race_lag=20"))
    expect(page.locator("table", has_text="says").locator("td span").last).to_be_in_viewport(ratio=1)
    raced(page)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= viewport[0]
    board = page.locator(".wide").evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert board[0] <= board[1], "the table is cut"
    shot("race-small")
