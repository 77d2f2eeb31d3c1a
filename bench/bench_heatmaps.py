"""How fast 128 units x 512 steps x 6 signals are drawn as heatmaps, and what a frame costs while a reader points.

    python bench/bench_heatmaps.py        # about a minute; needs requirements-dev.txt and Chromium, Linux

starts tests/browser/gates_app.py as its own process and opens it in Chromium: the component alone, with as many numbers
as it takes. Then the page is given other numbers again and again, and the pointer,
the wheel and the zoom are moved once a frame.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.driver import find_chromium, launch_options, serve, settle

FIRST, LATER = "drawn, first visit after a start, s", "drawn, later visits, s"
RERUN, MESSAGE = "click to other numbers drawn, ms", "message to other numbers drawn, ms"
POINT, ZOOM = "work of a frame while pointing, ms", "work of a frame while zooming, ms"
SCROLL = "time between frames while scrolling and pointing, ms"
GOALS = {LATER: 2.5, RERUN: 1000, MESSAGE: 1000, POINT: 8, ZOOM: 16, SCROLL: 20}
BIG = 1_000_000  # bytes: a message with the numbers in it

LISTEN = """
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      if ((data.byteLength ?? data.size ?? data.length) > BIG) window.came = performance.now();
    });
  }
};""".replace("BIG", str(BIG))
FIND = """() => {
  const roots = [document];
  for (const root of roots)
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) roots.push(each.shadowRoot);
  window.heat = roots.map((root) => root.querySelector(".gs")).find(Boolean);
}"""
# Click, and wait until the pictures of other data have been painted; milliseconds since the click and the message.
CHANGE = """async () => {
  const { gsGates: gates } = window.heat;
  const before = gates.data.id;
  const started = performance.now();
  document.querySelector("[data-testid=stCheckbox] input").click();
  while (gates.data.id === before || gates.frame) {
    await new Promise(requestAnimationFrame);
    if (performance.now() - started > 10_000) throw new Error("no other numbers within 10 s");
  }
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 0)));
  const now = performance.now();
  return [now - started, window.came > started ? now - window.came : null];
}"""
# The work of one frame: what the script does, and the layout that follows from it.
WORK = """async ([what, frames]) => {
  const { gsGates: gates } = window.heat;
  const { canvas } = gates.panels[0];
  const box = canvas.getBoundingClientRect();
  const found = [];
  for (let k = 0; k < frames; k += 1) {
    await new Promise(requestAnimationFrame);
    const started = performance.now();
    if (what === "point") {
      const at = { clientX: box.left + 80 + 5 * k, clientY: box.top + 2 * (k % 100), bubbles: true };
      canvas.dispatchEvent(new PointerEvent("pointermove", at));
    } else gates.place.zoom([k, 400 - k]);
    gates.render();
    window.heat.offsetHeight;
    found.push(performance.now() - started);
  }
  gates.place.zoom(null);
  return found;
}"""
INTERVALS = """() => {
  window.intervals = [];
  let last = performance.now();
  const tick = (now) => {
    window.intervals.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


@contextmanager
def serve_heatmaps() -> Iterator[str]:
    """The address of the app, while it runs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log", script="tests/browser/gates_app.py") as server,
    ):
        yield server.url


def open_page(browser: Browser, url: str, show: str) -> tuple[Page, float]:
    """A reader's page, and seconds until everything was drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(LISTEN)
    page.goto(f"{url}/?show={show}", wait_until="commit")
    page.locator(".gs[data-ready='1']").wait_for(timeout=30_000)
    seconds = page.evaluate("performance.now()") / 1e3
    settle(page)
    page.evaluate(FIND)
    return page, seconds


def scroll(page: Page, frames: int) -> list[float]:
    """Milliseconds between frames while the wheel turns under a moving pointer."""
    page.evaluate(INTERVALS)
    for k in range(frames):
        page.mouse.move(300 + 5 * k, 500)
        page.mouse.wheel(0, 12 if k < frames // 2 else -12)
    return list(page.evaluate("window.intervals.slice(2)"))


def measure(visits: int, changes: int, frames: int) -> dict[str, list[float]]:
    """Every figure's samples."""
    found: dict[str, list[float]] = {name: [] for name in (FIRST, LATER, RERUN, MESSAGE)}
    with serve_heatmaps() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        page, seconds = open_page(browser, url, "large")
        found[FIRST].append(seconds)
        for _ in range(visits):
            page.close()
            page, seconds = open_page(browser, url, "large")
            found[LATER].append(seconds)
        for _ in range(changes):
            click, message = page.evaluate(CHANGE)
            found[RERUN].append(click)
            if message is not None:  # numbers that the browser still has are not sent again
                found[MESSAGE].append(message)
            page.wait_for_timeout(600)
        found[POINT] = page.evaluate(WORK, ["point", frames])
        found[ZOOM] = page.evaluate(WORK, ["zoom", frames])
        found[SCROLL] = scroll(page, frames)
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Drawing and pointing at the largest heatmaps.")
    parser.add_argument("--visits", type=int, default=5, help="later visits to measure (default: 5)")
    parser.add_argument("--changes", type=int, default=10, help="changes of all numbers to measure (default: 10)")
    parser.add_argument("--frames", type=int, default=120, help="frames to measure (default: 120)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with every sample")
    options = parser.parse_args()
    if find_chromium() is None:
        sys.exit("no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM")
    samples = measure(options.visits, options.changes, options.frames)
    if options.json:
        print(json.dumps(samples, indent=1))
        return
    print(f"{'':<56}{'median':>9}{'p95':>9}{'worst':>9}{'goal':>7}")
    for name, values in samples.items():
        median, goal = statistics.median(values), GOALS.get(name)
        most = sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
        verdict = "" if goal is None else f"{goal:7}  {'PASS' if median <= goal else 'FAIL'}"
        print(f"{name:<56}{median:9.2f}{most:9.2f}{max(values):9.2f}{verdict}")


if __name__ == "__main__":
    main()
