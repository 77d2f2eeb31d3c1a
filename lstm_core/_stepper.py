"""One step of the way back for one unit, sub-step by sub-step, with every number that was multiplied."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lstm_core import _locals, gru, lstm, rnn
from lstm_core._stepped_values import Factor, Quantity, Stepped, Term, product, summed
from lstm_core.analysis import previous
from lstm_core.arrays import Array

Flow: TypeAlias = rnn.Flow | gru.Flow | lstm.Flow


class _Run(NamedTuple):
    """What all steps share."""

    trace: _locals.Trace
    flow: Any
    K: _locals.Factors
    before: dict[str, Array]


class _At:
    """All numbers of one unit at one step, and its clamps."""

    def __init__(self, run: _Run, unit: int, step: int, sequence: int) -> None:
        self.trace, self.flow, self.before_it = run.trace, run.flow, run.before
        self.unit, self.step, self.sequence = unit, step, sequence
        trace, flow = run.trace, run.flow
        self.params: Any = trace.params
        self.K = run.K
        K = {name: factor[step, sequence] for name, factor in run.K.items()}
        self.dh = flow.dh[step, sequence]
        self.dc = flow.dc[step, sequence] if isinstance(trace, lstm.Trace) else self.dh
        self.all_da = _locals.gates(trace.params, K, self.dh, self.dc)
        self.da = {gate: float(a[unit]) for gate, a in self.all_da.items()}
        self.sent = _locals.onward(trace.params, K, self.dh, self.dc, self.all_da)
        length = _length(trace, sequence)
        on = -1 if trace.reverse else 1
        self.after, self.before = (at if 0 <= at < length else None for at in (step + on, step - on))

    def value(self, signal: str) -> float:
        return float(getattr(self.trace, signal)[self.step, self.sequence, self.unit])

    def part(self, name: str) -> float:
        return float(getattr(self.flow, name)[self.step, self.sequence, self.unit])

    def previous(self, signal: str) -> float:
        return float(self.before_it[signal][self.step, self.sequence, self.unit])

    def next(self, thing: Any, name: str) -> float:
        """A number of the step that is read after this one; 0 where there is none."""
        return 0.0 if self.after is None else float(getattr(thing, name)[self.after, self.sequence, self.unit])

    def next_da(self, gate: str) -> float:
        """The gradient at i's or f's pre-activation at the step that is read after this one."""
        if self.after is None:
            return 0.0
        return float(self.K[gate][self.after, self.sequence, self.unit] * self.next(self.flow, "dc"))

    def held(self, *signals: str, step: int | None = None) -> list[Factor]:
        step = self.step if step is None else step
        return [
            Factor(signal, 0.0, "held")
            for signal in signals
            if not _locals.free(self.trace, signal)[step, 0, self.unit]
        ]

    def to_h(self, gate: str) -> float:
        return float(self.sent.h[gate][self.unit])


def steps_back(trace: _locals.Trace, flow: Flow, unit: int, step: int, sequence: int = 0) -> Stepped:
    """Everything that happens to the gradient of one unit at one step, in the order in which it is computed.

    Parameters
    ----------
    trace : Trace
        Of any cell, in either direction.
    flow : Flow
        Of its backward pass.
    unit, step, sequence : int
        `step` in input order.

    Returns
    -------
    Stepped
        Of an LSTM the quantities dh, do, dc, di, df, dg, da_i, da_f, da_o, da_g, dh_prev, dc_prev, dx; of a GRU dh, dz,
        dn, da_z, da_n, dq (or drh, reset before), dr, da_r, dh_prev, dx; of an RNN dh, da, dh_prev, dx. "dh_prev" and
        "dc_prev" are what this step hands back; the terms of "dx", what each gate of all units gives along dL/dx.

    Raises
    ------
    ValueError
        A unit, step or sequence that is not there; a flow of another run.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> flow = lstm.backward(trace, np.ones((4, 1, 2)), flow=True).flow
    >>> found = steps_back(trace, flow, unit=1, step=2).quantity("do")
    >>> found.symbol, [factor.name for factor in found.terms[0].factors]
    ('dL/do_t', ['dL/dh_t', 'tanh(c_t)'])
    >>> found.verdict.words
    'tanh(c) = -0.007: little goes through'
    """
    run = _shared(trace, flow, unit, sequence)
    _locals.check_whole("step", step, _length(trace, sequence))
    return _stepped(run, unit, step, sequence)


def walk_back(trace: _locals.Trace, flow: Flow, unit: int, sequence: int = 0) -> list[Stepped]:
    """`steps_back` for all steps of a sequence, from the one that was read last to the first.

    Examples
    --------
    >>> trace = lstm.forward(lstm.init(np.random.default_rng(0), 3, 2), np.ones((4, 1, 3)))
    >>> flow = lstm.backward(trace, np.ones((4, 1, 2)), flow=True).flow
    >>> [stepped.step for stepped in walk_back(trace, flow, unit=1)]
    [3, 2, 1, 0]
    """
    run, order = _shared(trace, flow, unit, sequence), range(_length(trace, sequence))
    return [_stepped(run, unit, step, sequence) for step in (order if trace.reverse else reversed(order))]


def _shared(trace: _locals.Trace, flow: Flow, unit: int, sequence: int) -> _Run:
    _locals.check_whole("sequence", sequence, trace.h.shape[1])
    _locals.check_whole("unit", unit, trace.h.shape[2])
    kind = {lstm.Trace: lstm.Flow, gru.Trace: gru.Flow, rnn.Trace: rnn.Flow}[type(trace)]
    if not isinstance(flow, kind) or flow.dh.shape != trace.h.shape:
        raise ValueError(
            f"flow: expected that of this run, shape {trace.h.shape}, got {type(flow).__name__} "
            f"{getattr(getattr(flow, 'dh', None), 'shape', '')}; call backward with flow=True on the same trace"
        )
    return _Run(trace, flow, _locals.factors(trace), {name: previous(trace, name) for name in trace.initial._fields})


def _length(trace: _locals.Trace, sequence: int) -> int:
    return len(trace.h) if trace.lengths is None else int(trace.lengths[sequence])


def _stepped(run: _Run, unit: int, step: int, sequence: int) -> Stepped:
    at = _At(run, unit, step, sequence)
    middle = {lstm.Trace: _lstm, gru.Trace: _gru, rnn.Trace: _rnn}[type(run.trace)](at)
    dx_by_gate = _locals.to_input(run.trace.params, at.all_da)
    dx: Array = np.sum(list(dx_by_gate.values()), axis=0)
    return Stepped((*middle, _input(dx, dx_by_gate, len(at.dh))), dx, step, at.after, at.before)


def _lstm(at: _At) -> list[Quantity]:
    i, f, o, g, tanh_c, c_prev = (*(at.value(s) for s in (*lstm.GATES, "tanh_c")), at.previous("c"))
    dh, dc = Factor("dL/dh_t", float(at.dh[at.unit])), Factor("dL/dc_t", float(at.dc[at.unit]))
    from_h, at_c = at.held("h"), at.held("c")
    slope_c = _tanh("1 - tanh(c_t)^2", tanh_c, "the cell")
    next_dc, next_f = Factor("dL/dc_{t+1}", at.next(at.flow, "dc")), Factor("f_{t+1}", at.next(at.trace, "f"), "gate")
    stopped = [] if at.after is None else at.held("c", step=at.after)
    sums = [
        Term("loss", at.part("dc_final")),
        product("highway", at.part("dc_highway"), [next_dc, next_f, *stopped]),
        product("output", at.part("dc_output"), [dh, Factor("o_t", o, "gate"), slope_c, *from_h]),
    ]
    sums += _peephole(at, "o", at.da["o"], "dL/da_o") + [
        term for gate in "if" for term in _peephole(at, gate, at.next_da(gate), f"dL/da_{gate}_{{t+1}}")
    ]
    do = dh.value * tanh_c * (not from_h)
    into = {"i": Factor("g_t", g, "value"), "f": Factor("c_{t-1}", c_prev, "value"), "g": Factor("i_t", i, "gate")}
    d = {gate: dc.value * factor.value * (not at_c) for gate, factor in into.items()}
    gates = [
        summed(f"d{gate}", f"dL/d{gate}_t", [product(gate, d[gate], [dc, factor, *at_c])])
        for gate, factor in into.items()
    ]
    d["o"] = do
    return [
        _arriving(at, [Term(gate, float(at.flow.dh_gates[k, at.step, at.sequence, at.unit]), (), len(at.dh))
                       for k, gate in enumerate(lstm.GATES)]),
        summed("do", "dL/do_t", [product("o", do, [dh, Factor("tanh(c_t)", tanh_c, "value"), *from_h])]),
        summed("dc", "dL/dc_t", sums, dc.value),
        *gates,
        *(_lstm_before(at, gate, value, d) for gate, value in zip(lstm.GATES, (i, f, o, g), strict=True)),
        _handed_back(at, [Term(gate, at.to_h(gate), (), len(at.dh)) for gate in lstm.GATES]),
        _cell_before(at, dc, Factor("f_t", f, "gate"), at_c),
    ]  # fmt: skip


def _lstm_before(at: _At, gate: str, value: float, d: dict[str, float]) -> Quantity:
    """The gradient at one gate's pre-activation."""
    variant, name = at.params.variant, f"da_{gate}"
    symbol = f"dL/da_{gate}"
    slope = _tanh("1 - g_t^2", value, "the candidate g") if gate == "g" else _sigmoid(gate, value)
    fixed = []
    if gate in variant.removed:
        fixed = [Factor(f"{gate} is always 1 in this cell", 0.0, "fixed")]
    elif gate == "f" and variant.forget == "coupled":
        fixed = [Factor("f is 1 - i in this cell, so what reaches it goes to i", 0.0, "fixed")]
    stopped = fixed or at.held(gate)
    terms = [product(gate, d[gate] * slope.value * (not stopped), [Factor(f"dL/d{gate}_t", d[gate]), slope, *stopped])]
    if gate == "i" and variant.forget == "coupled":
        through_f = stopped or at.held("f")
        factors = [Factor("-dL/df_t", -d["f"]), slope, *through_f]
        terms.append(product("f", -d["f"] * slope.value * (not through_f), factors))
    return summed(name, symbol, terms, at.da[gate])


def _cell_before(at: _At, dc: Factor, f: Factor, held: list[Factor]) -> Quantity:
    terms = [product("highway", float(at.sent.c["highway"][at.unit]), [dc, f, *held])]
    looked = [term for gate in "if" for term in _peephole(at, gate, at.da[gate], f"dL/da_{gate}")]
    return summed("dc_prev", "dL/dc_{t-1}", [*terms, *looked])


def _peephole(at: _At, gate: str, da: float, symbol: str) -> list[Term]:
    """What comes to a c through a gate that looks at it; none in a cell without peepholes."""
    if at.params.p is None:
        return []
    p = float(at.params.p["ifo".index(gate), at.unit])
    return [product(f"peephole_{gate}", p * da, [Factor(symbol, da), Factor(f"p_{gate}", p, "value")])]


def _gru(at: _At) -> list[Quantity]:
    r, z, n, q, h_prev = (*(at.value(s) for s in ("r", "z", "n", "q")), at.previous("h"))
    dh, held, after = Factor("dL/dh_t", float(at.dh[at.unit])), at.held("h"), at.params.reset_after
    dz, dn = dh.value * (h_prev - n) * (not held), dh.value * (1 - z) * (not held)
    da_n, H = Factor("dL/da_n", at.da["n"]), len(at.dh)
    if after:
        between = summed("dq", "dL/dq_t", [product("n", at.da["q"], [da_n, Factor("r_t", r, "gate")])])
        to_r = [da_n, Factor("q_t", q, "value")]
    else:
        drh = float((at.all_da["n"] @ _locals.columns(at.params, "n").T)[at.unit])
        between = summed("drh", "dL/d(r h_{t-1})_t", [Term("n", drh, (), H)])
        to_r = [Factor("dL/d(r h_{t-1})_t", drh), Factor("h_{t-1}", h_prev, "value")]
    dr = to_r[0].value * to_r[1].value
    next_dh, next_z = Factor("dL/dh_{t+1}", at.next(at.flow, "dh")), Factor("z_{t+1}", at.next(at.trace, "z"), "gate")
    stopped = [] if at.after is None else at.held("h", step=at.after)
    highway = product("highway", at.part("dh_highway"), [next_dh, next_z, *stopped])
    through = [Term(gate, float(at.flow.dh_gates[k, at.step, at.sequence, at.unit]), (), H)
               for k, gate in enumerate(gru.GATES)]  # fmt: skip
    onward = [Term(gate, at.to_h(gate), (), H) for gate in ("r", "z")]
    by_n = Term("n", at.to_h("n"), (), H) if after else product("n", at.to_h("n"), [to_r[0], Factor("r_t", r, "gate")])

    def before(gate: str, d: float, slope: Factor) -> Quantity:
        stopped = at.held(gate)
        factors = [Factor(f"dL/d{gate}_t", d), slope, *stopped]
        return summed(f"da_{gate}", f"dL/da_{gate}", [product(gate, at.da[gate], factors)])

    return [
        _arriving(at, [highway, *through]),
        summed("dz", "dL/dz_t", [product("z", dz, [dh, Factor("h_{t-1} - n_t", h_prev - n, "value"), *held])]),
        summed("dn", "dL/dn_t", [product("n", dn, [dh, Factor("1 - z_t", 1 - z, "gate"), *held])]),
        before("z", dz, _sigmoid("z", z)),
        before("n", dn, _tanh("1 - n_t^2", n, "the candidate n")),
        between,
        summed("dr", "dL/dr_t", [product("r", dr, to_r)]),
        before("r", dr, _sigmoid("r", r)),
        _handed_back(
            at, [product("highway", at.to_h("highway"), [dh, Factor("z_t", z, "gate"), *held]), *onward, by_n]
        ),
    ]


def _rnn(at: _At) -> list[Quantity]:
    h, held, H = at.value("h"), at.held("h"), len(at.dh)
    slope = _tanh("1 - h_t^2", h, "the unit")
    if at.params.activation == "relu":
        slope = Factor("slope of relu", float(h > 0), "gate")
    dh = Factor("dL/dh_t", float(at.dh[at.unit]))
    return [
        _arriving(at, [Term("recurrent", at.part("dh_recurrent"), (), H)]),
        summed("da", "dL/da_t", [product("h", at.da["h"], [dh, slope, *held])]),
        _handed_back(at, [Term("recurrent", at.to_h("recurrent"), (), H)]),
    ]


def _arriving(at: _At, ways: list[Term]) -> Quantity:
    loss = at.part("dh_loss") + at.part("dh_final")
    return summed("dh", "dL/dh_t", [Term("loss", loss), *ways], float(at.dh[at.unit]))


def _handed_back(at: _At, ways: list[Term]) -> Quantity:
    return summed("dh_prev", "dL/dh_{t-1}", ways)


def _input(dx: Array, by_gate: dict[str, Array], hidden: int) -> Quantity:
    """The norm of the gradient at x, and what each gate gives along its direction, which adds up to it."""
    norm = float(_locals.norms(dx))
    along = dx / norm if norm else np.zeros_like(dx)
    terms = [Term(gate, float(part @ along), (), hidden) for gate, part in by_gate.items()]
    return summed("dx", "|dL/dx_t|", terms, norm)


def _tanh(name: str, value: float, subject: str) -> Factor:
    return Factor(name, 1 - value * value, "slope", 1.0, 0.19, subject)  # 0.19: beyond 0.9


def _sigmoid(gate: str, value: float) -> Factor:
    return Factor(f"{gate}_t (1 - {gate}_t)", value * (1 - value), "slope", 0.25, 0.09, f"the gate {gate}")
