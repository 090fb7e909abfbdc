"""Writes rows by the million into an empty database; the engine's own ways live here alone."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.color import no_style
from django.db import connection

from bench.search.assets import Rows

_SQLITE_INDEXES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    " AND tbl_name IN ({})"
)
_POSTGRESQL_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({}) AND indexname NOT IN"
    " (SELECT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conindid)"
)


@contextmanager
def filling(tables: Collection[str]) -> Iterator[None]:
    """Has tables take rows fast for the length of the block, and made fit for use after it."""
    is_sqlite = connection.vendor == "sqlite"
    _run(_SQLITE_BEFORE if is_sqlite else _POSTGRESQL_BEFORE)
    indexes = _indexes(tables)
    _run([f'DROP INDEX "{name}"' for name, _ in indexes])
    yield
    _run([definition for _, definition in indexes])
    _run(_SQLITE_AFTER if is_sqlite else _POSTGRESQL_AFTER)
    connection.close()  # with all that was set for filling


def write(table: str, columns: Sequence[str], rows: Rows) -> None:
    """Adds rows to a table."""
    if connection.vendor == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.connection.executemany(
            f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})', rows
        )
        return
    with connection.connection.cursor().copy(
        f'COPY "{table}" ({", ".join(columns)}) FROM STDIN'
    ) as copy:
        for row in rows:
            copy.write_row(row)


def reset_sequences(models: Iterable[Any]) -> None:
    """Has the database number new rows after those that brought their own keys."""
    _run(connection.ops.sequence_reset_sql(no_style(), list(models)))


def _indexes(tables: Collection[str]) -> list[tuple[str, str]]:
    """Names and definitions of the indexes that can be made afterwards."""
    statement = _SQLITE_INDEXES if connection.vendor == "sqlite" else _POSTGRESQL_INDEXES
    with connection.cursor() as cursor:
        cursor.execute(statement.format(", ".join(["%s"] * len(tables))), list(tables))
        return list(cursor.fetchall())


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


_SQLITE_BEFORE = (
    "PRAGMA synchronous = OFF",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA cache_size = -400000",
    "PRAGMA temp_store = FILE",
)
_SQLITE_AFTER = ("PRAGMA analysis_limit = 1000", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
_POSTGRESQL_BEFORE = (
    "SET session_replication_role = replica",  # what is written is known to fit together
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '512MB'",
)
_POSTGRESQL_AFTER = ("VACUUM ANALYZE", "CHECKPOINT")
