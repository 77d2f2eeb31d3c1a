"""The output layer in formulas and as a table: from the state to a number a class, and on to a probability.

Formulas are written as in `lstm_plots.formulas`; y is the number of the class (or token) that is followed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstm_core import models
from lstm_core.arrays import Array, Ints
from lstm_plots.formulas import Formula
from lstm_plots.notation import MINUS, check_notation, letter

# What each source writes where it has an output layer at all; {h}: the state, y and p: places for the results.
_SUMS = {
    "gatescope": ("y", "{h} W_{{y}} + b_{{y}}"),
    "colah": ("y", "W_{{y}}\N{DOT OPERATOR}{h} + b_{{y}}"),
    "pytorch": ("y", "{h} W^{{\u22a4}} + b"),
    "keras": ("y", "{h} W_{{y}} + b_{{y}}"),
    "d2l": ("O", "{h} W_{{hq}} + b_{{q}}"),
    "article": ("O", "{h} W_{{hq}} + b_{{q}}"),
}


def output_formulas(notation: str = "gatescope", *, mean: bool = False, large: bool = False) -> tuple[Formula, ...]:
    """The sum of one class, and the softmax that makes a probability of it.

    Parameters
    ----------
    notation : one of `lstm_plots.notation.NOTATIONS`
    mean : bool
        The output layer reads the mean of all outputs so far, and not the last one.
    large : bool
        Some sums are so large that their exponentials are no float32: the softmax is written with a logarithm.

    Returns
    -------
    tuple of Formula
        With the keys y (result), y.h (the state's part), b.y (the bias), p, and sum, the sum of all exponentials, or
        lse, its logarithm.

    Raises
    ------
    ValueError
        For a notation that does not exist.

    Examples
    --------
    >>> [formula.filled for formula in output_formulas("d2l")]
    ['{y} = {y.h} + {b.y}', '{p} = exp({y}) / {sum}']
    """
    check_notation(notation)
    sign, written = _SUMS[notation]
    state = letter("h", notation) + ("\u0304" if mean else "")
    y = f"[y|{sign}_{{k}}]"
    total = written.format(h=f"[h|{state}_{{t}}]")
    if large:
        softmax = f"*exp*({y} {MINUS} *log* [sum|\u03a3_{{j}} *exp* {sign}_{{j}}])"
        filled = f"exp({{y}} {MINUS} {{lse}})"
    else:
        softmax, filled = f"*exp*({y}) / [sum|\u03a3_{{j}} *exp*({sign}_{{j}})]", "exp({y}) / {sum}"
    return (
        Formula("y", f"{y} = {total}", "{y} = {y.h} + {b.y}"),
        Formula("p", f"[p|p_{{k}}] = {softmax}", f"{{p}} = {filled}"),
    )


def predictions_table(
    logits: Array, tokens: Sequence[str], names: Sequence[str], true: Ints, most: int = 10
) -> pd.DataFrame:
    """What a net says at each step, a row for each of its most probable outputs and for the one that was right.

    Parameters
    ----------
    logits : ndarray, shape (time, outputs)
    tokens : sequence of str
        One a step: what was read.
    names : sequence of str
        What the outputs stand for.
    true : ndarray of int, shape (time,)
        The output that would have been right, -1 where nobody knows.
    most : int
        Outputs of a step, besides the right one.

    Returns
    -------
    DataFrame
        Columns step (from 1), token, output, logit, probability, and right: 1 or 0, or nothing where nobody knows.

    Examples
    --------
    >>> predictions_table(np.log([[0.25, 0.75]]), ["a"], ["b", "c"], np.array([0]), most=1)
       step token output     logit  probability  right
    0     1     a      c -0.287682         0.75      0
    1     1     a      b -1.386294         0.25      1
    """
    p = models.probabilities(logits.astype(np.float64))
    rows = []
    for t, token in enumerate(tokens):
        best = np.argsort(-p[t], kind="stable")[:most].tolist()
        shown = best if true[t] < 0 or true[t] in best else [*best, int(true[t])]
        rows += [
            (t + 1, token, names[k], logits[t, k], p[t, k], None if true[t] < 0 else int(k == true[t])) for k in shown
        ]
    found = pd.DataFrame(rows, columns=["step", "token", "output", "logit", "probability", "right"])
    return found if (true < 0).any() else found.astype({"right": int})


def predictions_of_runs(
    runs: Sequence[Array], tokens: Sequence[str], names: Sequence[str], true: Ints, most: int = 10
) -> pd.DataFrame:
    """`predictions_table` of the free run; with a held one behind it, told apart by a first column.

    Parameters
    ----------
    runs : sequence of ndarray, shape (time, outputs)
        Logits of the free run, and of the held one if there is one.
    """
    found = [predictions_table(logits, tokens, names, true, most) for logits in runs]
    if len(found) > 1:
        for name, table in zip(("free", "held"), found, strict=True):
            table.insert(0, "run", name)
    return pd.concat(found, ignore_index=True)
