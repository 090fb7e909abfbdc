"""The rows of search."""

from search.models._index import Change, Column, IndexState, Posting, Term
from search.models._saved import (
    LONGEST_NAME,
    LONGEST_QUERY,
    SavedSearch,
    SavedSearchQuerySet,
    query_of,
)

__all__ = [
    "LONGEST_NAME",
    "LONGEST_QUERY",
    "Change",
    "Column",
    "IndexState",
    "Posting",
    "SavedSearch",
    "SavedSearchQuerySet",
    "Term",
    "query_of",
]
