"""Whose turn it is, how long, and which checkpoints stay: arithmetic, without a thread."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_runs.limits import Limits, data_folder
from lstm_runs.schedule import Claim, Rota, first_stride, next_mark, slice_seconds, thin

SWEEP = [Claim(f"sweep{k}", "sweep", True) for k in range(10)]


def turns(rota: Rota, claims: list[Claim], count: int) -> Counter[str]:
    """How often each owner was chosen."""
    return Counter(claim.owner for claim in (rota.choose(claims) for _ in range(count)) if claim)


def test_a_sweep_of_ten_gets_the_share_of_one() -> None:
    claims = [*SWEEP, Claim("a", "ann", True), Claim("b", "bob", True)]
    assert turns(Rota(), claims, 30) == {"sweep": 10, "ann": 10, "bob": 10}


def test_the_runs_of_one_owner_take_turns() -> None:
    rota = Rota()
    chosen = [rota.choose(SWEEP) for _ in range(20)]
    assert Counter(claim.run for claim in chosen if claim) == {claim.run: 2 for claim in SWEEP}


def test_who_comes_late_does_not_get_all_turns_it_missed() -> None:
    rota = Rota()
    turns(rota, [Claim("a", "ann", True)], 50)
    assert turns(rota, [Claim("a", "ann", True), Claim("b", "bob", True)], 20)["bob"] <= 11


def test_runs_that_somebody_watches_come_before_all_others() -> None:
    rota, watched = Rota(), Claim("a", "ann", True)
    background = [claim._replace(live=False) for claim in SWEEP]
    assert turns(rota, [*background, watched], 7) == {"ann": 7}
    assert turns(rota, background, 3) == {"sweep": 3}


def test_nobody_waits_for_a_run_that_is_gone() -> None:
    rota = Rota()
    rota.choose(SWEEP)
    rota.forget({"sweep3"}, {"sweep"})
    assert rota.choose(SWEEP[3:4]) == SWEEP[3]
    assert rota.choose([]) is None


def test_slices_get_shorter_when_many_runs_share_the_workers() -> None:
    assert slice_seconds(1, 1) == 0.2
    assert slice_seconds(2, 16) == pytest.approx(0.125)
    assert slice_seconds(1, 500) == 0.05


@given(st.integers(1, 64), st.integers(2, 70), st.integers(0, 10**6))
def test_the_next_checkpoint_lies_ahead_and_on_a_grid_that_coarsens(base: int, most: int, step: int) -> None:
    mark = next_mark(step, base, most)
    assert mark > step
    assert mark % base == 0
    assert mark - step <= max(base, 2 * step / most + 1)


@given(st.integers(1, 40), st.integers(2, 60), st.integers(1, 4_000))
def test_checkpoints_are_few_and_spread_with_the_first_and_the_last(base: int, most: int, steps: int) -> None:
    kept = [0]
    while kept[-1] < steps:
        kept = thin([*kept, min(next_mark(kept[-1], base, most), steps)], most)
    assert kept[0] == 0
    assert kept[-1] == steps
    assert len(kept) <= most
    assert kept == sorted(set(kept))
    gaps = [after - before for before, after in pairwise(kept)][:-1]
    assert not gaps or max(gaps) <= max(4 * base, 6 * steps / most + 1)


def test_about_sixty_checkpoints_are_kept_of_any_length() -> None:
    for steps in (60, 100, 1_000, 5_000, 100_000):
        kept, base = [0], first_stride(steps, 60)
        while kept[-1] < steps:
            kept = thin([*kept, min(next_mark(kept[-1], base, 60), steps)], 60)
        assert 50 <= len(kept) <= 60, steps


def test_thinning_all_at_once_and_one_by_one_need_not_agree_but_both_are_deterministic() -> None:
    steps = [k * k for k in range(100)]
    assert thin(steps, 9) == thin(list(steps), 9)
    assert thin(steps[:9], 9) == steps[:9]


def test_limits_come_from_the_environment() -> None:
    found = Limits.from_environment(
        {
            "GATESCOPE_DATA": "place",
            "GATESCOPE_KEEP_DAYS": "2.5",
            "GATESCOPE_KEEP_MB": "10",
            "GATESCOPE_WORKERS": "3",
            "GATESCOPE_EXECUTOR": "thread",
            "GATESCOPE_MOST_RUNS": "5",
        }
    )
    assert (found.folder, found.keep_days, found.keep_mb) == (Path("place"), 2.5, 10.0)
    assert (found.workers, found.executor, found.most_runs) == (3, "thread", 5)
    assert found.url.startswith("sqlite:////")
    assert Limits.from_environment({"GATESCOPE_DATABASE_URL": "postgresql://here/x"}).url == "postgresql://here/x"


def test_without_a_word_runs_are_kept_thirty_days_and_two_gigabytes_in_the_users_folder() -> None:
    found = Limits.from_environment({"XDG_DATA_HOME": "here", "LOCALAPPDATA": "here"})
    assert (found.keep_days, found.keep_mb, found.executor) == (30, 2_000, "processes")
    assert data_folder({"XDG_DATA_HOME": "here", "LOCALAPPDATA": "here"}).name == "gatescope"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEEP_DAYS", "soon"),
        ("KEEP_DAYS", "-1"),
        ("KEEP_MB", "nan"),
        ("WORKERS", "0"),
        ("EXECUTOR", "cloud"),
        ("MOST_RUNS", "inf"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=rf"GATESCOPE_{name}: expected .*correct the variable"):
        Limits.from_environment({f"GATESCOPE_{name}": value})
