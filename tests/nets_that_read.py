"""Small nets that read tokens, for tests of what a trained net says; and what they should say, computed plainly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_core import models, stack
from lstm_core.clamps import Clamp
from tests.cases import NETS as CELLS
from tests.small_models import NETS, Net

READERS = [replace(net, ragged=False) for net in NETS if net.task != "regressor" and not net.carried]
# Every variant of every cell; the plain ones are there already.
VARIANTS = [net for net in (Net("language", cell) for cell in CELLS) if net not in READERS]
IDS = np.array([3, 1, 6, 6, 0, 2])


def logits_after(model: Any, t: int, clamps: Sequence[Clamp] = ()) -> np.ndarray:
    """What a model says at step t of IDS, (outputs,): a classifier after a text that ends there."""
    ids = IDS[: t + 1] if isinstance(model, models.Classifier) else IDS
    if not clamps:
        found = models.predict(model, ids[:, None]).logits
        return found[0] if isinstance(model, models.Classifier) else found[t, 0]
    inside = [replace(c, stop=min(c.stop or len(ids), len(ids))) for c in clamps if c.start < len(ids)]
    h = stack.forward(model.layers, model.embedding[ids[:, None]], clamps=inside).h[:, 0]
    W = model.embedding.T if model.W_out is None else model.W_out
    if not isinstance(model, models.Classifier):
        return h[t] @ W + model.b_out
    H = model.layers[-1].forward.hidden
    row = h.mean(axis=0) if model.pooling == "mean" else np.concatenate([h[-1, :H], h[0, H:]])
    return row @ W + model.b_out
