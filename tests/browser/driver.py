"""The app as its own process, and Chromium to look at it: for the browser tests and for bench/bench_page.py."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
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


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError(
        f"the app did not start within {seconds:g} s; its log says:\n{log.read_text('utf-8', 'replace')}"
    )


def settle(page: Page, timeout: float = 20_000) -> None:
    """Wait until the page's script has run and nothing on it is waiting to be redrawn."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for(timeout=timeout)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=timeout)
    page.locator("[data-stale=true]").first.wait_for(state="detached", timeout=timeout)
