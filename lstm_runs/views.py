"""What others see of a run, and the errors they meet."""

from __future__ import annotations

from typing import Literal, NamedTuple

from lstm_core.config import TrainConfig
from lstm_core.training import Failure, History

Status = Literal["waiting", "running", "paused", "stopped", "finished", "failed"]
ACTIVE: tuple[Status, ...] = ("waiting", "running")


class NoSuchRun(LookupError):  # noqa: N818 (a state, not a mistake)
    """No run has this id, or it has been cleared."""

    def __init__(self, ident: str) -> None:
        shown = ident[:12] + ("..." if len(ident) > 12 else "")
        super().__init__(f"run: expected the id of a run, got {shown!r}; it was deleted or cleared: start a new one")

    def __str__(self) -> str:
        return str(self.args[0])


class NotYours(PermissionError):  # noqa: N818
    """Only who has the key may steer a run."""

    def __init__(self) -> None:
        super().__init__(
            "key: expected the one that the starter's link carries, got another; you can watch, or fork it"
        )


class Ticket(NamedTuple):
    """`id` shows a run to everybody, `key` lets its owner steer it."""

    id: str
    key: str


class Mark(NamedTuple):
    """A checkpoint: after how many updates, the losses then (None: not known yet), and what the model wrote."""

    step: int
    loss: float | None
    validated: float | None
    sample: str


class Short(NamedTuple):
    """A run in a list. `created`: seconds since 1970."""

    id: str
    title: str
    page: str
    status: Status
    step: int
    steps: int
    created: float


class View(NamedTuple):
    """A run as a page shows it.

    `version` grows whenever anything changes. `seconds_left` and `tokens_per_second` are None where nobody knows.
    `unsaved` is empty, or says why what you see is not on the disk yet.
    """

    id: str
    title: str
    page: str
    status: Status
    step: int
    steps: int
    config: TrainConfig
    history: History
    failure: Failure | None
    checkpoints: tuple[Mark, ...]
    sample: str
    tokens_per_second: float | None
    seconds_left: float | None
    parameters: int
    version: int
    source_digest: str
    unsaved: str = ""
    parent: str = ""
