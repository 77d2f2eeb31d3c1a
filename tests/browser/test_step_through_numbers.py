"""Numbers read off the screen are those of the core, and the four digits shown are enough to check them by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from playwright.sync_api import Page

from lstm_core.clamps import Clamp
from tests.browser.player import Net, Player, Shown, expected

Visit = Callable[[str], Page]

NETS = [
    Net(),
    Net(cell="gru"),
    Net(cell="gru", options={"reset": "before"}),
    Net(cell="rnn"),
    Net(cell="rnn", options={"activation": "relu"}),
    Net(options={"peephole": "1"}),
    Net(options={"forget": "coupled"}),
    Net(options={"forget": "coupled", "peephole": "1"}),
    Net(options={"forget": "none", "output": "none"}),
    Net(options={"input": "none", "peephole": "1"}),
    Net(layers=2, layer=2),
    Net(both=True, direction="backward"),
    Net(cell="gru", layers=3, layer=2, both=True, direction="backward", hidden=5),
]
SUBS = {"lstm": 5, "gru": 5, "rnn": 3}
NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
# What has to be on the screen in some sub-step, so that a panel that shows nothing is no success.
MUST = {
    "lstm": "x c_prev h_prev a.f x.i h.g b.o f i o g fc ig c tanh_c h".split(),
    "gru": "x h_prev a.r x.z h.r b.n x.n r z n a.n z1 zn zh h".split(),
    "rnn": "x h_prev a.h x.h h.h b.h h".split(),
}


def check(net: Net, shown: list[Shown], wanted: dict[str, np.ndarray], step: int, unit: int) -> None:
    """Every number is the core's, exactly; its text is that number in four digits."""
    for each in shown:
        value = wanted[each.key][step, each.index if each.index >= 0 else unit]
        assert np.float32(each.exact) == value, f"{net}: {each} at step {step}, unit {unit}: the core has {value!r}"
        assert float(np.float32(each.exact)) == each.exact, f"{each} is no float32"
        check_digits(each.text, each.exact)


def check_digits(text: str, exact: float) -> None:
    """A number in brackets or not, with a real minus sign, rounded to four significant digits."""
    plain = text.strip("()").removeprefix("free ").removeprefix("held ").replace("\u2212", "-")
    if exact == 0:
        assert plain == "0", text
        return
    digits = re.sub(r"e.*|[-.+]", "", plain).lstrip("0")
    assert len(digits) == 4 and "-" not in text, f"{text!r} for {exact}"
    place = Decimal(10) ** (Decimal(plain).adjusted() - 3)
    assert abs(Decimal(plain) - Decimal(exact)) <= place / 2, f"{text!r} for {exact}"


@pytest.mark.parametrize("cell", SUBS)
def test_every_number_on_the_screen_is_the_cores(visit: Visit, cell: str) -> None:
    # One browser profile for all nets of a cell: a new one fetches the whole front end again.
    for net in NETS:
        if net.cell == cell:
            step_through(visit, net)


def step_through(visit: Visit, net: Net) -> None:
    """Two steps and units of a net, in every sub-step."""
    wanted = expected(net.trace())
    player = Player(visit(net.link()))
    seen: set[str] = set()
    for step, unit in ((0, 0), (3, net.hidden - 1)):
        player.go(step=step, unit=unit)
        for sub in range(1, SUBS[net.cell] + 1):
            player.go(sub=sub)
            shown = player.shown()
            assert player.at() == [step, sub, unit], net
            check(net, shown, wanted, step, unit)
            seen |= {each.key for each in shown}
    removed = {name[0] for name in ("forget", "input", "output") if net.options.get(name, "learned") != "learned"}
    must = set(MUST[net.cell]) | ({"p.f", "p.i", "p.o"} if net.options.get("peephole") else set())
    missing = {key for key in must - seen if not removed & set(key.split(".")[-1])}
    assert not missing, f"{net}: never shown: {missing}"


def test_a_held_gate_shows_both_runs_and_the_difference(visit: Visit) -> None:
    net = Net(hidden=4)
    free = expected(net.trace())
    held = expected(net.trace(Clamp("f", 0.25, 1, 4, (2,), 0, "forward")))
    player = Player(visit(net.link(hold="f", at="0.25", hunit=3, hfrom=2, hto=4, t=4, u=3, sub=4)))
    assert player.at() == [3, 4, 2]
    runs = {"free": free, "held": held, "diff": {key: held[key] - free[key] for key in free}}
    for view, other in (("held", "free"), ("free", "held"), ("diff", "free")):
        player.root.locator(f"[data-view='{view}']").click()
        for each in player.shown():
            formulas_show = "held" if view == "diff" else view
            run = {"": view if each.drawn else formulas_show, "other": other}.get(each.run, each.run)
            wanted = runs[run][each.key][3, each.index if each.index >= 0 else 2]
            assert np.float32(each.exact) == wanted, (view, each, wanted)
    assert player.root.locator("[data-compare='f'] td[data-run='held']").get_attribute("data-exact") == "0.25"
    assert held["c"][3, 2] != free["c"][3, 2]
    for step in (0, 4):  # outside the window
        player.go(step=step)
        cells = {each.run: each.exact for each in player.shown() if each.key == "f" and each.run in runs}
        assert np.float32(cells["held"]) == held["f"][step, 2] != np.float32(0.25)


def sigma(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def relu(a: float) -> float:
    return max(0.0, a)


def test_a_formula_can_be_recomputed_from_its_own_digits(visit: Visit) -> None:
    found = []
    held = {"hold": "f", "at": "0.3"}
    for net, more in [*((NETS[k], {}) for k in (0, 1, 2, 4, 7)), (NETS[0], held), (NETS[6], held)]:
        player = Player(visit(net.link(t=4, u=2, **more)))
        for sub in range(1, SUBS[net.cell] + 1):
            player.go(sub=sub)
            lines = player.lines()
            found += [line for line in lines if "=" in line]
            # What is held is not what its formula gives: there it must not say "=".
            assert more == {} or sub != 3 or any(re.match(r"0.3000 ?\u2260", line) for line in lines), lines
    assert len(found) > 30
    for line in found:
        left, *sides = (side.strip() for side in readable(line).split("="))
        size = sum(abs(float(number)) for number in re.findall(NUMBER, readable(line)))
        for side in sides:  # four digits: each number is right to one part in 2000
            assert compute(side) == pytest.approx(float(left), abs=size / 1999), line


def readable(line: str) -> str:
    for sign, plain in ("\u2212-", "\u00b7*", "\u00d7*"):
        line = line.replace(sign, plain)
    return line.replace("\u03c3", "sigma")


def compute(side: str) -> float:
    assert re.fullmatch(rf"({NUMBER}|sigma|tanh|relu|[-+*() ])+", side), side
    return float(eval(side, {"__builtins__": {}}, {"sigma": sigma, "tanh": math.tanh, "relu": relu}))
