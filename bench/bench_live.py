"""What a training run costs its page: the reader's patience, the server's processor, bytes; and how long data take.

    python bench/bench_live.py            # about two minutes; needs requirements-dev.txt and Chromium, Linux

starts the app as its own process with a run store of its own and opens it in Chromium. While a language model trains
at full speed it clicks again and again, each time until the page has answered and painted. Then it only looks on and
counts what the live part sends; what that costs the server is its processor's time while somebody looks on, less that
while nobody does. At last it uploads a text of 1 MB and a table of 10,000 rows.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.bench_page import cpu_seconds
from tests.browser.driver import Server, find_chromium, launch_options, serve, settle

RUN = "/Language_model?steps=1000000"  # the settings that a newcomer meets, without an end
CLICK, CPU, SENT = "click to answer, ms", "CPU of the server per live update, ms", "bytes per live update"
TEXT, TABLE = "1 MB of text, s", "a table of 10,000 rows, s"
GOALS = {CLICK: 300, CPU: 5, SENT: 5_000, TEXT: 2, TABLE: 2}
OFTEN, WATCHERS = 0.5, 4  # seconds between updates (lstm_ui/training/workbench.py); pages that look on
SMALL = 12_000  # bytes: longer messages are no updates of the live part, but of the page around it

# Click, wait until the page shows what it must, and until that has been painted; milliseconds.
PRESS = """async ([role, label, answer]) => {
  const said = (each) => each.textContent.trim();
  const find = (role, label) => [...document.querySelectorAll(role)].find((each) => said(each) === label);
  const code = () => document.querySelector("[data-testid=stMain] [data-testid=stCode]")?.textContent;
  const before = code();
  const answered = {
    text: () => code() && code() !== before,
    button: (name) => find("button", name) && !find("button", name).disabled,
    words: (words) => document.querySelector("[data-testid=stMain]").textContent.includes(words),
  };
  const [kind, detail] = answer;
  const started = performance.now();
  find(role, label).click();
  await new Promise((done, fail) => {
    const check = () => { if (answered[kind](detail)) { watch.disconnect(); done(); } };
    const watch = new MutationObserver(check);
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    setTimeout(() => fail(new Error(`no answer to ${label} within 10 s`)), 10_000);
  });
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 0)));
  return performance.now() - started;
}"""
CLICKS = {
    "another sample": [("button", "Write another", ("text", ""))],
    "another tab": [
        ("[role=tab]", "Neighbours", ("words", "Cosine of the angle")),
        ("[role=tab]", "What comes next", ("button", "Write another")),
    ],
    "pause": [("button", "Pause", ("button", "Resume"))],
    "resume": [("button", "Resume", ("button", "Pause"))],
}


def press(page: Page, times: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of click, in turn, at moments that have nothing to do with the page's own rhythm."""
    found: dict[str, list[float]] = {name: [] for name in CLICKS}
    for _ in range(times):
        for name, steps in CLICKS.items():
            for step in steps:
                found[name].append(page.evaluate(PRESS, list(step)))
                page.wait_for_timeout(300 + 500 * random.random())
    return found


def look_on(browser: Browser, server: Server, address: str, seconds: float) -> dict[str, list[float]]:
    """The live part alone, seen by several: with `at` in the address nothing else of the page moves."""
    context = browser.new_context(base_url=server.url)
    sizes: list[int] = []
    for _ in range(WATCHERS):
        page = context.new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
        page.goto(f"{address}&at=0")
        settle(page)
    page.wait_for_timeout(3_000)
    sizes.clear()
    before, began = cpu_seconds(server.process.pid), time.perf_counter()
    page.wait_for_timeout(1e3 * seconds)
    watched, lasted = cpu_seconds(server.process.pid) - before, time.perf_counter() - began
    context.close()
    time.sleep(2)
    before = cpu_seconds(server.process.pid)
    time.sleep(lasted)
    alone = cpu_seconds(server.process.pid) - before
    updates = WATCHERS * lasted / OFTEN
    live = [size for size in sizes if size < SMALL]
    return {CPU: [1e3 * (watched - alone) / updates], SENT: [sum(live) / updates]}


def upload(browser: Browser, server: Server, path: str, name: str, content: str, words: str) -> list[float]:
    """Seconds from a file's choice until the page says what was read and what a training would cost."""
    found = []
    for _ in range(3):
        context = browser.new_context(base_url=server.url)
        page = context.new_page()
        page.goto(f"{path}?from=upload&model=none")
        settle(page)
        # Other bytes each time, so that nothing is remembered.
        file = {
            "name": name,
            "mimeType": "text/plain",
            "buffer": content.replace("SEED", str(random.random())).encode(),
        }
        began = time.perf_counter()
        page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
        expect(page.get_by_text(words, exact=False).first).to_be_visible(timeout=30_000)
        settle(page)
        found.append(time.perf_counter() - began)
        context.close()
    return found


def words(draw: random.Random, number: int) -> str:
    """Words that nobody has written, of a few thousand kinds."""
    return " ".join(
        f"{draw.choice('bdgkmnprst')}{draw.choice('aeiou')}{int(draw.expovariate(0.05))}" for _ in range(number)
    )


def measure(times: int, seconds: float) -> dict[str, list[float]]:
    """Every figure's samples."""
    draw = random.Random(5)
    lines = "\n".join(words(draw, 12) + "." for _ in range(30_000))[:1_000_000]
    rows = [f"{words(draw, 15)},{draw.choice(('up', 'down'))}\n" for _ in range(9_999)]
    table = "".join(("text,label\n", *rows, "some SEED,up\n"))
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
        page.goto(RUN)
        settle(page)
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.get_by_text("it follows the training", exact=False)).to_be_visible(timeout=30_000)
        page.wait_for_timeout(3_000)
        press(page, 1)  # warm
        clicks = press(page, times)
        run = parse_qs(urlsplit(page.url).query)["run"][0]
        found = look_on(browser, server, f"/Language_model?run={run}", seconds)
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("button", name="Resume", exact=True).wait_for()
        page.close()
        found[TEXT] = upload(browser, server, "/Language_model", "long.txt", f"{lines} SEED", "1,000,0")
        found[TABLE] = upload(browser, server, "/Text_classifier", "long.csv", table, "10,000 texts")
        browser.close()
    every = [value for values in clicks.values() for value in values]
    return {CLICK: every, **{f"  {name}": values for name, values in clicks.items()}, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description="What a training run costs its page.")
    parser.add_argument("--times", type=int, default=10, help="clicks of each kind (default: 10)")
    parser.add_argument("--seconds", type=float, default=15, help="how long to look on (default: 15)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with every sample")
    options = parser.parse_args()
    if find_chromium() is None:
        sys.exit("no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM")
    samples = measure(options.times, options.seconds)
    if options.json:
        print(json.dumps(samples, indent=1))
        return
    print(f"{'':<40}{'median':>9}{'worst':>9}{'goal':>7}")
    for name, values in samples.items():
        median, goal = statistics.median(values), GOALS.get(name)
        verdict = "" if goal is None else f"{goal:7}  {'PASS' if median <= goal else 'FAIL'}"
        print(f"{name:<40}{median:9.2f}{max(values):9.2f}{verdict}")


if __name__ == "__main__":
    main()
