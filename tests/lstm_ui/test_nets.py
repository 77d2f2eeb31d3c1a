"""From what a reader chose to a net: the same everywhere, and nothing lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import stack
from lstm_ui import nets

# Written down once: a link must show the same numbers on another machine and with another NumPy.
STORED = {
    "lstm": (
        {},
        ([0.15321, 0.4864856, 0.3376446], [0.1671965, -0.1587414, -0.6330326], [-0.02705855, -0.06378966, -0.03824781]),
    ),
    "gru": (
        {"reset_after": False},
        ([0.15321, 0.4864856, 0.3376446], [-0.03151446, -0.632593, 0.3397291], [0.0396699, 0.3648626, 0.1493686]),
    ),
    "rnn": ({"activation": "relu"}, ([0.15321, 0.4864856, 0.3376446], [-0.7264719, -0.1621927, 0.6305125], [0, 0, 0])),
}


@pytest.mark.parametrize("cell", STORED)
def test_a_seed_means_the_same_weights_and_numbers_everywhere(cell: str) -> None:
    options, (first, last, output) = STORED[cell]
    choice = nets.NetChoice(cell, 3, 2, True, 7, options)  # type: ignore[arg-type]
    given = nets.read_text("Hi, 你", "characters", seed=7)
    layers = nets.build(choice, nets.FEATURES)
    run = stack.forward(layers, given.x[:, None])
    assert_allclose(layers[0].forward.W_x[0, :3], first, rtol=1e-6)
    assert_allclose(layers[1].backward.W_h[-1, -3:], last, rtol=1e-6)  # type: ignore[union-attr]
    assert_allclose(run.h[-1, 0, :3], output, rtol=1e-4)


def test_edits_come_back_as_they_were_written() -> None:
    edits = nets.read_edits("0f.W_x.2.1:0.5,1b.b.0.3:-2")
    assert nets.read_edits(nets.write_edits(edits)) == edits
    again = nets.Edit(0, "forward", "W_x", 2, 1, 0.25)
    assert nets.write_edits([*edits, again]) == "0f.W_x.2.1:0.25,1b.b.0.3:-2"


@pytest.mark.parametrize(
    "written",
    ["x", "0f.W_x.1:2", "0q.b.0.0:1", "0f.b.-1.0:1", "0f.b.0.0:nan", "0f.b.0.0:1e9", "f.b.0.0:1", "0f.b.0.0:1001"],
)
def test_nonsense_for_edits_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        nets.read_edits(written)


def test_a_series_with_decimal_commas_gets_a_note() -> None:
    assert any("Write 1.5" in note for note in nets.read_series("1,5 2,5 3").notes)
    assert not nets.read_series("1.5, 2.5, 3").notes


def test_a_step_of_too_many_numbers_is_refused() -> None:
    assert nets.read_series("\n".join(["1 " * 32] * 3)).x.shape == (3, 32)
    with pytest.raises(ValueError, match="at most 32 numbers a step, got 33"):
        nets.read_series("\n".join(["1 " * 33] * 3))


def test_a_paste_without_end_is_refused_at_once() -> None:
    for typed in ("9" * 5_000_000, "9" * 90_000 + " 1" * 1_000_000):
        with pytest.raises(ValueError, match="series: expected"):
            nets.read_series(typed)


def test_a_long_series_is_cut_between_two_numbers() -> None:
    given = nets.read_series("0.125 " * 100_000)
    assert given.x.shape == (nets.MOST_STEPS, 1)
    assert np.all(given.x == 0.125)
