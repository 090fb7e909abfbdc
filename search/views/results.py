"""The search of the header: what a text finds, by kind."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search.explanations import explain, limits
from search.index import index
from search.query import SearchQuery
from search.suggestions import suggest
from search.tiles import tiles

GROUP_SIZE = 12
SUGGESTED = 5
"""Values and assets of a kind that are shown while somebody types."""


@require_safe
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """Tags, people, collections and assets for a text; fewer of them while somebody types it.

    What is picked narrows them while somebody types. Whatever else it finds the library shows.
    """
    is_typing = bool(request.htmx)  # type: ignore[attr-defined] # set by HtmxMiddleware
    query = SearchQuery.from_parameters(request.GET).on_page(1)
    if query.has_picks and not is_typing:
        return redirect(reverse("search:library") + query.to_querystring())
    context: dict[str, object] = {"query": query, "all_url": query.to_querystring()}
    if query.asked:
        context |= _found(request, query, is_typing=is_typing)
    template = "search/_suggestions.html" if is_typing else "search/results.html"
    return render(request, template, context)


def _found(request: HttpRequest, query: SearchQuery, *, is_typing: bool) -> dict[str, object]:
    limit = SUGGESTED if is_typing else GROUP_SIZE
    hits = index.find(query, request.user, page_size=limit)
    groups = suggest(query, request.user, corrections=hits.corrections, limit=limit)
    return {
        "hits": hits,
        "tiles": tiles(hits, picture="max-240x240"),
        "groups": groups,
        "found_nothing": not hits.total and not groups,
        "limits": limits(query),
        "explanations": [] if is_typing else explain(query, request.user, hits),
        "everywhere_url": query.everywhere().to_querystring() if query.has_picks else "",
    }
