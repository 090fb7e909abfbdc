"""How writers take turns where the database is SQLite's."""

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from dam.models import Tag
from tests.programs import PATIENCE, REPOSITORY, about_sqlite

pytestmark = [about_sqlite, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

_HOLDING = """
import os, sys
import django
from django.conf import settings
settings.configure(DATABASES={"default": {
    "ENGINE": "config.sqlite", "NAME": sys.argv[1], "OPTIONS": {"transaction_mode": "IMMEDIATE"},
}})
django.setup()
from django.db import transaction
with transaction.atomic():
    if is_forking := "child" in sys.argv:
        child = os.fork()
        if not child:
            sys.stdin.read()
            os._exit(0)
    else:
        print("holds", flush=True)
        sys.stdin.read()
if is_forking:
    print("has let go", flush=True)
    os.waitpid(child, 0)
"""


@pytest.fixture
def short_patience(monkeypatch):
    """Whoever is made to wait gives up after a tenth of a second."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    yield
    connection.close()


def holder(*arguments: str) -> subprocess.Popen[str]:
    """Another process in the middle of a transaction."""
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDING, name, *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline()
    return process


def write(key: str = "cat", *, in_transaction: bool = False) -> None:
    with transaction.atomic() if in_transaction else nullcontext():
        Tag.objects.create(name=key, key=key)


def fail() -> None:
    with transaction.atomic():
        write("dog")
        raise LookupError


def is_written(key: str = "cat") -> bool:
    return Tag.objects.filter(key=key).exists()


class TestAWriter:
    def test_loses_nothing_among_many(self):
        write()
        errors = []

        def add():
            try:
                for _ in range(10):
                    with transaction.atomic():
                        name = Tag.objects.get(key="cat").name
                        Tag.objects.filter(key="cat").update(name=f"{name}t")
                    # By itself, outside of any transaction:
                    Tag.objects.filter(key="cat").update(name=Concat(F("name"), Value("s")))
            except OperationalError as error:
                errors.append(error)
            finally:
                connection.close()

        writers = [threading.Thread(target=add) for _ in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(PATIENCE)
        assert errors == []
        name = Tag.objects.get(key="cat").name.removeprefix("cat")
        assert (name.count("t"), name.count("s")) == (80, 80)

    @pytest.mark.parametrize("in_transaction", [True, False])
    def test_waits_for_one_in_the_middle_of_a_transaction(self, in_transaction):
        other, done = holder(), threading.Event()

        def write_later():
            write(in_transaction=in_transaction)
            connection.close()
            done.set()

        waiting = threading.Thread(target=write_later)
        waiting.start()
        try:
            assert not done.wait(0.3)
        finally:
            other.communicate("")
            waiting.join(PATIENCE)
        assert is_written()

    @pytest.mark.parametrize("in_transaction", [True, False])
    def test_gives_up_in_time_where_another_one_stands_still(self, short_patience, in_transaction):
        other = holder()
        other.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(OperationalError, match="database is locked"):
                write(in_transaction=in_transaction)
        finally:
            other.send_signal(signal.SIGCONT)
            other.communicate("")
        write()
        assert is_written()

    def test_goes_on_where_another_one_was_killed(self, short_patience):
        other = holder()
        other.kill()
        other.communicate("")
        write()
        assert is_written()

    def test_does_not_wait_for_what_was_forked_in_a_transaction(self, short_patience):
        other = holder("child")
        write()
        assert is_written()
        other.communicate("")

    def test_lets_others_go_on_after_it_failed(self, short_patience):
        with pytest.raises(LookupError):
            fail()
        with pytest.raises(OperationalError, match="no such table"), connection.cursor() as cursor:
            cursor.execute("INSERT INTO absent VALUES (1)")
        other = holder()
        other.communicate("")
        assert not is_written("dog")

    def test_lets_others_go_on_after_its_connection_was_closed(self, short_patience):
        with transaction.atomic():
            write("dog")
            connection.close()
        other = holder()
        other.communicate("")
        assert not is_written("dog")

    def test_waits_for_programs_that_do_not_stand_in_line(self, short_patience):
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as shell:
            shell.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError, match="database is locked"):
                write()
            shell.rollback()
        write()
        assert is_written()


class TestTheLine:
    def test_is_one_for_all_names_of_a_database(self, short_patience, monkeypatch, tmp_path):
        link = tmp_path / "link.sqlite3"
        link.symlink_to(connection.settings_dict["NAME"])
        other = holder()
        try:
            monkeypatch.setitem(connection.settings_dict, "NAME", str(link))
            with pytest.raises(OperationalError, match="database is locked"):
                write()
        finally:
            other.communicate("")
        assert not Path(f"{link}-line").exists()

    def test_holds_up_nobody_who_reads(self, short_patience):
        write()
        other = holder()
        try:
            assert is_written()
        finally:
            other.communicate("")
