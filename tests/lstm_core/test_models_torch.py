"""The models agree with PyTorch: stored values of loss, logits and every gradient.

tools/make_model_reference.py wrote them. The recurrent weights come through `interop.from_torch`, which has tests of
its own; gradients go the same way.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import interop, stack
from lstm_core.encoding import Vocabulary
from lstm_core.models import (
    Batch,
    Classifier,
    LanguageModel,
    Model,
    Regressor,
    Tagger,
    arrays,
    loss,
    loss_and_grads,
    predict,
)

DATA = Path(__file__).parent.parent / "data"
NAMES = [
    "language_lstm",
    "language_gru",
    "language_rnn_tied",
    "language_lstm_tied_sentences",
    "classifier_lstm_last",
    "classifier_gru_mean",
    "classifier_rnn_last",
    "classifier_lstm_mean",
    "tagger_lstm",
    "tagger_gru",
    "regressor_lstm",
    "regressor_gru_last",
    "regressor_rnn_embedded",
]
EXACT = {"rtol": 1e-10, "atol": 1e-13}
VOCABULARY, LABELS = Vocabulary(("<unk>", *"abcdef")), tuple("uvwxyz")


@cache
def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"torch_model_{name}.npz") as file:
        return {key: file[key] for key in file.files}


def model_of(name: str, prefix: str) -> Any:
    """The model in whose arrays stand PyTorch's weights, or its gradients."""
    found = {k.removeprefix(f"{prefix}/"): value for k, value in stored(name).items() if k.startswith(f"{prefix}/")}
    cells = {key.removeprefix("cells."): value for key, value in found.items() if key.startswith("cells.")}
    if "gru" not in name:  # one bias here: the second is 0, and its gradient the same as the first's
        cells = {key: 0 * value if "bias_hh" in key else value for key, value in cells.items()}
    embedding, b_out = found.get("embedding.weight"), found["linear.bias"]
    W_out = found["linear.weight"].T if "linear.weight" in found else None
    layers = interop.from_torch(cells)
    if name.startswith("language"):
        tied = "tied" in name
        return LanguageModel(embedding, layers, None if tied else W_out, b_out, VOCABULARY)
    if name.startswith("tagger"):
        return Tagger(embedding, layers, W_out, b_out, VOCABULARY, LABELS)
    if name.startswith("classifier"):
        return Classifier(embedding, layers, W_out, b_out, VOCABULARY, LABELS, pooling=name.split("_")[2])
    return Regressor(layers, W_out, b_out, embedding, every_step="last" not in name)


def given(name: str) -> tuple[Model, Batch, tuple[stack.Directions, ...] | None]:
    theirs = stored(name)
    model = model_of(name, "weight")
    batch = Batch(theirs["x"], theirs["targets"], theirs.get("lengths"))
    if "initial_h" not in theirs:
        return model, batch, None
    State = stack.CELLS[model.layers[0].cell].State
    states = zip(*(theirs[f"initial_{name}"] for name in State._fields), strict=True)
    return model, batch, tuple(stack.Directions(State(*state)) for state in states)


@pytest.mark.parametrize("name", NAMES)
def test_logits_and_loss_agree_with_pytorch(name: str) -> None:
    model, batch, initial = given(name)
    theirs = stored(name)
    ours, expected = predict(model, batch.x, initial, lengths=batch.lengths).logits, theirs["logits"]
    assert ours.shape == expected.shape
    if batch.lengths is not None and ours.ndim == 3:  # past a length PyTorch writes 0
        own = np.arange(len(ours))[:, None] < batch.lengths
        ours, expected = ours[own], expected[own]
    assert_allclose(ours, expected, **EXACT)
    assert_allclose(loss(model, batch, initial=initial), theirs["loss"], **EXACT)


@pytest.mark.parametrize("name", NAMES)
def test_every_gradient_agrees_with_pytorch(name: str) -> None:
    model, batch, initial = given(name)
    found = loss_and_grads(model, batch, initial=initial)
    assert_allclose(found.loss, stored(name)["loss"], **EXACT)
    expected = arrays(model_of(name, "gradient"))
    ours = arrays(found.grads)
    assert ours.keys() == expected.keys() == arrays(model).keys()
    for key, gradient in ours.items():
        assert np.abs(expected[key]).max() > 1e-4
        assert_allclose(gradient, expected[key], **EXACT, err_msg=key)


def test_the_stored_values_are_random_and_nowhere_zero() -> None:
    for name in NAMES:
        for key, array in stored(name).items():
            unused = "bias_hh" in key and "gru" not in name
            whole = array.dtype.kind == "i" or key == "gradient/embedding.weight"
            assert unused or whole or np.abs(array).min() > 0, f"{name}: {key}"
