"""Search's part of the library's pages."""

from django import template

from dam.permissions import Viewer
from search import labels
from search.query import SearchQuery
from search.smart_collections import SmartCollection, smart_collections

register = template.Library()


@register.simple_tag
def smart_collections_for(viewer: Viewer) -> list[SmartCollection]:
    """The smart collections in which somebody sees something, and their own."""
    return smart_collections(viewer)


@register.filter
def summary(query: SearchQuery) -> list[str]:
    """What a query looks for, part by part."""
    return labels.summary(query)
