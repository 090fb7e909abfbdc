"""Links that order what was found and lead through its pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.query import SearchQuery, Sort

_Also = Sequence[tuple[str, str]]
"""What an address says besides its query."""

_NEAR = 2
"""Pages shown before and after the present one."""
_FEW = 7
"""So many pages are all a click or two apart; beyond them a page can be asked for by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    label: str
    value: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """A page; a gap has no address."""

    label: str
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """The way through the pages of what a query finds."""

    page: int
    pages: int
    links: tuple[PageLink, ...]
    """The first page, the last and those around the present one."""
    previous_url: str
    """Empty on the first page."""
    next_url: str
    """Empty on the last page."""
    parameters: tuple[tuple[str, str], ...]
    """Those of the query, which a number typed comes on top of."""

    @property
    def has_box(self) -> bool:
        return self.pages > _FEW


def sort_links(query: SearchQuery, also: _Also = ()) -> list[SortLink]:
    """The orders there are; by relevance only where the text has words to be relevant for."""
    sorts = [s for s in Sort if query.asked.has_relevance or s is not Sort.RELEVANCE]
    return [
        SortLink(
            label=sort.label,
            value=sort.value,
            url=query.sorted_by(sort).to_querystring(also),
            is_current=query.order is sort,
        )
        for sort in sorts
    ]


def pager(query: SearchQuery, *, page: int, pages: int, also: _Also = ()) -> Pager | None:
    """The way from a page to the others; None where there are none."""
    if pages == 1:
        return None
    near = range(max(1, page - _NEAR), min(pages, page + _NEAR) + 1)
    links: list[PageLink] = []
    before = 0
    for number in sorted({1, *near, pages}):
        if number - before > 1:
            links.append(PageLink(label="…"))
        links.append(
            PageLink(
                label=f"{number:,}",
                url=query.on_page(number).to_querystring(also),
                is_current=number == page,
            )
        )
        before = number
    return Pager(
        page=page,
        pages=pages,
        links=tuple(links),
        previous_url=query.on_page(page - 1).to_querystring(also) if page > 1 else "",
        next_url=query.on_page(page + 1).to_querystring(also) if page < pages else "",
        parameters=(*query.on_page(1).parameters, *also),
    )
