"""What the player gets of a trained net's output layer is what the net computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import models, readout
from lstm_core.clamps import Clamp
from lstm_core.encoding import Vocabulary
from lstm_core.stack import Layer
from lstm_plots.notation import NOTATIONS
from lstm_ui import learned
from lstm_ui.components.player import head, head_payload
from tests.arrays_sent import columns_of
from tests.cases import Case, random_params
from tests.nets_that_read import IDS, READERS, logits_after
from tests.small_models import Net, make

MANY = 30  # tokens of a vocabulary: more than are shown at a step


def many(seed: int = 3) -> Any:
    """A language model of MANY tokens."""
    rng = np.random.default_rng(seed)
    layers = (Layer("gru", random_params(Case("gru"), rng, 2, 4)),)
    words = Vocabulary(("<unk>", *(f"w{k}" for k in range(MANY - 1))))
    W, b = rng.normal(size=(4, MANY)), rng.normal(size=MANY)
    return models.LanguageModel(rng.normal(size=(MANY, 2)), layers, W, b, words)


def sent(model: Any, *held: Clamp, **place: Any) -> dict[str, Any]:
    """The payload, with the tables of numbers unpacked."""
    runs = tuple(learned.run(model, model.layers, IDS, some) for some in [(), *([held] if held else [])])
    options = {"layer": len(model.layers) - 1, "direction": "forward", "notation": "gatescope", **place}
    found = dict(head_payload(runs, **options))
    found["shared"] = columns_of(found["shared"], len(IDS))
    found["runs"] = [columns_of(table, len(IDS)) for table in found["runs"]]
    return found


def symbol(found: dict[str, Any], t: int, k: int) -> str | None:
    place = int(found["shared"]["choice"][t, k])
    return None if place < 0 else found["symbols"][place][0]


@pytest.mark.parametrize("net", READERS, ids=str)
def test_every_candidates_numbers_are_those_of_the_model(net: Net) -> None:
    model = make(net).model
    found, names = sent(model), learned.symbols(model)
    (run,) = found["runs"]
    for t in range(len(IDS)):
        logits = logits_after(model, t)
        p = models.probabilities(logits)
        for k in range(run["y"].shape[1]):
            out = names.index(symbol(found, t, k))
            assert_allclose(run["y"][t, k], logits[out], rtol=1e-6)
            assert_allclose(run["p"][t, k], p[out], rtol=1e-6)
            assert_allclose(run["b.y"][t, k], model.b_out[out], rtol=1e-6)
            assert_allclose(run["y.h"][t, k] + run["b.y"][t, k], run["y"][t, k], atol=1e-6)
            assert_allclose(np.exp(run["y"][t, k]) / run["sum"][t, k], run["p"][t, k], rtol=1e-5)
            assert_allclose(np.exp(run["y"][t, k] - run["lse"][t, k]), run["p"][t, k], rtol=1e-5)
        assert_allclose(found["shared"]["embedding"][t], model.embedding[IDS[t]], rtol=1e-6)


@pytest.mark.parametrize("net", READERS, ids=str)
def test_the_named_units_give_most_to_the_sum(net: Net) -> None:
    model = make(net).model
    found, says = sent(model), learned.run(model, model.layers, IDS).says
    (run,) = found["runs"]
    W, names = readout.output_weights(model), learned.symbols(model)
    for t in range(len(IDS)):
        for k in range(run["y"].shape[1]):
            parts = says.rows[t] * W[:, names.index(symbol(found, t, k))]
            best = np.argsort(-np.abs(parts))[: head.PUSHES]
            window = slice(k * head.PUSHES, (k + 1) * head.PUSHES)
            assert run["unit"][t, window].tolist() == best.tolist()
            assert_allclose(run["gives"][t, window], parts[best], rtol=1e-6)


@pytest.mark.parametrize("net", [net for net in READERS if net.task == "classifier"], ids=str)
def test_of_a_classifier_it_says_how_far_a_token_has_moved_each_class(net: Net) -> None:
    model = make(net).model
    (run,) = sent(model)["runs"]
    before = np.asarray(model.b_out)  # what it would say before the first token
    for t in range(len(IDS)):
        after = logits_after(model, t)
        assert_allclose(run["moved"][t], after - before, rtol=1e-5, atol=1e-6)
        before = after
    rows = learned.run(model, model.layers, IDS).says.rows
    W = readout.output_weights(model)
    assert int(run["moved.unit"][2, 0]) == np.abs((rows[2] - rows[1]) * W[:, 0]).argmax()
    assert_allclose(run["moved.gives"][2, 0], ((rows[2] - rows[1]) * W[:, 0])[int(run["moved.unit"][2, 0])], rtol=1e-6)


def test_only_of_a_classifier_tokens_move_something() -> None:
    (run,) = sent(many())["runs"]
    assert "moved" not in run


def test_of_many_outputs_the_most_probable_of_both_runs_and_the_right_one_are_there() -> None:
    model, hold = many(), Clamp("h", 2.0, 2)
    found = sent(model, hold)
    assert found["outputs"] == MANY and not found["fixed"]
    for t in range(len(IDS)):
        wanted = {f"w{IDS[t + 1] - 1}" if IDS[t + 1] else "<unk>"} if t + 1 < len(IDS) else set()
        for clamps in ((), (hold,)):
            best = np.argsort(-logits_after(model, t, clamps))[: head.TOP]
            wanted |= {model.vocabulary.tokens[k] for k in best}
        shown = [symbol(found, t, k) for k in range(found["shared"]["choice"].shape[1])]
        assert {name for name in shown if name} == wanted
        assert len([name for name in shown if name]) == len(wanted), "one is shown twice"


def test_a_held_run_has_numbers_of_its_own() -> None:
    model, hold = many(), Clamp("z", 0.1, 1)
    found = sent(model, hold)
    free, held = found["runs"]
    for t in range(len(IDS)):
        for k in range(held["y"].shape[1]):
            if name := symbol(found, t, k):
                out = model.vocabulary.tokens.index(name)
                for run, clamps in ((free, ()), (held, (hold,))):
                    logits = logits_after(model, t, clamps)
                    assert_allclose(run["y"][t, k], logits[out], rtol=1e-5)
                    assert_allclose(run["p"][t, k], models.probabilities(logits)[out], rtol=1e-5)
                assert (free["y"][t, k] == held["y"][t, k]) == (t < 1)


def test_the_right_one_and_its_loss_are_known_of_a_language_model_only() -> None:
    model = many()
    found = sent(model)
    (run,) = found["runs"]
    for t in range(len(IDS) - 1):
        true = found["symbols"][int(found["shared"]["true"][t, 0])][0]
        assert true == model.vocabulary.tokens[IDS[t + 1]]
        assert_allclose(run["nats"][t, 0], -np.log(models.probabilities(logits_after(model, t))[IDS[t + 1]]), rtol=1e-5)
    assert found["shared"]["true"][-1, 0] == -1
    for net in READERS:
        if net.task != "language":
            assert (sent(make(net).model)["shared"]["true"] == -1).all()


def test_labels_keep_their_order() -> None:
    net = Net("tagger", Case("lstm"), both=True)
    found = sent(make(net).model)
    assert found["fixed"]
    assert [symbol(found, 4, k) for k in range(6)] == list("uvwxyz")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_formulas_are_those_of_the_notation(notation: str) -> None:
    assert [each["result"] for each in sent(many(), notation=notation)["formulas"]] == ["y", "p"]


def test_it_says_where_the_units_are() -> None:
    net = Net("classifier", Case("lstm"), layers=2, both=True, pooling="mean")
    model = make(net).model
    own = [sent(model, layer=k, direction=way)["units"]["own"] for k in (0, 1) for way in ("forward", "backward")]
    assert own == [-1, -1, 0, 4]
    assert len(sent(model)["notes"]) == 3


def test_sums_beyond_every_exponential_are_written_with_a_logarithm() -> None:
    model = many()
    found = sent(replace(model, b_out=model.b_out + 500))
    (run,) = found["runs"]
    assert "{lse}" in found["formulas"][1]["filled"]
    assert np.isfinite(run["sum"]).all()
    assert_allclose(run["p"], sent(model)["runs"][0]["p"], rtol=1e-4)


def test_a_weight_that_is_no_number_is_refused() -> None:
    model = many()
    with pytest.raises(ValueError, match="finite"):
        sent(replace(model, b_out=np.where(np.arange(MANY) == 3, np.nan, model.b_out)))
