"""Which commits wait for the disk."""

import pytest
from django.db import IntegrityError, connection, transaction

from dam.durability import atomic_unless_power_fails
from dam.models import Tag
from tests.programs import about_sqlite

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
