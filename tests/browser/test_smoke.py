"""The app starts, shows its home page at every width, in light and dark, and keeps to itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import eventually


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1440, 900), (1024, 768), (390, 844)], ids=str)
def test_the_home_page_shows_its_title_and_fits(visit: Callable[[str], Page], shot: Callable[[str], None]) -> None:
    page = visit("/")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
    shot("home")
