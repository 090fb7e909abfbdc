"""Facets as a template shows them: label, count, selected or excluded, links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, quote_plus

from django.urls import reverse

from search.index import PAGE_VALUES, ValueCount
from search.labels import TITLES, chip_label, swatch, value_label
from search.query import NOT, Kind, SearchQuery

SHOWN = 10
"""Values that a facet shows beside the assets; the others are on its own page."""
_YES_OR_NO = (
    Kind.SMILE,
    Kind.EYES,
    Kind.MOUTH,
    Kind.EYEGLASSES,
    Kind.SUNGLASSES,
    Kind.BEARD,
    Kind.MOUSTACHE,
)
_OF_FACES = (Kind.FACES, *(kind for kind in Kind if kind.is_of_face))
_OF_PICTURES = (Kind.TAG, Kind.PERSON, Kind.CUSTOM, Kind.COLLECTION, Kind.COLOUR, Kind.TEXT)
_OF_FILES = (Kind.YEAR, Kind.MONTH, Kind.CAMERA, Kind.ORIENTATION, Kind.FORMAT, Kind.UPLOADER)
_OF_RECOGNITION = (Kind.UNSAFE, Kind.MODERATION, Kind.STATUS, Kind.RECOGNISER)
ORDER = (*_OF_PICTURES, *_OF_FACES, *_OF_FILES, *_OF_RECOGNITION)
"""Facets from top to bottom."""
_OF_ALL_ASSETS = (
    Kind.STATUS,
    Kind.ORIENTATION,
    Kind.FORMAT,
    Kind.CAMERA,
    Kind.YEAR,
    Kind.MONTH,
    Kind.UPLOADER,
    Kind.RECOGNISER,
)
"""Every asset has one, or nearly; the others an asset may well lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value, ready to be shown; its link picks it, or drops it where that was done."""

    key: str
    """Tells it from all other values on the page."""
    value: str
    label: str
    count: int
    selected: bool
    url: str
    excluded: bool = False
    adds: bool = False
    """Whether the count is by how many assets picking it would enlarge what is found."""
    not_url: str = ""
    """Excludes it; empty where it is selected or excluded."""
    swatch: str = ""
    """The colour that it names, as #rrggbb."""

    @property
    def shown_count(self) -> str:
        return f"+{self.count:,}" if self.adds else f"{self.count:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A value that is selected or excluded, said by itself; its link drops it."""

    key: str
    label: str
    url: str
    excluded: bool
    swatch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One axis of narrowing."""

    kind: str
    title: str
    values: tuple[FacetValue, ...]
    """The selected ones first, then the excluded; then by number or date, yes before no, or the
    most frequent first. No more than are shown."""
    more: str = ""
    """How many values there are besides, in words."""
    more_url: str = ""
    """The page with all of them."""

    @property
    def is_plain(self) -> bool:
        """Whether its values say what they are about, so that nobody need see its title."""
        return self.kind == Kind.FACES or self.kind in _YES_OR_NO

    @property
    def is_selected(self) -> bool:
        return any(value.selected or value.excluded for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetGroup:
    """Facets that are shown together: behind a title, or without one as they are."""

    key: str
    title: str
    facets: tuple[Facet, ...]

    @property
    def is_open(self) -> bool:
        """Whether something in it is selected, which must not be out of sight."""
        return any(facet.is_selected for facet in self.facets)


def build_facets(counts: Mapping[Kind, Sequence[ValueCount]], query: SearchQuery) -> list[Facet]:
    """The facets of a query, without those that could not narrow it."""
    return [
        build_facet(kind, counts[kind], query)
        for kind in ORDER
        if _narrows(kind, counts.get(kind, ()), query)
    ]


def build_facet(
    kind: Kind, counts: Sequence[ValueCount], query: SearchQuery, *, most: int = SHOWN
) -> Facet:
    """A facet with so many values; picked and excluded ones are shown however many they are."""
    picked, excluded = query.picked(kind), query.excluded_of(kind)
    ranked = sorted(
        counts,
        key=lambda count: (
            count.value not in picked,
            count.value not in excluded,
            _rank(kind, count.value),
        ),
    )
    shown = ranked[: max(most, len(picked) + len(excluded))]
    others = len(ranked) - len(shown)
    is_cut = len(counts) >= PAGE_VALUES
    links = _Links(query, kind)
    return Facet(
        kind=kind.value,
        title=TITLES[kind],
        values=tuple(_value(kind, count, links) for count in shown),
        more="" if not others else "More" if is_cut else f"{others} more",
        more_url=facet_url(kind, query) if others else "",
    )


def value_to_pick(kind: Kind, count: ValueCount) -> FacetValue:
    """A value by itself, whose link shows all that has it."""
    return _value(kind, count, _Links(SearchQuery(), kind))


def facet_url(kind: Kind, query: SearchQuery) -> str:
    """The page with all values of a facet, for a query."""
    return reverse("search:facet", args=[kind.value]) + query.on_page(1).to_querystring()


def grouped(facets: Iterable[Facet]) -> list[FacetGroup]:
    """The facets in their order, those of faces in a group of their own."""
    groups = groupby(facets, key=lambda facet: facet.kind in _OF_FACES)
    return [
        FacetGroup(
            key="faces" if is_of_faces else "",
            title="Faces" if is_of_faces else "",
            facets=tuple(members),
        )
        for is_of_faces, members in groups
    ]


def chips(facets: Iterable[Facet]) -> list[Chip]:
    """What is selected and excluded, in the order of the facets."""
    return [
        Chip(
            key=value.value,
            label=chip_label(Kind(facet.kind), value.label, is_excluded=value.excluded),
            url=value.url,
            excluded=value.excluded,
            swatch=value.swatch,
        )
        for facet in facets
        for value in facet.values
        if value.selected or value.excluded
    ]


class _Links:
    """Links that pick or exclude values of one kind.

    A page has hundreds of them that differ in the value alone, so that is filled into one link
    wherever nothing of the kind is picked or excluded yet, which would have to be sorted.
    """

    def __init__(self, query: SearchQuery, kind: Kind) -> None:
        self.query, self.kind = query, kind
        self._picking = self._excluding = ("", "")
        self._is_untouched = not (query.picked(kind) or query.excluded_of(kind))
        if self._is_untouched:
            self._picking = _around(query.toggled(kind, _PLACE), kind.value)
            self._excluding = _around(query.excluding(kind, _PLACE), f"{NOT}{kind.value}")

    def toggling(self, value: str) -> str:
        if self._is_untouched:
            return quote_plus(value).join(self._picking)
        return self.query.toggled(self.kind, value).to_querystring()

    def excluding(self, value: str) -> str:
        if self._is_untouched:
            return quote_plus(value).join(self._excluding)
        return self.query.excluding(self.kind, value).to_querystring()


_PLACE = "0value0"


def _around(query: SearchQuery, parameter: str) -> tuple[str, str]:
    """What stands before and after the one value that a parameter has in a query's link."""
    before, _place, after = query.to_querystring().partition(f"{parameter}={_PLACE}")
    return f"{before}{parameter}=", after


def _value(kind: Kind, count: ValueCount, links: _Links) -> FacetValue:
    selected = count.value in links.query.picked(kind)
    excluded = links.query.is_excluding(kind, count.value)
    return FacetValue(
        key=f"{kind}-{quote(count.value, safe='')}",
        value=count.value,
        label=value_label(kind, count.label),
        count=count.count,
        adds=count.adds,
        selected=selected,
        excluded=excluded,
        url=links.excluding(count.value) if excluded else links.toggling(count.value),
        not_url="" if selected or excluded else links.excluding(count.value),
        swatch=swatch(kind, count.value),
    )


def _rank(kind: Kind, value: str) -> int:
    """Where a value comes in its facet, if not by how frequent it is."""
    if kind.has_own_order:
        return kind.place_of(value)
    return int(kind in _YES_OR_NO and value in ("no", "closed"))


def _narrows(kind: Kind, counts: Sequence[ValueCount], query: SearchQuery) -> bool:
    """Whether there is something to pick or to drop; a sole value of all assets is neither."""
    if kind not in _OF_ALL_ASSETS:
        return bool(counts)
    return len(counts) > 1 or bool(query.picked(kind) or query.excluded_of(kind))
