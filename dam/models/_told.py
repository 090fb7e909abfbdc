"""Rows that assets are found by."""

from typing import Any

from django.db import models, transaction


class ToldModel(models.Model):
    """A row whose saving changes what is found: `dam.receivers` tells so in its transaction."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
