"""The app as its own process, and Chromium to look at it: for the browser tests and for bench/bench_page.py."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NAMES = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"  # what was done is drawn
AT_LEAST = 390  # milliseconds without a move before a component tells the page (400 or 500), but for its clock's grain
Found = TypeVar("Found")
COMPLAINT = re.compile(r"traceback|exception|error|warning|deprecat", re.IGNORECASE)


def find_chromium() -> str | None:
    """The browser to drive: what CHROMIUM names, else the first one found; None without any."""
    names = (os.environ["CHROMIUM"],) if os.environ.get("CHROMIUM") else NAMES
    return next((found for name in names if (found := shutil.which(name))), None)


def launch_options() -> dict[str, Any]:
    """What `playwright.chromium.launch` needs to start that browser."""
    return {"executable_path": find_chromium(), "headless": True, "args": list(FLAGS)}


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def log_size(self) -> int:
        return self.log.stat().st_size

    def complaints(self, since: int = 0) -> list[str]:
        """Lines of the log, from byte `since` on, that speak of errors or warnings."""
        text = self.log.read_bytes()[since:].decode("utf-8", "replace")
        return [line for line in text.splitlines() if COMPLAINT.search(line)]


@contextmanager
def serve(log: Path, data: Path | None = None, port: int = 0, script: str = "app.py") -> Iterator[Server]:
    """Start app.py, or another script, on 127.0.0.1, wait until it answers, and stop it in the end.

    Training runs are kept in `data`, by default a folder beside the log, never where the user's own are. Without a
    port a free one is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        script,
        "--server.headless=true",
        "--server.address=127.0.0.1",
    ]
    command += [f"--server.port={port}", "--server.fileWatcherType=none"]
    places = {"GATESCOPE_DATA": str(data or log.parent / "data"), "GATESCOPE_DATABASE_URL": ""}
    options: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **places}, "stdin": subprocess.DEVNULL}
    with log.open("wb") as sink:
        process = subprocess.Popen(command, **options, stdout=sink, stderr=subprocess.STDOUT)
        try:
            wait_until_it_answers(f"{url}/_stcore/health", process, log)
            yield Server(url, process, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(
        f"the app did not start within {seconds:g} s; its log says:\n{log.read_text('utf-8', 'replace')}"
    )


AT_REST = """([turn, rested]) => {
  if (window.gsWatch) return gsWatch.atRest(turn, rested);
  const app = document.querySelector("[data-testid=stApp]")?.dataset ?? {};
  return app.testConnectionState === "CONNECTED" && app.testScriptState === "notRunning"
    && !document.querySelector("[data-stale=true]");
}"""
turns = itertools.count(1)


def settle(page: Page, timeout: float = 60_000, rested: bool = False) -> None:
    """Wait until everything that was done has reached the server, its scripts have run, and the page is drawn.

    That takes a context that was opened by `new_context`: between a click and what the page says of its script there is
    a gap, on a busy machine a long one, and only watch.js sees across it. With `rested` the components have told the
    page, too, where their reader is, for which they wait until nothing has moved for a while.
    """
    try:
        page.wait_for_function(AT_REST, arg=[next(turns), rested], timeout=timeout)
    except TimeoutError as problem:
        raise AssertionError(f"still waited for: {page.evaluate('window.gsWatch')}") from problem


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A browser profile of its own whose pages know what they are still waiting for, which `settle` asks them."""
    context = browser.new_context(**options)
    context.add_init_script(path=HERE / "watch.js")
    return context


def eventually(check: Callable[[], Found], seconds: float = 30) -> Found:
    """What `check` gives once that is not False and no AssertionError: for what an answer or a picture changes."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = check()
            assert found is not False, "False to the last"
            return found
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@contextmanager
def quiet(page: Page) -> Iterator[None]:
    """Nothing is sent to the server while the reader moves: only at rest, and once each time.

    A test on a busy machine stops between two moves for longer than a component waits, so that messages are not simply
    counted.
    """
    before = page.evaluate("gsWatch.told.length")
    yield
    sent = page.evaluate("gsWatch.told")[before:]
    hasty = [each for each in sent if not each["rested"] or each["since"] < AT_LEAST]
    assert not hasty, f"messages to the server without a rest before them: {hasty}"
