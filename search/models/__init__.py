"""The rows of search."""

from search.models._index import Change, Column, IndexState, Posting, Term
from search.models._saved import SavedSearch

__all__ = ["Change", "Column", "IndexState", "Posting", "SavedSearch", "Term"]
