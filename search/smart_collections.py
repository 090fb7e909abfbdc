"""Smart collections as somebody sees them."""

from dam.permissions import Viewer
from search.models import SavedSearch
from search.seen_searches import SeenSearches, searches_seen

_COVERS = 4
"""Assets that are looked at for a safe one to show."""


def smart_collections(viewer: Viewer, *, place: str = "") -> SeenSearches:
    """By name, from a place on; without those of others in which the viewer sees nothing."""
    saved = SavedSearch.objects.visible_to(viewer).smart_collections()
    return searches_seen(saved, viewer, place=place, page_size=_COVERS)
