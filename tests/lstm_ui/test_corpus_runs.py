"""A net over a whole text: pieces, and the states that come of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lstm_core import stack
from lstm_core.corpus import START
from lstm_core.sources import Source
from lstm_core.stack import Layer
from lstm_ui import nets
from lstm_ui.gates import corpus_runs
from lstm_ui.gates.corpus_runs import PIECE
from lstm_ui.given import Given
from tests.checks import check_refused

LAYERS = stack.init(np.random.default_rng(3), nets.FEATURES, [3, 4], "gru", bidirectional=True)


def given() -> Given:
    return Given(
        nets.read_text("abc", "characters", 5),
        unit="characters",
        enter=lambda tokens: nets.vectors(tokens, 5),
    )


def test_a_text_is_cut_into_pieces_and_a_list_of_sentences_at_its_lines() -> None:
    long = "abcde\n" * 100
    found, cut = corpus_runs.pieces(Source("text", "t", text=long), "characters", 10_000)
    assert "".join(token for piece in found for token in piece) == long
    assert [len(piece) for piece in found] == [PIECE, PIECE, 600 - 2 * PIECE]
    assert not cut
    found, cut = corpus_runs.pieces(Source("text", "t", text="so it is\n\nyes"), "words", 10, sentences=True)
    assert found == [[START, "so", "it", "is"], [START, "yes"]]
    assert not cut


def test_no_more_tokens_are_read_than_wanted() -> None:
    source = Source("labelled", "t", items=("a b c", "d e", "f"), labels=("x", "y", "x"))
    assert corpus_runs.pieces(source, "words", 4) == ([["a", "b", "c"], ["d"]], True)
    assert corpus_runs.pieces(source, "words", 5) == ([["a", "b", "c"], ["d", "e"]], True)
    tagged = Source("tagged", "t", sentences=(("a b", "c"), ("d",)), tags=(("O", "O"), ("O",)))
    assert corpus_runs.pieces(tagged, "words", 9) == ([["a b", "c"], ["d"]], False)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_piece_gives_the_states_of_a_run_of_its_own(direction: str) -> None:
    found = [list("a long one here"), list("ab"), list("middle")] * 13
    read = corpus_runs.read(given(), LAYERS, found, 1, direction, "z", cut=False)
    assert read.pieces == tuple(map(tuple, found))
    assert read.tokens == 23 * 13
    for k, piece in enumerate(found):
        alone = stack.forward(LAYERS, nets.vectors(piece, 5)[:, None])
        assert_allclose(read.values[k], getattr(alone.traces[1], direction).z[:, 0], atol=1e-6)


def test_of_a_large_net_less_is_read() -> None:
    small = stack.init(np.random.default_rng(0), 8, [64])
    large = (Layer("lstm", stack.init(np.random.default_rng(0), 256, [1024])[0].forward),) * 1
    assert corpus_runs.most_tokens(small) == corpus_runs.MOST_TOKENS
    assert PIECE <= corpus_runs.most_tokens(large) < 4_000


def test_a_net_that_reads_numbers_is_refused() -> None:
    numbers = Given(nets.read_series("1 2 3"))
    check_refused(lambda: corpus_runs.read(numbers, LAYERS, [["1"]], 0, "forward", "h", cut=False), "net", "text")
