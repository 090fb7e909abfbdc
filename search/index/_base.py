"""What an index answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dam.models import Asset, Collection
from dam.permissions import Viewer
from search.query import Kind, SearchQuery

MOST_VALUES = 200
"""Values of one facet that an answer holds, apart from those picked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount:
    """A facet value, and how many assets the query would find with it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of what a query finds."""

    assets: Sequence[Asset]
    """Of this page, in order, with tags and facts loaded."""
    total: int
    """Of all pages."""
    page: int
    """The page shown: the last one where the query asked for one beyond."""
    page_size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.page_size))


class Index(ABC):
    """Every answer holds only for what `viewer` may see, and nothing in the trash counts."""

    @abstractmethod
    def find(self, query: SearchQuery, viewer: Viewer, *, page_size: int) -> Hits:
        """The assets of one page, and how many there are in all."""

    @abstractmethod
    def count(self, query: SearchQuery, viewer: Viewer, kind: Kind) -> list[ValueCount]:
        """Each value of a facet that the query could be narrowed to, with its exact count.

        The most frequent first, `MOST_VALUES` at most; picked ones that are less frequent come
        after them. Values that would find nothing are left out but for those picked, which come
        last so that they can be dropped.
        """

    @abstractmethod
    def count_all(self, query: SearchQuery, viewer: Viewer) -> Mapping[Kind, list[ValueCount]]:
        """What `count` answers for every kind, asked for at once."""

    @abstractmethod
    def find_tags(self, query: SearchQuery, viewer: Viewer, *, limit: int) -> list[ValueCount]:
        """Tags whose own names have the words, with the number of assets that carry them."""

    @abstractmethod
    def find_collections(
        self, query: SearchQuery, viewer: Viewer, *, limit: int
    ) -> list[Collection]:
        """Collections whose names have the words."""
