"""The live chart, the scrubber and the coloured text as a reader uses them, on a page of their own."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import components_app as app
from tests.browser.driver import FRAME, Server, eventually, quiet, serve, settle

Visit = Callable[[str], Page]


@pytest.fixture(scope="module")
def server(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """tests/browser/components_app.py on a free port of 127.0.0.1."""
    log = tmp_path_factory.mktemp("components") / "streamlit.log"
    with serve(log, script="tests/browser/components_app.py") as server:
        yield server


def exact(root: Locator, selector: str) -> float:
    return float(root.locator(selector).get_attribute("data-exact") or "nan")


def until_rows(root: Locator, rows: int) -> None:
    expect(root).to_have_attribute("data-rows", str(rows))


def set_rows(page: Page, rows: int) -> None:
    page.get_by_label("rows").fill(str(rows))
    page.get_by_label("rows").press("Enter")


def single(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)


def assert_newest(root: Locator, past: Any) -> None:
    """The legend shows the newest number of every column, to the last bit of a float32."""
    names = {"train": "loss", "norm": "norm", "saturated": "saturated", "validation": "validated_loss"}
    for shown, column in names.items():
        value = single(getattr(past, column))[-1]
        assert single(exact(root, f"[data-value={shown}]")) == value, shown


# ---- live


def test_the_legend_shows_the_newest_numbers_exactly(open_: Callable[[str], Locator]) -> None:
    root = open_("live")
    until_rows(root, 120)
    assert_newest(root, app.view(120).history)
    expect(root.locator(".count")).to_have_text("120 / 1,000 steps")
    expect(root.locator(".at")).to_have_text("now, step 120")


def test_pointing_at_the_curve_reads_the_numbers_of_that_step(open_: Callable[[str], Locator], frames: list) -> None:
    root = open_("live")
    past, sent = app.view(120).history, len(frames)
    canvas = root.locator("[data-pane=loss] canvas")
    box = canvas.bounding_box()
    assert box
    for share in (0.2, 0.35, 0.6):
        root.page.mouse.move(box["x"] + share * box["width"], box["y"] + 60)
        root.page.evaluate(FRAME)
        step = int(canvas.get_attribute("aria-valuenow") or 0)
        assert 1 < step < 120
        assert single(exact(root, "[data-value=train]")) == single(past.loss)[step - 1]
        assert single(exact(root, "[data-value=norm]")) == single(past.norm)[step - 1]
    canvas.focus()
    root.page.keyboard.press("Home")
    root.page.keyboard.press("ArrowRight")
    expect(root.locator(".at")).to_have_text("step 2")
    assert single(exact(root, "[data-value=train]")) == single(past.loss)[1]
    assert len(frames) == sent, "reading the picture asked the server"


def test_new_rows_are_appended_to_the_same_picture(open_: Callable[[str], Locator]) -> None:
    root = open_("live")
    until_rows(root, 120)
    canvas = root.locator("[data-pane=loss] canvas")
    canvas.evaluate("canvas => { canvas.kept = canvas.toDataURL(); }")
    set_rows(root.page, 195)
    until_rows(root, 195)
    assert_newest(root, app.view(195).history)
    assert canvas.evaluate("canvas => canvas.kept !== undefined && canvas.kept !== canvas.toDataURL()")


def test_rows_lost_on_the_way_are_asked_for_and_come(open_: Callable[[str], Locator]) -> None:
    root = open_("live")
    until_rows(root, 120)
    root.page.get_by_role("button", name="lose").click()
    until_rows(root, 180)
    assert_newest(root, app.view(180).history)


def test_a_chart_that_was_away_has_all_its_rows_when_it_comes_back(open_: Callable[[str], Locator]) -> None:
    root = open_("live")
    box = root.page.locator("label").filter(has_text="hide")
    box.click()
    expect(root).to_have_count(0)
    settle(root.page)
    box.click()
    until_rows(root, 120)
    assert_newest(root, app.view(120).history)


def test_rows_are_merged_in_the_browser_when_the_history_is_thinned(open_: Callable[[str], Locator]) -> None:
    root = open_("live")
    root.page.get_by_label("stride").fill("2")
    root.page.get_by_label("stride").press("Enter")
    until_rows(root, 60)
    expect(root.locator(".at")).to_have_text("now, step 120")
    root.locator("[data-pane=loss] canvas").focus()
    root.page.keyboard.press("Home")
    root.page.evaluate(FRAME)
    expect(root.locator(".at")).to_have_text("step 2")
    fine, merged = app.view(120).history, app.merged(app.view(120)).history
    assert exact(root, "[data-value=train]") == pytest.approx(fine.loss[:2].mean(), rel=1e-6)
    root.page.keyboard.press("End")
    root.page.evaluate(FRAME)
    assert exact(root, "[data-value=train]") == pytest.approx(merged.loss[-1], rel=1e-6)


def test_settings_of_the_picture_stay_in_the_browser_and_outlive_updates(
    open_: Callable[[str], Locator], frames: list
) -> None:
    root = open_("live")
    sent = len(frames)
    root.get_by_role("button", name="log", exact=True).click()
    root.get_by_role("button", name="stability").click()
    root.get_by_role("button", name="validation").click()
    root.get_by_role("slider", name="Smoothing").fill("0.9")
    root.page.evaluate(FRAME)
    assert len(frames) == sent, "a setting asked the server"
    for again in (set_rows, None):
        if again:
            again(root.page, 180)
            until_rows(root, 180)
        else:  # a reload in the same tab
            root.page.reload()
            settle(root.page)
        expect(root.get_by_role("button", name="log", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(root.locator("[data-chip=stability]")).to_have_attribute("aria-pressed", "true")
        expect(root.locator("[data-chip=validation]")).to_have_attribute("aria-pressed", "false")
        expect(root.get_by_role("slider", name="Smoothing")).to_have_value("0.9")


def test_a_failed_run_says_at_which_step_and_why(open_: Callable[[str], Locator]) -> None:
    root = open_("live")
    expect(root.get_by_role("alert")).to_be_hidden()
    root.page.get_by_label("status").click()
    root.page.get_by_role("option", name="failed").click()
    expect(root.get_by_role("alert")).to_have_text("Step 210: the loss became NaN")
    expect(root.locator(".state")).to_have_text("Failed")


def test_a_chart_grows_without_its_page_being_built_anew(open_: Callable[[str], Locator]) -> None:
    root = open_("growing")
    root.evaluate("root => { root.kept = 1; }")
    expect(root).to_have_attribute("data-rows", re.compile("^([2-9]..|1000)$"))  # eight updates or more
    assert root.evaluate("root => root.kept") == 1


# ---- scrubber


def numbers_at(root: Locator, slot: str = "A") -> dict[str, float]:
    root.page.evaluate(FRAME)
    return {name: exact(root, f"[data-slot={slot}] [data-value={name}]") for name in ("step", "loss", "validated")}


def test_dragging_through_the_training_asks_nothing_and_shows_what_was_sent(
    open_: Callable[[str], Locator],
) -> None:
    root = open_("scrubber")
    payload = app.runs()[0]
    losses = np.frombuffer(base64.b64decode(payload["says"]["losses"]), dtype="<f4").reshape(60, -1)
    slider = root.get_by_role("slider", name="Checkpoint A")
    box = slider.bounding_box()
    assert box
    seen, mouse = set(), root.page.mouse
    y = box["y"] + box["height"] / 2
    with quiet(root.page):
        mouse.move(box["x"] + box["width"] - 8, y)
        mouse.down()
        for share in np.linspace(1, 0, 25):
            mouse.move(box["x"] + 8 + share * (box["width"] - 16), y)
            root.page.evaluate(FRAME)
            at = int(root.locator("[data-slot=A]").get_attribute("data-checkpoint") or -1)
            mark = payload["marks"][at]
            assert numbers_at(root) == {"step": mark["step"], "loss": mark["loss"], "validated": mark["validated"]}
            expect(root.locator("[data-slot=A] .sample")).to_have_text(mark["sample"])
            tokens = root.locator("[data-slot=A] .token")
            shown = tokens.evaluate_all("all => all.map(each => Number(each.dataset.exact))")
            np.testing.assert_array_equal(single(shown), losses[at])
            seen.add(at)
        mouse.up()
        expect(root.page.get_by_text("moment 0 None")).to_be_visible()
    assert 0 in seen and len(seen) > 15


@pytest.mark.parametrize("signal", ["f", "c"])
def test_a_cell_of_the_heatmap_reads_its_value(open_: Callable[[str], Locator], signal: str) -> None:
    root = open_("scrubber")
    payload = app.runs()[0]
    k = [how["name"] for how in payload["signals"]].index(signal)
    block = np.frombuffer(base64.b64decode(payload["data"]), dtype=np.uint8).reshape(60, 6, len(app.PROBE), 64)
    root.get_by_role("tab", name=f"signal {signal}").click()
    root.get_by_role("slider", name="Checkpoint A").press("ArrowLeft")
    root.locator("[data-slot=A] canvas.heat").focus()
    root.page.keyboard.press("ArrowRight")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        root.page.keyboard.press(key)
    byte = float(block[58, k, 1, 2])
    value = byte / 255 if signal == "f" else (byte - 128) / 127 * payload["signals"][k]["scale"]
    text = f"{signal}, unit 3, token 2 h: {value:.3f}".replace("-", "\N{MINUS SIGN}")
    expect(root.locator(".reading")).to_have_text(text)


def test_the_colour_of_a_cell_follows_its_value(open_: Callable[[str], Locator]) -> None:
    root = open_("scrubber&run=tagger")
    payload = app.runs()[2]
    block = np.frombuffer(base64.b64decode(payload["data"]), dtype=np.uint8).reshape(30, 6, len(app.PROBE), 12)
    drawn = root.evaluate("""root => {
      const map = root.gsScrubber.slots[0].map;
      return [...map.small.getContext("2d").getImageData(0, 0, map.small.width, map.small.height).data];
    }""")
    pixels = np.array(drawn).reshape(12, len(app.PROBE), 4).transpose(1, 0, 2)
    table = root.evaluate("root => root.gsScrubber.look.table('sequential').rgb")
    np.testing.assert_array_equal(pixels[:, :, :3], np.array(table)[block[29, 0]])
    assert len({tuple(pixel) for pixel in pixels.reshape(-1, 4)}) > 20


def test_two_moments_and_their_difference(open_: Callable[[str], Locator]) -> None:
    root = open_("scrubber&run=tagger")
    payload = app.runs()[2]
    root.get_by_role("button", name="Two moments").click()
    root.get_by_role("slider", name="Checkpoint B").fill("4")
    assert numbers_at(root, "B")["step"] == 80
    assert numbers_at(root, "A")["step"] == payload["marks"][-1]["step"]
    root.get_by_role("button", name="Difference").click()
    expect(root.locator(".diff canvas")).to_be_visible()
    root.locator(".diff canvas").focus()
    root.page.keyboard.press("ArrowRight")
    block = np.frombuffer(base64.b64decode(payload["data"]), dtype=np.uint8).reshape(30, 6, len(app.PROBE), 12)
    change = (float(block[4, 0, 0, 0]) - float(block[29, 0, 0, 0])) / 255
    expect(root.locator(".reading")).to_contain_text("B \N{MINUS SIGN} A")
    spoken = root.locator(".reading").inner_text().split()[-1].replace("\N{MINUS SIGN}", "-")
    assert float(spoken) == pytest.approx(change, abs=1e-3)
    expect(root.page.get_by_text("moment 580 80")).to_be_visible()


def test_two_runs_of_different_cells_show_what_both_have(open_: Callable[[str], Locator]) -> None:
    root = open_("scrubber&two=rnn")
    expect(root.get_by_role("tab")).to_have_count(1)
    root.locator("[data-slot=A] canvas.heat").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight"):
        root.page.keyboard.press(key)
    said = []
    for payload in (app.runs()[0], app.runs()[3]):
        shape = (len(payload["marks"]), len(payload["signals"]), len(app.PROBE), len(payload["units"]))
        block = np.frombuffer(base64.b64decode(payload["data"]), dtype=np.uint8).reshape(shape)
        value = (float(block[-1, -1, 1, 2]) - 128) / 127 * payload["signals"][-1]["scale"]
        said.append(f"{value:.3f}".replace("-", "\N{MINUS SIGN}"))
    expect(root.locator(".reading")).to_have_text(f"h, unit 3, token 2 h: A {said[0]}, B {said[1]}")


def test_two_runs_stand_side_by_side(open_: Callable[[str], Locator]) -> None:
    root = open_("scrubber&two=1")
    first, second = app.runs()[:2]
    expect(root.locator("[data-slot=A] .title")).to_have_text(first["title"])
    expect(root.locator("[data-slot=B] .title")).to_have_text(second["title"])
    root.get_by_role("slider", name="Checkpoint B").fill("7")
    assert numbers_at(root, "B")["loss"] == second["marks"][7]["loss"]
    probabilities = np.frombuffer(base64.b64decode(second["says"]["probabilities"]), dtype="<f4").reshape(40, 3)
    shown = root.locator("[data-slot=B] [data-class]").evaluate_all(
        "all => all.map(each => Number(each.dataset.exact))"
    )
    np.testing.assert_array_equal(single(shown), probabilities[7])


def test_play_runs_to_the_last_checkpoint(open_: Callable[[str], Locator], frames: list) -> None:
    root = open_("scrubber&run=tagger")
    slider = root.get_by_role("slider", name="Checkpoint A")
    slider.fill("25")
    expect(root.page.get_by_text("moment 500 None")).to_be_visible()
    settle(root.page)
    sent = len(frames)
    root.get_by_role("button", name="Play A").click()
    expect(slider).to_have_value("29")
    expect(root.get_by_role("button", name="Play A")).to_be_visible()
    expect(root.page.get_by_text("moment 580 None")).to_be_visible()
    assert len(frames) == sent + 1


def test_a_click_on_the_loss_curve_goes_there(open_: Callable[[str], Locator]) -> None:
    root = open_("scrubber")
    canvas = root.locator("canvas.curve")
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] / 2, "y": 50})
    assert 500 < numbers_at(root)["step"] < 680


# ---- tokens


def test_pointing_at_a_token_reads_its_exact_value_and_the_name_of_a_sign(open_: Callable[[str], Locator]) -> None:
    root = open_("tokens")
    text = app.text_of_tokens()
    values = single(app.losses_of(len(text)))
    shown = root.locator(".token").evaluate_all("all => all.map(each => Number(each.dataset.exact))")
    np.testing.assert_array_equal(single(shown), values)
    root.locator(".token").nth(text.index(" ")).hover()
    expect(root.locator(".reading")).to_have_text(f"token 4: \N{OPEN BOX} (SPACE), loss {values[3]:.4g} nats")
    root.locator(".token").nth(0).hover()
    expect(root.locator(".reading")).to_have_text("token 1: T, no loss")


def test_a_click_or_enter_on_a_token_tells_the_page_which(open_: Callable[[str], Locator]) -> None:
    root = open_("tokens")
    root.locator(".token").nth(5).click()
    expect(root.page.get_by_text("picked 5")).to_be_visible()
    root.locator(".text").focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
        root.page.keyboard.press(key)
    expect(root.page.get_by_text("picked 2")).to_be_visible()
    expect(root.locator(".token[aria-selected=true]")).to_have_attribute("data-index", "2")


def test_tags_stand_under_their_tokens_and_a_wrong_one_is_struck_through(open_: Callable[[str], Locator]) -> None:
    open_("tokens")
    root = open_("tokens").page.locator(".gs").nth(1)
    expect(root.locator(".token").first.locator(".tag")).to_have_text("B-PER")
    expect(root.locator(".token").nth(2).locator(".tag")).to_be_empty()
    last = root.locator(".token").last
    expect(last.locator("s")).to_have_text("none")
    expect(last.locator("b")).to_have_text("I-ORG")


def test_curves_show_the_numbers_of_the_token_pointed_at(open_: Callable[[str], Locator]) -> None:
    root = open_("tokens").page.locator(".gs").nth(2)
    rows = np.random.default_rng(5).dirichlet(np.ones(3), size=11).astype(np.float32)
    root.locator(".token").nth(6).hover()
    root.page.evaluate(FRAME)
    shown = root.locator("[data-curve]").evaluate_all("all => all.map(each => Number(each.dataset.exact))")
    np.testing.assert_array_equal(single(shown), rows[6])


# ---- all of them


EVERYTHING = "/?show=all&score=1&two=1"


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1440, 900), (1024, 768), (390, 844)], ids=str)
def test_the_components_fit_in_light_and_dark(visit: Visit, shot: Callable[[str], None], color_scheme: str) -> None:
    page = visit(EVERYTHING)
    expect(page.locator(".gs[data-ready='1']")).to_have_count(5)
    for root in page.locator(".gs").all():
        expect(root).to_have_attribute("data-mode", color_scheme)
        eventually(partial(root.evaluate, "root => root.scrollWidth <= root.clientWidth + 1"))  # nothing is cut off
    eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
    shot("components")


def test_words_of_readers_stay_words(visit: Visit) -> None:
    page = visit(EVERYTHING)
    expect(page.locator(".gs[data-ready='1']")).to_have_count(5)
    for place in (
        ".gs .sample >> nth=0",
        "[data-slot=A] .sample",
        "[data-slot=B] .class-name >> nth=2",
        ".key >> nth=-1",
    ):
        expect(page.locator(place)).to_contain_text(app.EVIL)
    assert page.locator(".gs img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_keys_in_a_component_do_not_reach_the_page(open_: Callable[[str], Locator]) -> None:
    root = open_("scrubber")
    heard = "document.addEventListener('keydown', event => (window.heard ??= []).push(event.key))"
    root.page.evaluate(heard)
    root.get_by_role("slider", name="Checkpoint A").focus()
    for key in ("ArrowLeft", "r", "c"):
        root.page.keyboard.press(key)
    assert root.page.evaluate("window.heard") is None
