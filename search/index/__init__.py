"""The index behind search: which assets a query finds, and how many each facet value would.

Everybody else knows `Index` only, and what keeps it current: `record`, `fold` and `rebuild`.
"""

from search.index._base import (
    MOST_VALUES,
    PAGE_VALUES,
    Answer,
    Counts,
    Hits,
    Index,
    Suggestions,
    ValueCount,
)
from search.index._positions import record
from search.index._roaring import RoaringIndex
from search.index._storing import IndexBusyError, fold, rebuild

index = RoaringIndex()

__all__ = [
    "MOST_VALUES",
    "PAGE_VALUES",
    "Answer",
    "Counts",
    "Hits",
    "Index",
    "IndexBusyError",
    "RoaringIndex",
    "Suggestions",
    "ValueCount",
    "fold",
    "index",
    "rebuild",
    "record",
]
