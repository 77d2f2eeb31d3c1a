"""The ledger, the saturation map and the heatmaps as a file, as a reader uses them, on a page of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from lstm_core import memory
from lstm_plots.figures import fig_gates, to_html
from tests.browser import ledger_app as app
from tests.browser.driver import FRAME, Server, eventually, quiet, serve

Open = Callable[[str], Locator]


@pytest.fixture(scope="module")
def server(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """tests/browser/ledger_app.py on a free port of 127.0.0.1."""
    log = tmp_path_factory.mktemp("ledger") / "streamlit.log"
    with serve(log, script="tests/browser/ledger_app.py") as server:
        yield server


def exact(root: Locator, selector: str) -> float:
    return float(root.locator(selector).get_attribute("data-exact") or "nan")


def bars_of(root: Locator) -> np.ndarray:
    """The bars of the unit that is shown, by token; NaN where nothing was read."""
    return np.array(root.locator(".token").evaluate_all("all => all.map(each => Number(each.dataset.exact))"))


def assert_adds_up(root: Locator, found: memory.Ledger, unit: int | None) -> None:
    """What is on the screen is the ledger of this unit, and adds up to the state that was recorded."""
    eventually(lambda: assert_sums(root, found, unit))
    expect(root.locator(".verdict")).to_have_text("\u2713 they add up")


def assert_sums(root: Locator, found: memory.Ledger, unit: int | None) -> None:
    root.page.evaluate(FRAME)
    bars, initial = memory.projected(found) if unit is None else (found.bars[:, unit], found.initial[unit])
    total = np.linalg.norm(found.total) if unit is None else found.total[unit]
    size = np.abs(bars).sum() + abs(initial)
    shown = bars_of(root)
    is_read = np.isin(np.arange(len(bars)), found.order)
    np.testing.assert_array_equal(shown[is_read].astype(np.float32), bars[is_read].astype(np.float32))
    assert np.isnan(shown[~is_read]).all()
    assert float(root.locator("canvas.bars").get_attribute("data-initial") or "nan") == initial
    assert exact(root, "[data-value=total]") == total
    assert abs(exact(root, "[data-value=sum]") - total) <= 1e-12 * size
    assert abs(np.nansum(shown) + initial - total) <= 1e-6 * size, "the bars on the screen do not add up"
    place, end = root.evaluate("root => root.gsLedger.chart.running.at(-1)")  # the line, where it ends
    assert place == found.order[-1] + (found.order[0] == 0) and abs(end - total) <= 1e-6 * size


def test_bars_of_every_unit_add_up_and_choosing_one_asks_nothing_until_the_reader_rests(open_: Open) -> None:
    root = open_("ledger&unit=3")
    page, found = root.page, app.shown("lstm").found
    assert_adds_up(root, found, 2)
    expect(page.get_by_text("shown 2, runs 1")).to_be_visible()
    order = [int(each) for each in root.locator(".unit").evaluate_all("all => all.map(each => each.dataset.unit)")]
    lives = memory.half_lives(app.shown("lstm").trace)
    assert order == np.argsort(-lives, kind="stable").tolist(), "not from the longest memory to the shortest"
    with quiet(page):
        root.get_by_role("button", name="Next unit").click()
        after = order[order.index(2) + 1]
        assert_adds_up(root, found, after)
        root.get_by_role("button", name="All units").click()
        assert_adds_up(root, found, None)
        root.get_by_role("button", name=f"Unit {after + 1}").click()
        assert_adds_up(root, found, after)
        root.locator(".unit").nth(7).click()
        # Faster than the screen is drawn: each key counts from where the one before led.
        key = "box.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp' }));"
        root.locator(".units").evaluate(f"box => {{ {3 * key} }}")
        assert_adds_up(root, found, order[4])
        reached = f"in the last {memory.reach(found)[order[4]]} tokens. Half-life: "
        expect(root.locator(".facts")).to_contain_text(reached)
        expect(page.get_by_text(re.compile(rf"^shown {order[4]}, runs \d+$"))).to_be_visible()
    # The page's own word: it is followed, and the reader's next one counts again.
    page.get_by_label("unit asked for").fill("9")
    page.get_by_label("unit asked for").press("Enter")
    expect(root).to_have_attribute("data-unit", "8")
    assert_adds_up(root, found, 8)
    root.locator(f"#unit-{order[4]}").click()
    expect(page.get_by_text(re.compile(rf"^shown {order[4]}, runs \d+$"))).to_be_visible()
    expect(root).to_have_attribute("data-unit", str(order[4]))
    # New data while a choice is on its way: the choice stands, and arrives.
    root.locator(f"#unit-{order[0]}").click()
    page.locator("label").filter(has_text="gaps").click()
    expect(root.locator(".text")).to_have_attribute("data-words", "true")
    expect(page.get_by_text(re.compile(rf"^shown {order[0]}, runs \d+$"))).to_be_visible()
    assert_adds_up(root, found, order[0])


def test_a_held_step_takes_the_place_of_everything_before_it(open_: Open) -> None:
    root = open_("ledger&net=held&unit=3")
    found = app.shown("held").found
    assert_adds_up(root, found, 2)
    assert not bars_of(root)[:20].any() and bars_of(root)[20] != 0
    root.locator("canvas.bars").focus()
    for _ in range(6):  # from the step in question, the 26th, back to the last one that was held
        root.page.keyboard.press("ArrowLeft")
    share = abs(found.bars[20, 2]) / np.abs(found.bars[:, 2]).sum()
    bar = f"{found.bars[20, 2]:.4g}".replace("-", "\N{MINUS SIGN}")
    expect(root.locator(".reading")).to_have_text(f"token 21: t, held: bar {bar}, {100 * share:.0f} % of all bars")
    root.locator(".token").nth(28).hover()
    expect(root.locator(".reading")).to_have_text("token 29: u, not read yet")
    root.get_by_role("button", name="All units").click()
    root.locator(".token").nth(20).hover()
    expect(root.locator(".reading")).to_contain_text("held in 1 of 9 units")


@pytest.mark.parametrize("net", ["gru", "back"])
def test_a_gru_and_the_backward_direction_add_up_too(open_: Open, net: str) -> None:
    root = open_(f"ledger&net={net}&unit=5")
    given = app.shown(net)
    assert_adds_up(root, given.found, 4)
    signal, t = ("h", 29) if net == "gru" else ("c", 0)  # the step that was read last
    expect(root.locator(".recorded")).to_contain_text(f"recorded {signal}")
    root.locator(".token").nth(t).hover()
    wrote = f"wrote {given.writes[t, 4]:.4g}, 100 % of it is left".replace("-", "\N{MINUS SIGN}")
    expect(root.locator(".reading")).to_contain_text(wrote)


def test_words_of_readers_stay_words(open_: Open) -> None:
    root = open_("ledger&net=words")
    for k, text in enumerate(app.EVIL):
        expect(root.locator(".token .shown").nth(7 + k)).to_have_text(text)
    assert root.locator("img").count() == 0 and root.page.evaluate("window.hacked") is None


def shares_of(root: Locator, gates: str) -> dict[str, float]:
    return {f"{gate}-{part}": exact(root, f"[data-value={gate}-{part}]") for gate in gates for part in ("shut", "open")}


@pytest.mark.parametrize(("net", "gates"), [("lstm", "ifo"), ("gru", "rz")])
def test_the_map_reads_every_units_shares_in_every_order_and_names_the_dead(
    open_: Open, frames: list, net: str, gates: str
) -> None:
    root = open_(f"saturation&net={net}")
    found, dead = app.shares(net)
    expect(root.locator(".dead")).to_contain_text(re.compile("^2 units are dead.*: 2, 7.$"))
    assert dead.nonzero()[0].tolist() == [1, 6]
    sent, keeper = len(frames), "f" if net == "lstm" else "z"
    orders = {
        "As stored": np.arange(app.HIDDEN),
        f"Most open {keeper} first": np.argsort(-found[keeper].open, kind="stable"),
        "Most saturated first": np.argsort(-sum(part for each in found.values() for part in each), kind="stable"),
    }
    for name, order in orders.items():
        root.get_by_role("button", name=name).click()
        root.locator(".panes").focus()
        for unit in order[:4]:
            root.page.keyboard.press("ArrowRight")
            root.page.evaluate(FRAME)
            expect(root.locator(".reading")).to_contain_text(f"Unit {unit + 1}")
            for place, share in shares_of(root, gates).items():
                gate, part = place.split("-")
                assert np.float32(share) == np.float32(getattr(found[gate], part)[unit]), place
        root.page.keyboard.press("Escape")
    assert len(frames) == sent, "reading the map asked the server"
    box = root.locator("[data-gate] canvas.stacks").first.bounding_box()
    assert box
    root.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 60)
    last = orders["Most saturated first"][-1]
    expect(root.page.get_by_text(f"picked {last}")).to_be_visible()
    expect(root.locator(".reading")).to_contain_text(f"Unit {last + 1}")


def update_in(about: str) -> int:
    return int(about.split()[-1].rstrip("."))


def test_a_map_follows_a_run_without_being_built_anew(open_: Open) -> None:
    root = open_("saturation&live=1")
    root.evaluate("root => root.querySelectorAll('canvas').forEach(each => { each.kept = 1; })")
    root.get_by_role("button", name="Most saturated first").click()
    root.locator(".panes").focus()
    root.page.keyboard.press("End")
    expect(root.locator(".reading")).to_contain_text("Unit")
    before = root.locator(".reading").inner_text()
    about = root.locator(".about")
    start = update_in(about.inner_text())
    eventually(lambda: update_in(about.inner_text()) > start + 1)
    root.page.evaluate(FRAME)
    # All of one moment: the map goes on while it is read.
    read: dict[str, Any] = root.evaluate("""root => ({
      kept: [...root.querySelectorAll("canvas")].map(each => each.kept),
      paints: Number(root.querySelector("canvas").dataset.paints),
      about: root.querySelector(".about").textContent,
      reading: root.querySelector(".reading").textContent,
      shares: [...root.querySelectorAll("[data-value]")].map(each => [each.dataset.value, Number(each.dataset.exact)]),
    })""")
    assert read["kept"] == [1] * 6, "a picture was built anew"
    assert read["paints"] < 30, "drawn more often than anything changed"
    assert read["reading"] == before, "the unit that is pointed at went away"
    unit, moment = int(re.findall(r"\d+", before)[0]) - 1, update_in(read["about"])
    found, _ = app.shares("lstm", moment)
    for place, share in read["shares"]:
        gate, part = place.split("-")
        assert np.float32(share) == np.float32(getattr(found[gate], part)[unit])


@pytest.mark.parametrize(
    ("viewport", "color_scheme"), [((1440, 900), "light"), ((1024, 768), "dark"), ((390, 844), "light")], ids=str
)
def test_both_fit_in_light_and_dark(open_: Open, shot: Callable[[str], None], color_scheme: str) -> None:
    for query in ("ledger&size=512&hidden=260", "saturation&hidden=1024"):
        root = open_(query)
        expect(root).to_have_attribute("data-mode", color_scheme)
        eventually(partial(root.evaluate, "root => root.scrollWidth <= root.clientWidth + 1"))
        eventually(partial(root.page.evaluate, "document.documentElement.scrollWidth <= window.innerWidth"))
        shot(query.split("&")[0])


EVIL = [
    "<b>x</b>",
    '<a href="http://evil.example/">k</a>',
    "</script><script>window.hacked=1</script>",
    "<img src=http://evil.example/x onerror=window.hacked=1>",
    "$x^2$",
    "%{z}",
    "&amp;",
    "a",
]


def test_the_heatmaps_as_a_file_ask_nobody_and_take_no_token_for_markup(browser: Browser, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    signals = {"f": rng.random((len(EVIL), 3)), "c": rng.normal(size=(len(EVIL), 3))}
    path = tmp_path / "gates.html"
    path.write_bytes(to_html(fig_gates(signals, EVIL, [4, 0, 2], limit=2.0, title=" ".join(EVIL))))
    page = browser.new_page(viewport={"width": 1200, "height": 700})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda problem: said.append(str(problem)))
    page.goto(path.as_uri())
    names = page.locator(".x2tick text")
    expect(names).to_have_count(len(EVIL))
    expect(page.locator(".gtitle")).to_have_text(" ".join(EVIL))
    full = [text for text in EVIL if len(text) <= 14]
    assert [text for text in names.all_text_contents() if not text.endswith("…")] == full
    plot = page.locator(".nsewdrag").first.bounding_box()
    assert plot
    for k, text in enumerate(EVIL):  # hover a cell of the second row: unit 1
        page.mouse.move(plot["x"] + plot["width"] * (k + 0.5) / len(EVIL), plot["y"] + plot["height"] / 2)
        expect(page.locator(".hoverlayer .hovertext")).to_contain_text(f"f = {signals['f'][k, 1]:.4g}")
        start = text if text in full else text[:13]
        expect(page.locator(".hoverlayer .hovertext")).to_contain_text(f"token {start}")
    with page.expect_download() as download:
        page.locator("[data-title='Download plot as a PNG']").click()
    assert download.value.suggested_filename == "gatescope_gate_heatmaps.png"
    assert page.locator("a[href*=evil], img, .hoverlayer a").count() == 0
    assert page.evaluate("window.hacked") is None
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert said == []
    page.close()
