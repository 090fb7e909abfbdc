from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dam", "0004_original_orientation"),
    ]

    operations = [
        migrations.AddField(
            model_name="original",
            name="taken_at",
            field=models.DateTimeField(
                blank=True,
                help_text="What the camera's clock showed, taken as UTC. Empty: the file does not tell.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="name_key",
            field=models.BinaryField(default=b"", help_text="The file name as it is sorted."),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["name_key", "id"], name="asset_name_key"),
        ),
    ]
