"""The page Experiments in a browser: a small sweep from the form to its end, a reload, a watcher, and a run opened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from lstm_core import corpus, training
from lstm_runs import grids, tables
from lstm_ui import task_trials
from tests.browser.driver import settle

FORM = "s_cell=lstm,rnn&s_lag=4 7&s_hidden=4&s_steps=40&s_batch=4&s_validate_every=20&s_validation_tokens=200&s_seeds=2"
ROW, HEADER = 35, 38  # pixels of a line of the table
PATIENCE = 90_000  # milliseconds: the processes that train have to begin


def cells(page: Page, column: str) -> Locator:
    """A column of the table: it is drawn, and stands in the page for readers who do not see."""
    header = page.locator("th[role=columnheader]", has_text=re.compile(f"^{column}$"))
    return page.locator(f"td[role=gridcell][aria-colindex='{header.get_attribute('aria-colindex')}']")


def taken(page: Page, tmp_path: Path) -> tables.Exported:
    """The results as the page gives them away."""
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    path = tmp_path / "sweep.json"
    download.value.save_as(path)
    return tables.from_json(path.read_bytes())


def test_a_sweep_runs_survives_a_reload_and_its_runs_open_in_other_pages(
    visit: Callable[[str], Page], context: BrowserContext, tmp_path: Path, shot: Callable[[str], None]
) -> None:
    page = visit(f"/Experiments?{FORM}")
    expect(page.get_by_text(re.compile("^8 runs, about"))).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("[?&]sweep=.+&key="))
    page.reload()
    expect(page.get_by_text("Finished: 8 runs.")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot .legendtext", has_text="LSTM")).to_be_visible()
    settle(page)
    shot("experiments")
    found = taken(page, tmp_path)
    check_table(page, found)
    check_first_run(found)

    query = parse_qs(urlsplit(page.url).query)
    watcher = context.new_page()
    watcher.goto(f"/Experiments?sweep={query['sweep'][0]}")
    expect(watcher.get_by_text("You are watching")).to_be_visible()
    expect(watcher.get_by_text("Finished: 8 runs.")).to_be_visible()
    watcher.close()

    third = found.rows[2]
    page.get_by_test_id("stDataFrame").locator(".dvn-scroller").click(position={"x": 16, "y": HEADER + 2.5 * ROW})
    expect(page.get_by_text(re.compile("^Run 3: "))).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Gate heatmaps").click()
    text = task_trials.trial(grids.source(grids.expand(found.sweep)[2]), int(third.settings["seed"] or 0), 1).text
    expect(page.get_by_role("textbox", name="Your text, in any language")).to_have_value(text)
    expect(page.locator(".gs[data-ready='1']").first).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["run"] == [third.run]
    shot("experiments_gates")


def check_table(page: Page, found: tables.Exported) -> None:
    """What stands in the table is what the service says."""
    for name, column in (("Loss at the end", "loss"), ("Share right at best", "best_score")):
        expect(cells(page, name)).to_have_text([repr(getattr(row, column)).removesuffix(".0") for row in found.rows])


def check_first_run(found: tables.Exported) -> None:
    """The first run, trained here once more."""
    plan = grids.expand(found.sweep)[0]
    data = corpus.prepare(grids.source(plan), plan.config)
    state = training.advance(training.start(plan.config, data), plan.config.steps, data)
    row = found.rows[0]
    assert row.status == "finished"
    assert json.dumps(row.settings) == json.dumps(plan.settings)
    assert row.loss == pytest.approx(float(state.history.validated_loss[-1]), rel=1e-5)
