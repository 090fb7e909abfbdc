"""Saved searches in which somebody sees something, a few at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dam.permissions import Viewer
from search.index import Hits, index
from search.kinds import Kind
from search.models import SavedSearch, SavedSearchQuerySet

MOST = 24
"""Saved searches that are shown together; each is a search of its own."""
MOST_LOOKED_AT = 200
"""Those that are searched for ones with something for the viewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSearch:
    """A saved search with the first of what the viewer sees in it."""

    saved_search: SavedSearch
    hits: Hits
    is_editable: bool

    @property
    def total(self) -> int:
        """Assets in it that the viewer may see."""
        return self.hits.total

    @property
    def cover(self) -> int | None:
        """The key of one of these that is safe to show."""
        keys = (asset.pk for asset in self.hits.assets)
        return next((key for key in keys if (key, Kind.UNSAFE) not in self.hits.facts), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSearches:
    """Some of many, in their order."""

    shown: tuple[SeenSearch, ...]
    previous: str = ""
    """The place to ask for, for those before; empty where these are the first."""
    next: str = ""
    """The same for those after."""


def look(search: SavedSearch, viewer: Viewer, *, page_size: int = 1) -> SeenSearch | None:
    """What somebody sees of a saved search; None of another's in which they see nothing.

    What a search is called may say what its owner alone may know, such as names of people.
    """
    hits = index.find(search.query, viewer, page_size=page_size)
    is_editable = search.is_editable_by(viewer)
    if not hits.total and not is_editable:
        return None
    return SeenSearch(saved_search=search, hits=hits, is_editable=is_editable)


def searches_seen(
    saved: SavedSearchQuerySet,
    viewer: Viewer,
    *,
    place: str = "",
    most: int = MOST,
    most_looked_at: int = MOST_LOOKED_AT,
    page_size: int = 1,
) -> SeenSearches:
    """As many as are shown together, from a place on: "48"; or before it: "-48".

    A place counts all of `saved`, for nobody knows how many the viewer sees without looking.
    """
    at = _place(place)
    start, end = (at, at + most_looked_at) if at >= 0 else (max(0, -at - most_looked_at), -at)
    near = list(enumerate(saved[start:end], start))
    is_end = len(near) < most_looked_at if at >= 0 else start == 0
    seen = _seen(near if at >= 0 else near[::-1], viewer, page_size)
    found = list(islice(seen, most + 1))
    shown = found[:most]
    if at >= 0:
        after = found[most][0] if found[most:] else end
        return SeenSearches(
            shown=tuple(one for _place, one in shown),
            previous=f"-{at}" if at else "",
            next="" if is_end and not found[most:] else str(after),
        )
    before = found[most][0] + 1 if found[most:] else start
    return SeenSearches(
        shown=tuple(one for _place, one in reversed(shown)),
        previous=f"-{before}" if before else "",
        next=str(end),
    )


def _seen(
    near: list[tuple[int, SavedSearch]], viewer: Viewer, page_size: int
) -> Iterator[tuple[int, SeenSearch]]:
    for place, search in near:
        if one := look(search, viewer, page_size=page_size):
            yield place, one


def _place(text: str) -> int:
    """A place as an address has it; the beginning where that makes no sense."""
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) < 7 else 0
