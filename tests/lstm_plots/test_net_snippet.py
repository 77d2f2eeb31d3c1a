"""The code of a whole net that a reader takes away computes what the net says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import models
from lstm_plots import net_snippet
from lstm_ui import learned, whole_net
from tests.lstm_plots.test_snippet import run
from tests.nets_that_read import IDS, READERS, VARIANTS, logits_after
from tests.small_models import VOCABULARY, Net, make


@pytest.mark.parametrize("net", [*READERS, *VARIANTS], ids=str)
def test_the_code_reproduces_what_the_net_says(net: Net, tmp_path: Path) -> None:
    model = make(net).model
    (tmp_path / net_snippet.FILE).write_bytes(whole_net.npz(learned.run(model, model.layers, IDS)))
    found = run(net_snippet.code(model), tmp_path)
    found["d"].close()
    wanted = np.array([logits_after(model, t) for t in range(len(IDS))])
    assert_allclose(found["y"], wanted, rtol=1e-9, atol=1e-12)
    assert_allclose(found["p"], models.probabilities(wanted), rtol=1e-9)
    names = learned.symbols(model)
    for t, line in enumerate(found["printed"]):
        best = wanted[t].argmax()
        p = models.probabilities(wanted)[t, best]
        assert line == f"step {t + 1}: {VOCABULARY.tokens[IDS[t]]!r} -> {names[best]!r} {p:.4f}"


def test_it_fits_on_a_page() -> None:
    for net in [*READERS, *VARIANTS]:
        lines = net_snippet.code(make(net).model).splitlines()
        assert len(lines) <= 40
        assert max(map(len, lines)) <= 100
