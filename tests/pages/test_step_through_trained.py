"""Step through with a trained net: from a run at one of its checkpoints, or one of the app's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import models, readout
from lstm_core.clamps import Clamp
from lstm_core.config import TrainConfig
from lstm_core.corpus import Source
from lstm_ui import learned, learned_widgets, runs, sample_models
from tests.arrays_sent import columns_of
from tests.pages.test_step_through import messages, sent, visit
from tests.pages.training import until

pytestmark = pytest.mark.usefixtures("own_service")

WORDS = "the old cat saw a new dog and the dog ran off".split()
TEXT = "".join(f"{k} times {k} is {k * k}, and so on.\n" for k in range(60))
ITEMS = tuple(" ".join([*WORDS[k % 5 : k % 5 + 5], f"x{k % 7}"]) for k in range(60))
TAGGED = tuple((*WORDS, f"x{k}") for k in range(30))
SOURCES = {
    "language": Source("text", "squares", text=TEXT),
    "classifier": Source("labelled", "cats", items=ITEMS, labels=("even", "odd", "other") * 20),
    "tagger": Source("tagged", "dogs", sentences=TAGGED, tags=(("O", "O", "B-PER", *["O"] * 10),) * 30),
}
NETS = {
    "language": {"hidden": 7, "window": 11},
    "classifier": {"hidden": 4, "unit": "words", "bidirectional": True, "layers": 2, "cell": "gru"},
    "tagger": {"hidden": 5, "unit": "words", "bidirectional": True, "layers": 2},
}
TYPED = {"language": "9 times 9 is", "classifier": "the old dog", "tagger": "a new cat ran off"}


def trained(task: Any, *, title: str = "", steps: int = 12, **changes: Any) -> str:
    """The id of a run that has come to its end."""
    config = TrainConfig(task=task, features=3, batch=3, steps=steps, validate_every=6, **{**NETS[task], **changes})
    ident = runs.service().start(SOURCES[task], config, title=title).id
    until(ident, "finished")
    return ident


def says(at: AppTest, run: int = 0) -> list[dict[str, float]]:
    """Of each step, the logit of every output that the page shows."""
    data = sent(at)
    head, steps = data["head"], data["steps"]
    choice = columns_of(head["shared"], steps)["choice"].astype(int)
    y = columns_of(head["runs"][run], steps)["y"]
    named = [[head["symbols"][place][0] if place >= 0 else "" for place in row] for row in choice]
    return [{name: float(y[t, k]) for k, name in enumerate(row) if name} for t, row in enumerate(named)]


def check(at: AppTest, model: Any, typed: str, *clamps: Clamp) -> None:
    """The page says what the model says, at every step."""
    _, ids = learned.read(model, typed)
    logits = readout.readout(model, ids, readout.run(model, ids, clamps), clamps).logits
    names = [{" ": "\u2423", "\n": "\u23ce"}.get(name, name) for name in learned.symbols(model)]
    shown = says(at, 1 if clamps else 0)
    assert len(shown) == len(ids)
    for t, row in enumerate(shown):
        best = names[int(logits[t].argmax())]
        assert best in row
        for name, y in row.items():
            assert_allclose(y, logits[t, names.index(name)], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("task", SOURCES)
def test_a_run_is_opened_at_its_checkpoint_and_says_what_its_net_says(task: str) -> None:
    ident = trained(task)
    steps = [mark.step for mark in runs.service().view(ident).checkpoints]
    for step in (steps[1], steps[-1]):
        at = visit(**{"from": "run", "run": ident, "checkpoint": str(step), "text": TYPED[task], "sub": "6"})
        assert not at.error and not at.info
        model = runs.service().state(ident, step).model
        check(at, model, TYPED[task])
        assert sent(at)["position"]["sub"] == len(sent(at)["subs"])
        wanted = {"from": "run", "run": ident, "checkpoint": str(step), "text": TYPED[task], "sub": "6"}
        assert dict(at.query_params) == wanted
    first = runs.service().state(ident, steps[1]).model
    assert not np.allclose(models.arrays(first)["b_out"], models.arrays(model)["b_out"])


def test_what_makes_no_sense_for_a_trained_net_is_not_on_the_page() -> None:
    at = visit(**{"from": "model", "model": "reviews", "seed": "7"})
    keys = {
        element.key for kind in ("button", "number_input", "toggle", "segmented_control") for element in at.get(kind)
    }
    assert not keys & {"new_seed", "seed", "hidden", "cell", "tokens", "forget"}
    assert "LSTM · 32 units" in messages(at)


def test_without_a_checkpoint_it_is_the_newest_and_the_address_says_which() -> None:
    ident = trained("language")
    at = visit(**{"from": "run", "run": ident, "text": "1 times"})
    assert at.query_params["checkpoint"] == "12"
    check(at, runs.service().state(ident).model, "1 times")


def test_another_checkpoint_is_another_net() -> None:
    ident = trained("language")
    at = visit(**{"from": "run", "run": ident, "text": "1 times"})
    first = runs.service().view(ident).checkpoints[0].step  # before any update
    assert first == 0
    at.selectbox(key="checkpoint").set_value(first).run()
    check(at, runs.service().state(ident, first).model, "1 times")
    assert at.query_params["checkpoint"] == str(first)


def test_a_checkpoint_that_is_not_there_gives_the_nearest_with_a_note() -> None:
    ident = trained("language", steps=80)
    steps = [mark.step for mark in runs.service().view(ident).checkpoints]
    gone = next(step for step in range(1, 80) if step not in steps)
    nearest = min(steps, key=lambda step: abs(step - gone))
    at = visit(**{"from": "run", "run": ident, "checkpoint": str(gone), "text": "1 times"})
    assert f"no checkpoint after {gone} updates" in messages(at)
    check(at, runs.service().state(ident, nearest).model, "1 times")


def test_a_checkpoint_that_is_thinned_out_at_this_moment_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ident = trained("language")
    right, asked = runs.model, []

    def once(run: str, step: int) -> Any:
        asked.append(step)
        if len(asked) == 1:
            raise ValueError(f"step: expected a checkpoint, got {step}; the nearest is 0")
        return right(run, step)

    monkeypatch.setattr(runs, "model", once)
    at = visit(**{"from": "run", "run": ident, "text": "1 times"})
    assert not at.error
    assert len(asked) == 2
    check(at, runs.service().state(ident).model, "1 times")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"from": "run", "run": "nobody"}, "start a new one"),
        ({"from": "run"}, "open a net from the page that trains it"),
        ({"from": "run", "run": "<b>x</b>"}, "nothing is used instead"),
        ({"from": "model", "model": "nothing"}, "expected one of agreement"),
        ({"from": "model", "model": "../../etc/passwd"}, "used instead"),
        ({"from": "model", "model": "x" * 500}, "used instead"),
        ({"from": "model", "model": "reviews", "text": ""}, "got nothing to read"),
        ({"from": "model", "model": "reviews", "checkpoint": "-3", "layer": "9"}, "the newest update is used instead"),
        ({"from": "nowhere", "model": "reviews"}, "used instead"),
    ],
)
def test_a_link_that_leads_nowhere_gets_a_message_and_a_page(address: dict[str, str], words: str) -> None:
    at = visit(**address)
    assert words in messages(at)
    assert sent(at)["steps"] > 0


def test_a_run_that_is_deleted_while_it_is_looked_at_leaves_the_picture() -> None:
    service = runs.service()
    ticket = service.start(SOURCES["language"], TrainConfig(hidden=3, features=2, window=9, batch=2, steps=4))
    until(ticket.id, "finished")
    at = visit(**{"from": "run", "run": ticket.id, "text": "1 times"})
    before = sent(at)["head"]["runs"]
    service.delete(ticket.id, ticket.key)
    at.text_area(key="text").set_value("2 times").run()
    assert "start a new one" in messages(at)
    assert sent(at)["head"]["runs"] == before


def test_a_net_that_reads_numbers_is_not_for_this_page() -> None:
    rng = np.random.default_rng(0)
    source = Source("series", "waves", values=rng.normal(size=(200, 2)))
    config = TrainConfig(task="regressor", hidden=3, window=9, batch=2, steps=3)
    ident = runs.service().start(source, config).id
    until(ident, "finished")
    at = visit(**{"from": "run", "run": ident})
    assert "open a net that reads characters or words" in messages(at)
    assert "What is shown below is another net" in messages(at)


def test_every_sample_model_opens_on_a_text_that_suits_it() -> None:
    at = visit(**{"from": "model"})
    assert at.query_params["model"] == sample_models.names()[0]
    for name in sample_models.names():
        at.selectbox(key="model").set_value(name).run()
        assert not at.info and not at.error
        model = sample_models.open_sample(name).model
        typed = at.text_area(key="text").value
        assert typed == learned_widgets.suited(model)
        check(at, model, typed)


def test_what_the_reader_has_typed_stays_with_another_net() -> None:
    at = visit(**{"from": "model", "model": "reviews"})
    at.text_area(key="text").set_value("a prize on the desk").run()
    at.selectbox(key="model").set_value("messages").run()
    assert at.text_area(key="text").value == "a prize on the desk"


def test_a_text_of_the_link_is_kept_though_another_suits_the_net_better() -> None:
    typed = learned_widgets.suited(sample_models.open_sample("messages").model)
    at = visit(**{"from": "model", "model": "reviews", "text": typed})
    assert at.text_area(key="text").value == typed
    assert "read as <unk>" in messages(at)


def test_a_text_that_cannot_be_read_leaves_the_net_on_the_screen() -> None:
    at = visit(**{"from": "model", "model": "names", "text": "Oskar flew from Paris."})
    before = sent(at)["head"]
    at.text_area(key="text").set_value("").run()
    assert "got nothing to read" in messages(at)
    assert sent(at)["head"] == before
    assert "another net" not in messages(at)


@pytest.mark.parametrize("task", SOURCES)
def test_what_is_held_changes_what_the_net_says(task: str) -> None:
    ident, signal = trained(task), "z" if task == "classifier" else "f"
    hold = {"hold": signal, "at": "0.25", "hfrom": "2", "hunit": "3"}
    at = visit(**{"from": "run", "run": ident, "text": TYPED[task], **hold})
    model = runs.service().state(ident).model
    check(at, model, TYPED[task])
    _, ids = learned.read(model, TYPED[task])
    check(at, model, TYPED[task], Clamp(signal, 0.25, 1, len(ids), (2,)))
    assert says(at, 0)[0] == pytest.approx(says(at, 1)[0]) or task != "language"
    assert says(at, 0)[-1] != says(at, 1)[-1]


def test_the_title_of_a_run_is_no_markup() -> None:
    ident = trained("language", title="**b** ![](http://a.b/c)")
    at = visit(**{"from": "run", "run": ident})
    assert "![](http" not in "".join(element.value for element in at.caption)
    assert "**b** ![](http://a.b/c)" in messages(at)


def test_your_run_is_offered_only_where_a_link_has_brought_one() -> None:
    assert "run" not in visit().segmented_control(key="from").options
    assert "Your run" not in visit().segmented_control(key="from").options
    at = visit(**{"from": "latch", "run": trained("language")})
    assert "Your run" in at.segmented_control(key="from").options


def test_the_whole_net_is_taken_away() -> None:
    at = visit(**{"from": "model", "model": "names", "text": "Oskar flew from Paris."})
    code = "\n".join(element.value for element in at.code)
    assert 'd["embedding"][ids]' in code
    assert "torch.nn.LSTM(32, 32, num_layers=1, bidirectional=True)" in code
    assert len(at.get("download_button")) == 6
