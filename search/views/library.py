"""The library with its facets, and the page of each of these."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseLocation

from search.facets import build_facet, build_facets, chips, facet_url, grouped
from search.forms import SavedSearchForm
from search.index import MOST_VALUES, index
from search.labels import TITLES
from search.links import pager, sort_links
from search.models import SavedSearch
from search.query import LONGEST_TEXT, NOT, Kind, SearchQuery
from search.tiles import tiles

PAGE_SIZE = 48
SAVED_SHOWN = 8
"""Saved searches that the menu of the library offers."""


@require_safe
@vary_on_headers("HX-Request")
def library(request: HttpRequest) -> HttpResponse:
    """Assets that a query finds, as a grid, beside the facets that narrow it."""
    query = SearchQuery.from_parameters(request.GET)
    if "beginning" in request.GET:
        # The panel of a facet sends along what was looked for in it, which is over now.
        return _at(request, query)
    answer = index.look_up(query, request.user, page_size=PAGE_SIZE)
    hits = answer.hits
    facets = build_facets(answer.counts, query)
    shown = tiles(hits.assets)
    saved = SavedSearch.objects.filter(owner=request.user.pk)
    context = {
        "query": query,
        "hits": hits,
        "tiles": shown,
        "facets": facets,
        "facet_groups": grouped(facets),
        "chips": chips(facets),
        "sorts": sort_links(query),
        "pager": pager(query, page=hits.page, pages=hits.pages),
        "clear_url": query.cleared().to_querystring(),
        "clear_text_url": query.without_text().to_querystring(),
        "is_library_empty": query.is_everything and not hits.total,
        "is_waiting": any(tile.status == "queued" for tile in shown),
        "page_url": query.to_querystring(),
        "saved": saved[:SAVED_SHOWN],
        "save_form": SavedSearchForm(user=request.user, auto_id="save_%s"),
        "save_query": query.on_page(1).to_querystring().lstrip("?"),
    }
    template = "search/_library.html" if request.htmx else "search/library.html"  # type: ignore[attr-defined] # set by HtmxMiddleware
    return render(request, template, context)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def facet(request: HttpRequest, kind: str) -> HttpResponse:
    """The values of one facet to pick and exclude; all, or those with a word that begins so."""
    if kind not in tuple(Kind):
        raise Http404
    query, of = SearchQuery.from_parameters(request.GET).on_page(1), Kind(kind)
    beginning = request.GET.get("beginning", "").replace("\x00", "")[:LONGEST_TEXT].strip()
    counts = index.count(query, request.user, of, beginning=beginning, limit=MOST_VALUES)
    shown = {count.value for count in counts}
    own = (of.value, f"{NOT}{of.value}")
    context = {
        "query": query,
        "kind": of.value,
        "not_kind": f"{NOT}{of.value}",
        "title": TITLES[of],
        "beginning": beginning,
        "values": build_facet(of, counts, query, most=len(counts)).values,
        "is_cut": len(counts) >= MOST_VALUES,
        "has_own_order": of.has_own_order,
        "other_parameters": [pair for pair in query.parameters if pair[0] not in own],
        "hidden_parameters": [
            (name, value) for name, value in query.parameters if name in own and value not in shown
        ],
        "facet_url": facet_url(of, SearchQuery()).rstrip("?"),
        "back_url": query.to_querystring(),
    }
    return render(request, _facet_template(request), context)


def _at(request: HttpRequest, query: SearchQuery) -> HttpResponse:
    """Leads to a query's own address; htmx follows, and shows that address."""
    address = reverse("search:library") + query.to_querystring()
    if request.htmx:  # type: ignore[attr-defined] # set by HtmxMiddleware
        return HttpResponseLocation(address, target="#library", swap="outerHTML")
    return redirect(address)


def _facet_template(request: HttpRequest) -> str:
    """The values alone for who looks for some, the panel for the library, a page for the rest."""
    htmx = request.htmx  # type: ignore[attr-defined] # set by HtmxMiddleware
    if not htmx:
        return "search/facet.html"
    if htmx.target == "facet-values":
        return "search/_facet_choices.html"
    return "search/_facet_panel.html"
