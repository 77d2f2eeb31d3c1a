"""Tables hold the numbers of the trace, and nothing a spreadsheet would run."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lstm_plots.tables import runs_csv, to_csv, trace_table
from tests.cases import MODULES, NETS, Case, make

TOKENS = ["=cmd()", "+1", "-", "@x", "a,b"]


@pytest.mark.parametrize("net", NETS, ids=str)
def test_a_csv_read_back_holds_the_trace(net: Case) -> None:
    given = make(net)
    trace = MODULES[net.cell].forward(given.params, given.x, given.initial)
    table = trace_table(trace, net.cell, TOKENS)
    back = pd.read_csv(io.StringIO(to_csv(table)), index_col=False)
    assert len(back) == len(trace.x) * given.params.hidden
    assert_allclose(back["h"].to_numpy().reshape(len(trace.x), -1), trace.h[:, 0])
    assert_allclose(back["h_prev"].to_numpy().reshape(len(trace.x), -1)[0], trace.initial.h[0])
    for name in {column.split(".")[0] for column in back if column.startswith("a_")}:
        parts = back[[column for column in back if column.startswith(f"{name}.")]]
        assert_allclose(parts.sum(axis=1), back[name], atol=1e-12)


def test_one_step_is_that_part_of_the_whole() -> None:
    given = make(Case("lstm"))
    trace = MODULES["lstm"].forward(given.params, given.x)
    whole, step = trace_table(trace, "lstm", TOKENS), trace_table(trace, "lstm", TOKENS, step=2)
    pd.testing.assert_frame_equal(step, whole[whole["step"] == 3].reset_index(drop=True))


def test_a_free_and_a_held_run_stand_below_each_other() -> None:
    given = make(Case("lstm", clamped=True))
    free = MODULES["lstm"].forward(given.params, given.x)
    held = MODULES["lstm"].forward(given.params, given.x, clamps=given.clamps)
    table = pd.read_csv(io.StringIO(runs_csv([free, held], "lstm", TOKENS)))
    for name, trace in (("free", free), ("held", held)):
        assert_allclose(table[table["run"] == name]["c"].to_numpy().reshape(len(trace.x), -1), trace.c[:, 0])


def test_no_text_in_a_csv_begins_like_a_formula() -> None:
    given = make(Case("rnn"))
    text = to_csv(trace_table(MODULES["rnn"].forward(given.params, given.x), "rnn", TOKENS))
    tokens = pd.read_csv(io.StringIO(text))["token"].unique()
    assert list(tokens) == ["'=cmd()", "'+1", "'-", "'@x", "a,b"]
    assert np.isfinite(pd.read_csv(io.StringIO(text))["h"]).all()
