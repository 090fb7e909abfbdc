"""How writers take turns where the database is SQLite's."""

import errno
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from dam.models import Tag, TaggedAsset
from tests.dam.test_concurrency import PATIENCE, at_once
from tests.programs import REPOSITORY, about_sqlite

pytestmark = [about_sqlite, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

_HOLDING = """
import os, sys
import django
from django.conf import settings
settings.configure(DATABASES={"default": {
    "ENGINE": "config.sqlite", "NAME": sys.argv[1], "OPTIONS": {"transaction_mode": "IMMEDIATE"},
}})
django.setup()
from django.db import connection, transaction
with transaction.atomic():
    if is_forking := "child" in sys.argv:
        child = os.fork()
        if not child:
            connection.close()
            sys.stdin.read()
            os._exit(0)
    else:
        print("holds", flush=True)
        sys.stdin.read()
if is_forking:
    print("has let go", flush=True)
    os.waitpid(child, 0)
"""


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    """Whoever is made to wait gives up soon."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    yield
    connection.close()


@contextmanager
def another_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a transaction, or with a child from there."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(database()), *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline()
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.communicate("")


def database() -> Path:
    return Path(connection.settings_dict["NAME"]).resolve()


@contextmanager
def somebody_else() -> Iterator[None]:
    """Somebody else has the turn and, so far, no lock of SQLite's."""
    with database().with_name(f"{database().name}-turn").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def is_free() -> bool:
    """Whether somebody else could have a turn."""
    try:
        with somebody_else():
            return True
    except BlockingIOError:
        return False


def write(key: str = "cat", *, in_transaction: bool = False) -> None:
    with transaction.atomic() if in_transaction else nullcontext():
        Tag.objects.create(name=key, key=key)


def is_written(key: str = "cat") -> bool:
    return Tag.objects.filter(key=key).exists()


@pytest.mark.parametrize("in_transaction", [True, False])
class TestAWriter:
    def test_waits_for_its_turn(self, in_transaction):
        with somebody_else():
            with pytest.raises(OperationalError, match=r"database is locked.*-turn"):
                write(in_transaction=in_transaction)
            assert not is_written()  # and who reads waits for nobody
        write(in_transaction=in_transaction)
        assert is_written()

    def test_waits_for_its_turn_under_any_name_of_the_database(
        self, in_transaction, monkeypatch, tmp_path
    ):
        link = tmp_path / "link.sqlite3"
        link.symlink_to(database())
        with somebody_else():
            monkeypatch.setitem(connection.settings_dict, "NAME", str(link))
            with pytest.raises(OperationalError, match="database is locked"):
                write(in_transaction=in_transaction)

    def test_waits_in_time_for_a_process_that_stands_still(self, in_transaction):
        with another_process() as other:
            other.send_signal(signal.SIGSTOP)
            with pytest.raises(OperationalError, match="database is locked"):
                write(in_transaction=in_transaction)
        write(in_transaction=in_transaction)
        assert is_written()

    def test_waits_for_programs_that_take_no_turns(self, in_transaction):
        with closing(sqlite3.connect(database())) as shell:
            shell.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError, match="database is locked"):
                write(in_transaction=in_transaction)
            assert is_free()
            shell.rollback()
        write(in_transaction=in_transaction)
        assert is_written()

    def test_goes_on_where_another_process_was_killed(self, in_transaction):
        with another_process() as other:
            other.kill()
            other.wait()
            write(in_transaction=in_transaction)
        assert is_written()

    def test_does_not_wait_for_what_was_forked_in_a_transaction(self, in_transaction):
        with another_process("child"):
            write(in_transaction=in_transaction)
        assert is_written()

    def test_writes_where_the_file_system_has_no_such_locks(self, in_transaction, monkeypatch):
        def flock(*_):
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", flock)
        write(in_transaction=in_transaction)
        assert is_written()

    def test_ends_its_turn_when_it_has_written(self, in_transaction):
        write(in_transaction=in_transaction)
        assert is_free()


class TestATurn:
    def test_lasts_as_long_as_the_transaction(self):
        with transaction.atomic():
            write()
            assert not is_free()
            with suppress(LookupError), transaction.atomic():
                raise LookupError
            with pytest.raises(transaction.TransactionManagementError):
                connection.commit()
            assert not is_free()
        assert is_free()

    def test_ends_with_a_transaction_that_fails(self):
        with suppress(LookupError), transaction.atomic():
            write()
            raise LookupError
        assert is_free()
        assert not is_written()

    def test_ends_where_the_commit_fails(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            TaggedAsset.objects.create(content_object_id=10**9, tag_id=10**9)
        assert is_free()

    def test_ends_with_a_statement_that_fails(self):
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="no such table"):
            cursor.execute("INSERT INTO absent VALUES (1)")
        assert is_free()

    def test_ends_with_its_connection(self):
        with transaction.atomic():
            write()
            connection.close()
        assert is_free()
        assert not is_written()

    def test_of_many_loses_nothing(self, monkeypatch):
        write()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", PATIENCE)

        def add() -> None:
            for _ in range(10):
                with transaction.atomic():
                    name = Tag.objects.get(key="cat").name
                    Tag.objects.filter(key="cat").update(name=f"{name}t")
                Tag.objects.filter(key="cat").update(name=Concat(F("name"), Value("s")))

        at_once(*[add] * 8)
        name = Tag.objects.get(key="cat").name.removeprefix("cat")
        assert (name.count("t"), name.count("s")) == (80, 80)


class TestItsFile:
    def test_belongs_to_whom_the_database_does(self):
        file = database().with_name(f"{database().name}-turn")
        file.unlink(missing_ok=True)
        owner = os.geteuid() or 12345  # only root may give files away
        before = database().stat()
        os.chown(database(), owner, -1)
        database().chmod(0o660)
        try:
            write()
            made = file.stat()
            assert (made.st_uid, made.st_mode & 0o777) == (owner, 0o660)
        finally:
            os.chown(database(), before.st_uid, -1)
            database().chmod(before.st_mode & 0o777)
