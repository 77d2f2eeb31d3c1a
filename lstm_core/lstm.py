"""The LSTM cell: every gate of every step, and the exact way back.

    i = sigmoid(x W_i + h_prev U_i + b_i + p_i * c_prev)        input gate
    f = sigmoid(x W_f + h_prev U_f + b_f + p_f * c_prev)        forget gate
    g = tanh(x W_g + h_prev U_g + b_g)                          candidate
    c = f * c_prev + i * g                                      cell state
    o = sigmoid(x W_o + h_prev U_o + b_o + p_o * c)             output gate
    h = o * tanh(c)                                             output

W is `W_x`, U is `W_h`, p exists only with peepholes. Hochreiter and Schmidhuber (1997), "Long short-term memory"; the
forget gate: Gers, Schmidhuber and Cummins (2000), "Learning to forget"; peepholes: Gers and Schmidhuber (2000),
"Recurrent nets that time and count"; the variants: Greff et al. (2017), "LSTM: a search space odyssey".

How it is fast: docs/architecture.md, "Inside a cell".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lstm_core.arrays import Array, Bools, Ints, check_shape, check_size
from lstm_core.clamps import Clamp, Hold
from lstm_core.layout import Run, block, check_weights, draw, start

GATES = ("i", "f", "o", "g")
SIGNALS = ("i", "f", "o", "g", "c", "h")

# Inside, the gates stand in the order g f i o: with c_prev before g, f * c_prev and i * g are one multiplication.
_INWARD, _OUTWARD = [3, 1, 0, 2], [2, 1, 3, 0]
_OPEN = 100.0  # a pre-activation whose sigmoid is exactly 1 in float32 and float64: how a removed gate is held open


@dataclass(frozen=True, slots=True)
class Variant:
    """What is learned, removed, tied or added, compared with the usual cell.

    Parameters
    ----------
    forget : {"learned", "none", "coupled"}
        none: f = 1; coupled: f = 1 - i.
    input, output : {"learned", "none"}
        none: the gate is 1.
    peephole : bool
        Let i and f see c of the step before, and o see c of its own step.

    Raises
    ------
    ValueError
        Another value, or a coupled forget gate without an input gate.
    """

    forget: Literal["learned", "none", "coupled"] = "learned"
    input: Literal["learned", "none"] = "learned"
    output: Literal["learned", "none"] = "learned"
    peephole: bool = False

    def __post_init__(self) -> None:
        choices = {"forget": ("learned", "none", "coupled"), "input": ("learned", "none"), "output": ("learned", "none")}
        for name, allowed in (choices | {"peephole": (False, True)}).items():
            if (got := getattr(self, name)) not in allowed:
                raise ValueError(f"variant.{name}: expected one of {allowed}, got {got!r}; choose one of them")
        if self.forget == "coupled" and self.input == "none":
            raise ValueError("variant: expected a learned input gate with forget='coupled' (f = 1 - i), got input='none'; keep one")

    @property
    def learned(self) -> tuple[str, ...]:
        """The gates that have weights of their own, in the order i f o g."""
        return tuple(gate for gate in GATES if gate == "g" or getattr(self, _FULL_NAME[gate]) == "learned")


_FULL_NAME = {"i": "input", "f": "forget", "o": "output"}


@dataclass(frozen=True, slots=True, eq=False)
class Params:
    """Weights of one cell; gradients come in the same shape.

    Weights of a gate that the variant removes or couples exist, are unused and have no gradient.

    Parameters
    ----------
    W_x : ndarray, shape (features, 4 * hidden)
        Blocks i, f, o, g.
    W_h : ndarray, shape (hidden, 4 * hidden)
    b : ndarray, shape (4 * hidden,)
    p : ndarray, shape (3, hidden), or None
        Peepholes, rows i, f, o; given exactly when `variant.peephole`.
    variant : Variant

    Raises
    ------
    ValueError
        Shapes or types that do not fit together.
    """

    W_x: Array
    W_h: Array
    b: Array
    p: Array | None = None
    variant: Variant = Variant()

    def __post_init__(self) -> None:
        check_weights(4, self.W_x, self.W_h, {"b": self.b} | ({} if self.p is None else {"p": self.p}))
        check_shape("b", self.b, [("4 * hidden", 4 * self.hidden)])
        if (self.p is not None) != self.variant.peephole:
            got = "p without peepholes" if self.p is not None else "peepholes without p"
            raise ValueError(f"p: expected it exactly when variant.peephole is True, got {got}; give both or neither")
        if self.p is not None:
            check_shape("p", self.p, [("gates", 3), ("hidden", self.hidden)])

    @property
    def hidden(self) -> int:
        """Number of units."""
        return len(self.W_h)

    @property
    def count(self) -> int:
        """Number of learned parameters: weights of removed and coupled gates do not count."""
        gates = self.variant.learned
        peepholes = 0 if self.p is None else len(gates) - 1
        return self.hidden * (len(gates) * (len(self.W_x) + self.hidden + 1) + peepholes)


class State(NamedTuple):
    """What one step hands to the next: h and c, each (batch, hidden)."""

    h: Array
    c: Array


class Tape(NamedTuple):
    """The arrays the forward pass worked in, feature-major in reading order; `S` and `Z` as in `_plain_steps`."""

    run: Run
    S: Array
    Z: Array
    tanh_c: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Everything that happened: signals (time, batch, hidden) in input order, read-only. The backward pass needs no more.

    Past its length a sequence's h and c repeat and its gates are 0. `final` is each sequence's own last state.
    """

    params: Params
    x: Array
    i: Array
    f: Array
    o: Array
    g: Array
    c: Array
    h: Array
    tanh_c: Array
    initial: State
    final: State
    lengths: Ints | None
    clamps: tuple[Clamp, ...]
    reverse: bool
    tape: Tape = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the gradient at each step came from; all (time, batch, hidden) but `dh_gates`, (4, time, batch, hidden).

    dh = dh_loss + dh_final + dh_gates.sum(0) and dc = dc_final + dc_highway + dc_output + dc_peephole. Gradients are those
    at the value that is passed on: after clamping.
    """

    dh: Array
    dh_loss: Array
    dh_final: Array
    dh_gates: Array
    dc: Array
    dc_final: Array
    dc_highway: Array
    dc_output: Array
    dc_peephole: Array


class Backward(NamedTuple):
    """Gradients: of the parameters in their own shape, of x (time, batch, features), of the initial state; and the paths."""

    params: Params
    x: Array
    initial: State
    flow: Flow | None


def init(
    rng: np.random.Generator,
    features: int,
    hidden: int,
    variant: Variant = Variant(),
    *,
    forget_bias: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Params:
    """Random weights with variance 1 / fan-in, biases 0 but for the forget gate's.

    Parameters
    ----------
    rng : numpy.random.Generator
    features, hidden : int
    variant : Variant
    forget_bias : float
        Above 0 the cell starts out remembering.
    dtype : dtype

    Returns
    -------
    Params

    Raises
    ------
    ValueError
        Sizes below 1.

    References
    ----------
    LeCun et al. (1998), "Efficient BackProp", section 4.6; forget bias: Gers, Schmidhuber and Cummins (2000).

    Examples
    --------
    >>> params = init(np.random.default_rng(0), features=3, hidden=2)
    >>> params.b
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """
    features, hidden = check_size("features", features), check_size("hidden", hidden)
    b = np.zeros(4 * hidden, dtype)
    b[hidden : 2 * hidden] = forget_bias
    W_x, W_h = draw(rng, features, (features, 4 * hidden), dtype), draw(rng, hidden, (hidden, 4 * hidden), dtype)
    return Params(W_x, W_h, b, draw(rng, hidden, (3, hidden), dtype) if variant.peephole else None, variant)


def forward(
    params: Params,
    x: ArrayLike,
    initial: State | None = None,
    *,
    lengths: ArrayLike | None = None,
    clamps: Sequence[Clamp] = (),
    reverse: bool = False,
) -> Trace:
    """Run the cell over a batch and keep every signal.

    Parameters
    ----------
    params : Params
    x : array_like, shape (time, batch, features)
        Integers or floats, cast to the type of the parameters.
    initial : State, optional
        Zeros when not given.
    lengths : array_like of int, shape (batch,), optional
        Of a ragged batch; x holds padding from there on.
    clamps : sequence of Clamp
        Signals to hold.
    reverse : bool
        Read each sequence from its own last step to its first. The trace is in input order all the same.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        Any argument of another shape, type or range, with what was expected.

    Examples
    --------
    >>> params = init(np.random.default_rng(0), features=3, hidden=2)
    >>> trace = forward(params, np.ones((5, 1, 3)))
    >>> trace.c.shape, bool(np.allclose(trace.h, trace.o * np.tanh(trace.c)))
    ((5, 1, 2), True)
    """
    run, x_in = start("an LSTM", SIGNALS, (params.W_x, params.W_h), x, lengths, clamps, reverse)
    T, B, F, H = run.steps, run.batch, run.features, run.hidden
    S, Z, tanh_c = block(run.dtype, (T + 1, 5 * H, B), (T + 1, 3 * H + 1 + F, B), (T, H, B))
    Z[:, 3 * H], Z[:T, 3 * H + 1 :] = 1, x_in
    h0, c0 = (0, 0) if initial is None else run.check_state("initial", initial, ("h", "c"))
    Z[0, 2 * H : 3 * H], S[0, :H] = h0, c0
    W, p = _fused(params)

    holds, done = _holds(run, params.variant), run.past_end()
    plain = 0 if holds or p is not None else T if run.lengths is None else int(run.lengths.min())
    _plain_steps(W, S, Z, tanh_c, plain)
    _careful_steps(W, p, S, Z, tanh_c, holds, done, plain)
    if done is not None:
        np.copyto(S[:T, H:], 0, where=done[:, None])

    g, f, i, o = (run.outward(S[:T, k * H : (k + 1) * H]) for k in (1, 2, 3, 4))
    c, h, x_out = run.outward(S[1:, :H]), run.outward(Z[1:, 2 * H : 3 * H]), run.outward(Z[:T, 3 * H + 1 :])
    first, last = (State(run.state(Z[t, 2 * H : 3 * H]), run.state(S[t, :H])) for t in (0, T))
    tape = Tape(run, S, Z, tanh_c)
    tanh_out = run.outward(tanh_c)
    return Trace(params, x_out, i, f, o, g, c, h, tanh_out, first, last, run.lengths, run.clamps, reverse, tape)


def _fused(params: Params) -> tuple[Array, Array | None]:
    """One matrix (4 * hidden, hidden + 1 + features) for [h_prev; 1; x], rows g f i o, and p as (3, hidden, 1), rows f i o.

    sigmoid(z) = tanh(z / 2) / 2 + 1 / 2: with the sigmoid rows halved here, one tanh serves all four gates.
    """
    H, variant = params.hidden, params.variant
    W = np.concatenate((params.W_h, params.b[None], params.W_x)).reshape(-1, 4, H)[:, _INWARD]
    W[:, 1:] *= 0.5
    p = None if params.p is None else params.p[[1, 0, 2], :, None] / 2
    for k, gate in ((1, variant.forget), (2, variant.input), (3, variant.output)):
        if gate == "none":
            W[:, k], W[H, k] = 0, _OPEN
        if gate == "coupled":  # sigmoid(-z) = 1 - sigmoid(z)
            W[:, k] = -W[:, 2]
        if p is not None and gate != "learned":
            p[k - 1] = -p[1] if gate == "coupled" else 0
    return np.ascontiguousarray(W.reshape(-1, 4 * H).T), p


def _plain_steps(W: Array, S: Array, Z: Array, tanh_c: Array, stop: int) -> None:
    """Steps [0, stop) of a cell without peepholes, clamps and padding: eight calls a step, all into recorded arrays.

    S[t] holds c[t-1], then g f i o of step t. Z[t] holds f * c and i * g of step t-1, then h[t-1], 1, x[t].
    """
    if not stop:
        return
    if S.shape[2] == 1:  # vectors are quicker than matrices of one column
        S, Z, tanh_c = S[:, :, 0], Z[:, :, 0], tanh_c[:, :, 0]
    H = tanh_c.shape[1]
    s, z, after = S[:stop], Z[:stop], Z[1 : stop + 1]
    dot, tanh, multiply, add, half = W.dot, np.tanh, np.multiply, np.add, np.array(0.5, W.dtype)
    for hx, a, fio, cg, fi, products, fc, ig, c, tc, o, h in zip(
        z[:, 2 * H :], s[:, H:], s[:, 2 * H :], s[:, : 2 * H], s[:, 2 * H : 4 * H],
        after[:, : 2 * H], after[:, :H], after[:, H : 2 * H], S[1:, :H], tanh_c, s[:, 4 * H :], after[:, 2 * H : 3 * H],
        strict=False,
    ):  # fmt: skip
        dot(hx, a)  # W_x x + W_h h_prev + b, of all gates
        tanh(a, a)  # g, and what becomes
        multiply(fio, half, fio)
        add(fio, half, fio)  # f, i, o
        multiply(cg, fi, products)
        add(fc, ig, c)  # c = f * c_prev + i * g
        tanh(c, tc)
        multiply(o, tc, h)  # h = o * tanh(c)


def _careful_steps(
    W: Array, p: Array | None, S: Array, Z: Array, tanh_c: Array, holds: dict[str, Hold], done: Bools | None, begin: int
) -> None:
    """Steps from `begin` on, with whatever the plain ones leave out."""

    def keep(signal: str, t: int, value: Array) -> None:
        if signal in holds:
            np.copyto(value, holds[signal].value[t], where=holds[signal].mask[t])

    T, H, B = tanh_c.shape
    for t in range(begin, T):
        c_prev, g, f, i, o = S[t].reshape(5, H, B)
        fc, ig, h = Z[t + 1, : 3 * H].reshape(3, H, B)
        c, h_prev = S[t + 1, :H], Z[t, 2 * H : 3 * H]
        np.dot(W, Z[t, 2 * H :], S[t, H:])
        if p is not None:
            f += p[0] * c_prev
            i += p[1] * c_prev
        np.tanh(S[t, H : 4 * H], S[t, H : 4 * H])
        S[t, 2 * H : 4 * H] *= 0.5
        S[t, 2 * H : 4 * H] += 0.5
        keep("g", t, g), keep("f", t, f), keep("i", t, i)

        np.multiply(f, c_prev, fc), np.multiply(i, g, ig), np.add(fc, ig, c)
        keep("c", t, c)
        if done is not None:
            np.copyto(c, c_prev, where=done[t])
        np.tanh(c, tanh_c[t])

        if p is not None:
            o += p[2] * c
        np.tanh(o, o)
        o *= 0.5
        o += 0.5
        keep("o", t, o)
        np.multiply(o, tanh_c[t], h)
        keep("h", t, h)
        if done is not None:
            np.copyto(h, h_prev, where=done[t])


def _holds(run: Run, variant: Variant) -> dict[str, Hold]:
    """What is held, by signal; in a coupled cell f follows a held i unless it is held itself."""
    if not run.clamps:
        return {}
    values = {signal: run.values(signal) for signal in SIGNALS}
    if variant.forget == "coupled":
        values["f"] = np.where(np.isnan(values["f"]), 1 - values["i"], values["f"])
    found = {signal: run.hold(value) for signal, value in values.items()}
    return {signal: hold for signal, hold in found.items() if hold is not None}


def backward(trace: Trace, dh: ArrayLike, d_final: State | None = None, *, flow: bool = False) -> Backward:
    """Exact gradients by backpropagation through time.

    Parameters
    ----------
    trace : Trace
    dh : array_like, shape (time, batch, hidden)
        Gradient of the loss at every h; ignored past a sequence's length.
    d_final : State, optional
        Gradient at each sequence's own last h and c, besides `dh`.
    flow : bool
        Also say where the gradient at each step came from.

    Returns
    -------
    Backward

    Raises
    ------
    ValueError
        `dh` or `d_final` of another shape or type, NaN or infinity.

    References
    ----------
    Werbos (1990), "Backpropagation through time: what it does and how to do it".

    Examples
    --------
    >>> trace = forward(init(np.random.default_rng(0), features=3, hidden=2), np.ones((5, 1, 3)))
    >>> backward(trace, np.ones((5, 1, 2))).params.W_h.shape
    (2, 8)
    """
    params, (run, S, Z, _) = trace.params, trace.tape
    T, B, F, H = run.steps, run.batch, run.features, run.hidden
    K, D, highway, dc, da, z = block(
        run.dtype, (T, 5 * H, B), (T, 5 * H, B), (T + 1, H, B), (T, H, B), (4 * H, T, B), (H + 1 + F, T, B)
    )
    arriving = run.check_gradient(dh)
    loss = arriving[1:].copy() if flow else None
    final_h, final_c = (0, 0) if d_final is None else run.check_state("d_final", d_final, ("h", "c"))
    steps, sequences = run.last()
    arriving[1:][steps, :, sequences] += np.transpose(final_h)
    highway[T] = final_c

    keep = _local_derivatives(trace, K)
    W_h = params.W_h.reshape(H, 4, H)[:, _INWARD].reshape(H, 4 * H)
    peep = _steps_back(W_h, params.p, K, D, keep, highway, arriving, dc)

    # One product over all steps for the weights, one for x; both want the steps side by side.
    da[...], z[...] = D[:, : 4 * H].transpose(1, 0, 2), Z[:T, 2 * H :].transpose(1, 0, 2)
    da, z = da.reshape(4 * H, T * B), z.reshape(-1, T * B)
    dW = (z @ da.T).reshape(-1, 4, H)[:, _OUTWARD].reshape(-1, 4 * H)
    W_x = params.W_x.reshape(F, 4, H)[:, _INWARD].reshape(F, 4 * H)
    dx = run.outward((W_x @ da).reshape(F, T, B).transpose(1, 0, 2))
    grads = Params(dW[H + 1 :], dW[:H], dW[H], _peephole_gradient(params, S, D), params.variant)
    first = State(arriving[0].T.copy(), (highway[0] + peep[0]).T.copy())
    return Backward(grads, dx, first, None if loss is None else _flow(trace, loss, d_final, arriving, D, highway, dc, peep))


def _local_derivatives(trace: Trace, K: Array) -> Array:
    """Fill K, rows g f i o: da / dc (o: da / dh), and a fifth: dc / dh; return dc_prev / dc, (time, hidden, batch).

    All steps at once, which leaves only the recurrence itself to the loop.
    """
    run, S, Z, tanh_c = trace.tape
    T, H = run.steps, run.hidden
    c_prev, g, f, i, o = (S[:T, k * H : (k + 1) * H] for k in range(5))
    fc, ig, h = (Z[1:, k * H : (k + 1) * H] for k in range(3))
    K_g, K_f, K_i, K_o, K_c = rows = [K[:, k * H : (k + 1) * H] for k in range(5)]
    np.subtract(1, S[:T, 2 * H :], K[:, H : 4 * H])
    K[:, H : 4 * H] *= Z[1:, : 3 * H]  # f: c_prev f (1 - f);  i: g i (1 - i);  o: tanh(c) o (1 - o)
    np.multiply(g, ig, K_g)
    np.subtract(i, K_g, K_g)  # i (1 - g^2)
    np.multiply(tanh_c, h, K_c)
    np.subtract(o, K_c, K_c)  # o (1 - tanh(c)^2)

    variant, keep = trace.params.variant, f
    holds, done = _holds(run, variant), run.past_end()
    if variant.forget == "coupled":  # f = 1 - i: what goes through f is i's, and f has no pre-activation
        free = 1 if "f" not in holds else ~holds["f"].mask
        np.multiply(ig - i * c_prev * free, 1 - i, K_i)
        K_f[...] = 0
    if "c" in holds or done is not None:
        keep = f.copy()
    for signal, stopped in (("g", [K_g]), ("f", [K_f]), ("i", [K_i]), ("o", [K_o]),
                            ("c", [K_g, K_f, K_i, keep]), ("h", [K_o, K_c])):  # fmt: skip
        for factor in stopped if signal in holds else ():
            np.copyto(factor, 0, where=holds[signal].mask)
    if done is not None:  # padding hands c on unchanged: so d_final reaches each sequence's own last step
        for factor in rows:
            np.copyto(factor, 0, where=done[:, None])
        np.copyto(keep, 1, where=done[:, None])
    return keep


def _steps_back(
    W_h: Array, p: Array | None, K: Array, D: Array, keep: Array, highway: Array, arriving: Array, dc: Array
) -> Array:
    """The recurrence of the gradient, last step first; fills D like K, `highway`, `arriving` and `dc`.

    highway[t] and the array returned (through the peepholes of i and f) are what step t hands to c[t-1]; arriving[t] is
    what h[t-1] gets in all.
    """
    T, H, B = keep.shape
    peep = np.zeros((T + 1, H, B) if p is not None else (1, 1, 1), D.dtype)
    if B == 1:  # vectors are quicker than matrices of one column
        K, D, keep, highway, arriving, dc = (a[:, :, 0] for a in (K, D, keep, highway, arriving, dc))
    elif p is not None:
        p = p[:, :, None]
    back, dot, multiply, add = np.empty_like(dc[0]), W_h.dot, np.multiply, np.add
    k, d = ([a[::-1, n * H : (n + 1) * H] for n in range(5)] for a in (K, D))
    through = zip(range(T - 1, -1, -1), arriving[:0:-1], arriving[-2::-1], highway[:0:-1], highway[-2::-1], keep[::-1],
                  dc[::-1], *k, *d, D[::-1, : 4 * H], strict=True)  # fmt: skip
    for t, dh, dh_prev, from_c, to_c, f, dc_t, k_g, k_f, k_i, k_o, k_c, da_g, da_f, da_i, da_o, from_h, da in through:
        multiply(dh, k_o, da_o)
        multiply(dh, k_c, from_h)
        add(from_h, from_c, dc_t)
        if p is not None:
            after = peep[t + 1].reshape(dc_t.shape)
            dc_t += after + p[2] * da_o
        multiply(dc_t, k_g, da_g)
        multiply(dc_t, k_f, da_f)
        multiply(dc_t, k_i, da_i)
        multiply(dc_t, f, to_c)
        dot(da, back)
        add(dh_prev, back, dh_prev)
        if p is not None:
            peep[t] = (p[0] * da_i + p[1] * da_f).reshape(H, B)
    return peep


def _peephole_gradient(params: Params, S: Array, D: Array) -> Array | None:
    """Gradient of p, (3, hidden): i and f looked at c of the step before, o at c of its own."""
    if params.p is None:
        return None
    H = params.hidden
    c, (da_f, da_i, da_o) = S[:, :H], (D[:, k * H : (k + 1) * H] for k in (1, 2, 3))
    return np.stack([(da * seen).sum((0, 2)) for da, seen in ((da_i, c[:-1]), (da_f, c[:-1]), (da_o, c[1:]))])


def _flow(
    trace: Trace, loss: Array, d_final: State | None, arriving: Array, D: Array, highway: Array, dc: Array, peep: Array
) -> Flow:
    """The parts of every dh and dc, from what the loop left behind."""
    params, run = trace.params, trace.tape.run
    T, B, H = run.steps, run.batch, run.hidden
    final = np.zeros((2, T, H, B), run.dtype)
    if d_final is not None:
        steps, sequences = run.last()
        final[:, steps, :, sequences] = np.stack(d_final, axis=1)  # (batch, 2, hidden)
    da = D[:, : 4 * H].reshape(T, 4, H, B)[:, _OUTWARD]  # i f o g
    gates = np.zeros((4, T, H, B), run.dtype)
    for k, W in enumerate(np.split(params.W_h, 4, axis=1)):
        gates[k, :-1] = W @ da[1:, k]
    through_c, through_p = highway[1:].copy(), np.zeros_like(dc)
    through_c[-1] = 0  # what stands there is d_final.c
    if params.p is not None:
        through_p = peep[1:] + params.p[2, :, None] * da[:, 2]
    done = run.past_end()
    if done is not None:
        steps, sequences = run.last()
        through_c[steps, :, sequences] = 0
        for part in (through_c, dc):
            np.copyto(part, 0, where=done[:, None])
    out = run.outward
    dh_gates = np.stack([out(part) for part in gates])
    dc_parts = (dc, final[1], through_c, D[:, 4 * H :], through_p)
    return Flow(out(arriving[1:]), out(loss), out(final[0]), dh_gates, *(out(part.copy()) for part in dc_parts))
