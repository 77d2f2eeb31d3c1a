"""What a changed setting on the page "Step through" costs: the server's CPU, and the reader's patience.

    python bench/bench_page.py            # about a minute; needs requirements-dev.txt and Chromium, Linux

starts the app as its own process, opens the page in Chromium at 32 steps x 16 units, and presses "New seed" again and
again: every press is one rerun of the script, after which every number in the picture is another one.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, sync_playwright

from tests.browser.driver import find_chromium, launch_options, serve, settle

SETTINGS = {"from": "text", "text": "The cat sat on the mat all night", "cell": "lstm", "hidden": 16, "seed": 1}
ADDRESS = "/Step_through?" + urlencode(SETTINGS)
QUIET = 0.4  # seconds after the picture: what the server does behind the rerun (collecting garbage) counts too
CPU, LATENCY = "CPU of the server per rerun, ms", "change to picture, ms"
FIRST, LATER = "player shown, first visit after a start, s", "player shown, later visits, s"
GOALS = {CPU: 25, LATENCY: 300, FIRST: 4, LATER: 2}  # what the page was made for

# Press, and wait until the numbers in the player are others and have been painted; milliseconds.
PRESS = """async (label) => {
  const roots = [document];
  for (const root of roots)
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) roots.push(each.shadowRoot);
  const player = roots.map((root) => root.querySelector("[data-ready='1']")).find(Boolean);
  const shown = () => [...player.querySelectorAll("[data-exact]")].map((each) => each.dataset.exact).join();
  const button = [...document.querySelectorAll("button")].find((each) => each.textContent.trim() === label);
  const before = shown();
  const started = performance.now();
  button.click();
  await new Promise((done, fail) => {
    const watch = new MutationObserver(() => { if (shown() !== before) { watch.disconnect(); done(); } });
    watch.observe(player, { subtree: true, childList: true, attributes: true, characterData: true });
    setTimeout(() => fail(new Error("no new picture within 10 s")), 10_000);
  });
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 0)));
  return performance.now() - started;
}"""


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used so far, its finished threads included, to the nanosecond.

    Linux has a clock for every process, whose number is made of the process's id (what clock_getcpuclockid does in C).
    The ticks of /proc are 10 ms, too coarse for what is measured here.
    """
    return time.clock_gettime((~pid << 3) | 2)


def open_page(context: BrowserContext) -> tuple[Page, float, float]:
    """A reader opens the page; seconds until the player shows its first picture, and until anything was painted."""
    page = context.new_page()
    page.goto(ADDRESS, wait_until="commit")
    try:
        page.locator("[data-ready='1']").wait_for(state="attached", timeout=30_000)
    except TimeoutError:
        sys.exit("the player did not appear; the page says:\n" + page.get_by_test_id("stMain").inner_text())
    seconds = page.evaluate("performance.now()") / 1e3
    settle(page)
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1e3
    return page, seconds, painted


def visit(browser: Browser, base: str, visits: int) -> tuple[Page, dict[str, list[float]]]:
    """The visits: the server's first, others with an empty cache, and others by a reader who was there before."""

    def new_reader() -> BrowserContext:
        return browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})

    page, *first = open_page(new_reader())
    fresh, again = [], []
    for _ in range(visits):
        page.context.close()
        page, *seconds = open_page(new_reader())
        fresh.append(seconds)
    for _ in range(visits):
        page.close()
        page, *seconds = open_page(page.context)
        again.append(seconds)
    return page, {
        FIRST: [first[0]],
        LATER: [shown for shown, _ in again],
        "the same with an empty cache, s": [shown for shown, _ in fresh],
        "anything painted, first visit, s": [first[1]],
        "anything painted, later visits, s": [painted for _, painted in again],
    }


def press(page: Page, pid: int, presses: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds for each press: CPU of the server, time to the picture, CPU of as long a time without a press."""
    cpu, latency, idle = [], [], []
    for _ in range(presses):
        before = cpu_seconds(pid)
        latency.append(page.evaluate(PRESS, "New seed"))
        page.wait_for_timeout(1e3 * QUIET)
        after = cpu_seconds(pid)
        page.wait_for_timeout(1e3 * QUIET + latency[-1])
        cpu.append(1e3 * (after - before))
        idle.append(1e3 * (cpu_seconds(pid) - after))
    return cpu, latency, idle


def measure(presses: int, visits: int) -> dict[str, list[float]]:
    """Every figure's samples."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        page, shown = visit(browser, server.url, visits)
        press(page, server.process.pid, 3)  # warm
        cpu, latency, idle = press(page, server.process.pid, presses)
        browser.close()
    return {CPU: cpu, "CPU of the idle server in as long a time, ms": idle, LATENCY: latency, **shown}


def main() -> None:
    parser = argparse.ArgumentParser(description="Cost of a changed setting on the page Step through.")
    parser.add_argument("--presses", type=int, default=40, help="reruns to measure (default: 40)")
    parser.add_argument("--visits", type=int, default=5, help="later visits to measure (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with every sample")
    options = parser.parse_args()
    if find_chromium() is None:
        sys.exit("no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM")
    samples = measure(options.presses, options.visits)
    if options.json:
        print(json.dumps(samples, indent=1))
        return
    print(f"{'':<48}{'median':>9}{'worst':>9}{'goal':>7}")
    for name, values in samples.items():
        median, goal = statistics.median(values), GOALS.get(name)
        verdict = "" if goal is None else f"{goal:7}  {'PASS' if median <= goal else 'FAIL'}"
        print(f"{name:<48}{median:9.2f}{max(values):9.2f}{verdict}")


if __name__ == "__main__":
    main()
