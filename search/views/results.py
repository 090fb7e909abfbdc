"""The search of the header: what a text finds, by kind."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search.facets import FacetValue, value_to_pick
from search.index import Hits, ValueCount, index
from search.query import Kind, SearchQuery
from search.tiles import tiles
from search.words import fold

GROUP_SIZE = 12
SUGGESTED = 5
"""Values and assets of a kind that are shown while somebody types."""


@require_safe
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """Tags, people, collections and assets for a text; fewer of them while somebody types it."""
    is_typing = bool(request.htmx)  # type: ignore[attr-defined] # set by HtmxMiddleware
    query = SearchQuery(text=SearchQuery.from_parameters(request.GET).text)
    limit = SUGGESTED if is_typing else GROUP_SIZE
    context: dict[str, object] = {"query": query, "all_url": query.to_querystring()}
    if query.asked:
        hits = index.find(query, request.user, page_size=limit)
        found = index.suggest(_corrected(query.text, hits), request.user, limit=limit)
        groups = [
            (Kind.TAG, "tag", _values(Kind.TAG, found.tags)),
            (Kind.PERSON, "person", _values(Kind.PERSON, found.people)),
            (Kind.COLLECTION, "collection", _values(Kind.COLLECTION, found.collections)),
        ]
        context |= {
            "hits": hits,
            "tiles": tiles(hits.assets, picture="max-240x240"),
            "groups": [group for group in groups if group[-1]],
            "found_nothing": not hits.total and not any(group[-1] for group in groups),
        }
    template = "search/_suggestions.html" if is_typing else "search/results.html"
    return render(request, template, context)


def _corrected(text: str, hits: Hits) -> str:
    """The text with the words that results are shown for."""
    return " ".join(hits.corrections.get(fold(word), word) for word in text.split())


def _values(kind: Kind, counts: Sequence[ValueCount]) -> list[FacetValue]:
    return [value_to_pick(kind, count) for count in counts]
