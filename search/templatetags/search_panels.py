"""Search's part of the library's pages."""

from django import template

from dam.permissions import Viewer
from search import labels
from search.query import SearchQuery
from search.seen_searches import SeenSearches
from search.smart_collections import smart_collections

register = template.Library()


@register.simple_tag
def smart_collections_for(viewer: Viewer, place: str | None = None) -> SeenSearches:
    """The smart collections in which somebody sees something, and their own, from a place on."""
    return smart_collections(viewer, place=place or "")


@register.filter
def summary(query: SearchQuery) -> list[str]:
    """What a query looks for, part by part."""
    return labels.summary(query)
