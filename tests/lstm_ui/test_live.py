"""The live chart is sent what it lacks, in small parts, and never loses a row for good."""

from __future__ import annotations

import base64
import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from lstm_core.history import History
from lstm_ui.components.live.live import FEED, PICTURE
from lstm_ui.components.live.payload import LIMIT, ROWS, VALIDATIONS, Sent, live_payload

NAMES = {"rows": ROWS, "validations": VALIDATIONS}


def history(updates: int, every: int = 50) -> History:
    rng = np.random.default_rng(5)  # a longer history begins like a shorter one
    found = History().with_rows([(float(k), *(1 + rng.random(6))) for k in range(1, updates + 1)])
    for step in range(0, updates + 1, every):
        found = found.with_validation(step, 3.0 / (1 + step), step / 5_000)
    return found


def view(past: History, *, status: str = "running", run: str = "run", **extra: object) -> SimpleNamespace:
    values = {
        "id": run,
        "status": status,
        "step": past.updates,
        "steps": 5_000,
        "history": past,
        "failure": None,
        "sample": "the dogs run",
        "tokens_per_second": 1_234.5,
        "seconds_left": 12.0,
        "config": SimpleNamespace(stability_weight=2.5),
    }
    return SimpleNamespace(**{**values, **extra})


def rows_of(part: dict, names: tuple[str, ...]) -> dict[str, list[float]]:
    """What a browser reads out of a part."""
    sent = names[1:] if "even" in part else names
    numbers = np.frombuffer(base64.b64decode(part["data"]), dtype="<f4").reshape(len(sent), part["count"])
    found = dict(zip(sent, numbers.tolist(), strict=True))
    if "even" in part:
        first, stride = part["even"]
        found[names[0]] = [first + k * stride for k in range(part["count"])]
    return found


class Browser:
    """Takes messages as live/rows.js does."""

    def __init__(self) -> None:
        self.run, self.stride = "", 0
        self.tables = {part: {name: [] for name in names} for part, names in NAMES.items()}

    def take(self, message: dict) -> dict | None:
        run, stride = message["run"], message["stride"]
        if run != self.run or not self.stride or stride % self.stride:
            self.__init__()
        elif stride != self.stride:
            self.merge(stride // self.stride)
        self.run, self.stride = run, stride
        gap = False
        for part, names in NAMES.items():
            after, table = message[part]["after"], self.tables[part]
            steps = table[names[0]]
            if (steps[-1] if steps else -1) < after:
                gap = True
                continue
            kept = sum(step <= after for step in steps)
            for name, values in rows_of(message[part], names).items():
                table[name][kept:] = values
        last = [(self.tables[part][names[0]] or [-1])[-1] for part, names in NAMES.items()]
        return {"run": run, "stride": stride, "step": last[0], "validated": last[1]} if gap else None

    def merge(self, by: int) -> None:
        for name, values in self.tables["rows"].items():
            whole = np.array(values[: len(values) // by * by]).reshape(-1, by)
            self.tables["rows"][name] = (whole[:, -1] if name == "step" else whole.mean(axis=1)).tolist()

    def assert_shows(self, past: History) -> None:
        for part, names in NAMES.items():
            for name in names:
                np.testing.assert_allclose(
                    self.tables[part][name], getattr(past, name).astype(np.float32), rtol=1e-6, err_msg=f"{part} {name}"
                )


def test_the_first_message_holds_the_whole_history():
    past = history(333)
    message, sent = live_payload(view(past))
    browser = Browser()
    assert browser.take(message) is None
    browser.assert_shows(past)
    assert sent == Sent("run", 1, 333, 300, whole=False)


def test_a_later_message_brings_only_what_is_new():
    _, sent = live_payload(view(history(333)))
    message, _ = live_payload(view(history(351)), sent)
    assert (message["rows"]["after"], message["rows"]["count"]) == (333, 18)
    assert (message["validations"]["after"], message["validations"]["count"]) == (300, 1)


def test_rows_at_equal_distances_send_no_column_of_steps():
    message, _ = live_payload(view(history(60)))
    assert message["rows"]["even"] == [1.0, 1.0]
    assert len(base64.b64decode(message["rows"]["data"])) == 60 * 4 * 4


def test_a_validation_out_of_step_brings_its_step():
    past = history(130).with_validation(117, 2.0, 0.5)
    browser = Browser()
    message, _ = live_payload(view(past))
    browser.take(message)
    browser.assert_shows(past)
    assert browser.tables["validations"]["validated_step"] == [0, 50, 100, 117]


def test_many_new_rows_are_spread_over_messages_that_keep_the_limit():
    browser, sent = Browser(), None
    message, sent = live_payload(view(history(10)), sent)
    browser.take(message)
    past, sizes = history(1_000), []
    while sent.step < 1_000 or sent.validated < 1_000:
        message, sent = live_payload(view(past), sent)
        assert browser.take(message) is None
        sizes.append(len(json.dumps(message)))
    assert max(sizes) <= LIMIT and len(sizes) > 3
    browser.assert_shows(past)


@pytest.mark.parametrize("status", ["paused", "stopped", "finished", "failed"])
def test_a_run_that_does_not_go_on_sends_everything_at_once(status):
    _, sent = live_payload(view(history(10)))
    message, sent = live_payload(view(history(1_000), status=status), sent)
    assert sent.step == 1_000
    assert message["rows"]["count"] == 990


def test_a_longer_sample_leaves_less_room_for_rows():
    _, sent = live_payload(view(history(10)))
    short, _ = live_payload(view(history(1_000), sample="a"), sent)
    long, _ = live_payload(view(history(1_000), sample="语" * 300), sent)
    assert 2 <= long["rows"]["count"] < short["rows"]["count"]
    assert len(json.dumps(long)) <= LIMIT


def test_merged_rows_are_not_sent_again():
    browser, sent, past = Browser(), None, history(900)
    for count in (900, 1_000, 1_040, 2_000, 4_200):
        past = history(count)
        message, sent = live_payload(view(past, status="paused"), sent)
        assert browser.take(message) is None
        assert message["rows"]["after"] == -1 if count == 900 else message["rows"]["after"] >= 896
    assert past.stride == 8
    browser.assert_shows(past)


def test_a_stride_that_became_smaller_is_another_history():
    _, sent = live_payload(view(history(1_040)))
    message, _ = live_payload(view(history(1_000)), sent)
    assert (message["stride"], message["rows"]["after"], message["rows"]["count"]) == (1, -1, 1_000)


def test_another_run_begins_from_nothing_and_whole():
    _, sent = live_payload(view(history(200)))
    message, sent = live_payload(view(history(400), run="other"), sent)
    assert (message["rows"]["after"], message["rows"]["count"]) == (-1, 400)
    assert sent.run == "other"


def test_a_run_that_repeats_its_last_steps_takes_them_back():
    browser = Browser()
    message, sent = live_payload(view(history(300)))
    browser.take(message)
    for count in (280, 310):
        message, sent = live_payload(view(history(count)), sent)
        assert browser.take(message) is None
        browser.assert_shows(history(count))
        assert message["rows"]["count"] <= 30


def test_thinned_validations_lose_nothing_in_the_browser():
    past, browser, sent = History(), Browser(), None
    for step in range(0, 10_300, 10):
        past = past.with_validation(step, 1 + step, 0.5)
        if step > 10_200:
            message, sent = live_payload(view(past), sent)
            assert browser.take(message) is None
    assert len(past.validated_step) == 1_024
    shown = browser.tables["validations"]["validated_step"]
    assert set(past.validated_step) <= set(shown) and shown == sorted(shown)


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=12))
def test_whatever_is_lost_on_the_way_the_browser_catches_up(updates):
    browser, sent, count = Browser(), None, 0
    for more, lost in updates:
        count += more
        message, sent = live_payload(view(history(count, 30)), sent)
        need = None if lost else browser.take(message)
        if need:
            sent = sent.back_to(need)
    past = history(count, 30)
    for _ in range(40):
        message, sent = live_payload(view(past), sent)
        need = browser.take(message)
        if need:
            sent = sent.back_to(need)
    browser.assert_shows(past)


@pytest.mark.parametrize(
    "need", [{}, {"run": "run", "stride": 1, "step": "x"}, {"run": "run", "stride": 1, "step": math.nan}]
)
def test_nonsense_about_what_is_lacking_sends_everything(need):
    _, sent = live_payload(view(history(30)))
    assert sent.back_to(need)[2:] == (-1, -1, True)


def test_a_browser_never_has_more_than_was_sent():
    _, sent = live_payload(view(history(30)))
    back = sent.back_to({"run": "run", "stride": 1, "step": 10**9, "validated": -4})
    assert (back.step, back.validated) == (30, -1)


def test_a_run_without_a_row_yet_is_a_message_too():
    message, _ = live_payload(view(History(), status="waiting", tokens_per_second=None, seconds_left=math.inf))
    assert message["rows"]["count"] == 0
    assert (message["left"], message["speed"], message["words"]) == (None, None, "Waiting for a free worker")


def test_a_failure_is_told_with_its_step_and_a_number_that_is_none_is_a_gap():
    past = history(10)
    past.loss[4] = math.inf
    failed = view(past, status="failed", failure=SimpleNamespace(step=11, reason="the loss became NaN"))
    message, _ = live_payload(failed)
    assert message["problem"] == "Step 11: the loss became NaN"
    loss = rows_of(message["rows"], ROWS)["loss"]
    assert math.isnan(loss[4]) and all(map(math.isfinite, loss[:4] + loss[5:]))
    assert json.loads(json.dumps(message, allow_nan=False)) == message


def test_the_weight_of_the_stability_comes_from_the_configuration():
    assert live_payload(view(history(3)))[0]["weight"] == 2.5
    assert live_payload(view(history(3)), weight=0.5)[0]["weight"] == 0.5


def test_a_baseline_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="baselines: expected finite numbers, got nan for 'bigram'"):
        live_payload(view(history(3)), baselines=[("bigram", math.nan)])


def test_columns_of_different_length_are_refused():
    past = SimpleNamespace(**{name: np.zeros(3) for name in (*ROWS, *VALIDATIONS)}, stride=1)
    past.norm = np.zeros(4)
    with pytest.raises(ValueError, match=r"history: expected columns of one length"):
        live_payload(view(history(1), history=past))


def test_what_travels_with_every_update_is_short():
    assert len(FEED.script()) < 1_000
    assert len(PICTURE.script()) > 10 * len(FEED.script())


def test_a_page_remembers_what_it_has_sent():
    def page() -> None:
        import streamlit as st

        from lstm_ui.components.live import live
        from tests.lstm_ui.test_live import history, view

        live(view(history(st.session_state.get("count", 30))), key="chart")

    at = AppTest.from_function(page, default_timeout=180).run()
    assert not at.exception
    assert at.session_state["chart_sent"].step == 30
    at.session_state["count"] = 44
    at.run()
    assert at.session_state["chart_sent"] == Sent("run", 1, 44, 0, whole=False)
