"""What tests read off the stepper of the way back: the list, the formulas of a sub-step, and the cell with its ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator

from lstm_core import paths
from tests.browser.driver import FRAME

LIST = """root => Object.fromEntries([...root.querySelectorAll(".quantity")].map(row => [row.dataset.quantity, {
  value: Number(row.querySelector(".value").dataset.exact), when: row.dataset.when,
  kind: row.querySelector(".quantity-verdict").dataset.kind,
  sign: row.querySelector(".bar").dataset.sign, width: parseFloat(row.querySelector(".bar").style.width),
}]))"""
FILLED = """root => [...root.querySelectorAll(".panel-body .formula")].map(box => [box.dataset.equation,
  [...box.querySelectorAll(".filled .value")].map(each => Number(each.dataset.exact))])"""
DRAWN = """root => [...root.querySelectorAll(".diagram [data-value^='diagram.']")].map(each => [
  each.dataset.value.slice(8), Number(each.dataset.exact), each.closest("[data-stage]").dataset.stage])"""
WAYS = """root => [...root.querySelectorAll(".diagram [data-way]")].map(each => [
  each.dataset.way, Number(each.dataset.size), each.dataset.stage,
  getComputedStyle(each.querySelector(".flow")).opacity > 0,
  parseFloat(getComputedStyle(each.querySelector(".way")).strokeWidth)])"""
WIDEST = 13  # pixels, as diagram.js has it
READ = """root => Object.fromEntries([...root.querySelectorAll("[data-exact]")].map(
  each => [each.dataset.value, Number(each.dataset.exact)]))"""
# What goes some of the ways through the cell, as the issue has it.
TOLD = {"h_out": "dh", "o": "do", "c_out": "dc.highway", "c_tanh": "dc.output", "f": "df", "i": "di", "g": "dg"}
TOLD |= {"z": "dz", "n": "dn", "r": "dr", "h.f": "dh_prev.f", "h.z": "dh_prev.z", "h_in": "dh_prev", "c_in": "dc_prev"}
TOLD |= {"x": "dx"}


WHERE = "root => [root.dataset.step, root.dataset.sub].map(Number)"
WORDS = """root => Object.fromEntries([...root.querySelectorAll(".quantity .value")].map(
  each => [each.dataset.value, each.textContent]))"""


def read(root: Locator, script: str = READ) -> Any:
    """What a script finds, two frames from now: what was done has been drawn."""
    return root.evaluate(f"async root => {{ await ({FRAME})(); return ({script})(root); }}")


def read_all(root: Locator, *scripts: str) -> list[Any]:
    """The same of several, at one moment and in one message."""
    return read(root, f"root => [{', '.join(scripts)}].map(each => each(root))")


def assert_step(root: Locator, stepped: paths.Stepped, sub: int) -> None:
    """The list, and the numbers put into the formulas of the sub-step, are the core's."""
    shown, filled = read_all(root, LIST, FILLED)
    at = f"step {stepped.step}, sub-step {sub}"
    assert {name: each["value"] for name, each in shown.items()} == {q.name: q.value for q in stepped.quantities}, at
    assert {name: each["kind"] for name, each in shown.items()} == {q.name: q.verdict.kind for q in stepped.quantities}
    largest = max(abs(q.value) for q in stepped.quantities)
    for q in stepped.quantities:
        sign = "minus" if q.value < 0 else "plus" if q.value > 0 else "none"
        assert shown[q.name]["sign"] == sign, f"{at}: {q.name}"
        size = 50 * abs(q.value) / largest
        assert shown[q.name]["width"] == pytest.approx(max(size, 0.6 if q.value else 0), abs=0.01)
    assert [name for name, _ in filled] == [name for name, each in shown.items() if each["when"] == "now"], at
    for name, numbers in filled:
        q = stepped.quantity(name)
        terms = [[f.value for f in term.factors] or [term.value] for term in q.terms]
        assert numbers == [q.value, *(number for term in terms for number in term)], f"{at}: {name}"


def number_of(stepped: paths.Stepped, spec: str) -> float:
    """A quantity of a step, or one of its parts: "dc", "dc.highway"."""
    name, _, way = spec.partition(".")
    q = stepped.quantity(name)
    return q.value if not way else sum(term.value for term in q.terms if term.name == way)


def assert_drawn(root: Locator, stepped: paths.Stepped, sub: int) -> None:
    """The numbers in the cell are the core's; a way is lit in the sub-step of its number, as wide as it is large."""
    largest = max(abs(q.value) for q in stepped.quantities)
    filled, numbers, ways = read_all(root, FILLED, DRAWN, WAYS)
    lit = {name for name, _ in filled}
    assert {spec.partition(".")[0] for spec, _, stage in numbers if stage == "now"} <= lit
    assert all(number == number_of(stepped, spec) for spec, number, _ in numbers)
    assert {q.name for q in stepped.quantities} - {spec for spec, *_ in numbers} <= {"dc", "dq"}
    for way, size, stage, seen, width in ways:
        spec = TOLD.get(way)
        assert seen == (stage != "later" and size > 0), f"sub-step {sub}: {way}"
        if spec:
            share = np.sqrt(abs(number_of(stepped, spec)) / largest)
            assert size == pytest.approx(share, abs=6e-4), f"sub-step {sub}: {way}"
            assert not share or width == pytest.approx(max(1.5, WIDEST * share), abs=0.06), f"sub-step {sub}: {way}"
            assert (stage == "now") == (spec.partition(".")[0] in lit), f"sub-step {sub}: {way}"
    assert any(way in TOLD for way, *_ in ways)
