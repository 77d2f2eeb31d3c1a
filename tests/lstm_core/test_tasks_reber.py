"""Reber strings, held against a regular expression instead of an automaton."""

from __future__ import annotations

import itertools
import math
import re
from functools import cache

import numpy as np
import pytest

from lstm_core._tasks_reber import expected, reber_chance, reber_loss
from lstm_core._tasks_values import Drawn
from lstm_core.tasks import PROBLEMS
from tests.drawn import answers, columns, drawn

INNER = re.compile(r"B(?:TS*X(?:SE|X(?:T*VPX)*T*V(?:V|PS)E)|P(?:T*VPX)*T*V(?:V|PS)E)")


@cache
def may_go_on(prefix: str) -> bool:
    """Whether a string of the inner grammar begins so."""
    endings = ("".join(letters) for n in range(5) for letters in itertools.product("STXVPE", repeat=n))
    return any(INNER.fullmatch(prefix + ending) for ending in endings)


def followers(read: str) -> set[str]:
    """What may come behind the beginning of an embedded string."""
    if len(read) < 2:
        return {"": {"B"}, "B": {"T", "P"}}[read]
    inner = read[2:]
    if INNER.fullmatch(inner):
        return {read[1]}
    if INNER.fullmatch(inner[:-1]):
        return {"E"}
    return {symbol for symbol in "BTPSXVE" if may_go_on(inner + symbol)}


def check_string(text: str, legal: list[set[str]]) -> None:
    """An embedded string, and what might have stood at each of its places but the first."""
    assert text[0] == "B" and text[1] in "TP" and text[-2:] == text[1] + "E" and INNER.fullmatch(text[2:-2]), text
    assert legal == [followers(text[:t]) for t in range(1, len(text))], text


def sets(found: Drawn, b: int) -> list[set[str]]:
    assert found.legal is not None
    return [{PROBLEMS["reber"].symbols[k] for k in np.flatnonzero(row)} for row in found.legal[:, b]]


def test_embedded_strings_are_of_the_grammar_and_all_that_may_follow_is_legal() -> None:
    found = drawn("reber")
    assert found.lengths is not None and found.trials is not None
    for b, (symbols, answer) in enumerate(zip(columns("reber", found), answers("reber", found), strict=True)):
        n = len(symbols)
        assert symbols[1:] == answer[:-1]
        check_string("".join(symbols) + answer[-1], sets(found, b)[:n])
        assert (found.trials[:n, b] == b).all()
    assert {len(symbols) for symbols in columns("reber", found)} >= {8, 10, 11, 12}


def test_a_stream_is_made_of_whole_strings_and_after_each_comes_another() -> None:
    found = drawn("continual", batch=5)
    assert found.lengths is not None and found.trials is not None
    for b, (symbols, answer) in enumerate(zip(columns("continual", found), answers("continual", found), strict=True)):
        assert symbols[1:] == answer[:-1] and answer[-1] == "B"
        # A string ends with the first E behind the frame's second letter: two E stand in each.
        strings = re.findall(r"[^E]*E[TP]E", "".join(symbols))
        assert "".join(strings) == "".join(symbols) and len(strings) == 6
        place = 0
        for k, string in enumerate(strings):
            legal = sets(found, b)[place : place + len(string)]
            check_string(string, legal[:-1])
            assert legal[-1] == {"B"}
            assert set(found.trials[place : place + len(string), b]) == {6 * b + k}
            place += len(string)


def test_the_target_of_every_step_is_among_what_is_legal() -> None:
    for name in ("reber", "continual"):
        found = drawn(name, batch=9, seed=8)
        assert found.legal is not None and found.trials is not None
        t, b = np.nonzero(found.trials >= 0)
        assert found.legal[t, b, found.targets[t, b]].all() and found.legal.sum(axis=2).max() == 2


def test_both_ways_out_of_a_state_are_taken_half_of_the_time() -> None:
    found = drawn("reber", batch=6_000)
    assert found.lengths is not None and found.legal is not None
    inner = found.lengths + 1 - 4
    assert inner.mean() == pytest.approx(expected(lambda ways: 1.0), abs=0.12)
    free = found.legal.sum(axis=2) == 2
    taken: dict[tuple[int, ...], list[int]] = {}
    for t, b in zip(*np.nonzero(free), strict=True):
        taken.setdefault(tuple(np.flatnonzero(found.legal[t, b])), []).append(int(found.targets[t, b]))
    assert len(taken) == 4  # T or P, S or X, T or V, P or V
    for (first, _), chosen in taken.items():
        assert chosen.count(first) / len(chosen) == pytest.approx(0.5, abs=0.03)


def test_the_lines_of_the_grammar_are_what_counting_symbols_gives() -> None:
    for name, on in (("reber", False), ("continual", True)):
        found = drawn(name, batch=4_000 if name == "reber" else 700)
        assert found.trials is not None and found.legal is not None
        asked, ways = found.trials >= 0, found.legal.sum(axis=2)
        free, strings = int((ways[asked] == 2).sum()), int(found.trials.max()) + 1
        assert reber_loss(on, memory=True) == pytest.approx(math.log(2) * free / asked.sum(), rel=0.02)
        assert reber_loss(on) == pytest.approx(math.log(2) * (free + strings) / asked.sum(), rel=0.02)
        hits = np.ones(strings)
        np.multiply.at(hits, found.trials[asked], np.array([1, 1 / 7, 1 / 21])[ways[asked]])
        assert reber_chance(on) == pytest.approx(hits.mean(), rel=0.05)
