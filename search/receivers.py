"""Writes down which assets an edit changed, in the transaction of the edit."""

from typing import Any

from django.conf import settings

from dam.signals import assets_changed, much_done
from search.index import record
from search.tasks import fold_search_index


def connect() -> None:
    assets_changed.connect(record_changed, dispatch_uid="search.record_changed")
    much_done.connect(fold_changes, dispatch_uid="search.fold_changes")


def record_changed(assets: frozenset[int], **kwargs: Any) -> None:
    record(assets)


def fold_changes(**kwargs: Any) -> None:
    """Takes changes into the stored index where there is no worker that would."""
    if not settings.BROKER_URL:
        fold_search_index()
