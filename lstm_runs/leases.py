"""Which server trains a run: one that is alive holds it, and what a dead one held is taken over.

A server says that it is alive every few seconds. On the same machine a dead process is seen at once.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from pathlib import Path
from typing import NamedTuple

BEAT = 3.0  # seconds between two signs of life
PATIENCE = 15.0  # seconds without one until a server counts as dead


class Server(NamedTuple):
    """A service in a process. `born`: when the process started, as the system counts; `beat`: seconds since 1970."""

    id: str
    host: str
    pid: int
    born: str
    beat: float


def enrol() -> Server:
    """A new server, in this process."""
    return Server(secrets.token_hex(16), _host(), os.getpid(), _born(os.getpid()), time.time())


def is_gone(other: Server, now: float) -> bool:
    """Whether what this server holds may be taken over."""
    if now - other.beat > PATIENCE:
        return True
    if other.host != _host() or os.name != "posix":
        return False
    # A number is used again for another process; with another time of birth.
    return not _runs(other.pid) or _born(other.pid) != other.born


def _host() -> str:
    """The machine, and on Linux the group of processes that share their numbers: containers have some of their own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        numbers = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 (no path, a name)
    except OSError:
        return socket.gethostname()[:100]
    return f"{socket.gethostname()[:100]} {boot} {numbers}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True


def _born(pid: int) -> str:
    try:
        # Behind the name, which is in brackets and may hold anything; the 22nd word of all.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
