"""The page Experiments: a form, a sweep that runs, its results, files, and whatever can go wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lstm_runs import grids, tables
from lstm_runs.grids import Sweep
from lstm_ui import runs, stored_sweeps
from lstm_ui.experiments import files
from lstm_ui.experiments.presets import PRESETS
from tests.pages.charts import plotted
from tests.pages.training import errors, plain, said, visit
from tests.sweeping import SMALL, SWEEP, finished
from tests.training_runs import until

pytestmark = pytest.mark.usefixtures("own_service")

PAGE = "pages/8_Experiments.py"
TINY = {
    "s_hidden": "3", "s_steps": "12", "s_batch": "2", "s_validate_every": "6", "s_validation_tokens": "60",
    "s_cell": "lstm,rnn", "s_lag": "4, 6", "s_seeds": "2", "s_chrono": "",
}  # fmt: skip


def field(at: AppTest, name: str, value: Any) -> AppTest:
    at.text_input(key=f"s_{name}").set_value(value)
    return at.run()


def started(sweep: Sweep = SWEEP, wait: bool = True) -> Any:
    ticket = runs.service().sweeps.start(sweep, estimate=1.0)
    if wait:
        finished(runs.service(), ticket.id)
    return ticket


def table(at: AppTest) -> Any:
    return at.dataframe[0].value


def picture(at: AppTest) -> Any:
    (found,) = at.get("plotly_chart")
    return json.loads(found.proto.spec)


def test_the_first_view_says_how_many_runs_and_how_long_and_shows_what_such_a_sweep_gives() -> None:
    at = visit(PAGE)
    assert not errors(at)
    sweep = PRESETS["lag"].sweep
    assert f"{len(grids.expand(sweep))} runs, about " in said(at)
    assert not at.button(key="sweep_go").disabled
    assert stored_sweeps.open("first-lag").when() in said(at)
    assert {trace.get("name") for trace in picture(at)["data"]} >= {"LSTM", "RNN", "chance"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_form_with_its_sweep(name: str) -> None:
    at = visit(PAGE)
    at.button(key=f"preset {name}").click().run()
    assert not errors(at)
    toml = files.to_toml(PRESETS[name].sweep)
    assert grids.read_toml(toml.encode()) == PRESETS[name].sweep
    assert f"{len(grids.expand(PRESETS[name].sweep))} runs" in said(at)


def test_a_sweep_is_started_runs_to_its_end_and_is_there_after_a_reload() -> None:
    at = visit(PAGE, **TINY)
    assert "8 runs, about" in said(at)
    at.button(key="sweep_go").click().run()
    assert not errors(at)
    ident, key = at.session_state["sweep"], at.session_state["key"]
    assert runs.service().sweeps.may_steer(ident, key)
    rows = finished(runs.service(), ident)
    assert [row.name for row in rows[1:3]] == ["cell=lstm, lag=4, seed=1", "cell=lstm, lag=6, seed=0"]
    again = visit(PAGE, sweep=ident)
    assert not errors(again)
    assert "Finished: 8 runs." in said(again)
    found = table(again)
    assert list(found["loss"]) == pytest.approx([row.loss for row in rows])
    assert list(found["cell"]) == ["LSTM"] * 4 + ["RNN"] * 4
    assert "You are watching" in said(again)
    assert not any(button.key == "sweep_stop" for button in again.button)


def test_whoever_has_the_key_stops_continues_and_deletes_and_a_watcher_does_not() -> None:
    long = Sweep("first", 5, {**SMALL, "steps": 1_000_000}, {"cell": ("lstm", "rnn")})
    ident, key = started(long, wait=False)
    watching = visit(PAGE, sweep=ident)
    assert watching.button(key="sweep_stop").disabled
    at = visit(PAGE, sweep=ident, key=key)
    (bar,) = at.get("progress")
    assert "0 of 2 runs have ended" in plain(bar.proto.text)
    at.button(key="sweep_stop").click().run()
    sweeps = runs.service().sweeps
    until(lambda: sweeps.view(ident).status == "stopped", "stopped")
    at = visit(PAGE, sweep=ident, key=key)
    at.button(key="sweep_continue").click().run()
    assert sweeps.view(ident).status == "running"
    at = visit(PAGE, opened=("sweep_delete",), sweep=ident, key=key)
    at.checkbox(key="sweep_sure").check().run()
    at.button(key="sweep_gone").click().run()
    assert not errors(at)
    assert at.button(key="sweep_go")
    until(lambda: not sweeps.recent(), "gone")
    gone = visit(PAGE, sweep=ident)
    assert "it was deleted or cleared: start a new one" in errors(gone)
    assert not gone.button(key="sweep_go").disabled


BAD = {
    "a lag over the limit": ({"lag": "5, 5000"}, "Lag: expected 1 to 1,000 for remember the first symbol, got 5,000"),
    "100,000 runs": (
        {"rate": " ".join(f"0.{k:03}1" for k in range(25)), "seeds": "400"},
        "expected at most 2,000 runs, got 100,000 (lag 10 × rate 25 × seeds 400)",
    ),
    "rubbish in a field": ({"hidden": "many"}, "Units (hidden): expected numbers such as 8, 16, got 'many'"),
    "half a unit": ({"hidden": "8.5"}, "Units (hidden): expected whole numbers such as 8, 16, got '8.5'"),
    "a comma for a point": (
        {"rate": "0,01"},
        "Learning rate (rate): expected numbers with a point, such as 0.001, got '01'",
    ),
    "a rate below nothing": (
        {"rate": "-1"},
        "Learning rate (rate): expected a number from 1e-08 to 1,000,000.0, got -1.0",
    ),
    "a range in a grid": ({"rate": "0.01 to 0.1"}, "list them, or choose “Drawn at random”"),
    "seeds without end": ({"seeds": "0 to 99999999999"}, "Seeds: expected how many or which"),
    "code": ({"hidden": "__import__('os')"}, "Units (hidden): expected numbers"),
    "an endless number": ({"hidden": "9" * 299}, "Units (hidden): expected a whole number from 1 to 1,024"),
}


@pytest.mark.parametrize(("typed", "words"), BAD.values(), ids=BAD)
def test_a_form_that_cannot_be_says_what_is_wrong_and_stays(typed: dict[str, str], words: str) -> None:
    start = {"s_lag": " ".join(map(str, range(3, 13)))} if "rate" in typed and len(typed) > 1 else {"s_lag": "5"}
    at = visit(PAGE, **start, s_cell="lstm", s_seeds="1")
    for name, value in typed.items():
        at.text_input(key=f"s_{name}").set_value(value)
    at.run()
    assert words in errors(at)
    assert at.button(key="sweep_go").disabled
    name = next(iter(typed))
    assert at.text_input(key=f"s_{name}").value == typed[name]
    for each in typed:
        at.text_input(key=f"s_{each}").set_value("5")
    at.run()
    assert not errors(at)


def test_runs_that_come_to_the_same_are_left_out_and_that_is_told() -> None:
    at = visit(PAGE, **{**TINY, "s_forget_bias": "0 1 2"})
    assert "16 runs, about" in said(at)  # 24 without the biases of an RNN
    assert "(8 that would equal others are left out)" in said(at)


def test_a_link_with_a_cell_that_nobody_knows_is_told_and_the_others_stay() -> None:
    at = visit(PAGE, **{**TINY, "s_cell": "lstm,vax"})
    assert "s_cell: expected some of rnn, gru, lstm, got 'lstm,vax'" in said(at)
    at.text_input(key="s_hidden").set_value("4, 5").run()
    assert at.query_params["s_hidden"] == "4, 5"


def test_a_random_sweep_draws_from_ranges() -> None:
    at = visit(PAGE, **{**TINY, "s_mode": "random", "s_count": "5", "s_rate": "0.001 to 0.1", "s_lag": "5"})
    assert "10 runs" in said(at)
    assert "learning rate (0.001 to 0.1, evenly in the logarithm)" in said(at)


def upload(at: AppTest, name: str, content: bytes) -> AppTest:
    at.file_uploader(key="sweep file").upload(name, content, "application/octet-stream")
    return at.run()


FILES = {
    "an unknown key": (b'data = "first"\nspeed = 3\n', "got 'speed'; correct or remove it"),
    "an unknown setting": (
        b'data = "first"\n[settings]\nspeed = 3\n',
        "[settings]: expected settings out of variant, task",
    ),
    "unknown data": (b'data = "mine.txt"\n', "got 'mine.txt'; choose your own data in the form"),
    "several data": (b'data = "first"\n[over]\ndata = ["first", "order"]\n', "start such a sweep in the shell"),
    "no TOML": (b"\x89PNG", "expected TOML"),
    "too many": (b'data = "first"\nseeds = 2000\n[over]\nlag = [5, 6]\n', "at most 2,000 runs, got 4,000"),
    "a lag over the limit": (b'data = "first"\nlag = 5000\n', "expected 1 to 1,000"),
}


def test_a_file_that_cannot_be_says_what_is_wrong_and_a_good_one_fills_the_form() -> None:
    at = visit(PAGE, opened=("sweep_open_file",))
    for what, (content, words) in FILES.items():
        at = upload(at, "sweep.toml", content)
        assert words in errors(at), what
        assert at.text_input(key="s_lag").value == "5, 10, 20, 40, 60"
    at = upload(at, "sweep.toml", files.to_toml(SWEEP).encode())
    assert not errors(at)
    assert at.text_input(key="s_rate").value == "0.01, 0.05"
    assert at.text_input(key="s_seeds").value == "1, 4"
    assert "8 runs" in said(at)


def test_the_data_of_a_training_page_can_be_swept_over_too() -> None:
    at = visit(PAGE, s_data="labelled", s_hidden="3", s_steps="4", s_cell="rnn", s_seeds="2", s_lag="")
    assert not errors(at)
    assert "2 runs" in said(at)
    at.button(key="sweep_go").click().run()
    assert not errors(at)
    rows = finished(runs.service(), at.session_state["sweep"])
    assert [row.status for row in rows] == ["finished"] * 2
    text = visit(PAGE, s_data="text", s_hidden="3", s_steps="4", s_seeds="1", data="no such text")
    assert "no such text" in said(text)
    assert not errors(text)


def test_the_digits_have_no_lag_to_choose() -> None:
    at = visit(PAGE, s_data="digits", s_hidden="3", s_steps="4", s_cell="rnn", s_seeds="1")
    assert not errors(at)
    assert not any(each.key == "s_lag" for each in at.text_input)


def test_results_are_filtered_grouped_and_taken_along() -> None:
    ident, _ = started()
    rows = runs.service().sweeps.rows(ident)
    at = visit(PAGE, opened=("sweep_filter",), sweep=ident, measure="loss")
    at.multiselect(key=f"filter {ident} cell").set_value(["RNN"]).run()
    assert set(table(at)["cell"]) == {"RNN"}
    assert "4 runs, 4 left out by the filter" in said(at)
    chosen = at.run().multiselect(key=f"filter {ident} cell")
    assert chosen.value == ["RNN"]
    assert not chosen.proto.set_value  # what its reader has chosen meanwhile stays
    at.segmented_control(key="table").set_value("groups").run()
    groups = tables.group([row for row in rows if row.settings["cell"] == "rnn"], ["cell", "rate"], "loss")
    assert list(table(at)["mean"]) == pytest.approx([group.mean for group in groups])
    assert list(table(at)["spread"]) == pytest.approx([group.spread for group in groups])
    at.multiselect(key=f"filter {ident} cell").set_value([]).run()
    assert len(table(at)) == 4


def test_every_picture_is_drawn_from_the_numbers_of_the_runs() -> None:
    ident, _ = started()
    rows = runs.service().sweeps.rows(ident)
    at = visit(PAGE, sweep=ident, measure="loss")
    drawn = {trace["name"]: trace for trace in picture(at)["data"] if "markers" in trace["mode"]}
    lstm = [
        [row.loss for row in rows if row.settings["cell"] == "lstm" and row.settings["rate"] == rate]
        for rate in (0.01, 0.05)
    ]
    assert set(drawn) == {"LSTM", "RNN"}
    assert plotted(drawn["LSTM"]["y"]) == pytest.approx([sum(pair) / 2 for pair in lstm])  # the median of two
    at.segmented_control(key="picture").set_value("curves").run()
    assert not errors(at)
    curve = runs.service().sweeps.curves(ident)[1]
    assert plotted(picture(at)["data"][-2]["x"])[-1] == curve.step[-1]
    at.segmented_control(key="picture").set_value("parallel").run()
    assert not errors(at)
    (parallel,) = picture(at)["data"]
    assert [each["label"] for each in parallel["dimensions"]] == ["Cell", "Learning rate", "Loss at the end"]
    assert plotted(parallel["line"]["color"]) == pytest.approx([row.loss for row in rows])


def test_a_run_leads_to_the_pages_that_open_it() -> None:
    ident, key = started()
    row = runs.service().sweeps.rows(ident)[5]
    at = visit(PAGE, sweep=ident, key=key, number="6")
    links = {link.proto.label: link.proto for link in at.main.get("page_link")}
    assert set(links) == {"Step through", "Gate heatmaps", "Backward pass", "Text classifier"}
    assert f"run={row.run}" in links["Gate heatmaps"].query_string
    assert "Run 6: cell" in said(at)
    inside = visit("pages/2_Gate_heatmaps.py", **{"from": "run", "run": row.run})
    assert not errors(inside)


def test_a_run_that_was_cleared_keeps_its_numbers_and_says_so_where_it_is_opened() -> None:
    ident, key = started()
    row = runs.service().sweeps.rows(ident)[0]
    runs.service().delete(row.run, key)
    at = visit(PAGE, sweep=ident)
    assert not errors(at)
    assert table(at)["loss"][0] == pytest.approx(row.loss)
    inside = visit("pages/1_Step_through.py", **{"from": "run", "run": row.run})
    assert "run: expected the id of a run" in errors(inside)


@pytest.mark.parametrize("ident", ["nobody", "../../etc", "x" * 79, "<b>"])
def test_an_id_that_nobody_has_is_named_and_the_form_is_there(ident: str) -> None:
    at = visit(PAGE, sweep=ident)
    assert ident[:5] in said(at)
    assert not at.button(key="sweep_go").disabled


def test_a_title_is_text_wherever_it_stands() -> None:
    nasty = "<b>bold</b> ![](http://a.b/c.png) $x$"
    ident, _ = started(Sweep("first", 5, SMALL, title=nasty))
    at = visit(PAGE, opened=("sweep_recent",), sweep=ident)
    assert nasty in said(at)
    assert any(nasty in plain(button.label) for button in at.button)
    raw = [str(each.value) for each in at.markdown] + [button.label for button in at.button]
    assert not any("![](http" in text or "<b>" in text for text in raw)


def test_a_sweep_computed_beforehand_is_shown_as_such_and_started_again() -> None:
    found = stored_sweeps.open("first-lag")
    at = visit(PAGE, stored="first-lag")
    assert not errors(at)
    assert found.when() in said(at)
    assert list(table(at)["score"]) == pytest.approx([row.score for row in found.rows])
    assert "It was computed beforehand and is not kept as a net." in said(at)
    at.button(key="sweep_again").click().run()
    assert not errors(at)
    ident = at.session_state["sweep"]
    assert runs.service().sweeps.sweep(ident) == found.sweep
    runs.service().sweeps.command(ident, "delete")
    assert "expected" in errors(visit(PAGE, stored="nothing-like-it"))


def test_results_taken_along_as_json_are_opened_again_and_another_file_is_refused() -> None:
    ident, _ = started()
    sweeps = runs.service().sweeps
    rows = sweeps.rows(ident)
    written = tables.to_json(rows, json.loads(SWEEP.to_bytes()), sweeps.curves(ident)).encode()
    at = visit(PAGE, opened=("sweep_open_file",))
    at = upload(at, "other.json", b'{"a": 1}')
    assert "expected" in errors(at)
    at = upload(at, "sweep.json", written)
    assert not errors(at)
    assert list(table(at)["loss"]) == pytest.approx([row.loss for row in rows])
    assert "was not computed on this server" in said(at)
    assert "open the file again" in errors(visit(PAGE, stored="file"))


def test_settings_of_a_sweep_come_back_into_the_form() -> None:
    ident, key = started()
    at = visit(PAGE, sweep=ident, key=key)
    at.button(key="sweep_change").click().run()
    assert not errors(at)
    assert at.text_input(key="s_rate").value == "0.01, 0.05"
    assert at.session_state["s_cell"] == ["lstm", "rnn"]
    assert not at.session_state["sweep"]


def test_a_failed_run_is_told_with_its_reason() -> None:
    wild = Sweep(
        "first", 5, {**SMALL, "optimizer": "sgd", "cell": "rnn", "activation": "relu", "clip": 0.0, "rate": 1e6}
    )
    ident, _ = started(wild)
    at = visit(PAGE, sweep=ident)
    assert "1 of them failed" in said(at)
    assert list(table(at)["status"]) == ["failed"]
    assert runs.service().sweeps.rows(ident)[0].reason in errors(at)
    assert "None of these runs has finished" in said(at)
