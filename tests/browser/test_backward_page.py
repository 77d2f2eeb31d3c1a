"""The page Backward pass in the whole app: PyTorch's own gradients on the screen, and a preset that is chosen.

tools/make_page_reference.py wrote the nets and the gradients.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import Locator, Page, expect

from lstm_ui.backward import presets
from tests.browser.driver import eventually, settle
from tests.browser.stepper import LIST, READ, WHERE, WORDS, read, read_all

Visit = Callable[[str], Page]
Reference = dict[str, Any]
DATA = Path(__file__).parents[1] / "data"
UNIT, STEPS = 1, 5


def stepper(page: Page) -> Locator:
    return page.locator(".gs[aria-label='Step back through the gradient'][data-ready='1']")


def open_net(page: Page, cell: str, x: np.ndarray) -> None:
    """The weights as PyTorch saved them and the numbers that the net reads, by the form."""
    page.get_by_role("button", name="Open a net").click()
    uploaders = page.get_by_test_id("stFileUploader").locator("input")
    uploaders.first.set_input_files(DATA / f"torch_page_{cell}.safetensors")
    expect(page.get_by_text("Opened. Now give it something to read")).to_be_attached()
    settle(page)
    file = io.BytesIO()
    np.save(file, x)
    uploaders.nth(2).set_input_files({"name": "x.npy", "mimeType": "", "buffer": file.getvalue()})
    expect(page.get_by_text(f"It reads your numbers: {STEPS} steps.")).to_be_attached()
    page.keyboard.press("Escape")
    settle(page)


def quantities(torch: Reference, t: int) -> dict[str, float]:
    """What PyTorch has for each line of the list, at a step."""
    names = {name[2:] for name in torch if name.startswith("d_")}
    found = {f"d{name}": torch[f"d_{name}"][t, UNIT] for name in names if "." not in name}
    found["dx"] = float(np.linalg.norm(torch["d_x"][t]))
    return found


def terms(torch: Reference, t: int) -> dict[str, float]:
    """The parts, as the formulas have them: what each gate of the step after gives, and what goes back by each."""
    ways = [name.partition(".")[2] for name in torch if name.startswith("d_h_prev.")]
    found = {}
    for way in ways:
        shown = "recurrent" if ways == ["h"] else way
        found[f"dh_prev.{shown}"] = torch[f"d_h_prev.{way}"][t, UNIT]
        found[f"dh.{shown}"] = torch[f"d_h_prev.{way}"][t + 1, UNIT] if t + 1 < STEPS else 0.0
    if "d_c" in torch:
        found["dc.output"] = torch["d_c.output"][t, UNIT]
        found["dc.highway"] = torch["d_c_prev"][t + 1, UNIT] if t + 1 < STEPS else 0.0
    return found


def assert_torchs(root: Locator, torch: Reference, t: int, sub: int, seen: set[str]) -> None:
    """Every number of the list, as text too, and those parts of the formulas of this sub-step that autograd keeps."""
    where, shown, words, exact = read_all(root, WHERE, LIST, WORDS, READ)
    wanted = quantities(torch, t)
    assert where == [t, sub]
    assert wanted.keys() == shown.keys()
    for name, value in wanted.items():
        assert shown[name]["value"] == pytest.approx(value, rel=1e-9, abs=1e-15), f"step {t}: {name}"
        assert float(words[name].replace("\u2212", "-")) == pytest.approx(value, rel=6e-4, abs=1e-15)
    for name, value in terms(torch, t).items():
        if name in exact:
            assert exact[name] == pytest.approx(value, rel=1e-9, abs=1e-15), f"step {t}: {name}"
            seen.add(name)
    drawn = [name for name in exact if name.startswith("diagram.") and name[8:] in wanted]
    assert drawn
    assert_allclose([exact[name] for name in drawn], [wanted[name[8:]] for name in drawn], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("cell", "subs"), [("lstm", 7), ("gru", 6), ("rnn", 4)])
def test_pytorchs_own_gradients_stand_on_the_screen_at_every_sub_step(visit: Visit, cell: str, subs: int) -> None:
    with np.load(DATA / f"torch_page_{cell}.npz", allow_pickle=False) as file:
        torch = dict(file)
    page = visit(f"/Backward_pass?from=own&layer=2&goal=norm&u={UNIT + 1}")
    open_net(page, cell, torch["x"])
    root = stepper(page)
    expect(root).to_have_attribute("data-cell", cell)
    assert float(root.locator("[data-value=objective]").get_attribute("data-exact") or "nan") == pytest.approx(
        float(torch["loss"]), rel=1e-9
    )
    root.locator(".rail").focus()
    seen: set[str] = set()
    for t in reversed(range(STEPS)):
        for sub in range(1, subs + 1):
            assert_torchs(root, torch, t, sub, seen)
            page.keyboard.press("Shift+ArrowLeft")
    assert seen == terms(torch, 0).keys(), "a part that was never on the screen"


def address(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def test_a_preset_is_one_choice_and_back_and_reload_know_it(visit: Visit) -> None:
    page = visit("/Backward_pass?cell=gru&hold=r&u=3")
    menu = page.get_by_role("combobox", name="Preset")
    for name in ("bias3", "shut"):
        menu.click()
        page.get_by_role("option", name=presets.PRESETS[name].title, exact=True).click()
        expect(page.get_by_text(presets.PRESETS[name].question)).to_be_visible()
        expect(stepper(page)).to_have_attribute("data-cell", "lstm")
        settle(page, rested=True)
    page.go_back()
    expect(page.get_by_text(presets.PRESETS["bias3"].question)).to_be_visible()
    page.go_forward()
    expect(page.get_by_text(presets.PRESETS["shut"].question)).to_be_visible()
    settle(page, rested=True)
    shut = address(page)
    assert (shut["fbias"], shut["hold"], shut["hfrom"]) == ("3.0", "f", "12")
    # In its own diagram the shutter of f is shut at this one step, and nothing comes out of it.
    root = stepper(page)
    root.locator(".token").nth(11).click()
    root.locator("[data-goto-sub='6']").click()
    expect(root.locator("[data-valve=f]")).to_have_attribute("data-open", "0.000")
    expect(root.locator("[data-way=c_in]")).to_have_attribute("data-size", "0")
    expect(root.locator("[data-gate=f] .lock")).to_be_visible()
    settle(page, rested=True)
    page.reload()
    settle(page)
    expect(page.get_by_text(presets.PRESETS["shut"].question)).to_be_visible()
    eventually(partial(assert_at, root, 11, 6))
    assert address(page) == shut | {"t": "12", "sub": "6", "u": address(page)["u"]}
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text(presets.PRESETS["shut"].question)).to_be_hidden()
    settle(page, rested=True)
    assert address(page) == {}


def assert_at(root: Locator, *place: int) -> None:
    assert read(root, WHERE) == list(place)
