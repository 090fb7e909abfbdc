"""Smart collections as somebody sees them."""

from dataclasses import dataclass
from itertools import islice

from dam.models import AssetFact
from dam.permissions import Viewer
from search.index import index
from search.models import SavedSearch

MOST = 24
"""Smart collections that are shown together; each is a search of its own."""
MOST_LOOKED_AT = 200
"""Those that are searched for ones with something for the viewer."""
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


def smart_collections(viewer: Viewer) -> list[SmartCollection]:
    """By name; without those of others in which the viewer sees nothing, as with collections."""
    saved = SavedSearch.objects.visible_to(viewer).smart_collections()
    seen = (_seen(search, viewer) for search in saved[:MOST_LOOKED_AT])
    return list(islice((one for one in seen if one.total or one.is_editable), MOST))


def _seen(search: SavedSearch, viewer: Viewer) -> SmartCollection:
    hits = index.find(search.query, viewer, page_size=_COVERS)
    unsafe = AssetFact.objects.filter(asset__in=hits.assets, kind="unsafe").order_by()
    hidden = set(unsafe.values_list("asset", flat=True))
    return SmartCollection(
        saved_search=search,
        total=hits.total,
        cover=next((asset.pk for asset in hits.assets if asset.pk not in hidden), None),
        is_editable=search.is_editable_by(viewer),
    )
