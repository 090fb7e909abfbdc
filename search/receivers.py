"""Writes down which assets an edit changed, in the transaction of the edit."""

from typing import Any

from dam.signals import assets_changed
from search.index import record


def connect() -> None:
    assets_changed.connect(record_changed, dispatch_uid="search.record_changed")


def record_changed(assets: frozenset[int], **kwargs: Any) -> None:
    record(assets)
