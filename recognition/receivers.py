"""What recognition does when the library changes."""

from typing import Any

from django.db.models.signals import post_save

from dam.models import Asset, Decision
from dam.signals import decided
from recognition.models import RecognitionRun
from recognition.pipeline import request_runs
from recognition.queue import publish_after_commit
from recognition.registry import active_aliases
from recognition.retagging import retag


def connect() -> None:
    post_save.connect(queue_new_asset, sender=Asset, dispatch_uid="recognition.queue_new_asset")
    decided.connect(apply_decision, dispatch_uid="recognition.apply_decision")


def queue_new_asset(
    sender: type[Asset], instance: Asset, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """Asks the active recognisers about a new asset, in the transaction that creates it."""
    if created and not raw:
        runs = request_runs(instance, active_aliases())
        if RecognitionRun.objects.done_on(instance.original).exists():
            # What any recogniser said of this content before holds for the new asset too.
            retag([instance.pk])
        publish_after_commit(runs)


def apply_decision(sender: type[Decision], asset_pk: int, **kwargs: Any) -> None:
    """Makes evidence and aliases follow from what a person decided."""
    retag([asset_pk])
