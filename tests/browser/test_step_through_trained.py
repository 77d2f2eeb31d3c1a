"""A trained net in the player: what it says is on the screen at every step, exact, and follows what is held."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lstm_core import models, readout
from lstm_core.clamps import Clamp
from lstm_ui import learned, sample_models
from tests.browser.driver import FRAME, eventually, settle
from tests.browser.player import Player
from tests.browser.test_step_through_page import (
    VIEWPORTS,
    assert_nothing_is_cut_off,
    assert_nothing_scrolls_sideways,
    code_of,
    take_away,
)

Visit = Callable[[str], Page]
TEXTS = {
    "prose_en": "the old man <b>",
    "reviews": "I feared it would be bad, but it was good.",
    "names": "Oskar Wellington flew from Paris.",
}
HEAD = """root => ({
  rows: [...root.querySelectorAll(".prediction tbody tr")].filter(row => !row.hidden).map(row => ({
    name: row.querySelector(".head-name").textContent, chosen: row.dataset.chosen === "1",
    right: row.dataset.right === "1", bar: row.querySelector(".head-fill").getBoundingClientRect().width
      / row.querySelector(".head-bar").getBoundingClientRect().width,
    numbers: Object.fromEntries([...row.querySelectorAll("[data-head]")].map(
      each => [each.dataset.head, Number(each.dataset.exact)])),
  })),
  formula: Object.fromEntries([...root.querySelectorAll(".prediction .filled [data-value]")].map(
    each => [each.dataset.value, Number(each.dataset.exact)])),
  gives: [...root.querySelector(".head-pushes").querySelectorAll("[data-head]")].map(
    each => Number(each.dataset.exact)),
  moved: [...root.querySelectorAll("[data-head='moved']")].map(each => Number(each.dataset.exact)),
  nats: root.querySelector(".head-truth:not([hidden]) [data-head]")?.dataset.exact,
  says: [...root.querySelectorAll(".says")].map(each => each.textContent),
})"""


def address(model: str, **more: object) -> str:
    return "/Step_through?" + urlencode({"from": "model", "model": model, "text": TEXTS[model], "sub": 6, **more})


def head(player: Player) -> Any:
    player.page.evaluate(FRAME)
    return player.root.evaluate(HEAD)


def run_of(name: str, *clamps: Clamp) -> learned.Run:
    """What the page should show."""
    model = sample_models.open_sample(name).model
    _, ids = learned.read(model, TEXTS[name])
    return learned.run(model, model.layers, ids, clamps)


def shown_name(run: learned.Run, k: int) -> str:
    name = learned.symbols(run.model)[k]
    return {" ": "\u2423", "\n": "\u23ce"}.get(name, name)


def check(found: Any, run: learned.Run, t: int) -> None:
    """The table, the formulas and the loss of step t are the core's."""
    logits = run.says.logits[t].astype(np.float64)
    p = models.probabilities(logits)
    outs = {shown_name(run, k): k for k in range(len(logits))}
    shares, names = [row["numbers"]["p"] for row in found["rows"]], [row["name"] for row in found["rows"]]
    if len(p) > 12:  # of many the most probable, and the right one behind them where it is not among them
        assert shares == sorted(shares, reverse=True)
        assert names[:5] == [shown_name(run, int(k)) for k in np.argsort(-p)[:5]]
    else:
        assert names == list(outs)
    for row in found["rows"]:
        k = outs[row["name"]]
        assert row["numbers"]["p"] == pytest.approx(p[k], rel=1e-5)
        assert row["numbers"]["y"] == pytest.approx(logits[k], rel=1e-5, abs=1e-5)
        assert row["bar"] == pytest.approx(p[k], abs=0.002)
    best = int(p.argmax())
    (chosen,) = [row["name"] for row in found["rows"] if row["chosen"]]
    assert chosen == shown_name(run, best)
    formula = found["formula"]
    assert formula["y"] == pytest.approx(formula["y.h"] + formula["b.y"], abs=1e-5)
    assert formula["y"] == pytest.approx(logits[best], abs=1e-5)
    assert formula["p"] == pytest.approx(np.exp(formula["y"]) / formula["sum"], rel=1e-5)
    parts = run.says.rows[t] * readout.output_weights(run.model)[:, best]
    assert found["gives"] == pytest.approx(sorted(parts, key=abs, reverse=True)[:3], rel=1e-4)
    before = run.says.logits[t - 1, best] if t else run.model.b_out[best]
    moves = [logits[best] - before] if isinstance(run.model, models.Classifier) else []
    assert found["moved"] == pytest.approx(moves, abs=1e-5)
    true = learned.following(run.model, run.ids)[t]
    assert (found["nats"] is None) == (true < 0)
    if true >= 0:
        assert float(found["nats"]) == pytest.approx(-np.log(p[true]), rel=1e-4)
        assert [row["name"] for row in found["rows"] if row["right"]] == [shown_name(run, true)]
    assert found["says"] == [shown_name(run, int(k)) for k in run.says.logits.argmax(axis=1)]


@pytest.mark.parametrize("name", TEXTS)
def test_what_the_net_says_is_the_cores(visit: Visit, tmp_path: Path, name: str) -> None:
    run, player = run_of(name), Player(visit(address(name)))
    for t in (0, 1, 4, len(run.ids) - 1):
        player.go(step=t)
        assert player.at()[:2] == [t, 6]
        check(head(player), run, t)
    if name == "reviews":
        follow(player, run)
    if name == "names":
        take_along(player.page, run, tmp_path)


def take_along(page: Page, run: learned.Run, folder: Path) -> None:
    """The code of the whole net, with the file it opens, computes the logits on the screen."""
    take_away(page)
    page.get_by_role("tab", name="The same in NumPy").click()
    code = code_of(page.get_by_test_id("stCode").locator("visible=true").nth(1))
    with page.expect_download() as found:
        page.get_by_role("button", name="which this code opens").click()
    file = folder / found.value.suggested_filename
    found.value.save_as(file)
    names: dict[str, Any] = {"print": lambda line: None}
    exec(code.replace(f'"{file.name}"', repr(str(file))), names)
    names["d"].close()
    np.testing.assert_allclose(names["y"], run.says.logits, rtol=1e-4, atol=1e-5)


def follow(player: Player, run: learned.Run) -> None:
    """An output stays the one that is explained when the reader goes on, and a unit that it comes from can be found."""
    player.go(step=7)
    least = shown_name(run, int(run.says.logits[7].argmin()))
    player.root.locator(".head-name", has_text=re.compile(f"^{least}$")).click()
    for t in (7, 8):
        player.go(step=t)
        found = head(player)
        assert [row["name"] for row in found["rows"] if row["chosen"]] == [least]
        formula, logits = found["formula"], run.says.logits[t].astype(np.float64)
        k = learned.symbols(run.model).index(least)
        assert formula["y"] == pytest.approx(logits[k], abs=1e-5)
        assert formula["p"] == pytest.approx(models.probabilities(logits)[k], rel=1e-5)
        assert formula["p"] == pytest.approx(np.exp(formula["y"]) / formula["sum"], rel=1e-5)
    unit = player.root.locator(".head-pushes .head-unit").first
    number = int(unit.inner_text().split()[1])
    unit.click()
    assert player.at()[2] == number - 1
    assert np.float32(player.value("h")) == run.trace.h[8, 0, number - 1]


def test_holding_a_gate_changes_the_prediction_live(visit: Visit) -> None:
    free = run_of("reviews")
    player = Player(visit(address("reviews", t=8)))
    page = player.page
    check(head(player), free, 7)
    page.get_by_role("button", name="Hold", exact=True).click()
    page.get_by_test_id("stPopoverBody").get_by_text("f", exact=True).click()
    shown = player.root.locator("[data-head='p.held']").first
    expect(shown).to_be_visible()  # held at 1, until another value is typed
    before = shown.get_attribute("data-exact") or ""
    settle(page)
    page.get_by_role("spinbutton", name="At the value").fill("0")
    page.get_by_role("spinbutton", name="At the value").press("Enter")
    expect(shown).not_to_have_attribute("data-exact", before)
    page.keyboard.press("Escape")
    settle(page)
    held = run_of("reviews", Clamp("f", 0.0))
    p = [models.probabilities(run.says.logits.astype(np.float64)) for run in (free, held)]
    assert abs(p[0][7] - p[1][7]).max() > 0.2
    for view, run in (("held", held), ("free", free), ("diff", held)):
        player.root.locator(f"[data-view='{view}']").click()
        eventually(partial(assert_held, player, run, p))


def assert_held(player: Player, run: learned.Run, p: list[Any]) -> None:
    """Both runs' probabilities of the 8th step, their difference, and what the run that is shown says."""
    found = head(player)
    for k, row in enumerate(found["rows"]):
        numbers = row["numbers"]
        assert [numbers["p.free"], numbers["p.held"]] == pytest.approx([p[0][7, k], p[1][7, k]], rel=1e-4)
        assert numbers["p.diff"] == pytest.approx(p[1][7, k] - p[0][7, k], abs=1e-5)
    assert found["says"] == [shown_name(run, int(k)) for k in run.says.logits.argmax(axis=1)]
    assert found["formula"]["y"] == pytest.approx(run.says.logits[7].max(), abs=1e-4)


def test_it_fits_every_window(visit: Visit, shot: Callable[[str], None]) -> None:
    for name, more in [("names", {"t": 2, "hold": "c", "at": -9.9, "direction": "backward"}), ("prose_en", {"t": 12})]:
        player = Player(visit(address(name, **more)))
        for width, height in VIEWPORTS:
            player.page.set_viewport_size({"width": width, "height": height})
            player.root.locator(".prediction").evaluate("block => block.scrollIntoView()")
            assert_nothing_is_cut_off(player, (name, width))
            assert_nothing_scrolls_sideways(player.page)
            shot(f"trained-{name}-{width}")


def test_a_training_page_opens_its_net_and_text_here(visit: Visit) -> None:
    page = visit("/Text_classifier?model=reviews")
    page.get_by_role("tab", name="Your text").click()
    link = page.get_by_role("link", name="Open in Step through").locator("visible=true").first
    typed = dict(parse_qsl(urlsplit(link.get_attribute("href") or "").query))["text"]
    assert typed
    link.click()
    player = Player(page)
    expect(page.get_by_role("textbox", name="Your text, in any language")).to_have_value(typed)
    settle(page)
    eventually(lambda: player.at()[1] == 6)
    given, ids = learned.read(sample_models.open_sample("reviews").model, typed)
    expect(player.root.locator(".token")).to_have_count(len(ids))
    expect(page.get_by_test_id("stAlert")).to_have_count(1 if given.notes else 0)
