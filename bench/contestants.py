"""The four things that bench_core.py times: our LSTM, two PyTorch rivals, and the floor under ours.

Each contestant is made for one `Problem`; its `run` does one forward and one backward pass and is what is timed. What
the first three computed can be had as `Results`, so that they can be compared first.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from lstm_core import lstm

Array = np.ndarray
Initial = tuple[Array, Array] | None
Returned = tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, ...]]  # h, c_T, gradients


class Case(NamedTuple):
    """The four sizes of one row of the table."""

    steps: int
    batch: int
    features: int
    hidden: int

    def __str__(self) -> str:
        return " x ".join(map(str, self))


class Problem(NamedTuple):
    """One case with its numbers: float32, weights as in `lstm.Params` (blocks i, f, o, g)."""

    case: Case
    W_x: Array  # (features, 4 * hidden)
    W_h: Array  # (hidden, 4 * hidden)
    b: Array  # (4 * hidden,)
    x: Array  # (time, batch, features)
    dh: Array  # (time, batch, hidden): the gradient of the loss at every h


class Results(NamedTuple):
    """What every contestant must agree on, in our layout and gate order."""

    h: Array
    c_T: Array
    dW_x: Array
    dW_h: Array
    db: Array
    dx: Array
    dh_0: Array | None = None
    dc_0: Array | None = None


class Contestant(NamedTuple):
    """What is timed, and the way from what it returned to `Results`."""

    run: Callable[[], Any]
    results: Callable[[Any], Results]


def make_problem(case: Case, seed: int = 0) -> Problem:
    """Random weights in the range that `torch.nn.LSTM` starts with, random inputs and output gradients."""
    rng = np.random.default_rng(seed)
    T, B, F, H = case
    bound = H**-0.5

    def uniform(*shape: int) -> Array:
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    x = rng.standard_normal((T, B, F), dtype=np.float32)
    dh = rng.standard_normal((T, B, H), dtype=np.float32)
    return Problem(case, uniform(F, 4 * H), uniform(H, 4 * H), uniform(4 * H), x, dh)


def ours(problem: Problem, initial: Initial = None) -> Contestant:
    """`lstm.forward` with its full Trace, then `lstm.backward`."""
    params = lstm.Params(problem.W_x, problem.W_h, problem.b)
    state = None if initial is None else lstm.State(*initial)

    def run() -> tuple[lstm.Trace, lstm.Backward]:
        trace = lstm.forward(params, problem.x, state)
        return trace, lstm.backward(trace, problem.dh)

    def results(returned: tuple[lstm.Trace, lstm.Backward]) -> Results:
        trace, grads = returned
        d = grads.params
        return Results(trace.h, trace.final.c, d.W_x, d.W_h, d.b, grads.x, *grads.initial)

    return Contestant(run, results)


def torch_module(problem: Problem, initial: Initial = None) -> Contestant:
    """`torch.nn.LSTM`, which records no gate, and autograd's backward pass."""
    H = problem.case.hidden
    module = torch.nn.LSTM(problem.case.features, H)
    ifgo = np.r_[0 : 2 * H, 3 * H : 4 * H, 2 * H : 3 * H]  # to PyTorch's i, f, g, o, and back
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.from_numpy(problem.W_x[:, ifgo].T))
        module.weight_hh_l0.copy_(torch.from_numpy(problem.W_h[:, ifgo].T))
        module.bias_ih_l0.copy_(torch.from_numpy(problem.b[ifgo] / 4))  # two biases that add up to ours
        module.bias_hh_l0.copy_(torch.from_numpy(problem.b[ifgo] * 3 / 4))
    x, dh = torch.from_numpy(problem.x).requires_grad_(), torch.from_numpy(problem.dh)
    start = torch_start(initial)
    state = tuple(s[None] for s in start) or None
    inputs = (module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0, x, *start)

    def run() -> Returned:
        h, (_, c_T) = module(x, state)
        return h, c_T[0], torch.autograd.grad(h, inputs, dh)

    def results(returned: Returned) -> Results:
        h, c_T, (dW_x, dW_h, db, _, dx, *d_start) = returned
        ours = dW_x.T[:, ifgo], dW_h.T[:, ifgo], db[ifgo]
        return Results(*(a.detach().numpy() for a in (h, c_T, *ours, dx, *d_start)))

    return Contestant(run, results)


def torch_loop(problem: Problem, initial: Initial = None) -> Contestant:
    """Plain PyTorch operations that keep every gate of every step, and autograd's backward pass."""
    T, B, F, H = problem.case
    W_x, W_h, b, x = (torch.tensor(a, requires_grad=True) for a in (problem.W_x, problem.W_h, problem.b, problem.x))
    dh, start = torch.from_numpy(problem.dh), torch_start(initial)

    def run() -> Returned:
        from_x = torch.addmm(b, x.reshape(T * B, F), W_x).reshape(T, B, 4 * H)  # one product for all steps
        h_t, c_t = start or (torch.zeros(B, H), torch.zeros(B, H))
        record = []
        for a_x in from_x.unbind():
            sigmoids, tanhs = torch.addmm(a_x, h_t, W_h).split((3 * H, H), dim=1)
            i, f, o = torch.sigmoid(sigmoids).chunk(3, dim=1)
            g = torch.tanh(tanhs)
            c_t = f * c_t + i * g
            h_t = o * torch.tanh(c_t)
            record.append((i, f, o, g, c_t, h_t))
        *gates, hs = zip(*record, strict=True)
        h = torch.stack(hs)
        with torch.no_grad():  # the record itself needs no gradient: this is cheaper
            *_, c = [torch.stack(gate) for gate in gates]
        return h, c[-1], torch.autograd.grad(h, (W_x, W_h, b, x, *start), dh)

    def results(returned: Returned) -> Results:
        h, c_T, grads = returned
        return Results(*(a.detach().numpy() for a in (h, c_T, *grads)))

    return Contestant(run, results)


def torch_start(initial: Initial) -> tuple[torch.Tensor, ...]:
    """The first state as leaves of the graph, or nothing."""
    return () if initial is None else tuple(torch.tensor(s, requires_grad=True) for s in initial)


def floor(problem: Problem) -> Callable[[], None]:
    """Only the matrix products and tanh that a NumPy LSTM cannot do without, into buffers made beforehand.

    Layouts and calls as in `lstm_core.lstm` (feature-major; h, 1 and x in one buffer; vectors for a batch of one): a
    product and two tanh a step forward, a product a step backward, then the gradients of x and of the weights for all
    steps at once. The numbers mean nothing here; they only have to be of the usual size.
    """
    T, B, F, H = problem.case
    rng = np.random.default_rng(1)

    def random(*shape: int) -> Array:
        return rng.uniform(-1, 1, shape).astype(np.float32)

    W, W_h, W_x = random(4 * H, H + 1 + F), random(H, 4 * H), random(F, 4 * H)
    hx, a, c, tanh_c, back = (
        random(T, H + 1 + F, B),
        random(T, 4 * H, B),
        random(T, H, B),
        random(T, H, B),
        random(H, B),
    )
    flat_hx, flat_da = random(H + 1 + F, T * B), random(4 * H, T * B)  # what the weights' product reads
    dW, dx = random(H + 1 + F, 4 * H), random(F, T * B)
    if B == 1:
        hx, a, c, tanh_c, back = hx[..., 0], a[..., 0], c[..., 0], tanh_c[..., 0], back[:, 0]
    steps, steps_back = list(zip(hx, a, c, tanh_c, strict=True)), list(a[::-1])

    def run() -> None:
        for hx_t, a_t, c_t, tanh_c_t in steps:
            W.dot(hx_t, a_t)
            np.tanh(a_t, a_t)
            np.tanh(c_t, tanh_c_t)
        for da_t in steps_back:
            W_h.dot(da_t, back)
        np.dot(flat_hx, flat_da.T, dW)
        np.dot(W_x, flat_da, dx)

    return run
