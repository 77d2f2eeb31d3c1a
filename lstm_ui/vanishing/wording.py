"""What the gradients of many nets say, in words and rows; every number comes from the nets on the screen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstm_core import decay
from lstm_core.arrays import Array
from lstm_core.profiles import Survey
from lstm_core.spectra import GAMMA
from lstm_ui.vanishing.values import LABELS, Found

SHARE = 0.01  # of what it was: a gradient that is smaller than that is called gone
LOOK = 50  # steps back


def curves(found: Found, state: str, *, relative: bool) -> dict[str, Array]:
    """What is drawn: (nets, lags) by name. `state` is "c" (c of the LSTM, h of the others), "h" or "both"."""
    made: dict[str, Array] = {}
    for cell, survey in found.surveys.items():
        if survey.dc is not None and state != "h":
            made[f"{LABELS[cell]}, c"] = survey.dc
        if survey.dc is None or state != "c":
            made[f"{LABELS[cell]}, h"] = survey.dh
    return {name: beside_start(values) for name, values in made.items()} if relative else made


def beside_start(values: Array) -> Array:
    """Divided by what it is at lag 0; NaN where that is 0."""
    first = values[:, :1]
    return np.divide(values, first, out=np.full_like(values, np.nan), where=first > 0)


def left(values: Array, lag: int) -> float:
    """The median over the nets of what is left at a lag, of what was there at lag 0."""
    at = beside_start(values)[:, lag]
    return float(np.nanmedian(at)) if np.isfinite(at).any() else float("nan")


def pace(values: Array) -> float:
    """Steps to half of it, the median over the nets; below 0: to twice as much; NaN: none has a gradient."""
    rates = 1 / decay.halving(values)  # a net whose gradient stays has the rate 0
    middle = float(np.nanmedian(rates)) if np.isfinite(rates).any() else float("nan")
    return float("inf") if middle == 0 else 1 / middle


def reading(found: Found, state: str) -> list[str]:
    """A line for each curve, in Markdown."""
    lag = min(LOOK, found.steps - 1)
    return [f"**{name}:** {_line(values, lag)}" for name, values in curves(found, state, relative=False).items()]


def _line(values: Array, lag: int) -> str:
    last, rest, steps = values.shape[1] - 1, left(values, lag), pace(values)
    if np.isnan(rest):
        return "there is no gradient in any of the nets: nothing has reached the last step."
    size = f"{_times(rest)} what it was" if rest > 1 else f"{amount(rest)} of what it was" if rest else "exactly 0"
    reached = int(decay.reach(np.nanmedian(beside_start(values), axis=0), SHARE))  # where the line crosses it
    gone = f"; less than 1 % is left after {counted(reached + 1, 'step')}" if reached < last else ""
    whole = "" if np.isnan(steps) or not rest else f"; over all {last} steps {speed(steps, last)}"
    return f"{lag} steps before the end the gradient is {size}{gone}{whole}."


def verdicts(found: Found, state: str) -> list[tuple[str, str]]:
    """What the picture shows and what it does not: ("warning" or "info", words), worked out from all nets."""
    last = found.steps - 1
    rest = {name: left(values, last) for name, values in curves(found, state, relative=False).items()}
    plain_rnn = rest["RNN, h"]
    said = []
    worse = [f"{_of(name)}: {amount(share)}" for name, share in rest.items() if share < min(plain_rnn, SHARE)]
    if worse and plain_rnn <= 1:
        said.append(
            (
                "warning",
                f"Here the plain RNN keeps more than a cell with gates: {last} steps back {amount(plain_rnn)} of its "
                f"gradient is left; {', '.join(worse)}. Having gates does not keep a gradient by itself.",
            )
        )
    small = [name for name, share in rest.items() if share < SHARE]
    if any(not name.startswith("RNN") for name in small):
        names = ", ".join(map(_of, small))
        said.append(("info", f"Over {last} steps less than 1 % is left in {names}: gates alone do not prevent it."))
    large = ", ".join(_of(name) for name, share in rest.items() if share > 1 / SHARE)
    if large:
        said.append(("info", f"Here gradients explode: after {last} steps more than 100 times as large in {large}."))
    return said


def about_bound(found: Found) -> str:
    """What Pascanu's bound says about these RNNs, and whether it holds in all of them."""
    survey = found.surveys["rnn"]
    assert survey.bound is not None  # an RNN has one
    nets = len(survey.dh)
    held = int((survey.dh <= survey.bound * (1 + 1e-9)).all(axis=1).sum())
    factors = GAMMA[found.recipes["rnn"].activation] * np.array([each["h"].sigma for each in survey.spectra])
    below = int((factors < 1 - 1e-9).sum())
    return (
        "The bound (dashed): each step back multiplies the length of an RNN's gradient by at most γ·σ_max, which is "
        f"{np.median(factors):.3g} (median). That is below 1, so that the gradient must vanish, in {below} of "
        f"{counted(nets, 'net')}. Where it is above 1 the bound allows an explosion and does not say whether there is "
        f"one. The bound holds at every step in {held} of {counted(nets, 'net')}."
    )


def rows(found: Found, state: str) -> list[dict[str, str]]:
    """A row for each curve: the size of its cell, how far its matrices stretch, what is left."""
    lags = sorted({lag for lag in (1, 10, LOOK, found.steps - 1) if lag < found.steps})
    cells, made = {label: cell for cell, label in LABELS.items()}, []
    for name, values in curves(found, state, relative=False).items():
        survey = found.surveys[cells[name.split(",")[0]]]
        row = {"gradient of": name, "units": f"{survey.hidden}", "parameters": f"{survey.parameters:,}"}
        row |= {"spectral radius": _each(survey, "radius"), "σ_max": _each(survey, "sigma")}
        row |= {f"left, {lag} back": _number(left(values, lag)) for lag in lags}
        made.append(row)
    return made


def _number(share: float) -> str:
    return "none" if np.isnan(share) else f"{share:.2g}"


def _each(survey: Survey, name: str) -> str:
    """The median over the nets of each gate's block; once where all are alike."""
    gates: Mapping[str, float] = {
        gate: float(np.median([getattr(each[gate], name) for each in survey.spectra])) for gate in survey.spectra[0]
    }
    shown = {gate: f"{value:.2f}" for gate, value in gates.items()}
    if len(set(shown.values())) == 1:
        return next(iter(shown.values()))
    return ", ".join(f"{gate} {value}" for gate, value in shown.items())


def _of(name: str) -> str:
    cell, state = name.split(", ")
    return f"{cell} (at {state})"


def _times(factor: float) -> str:
    return f"{float(f'{factor:.3g}'):,g} times"


def counted(number: int, thing: str) -> str:
    """A number of things.

    Examples
    --------
    >>> counted(1, "net"), counted(20, "net")
    ('1 net', '20 nets')
    """
    return f"{number:,} {thing}{'s' * (number != 1)}"


def amount(share: float) -> str:
    """A share of what was there: percent while that can be read, powers of ten below and above.

    Examples
    --------
    >>> amount(0.316), amount(0.0123), amount(1.2e-11), amount(1.0), amount(0.0)
    ('32 %', '1.2 %', '1.2e-11', '100 %', '0')
    """
    if share == 0 or not 1e-3 <= share < 1e3:
        return f"{share:.1e}" if share else "0"
    return f"{share * 100:.0f} %" if share >= 0.1 else f"{share * 100:.2g} %"


def speed(steps: float, whole: int) -> str:
    """How fast it goes, on average over so many steps.

    Examples
    --------
    >>> speed(2.13, 99), speed(-40.4, 99), speed(float("inf"), 99), speed(-500.0, 99)
    ('it halves every 2.1 steps', 'it doubles every 40 steps', 'it stays about as large', 'it stays about as large')
    """
    if not np.isfinite(steps) or abs(steps) > 3 * whole:  # less than a quarter more or less
        return "it stays about as large"
    size = f"{abs(steps):.2g}" if abs(steps) < 10 else f"{abs(steps):.0f}"
    return f"it {'halves' if steps > 0 else 'doubles'} every {size} steps"
