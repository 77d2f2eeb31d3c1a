"""What is typed: shown as text whatever it holds, run at once, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import settle
from tests.browser.player import Net, Player, expected, link, settled

Visit = Callable[[str], Page]
MARKUP = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "**bold** _it_ `c`",
    ":red[x] :smile: :material/home:",
    "$x^2$ [a](javascript:hacked=1)",
    "</textarea>{{7*7}}${7*7}",
]


def type_text(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Your text, in any language")
    box.fill(text)
    box.press("Control+Enter")
    settle(page)


@pytest.mark.parametrize("unit", ["characters", "words"])
def test_markup_in_the_text_is_shown_as_text_and_nothing_runs(visit: Visit, unit: str) -> None:
    player = Player(visit(link(text=MARKUP[0], tokens=unit, sub=1)))
    page = player.page
    for text in MARKUP:
        type_text(page, text)
        player.wait_for_text(text)
        player.keys("End")
        player.at()
        for bad in ("script", "img", "a[href^=javascript]"):
            assert player.root.locator(bad).count() == 0
        assert page.get_by_test_id("stMain").locator("img, a[href^=javascript], .katex").count() == 0
    settled(page)
    assert page.evaluate("window.hacked") is None


def test_new_text_updates_in_place_and_keeps_the_position(visit: Visit) -> None:
    net = Net("to be", hidden=4)
    player = Player(visit(net.link(t=2)))
    player.root.evaluate("root => { root.gsMark = 1; }")
    player.go(step=3, sub=3, unit=1)
    type_text(player.page, "tobias")
    expect(player.root.locator(".token")).to_have_count(6)
    player.wait_until_at(3, 3, 1)
    assert player.root.evaluate("root => root.gsMark") == 1, "the player was built anew"
    player.wait_for_value("c", expected(net._replace(text="tobias").trace())["c"][3, 1])
    player.address(text="tobias", t="4", sub="3", u="2")
    type_text(player.page, "to")  # now too short for step 4
    expect(player.root.locator(".token")).to_have_count(2)
    player.wait_until_at(1, 3, 1)
    player.wait_for_value("c", expected(net._replace(text="to").trace())["c"][1, 1])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("你好，世界", ["你", "好", "，", "世", "界"]),
        ("👩‍👩‍👧🇩🇪👍🏽", ["👩‍👩‍👧", "🇩🇪", "👍🏽"]),
        ("a\tb\nc d", ["a", "⇥", "b", "⏎", "c", "␣", "d"]),
        ("e\u0301\u00e9", None),
        ("a\u202eb\u2066c\u200bd", None),
        ("مرحبا", None),
    ],
    ids=["chinese", "emoji", "spaces", "accents", "invisible", "arabic"],
)
def test_any_writing_enters_as_its_graphemes(visit: Visit, text: str, shown: list[str] | None) -> None:
    net = Net(text, hidden=2, seed=3)
    player = Player(visit(net.link()))
    tokens = player.tokens()
    if shown:
        assert tokens == shown
    assert not any(sign in "".join(tokens) for sign in "\u202e\u2066\u200b\n\t"), tokens
    wanted = expected(net.trace())
    assert len(tokens) == len(wanted["h"])
    player.keys("End")
    player.at()
    assert np.float32(player.value("h")) == wanted["h"][-1, 0]
    drawn = player.root.locator(".token").evaluate_all("all => all.map(each => each.getBoundingClientRect().left)")
    assert drawn == sorted(drawn), "the order on the screen is that of reading"


def test_control_characters_are_named_and_break_nothing(visit: Visit) -> None:
    player = Player(visit(link(text="x")))
    type_text(player.page, "a\x00b\x07c\x1b[31m\x7f")
    expect(player.root.locator(".token").nth(1)).to_be_attached()
    assert len(player.tokens()) > 5
    assert not any(ord(sign) < 32 for sign in "".join(player.tokens()))
    assert player.page.get_by_test_id("stException").count() == 0


def test_text_that_cannot_be_read_gets_a_message_and_the_last_picture_stays(visit: Visit) -> None:
    player = Player(visit(link(text="abc")))
    type_text(player.page, "")
    expect(player.page.get_by_role("alert")).to_contain_text("expected at least one character")
    assert player.tokens() == ["a", "b", "c"]
    type_text(player.page, "abcd")
    expect(player.page.get_by_role("alert")).to_have_count(0)
    expect(player.root.locator(".token")).to_have_count(4)


def test_a_series_with_a_word_in_it_says_which(visit: Visit) -> None:
    page = visit("/Step_through?from=series")
    player = Player(page)
    box = page.get_by_role("textbox", name="Numbers")
    box.fill("1 2 three 4")
    box.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("three")
    box.fill("1 2 3 4")
    box.press("Control+Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(player.root.locator(".token")).to_have_text(["1", "2", "3", "4"])
    assert player.page.get_by_role("textbox", name="Numbers").input_value() == "1 2 3 4"


def test_five_megabytes_of_text_are_cut_with_a_message(visit: Visit) -> None:
    player = Player(visit(link(hidden=4)))
    page = player.page
    box = page.get_by_role("textbox", name="Your text, in any language")
    box.evaluate(
        """box => { box.focus(); Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")
        .set.call(box, "lorem ipsum ".repeat(436907)); box.dispatchEvent(new Event("input", { bubbles: true })); }"""
    )
    box.press("Control+Enter")
    expect(player.root.locator(".token")).to_have_count(512, timeout=60_000)
    expect(page.get_by_text("Your text has 5,242,884 characters")).to_be_visible()
    assert box.evaluate("box => box.value.length") == 5_242_884
    expect(page.get_by_text("Too long for a link")).to_be_visible()
    settle(page)
    player.keys("End")
    assert player.at()[0] == 511
    type_text(page, "short")
    expect(player.root.locator(".token")).to_have_count(5)


def test_messages_show_what_was_typed_as_text(visit: Visit) -> None:
    picture = "![](http://a.bc/d)"  # that another host is asked would be found by the fixture, too
    for settings in (
        link(hidden=picture),
        link(seed="**b** $x$"),
        f"/Step_through?from=series&series={quote('[x](http://a.b)')}",
    ):
        page = visit(settings)
        Player(page)
        alert = page.get_by_role("alert").or_(page.get_by_test_id("stAlert")).first
        expect(alert).to_be_visible()
        assert alert.locator("img, a, strong, .katex").count() == 0, settings
        said = alert.inner_text().replace("\u2060", "")  # an invisible joiner keeps addresses from becoming links
        assert any(text in said for text in (picture, "**b** $x$", "[x](http://a.b)")), said
