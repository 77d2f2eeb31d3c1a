"""A setting that a reader may want to share: its name in the address, its default, and the check that it passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the address, its default, and how it is read.

    Parameters
    ----------
    key : str
        In the address and in the session.
    default : object
        Not written to the address.
    read : callable
        From the text in the address to the value; raises ValueError with what was expected.
    stands_for : str
        What the default means, in words, where it is no value itself, such as 0 for "the usual number".
    """

    key: str
    default: Any
    read: Callable[[str], Any] = str
    stands_for: str = ""


def choice(key: str, options: Sequence[str], default: str | None = None, stands_for: str = "") -> Setting:
    """One id of several."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"one of {', '.join(options)}")
        return text

    return Setting(key, default or options[0], read, stands_for)


def whole(key: str, default: int, low: int, high: int, stands_for: str = "") -> Setting:
    """A whole number in [low, high]."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return Setting(key, default, read, stands_for)


def number(key: str, default: float, low: float, high: float, stands_for: str = "") -> Setting:
    """A number in [low, high]."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return value

    return Setting(key, default, read, stands_for)


def switch(key: str, default: bool = False) -> Setting:
    """On or off, written as 1 or 0."""

    def read(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError("0 or 1")
        return text == "1"

    return Setting(key, default, read)


def several(key: str, options: Sequence[str], default: Sequence[str] = ()) -> Setting:
    """Some ids of several, none twice; their names have no comma."""

    def read(text: str) -> list[str]:
        found = list(dict.fromkeys(text.split(","))) if text else []
        if any(name not in options for name in found):
            raise ValueError(f"some of {', '.join(options)}")
        return found

    return Setting(key, list(default), read)


def write(value: object) -> str:
    """A value as it stands in the address; several names with commas between them."""
    if isinstance(value, list):
        return ",".join(value)
    return str(int(value)) if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
