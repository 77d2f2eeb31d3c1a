"""The four models: gradients, what a loss is a mean of, dropout, tied weights, first draws, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import gradcheck, models, stack
from lstm_core.config import TrainConfig
from lstm_core.encoding import Vocabulary
from lstm_core.models import (
    Batch,
    Diverged,
    LanguageModel,
    LossAndGrads,
    arrays,
    build,
    count,
    loss,
    loss_and_grads,
    predict,
    scores,
)
from lstm_core.stack import Directions
from tests.checks import arrays_of, check_refused
from tests.small_models import CLASSES, DROPPED, NETS, NUMBERS, SYMBOLS, B, Given, H, T, make, own_steps
from tests.small_models import F as FEATURES


def check_gradients(given: Given, loss_of: Callable[[], float], gradients: Any) -> None:
    """Central differences of some entries of every parameter, and along three directions through all of them.

    `compare` measures against the largest gradient, and a difference of losses near 2 has an error of about 1e-11.
    """
    blocks, found = ({name: [array] for name, array in arrays(m).items()} for m in (given.model, gradients))
    report = gradcheck.compare(blocks, found, lambda _: loss_of(), np.random.default_rng(1), sample=12)
    assert [block.checked for block in report.blocks] == [min(12, block.size) for block in report.blocks]
    assert max(report.directions) < 1e-7, report
    assert report.error < 1e-4, report


@pytest.mark.parametrize("net", NETS, ids=str)
def test_every_gradient_matches_central_differences(net: Any) -> None:
    given = make(net)
    found = loss_and_grads(given.model, given.batch, initial=given.initial)
    check_gradients(given, lambda: loss(given.model, given.batch, initial=given.initial), found.grads)


@pytest.mark.parametrize("net", DROPPED, ids=str)
def test_gradients_match_central_differences_where_dropout_drops(net: Any) -> None:
    given = make(net)

    def found() -> LossAndGrads:  # the same mask each time
        return loss_and_grads(given.model, given.batch, initial=given.initial, rng=np.random.default_rng(5))

    check_gradients(given, lambda: found().loss, found().grads)
    assert abs(found().loss - loss(given.model, given.batch, initial=given.initial)) > 1e-6


def slow_loss(given: Given) -> float:
    """Sequence by sequence and step by step: the mean over everything that counts."""
    logits = predict(given.model, given.batch.x, given.initial, lengths=given.batch.lengths).logits
    at = [tuple(k) for k in np.argwhere(own_steps(given))] if logits.ndim == 3 else [(k,) for k in range(B)]
    errors = []
    for k in at:
        target = given.batch.targets[k]
        if given.batch.targets.dtype.kind == "f":
            errors += [(a - b) ** 2 for a, b in zip(logits[k], target, strict=True)]
        else:
            e = np.exp(logits[k])
            errors.append(-np.log(e[target] / e.sum()))
    return float(sum(errors) / len(errors))


@pytest.mark.parametrize("net", NETS, ids=str)
def test_the_loss_is_the_mean_over_what_counts(net: Any) -> None:
    given = make(net, seed=1)
    expected = slow_loss(given)
    assert_allclose(loss(given.model, given.batch, initial=given.initial), expected, rtol=1e-12)
    assert_allclose(loss_and_grads(given.model, given.batch, initial=given.initial).loss, expected, rtol=1e-12)
    said = predict(given.model, given.batch.x, given.initial, lengths=given.batch.lengths)
    assert_allclose(scores(given.model, said.logits, given.batch)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("net", [net for net in NETS if net.ragged], ids=str)
def test_what_stands_in_the_padding_changes_nothing(net: Any) -> None:
    given = make(net)
    before = loss_and_grads(given.model, given.batch)
    x, targets = given.batch.x.copy(), given.batch.targets.copy()
    x[~own_steps(given)] += 1
    if net.embedded:
        x %= SYMBOLS
    if targets.ndim > 1 and targets.shape[:2] == (T, B):
        targets[~own_steps(given)] = 1
    after = loss_and_grads(given.model, replace(given.batch, x=x, targets=targets))
    assert after.loss == before.loss
    for name, gradient in arrays(after.grads).items():
        assert_array_equal(gradient, arrays(before.grads)[name], err_msg=name)


@pytest.mark.parametrize("net", NETS[:14], ids=str)
def test_a_sequence_beside_others_is_read_as_if_it_were_alone(net: Any) -> None:
    given = make(net)
    whole = predict(given.model, given.batch.x, given.initial, lengths=given.batch.lengths).logits
    for k in range(B):
        steps = T if given.batch.lengths is None else int(given.batch.lengths[k])
        initial = None
        if given.initial is not None:
            initial = tuple(
                Directions(*(None if s is None else type(s)(*(a[k : k + 1] for a in s)) for s in pair))
                for pair in given.initial
            )
        alone = predict(given.model, given.batch.x[:steps, k : k + 1], initial).logits
        mine = whole[:steps, k : k + 1] if whole.ndim == 3 else whole[k : k + 1]
        assert_allclose(alone, mine, rtol=1e-12)


@pytest.mark.parametrize("net", [NETS[0], NETS[5], NETS[8], NETS[12], NETS[11]], ids=str)
def test_scores_count_right_answers_and_rows(net: Any) -> None:
    given = make(net)
    logits = predict(given.model, given.batch.x, lengths=given.batch.lengths).logits
    _, right, rows = scores(given.model, logits, given.batch)
    if net.task == "regressor":
        assert (right, rows) == (0, int(own_steps(given).sum()) if net.every_step else B)
        return
    hits = logits.argmax(-1) == given.batch.targets
    own = own_steps(given) if hits.ndim == 2 else np.ones(B, bool)
    assert rows == own.sum()
    assert right == sum(bool(hits[tuple(k)]) for k in np.argwhere(own))


def test_no_gradient_flows_into_the_window_before() -> None:
    """Truncation: two windows with the state carried over have the gradients of each alone, with that state given."""
    given = make(NETS[1])
    first = loss_and_grads(given.model, given.batch, initial=given.initial)
    second = loss_and_grads(given.model, given.batch, initial=first.final)
    again = loss_and_grads(given.model, given.batch, initial=first.trace.final)
    assert second.loss == again.loss != first.loss
    assert_array_equal(second.final[1].forward.h, second.trace.h[-1])


def test_carried_windows_give_the_logits_of_one_long_run() -> None:
    given = make(NETS[1])
    x = given.batch.x
    whole = predict(given.model, x, given.initial).logits
    first = predict(given.model, x[:2], given.initial)
    second = predict(given.model, x[2:], first.trace.final)
    assert_allclose(np.concatenate([first.logits, second.logits]), whole, rtol=1e-12)


# Dropout


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    kept = models._kept(np.random.default_rng(0), 0.3, (500, 400), np.dtype(np.float32))
    assert kept is not None
    assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs((kept == 0).mean() - 0.3) < 0.006  # five standard deviations
    assert kept.dtype == np.float32


def test_dropout_works_in_training_alone() -> None:
    given = make(DROPPED[0])
    without = replace(given.model, dropout=0.0)
    batch = given.batch
    assert loss(given.model, batch) == loss(without, batch) == loss_and_grads(given.model, batch).loss
    rng = np.random.default_rng(0)
    one, other = (loss_and_grads(given.model, batch, rng=rng).loss for _ in range(2))
    assert one != other
    assert loss_and_grads(given.model, batch, rng=np.random.default_rng(0)).loss == one
    assert loss_and_grads(without, batch, rng=np.random.default_rng(0)).loss == loss(without, batch)


@pytest.mark.parametrize("where", ["before the stack", "behind it"])
def test_dropout_is_both_before_and_behind_the_stack(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = make(DROPPED[0])
    shapes = []
    real = models._kept

    def spy(rng: Any, dropout: float, shape: tuple[int, ...], dtype: Any) -> Any:
        shapes.append(shape)
        mask = real(rng, dropout, shape, dtype)
        mine = (len(shapes) == 1) == (where == "before the stack")
        return mask if mine else np.ones(shape, dtype)

    monkeypatch.setattr(models, "_kept", spy)
    found = loss_and_grads(given.model, given.batch, rng=np.random.default_rng(3))
    assert shapes == [(T, B, FEATURES), (T * B, H)]
    assert abs(found.loss - loss(given.model, given.batch)) > 1e-6


# First draws, names, tied weights


def known(symbols: int = 50, labels: int = CLASSES) -> Any:
    tokens = ("<unk>", *(chr(300 + k) for k in range(symbols - 1)))
    return SimpleNamespace(
        vocabulary=Vocabulary(tokens), labels=tuple(f"label {k}" for k in range(labels)), train=np.zeros(3)
    )


def test_a_tied_model_has_one_matrix_for_both_ends() -> None:
    config = TrainConfig(hidden=30, features=30, tied=True)
    model = build(config, known(), np.random.default_rng(0))
    assert isinstance(model, LanguageModel)
    assert model.W_out is None and "W_out" not in arrays(model)
    assert_allclose(model.embedding.var(), 1 / 30, rtol=0.1)
    x = np.arange(6).reshape(6, 1)
    said = predict(model, x)
    assert_allclose(said.logits, said.trace.h @ model.embedding.T + model.b_out, rtol=1e-5, atol=1e-6)
    untied = replace(model, W_out=np.ascontiguousarray(model.embedding.T))
    batch = Batch(x, (x + 1) % 50)
    one, two = loss_and_grads(model, batch), loss_and_grads(untied, batch)
    assert isinstance(two.grads, LanguageModel) and two.grads.W_out is not None
    assert_allclose(arrays(one.grads)["embedding"], two.grads.embedding + two.grads.W_out.T, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("task", ["language", "classifier", "tagger", "regressor"])
def test_a_first_draw_has_the_sizes_and_variances_it_should(task: Any) -> None:
    both = task != "language"
    config = TrainConfig(task=task, hidden=40, features=20, layers=2, bidirectional=both, dropout=0.25, forget_bias=2.0)
    data = known() if task != "regressor" else SimpleNamespace(vocabulary=None, labels=(), train=np.zeros((9, 3)))
    model = build(config, data, np.random.default_rng(0))
    wide = 80 if both else 40
    outputs = {"language": 50, "regressor": 3}.get(task, CLASSES)
    assert type(model).__name__.lower().startswith(task)
    assert model.W_out is not None and model.W_out.shape == (wide, outputs) and model.b_out.shape == (outputs,)
    assert not model.b_out.any() and model.dropout == 0.25
    assert_allclose(model.W_out.var(), 1 / wide, rtol=0.15)
    assert (model.embedding is None) == (task == "regressor")
    if model.embedding is not None:
        assert_allclose(model.embedding.var(), 1.0, rtol=0.15)
    assert all(array.dtype == np.float32 for array in arrays(model).values())
    assert_array_equal(model.layers[1].forward.b[40:80], 2.0)
    again = build(config, data, np.random.default_rng(0))
    assert all((a == b).all() for a, b in zip(arrays(model).values(), arrays(again).values(), strict=True))


@pytest.mark.parametrize("net", NETS[:14], ids=str)
def test_arrays_and_with_arrays_are_inverse(net: Any) -> None:
    model = make(net).model
    named = arrays(model)
    assert len({id(array) for array in named.values()}) == len(named) == len(arrays_of(model))
    assert count(model) == sum(array.size for array in named.values())
    moved = models.with_arrays(model, {name: array + 1 for name, array in named.items()})
    for name, array in arrays(moved).items():
        assert_array_equal(array, named[name] + 1)
    assert list(arrays(moved)) == list(named)
    missing = {name: array for name, array in named.items() if name != "b_out"}
    check_refused(lambda: models.with_arrays(model, missing), "arrays", "'b_out'")
    check_refused(lambda: models.with_arrays(model, named | {"b_out": np.ones(1)}), "b_out: expected shape", "(1,)")


# What is refused; what stays as it was


def test_wrong_input_is_refused() -> None:
    given = make(NETS[0])
    model, batch = given.model, given.batch
    check_refused(lambda: predict(model, batch.x + 5), "x: expected ids from 0 to 6")
    check_refused(lambda: predict(model, batch.x - 7), "x: expected ids from 0 to 6, got -")
    check_refused(lambda: predict(model, batch.x * 1.0), "x: expected whole numbers", "float64")
    check_refused(lambda: predict(model, batch.x[0]), "x: expected shape (time, batch)")
    check_refused(lambda: loss(model, replace(batch, targets=batch.targets[:2])), "targets", f"({T}, {B})")
    check_refused(lambda: loss(model, replace(batch, targets=batch.targets[0])), "targets")


def test_a_loss_that_is_not_finite_has_no_gradient() -> None:
    given = make(NETS[10])
    assert given.batch.targets.shape[2] == NUMBERS
    with pytest.raises(Diverged, match=r"loss: expected a finite number, got (nan|inf)"), np.errstate(all="ignore"):
        loss_and_grads(given.model, replace(given.batch, targets=given.batch.targets + np.inf))


@pytest.mark.parametrize("net", NETS[:14], ids=str)
def test_arguments_stay_as_they_are(net: Any) -> None:
    given = make(net)
    before = {name: array.copy() for name, array in arrays_of((given.model, given.batch, given.initial)).items()}
    found = loss_and_grads(given.model, given.batch, initial=given.initial)
    after = arrays_of((given.model, given.batch, given.initial))
    for name, array in before.items():
        assert_array_equal(after[name], array, err_msg=name)
    for gradient in arrays(found.grads).values():
        assert not any(np.shares_memory(gradient, array) for array in after.values())
    assert stack.Directions is type(found.final[0])
