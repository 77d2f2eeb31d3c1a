"""The synthetic tasks ask what they say: every sequence is read again here, by other means than it was made."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstm_core import tasks
from lstm_core._tasks_adding import draw_adding
from lstm_core.tasks import PROBLEMS
from tests.checks import check_refused
from tests.drawn import B, answers, columns, drawn

GENERATED = [name for name, problem in PROBLEMS.items() if problem.draw is not None]
LAGS = {"first": (1, 7), "copy": (1, 6), "adding": (2, 9), "order": (20, 37), "counting": (1, 5), "agreement": (1, 9)}


def cases() -> list[tuple[str, int]]:
    return [(name, lag) for name in GENERATED for lag in LAGS.get(name, (0,))]


@pytest.mark.parametrize(("name", "lag"), cases())
def test_a_batch_has_the_shapes_that_its_net_takes(name: str, lag: int) -> None:
    found, problem = drawn(name, lag), PROBLEMS[name]
    T = len(found.x)
    assert found.x.shape == (T, B, 2)[: 3 if name == "adding" else 2]
    if problem.net in ("language", "tagger"):
        assert found.targets.shape == (T, B) and found.targets.dtype == np.int64
    else:
        assert found.targets.shape == ((B, 1) if name == "adding" else (B,))
    if found.lengths is not None:
        assert found.lengths.max() == T and found.lengths.min() >= 1 and len(set(found.lengths)) > 1
        behind = np.arange(T)[:, None] >= found.lengths
        assert not found.x[behind].any()
        assert found.trials is None or (found.trials[behind] == -1).all()
    if problem.symbols:
        assert found.x.dtype == np.int64 and found.x.min() >= 0
        top = len(problem.symbols if problem.net == "language" else problem.labels)
        assert found.x.max() < len(problem.symbols) and found.targets.min() >= 0 and found.targets.max() < top


@pytest.mark.parametrize(("name", "lag"), cases())
def test_the_same_generator_draws_the_same_and_another_seed_something_else(name: str, lag: int) -> None:
    once, again, other = drawn(name, lag), drawn(name, lag), drawn(name, lag, seed=6)
    for a, b in zip(once, again, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert_array_equal(a, b)
    if (name, lag) != ("counting", 1):  # there is one string only
        assert not np.array_equal(once.x, other.x)


def test_the_first_symbol_is_the_answer_and_the_noise_has_none_of_the_answers() -> None:
    found = drawn("first", 7, 400)
    for symbols, (answer,) in zip(columns("first", found), answers("first", found), strict=True):
        assert len(symbols) == 8 and symbols[0] == answer and set(symbols[1:]) <= set("wxyz")
    assert sorted(set(found.targets)) == [0, 1, 2, 3] and set(found.x[1:].ravel()) == {4, 5, 6, 7}


@pytest.mark.parametrize("lag", [1, 6, 30])
def test_the_list_is_said_again_behind_the_colon(lag: int) -> None:
    found = drawn("copy", lag)
    for symbols, answer in zip(columns("copy", found), answers("copy", found), strict=True):
        listed = symbols[:10]
        assert set(listed) <= set("abcdefgh")
        assert "".join(symbols) == "".join(listed) + "_" * (lag - 1) + ":" + "_" * 10
        assert "".join(answer) == "_" * (10 + lag) + "".join(listed)
    assert found.trials is not None and found.x.shape == (lag + 20, B)
    asked = found.trials >= 0
    assert not asked[:-10].any() and asked[-10:].all()
    assert sorted(found.trials[asked]) == list(range(10 * B))  # each symbol by itself


@pytest.mark.parametrize("lag", [2, 3, 9])
def test_two_values_are_marked_one_in_each_half_and_their_sum_is_wanted(lag: int) -> None:
    found = drawn("adding", lag, 200)
    for b in range(200):
        places = [t for t in range(lag) if found.x[t, b, 1] == 1]
        assert len(places) == 2 and places[0] < lag // 2 <= places[1]
        assert sum(found.x[:, b, 1]) == 2
        assert found.targets[b, 0] == pytest.approx(found.x[places[0], b, 0] + found.x[places[1], b, 0])
    assert -1 <= found.x[:, :, 0].min() < -0.95 and 0.95 < found.x[:, :, 0].max() <= 1


def test_who_says_zero_to_every_sum_has_the_error_of_the_line() -> None:
    error = float((draw_adding(np.random.default_rng(1), 20, 200_000).targets ** 2).mean())
    assert error == pytest.approx(tasks.memoryless("adding", 20), rel=0.01)


@pytest.mark.parametrize("lag", [20, 37, 100])
def test_the_order_of_two_signs_in_the_noise_is_the_answer(lag: int) -> None:
    found = drawn("order", lag, 300)
    lengths = set()
    for symbols, (answer,) in zip(columns("order", found), answers("order", found), strict=True):
        text = "".join(symbols)
        lengths.add(len(text))
        assert re.fullmatch(r"E[abcd]+[XY][abcd]+[XY][abcd]+B", text)
        assert "".join(re.findall("[XY]", text)) == answer
        first, second = (match.start() for match in re.finditer("[XY]", text))
        assert lag // 10 <= first < 2 * (lag // 10) and 5 * (lag // 10) <= second < 6 * (lag // 10)
    assert lengths == set(range(lag, lag + lag // 10 + 1))
    assert len({answer for (answer,) in answers("order", found)}) == 4


def test_there_are_as_many_b_as_a_and_every_number_occurs() -> None:
    found, seen = drawn("counting", 5, 100), set()
    assert found.trials is not None
    for b, (symbols, answer) in enumerate(zip(columns("counting", found), answers("counting", found), strict=True)):
        whole = symbols[0] + "".join(answer)
        n = whole.count("a")
        assert whole == "S" + "a" * n + "b" * n + "T" and "".join(symbols) == whole[:-1]
        asked = [t for t in range(len(symbols)) if found.trials[t, b] >= 0]
        assert asked == list(range(n + 1, 2 * n + 1))  # from the first b, which is read at n + 1
        assert set(found.trials[asked, b]) == {b}
        seen.add(n)
    assert seen == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("lag", [1, 2, 3, 9, 31])
def test_the_verb_agrees_with_the_first_noun_whatever_stands_between(lag: int) -> None:
    found = drawn("agreement", lag, 120)
    misled = 0
    for words, (verb,) in zip(columns("agreement", found), answers("agreement", found), strict=True):
        assert words[0] == "the" and len(words) == lag + 2
        nouns = [word for before, word in itertools.pairwise(words) if before == "the"]
        plural = [word.endswith("s") for word in nouns]
        assert verb == ("are" if plural[0] else "is")
        adverbs = [word for word in words if word in ("often", "always", "really", "still")]
        assert len(nouns) == 1 + lag // 3 and words[len(words) - len(adverbs) :] == adverbs and len(adverbs) == lag % 3
        misled += plural[-1] != plural[0]
    assert lag < 3 or 30 < misled < 90  # the last noun says nothing


def test_the_line_of_a_count_is_what_the_frequencies_of_pairs_give() -> None:
    for lag in (1, 3, 10):
        pairs: dict[str, list[str]] = {}
        for n in range(1, lag + 1):
            for before, after in itertools.pairwise("S" + "a" * n + "b" * n + "T"):
                pairs.setdefault(before, []).append(after)
        nats = [-math.log(behind.count(symbol) / len(behind)) for behind in pairs.values() for symbol in behind]
        assert tasks.memoryless_loss("counting", lag) == pytest.approx(np.mean(nats))
        assert tasks.memoryless("counting", lag) == 1 / lag


# What readers see and may ask for


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_task_says_what_it_is_and_who_asked_it_first(name: str) -> None:
    problem = PROBLEMS[name]
    assert problem.name == name and problem.title and re.search(r"\((19|20)\d\d\)", problem.source)
    assert 60 < len(problem.about) < 400 and problem.about.endswith(".") and problem.right
    lag = problem.lags.usual if problem.lags else 0
    low, high = sorted((problem.chance(lag), problem.memoryless(lag)))
    assert 0 < low <= high < 1 and problem.memoryless_loss(lag) > 0
    solved = problem.solved
    assert solved > high if problem.measure == "score" else solved < low
    assert tasks.config(name).task == problem.net
    if problem.lags is not None:
        least, most, usual, meaning = problem.lags
        assert least <= usual <= most and meaning


@pytest.mark.parametrize("name", [name for name in GENERATED if PROBLEMS[name].lags])
def test_a_lag_out_of_range_is_refused_with_the_range(name: str) -> None:
    lags = PROBLEMS[name].lags
    assert lags is not None
    for wrong in (lags.least - 1, lags.most + 1, -3):
        check_refused(lambda wrong=wrong: tasks.source(name, wrong), f"lag: expected {lags.least} to {lags.most:,} for")
    check_refused(lambda: tasks.source(name, 16**5_000), "lag", "got a number far beyond")  # Python cannot write it
    wrong_kinds: list[Any] = [2.5, "9", True]
    for kind in wrong_kinds:
        check_refused(lambda kind=kind: tasks.source(name, kind), "lag")
    assert tasks.source(name).lag == lags.usual and tasks.source(name, lags.most).lag == lags.most


def test_what_cannot_be_a_task_is_refused() -> None:
    check_refused(lambda: tasks.source("reber", 7), "lag", "none", "7")
    check_refused(lambda: tasks.source("addition"), "task", "adding", "'addition'")
    check_refused(lambda: tasks.source("digits"), "task", "tasks.digits")
    check_refused(lambda: tasks.config("adding", hiden=3), "configuration", "'hiden'")
    check_refused(lambda: tasks.config("adding", hidden=0), "hidden")
