"""What recognition does when the library changes."""

from typing import Any

from django.db.models.signals import post_save

from dam.models import Asset
from recognition.pipeline import request_runs
from recognition.queue import publish_after_commit
from recognition.registry import active_aliases


def connect() -> None:
    post_save.connect(queue_new_asset, sender=Asset, dispatch_uid="recognition.queue_new_asset")


def queue_new_asset(
    sender: type[Asset], instance: Asset, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """Asks the active recognisers about a new asset, in the transaction that creates it."""
    if created and not raw:
        publish_after_commit(request_runs(instance, active_aliases()))
