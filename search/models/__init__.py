"""The rows of search."""

from search.models._index import Change, Column, IndexState, Posting, Term
from search.models._saved import LONGEST_QUERY, SavedSearch

__all__ = ["LONGEST_QUERY", "Change", "Column", "IndexState", "Posting", "SavedSearch", "Term"]
