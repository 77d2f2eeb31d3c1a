"""The race below its widgets: equal racers, the gradient profile against central differences, words from numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_core import batches, corpus, models, objectives, tasks, training
from lstm_core.history import History
from lstm_core.lstm import State
from lstm_core.models import Batch
from lstm_core.stack import Directions
from lstm_core.tasks import PROBLEMS
from lstm_plots.bands import over
from lstm_runs.limits import Limits
from lstm_runs.schedule import first_stride
from lstm_ui.components.race import Racer, race_payload
from lstm_ui.race import example, form, lineup, remaining, task_choice, wording
from lstm_ui.race.lineup import NAMES, PARAMETERS, UNITS, Setup
from lstm_ui.race.remaining import BEHIND, Profile, Shelf
from tests.pages.training import numbers

SETUP = Setup("order", 20, ("rnn", "gru", "lstm", "noforget"), UNITS, 5, 30, 0.01, 1.0, 3)


def setup_of(task: str) -> Setup:
    lags = PROBLEMS[task].lags
    return replace(SETUP, task=task, lag=max(7, lags.least) if lags else 0)


def trained(setup: Setup, cell: str, steps: int = 3) -> tuple[models.Model, Batch]:
    config = lineup.configs(setup)[cell]
    data = corpus.prepare(lineup.source(setup.task, setup.lag), config)
    model = training.advance(training.start(config, data), steps, data).model
    wide = {name: array.astype(np.float64) for name, array in models.arrays(model).items()}
    return models.with_arrays(model, wide), remaining.held_out(data, config)


@pytest.mark.parametrize("task", PROBLEMS)
def test_racers_differ_in_nothing_but_their_cells(task):
    setup = setup_of(task)
    configs = lineup.configs(setup)
    assert list(configs) == list(NAMES)
    fixed = {"cell": "lstm", "forget": "learned"}
    assert len({replace(config, **fixed) for config in configs.values()}) == 1
    assert {cell: lineup.cell_of(config) for cell, config in configs.items()} == {cell: cell for cell in NAMES}
    made = next(iter(configs.values()))
    assert (made.hidden, made.steps, made.rate, made.clip, made.seed) == (5, 30, 0.01, 1.0, 3)


@pytest.mark.parametrize("task", ["order", "adding", "reber", "copy"])
def test_matched_racers_have_nearly_as_many_parameters(task):
    setup = replace(setup_of(task), match=PARAMETERS, units=12)
    counts = lineup.parameters(setup)
    assert lineup.configs(setup)["lstm"].hidden == 12
    assert max(counts.values()) / min(counts.values()) < 1.1
    for cell, config in lineup.configs(setup).items():
        data = corpus.prepare(lineup.source(task, setup.lag), config)
        assert models.count(training.start(config, data).model) == counts[cell]
    units = [lineup.configs(setup)[cell].hidden for cell in ("rnn", "gru", "lstm")]
    assert units == sorted(units, reverse=True)


def test_a_race_is_read_off_its_runs_again():
    for match in (UNITS, PARAMETERS):
        setup = replace(SETUP, match=match)
        assert lineup.setup_of(lineup.configs(setup), lineup.source("order", 20)) == setup
    read = corpus.Source("labelled", "own", items=("a b", "b a"), labels=("x", "y"))
    with pytest.raises(ValueError, match="race: expected runs of a task"):
        lineup.setup_of(lineup.configs(SETUP), read)
    other = {"rnn": lineup.configs(SETUP)["rnn"], "gru": lineup.configs(replace(SETUP, seed=4))["gru"]}
    with pytest.raises(ValueError, match="differ in their cells alone"):
        lineup.setup_of(other, lineup.source("order", 20))


def test_whatever_is_kept_of_a_run_was_validated():
    for steps in (20, 500, 2_000, 20_000):
        config = lineup.configs(replace(SETUP, steps=steps))["lstm"]
        assert config.validate_every == first_stride(steps, Limits().checkpoints)


@pytest.mark.parametrize("task", [name for name in PROBLEMS if name not in ("digits", "continual")])
def test_enough_trials_are_validated_to_tell_memory_from_luck(task):
    lags = PROBLEMS[task].lags
    setup = replace(SETUP, task=task, lag=lags.most if lags else 0)
    config = next(iter(lineup.configs(setup).values()))
    trials = sum(batch.x.shape[1] for batch in batches.validation(lineup.data(setup), config).batches)
    line = tasks.memoryless(task, setup.lag)
    assert trials >= 128
    if PROBLEMS[task].measure == "score" and line < PROBLEMS[task].solved:
        assert wording.CLEARLY * (PROBLEMS[task].solved - line) > 2.5 * (line * (1 - line) / trials) ** 0.5


def test_a_race_without_racers_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"cells: expected at least one.*choose RNN, GRU or LSTM"):
        lineup.configs(replace(SETUP, cells=()))


@pytest.mark.parametrize("cell", NAMES)
@pytest.mark.parametrize("task", ["first", "reber", "copy", "adding", "continual", "counting"])
def test_the_profile_is_what_central_differences_give(task, cell):
    model, batch = trained(setup_of(task), cell)
    behind, column = BEHIND.get(task, 0), 2
    found = remaining.gradient(model, batch, behind)[:, column]
    length = (len(batch.x) if batch.lengths is None else int(batch.lengths[column])) - behind
    x = batch.x[:length, column : column + 1]
    at_end = batch.targets.ndim < 2 or task == "adding"
    target = batch.targets[column] if at_end else batch.targets[length - 1, column]
    cells = models.predict(model, x).trace.traces[0].forward

    def loss(k: int, h: np.ndarray) -> float:
        """Of the last step, with another h after step k; c stays as it was."""
        state = State(h, cells.c[k]) if hasattr(cells, "c") else type(cells.final)(h)
        logits = models.predict(model, x[k + 1 :], (Directions(state),)).logits
        last = logits[-1, 0] if logits.ndim == 3 else logits[0]
        if isinstance(model, models.Regressor):
            return float(((last - target) ** 2).mean())
        return -float(models.log_probabilities(last)[target])

    for lag in (1, 2, length - 1):
        k = length - 1 - lag
        slope = []
        for unit in range(cells.h.shape[2]):
            step = np.zeros_like(cells.h[k])
            step[0, unit] = 1e-5
            slope.append((loss(k, cells.h[k] + step) - loss(k, cells.h[k] - step)) / 2e-5)
        assert np.linalg.norm(slope) == pytest.approx(found[lag], rel=1e-4, abs=1e-9), lag
    assert np.isnan(found[length:]).all()


def test_the_profile_is_the_one_of_the_cores_own_loss():
    model, batch = trained(SETUP, "gru")
    one = Batch(batch.x[:, :1], batch.targets[:1], None if batch.lengths is None else batch.lengths[:1])
    objective = objectives.of_model(model, one)
    trace = models.predict(model, one.x, lengths=one.lengths).trace
    flow = objectives.backward(trace, objective).flow(0)
    last = (len(one.x) if one.lengths is None else int(one.lengths[0])) - 1
    wanted = np.linalg.norm(flow.dh[last::-1, 0], axis=1)
    assert remaining.gradient(model, batch)[: last + 1, 0] == pytest.approx(wanted)


def test_a_profile_is_thinned_to_what_a_picture_shows_and_keeps_both_ends():
    model, batch = trained(replace(SETUP, task="first", lag=600), "lstm", 1)
    made = remaining.profile(model, batch)
    whole = remaining.gradient(model, batch)
    assert len(made.left.x) == remaining.PLACES and (made.left.x[0], made.left.x[-1]) == (0, 600)
    assert made.left.middle[0] == 1
    more = remaining.profile(model, batch, exact=591)
    assert {591, 600} <= set(more.left.x) and 591 not in made.left.x and len(more.left.x) == remaining.PLACES + 1
    assert made.norm.middle == pytest.approx(np.median(whole, axis=1)[made.norm.x.astype(int)])
    assert made.left.middle == pytest.approx(np.median(whole / whole[0], axis=1)[made.left.x.astype(int)])


def test_what_is_left_of_a_gradient_is_told_where_single_precision_ends():
    setup = replace(SETUP, task="first", lag=700)
    config = lineup.configs(setup)["rnn"]
    data = corpus.prepare(lineup.source("first", 700), config)
    found = remaining.gradient(training.start(config, data).model, remaining.held_out(data, config))
    assert 0 < found.min() < 1e-50 and found.dtype == np.float64


@pytest.mark.parametrize("task", ["reber", "continual"])
def test_a_grammar_is_asked_where_its_string_has_to_be_remembered(task):
    _, batch = trained(replace(SETUP, task=task, lag=0), "rnn", 1)
    closing = PROBLEMS[task].symbols.index("E")
    for b, length in enumerate(batch.lengths):
        asked = length - BEHIND[task] - 1  # behind the E of the inner string comes the T or P of the outer one
        assert batch.x[asked, b] == closing and (task == "reber" or batch.x[asked + 2, b] == closing)
        assert PROBLEMS[task].symbols[batch.targets[asked, b]] in "TP"


@pytest.mark.parametrize("task", PROBLEMS)
def test_all_racers_of_a_task_are_held_against_the_same_trials(task):
    setup = setup_of(task)
    source = lineup.source(task, setup.lag)
    found = []
    for config in lineup.configs(setup).values():
        found.append(remaining.held_out(corpus.prepare(source, config), config))
        assert found[-1].x.shape[1] in (remaining.TRIALS, remaining.COLUMNS)
    assert all((batch.x == found[0].x).all() and (batch.targets == found[0].targets).all() for batch in found)


def test_what_decides_stands_where_the_task_put_it():
    for task, wanted in {"first": (7,), "copy": (17,), "agreement": (7,)}.items():
        _, batch = trained(setup_of(task), "rnn", 1)
        assert example.needed(PROBLEMS[task], batch) == wanted
    _, batch = trained(replace(SETUP, task="reber", lag=0), "rnn", 1)
    near, far = example.needed(PROBLEMS["reber"], batch, 1)
    assert near == int(batch.lengths.min()) - 3 and far == int(batch.lengths.max()) - 3
    for b, length in enumerate(batch.lengths):
        assert batch.targets[length - 2, b] == batch.x[1, b]  # the answer is what stands there
    _, batch = trained(replace(SETUP, task="digits", lag=0), "rnn", 1)
    assert example.needed(PROBLEMS["digits"], batch) == ()


@pytest.mark.parametrize("task", PROBLEMS)
def test_an_example_ends_with_its_answer(task):
    setup = setup_of(task)
    data = lineup.data(setup)
    found = example.example(PROBLEMS[task], data)
    assert len(found.reads) == len(found.says) and found.says[-1]
    if task == "first":
        assert found.says[-1] == found.reads[0]
    if task == "order":
        assert found.says[-1] == "".join(found.reads[t] for t in sorted(found.kept))
    if task == "copy":
        assert found.says[-10:] == found.reads[:10] == tuple(found.reads[t] for t in sorted(found.kept))
    if task == "adding":
        marked = sum(float(found.reads[t].replace("\N{MINUS SIGN}", "-")) for t in found.kept)
        assert float(found.says[-1].replace("\N{MINUS SIGN}", "-")) == pytest.approx(marked, abs=0.015)
    shown = example.shown(found)
    assert found.kept <= set(shown) and {0, len(found.reads) - 1} <= set(shown)


def test_the_state_of_a_net_that_cannot_forget_grows_with_the_stream(monkeypatch):
    setup = replace(SETUP, task="continual", lag=0, cells=("rnn", "lstm", "noforget"))
    data = lineup.data(setup)
    grown = {cell: remaining.grown(trained(setup, cell, 5)[0], data) for cell in setup.cells}
    assert grown["rnn"] is None and grown["noforget"] > 3 * grown["lstm"] > 0
    assert 500 < remaining.streamed(data) < 1_500
    monkeypatch.setattr(remaining, "STREAM", 1)
    assert remaining.grown(trained(setup, "noforget", 5)[0], data) < grown["noforget"] / 3


def test_adding_is_judged_by_its_error():
    adding = PROBLEMS["adding"]
    history = History().with_validation(0, 0.7, 0).with_validation(50, 0.3, 0).with_validation(100, 0.004, 0)
    assert wording.standing(adding, 50, history).solved_at == 100
    assert wording.standing(adding, 50, history, 60).state == "above"
    assert wording.standing(adding, 50, history, 10).state == "below"
    lost = wording.standing(adding, 50, history.with_validation(150, 0.4, 0))
    (words,) = wording.sentences(adding, 50, [("LSTM", lost)])
    assert words == "Clearly better than without memory (0.667): LSTM 0.4 (solved after 100 updates, and lost again)."
    assert wording.sentences(adding, 50, [("LSTM", wording.standing(adding, 50, History()))]) == []


@pytest.mark.parametrize("task", PROBLEMS)
def test_lines_and_words_of_every_task_are_the_cores(task):
    problem, lag = PROBLEMS[task], setup_of(task).lag
    lines = dict(wording.loss_lines(problem, lag))
    assert lines["no memory"] == tasks.memoryless_loss(task, lag)
    scores = dict(wording.score_lines(problem, lag))
    assert scores["guess"] == tasks.chance(task, lag) and scores["solved"] == problem.solved
    assert scores.get("no memory", scores["guess"]) == tasks.memoryless(task, lag)
    assert len(wording.about(problem)) == 3
    assert set(lineup.usual(task)["cells"]) <= set(NAMES)


def test_what_was_lately_computed_is_shown_for_a_while_and_dear_profiles_longer():
    shelf, band = Shelf(), over([0], [[1.0]])
    made = Profile(band, band)
    shelf.put("cheap", 10, made, 0.0, newest=True)
    shelf.put("dear", 10, made, 1e6, newest=True)
    assert shelf.fresh("dear") == 10 and shelf.fresh("unknown") is None and shelf.fresh("cheap") is None
    assert shelf.get("cheap", 10) is made and shelf.get("cheap", 11) is None
    for k in range(2_000):
        shelf.put(f"run {k}", 0, made, 0.0, newest=True)
    assert len(shelf.found) <= 1_024 and shelf.get("cheap", 10) is None and "cheap" not in shelf.newest


def test_the_chart_gets_every_number_and_no_text_it_could_run():
    history = History().with_validation(0, 1.4, 0.2).with_validation(50, 0.3, 0.9)
    config = lineup.configs(SETUP)["lstm"]
    view = SimpleNamespace(
        id="r1", status="running", history=history, failure=None, step=60, steps=100, config=config, parameters=77
    )
    band, faint = over([0, 3], [[1.0, 0.5], [1.0, 0.25]]), over([0, 3], [[0.0, 1e-120]])
    sent = race_payload(
        [Racer("lstm", "LSTM", view, band, faint, 50, solved=True)], chart="c", loss="loss", score="right"
    )
    json.dumps(sent, allow_nan=False)
    (racer,) = sent["racers"]
    assert numbers(racer["validations"]).tolist() == pytest.approx([0, 50, 1.4, 0.3, 0.2, 0.9])
    assert numbers(racer["profile"])[:4].tolist() == pytest.approx([0, 3, 1, 0.375])
    assert numbers(racer["profile"])[8:10].tolist() == pytest.approx([0, 1e-37], rel=1e-6, abs=0)
    assert (racer["at"], racer["units"], racer["parameters"], racer["solved"]) == (60, 5, 77, True)
    assert race_payload([Racer("rnn", "RNN", view)], chart="c", loss="loss", score="")["racers"][0]["profile"] == ""


def test_stops_of_the_slider_lie_in_what_the_task_can_have():
    for problem in PROBLEMS.values():
        if problem.lags is None:
            assert task_choice.stops(problem, 5) == () and task_choice.read_lag(problem, 5) == (0, "")
            continue
        found = task_choice.stops(problem, problem.lags.usual)
        assert (found[0], found[-1]) == (problem.lags.least, problem.lags.most) and problem.lags.usual in found
        used, words = task_choice.read_lag(problem, 5_000)
        assert used == problem.lags.most and "5,000" in words and f"{used:,} is used instead" in words


def test_equal_and_unequal_things_are_said_with_their_numbers():
    assert "no clipping" in form.words(replace(SETUP, clip=0.0))
    assert "seed, 1 unit, rate" in form.words(replace(SETUP, units=1))
    assert form.beginnings(replace(SETUP, cells=("rnn",))) == ""
    assert form.beginnings(replace(SETUP, task="continual", lag=0)).count("bias") == 2
