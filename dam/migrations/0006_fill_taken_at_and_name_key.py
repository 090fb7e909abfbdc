"""What assets are newly found and sorted by, for what the library holds already."""

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from dam.metadata import ImageMetadata
from dam.names import sort_key

BATCH = 1000


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Original, Asset = apps.get_model("dam", "Original"), apps.get_model("dam", "Asset")
    AssetFact = apps.get_model("dam", "AssetFact")
    AssetText = apps.get_model("dam", "AssetText")

    def fill_originals(rows: list[Any]) -> None:
        for original in rows:
            original.taken_at = ImageMetadata.from_dict(original.metadata).clock
        Original.objects.bulk_update([row for row in rows if row.taken_at], ["taken_at"])

    def fill_assets(rows: list[Any]) -> None:
        for asset in rows:
            asset.name_key = sort_key(asset.file_name)
        Asset.objects.bulk_update(rows, ["name_key"])
        AssetFact.objects.bulk_create(
            (
                AssetFact(asset=asset, kind=kind, value=value)
                for asset in rows
                if asset.original.taken_at
                for kind, value in _facts(asset.original.taken_at.date().isoformat())
            ),
            ignore_conflicts=True,  # written already where this was interrupted
        )
        words = {row.pk: ImageMetadata.from_dict(row.original.metadata).words for row in rows}
        AssetText.objects.bulk_create(
            (
                AssetText(asset_id=asset, kind="metadata", text=text)
                for asset, text in words.items()
                if text
            ),
            ignore_conflicts=True,
        )

    originals = Original.objects.only("metadata").order_by("pk")
    _in_batches(originals, fill_originals)
    assets = Asset.objects.select_related("original").order_by("pk")
    _in_batches(assets.only("file_name", "original__taken_at", "original__metadata"), fill_assets)


def forget_facts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("dam", "AssetFact").objects.filter(kind__in=["year", "month"]).delete()
    apps.get_model("dam", "AssetText").objects.filter(kind="metadata").delete()


def _facts(day: str) -> list[tuple[str, str]]:
    return [("year", day[:4]), ("month", day[:7])]


def _in_batches(rows: Any, write: Callable[[list[Any]], None]) -> None:
    """Gives all rows to `write`, each thousand in a transaction of its own."""
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic():
            write(batch)
        last = batch[-1].pk


class Migration(migrations.Migration):
    # A large library is filled for minutes, and others may write between two batches.
    atomic = False
    dependencies = [
        ("dam", "0005_taken_at_and_name_key"),
    ]
    operations = [migrations.RunPython(fill, forget_facts)]
