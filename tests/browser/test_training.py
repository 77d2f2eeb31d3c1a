"""The training pages as a student uses them: train, pause, reload, scrub, upload, take away and open again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lstm_core import models
from lstm_runs import model_files
from tests.browser.driver import FRAME, Server, eventually, new_context, quiet, serve, settle

Visit = Callable[[str], Page]
LOOKS = [((1440, 900), "dark"), ((1024, 768), "light"), ((390, 844), "light")]
QUICK = "hidden=8&features=6&steps=60&validate_every=20"
PATIENCE = 120_000  # milliseconds, for what waits for training
LONG = "hidden=8&features=6&window=32&steps=200000&validate_every=100000"

CSV = "id,review,stars\n" + "".join(
    f"{k},the {word} thing number {k},{word}\n" for k in range(60) for word in ("good", "bad", "odd")
)


@pytest.fixture(scope="module")
def server(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose runs are in a folder of its own."""
    folder = tmp_path_factory.mktemp("runs")
    before = os.environ.get("GATESCOPE_DATA")
    os.environ["GATESCOPE_DATA"] = str(folder)
    try:
        with serve(tmp_path_factory.mktemp("server") / "streamlit.log") as server:
            yield server
        assert not server.complaints(), server.log.read_text("utf-8")
    finally:
        os.environ.pop("GATESCOPE_DATA")
        if before is not None:
            os.environ["GATESCOPE_DATA"] = before


def begun(page: Page) -> dict[str, str]:
    """Press Start, wait for the run; the address, whose parts are returned."""
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("run="))
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def step_of(page: Page) -> int:
    """Updates made, as the page shows them."""
    shown = page.get_by_text(re.compile(r"^[\d,]+ / [\d,]+ steps$")).first
    return int(shown.inner_text().split("/")[0].replace(",", ""))


def finished(page: Page) -> None:
    # The processes that train begin with the first run of a server.
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible(timeout=PATIENCE)
    settle(page)


@pytest.fixture(scope="module")
def trained(server: Server, browser: Browser) -> str:
    """The link to watch a classifier that a reader has trained to the end."""
    context = new_context(browser, base_url=server.url)
    page = context.new_page()
    page.goto(f"/Text_classifier?{QUICK}")
    settle(page)
    address = begun(page)
    finished(page)
    eventually(lambda: step_of(page) == 60)
    context.close()
    return f"/Text_classifier?run={address['run']}"


@pytest.mark.parametrize(("viewport", "color_scheme"), LOOKS, ids=str)
def test_a_classifier_that_was_trained_to_the_end_fits_the_window(
    visit: Visit, shot: Callable[[str], None], trained: str, color_scheme: str, viewport: tuple[int, int]
) -> None:
    page = visit(trained)
    for name in ("Held-out texts", "Through the training", "Your text"):
        page.get_by_role("tab", name=name).click()
        settle(page)
        shot(f"classifier-{name.split()[0].lower()}")
        eventually(partial(page.locator(".stMain").evaluate, "main => main.scrollWidth - main.clientWidth <= 1"))
    expect(page.get_by_text("probability after every token")).to_be_visible()


def test_a_language_model_is_paused_stepped_resumed_and_stopped(visit: Visit) -> None:
    page = visit(f"/Language_model?{LONG}")
    begun(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    resume = page.get_by_role("button", name="Resume", exact=True)
    expect(resume).to_be_visible(timeout=PATIENCE)
    settle(page)
    before = step_of(page)
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text(re.compile(rf"^{before + 1:,} / "))).to_be_visible(timeout=PATIENCE)
    resume.click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_enabled()
    expect(page.get_by_text(re.compile(rf"^{before + 1:,} / "))).to_have_count(0, timeout=PATIENCE)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped", exact=True).first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    expect(resume).to_be_enabled()  # nothing is lost


def test_a_reload_and_another_browser_find_the_run_still_going(visit: Visit, browser: Browser, server: Server) -> None:
    page = visit(f"/Language_model?{LONG}")
    address = begun(page)
    expect(page.get_by_text(re.compile(r"^[1-9][\d,]* / "))).to_be_visible(timeout=PATIENCE)
    page.reload()
    settle(page)
    expect(page.get_by_text(re.compile(r"^[1-9][\d,]* / "))).to_be_visible()
    before = step_of(page)
    expect(page.get_by_text(re.compile(rf"^{before:,} / "))).to_have_count(0, timeout=PATIENCE)  # it goes on
    expect(page.get_by_text(re.compile(r"^The net after [1-9][\d,]* updates; it follows"))).to_be_visible()
    with_watcher: BrowserContext = new_context(browser, base_url=server.url)
    watcher = with_watcher.new_page()
    watcher.goto(f"/Language_model?run={address['run']}")
    expect(watcher.get_by_text("You are watching", exact=False).first).to_be_visible()
    expect(watcher.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(watcher.get_by_text("Stopped", exact=True).first).to_be_visible(timeout=PATIENCE)
    with_watcher.close()


def test_scrubbing_asks_the_server_nothing_until_the_reader_rests(visit: Visit, frames: list[object]) -> None:
    page = visit(f"/Tagger?{QUICK}")
    begun(page)
    finished(page)
    page.get_by_role("tab", name="Through the training").click()
    slider = page.get_by_role("slider", name="Checkpoint", exact=False).first
    slider.wait_for()
    settle(page)
    frames.clear()
    heat = page.locator("canvas.heat:visible").first
    pictures = set()
    slider.focus()
    with quiet(page):
        for _ in range(12):
            page.keyboard.press("ArrowLeft")
            page.evaluate(FRAME)
            pictures.add(heat.evaluate("canvas => canvas.toDataURL()"))
    assert len(pictures) > 8
    settle(page, rested=True)
    expect(page).to_have_url(re.compile(r"at=\d+"))
    assert frames


def test_a_table_is_uploaded_and_trained_on(visit: Visit) -> None:
    page = visit(f"/Text_classifier?{QUICK}&from=upload")
    content: dict[str, Any] = {"name": "my reviews.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    page.locator("input[type=file]").first.set_input_files(content)  # type: ignore[arg-type]
    expect(page.get_by_text("my reviews · 180 texts", exact=False)).to_be_visible()
    begun(page)
    finished(page)
    page.get_by_role("tab", name="Held-out texts").click()
    settle(page)
    expect(page.get_by_text("texts that no training has seen", exact=False)).to_be_visible()


def test_a_net_is_taken_away_and_opened_again(visit: Visit) -> None:
    page = visit(f"/Language_model?{QUICK}&window=16")
    begun(page)
    finished(page)
    page.get_by_role("tab", name="Take it with you").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="The net", exact=False).click()
    content = download.value.path().read_bytes()
    opened = model_files.open_model(content)
    again = model_files.open_model(model_files.save(opened.model, opened.config))
    mine, theirs = models.arrays(opened.model), models.arrays(again.model)
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
    page = visit("/Language_model")
    page.get_by_role("button", name="Open a net of yours").click()
    file: dict[str, Any] = {"name": "net.safetensors", "mimeType": "application/octet-stream", "buffer": content}
    page.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_text(f"{models.count(opened.model):,} parameters", exact=False).first).to_be_visible()
    page.keyboard.press("Escape")
    settle(page)
    expect(page.get_by_role("tab", name="What comes next")).to_be_visible()
    expect(page.get_by_text("Temperature").first).to_be_visible()


def test_rubbish_in_the_address_and_in_the_fields_leaves_a_working_page(visit: Visit) -> None:
    page = visit("/Text_classifier?run=nobody&hidden=-3&cell=%3Cscript%3E&data=nothing&from=paste")
    expect(page.get_by_text("start a new one", exact=False)).to_be_visible()
    page.get_by_role("textbox", name="Text", exact=True).fill("<script>alert(1)</script>\n\x01\tx")
    page.get_by_role("textbox", name="Text", exact=True).press("Control+Enter")
    settle(page)
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
