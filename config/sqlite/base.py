"""Django's backend for SQLite, whose writers stand in line instead of looking in now and then.

SQLite has one write lock for a whole database, and no line before it: who finds it taken looks
again after a while, each time after a longer one, until it is ten times a second. Where workers
write all the time, the lock lies idle between two looks, and who has waited longest looks most
seldom. So whoever is about to write takes a lock of the operating system first, on a file beside
the database, for which all look as often. It is one of those that a process which ends lets go of.

SQLite's own lock stays what keeps the data right: whoever writes without standing in line, as its
shell does, is waited for as ever.
"""

import fcntl
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, BinaryIO

from django.db.backends.sqlite3 import base

_STEP = 0.002
"""Seconds between two looks, of which each takes some microseconds. Transactions take milliseconds.
Nobody waits without looking: the system's wait for such a lock has no end."""
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is in line from the first to the last statement of a transaction.

    The option `timeout` is for how many seconds it stands there, and then before SQLite's lock.
    """

    _place: BinaryIO | None = None
    """The file by which it holds its place, as long as it is its turn."""

    def queue(self) -> None:
        """Waits for the turn of this connection.

        Raises sqlite3.OperationalError where it does not come in time, as SQLite does.
        """
        if self._place is not None or not (file := self._line()):
            return
        end = time.monotonic() + self.settings_dict["OPTIONS"].get("timeout", 5)
        while not _is_taken(file):
            if time.monotonic() > end:
                file.close()
                msg = "database is locked"
                raise sqlite3.OperationalError(msg)
            time.sleep(_STEP)
        self._place = file

    def leave(self) -> None:
        """Lets the next one have its turn."""
        if self._place is not None:
            # Closing alone would leave it to the processes that were forked meanwhile.
            fcntl.flock(self._place, fcntl.LOCK_UN)
            self._place.close()
            self._place = None

    def create_cursor(self, name: str | None = None) -> "Cursor":
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.owner = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        with self.wrap_database_errors:
            self.queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # no stub has it
        except BaseException:
            self.leave()
            raise

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self.leave()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.leave()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.leave()

    def _line(self) -> BinaryIO | None:
        """The file of the line, opened for this turn alone; None where there can be none.

        It lies beside the file that links lead to, where SQLite has its log.
        """
        name = str(self.settings_dict["NAME"])
        if self.is_in_memory_db() or name.startswith("file:"):
            return None
        try:
            return Path(os.path.realpath(name) + "-line").open("ab", buffering=0)
        except OSError:
            return None  # whoever may not write here, or not now, hears so from SQLite


class Cursor(base.SQLiteCursorWrapper):
    """Stands in line for a statement that writes by itself, outside of any transaction."""

    owner: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> "Cursor":
        if self.connection.in_transaction or not query.startswith(_WRITING):
            return super().execute(query, params)
        self.owner.queue()
        try:
            return super().execute(query, params)
        finally:
            self.owner.leave()


def _is_taken(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
