"""What a reader gave, before anything is done to it: texts, labels, tags, numbers, or the name of a task.

A source is plain values that can be written down, compared by content and sent to another process.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np

from lstm_core.arrays import Array, as_array

Kind = Literal["text", "labelled", "tagged", "series", "task"]
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A text, labelled texts, tagged sentences, series of numbers, or a synthetic task.

    Parameters
    ----------
    kind : {"text", "labelled", "tagged", "series", "task"}
        Says which of the fields below are used.
    name : str
        What the reader calls it.
    text : str
        One text.
    items, labels : tuple of str
        Labelled texts: a label each.
    sentences, tags : tuple of tuple of str
        Tagged sentences: their words, and a tag for each.
    values : ndarray, shape (time, channels), or None
        Series.
    splits : tuple of str
        Labelled texts and tagged sentences: "train", "validation" or "test" for each; empty where nobody has decided.
    task : str
        A synthetic task: its name in `tasks.PROBLEMS`.
    lag : int
        Of a synthetic task; 0 where it has none.

    Raises
    ------
    ValueError
        An unknown kind or split; not one label, tag or split for each.

    Examples
    --------
    >>> source = Source("labelled", "two reviews", items=("good", "bad"), labels=("+", "-"))
    >>> Source.from_bytes(source.to_bytes()).labels
    ('+', '-')
    """

    kind: Kind
    name: str
    text: str = ""
    items: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    sentences: tuple[tuple[str, ...], ...] = ()
    tags: tuple[tuple[str, ...], ...] = ()
    values: Array | None = None
    splits: tuple[str, ...] = ()
    task: str = ""
    lag: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind: expected one of {get_args(Kind)}, got {self.kind!r}; choose one of them")
        if self.kind == "labelled":
            _check_count("labels", len(self.labels), len(self.items), "text")
        if self.kind == "tagged":
            self._check_tags()
        if self.kind == "series":
            values = as_array("values", () if self.values is None else self.values)
            if values.ndim != 2 or values.dtype.kind not in "iuf":
                raise ValueError(
                    f"values: expected numbers of shape (time, channels), got {values.dtype} of shape {values.shape}; "
                    "give a column for each channel"
                )
        if self.kind == "task" and not self.task:
            raise ValueError("task: expected the name of a task, got nothing; choose one of tasks.PROBLEMS")
        if self.splits:
            _check_count("splits", len(self.splits), max(len(self.items), len(self.sentences)), "text")
            if strange := next((split for split in self.splits if split not in PARTS), None):
                raise ValueError(
                    f"splits: expected 'train', 'validation' or 'test', got {strange[:40]!r}; "
                    "rename it, or leave the column out"
                )

    def _check_tags(self) -> None:
        _check_count("tags", len(self.tags), len(self.sentences), "sentence")
        for k, (words, tags) in enumerate(zip(self.sentences, self.tags, strict=True), start=1):
            if len(words) != len(tags):
                raise ValueError(
                    f"tags: expected a tag for each of the {len(words)} words of sentence {k}, got {len(tags)}; "
                    "add what is missing"
                )

    def to_bytes(self) -> bytes:
        """The source as JSON in UTF-8: the same source gives the same bytes everywhere."""
        plain = {name: getattr(self, name) for name in _names(self.kind)}
        plain["values"] = None if self.values is None else np.asarray(self.values, np.float64).tolist()
        # A lone surrogate is no character, but a text that was never cleaned may hold one.
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    def digest(self) -> str:
        """SHA-256 of `to_bytes`, in hexadecimal: two sources with the same digest are the same."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes) -> Source:
        """The source that `to_bytes` wrote.

        Raises
        ------
        ValueError
            Other bytes.
        """
        try:
            plain = json.loads(data.decode("utf-8", "surrogatepass"))
            known = _names(plain["kind"])
            if set(plain) != set(known):
                raise ValueError(f"expected the fields {sorted(known)}")
            for name in ("items", "labels", "splits"):
                plain[name] = tuple(map(_text, plain[name]))
            for name in ("sentences", "tags"):
                plain[name] = tuple(tuple(map(_text, entry)) for entry in plain[name])
            plain["values"] = None if plain["values"] is None else np.array(plain["values"], np.float64)
            if "task" in plain:
                plain |= {"task": _text(plain["task"]), "lag": _whole(plain["lag"])}
            return cls(kind=plain.pop("kind"), name=_text(plain.pop("name")), text=_text(plain.pop("text")), **plain)
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"source: expected what Source.to_bytes wrote, got {error}; read the data again") from None


def _names(kind: str) -> tuple[str, ...]:
    """The fields that are written down. Those of tasks came later: other sources keep the bytes they always had."""
    names = tuple(field.name for field in fields(Source))  # not what a subclass adds
    return names if kind == "task" else tuple(name for name in names if name not in ("task", "lag"))


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} instead of a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of text")
    return value


def _check_count(name: str, got: int, expected: int, what: str) -> None:
    if got != expected:
        raise ValueError(f"{name}: expected {expected:,}, one for each {what}, got {got:,}; add what is missing")
