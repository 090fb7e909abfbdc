"""Where in the log of changes a reader is, on either database.

SQLite has one writer at a time, so a row's number tells what is new. On PostgreSQL a transaction
with a lower number may commit later: all rows at or above the oldest transaction that was still
running are looked at again, and the reader knows those it has dealt with.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection
from django.db.transaction import TransactionManagementError
from pyroaring import BitMap

from search.models import Change

_BATCH = 500
_ROWS = 'SELECT id, "{0}" FROM search_change WHERE "{0}" >= %s ORDER BY id'
_HORIZON_AND_ROWS = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, id, "transaction"
    FROM (SELECT 1) AS one LEFT JOIN search_change ON "transaction" >= %s ORDER BY id
"""
"""Of one moment; without rows to tell, one without a number."""


def record(assets: Iterable[int]) -> None:
    """Writes a change row. Raises TransactionManagementError outside the edit's transaction."""
    if not connection.in_atomic_block:
        msg = "a change of assets is told outside a transaction; wrap the edit in atomic()"
        raise TransactionManagementError(msg)
    Change.objects.create(transaction=_transaction(), assets=BitMap(assets).serialize())


def horizon(known: int) -> int:
    """The position below which every change is committed and visible from now on.

    `known` is one that was given before. On PostgreSQL it is higher only where the database was
    restored on another server, which numbers transactions anew.
    """
    if _has_transactions():
        return _ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    last = Change.objects.order_by("-pk").values_list("pk", flat=True).first()
    return max(known, (last or 0) + 1)  # rows that were removed tell of no position


def look(position: int) -> tuple[int, "list[Row]"]:
    """The horizon, and the change rows at or above a position: all that it says are over."""
    if _has_transactions():
        told = _rows(_HORIZON_AND_ROWS, position)
        return told[0][0], [Row(number, at) for _horizon, number, at in told if number is not None]
    rows = rows_from(position)
    return max([position, *(row.number + 1 for row in rows[-1:])]), rows


class Stored(NamedTuple):
    """What every answer has to know of the row `IndexState`."""

    generation: int
    format: int
    folded: int
    kept: int


def stored() -> Stored:
    """How far the stored postings are; all zeros before anything was written."""
    rows = _rows("SELECT generation, format, folded, kept FROM search_indexstate WHERE id = %s", 1)
    return Stored(*rows[0]) if rows else Stored(0, 0, 0, 0)


def is_of_another_server(position: int, now: int) -> bool:
    """Whether a stored position was given before the database was restored here; `now` is here."""
    return _has_transactions() and position > now


def forget_other_server() -> None:
    """Has change rows that came with a restored database be looked at as if they were old."""
    future = _ask("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    Change.objects.filter(transaction__gte=future).update(transaction=0)


class Row(NamedTuple):
    """A change row, without the assets it is about."""

    number: int
    position: int


def rows_from(position: int) -> list[Row]:
    """The change rows at or above a position, oldest first."""
    return [Row(*row) for row in _rows(_ROWS.format(_column()), position)]


def assets_of(rows: Iterable[Row]) -> BitMap:
    """The assets that these change rows are about."""
    assets = BitMap()
    numbers = sorted(row.number for row in rows)
    for at in range(0, len(numbers), _BATCH):
        some = Change.objects.filter(pk__in=numbers[at : at + _BATCH])
        for serialised in some.values_list("assets", flat=True).iterator():
            assets |= BitMap.deserialize(bytes(serialised))
    return assets


def remove_before(position: int) -> None:
    """Removes the rows below a position."""
    Change.objects.filter(**{f"{_column()}__lt": position}).delete()


def _has_transactions() -> bool:
    return connection.vendor == "postgresql"


def _column() -> str:
    return "transaction" if _has_transactions() else "id"


def _transaction() -> int | None:
    if not _has_transactions():
        return None
    return _ask("SELECT pg_current_xact_id()::text::bigint")


def _ask(sql: str) -> int:
    ((number,),) = _rows(sql)
    return int(number)


def _rows(sql: str, *parameters: int) -> list[tuple[Any, ...]]:
    """What the database answers; each of these is asked for every page, in a fifth of the time."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
