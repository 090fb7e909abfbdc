"""Makes a library of so many assets in an empty, migrated database."""

import time
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction

from bench.search.assets import COLUMNS, Chunk, People, chunks
from bench.search.filling import filling, reset_sequences, write
from bench.search.stock import COLLECTIONS, UPLOADERS, stock
from dam.models import Asset, Collection, Original, Tag
from dam.names import name_key

ADMIN, PRESS, STAFF, PLAIN = "admin", "press", "staff", "plain"
"""Who looks: one who sees everything, one who sees half, and two who see most and a third."""
VIEWERS = (ADMIN, PRESS, STAFF, PLAIN)


def make(*, assets: int, seed: int) -> dict[str, Any]:
    """Makes the library; gives how long that took."""
    started = time.monotonic()
    people = _make_people()
    _make_names(seed)
    with filling(COLUMNS):
        for chunk in chunks(stock(seed), people, seed=seed, assets=assets):
            _write(chunk)
        reset_sequences([Original, Asset])
    return {"assets": assets, "seed": seed, "seconds": round(time.monotonic() - started, 1)}


def _write(chunk: Chunk) -> None:
    with transaction.atomic():
        for table, rows in chunk.tables():
            write(table, COLUMNS[table], rows)


def _make_people() -> People:
    press, staff = (Group.objects.create(name=name.title()) for name in (PRESS, STAFF))
    for name in VIEWERS:
        user = User.objects.create(username=name, is_superuser=name == ADMIN)
        user.groups.set([group for group in (press, staff) if group.name.lower() == name])
    uploaders = User.objects.bulk_create(
        User(username=f"uploader{number:02}") for number in range(1, UPLOADERS + 1)
    )
    return People(
        uploaders=tuple(user.pk for user in uploaders),
        groups=((None,), (press.pk,), (staff.pk,), (press.pk, staff.pk)),
        group_shares=(0.35, 0.1, 0.5, 0.05),
    )


def _make_names(seed: int) -> None:
    """Makes the tags and the collections, with their places as keys."""
    Tag.objects.bulk_create(
        (
            Tag(pk=place, name=name, key=name_key(name))
            for place, name in enumerate(stock(seed).tags, start=1)
        ),
        batch_size=500,
    )
    Collection.objects.bulk_create(
        Collection(pk=place, name=name, key=name_key(name))
        for place in range(1, COLLECTIONS + 1)
        for name in [f"Shoot {place:03}"]
    )
    reset_sequences([Tag, Collection])
