"""What every page brings with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstm_runs.limits import Limits
from lstm_runs.service import Service
from lstm_ui import frame, runs
from tests.pages.training import visit
from tests.training_runs import NET, TEXT
from tests.training_runs import until as until_true

pytestmark = pytest.mark.usefixtures("own_service")


def test_the_first_visit_to_any_page_lets_runs_go_on_that_a_stopped_server_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Service(Limits.from_environment())
    ident, key = before.start(TEXT, replace(NET, steps=1_000_000))
    until_true(lambda: before.view(ident).step > 10)
    before.close()
    made = []
    monkeypatch.setattr(runs, "Service", lambda: made.append(Service()) or made[-1])
    visit("app.py")
    (service,) = made
    step = service.view(ident).step
    until_true(lambda: service.view(ident).step > step)
    service.stop(ident, key)


def test_a_page_opens_although_the_run_store_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATESCOPE_WORKERS", "many")
    at = visit("app.py")
    assert not at.error
    at.switch_page(frame.LESSONS["Tagger"]).run()
    assert "GATESCOPE_WORKERS: expected a number" in at.error[0].value.replace("\\", "")
    monkeypatch.delenv("GATESCOPE_WORKERS")
