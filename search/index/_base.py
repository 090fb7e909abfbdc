"""What an index answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dam.models import Asset
from dam.permissions import Viewer
from search.kinds import Kind
from search.query import SearchQuery

MOST_VALUES = 200
"""Values of one facet that an answer holds, apart from those picked or excluded."""
PAGE_VALUES = 12
"""Values of one facet that are counted for a page: as many as it shows, and some to be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount:
    """A facet value, and how many assets the query would find with it."""

    value: str
    label: str
    count: int
    adds: bool = False
    """Whether the count is by how many assets picking it too would enlarge what is found."""


Facts = Mapping[tuple[int, Kind], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of what a query finds."""

    assets: Sequence[Asset]
    """Of this page, in order, with what a tile shows of their rows."""
    total: int
    """Of all pages."""
    page: int
    """The page shown: the last one where the query asked for one beyond."""
    page_size: int
    corrections: Mapping[str, str] = field(default_factory=dict)
    """By a word that finds nothing, the one that was looked for instead."""
    facts: Facts = field(default_factory=dict)
    """By asset and kind what decides how a tile looks: its `STATUS`, and whether it is `UNSAFE`."""
    is_partial: bool = False
    """Whether so many texts may have a phrase that only those of the newest assets were read."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.page_size))


Counts = Mapping[Kind, Sequence[ValueCount]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page of what a query finds, with all its facets, of one moment."""

    hits: Hits
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What somebody may be about to type."""

    tags: Sequence[ValueCount]
    people: Sequence[ValueCount]
    collections: Sequence[ValueCount]


class Index(ABC):
    """Every answer holds only for what `viewer` may see, and nothing in the trash counts."""

    @abstractmethod
    def look_up(self, query: SearchQuery, viewer: Viewer, *, page_size: int) -> Answer:
        """What `find` and `count_all` answer, of one moment, with `PAGE_VALUES` of each facet."""

    @abstractmethod
    def find(self, query: SearchQuery, viewer: Viewer, *, page_size: int) -> Hits:
        """The assets of one page, and how many there are in all."""

    @abstractmethod
    def count(
        self,
        query: SearchQuery,
        viewer: Viewer,
        kind: Kind,
        *,
        beginning: str = "",
        limit: int = MOST_VALUES,
    ) -> list[ValueCount]:
        """Each value of a facet that the query could be narrowed to, with its exact count.

        The most frequent first, `limit` at most, and with a `beginning` only those whose label has
        words that begin so. Of a kind that `has_own_order` they are the first in it. Picked values
        that are less frequent come after them, then excluded ones, which count nothing. Values that
        would find nothing are left out but for those picked.

        An asset must have every value picked of a kind that `combines_with_and`: a count is what
        is found once the value is picked. Of other kinds it needs one: where a value is picked,
        the count of another one is by how much picking it would enlarge what is found, and it
        `adds`; that of a picked one is how many of the assets found have it.
        """

    def count_more(
        self, query: SearchQuery, viewer: Viewer, kind: Kind, *, beginning: str = "", limit: int
    ) -> list[ValueCount]:
        """What `count` answers of the values that are neither picked nor excluded yet."""
        known = {*query.picked(kind), *query.excluded_of(kind)}
        counts = self.count(query, viewer, kind, beginning=beginning, limit=limit + len(known))
        return [count for count in counts if count.value not in known][:limit]

    @abstractmethod
    def count_all(self, query: SearchQuery, viewer: Viewer, *, limit: int = MOST_VALUES) -> Counts:
        """What `count` answers for every kind, asked for at once."""

    @abstractmethod
    def suggest(self, text: str, viewer: Viewer, *, limit: int) -> Suggestions:
        """Tags, people and collections with words that begin as those typed, with their counts."""
