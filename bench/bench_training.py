"""How fast is a whole training step? A language model in NumPy that records every gate, against PyTorch on the CPU.

    python bench/bench_training.py                    # hidden 32, 64 and 128, batch 16 and 32
    python bench/bench_training.py --case 64x16 --seconds 5
    python bench/bench_training.py --json > result.json

needs what bench/requirements.txt lists. One step is: vectors of 65 symbols, an LSTM over 64 steps with the state
carried over, softmax and cross-entropy, the gradient clipped by its norm, Adam; float32, one thread. Taking turns in
this one process, medians of the processor's time (so that a busy neighbour is not counted):

    ours     one update of `training.advance`: also makes the batch, measures stability and saturated gates, checks
             that all numbers are finite, keeps the history
    bare     the step alone: models.loss_and_grads and optim
    PyTorch  nn.Embedding, nn.LSTM, nn.Linear, cross_entropy, clip_grad_norm_, torch.optim.Adam, batches made beforehand

The ratio is PyTorch's time / ours. Losses and parameters of both are compared first.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
import threadpoolctl
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench_core import machine, take_turns
from lstm_core import batches, interop, models, optim, training
from lstm_core._updates import Running
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.encoding import Vocabulary

SYMBOLS, STEPS, FEATURES = 65, 64, 32
GOAL = 1.3
CHECKED = 20  # updates that both make before anything is timed
TOLERANCE = 1e-4  # relative, of each loss and of the parameters' vector: float32, and Adam divides small by small


class Case(NamedTuple):
    hidden: int
    batch: int

    def __str__(self) -> str:
        return f"{self.hidden} x {self.batch}"


GRID = tuple(Case(hidden, batch) for hidden in (32, 64, 128) for batch in (16, 32))


def config_of(case: Case) -> TrainConfig:
    """The longest training there is, without a validation in it."""
    return TrainConfig(
        hidden=case.hidden,
        batch=case.batch,
        window=STEPS,
        features=FEATURES,
        steps=10_000_000,
        validate_every=1_000_000,
    )


def data_of(case: Case) -> Data:
    """A stream of 32 windows in which each symbol says something about the next."""
    rng = np.random.default_rng(0)
    steps = rng.integers(1, 9, size=32 * STEPS * case.batch + 1)
    stream = np.cumsum(steps) % SYMBOLS
    vocabulary = Vocabulary(("<unk>", *(chr(200 + k) for k in range(SYMBOLS - 1))), "<unk>")
    return Data("language", vocabulary, (), stream, stream[:200], stream[:200], "")


def begun(case: Case, data: Data) -> training.TrainState:
    """The training behind its first validation."""
    return training.advance(training.start(config_of(case), data), 0, data)


def ours(case: Case, data: Data) -> Callable[[], float]:
    run = Running(begun(case, data), data)

    def update() -> float:
        run.update()
        if len(run.rows) > 500:  # as at the end of a slice
            run.history, run.rows = run.history.with_rows(run.rows), []
        return run.rows[-1][1] if run.rows else 0.0

    return update


def bare(case: Case, data: Data) -> Callable[[], float]:
    state, feed, optimizer = begun(case, data), batches.feed(data, config_of(case)), optim.Optimizer("adam")
    made = cycle([(feed.batch(k), feed.fresh(k)) for k in range(feed.epoch_steps)])
    theta = training.flat(state.model)
    model, moments = training.unflat(state.model, theta), state.moments
    carried, count = None, 0

    def update() -> float:
        nonlocal moments, carried, count
        batch, fresh = next(made)
        found = models.loss_and_grads(model, batch, initial=None if fresh else carried)
        carried, count = found.final, count + 1
        gradient = training.flat(found.grads)
        gradient = optim.clipped(gradient, optim.norm(gradient), 5.0)
        values, moments = optimizer.step(theta, gradient, moments, rate=0.003, count=count)
        theta[...] = values
        return found.loss

    return update


class Net(nn.Module):
    """The model in PyTorch. Its LSTM has two biases, one of which stays 0: ours has one."""

    def __init__(self, case: Case, start: models.LanguageModel) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, FEATURES)
        self.lstm = nn.LSTM(FEATURES, case.hidden)
        self.linear = nn.Linear(case.hidden, SYMBOLS)
        weights = {f"lstm.{name}": array for name, array in interop.to_torch(start.layers).items()}
        weights |= {"embedding.weight": start.embedding, "linear.weight": start.W_out.T, "linear.bias": start.b_out}
        self.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
        assert not self.lstm.bias_hh_l0.any()
        self.lstm.bias_hh_l0.requires_grad_(False)

    def parts(self) -> dict[str, np.ndarray]:
        (layer,) = interop.from_torch({name: value.detach().numpy() for name, value in self.lstm.state_dict().items()})
        ends = self.embedding.weight, self.linear.weight.T, self.linear.bias
        found = dict(zip(("embedding", "W_out", "b_out"), (end.detach().numpy() for end in ends), strict=True))
        cell = {f"layers.0.forward.{name}": getattr(layer.forward, name) for name in ("W_x", "W_h", "b")}
        return {**found, **cell}


def theirs(case: Case, data: Data) -> tuple[Callable[[], float], Net]:
    net, feed = Net(case, begun(case, data).model), batches.feed(data, config_of(case))
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.003)
    made = cycle(list(torch_batches(feed)))
    state = None

    def update() -> float:
        nonlocal state
        x, targets, fresh = next(made)
        h, state = net.lstm(net.embedding(x), None if fresh else state)
        logits = net.linear(h)
        loss = nn.functional.cross_entropy(logits.view(-1, SYMBOLS), targets.view(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        return loss.item()

    return update, net


def torch_batches(feed: batches.Feed) -> Iterator[tuple[torch.Tensor, torch.Tensor, bool]]:
    for k in range(feed.epoch_steps):
        batch = feed.batch(k)
        yield torch.from_numpy(batch.x.copy()), torch.from_numpy(batch.targets.copy()), feed.fresh(k)


def check_agreement(case: Case, data: Data) -> float:
    """The largest relative difference between both trainings, or SystemExit."""
    update, net = theirs(case, data)
    losses = [update() for _ in range(CHECKED)]
    state = training.advance(begun(case, data), CHECKED, data)
    differences = [abs(a - b) / abs(b) for a, b in zip(state.history.loss, losses, strict=True)]
    for name, array in models.arrays(state.model).items():
        other = net.parts()[name]
        differences.append(float(np.linalg.norm(array - other) / np.linalg.norm(other)))
    if not max(differences) <= TOLERANCE:  # so that NaN fails too
        sys.exit(f"{case}: the trainings differ by {max(differences):.1e} after {CHECKED} updates")
    return max(differences)


def measure(case: Case, seconds: float) -> dict[str, object]:
    """One row of the table: medians in milliseconds and both ratios."""
    data = data_of(case)
    difference = check_agreement(case, data)
    contestants = {"ours": ours(case, data), "bare": bare(case, data), "torch": theirs(case, data)[0]}
    with np.errstate(all="ignore"):  # as in `advance`
        times = take_turns(contestants, seconds, clock=process_time)
    ms = {name: 1e3 * statistics.median(record) for name, record in times.items()}
    ratios = {"ratio": ms["torch"] / ms["ours"], "bare_ratio": ms["torch"] / ms["bare"]}
    return {"case": list(case), "ms": ms, **ratios, "difference": difference, "calls": len(times["ours"])}


HEAD = "hidden x batch       ours     bare  PyTorch   ratio  (bare)  calls"


def line(row: dict) -> str:
    ms = "".join(f"{row['ms'][name]:9.3f}" for name in ("ours", "bare", "torch"))
    return f"{Case(*row['case'])!s:<16}{ms}{row['ratio']:8.2f}{row['bare_ratio']:8.2f}{row['calls']:7d}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark of a training step against PyTorch.")
    parser.add_argument("--case", nargs="+", default=[], help="only these, as 64x16 (hidden x batch)")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long to time each case (default: 6)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    cases = [Case(*map(int, text.split("x"))) for text in options.case] or list(GRID)
    torch.set_num_threads(1)
    rows = []
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        if not options.json:
            print(", ".join(map(" ".join, machine().items())) + "; one thread; times are medians in ms\n" + HEAD)
        for case in cases:
            rows.append(measure(case, options.seconds))
            if not options.json:
                print(line(rows[-1]), flush=True)
    mean = statistics.geometric_mean(row["ratio"] for row in rows)
    if options.json:
        print(json.dumps({"machine": machine(), "rows": rows, "goal": GOAL, "got": mean}, indent=1))
        return
    print(f"geometric mean{mean:37.2f}{statistics.geometric_mean(row['bare_ratio'] for row in rows):8.2f}")
    if len(rows) == len(GRID):
        print(f"{'PASS' if mean >= GOAL else 'FAIL'}  {mean:.2f} times as fast as PyTorch, goal {GOAL}")


if __name__ == "__main__":
    main()
