"""What a language model says, against running it from scratch, one token at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_core import sampling, stack
from lstm_core.encoding import Vocabulary
from lstm_core.models import LanguageModel, predict, probabilities
from tests.checks import check_refused

STREAM = Vocabulary(("<unk>", *"eabcd"))
LINES = Vocabulary(("<unk>", *"eab", "\n", *"cd"))
SENTENCES = Vocabulary(("<unk>", "<s>", "</s>", *"abcd"))
WORDS = Vocabulary(("<unk>", "<s>", "</s>", "the", "cat", "sat", ".", ",", "你", "好"))


def model_of(vocabulary: Vocabulary, seed: int = 0, cell: Any = "lstm", **options: Any) -> LanguageModel:
    rng = np.random.default_rng(seed)
    layers = stack.init(rng, 3, [4, 5], cell, dtype=np.float64)
    size = len(vocabulary)
    ends = rng.normal(size=(5, size)) * 2, rng.normal(size=size) * 0.7
    return LanguageModel(rng.normal(size=(size, 3)), layers, *ends, vocabulary, **options)


MODELS = {
    "stream": model_of(STREAM),
    "lines": model_of(LINES, cell="gru"),
    "sentences": model_of(SENTENCES, sentences=True),
    "words": model_of(WORDS, unit="words", sentences=True, cell="rnn"),
}
OPENING = {"stream": "e", "lines": "\n", "sentences": "<s>", "words": "<s>"}
TEXTS = {"stream": "abcadeebz", "lines": "abc\nda", "sentences": "abcda", "words": "the cat sat, the 你好."}
TOKENS = {
    "stream": [*"abcadeeb", "<unk>"],
    "lines": list("abc\nda"),
    "sentences": list("abcda"),
    "words": ["the", "cat", "sat", ",", "the", "你", "好", "."],
}


def from_scratch(name: str, tokens: list[str]) -> np.ndarray:
    """P(next token) after all of these, with the model run anew."""
    model = MODELS[name]
    ids = [model.vocabulary.tokens.index(token) for token in [OPENING[name], *tokens]]
    logits = predict(model, np.array(ids)[:, None]).logits[-1, 0]
    e = np.exp(logits)
    return e / e.sum()


def spelled(name: str, tokens: list[str]) -> str:
    """A text in which the model reads these tokens."""
    return sampling.written(MODELS[name], ["?" if token == "<unk>" else token for token in tokens])


def slow_losses(name: str) -> list[float]:
    tokens = [*TOKENS[name], *(["</s>"] if MODELS[name].sentences else [])]
    index = MODELS[name].vocabulary.tokens.index
    return [-math.log(from_scratch(name, tokens[:k])[index(token)]) for k, token in enumerate(tokens)]


@pytest.mark.parametrize("name", MODELS)
def test_the_next_token_after_any_prefix_is_that_of_a_model_run_from_scratch(name: str) -> None:
    model, tokens = MODELS[name], TOKENS[name]
    for k in range(len(tokens) + 1):
        prefix = spelled(name, tokens[:k])
        expected = from_scratch(name, tokens[:k])
        p = sampling.next_distribution(model, prefix)
        assert p.dtype == np.float64
        assert_allclose(p, expected, rtol=1e-10)
        best = sampling.next_tokens(model, prefix, top=3)
        assert [token for token, _ in best] == [model.vocabulary.tokens[i] for i in np.argsort(-expected)[:3]]
        assert_allclose([q for _, q in best], np.sort(expected)[::-1][:3], rtol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_losses_are_those_of_a_slow_loop(name: str) -> None:
    model, expected = MODELS[name], slow_losses(name)
    found = sampling.losses(model, TEXTS[name])
    shown = ["z" if name == "stream" and token == "<unk>" else token for token in TOKENS[name]]
    assert list(found.tokens) == [*shown, *(["</s>"] if model.sentences else [])]
    assert_allclose(found.nats, expected, rtol=1e-10)
    assert_allclose(sampling.perplexity(model, TEXTS[name]), math.exp(np.mean(expected)), rtol=1e-10)
    bits = sum(expected) / math.log(2) / len(TEXTS[name])
    assert_allclose(sampling.bits_per_character(model, TEXTS[name]), bits, rtol=1e-10)


@pytest.mark.parametrize("name", ["stream", "lines", "sentences"])
def test_continuations_of_a_length_add_up_to_one(name: str) -> None:
    """With those that cannot be written: the unknown token, start and end."""
    model = MODELS[name]
    for length in (1, 2):
        writable = [token for token in model.vocabulary.tokens if len(token) == 1]
        total = sum(math.exp(sampling.continuation(model, "ab", "".join(t))) for t in product(writable, repeat=length))
        index = [model.vocabulary.tokens.index(token) for token in writable]
        expected = from_scratch(name, ["a", "b"])[index].sum()
        if length == 2:
            after = [from_scratch(name, ["a", "b", token])[index].sum() for token in writable]
            expected = float(np.dot(from_scratch(name, ["a", "b"])[index], after))
        assert_allclose(total, expected, rtol=1e-10)
        unknown = math.exp(sampling.continuation(model, "ab", "?"))
        assert_allclose(unknown, from_scratch(name, ["a", "b"])[0], rtol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_the_chain_rule_holds(name: str) -> None:
    """P(whole | nothing) = P(first part | nothing) P(rest | first part), wherever it is cut."""
    model, tokens = MODELS[name], TOKENS[name]

    whole = sampling.continuation(model, "", spelled(name, tokens))
    assert_allclose(whole, -sum(slow_losses(name)[: len(tokens)]), rtol=1e-10)
    for cut in range(1, len(tokens)):
        first = sampling.continuation(model, "", spelled(name, tokens[:cut]))
        rest = sampling.continuation(model, spelled(name, tokens[:cut]), spelled(name, tokens[cut:]))
        assert_allclose(first + rest, whole, rtol=1e-10)


@pytest.mark.parametrize("length", [510, 511, 512, 513, 1_024, 1_030])
@pytest.mark.parametrize("name", ["stream", "sentences"])
def test_a_long_text_in_chunks_is_like_one_run(name: str, length: int) -> None:
    model, rng = MODELS[name], np.random.default_rng(length)
    text = "".join(rng.choice(list("abcd"), size=length))
    ids = model.vocabulary.encode([OPENING[name], *text])
    p = probabilities(predict(model, ids[:, None]).logits[:, 0])
    targets = np.append(ids[1:], [model.vocabulary.tokens.index("</s>")] if model.sentences else [])
    expected = -np.log(p[np.arange(len(targets)), targets.astype(int)])
    assert_allclose(sampling.losses(model, text).nats, expected, rtol=1e-9)
    assert_allclose(sampling.next_distribution(model, text), p[-1], rtol=1e-9)
    assert_allclose(sampling.continuation(model, text, "ab"), sampling.continuation(model, text, "a")
                    + sampling.continuation(model, text + "a", "b"), rtol=1e-9)  # fmt: skip


# Drawing


def brute_force(logits: np.ndarray, temperature: float, top_k: int, top_p: float) -> np.ndarray:
    e = [math.exp(x / temperature) for x in logits]
    p = [x / sum(e) for x in e]
    kept: list[int] = []
    for k in sorted(range(len(p)), key=lambda k: (-p[k], k)):
        enough = top_p < 1 and sum(p[j] for j in kept) >= top_p - 1e-12
        if enough or (top_k and len(kept) >= top_k):
            break
        kept.append(k)
    return np.array([p[k] / sum(p[j] for j in kept) if k in kept else 0.0 for k in range(len(p))])


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("top_k", [0, 1, 3, 6, 50])
@pytest.mark.parametrize("top_p", [1e-9, 0.4, 0.95, 1.0])
def test_probabilities_to_draw_from_are_those_of_brute_force(temperature: float, top_k: int, top_p: float) -> None:
    for seed in range(20):
        logits = np.random.default_rng(seed).normal(size=6) * 2
        before = logits.copy()
        p = sampling.shaped(logits, temperature, top_k, top_p)
        assert_allclose(p, brute_force(logits, temperature, top_k, top_p), rtol=1e-12)
        assert_allclose(p.sum(), 1, rtol=1e-14)
        assert_array_equal(logits, before)


def test_equal_probabilities_are_kept_in_order_and_sums_that_just_reach_are_enough() -> None:
    assert_array_equal(sampling.shaped(np.zeros(4), top_k=2), [0.5, 0.5, 0, 0])
    assert_array_equal(sampling.shaped(np.zeros(10), top_p=0.3)[:4] > 0, [True, True, True, False])
    assert_allclose(sampling.shaped(np.array([800.0, 0.0, -800.0]), 0.01), [1, 0, 0])
    assert_allclose(sampling.shaped(np.array([0.0, -np.inf]), 2.0), [1, 0])
    assert_allclose(sampling.shaped(np.array([2.0, 5.0, -1.0]), 1e-320), [0, 1, 0])


def test_wrong_settings_are_refused() -> None:
    logits = np.zeros(3)
    for temperature in (0.0, -1.0, float("nan"), float("inf")):
        check_refused(lambda t=temperature: sampling.shaped(logits, t), "temperature: expected a number above 0")
    for top_p in (0.0, -0.1, 1.1, float("nan")):
        check_refused(lambda p=top_p: sampling.shaped(logits, top_p=p), "top_p: expected a share")
    for top_k in (-1, 1.5):
        check_refused(lambda k=top_k: sampling.shaped(logits, top_k=k), "top_k: expected a whole number of 0 or more")
    check_refused(lambda: sampling.continuation(MODELS["stream"], "ab", ""), "suffix: expected at least one token")
    check_refused(lambda: sampling.losses(MODELS["words"], "  "), "text: expected at least one word")


@pytest.mark.parametrize("name", MODELS)
def test_greedy_takes_the_most_probable_token_every_time(name: str) -> None:
    model, tokens = MODELS[name], TOKENS[name][:2]
    expected = list(tokens)
    while len(expected) < 22:
        p = from_scratch(name, expected)
        p[[k for k, token in enumerate(model.vocabulary.tokens) if token in ("<unk>", "<s>")]] = 0
        token = model.vocabulary.tokens[int(p.argmax())]
        if token == "</s>":
            break
        expected.append(token)
    prefix = sampling.written(model, tokens)
    for seed in (0, 1):
        text = sampling.sample(model, np.random.default_rng(seed), prefix, 20, greedy=True)
        assert text == sampling.written(model, expected[2:])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("options", [{}, {"temperature": 0.5}, {"top_k": 3}, {"top_p": 0.7}], ids=str)
def test_tokens_are_drawn_as_often_as_they_are_probable(name: str, options: dict[str, Any]) -> None:
    model, rng, draws = MODELS[name], np.random.default_rng(1), 400
    prefix, tokens = sampling.written(model, TOKENS[name][:3]), model.vocabulary.tokens
    p = from_scratch(name, TOKENS[name][:3])
    logits = np.where([token in ("<unk>", "<s>") for token in tokens], -np.inf, np.log(p))
    expected = sampling.shaped(logits, **options)
    found = [sampling.sample(model, rng, prefix, 1, **options) or "</s>" for _ in range(draws)]
    assert set(found) <= {token for token, q in zip(tokens, expected, strict=True) if q > 0}
    for token, q in zip(tokens, expected, strict=True):
        spread = math.sqrt(draws * q * (1 - q)) + 1e-9
        assert abs(found.count(token) - draws * q) < 4.5 * spread + 1  # the seed is fixed: it fails always or never


def test_what_was_drawn_is_read_before_the_next_is_drawn() -> None:
    """Each token of a sample must be possible with top_k = 2 where the tokens before it were really read."""
    for name, model in MODELS.items():
        text = sampling.sample(model, np.random.default_rng(5), "", 25, top_k=2)
        found = sampling.losses(model, text).tokens if text else ()
        for k, token in enumerate(found):
            p = from_scratch(name, list(found[:k]))
            p[[i for i, t in enumerate(model.vocabulary.tokens) if t in ("<unk>", "<s>")]] = 0
            allowed = [model.vocabulary.tokens[i] for i in np.argsort(-p)[:2]]
            assert token in allowed or (k == len(found) - 1 and token == "</s>")


def test_sentences_stop_at_their_end_and_streams_at_the_length() -> None:
    ending = replace(MODELS["sentences"], b_out=np.where(np.array(SENTENCES.tokens) == "</s>", 50.0, 0.0))
    assert sampling.sample(ending, np.random.default_rng(0), "ab", 30) == ""
    never = replace(MODELS["sentences"], b_out=np.where(np.array(SENTENCES.tokens) == "</s>", -50.0, 0.0))
    assert len(sampling.sample(never, np.random.default_rng(0), "ab", 30)) == 30
    lengths = [len(sampling.sample(MODELS["sentences"], np.random.default_rng(k), "", 60)) for k in range(20)]
    assert len(set(lengths)) > 3 and min(lengths) < 60
    assert len(sampling.sample(MODELS["stream"], np.random.default_rng(0), "", 60)) == 60
    assert sampling.sample(MODELS["stream"], np.random.default_rng(0), "ab", 0) == ""


def test_the_same_seed_draws_the_same_text() -> None:
    one, again, other = (sampling.sample(MODELS["stream"], np.random.default_rng(k), "a", 40) for k in (3, 3, 4))
    assert one == again != other


def test_the_unknown_token_is_never_written() -> None:
    eager = replace(MODELS["stream"], b_out=np.where(np.array(STREAM.tokens) == "<unk>", 50.0, 0.0))
    assert "<unk>" not in sampling.sample(eager, np.random.default_rng(0), "a", 50)
    whole = Vocabulary(tuple("abcdef"), None)
    assert len(sampling.sample(model_of(whole), np.random.default_rng(0), "a", 50)) == 50


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_diverged_is_refused_and_not_blamed_on_its_tokens(name: str) -> None:
    model = MODELS[name]
    wrong = replace(model, W_out=np.full_like(model.W_out, np.inf))
    for call in (
        lambda: sampling.sample(wrong, np.random.default_rng(0), length=5),
        lambda: sampling.next_distribution(wrong, ""),
        lambda: sampling.losses(wrong, TEXTS[name]),
    ):
        check_refused(call, "model: expected one that answers in finite numbers", "an earlier checkpoint")
