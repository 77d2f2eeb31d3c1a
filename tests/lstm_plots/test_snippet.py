"""The code that a reader takes away computes the numbers on the screen."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import gru, lstm, rnn
from lstm_plots import snippet
from tests.cases import MODULES, NETS, Case, make


def run(code: str, folder: Path) -> dict[str, Any]:
    """What the code leaves behind, and what it printed."""
    printed: list[str] = []
    before = Path.cwd()
    os.chdir(folder)
    try:
        space: dict[str, Any] = {"print": printed.append}
        exec(compile(code, "snippet", "exec"), space)
    finally:
        os.chdir(before)
    return space | {"printed": printed}


@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("hidden", [3, 12])
def test_the_code_reproduces_the_trace(net: Case, hidden: int, reverse: bool, tmp_path: Path) -> None:
    given = make(replace(net, dtype="float32"), hidden=hidden)
    trace = MODULES[net.cell].forward(given.params, given.x, reverse=reverse)
    (tmp_path / snippet.FILE).write_bytes(snippet.npz(trace))
    found = run(snippet.code(trace, net.cell), tmp_path)
    for name in ("h", "c") if net.cell == "lstm" else ("h",):
        assert_allclose(found[name], getattr(trace.final, name)[0], rtol=1e-4, atol=1e-5)  # float32 against float64
    assert len(found["printed"]) == len(trace.x)


def test_every_printed_step_is_the_one_on_the_screen(tmp_path: Path) -> None:
    trace = lstm.forward(lstm.init(np.random.default_rng(1), 2, 2), np.random.default_rng(2).normal(size=(4, 1, 2)))
    assert not snippet.needs_file(trace)
    printed = run(snippet.code(trace, "lstm"), tmp_path)["printed"]
    for t, line in enumerate(printed):
        c = [float(number) for number in line.split("[")[1].split("]")[0].split()]
        assert_allclose(c, trace.c[t, 0], atol=5.1e-5)


@pytest.mark.parametrize("module, cell", [(lstm, "lstm"), (gru, "gru"), (rnn, "rnn")])
def test_it_is_about_ten_lines_of_code(module: Any, cell: str) -> None:
    trace = module.forward(module.init(np.random.default_rng(0), 12, 12), np.zeros((3, 1, 12)))
    lines = snippet.code(trace, cell).strip().split("\n")
    assert len(lines) <= 13
    assert max(map(len, lines)) <= 100
