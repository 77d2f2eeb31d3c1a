"""The tables of the run store, and how a database is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, ProgrammingError

VERSION = 1  # of the tables; another version is never read

_ID, _DIGEST, _WORDS = String(64), String(64), String(200)
_BYTES = LargeBinary(2**32 - 1)  # MySQL chooses the type by the length
_LONG = Text().with_variant(Text(2**24), "mysql", "mariadb")  # and PostgreSQL refuses one for a text

TABLES = MetaData()

VERSIONS = Table("gatescope", TABLES, Column("version", Integer, primary_key=True))

SERVERS = Table(
    "servers",
    TABLES,
    Column("id", _ID, primary_key=True),
    Column("host", _WORDS, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("born", String(64), nullable=False),  # when that process started, in the system's own words
    Column("beat", Double, nullable=False),  # seconds since 1970
)

DATA = Table(
    "data",
    TABLES,
    Column("digest", _DIGEST, primary_key=True),
    Column("content", _BYTES, nullable=False),
    Column("size", BigInteger, nullable=False),
)

RUNS = Table(
    "runs",
    TABLES,
    Column("id", _ID, primary_key=True),
    Column("key_hash", _DIGEST, nullable=False),
    Column("owner", _WORDS, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("title", _WORDS, nullable=False),
    Column("page", _WORDS, nullable=False),
    Column("parent", _ID, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("holder", _ID, nullable=False, index=True),  # the server that trains it, or nobody: ""
    Column("source", _DIGEST, nullable=False, index=True),
    Column("symbols", _LONG, nullable=False),
    Column("config", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("parameters", BigInteger, nullable=False),
    Column("stride", Integer, nullable=False),  # updates between the first checkpoints
    Column("failure", Text, nullable=False),  # JSON, or ""
    Column("rate", Double, nullable=False),  # tokens a second
    Column("version", BigInteger, nullable=False),
    Column("created", Double, nullable=False),
    Column("touched", Double, nullable=False),
)


def _of_a_run(name: str, *columns: Column[Any]) -> Table:
    return Table(name, TABLES, Column("run", _ID, primary_key=True), *columns)


HISTORY = _of_a_run("history", Column("content", _BYTES, nullable=False), Column("size", BigInteger, nullable=False))

STATES = _of_a_run(
    "states",
    Column("step", BigInteger, nullable=False),
    Column("content", _BYTES, nullable=False),
    Column("size", BigInteger, nullable=False),
)

CHECKPOINTS = _of_a_run(
    "checkpoints",
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("loss", Double),
    Column("validated", Double),
    Column("sample", _LONG, nullable=False),
    Column("content", _BYTES, nullable=False),
    Column("size", BigInteger, nullable=False),
)

# Sweeps came later than the tables above: a store without these two gets them when it is opened, and keeps its version.
SWEEPS = Table(
    "sweeps",
    TABLES,
    Column("id", _ID, primary_key=True),
    Column("key_hash", _DIGEST, nullable=False),
    Column("digest", _DIGEST, nullable=False, index=True),  # of all that it is to do
    Column("title", _WORDS, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("holder", _ID, nullable=False),  # the server that hands out its runs, or nobody: ""
    Column("runs", Integer, nullable=False),
    Column("estimate", Double, nullable=False),  # seconds, told before it began
    Column("created", Double, nullable=False),
    Column("touched", Double, nullable=False),
    Column("content", _BYTES, nullable=False),  # the sweep and its data
)

SWEEP_RUNS = Table(
    "sweep_runs",
    TABLES,
    Column("sweep", _ID, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("run", _ID, nullable=False),
    Column("status", String(16), nullable=False),
    Column("result", _LONG, nullable=False),  # JSON once it has ended: what stays when the run itself is cleared
    Column("curve", _LONG, nullable=False),
)


def connect(url: str, folder: Path) -> Engine:
    """The database, with all tables in it.

    Parameters
    ----------
    url : str
        As SQLAlchemy writes it.
    folder : path
        Made if it is missing and the database is an SQLite file; only its owner can read it.

    Raises
    ------
    ValueError
        An address that cannot be read, a folder that cannot be made, tables of another version.
    sqlalchemy.exc.SQLAlchemyError
        The database does not answer.
    """
    try:
        place = make_url(url)
        if place.get_backend_name() == "sqlite":
            _make(Path(place.database).parent if place.database else folder)
        engine = create_engine(place, pool_pre_ping=place.get_backend_name() != "sqlite")
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ValueError(
            "GATESCOPE_DATABASE_URL: expected an address such as sqlite:////data/runs.sqlite whose driver is "
            f"installed, got one that cannot be used ({type(error).__name__}); correct the variable"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    try:
        _make_tables(engine)
    except (IntegrityError, ProgrammingError):  # another server made them at the same moment
        _make_tables(engine)
    return engine


def _make_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        TABLES.create_all(connection)
        _check_version(connection)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"GATESCOPE_DATA: expected a folder that can be written, got {str(folder)!r} ({error.strerror}); "
            "choose another with this variable"
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says, not where sqlite3 guesses
    for setting in ("auto_vacuum=INCREMENTAL", "busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then wants to write fails at once when another wrote in between: it never
    # waits. So whoever will write says so at its beginning.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _check_version(connection: Connection) -> None:
    found = connection.execute(select(VERSIONS.c.version)).scalars().all()
    if not found:
        connection.execute(VERSIONS.insert().values(version=VERSION))
    elif found != [VERSION]:
        raise ValueError(
            f"run store: expected version {VERSION}, got {max(found)}; it was made by another Gatescope: move it away, "
            "or choose another place with GATESCOPE_DATA"
        )
