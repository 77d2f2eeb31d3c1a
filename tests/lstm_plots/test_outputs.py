"""The output layer on paper: its formulas, and its predictions as a table."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lstm_core import models
from lstm_plots import outputs, tables
from lstm_plots.notation import NOTATIONS

NAMES = ("<unk>", "=a", "b", "c", "d")
RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(4, len(NAMES)))
TRUE = np.array([2, 0, 4, 1])


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_every_notation_has_a_sum_and_a_softmax(notation: str, mean: bool, large: bool) -> None:
    y, p = outputs.output_formulas(notation, mean=mean, large=large)
    assert (y.result, p.result) == ("y", "p")
    assert y.filled == "{y} = {y.h} + {b.y}"
    assert ("{lse}" if large else "{sum}") in p.filled
    assert ("\u0304" in y.symbolic) == mean  # a bar over the state
    sign = y.symbolic.split("|")[1].split("_")[0]
    assert p.symbolic.count(sign) >= 2  # the softmax writes the sum as it is written above


def test_a_notation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="notation"):
        outputs.output_formulas("latin")


def test_the_table_has_the_most_probable_outputs_and_the_right_one() -> None:
    found = outputs.predictions_table(LOGITS, list("wxyz"), NAMES, TRUE, most=2)
    p = models.probabilities(LOGITS)
    for t, part in found.groupby("step"):
        best = np.argsort(-p[t - 1])[:2].tolist()
        right = int(TRUE[t - 1])
        shown = [NAMES.index(name) for name in part["output"]]
        assert shown == (best if right in best else [*best, right])
        assert_allclose(part["probability"], p[t - 1, shown])
        assert_allclose(part["logit"], LOGITS[t - 1, shown])
        assert part["right"].tolist() == [int(k == right) for k in shown]
    assert found.groupby("step")["token"].first().tolist() == list("wxyz")


def test_where_nobody_knows_what_is_right_nothing_is_said_about_it() -> None:
    found = outputs.predictions_table(LOGITS, list("wxyz"), NAMES, np.array([2, -1, -1, 0]), most=3)
    assert found.loc[found["step"].isin([2, 3]), "right"].isna().all()
    assert found.loc[found["step"].isin([1, 4]), "right"].notna().all()


def test_two_runs_stand_below_each_other_and_a_spreadsheet_runs_no_formula() -> None:
    held = LOGITS[:, ::-1]
    table = outputs.predictions_of_runs([LOGITS, held], list("wxyz"), NAMES, TRUE, most=len(NAMES))
    assert table["run"].tolist() == ["free"] * 20 + ["held"] * 20
    assert_allclose(np.sort(table["logit"][20:25]), np.sort(held[0]))
    assert "run" not in outputs.predictions_of_runs([LOGITS], list("wxyz"), NAMES, TRUE)
    again = pd.read_csv(io.StringIO(tables.to_csv(table)))
    assert not again["output"].str.startswith("=").any()
