"""Tables that every database takes: what only a server of PostgreSQL or MySQL would say is looked up in their words."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from lstm_runs import births, keeping, schema
from lstm_runs.views import Mark
from tests.training_runs import NET, TEXT, limits


def tables(dialect: Dialect) -> str:
    """How a database is asked to make all tables."""
    return "\n".join(str(CreateTable(table).compile(dialect=dialect)) for table in schema.TABLES.sorted_tables)


def test_postgresql_is_given_no_length_for_a_type_that_has_none() -> None:
    made = tables(postgresql.dialect())  # type: ignore[no-untyped-call]
    assert "TEXT NOT NULL" in made
    assert "TEXT(" not in made


def test_mysql_is_given_the_length_that_makes_a_long_text_fit() -> None:
    assert made_of("sample", tables(mysql.dialect())) == "TEXT(16777216)"  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", [postgresql.dialect, mysql.dialect, sqlite.dialect])
def test_seconds_since_1970_are_kept_to_all_their_digits(dialect: type[Dialect]) -> None:
    made = tables(dialect())
    for name in ("beat", "created", "touched", "rate", "loss", "validated"):
        assert made_of(name, made) == "DOUBLE", "a FLOAT of MySQL knows the time to two minutes"


def test_a_sample_with_the_character_that_no_other_database_takes_is_kept(tmp_path: Path) -> None:
    run, _ = births.born(TEXT, NET, limits(tmp_path))
    run.marks = [Mark(0, None, 3.0, "a\0b")]
    run.fresh = {0: run.state}
    assert keeping.packed(keeping.snapshot(run, "server")).checkpoints[0].sample == "a\ufffdb"


def test_of_two_servers_that_make_the_tables_at_once_both_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = schema.MetaData.create_all, []

    def late(tables: schema.MetaData, connection: Connection) -> None:
        calls.append(connection)
        if len(calls) == 1:
            raise IntegrityError("create table", {}, Exception("duplicate key value"))
        real(tables, connection)

    monkeypatch.setattr(schema.MetaData, "create_all", late)
    schema.connect(limits(tmp_path).url, tmp_path).dispose()
    assert len(calls) == 2


def made_of(column: str, made: str) -> str:
    """The first word of a column's type."""
    return next(line.split()[1] for line in made.splitlines() if line.split()[:1] == [column]).rstrip(",")
