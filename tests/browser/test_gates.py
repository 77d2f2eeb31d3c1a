"""The heatmaps as a reader uses them: numbers and colours read off the screen, mouse, keys, two runs, sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import gates_app as app
from tests.browser.driver import FRAME, Server, eventually, quiet, serve, settle

Visit = Callable[[str], Page]
Open = Callable[[str], Locator]
STEPS, SIGNALS = len(app.TEXT), app.signals_of(5, len(app.TEXT), len(app.UNITS))
# A pixel of the screen in the middle of a cell, and the colour that the table has for a share of the scale.
PIXEL = """(root, [panel, t, row, share]) => {
  const { view, panels, look } = root.gsGates;
  const { canvas, row: high, surface, signal } = panels.find((each) => each.signal.name === panel);
  const [x, y] = [view.left + (t - view.first + 0.5) * view.each, (row + 0.5) * high].map((at) => at * surface.ratio);
  const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, -Math.floor(x), -Math.floor(y));
  const drawn = [...copy.getImageData(0, 0, 1, 1).data];
  const { table } = root.gsGates.model.scale(signal, root.gsGates.at.show);
  return [drawn, [...look.table(table).rgb[Math.round(255 * share)], 255]];
}"""


@pytest.fixture(scope="module")
def server(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """tests/browser/gates_app.py on a free port of 127.0.0.1."""
    log = tmp_path_factory.mktemp("gates") / "streamlit.log"
    with serve(log, script="tests/browser/gates_app.py") as server:
        yield server


def next_frame(root: Locator) -> None:
    root.page.evaluate(FRAME)


def cell(root: Locator, panel: str, t: int, row: int) -> tuple[float, float]:
    """The middle of a cell on the page, scrolled into view."""
    canvas = root.locator(f"[data-panel={panel}] canvas")
    canvas.scroll_into_view_if_needed()
    find = """(root, [panel, t, row]) => {
      const { view, panels } = root.gsGates;
      const { canvas, row: high } = panels.find((each) => each.signal.name === panel);
      const box = canvas.getBoundingClientRect();
      return [box.left + view.left + (t - view.first + 0.5) * view.each, box.top + (row + 0.5) * high];
    }"""
    x, y = root.evaluate(find, [panel, t, row])
    return float(x), float(y)


def click(root: Locator, panel: str, t: int, row: int) -> None:
    root.page.mouse.click(*cell(root, panel, t, row))
    next_frame(root)


def numbers(root: Locator, attribute: str = "signal", run: str = "this") -> dict[str, Any]:
    """All numbers of the table (`signal`) or of the reading line (`read`)."""
    collect = f"all => Object.fromEntries(all.map(each => [each.closest('[data-{attribute}]').dataset.{attribute}, "
    found = root.locator(f"[data-{attribute}] [data-run={run}][data-exact]").evaluate_all(
        collect + "each.dataset.exact]))"
    )
    return {name: float(text) for name, text in found.items()}


def assert_numbers(shown: dict[str, Any], t: int, column: int, signals: dict[str, np.ndarray] = SIGNALS) -> None:
    """Every signal is there, to the last bit of its float32."""
    assert list(shown) == list(signals)
    for name, values in signals.items():
        assert shown[name] == float(values[t, column]), name


def assert_lines(root: Locator, wanted: dict[str, np.ndarray]) -> None:
    """The lines of the chosen unit, in one picture for gates and one for states."""
    collect = "root => ['gate', 'state'].flatMap(kind => root.gsGates.unit.lines.curves(kind))"
    found = root.evaluate(f"root => ({collect})(root).map(({{ name, xs, ys }}) => [name, [...xs], [...ys]])")
    assert [name for name, _, _ in found] == list(wanted)
    for name, xs, ys in found:
        np.testing.assert_array_equal(np.array(ys, dtype=float), wanted[name].astype(float))
        assert np.diff(xs).tolist() == [1] * (len(xs) - 1)


def token_values(root: Locator) -> np.ndarray:
    return np.array(root.locator(".text .token").evaluate_all("all => all.map(each => Number(each.dataset.exact))"))


def assert_at(page: Page, text: str) -> None:
    """What the script has been told."""
    expect(page.get_by_text(f"at {text}", exact=True)).to_be_visible()


def reruns(page: Page) -> int:
    return int(page.get_by_text("runs ").inner_text().split()[1])


def test_numbers_on_the_screen_are_the_float32_values_in_every_order(open_: Open, shot: Callable[[str], None]) -> None:
    root = open_("small")
    shot("gates")
    assert_numbers(numbers(root), 4, app.UNITS.index(7))
    for order, panel, t, row in (("stored", "i", 0, 0), ("similar", "c", 31, 6), ("active", "h", 17, 3)):
        root.locator(f"[data-order={order}]").click()
        column = row if order == "stored" else int(app.orders_of(7)[order][row])
        root.page.mouse.move(*cell(root, panel, t, row))
        next_frame(root)
        assert_numbers(numbers(root, "read"), t, column)
        click(root, panel, t, row)
        assert_numbers(numbers(root), t, column)
        expect(root.locator(".unit-title")).to_have_text(f"Unit {app.UNITS[column] + 1} of 1,600")
        expect(root.locator(".unit-facts")).to_have_text(f"half-life {3 + column}.5 steps")
        for name in ("f", "h", "g"):
            root.locator(f"[data-colour-by={name}]").click()
            next_frame(root)
            np.testing.assert_array_equal(token_values(root), SIGNALS[name][:, column].astype(float))
    assert_at(root.page, f"17 {app.UNITS[column]} None None active this")


def test_the_colour_of_a_cell_is_the_tables_for_its_value_in_every_order(open_: Open) -> None:
    root = open_("small")
    root.locator("[data-limit='2']").click()
    seen = set()
    for order in ("stored", "half-life"):
        root.locator(f"[data-order={order}]").click()
        next_frame(root)
        for panel, t, row in (("i", 0, 0), ("f", 9, 4), ("o", 31, 6), ("g", 5, 2), ("c", 12, 1), ("h", 30, 5)):
            column = row if order == "stored" else int(app.orders_of(7)[order][row])
            value = float(SIGNALS[panel][t, column])
            share = value if panel in "ifo" else (value + app.LIMIT) / (2 * app.LIMIT)
            drawn, wanted = root.evaluate(PIXEL, [panel, t, row, share])
            assert drawn == wanted, (order, panel, t, row)
            seen.add(tuple(drawn))
    assert len(seen) > 9
    # The states to 1, where they begin, instead of 2, all together; a gate stays as it is.
    root.locator("[data-limit='1']").click()
    next_frame(root)
    for panel, t, column in (("c", 12, 1), ("h", 30, 5), ("f", 9, 4)):
        row = app.orders_of(7)["half-life"].tolist().index(column)
        value = float(SIGNALS[panel][t, column])
        share = value if panel == "f" else min(1, max(0, (value + 1) / 2))
        drawn, wanted = root.evaluate(PIXEL, [panel, t, row, share])
        assert drawn == wanted, panel
    legends = root.locator(".label .legend").all_inner_texts()
    assert SIGNALS["c"].min() < -1 and SIGNALS["c"].max() > 1 and np.abs([SIGNALS["g"], SIGNALS["h"]]).max() < 1
    for sign in "\u2264\u2265":
        assert [sign in text for text in legends] == [False, False, False, False, True, False]


def test_pointing_draws_a_crosshair_through_all_panels_and_asks_nothing(open_: Open, frames: list) -> None:
    root = open_("small")
    sent = len(frames)
    for panel, t, row in (("f", 3, 1), ("c", 20, 5), ("h", 9, 2)):
        x, y = cell(root, panel, t, row)
        root.page.mouse.move(x, y)
        next_frame(root)
        line = root.locator(".through .band-hover").bounding_box()
        stack = root.locator(".stack").bounding_box()
        assert line and stack and line["x"] <= x <= line["x"] + line["width"]
        assert line["height"] == stack["height"], "it goes through all panels"
        for name in SIGNALS:
            middle = cell(root, name, t, row)[1]
            box = root.locator(f"[data-panel={name}] .row-hover").bounding_box()
            assert box and abs(box["y"] + box["height"] / 2 - middle) < 1, name
        expect(root.locator(".text .token[data-current]")).to_have_attribute("data-index", str(t))
    paints = root.locator("canvas.heat").evaluate_all("all => all.map(each => each.dataset.paints)")
    for t in range(12):
        root.page.mouse.move(*cell(root, "h", t, 3))
        next_frame(root)
    assert root.locator("canvas.heat").evaluate_all("all => all.map(each => each.dataset.paints)") == paints
    root.page.wait_for_timeout(700)  # longer than a position needs to come to rest
    assert len(frames) == sent, "reading asked the server"
    expect(root.locator(".row-chosen").first).to_be_visible()


def test_a_position_is_told_once_when_it_has_come_to_rest(open_: Open, frames: list) -> None:
    root = open_("small")
    page = root.page
    assert reruns(page) == 1
    root.locator(".stack").focus()
    sent = len(frames)
    with quiet(page):
        for key in (*["ArrowRight"] * 6, "ArrowDown", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
        assert_at(page, "9 12 None None stored this")
        settle(page, rested=True)
    assert reruns(page) == 1 + len(frames) - sent < 9
    for key in ("Home", "Shift+ArrowRight", "Shift+ArrowRight", "PageDown"):
        page.keyboard.press(key)
    assert_at(page, "2 10 (0, 3) None stored this")
    page.keyboard.press("Escape")
    assert_at(page, "2 10 None None stored this")
    page.keyboard.press("End")
    assert_at(page, "31 10 None None stored this")
    assert_numbers(numbers(root), 31, app.UNITS.index(10))
    root.locator(".stack").press("ArrowLeft")
    root.get_by_role("button", name="Step through this moment").click()
    assert page.evaluate("gsWatch.resting.size") == 0, "told when its reader has left, it would bring them back"
    expect(page.get_by_text("opened (30, 10)", exact=True)).to_be_visible()
    assert_at(page, "30 10 None None stored this")
    # The page sends its reader elsewhere, and the reader goes on from there.
    page.get_by_role("button", name="elsewhere").click()
    assert_at(page, "20 12 (18, 21) (10, 30) stored this")
    expect(root).to_have_attribute("data-at-zoom", "10-30")
    eventually(lambda: assert_numbers(numbers(root), 20, app.UNITS.index(12)))
    root.locator(".stack").press("ArrowRight")
    assert_at(page, "21 12 (18, 21) (10, 30) stored this")


def test_a_span_is_dragged_along_the_tokens_and_zoomed_in(open_: Open) -> None:
    root = open_("small")
    page = root.page
    ruler = root.locator(".ruler canvas").bounding_box()
    assert ruler
    y = ruler["y"] + 8
    page.mouse.move(cell(root, "i", 8, 0)[0], y)
    page.mouse.down()
    for t in (9, 12, 15):
        page.mouse.move(cell(root, "i", t, 0)[0], y)
    page.wait_for_timeout(700)
    assert reruns(page) == 1, "the drag is not over"
    page.mouse.up()
    assert_at(page, "4 7 (8, 16) None stored this")
    assert root.locator(".token[data-in-span]").count() == 8
    box = root.locator(".through .band-span").bounding_box()
    assert box and box["x"] == pytest.approx(cell(root, "i", 7, 0)[0] / 2 + cell(root, "i", 8, 0)[0] / 2, abs=1)
    root.get_by_role("button", name="Zoom to span").click()
    expect(root).to_have_attribute("data-at-zoom", "8-16")
    click(root, "f", 9, 2)
    assert_numbers(numbers(root), 9, 2)
    band, x = root.locator(".through .band-chosen").bounding_box(), cell(root, "f", 9, 2)[0]
    assert band and abs(band["x"] + band["width"] / 2 - x) < 1
    assert_lines(root, {name: values[8:16, 2] for name, values in SIGNALS.items()})
    value = float(SIGNALS["f"][9, 3])
    drawn, wanted = root.evaluate(PIXEL, ["f", 9, 3, value])
    assert drawn == wanted
    # Keys take the picture along; a click on a token alone chooses its step; a double click shows everything again.
    for _ in range(8):
        root.locator(".stack").press("ArrowRight")
    expect(root).to_have_attribute("data-at-zoom", "10-18")
    x = cell(root, "i", 12, 0)[0]
    page.mouse.click(x, root.locator(".ruler canvas").bounding_box()["y"] + 8)  # type: ignore[index]
    next_frame(root)
    assert_numbers(numbers(root), 12, 2)
    page.mouse.dblclick(*cell(root, "h", 12, 2))
    expect(root).to_have_attribute("data-at-zoom", "")
    # The same in the text.
    root.locator(".text").scroll_into_view_if_needed()
    first, last = (root.locator(".token").nth(t).bounding_box() for t in (20, 23))
    assert first and last
    page.mouse.move(first["x"] + 3, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 3, last["y"] + 8, steps=4)
    page.mouse.up()
    assert_at(page, "12 7 (20, 24) None stored this")
    root.get_by_role("button", name="Clear span").click()
    assert_at(page, "12 7 None None stored this")


def test_the_wheel_scrolls_the_page_and_zooms_only_with_ctrl(open_: Open) -> None:
    root = open_("large")
    page = root.page
    page.mouse.move(*cell(root, "i", 300, 60))
    top = "document.querySelector('[data-testid=stMain]').scrollTop"
    before = page.evaluate(top)
    page.mouse.wheel(0, 200)
    page.wait_for_function(f"{top} > {before + 100}")
    expect(root).to_have_attribute("data-at-zoom", "")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(root).not_to_have_attribute("data-at-zoom", "")
    start, stop = (int(part) for part in (root.get_attribute("data-at-zoom") or "").split("-"))
    assert 0 < start < 300 < stop < 512 and stop - start < 200
    page.mouse.wheel(300, 0)
    expect(root).not_to_have_attribute("data-at-zoom", f"{start}-{stop}")
    assert int((root.get_attribute("data-at-zoom") or "").split("-")[0]) > start


def test_two_runs_and_their_difference_with_gaps(open_: Open) -> None:
    root = open_("compared")
    other = app.second()
    gap = {name: values.astype(float) - SIGNALS[name] for name, values in other.items()}
    click(root, "c", 7, 4)
    for attribute in ("signal", "read"):
        assert_numbers(numbers(root, attribute), 7, 4)
        assert_numbers(numbers(root, attribute, "other"), 7, 4, other)
        assert_numbers(numbers(root, attribute, "difference"), 7, 4, gap)
    expect(root.locator(".reading-words")).to_have_text("Token 8: s, held: e, unit 13")
    for panel, most in (("f", 1.0), ("c", app.LIMIT)):
        share = min(1, max(0, (gap[panel][7, 4] + most) / (2 * most)))
        drawn, wanted = root.evaluate(PIXEL, [panel, 7, 4, share])
        assert drawn == wanted, panel
    clear = "root => root.gsGates.panels[0].small.getContext('2d').getImageData(31, 2, 1, 1).data[3]"
    assert root.evaluate(clear) == 0, "what has no counterpart has no colour"
    np.testing.assert_array_equal(token_values(root), gap["h"][:, 4])
    assert_lines(root, {name: values[:, 4] for name, values in gap.items()})
    click(root, "i", 31, 0)
    assert all(np.isnan(value) for value in numbers(root, "signal", "difference").values())
    expect(root.locator("[data-signal=c] [data-run=difference]")).to_have_text("\N{EN DASH}")
    root.get_by_role("button", name="held").click()
    next_frame(root)
    both = [(name, SIGNALS[name], f"{name}\N{PRIME}", other[name]) for name in "ifogch"]
    assert_lines(root, {key: values[:, 0] for a, x, b, y in both for key, values in ((a, x), (b, y))})
    np.testing.assert_array_equal(token_values(root), other["h"][:, 0].astype(float))
    drawn, wanted = root.evaluate(PIXEL, ["o", 3, 1, float(other["o"][3, 1])])
    assert drawn == wanted
    expect(root.locator(".token").nth(7).locator(".shown")).to_have_text("e")
    root.get_by_role("button", name="free").click()
    assert_at(root.page, "31 3 None None stored this")


@pytest.mark.parametrize(("show", "names"), [("words", "rznh"), ("rnn", "h")])
def test_other_cells_have_their_own_panels_and_words_of_readers_stay_words(open_: Open, show: str, names: str) -> None:
    root = open_(show)
    assert "".join(root.locator(".label > i").all_inner_texts()) == names
    signals = app.signals_of(8, 16, 24, names)
    click(root, names[0], 5, 11)
    assert_numbers(numbers(root), 5, 11, signals)
    for place in (".token >> nth=5", ".reading-words", ".reading-facts", ".unit-facts", ".unit-values .at"):
        expect(root.locator(place)).to_contain_text(app.EVIL)
    assert root.locator("img").count() == 0
    assert root.page.evaluate("window.hacked") is None
    root.page.evaluate("document.addEventListener('keydown', event => (window.heard ??= []).push(event.key))")
    root.locator(".stack").press("r")
    assert root.page.evaluate("window.heard") is None, "a key reached the page"


def assert_it_fits(root: Locator) -> None:
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth + 1"), "something is cut off"
    assert root.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the window"
    widths = root.locator("canvas:visible").evaluate_all("all => all.map(each => each.clientWidth)")
    assert len(widths) == 9 and len(set(widths)) == 1, "pictures are not aligned"


def pieces(root: Locator) -> list[tuple[int, str]]:
    """The texts above the panels, with the token over which each begins, where there is no room for every token."""
    paint = """root => {
      const { ruler: { surface: { context }, view }, ruler } = root.gsGates;
      const found = [];
      context.fillText = (text, x) => found.push([Math.round((x - 4 - view.left) / view.each) + view.first, text]);
      ruler.paint(context);
      delete context.fillText;
      return found;
    }"""
    return [(start, text) for start, text in root.evaluate(paint)]


@pytest.mark.parametrize("viewport", [(390, 844)], ids=str)
def test_what_is_left_out_above_the_panels_has_a_sign(open_: Open) -> None:
    root = open_("hundred")
    tokens = (app.TEXT * 4)[:100].replace("\n", "\u23ce")
    found = pieces(root)
    starts = [start for start, _ in found]
    cut = 0
    for (start, text), stop in zip(found, [*starts[1:], 100], strict=True):
        if text != tokens[start:stop]:
            cut += 1
            assert text.endswith("\u2026") and tokens[start:stop].startswith(text[:-1]) and len(text) > 4, text
    assert cut and starts[0] == 0


@pytest.mark.parametrize("show", ["compared", "hundred"])
@pytest.mark.parametrize(
    ("viewport", "color_scheme"), [((1440, 900), "dark"), ((1024, 768), "light"), ((390, 844), "light")], ids=str
)
def test_the_heatmaps_fit_in_light_and_dark(
    open_: Open, shot: Callable[[str], None], color_scheme: str, show: str
) -> None:
    root = open_(show)
    expect(root).to_have_attribute("data-mode", color_scheme)
    eventually(lambda: assert_it_fits(root))
    shot(f"gates-{show}")


def test_new_numbers_of_the_same_text_come_without_losing_the_place(open_: Open) -> None:
    root = open_("hundred")
    click(root, "i", 70, 9)
    root.get_by_role("button", name="By similarity").click()
    assert_at(root.page, "70 9 None None similar this")
    root.page.locator("label").filter(has_text="fresh").click()
    settle(root.page)
    fresh = app.signals_of(4, 512, 128)
    expect(root).to_have_attribute("data-at-unit", "5")
    eventually(lambda: assert_numbers(numbers(root), 40, 5, fresh))
