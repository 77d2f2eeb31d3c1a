"""Which of those who hold something in the run store are gone."""

from __future__ import annotations

import time

from sqlalchemy import Connection, select

from lstm_runs import leases
from lstm_runs.leases import Server
from lstm_runs.schema import SERVERS


def gone(connection: Connection, holders: set[str]) -> set[str]:
    """Those of the holders that are dead, or that nobody knows."""
    rows = connection.execute(select(SERVERS).where(SERVERS.c.id.in_(sorted(holders)))).mappings()
    now = time.time()
    return holders - {row["id"] for row in rows if not leases.is_gone(Server(**row), now)}
