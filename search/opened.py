"""The saved search that a page of the library was opened from, as its address says."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from dam.permissions import Viewer
from search.models import SavedSearch
from search.query import SearchQuery

PARAMETER = "saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSearch:
    """A saved search beside the query that a page shows by now."""

    saved_search: SavedSearch
    query: SearchQuery
    is_editable: bool

    @property
    def is_unchanged(self) -> bool:
        """Whether the page shows what the search finds, in whichever order."""
        kept = self.saved_search.query
        return _filters(kept) == _filters(self.query)

    def is_named(self, total: int) -> bool:
        """Whether the page bears its name; others know it only where there is something in it."""
        return self.is_unchanged and bool(total or self.is_editable)

    @property
    def is_changed_by_owner(self) -> bool:
        """Whether the owner may want to keep what the page shows in the search's place."""
        return self.is_editable and self.saved_search.query != self.query.on_page(1)

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """What the page's address says of it."""
        return ((PARAMETER, str(self.saved_search.pk)),)


def opened_search(key: str, query: SearchQuery, viewer: Viewer) -> OpenedSearch | None:
    """The search with this key, while it has to do with a page: its query, or its owner's next."""
    if not key.isdecimal() or len(key) > 18:
        return None
    search = SavedSearch.objects.visible_to(viewer).filter(pk=int(key)).first()
    if search is None:
        return None
    opened = OpenedSearch(
        saved_search=search, query=query, is_editable=search.is_editable_by(viewer)
    )
    return opened if opened.is_unchanged or opened.is_editable else None


def key_in(address: str) -> str:
    """The key that a page's address has; empty where it has none."""
    return parse_qs(urlsplit(address).query).get(PARAMETER, [""])[0]


def _filters(query: SearchQuery) -> tuple[object, ...]:
    return query.text, dict(query.values), dict(query.excluded)
