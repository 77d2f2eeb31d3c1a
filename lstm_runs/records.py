"""What goes into the run store and comes out of it: the rows of its tables, as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Record(NamedTuple):
    """A row of the table of runs; see `schema`."""

    id: str
    key_hash: str
    owner: str
    live: bool
    title: str
    page: str
    parent: str
    status: str
    holder: str
    source: str
    symbols: str
    config: str
    step: int
    parameters: int
    stride: int
    failure: str
    rate: float
    version: int
    created: float
    touched: float


class Checkpoint(NamedTuple):
    """A row of the table of checkpoints; `content` is empty where only the rest was asked for."""

    step: int
    loss: float | None
    validated: float | None
    sample: str
    content: bytes = b""


class Save(NamedTuple):
    """What is written in one transaction.

    `data` is given when the run is new; `checkpoints` are the new ones, `kept` the steps of all that stay.
    """

    record: Record
    state: bytes
    history: bytes
    checkpoints: Sequence[Checkpoint]
    kept: Sequence[int]
    data: bytes | None = None
