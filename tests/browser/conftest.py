"""Fixtures of the browser tests: one server for all, one Chromium a file, one fresh context a test.

What every test checks besides its own claim: no request leaves the app's host, the browser's console is clean, and the
server's log has no error or warning. `viewport`, `color_scheme` and `reduced_motion` can be set with
`@pytest.mark.parametrize`. With GATESCOPE_SHOTS=folder, `shot("name")` stores a picture there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.browser.driver import Server, find_chromium, launch_options, new_context, serve, settle

HERE = Path(__file__).parent
# On a deep link Streamlit looks for its own endpoints under the page's path first, and finds them at the second try.
PROBE = re.compile(r"^/[^/]+/_stcore/(health|host-config)$")
# A download button of Streamlit's fetches its own file as soon as it is shown, only to tell a host if that fails. A
# reader who is quicker has gone on by then, and button and file with them: a 404 of a file that nobody asked for. It is
# said twice, by the browser and by the button; a missing file that no button speaks of stays an error. That files come
# when somebody wants them is proved where they are downloaded.
BUTTON = "Client Error: Download Button source error - 404"
FILE = re.compile(r"^error: Failed to load resource: .* 404 .*\(http://[^/]+/media/[0-9a-f]+\.\w+\)$")
PING = b"\x88\x01\x01"  # what watch.js asks the server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


expect.set_options(timeout=30_000)  # a busy machine is not a wrong page


@pytest.fixture(scope="session")
def chromium() -> None:
    """Skips where there is no Chromium; fails there in CI, so that the tests cannot be missing unnoticed."""
    if find_chromium() is None:
        reason = "no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def server(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on a free port of 127.0.0.1."""
    with serve(tmp_path_factory.mktemp("server") / "streamlit.log") as server:
        yield server
    assert not server.complaints(), server.log.read_text("utf-8")


@pytest.fixture(scope="module")
def browser(chromium: None) -> Iterator[Browser]:
    """One a file: while Playwright runs, its event loop is in the way of other tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()


@pytest.fixture
def viewport() -> tuple[int, int]:
    return 1440, 900


@pytest.fixture
def color_scheme() -> str:
    return "light"


@pytest.fixture
def reduced_motion() -> str:
    return "no-preference"


@pytest.fixture
def context(
    server: Server, browser: Browser, viewport: tuple[int, int], color_scheme: str, reduced_motion: str
) -> Iterator[BrowserContext]:
    """A browser profile of its own, whose every page is watched."""
    width, height = viewport
    context = new_context(
        browser,
        base_url=server.url,
        viewport={"width": width, "height": height},
        color_scheme=color_scheme,
        reduced_motion=reduced_motion,
    )
    context.set_default_timeout(30_000)
    urls: list[str] = []
    spoken: list[str] = []
    logged = server.log_size()
    context.on("request", lambda request: urls.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: urls.append(socket.url)))
    context.on("console", lambda message: spoken.append(told(message)))
    context.on("weberror", lambda problem: spoken.append(f"uncaught: {problem.error}"))
    yield context
    context.close()
    own = urlsplit(server.url).netloc
    strangers = [url for url in urls if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != own]
    assert not strangers, f"the page asked other hosts: {strangers}"
    spoken = without_buttons(spoken)
    assert not any(spoken), "the browser's console:\n" + "\n".join(filter(None, spoken))
    assert not server.complaints(logged), "the server's log:\n" + "\n".join(server.complaints(logged))


def told(message: ConsoleMessage) -> str:
    """A console message worth failing for, or ""."""
    address = message.location["url"]
    is_probe = "404" in message.text and PROBE.match(urlsplit(address).path)
    return "" if message.type not in ("error", "warning") or is_probe else f"{message.type}: {message.text} ({address})"


def without_buttons(spoken: list[str]) -> list[str]:
    """Without what download buttons found out about files that a reader has left, one missing file for each."""
    left = len([text for text in spoken if BUTTON in text])
    kept = []
    for text in spoken:
        if FILE.match(text) and left:
            left -= 1
        elif BUTTON not in text:
            kept.append(text)
    return kept


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()


@pytest.fixture
def visit(page: Page) -> Callable[[str], Page]:
    """`visit("/Step_through?seed=3")` goes there and waits until the page is at rest."""

    def visit(path: str) -> Page:
        page.goto(path)
        settle(page)
        return page

    return visit


@pytest.fixture
def open_(visit: Callable[[str], Page]) -> Callable[[str], Locator]:
    """`open_("live")` shows that page of a server for components, and gives the component's root."""

    def open_(query: str) -> Locator:
        root = visit(f"/?show={query}").locator(".gs[data-ready='1']").first
        root.wait_for()
        return root

    return open_


@pytest.fixture
def shot(page: Page, viewport: tuple[int, int], color_scheme: str) -> Callable[[str], None]:
    """`shot("name")` stores a picture of the whole page when GATESCOPE_SHOTS names a folder."""

    def shot(name: str) -> None:
        folder = os.environ.get("GATESCOPE_SHOTS")
        if folder:
            path = Path(folder) / f"{name}-{viewport[0]}-{color_scheme}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path, full_page=True)

    return shot


@pytest.fixture
def frames(page: Page) -> list[object]:
    """Every message that the page sends to the server, as they come."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frame == PING or sent.append(frame)))
    return sent
