"""What the models reach on held-out data beside the simplest competitors, as the table in the README.

    python tools/measure_learning.py [agreement] [reviews] [names] [--seeds 3]

One BLAS thread, one process; the time is that of training and its validations.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from recipes import DATA, RECIPES
from threadpoolctl import threadpool_limits

from lstm_core import baselines, batches, metrics, models, ngrams, sampling, training
from lstm_core.corpus import START, Data, Ragged, prepare
from lstm_core.training import TrainState


def agreement(state: TrainState, data: Data) -> tuple[float, float]:
    """Share of sentences in which the right verb is the more probable one: the net, a 5-gram."""
    lines = (DATA / "tests" / "agreement_items.tsv").read_text(encoding="utf-8").splitlines()
    net = gram = 0.0
    for line in lines:
        prefix, right, wrong = line.split("\t")
        good, bad = (sampling.continuation(state.model, prefix, f" {verb} ") for verb in (right, wrong))
        net += good > bad
        good, bad = (_five_gram(data, prefix, f" {verb} ") for verb in (right, wrong))
        gram += 0.5 if good == bad else good > bad
    return net / len(lines), gram / len(lines)


def _five_gram(data: Data, prefix: str, suffix: str) -> float:
    """log P(suffix | prefix) of a table of 5 characters, in which a sentence begins with its start token."""
    ids = data.vocabulary.encode([START, *prefix, *suffix])
    return -float(ngrams.ngram_losses(data.train, ids, 5, len(data.vocabulary))[-len(suffix) :].sum())


def reviews(state: TrainState, data: Data) -> tuple[float, float]:
    """Accuracy on the test part: the net, naive Bayes."""
    right = rows = 0
    for batch in batches.validation(data, state.config, "test").batches:
        said = models.predict(state.model, batch.x, lengths=batch.lengths)
        _, good, of = models.scores(state.model, said.logits, batch)
        right, rows = right + good, rows + of
    return right / rows, baselines.classifier_lines(data)["naive Bayes"].accuracy


def names(state: TrainState, data: Data) -> tuple[float, float]:
    """Entity F1 on the test part: the net, the most frequent tag of every word."""
    return _entity_f1(state, data, range(len(data.test)))


def unseen_names(state: TrainState, data: Data) -> tuple[float, float]:
    """The same on the sentences whose names stand nowhere else."""
    blocks = RECIPES["names"].text().split("\n\n")
    marked = {
        tuple(line.split("\t")[0] for line in block.splitlines() if not line.startswith("#"))
        for block in blocks
        if "# names = unseen" in block
    }
    return _entity_f1(state, data, [k for k, words in enumerate(data.raw_test) if tuple(words) in marked])


def _entity_f1(state: TrainState, data: Data, items: Iterable[int]) -> tuple[float, float]:
    test, labels = data.test, np.array(data.labels, object)
    assert isinstance(test, Ragged)
    tags = baselines.frequent_tags(data.train, len(data.vocabulary), len(labels))
    truth, found, usual = [], [], []
    for k in items:
        ids = test.item(k)
        said = models.predict(state.model, ids[:, None])
        found.append(labels[said.logits[:, 0].argmax(axis=1)].tolist())
        usual.append(labels[tags[ids]].tolist())
        truth.append(labels[test.targets[test.offsets[k] : test.offsets[k + 1]]].tolist())
    return metrics.entity_scores(truth, found).overall.f1, metrics.entity_scores(truth, usual).overall.f1


class Measured(NamedTuple):
    """What is measured of a net, and beside what."""

    what: str
    rival: str
    measure: Callable[[TrainState, Data], tuple[float, float]]


MEASURED = {
    "agreement": [Measured("distant agreement right", "5-gram", agreement)],
    "reviews": [Measured("accuracy", "naive Bayes", reviews)],
    "names": [
        Measured("entity F1", "most frequent tag", names),
        Measured("entity F1, names never seen", "most frequent tag", unseen_names),
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*MEASURED, []], metavar="name")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    print("| model | measured on held-out data | net, one figure a seed | beside it | seconds a seed |")
    print("| --- | --- | --- | --- | --- |")
    for name in chosen.names or MEASURED:
        trained, times = [], []
        for seed in range(chosen.seeds):
            config = replace(RECIPES[name].config, seed=seed)
            data = prepare(RECIPES[name].source(), config)
            began = time.perf_counter()
            trained.append((training.advance(training.start(config, data), config.steps, data), data))
            times.append(time.perf_counter() - began)
        for what, rival, measure in MEASURED[name]:
            results = [measure(state, data) for state, data in trained]
            net = ", ".join(f"{mine:.1%}" for mine, _ in results)
            other = np.mean([theirs for _, theirs in results])
            print(f"| {name} | {what} | {net} | {rival} {other:.1%} | {np.mean(times):.0f} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
