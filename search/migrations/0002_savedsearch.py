import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("search", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("key", models.CharField(editable=False, max_length=600)),
                (
                    "querystring",
                    models.TextField(help_text="As it stands in the library's address."),
                ),
                (
                    "sharing",
                    models.CharField(
                        choices=[
                            ("nobody", "Only me"),
                            ("everybody", "Everybody"),
                            ("collection", "Everybody, as a smart collection"),
                        ],
                        default="nobody",
                        max_length=20,
                        verbose_name="who sees it",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "saved searches",
                "ordering": ["key", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "key"), name="saved_once_by_owner")
                ],
                "indexes": [models.Index(fields=["sharing", "key"], name="saved_by_sharing")],
            },
        ),
    ]
