"""The index behind search: which assets a query finds, and how many each facet value would.

Views know `Index` only. The one behind it at present asks the library's own tables.
"""

from search.index._base import Hits, Index, ValueCount
from search.index._database import DatabaseIndex

index: Index = DatabaseIndex()

__all__ = ["Hits", "Index", "ValueCount", "index"]
