"""The library with its facets, and the search of the header."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dam.models import Asset
from search.facets import FacetValue, build_facets, grouped
from search.index import Hits, ValueCount, index
from search.query import Kind, SearchQuery, Sort

PAGE_SIZE = 48
GROUP_SIZE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """A link of the pager; a gap has no URL."""

    label: str
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    label: str
    value: str
    url: str
    is_current: bool


@require_safe
@vary_on_headers("HX-Request")
def library(request: HttpRequest) -> HttpResponse:
    """Assets that a query finds, as a grid, beside the facets that narrow it."""
    query = SearchQuery.from_parameters(request.GET)
    hits = index.find(query, request.user, page_size=PAGE_SIZE)
    facets = build_facets(index, query, request.user)
    context = {
        "query": query,
        "hits": hits,
        "facets": facets,
        "facet_groups": grouped(facets),
        "selected": [value for facet in facets for value in facet.values if value.selected],
        "sorts": sort_links(query),
        "pager": page_links(query, hits),
        "clear_url": query.cleared().to_querystring(),
        "clear_text_url": query.without_text().to_querystring(),
        "is_library_empty": query.is_everything and not hits.total,
        "is_waiting": any(_is_queued(asset) for asset in hits.assets),
        "page_url": query.to_querystring(),
    }
    template = "search/_library.html" if request.htmx else "search/library.html"  # type: ignore[attr-defined] # set by HtmxMiddleware
    return render(request, template, context)


@require_safe
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """What a few words find, grouped by kind: tags, collections, assets."""
    query = SearchQuery(text=SearchQuery.from_parameters(request.GET).text)
    limit = GROUP_SIZE
    hits = index.find(query, request.user, page_size=limit) if query.words else None
    tags = index.find_tags(query, request.user, limit=limit)
    collections = index.find_collections(query, request.user, limit=limit)
    context = {
        "query": query,
        "hits": hits,
        "tags": [_tag_value(tag) for tag in tags],
        "collections": collections,
        "found_nothing": bool(query.words) and not (tags or collections or (hits and hits.total)),
        "all_url": query.to_querystring(),
    }
    template = "search/_results.html" if request.htmx else "search/results.html"  # type: ignore[attr-defined] # set by HtmxMiddleware
    return render(request, template, context)


def _is_queued(asset: Asset) -> bool:
    return any(fact.kind == Kind.STATUS and fact.value == "queued" for fact in asset.facts.all())


def _tag_value(tag: ValueCount) -> FacetValue:
    return FacetValue(
        value=tag.value,
        label=tag.label,
        count=tag.count,
        selected=False,
        url=SearchQuery().toggled(Kind.TAG, tag.value).to_querystring(),
    )


def sort_links(query: SearchQuery) -> list[SortLink]:
    sorts = [sort for sort in Sort if query.words or sort is not Sort.RELEVANCE]
    return [
        SortLink(
            label=sort.label,
            value=sort.value,
            url=query.sorted_by(sort).to_querystring(),
            is_current=query.order is sort,
        )
        for sort in sorts
    ]


def page_links(query: SearchQuery, hits: Hits) -> list[PageLink]:
    """First, last and the pages around the current one; nothing where all fits on one page."""
    if hits.pages == 1:
        return []
    near = range(max(1, hits.page - 2), min(hits.pages, hits.page + 2) + 1)
    shown = sorted({1, *near, hits.pages})
    links: list[PageLink] = []
    for before, page in zip([0, *shown], shown, strict=False):
        if page - before > 1:
            links.append(PageLink(label="…"))
        links.append(
            PageLink(
                label=str(page),
                url=query.on_page(page).to_querystring(),
                is_current=page == hits.page,
            )
        )
    return links
