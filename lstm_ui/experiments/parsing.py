"""What a reader types into the form of a sweep: from text to values, and from a sweep back to the form; no widgets.

Every setting is one value or several. Numbers are typed with commas or blanks between them; names are chosen. An empty
field means: what suits the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lstm_runs.grids import Between, Sweep, Value
from lstm_ui.experiments.fields import FIELDS, OFF, ON, SEEDS, applies, in_words, label, said

LONGEST = 300  # characters of a field
MODES = {"grid": "All combinations", "random": "Drawn at random"}
_MOST_SEEDS = 1_000_000  # that a range is written out to; the sweep itself refuses far fewer
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_RANGE = re.compile(rf"({_NUMBER})(?:\s*(?:to|\.\.+|…|–|—|:)\s*|-|\s+-\s+)({_NUMBER})(?:\s*,?\s+(log|linear))?", re.I)
# Evenly in the logarithm, where nothing else is said: what a reader thinks of in factors.
_LOG = ("rate", "clip", "hidden", "steps", "batch", "features", "lag", "window", "halve_every", "stability_weight")


def numbers(name: str, text: str) -> tuple[Value, ...] | Between | None:
    """The numbers of a field; None where it is empty.

    Parameters
    ----------
    name : str
        One of FIELDS.
    text : str
        "0.001 0.01", or "0.001 to 0.1", and behind that "log" or "linear" if the usual one is not meant.

    Raises
    ------
    ValueError
        Something that is no number, or none that this setting can have.

    Examples
    --------
    >>> numbers("rate", "0.001; .01, 1e-1"), numbers("hidden", "8"), numbers("clip", " ")
    ((0.001, 0.01, 0.1), (8,), None)
    >>> numbers("rate", "1e-4 to 0.1"), numbers("forget_bias", "-1 to 3")
    (Between(least=0.0001, most=0.1, scale='log'), Between(least=-1.0, most=3.0, scale='linear'))
    """
    text = _short(name, text)
    if not text:
        return None
    if found := _RANGE.fullmatch(text):
        ends = [_number(name, end) for end in found.group(1, 2)]
        above = all(end > 0 for end in ends)
        usual: Any = "log" if name in _LOG and above else "linear"
        return Between(ends[0], ends[1], (found.group(3) or usual).lower())  # type: ignore[arg-type]
    return tuple(dict.fromkeys(_number(name, token) for token in re.split(r"[,;\s]+", text) if token))


def names(name: str, chosen: Sequence[str]) -> tuple[Value, ...] | None:
    """The values of a field whose values are chosen; None where none is."""
    found = [value for value in chosen if value in FIELDS[name].options]
    if not found:
        return None
    return tuple(value == ON for value in found) if FIELDS[name].options == (ON, OFF) else tuple(found)


def seeds(text: str) -> tuple[int, ...]:
    """Seeds: how many, or which.

    Examples
    --------
    >>> seeds("3"), seeds("4, 1"), seeds("2 to 4"), seeds("7 to 7"), seeds("")
    ((0, 1, 2), (4, 1), (2, 3, 4), (7,), (0,))
    """
    text = _short(SEEDS, text)
    if not text:
        return (0,)
    found = _RANGE.fullmatch(text)
    tokens = found.group(1, 2) if found else [token for token in re.split(r"[,;\s]+", text) if token]
    values = [_whole(SEEDS, token, _number(SEEDS, token)) for token in tokens]
    if not found and len(values) > 1:
        return tuple(dict.fromkeys(values))
    first, last = (values[0], values[1]) if found else (0, values[0] - 1)
    if not 0 <= first <= last or last - first >= _MOST_SEEDS:
        raise ValueError(f"seeds: expected how many or which, such as 3 or 0 to 4, got {text[:40]!r}; correct it")
    return tuple(range(first, last + 1))


def sweep_of(data: str, form: Mapping[str, Any], title: str = "") -> Sweep:
    """The sweep that the form describes.

    Parameters
    ----------
    data : str
        Name of the data.
    form : mapping
        For each of FIELDS a text or the chosen names; "seeds" a text; "mode", "count" and "draw".
    title : str

    Raises
    ------
    ValueError
        What cannot be read, and whatever `Sweep` refuses.

    Examples
    --------
    >>> sweep = sweep_of("first", {"cell": ["rnn"], "lag": "5 10", "seeds": "2", "mode": "grid"})
    >>> sweep.lag, dict(sweep.base), dict(sweep.over), sweep.seeds
    (None, {'cell': 'rnn'}, {'lag': (5, 10)}, (0, 1))
    """
    base: dict[str, Value] = {}
    over: dict[str, tuple[Value, ...] | Between] = {}
    for name, field in FIELDS.items():
        if not form.get(name) or not applies(name, data):
            continue
        values = names(name, form[name]) if field.options else numbers(name, form[name])
        single = isinstance(values, tuple) and not isinstance(values, Between) and len(values) == 1
        if single and not (
            name == "chrono" and "rnn" in form.get("cell", ())
        ):  # refused there; as one of several left out
            base[name] = values[0]  # type: ignore[index,assignment]
        elif values is not None:
            over[name] = values
    lag: Any = base.pop("lag", None)
    random = form["mode"] == "random"
    drawn = {"count": form["count"], "draw": form["draw"]} if random else {}
    return Sweep(data, lag, base, over, seeds(form[SEEDS]), mode=form["mode"], title=title, **drawn)


def form_of(sweep: Sweep) -> dict[str, Any]:
    """The form that describes a sweep; the inverse of `sweep_of`, but for the data.

    Raises
    ------
    ValueError
        A setting that the form does not have.
    """
    given: dict[str, Any] = {name: (value,) for name, value in sweep.base.items()} | dict(sweep.over)
    if sweep.lag is not None:
        given["lag"] = (sweep.lag,)
    if strange := next((name for name in given if name not in FIELDS), None):
        raise ValueError(
            f"{strange}: expected a setting that this form has, got one for the shell; start it there: "
            "python -m lstm_runs sweep"
        )
    form: dict[str, Any] = {name: [] if field.options else "" for name, field in FIELDS.items()}
    for name, values in given.items():
        form[name] = _shown(name, values)
    single = "1" if sweep.seeds == (0,) else f"{sweep.seeds[0]} to {sweep.seeds[0]}"  # a number alone says how many
    form[SEEDS] = _seeds_text(sweep.seeds) if len(sweep.seeds) > 1 else single
    return form | {"mode": sweep.mode, "count": sweep.count or 30, "draw": sweep.draw}


def varied(sweep: Sweep) -> str:
    """What a sweep varies, and what it holds, in a line.

    Examples
    --------
    >>> varied(Sweep("first", 20, {"hidden": 8}, {"cell": ("lstm", "rnn")}, seeds=(0, 1)))
    'Varied: cell (LSTM, RNN) × seeds (0 to 1). The same for all: lag 20, units 8.'
    >>> varied(Sweep("first", 20, over={"cell": ("lstm", "rnn"), "chrono": (60,)}))
    'Varied: cell (LSTM, RNN). The same for all: lag 20, chrono initialisation up to 60 where it applies.'
    """
    differing = changing(sweep)
    parts = [f"{in_words(name)} ({_listed(sweep.over[name])})" for name in differing]
    if len(sweep.seeds) > 1 or not parts:
        parts.append(f"seeds ({_seeds_text(sweep.seeds)})")
    held = {**({} if sweep.lag is None else {"lag": sweep.lag}), **sweep.base}
    told = [f"{in_words(name)} {said(value)}" for name, value in held.items()]
    # One value that not every cell can have, as chrono is for a plain RNN.
    told += [
        f"{in_words(name)} {_listed(sweep.over[name])} where it applies" for name in sweep.over if name not in differing
    ]
    same = ", ".join(told)
    drawn = sweep.mode == "random"
    words = f"Drawn: {', '.join(parts)}." if drawn else f"Varied: {' × '.join(parts)}."
    return f"{words} The same for all: {same}." if same else words


def changing(sweep: Sweep) -> list[str]:
    """The settings that a sweep gives more than one value."""
    return [name for name, values in sweep.over.items() if isinstance(values, Between) or len(values) > 1]


def explained(message: str) -> str:
    """An error that begins with the name of a setting, with what the page calls it.

    Examples
    --------
    >>> explained("hidden: expected more"), explained("lag: expected less"), explained("sweep: expected none")
    ('Units (hidden): expected more', 'Lag: expected less', 'sweep: expected none')
    >>> explained("lag: got a range; list them, or set mode = 'random'")
    'Lag: got a range; list them, or choose “Drawn at random”'
    """
    message = message.replace("set mode = 'random'", f"choose “{MODES['random']}”")  # as a file has it
    name, colon, rest = message.partition(":")
    if name not in (*FIELDS, SEEDS) or not colon:
        return message
    called = label(name)
    return f"{called}:{rest}" if called.lower() == name else f"{called} ({name}):{rest}"


def _listed(values: tuple[Value, ...] | Between) -> str:
    if isinstance(values, Between):
        even = ", evenly in the logarithm" if values.scale == "log" else ""
        return f"{values.least:g} to {values.most:g}{even}"
    some = [said(value) for value in values]
    return ", ".join(some if len(some) <= 8 else [*some[:6], "…", some[-1]])


def _shown(name: str, values: tuple[Value, ...] | Between) -> Any:
    if isinstance(values, Between):
        ends = f"{_exact(values.least)} to {_exact(values.most)}"
        return ends if numbers(name, ends) == values else f"{ends} {values.scale}"
    if FIELDS[name].options:
        return [(ON if value else OFF) if isinstance(value, bool) else str(value) for value in values]
    return ", ".join(map(_exact, values))


def _exact(value: Value) -> str:
    """A number as short as it can be without being another one."""
    short = f"{value:g}"
    return short if isinstance(value, float) and float(short) == value else repr(value)


def _seeds_text(found: tuple[int, ...]) -> str:
    if found == tuple(range(found[0], found[0] + len(found))):
        return f"{found[0]} to {found[-1]}" if len(found) > 1 else str(found[0])
    return ", ".join(map(str, found))


def _short(name: str, text: str) -> str:
    text = " ".join(text.split()).strip(",; ")
    if len(text) > LONGEST:
        raise ValueError(f"{name}: expected at most {LONGEST} characters, got {len(text):,}; list fewer values")
    return text


def _number(name: str, token: str) -> Any:
    if re.fullmatch(r"0[0-9]+", token):  # 0,001 with a comma comes to 0 and 001
        raise ValueError(
            f"{name}: expected numbers with a point, such as 0.001, got {token!r}; a comma stands between two numbers"
        )
    if not re.fullmatch(_NUMBER, token):
        raise ValueError(
            f"{name}: expected numbers such as {_example(name)}, got {token[:40]!r}; put commas between several"
        )
    if name == SEEDS or FIELDS[name].whole:
        return _whole(name, token, token)
    return float(token)


def _whole(name: str, token: str, value: Any) -> int:
    number = float(value)
    if not number.is_integer():
        raise ValueError(f"{name}: expected whole numbers such as {_example(name)}, got {token[:40]!r}; round it")
    return int(value) if re.fullmatch(r"[+-]?[0-9]+", str(value)) else int(number)


def _example(name: str) -> str:
    if name == SEEDS:
        return "3, or 0 to 4"
    return {"rate": "0.001, 0.01", "lag": "5, 10, 20"}.get(name, "8, 16" if FIELDS[name].whole else "0, 1, 2.5")
