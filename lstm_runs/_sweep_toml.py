"""A sweep from a TOML file; whatever is wrong in it is named, with what is allowed."""

from __future__ import annotations

import tomllib
from typing import Any

from lstm_runs._sweep_values import MOST_RUNS, Between, Sweep, check_setting, shown

_LARGEST = 2**20  # bytes
_KINDS: dict[str, tuple[type, str]] = {
    "title": (str, "words in quotes"),
    "data": (str, "a name in quotes"),
    "lag": (int, "a whole number"),
    "mode": (str, "'grid' or 'random'"),
    "count": (int, "a whole number"),
    "draw": (int, "a whole number"),
    "seeds": (object, "a number of seeds or a list of them"),
    "settings": (dict, "a table, [settings]"),
    "over": (dict, "a table, [over]"),
}
_RANGE = ("from", "to", "scale")


def read_toml(data: bytes) -> Sweep:
    """A sweep as a file says it.

    Parameters
    ----------
    data : bytes
        TOML: `data`, and if you like title, lag, mode, count, draw and seeds (a list, or how many: 0, 1, ...); the
        table `settings` holds for all runs, the table `over` has a list for each setting that is varied, or in a random
        sweep { from = 0.001, to = 0.1, scale = "log" }.

    Returns
    -------
    Sweep

    Raises
    ------
    ValueError
        Bytes that are no TOML, an unknown key, a value of another type, whatever `Sweep` refuses.

    Examples
    --------
    >>> read_toml(b'data = "adding"\\nlag = 20\\nseeds = 2\\n[over]\\ncell = ["lstm", "rnn"]\\n').size
    4
    """
    plain = _parsed(data)
    for name, value in plain.items():
        if name not in _KINDS:
            raise ValueError(f"file: expected the keys {', '.join(_KINDS)}, got {shown(name)}; correct or remove it")
        kind, words = _KINDS[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise ValueError(f"{name}: expected {words}, got {shown(value)}; correct it")
        if kind is not dict:
            _check_size(name, value)
    if "data" not in plain:
        raise ValueError('data: expected the name of a task or of a file, got nothing; write data = "adding"')
    plain["base"] = {name: _single(name, value) for name, value in plain.pop("settings", {}).items()}
    plain["over"] = {name: _several(name, value) for name, value in plain.get("over", {}).items()}
    if "seeds" in plain:
        plain["seeds"] = _seeds(plain["seeds"])
    return Sweep(**plain)


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > _LARGEST:
        raise ValueError(f"file: expected at most 1 MB, got {len(data):,} bytes; give a shorter one")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("file: expected TOML in UTF-8, got other bytes; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"file: expected TOML, got something else: {str(error)[:200]}; correct it") from None
    except ValueError:  # Python does not read whole numbers of thousands of digits, and says so in words of its own
        raise ValueError("file: expected numbers of 64 bits, got one of thousands of digits; correct it") from None


def _check_size(name: str, value: object) -> None:
    """Refuse whole numbers that TOML does not have; Python cannot even write the longest of them."""
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    for part in parts:
        _check_size(name, part)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{name}: expected a number of 64 bits, got a number far beyond; correct it")


def _single(name: str, value: object) -> Any:
    check_setting(name, "[settings]", fixed=True)
    _check_size(name, value)
    if not isinstance(value, str | int | float):
        raise ValueError(f"{name}: expected one value in [settings], got {shown(value)}; what varies stands in [over]")
    return value


def _several(name: str, value: object) -> tuple[Any, ...] | Between:
    check_setting(name, "[over]", fixed=False)
    _check_size(name, value)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        if strange := next((key for key in value if key not in _RANGE), None):
            raise ValueError(
                f"{name}: expected the keys from, to and scale of a range, got {shown(strange)}; correct it"
            )
        if missing := next((key for key in ("from", "to") if key not in value), None):
            raise ValueError(f"{name}: expected a range with from and to, got none of the name {missing!r}; add it")
        return Between(value["from"], value["to"], value.get("scale", "linear"))
    raise ValueError(f"{name}: expected a list of values in [over], got {shown(value)}; write [{shown(value)}]")


def _seeds(value: object) -> tuple[int, ...]:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_RUNS:
        raise ValueError(
            f"seeds: expected a list of whole numbers, or how many from 1 to {MOST_RUNS:,}, got {shown(value)}; "
            "write seeds = 5"
        )
    return tuple(range(value))
