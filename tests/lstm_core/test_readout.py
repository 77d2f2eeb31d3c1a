"""What a model would say after every token is what it says of a text that ends there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import readout
from lstm_core.clamps import Clamp
from lstm_core.models import Classifier
from lstm_core.readout import Readout
from tests.nets_that_read import IDS, READERS, VARIANTS, logits_after
from tests.small_models import Net, make

BOTH_ENDS = (0, len(IDS) - 1)


def said(net: Net, clamps: tuple[Clamp, ...] = ()) -> Readout:
    model = make(net).model
    return readout.readout(model, IDS, readout.run(model, IDS, clamps), clamps)


def holds(net: Net) -> list[tuple[Clamp, ...]]:
    """In every layer and direction: all of h from the start; one unit for a while; one beyond the first step."""
    found: list[tuple[Clamp, ...]] = []
    for layer in range(net.layers):
        for direction in ("forward", "backward")[: 1 + net.both]:
            place = {"layer": layer, "direction": direction}
            found.append((Clamp("h", 0.7, **place),))  # type: ignore[arg-type]
            found.append((Clamp(net.cell.gates[0], 0.3, 1, 4, (2,), **place),))  # type: ignore[arg-type]
            found.append((Clamp("h", -0.4, 4, None, (1, 3), **place), Clamp("h", 0.9, 0, 2, **place)))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("net", [*READERS, *VARIANTS], ids=str)
def test_it_says_at_every_step_what_the_model_says_of_the_text_so_far(net: Net) -> None:
    found, model = said(net), make(net).model
    for t in range(len(IDS)):
        assert_allclose(found.logits[t], logits_after(model, t), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("net", READERS, ids=str)
def test_a_held_run_says_what_the_model_says_with_the_same_held(net: Net) -> None:
    model = make(net).model
    for clamps in holds(net):
        found = said(net, clamps)
        for t in range(len(IDS)):
            assert_allclose(
                found.logits[t], logits_after(model, t, clamps), rtol=1e-12, atol=1e-13, err_msg=str(clamps)
            )
        assert not np.allclose(found.logits, said(net).logits, atol=1e-4), clamps


@pytest.mark.parametrize("net", READERS, ids=str)
def test_what_is_held_later_does_not_change_what_is_said_before(net: Net) -> None:
    if net.both and net.task != "classifier":
        return  # a tagger with two directions reads the whole text before it speaks
    late = Clamp("h", 0.9, 3, None, None, 0, "backward" if net.both else "forward")
    found, free = said(net, (late,)), said(net)
    assert_allclose(found.logits[:3], free.logits[:3], rtol=1e-12)
    assert not np.allclose(found.logits[3:], free.logits[3:])


@pytest.mark.parametrize("net", READERS, ids=str)
def test_rows_times_weights_plus_bias_are_the_logits(net: Net) -> None:
    found, model = said(net), make(net).model
    W = readout.output_weights(model)
    assert_allclose(found.rows @ W, found.sums, rtol=1e-12)
    assert_array_equal(found.sums + model.b_out, found.logits)
    assert W.shape == (found.rows.shape[1], len(model.b_out))


@pytest.mark.parametrize("numbers", [1, 100, 150])
def test_beginnings_that_are_run_a_few_at_a_time_say_the_same(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for net in READERS:
        if net.task == "classifier" and net.both:
            clamps = holds(net)[-1]
            whole = said(net, clamps)
            monkeypatch.setattr(readout, "_NUMBERS", numbers)
            assert_allclose(said(net, clamps).logits, whole.logits, rtol=1e-12)
            monkeypatch.undo()


def test_one_token_is_a_text() -> None:
    for net in READERS:
        model = make(net).model
        found = readout.readout(model, IDS[:1], readout.run(model, IDS[:1]))
        assert found.logits.shape == (1, len(model.b_out))
        if isinstance(model, Classifier):
            assert_allclose(found.logits[0], logits_after(model, 0), rtol=1e-12)
