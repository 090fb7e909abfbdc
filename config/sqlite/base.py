"""Django's backend for SQLite, whose writers take turns.

SQLite has one write lock for a whole database, and no line before it: who finds it taken looks
again after a while, each time after a longer one, until it is ten times a second. Where workers
write all the time, the lock lies idle between two looks, and who has waited longest looks most
seldom. So whoever is about to write takes a lock of the operating system first, on a file beside
the database, for which all look as often. Whoever has just had it lets those who wait have it
first; there is no other order among them. The system releases such a lock when a process ends,
however it ends.

SQLite's own lock stays what keeps the data right. Whatever writes without a turn, as SQLite's shell
does, is waited for as ever; so are a transaction that `set_autocommit` begins, and the commit of an
INSERT that returns its key, which comes when the key is fetched.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from django.db.backends.sqlite3 import base

_STEP = 0.005
"""Seconds between two looks, of which each takes some microseconds; transactions take milliseconds.
The system could be asked to wait instead, but not to give up in time."""
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that has its turn from the first to the last statement of a transaction.

    The option `timeout` is how many seconds it waits for that, and then for SQLite's own lock.
    """

    _turn: "_Lock | None" = None
    _had_turn = 0.0
    """When its last turn ended, by the monotonic clock."""
    _database: Path | None = None
    """The file that links lead to, beside which SQLite has its own; None where there is none."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        name = str(self.settings_dict["NAME"])
        is_file = not self.is_in_memory_db() and not name.startswith("file:")
        self._database = Path(name).resolve() if is_file else None
        return connection

    def take_turn(self) -> None:
        """Waits until it is the turn of this connection.

        Raises sqlite3.OperationalError where that takes longer than the timeout.
        """
        if self._turn is not None or self._database is None:
            return
        end = time.monotonic() + self.settings_dict["OPTIONS"].get("timeout", 5)
        turn = self._turn = _Lock(self._database, "turn")
        try:
            if time.monotonic() - self._had_turn < _STEP and _somebody_waits(self._database):
                time.sleep(2 * _STEP)  # until they have looked
            if not turn.take():
                _wait(turn, _Lock(self._database, "waiting"), end)
        except BaseException:
            self.end_turn()
            raise

    def end_turn(self) -> None:
        """Lets others have their turn."""
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.close()
            self._had_turn = time.monotonic()

    def create_cursor(self, name: str | None = None) -> "Cursor":
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.owner = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        try:
            with self.wrap_database_errors:
                self.take_turn()
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # no stub has it
        except BaseException:
            self.end_turn()
            raise

    def commit(self) -> None:
        with self._ending_turn():
            super().commit()

    def rollback(self) -> None:
        with self._ending_turn():
            super().rollback()

    def close(self) -> None:
        with self._ending_turn():
            super().close()

    @contextmanager
    def _ending_turn(self) -> Iterator[None]:
        """Ends the turn unless the transaction goes on, as where Django refused to end it."""
        try:
            yield
        finally:
            try:
                goes_on = self.connection is not None and self.connection.in_transaction
            except sqlite3.ProgrammingError:
                goes_on = False  # it was closed
            if not goes_on:
                self.end_turn()


class Cursor(base.SQLiteCursorWrapper):
    """Takes a turn for a statement that writes by itself, outside of any transaction."""

    owner: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> "Cursor":
        if self.connection.in_transaction or not query.startswith(_WRITING):
            return super().execute(query, params)
        try:
            self.owner.take_turn()
            return super().execute(query, params)
        finally:
            self.owner.end_turn()


class _Lock:
    """A lock on a file beside the database."""

    def __init__(self, database: Path, name: str) -> None:
        self.path = database.with_name(f"{database.name}-{name}")
        self._process = os.getpid()
        self._file = _opened(self.path, like=database)

    def take(self, *, is_shared: bool = False) -> bool:
        """Takes it, alone or with others who share it; False where it is not to be had now.

        Where there are no such locks it is: SQLite's own is all there is.
        """
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_NB | (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX))
        except BlockingIOError:
            return False
        except OSError:  # a file system that has none
            return True
        return True

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with file, suppress(OSError):
                # Closing alone would leave it to the processes that were forked meanwhile.
                if self._process == os.getpid():
                    fcntl.flock(file, fcntl.LOCK_UN)


def _wait(turn: _Lock, waiting: _Lock, end: float) -> None:
    """Waits for a turn until a moment of the monotonic clock, and shows that somebody does.

    Raises sqlite3.OperationalError when the moment has come.
    """
    is_shown = False
    with closing(waiting):
        while not turn.take():
            if time.monotonic() > end:
                msg = f"database is locked: some process writes and does not end ({turn.path})"
                raise sqlite3.OperationalError(msg)
            is_shown = is_shown or waiting.take(is_shared=True)
            time.sleep(_STEP)


def _somebody_waits(database: Path) -> bool:
    with closing(_Lock(database, "waiting")) as waiting:
        return not waiting.take()


def _opened(path: Path, *, like: Path) -> BinaryIO | None:
    """A file, opened anew and made where it is missing.

    As with the files that SQLite makes, it belongs to whom the database does, whoever made it. None
    where it cannot be opened: who may not write there hears so from SQLite.
    """
    try:
        with suppress(FileNotFoundError):
            return _open(path)
        file = _open(path, os.O_CREAT)
    except OSError:
        return None
    with suppress(OSError):  # it is of use to this process all the same
        database = like.stat()
        os.fchmod(file.fileno(), database.st_mode & 0o666)
        if os.geteuid() == 0:
            os.fchown(file.fileno(), database.st_uid, database.st_gid)
    return file


def _open(path: Path, flags: int = 0) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | flags, 0o600), "rb", buffering=0)
