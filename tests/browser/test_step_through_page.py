"""The page around the player: it fits every window, and what is taken away holds the numbers on the screen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from lstm_core import interop, stack
from lstm_runs import files
from lstm_ui import nets
from tests.browser.driver import eventually, settle
from tests.browser.player import Net, Player, expected, link, settled

Visit = Callable[[str], Page]
VIEWPORTS = [(1440, 900), (1024, 768), (390, 844)]

# What sticks out of the window, of its own frame, or of its card. The token strip may be scrolled.
CLIPPED = """root => {
  const out = [];
  const name = each => `${each.getAttribute("class") ?? each.tagName} ${each.textContent.trim().slice(0, 30)}`;
  const say = (each, why) => out.push(`${why}: ${name(each)}`);
  const frame = root.getBoundingClientRect(), slack = 1.5;
  const drawn = each => each.getClientRects().length > 0;
  const texts = "button, select, table, td, p, text, .value, .bar-label, .filled, .symbolic, .verdict";
  for (const each of root.querySelectorAll(texts)) {
    if (!drawn(each) || each.closest(".track-scroll, .live, .tabs") || !each.textContent.trim()) continue;
    const box = each.getBoundingClientRect();
    if (box.left < frame.left - slack || box.right > frame.right + slack) say(each, "outside the player");
  }
  for (const each of root.querySelectorAll("button, .bar-number, .formula, .panel, .vector-cell, td, .tabs, .readout"))
    if (drawn(each) && each.scrollWidth > each.clientWidth + slack && each.clientWidth) say(each, "clipped");
  for (const card of root.querySelectorAll(".card")) {
    const back = card.querySelector(".card-back")?.getBoundingClientRect();
    if (back) for (const each of card.querySelectorAll("text.num, text.second, text.token-big")) {
      const box = each.getBoundingClientRect();
      if (box.left < back.left - slack || box.right > back.right + slack) say(each, "wider than its card");
    }
  }
  return out;
}"""


def assert_nothing_is_cut_off(player: Player, where: object) -> None:
    """Once the picture has its size: the page finds that out when its fonts and what is around it are there."""

    def check() -> None:
        player.at()
        assert player.root.evaluate(CLIPPED) == [], where

    eventually(check)


def assert_nothing_scrolls_sideways(page: Page) -> None:
    for part in ("html", "[data-testid=stMain]"):
        eventually(partial(page.locator(part).evaluate, "it => it.scrollWidth <= it.clientWidth"))


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", VIEWPORTS, ids=str)
def test_the_page_fits(visit: Visit, shot: Callable[[str], None], color_scheme: str, viewport: tuple[int, int]) -> None:
    hard = {"hold": "c", "at": "-9.9", "hunit": 3, "hfrom": 2, "hto": 3, "u": 3, "t": 3}
    looks = [
        ("lstm", link(text="wWm \U0001f469\u200d\U0001f469\u200d\U0001f467你", hidden=32, peephole=1, **hard)),
        ("gru", link(cell="gru", tokens="words", text="incomprehensibilities of it all", hidden=5)),
        ("rnn", link(cell="rnn", activation="relu", layers=2)),
        ("latch", "/Step_through?t=3"),
    ]
    for name, settings in looks if color_scheme == "light" else looks[:1]:
        player = Player(visit(settings))
        page = player.page
        expect(player.root).to_have_attribute("data-mode", color_scheme)
        for sub in range(1, 1 + player.root.locator("[data-goto-sub]").count()):
            player.go(sub=sub)
            assert_nothing_is_cut_off(player, f"{name}, sub-step {sub}")
        assert_nothing_scrolls_sideways(page)
        shot(f"step-{name}")


def take_away(page: Page) -> None:
    page.get_by_text("Take it with you").click()
    page.get_by_role("tab", name="Numbers").wait_for()
    settle(page)  # a file asked for before the script has ended never comes


def code_of(block: Locator) -> str:
    """The code, once it is drawn in its colours."""
    expect(block).to_contain_text("import numpy")
    return block.inner_text()


def test_downloads_hold_the_numbers_on_the_screen(visit: Visit, tmp_path: Path) -> None:
    net = Net("to be\n=1", hidden=4, layers=2, layer=2)
    player = Player(visit(net.link(t=3, sub=4, u=2)))

    take_away(player.page)

    def download(name: str) -> bytes:
        with player.page.expect_download() as found:
            player.page.get_by_role("button", name=name).click()
        found.value.save_as(tmp_path / found.value.suggested_filename)
        return (tmp_path / found.value.suggested_filename).read_bytes()

    shown = {each.key: each.exact for each in player.shown()}
    step = pd.read_csv(io.BytesIO(download("This step (CSV)")), keep_default_na=False)
    assert len(step) == 4 and set(step.step) == {3}
    everything = pd.read_csv(io.BytesIO(download("All steps (CSV)")), keep_default_na=False)
    assert len(everything) == 4 * len(net.text) and everything.token[20] == "\n"
    wanted = expected(net.trace())
    for table in (step, everything):
        row = table[(table.step == 3) & (table.unit == 2)].iloc[0]
        columns = {"c": "c", "h": "h", "f": "f", "c_prev": "c_prev", "a.i": "a_i", "tanh_c": "tanh_c"}
        for key, column in columns.items():
            assert np.float32(row[column]) == np.float32(shown[key]) == wanted[key][2, 1], key
    assert np.array_equal(everything.h.to_numpy(np.float32), wanted["h"].ravel())

    player.page.get_by_role("tab", name="Weights for PyTorch").click()
    layers = interop.from_torch(files.from_bytes(download("gatescope.safetensors")).arrays)
    given = nets.read_text(net.text, "characters", net.seed)
    again = stack.forward(layers, given.x[:, None]).h[:, 0]
    np.testing.assert_allclose(again, wanted["h"], rtol=1e-5, atol=1e-6)


def test_the_snippet_reproduces_the_shown_numbers(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Net("to be or", hidden=8)
    player = Player(visit(net.link(t=8, u=1)))
    page = player.page
    take_away(page)
    page.get_by_role("tab", name="The same in NumPy").click()
    code = code_of(page.get_by_test_id("stCode").locator("visible=true"))
    with page.expect_download() as found:
        page.get_by_role("button", name="which the code opens").click()
    found.value.save_as(tmp_path / found.value.suggested_filename)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(code, names)
    wanted = expected(net.trace())["h"]
    assert np.float32(player.value("h")) == wanted[7, 0]
    ends = [np.ravel(value)[0] for name, value in names.items() if name == "h"]
    assert ends == pytest.approx([wanted[7, 0]], abs=1e-5)


def test_the_gradients_of_the_net_on_the_screen_are_right(visit: Visit) -> None:
    page = visit(link(hidden=4, cell="gru"))
    page.get_by_role("button", name="Check the gradients of this net").click()
    expect(page.get_by_text("The backward pass is right.")).to_be_visible(timeout=20_000)


def test_new_seed_changes_the_net_and_reset_keeps_the_seed(visit: Visit) -> None:
    player = Player(visit(link(hidden=4, cell="gru", t=3, sub=2, notation="keras", text="abcd")))
    page = player.page
    before = player.value("h")
    page.get_by_role("button", name="New seed").click()
    settle(page)
    page.wait_for_url(re.compile(r"seed=\d+"))
    seed = player.address()["seed"]
    net = Net("abcd", "gru", 4, seed=int(seed))
    player.wait_for_value("h", expected(net.trace())["h"][2, 0])
    assert player.value("h") != before
    player.wait_until_at(2, 2, 0)
    page.get_by_role("button", name="Reset").click()
    settled(page)
    eventually(lambda: player.address() == {"seed": seed})
    player.wait_until_at(0, 1, 0)
    eventually(lambda: "".join(player.tokens()).startswith("--x"))


def test_weights_set_by_hand_are_used_and_can_be_undone(visit: Visit) -> None:
    player = Player(visit(link(hidden=2, edits="0f.b.0.2:5,0f.W_x.1.3:-2", text="ab")))
    page = player.page
    given = nets.read_text("ab", "characters", 0)
    plain = nets.build(nets.NetChoice(hidden=2), nets.FEATURES)
    edited = nets.edited(plain, nets.read_edits("0f.b.0.2:5,0f.W_x.1.3:-2"))
    for layers in (edited, plain):
        trace = stack.forward(layers, given.x[:, None]).traces[0].forward
        player.wait_for_value("h", trace.h[0, 0, 0])
        if layers is edited:
            page.get_by_role("button", name="Weights", exact=True).click()
            page.get_by_role("button", name="Undo all").click()
            page.wait_for_url(lambda url: "edits" not in url)
            settle(page)


def test_the_links_of_the_home_page_lead_where_they_say(visit: Visit) -> None:
    page = visit("/")
    # Links to other pages have tests of their own.
    links = page.get_by_test_id("stMain").locator("[data-testid=stPageLink-NavLink][href^=Step_through]")
    expect(links.nth(3)).to_be_visible()
    addresses = [link.get_attribute("href") or "" for link in links.all()]
    assert len(addresses) >= 4
    for address in addresses:
        page = visit("/")
        page.locator(f"[data-testid=stMain] a[href='{address}']").click()
        player = Player(page)
        settle(page)
        assert page.get_by_role("alert").count() == 0
        settings = dict(pair.split("=") for pair in address.partition("?")[2].split("&") if pair)
        player.wait_until_at(int(settings.get("t", 1)) - 1, int(settings.get("sub", 1)), player.at()[2])
        if "hold" in settings:
            expect(player.root.locator("[data-compare='f']")).to_be_visible()


def test_leaving_and_coming_back_keeps_the_settings(visit: Visit) -> None:
    player = Player(visit(link(text="short", seed=8789, cell="gru", hidden=3, hold="z", at="0.5", tokens="characters")))
    page = player.page
    player.go(step=3, sub=4)
    settled(page)
    before, shown = player.address(t="4"), player.shown()
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Gatescope", level=1)).to_be_visible()
    sidebar.get_by_role("link", name="Step through").click()
    again = Player(page)
    settled(page)
    eventually(lambda: again.address(t="4") == before)
    eventually(lambda: again.shown() == shown)
    assert page.get_by_test_id("stAlert").count() == 0


def test_tokens_of_every_length_fit_their_card(visit: Visit) -> None:
    words = ["mwmwmwmwmwmwmwmwmwmw"[:length] for length in range(1, 16)]
    player = Player(visit(link(text=" ".join(words), tokens="words", hidden=2)))
    assert player.tokens() == words
    for word in words:
        assert_nothing_is_cut_off(player, word)
        player.keys("ArrowRight")
