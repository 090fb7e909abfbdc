"""Smart collections as somebody sees them."""

from dataclasses import dataclass

from dam.permissions import Viewer
from search.kinds import Kind
from search.models import SavedSearch
from search.seen_searches import SeenSearch, searches_seen

_COVERS = 4
"""Assets that are looked at for a safe one to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCollection:
    """A saved search among the collections."""

    saved_search: SavedSearch
    total: int
    """Assets in it that the viewer may see."""
    cover: int | None
    """The key of one that is safe to show."""
    is_editable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCollections:
    """Some of them by name, and the places where the others are; empty where there are none."""

    shown: tuple[SmartCollection, ...]
    previous: str
    next: str


def smart_collections(viewer: Viewer, *, place: str = "") -> SmartCollections:
    """From a place on, without those of others in which the viewer sees nothing, as collections."""
    saved = SavedSearch.objects.visible_to(viewer).smart_collections()
    seen = searches_seen(saved, viewer, place=place, page_size=_COVERS)
    return SmartCollections(
        shown=tuple(_card(one) for one in seen.shown), previous=seen.previous, next=seen.next
    )


def _card(seen: SeenSearch) -> SmartCollection:
    hits = seen.hits
    keys = (asset.pk for asset in hits.assets)
    return SmartCollection(
        saved_search=seen.saved_search,
        total=hits.total,
        cover=next((key for key in keys if (key, Kind.UNSAFE) not in hits.facts), None),
        is_editable=seen.is_editable,
    )
