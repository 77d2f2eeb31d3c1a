"""The player on the page as a test sees it: where it is, and every number it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from lstm_core import analysis, stack
from lstm_core.clamps import Clamp
from lstm_ui import nets
from tests.browser.driver import FRAME, eventually, settle

SETTLED = 900  # milliseconds, for what must not happen: the player waits 500 after a move before it tells the page
READ = """root => [...root.querySelectorAll("[data-exact]")].map(each => ({
  key: each.dataset.value ?? each.dataset.other, run: each.dataset.run ?? (each.dataset.other ? "other" : ""),
  index: Number(each.dataset.index ?? -1), exact: Number(each.dataset.exact), text: each.textContent,
  drawn: each.closest("svg") !== null,
}))"""
WHERE = "root => [root.dataset.step, root.dataset.sub, root.dataset.unit].map(Number)"


class Shown(NamedTuple):
    """One number on the screen.

    `run` is set in the table that compares (free, held, diff) and for the second number of a card (other); `index` for
    parts of x; `drawn` for numbers in the diagram.
    """

    key: str
    run: str
    index: int
    exact: float
    text: str
    drawn: bool


class Player:
    """Drives the player of a page that has been opened."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".gs[data-ready='1']")
        self.rail = self.root.get_by_role("slider", name="Step", exact=True)
        self.root.wait_for()

    def at(self) -> list[int]:
        """Step and unit from 0, sub-step from 1, as drawn."""
        self.page.evaluate(FRAME)
        return self.root.evaluate(WHERE)

    def go(self, step: int | None = None, sub: int | None = None, unit: int | None = None) -> None:
        """Click there."""
        if sub is not None:
            self.root.locator(f"[data-goto-sub='{sub}']").click()
        if step is not None:
            self.token(step).click()
        if unit is not None:
            for _ in range(abs(unit - self.at()[2])):
                self.do("unit-next" if unit > self.at()[2] else "unit-back")

    def do(self, name: str) -> None:
        self.root.locator(f"[data-do='{name}']").click()

    def keys(self, *names: str) -> None:
        """Press keys while the rail has the focus."""
        for name in names:
            self.rail.press(name)

    def token(self, step: int) -> Locator:
        return self.root.locator(f".token[data-step='{step}']")

    def tokens(self) -> list[str]:
        return self.root.locator(".token").all_text_contents()

    def wait_for_text(self, text: str) -> None:
        """Wait until the tokens are those of a text; spaces do not count."""

        def assert_shown() -> None:
            assert "".join(self.tokens()).replace("\u2423", "") == text.replace(" ", "")

        eventually(assert_shown)

    def shown(self) -> list[Shown]:
        """Every number on the screen."""
        self.page.evaluate(FRAME)
        return [Shown(**each) for each in self.root.evaluate(READ)]

    def wait_until_at(self, step: int, sub: int, unit: int) -> None:
        eventually(lambda: self.at() == [step, sub, unit])

    def wait_for_value(self, key: str, wanted: np.floating[Any]) -> None:
        """Wait until the diagram shows this float32 for a signal of the chosen unit."""

        def assert_value() -> None:
            assert np.float32(self.value(key)) == wanted

        eventually(assert_value)

    def value(self, key: str) -> float:
        """What the diagram shows for a signal of the chosen unit."""
        return next(each.exact for each in self.shown() if each.key == key and not each.run)

    def lines(self) -> list[str]:
        """The formulas with their numbers."""
        self.page.evaluate(FRAME)
        return self.root.locator(".filled").all_text_contents()

    def address(self, **wanted: str) -> dict[str, str]:
        """What stands in the address once it has `wanted` in it."""
        pattern = "".join(rf"(?=.*[?&]{key}={re.escape(quote(value))}(&|$))" for key, value in wanted.items())
        expect(self.page).to_have_url(re.compile(rf"^{pattern}.*$"))
        return dict(parse_qsl(urlsplit(self.page.url).query))


def link(**settings: object) -> str:
    return "/Step_through?" + urlencode({"from": "text", **settings})


def settled(page: Page) -> None:
    """Wait until the player has told the page where it is, and the page has answered."""
    settle(page, rested=True)


class Net(NamedTuple):
    """A net as a test describes it, in the words of the address."""

    text: str = "to be"
    cell: Any = "lstm"
    hidden: int = 3
    layers: int = 1
    both: bool = False
    seed: int = 5
    layer: int = 1
    direction: str = "forward"
    options: Mapping[str, str] = {}

    def __str__(self) -> str:
        parts = [self.cell, *map("-".join, self.options.items()), self.direction[:4], f"layer{self.layer}"]
        return "-".join(parts)

    def link(self, **more: object) -> str:
        plain = {name: getattr(self, name) for name in ("text", "cell", "hidden", "layers", "seed", "layer")}
        return link(**plain, both=int(self.both), direction=self.direction, **self.options, **more)

    def trace(self, *clamps: Clamp) -> stack.Trace:
        """The forward pass that the page should show."""
        given = nets.read_text(self.text, "characters", self.seed)
        names = {"forget": "learned", "input": "learned", "output": "learned", "peephole": "0"}
        named = {**names, "reset": "after", "activation": "tanh", **self.options}
        options = nets.variant_options(
            self.cell, *(named[n] for n in ("forget", "input", "output")), named["peephole"] == "1",
            named["reset"], named["activation"],
        )  # fmt: skip
        choice = nets.NetChoice(self.cell, self.hidden, self.layers, self.both, self.seed, options)
        layers = nets.build(choice, nets.FEATURES)
        traces = stack.forward(layers, given.x[:, None], clamps=list(clamps)).traces[self.layer - 1]
        return getattr(traces, self.direction)


def expected(trace: Any) -> dict[str, NDArray[np.float32]]:
    """Every number the player may show, (steps, hidden) each; of x (steps, features)."""
    found = {"x": trace.x[:, 0], "h_prev": analysis.previous(trace, "h")[:, 0]}
    signals = ("i", "f", "o", "g", "c", "tanh_c", "h", "r", "z", "n", "q")
    found |= {name: getattr(trace, name)[:, 0] for name in signals if hasattr(trace, name)}
    for gate, parts in analysis.terms(trace).items():
        found |= {f"{part}.{gate}": values[:, 0] for part, values in parts.items()}
    h = found["h_prev"]
    if "c" in found:
        found["c_prev"] = analysis.previous(trace, "c")[:, 0]
        found |= {"fc": found["f"] * found["c_prev"], "ig": found["i"] * found["g"]}
    if "z" in found:
        found["z1"] = np.float32(1) - found["z"]
        found |= {"zn": found["z1"] * found["n"], "zh": found["z"] * h, "rh": found["r"] * h}
    return found
