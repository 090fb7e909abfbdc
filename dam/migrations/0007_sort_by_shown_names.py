"""Assets are sorted by the name that is shown, with numbers by their size."""

from django.apps.registry import Apps
from django.db import migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from dam.names import sort_key

BATCH = 1000


def sort_by_shown_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Asset = apps.get_model("dam", "Asset")
    last = 0
    assets = Asset.objects.order_by("pk").only("title", "file_name", "name_key")
    while batch := list(assets.filter(pk__gt=last)[:BATCH]):
        changed = []
        for asset in batch:
            key = sort_key(asset.title or asset.file_name)
            if bytes(asset.name_key) != key:
                asset.name_key = key
                changed.append(asset)
        with transaction.atomic():
            Asset.objects.bulk_update(changed, ["name_key"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    # As the one before: minutes in a large library, and others may write between two batches.
    atomic = False
    dependencies = [
        ("dam", "0006_fill_taken_at_and_name_key"),
    ]
    operations = [
        migrations.AlterField(
            model_name="asset",
            name="name_key",
            field=models.BinaryField(
                default=b"",
                editable=False,
                help_text="The name that is shown, as it is sorted.",
            ),
        ),
        migrations.RunPython(sort_by_shown_names, migrations.RunPython.noop),
    ]
