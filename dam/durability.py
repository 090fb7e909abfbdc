"""Which commits wait for the disk.

As settings.DATABASES has it, every one does, and on SQLite holds the one write lock meanwhile. That
is for what nobody could make again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def atomic_unless_power_fails() -> Iterator[None]:
    """A transaction for what would simply be done again: on SQLite, its commit waits for no disk.

    Everybody sees what is committed, and it outlives every process. Only a power cut the moment
    after may undo it, as a whole; whatever is committed later and waits for the disk takes it there
    too. On PostgreSQL, where commits hold up nobody else and workers may outlive the server, it
    waits like any other. Inside another transaction it is no more than a part of that.
    """
    is_free = connection.vendor == "sqlite" and not connection.in_atomic_block
    if is_free:
        _set_synchronous("NORMAL")
    try:
        with transaction.atomic():
            yield
    finally:
        if is_free and connection.connection is not None:  # a new one is as the settings have it
            _set_synchronous("FULL")


def _set_synchronous(value: str) -> None:
    """SQLite has this for a connection and not for a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={value}")
