"""Runs as a page meets them: started, watched, paused, stepped, stopped, extended, forked, deleted."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from lstm_core import training
from lstm_core.batches import validation
from lstm_core.corpus import prepare
from lstm_core.models import arrays, loss
from lstm_core.training import Pending
from lstm_runs import births
from lstm_runs._sweep_plans import run_id
from lstm_runs.service import Mark, NoSuchRun, Service, Ticket
from tests.corpora import SOURCES
from tests.training_runs import NET, TEXT, Gate, assert_same_bits, cut, ended, limits, service, undisturbed, until


def at_rest(runs: Service, gate: Gate, ticket: Ticket, slices: int) -> None:
    """Let some slices through, then pause and let the one in flight through."""
    gate.let(slices)
    until(lambda: len(gate.orders) > slices, "the next slice")
    gate.let()
    runs.pause(ticket.id, ticket.key)


def test_a_run_ends_with_the_bits_of_an_undisturbed_training(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, NET, title="squares", page="Language_model")
        view = ended(runs, ticket.id)
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))
        assert (view.title, view.page, view.step, view.steps) == ("squares", "Language_model", 40, 40)
        assert view.source_digest == TEXT.digest() == runs.source(ticket.id).digest()
        assert view.parameters > 0
        assert view.tokens_per_second
        assert view.seconds_left is None


@pytest.mark.parametrize("kind", SOURCES)
def test_every_task_trains_to_its_end(kind: str, tmp_path: Path) -> None:
    source, config = SOURCES[kind]
    with service(tmp_path) as runs:
        view = ended(runs, runs.start(source, replace(config, steps=12, validate_every=5, hidden=6, features=4)).id)
        assert view.history.validated_step.tolist() == [0, 5, 10, 12]
        assert bool(view.sample) == (config.task == "language")


def test_every_checkpoint_is_the_complete_state_of_its_step(tmp_path: Path) -> None:
    with service(tmp_path, checkpoints=6) as runs:
        ticket = runs.start(TEXT, NET)
        marks = ended(runs, ticket.id).checkpoints
        steps = [mark.step for mark in marks]
        assert steps[0] == 0
        assert steps[-1] == 40
        assert len(steps) == len(set(steps)) == 6
        for mark in marks:
            state = runs.state(ticket.id, mark.step)
            assert state.step == mark.step
            assert state.pending is None
            assert mark.sample
            expected = undisturbed(TEXT, NET, mark.step)
            for name, array in arrays(state.model).items():
                assert array.tobytes() == arrays(expected.model)[name].tobytes(), (mark.step, name)
        assert marks[0].loss is None
        assert marks[0].validated is not None
        assert marks[-1].loss == pytest.approx(runs.view(ticket.id).history.loss[-1])


def test_validations_that_are_cut_into_many_slices_change_no_bit_and_no_checkpoint(tmp_path: Path) -> None:
    config = replace(NET, validation_tokens=4_000, validate_every=5)
    with service(tmp_path, work=cut) as runs:
        ticket = runs.start(TEXT, config)
        marks = ended(runs, ticket.id).checkpoints
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, config))
        assert all(runs.state(ticket.id, mark.step).pending is None for mark in marks)
        validated = {int(step) for step in runs.view(ticket.id).history.validated_step}
        assert validated & {mark.step for mark in marks} > {0}, "nothing was tested"


def test_a_checkpoint_that_waits_for_its_validation_is_not_forgotten_over_a_restart(tmp_path: Path) -> None:
    run, _ = births.born(TEXT, NET, limits(tmp_path))
    run.marks = [Mark(0, None, 3.0, "")]
    for state in (undisturbed(TEXT, NET, 4), undisturbed(TEXT, NET, 5)):
        run.state = replace(state, pending=Pending())
        run.aim()
        assert run.mark == run.stride == 5
    run.marks.append(Mark(5, 2.0, 3.0, ""))
    run.aim()
    assert run.mark == 10


def test_the_first_validation_is_made_before_the_first_update(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, NET)
        history = ended(runs, ticket.id).history
        assert history.validated_step.tolist() == [0, 9, 18, 27, 36, 40]


def test_pause_lets_the_slice_in_flight_land_and_nothing_follows(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, NET)
        at_rest(runs, gate, ticket, 4)
        view = runs.view(ticket.id)
        assert view.status == "paused"
        assert 0 < view.step < 40
        assert runs.state(ticket.id).step == view.step
        sent = len(gate.orders)
        gate.let(9)
        runs.resume(ticket.id, ticket.key)
        until(lambda: len(gate.orders) > sent, "a slice after resuming")
        assert gate.orders[sent].state.step == view.step
        gate.let(500)
        ended(runs, ticket.id)
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))


def test_a_step_is_one_update_and_the_run_stays_paused(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, NET)
        at_rest(runs, gate, ticket, 4)
        before = runs.view(ticket.id).step
        gate.let(500)
        for k in (1, 2, 3):
            runs.step(ticket.id, ticket.key)
            view = until(lambda k=k: runs.view(ticket.id).step >= before + k and runs.view(ticket.id), "the step")
            assert (view.status, view.step) == ("paused", before + k)
        runs.resume(ticket.id, ticket.key)
        ended(runs, ticket.id)
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))


def test_the_last_single_step_finishes_the_run(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, replace(NET, steps=2))
        runs.pause(ticket.id, ticket.key)
        gate.let(500)
        for _ in range(2):
            runs.step(ticket.id, ticket.key)
            until(lambda: not gate.inside)
        until(lambda: runs.view(ticket.id).step == 2)
        if runs.view(ticket.id).status == "paused":  # its validation is still to come
            runs.resume(ticket.id, ticket.key)
        assert ended(runs, ticket.id).history.validated_step.tolist() == [0, 2]


def test_stop_makes_a_last_checkpoint_and_can_be_taken_back(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, NET)
        gate.let(5)
        until(lambda: len(gate.orders) > 5)
        gate.let(500)
        runs.stop(ticket.id, ticket.key)
        until(lambda: runs.view(ticket.id).checkpoints[-1].step == runs.view(ticket.id).step)
        view = runs.view(ticket.id)
        assert (view.status, view.step < 40) == ("stopped", True)
        assert view.checkpoints[-1].sample
        assert_same_bits(runs.state(ticket.id, view.step), runs.state(ticket.id))
        until(lambda: runs._engine._held.runs[ticket.id].idle, "rest")
        runs.resume(ticket.id, ticket.key)
        ended(runs, ticket.id)
        assert_same_bits(runs.state(ticket.id), undisturbed(TEXT, NET))


def test_an_extended_run_goes_on_where_it_was(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, NET)
        ended(runs, ticket.id)
        runs.extend(ticket.id, ticket.key, 15)
        until(lambda: runs.view(ticket.id).step == 55)
        assert ended(runs, ticket.id).steps == 55
        data = prepare(TEXT, NET)
        longer = replace(undisturbed(TEXT, NET), config=replace(NET, steps=55))
        assert_same_bits(runs.state(ticket.id), training.advance(longer, 15, data))
        for wrong in (0, -3, True, 2.5, 10**9):
            with pytest.raises(ValueError, match="steps: expected"):
                runs.extend(ticket.id, ticket.key, wrong)  # type: ignore[arg-type]


def test_a_run_can_be_extended_while_a_slice_is_in_flight(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, NET)
        gate.let(3)
        until(lambda: len(gate.orders) > 3)
        runs.extend(ticket.id, ticket.key, 6)
        gate.let(500)
        assert ended(runs, ticket.id).step == 46


def test_a_deleted_run_is_gone_at_once_and_for_good(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, NET)
        until(lambda: gate.inside)
        runs.delete(ticket.id, ticket.key)
        gate.let(9)
        until(lambda: not gate.inside)
        with pytest.raises(NoSuchRun):
            runs.view(ticket.id)
        assert runs.runs() == []


def test_commands_that_make_no_sense_now_say_what_does(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, replace(NET, steps=3))
        ended(runs, ticket.id)
        for command, remedy in ((runs.pause, "resume"), (runs.resume, "extend"), (runs.step, "extend")):
            with pytest.raises(ValueError, match=rf"expected a run .*finished; {remedy}"):
                command(ticket.id, ticket.key)
        with pytest.raises(ValueError, match="stop: expected a run that trains"):
            runs.stop(ticket.id, ticket.key)


def test_a_training_that_diverges_says_where_and_why_and_keeps_the_last_good_net(tmp_path: Path) -> None:
    wild = replace(NET, cell="rnn", activation="relu", optimizer="sgd", rate=1e6, clip=0.0, steps=300)
    with service(tmp_path) as runs:
        ticket = runs.start(TEXT, wild)
        view = ended(runs, ticket.id, "failed")
        assert view.failure is not None
        assert view.failure.step == view.step < 300
        assert "lower the learning rate" in view.failure.reason
        assert view.checkpoints[0].step == 0
        assert view.checkpoints[-1].step <= view.failure.step
        with pytest.raises(ValueError, match="resume: expected a run that can go on, got one that failed; fork"):
            runs.resume(ticket.id, ticket.key)
        fork = runs.fork(ticket.id, 0, replace(wild, rate=1e-3, clip=1.0, steps=10))
        assert ended(runs, fork.id).failure is None


def test_the_version_of_a_view_grows_and_never_falls(tmp_path: Path) -> None:
    gate = Gate()
    with service(tmp_path, work=gate, executor="thread") as runs:
        ticket = runs.start(TEXT, NET)
        versions = [runs.view(ticket.id).version]
        for k in range(4):
            gate.let()
            until(lambda k=k: len(gate.orders) > k + 1)
            versions.append(runs.view(ticket.id).version)
        gate.let(500)
        ended(runs, ticket.id)
        versions.append(runs.view(ticket.id).version)
        assert versions == sorted(set(versions))
    with service(tmp_path) as runs:
        assert runs.view(ticket.id).version >= versions[-1]
        runs.extend(ticket.id, ticket.key, 1)
        assert runs.view(ticket.id).version > versions[-1]


def test_data_that_cannot_be_trained_on_are_refused_before_anything_is_kept(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        huge = replace(NET, hidden=1_024, layers=3)
        for source, config in (
            (replace(TEXT, text="a"), NET),
            (TEXT, replace(NET, batch=1_024, window=2_000)),
            (TEXT, huge),
        ):
            with pytest.raises(ValueError, match=r".+: expected .+; .+"):
                runs.start(source, config)
        assert runs.runs() == []


@pytest.mark.parametrize("kind", SOURCES)
def test_a_training_that_diverges_keeps_checkpoints_that_still_answer(kind: str, tmp_path: Path) -> None:
    source, config = SOURCES[kind]
    changes = {"cell": "rnn", "activation": "relu", "optimizer": "sgd", "rate": 1e6, "clip": 0.0}
    with service(tmp_path, checkpoints=60) as runs:
        ticket = runs.start(source, replace(config, steps=60, hidden=6, features=4, **changes))
        view = ended(runs, ticket.id, "failed")
        assert view.failure is not None
        assert view.failure.reason.endswith(
            ("; lower the learning rate", "; lower the learning rate or clip gradients")
        )
        assert "finite" in view.failure.reason
        state = runs.state(ticket.id, view.checkpoints[-1].step)
        assert view.checkpoints[-1].step < view.failure.step
        assert math.isfinite(loss(state.model, validation(prepare(source, state.config), state.config).batches[0]))


def test_closing_twice_is_closing_once_and_nothing_can_be_started_then(tmp_path: Path) -> None:
    with service(tmp_path) as runs:
        runs.close()
        runs.close()
        with pytest.raises(ValueError, match="service: expected one that is open"):
            runs.start(TEXT, NET)


def test_no_id_and_no_key_can_be_taken_for_an_option_of_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(("-first", "--second", "third-"))
    monkeypatch.setattr(births.secrets, "token_urlsafe", lambda size: next(drawn) if size == 16 else "")
    assert births.secret() == "third-"
    found = {run_id("sweep", number) for number in range(1_000)}  # one in 64 would begin with it
    assert len(found) == 1_000 and not any(ident.startswith("-") for ident in found)
