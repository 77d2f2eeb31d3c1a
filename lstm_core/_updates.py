"""The inner loop of training: one update, one batch of a validation. Works in place on arrays of its own."""

from __future__ import annotations

import math
import time

import numpy as np

from lstm_core import batches, models, optim
from lstm_core._training_values import Failure, Pending, TrainState, flat, saturated, unflat
from lstm_core.arrays import Array
from lstm_core.batches import Validation
from lstm_core.config import TrainConfig
from lstm_core.corpus import Data
from lstm_core.models import LossAndGrads
from lstm_core.stack import Directions

DROPOUT = 2  # in the seed of what dropout draws
_KEPT = 24 << 20  # bytes


def keep_memory() -> None:
    """Have freed memory stay with the process, up to some 50 MB, instead of going back and forth at every update.

    The C library of Linux hands the free end of its heap back to the system beyond twice the largest block that was
    ever freed. This one is never touched, so it costs nothing; without it mapping the pages anew took a quarter of
    the time of a small net.
    """
    np.empty(_KEPT, np.uint8)


class Running:
    """A training on its way: a TrainState unpacked."""

    def __init__(self, state: TrainState, data: Data) -> None:
        keep_memory()
        self.before, self.data, self.config = state, data, state.config
        self.theta = flat(state.model)  # a copy; the model's arrays are views of it and follow every update
        self.model = unflat(state.model, self.theta)
        self.parameters = models.count(state.model)
        self.step, self.moments, self.carried = state.step, state.moments, state.carried
        self.anchor, self.drift = state.anchor, state.drift
        self.history, self.pending, self.failure = state.history, state.pending, state.failure
        self.feed = batches.feed(data, state.config)
        self.optimizer = optimizer(state.config)
        self.rows: list[tuple[float, ...]] = []
        self._validation: Validation | None = None

    def state(self) -> TrainState:
        """All of it as a value; nothing here may be used after that."""
        return TrainState(
            self.config,
            self.model,
            self.step,
            self.moments,
            self.carried,
            self.anchor,
            self.drift,
            self.history.with_rows(self.rows),
            self.pending,
            self.before.since,
            self.failure,
        )

    def update(self) -> None:
        """One step of the optimiser; what is not finite leaves the parameters as they are and ends the training."""
        began, config = time.perf_counter(), self.config
        if self.feed.fresh(self.step):
            self.carried = None
        batch = self.feed.batch(self.step)
        try:
            rng = np.random.default_rng([config.seed, DROPOUT, self.step]) if config.dropout else None
            found = models.loss_and_grads(self.model, batch, initial=self.carried, rng=rng)
        except (models.Diverged, ValueError) as error:
            self.fail(_reason(error))
            return
        moved = self.move(found)
        if not moved:
            return
        self.step += 1
        self.carried = tuple(_own(pair) for pair in found.final)
        row = (found.loss, moved[0], moved[1], saturated(found.trace), batch.tokens, time.perf_counter() - began)
        self.rows.append((self.step, *row))
        if self.step % config.validate_every == 0 or self.step == config.steps:
            self.pending = Pending()

    def move(self, found: LossAndGrads) -> tuple[float, float] | None:
        """From gradients to the next parameters: the loss's backward part and the gradient's norm; None: failed."""
        config, gradient = self.config, flat(found.grads)
        m = self.step % config.stability_window
        if m == 0:
            self.anchor, self.drift = self.theta.copy(), 0.0
        elif config.stability_weight:
            gradient += (2 * config.stability_weight / (m * self.parameters)) * (self.theta - self.anchor)
        length = optim.norm(gradient)
        if not math.isfinite(length):
            self.fail(f"gradient: expected a finite norm, got {length}; lower the learning rate")
            return None
        gradient = optim.clipped(gradient, length, config.clip)
        rate = optim.rate_at(config.schedule, config.rate, self.step, config.steps, config.halve_every)
        count = self.step - self.before.since + 1
        values, moments = self.optimizer.step(self.theta, gradient, self.moments, rate=rate, count=count)
        drift = self.drift + optim.norm(values - self.anchor) ** 2 / self.parameters
        # A sum of squares is finite only if every parameter is.
        if not math.isfinite(drift):
            self.fail("parameters: expected finite numbers, got NaN or infinity; lower the learning rate")
            return None
        if not all(np.isfinite(moment).all() for moment in moments.values()):
            self.fail("moments of the optimiser: expected finite numbers, got infinity; lower the learning rate")
            return None
        self.theta[...], self.moments, self.drift = values, moments, drift
        return drift / (m + 1), length

    def validate(self) -> None:
        """One batch of the validation under way."""
        if self._validation is None:
            self._validation = batches.validation(self.data, self.config)
        whole, pending = self._validation, self.pending or Pending()
        k = pending.done
        batch = whole.batches[k]
        try:
            carried = None if whole.fresh[k] else pending.carried
            said = models.predict(self.model, batch.x, carried, lengths=batch.lengths)
            error, right, rows = models.scores(self.model, said.logits, batch)
        except (models.Diverged, ValueError) as problem:
            self.fail(_reason(problem))
            return
        loss = pending.loss + error * whole.weights[k]
        final = tuple(_own(pair) for pair in said.trace.final)
        self.pending = Pending(k + 1, loss, pending.right + right, pending.rows + rows, final)
        if not math.isfinite(loss):
            self.fail(f"validation: expected a finite loss, got {loss}; lower the learning rate")
        elif k + 1 == len(whole.batches):
            score = self.pending.right / self.pending.rows
            self.history = self.history.with_validation(self.step, loss / sum(whole.weights), score)
            self.pending = None

    def fail(self, reason: str) -> None:
        """End the training here, with the last good parameters."""
        self.failure, self.pending = Failure(self.step, reason), None


def optimizer(config: TrainConfig) -> optim.Optimizer:
    """The optimiser that a configuration names."""
    return optim.Optimizer(config.optimizer, config.momentum)


def _reason(error: Exception) -> str:
    """Numbers that overflow between two layers are refused there in words for whoever gave them: nobody did."""
    if isinstance(error, models.Diverged) or "finite" not in str(error):
        return str(error)
    return "signals of the net: expected finite numbers, got ones that overflow; lower the learning rate"


def _own(pair: Directions) -> Directions:
    """Copies of states, which are views of a whole run and would keep it in memory."""

    def copied(array: Array) -> Array:
        return np.array(array, order="C")

    return Directions(*(None if state is None else type(state)(*map(copied, state)) for state in pair))
