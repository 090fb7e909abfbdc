"""Which commits wait for the disk, and who waits with them.

As settings.DATABASES has it, every one waits, and on SQLite it holds the one write lock meanwhile.
That is for what nobody could make again, and is no part of what many do at once. Of the others some
need not wait at all, and some can wait when they have let go of the lock. On PostgreSQL, where
commits hold up nobody else and workers may outlive the server, all wait as ever; and so they do
inside another transaction, of which they are no more than a part.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

logger = logging.getLogger(__name__)


@contextmanager
def unless_power_fails() -> Iterator[None]:
    """What is committed in the block would simply be done again: on SQLite it waits for no disk.

    Everybody sees what is committed, and it outlives every process. Only a power cut the moment
    after may undo it, each commit as a whole; whatever is committed later and waits for the disk
    takes it there too.
    """
    is_free = _is_free()
    try:
        if is_free:
            _set_synchronous("NORMAL")
        yield
    finally:
        if is_free:
            _wait_again()


@contextmanager
def atomic_unless_power_fails() -> Iterator[None]:
    """A transaction whose commit is one as `unless_power_fails` has it."""
    with unless_power_fails(), transaction.atomic():
        yield


@contextmanager
def on_disk_at_end() -> Iterator[None]:
    """What is committed in the block is on the disk when it has ended; others write meanwhile.

    Where the disk does not take it, that is logged: it is committed, and to commit it again would
    not help.
    """
    is_free = _is_free()
    with unless_power_fails():
        yield
    if is_free:
        _sync_log(_path_of_log())


def _is_free() -> bool:
    return connection.vendor == "sqlite" and not connection.in_atomic_block


def _wait_again() -> None:
    """Has the commits of this connection wait for the disk, or else makes it the last of it."""
    if connection.connection is None:
        return  # a new one is as the settings have it
    try:
        _set_synchronous("FULL")
    except BaseException:
        connection.close()
        raise


def _set_synchronous(value: str) -> None:
    """SQLite has this for a connection and not for a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={value}")


def _path_of_log() -> str:
    """The path that SQLite has for its log: beside the file that links lead to."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA database_list")
        database = next(path for _number, name, path in cursor.fetchall() if name == "main")
    return f"{database}-wal"


def _sync_log(path: str) -> None:
    """Takes SQLite's log to the disk, and with it all that is committed so far.

    That is as good as what SQLite does before it lets go of the lock: a commit is in the log once
    it has returned, and stays there until a checkpoint has taken the log to the disk, then copied
    it into the database and taken that to the disk too, which it does whatever `synchronous` says
    but OFF. SQLite's locks are on the database and its shared memory, so closing the log here,
    which would drop this process's locks on that file, drops none of them.
    """
    try:
        log = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # all of it is in the database, or there is no disk as it is in memory
    try:
        os.fsync(log)
    except OSError:
        logger.exception("the disk did not take %s: see whether it is full or broken", path)
    finally:
        os.close(log)
