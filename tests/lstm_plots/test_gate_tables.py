"""The tables of the heatmaps say each number once, with what it belongs to, and nothing a spreadsheet would run."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from lstm_core import lstm, memory, units
from lstm_core.clamps import Clamp
from lstm_core.units import Saturation
from lstm_plots.gate_tables import ledger_table, saturation_table, signals_table
from lstm_plots.tables import to_csv

TOKENS = ["=cmd()", "a,b", '"', "=cmd()", "-1"]
HIDDEN = 3


def back(table: pd.DataFrame) -> pd.DataFrame:
    """Written as CSV and read again."""
    return pd.read_csv(io.StringIO(to_csv(table)), index_col=False, keep_default_na=False)


def signals(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(len(TOKENS), HIDDEN)).astype(np.float32) for name in "fch"}


def test_every_number_has_its_step_token_unit_and_signal():
    given = signals()
    table = back(signals_table(given, TOKENS, [7, 0, 4]))
    assert list(table.columns) == ["step", "token", "unit", "signal", "value"]
    assert len(table) == 3 * len(TOKENS) * HIDDEN
    assert not table.duplicated(["step", "unit", "signal"]).any()
    for row in table.sample(20, random_state=1).itertuples():
        column = [8, 1, 5].index(row.unit)
        assert np.float32(row.value) == given[row.signal][row.step - 1, column]
        assert row.token.lstrip("'") == TOKENS[row.step - 1]


def test_with_another_run_the_difference_stands_beside():
    one, two = signals(), signals(1)
    table = signals_table(one, TOKENS, [7, 0, 4], {name: two[name] for name in "hcf"})
    assert_array_equal(table["other"], np.concatenate([two[name].ravel() for name in "fch"]))
    assert_array_equal(table["difference"], table["other"] - table["value"])


def test_no_token_in_a_csv_begins_like_a_formula():
    table = back(signals_table(signals(), TOKENS, [7, 0, 4]))
    assert set(table["token"]) == {"'=cmd()", "a,b", '"', "'-1"}


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"f: expected shape \(time=5, units=2\), got \(5, 3\)"):
        signals_table(signals(), TOKENS, [7, 0])
    with pytest.raises(ValueError, match="other: expected signals f, c, h, got f"):
        signals_table(signals(), TOKENS, [7, 0, 4], {"f": signals()["f"]})
    with pytest.raises(ValueError, match="tokens: expected one for each of 5 steps, got 4"):
        ledger_table(found(), TOKENS[:4], [0])


def found(*, reverse: bool = False) -> memory.Ledger:
    rng = np.random.default_rng(3)
    initial = lstm.State(*rng.normal(size=(2, 1, HIDDEN)))
    params = lstm.init(rng, 2, HIDDEN, dtype=np.float64)
    held = [Clamp("c", 0.5, start=2, stop=3, units=(1,), direction="backward" if reverse else "forward")]
    trace = lstm.forward(params, rng.normal(size=(5, 1, 2)), initial, clamps=held, reverse=reverse)
    return memory.ledger(trace, 3)


@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
def test_the_bars_of_a_unit_add_up_to_its_state(reverse):
    ledger = found(reverse=reverse)
    table = back(ledger_table(ledger, TOKENS, [2, 1]))
    sums = table.groupby("unit")["bar"].sum()
    np.testing.assert_allclose(sums[[3, 2]], ledger.total[[2, 1]], atol=1e-12)
    read = [4, 5] if reverse else [1, 2, 3, 4]
    assert table[table["unit"] == 3]["step"].tolist() == [0, *read]
    assert table[table["step"] == 4]["token"].tolist() == ["'=cmd()"] * 2
    assert table[table["step"] == 0]["token"].tolist() == [""] * 2
    assert table[table["held"]][["unit", "step"]].values.tolist() == ([] if reverse else [[2, 3]])


def test_shares_and_dead_units_stand_in_one_row():
    rng = np.random.default_rng(0)
    shares = {gate: Saturation(*(0.5 * rng.random((2, 4)))) for gate in "rz"}
    dead = np.array([False, True, False, False])
    table = back(saturation_table(shares, dead))
    assert len(table) == 8
    for gate, parts in shares.items():
        rows = table[table["gate"] == gate]
        np.testing.assert_allclose(rows[["shut", "open"]].to_numpy(), np.stack(parts, axis=1))
        assert rows["unit"].tolist() == [1, 2, 3, 4] and rows["dead"].tolist() == dead.tolist()
    assert list(saturation_table({}, dead).columns) == ["unit", "dead"]
    assert set(
        saturation_table(units.saturation(lstm.forward(lstm.init(rng, 2, 4), np.ones((3, 1, 2)))), dead)["gate"]
    ) == set("ifo")
