import django.db.models.deletion
from django.db import migrations, models
from pyroaring import BitMap


def record_present_assets(apps, schema_editor):
    """Has the index take in the assets that are there before it."""
    keys = apps.get_model("dam", "Asset").objects.order_by("pk").values_list("pk", flat=True)
    assets = BitMap(keys.iterator())
    if assets:
        change = apps.get_model("search", "Change")
        change.objects.create(transaction=0, assets=assets.serialize())


class Migration(migrations.Migration):
    initial = True

    dependencies = [("dam", "0006_fill_taken_at_and_name_key")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "transaction",
                    models.BigIntegerField(
                        db_index=True,
                        help_text="Of the edit, where transactions commit out of order.",
                        null=True,
                    ),
                ),
                (
                    "assets",
                    models.BinaryField(help_text="Their keys, as a serialised roaring bitmap."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="IndexState",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                (
                    "generation",
                    models.PositiveIntegerField(default=0, help_text="0: nothing was written yet."),
                ),
                (
                    "format",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Which terms and bytes postings have; another one is written anew.",
                    ),
                ),
                (
                    "folded",
                    models.BigIntegerField(
                        default=0,
                        help_text="All changes at positions below this one are in the postings.",
                    ),
                ),
                (
                    "folded_rows",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Change rows above that, which are in the postings all the same.",
                    ),
                ),
                (
                    "kept",
                    models.BigIntegerField(
                        default=0,
                        help_text="Change rows at positions below this one may have been removed.",
                    ),
                ),
                (
                    "leaving",
                    models.BigIntegerField(
                        default=0, help_text="Change rows at positions below this one go next."
                    ),
                ),
                ("leaving_since", models.DateTimeField(null=True)),
                ("folded_at", models.DateTimeField(null=True)),
                (
                    "swapped_at",
                    models.DateTimeField(help_text="When the generation took over.", null=True),
                ),
                (
                    "writer",
                    models.CharField(
                        blank=True, help_text="Who writes postings now.", max_length=32
                    ),
                ),
                (
                    "written_until",
                    models.DateTimeField(help_text="When that one is given up.", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Column",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=20)),
                ("chunk", models.PositiveIntegerField()),
                ("numbers", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "name", "chunk"), name="column_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("value", models.CharField(max_length=300)),
                (
                    "assets",
                    models.PositiveIntegerField(
                        default=0, help_text="About how many assets have it; counted for words."
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "value"), name="term_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.PositiveIntegerField()),
                (
                    "field",
                    models.PositiveSmallIntegerField(
                        help_text="Where a word stands; 0 for what are no words."
                    ),
                ),
                ("chunk", models.PositiveIntegerField(help_text="Asset keys divided by 65,536.")),
                ("assets", models.PositiveIntegerField(help_text="How many they are.")),
                ("bitmap", models.BinaryField()),
                (
                    "confidences",
                    models.BinaryField(
                        help_text="Of a tag: one little-endian uint16 an asset, in hundredths.",
                        null=True,
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="search.term",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["generation", "chunk"], name="posting_chunk")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "term", "field", "chunk"), name="posting_once"
                    )
                ],
            },
        ),
        migrations.RunPython(record_present_assets, migrations.RunPython.noop),
    ]
