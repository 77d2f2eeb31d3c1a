"""Moving through the sequence: mouse, keys, play; and what stays when the address is opened again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driver import eventually, new_context, quiet, settle
from tests.browser.player import SETTLED, Net, Player, expected, link, settled

Visit = Callable[[str], Page]
LONG = "The quick brown fox jumps over the lazy dog. " * 12  # cut to 512 steps by the page


def test_a_click_or_a_drag_on_the_tokens_goes_there(visit: Visit) -> None:
    player = Player(visit(link()))
    mouse = player.page.mouse
    with quiet(player.page):
        player.token(6).click()
        assert player.at() == [6, 1, 0]
        boxes = [player.token(step).bounding_box() for step in (6, 7, 8, 9, 10, 3)]
        centres = [(box["x"] + box["width"] / 2, box["y"] + 10) for box in boxes if box]
        mouse.move(*centres[0])
        mouse.down()
        passed = []
        for x, y in centres[1:]:
            mouse.move(x, y)
            passed.append(player.at()[0])
        mouse.up()
        mouse.move(0, 0)
        assert passed == [7, 8, 9, 10, 3]
        assert player.at()[0] == 3
    expect(player.token(3)).to_have_attribute("aria-current", "step")
    assert player.root.locator(".token[aria-current]").count() == 1


def test_the_rail_scrubs_from_end_to_end(visit: Visit) -> None:
    player = Player(visit(link()))
    last = len(player.tokens()) - 1
    box = player.rail.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    with quiet(player.page):
        player.page.mouse.move(box["x"] + 12, y)
        player.page.mouse.down()
        passed = []
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            player.page.mouse.move(box["x"] + 12 + share * (box["width"] - 24), y)
            passed.append(player.at()[0])
        player.page.mouse.move(box["x"] - 500, y + 200)  # off the rail, still pressed
        assert player.at()[0] == 0
        player.page.mouse.up()
    assert passed == [round(share * last) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]


def test_keys_step_by_token_and_by_sub_step(visit: Visit) -> None:
    player = Player(visit(link()))
    last = len(player.tokens()) - 1
    for keys, there in [
        (["ArrowRight"] * 3, [3, 1, 0]),
        (["ArrowLeft"], [2, 1, 0]),
        (["Shift+ArrowRight"] * 2, [2, 3, 0]),
        (["Shift+ArrowRight"] * 3, [3, 1, 0]),  # over the edge of a step
        (["Shift+ArrowLeft"], [2, 5, 0]),
        (["End"], [last, 5, 0]),
        (["ArrowRight"], [last, 5, 0]),
        (["Home"], [0, 5, 0]),
        (["ArrowLeft"], [0, 5, 0]),
        ([".", ".", ","], [0, 5, 1]),
    ]:
        player.keys(*keys)
        assert player.at() == there, keys


def test_keys_in_the_player_do_not_reach_the_page(visit: Visit) -> None:
    player = Player(visit(link()))
    heard = "document.addEventListener('keydown', event => (window.heard ??= []).push(event.key))"
    player.page.evaluate(heard)
    with quiet(player.page):
        player.keys("r", "c", "Shift+R", "x", "Enter")
        player.keys("ArrowRight", "Home")
        player.page.wait_for_timeout(300)
    assert player.page.evaluate("window.heard") is None
    expect(player.page.get_by_role("dialog")).to_have_count(0)
    player.page.keyboard.press("Tab")  # but the reader can leave
    assert player.page.evaluate("document.activeElement?.tagName") is not None


def test_play_goes_at_the_chosen_speed_and_stops_at_the_end(visit: Visit) -> None:
    player = Player(visit(link()))
    last = len(player.tokens()) - 1
    settled(player.page)  # so that no timer is left that the clock below does not hold
    clock = player.page.clock
    clock.install()
    clock.pause_at(player.page.evaluate("Date.now() + 1000"))
    button = player.root.locator("[data-do='play']")

    def play(milliseconds: int) -> list[int]:
        clock.run_for(milliseconds)
        return player.root.evaluate("root => [root.dataset.step, root.dataset.sub].map(Number)")

    speed = player.root.get_by_role("combobox", name="Speed")
    with quiet(player.page):
        player.rail.press("Space")
        clock.run_for(50)
        expect(button).to_have_attribute("aria-label", "Pause")
        assert play(3000) == [3, 1]
        speed.select_option("ten")
        assert play(500)[0] in (7, 8)
        player.rail.press("Space")
        stopped = play(50)
        assert play(400) == stopped
    speed.select_option("slow")
    player.rail.press("Space")
    assert play(1500) == [stopped[0], 2]
    speed.select_option("thirty")
    assert play(2000)[0] == last
    expect(button).to_have_attribute("aria-label", "Play")


def test_nothing_is_sent_until_the_reader_rests_and_then_the_address_says_where(
    visit: Visit, frames: list[Any]
) -> None:
    player = Player(visit(link()))
    with quiet(player.page):
        for _ in range(8):
            player.keys("ArrowRight", "Shift+ArrowRight")
    settled(player.page)
    assert player.address(t="10") == {"from": "text", "t": "10", "sub": "4"}
    player.wait_until_at(9, 4, 0)
    sent = len(frames)
    player.page.wait_for_timeout(SETTLED)  # and then it rests
    assert len(frames) == sent


def test_a_reload_or_the_same_link_elsewhere_shows_the_same(visit: Visit, browser: Browser) -> None:
    net = Net(hidden=6, cell="gru", seed=11)
    player = Player(visit(net.link()))
    player.go(step=3, sub=4, unit=4)
    settled(player.page)
    player.address(t="4", sub="4", u="5")
    shown, address = player.shown(), player.page.url
    assert len(shown) > 15
    player.page.reload()
    settle(player.page)
    again = Player(player.page)
    again.wait_until_at(3, 4, 4)
    eventually(lambda: again.shown() == shown)
    other = new_context(browser, viewport={"width": 1440, "height": 900})
    tab = other.new_page()
    tab.goto(address)
    settle(tab)
    elsewhere = Player(tab)
    elsewhere.wait_until_at(3, 4, 4)
    eventually(lambda: elsewhere.shown() == shown)
    other.close()


def test_the_back_button_goes_back(visit: Visit) -> None:
    player = Player(visit(link()))
    player.go(step=4, sub=3)
    settled(player.page)
    player.address(t="5", sub="3")
    player.go(step=7)
    settled(player.page)
    player.address(t="8", sub="3")
    player.page.go_back()
    player.address(t="5", sub="3")
    settle(player.page)
    player.wait_until_at(4, 3, 0)
    player.page.go_forward()
    player.address(t="8")
    settle(player.page)
    player.wait_until_at(7, 3, 0)


def test_a_click_on_a_bar_follows_its_unit(visit: Visit) -> None:
    net = Net(hidden=4)
    player = Player(visit(net.link(t=3)))
    strip = player.root.locator(".diagram [data-gate='f'] .strip-hit")
    box = strip.bounding_box()
    assert box
    player.page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    assert player.at() == [2, 1, 2]
    assert player.value("f") == expected(net.trace())["f"][2, 2]
    expect(player.root.locator(".unit-now")).to_have_text("3 / 4")


def test_the_slider_says_where_the_reader_is(visit: Visit) -> None:
    player = Player(visit(link(text="a b\u4f60")))
    expect(player.rail).to_have_attribute("aria-valuemin", "1")
    expect(player.rail).to_have_attribute("aria-valuemax", "4")
    for keys, now, text in [
        ([], "1", "step 1 of 4, token 'a', sub-step 1: inputs"),
        (["ArrowRight"], "2", "step 2 of 4, token 'space', sub-step 1: inputs"),
        (["End", "Shift+ArrowRight"], "4", "step 4 of 4, token '\u4f60', sub-step 2: sums"),
    ]:
        player.keys(*keys)
        player.at()
        expect(player.rail).to_have_attribute("aria-valuenow", now)
        expect(player.rail).to_have_attribute("aria-valuetext", text)
    expect(player.root.get_by_role("status")).to_contain_text("step 4 of 4")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Visit) -> None:
    player = Player(visit(link(hold="f")))
    player.root.locator("[data-goto-sub='1']").focus()
    reached: list[str] = []
    for _ in range(40):
        where = player.page.evaluate(
            """() => { let at = document.activeElement; while (at?.shadowRoot) at = at.shadowRoot.activeElement;
            const style = at && getComputedStyle(at);
            return at?.closest(".gs") && [at.getAttribute("aria-label") ?? at.textContent.trim(),
              style.outlineStyle, parseFloat(style.outlineWidth)]; }"""
        )
        if where is None:
            break
        name, style, width = where
        if reached:  # the first got its focus from the test
            assert style == "solid" and width >= 2, f"{name}: no visible focus"
        reached.append(name)
        player.page.keyboard.press("Tab")
    for name in ["First token", "Play", "Last token", "Next sub-step", "Next unit", "Speed", "Held", "Step"]:
        assert name in reached, reached


@pytest.mark.parametrize("reduced_motion", ["reduce"])
def test_reduced_motion_is_respected(visit: Visit) -> None:
    player = Player(visit(link()))
    moving = """root => [...root.querySelectorAll("*")].filter(each => {
      const style = getComputedStyle(each);
      return style.animationName !== "none" || style.transitionDuration.split(",").some(time => parseFloat(time) > 0);
    }).length"""
    assert player.root.evaluate(moving) == 0
    player.keys("ArrowRight", "Shift+ArrowRight")
    assert player.at() == [1, 2, 0]


def test_a_step_through_the_longest_sequence_changes_little_of_the_page(visit: Visit) -> None:
    player = Player(visit(link(text=LONG, hidden=32, sub=2)))
    assert len(player.tokens()) == 512
    settled(player.page)
    player.root.evaluate(
        """root => { root.gsWritten = 0; root.gsBuilt = 0;
        new MutationObserver(list => { for (const each of list) each.type === "childList" && each.target.children.length
          ? root.gsBuilt++ : root.gsWritten++; })
        .observe(root, { subtree: true, childList: true, attributes: true, characterData: true }); }"""
    )
    for _ in range(20):
        player.keys("ArrowRight")
        player.page.evaluate("() => new Promise(requestAnimationFrame)")
    assert player.at() == [20, 2, 0]
    assert player.root.evaluate("root => root.gsBuilt") == 0, "a step must not build elements"
    assert player.root.evaluate("root => root.gsWritten") / 20 < 250
