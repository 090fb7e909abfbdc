"""The library with its facets, and the page of each of these."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseLocation

from search.explanations import explain, limits
from search.facets import build_facet, build_facets, chips, facet_url, grouped, sole_collection
from search.forms import sharing_choices
from search.index import MOST_VALUES, index
from search.labels import TITLES
from search.links import pager, sort_links
from search.models import LONGEST_NAME
from search.opened import PARAMETER, OpenedSearch, key_in, opened_search
from search.query import LONGEST_TEXT, NOT, Kind, SearchQuery
from search.tiles import tiles

PAGE_SIZE = 48


@require_safe
@vary_on_headers("HX-Request", "HX-Current-URL")
def library(request: HttpRequest) -> HttpResponse:
    """Assets that a query finds, as a grid, beside the facets that narrow it."""
    query = SearchQuery.from_parameters(request.GET)
    if "beginning" in request.GET:
        # The panel of a facet sends along what was looked for in it, which is over now.
        return _at(request, query)
    answer = index.look_up(query, request.user, page_size=PAGE_SIZE)
    hits = answer.hits
    facets = build_facets(answer.counts, query, total=hits.total)
    shown = tiles(hits)
    opened = _opened(request, query)
    also = opened.parameters if opened else ()
    named = opened if opened and opened.is_named(hits.total) else None
    context = {
        "query": query,
        "hits": hits,
        "tiles": shown,
        "facets": facets,
        "facet_groups": grouped(facets),
        "chips": chips(facets),
        "sorts": sort_links(query, also),
        "pager": pager(query, page=hits.page, pages=hits.pages, also=also),
        "clear_url": query.cleared().to_querystring(),
        "everywhere_url": query.everywhere().to_querystring(),
        "explanations": explain(query, request.user, hits),
        "limits": limits(query),
        "clear_text_url": query.without_text().to_querystring(),
        "is_library_empty": query.is_everything and not hits.total,
        "is_waiting": any(tile.status == "queued" for tile in shown),
        "page_url": query.to_querystring(also),
        "opened": opened,
        "heading": named.saved_search.name if named else sole_collection(facets) or "Library",
        "is_named": bool(named),
        "sharing_choices": sharing_choices(request.user),
        "longest_name": LONGEST_NAME,
        "save_query": query.on_page(1).to_querystring().lstrip("?"),
    }
    template = "search/_library.html" if request.htmx else "search/library.html"  # type: ignore[attr-defined] # set by HtmxMiddleware
    response = render(request, template, context)
    if opened and PARAMETER not in request.GET:
        response["HX-Push-Url"] = reverse("search:library") + query.to_querystring(also)
    return response


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


def _opened(request: HttpRequest, query: SearchQuery) -> OpenedSearch | None:
    """The saved search that the address names, or the one of the page that a script leads on from.

    Links to other filters are the same on every page; so the address is told what they leave out.
    """
    htmx = request.htmx  # type: ignore[attr-defined] # set by HtmxMiddleware
    key = request.GET.get(PARAMETER, "")
    if htmx and not key and not query.is_everything:
        key = key_in(htmx.current_url or "")
    return opened_search(key, query, request.user) if key else None


def _facet_template(request: HttpRequest) -> str:
    """The values alone for who looks for some, the panel for the library, a page for the rest."""
    htmx = request.htmx  # type: ignore[attr-defined] # set by HtmxMiddleware
    if not htmx:
        return "search/facet.html"
    if htmx.target == "facet-values":
        return "search/_facet_choices.html"
    return "search/_facet_panel.html"
