"""Flow: the gradient of every step, split by the path it came along.

Each part is compared with the derivative along that one path of the textbook's cell, which is found by nudging the
value that this path alone reads; nothing here knows how the fast cells compute it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests import textbook
from tests.cases import CASES, Case, Given, is_token, make, run, where
from tests.checks import backward

# Parts of the Flow, each the sum of these paths of the textbook; 1 where the next step reads the value.
PATHS = {
    "lstm": {
        "dh": [("h", 0)], "dc": [("c", 0)], "dc_highway": [("c_prev to c", 1)], "dc_output": [("c to h", 0)],
        "dc_peephole": [("c to o", 0), ("c_prev to peepholes", 1)],
    },
    "gru": {"dh": [("h", 0)], "dh_highway": [("h_prev to h", 1)]},
    "rnn": {"dh": [("h", 0)], "dh_recurrent": [("h_prev to h", 1)]},
}  # fmt: skip
PARTS = {
    "lstm": {"dh": ("dh_loss", "dh_final", "dh_gates"), "dc": ("dc_final", "dc_highway", "dc_output", "dc_peephole")},
    "gru": {"dh": ("dh_loss", "dh_final", "dh_highway", "dh_gates")},
    "rnn": {"dh": ("dh_loss", "dh_final", "dh_recurrent")},
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_parts_add_up_to_the_totals(case: Case) -> None:
    flow = backward(case, make(case), flow=True).flow
    precision = 1e-14 if case.dtype == "float64" else 2e-6
    for total, names in PARTS[case.cell].items():
        parts = [getattr(flow, name) for name in names]
        summed = sum(part.sum(0) if part.ndim == 4 else part for part in parts)
        size = sum(np.abs(part).sum(0) if part.ndim == 4 else np.abs(part) for part in parts)
        assert np.all(np.abs(getattr(flow, total) - summed) <= precision * (1 + size)), total


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_every_part_is_the_derivative_along_its_own_path(case: Case) -> None:
    given = make(case, steps=4)
    flow = backward(case, given, flow=True).flow
    for name, paths in PATHS[case.cell].items():
        expected = sum(along_path(case, given, path, shift) for path, shift in paths)
        assert_allclose(getattr(flow, name), expected, rtol=1e-11, atol=1e-12, err_msg=name)
    if case.cell == "rnn":
        return
    assert flow.dh_gates.shape == (len(case.gates), *given.dh.shape)
    for row, gate in enumerate(case.gates):
        expected = along_path(case, given, f"h_prev to {gate}", 1)
        assert_allclose(flow.dh_gates[row], expected, rtol=1e-11, atol=1e-12, err_msg=f"dh_gates, {gate}")


def along_path(case: Case, given: Given, path: str, shift: int) -> np.ndarray:
    """The derivative along one path for a whole batch, (time, batch, hidden); 0 past each length."""
    out = np.zeros(given.dh.shape)
    for j, n in enumerate(is_token(given).sum(0)):
        start, end = ({key: a[j] for key, a in state._asdict().items()} for state in (given.initial, given.d_final))
        out[:n, j] = textbook.path_gradient(
            case.cell,
            given.params,
            given.x[:n, j],
            start,
            given.clamps,
            case.reverse,
            given.dh[:n, j],
            end,
            path,
            shift,
        )
    return out


@pytest.mark.parametrize("case", where(dtype="float64"), ids=str)
def test_the_loss_and_the_final_state_enter_where_they_belong(case: Case) -> None:
    given = make(case)
    flow = backward(case, given, flow=True).flow
    token = is_token(given)
    assert_allclose(flow.dh_loss, np.where(token[..., None], given.dh, 0), rtol=1e-15)
    last = np.zeros(len(token[0]), int) if case.reverse else token.sum(0) - 1
    for name in given.d_final._fields:
        expected = np.zeros(given.dh.shape)
        expected[last, np.arange(len(last))] = getattr(given.d_final, name)
        assert_allclose(getattr(flow, f"d{name}_final"), expected, rtol=1e-15, err_msg=name)


@pytest.mark.parametrize("case", where(dtype="float64", clamped=False), ids=str)
def test_the_first_state_gets_what_the_textbook_says(case: Case) -> None:
    given = make(case)
    result = backward(case, given)
    tiny = 1e-40
    for name, array in result.initial._asdict().items():
        for j, n in enumerate(is_token(given).sum(0)):
            end = {key: a[j] for key, a in given.d_final._asdict().items()}
            for unit in range(array.shape[1]):
                start: dict[str, Any] = {key: a[j].astype(complex) for key, a in given.initial._asdict().items()}
                start[name][unit] += tiny * 1j
                steps = textbook.run_sample(case.cell, given.params, given.x[:n, j], start, (), case.reverse)
                loss = textbook.sample_loss(case.cell, steps, given.dh[:n, j], end, case.reverse)
                assert array[j, unit] == pytest.approx(loss.imag / tiny, rel=1e-11, abs=1e-12)


REMOVED = [
    case for case in where(cell="lstm", dtype="float64") if str(case.kind) not in ("lstm-plain", "lstm-peephole")
]


@pytest.mark.parametrize("case", REMOVED, ids=str)
def test_removed_and_coupled_gates_have_no_gradient_at_all(case: Case) -> None:
    given = make(case)
    result = backward(case, given, flow=True)
    hidden, v = given.params.W_h.shape[0], case.variant
    removed = {"i": v.input == "none", "f": v.forget != "learned", "o": v.output == "none", "g": False}
    for row, (gate, is_removed) in enumerate(removed.items()):
        block = slice(row * hidden, (row + 1) * hidden)
        gradients = [
            result.params.W_x[:, block],
            result.params.W_h[:, block],
            result.params.b[block],
            result.flow.dh_gates[row],
        ]
        if v.peephole and gate != "g":
            gradients.append(result.params.p[row])
        for gradient in gradients:
            assert gradient.any() != is_removed, gate


@pytest.mark.parametrize("case", REMOVED, ids=str)
def test_the_weights_of_removed_gates_are_unused(case: Case) -> None:
    given = make(case)
    hidden, v, old = given.params.W_h.shape[0], case.variant, given.params
    rows = [row for row, how in enumerate([v.input, v.forget, v.output]) if how != "learned"]
    W_x, W_h, b = old.W_x.copy(), old.W_h.copy(), old.b.copy()
    p = None if old.p is None else old.p.copy()
    for row in rows:
        block = slice(row * hidden, (row + 1) * hidden)
        W_x[:, block], W_h[:, block], b[block] = 3.0, -2.0, 5.0
        if p is not None:
            p[row] = 4.0
    changed = given._replace(params=type(old)(W_x, W_h, b, p=p, variant=v))
    one, two = run(case, given), run(case, changed)
    for name in case.signals:
        assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    assert_allclose(backward(case, given).x, backward(case, changed).x, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("case", where(cell="lstm", dtype="float64"), ids=str)
def test_without_peepholes_that_part_is_zero(case: Case) -> None:
    flow = backward(case, make(case), flow=True).flow
    assert flow.dc_peephole.any() == case.variant.peephole
