"""A consistent copy of the database while others write."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from django.db import connection


class CannotCopyError(Exception):
    """The database cannot be copied; the message says what to do instead."""


def copy_database(target: Path) -> None:
    """Copies SQLite's database, as it is at one moment, to a file that did not exist.

    The file is complete under its name or not there at all, and for its owner only. Raises
    CannotCopyError.
    """
    if connection.vendor != "sqlite":
        msg = (
            f"{connection.display_name} makes copies itself: "
            f'pg_dump --format=custom --file="{target}" "$DATABASE_URL"'
        )
        raise CannotCopyError(msg)
    if target.exists():
        msg = f"“{target}” exists: a copy never replaces another. Choose another name."
        raise CannotCopyError(msg)
    try:
        _copy_to(target)
    except (OSError, sqlite3.Error) as error:
        msg = f"“{target}” could not be written: {error}"
        raise CannotCopyError(msg) from error


def _copy_to(target: Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".draft-", dir=target.parent)
    draft = Path(name)
    try:
        with closing(sqlite3.connect(draft)) as copy:
            connection.ensure_connection()
            # In one step, which readers and writers of a write-ahead log do not notice.
            connection.connection.backup(copy)
            # A copy has one file, without a log beside it that might be forgotten.
            copy.execute("PRAGMA journal_mode=DELETE")
        os.fsync(descriptor)
        draft.rename(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
