"""Sweeps as they were written down, expanded once and remembered."""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from lstm_core.sources import Source
from lstm_runs._sweep_store import SweepStore
from lstm_runs.grids import Plan, Sweep, cost, expand
from lstm_runs.limits import SWEEP

_MOST_KEPT = 16


class Opened(NamedTuple):
    """A sweep with its data, its runs, and what each of them costs by its number."""

    sweep: Sweep
    sources: dict[str, Source]
    plans: tuple[Plan, ...]
    costs: dict[int, float]


class Plans:
    """The sweeps that were used last; safe to use from many threads."""

    def __init__(self, store: SweepStore) -> None:
        self._store, self._lock = store, threading.Lock()
        self._kept: OrderedDict[str, Opened] = OrderedDict()

    def find(self, ident: str) -> Opened | None:
        """What a sweep is to do; None if nobody knows it."""
        with self._lock:
            if ident in self._kept:
                self._kept.move_to_end(ident)
                return self._kept[ident]
        content = self._store.content(ident)
        return None if content is None else self.keep(ident, unpacked(content))

    def keep(self, ident: str, opened: Opened) -> Opened:
        """Remember a sweep."""
        with self._lock:
            self._kept[ident] = opened
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return opened


def opened(sweep: Sweep, sources: Mapping[str, Source]) -> Opened:
    """A sweep with all that follows from it, and only the data that it uses.

    Raises
    ------
    ValueError
        A run that cannot be.
    """
    plans = expand(sweep, sources)
    used = {plan.data for plan in plans}
    return Opened(
        sweep,
        {name: source for name, source in sources.items() if name in used},
        plans,
        {plan.number: cost(plan) for plan in plans},
    )


def digest(found: Opened) -> str:
    """What tells a sweep from all others."""
    return found.sweep.digest({name: source.digest() for name, source in found.sources.items()})


def packed(found: Opened) -> bytes:
    """A sweep and its data, to be written down."""
    sources = {name: source.to_bytes().decode("utf-8", "surrogatepass") for name, source in found.sources.items()}
    return json.dumps({"sweep": found.sweep.to_bytes().decode(), "sources": sources}).encode()


def unpacked(content: bytes) -> Opened:
    """What `packed` wrote."""
    plain = json.loads(content)
    sources = {name: text.encode("utf-8", "surrogatepass") for name, text in plain["sources"].items()}
    return opened(
        Sweep.from_bytes(plain["sweep"].encode()),
        {name: Source.from_bytes(source) for name, source in sources.items()},
    )


def owner(sweep: str, found: Opened) -> str:
    """To whom the runs of a sweep belong. A single run is no crowd: it keeps as many checkpoints as any other."""
    return f"{SWEEP if len(found.plans) > 1 else ''}{sweep}"


def run_id(sweep: str, number: int) -> str:
    """The id of a run: as hard to guess as that of its sweep, which nobody finds from it.

    As in `births.secret` there is no "-" in front.
    """
    found = urlsafe_b64encode(hashlib.sha256(f"{sweep}/{number}".encode()).digest()[:16]).decode().rstrip("=")
    return f"_{found[1:]}" if found.startswith("-") else found
