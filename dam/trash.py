"""Assets that were put away, taken back, or deleted for ever."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from dam.models import Asset, AssetQuerySet, Original
from dam.signals import gathering_changes

_BATCH = 200
"""So many at a time: others who write wait no longer than that takes."""


def put_in_trash(asset: Asset) -> bool:
    """Hides an asset everywhere but in the trash; its tags and decisions stay.

    False where somebody has deleted it for ever meanwhile.
    """
    return _set_trashed_at(asset, timezone.now())


def restore(asset: Asset) -> bool:
    """Takes an asset back; False where somebody has deleted it for ever meanwhile."""
    return _set_trashed_at(asset, None)


def delete_for_ever(assets: AssetQuerySet) -> int:
    """Deletes those of these assets that are in the trash, and answers how many that were.

    What is restored meanwhile stays. The sweep removes their files once no asset has them.
    """
    last, deleted = 0, 0
    while pks := list(
        assets.in_trash().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]
    ):
        deleted += _delete(pks)
        last = pks[-1]
    return deleted


def _set_trashed_at(asset: Asset, moment: datetime | None) -> bool:
    with transaction.atomic():
        if Asset.objects.select_for_update().filter(pk=asset.pk).first() is None:
            return False
        asset.trashed_at = moment
        asset.save(update_fields=["trashed_at", "updated_at"])
    return True


def _delete(pks: list[int]) -> int:
    with transaction.atomic():
        # Originals before assets, as everywhere: two who hold both never wait for each other.
        content = Asset.objects.filter(pk__in=pks).order_by().values("original")
        originals = Original.objects.select_for_update(no_key=True).filter(pk__in=content)
        held = list(originals.order_by("pk").values_list("pk", flat=True))
        rows = Asset.objects.select_for_update().in_trash().filter(pk__in=pks).order_by("pk")
        gone = list(rows.values_list("pk", flat=True))
        with gathering_changes():
            Asset.objects.filter(pk__in=gone).delete()
        # From now on, whatever a sweep has found before.
        lost = Original.objects.filter(pk__in=held, assets=None)
        lost.update(unreferenced_since=timezone.now())
    return len(gone)
