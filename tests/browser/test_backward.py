"""The way back as a reader uses it: stepper, split and knife on a page of their own, number by number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lstm_core import lstm, paths, truncation
from tests.browser import backward_app as app
from tests.browser.driver import Server, eventually, quiet, serve
from tests.browser.stepper import LIST, WHERE, assert_drawn, assert_step, read

Open = Callable[[str], Locator]
LAST = len(app.TEXT) - 1


@pytest.fixture(scope="module")
def server(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """tests/browser/backward_app.py on a free port of 127.0.0.1."""
    log = tmp_path_factory.mktemp("backward") / "streamlit.log"
    with serve(log, script="tests/browser/backward_app.py") as server:
        yield server


@pytest.mark.parametrize(("net", "subs"), [("lstm", 7), ("gru", 6), ("rnn", 4)])
def test_stepping_back_shows_every_number_of_every_step_and_asks_nothing(open_: Open, net: str, subs: int) -> None:
    root = open_(f"backward&net={net}")
    page, given = root.page, app.shown(net)
    walked = paths.walk_back(given.trace, given.flow, 2)
    root.locator(".rail").focus()
    with quiet(page):
        for k, stepped in enumerate(walked):
            assert read(root, WHERE) == [LAST - k, 1]
            for sub in range(1, subs + 1 if k in (0, 3) else 2):
                assert_step(root, stepped, sub)
                if k in (0, 3):
                    eventually(partial(assert_drawn, root, stepped, sub))  # ways are lit within 0.16 s
                    page.keyboard.press("Shift+ArrowLeft")  # after the last sub-step comes the step read before
            if k not in (0, 3):
                assert read(root)["size.dx"] == stepped.quantity("dx").value
                page.keyboard.press("ArrowLeft")


def test_another_unit_is_computed_by_the_page_and_the_place_is_kept(open_: Open) -> None:
    root = open_("backward&net=peep")
    page, given = root.page, app.shown("peep")
    root.locator(".token").nth(6).click()
    root.get_by_role("button", name=re.compile("Goes back")).click()
    root.get_by_role("button", name="Next unit").click()
    root.get_by_role("button", name="Next unit").click()
    expect(root).to_have_attribute("data-unit", "4")
    expect(root.locator(".waiting")).to_have_text("")
    assert_step(root, paths.steps_back(given.trace, given.flow, 4, 6), 6)
    expect(page.get_by_text(re.compile(r"at 6 6 4, runs \d+"))).to_be_visible()
    root.locator(".quantity").nth(2).click()
    assert_step(root, paths.steps_back(given.trace, given.flow, 4, 6), 3)
    expect(root.locator(".panel-body [data-tone]").first).to_be_visible()
    # What is read aloud comes late: formulas of other data may still be there.
    stale = "root => { const body = root.querySelector('.panel-body'); body.append(body.firstChild.cloneNode(true)); }"
    root.evaluate(stale)
    assert root.evaluate("root => root.gsStepper.spoken()").startswith("step 7 of 12")
    expect(page.get_by_text(re.compile(r"at 6 3 4, runs \d+"))).to_be_visible()


def test_play_goes_where_the_gradient_goes(open_: Open) -> None:
    root = open_("backward&net=back")
    given = app.shown("back")
    expect(root.locator(".direction-note")).to_contain_text("from left to right")
    assert_step(root, paths.steps_back(given.trace, given.flow, 2, 0), 1)
    root.locator(".speed").select_option("ten")
    root.evaluate("""root => { root.gsSeen = []; new MutationObserver(() => root.gsSeen.push(Number(root.dataset.step)))
      .observe(root, { attributes: true, attributeFilter: ["data-step"] }); }""")
    root.get_by_role("button", name="Play").click()
    expect(root).to_have_attribute("data-step", str(LAST))
    seen = root.evaluate("root => root.gsSeen")
    assert seen == sorted(seen) and len(seen) > 3
    expect(root.get_by_role("button", name="Play")).to_be_visible()  # it stops by itself
    assert_step(root, paths.steps_back(given.trace, given.flow, 2, LAST), 1)


@pytest.mark.parametrize(("viewport", "color_scheme"), [((390, 844), "dark")])
def test_what_is_held_stops_it_in_words_and_a_narrow_screen_holds_all_of_it(open_: Open, viewport: Any) -> None:
    root = open_("backward&net=held")
    root.locator("[data-goto-sub='4']").click()
    root.locator(".token").nth(6).click()
    expect(root.locator(".words-verdict").first).to_have_text("c is held: nothing goes through")
    expect(root.locator(".symbolic").first).to_contain_text("(c is held)")
    assert read(root, LIST)["df"] == {"value": 0, "when": "now", "kind": "held", "sign": "none", "width": 0}
    for query in ("split&net=peep", "knife&net=back"):
        assert open_(query).evaluate("root => root.scrollWidth <= root.clientWidth"), query
    assert root.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_words_of_readers_stay_words(open_: Open) -> None:
    for show in ("backward", "split", "knife"):
        root = open_(f"{show}&net=words")
        assert root.locator("img").count() == 0 and root.page.evaluate("window.hacked") is None
        if show == "backward":
            expect(root.locator(".token").nth(0)).to_have_text(app.EVIL[0])


def assert_parts(root: Locator, net: str, unit: int | None, step: int) -> None:
    """The table shows the core's parts at this step, and they add up."""
    given, shown = app.shown(net), read(root)
    whole = paths.total(given.flow)[:, 0]
    parts = paths.split(given.flow, given.trace if isinstance(given.trace, lstm.Trace) else None)
    along = paths.projected({name: part[:, 0] for name, part in parts.items()}, whole)
    rows = read(root, "root => [...root.querySelectorAll('[data-part]')].map(row => row.dataset.part)")
    for name in rows:
        expected = along[name][step] if unit is None else parts[name][step, 0, unit]
        assert shown[name] == pytest.approx(expected, rel=1e-12, abs=1e-15), name
    total = np.linalg.norm(whole[step]) if unit is None else whole[step, unit]
    assert shown["total"] == pytest.approx(total, rel=1e-12)
    assert shown["sum"] == pytest.approx(total, rel=1e-9) and shown["difference"] == shown["total"] - shown["sum"]
    assert sum(shown[name] for name in rows) == pytest.approx(total, rel=1e-9)
    expect(root.locator(".verdict")).to_have_text("\u2713 they add up")


@pytest.mark.parametrize("net", ["peep", "gru"])
def test_parts_of_the_gradient_add_up_for_every_unit_and_beside_them_the_product_of_gates(
    open_: Open, net: str
) -> None:
    root = open_(f"split&net={net}")
    page, given = root.page, app.shown(net)
    assert_parts(root, net, None, 0)  # at first: where the way back ends
    root.get_by_role("button", name="Unit 1", exact=True).click()
    with quiet(page):
        for _ in range(app.HIDDEN - 1):
            root.get_by_role("button", name="Next unit").click()
    for unit in reversed(range(app.HIDDEN)):
        root.locator("canvas.bars").focus()
        page.keyboard.press("Home")
        for _ in range(unit + 3):
            page.keyboard.press("ArrowRight")
        assert_parts(root, net, unit, unit + 3)
        root.get_by_role("button", name="Previous unit" if unit else "Next unit").click()
    for _ in range(app.HIDDEN - 2):
        root.get_by_role("button", name="Next unit").click()
    expect(page.get_by_text(re.compile(r"shown 4, runs \d+"))).to_be_visible()
    whole = paths.total(given.flow)[:, 0]
    found = paths.share(paths.pure(given.trace, whole[LAST]), whole)
    box = root.locator("canvas.norms").bounding_box()
    assert box
    for step in (2, 9):  # pointed at in the lower picture
        x = root.evaluate("(root, t) => root.gsSplit.plot.frame.x.at(t + 1)", step)
        page.mouse.move(box["x"] + x, box["y"] + 60)
        shown = read(root)
        assert_parts(root, net, 4, step)
        for name, column in found._asdict().items():
            assert shown[f"pure-{name}"] == pytest.approx(column[step], rel=1e-9), name
        assert shown["pure-true"] == pytest.approx(np.linalg.norm(whole[step]))
        assert shown["pure-pure"] == pytest.approx(found.ratio[step] * np.linalg.norm(whole[step]), rel=1e-9)
    page.get_by_label("unit asked for").fill("2")
    page.get_by_label("unit asked for").press("Enter")
    expect(root).to_have_attribute("data-unit", "1")
    assert_parts(root, net, 1, 9)
    root.get_by_role("button", name="All units").click()
    assert_parts(root, net, None, 9)


def test_where_the_loss_is_on_all_steps_the_words_and_numbers_are_of_all(open_: Open) -> None:
    root, given = open_("split&net=every"), app.shown("every")
    expect(root.locator("h3")).to_have_text("The way along f alone, against the truth")
    expect(root.locator(".pure-words")).to_have_text(
        f"The gradient enters at {len(app.TEXT)} steps. pure = what enters at a step, plus f of the step after times "
        "pure there; all units."
    )
    entered = paths.entering(given.flow, given.trace)[:, 0]
    found = paths.share(paths.carried(given.trace, entered), paths.total(given.flow)[:, 0])
    shown = read(root)
    for name, column in found._asdict().items():
        assert shown[f"pure-{name}"] == pytest.approx(column[0], rel=1e-9), name


def test_a_gradient_that_hardly_changes_is_a_flat_line(open_: Open) -> None:
    root = open_("split&net=kept")
    expect(root.locator(".pure-words")).to_have_text(
        "pure = the later f multiplied, times dL/dc at step 12; all units."
    )
    shown = read(root)
    assert shown["pure-ratio"] == pytest.approx(1, rel=1e-9)
    low, high, first = root.evaluate(
        "root => { const { y } = root.gsSplit.plot.frame;"
        " return [y.low, y.high, y.at(root.gsSplit.plot.columns.true[0])]; }"
    )
    assert low < shown["pure-true"] < high
    assert high / low == pytest.approx(10, rel=0.01)
    height = root.locator("canvas.norms").evaluate("canvas => canvas.clientHeight")
    assert 0.4 * height < first < 0.6 * height


PIXEL = """(root, [t, value]) => {
  const { chart } = root.gsSplit, { ratio } = chart.surface;
  const at = [chart.middle(t) * ratio, chart.y.at(value) * ratio].map(Math.round);
  const copy = document.createElement("canvas").getContext("2d");
  copy.drawImage(chart.canvas, ...at, 1, 1, 0, 0, 1, 1);
  return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


def test_a_bar_ends_where_its_number_is(open_: Open) -> None:
    root = open_("split&net=rnn&unit=2")
    expect(root.locator(".pure")).to_be_hidden()
    part = paths.split(app.shown("rnn").flow)["recurrent"][:, 0, 1]
    step = int(np.argmax(np.abs(part)))
    read(root)
    colour = root.evaluate("root => getComputedStyle(root).getPropertyValue('--gs-h').trim()")
    inside, outside = ([*root.evaluate(PIXEL, [step, share * part[step]])] for share in (0.5, -0.2))
    assert inside == [int(colour[k : k + 2], 16) for k in (1, 3, 5)] and outside != inside
    root.get_by_role("button", name="Each step by itself").click()
    read(root)
    assert root.evaluate(PIXEL, [step, 0.5 * np.sign(part[step])]) == inside
    root = open_("split&net=gru&unit=2")
    root.get_by_role("button", name="Each step by itself").click()
    read(root)
    flow = app.shown("gru").flow
    parts = [part[0, 0, 1] for part in paths.split(flow).values()]
    share = float(sum(parts) / np.abs(parts).sum())  # some of them are below 0
    ink = root.evaluate("root => getComputedStyle(root).getPropertyValue('--gs-ink').trim()")
    assert abs(share) < 0.5 and root.evaluate(PIXEL, [0, share]) == [int(ink[k : k + 2], 16) for k in (1, 3, 5)]


def assert_cut(root: Locator, rows: list, cut: int) -> None:
    shown = read(root)
    expect(root).to_have_attribute("data-cut", str(cut))
    for each in rows[cut]:
        assert (shown[f"{each.name}-true"], shown[f"{each.name}-cut"]) == (each.true, each.cut), (cut, each.name)
        assert np.isnan(each.cosine) or shown[f"{each.name}-cosine"] == each.cosine, (cut, each.name)


@pytest.mark.parametrize("net", ["lstm", "back"])
def test_the_knife_is_dragged_over_the_tokens_and_asks_nothing(open_: Open, net: str) -> None:
    root = open_(f"knife&net={net}")
    page, given = root.page, app.shown(net)
    rows = truncation.by_cut(given.whole, given.objective)
    assert_cut(root, rows, 4)
    canvas = root.locator("canvas")
    box = canvas.bounding_box()
    left, each = canvas.evaluate("""canvas => [canvas.getRootNode().querySelector(".gs").gsKnife.strip.frame]
      .map(frame => [frame.left, frame.each])[0]""")
    assert box

    def place(cut: int) -> tuple[float, float]:
        """Behind the last token that is kept."""
        edge = cut + 1 if net == "back" else LAST - cut
        return box["x"] + left + edge * each, box["y"] + 60

    with quiet(page):
        page.mouse.move(*place(4))
        page.mouse.down()
        for cut in (5, 9, 1, 0, 11):
            page.mouse.move(*place(cut))
            assert_cut(root, rows, cut)
        page.mouse.up()
        page.mouse.move(*place(3))
        assert_cut(root, rows, 11)
    expect(page.get_by_text(re.compile(r"cut 11, runs \d+"))).to_be_visible()
    canvas.focus()
    onward, home = ("ArrowRight", "Home") if net == "back" else ("ArrowLeft", "End")
    page.keyboard.press(onward)
    assert_cut(root, rows, 12)
    expect(root.locator(".words")).to_contain_text("nothing is cut off" if len(rows) == 13 else "Cut after 12 steps")
    page.keyboard.press(home)
    assert_cut(root, rows, 0)
    reached = "(root, lags) => lags.map((_, t) => Object.assign(root.gsKnife.cuts, { lags }).isKept(t, 1))"
    assert root.evaluate(reached, [2, 1, 0, 1, 2, -1]) == [False, True, True, True, False, False]
    page.keyboard.press(onward)
    assert_cut(root, rows, 1)
