"""Which commits wait for the disk, and who waits with them."""

import os
import subprocess
import sys
import threading
from errno import EIO
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from dam import durability
from dam.durability import atomic_unless_power_fails, on_disk_at_end, unless_power_fails
from dam.models import Tag
from tests.programs import PATIENCE, about_sqlite

NORMAL, FULL = 1, 2


def synchronous():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestATransactionUnlessPowerFails:
    def test_is_committed_at_its_end(self):
        with atomic_unless_power_fails():
            Tag.objects.create(name="Cat", key="cat")
        connection.close()
        assert Tag.objects.filter(key="cat").exists()

    def test_is_undone_as_a_whole_where_it_fails(self):
        twice = [Tag(name="Cat", key="cat"), Tag(name="Cat", key="cat")]
        with pytest.raises(IntegrityError), atomic_unless_power_fails():
            Tag.objects.bulk_create(twice, batch_size=1)
        assert not Tag.objects.filter(key="cat").exists()

    @about_sqlite
    def test_leaves_the_disk_for_later_and_the_next_one_waits_for_it(self):
        connection.ensure_connection()
        before = synchronous()
        with atomic_unless_power_fails():
            assert synchronous() == NORMAL
        assert (before, synchronous()) == (FULL, FULL)

    @about_sqlite
    def test_that_fails_is_not_the_last_that_waits(self):
        with pytest.raises(IntegrityError), atomic_unless_power_fails():
            raise IntegrityError
        assert synchronous() == FULL

    @about_sqlite
    def test_inside_another_one_waits_with_it(self):
        with transaction.atomic(), atomic_unless_power_fails():
            assert synchronous() == FULL

    @about_sqlite
    def test_whose_connection_is_gone_leaves_the_next_one_waiting(self):
        with atomic_unless_power_fails():
            connection.close()
        assert synchronous() == FULL


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAStatementUnlessPowerFails:
    def test_is_committed_at_once(self):
        with unless_power_fails():
            Tag.objects.create(name="Cat", key="cat")
            assert not connection.in_atomic_block
        connection.close()
        assert Tag.objects.filter(key="cat").exists()

    @about_sqlite
    def test_leaves_the_disk_for_later(self):
        with unless_power_fails():
            assert synchronous() == NORMAL
        assert synchronous() == FULL


@pytest.fixture
def synced(monkeypatch):
    """The paths of the files that are taken to the disk."""
    paths = []

    def sync(descriptor):
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())

    monkeypatch.setattr(os, "fsync", sync)
    return paths


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestWhatIsOnDiskAtTheEnd:
    def test_is_committed(self):
        with on_disk_at_end():
            Tag.objects.create(name="Cat", key="cat")
        connection.close()
        assert Tag.objects.filter(key="cat").exists()

    @about_sqlite
    def test_is_taken_there_with_the_log_that_it_is_in(self, synced):
        with on_disk_at_end():
            Tag.objects.create(name="Cat", key="cat")
            assert (synced, synchronous()) == ([], NORMAL)
        log = Path(f"{connection.settings_dict['NAME']}-wal").resolve()
        assert (synced, synchronous()) == ([log], FULL)
        assert log.stat().st_size

    @about_sqlite
    def test_lets_others_write_while_it_waits_for_the_disk(self, monkeypatch):
        waits, goes_on = threading.Event(), threading.Event()

        def sync(_):
            waits.set()
            assert goes_on.wait(PATIENCE)

        def keep():
            with on_disk_at_end():
                Tag.objects.create(name="Cat", key="cat")
            connection.close()

        monkeypatch.setattr(os, "fsync", sync)
        keeper = threading.Thread(target=keep)
        keeper.start()
        try:
            assert waits.wait(PATIENCE)
            with unless_power_fails():
                Tag.objects.create(name="Dog", key="dog")
            assert set(Tag.objects.values_list("key", flat=True)) == {"cat", "dog"}
            assert keeper.is_alive()
        finally:
            goes_on.set()
            keeper.join(PATIENCE)

    @about_sqlite
    def test_costs_nobody_a_lock_when_the_log_is_closed(self):
        # Another process, as the locks are the process's, and one that takes no turns.
        name = str(connection.settings_dict["NAME"])
        shell = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0).execute('BEGIN IMMEDIATE')"
        with transaction.atomic():
            Tag.objects.create(name="Cat", key="cat")
            durability._sync_log(f"{name}-wal")
            other = subprocess.run(
                [sys.executable, "-c", shell, name], capture_output=True, text=True, check=False
            )
        assert "database is locked" in other.stderr

    @about_sqlite
    def test_is_committed_and_logged_where_the_disk_does_not_take_it(self, monkeypatch, caplog):
        def fail(_):
            raise OSError(EIO, "Input/output error")

        monkeypatch.setattr(os, "fsync", fail)
        with on_disk_at_end():
            Tag.objects.create(name="Cat", key="cat")
        assert Tag.objects.filter(key="cat").exists()
        assert "see whether it is full or broken" in caplog.text
        assert synchronous() == FULL

    @about_sqlite
    def test_has_no_log_where_all_of_it_is_in_the_database(self, synced, tmp_path):
        durability._sync_log(str(tmp_path / "elsewhere.sqlite3-wal"))
        assert synced == []

    @about_sqlite
    def test_finds_the_log_where_links_lead(self, monkeypatch, tmp_path):
        real, link = tmp_path / "disk" / "real.sqlite3", tmp_path / "link.sqlite3"
        real.parent.mkdir()
        link.symlink_to(real)
        linked = connection.copy()
        linked.settings_dict["NAME"] = link
        monkeypatch.setattr(durability, "connection", linked)
        try:
            assert durability._path_of_log() == f"{real}-wal"
        finally:
            linked.close()

    @about_sqlite
    def test_inside_another_transaction_waits_with_it(self, synced):
        with transaction.atomic(), on_disk_at_end():
            assert synchronous() == FULL
        assert synced == []
