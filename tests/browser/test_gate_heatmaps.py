"""The page Gate heatmaps in a browser: PyTorch's own numbers read off the screen, and the ways to other pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import Locator, Page, expect

from lstm_core import memory, stack
from lstm_ui import learned, sample_models
from tests.browser.driver import eventually, settle
from tests.browser.player import Player

DATA = Path(__file__).parents[1] / "data"
SIGNALS = "ifogch"
VIEWPORTS = ((1440, 900), (1024, 768), (390, 844))
Visit = Callable[[str], Page]


def maps(page: Page) -> Locator:
    """The heatmaps, drawn."""
    root = page.locator(".gs[data-at-step][data-ready='1']")
    root.wait_for()
    return root


def go_to(root: Locator, step: int, row: int) -> None:
    """To a step and a row of the stored order, by keys alone."""
    keys = root.locator(".stack").first
    keys.focus()
    keys.press("Home")
    for _ in range(step):
        keys.press("ArrowRight")
    keys.press("PageUp")
    for _ in range(40):
        keys.press("ArrowUp")
    for _ in range(row):
        keys.press("ArrowDown")
    expect(root).to_have_attribute("data-at-step", str(step))


def read(root: Locator) -> list[float]:
    """The values of all signals at the chosen unit and step, as the screen has them."""
    cells = [root.locator(f"[data-signal={signal}] [data-exact]") for signal in SIGNALS]
    return [float(each.get_attribute("data-exact") or "nan") for each in cells]


def assert_read(root: Locator, wanted: list[float]) -> None:
    assert_allclose(read(root), wanted, atol=1e-6)


def address(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def open_reference(page: Page) -> None:
    """The net of two layers that PyTorch saved, and its vocabulary, by the form."""
    page.get_by_role("button", name="Open a net").click()
    page.get_by_test_id("stFileUploader").first.locator("input").set_input_files(
        DATA / "own_torch_bidirectional.safetensors"
    )
    expect(page.get_by_text("Opened. Now give it something to read")).to_be_attached()
    settle(page)
    page.get_by_test_id("stFileUploader").nth(1).locator("input").set_input_files(
        DATA / "own_torch_bidirectional_vocabulary.json"
    )
    page.get_by_role("textbox", name="Your text, in any language").wait_for(state="attached")
    settle(page)


@pytest.mark.parametrize("viewport", [(1440, 900)])
def test_pytorchs_own_gates_stand_on_the_screen(visit: Visit) -> None:
    wanted = np.load(DATA / "own_torch_bidirectional_traced.npz", allow_pickle=False)
    page = visit("/Gate_heatmaps?from=own")
    open_reference(page)
    page.keyboard.press("Escape")
    field = page.get_by_role("textbox", name="Your text, in any language")
    field.fill(str(wanted["text"]))
    field.press("Control+Enter")
    settle(page)
    for layer, direction in ((1, "forward"), (2, "backward")):
        page.get_by_role("radio", name=f"Layer {layer}").click()
        page.get_by_role("radio", name=direction).click()
        settle(page)
        root = maps(page)
        for step, unit in ((0, 0), (17, 3), (38, 4)):
            go_to(root, step, unit)
            expect(root).to_have_attribute("data-at-unit", str(unit))
            of_torch = [wanted[f"{layer - 1}.{direction}.{signal}"][step, unit] for signal in SIGNALS]
            eventually(partial(assert_read, root, of_torch))
    # By one click, the same net at the same moment in Step through.
    root.locator("[data-do=open]").click()
    page.wait_for_url("**/Step_through?**")
    settle(page)
    player = Player(page)
    eventually(lambda: player.at()[0] == 38)
    assert {"from": "own", "layer": "2", "direction": "backward", "u": "5"}.items() <= address(page).items()


def test_unit_step_and_span_change_what_stands_below_and_the_address(visit: Visit) -> None:
    page = visit("/Gate_heatmaps?from=model&model=agreement&text=the boys that the dog likes were old")
    root = maps(page)
    model = sample_models.open_sample("agreement").model
    given, _ = learned.read(model, "the boys that the dog likes were old")
    trace = stack.forward(model.layers, given.x[:, None]).traces[0].forward
    go_to(root, 9, 6)
    page.wait_for_url("**u=7**")
    settle(page)
    assert address(page) | {"t": "10", "u": "7"} == address(page)
    total = page.locator(".gs:has-text('they add up') [data-exact]").first
    expect(total).to_be_attached()
    found = memory.ledger(trace, 9)
    shown = page.locator(".gs:has-text('they add up')").locator("[data-exact]")
    collect = "all => all.map(each => Number(each.dataset.exact))"
    eventually(lambda: any(abs(value - found.total[6]) < 1e-6 for value in shown.evaluate_all(collect)))
    # A span by Shift and the arrows, and the place found goes back to the heatmaps.
    for _ in range(3):
        root.locator(".stack").first.press("Shift+ArrowRight")
    page.wait_for_url("**end=**")
    settle(page)
    assert {"t": "13", "begin": "10", "end": "13"}.items() <= address(page).items()
    page.get_by_role("radio", name="Where else").click()
    settle(page)
    expect(page.get_by_text("On throughout:")).to_be_visible()
    page.reload()
    settle(page)
    root = maps(page)
    expect(root).to_have_attribute("data-at-unit", "6")
    expect(root).to_have_attribute("data-at-span", re.compile("."))
    expect(page.get_by_text("On throughout:")).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_page_fits_every_screen(visit: Visit, shot: Callable[[str], None]) -> None:
    page = visit("/Gate_heatmaps?against=token&place=8&swap=s&show=difference&section=saturation")
    maps(page)
    for width, height in VIEWPORTS:
        page.set_viewport_size({"width": width, "height": height})
        for section in ("Saturation", "Take it with you", "What it remembers"):
            page.get_by_role("radio", name=section).click()
            settle(page)
            for part in ("html", "[data-testid=stMain]"):
                eventually(partial(page.locator(part).evaluate, "it => it.scrollWidth <= it.clientWidth"))
        shot(f"heatmaps-{width}")
