"""Where in the log of changes a reader is, on either database.

SQLite has one writer at a time, so a row's number tells what is new. On PostgreSQL a transaction
with a lower number may commit later: all rows at or above the oldest transaction that was still
running are looked at again, and the reader knows those it has dealt with.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from pyroaring import BitMap

from search.models import Change

_BATCH = 500


def record(assets: Iterable[int]) -> None:
    """Writes a change row; in the transaction of the edit."""
    Change.objects.create(transaction=_transaction(), assets=BitMap(assets).serialize())


def horizon() -> int:
    """The position below which every change is committed and visible from now on."""
    if _has_transactions():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            (number,) = cursor.fetchone()
            return int(number)
    last = Change.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (last or 0) + 1


class Row(NamedTuple):
    """A change row, without the assets it is about."""

    number: int
    position: int


def rows_from(position: int) -> list[Row]:
    """The change rows at or above a position, oldest first."""
    rows = Change.objects.filter(**{f"{_column()}__gte": position}).order_by("pk")
    return [Row(*row) for row in rows.values_list("pk", _column())]


def assets_of(rows: Iterable[Row]) -> BitMap:
    """The assets that these change rows are about."""
    assets = BitMap()
    numbers = sorted(row.number for row in rows)
    for at in range(0, len(numbers), _BATCH):
        some = Change.objects.filter(pk__in=numbers[at : at + _BATCH])
        for serialised in some.values_list("assets", flat=True).iterator():
            assets |= BitMap.deserialize(bytes(serialised))
    return assets


def changed_since(position: int) -> BitMap:
    """The assets that were changed at or above a position."""
    return assets_of(rows_from(position))


def last_before(position: int, moment: datetime) -> int:
    """The end of the rows below a position that were written before a moment; 0: there are none."""
    old = Change.objects.filter(**{f"{_column()}__lt": position}, created_at__lt=moment)
    last = old.order_by(f"-{_column()}").values_list(_column(), flat=True).first()
    return 0 if last is None else last + 1


def remove_before(position: int) -> int:
    """Removes the rows below a position; answers with how many they were."""
    return Change.objects.filter(**{f"{_column()}__lt": position}).delete()[0]


def _has_transactions() -> bool:
    return connection.vendor == "postgresql"


def _column() -> str:
    return "transaction" if _has_transactions() else "pk"


def _transaction() -> int | None:
    if not _has_transactions():
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (number,) = cursor.fetchone()
        return int(number)
